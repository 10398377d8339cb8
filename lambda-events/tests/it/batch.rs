//! Batches: what is handled in which order, and what the answer names. The judge is a small model of an event source mapping
//! (`mapping`), which believes nothing but the answer.

#![expect(clippy::unwrap_used, reason = "what did not happen fails the test")]

use std::{cell::RefCell, future::ready, time::Duration};

use lambda_events::{
    batch::{Batch, Outcome, Unidentified},
    kinesis::{self, Kinesis},
    sqs::{Message, Sqs},
};
use serde_json::{Value, json};

mod answers;
mod mapping;
mod properties;

fn message(id: &str, body: &str) -> Message<'static> {
    Message { message_id: id.to_owned().into(), body: body.to_owned().into(), ..Message::default() }
}

fn in_group(id: &str, group: &str) -> Message<'static> {
    let mut message = message(id, id);
    message.attributes.message_group_id = Some(group.to_owned().into());
    message.attributes.sequence_number = Some(id.to_owned().into());
    message
}

fn sqs(records: impl IntoIterator<Item = Message<'static>>) -> Sqs<'static> {
    Sqs { records: records.into_iter().collect(), ..Sqs::default() }
}

fn kinesis(ids: &[&'static str]) -> Kinesis<'static> {
    let record = |id: &&'static str| {
        let mut record = kinesis::Record::default();
        record.kinesis.sequence_number = (*id).into();
        record
    };
    Kinesis { records: ids.iter().map(record).collect(), ..Kinesis::default() }
}

/// Fails where the body says so, and panics where it says that.
async fn as_it_says(message: &Message<'_>) -> Result<(), String> {
    match message.body.as_str() {
        "panic" => panic!("asked for"),
        "fail" => Err("asked for".to_owned()),
        _ => Ok(()),
    }
}

fn failures(response: &impl serde::Serialize) -> Value {
    serde_json::to_value(response).unwrap()["batchItemFailures"].clone()
}

#[tokio::test]
async fn each_record_that_has_failed_or_panicked_is_named() {
    let bodies = [("a", "fine"), ("b", "fail"), ("c", "panic"), ("d", "fine")];
    let event = sqs(bodies.map(|(id, body)| message(id, body)));
    let report = Batch::of(&event).run(as_it_says).await;
    let named = json!([{ "itemIdentifier": "b" }, { "itemIdentifier": "c" }]);
    assert_eq!(failures(&report.response().unwrap()), named);
    assert_eq!(report.to_string(), "4 records: 2 handled, 1 failed, 1 panicked, 0 left");
    let outcomes: Vec<_> = report.records().map(|(_, outcome)| outcome.clone()).collect();
    let asked = || "asked for".to_owned();
    let panicked = Outcome::Panicked(asked());
    assert_eq!(outcomes, [Outcome::Succeeded, Outcome::Failed(asked()), panicked, Outcome::Succeeded]);
}

#[tokio::test]
async fn a_handler_that_panics_before_it_has_a_future_fails_its_record_only() {
    let event = sqs([message("a", ""), message("b", "")]);
    let handler = |message: &Message<'_>| {
        assert!(message.message_id != "a", "not this one");
        ready(Ok::<(), String>(()))
    };
    let report = Batch::of(&event).run(handler).await;
    assert_eq!(failures(&report.response().unwrap()), json!([{ "itemIdentifier": "a" }]));
}

#[tokio::test]
async fn an_event_without_records_is_handled() {
    let report = Batch::of(&sqs([])).run(as_it_says).await;
    assert!(report.is_success());
    assert_eq!(failures(&report.response().unwrap()), json!([]));
}

#[tokio::test(start_paused = true)]
async fn no_more_records_are_handled_at_once_than_was_said() {
    for (concurrency, seconds) in [(0, 12), (1, 12), (3, 4), (5, 3), (50, 1)] {
        let event = sqs((0..12).map(|id| message(&id.to_string(), "")));
        let begin = tokio::time::Instant::now();
        let handler = async |_: &Message<'_>| {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok::<(), String>(())
        };
        let report = Batch::of(&event).concurrency(concurrency).run(handler).await;
        assert!(report.is_success());
        assert_eq!(begin.elapsed(), Duration::from_secs(seconds), "{concurrency}");
    }
}

#[tokio::test]
async fn what_follows_a_failure_in_its_group_is_left_and_other_groups_go_on() {
    let event = sqs([
        in_group("a1", "a"),
        in_group("b1", "b"),
        in_group("a2", "a"),
        in_group("b2", "b"),
        in_group("a3", "a"),
    ]);
    for concurrency in [1, 2, 10] {
        let handled = RefCell::new(Vec::new());
        let handler = |message: &Message<'_>| {
            handled.borrow_mut().push(message.message_id.to_string());
            ready(if message.message_id == "a2" { Err("no") } else { Ok(()) })
        };
        let report = Batch::of(&event).concurrency(concurrency).run(handler).await;
        assert_eq!(
            failures(&report.response().unwrap()),
            json!([{ "itemIdentifier": "a2" }, { "itemIdentifier": "a3" }])
        );
        let mut handled = handled.into_inner();
        handled.sort_unstable();
        assert_eq!(handled, ["a1", "a2", "b1", "b2"]);
    }
}

