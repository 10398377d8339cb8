//! An event that cannot be read is answered with a report that says where, and never what.
//!
//! Callers choose the payload and two of the headers; emulators leave out or bend the others.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::Deserialize;
use serde_json::{Value, json};
use tracing::Level;

use crate::{
    both::{fails_then_works, works},
    logged::Logged,
    reply::{Event, Reply, event},
    script::Script,
};

const CLIENT_CONTEXT: &str = "Lambda-Runtime-Client-Context";
const COGNITO_IDENTITY: &str = "Lambda-Runtime-Cognito-Identity";

#[derive(Deserialize)]
struct Order {
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    count: u32,
}

async fn count(event: LambdaEvent<Order>) -> Result<u32, Error> {
    Ok(event.payload.items.iter().map(|item| item.count).sum())
}

/// What the caller says of itself, as a response.
async fn caller(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let context = event.context;
    Ok(json!({
        "client_context": context.client_context.map(|context| context.raw),
        "identity": context.identity.map(|identity| identity.identity_id),
    }))
}

/// What else is known of the invocation.
async fn invocation(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let context = event.context;
    Ok(json!({
        "trace": context.xray_trace_id,
        "tenant": context.tenant_id,
        "arn": context.invoked_function_arn,
        "deadline": context.deadline,
    }))
}

