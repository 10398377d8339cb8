//! Connections that break, dawdle or talk nonsense, over TCP, where they do.
//!
//! The guest is a process that does nothing; the test connects in its place. Time is real here.

use std::time::Duration;

use mock_server::{Event, Invocation};

use crate::{
    folder::OnSocket,
    guest::{self, NEXT, request_id},
    raw::{self, Connection, head},
    wait::{seen, seen_times, soon},
};

fn known() -> Invocation {
    Invocation::new(r#"{"n":21}"#).request_id("r-1".parse().unwrap())
}

#[tokio::test]
async fn an_event_whose_reply_was_lost_is_delivered_again() {
    let (guest, outcome) = OnSocket::invoked(known(), |function| function).await;
    let lost = guest.connect().await.get(NEXT).await;
    let mut api = guest.connect().await;
    let mut again = api.get(NEXT).await;
    assert_eq!(again.sorted_head(), lost.sorted_head());
    assert_eq!(again.text(), r#"{"n":21}"#);
    again = api.get(NEXT).await;
    assert_eq!(again.sorted_head(), lost.sorted_head(), "and again on the same connection");

    assert_eq!(api.post(&guest::response_path("r-1"), "1").await.status(), 202);
    api.send(raw::get(NEXT)).await;
    assert_eq!(soon(outcome).await.unwrap().payload(), "1");
}

#[tokio::test]
async fn a_poll_that_hung_up_is_forgotten() {
    let (guest, outcome) = OnSocket::invoked("1", |function| function).await;
    let mut api = guest.connect().await;
    let event = api.get(NEXT).await;
    api.post(&guest::response_path(request_id(&event)), "1").await;
    api.send(raw::get(NEXT)).await;
    assert!(soon(outcome).await.unwrap().is_success());
    drop(api);
    seen(guest.function.timeline(), |event| matches!(event, Event::CallDropped { .. })).await;

    let function = guest.function.clone();
    let outcome = tokio::spawn(async move { function.invoke("2").await });
    let mut api = guest.connect().await;
    let event = api.get(NEXT).await;
    assert_eq!(event.text(), "2");
    api.post(&guest::response_path(request_id(&event)), "2").await;
    api.send(raw::get(NEXT)).await;
    assert_eq!(soon(outcome).await.unwrap().payload(), "2");
}

#[tokio::test]
async fn of_two_polls_only_the_first_gets_the_event() {
    let (guest, outcome) = OnSocket::invoked("1", |function| function).await;
    let mut first = guest.connect().await;
    let event = first.get(NEXT).await;
    first.post(&guest::response_path(request_id(&event)), "1").await;
    first.send(raw::get(NEXT)).await;
    assert!(soon(outcome).await.unwrap().is_success());
    let mut second = guest.connect().await;
    second.send(raw::get(NEXT)).await;
    let is_poll = |event: &Event| matches!(event, Event::Called { path, .. } if path == NEXT);
    seen_times(guest.function.timeline(), 3, is_poll).await;

    let function = guest.function.clone();
    let outcome = tokio::spawn(async move { function.invoke("2").await });
    let event = first.reply().await;
    assert_eq!(event.text(), "2");
    first.post(&guest::response_path(request_id(&event)), "2").await;
    first.send(raw::get(NEXT)).await;
    assert_eq!(soon(outcome).await.unwrap().payload(), "2");

    // The second poll is the oldest now.
    let function = guest.function.clone();
    tokio::spawn(async move { function.invoke("3").await });
    assert_eq!(soon(second.reply()).await.text(), "3");
}

#[tokio::test]
async fn a_body_cut_short_is_a_truncated_response() {
    let short = head("POST", &guest::response_path("r-1"), &[("Content-Length", "10")]) + "\r\nhello";
    let (guest, outcome) = OnSocket::invoked(known(), |function| function).await;
    let mut api = guest.connect().await;
    api.get(NEXT).await;
    api.send(short).await;
    drop(api);
    seen(guest.function.timeline(), |event| matches!(event, Event::Answered { .. })).await;
    let mut api = guest.connect().await;
    api.send(raw::get(NEXT)).await;
    let outcome = soon(outcome).await.unwrap();
    assert_eq!(outcome.error_type(), Some("Runtime.TruncatedResponse"));
}

#[tokio::test]
async fn a_guest_that_is_still_there_is_told_that_its_body_was_cut_short() {
    let truncated = "{\"errorMessage\":\"HTTP request detected as truncated\",\
                     \"errorType\":\"TruncatedHTTPRequest\"}\n";
    let (guest, outcome) = OnSocket::invoked(known(), |function| function).await;
    let mut api = guest.connect().await;
    api.get(NEXT).await;
    api.send(head("POST", &guest::response_path("r-1"), &[("Content-Length", "10")]) + "\r\nhello").await;
    api.finish_writing().await;
    let reply = soon(api.try_reply()).await;
    let mut other = guest.connect().await;
    other.send(raw::get(NEXT)).await;
    assert_eq!(soon(outcome).await.unwrap().error_type(), Some("Runtime.TruncatedResponse"));
    assert_eq!(reply.as_ref().map(raw::Reply::brief), Some((400, truncated)));
}

#[tokio::test]
async fn a_response_counts_even_if_its_sender_does_not_wait_for_the_reply() {
    let limit = Duration::from_secs(5);
    let (guest, outcome) = OnSocket::invoked(known(), |function| function.timeout(limit)).await;
    let mut api = guest.connect().await;
    api.get(NEXT).await;
    api.send(raw::post(&guest::response_path("r-1"), &[], b"1")).await;
    drop(api);
    let is_answer = |event: &Event| matches!(event, Event::Answered { .. });
    seen(guest.function.timeline(), is_answer).await;
    let mut api = guest.connect().await;
    api.send(raw::get(NEXT)).await;
    let outcome = soon(outcome).await.unwrap();
    assert_eq!((outcome.error_type(), outcome.payload()), (None, &"1".into()));
}

#[tokio::test]
async fn garbage_on_the_socket_hurts_nobody_else() {
    let (guest, outcome) = OnSocket::invoked(known(), |function| function).await;
    for garbage in
        [&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..], b"hello\r\n\r\n", b"\0\0\0\0\r\n\r\n"]
    {
        let mut nonsense = guest.connect().await;
        nonsense.send(garbage).await;
        nonsense.finish_writing().await;
        if let Some(reply) = soon(nonsense.try_reply()).await {
            assert_eq!(reply.status(), 400);
        }
    }
    let mut api = guest.connect().await;
    answers(&mut api).await;
    assert_eq!(soon(outcome).await.unwrap().payload(), "1");
}

#[tokio::test]
async fn a_slow_header_keeps_no_other_connection_waiting() {
    let (guest, outcome) = OnSocket::invoked(known(), |function| function).await;
    let mut slow = guest.connect().await;
    let (start, end) = ("GET /2018-06-01/ping HTTP/1.1\r\nHo", "st: x\r\n\r\n");
    for byte in start.bytes() {
        slow.send([byte]).await;
    }
    let mut api = guest.connect().await;
    answers(&mut api).await;
    assert_eq!(soon(outcome).await.unwrap().payload(), "1");
    for byte in end.bytes() {
        slow.send([byte]).await;
    }
    assert_eq!(soon(slow.reply()).await.text(), "pong");
}

#[tokio::test]
async fn a_head_of_nearly_a_megabyte_is_read_and_a_larger_one_refused() {
    let (guest, outcome) = OnSocket::invoked(known(), |function| function).await;
    let ping = |bytes: usize| {
        let cause = "x".repeat(bytes);
        let headers = [("Lambda-Runtime-Function-XRay-Error-Cause", cause.as_str())];
        head("GET", "/2018-06-01/ping", &headers) + "\r\n"
    };
    let mut api = guest.connect().await;
    api.send(ping(1024 * 1024 - 1024)).await;
    assert_eq!(soon(api.reply()).await.text(), "pong");

    let mut api = guest.connect().await;
    api.send_in_vain(ping(4 * 1024 * 1024)).await;
    // The reply may be lost, because the service does not read all of it.
    if let Some(reply) = soon(api.try_reply()).await {
        assert_eq!(reply.status(), 431);
    }
    let mut api = guest.connect().await;
    answers(&mut api).await;
    assert_eq!(soon(outcome).await.unwrap().payload(), "1");
}

/// Does a guest's work.
async fn answers(api: &mut Connection<tokio::net::TcpStream>) {
    assert_eq!(soon(api.get(NEXT)).await.text(), r#"{"n":21}"#);
    assert_eq!(soon(api.post(&guest::response_path("r-1"), "1")).await.status(), 202);
    api.send(raw::get(NEXT)).await;
}
