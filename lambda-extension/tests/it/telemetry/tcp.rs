//! The listener over TCP: lines, wherever they are split, and what happens to those that are too long.

use std::io;

use lambda_extension::telemetry::{
    Batch, InvalidEvent, LogRecord, Record, Telemetry, TelemetryError, TelemetryEvent,
};
use tokio::task::yield_now;

use crate::telemetry_peer::{Peer, event, events, soon, taken, until};

const CAPACITY: usize = 64 * 1024;

async fn listener() -> (Telemetry, Peer) {
    let telemetry = Telemetry::tcp().capacity(CAPACITY).bind().await.unwrap();
    let lambda = Peer::connect(&telemetry).await;
    (telemetry, lambda)
}

/// A line that the function logged, with its end.
fn line(text: &str) -> String {
    event("function", &format!("{text:?}")) + "\n"
}

/// What was logged in a batch, or is no event.
fn texts(batch: &Batch) -> Vec<String> {
    let text = |event: Result<TelemetryEvent, InvalidEvent>| match event {
        Ok(TelemetryEvent { record: Record::Function(LogRecord::Text(text)), .. }) => text,
        Ok(event) => panic!("not a line of the function: {event:?}"),
        Err(invalid) => format!("invalid: {}", String::from_utf8_lossy(&invalid.text)),
    };
    events(batch).into_iter().map(text).collect()
}

/// So many of them, however they are batched.
async fn next_texts(telemetry: &mut Telemetry, count: usize) -> Vec<String> {
    let mut all = Vec::new();
    while all.len() < count {
        all.extend(texts(&taken(telemetry).await));
    }
    all
}

#[tokio::test]
async fn a_line_may_be_split_anywhere() {
    // With more room than is read at once, so that the first lines need not be taken for the next to be read.
    let mut telemetry = Telemetry::tcp().bind().await.unwrap();
    let mut lambda = Peer::connect(&telemetry).await;
    let lines = [line("one"), line("zwölf"), line("three")].concat();
    for at in 0..lines.len() {
        let (front, back) = lines.as_bytes().split_at(at);
        lambda.send(front).await;
        // It has been read before the rest is written.
        until(|| telemetry.queued_bytes() == at).await;
        lambda.send(back).await;
        assert_eq!(next_texts(&mut telemetry, 3).await, ["one", "zwölf", "three"]);
        until(|| telemetry.queued_bytes() == 0).await;
    }
}

#[tokio::test]
async fn byte_by_byte_a_line_is_read_as_well() {
    let (mut telemetry, mut lambda) = listener().await;
    for byte in line("slow").bytes() {
        lambda.send([byte]).await;
    }
    assert_eq!(next_texts(&mut telemetry, 1).await, ["slow"]);
}

#[tokio::test]
async fn many_lines_come_in_one_write_and_in_order() {
    let (mut telemetry, mut lambda) = listener().await;
    let lines: String = (0..500).map(|number| line(&number.to_string())).collect();
    lambda.send(&lines).await;
    let expected: Vec<_> = (0..500).map(|number| number.to_string()).collect();
    assert_eq!(next_texts(&mut telemetry, 500).await, expected);
}

#[tokio::test]
async fn a_batch_has_whole_lines_as_they_were_sent() {
    let (mut telemetry, mut lambda) = listener().await;
    let lines = format!("\n {}\r\n\n{}", line("one").trim_end(), line("two"));
    lambda.send(&lines).await;
    let batch = taken(&mut telemetry).await;
    assert_eq!(batch.bytes(), &lines);
    assert_eq!(texts(&batch), ["one", "two"]);
    assert_eq!(batch, Batch::from_lines(lines));
}

#[tokio::test]
async fn the_last_line_needs_no_end() {
    let (mut telemetry, mut lambda) = listener().await;
    lambda.send(line("one") + line("two").trim_end()).await;
    lambda.finish().await;
    assert_eq!(next_texts(&mut telemetry, 2).await, ["one", "two"]);
    // The connection ends with it, and the listener does not.
    assert_eq!(lambda.reply().await, None);
    Peer::connect(&telemetry).await.send(line("three")).await;
    assert_eq!(next_texts(&mut telemetry, 1).await, ["three"]);
}

#[tokio::test]
async fn a_line_that_is_no_event_hides_no_other() {
    let (mut telemetry, mut lambda) = listener().await;
    lambda.send(line("one") + "not JSON\n[1]\n{\"time\":\n" + &line("two")).await;
    assert_eq!(
        next_texts(&mut telemetry, 5).await,
        ["one", "invalid: not JSON", "invalid: [1]", "invalid: {\"time\":", "two"]
    );
}

/// Passes over a line that is too long, and reads those around it.
async fn a_long_line_is_passed_over(bytes: usize) {
    let (mut telemetry, mut lambda) = listener().await;
    lambda.send(line("before")).await;
    assert_eq!(next_texts(&mut telemetry, 1).await, ["before"]);
    let sending = tokio::spawn(async move {
        lambda.send(line(&"x".repeat(bytes))).await;
        lambda.send(line("after")).await;
        lambda
    });
    let error = soon(telemetry.next_batch()).await.unwrap_err();
    let TelemetryError::TooLarge { bytes, capacity } = error else { panic!("{error:?}") };
    assert_eq!((bytes, capacity), (CAPACITY, CAPACITY));
    assert_eq!(next_texts(&mut telemetry, 1).await, ["after"]);
    let mut lambda = soon(sending).await.unwrap();
    lambda.send(line("and more")).await;
    assert_eq!(next_texts(&mut telemetry, 1).await, ["and more"]);
    until(|| telemetry.queued_bytes() == 0).await;
}

