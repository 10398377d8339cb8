//! Callers that stream: pieces as they come, ends of all kinds, slow callers and such that go away.
//!
//! How they travel over HTTP is tested in `invoke_api` and `function_url`.

#![expect(clippy::unwrap_used, reason = "what did not happen fails the test")]

use std::time::Duration;

use lambda_api::transport::Stream;
use mock_server::{Event, FunctionBuilder, Invocation, MockLambda, ResponseStream, core::Status};
use tokio::{task::JoinHandle, time::sleep};

use crate::{
    guest::{NEXT, Puppet, error_path, request_id, response_path},
    raw::{self, Connection, head},
};

const STREAMED: &[(&str, &str)] = &[
    ("Content-Type", "text/plain"),
    ("Lambda-Runtime-Function-Response-Mode", "streaming"),
    ("Transfer-Encoding", "chunked"),
];
const ACCEPTED: (u16, &str) = (202, "{\"status\":\"OK\"}\n");
/// An hour of paused time: whoever has not done it until then does not do it.
const LONG: Duration = Duration::from_secs(3_600);

fn function() -> FunctionBuilder {
    MockLambda::new().function("f").timeout(LONG * 2)
}

fn invocation(id: &str) -> Invocation {
    Invocation::new("{}").request_id(id.parse().unwrap())
}

/// A guest with the event of its first invocation, whose caller streams.
async fn running(puppet: &Puppet) -> (Connection<Stream>, JoinHandle<ResponseStream>) {
    let function = puppet.function.clone();
    let response = tokio::spawn(async move { function.invoke_streaming(invocation("r-1")).await });
    let mut api = Connection::open(&puppet.launched().await).await;
    assert_eq!(request_id(&api.get(NEXT).await), "r-1");
    (api, response)
}

/// The same, with the head of a response in streaming mode.
async fn streaming(puppet: &Puppet) -> (Connection<Stream>, ResponseStream) {
    let (mut api, response) = running(puppet).await;
    api.send(streamed("r-1")).await;
    (api, response.await.unwrap())
}

fn streamed(id: &str) -> String {
    head("POST", &response_path(id), STREAMED) + "\r\n"
}

/// All pieces in one.
async fn rest(response: &mut ResponseStream) -> String {
    let mut whole = Vec::new();
    while let Some(piece) = response.next().await {
        assert!(!piece.is_empty());
        whole.extend_from_slice(&piece);
    }
    String::from_utf8(whole).unwrap()
}

#[tokio::test(start_paused = true)]
async fn each_piece_is_there_before_the_guest_sends_the_next() {
    let puppet = Puppet::new(function());
    let (mut api, mut response) = streaming(&puppet).await;
    assert!(response.has_begun());
    assert_eq!(response.content_type(), Some("text/plain"));
    assert_eq!(response.request_id().as_str(), "r-1");
    for piece in ["one", "two", "three"] {
        api.send(format!("{:x}\r\n{piece}\r\n", piece.len())).await;
        assert_eq!(response.next().await.unwrap(), piece);
    }
    api.send("0\r\n\r\n").await;
    assert_eq!(api.reply().await.brief(), ACCEPTED);
    assert_eq!(response.next().await, None);
    api.send(raw::get(NEXT)).await;
    let outcome = response.finish().await;
    assert!(outcome.is_success());
    assert_eq!((&outcome.payload()[..], outcome.content_type()), (&b""[..], Some("text/plain")));
    assert_eq!(outcome.report().status, Status::Success);
    let entries = puppet.function.timeline().entries();
    let told = entries.iter().find_map(|entry| match &entry.event {
        Event::Answered { bytes, .. } => Some(*bytes),
        _ => None,
    });
    assert_eq!(told, Some(11));
}

#[tokio::test(start_paused = true)]
async fn a_buffered_response_comes_in_pieces_too() {
    let puppet = Puppet::new(function());
    let (mut api, response) = running(&puppet).await;
    api.send(head("POST", &response_path("r-1"), &[("Content-Length", "6")]) + "\r\none").await;
    let mut response = response.await.unwrap();
    assert_eq!(response.content_type(), None);
    assert_eq!(response.next().await.unwrap(), "one");
    api.send("two").await;
    assert_eq!(rest(&mut response).await, "two");
    assert_eq!(api.reply().await.brief(), ACCEPTED);
    api.send(raw::get(NEXT)).await;
    assert!(response.finish().await.is_success());
}

