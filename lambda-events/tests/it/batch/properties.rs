//! Batches of any kind, with any failures, until all is handled: nothing is lost, nothing is handled out of order, and of a
//! standard queue nothing that was handled comes again.

use std::{cell::RefCell, collections::BTreeMap};

use lambda_events::{
    batch::Batch,
    kinesis::{self, Kinesis},
    sqs::Message,
};
use proptest::prelude::*;

use super::{
    in_group,
    mapping::{Kind, comes_again},
    message, sqs,
};

/// A record: its group, and how often it fails before it succeeds. One that fails may panic.
#[derive(Clone, Debug)]
struct Record {
    group: usize,
    fails: u32,
    panics: bool,
}

fn records() -> impl Strategy<Value = Vec<Record>> {
    let record = (0_usize..4, prop_oneof![4 => Just(0_u32), 2 => 1_u32..3], any::<bool>());
    let record = record.prop_map(|(group, fails, panics)| Record { group, fails, panics });
    prop::collection::vec(record, 0..16)
}

/// Handles the records that are left until none is, at most so often as failures allow; gives the order in which places were
/// handled with success.
fn deliver(
    kind: Kind,
    records: &[Record],
    mut handle: impl FnMut(&[usize], &RefCell<Vec<usize>>, &dyn Fn(usize) -> Result<(), ()>) -> serde_json::Value,
) -> (Vec<usize>, u32) {
    let handled = RefCell::new(Vec::new());
    let attempts = RefCell::new(BTreeMap::<usize, u32>::new());
    let mut left: Vec<usize> = (0..records.len()).collect();
    let mut deliveries = 0;
    while !left.is_empty() {
        deliveries += 1;
        assert!(deliveries <= 64, "it does not end");
        let run = |place: usize| {
            let mut attempts = attempts.borrow_mut();
            let attempt = attempts.entry(place).or_default();
            *attempt += 1;
            if *attempt > records[place].fails {
                return Ok(());
            }
            drop(attempts);
            if records[place].panics { panic!("record {place}") } else { Err(()) }
        };
        let answer = handle(&left, &handled, &run);
        let ids: Vec<_> = left.iter().map(|place| format!("id-{place}")).collect();
        let ids: Vec<_> = ids.iter().map(String::as_str).collect();
        left = comes_again(kind, &ids, &answer).into_iter().map(|at| left[at]).collect();
    }
    (handled.into_inner(), deliveries)
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn place(id: &str) -> usize {
    id.strip_prefix("id-").unwrap().parse().unwrap()
}

fn of_queue(is_fifo: bool, records: &[Record], concurrency: usize) -> (Vec<usize>, u32) {
    deliver(Kind::Queue, records, |left, handled, run| {
        let record = |&place: &usize| {
            let id = format!("id-{place}");
            if is_fifo { in_group(&id, &records[place].group.to_string()) } else { message(&id, "") }
        };
        let event = sqs(left.iter().map(record));
        let handler = async |message: &Message<'_>| {
            let place = place(&message.message_id);
            // Others have their turn.
            tokio::task::yield_now().await;
            run(place)?;
            handled.borrow_mut().push(place);
            Ok::<(), ()>(())
        };
        let report = block_on(Batch::of(&event).concurrency(concurrency).run(handler));
        serde_json::to_value(report.response().unwrap()).unwrap()
    })
}

proptest! {
    #[test]
    fn a_standard_queue_gets_back_what_has_failed_and_nothing_else(records in records(), concurrency in 1_usize..6) {
        let (handled, deliveries) = of_queue(false, &records, concurrency);
        let mut sorted = handled.clone();
        sorted.sort_unstable();
        prop_assert_eq!(sorted, (0..records.len()).collect::<Vec<_>>());
        let most = records.iter().map(|record| record.fails).max();
        prop_assert_eq!(deliveries, most.map_or(0, |fails| fails + 1));
    }

    #[test]
    fn groups_are_handled_in_order_and_each_message_once(records in records(), concurrency in 1_usize..6) {
        let (handled, _) = of_queue(true, &records, concurrency);
        for group in 0..4 {
            let of_group = |place: &usize| records[*place].group == group;
            let expected: Vec<_> = (0..records.len()).filter(of_group).collect();
            prop_assert_eq!(handled.iter().copied().filter(of_group).collect::<Vec<_>>(), expected);
        }
        prop_assert_eq!(handled.len(), records.len());
    }

    #[test]
    fn a_shard_is_handled_in_order_and_each_record_once(records in records(), concurrency in 1_usize..6) {
        let (handled, _) = deliver(Kind::Stream, &records, |left, handled, run| {
            let record = |place: &usize| {
                let mut record = kinesis::Record::default();
                record.kinesis.sequence_number = format!("id-{place}").into();
                record
            };
            let event = Kinesis { records: left.iter().map(record).collect(), ..Kinesis::default() };
            let handler = async |record: &kinesis::Record<'_>| {
                let place = place(&record.kinesis.sequence_number);
                tokio::task::yield_now().await;
                run(place)?;
                handled.borrow_mut().push(place);
                Ok::<(), ()>(())
            };
            let report = block_on(Batch::of(&event).concurrency(concurrency).run(handler));
            serde_json::to_value(report.response().unwrap()).unwrap()
        });
        prop_assert_eq!(handled, (0..records.len()).collect::<Vec<_>>());
    }
}
