//! Who may subscribe, to what and when; and what is answered, to the byte.

use mock_server::Outcome;
use serde_json::{Value, json};
use tokio::{net::TcpStream, task::JoinHandle};

use super::{
    scene::subscription,
    stage::{Extension, LOGS, RUNTIME, Stage, TELEMETRY, put},
    subscriber::{Listener, Log, Over},
};
use crate::{raw::Connection, wait::soon};

const STRANGER: &str = "8b8b8b8b-0000-4000-8000-00000000cafe";
const DESTINATION: &str = r#"{"protocol":"TCP","port":9}"#;

fn refusal(error_type: &str, message: &str) -> String {
    format!("{{\"errorMessage\":\"{message}\",\"errorType\":\"{error_type}\"}}\n")
}

/// An extension that has registered beside a runtime that has not asked for work yet.
async fn registered() -> (Stage, Extension, JoinHandle<Outcome>) {
    let mut stage = Stage::new(&["audit"], |function| function);
    let outcome = stage.invoke("r-1");
    let extension = stage.register("audit").await;
    stage.launched(0, RUNTIME).await;
    (stage, extension, outcome)
}

/// Brings the init to its end.
async fn ready(stage: &mut Stage, extension: &mut Extension) -> Connection<TcpStream> {
    let mut runtime = stage.connect(RUNTIME).await;
    stage.runtime_asks(&mut runtime).await;
    stage.extension_asks(extension).await;
    assert_eq!(extension.event().await["eventType"], "INVOKE");
    runtime
}

/// The refusal of a subscription's body, in the form in which AWS's emulator gives it.
fn invalid(error_type: &str, message: &str) -> String {
    format!("{{\"errorType\": \"{error_type}\", \"errorMessage\": \"{message}\"}}")
}

