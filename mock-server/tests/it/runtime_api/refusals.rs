//! Calls that are refused: the exact words, and what the guest may do after them.
//!
//! The full table of states and calls is in `src/core/test`; here each text is seen once on the wire.

use lambda_api::transport::Stream;
use mock_server::{Invocation, MockLambda, Outcome};
use tokio::task::JoinHandle;

use crate::{
    guest::{self, INIT_ERROR, NEXT, Puppet, request_id},
    raw::{self, Connection, head},
};

const LIMIT: usize = 6 * 1024 * 1024 + 100;

const INVALID_REQUEST_ID: &str =
    "{\"errorMessage\":\"Invalid request ID\",\"errorType\":\"InvalidRequestID\"}\n";

/// A guest that has the event `r-1`.
async fn running(puppet: &Puppet) -> (Connection<Stream>, JoinHandle<Outcome>) {
    let invocation = Invocation::new("{}").request_id("r-1".parse().unwrap());
    let (mut api, outcome) = puppet.connected(invocation).await;
    api.get(NEXT).await;
    (api, outcome)
}

fn puppet() -> Puppet {
    Puppet::new(MockLambda::new().function("f"))
}

fn transition(from: &str, to: &str) -> String {
    format!(
        "{{\"errorMessage\":\"State transition from {from} to {to} failed for runtime. \
         Error: State transition is not allowed\",\"errorType\":\"InvalidStateTransition\"}}\n"
    )
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_nobody_has_an_invalid_request_id() {
    let puppet = puppet();
    let (mut api, _outcome) = running(&puppet).await;
    for path in [
        guest::response_path("r-2"),
        guest::error_path("r-2"),
        guest::response_path(""),
        guest::error_path("%00"),
    ] {
        let refused = api.post(&path, "{}").await;
        assert_eq!(refused.brief(), (400, INVALID_REQUEST_ID), "{path}");
        assert_eq!(refused.header("content-type"), Some("application/json"));
    }
    let accepted = api.post(&guest::response_path("r-1"), "{}").await;
    assert_eq!(accepted.status(), 202, "a refusal changes nothing");
}

#[tokio::test(start_paused = true)]
async fn the_second_answer_is_refused_and_the_first_one_counts() {
    let puppet = puppet();
    let (mut api, outcome) = running(&puppet).await;
    assert_eq!(api.post(&guest::response_path("r-1"), "1").await.status(), 202);
    for (path, to) in [
        (guest::response_path("r-1"), "InvocationResponse"),
        (guest::error_path("r-1"), "InvocationErrorResponse"),
    ] {
        let refused = api.post(&path, "2").await;
        assert_eq!(refused.brief(), (403, transition("RuntimeResponseSentState", to).as_str()));
    }
    api.send(raw::get(NEXT)).await;
    assert_eq!(outcome.await.unwrap().payload(), "1");

    // On another connection, because this one waits for work. The invocation is over and forgotten.
    let outcome = puppet.invoke("{}");
    let event = api.reply().await;
    assert_eq!(api.post(&guest::response_path("r-1"), "3").await.brief(), (400, INVALID_REQUEST_ID));
    assert_eq!(api.post(&guest::response_path(request_id(&event)), "4").await.status(), 202);
    api.send(raw::get(NEXT)).await;
    assert_eq!(outcome.await.unwrap().payload(), "4");
}

#[tokio::test(start_paused = true)]
async fn calls_in_the_wrong_state_name_both_states() {
    let puppet = puppet();
    let outcome = puppet.invoke("{}");
    let api = puppet.launched().await;
    let mut guest = Connection::open(&api).await;
    assert_eq!(guest.post(INIT_ERROR, "{}").await.status(), 202);
    let refused = guest.get(NEXT).await;
    assert_eq!(refused.brief(), (403, transition("InitError", "Ready").as_str()));
    let refused = guest.post(INIT_ERROR, "{}").await;
    assert_eq!(refused.brief(), (403, transition("InitError", "InitError").as_str()));

    // The second process of the same environment.
    let mut guest = Connection::open(&puppet.launched().await).await;
    guest.get(NEXT).await;
    let refused = guest.post(INIT_ERROR, "{}").await;
    assert_eq!(refused.brief(), (403, transition("Running", "InitError").as_str()));
    outcome.abort();
}

#[tokio::test(start_paused = true)]
async fn nothing_may_be_called_while_a_response_arrives() {
    let puppet = puppet();
    let api = {
        let _outcome = puppet.invoke(Invocation::new("{}").request_id("r-1".parse().unwrap()));
        puppet.launched().await
    };
    let mut first = Connection::open(&api).await;
    first.get(NEXT).await;
    first.send(head("POST", &guest::response_path("r-1"), &[("Content-Length", "4")]) + "\r\n12").await;
    let is_called = |path: &str| path.ends_with("/response");
    puppet
        .function
        .timeline()
        .wait_for(|entry| matches!(&entry.event, mock_server::Event::Called { path, .. } if is_called(path)))
        .await;
    let mut second = Connection::open(&api).await;
    assert_eq!(second.get(NEXT).await.brief(), (403, transition("InvocationResponse", "Ready").as_str()));
    let refused = second.post(&guest::error_path("r-1"), "{}").await;
    assert_eq!(refused.brief(), (403, transition("InvocationResponse", "InvocationErrorResponse").as_str()));
    first.send("34").await;
    assert_eq!(first.reply().await.status(), 202);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_response_mode_fails_the_invocation_and_stops_the_runtime() {
    for mode in ["buffered", "Streaming", "streaming, streaming"] {
        let puppet = puppet();
        let (mut api, outcome) = running(&puppet).await;
        let headers = [("Lambda-Runtime-Function-Response-Mode", mode)];
        let refused = api.post_with(&guest::response_path("r-1"), &headers, "{}").await;
        assert_eq!(
            refused.brief(),
            (
                400,
                "{\"errorMessage\":\"Invalid function response mode\",\
                 \"errorType\":\"InvalidFunctionResponseMode\"}\n"
            ),
            "{mode}"
        );
        let refused = api.get(NEXT).await;
        assert_eq!(refused.brief(), (403, transition("InvocationResponse", "Ready").as_str()), "{mode}");
        let outcome = outcome.await.unwrap();
        assert_eq!(outcome.error_type(), Some("Runtime.InvalidResponseModeHeader"), "{mode}");
        assert_eq!(outcome.payload(), "", "{mode}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_an_earlier_attempt_is_refused() {
    let puppet = puppet();
    let invocation = Invocation::new("{}").request_id("r-1".parse().unwrap());
    let (mut api, outcome) = puppet.connected(invocation).await;
    let event = api.get(NEXT).await;
    let current = event.header("lambda-runtime-invocation-id").unwrap();
    for path in [guest::response_path("r-1"), guest::error_path("r-1")] {
        let headers = [("Lambda-Runtime-Invocation-Id", "another")];
        let refused = api.post_with(&path, &headers, "1").await;
        assert_eq!(refused.status(), 400);
        assert!(refused.text().contains("\"errorType\":\"InvalidInvocationId\""), "{}", refused.text());
    }
    let headers = [("Lambda-Runtime-Invocation-Id", current)];
    let accepted = api.post_with(&guest::response_path("r-1"), &headers, "2").await;
    assert_eq!(accepted.status(), 202);
    api.send(raw::get(NEXT)).await;
    assert_eq!(outcome.await.unwrap().payload(), "2");
}

#[tokio::test(start_paused = true)]
async fn the_largest_response_is_accepted() {
    let puppet = puppet();
    let (mut api, outcome) = running(&puppet).await;
    assert_eq!(api.post(&guest::response_path("r-1"), vec![b'1'; LIMIT]).await.status(), 202);
    api.send(raw::get(NEXT)).await;
    assert_eq!(outcome.await.unwrap().payload().len(), LIMIT);
}

#[tokio::test(start_paused = true)]
async fn a_response_that_is_too_large_is_refused_and_the_runtime_carries_on() {
    let puppet = puppet();
    let (mut api, outcome) = running(&puppet).await;
    let refused = api.post(&guest::response_path("r-1"), vec![b'1'; LIMIT + 1]).await;
    assert_eq!(
        refused.brief(),
        (
            413,
            "{\"errorMessage\":\"Exceeded maximum allowed payload size (6291556 bytes).\",\
             \"errorType\":\"RequestEntityTooLarge\"}\n"
        )
    );
    api.send(raw::get(NEXT)).await;
    let outcome = outcome.await.unwrap();
    assert_eq!(
        outcome.payload(),
        "{\"errorMessage\":\"Response payload size exceeded maximum allowed payload size (6291556 bytes).\",\
         \"errorType\":\"Function.ResponseSizeTooLarge\"}"
    );
    assert_eq!(outcome.error_type(), Some("Function.ResponseSizeTooLarge"));

    let outcome = puppet.invoke("{}");
    let event = api.reply().await;
    assert_eq!(api.post(&guest::response_path(request_id(&event)), "2").await.status(), 202);
    api.send(raw::get(NEXT)).await;
    assert_eq!(outcome.await.unwrap().payload(), "2");
    assert_eq!(puppet.function.timeline().entries().iter().filter(is_launch).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_guest_that_reads_only_after_it_has_written_all_sees_the_refusal_and_carries_on() {
    let puppet = puppet();
    let (mut api, outcome) = running(&puppet).await;
    // Far more than the pipe between the two holds.
    let refused = api.post(&guest::response_path("r-1"), vec![b'1'; 2 * LIMIT]).await;
    assert_eq!((refused.status(), refused.header("connection")), (413, None));
    let stale = api.post(&guest::response_path("r-0"), vec![b'1'; LIMIT]).await;
    assert_eq!((stale.status(), stale.header("connection")), (400, None));
    api.send(raw::get(NEXT)).await;
    assert_eq!(outcome.await.unwrap().error_type(), Some("Function.ResponseSizeTooLarge"));
}

#[tokio::test(start_paused = true)]
async fn an_error_report_has_no_limit_that_a_guest_would_meet() {
    let puppet = puppet();
    let (mut api, outcome) = running(&puppet).await;
    assert_eq!(api.post(&guest::error_path("r-1"), vec![b'1'; 2 * LIMIT]).await.status(), 202);
    api.send(raw::get(NEXT)).await;
    assert_eq!(outcome.await.unwrap().payload().len(), 2 * LIMIT);
}

fn is_launch(entry: &&mock_server::Entry) -> bool {
    matches!(entry.event, mock_server::Event::Launched { .. })
}
