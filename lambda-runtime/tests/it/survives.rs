//! Whatever goes wrong in one invocation is answered there, and the next one runs.
//!
//! Here: handlers that fail, and responses that cannot be written or are refused. Panics, events and broken
//! connections have files of their own. What an error report says in detail is shown in `errors`.

mod connection;
mod events;
mod panics;

use std::collections::BTreeMap;

use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use mock_server::MockLambda;
use serde_json::{Value, json};
use tracing::Level;

use crate::{
    both::fails_then_works,
    logged::Logged,
    reply::{Reply, event},
    script::Script,
};

async fn double(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let n = event.payload["n"].as_i64().ok_or("n is not a number")?;
    Ok(json!({ "n": 2 * n }))
}

#[tokio::test]
async fn a_response_is_posted_as_json_and_the_next_invocation_comes_over_the_same_connection() {
    let log =
        Script::new().invoke(event(r#"{"n":21}"#)).invoke(event(r#"{"n":4}"#)).run(service_fn(double)).await;
    assert_eq!(log.order(), ["next", "r-1/response", "next", "r-2/response", "next"]);
    assert_eq!(log.connections, 1);
    let user_agent = log.calls[0].header("user-agent").unwrap_or_default();
    assert!(user_agent.starts_with("lambda-runtime-rust/"), "{user_agent}");
    let posts = log.posts();
    assert_eq!((&*posts[0].body, &*posts[1].body), (&br#"{"n":42}"#[..], &br#"{"n":8}"#[..]));
    for post in posts {
        assert_eq!(post.header("content-type"), Some("application/json"));
        assert_eq!(post.header("content-length"), Some(&*post.body.len().to_string()));
        assert_eq!(post.header("lambda-runtime-function-error-type"), None);
        assert_eq!(post.header("lambda-runtime-function-response-mode"), None);
    }
}

#[tokio::test]
async fn a_handler_error_fails_its_invocation_only() {
    let post =
        fails_then_works(|| service_fn(double), event("{}"), event(r#"{"n":3}"#), json!({ "n": 6 })).await;
    assert_eq!(post.error_type(), "Function.HandlerError");
    assert_eq!(post.json()["errorType"], "HandlerError");
    assert_eq!(post.message(), "n is not a number");
}

#[tokio::test]
async fn a_response_that_cannot_be_written_as_json_fails_its_invocation_only() {
    async fn by_coordinates(event: LambdaEvent<bool>) -> Result<BTreeMap<(u8, u8), u8>, Error> {
        Ok(if event.payload { BTreeMap::from([((1, 2), 3)]) } else { BTreeMap::new() })
    }
    let post =
        fails_then_works(|| service_fn(by_coordinates), event("true"), event("false"), json!({})).await;
    assert_eq!(post.error_type(), "Runtime.MarshalError");
    assert_eq!(post.json()["errorType"], "Runtime.MarshalError");
    assert_eq!(post.message(), "the response cannot be encoded: key must be a string");
}

#[tokio::test]
async fn a_response_that_is_too_large_fails_its_invocation_only() {
    async fn repeat(event: LambdaEvent<usize>) -> Result<String, Error> {
        Ok("x".repeat(event.payload))
    }
    let mock = MockLambda::new();
    let function =
        mock.function("repeat").in_process(|api| Runtime::new(service_fn(repeat)).endpoint(api).run());
    let outcome = function.invoke("7000000").await;
    assert_eq!(outcome.error_type(), Some("Function.ResponseSizeTooLarge"));
    let outcome = function.invoke("3").await;
    assert_eq!(outcome.json().unwrap(), "xxx");
    assert!(!outcome.report().is_cold_start());
}

#[tokio::test]
async fn a_refused_answer_is_logged_with_its_reason_and_the_next_invocation_runs() {
    for (status, reason) in [
        (400, "InvalidRequestID"),
        (403, "InvalidStateTransition"),
        (410, "InvocationGone"),
        (413, "RequestEntityTooLarge"),
    ] {
        // The first is a response, the second an error report.
        for (first, answer) in [(r#"{"n":1}"#, "r-1/response"), ("{}", "r-1/error")] {
            let logged = Logged::start();
            let script = Script::new().next(event(first)).post(status).invoke(event(r#"{"n":1}"#));
            let log = script.run(service_fn(double)).await;
            assert_eq!(log.order(), ["next", answer, "next", "r-2/response", "next"]);
            let warnings = logged.at(Level::WARN);
            let named = warnings.iter().find(|line| line.contains(&status.to_string())).unwrap();
            assert!(named.contains(reason) && named.contains("r-1"), "{named}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_an_emulator_takes_with_200_and_no_body_is_taken() {
    let empty = Reply::bytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let log =
        Script::new().next(event(r#"{"n":1}"#)).post(empty).invoke(event("{}")).run(service_fn(double)).await;
    assert_eq!(log.order(), ["next", "r-1/response", "next", "r-2/error", "next"]);
    assert_eq!(log.connections, 1);
}

#[tokio::test]
async fn the_invocation_id_is_echoed_on_a_response_and_on_an_error() {
    let script = Script::new()
        .invoke(event(r#"{"n":1}"#).header("Lambda-Runtime-Invocation-Id", "attempt-1"))
        .invoke(event("{}").header("Lambda-Runtime-Invocation-Id", "attempt-2"))
        .invoke(event("no JSON").header("Lambda-Runtime-Invocation-Id", "attempt-3"))
        .invoke(event("{}"));
    let log = script.run(service_fn(double)).await;
    let echoed: Vec<_> = log.posts().iter().map(|post| post.header("lambda-runtime-invocation-id")).collect();
    assert_eq!(echoed, [Some("attempt-1"), Some("attempt-2"), Some("attempt-3"), None]);
}
