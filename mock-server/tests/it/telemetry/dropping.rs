//! A subscriber that does not keep up: what there is room for is kept, and the rest is counted.
//!
//! How much there is room for is a setting of the core, 8 MiB if nobody says otherwise; lines here have a thousand
//! bytes. Smaller room, and counts at every moment, are in `pure`.

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpSocket,
};

use super::{
    stage::{RUNTIME, Stage, TELEMETRY},
    subscriber::{Listener, Log, Over, Peer},
    writing::{SOON, Writing, http, lines_to, tcp},
};
use crate::wait::soon;

const END: &str = "the end";

/// What a subscriber has been told, in its order.
#[derive(Debug, PartialEq)]
enum Told {
    Line(u32),
    Dropped { records: u64, bytes: u64 },
}

/// What the events tell, with their sizes, without what the platform says of other things; and whether the last
/// line of all is among them.
fn told<'a>(events: impl IntoIterator<Item = &'a String>) -> (Vec<(Told, u64)>, bool) {
    let mut all = Vec::new();
    for event in events {
        if event.contains("\"type\":\"function\"") || event.contains("\"type\":\"platform.logsDropped\"") {
            match one_told(event) {
                Some(told) => all.push(told),
                None => return (all, true),
            }
        }
    }
    (all, false)
}

/// The event as what it tells, and its size; `None` for the last line of all.
fn one_told(event: &str) -> Option<(Told, u64)> {
    let size = event.len() as u64;
    let event: Value = serde_json::from_str(event).unwrap();
    if event["type"] == "platform.logsDropped" {
        let record = &event["record"];
        assert_eq!(
            record["reason"],
            "Some logs were dropped because the downstream consumer is slower than the logs production rate"
        );
        let dropped = Told::Dropped {
            records: record["droppedRecords"].as_u64().unwrap(),
            bytes: record["droppedBytes"].as_u64().unwrap(),
        };
        return Some((dropped, size));
    }
    assert_eq!(event["type"], "function");
    let line = event["record"].as_str().unwrap();
    (line != END).then(|| (Told::Line(line[..6].parse().unwrap()), size))
}

/// Lines and what was dropped between them make up everything that was written, in its order.
fn assert_complete(told: &[(Told, u64)], written: u32) -> u64 {
    let (_, size) = told[0];
    let (mut next, mut all_dropped) = (1, 0);
    for (told, bytes) in told {
        match told {
            Told::Line(number) => {
                assert_eq!((*number, *bytes), (next, size), "nothing is missing that is not counted");
                next += 1;
            }
            Told::Dropped { records, bytes } => {
                assert_eq!(*bytes, records * size);
                assert_ne!(*records, 0);
                next += u32::try_from(*records).unwrap();
                all_dropped += records;
            }
        }
    }
    assert_eq!(next, written + 1);
    all_dropped
}

/// Takes batches until the last line of all has come.
async fn take_all(peer: &mut Peer) -> Vec<(Told, u64)> {
    let mut all = Vec::new();
    loop {
        let batch = peer.batch().await;
        peer.answer(200).await;
        let (told, is_end) = told(&batch.events);
        all.extend(told);
        if is_end {
            return all;
        }
    }
}

/// A subscription to lines, and to what the platform says of them.
fn with_platform(destination: &Value) -> Value {
    let mut wanted = lines_to(destination, SOON);
    wanted["types"] = json!(["platform", "function"]);
    wanted
}

#[tokio::test]
async fn a_subscriber_that_hangs_for_a_while_loses_nothing_as_long_as_there_is_room() {
    let listener = Listener::bind().await;
    let mut writing = Writing::to(&with_platform(&http(listener.port()))).await;
    writing.writes_many(1, 1).await;
    let mut peer = listener.accept().await;
    let first = peer.batch().await;
    writing.writes_many(2, 5_000).await;
    writing.writes(END).await;
    peer.answer(200).await;
    let (mut all, _) = told(&first.events);
    all.extend(take_all(&mut peer).await);
    assert_eq!(assert_complete(&all, 5_000), 0);
}

