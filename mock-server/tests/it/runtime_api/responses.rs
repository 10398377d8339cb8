//! Responses in pieces: chunked bodies, error trailers, and bodies that break off.
//!
//! Whole bodies are in `replies`, sizes in `refusals`.

use lambda_api::transport::Stream;
use mock_server::{Event, Invocation, MockLambda, Outcome};
use tokio::task::JoinHandle;

use crate::{
    guest::{self, NEXT, Puppet},
    raw::{self, Connection, head},
};

const CHUNKED: &[(&str, &str)] = &[
    ("Lambda-Runtime-Function-Response-Mode", "streaming"),
    ("Content-Type", "text/plain"),
    ("Trailer", "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body"),
    ("Transfer-Encoding", "chunked"),
];

fn puppet() -> Puppet {
    Puppet::new(MockLambda::new().function("f"))
}

/// A guest that has the event `r-1`.
async fn running(puppet: &Puppet) -> (Connection<Stream>, JoinHandle<Outcome>) {
    let invocation = Invocation::new("{}").request_id("r-1".parse().unwrap());
    let (mut api, outcome) = puppet.connected(invocation).await;
    api.get(NEXT).await;
    (api, outcome)
}

fn chunked(body: &str) -> String {
    head("POST", &guest::response_path("r-1"), CHUNKED) + "\r\n" + body
}

#[tokio::test(start_paused = true)]
async fn chunks_become_one_response() {
    let puppet = puppet();
    let (mut api, outcome) = running(&puppet).await;
    api.send(chunked("5\r\nhello\r\n")).await;
    api.send("7;extension=ignored\r\n, world\r\n").await;
    api.send("0\r\n\r\n").await;
    assert_eq!(api.reply().await.brief(), (202, "{\"status\":\"OK\"}\n"));
    api.send(raw::get(NEXT)).await;
    let outcome = outcome.await.unwrap();
    assert_eq!(outcome.payload(), "hello, world");
    assert_eq!(outcome.content_type(), Some("text/plain"));
    assert!(outcome.is_success());
}

#[tokio::test(start_paused = true)]
async fn trailers_turn_a_stream_into_an_error() {
    let puppet = puppet();
    let (mut api, outcome) = running(&puppet).await;
    let report = r#"{"errorMessage":"half-way","errorType":"Boom"}"#;
    let encoded = "eyJlcnJvck1lc3NhZ2UiOiJoYWxmLXdheSIsImVycm9yVHlwZSI6IkJvb20ifQ==";
    api.send(chunked("5\r\nhello\r\n0\r\n")).await;
    api.send("Lambda-Runtime-Function-Error-Type: Function.Boom\r\n").await;
    api.send(format!("Lambda-Runtime-Function-Error-Body: {encoded}\r\n\r\n")).await;
    assert_eq!(api.reply().await.status(), 202);
    api.send(raw::get(NEXT)).await;
    let outcome = outcome.await.unwrap();
    assert_eq!(outcome.payload(), report);
    assert_eq!(outcome.error_type(), Some("Function.Boom"));

    let entries = puppet.function.timeline().entries();
    let told = entries.iter().find_map(|entry| match &entry.event {
        Event::TrailersArrived { error_type, .. } => Some(error_type.as_deref()),
        _ => None,
    });
    assert_eq!(told, Some(Some("Function.Boom")));
}

#[tokio::test(start_paused = true)]
async fn trailers_that_cannot_be_read_are_an_error_too() {
    let puppet = puppet();
    let (mut api, outcome) = running(&puppet).await;
    let body = "5\r\nhello\r\n0\r\nLambda-Runtime-Function-Error-Body: no base64!\r\n\r\n";
    api.send(chunked(body)).await;
    assert_eq!(api.reply().await.status(), 202);
    api.send(raw::get(NEXT)).await;
    assert!(!outcome.await.unwrap().is_success());
}

#[tokio::test(start_paused = true)]
async fn other_trailers_mean_nothing() {
    let puppet = puppet();
    let (mut api, outcome) = running(&puppet).await;
    api.send(chunked("5\r\nhello\r\n0\r\nX-Checksum: 1\r\n\r\n")).await;
    assert_eq!(api.reply().await.status(), 202);
    api.send(raw::get(NEXT)).await;
    let outcome = outcome.await.unwrap();
    assert_eq!((outcome.is_success(), &outcome.payload()[..]), (true, &b"hello"[..]));
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_too_large_for_its_caller_is_taken_and_not_passed_on() {
    let puppet = puppet();
    let (mut api, outcome) = running(&puppet).await;
    let large = "1".repeat(6 * 1024 * 1024 + 101);
    api.send(chunked(&format!("{:x}\r\n{large}\r\n0\r\n\r\n", large.len()))).await;
    assert_eq!(api.reply().await.status(), 202);
    api.send(raw::get(NEXT)).await;
    assert_eq!(outcome.await.unwrap().error_type(), Some("Function.ResponseSizeTooLarge"));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_breaks_off_with_its_connection_is_a_truncated_response() {
    for body in ["5\r\nhel", "5\r\nhello\r\n"] {
        let puppet = puppet();
        let invocation = Invocation::new("{}").request_id("r-1".parse().unwrap());
        let outcome = puppet.invoke(invocation);
        let api = puppet.launched().await;
        let mut first = Connection::open(&api).await;
        first.get(NEXT).await;
        first.send(chunked(body)).await;
        drop(first);
        // The guest lives on.
        puppet.function.timeline().wait_for(|entry| matches!(entry.event, Event::Answered { .. })).await;
        let mut second = Connection::open(&api).await;
        second.send(raw::get(NEXT)).await;
        let outcome = outcome.await.unwrap();
        assert_eq!(outcome.error_type(), Some("Runtime.TruncatedResponse"), "{body:?}");
        assert!(
            outcome.payload().starts_with(br#"{"errorType":"Runtime.TruncatedResponse","#),
            "{outcome:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_response_that_was_cut_off_by_the_time_out_does_not_count() {
    let puppet = puppet();
    let (mut api, outcome) = running(&puppet).await;
    api.send(chunked("5\r\nhello\r\n")).await;
    let outcome = outcome.await.unwrap();
    assert!(outcome.is_timeout());
    api.closed().await;
}

#[tokio::test(start_paused = true)]
async fn response_and_next_may_come_in_one_packet() {
    let puppet = puppet();
    let (mut api, outcome) = running(&puppet).await;
    let both = [raw::post(&guest::response_path("r-1"), &[], b"1"), raw::get(NEXT)].concat();
    api.send(both).await;
    assert_eq!(api.reply().await.status(), 202);
    assert_eq!(outcome.await.unwrap().payload(), "1");
    let _outcome = puppet.invoke(r#"{"second":true}"#);
    assert_eq!(api.reply().await.brief(), (200, r#"{"second":true}"#));
}
