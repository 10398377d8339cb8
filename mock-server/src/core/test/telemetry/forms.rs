//! What one and the same event looks like to different subscribers: the two APIs, and their schemas.
//!
//! Source: [Logs API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-logs-api.html).

use lambda_api::telemetry::Category;
use serde_json::{Value, json};

use super::drain;
use crate::core::{
    Exit, Settings, Subscription, TelemetryApi,
    test::scenario::{KILLED, Scenario, millis, secs, to_everything},
};

const TRACE: &str = "Root=1-691ee2a0-0123456789abcdef01234567;Parent=54565fb41ac79632;Sampled=1";

/// A subscriber of this kind, in a function that logs JSON; it has registered and not polled.
fn subscribed(api: TelemetryApi, subscription: Subscription) -> Scenario {
    let settings = Settings { extensions: vec!["audit".to_owned()], logs_json: true, ..Settings::default() };
    let mut env = Scenario::with(settings).registered("audit", &["INVOKE", "SHUTDOWN"]);
    env.subscribes_with(api, "audit", subscription).unwrap();
    env
}

/// The same after an invocation with a sampled trace and a tenant that took 20 ms after 100 ms of init; everything
/// has been taken.
fn served(api: TelemetryApi, subscription: Subscription) -> Scenario {
    let mut env = subscribed(api, subscription);
    env.advance(millis(100));
    env.next().unwrap();
    env.extension_polls("audit").unwrap();
    let mut invoke = env.next_invoke("r-1");
    invoke.trace_id = Some(TRACE.to_owned());
    invoke.tenant_id = Some("blue".to_owned());
    env.invoke_as(invoke).unwrap();
    env.advance(millis(20));
    env.responds("r-1", b"ok").unwrap();
    env.next().unwrap();
    env.extension_polls("audit").unwrap();
    drain(&mut env, "audit");
    env
}

/// The records of a type that were sent.
fn records(env: &Scenario, kind: &str) -> Vec<Value> {
    let sent = env.sent().concat();
    sent.into_iter().filter(|(of, _)| of == kind).map(|(_, record)| record).collect()
}

fn kinds(env: &Scenario) -> Vec<String> {
    env.kinds_sent().concat()
}

fn logs_api() -> Scenario {
    served(TelemetryApi::Logs, to_everything())
}

// === which events ===

#[test]
fn the_logs_api_has_an_end_and_its_own_subscription() {
    assert_eq!(
        kinds(&logs_api()),
        [
            "initStart",
            "logsSubscription",
            "initRuntimeDone",
            "extension",
            "initReport",
            "start",
            "runtimeDone",
            "end",
            "report"
        ]
    );
}

#[test]
fn the_telemetry_api_has_neither_end_nor_fault() {
    let mut env = served(TelemetryApi::Telemetry, to_everything());
    env.invoke("r-2").unwrap();
    env.exit(Exit::Code(1));
    while env.is_delivering() {
        env.takes("audit");
    }
    let kinds = kinds(&env);
    assert!(
        kinds.iter().all(|kind| !matches!(kind.as_str(), "end" | "fault" | "logsSubscription")),
        "{kinds:?}"
    );
    assert!(kinds.contains(&"runtimeDone".to_owned()));
}

#[test]
fn runtime_done_comes_only_with_a_schema_that_has_it() {
    let kinds = kinds(&served(TelemetryApi::Logs, to_everything().without_runtime_done()));
    assert!(!kinds.contains(&"runtimeDone".to_owned()), "{kinds:?}");
    assert!(kinds.contains(&"report".to_owned()));
}

#[test]
fn only_the_types_that_were_asked_for_are_sent() {
    for (types, expected) in [
        (vec![Category::Function], vec!["function"]),
        (vec![Category::Extension], vec!["extension"]),
        (vec![Category::Function, Category::Extension], vec!["function", "extension"]),
    ] {
        let mut env = subscribed(TelemetryApi::Telemetry, to_everything().of(&types));
        env.writes("hello");
        env.extension_writes("audit", "here");
        env.next().unwrap();
        env.extension_polls("audit").unwrap();
        drain(&mut env, "audit");
        assert_eq!(kinds(&env), expected, "{types:?}");
    }
    let mut env = subscribed(TelemetryApi::Telemetry, to_everything().of(&[Category::Platform]));
    env.writes("hello");
    env.extension_writes("audit", "here");
    env.advance(secs(1));
    assert_eq!(kinds(&env), ["initStart", "telemetrySubscription"]);
}

// === the forms of the Logs API ===

#[test]
fn a_start_and_an_end_in_the_logs_api() {
    let env = logs_api();
    assert_eq!(records(&env, "platform.start"), [json!({ "requestId": "r-1", "version": "" })]);
    assert_eq!(records(&env, "platform.end"), [json!({ "requestId": "r-1" })]);
}