#[tokio::test]
async fn what_there_is_no_room_for_is_counted_where_it_is_missing() {
    let listener = Listener::bind().await;
    let mut writing = Writing::to(&with_platform(&http(listener.port()))).await;
    writing.writes_many(1, 1).await;
    let mut peer = listener.accept().await;
    let first = peer.batch().await;
    // It hangs twice, and each time for too long.
    writing.writes_many(2, 12_000).await;
    peer.answer(200).await;
    let second = peer.batch().await;
    writing.writes_many(12_001, 14_000).await;
    peer.answer(200).await;
    let third = peer.batch().await;
    peer.answer(200).await;
    let (mut all, _) = told([first, second, third].iter().flat_map(|batch| &batch.events));
    writing.writes(END).await;
    all.extend(take_all(&mut peer).await);
    let dropped = assert_complete(&all, 14_000);
    assert!(dropped > 3_000, "{dropped}");
    let episodes = all.iter().filter(|(told, _)| matches!(told, Told::Dropped { .. })).count();
    assert!(episodes >= 1);
}

#[tokio::test]
async fn a_subscriber_that_hangs_keeps_no_other_waiting() {
    let mut stage = Stage::new(&["a-slow", "b-swift"], |function| function);
    let outcome = stage.invoke("r-1");
    let mut slow = stage.register("a-slow").await;
    let mut swift = stage.register("b-swift").await;
    let (listener, mut log) = (Listener::bind().await, Log::start(Over::Http).await);
    slow.subscribe(TELEMETRY, &lines_to(&http(listener.port()), SOON)).await;
    swift.subscribe(TELEMETRY, &lines_to(&log.destination(), SOON)).await;
    stage.launched(0, RUNTIME).await;
    stage.says(RUNTIME, "line 0").await;
    let mut peer = listener.accept().await;
    let first = peer.batch().await;
    log.expect("function \"line 0\"").await;
    for number in 1..=5 {
        let line = format!("line {number}");
        stage.says(RUNTIME, &line).await;
        log.expect(&format!("function \"{line}\"")).await;
    }
    peer.answer(200).await;
    assert_eq!(first.lines(), ["line 0"]);
    assert_eq!(peer.batch().await.lines(), ["line 1", "line 2", "line 3", "line 4", "line 5"]);
    assert!(!outcome.is_finished());
}

#[tokio::test]
async fn a_subscriber_that_refuses_for_a_while_loses_nothing_as_long_as_there_is_room() {
    let listener = Listener::bind().await;
    let mut writing = Writing::to(&with_platform(&http(listener.port()))).await;
    writing.writes_many(1, 1).await;
    let mut peer = listener.accept().await;
    for status in [500, 503, 429] {
        peer.batch().await;
        peer.answer(status).await;
    }
    writing.writes_many(2, 5_000).await;
    writing.writes(END).await;
    let all = take_all(&mut peer).await;
    assert_eq!(assert_complete(&all, 5_000), 0);
}

#[tokio::test]
async fn over_tcp_too_what_there_is_no_room_for_is_counted_where_it_is_missing() {
    // A small window; the rest is in the hands of the operating system.
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let port = socket.local_addr().unwrap().port();
    let listener = socket.listen(1).unwrap();
    let mut writing = Writing::to(&with_platform(&tcp(port))).await;
    let (stream, _) = {
        writing.writes_many(1, 1).await;
        soon(listener.accept()).await.unwrap()
    };
    writing.writes_many(2, 20_000).await;
    let mut stream = BufReader::new(stream).lines();
    let mut all = Vec::new();
    // As soon as there is room again, the end of it all is written.
    let mut has_ended = false;
    loop {
        let line = soon(stream.next_line()).await.unwrap().unwrap();
        let (told, is_end) = told([&line]);
        all.extend(told);
        if is_end {
            break;
        }
        let has_room = all.len() > 10_000 || matches!(all.last(), Some((Told::Dropped { .. }, _)));
        if !has_ended && has_room {
            has_ended = true;
            writing.writes(END).await;
        }
    }
    assert!(assert_complete(&all, 20_000) > 0);
}
