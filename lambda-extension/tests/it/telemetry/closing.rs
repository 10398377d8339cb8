//! How a listener is closed: nothing that was acknowledged is lost, and what was not can be sent again elsewhere.
//!
//! How the end of the environment closes it is in `flush`.

use std::time::Duration;

use lambda_extension::telemetry::{Batch, Telemetry, TelemetryBuilder};
use tokio::time::advance;

use crate::{
    telemetry_api::Stopped,
    telemetry_peer::{Peer, event, logged, logged_in, request, soon, taken, until},
};

const CAPACITY: usize = 64 * 1024;

/// What is given until the listener has ended.
async fn rest(telemetry: &mut Telemetry) -> Vec<Batch> {
    let mut batches = Vec::new();
    while let Some(batch) = soon(telemetry.next_batch()).await.unwrap() {
        batches.push(batch);
    }
    // It stays ended.
    assert!(soon(telemetry.next_batch()).await.unwrap().is_none());
    batches
}

async fn small(builder: TelemetryBuilder) -> (Telemetry, Peer) {
    let telemetry = builder.capacity(CAPACITY).bind().await.unwrap();
    let lambda = Peer::connect(&telemetry).await;
    (telemetry, lambda)
}

#[tokio::test]
async fn what_was_acknowledged_is_still_given() {
    let (mut telemetry, mut lambda) = small(Telemetry::http()).await;
    for number in 0..5 {
        assert_eq!(lambda.post(logged(&number.to_string())).await, 200);
    }
    telemetry.closer().close();
    let sent: Vec<_> = (0..5).map(|number| Batch::from_array(logged(&number.to_string()))).collect();
    assert_eq!(rest(&mut telemetry).await, sent);
    // A connection that was kept is closed, and nobody listens.
    assert_eq!(lambda.reply().await, None);
    assert!(Peer::connect_to(telemetry.address().port()).await.is_err());
}

