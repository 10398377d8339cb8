//! What guests may do, and must not be blamed for.

use mock_server::{Event, MockLambda};

use super::{Internal, Stage};
use crate::{
    guest::{NEXT, echo, error_path, response_path},
    raw::{self, Connection, head},
    wait::seen,
};

#[tokio::test(start_paused = true)]
async fn a_guest_that_does_its_work() {
    let mock = MockLambda::new();
    let function = mock.function("echo").in_process(echo);
    for event in ["1", "2"] {
        assert!(function.invoke(event).await.is_success());
    }
    assert!(mock.finish().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn an_invocation_that_is_tried_again_under_its_id() {
    let mock = MockLambda::new();
    let function = mock.function("echo").in_process(echo);
    for _ in 0..2 {
        assert!(function.invoke(super::invocation("r-1")).await.is_success());
    }
    assert!(!mock.timeline().entries().iter().any(|entry| matches!(entry.event, Event::Redelivered { .. })));
    assert!(mock.finish().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_runtime_with_a_connection_for_each_call_and_an_extension_beside_it() {
    let stage = Stage::new();
    let (api, outcome) = stage.launched("r-1").await;
    let mut inner = Internal::polling(&api, "inner").await;
    Connection::open(&api).await.get(NEXT).await;
    inner.connection.reply().await;
    let stream = [("Lambda-Runtime-Function-Response-Mode", "streaming"), ("Transfer-Encoding", "chunked")];
    let mut posting = Connection::open(&api).await;
    posting.send(head("POST", &response_path("r-1"), &stream) + "\r\n1\r\n1\r\n").await;
    posting.send("0\r\n\r\n").await;
    // Whoever does not wait for the reply has answered all the same.
    drop(posting);
    seen(stage.mock.timeline(), |event| matches!(event, Event::Answered { .. })).await;
    inner.poll().await;
    let mut polling = Connection::open(&api).await;
    polling.send(raw::get(NEXT)).await;
    assert_eq!(outcome.await.unwrap().payload(), "1");

    let second = stage.puppet.invoke(super::invocation("r-2"));
    polling.reply().await;
    inner.connection.reply().await;
    Connection::open(&api).await.post(&error_path("r-2"), "{}").await;
    inner.poll().await;
    let mut polling = Connection::open(&api).await;
    polling.send(raw::get(NEXT)).await;
    assert!(!second.await.unwrap().is_success());
    drop(polling);
    let finished = stage.mock.finish().await;
    assert!(finished.is_ok(), "{finished:?}");
}

#[tokio::test(start_paused = true)]
async fn no_service_without_functions_has_broken_a_rule() {
    assert!(MockLambda::new().finish().await.is_ok());
}
