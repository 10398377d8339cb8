//! What the caller gives and the function gets: payload, headers, kinds of invocation.

use mock_server::{Event, InvokeApi, MockLambda};

use super::{connect, invoke, listen, path, refusal};
use crate::{
    guest::{answering, echo},
    raw::{Reply, head},
    wait::{PATIENCE, soon},
};

fn echoing() -> (MockLambda, InvokeApi) {
    let mock = MockLambda::new();
    mock.function("f").timeout(PATIENCE).in_process(echo);
    let api = listen(&mock);
    (mock, api)
}

/// A function that answers with the head of its event.
fn telling() -> (MockLambda, InvokeApi) {
    let mock = MockLambda::new();
    let head = async |event: Reply| event.head.into_bytes();
    mock.function("f").timeout(PATIENCE).in_process(move |api| answering(api, head));
    let api = listen(&mock);
    (mock, api)
}

/// A header of the event, as the guest saw it.
async fn told(headers: &[(&str, &str)], name: &str) -> Option<String> {
    let (_mock, api) = telling();
    let reply = invoke(&api, "f", headers, "{}").await;
    let seen = Reply { head: reply.text().to_owned(), body: Vec::new() };
    seen.header(name).map(str::to_owned)
}

fn is_invoked(mock: &MockLambda) -> bool {
    mock.timeline().entries().iter().any(|entry| matches!(entry.event, Event::Invoked { .. }))
}

#[tokio::test]
async fn the_payload_arrives_as_it_was_sent() {
    let (_mock, api) = echoing();
    for payload in ["null", "21", r#""text""#, "[1, 2 ]", " { \"n\" :\t21 }\n", r#"{"name":"Jörg"}"#] {
        assert_eq!(invoke(&api, "f", &[], payload).await.brief(), (200, payload));
    }
}

#[tokio::test]
async fn an_empty_payload_is_an_empty_object() {
    let (_mock, api) = echoing();
    assert_eq!(invoke(&api, "f", &[], "").await.brief(), (200, "{}"));
    let mut connection = connect(&api).await;
    connection.send(head("POST", &path("f"), &[]) + "\r\n").await;
    assert_eq!(soon(connection.reply()).await.brief(), (200, "{}"), "without a length");
}

#[tokio::test]
async fn a_payload_may_come_in_chunks_and_after_a_question() {
    let (_mock, api) = echoing();
    let mut connection = connect(&api).await;
    let headers = [("Transfer-Encoding", "chunked"), ("Expect", "100-continue")];
    connection.send(head("POST", &path("f"), &headers) + "\r\n").await;
    assert_eq!(soon(connection.reply()).await.status(), 100);
    connection.send("3\r\n[1,\r\n2\r\n2]\r\n0\r\n\r\n").await;
    assert_eq!(soon(connection.reply()).await.brief(), (200, "[1,2]"));
}

#[tokio::test]
async fn the_largest_payload_arrives() {
    let (_mock, api) = echoing();
    let payload = format!("\"{}\"", "x".repeat(6 * 1024 * 1024 - 2));
    let reply = invoke(&api, "f", &[], &payload).await;
    assert_eq!((reply.status(), reply.body.len()), (200, payload.len()));
}