#[tokio::test(start_paused = true)]
async fn error_trailers_are_the_outcome_of_a_stream() {
    let puppet = Puppet::new(function());
    let (mut api, mut response) = streaming(&puppet).await;
    api.send("5\r\nhello\r\n0\r\n").await;
    api.send("Lambda-Runtime-Function-Error-Type: Function.Boom\r\n").await;
    api.send("Lambda-Runtime-Function-Error-Body: eyJlcnJvclR5cGUiOiJCb29tIn0=\r\n\r\n").await;
    assert_eq!(rest(&mut response).await, "hello");
    assert_eq!(api.reply().await.brief(), ACCEPTED);
    api.send(raw::get(NEXT)).await;
    let outcome = response.finish().await;
    assert_eq!(
        (outcome.error_type(), &outcome.payload()[..]),
        (Some("Function.Boom"), &br#"{"errorType":"Boom"}"#[..])
    );
}

#[tokio::test(start_paused = true)]
async fn a_function_that_fails_before_its_first_byte_has_not_begun() {
    let puppet = Puppet::new(function());
    let (mut api, response) = running(&puppet).await;
    api.post(&error_path("r-1"), r#"{"errorType":"Boom"}"#).await;
    let mut response = response.await.unwrap();
    assert!(!response.has_begun());
    assert_eq!((response.content_type().map(str::to_owned), response.next().await), (None, None));
    api.send(raw::get(NEXT)).await;
    let outcome = response.finish().await;
    assert_eq!(
        (outcome.error_type(), outcome.payload()),
        (Some("Runtime.Unknown"), &r#"{"errorType":"Boom"}"#.into())
    );
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_takes_too_long_ends_at_the_deadline() {
    let puppet = Puppet::new(function().timeout(Duration::from_secs(5)));
    let (mut api, mut response) = streaming(&puppet).await;
    let begin = tokio::time::Instant::now();
    api.send("5\r\nhello\r\n").await;
    assert_eq!(rest(&mut response).await, "hello");
    assert_eq!(begin.elapsed(), Duration::from_secs(5));
    let outcome = response.finish().await;
    assert!(outcome.is_timeout());
    assert!(
        outcome.json().unwrap()["errorMessage"].as_str().unwrap().ends_with("timed out after 5.00 seconds")
    );
    api.closed().await;
}

#[tokio::test(start_paused = true)]
async fn a_guest_that_exits_half_way_has_cut_its_response_short() {
    let function = function().in_process(|api| async move {
        let mut guest = Connection::open(&api).await;
        let event = guest.get(NEXT).await;
        guest.send(streamed(request_id(&event)) + "5\r\nhello\r\n").await;
        // Until the piece is on its way.
        sleep(Duration::from_secs(1)).await;
        Ok::<_, String>(())
    });
    let mut response = function.invoke_streaming("{}").await;
    assert_eq!(rest(&mut response).await, "hello");
    let outcome = response.finish().await;
    // Its connection is gone before the process is.
    assert_eq!(outcome.error_type(), Some("Runtime.TruncatedResponse"));
    assert_eq!(outcome.report().status, Status::Error);
}

#[tokio::test(start_paused = true)]
async fn a_buffered_response_over_six_megabytes_is_cut_there() {
    let puppet = Puppet::new(function());
    let (mut api, response) = running(&puppet).await;
    let guest = tokio::spawn(async move { api.post(&response_path("r-1"), vec![b' '; 6_291_557]).await });
    let mut response = response.await.unwrap();
    assert_eq!(rest(&mut response).await.len(), 6_291_556);
    assert_eq!(guest.await.unwrap().status(), 413);
    let function = puppet.function.clone();
    tokio::spawn(async move { function.shut_down().await });
    assert_eq!(response.finish().await.error_type(), Some("Function.ResponseSizeTooLarge"));
}

/// Ten megabytes, which is more than a buffered response may have, and more than any pipe holds.
const MUCH: usize = 10_000_000;

/// Streams much in many chunks, waits to be answered, and asks for more work.
fn sends_much(mut api: Connection<Stream>) -> JoinHandle<Connection<Stream>> {
    tokio::spawn(async move {
        for _ in 0..MUCH / 10_000 {
            api.send(format!("2710\r\n{:10000}\r\n", "")).await;
        }
        api.send("0\r\n\r\n").await;
        assert_eq!(api.reply().await.brief(), ACCEPTED);
        api.send(raw::get(NEXT)).await;
        api
    })
}

#[tokio::test(start_paused = true)]
async fn a_stream_may_be_larger_than_a_buffered_response() {
    let puppet = Puppet::new(function());
    let (api, mut response) = streaming(&puppet).await;
    let guest = sends_much(api);
    assert_eq!(rest(&mut response).await.len(), MUCH);
    let _api = guest.await.unwrap();
    assert!(response.finish().await.is_success());
}

#[tokio::test(start_paused = true)]
async fn a_slow_caller_slows_the_guest() {
    let puppet = Puppet::new(function());
    let (api, mut response) = streaming(&puppet).await;
    let guest = sends_much(api);
    sleep(LONG).await;
    assert!(!guest.is_finished());
    // Some of it may wait in pipes.
    let mut length = 0;
    while length < MUCH / 2 {
        length += response.next().await.unwrap().len();
    }
    sleep(Duration::from_secs(1)).await;
    assert!(!guest.is_finished());
    assert_eq!(length + rest(&mut response).await.len(), MUCH);
    let _api = guest.await.unwrap();
    assert!(response.finish().await.is_success());
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_is_slow_until_the_deadline_does_not_save_the_guest_from_it() {
    let puppet = Puppet::new(function().timeout(Duration::from_secs(5)));
    let (mut api, mut response) = streaming(&puppet).await;
    let begin = tokio::time::Instant::now();
    let guest = tokio::spawn(async move {
        for _ in 0..MUCH / 10_000 {
            api.send_in_vain(format!("2710\r\n{:10000}\r\n", "")).await;
        }
        api.closed().await;
    });
    guest.await.unwrap();
    assert_eq!(begin.elapsed(), Duration::from_secs(5));
    assert!(rest(&mut response).await.len() < MUCH);
    assert!(response.finish().await.is_timeout());
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_stops_neither_the_guest_nor_the_invocation() {
    for takes_one in [false, true] {
        let puppet = Puppet::new(function());
        let (api, mut response) = streaming(&puppet).await;
        let guest = sends_much(api);
        if takes_one {
            response.next().await.unwrap();
        }
        drop(response);
        let _api = guest.await.unwrap();
        let is_end = |event: &Event| matches!(event, Event::InvocationEnded(_));
        let end = puppet.function.timeline().wait_for(|entry| is_end(&entry.event)).await;
        let Event::InvocationEnded(report) = end.event else { return };
        assert_eq!(report.status, Status::Success);
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_the_outcome_only_need_not_take_the_pieces() {
    let puppet = Puppet::new(function());
    let (api, response) = streaming(&puppet).await;
    let guest = sends_much(api);
    assert!(response.finish().await.is_success());
    guest.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_slow_caller_holds_up_nobody_else_in_its_environment() {
    let puppet = Puppet::new(function().max_concurrency(2));
    let launched = puppet.function.clone();
    let starting = tokio::spawn(async move { launched.start().await });
    let api = puppet.launched().await;
    let (mut one, mut two) = (Connection::open(&api).await, Connection::open(&api).await);
    one.send(raw::get(NEXT)).await;
    starting.await.unwrap();
    let function = puppet.function.clone();
    let slow = tokio::spawn(async move { function.invoke_streaming(invocation("r-1")).await });
    assert_eq!(request_id(&one.reply().await), "r-1");
    one.send(streamed("r-1")).await;
    let mut slow = slow.await.unwrap();
    let guest = sends_much(one);
    sleep(Duration::from_secs(1)).await;

    two.send(raw::get(NEXT)).await;
    let other = puppet.invoke(invocation("r-2"));
    assert_eq!(request_id(&two.reply().await), "r-2");
    let large = vec![b' '; 1_000_000];
    assert_eq!(two.post(&response_path("r-2"), &large).await.brief(), ACCEPTED);
    assert_eq!(other.await.unwrap().payload(), &large);

    assert!(!guest.is_finished());
    assert_eq!(rest(&mut slow).await.len(), MUCH);
    let _api = guest.await.unwrap();
    assert!(slow.finish().await.is_success());
}

#[tokio::test(start_paused = true)]
async fn one_invoke_too_many_is_told_so_as_its_outcome() {
    let puppet = Puppet::new(function().reserved_concurrency(1));
    let (_api, mut response) = streaming(&puppet).await;
    let refused = puppet.function.invoke_streaming(invocation("r-2")).await;
    assert!(!refused.has_begun());
    let refused = refused.finish().await;
    assert!(refused.is_throttled());
    assert_eq!(refused.request_id().as_str(), "r-2");
    let function = puppet.function.clone();
    tokio::spawn(async move { function.shut_down().await });
    assert_eq!(rest(&mut response).await, "");
    assert_eq!(response.finish().await.error_type(), Some("Sandbox.Failure"));
}
