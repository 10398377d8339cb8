//! Answers: to whom, how often, when, and in which form.

use std::time::Duration;

use lambda_api::limits;
use mock_server::{Event, Rule, Who};

use super::{Stage, invocation};
use crate::{
    guest::{NEXT, error_path, response_path},
    raw::{self, Connection, head},
    wait::seen,
};

#[tokio::test(start_paused = true)]
async fn an_answer_to_an_invocation_that_is_not_there() {
    let stage = Stage::new();
    let (mut runtime, _outcome) = stage.busy().await;
    runtime.post(&response_path("r-2"), "1").await;
    runtime.post(&error_path("%00"), "1").await;
    assert_eq!(stage.broken_by_runtime(), [Rule::UnknownRequestId, Rule::UnknownRequestId]);
    // The right one is no misuse.
    runtime.post(&response_path("r-1"), "1").await;
    assert_eq!(stage.broken_by_runtime().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_answer_before_the_event_is_not_allowed_in_this_state() {
    let stage = Stage::with(|function| function.init_timeout(Duration::from_secs(1)));
    let (_first, _outcome) = stage.launched("r-1").await;
    // Init is repeated within the invocation, which is open therefore.
    let mut runtime = Connection::open(&stage.puppet.launched().await).await;
    runtime.post(&response_path("r-1"), "1").await;
    assert_eq!(stage.broken_by_runtime(), [Rule::NotReadyInTime, Rule::WrongState]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_another_attempt() {
    let stage = Stage::new();
    let (mut runtime, _outcome) = stage.puppet.connected(invocation("r-1")).await;
    let event = runtime.get(NEXT).await;
    for id in ["another", "not one"] {
        runtime.post_with(&response_path("r-1"), &[("Lambda-Runtime-Invocation-Id", id)], "1").await;
    }
    assert_eq!(stage.broken_by_runtime(), [Rule::StaleInvocationId, Rule::StaleInvocationId]);
    let id = event.header("lambda-runtime-invocation-id").unwrap();
    let reply = runtime.post_with(&response_path("r-1"), &[("Lambda-Runtime-Invocation-Id", id)], "1").await;
    assert_eq!((reply.status(), stage.broken().len()), (202, 2));
}

#[tokio::test(start_paused = true)]
async fn a_second_answer_before_and_after_the_end_of_the_invocation() {
    let stage = Stage::new();
    let (api, outcome) = stage.launched("r-1").await;
    let (mut runtime, mut other) = (Connection::open(&api).await, Connection::open(&api).await);
    runtime.get(NEXT).await;
    runtime.post(&response_path("r-1"), "1").await;
    runtime.post(&error_path("r-1"), "2").await;
    runtime.send(raw::get(NEXT)).await;
    assert!(outcome.await.unwrap().is_success());
    other.post(&response_path("r-1"), "3").await;
    assert_eq!(stage.broken_by_runtime(), [Rule::AnsweredTwice, Rule::AnsweredTwice]);
}

#[tokio::test(start_paused = true)]
async fn a_second_answer_while_the_first_is_on_its_way() {
    let stage = Stage::new();
    let (api, _outcome) = stage.launched("r-1").await;
    let (mut first, mut second) = (Connection::open(&api).await, Connection::open(&api).await);
    first.get(NEXT).await;
    first.send(head("POST", &response_path("r-1"), &[("Content-Length", "2")]) + "\r\n1").await;
    let is_post = |event: &Event| matches!(event, Event::Called { path, .. } if path.ends_with("/response"));
    seen(stage.mock.timeline(), is_post).await;
    second.post(&error_path("r-1"), "2").await;
    assert_eq!(stage.broken_by_runtime(), [Rule::AnsweredTwice]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_after_the_deadline() {
    let stage = Stage::new();
    let (mut runtime, outcome) = stage.busy().await;
    assert!(outcome.await.unwrap().is_timeout());
    runtime.post(&response_path("r-1"), "1").await;
    assert_eq!(stage.broken_by_runtime(), [Rule::TimedOut, Rule::AnsweredTooLate]);
    assert!(stage.mock.finish_allowing(&[Rule::TimedOut]).await.is_ok(), "the one goes with the other");
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_a_new_process_to_an_invocation_of_the_old_one() {
    let stage = Stage::new();
    let (runtime, outcome) = stage.busy().await;
    assert!(outcome.await.unwrap().is_timeout());
    drop(runtime);
    let (mut runtime, _outcome) = stage.puppet.connected(invocation("r-2")).await;
    runtime.get(NEXT).await;
    runtime.post(&response_path("r-1"), "1").await;
    assert_eq!(stage.broken_by_runtime(), [Rule::TimedOut, Rule::AnsweredTooLate]);
}

#[tokio::test(start_paused = true)]
async fn an_impossible_response_mode_is_told_once() {
    let stage = Stage::new();
    let (mut runtime, outcome) = stage.busy().await;
    let mode = ("Lambda-Runtime-Function-Response-Mode", "chunked");
    assert_eq!(runtime.post_with(&response_path("r-1"), &[mode], "1").await.status(), 400);
    // AWS's core takes no further call, which is not the runtime's fault.
    assert_eq!(runtime.post(&response_path("r-1"), "1").await.status(), 403);
    assert_eq!(runtime.get(NEXT).await.status(), 403);
    assert_eq!(outcome.await.unwrap().error_type(), Some("Runtime.InvalidResponseModeHeader"));
    assert_eq!(stage.broken_by_runtime(), [Rule::InvalidResponseMode]);
}

#[tokio::test(start_paused = true)]
async fn a_response_that_is_too_large() {
    let stage = Stage::new();
    let (mut runtime, _outcome) = stage.busy().await;
    runtime.post(&response_path("r-1"), vec![b'1'; limits::RESPONSE_BYTES + 1]).await;
    runtime.send(raw::get(NEXT)).await;
    assert_eq!(stage.broken_by_runtime(), [Rule::BodyTooLarge]);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_breaks_off() {
    let stage = Stage::new();
    let (mut runtime, _outcome) = stage.busy().await;
    runtime.send(head("POST", &response_path("r-1"), &[("Content-Length", "2")]) + "\r\n1").await;
    runtime.finish_writing().await;
    runtime.reply().await;
    assert_eq!(stage.broken_by_runtime(), [Rule::BodyCutShort]);

    // A report is not given to anybody before it is whole.
    let stage = Stage::new();
    let (mut runtime, _outcome) = stage.busy().await;
    runtime.send(head("POST", &error_path("r-1"), &[("Content-Length", "2")]) + "\r\n1").await;
    runtime.finish_writing().await;
    runtime.reply().await;
    assert_eq!(stage.broken_by_runtime(), [Rule::BodyCutShort]);
}

#[tokio::test(start_paused = true)]
async fn trailers_count_in_a_stream_only() {
    for (headers, broken) in [
        (&[][..], &[Rule::TrailersIgnored][..]),
        (&[("Lambda-Runtime-Function-Response-Mode", "streaming")], &[]),
    ] {
        let stage = Stage::new();
        let (mut runtime, _outcome) = stage.busy().await;
        let chunked = [&[("Transfer-Encoding", "chunked")], headers].concat();
        let body = "\r\n1\r\n1\r\n0\r\nLambda-Runtime-Function-Error-Type: Function.Boom\r\n\r\n";
        runtime.send(head("POST", &response_path("r-1"), &chunked) + body).await;
        assert_eq!(runtime.reply().await.status(), 202);
        assert_eq!(stage.broken_by_runtime(), broken);
    }
}

#[tokio::test(start_paused = true)]
async fn an_invocation_that_is_open_at_the_end_was_not_answered() {
    let stage = Stage::new();
    let (_runtime, outcome) = stage.busy().await;
    let unfinished = stage.mock.finish().await.unwrap_err();
    assert_eq!(outcome.await.unwrap().error_type(), Some("Sandbox.Failure"));
    let [misuse] = unfinished.misuse() else { panic!("{unfinished}") };
    assert_eq!((misuse.rule, &misuse.who), (Rule::Unanswered, &Who::Runtime));
    assert_eq!(misuse.seen, "the caller of r-1 got Sandbox.Failure from the platform");
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_the_runtime_reports_is_an_answer() {
    let stage = Stage::new();
    let (mut runtime, outcome) = stage.busy().await;
    runtime.post(&error_path("r-1"), "{}").await;
    runtime.send(raw::get(NEXT)).await;
    assert!(!outcome.await.unwrap().is_success());
    assert!(stage.mock.finish().await.is_ok());
}
