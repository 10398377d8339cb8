//! The extensions among the examples, each beside a function of the examples, to the end of the environment.
//!
//! The proxy has its own file; `extension_basic` under AWS's emulator is in `emulator`.

use std::{fs, path::Path};

use mock_server::{
    Event, ExtensionEvent, Function, FunctionBuilder, LogFormat, MockLambda, Outcome,
    core::{Exit, Phase},
};
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::{
    played::{Played, read_until, write},
    run_all::event,
    sink::{Manner, Sink},
};

/// What an extension has written.
pub(crate) fn lines_of(mock: &MockLambda, extension: &str) -> Vec<String> {
    let entries = mock.timeline().entries().into_iter();
    entries
        .filter_map(|entry| match entry.event {
            Event::Extension { name, event: ExtensionEvent::Output { line } } if name == extension => {
                Some(line)
            }
            _ => None,
        })
        .collect()
}

/// How the process of an extension ended.
pub(crate) fn exits_of(mock: &MockLambda, extension: &str) -> Vec<Exit> {
    let entries = mock.timeline().entries().into_iter();
    entries
        .filter_map(|entry| match entry.event {
            Event::Extension { name, event: ExtensionEvent::Exited(exit) } if name == extension => Some(exit),
            _ => None,
        })
        .collect()
}

/// Where in the timeline the first such event is.
fn position(mock: &MockLambda, what: &str, condition: impl Fn(&Event) -> bool) -> usize {
    let entries = mock.timeline().entries();
    let found = entries.iter().position(|entry| condition(&entry.event));
    found.unwrap_or_else(|| panic!("{what} is missing:\n{}", mock.timeline().lanes()))
}

fn assert_ended_well(mock: &MockLambda, extension: &str) {
    assert_eq!(exits_of(mock, extension), [Exit::Code(0)], "{}", mock.timeline().lanes());
}

#[tokio::test]
async fn basic_sees_every_invocation_and_the_end() {
    let mock = MockLambda::new();
    let hello = mock.function("hello").extension(env!("CARGO_BIN_EXE_extension_basic"));
    let hello = hello.bootstrap(env!("CARGO_BIN_EXE_hello")).expect("cargo has built both");
    let first = hello.invoke(event("weather.json")).await;
    let second = hello.invoke(event("weather.json")).await;
    assert!(first.is_success() && second.is_success());
    mock.finish().await.unwrap();

    let invoked = |outcome: &Outcome| format!("hello was invoked: {}", outcome.request_id());
    let expected = [invoked(&first), invoked(&second), "the end: spindown".to_owned()];
    assert_eq!(lines_of(&mock, "extension_basic"), expected);
    assert_ended_well(&mock, "extension_basic");
}

/// Invokes a function three times that logs two objects each time; what a sink is to be told of that.
async fn invoke_three_times(
    function: &Function,
    sink: &Sink,
    at_each_end: impl Fn(&Sink, &str),
) -> Vec<String> {
    let mut expected = Vec::new();
    for n in 1..=3 {
        let outcome = function.invoke(json!({ "n": n })).await;
        assert!(outcome.is_success());
        let id = outcome.request_id();
        at_each_end(sink, id.as_str());
        expected.extend([
            format!("platform.start {id}"),
            format!("function {id} an event has come"),
            format!("function {id} from a task"),
            format!("platform.runtimeDone {id}"),
            format!("platform.report {id}"),
        ]);
    }
    expected
}

fn with_telemetry(mock: &MockLambda, sink: &Sink) -> FunctionBuilder {
    let function = mock.function("logging").extension(env!("CARGO_BIN_EXE_extension_telemetry"));
    function.env("TELEMETRY_SINK", sink.address()).log_format(LogFormat::Json)
}

#[tokio::test]
async fn telemetry_comes_to_the_sink_at_the_end_of_each_invocation_in_order_and_once() {
    let (mock, sink) = (MockLambda::new(), Sink::start(&[]).await);
    let function = with_telemetry(&mock, &sink).bootstrap(env!("CARGO_BIN_EXE_logging")).unwrap();
    let has_its_end = |sink: &Sink, id: &str| {
        let done = format!("platform.runtimeDone {id}");
        assert_eq!(sink.story().last(), Some(&done), "before the environment may be frozen");
    };
    let expected = invoke_three_times(&function, &sink, has_its_end).await;
    mock.finish().await.unwrap();
    assert_eq!(sink.story(), expected, "the last report included");
    assert_ended_well(&mock, "extension_telemetry");
}

