//! Memory is bounded, and what is acknowledged is in it: explicit back-pressure over HTTP.

use lambda_extension::telemetry::{Telemetry, TelemetryError};

use crate::telemetry_peer::{Peer, logged, logged_in, request, soon, taken, until};

/// The least that there can be.
const CAPACITY: usize = 64 * 1024;

async fn small() -> Telemetry {
    Telemetry::http().capacity(1).bind().await.unwrap()
}

#[tokio::test]
async fn nothing_is_acknowledged_without_room_until_a_batch_is_taken() {
    let mut telemetry = small().await;
    let mut lambda = Peer::connect(&telemetry).await;
    assert_eq!(lambda.post(logged_in(40_000)).await, 200);
    assert_eq!(telemetry.queued_bytes(), 40_000);

    let waits = logged_in(40_001);
    lambda.send(request("POST", &waits)).await;
    // It waits for its room, and has laid its hand on what there is.
    until(|| telemetry.queued_bytes() == CAPACITY).await;
    assert!(!lambda.has_reply());
    // A small one on another connection has to wait as well: nobody overtakes.
    let mut other = Peer::connect(&telemetry).await;
    other.send(request("POST", logged("small"))).await;

    assert_eq!(taken(&mut telemetry).await.bytes().len(), 40_000);
    assert_eq!(lambda.reply().await, Some(200));
    assert_eq!(other.reply().await, Some(200));
    assert_eq!(telemetry.queued_bytes(), waits.len() + 256);
    // Which of the two was read first is a matter of luck.
    let mut lengths =
        [taken(&mut telemetry).await, taken(&mut telemetry).await].map(|batch| batch.bytes().len());
    lengths.sort_unstable();
    assert_eq!(lengths, [logged("small").len(), waits.len()]);
    assert_eq!(telemetry.queued_bytes(), 0);
}

#[tokio::test]
async fn whoever_hangs_up_while_it_waits_for_room_does_not_keep_the_room() {
    let mut telemetry = small().await;
    let mut lambda = Peer::connect(&telemetry).await;
    assert_eq!(lambda.post(logged_in(40_000)).await, 200);
    let mut hasty = Peer::connect(&telemetry).await;
    // Only half of it is there to be read.
    hasty.send(&request("POST", logged_in(40_000))[..20_000]).await;
    until(|| telemetry.queued_bytes() == CAPACITY).await;
    drop(hasty);
    assert_eq!(taken(&mut telemetry).await.bytes().len(), 40_000);
    until(|| telemetry.queued_bytes() == 0).await;
    assert_eq!(lambda.post(logged_in(CAPACITY)).await, 200);
    assert_eq!(taken(&mut telemetry).await.bytes().len(), CAPACITY);
}

#[tokio::test]
async fn a_batch_as_large_as_the_memory_is_taken() {
    let mut telemetry = small().await;
    let mut lambda = Peer::connect(&telemetry).await;
    assert_eq!(lambda.post(logged_in(CAPACITY)).await, 200);
    assert_eq!(telemetry.queued_bytes(), CAPACITY);
    assert_eq!(taken(&mut telemetry).await.bytes().len(), CAPACITY);
}

#[tokio::test]
async fn a_batch_larger_than_the_memory_is_refused_and_the_listener_goes_on() {
    let mut telemetry = small().await;
    for is_chunked in [false, true] {
        let mut lambda = Peer::connect(&telemetry).await;
        let body = logged_in(CAPACITY + 1);
        if is_chunked {
            lambda.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n").await;
            lambda.send(format!("{:x}\r\n{body}\r\n", body.len())).await;
        } else {
            lambda
                .send(format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", body.len()))
                .await;
        }
        assert_eq!(lambda.reply().await, Some(413), "chunked: {is_chunked}");
        let error = soon(telemetry.next_batch()).await.unwrap_err();
        let TelemetryError::TooLarge { bytes, capacity } = error else { panic!("{error:?}") };
        assert_eq!((bytes, capacity), (CAPACITY + 1, CAPACITY));
        assert_eq!(telemetry.queued_bytes(), 0);
    }
    assert_eq!(Peer::connect(&telemetry).await.post(logged("next")).await, 200);
    assert_eq!(taken(&mut telemetry).await.bytes(), &logged("next"));
}

#[tokio::test]
async fn a_batch_is_refused_even_if_it_says_it_is_larger_than_anything() {
    let mut telemetry = small().await;
    let mut lambda = Peer::connect(&telemetry).await;
    lambda.send(format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", u64::MAX - 2)).await;
    assert_eq!(lambda.reply().await, Some(413));
    assert!(matches!(soon(telemetry.next_batch()).await, Err(TelemetryError::TooLarge { .. })));
}

#[tokio::test]
async fn errors_that_nobody_takes_do_not_fill_the_memory_beyond_its_bound() {
    let mut telemetry = small().await;
    for _ in 0..1_000 {
        let mut lambda = Peer::connect(&telemetry).await;
        lambda.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n").await;
        assert_eq!(lambda.reply().await, Some(413));
    }
    assert!(telemetry.queued_bytes() <= CAPACITY);
    let mut told = 0;
    while telemetry.queued_bytes() > 0 {
        soon(telemetry.next_batch()).await.unwrap_err();
        told += 1;
    }
    assert!((1..=256).contains(&told), "{told}");
}

#[tokio::test]
async fn batches_flow_again_as_fast_as_they_are_taken() {
    let mut telemetry = small().await;
    let mut lambda = Peer::connect(&telemetry).await;
    let sending = tokio::spawn(async move {
        for number in 0..200 {
            assert_eq!(lambda.post(format!("{}{number}", logged_in(20_000))).await, 200);
        }
    });
    for number in 0..200 {
        assert!(telemetry.queued_bytes() <= CAPACITY);
        assert_eq!(taken(&mut telemetry).await.bytes(), &format!("{}{number}", logged_in(20_000)));
    }
    soon(sending).await.unwrap();
}