#[tokio::test]
async fn a_request_that_waits_for_room_is_told_so_and_not_taken() {
    let (mut telemetry, mut lambda) = small(Telemetry::http()).await;
    assert_eq!(lambda.post(logged_in(40_000)).await, 200);
    let mut waits = Peer::connect(&telemetry).await;
    waits.send(request("POST", logged_in(40_000))).await;
    until(|| telemetry.queued_bytes() == CAPACITY).await;
    assert!(!waits.has_reply());

    telemetry.closer().close();
    assert_eq!(waits.reply().await, Some(503));
    assert_eq!(waits.reply().await, None);
    assert_eq!(rest(&mut telemetry).await, [Batch::from_array(logged_in(40_000))]);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_being_read_is_finished() {
    let _time = Stopped::here();
    let (mut telemetry, mut lambda) = small(Telemetry::http()).await;
    let request = request("POST", logged("in two parts"));
    let (front, back) = request.split_at(request.len() - 20);
    lambda.send(front).await;
    until(|| telemetry.queued_bytes() > 0).await;
    telemetry.closer().close();
    // The port is free while the connection is still there.
    let port = telemetry.address().port();
    soon(async { while Peer::connect_to(port).await.is_ok() {} }).await;
    lambda.send(back).await;
    assert_eq!(lambda.reply().await, Some(200));
    assert_eq!(lambda.reply().await, None);
    assert_eq!(rest(&mut telemetry).await, [Batch::from_array(logged("in two parts"))]);
}

#[tokio::test(start_paused = true)]
async fn whoever_does_not_finish_is_cut_off_in_the_end() {
    let _time = Stopped::here();
    let half = request("POST", logged("in two parts"))[..150].to_vec();
    for (builder, half) in [(Telemetry::http(), &half[..]), (Telemetry::tcp(), b"half a line")] {
        let (mut telemetry, mut lambda) = small(builder).await;
        lambda.send(half).await;
        until(|| telemetry.queued_bytes() > 0).await;
        telemetry.closer().close();
        let port = telemetry.address().port();
        soon(async { while Peer::connect_to(port).await.is_ok() {} }).await;
        let mut ended = Box::pin(telemetry.next_batch());
        tokio::select! {
            biased;
            ended = &mut ended => panic!("too early: {ended:?}"),
            () = advance(Duration::from_millis(249)) => {}
        }
        advance(Duration::from_millis(1)).await;
        assert!(soon(ended).await.unwrap().is_none());
        assert_eq!(lambda.reply().await, None);
    }
}

#[tokio::test]
async fn the_port_is_free_for_another_listener_at_once() {
    for builder in [Telemetry::http(), Telemetry::tcp()] {
        let (mut telemetry, lambda) = small(builder.clone()).await;
        let port = telemetry.address().port();
        for _ in 0..20 {
            telemetry.closer().close();
            assert_eq!(rest(&mut telemetry).await, []);
            telemetry = builder.clone().port(port).bind().await.unwrap();
            drop(Peer::connect(&telemetry).await);
        }
        drop(lambda);
    }
}

#[tokio::test]
async fn closing_again_changes_nothing() {
    let (mut telemetry, mut lambda) = small(Telemetry::http()).await;
    assert_eq!(lambda.post(logged("one")).await, 200);
    let closer = telemetry.closer();
    closer.close();
    closer.clone().close();
    closer.flush_until(tokio::time::Instant::now() + Duration::from_secs(100));
    assert_eq!(rest(&mut telemetry).await.len(), 1);
    closer.close();
    assert_eq!(rest(&mut telemetry).await, []);
}

#[tokio::test]
async fn a_listener_that_is_dropped_hangs_up_and_acknowledges_nothing_more() {
    for builder in [Telemetry::http(), Telemetry::tcp()] {
        let (telemetry, mut lambda) = small(builder).await;
        let port = telemetry.address().port();
        lambda.send(&request("POST", logged("half"))[..150]).await;
        until(|| telemetry.queued_bytes() > 0).await;
        drop(telemetry);
        assert_eq!(lambda.reply().await, None);
        soon(async { while Peer::connect_to(port).await.is_ok() {} }).await;
    }
}

/// A line with its end.
fn line(text: &str) -> String {
    event("function", &format!("{text:?}")) + "\n"
}

/// All lines of these batches.
fn lines(batches: &[Batch]) -> String {
    batches.iter().map(|batch| String::from_utf8(batch.bytes().to_vec()).unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn over_tcp_the_other_side_is_told_and_what_it_wrote_before_is_read() {
    let _time = Stopped::here();
    let (mut telemetry, mut lambda) = small(Telemetry::tcp()).await;
    lambda.send(line("one") + &line("two")[..30]).await;
    assert_eq!(lines(&[taken(&mut telemetry).await]), line("one"));
    telemetry.closer().close();
    // What was on its way when it was told.
    lambda.send(&line("two")[30..]).await;
    assert_eq!(lambda.reply().await, None);
    lambda.send(line("three").trim_end()).await;
    lambda.finish().await;
    assert_eq!(lines(&rest(&mut telemetry).await), line("two") + line("three").trim_end());
}

#[tokio::test(start_paused = true)]
async fn over_tcp_more_than_the_memory_has_room_for_is_read_before_the_end() {
    let _time = Stopped::here();
    let (mut telemetry, mut lambda) = small(Telemetry::tcp()).await;
    let all: String = (0..40).map(|number| line(&format!("{number}{}", "x".repeat(8_000)))).collect();
    // The operating system keeps what there is no room for.
    lambda.send(&all).await;
    lambda.finish().await;
    until(|| telemetry.queued_bytes() == CAPACITY).await;
    telemetry.closer().close();
    let read = lines(&rest(&mut telemetry).await);
    assert_eq!(read.len(), all.len());
    assert!(read == all);
}