#[tokio::test]
async fn the_client_context_is_decoded() {
    // {"custom":{"locale":"de"}}
    let headers = [("X-Amz-Client-Context", "eyJjdXN0b20iOnsibG9jYWxlIjoiZGUifX0=")];
    let seen = told(&headers, "lambda-runtime-client-context").await;
    assert_eq!(seen.as_deref(), Some(r#"{"custom":{"locale":"de"}}"#));
    assert_eq!(told(&[], "lambda-runtime-client-context").await, None);
}

#[tokio::test]
async fn a_client_context_in_lines_becomes_one_line() {
    // {\n  "custom": {}\n}
    let headers = [("X-Amz-Client-Context", "ewogICJjdXN0b20iOiB7fQp9")];
    let seen = told(&headers, "lambda-runtime-client-context").await;
    assert_eq!(seen.as_deref(), Some(r#"{   "custom": {} }"#));
}

#[tokio::test]
async fn trace_and_tenant_are_passed_on() {
    let trace = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1";
    let seen = told(&[("X-Amzn-Trace-Id", trace)], "lambda-runtime-trace-id").await;
    assert_eq!(seen.as_deref(), Some(trace));
    let seen = told(&[("X-Amz-Tenant-Id", "blue")], "lambda-runtime-aws-tenant-id").await;
    assert_eq!(seen.as_deref(), Some("blue"));
}

#[tokio::test]
async fn the_caller_and_the_function_know_the_same_request_id() {
    let (_mock, api) = telling();
    let reply = invoke(&api, "f", &[], "{}").await;
    let id = reply.header("x-amzn-requestid").unwrap();
    assert!(reply.text().contains(&format!("Lambda-Runtime-Aws-Request-Id: {id}\r\n")));
}

#[tokio::test]
async fn a_dry_run_does_not_run_the_function() {
    let (mock, api) = echoing();
    let reply = invoke(&api, "f", &[("X-Amz-Invocation-Type", "DryRun")], "{}").await;
    assert_eq!(reply.brief(), (204, ""));
    assert!(!is_invoked(&mock));
    let reply = invoke(&api, "g", &[("X-Amz-Invocation-Type", "DryRun")], "{}").await;
    assert_eq!(reply.status(), 404, "but it looks for the function");
}

#[tokio::test]
async fn the_usual_kind_may_be_named() {
    let (_mock, api) = echoing();
    let headers = [("X-Amz-Invocation-Type", "RequestResponse"), ("X-Amz-Log-Type", "None")];
    assert_eq!(invoke(&api, "f", &headers, "1").await.brief(), (200, "1"));
}

#[tokio::test]
async fn a_queued_event_is_accepted_at_once_and_runs_under_the_same_id() {
    let (mock, api) = echoing();
    let reply = invoke(&api, "f", &[("X-Amz-Invocation-Type", "Event")], r#"{"n":1}"#).await;
    assert_eq!(reply.brief(), (202, ""));
    assert_eq!(reply.header("x-amz-executed-version"), None);
    let id = reply.header("x-amzn-requestid").unwrap().to_owned();
    let ended = |entry: &mock_server::Entry| matches!(&entry.event, Event::InvocationEnded(report) if report.request_id.as_str() == id);
    soon(mock.timeline().wait_for(ended)).await;
}

#[tokio::test]
async fn the_old_call_for_queueing_is_taken_too() {
    let (mock, api) = echoing();
    let mut connection = connect(&api).await;
    let reply = connection.post("/2014-11-13/functions/f/invoke-async/", "{}").await;
    assert_eq!(reply.brief(), (202, r#"{"Status":202}"#));
    soon(mock.timeline().wait_for(|entry| matches!(entry.event, Event::InvocationEnded(_)))).await;
}

#[tokio::test]
async fn the_tail_of_the_log_comes_with_the_answer_in_base64() {
    use base64::{Engine, prelude::BASE64_STANDARD};

    let (_mock, api) = echoing();
    let reply = invoke(&api, "f", &[("X-Amz-Log-Type", "Tail")], "{}").await;
    assert_eq!(reply.brief(), (200, "{}"));
    let id = reply.header("x-amzn-requestid").unwrap();
    let tail = BASE64_STANDARD.decode(reply.header("x-amz-log-result").unwrap()).unwrap();
    let tail = String::from_utf8(tail).unwrap();
    let lines: Vec<_> = tail.lines().collect();
    assert_eq!(
        lines[..2],
        [format!("START RequestId: {id} Version: $LATEST"), format!("END RequestId: {id}")]
    );
    assert!(lines[2].starts_with(&format!("REPORT RequestId: {id}\tDuration: ")), "{tail}");
    assert_eq!((lines.len(), tail.ends_with('\n')), (3, true));
}

#[tokio::test]
async fn kinds_of_log_that_are_not_there_are_refused_by_name() {
    let (mock, api) = echoing();
    let reply = invoke(&api, "f", &[("X-Amz-Log-Type", "All")], "{}").await;
    let (status, name, body) = refusal(&reply);
    assert_eq!((status, name), (400, Some("ValidationException")));
    assert!(body.contains("Value 'All' at 'logType' failed to satisfy constraint"), "{body}");
    assert!(!is_invoked(&mock));
}

#[tokio::test]
async fn signatures_are_not_looked_at() {
    let (_mock, api) = echoing();
    let headers = [("Authorization", "AWS4-HMAC-SHA256 Credential=nobody"), ("X-Amz-Date", "never")];
    assert_eq!(invoke(&api, "f", &headers, "1").await.brief(), (200, "1"));
}

#[tokio::test]
async fn curl_can_invoke() {
    let (_mock, api) = echoing();
    let mut curl = std::process::Command::new("curl");
    if curl.arg("--version").output().is_err() {
        println!("skipped: there is no curl on this machine");
        return;
    }
    // More than a megabyte, for which curl asks before it sends.
    let payload = format!("\"{}\"", "x".repeat(2 * 1024 * 1024));
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("event.json");
    std::fs::write(&file, &payload).unwrap();
    let url = format!("http://{}{}", api.address(), path("f"));
    let output = tokio::task::spawn_blocking(move || {
        let mut curl = std::process::Command::new("curl");
        curl.args(["--silent", "--show-error", "--noproxy", "*", "--include"]);
        curl.arg("--data-binary").arg(format!("@{}", file.display())).arg(url);
        curl.output()
    });
    let output = soon(output).await.unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let reply = String::from_utf8(output.stdout).unwrap();
    let (head, body) = reply.rsplit_once("\r\n\r\n").unwrap();
    assert!(head.contains("HTTP/1.1 200 OK") && head.contains("X-Amz-Executed-Version: $LATEST"), "{head}");
    assert_eq!(body.len(), payload.len());
}
