//! What is still on its way when an environment ends: nothing of it is lost.

use mock_server::{Event, ExtensionEvent};
use serde_json::json;

use super::{
    golden::masked,
    stage::{Extension, RUNTIME, Stage, TELEMETRY},
    subscriber::{Listener, Log, Over},
};
use crate::{raw::Connection, wait::soon};

const EXTENSION: &str = "audit";

/// An extension that keeps events for half a minute, which is longer than a test takes.
async fn patient(log: &serde_json::Value) -> (Stage, Extension, Connection<tokio::net::TcpStream>) {
    let mut stage = Stage::new(&[EXTENSION], |function| function);
    let outcome = stage.invoke("r-1");
    let mut extension = stage.register(EXTENSION).await;
    let subscription = json!({
        "schemaVersion": "2025-01-29",
        "destination": log,
        "types": ["platform", "function", "extension"],
        "buffering": { "timeoutMs": 30_000 },
    });
    extension.subscribe(TELEMETRY, &subscription).await;
    stage.launched(0, RUNTIME).await;
    let mut runtime = stage.connect(RUNTIME).await;
    stage.runtime_asks(&mut runtime).await;
    stage.extension_asks(&mut extension).await;
    assert_eq!(soon(runtime.reply()).await.status(), 200);
    assert_eq!(extension.event().await["eventType"], "INVOKE");
    stage.runtime_answers(&mut runtime, "r-1", "{}").await;
    stage.extension_asks(&mut extension).await;
    assert!(soon(outcome).await.unwrap().is_success());
    (stage, extension, runtime)
}

const SO_FAR: &str = r#"
    platform.initStart {"initializationType":"on-demand","phase":"init","functionName":"f","functionVersion":"$LATEST"}
    extension "api _"
    platform.telemetrySubscription {"name":"audit","state":"Subscribed","types":["platform","function","extension"]}
    function "api _"
    platform.initRuntimeDone {"initializationType":"on-demand","phase":"init","status":"success"}
    platform.extension {"name":"audit","state":"Ready","events":["INVOKE","SHUTDOWN"]}
    platform.initReport {"initializationType":"on-demand","phase":"init","status":"success","metrics":{"durationMs":_}}
    platform.start {"requestId":"r-1","version":"$LATEST"}
    platform.runtimeDone {"requestId":"r-1","status":"success","metrics":{"durationMs":_,"producedBytes":2},"spans":[{"name":"responseLatency","start":_,"durationMs":_},{"name":"responseDuration","start":_,"durationMs":_},{"name":"runtimeOverhead","start":_,"durationMs":_}]}
    platform.report {"requestId":"r-1","status":"success","metrics":{"durationMs":_,"billedDurationMs":_,"memorySizeMB":128,"maxMemoryUsedMB":_,"initDurationMs":_},"spans":[{"name":"extensionOverhead","start":_,"durationMs":_}]}
"#;

/// Everything that was kept comes with the shutdown, and so does what is written after it.
async fn everything_comes_with_the_shutdown(over: Over) {
    let mut log = Log::start(over).await;
    let (mut stage, mut extension, runtime) = patient(&log.destination()).await;
    let shutting_down = stage.shut_down();
    log.expect(SO_FAR).await;
    drop(runtime);
    let told = extension.event().await;
    assert_eq!((&told["eventType"], &told["shutdownReason"]), (&"SHUTDOWN".into(), &"spindown".into()));
    stage.says(EXTENSION, "one").await;
    log.expect(r#"extension "one""#).await;
    stage.says(EXTENSION, "two").await;
    log.expect(r#"extension "two""#).await;
    stage.tell(EXTENSION, "exit 0");
    soon(shutting_down).await.unwrap();
    assert_eq!(log.rest().await, [""; 0]);
}

#[tokio::test]
async fn over_http_everything_comes_with_the_shutdown() {
    everything_comes_with_the_shutdown(Over::Http).await;
}

#[tokio::test]
async fn over_tcp_everything_comes_with_the_shutdown() {
    everything_comes_with_the_shutdown(Over::Tcp).await;
}

#[tokio::test]
async fn the_last_words_of_the_runtime_are_taken_before_the_extension_is_told_of_the_end() {
    let mut log = Log::start(Over::Http).await;
    let (mut stage, mut extension, runtime) = patient(&log.destination()).await;
    let trap = "trap 'echo asked to end; exit 0' TERM; echo armed; sleep 600 & wait";
    assert_eq!(stage.ask(RUNTIME, trap).await, "armed");
    let from = stage.end();
    let shutting_down = stage.shut_down();
    drop(runtime);
    log.expect(SO_FAR).await;
    log.expect("function \"armed\"\nfunction \"asked to end\"").await;
    assert_eq!(extension.event().await["eventType"], "SHUTDOWN");

    let entries = stage.function.timeline().entries();
    let at = |is_it: &dyn Fn(&Event) -> bool| {
        entries.iter().rposition(|entry| entry.sequence >= from && is_it(&entry.event)).unwrap()
    };
    let taken = at(&|event| matches!(event, Event::TelemetryTaken { .. }));
    let told = at(&|event| matches!(event, Event::Replied { .. }));
    assert!(taken < told);
    stage.tell(EXTENSION, "exit 0");
    soon(shutting_down).await.unwrap();
    assert_eq!(log.rest().await, [""; 0]);
}

#[tokio::test]
async fn a_subscriber_that_does_not_answer_does_not_keep_the_end_from_coming() {
    let listener = Listener::bind().await;
    let uri = format!("http://sandbox.localdomain:{}", listener.port());
    let (stage, mut extension, runtime) = patient(&json!({ "protocol": "HTTP", "URI": uri })).await;
    let from = stage.end();
    let shutting_down = stage.shut_down();
    drop(runtime);
    let mut peer = listener.accept().await;
    assert_eq!(peer.batch().await.masked().len(), 10);
    assert_eq!(extension.event().await["eventType"], "SHUTDOWN");
    let killed = |event: &Event| matches!(event, Event::Extension { event: ExtensionEvent::Killed, .. });
    stage.happens(from, killed).await;
    soon(shutting_down).await.unwrap();
    assert!(peer.try_batch().await.is_none());
}

#[tokio::test]
async fn a_batch_that_was_refused_is_sent_again_before_the_end() {
    let listener = Listener::bind().await;
    let uri = format!("http://sandbox.localdomain:{}", listener.port());
    let (mut stage, mut extension, runtime) = patient(&json!({ "protocol": "HTTP", "URI": uri })).await;
    let shutting_down = stage.shut_down();
    drop(runtime);
    let mut peer = listener.accept().await;
    let first = peer.batch().await;
    peer.answer(500).await;
    let again = peer.batch().await;
    peer.answer(200).await;
    assert_eq!(first.events, again.events);
    assert!(masked(&again.events[9]).starts_with("platform.report "));
    assert_eq!(extension.event().await["eventType"], "SHUTDOWN");
    stage.tell(EXTENSION, "exit 0");
    soon(shutting_down).await.unwrap();
    assert!(peer.try_batch().await.is_none());
}
