//! Queues under failures: nothing is lost, and the order of groups is kept.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use mock_server::{Mapping, MockLambda};
use serde_json::{Value, json};
use tokio::{sync::watch, time::Instant};

use super::{Dice, HIDDEN, failures, problems, records, soon, stand_in, text, worker};
use crate::{check::say, stand_in::StandIn};

const MESSAGES: usize = 1_000;
/// Messages that no function has seen yet, at most.
const WAITING: usize = 30;

/// Gives the URL of a new queue.
pub(super) async fn create(stand_in: &mut StandIn, name: &str, mut attributes: Value) -> String {
    attributes["VisibilityTimeout"] = HIDDEN.as_secs().to_string().into();
    let arguments = json!({ "QueueName": name, "Attributes": attributes });
    text(&stand_in.call("sqs", "create_queue", arguments).await["QueueUrl"])
}

/// Sends messages, ten at a time, with what makes an entry of each text.
pub(super) async fn send(
    stand_in: &mut StandIn,
    url: &str,
    bodies: impl IntoIterator<Item = String>,
    entry: impl Fn(&str) -> Value,
) {
    let bodies: Vec<_> = bodies.into_iter().collect();
    for ten in bodies.chunks(10) {
        let entries = ten.iter().enumerate().map(|(number, body)| {
            let mut entry = entry(body);
            entry["Id"] = number.to_string().into();
            entry["MessageBody"] = body.as_str().into();
            entry
        });
        let arguments = json!({ "QueueUrl": url, "Entries": entries.collect::<Vec<_>>() });
        let sent = stand_in.call("sqs", "send_message_batch", arguments).await;
        assert_eq!(sent["Successful"].as_array().unwrap().len(), ten.len(), "{sent}");
    }
}

/// Takes up to ten messages out of a queue; waits a second for the first.
async fn take(stand_in: &mut StandIn, url: &str) -> Vec<String> {
    let arguments = json!({ "QueueUrl": url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 1 });
    let received = stand_in.call("sqs", "receive_message", arguments).await;
    let messages = received["Messages"].as_array().cloned().unwrap_or_default();
    for message in &messages {
        let arguments = json!({ "QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"] });
        stand_in.call("sqs", "delete_message", arguments).await;
    }
    messages.iter().map(|message| text(&message["Body"])).collect()
}

