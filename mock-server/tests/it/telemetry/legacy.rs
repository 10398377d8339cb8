//! The Logs API: the same life in older words, over PUT or POST.
//!
//! Its records have fewer members than those of the Telemetry API; a few exist nowhere else.

use std::time::Duration;

use mock_server::{FunctionBuilder, Invocation, Outcome};
use serde_json::{Value, json};
use tokio::{net::TcpStream, task::JoinHandle};

use super::{
    stage::{Extension, LOGS, RUNTIME, Stage},
    subscriber::{Listener, Log, Over},
    writing::{EXTENSION, SOON, Writing},
};
use crate::{raw::Connection, wait::soon};

fn subscription(schema: &str, destination: &Value) -> Value {
    json!({
        "schemaVersion": schema,
        "destination": destination,
        "types": ["platform", "function", "extension"],
        "buffering": { "maxItems": 1000, "maxBytes": 262_144, "timeoutMs": SOON },
    })
}

fn r_1() -> Invocation {
    Invocation::new("{}").request_id("r-1".parse().unwrap())
}

/// A function that has been invoked for the first time, and everybody has been told.
async fn invoked(
    schema: &str,
    log: &Log,
    invocation: Invocation,
    configure: impl FnOnce(FunctionBuilder) -> FunctionBuilder,
) -> (Stage, Extension, Connection<TcpStream>, JoinHandle<Outcome>) {
    let mut stage = Stage::new(&[EXTENSION], configure);
    let outcome = stage.invoke_with(invocation);
    let mut extension = stage.register(EXTENSION).await;
    extension.subscribe(LOGS, &subscription(schema, &log.destination())).await;
    stage.launched(0, RUNTIME).await;
    let mut runtime = stage.connect(RUNTIME).await;
    stage.runtime_asks(&mut runtime).await;
    stage.extension_asks(&mut extension).await;
    assert_eq!(soon(runtime.reply()).await.status(), 200);
    assert_eq!(extension.event().await["eventType"], "INVOKE");
    stage.says(RUNTIME, "at work").await;
    (stage, extension, runtime, outcome)
}

/// The events that are not about init; what is told of init is another test's business.
async fn of_the_invocation(log: &mut Log) -> Vec<String> {
    let events = log.until("platform.report").await;
    let is_init = |event: &&String| !event.starts_with("platform.init");
    events.iter().filter(is_init).cloned().collect()
}

const BEGIN: [&str; 6] = [
    "extension \"api _\"",
    r#"platform.logsSubscription {"name":"audit","state":"Subscribed","types":["platform","function","extension"]}"#,
    "function \"api _\"",
    r#"platform.extension {"name":"audit","state":"Ready","events":["INVOKE","SHUTDOWN"]}"#,
    r#"platform.start {"requestId":"r-1","version":"$LATEST"}"#,
    "function \"at work\"",
];
const END: &str = r#"platform.end {"requestId":"r-1"}"#;
const REPORT: &str = r#"platform.report {"requestId":"r-1","metrics":{"durationMs":_,"billedDurationMs":_,"memorySizeMB":128,"maxMemoryUsedMB":_,"initDurationMs":_}}"#;

/// An invocation that goes well, with what its schema has between the work and its end.
async fn an_invocation_is_told(invocation: Invocation, schema: &str, over: Over, done: &[&str]) {
    let mut log = Log::start(over).await;
    let (mut stage, mut extension, mut runtime, outcome) =
        invoked(schema, &log, invocation, |function| function).await;
    stage.runtime_answers(&mut runtime, "r-1", "{}").await;
    stage.extension_asks(&mut extension).await;
    assert!(outcome.await.unwrap().is_success());
    assert_eq!(of_the_invocation(&mut log).await, [&BEGIN, done, &[END, REPORT]].concat());
    let shutting_down = stage.shut_down();
    stage.tell(EXTENSION, "exit 0");
    soon(shutting_down).await.unwrap();
    assert_eq!(log.rest().await, [""; 0]);
}

#[tokio::test]
async fn the_first_schema_tells_start_end_and_report() {
    an_invocation_is_told(r_1(), "2020-08-15", Over::Http, &[]).await;
    an_invocation_is_told(r_1(), "2020-08-15", Over::Tcp, &[]).await;
}

#[tokio::test]
async fn the_second_schema_tells_also_when_the_runtime_is_done() {
    an_invocation_is_told(r_1(), "2021-03-18", Over::Http, &[DONE]).await;
    an_invocation_is_told(r_1(), "2021-03-18", Over::Tcp, &[DONE]).await;
}

const DONE: &str = r#"platform.runtimeDone {"requestId":"r-1","status":"success"}"#;