#[tokio::test]
async fn a_subscription_is_answered_with_a_json_string() {
    let (_stage, mut extension, _outcome) = registered().await;
    for (path, version) in [(TELEMETRY, "2025-01-29"), (TELEMETRY, "2022-07-01")] {
        let body =
            format!(r#"{{"schemaVersion":"{version}","destination":{DESTINATION},"types":["platform"]}}"#);
        let reply = extension.put(path, body).await;
        assert_eq!(reply.brief(), (200, "\"OK\""));
        assert_eq!(reply.header("content-length"), Some("4"));
    }
}

#[tokio::test]
async fn refused_subscriptions_name_all_that_is_wrong() {
    let (_stage, mut extension, _outcome) = registered().await;
    let http = |uri: &str| format!(r#"{{"protocol":"HTTP","URI":"{uri}"}}"#);
    let sandbox = http("http://sandbox.localdomain");
    for (body, message) in [
        (
            format!(r#"{{"schemaVersion":"2022-07-01","destination":{sandbox},"types":[]}}"#),
            "URI port is not provided; types should not be empty",
        ),
        (
            "{}".to_owned(),
            "schemaVersion is not provided; destination is not provided; types should not be empty",
        ),
        (
            format!(r#"{{"schemaVersion":"2020-08-15","destination":{DESTINATION},"types":["platform"]}}"#),
            "schemaVersion is not supported",
        ),
        (
            format!(r#"{{"schemaVersion":"2025-01-29","destination":{DESTINATION},"types":["Platform"]}}"#),
            "types should be platform, function or extension",
        ),
        (
            format!(
                r#"{{"schemaVersion":"2025-01-29","destination":{},"types":["platform"]}}"#,
                http("http://127.0.0.1:8080")
            ),
            "URI host should be sandbox.localdomain or sandbox",
        ),
        (
            r#"{"schemaVersion":"2025-01-29","destination":{"protocol":"TCP","port":65536},"types":["platform"]}"#
                .to_owned(),
            "port should be between 1 and 65535",
        ),
        (
            format!(
                r#"{{"schemaVersion":"2025-01-29","destination":{DESTINATION},"types":["platform"],"buffering":{{"maxItems":999,"maxBytes":262143,"timeoutMs":24}}}}"#
            ),
            "maxItems should be between 1000 and 10000; maxBytes should be between 262144 and 1048576; \
             timeoutMs should be between 25 and 30000",
        ),
        (
            format!(
                r#"{{"schemaVersion":"2025-01-29","destination":{DESTINATION},"types":["platform"],"buffering":{{"maxItems":10001,"maxBytes":1048577,"timeoutMs":30001}}}}"#
            ),
            "maxItems should be between 1000 and 10000; maxBytes should be between 262144 and 1048576; \
             timeoutMs should be between 25 and 30000",
        ),
    ] {
        let refused = extension.put(TELEMETRY, &body).await;
        assert_eq!(refused.brief(), (400, &*invalid("ValidationError", message)), "{body}");
    }
    let logs = extension.put(LOGS, format!(r#"{{"destination":{sandbox},"types":[]}}"#)).await;
    let message = "URI port is not provided; types should not be empty";
    assert_eq!(logs.brief(), (400, &*invalid("Logs.ValidationError", message)));
}

#[tokio::test]
async fn a_body_that_is_no_json_object_is_refused() {
    let (_stage, mut extension, _outcome) = registered().await;
    for body in [
        "",
        "no JSON",
        "null",
        "7",
        "[]",
        r#"["2025-01-29",{"protocol":"TCP","port":9},["platform"],null]"#,
        r#"{"schemaVersion":"2025-01-29","destination":["TCP",null,9],"types":["platform"]}"#,
        r#"{"schemaVersion":"2025-01-29","destination":{"protocol":"TCP","port":9},"types":"platform"}"#,
        r#"{"schemaVersion":"2025-01-29","destination":{"protocol":"TCP","port":9},"types":["platform"],"buffering":[1000,262144,25]}"#,
    ] {
        let refused = extension.put(TELEMETRY, body).await;
        assert_eq!(refused.status(), 400, "{body}");
        assert!(refused.text().starts_with("{\"errorType\": \"ValidationError\", "), "{body}");
    }
}

#[tokio::test]
async fn members_of_old_samples_do_not_count() {
    let (_stage, mut extension, _outcome) = registered().await;
    let body = r#"{"schemaVersion":"2022-07-01","destination":{"protocol":"HTTP","URI":"http://sandbox:9/","method":"POST","encoding":"JSON"},"types":["platform"],"novelty":{}}"#;
    assert_eq!(extension.put(TELEMETRY, body).await.brief(), (200, "\"OK\""));
}

#[tokio::test]
async fn a_refused_subscription_leaves_no_trace() {
    let (mut stage, mut extension, _outcome) = registered().await;
    let mut log = Log::start(Over::Http).await;
    let mut good = subscription("2025-01-29", &log.destination());
    extension.subscribe(TELEMETRY, &good).await;
    good["types"] = json!(["novelty"]);
    assert_eq!(extension.put(TELEMETRY, good.to_string()).await.status(), 400);
    ready(&mut stage, &mut extension).await;
    let events = log.until("platform.start").await;
    let count = |kind: &str| events.iter().filter(|event| event.starts_with(kind)).count();
    assert_eq!(count("platform.telemetrySubscription "), 1);
}

#[tokio::test]
async fn who_is_not_an_extension_is_refused_before_anything_is_read() {
    let (mut stage, _extension, _outcome) = registered().await;
    let mut api = stage.connect("audit").await;
    let unknown = format!("Unknown extension {STRANGER}");
    for path in [TELEMETRY, LOGS] {
        for (identifier, error_type, message) in [
            (None, "Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header"),
            (Some(""), "Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header"),
            (Some("audit"), "Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier"),
            (
                Some(&STRANGER[1..]),
                "Extension.InvalidExtensionIdentifier",
                "Invalid Lambda-Extension-Identifier",
            ),
            (Some(STRANGER), "Extension.UnknownExtensionIdentifier", &*unknown),
        ] {
            let refused = put(&mut api, path, identifier, "no JSON").await;
            assert_eq!(refused.brief(), (403, &*refusal(error_type, message)), "{identifier:?}");
        }
    }
}

#[tokio::test]
async fn an_extension_of_an_earlier_generation_is_a_stranger() {
    let (mut stage, mut extension, outcome) = registered().await;
    let from = stage.end();
    stage.end_process(RUNTIME, "exit 1").await;
    stage.extension_asks(&mut extension).await;
    assert_eq!(extension.event().await["eventType"], "SHUTDOWN");
    stage.tell("audit", "exit 0");
    stage.launched(from, "audit").await;
    let mut api = stage.connect("audit").await;
    let refused = put(&mut api, TELEMETRY, Some(&extension.id), "{}").await;
    let message = format!("Unknown extension {}", extension.id);
    assert_eq!(refused.brief(), (403, &*refusal("Extension.UnknownExtensionIdentifier", &message)));
    stage.function.shut_down().await;
    assert!(!outcome.await.unwrap().is_success());
}

#[tokio::test]
async fn after_init_nobody_subscribes_any_more() {
    let (mut stage, mut extension, outcome) = registered().await;
    // Its own poll does not close the subscription; init is not over as long as the runtime has not asked.
    let mut second = stage.connect("audit").await;
    stage.extension_asks(&mut extension).await;
    let body = subscription("2025-01-29", &serde_json::from_str(DESTINATION).unwrap()).to_string();
    assert_eq!(put(&mut second, TELEMETRY, Some(&extension.id), &body).await.status(), 200);
    let mut runtime = stage.connect(RUNTIME).await;
    stage.runtime_asks(&mut runtime).await;
    assert_eq!(extension.event().await["eventType"], "INVOKE");
    assert_eq!(soon(runtime.reply()).await.status(), 200);
    for _ in 0..2 {
        for (path, name) in [(TELEMETRY, "Telemetry"), (LOGS, "Logs")] {
            for body in [&*body, "{}", "no JSON"] {
                let refused = extension.put(path, body).await;
                let closed = refusal(
                    &format!("{name}.SubscriptionClosed"),
                    &format!("{name} API subscription is closed"),
                );
                assert_eq!(refused.brief(), (403, &*closed));
            }
        }
        // And neither between invocations.
        if !outcome.is_finished() {
            stage.runtime_answers(&mut runtime, "r-1", "{}").await;
            stage.extension_asks(&mut extension).await;
            while !outcome.is_finished() {
                tokio::task::yield_now().await;
            }
            extension.api = stage.connect("audit").await;
        }
    }
}

#[tokio::test]
async fn who_uses_one_of_the_two_apis_cannot_use_the_other() {
    let (_stage, mut extension, _outcome) = registered().await;
    let destination: Value = serde_json::from_str(DESTINATION).unwrap();
    extension.subscribe(LOGS, &json!({ "destination": destination, "types": ["platform"] })).await;
    let refused = extension.put(TELEMETRY, subscription("2025-01-29", &destination).to_string()).await;
    let not_supported = refusal("Telemetry.NotSupported", "Telemetry API is not supported");
    assert_eq!(refused.brief(), (202, &*not_supported));

    let (_stage, mut extension, _outcome) = registered().await;
    extension.subscribe(TELEMETRY, &subscription("2025-01-29", &destination)).await;
    let refused =
        extension.put(LOGS, json!({ "destination": destination, "types": ["platform"] }).to_string()).await;
    assert_eq!(refused.brief(), (202, &*refusal("Logs.NotSupported", "Logs API is not supported")));
}

#[tokio::test]
async fn only_put_subscribes() {
    let (mut stage, extension, _outcome) = registered().await;
    let mut api = stage.connect("audit").await;
    for path in [TELEMETRY, LOGS] {
        let reply = api.post_with(path, &[("Lambda-Extension-Identifier", &extension.id)], "{}").await;
        assert_eq!(reply.brief(), (405, ""));
    }
    for path in ["/2022-07-01/logs", "/2020-08-15/telemetry", "/2022-07-01/telemetry/"] {
        let reply = put(&mut api, path, Some(&extension.id), "{}").await;
        assert_eq!(reply.brief(), (404, "404 page not found\n"), "{path}");
    }
}

// === another subscription in the place of the first ===

fn wants(destination: &Value, types: &[&str]) -> Value {
    let mut wanted = subscription("2025-01-29", destination);
    wanted["types"] = json!(types);
    wanted
}

#[tokio::test]
async fn a_second_subscription_takes_the_place_of_one_that_has_not_been_served_yet() {
    let (mut stage, mut extension, _outcome) = registered().await;
    let (first, mut second) = (Listener::bind().await, Log::start(Over::Http).await);
    let mut slow = wants(&json!({ "protocol": "TCP", "port": first.port() }), &["platform"]);
    slow["buffering"]["timeoutMs"] = json!(30_000);
    extension.subscribe(TELEMETRY, &slow).await;
    extension.subscribe(TELEMETRY, &wants(&second.destination(), &["function"])).await;
    let _runtime = ready(&mut stage, &mut extension).await;
    second.expect("function \"api _\"").await;
    let shutting_down = stage.shut_down();
    stage.tell("audit", "exit 0");
    soon(shutting_down).await.unwrap();
    assert_eq!(second.rest().await, [""; 0]);
    // Nobody has ever come to the first one.
    tokio::select! {
        biased;
        _came = first.accept() => panic!("the first subscription is still served"),
        () = std::future::ready(()) => {}
    }
}

#[tokio::test]
async fn a_second_subscription_takes_the_place_of_one_that_has_been_served() {
    let (mut stage, mut extension, _outcome) = registered().await;
    let (mut first, mut second) = (Log::start(Over::Http).await, Log::start(Over::Tcp).await);
    extension.subscribe(TELEMETRY, &wants(&first.destination(), &["platform", "function"])).await;
    assert_eq!(first.until("platform.telemetrySubscription").await.len(), 2);
    extension.subscribe(TELEMETRY, &wants(&second.destination(), &["function"])).await;
    stage.says(RUNTIME, "for the second one").await;
    second.expect("function \"for the second one\"").await;
    let shutting_down = stage.shut_down();
    stage.tell("audit", "exit 0");
    soon(shutting_down).await.unwrap();
    let late: Vec<String> =
        first.rest().await.into_iter().filter(|event| event.starts_with("function ")).collect();
    assert_eq!(late, [""; 0]);
    assert_eq!(second.rest().await, [""; 0]);
}

/// A second subscription whose first batch is refused, after the last batch of the first one has been taken.
async fn the_first_subscription_does_not_count_for_the_second(first: Listener, second: Option<Listener>) {
    let (mut stage, mut extension, _outcome) = registered().await;
    let to = |listener: &Listener| {
        let uri = format!("http://sandbox.localdomain:{}", listener.port());
        wants(&json!({ "protocol": "HTTP", "URI": uri }), &["function"])
    };
    stage.says(RUNTIME, "early").await;
    extension.subscribe(TELEMETRY, &to(&first)).await;
    let mut at_first = first.accept().await;
    assert_eq!(at_first.batch().await.lines(), ["early"]);
    extension.subscribe(TELEMETRY, &to(second.as_ref().unwrap_or(&first))).await;
    stage.says(RUNTIME, "late").await;
    let mut at_second = match &second {
        Some(second) => {
            let at_second = second.accept().await;
            at_first.answer(200).await;
            at_second
        }
        None => {
            at_first.answer(200).await;
            at_first
        }
    };
    let refused = at_second.batch().await;
    at_second.answer(500).await;
    assert_eq!(at_second.batch().await.events, refused.events, "it is sent again");
}

#[tokio::test]
async fn a_second_subscription_is_not_confirmed_by_what_happens_to_the_first() {
    let (first, second) = (Listener::bind().await, Listener::bind().await);
    the_first_subscription_does_not_count_for_the_second(first, Some(second)).await;
}

#[tokio::test]
async fn a_second_subscription_to_the_same_place_is_not_confirmed_by_what_happens_to_the_first() {
    the_first_subscription_does_not_count_for_the_second(Listener::bind().await, None).await;
}

// === two subscribers ===

#[tokio::test]
async fn each_subscriber_gets_what_it_wants_and_nothing_else() {
    let names = ["a-platform", "b-function", "c-extension"];
    let mut stage = Stage::new(&names, |function| function);
    let outcome = stage.invoke("r-1");
    let mut extensions = Vec::new();
    for name in names {
        extensions.push(stage.register(name).await);
    }
    let mut logs = [Log::start(Over::Http).await, Log::start(Over::Tcp).await, Log::start(Over::Http).await];
    for ((extension, log), kind) in
        extensions.iter_mut().zip(&logs).zip(["platform", "function", "extension"])
    {
        extension.subscribe(TELEMETRY, &wants(&log.destination(), &[kind])).await;
    }
    stage.launched(0, RUNTIME).await;
    let mut runtime = stage.connect(RUNTIME).await;
    stage.runtime_asks(&mut runtime).await;
    for extension in &mut extensions {
        stage.extension_asks(extension).await;
    }
    assert_eq!(soon(runtime.reply()).await.status(), 200);
    stage.says(RUNTIME, "one").await;
    stage.says("b-function", "two").await;
    stage.runtime_answers(&mut runtime, "r-1", "{}").await;
    for extension in &mut extensions {
        assert_eq!(extension.event().await["eventType"], "INVOKE");
        stage.extension_asks(extension).await;
    }
    assert!(outcome.await.unwrap().is_success());
    logs[0]
        .expect(
            r#"
            platform.initStart {"initializationType":"on-demand","phase":"init","functionName":"f","functionVersion":"$LATEST"}
            platform.telemetrySubscription {"name":"a-platform","state":"Subscribed","types":["platform"]}
            platform.telemetrySubscription {"name":"b-function","state":"Subscribed","types":["function"]}
            platform.telemetrySubscription {"name":"c-extension","state":"Subscribed","types":["extension"]}
            platform.initRuntimeDone {"initializationType":"on-demand","phase":"init","status":"success"}
            platform.extension {"name":"a-platform","state":"Ready","events":["INVOKE","SHUTDOWN"]}
            platform.extension {"name":"b-function","state":"Ready","events":["INVOKE","SHUTDOWN"]}
            platform.extension {"name":"c-extension","state":"Ready","events":["INVOKE","SHUTDOWN"]}
            platform.initReport {"initializationType":"on-demand","phase":"init","status":"success","metrics":{"durationMs":_}}
            platform.start {"requestId":"r-1","version":"$LATEST"}
            platform.runtimeDone {"requestId":"r-1","status":"success","metrics":{"durationMs":_,"producedBytes":2},"spans":[{"name":"responseLatency","start":_,"durationMs":_},{"name":"responseDuration","start":_,"durationMs":_},{"name":"runtimeOverhead","start":_,"durationMs":_}]}
            platform.report {"requestId":"r-1","status":"success","metrics":{"durationMs":_,"billedDurationMs":_,"memorySizeMB":128,"maxMemoryUsedMB":_,"initDurationMs":_},"spans":[{"name":"extensionOverhead","start":_,"durationMs":_}]}
            "#,
        )
        .await;
    logs[1].expect("function \"api _\"\nfunction \"one\"").await;
    logs[2].expect("extension \"api _\"\nextension \"api _\"\nextension \"api _\"\nextension \"two\"").await;
    let shutting_down = stage.shut_down();
    for name in names {
        stage.tell(name, "exit 0");
    }
    soon(shutting_down).await.unwrap();
    for log in logs {
        assert_eq!(log.rest().await, [""; 0]);
    }
}