#[tokio::test]
async fn groups_of_a_standard_queue_have_no_order() {
    let mut records = [in_group("1", "tenant"), in_group("2", "tenant")];
    records.iter_mut().for_each(|message| message.attributes.sequence_number = None);
    let event = sqs(records);
    let handler = |message: &Message<'_>| ready(if message.message_id == "1" { Err("no") } else { Ok(()) });
    let report = Batch::of(&event).run(handler).await;
    assert_eq!(failures(&report.response().unwrap()), json!([{ "itemIdentifier": "1" }]));
}

#[tokio::test]
async fn of_a_shard_the_first_failure_is_named_and_nothing_after_it_is_handled() {
    let event = kinesis(&["49", "50", "51", "52"]);
    let handled = RefCell::new(Vec::new());
    let handler = |record: &kinesis::Record<'_>| {
        let id = record.kinesis.sequence_number.to_string();
        let result = if id == "50" { Err("no") } else { Ok(()) };
        handled.borrow_mut().push(id);
        ready(result)
    };
    let report = Batch::of(&event).concurrency(8).run(handler).await;
    assert_eq!(failures(&report.response().unwrap()), json!([{ "itemIdentifier": "50" }]));
    assert_eq!(*handled.borrow(), ["49", "50"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_finished_at_the_deadline_has_failed() {
    let event = sqs(["1", "2", "300", "4", "500"].map(|seconds| message(seconds, seconds)));
    let handler = async |message: &Message<'_>| {
        tokio::time::sleep(Duration::from_secs(message.body.parse().unwrap())).await;
        Ok::<(), String>(())
    };
    let begin = tokio::time::Instant::now();
    let deadline = tokio::time::sleep(Duration::from_secs(10));
    let report = Batch::of(&event).concurrency(2).until(deadline).run(handler).await;
    assert_eq!(begin.elapsed(), Duration::from_secs(10));
    assert_eq!(
        failures(&report.response().unwrap()),
        json!([{ "itemIdentifier": "300" }, { "itemIdentifier": "500" }])
    );
    assert_eq!(report.to_string(), "5 records: 3 handled, 0 failed, 0 panicked, 2 left");
}

#[tokio::test]
async fn a_failure_without_an_id_is_an_error_and_a_success_without_one_is_none() {
    let event = sqs([message("", "fine"), message("a", "fail")]);
    let report = Batch::of(&event).run(as_it_says).await;
    assert_eq!(failures(&report.response().unwrap()), json!([{ "itemIdentifier": "a" }]));
    let event = sqs([message("a", "fail"), message("", "fail")]);
    let report = Batch::of(&event).run(as_it_says).await;
    assert_eq!(report.response().unwrap_err(), Unidentified { place: 1 });
}

#[tokio::test]
async fn an_id_that_comes_twice_is_named_once() {
    let event = sqs([message("a", "fail"), message("a", "fail"), message("b", "fine")]);
    let report = Batch::of(&event).run(as_it_says).await;
    assert_eq!(failures(&report.response().unwrap()), json!([{ "itemIdentifier": "a" }]));
}

#[tokio::test]
async fn of_each_partition_the_first_failure_is_named_by_its_place() {
    use lambda_events::kafka::{Kafka, Record};

    let record = |partition: i64, offset: i64| Record {
        topic: "orders".into(),
        partition: partition.into(),
        offset: offset.into(),
        ..Record::default()
    };
    let records = [
        ("orders-0", (0..4).map(|at| record(0, at)).collect()),
        ("orders-1", (7..9).map(|at| record(1, at)).collect()),
    ];
    let event = Kafka { records: records.into_iter().collect(), ..Kafka::default() };
    let handler = |record: &Record<'_>| {
        let fails =
            (record.partition == 0 && record.offset >= 2) || (record.partition == 1 && record.offset == 7);
        ready(if fails { Err("no") } else { Ok(()) })
    };
    let report = Batch::of(&event).concurrency(4).run(handler).await;
    let places = json!([
        { "itemIdentifier": { "partition": "orders-0", "offset": 2 } },
        { "itemIdentifier": { "partition": "orders-1", "offset": 7 } },
    ]);
    assert_eq!(failures(&report.response().unwrap()), places);
    assert_eq!(report.to_string(), "6 records: 2 handled, 2 failed, 0 panicked, 2 left");
}
