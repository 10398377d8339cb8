//! The members of records: numbers, spans, traces, tenants, and what only some kinds of environments tell.
//!
//! Source: [schema](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html).

use lambda_api::extension::register::Function;
use serde_json::{Value, json};

use super::json;
use crate::core::{
    Call, Initialization, Invoke, Settings,
    test::scenario::{Scenario, error, millis, response},
};

const SAMPLED: &str = "Root=1-691ee2a0-0123456789abcdef01234567;Parent=54565fb41ac79632;Sampled=1";

fn function() -> Function {
    let mut function = Function::default();
    function.function_name = "demo".to_owned();
    function.function_version = "$LATEST".to_owned();
    function
}

fn settings(initialization: Initialization) -> Settings {
    Settings {
        initialization,
        function: function(),
        function_arn: "arn:aws:lambda:eu-west-1:123456789012:function:demo".to_owned(),
        ..Settings::default()
    }
}

/// The newest record of a type.
fn newest(env: &Scenario, kind: &str) -> Value {
    let events = env.events();
    let event = events.iter().rev().find(|event| event.record.kind() == kind);
    json(event.unwrap_or_else(|| panic!("there is no {kind}")))["record"].clone()
}

/// 100 ms of init, then an invocation that answers from 8 ms to 9 ms, polls at 10 ms; `inner` is done at 20 ms.
fn served(invoke: impl FnOnce(&mut Invoke)) -> Scenario {
    let mut env = Scenario::with(settings(Initialization::OnDemand)).registered("inner", &["INVOKE"]);
    env.extension_polls("inner").unwrap();
    env.advance(millis(100));
    env.next().unwrap();
    env.uses_memory(38);
    let mut of = env.next_invoke("r-1");
    invoke(&mut of);
    env.invoke_as(of).unwrap();
    env.advance(millis(8));
    let call = env.call(response("r-1")).unwrap();
    env.body(call, b"hello, ");
    env.advance(millis(1));
    env.body(call, b"world");
    env.end(call);
    env.advance(millis(1));
    env.next().unwrap();
    env.advance(millis(10));
    env.extension_polls("inner").unwrap();
    env
}

#[test]
fn the_start_of_an_init() {
    let env = Scenario::with(settings(Initialization::OnDemand));
    assert_eq!(
        newest(&env, "platform.initStart"),
        json!({
            "initializationType": "on-demand", "phase": "init",
            "functionName": "demo", "functionVersion": "$LATEST"
        })
    );
}

#[test]
fn the_report_of_an_init_has_its_duration() {
    let env = served(|_| {});
    assert_eq!(
        newest(&env, "platform.initReport"),
        json!({
            "initializationType": "on-demand", "phase": "init", "status": "success",
            "metrics": { "durationMs": 100.0 }
        })
    );
}

#[test]
fn the_runtime_done_of_an_invocation() {
    let env = served(|_| {});
    let at = |millis: u32| format!("1970-01-01T00:00:00.{millis}Z");
    assert_eq!(
        newest(&env, "platform.runtimeDone"),
        json!({
            "requestId": "r-1", "status": "success",
            "metrics": { "durationMs": 10.0, "producedBytes": 12 },
            "spans": [
                { "name": "responseLatency", "start": at(100), "durationMs": 8.0 },
                { "name": "responseDuration", "start": at(108), "durationMs": 1.0 },
                { "name": "runtimeOverhead", "start": at(109), "durationMs": 1.0 }
            ]
        })
    );
}

#[test]
fn the_report_of_an_invocation() {
    let env = served(|_| {});
    assert_eq!(
        newest(&env, "platform.report"),
        json!({
            "requestId": "r-1", "status": "success",
            "metrics": {
                "durationMs": 20.0, "billedDurationMs": 120, "memorySizeMB": 128, "maxMemoryUsedMB": 38,
                "initDurationMs": 100.0
            },
            "spans": [
                { "name": "extensionOverhead", "start": "1970-01-01T00:00:00.110Z", "durationMs": 10.0 }
            ]
        })
    );
}

#[test]
fn a_failed_invocation_has_produced_nothing_and_has_no_spans() {
    let mut env = Scenario::new().ready().invoked("r-1");
    env.advance(millis(3));
    env.exit(crate::core::Exit::Code(1));
    assert_eq!(
        newest(&env, "platform.runtimeDone"),
        json!({
            "requestId": "r-1", "status": "error", "errorType": "Runtime.ExitError",
            "metrics": { "durationMs": 3.0, "producedBytes": 0 }
        })
    );
}