#[test]
fn a_runtime_done_in_the_logs_api() {
    let env = logs_api();
    assert_eq!(records(&env, "platform.runtimeDone"), [json!({ "requestId": "r-1", "status": "success" })]);
}

#[test]
fn a_report_in_the_logs_api() {
    let env = logs_api();
    let metrics =
        json!({ "durationMs": 20.0, "billedDurationMs": 120, "memorySizeMB": 128, "initDurationMs": 100.0 });
    assert_eq!(records(&env, "platform.report"), [json!({ "requestId": "r-1", "metrics": metrics })]);
}

#[test]
fn an_extension_in_the_logs_api() {
    let env = logs_api();
    assert_eq!(
        records(&env, "platform.extension"),
        [json!({ "name": "audit", "state": "Ready", "events": ["INVOKE", "SHUTDOWN"] })]
    );
}

#[test]
fn the_phase_of_an_init_is_not_in_the_logs_api() {
    let env = logs_api();
    for kind in ["platform.initStart", "platform.initRuntimeDone", "platform.initReport"] {
        let record = records(&env, kind).remove(0);
        assert_eq!(record.get("phase"), None, "{kind}: {record}");
        assert_eq!(record["initializationType"], "on-demand");
    }
}

#[test]
fn a_fault_in_the_logs_api_is_a_string_before_the_end() {
    let mut env = logs_api();
    env.invoke("r-2").unwrap();
    env.exit(Exit::Code(1));
    while env.is_delivering() {
        env.takes("audit");
    }
    assert_eq!(
        records(&env, "platform.fault"),
        [json!("RequestId: r-2 Status: error\tErrorType: Runtime.ExitError")]
    );
    let kinds = kinds(&env);
    let at = |kind: &str| kinds.iter().rposition(|of| of == kind).unwrap();
    assert!(at("runtimeDone") < at("fault") && at("fault") < at("end") && at("end") < at("report"));
}

#[test]
fn a_crash_is_a_failure_in_the_logs_api() {
    let mut env = logs_api();
    env.invoke("r-2").unwrap();
    env.exit(KILLED);
    while env.is_delivering() {
        env.takes("audit");
    }
    let done = records(&env, "platform.runtimeDone").pop().unwrap();
    assert_eq!(done, json!({ "requestId": "r-2", "status": "failure" }));
}

// === logs ===

#[test]
fn logs_are_objects_in_a_schema_that_has_them_and_else_the_line_as_it_was_written() {
    let line = r#"{"level": "INFO", "message": "hello"}"#;
    for (subscription, expected) in [
        (to_everything(), json!({ "level": "INFO", "message": "hello" })),
        (to_everything().without_objects(), json!(line)),
    ] {
        let mut env = subscribed(TelemetryApi::Telemetry, subscription);
        env.writes(line);
        env.extension_writes("audit", line);
        drain(&mut env, "audit");
        assert_eq!(
            (records(&env, "function"), records(&env, "extension")),
            (vec![expected.clone()], vec![expected])
        );
    }
}

#[test]
fn a_line_that_is_no_object_is_a_string_in_every_schema() {
    for line in ["hello", "", "[1]", "\"text\"", "7", "null", "{\"half\":", "{} {}"] {
        let mut env = subscribed(TelemetryApi::Telemetry, to_everything());
        env.writes(line);
        drain(&mut env, "audit");
        assert_eq!(records(&env, "function"), [json!(line)]);
    }
}

#[test]
fn the_logs_of_a_function_that_logs_text_are_strings_even_if_they_are_json() {
    let mut env = Scenario::with_extensions(["audit"]).registered("audit", &[]).subscribed("audit");
    env.writes("{}");
    drain(&mut env, "audit");
    assert_eq!(records(&env, "function"), [json!("{}")]);
}

// === how often it is written ===

#[test]
fn what_is_the_same_for_several_subscribers_is_written_once() {
    let settings =
        Settings { extensions: vec!["audit".to_owned(), "trace".to_owned()], ..Settings::default() };
    let mut env = Scenario::with(settings);
    for (name, port) in [("audit", 8080), ("trace", 8081)] {
        env = env.registered(name, &["INVOKE"]);
        env.subscribes(name, to_everything().at(port)).unwrap();
        env.extension_polls(name).unwrap();
    }
    let mut env = env.invoked("r-1");
    env.writes("7 apples");
    env.advance(secs(1));
    let events: Vec<_> = env.deliveries().into_iter().flat_map(|delivery| delivery.events).collect();
    let is_line = |json: &&bytes::Bytes| json.windows(8).any(|bytes| bytes == b"7 apples");
    let places: Vec<_> = events.iter().filter(is_line).map(|json| json.as_ptr()).collect();
    let [first, second] = places[..] else { panic!("both are told: {events:?}") };
    assert_eq!(first, second, "both batches have the same bytes");
}