#[tokio::test]
async fn telemetry_can_wait_for_the_end_of_the_environment() {
    let (mock, sink) = (MockLambda::new(), Sink::start(&[]).await);
    let function = with_telemetry(&mock, &sink).env("TELEMETRY_FLUSH", "shutdown");
    let function = function.bootstrap(env!("CARGO_BIN_EXE_logging")).unwrap();
    let expected = invoke_three_times(&function, &sink, |sink, _| assert_eq!(sink.posts(), [""; 0])).await;
    mock.finish().await.unwrap();
    assert_eq!(sink.story(), expected);
    assert_eq!(sink.posts().len(), 1, "all of it in one batch");
}

#[tokio::test]
async fn telemetry_is_posted_again_when_the_sink_refuses_or_hangs_up() {
    let (mock, sink) = (MockLambda::new(), Sink::start(&[Manner::Refuse, Manner::HangUp]).await);
    let function = with_telemetry(&mock, &sink).bootstrap(env!("CARGO_BIN_EXE_logging")).unwrap();
    let expected = invoke_three_times(&function, &sink, |_, _| {}).await;
    mock.finish().await.unwrap();
    assert_eq!(sink.story(), expected);
}

#[tokio::test]
async fn telemetry_without_a_sink_fails_the_init_phase_and_says_why() {
    let mock = MockLambda::new();
    let function = mock.function("hello").extension(env!("CARGO_BIN_EXE_extension_telemetry"));
    let outcome = function.bootstrap(env!("CARGO_BIN_EXE_hello")).unwrap().invoke(json!({})).await;
    assert_eq!(outcome.error_type(), Some("Extension.InitError"));
    let lines = lines_of(&mock, "extension_telemetry");
    assert!(lines[0].contains("environment variable TELEMETRY_SINK is not set"), "{lines:?}");
}

#[tokio::test]
async fn internal_flushes_when_the_caller_has_its_answer_and_before_the_environment_is_idle() {
    let mock = MockLambda::new();
    let function = mock.function("internal").bootstrap(env!("CARGO_BIN_EXE_extension_internal")).unwrap();
    let outcome = function.invoke(json!({ "n": 1 })).await;
    assert_eq!(outcome.json().unwrap(), json!({ "n": 1 }));
    let flushed = format!("flushed {}: 7 bytes", outcome.request_id());
    assert_eq!(outcome.logs(), std::slice::from_ref(&flushed));

    let response = format!("/2018-06-01/runtime/invocation/{}/response", outcome.request_id());
    let order = [
        position(
            &mock,
            "the response",
            |event| matches!(event, Event::Called { path, .. } if *path == response),
        ),
        position(&mock, "the answer", |event| matches!(event, Event::Answered { .. })),
        position(&mock, "the flush", |event| matches!(event, Event::Output { line } if *line == flushed)),
        position(&mock, "the end", |event| matches!(event, Event::InvocationEnded(_))),
        position(&mock, "the pause", |event| matches!(event, Event::PhaseBegan(Phase::Idle))),
    ];
    assert!(order.is_sorted(), "{}", mock.timeline().lanes());
}

#[tokio::test]
async fn internal_flushes_after_a_failure_and_at_the_end() {
    let mock = MockLambda::new();
    let function = mock.function("internal").bootstrap(env!("CARGO_BIN_EXE_extension_internal")).unwrap();
    let failed = function.invoke("no JSON").await;
    assert!(!failed.is_success());
    let after = function.invoke(json!({})).await;
    assert!(after.is_success());
    mock.finish().await.unwrap();

    let entries = mock.timeline().entries();
    let written: Vec<&str> = entries
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::Output { line } => line.strip_prefix("flushed "),
            _ => None,
        })
        .collect();
    let metric = |outcome: &Outcome, bytes| format!("{}: {bytes} bytes", outcome.request_id());
    assert_eq!(written, [metric(&failed, 7), metric(&after, 2), "the end".to_owned()]);
    let ends = entries.iter().filter(|entry| matches!(entry.event, Event::Exited(_) | Event::Killed));
    let ends: Vec<&Event> = ends.map(|entry| &entry.event).collect();
    assert_eq!(ends, [&Event::Exited(Exit::Code(0))], "SIGTERM ends it, and well");
}

