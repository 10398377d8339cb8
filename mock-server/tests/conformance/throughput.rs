//! How long invocations take, from the caller's first byte to the last, when the guest takes no time.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::{task::JoinSet, time::Instant};

use crate::{
    EMULATOR,
    check::say,
    installed,
    peer::{Emulator, Peer},
    play::{INVOCATIONS, NOBODY_POLLS},
    row::Row,
    wire::{self, Trouble, Wire},
    words::{NEXT, RUNTIME},
};

/// Of each of the callers.
const TIMES: u32 = 500;
const ROUNDS: usize = 5;

/// How much longer than the emulator the mock may take. It takes half of the time; without optimisation, as
/// tests are built, that is no measure of anything but of a mishap.
const LIMIT: f64 = if cfg!(debug_assertions) { 10.0 } else { 1.0 };

/// Answers every event, for ever.
async fn answer(api: SocketAddr) -> Result<(), Trouble> {
    let next = wire::request("GET", NEXT, &[], b"");
    let mut guest = Wire::connect(api).await?;
    loop {
        guest.send(&next).await?;
        let event = guest.reply().await?;
        let id = event.header("lambda-runtime-aws-request-id").unwrap_or_default();
        let path = format!("/2018-06-01/runtime/invocation/{id}/response");
        guest.send(&wire::request("POST", &path, &[], b"{}")).await?;
        guest.reply().await?;
    }
}

/// Invokes so many times, one after the other.
async fn invoke(front: SocketAddr, times: u32) -> Result<(), Trouble> {
    let invoke = wire::request("POST", INVOCATIONS, &[], b"{}");
    let mut caller = Wire::connect(front).await?;
    let mut answered = 0;
    while answered < times {
        caller.send(&invoke).await?;
        let answer = caller.reply().await?;
        match answer.header("error-type") {
            Some(NOBODY_POLLS) => {}
            _ if answer.body == b"{}" => answered += 1,
            _ => return Err(Trouble::NotHttp(String::from_utf8_lossy(&answer.body).into_owned())),
        }
    }
    Ok(())
}

/// How long it takes until all callers have been answered so often.
async fn measure(peer: &Peer, row: &Row, at_once: usize) -> Result<Duration, Trouble> {
    let stage = peer.start(row).await?;
    let first = tokio::spawn(invoke(stage.front, 1));
    let api = stage.started(RUNTIME, 1).await?;
    let mut guests = JoinSet::new();
    for _ in 0..at_once {
        guests.spawn(answer(api));
    }
    first.await.unwrap_or(Err(Trouble::Closed))?;
    let began = Instant::now();
    let mut callers = JoinSet::new();
    for _ in 0..at_once {
        callers.spawn(invoke(stage.front, TIMES));
    }
    while let Some(ended) = callers.join_next().await {
        ended.unwrap_or(Err(Trouble::Closed))?;
    }
    Ok(began.elapsed())
}

/// Compares the medians of several rounds, which take turns.
async fn compare(row: Row, at_once: usize) -> Result<(), String> {
    let Some(path) = installed(EMULATOR, "AWS's emulator") else { return Ok(()) };
    let emulator = Peer::Emulator(Arc::new(Emulator::new(path.into())));
    for peer in [&emulator, &Peer::Mock] {
        if let Some(reason) = peer.cannot(&row) {
            say(&format!("{peer} skips the throughput, {at_once} at a time: {reason}"));
            return Ok(());
        }
    }
    let (mut theirs, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        theirs.push(measure(&emulator, &row, at_once).await.map_err(|trouble| format!("theirs: {trouble}"))?);
        ours.push(measure(&Peer::Mock, &row, at_once).await.map_err(|trouble| format!("ours: {trouble}"))?);
    }
    theirs.sort_unstable();
    ours.sort_unstable();
    let ratio = ours[ROUNDS / 2].as_secs_f64() / theirs[ROUNDS / 2].as_secs_f64();
    let said = format!("invocations, {at_once} at a time, take {ratio:.2} of the time of AWS's emulator");
    say(&said);
    if ratio <= LIMIT { Ok(()) } else { Err(format!("{said}: ours {ours:?}, theirs {theirs:?}")) }
}

#[tokio::test]
async fn an_invocation_takes_no_longer_than_with_awss_emulator() {
    assert_eq!(compare(Row::classic("throughput"), 1).await, Ok(()));
}

#[tokio::test]
async fn four_invocations_at_a_time_take_no_longer_than_with_awss_emulator() {
    assert_eq!(compare(Row::managed("throughput"), 4).await, Ok(()));
}