#[tokio::test]
async fn an_unreadable_event_is_reported_with_its_path_and_without_its_value() {
    let logged = Logged::start();
    let bad = event(r#"{"items":[{"count":"hunter2"}]}"#);
    let good = event(r#"{"items":[{"count":2}]}"#);
    let post = fails_then_works(|| service_fn(count), bad, good, json!(2)).await;
    assert_eq!(post.error_type(), "Runtime.UnmarshalError");
    assert_eq!(post.json()["errorType"], "Runtime.UnmarshalError");
    let message = post.message();
    assert!(message.contains("items[0].count") && message.contains("expected u32"), "{message}");
    assert!(!post.whole().contains("hunter2"), "{}", post.whole());
    for line in logged.lines() {
        assert!(line.level == Level::TRACE || !line.text.contains("hunter2"), "{line:?}");
    }
}

#[tokio::test]
async fn bytes_that_are_no_json_document_fail_their_invocation_only() {
    async fn echo(event: LambdaEvent<Value>) -> Result<Value, Error> {
        Ok(event.payload)
    }
    for (bytes, problem) in [
        (&b""[..], "EOF"),
        (b"{", "EOF"),
        (b"{} garbage", "trailing characters"),
        (b"{}{}", "trailing characters"),
        (b"\"\xff\xfe\"", "unicode"),
        (b"\xff\xfe", "expected value"),
        (b"{\"a\":nul}", "expected ident"),
        (&[b'['; 100_000], "recursion limit"),
    ] {
        let post = fails_then_works(|| service_fn(echo), event(bytes), event("[7]"), json!([7])).await;
        assert_eq!(post.error_type(), "Runtime.UnmarshalError");
        assert!(post.message().contains(problem), "{}: {}", bytes.escape_ascii(), post.message());
    }
}

#[tokio::test]
async fn white_space_around_an_event_is_no_problem() {
    assert_eq!(works(|| service_fn(count), event("\r\n {\"items\":[]}\n")).await, 0);
}

#[tokio::test]
async fn an_unreadable_client_context_fails_the_invocation_not_the_process() {
    for text in ["hunter2", "{", "{} {}", "'hunter2'"] {
        let bad = event("{}").header(CLIENT_CONTEXT, text);
        let post = fails_then_works(|| service_fn(count), bad, event(r#"{"items":[]}"#), json!(0)).await;
        assert_eq!(post.error_type(), "Runtime.UnmarshalError");
        assert!(post.message().contains("lambda-runtime-client-context"), "{}", post.message());
        assert!(!post.whole().contains("hunter2"), "{}", post.whole());
    }
}

#[tokio::test]
async fn a_cognito_identity_that_is_not_json_fails_the_invocation_not_the_process() {
    let bad = event("{}").header(COGNITO_IDENTITY, "nobody");
    let post = fails_then_works(|| service_fn(count), bad, event(r#"{"items":[]}"#), json!(0)).await;
    assert!(post.message().contains("lambda-runtime-cognito-identity"), "{}", post.message());
}

#[tokio::test]
async fn a_client_context_of_any_json_is_taken_as_it_is() {
    for context in [
        json!({}),
        json!([]),
        json!(7),
        json!("text"),
        json!({ "custom": { "k": 1, "deep": { "er": [null] } } }),
        json!({ "client": { "app_title": "shop" }, "env": { "locale": "de" }, "custom": null }),
        json!({ "client": "none", "env": [], "services": { "kinesis": {} } }),
    ] {
        let sent = event("{}").header(CLIENT_CONTEXT, context.to_string());
        assert_eq!(works(|| service_fn(caller), sent).await["client_context"], context);
    }
}

#[tokio::test]
async fn a_cognito_identity_with_nothing_in_it_is_one() {
    let sent = event("{}").header(COGNITO_IDENTITY, "{}");
    assert_eq!(works(|| service_fn(caller), sent).await["identity"], "");
}

async fn response(event: Event) -> Value {
    let log = Script::new().invoke(event).run(service_fn(invocation)).await;
    assert_eq!(log.order(), ["next", "r-1/response", "next"]);
    log.post().json()
}

#[tokio::test]
async fn an_empty_header_counts_as_absent() {
    let empty = event("{}").header(CLIENT_CONTEXT, "").header(COGNITO_IDENTITY, "");
    let expected = json!({ "client_context": null, "identity": null });
    assert_eq!(works(|| service_fn(caller), empty).await, expected);

    let mut empty = event("{}");
    for name in [
        "Lambda-Runtime-Trace-Id",
        "Lambda-Runtime-Aws-Tenant-Id",
        "Lambda-Runtime-Invocation-Id",
        "Lambda-Runtime-Deadline-Ms",
        "Lambda-Runtime-Invoked-Function-Arn",
        "Content-Type",
    ] {
        empty = empty.header(name, "");
    }
    let expected = json!({ "trace": null, "tenant": null, "arn": "", "deadline": 0 });
    assert_eq!(response(empty).await, expected);
}

#[tokio::test]
async fn an_event_needs_no_header_but_the_request_id() {
    let bare = event("{}")
        .without("Lambda-Runtime-Deadline-Ms")
        .without("Lambda-Runtime-Invoked-Function-Arn")
        .without("Lambda-Runtime-Trace-Id")
        .without("Content-Type");
    let response = response(bare).await;
    assert_eq!((&response["arn"], &response["deadline"]), (&json!(""), &json!(0)));
}

#[tokio::test]
async fn the_constants_of_an_emulator_are_taken() {
    let sent = event("{}")
        .header("Lambda-Runtime-Deadline-Ms", "600000")
        .header("Lambda-Runtime-Invoked-Function-Arn", "function-arn");
    let response = response(sent).await;
    assert_eq!((&response["arn"], &response["deadline"]), (&json!("function-arn"), &json!(600_000)));
}

#[tokio::test]
async fn a_header_that_cannot_be_read_fails_the_invocation_and_is_named() {
    for (name, value) in [
        ("Lambda-Runtime-Deadline-Ms", "soon"),
        ("Lambda-Runtime-Deadline-Ms", "-1"),
        ("Lambda-Runtime-Deadline-Ms", "1700000003000.5"),
        ("Lambda-Runtime-Deadline-Ms", "99999999999999999999"),
        ("Lambda-Runtime-Invoked-Function-Arn", "arn:é"),
    ] {
        let script = Script::new().invoke(event("{}").header(name, value)).invoke(event("{}"));
        let log = script.run(service_fn(invocation)).await;
        assert_eq!(log.order(), ["next", "r-1/error", "next", "r-2/response", "next"], "{name}: {value}");
        let post = log.posts()[0];
        assert_eq!(post.error_type(), "Runtime.UnmarshalError");
        assert!(post.message().contains(&name.to_lowercase()), "{}", post.message());
    }
}

#[tokio::test]
async fn a_header_that_is_not_utf_8_fails_the_invocation_and_is_named() {
    let head = b"HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: r\r\nContent-Length: 2\r\n";
    let odd = b"Lambda-Runtime-Client-Context: {\"name\":\"caf\xe9\"}\r\n\r\n{}";
    let script = Script::new().invoke(Reply::bytes([&head[..], odd].concat())).invoke(event("{}"));
    let log = script.run(service_fn(invocation)).await;
    assert_eq!(log.order(), ["next", "r/error", "next", "r-1/response", "next"]);
    assert!(log.posts()[0].message().contains("lambda-runtime-client-context"));
}

#[tokio::test]
async fn a_request_id_that_is_no_uuid_is_answered_under_its_own_name() {
    for (id, path) in [("a/../b?c#d", "a%2F..%2Fb%3Fc%23d/response"), ("50%", "50%25/response")] {
        let script = Script::new().invoke(event("{}").header("Lambda-Runtime-Aws-Request-Id", id));
        let log = script.run(service_fn(invocation)).await;
        assert_eq!(log.order(), ["next", path, "next"]);
    }
}

#[tokio::test]
async fn an_event_as_large_as_lambda_allows_comes_through() {
    async fn length(event: LambdaEvent<String>) -> Result<usize, Error> {
        Ok(event.payload.len())
    }
    let text = "x".repeat(6 * 1024 * 1024 - 2);
    assert_eq!(works(|| service_fn(length), event(format!("{text:?}"))).await, text.len());
}