/// A function whose log goes to a file.
fn with_log_file(mock: &MockLambda, file: &Path) -> FunctionBuilder {
    let function = mock.function("logs").extension(env!("CARGO_BIN_EXE_extension_logs_to_file"));
    function.env("LOG_FILE", file.to_str().unwrap())
}

#[tokio::test]
async fn logs_to_file_keeps_json_as_lines_of_json() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log");
    let mock = MockLambda::new();
    let function = with_log_file(&mock, &file).log_format(LogFormat::Json);
    let function = function.bootstrap(env!("CARGO_BIN_EXE_logging")).unwrap();
    let mut expected = Vec::new();
    for n in 1..=2 {
        let outcome = function.invoke(json!({ "n": n })).await;
        let id = outcome.request_id().as_str().to_owned();
        expected.extend([(id.clone(), json!("an event has come")), (id, json!("from a task"))]);
    }
    mock.finish().await.unwrap();

    let lines = fs::read_to_string(&file).unwrap();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told = |line: &Value| (line["requestId"].as_str().unwrap().to_owned(), line["message"].clone());
    assert_eq!(lines.iter().map(told).collect::<Vec<_>>(), expected);
    assert_ended_well(&mock, "extension_logs_to_file");
}

#[tokio::test]
async fn logs_to_file_keeps_text_as_it_was_and_what_comes_last() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log");
    fs::write(&file, "older\n").unwrap();
    let mock = MockLambda::new();
    let function = with_log_file(&mock, &file).bootstrap(env!("CARGO_BIN_EXE_shutdown")).unwrap();
    assert!(function.invoke(json!({})).await.is_success());
    mock.finish().await.unwrap();

    let entries = mock.timeline().entries().into_iter();
    let written = entries.filter_map(|entry| match entry.event {
        Event::Output { line } => Some(line),
        _ => None,
    });
    let written: Vec<String> = ["older".to_owned()].into_iter().chain(written).collect();
    assert!(written.last().unwrap().contains("the end"), "{written:?}");
    let kept = fs::read_to_string(&file).unwrap();
    assert_eq!(kept.lines().collect::<Vec<_>>(), written);
}

#[tokio::test]
async fn logs_to_file_takes_what_is_still_on_its_way_when_the_environment_ends() {
    const BATCH: &str = r#"[{"time":"2026-11-20T10:00:00Z","type":"function","record":"the last words\n"}]"#;

    let executable = env!("CARGO_BIN_EXE_extension_logs_to_file");
    let mut played = Played::start(executable, r#"{"events":["INVOKE","SHUTDOWN"]}"#).await;
    played.registers().await;
    let call = read_until(&mut played.extension, "}}").await;
    let port = call.split("sandbox.localdomain:").nth(1).and_then(|rest| rest.split(['/', '"']).next());
    let port: u16 = port.expect(&call).parse().unwrap();
    // Begun before the end, and finished after it.
    let mut service = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let head = format!("Host: sandbox\r\nContent-Length: {}\r\nExpect: 100-continue", BATCH.len());
    write(&mut service, &format!("POST / HTTP/1.1\r\n{head}\r\n\r\n")).await;
    read_until(&mut service, "HTTP/1.1 100 Continue\r\n\r\n").await;
    played.replies("", "OK").await;
    played.shuts_down().await;
    write(&mut service, BATCH).await;
    assert!(read_until(&mut service, "\r\n\r\n").await.starts_with("HTTP/1.1 200 OK\r\n"));
    played.ends().await;
    let kept = fs::read_to_string(played.folder().join("function.log")).unwrap();
    assert_eq!(kept, "the last words\n");
}