/// Waits until there is no message in a queue, neither one to receive nor one in flight.
pub(super) async fn emptied(stand_in: &mut StandIn, url: &str) {
    let arguments = json!({ "QueueUrl": url, "AttributeNames": ["All"] });
    loop {
        let answer = stand_in.call("sqs", "get_queue_attributes", arguments.clone()).await;
        let count = |name: &str| text(&answer["Attributes"][name]);
        let counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"].map(count);
        if counts == ["0", "0"] {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_1000_messages_in_a_real_queue_each_is_processed_or_a_dead_letter() {
    let Some(mut stand_in) = stand_in().await else { return };
    let dead = create(&mut stand_in, "dead", json!({})).await;
    let redrive =
        json!({ "deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:dead", "maxReceiveCount": 3 });
    let redrive = json!({ "RedrivePolicy": redrive.to_string() });
    let orders = create(&mut stand_in, "orders", redrive).await;
    let all: BTreeSet<_> = (0..MESSAGES).map(|number| number.to_string()).collect();

    let began = Instant::now();
    let processed = Arc::new(Mutex::new(BTreeMap::<String, u32>::new()));
    let (count, seen) = watch::channel(BTreeSet::new());
    let (noted, dice) = (Arc::clone(&processed), Dice::new(17));
    let mock = MockLambda::new();
    let function = worker(&mock, move |event| {
        count.send_modify(|seen| seen.extend(records(event).iter().map(|record| text(&record["body"]))));
        if dice.roll(10) == 0 {
            return Err(());
        }
        let (failed, fine): (Vec<_>, Vec<_>) = records(event).iter().partition(|_| dice.roll(3) == 0);
        for record in fine {
            *noted.lock().unwrap().entry(text(&record["body"])).or_default() += 1;
        }
        Ok(failures(failed.into_iter().map(|record| text(&record["messageId"]))))
    });
    let queue = mock.connect_queue(&orders).await.unwrap();
    assert_eq!(queue.arn(), "arn:aws:sqs:us-east-1:123456789012:orders");
    function.map_source(&queue, Mapping::new().report_item_failures()).unwrap();

    // The stand-in takes the longer for a message the more there are, so not all are sent at once.
    for (sent, ten) in all.iter().cloned().collect::<Vec<_>>().chunks(10).enumerate() {
        soon(seen.clone().wait_for(|seen| sent * 10 < seen.len() + WAITING)).await.unwrap();
        send(&mut stand_in, &orders, ten.iter().cloned(), |_| json!({})).await;
    }
    let mut letters = BTreeSet::new();
    let is_over = |letters: &BTreeSet<String>| {
        let processed = processed.lock().unwrap();
        all.iter().all(|body| processed.contains_key(body) || letters.contains(body))
    };
    soon(async {
        while !is_over(&letters) {
            for body in take(&mut stand_in, &dead).await {
                assert!(letters.insert(body.clone()), "{body} is a dead letter twice");
            }
        }
        emptied(&mut stand_in, &orders).await;
        letters.extend(take(&mut stand_in, &dead).await);
    })
    .await;
    let processed = processed.lock().unwrap();
    let problems = problems(&mock);
    let both: Vec<_> = letters.iter().filter(|body| processed.contains_key(*body)).collect();
    say(&format!(
        "of {MESSAGES} messages in a real queue {} are processed ({} more than once), {} dead letters, {} both, {} problems of the queue's, in {:?}",
        processed.len(),
        processed.values().filter(|&&times| times > 1).count(),
        letters.len(),
        both.len(),
        problems.len(),
        began.elapsed(),
    ));
    assert!(letters.is_subset(&all) && processed.keys().all(|body| all.contains(body)));
    assert_eq!(processed.len() + letters.len() - both.len(), MESSAGES);
    assert!(letters.len() > 10, "{letters:?}");
    // At least once: what is deleted too late has become visible before, and that is told.
    let is_late = problems.iter().any(|problem| problem.contains("not deleted"));
    assert!(is_late || both.is_empty(), "{both:?} {problems:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_of_a_real_fifo_queue_keeps_its_order_when_messages_fail() {
    const GROUPS: usize = 4;
    const EACH: usize = 12;
    /// The stand-in looks again at which groups are in flight only when a message comes back; this one does so until all
    /// others are processed.
    const METRONOME: &str = "metronome/0";

    // The stand-in mixes up messages of one group that come back together, so only the last of a group in a batch fails. That
    // all may fail is tested in `tests/it/mapping`.
    let Some(mut stand_in) = stand_in().await else { return };
    let attributes = json!({ "FifoQueue": "true", "ContentBasedDeduplication": "true" });
    let orders = create(&mut stand_in, "orders.fifo", attributes).await;
    let all = (0..EACH).flat_map(|number| (0..GROUPS).map(move |group| format!("{group}/{number}")));
    let all = std::iter::once(METRONOME.to_owned()).chain(all);
    send(&mut stand_in, &orders, all, |body| json!({ "MessageGroupId": body.split('/').next() })).await;

    let began = Instant::now();
    let processed = Arc::new(Mutex::new(BTreeMap::<String, Vec<usize>>::new()));
    let failed_at_all = Arc::new(Mutex::new(0));
    let (noted, counted, dice) = (Arc::clone(&processed), Arc::clone(&failed_at_all), Dice::new(5));
    let mock = MockLambda::new();
    let function = worker(&mock, move |event| {
        let mut processed = noted.lock().unwrap();
        let is_over = processed.values().map(Vec::len).sum::<usize>() == GROUPS * EACH;
        let bodies: Vec<_> = records(event).iter().map(|record| text(&record["body"])).collect();
        let group = |at: usize| bodies[at].split('/').next().unwrap();
        let mut failed = Vec::new();
        for (at, record) in records(event).iter().enumerate() {
            let is_last = !(at + 1..bodies.len()).any(|later| group(later) == group(at));
            let fails = if bodies[at] == METRONOME { !is_over } else { is_last && dice.roll(3) == 0 };
            if fails {
                failed.push(text(&record["messageId"]));
                *counted.lock().unwrap() += usize::from(bodies[at] != METRONOME);
            } else if bodies[at] != METRONOME {
                let number = bodies[at].rsplit('/').next().unwrap().parse().unwrap();
                processed.entry(group(at).to_owned()).or_default().push(number);
            }
        }
        Ok(failures(failed))
    });
    let queue = mock.connect_queue(&orders).await.unwrap();
    function.map_source(&queue, Mapping::new().report_item_failures()).unwrap();
    soon(emptied(&mut stand_in, &orders)).await;
    let failed = *failed_at_all.lock().unwrap();
    say(&format!(
        "{GROUPS} groups of {EACH} messages in a real FIFO queue, {failed} failures, in {:?}",
        began.elapsed()
    ));
    assert!(failed > 5, "{failed}");
    let processed = processed.lock().unwrap();
    assert_eq!(processed.len(), GROUPS);
    for (group, numbers) in &*processed {
        assert!(numbers.iter().copied().eq(0..EACH), "{group}: {numbers:?}");
    }
}