#[tokio::test]
async fn a_line_larger_than_the_memory_is_passed_over_once_and_the_next_is_read() {
    a_long_line_is_passed_over(CAPACITY).await;
    a_long_line_is_passed_over(CAPACITY * 10).await;
}

#[tokio::test]
async fn a_line_as_large_as_the_memory_is_read() {
    let (mut telemetry, mut lambda) = listener().await;
    let text = "x".repeat(CAPACITY - line("").len());
    lambda.send(line(&text)).await;
    let batch = taken(&mut telemetry).await;
    assert_eq!((batch.bytes().len(), batch.events().count()), (CAPACITY, 1));
}

#[tokio::test]
async fn the_end_of_a_line_that_was_passed_over_may_come_with_nothing_after_it() {
    let (mut telemetry, mut lambda) = listener().await;
    let sending = tokio::spawn(async move {
        lambda.send(line(&"x".repeat(CAPACITY * 2)).trim_end()).await;
        lambda.finish().await;
        lambda
    });
    assert!(matches!(soon(telemetry.next_batch()).await, Err(TelemetryError::TooLarge { .. })));
    assert_eq!(soon(sending).await.unwrap().reply().await, None);
    until(|| telemetry.queued_bytes() == 0).await;
}

#[tokio::test]
async fn a_connection_in_the_middle_of_a_line_does_not_hold_up_another() {
    let (mut telemetry, mut slow) = listener().await;
    slow.send(&line("slow")[..20]).await;
    until(|| telemetry.queued_bytes() == 20).await;
    let mut quick = Peer::connect(&telemetry).await;
    quick.send(line("quick")).await;
    assert_eq!(next_texts(&mut telemetry, 1).await, ["quick"]);
    slow.send(&line("slow")[20..]).await;
    assert_eq!(next_texts(&mut telemetry, 1).await, ["slow"]);
}

#[tokio::test]
async fn lines_are_read_as_long_as_there_is_any_room() {
    let (mut telemetry, mut lambda) = listener().await;
    let mut bytes = 0;
    for number in 0..500 {
        lambda.send(line(&number.to_string())).await;
        bytes += line(&number.to_string()).len();
        until(|| telemetry.queued_bytes() == bytes).await;
    }
    let expected: Vec<_> = (0..500).map(|number| number.to_string()).collect();
    assert_eq!(next_texts(&mut telemetry, 500).await, expected);
}

#[tokio::test]
async fn the_writer_is_held_up_while_the_memory_is_full_and_nothing_is_lost() {
    const MOST: usize = 64 * 1024 * 1024;
    const PATIENCE: usize = 2_000;

    let (mut telemetry, mut lambda) = listener().await;
    let one = |number: usize| line(&format!("{number:08}{}", "x".repeat(4_000)));
    let (mut number, mut sent, mut rest) = (0, 0, Vec::new());
    let mut waits = 0;
    // Until neither the listener nor the operating system takes any more.
    while waits < PATIENCE {
        if rest.is_empty() {
            rest = one(number).into_bytes();
            number += 1;
        }
        match lambda.stream().try_write(&rest) {
            Ok(length) => {
                rest.drain(..length);
                sent += length;
                waits = 0;
                assert!(sent < MOST, "everything is read although nobody takes anything");
            }
            Err(error) => {
                assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
                waits += 1;
                yield_now().await;
            }
        }
    }
    assert_eq!(telemetry.queued_bytes(), CAPACITY);
    let finishing = tokio::spawn(async move {
        lambda.send(rest).await;
        lambda.finish().await;
        lambda
    });
    let mut numbers: Vec<usize> = Vec::new();
    while numbers.len() < number {
        numbers.extend(
            texts(&taken(&mut telemetry).await).iter().map(|text| text[..8].parse::<usize>().unwrap()),
        );
    }
    assert!(numbers.into_iter().eq(0..number));
    assert_eq!(soon(finishing).await.unwrap().reply().await, None);
    until(|| telemetry.queued_bytes() == 0).await;
}

#[tokio::test]
async fn lines_without_an_end_that_fill_the_memory_together_do_not_stop_the_listener() {
    let (mut telemetry, mut first) = listener().await;
    let mut second = Peer::connect(&telemetry).await;
    first.send("a".repeat(40_000)).await;
    until(|| telemetry.queued_bytes() == 40_000).await;
    second.send("b".repeat(CAPACITY - 40_000)).await;
    until(|| telemetry.queued_bytes() == CAPACITY).await;
    // Neither has an end, so one has to go, and that is told.
    first.send("a".repeat(10)).await;
    let error = soon(telemetry.next_batch()).await.unwrap_err();
    assert!(matches!(error, TelemetryError::TooLarge { bytes: 40_000, .. }), "{error:?}");
    second.send("\n").await;
    assert_eq!(taken(&mut telemetry).await.bytes().len(), CAPACITY - 40_000 + 1);
    first.send("\n".to_owned() + &line("after")).await;
    assert_eq!(next_texts(&mut telemetry, 1).await, ["after"]);
}