#[tokio::test]
async fn neither_schema_knows_traces_and_tenants() {
    let trace = "Root=1-691ee2a0-0123456789abcdef01234567;Parent=54565fb41ac79632;Sampled=1";
    let invocation = r_1().trace_id(trace).tenant_id("blue");
    an_invocation_is_told(invocation.clone(), "2020-08-15", Over::Http, &[]).await;
    an_invocation_is_told(invocation, "2021-03-18", Over::Http, &[DONE]).await;
}

/// What is told of an exit within an invocation.
async fn of_an_exit() -> Vec<String> {
    let mut log = Log::start(Over::Http).await;
    let (mut stage, mut extension, runtime, outcome) =
        invoked("2021-03-18", &log, r_1(), |function| function).await;
    stage.extension_asks(&mut extension).await;
    drop(runtime);
    stage.end_process(RUNTIME, "exit 3").await;
    assert_eq!(outcome.await.unwrap().error_type(), Some("Runtime.ExitError"));
    let told = of_the_invocation(&mut log).await;
    assert_eq!(told[..6], BEGIN);
    told[6..].to_vec()
}

#[tokio::test]
async fn an_exit_is_told_by_a_fault_too() {
    let fault = r#"platform.fault "RequestId: r-1 Status: error\tErrorType: Runtime.ExitError""#;
    assert_eq!(of_an_exit().await[1..], [fault, END, REPORT]);
}

#[tokio::test]
async fn an_exit_is_called_a_failure() {
    assert_eq!(of_an_exit().await[0], r#"platform.runtimeDone {"requestId":"r-1","status":"failure"}"#);
}

#[tokio::test]
async fn a_time_out_has_a_name_of_its_own() {
    let mut log = Log::start(Over::Http).await;
    let short = |function: FunctionBuilder| function.timeout(Duration::from_secs(1));
    let (_stage, _extension, _runtime, outcome) = invoked("2021-03-18", &log, r_1(), short).await;
    assert!(outcome.await.unwrap().is_timeout());
    let told = of_the_invocation(&mut log).await;
    assert_eq!(told[6], r#"platform.runtimeDone {"requestId":"r-1","status":"timeout"}"#);
    assert_eq!(told[told.len() - 2..], [END, REPORT]);
}

#[tokio::test]
async fn init_is_told_in_a_reduced_form() {
    for schema in ["2020-08-15", "2021-03-18"] {
        let mut log = Log::start(Over::Http).await;
        let (_stage, _extension, _runtime, _outcome) =
            invoked(schema, &log, r_1(), |function| function).await;
        let events = log.until("platform.start").await;
        let init: Vec<_> = events.iter().filter(|event| event.starts_with("platform.init")).collect();
        assert_eq!(
            init,
            [
                r#"platform.initStart {"initializationType":"on-demand"}"#,
                r#"platform.initRuntimeDone {"initializationType":"on-demand","status":"success"}"#,
                r#"platform.initReport {"initializationType":"on-demand","metrics":{"durationMs":_,"billedDurationMs":_}}"#,
            ]
        );
    }
}

#[tokio::test]
async fn batches_are_put_or_posted_as_the_subscriber_wants() {
    for (member, expected) in [(Some("PUT"), "PUT"), (Some("POST"), "POST"), (None, "POST")] {
        let listener = Listener::bind().await;
        let uri = format!("http://sandbox.localdomain:{}/lambda_logs", listener.port());
        let mut destination = json!({ "protocol": "HTTP", "URI": uri });
        if let Some(method) = member {
            destination["method"] = json!(method);
        }
        let mut writing = Writing::with(LOGS, &subscription("2020-08-15", &destination)).await;
        writing.writes("one").await;
        let mut peer = listener.accept().await;
        let batch = peer.batch().await;
        assert!(batch.head.starts_with(&format!("{expected} /lambda_logs HTTP/1.1\r\n")), "{}", batch.head);
        // Sent again in the same way.
        peer.answer(500).await;
        let again = peer.batch().await;
        assert_eq!((again.head, again.events), (batch.head, batch.events));
    }
}

#[tokio::test]
async fn without_a_schema_it_is_the_first_one() {
    let mut log = Log::start(Over::Tcp).await;
    let mut stage = Stage::new(&[EXTENSION], |function| function);
    let outcome = stage.invoke("r-1");
    let mut extension = stage.register(EXTENSION).await;
    let wanted = json!({ "destination": log.destination(), "types": ["platform"] });
    extension.subscribe(LOGS, &wanted).await;
    stage.launched(0, RUNTIME).await;
    let mut runtime = stage.connect(RUNTIME).await;
    stage.runtime_asks(&mut runtime).await;
    stage.extension_asks(&mut extension).await;
    assert_eq!(soon(runtime.reply()).await.status(), 200);
    extension.event().await;
    stage.runtime_answers(&mut runtime, "r-1", "{}").await;
    stage.extension_asks(&mut extension).await;
    assert!(outcome.await.unwrap().is_success());
    let events = log.until("platform.report").await;
    assert!(!events.iter().any(|event| event.starts_with("platform.runtimeDone ")), "{events:?}");
}
