//! Requests that cannot be an invocation, and callers that do not behave.

use std::sync::Arc;

use mock_server::{Event, InvokeApi, MockLambda, StartError};
use tokio::sync::Semaphore;

use super::{connect, invoke, listen, path, refusal};
use crate::{
    guest::{answering, echo},
    raw::{head, post},
    wait::{PATIENCE, seen, soon},
};

fn echoing() -> (MockLambda, InvokeApi) {
    let mock = MockLambda::new();
    mock.function("f").timeout(PATIENCE).in_process(echo);
    let api = listen(&mock);
    (mock, api)
}

#[tokio::test]
async fn what_is_not_json_is_refused() {
    let (mock, api) = echoing();
    for payload in [&b"{"[..], b"{\"n\": }", b"hello", b"1 2", b"\xff\xfe", b" "] {
        let reply = invoke(&api, "f", &[], payload).await;
        let (status, name, body) = refusal(&reply);
        assert_eq!((status, name), (400, Some("InvalidRequestContentException")), "{payload:?}");
        let start = r#"{"Type":"User","message":"Could not parse request body into json: Could not parse payload into json: "#;
        assert!(body.starts_with(start), "{body}");
    }
    assert!(!mock.timeline().entries().iter().any(|entry| matches!(entry.event, Event::Invoked { .. })));
}

#[tokio::test]
async fn a_payload_that_is_too_large_is_refused() {
    let (_mock, api) = echoing();
    let reply = invoke(&api, "f", &[], vec![b'1'; 6 * 1024 * 1024 + 1]).await;
    assert_eq!(
        refusal(&reply),
        (
            413,
            Some("RequestEntityTooLargeException"),
            r#"{"message":"Request must be smaller than 6291456 bytes for the InvokeFunction operation"}"#
        )
    );
}

#[tokio::test]
async fn a_caller_that_sends_far_too_much_is_told_so() {
    let (_mock, api) = echoing();
    let mut connection = connect(&api).await;
    connection.send_in_vain(post(&path("f"), &[], &vec![b'1'; 20 * 1024 * 1024])).await;
    assert_eq!(soon(connection.reply()).await.status(), 413);
}

#[tokio::test]
async fn a_connection_takes_the_next_request_after_a_payload_that_nobody_read() {
    let (_mock, api) = echoing();
    let mut connection = connect(&api).await;
    for (path, kind, status) in [(path("unknown"), "Event", 404), (path("f"), "DryRun", 204)] {
        let head = head("POST", &path, &[("X-Amz-Invocation-Type", kind), ("Content-Length", "2")]);
        connection.send(head + "\r\n").await;
        // Meanwhile the head is read, and all is known that the reply will say.
        assert_eq!(invoke(&api, "f", &[], "1").await.status(), 200);
        connection.send_in_vain("{}").await;
        assert_eq!(soon(connection.reply()).await.status(), status);
    }
    let reply = soon(connection.post(&path("f"), "2")).await;
    assert_eq!(reply.brief(), (200, "2"));
}

#[tokio::test]
async fn an_unknown_kind_of_invocation_is_refused() {
    let (_mock, api) = echoing();
    let reply = invoke(&api, "f", &[("X-Amz-Invocation-Type", "Sometimes")], "{}").await;
    assert_eq!(
        refusal(&reply),
        (
            400,
            Some("ValidationException"),
            "{\"message\":\"1 validation error detected: Value 'Sometimes' at 'invocationType' failed to satisfy \
             constraint: Member must satisfy enum value set: [Event, RequestResponse, DryRun]\"}"
        )
    );
}

#[tokio::test]
async fn a_client_context_that_cannot_be_decoded_is_refused() {
    let (_mock, api) = echoing();
    let long = "A".repeat(3_584);
    // Not base64, not UTF-8, and longer than allowed.
    for context in ["{}", "//79", &long] {
        let reply = invoke(&api, "f", &[("X-Amz-Client-Context", context)], "{}").await;
        let (status, name, body) = refusal(&reply);
        assert_eq!((status, name), (400, Some("InvalidRequestContentException")), "{body}");
        assert!(body.starts_with(r#"{"Type":"User","message":"Client context must be "#), "{body}");
    }
}

#[tokio::test]
async fn a_caller_that_hangs_up_hurts_nobody() {
    let gate = Arc::new(Semaphore::new(0));
    let mock = MockLambda::new();
    mock.function("f").timeout(PATIENCE).in_process({
        let gate = Arc::clone(&gate);
        move |api| {
            let gate = Arc::clone(&gate);
            answering(api, move |event| {
                let gate = Arc::clone(&gate);
                async move {
                    gate.acquire().await.unwrap().forget();
                    event.body
                }
            })
        }
    });
    let api = listen(&mock);
    let mut connection = connect(&api).await;
    connection.send(post(&path("f"), &[], b"1")).await;
    seen(mock.timeline(), |event| matches!(event, Event::InvocationBegan { .. })).await;
    drop(connection);
    gate.add_permits(2);
    // The invocation is not stopped by it.
    let ended = seen(mock.timeline(), |event| matches!(event, Event::InvocationEnded(_))).await;
    assert!(matches!(ended.event, Event::InvocationEnded(report) if report.error_type.is_none()));
    assert_eq!(invoke(&api, "f", &[], "2").await.brief(), (200, "2"));
}

#[tokio::test]
async fn a_body_that_breaks_off_invokes_nothing() {
    let (mock, api) = echoing();
    let mut connection = connect(&api).await;
    connection.send(head("POST", &path("f"), &[("Content-Length", "10")]) + "\r\n12345").await;
    connection.finish_writing().await;
    if let Some(reply) = soon(connection.try_reply()).await {
        assert_eq!(reply.status(), 400);
    }
    assert_eq!(invoke(&api, "f", &[], "1").await.brief(), (200, "1"));
    let invokes = mock.timeline().entries();
    let invokes = invokes.iter().filter(|entry| matches!(entry.event, Event::Invoked { .. }));
    assert_eq!(invokes.count(), 1);
}

#[tokio::test]
async fn the_api_is_closed_when_dropped_and_its_address_can_be_taken_again() {
    let (mock, api) = echoing();
    let address = api.address();
    drop(api);
    // The socket is closed by its task, which needs a turn.
    let api = soon(async {
        loop {
            tokio::task::yield_now().await;
            if let Ok(api) = mock.listen(address) {
                return api;
            }
        }
    });
    assert_eq!(invoke(&api.await, "f", &[], "1").await.brief(), (200, "1"));
}

#[tokio::test]
async fn an_address_in_use_is_named_and_so_is_who_wanted_it() {
    let (mock, api) = echoing();
    let address = api.address();
    let error = mock.listen(address).unwrap_err();
    assert!(matches!(error, StartError::Bind { address: wanted, .. } if wanted == address));
    assert_eq!(error.to_string(), format!("the Invoke API cannot listen on {address}"));
}