#[test]
fn an_error_report_counts_as_what_was_produced() {
    let mut env = Scenario::new().ready().invoked("r-1");
    env.call(error("r-1", "{\"errorMessage\":\"no\"}")).unwrap();
    env.next().unwrap();
    assert_eq!(newest(&env, "platform.runtimeDone")["metrics"]["producedBytes"], 21);
}

#[test]
fn a_sampled_trace_is_in_every_record_of_its_invocation() {
    let env = served(|invoke| invoke.trace_id = Some(SAMPLED.to_owned()));
    let tracing = json!({ "spanId": "54565fb41ac79632", "type": "X-Amzn-Trace-Id", "value": SAMPLED });
    for kind in ["platform.start", "platform.runtimeDone", "platform.report"] {
        assert_eq!(newest(&env, kind)["tracing"], tracing, "{kind}");
    }
}

#[test]
fn a_trace_that_is_not_sampled_is_in_none() {
    for trace in
        [SAMPLED.replace("Sampled=1", "Sampled=0"), "Root=1-691ee2a0-0123456789abcdef01234567".to_owned()]
    {
        let env = served(|invoke| invoke.trace_id = Some(trace));
        for kind in ["platform.start", "platform.runtimeDone", "platform.report"] {
            assert_eq!(newest(&env, kind).get("tracing"), None, "{kind}");
        }
    }
}

#[test]
fn a_tenant_is_in_every_record_of_its_invocation() {
    let env = served(|invoke| invoke.tenant_id = Some("blue".to_owned()));
    for kind in ["platform.start", "platform.runtimeDone", "platform.report"] {
        assert_eq!(newest(&env, kind)["tenantId"], "blue", "{kind}");
    }
}

#[test]
fn a_restore_names_its_function_and_has_its_duration_in_both_reports() {
    let mut env = Scenario::with(settings(Initialization::SnapStart));
    env.call(Call::RestoreNext).unwrap();
    env.invoke("r-1").unwrap();
    assert_eq!(
        newest(&env, "platform.restoreStart"),
        json!({ "functionName": "demo", "functionVersion": "$LATEST" })
    );
    env.advance(millis(480));
    env.next().unwrap();
    env.responds("r-1", b"ok").unwrap();
    env.next().unwrap();
    assert_eq!(
        newest(&env, "platform.restoreReport"),
        json!({ "status": "success", "metrics": { "durationMs": 480.0 } })
    );
    let metrics = newest(&env, "platform.report")["metrics"].clone();
    assert_eq!((&metrics["restoreDurationMs"], metrics.get("initDurationMs")), (&json!(480.0), None));
}

#[test]
fn with_many_at_once_records_are_short_and_name_the_function() {
    let mut env = Scenario::with(settings(Initialization::ManagedInstances)).ready();
    // As AWS's emulator has it: the instance instead of the function.
    let start = newest(&env, "platform.initStart");
    assert_eq!((start.get("functionArn"), &start["instanceId"]), (None, &json!("$LATEST")));
    let arn = "arn:aws:lambda:eu-west-1:123456789012:function:demo:live";
    let mut invoke = env.next_invoke("r-1");
    invoke.function_arn = arn.parse().ok();
    invoke.tenant_id = Some("blue".to_owned());
    env.invoke_as(invoke).unwrap();
    assert_eq!(
        newest(&env, "platform.start"),
        json!({ "requestId": "r-1", "version": "$LATEST", "functionArn": arn })
    );
    env.advance(millis(8));
    let call = env.call(response("r-1")).unwrap();
    env.body(call, b"hello");
    env.advance(millis(2));
    env.end(call);
    let at = |millis: u32| format!("1970-01-01T00:00:00.{millis:03}Z");
    assert_eq!(
        newest(&env, "platform.report"),
        json!({
            "requestId": "r-1", "status": "success", "metrics": { "durationMs": 10.0 },
            "spans": [
                { "name": "responseLatency", "start": at(0), "durationMs": 8.0 },
                { "name": "responseDuration", "start": at(8), "durationMs": 2.0 }
            ]
        })
    );
}
