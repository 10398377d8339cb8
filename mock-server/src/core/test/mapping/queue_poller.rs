//! The poller of a queue: when a batch is invoked, what becomes of its messages, and how many batches there are at once.

use super::{QUEUE, function_error, items, millis, noon, queue_scene::QueueScene, response, secs};
use crate::core::mapping::{
    BatchAnswer, BatchId, Configuration, Counts, Failure, Filter, Filtered, Flush, MessageQueue, NewMessage,
    Note, QueueForm, QueuePoller, QueuePollerEffect, QueueSettings, QueueSource, Redrive, SourceKind,
};

fn fifo() -> QueueSettings {
    QueueSettings { form: QueueForm::Fifo, ..QueueSettings::default() }
}

fn of(batch_size: i64, window: i64) -> Configuration {
    Configuration {
        batch_size: Some(batch_size),
        maximum_batching_window_in_seconds: Some(window),
        ..Configuration::default()
    }
}

#[test]
fn without_a_window_a_batch_is_what_is_there() {
    let mut scene = QueueScene::new(QueueSettings::default(), &of(2, 0));
    scene.send_one(None);
    scene.settle();
    assert_eq!((scene.all_bodies(), scene.batch().because), (vec![vec!["0".to_owned()]], Flush::Available));
    for _ in 0..3 {
        scene.send_one(None);
    }
    scene.settle();
    assert_eq!(scene.all_bodies(), [vec!["0"], vec!["1", "2"], vec!["3"]]);
    assert_eq!(scene.running[&BatchId(1)].because, Flush::Size);
}

#[test]
fn a_batch_is_gathered_for_as_long_as_the_window_and_no_longer() {
    let mut scene = QueueScene::new(QueueSettings::default(), &of(100, 5));
    scene.send(1, None);
    scene.wait(secs(3));
    scene.send(1, None);
    assert!(scene.running.is_empty());
    scene.wait(secs(2) - millis(1));
    assert!(scene.running.is_empty());
    scene.wait(millis(1));
    assert_eq!(scene.all_bodies(), [["0", "1"]]);
    assert_eq!(scene.batch().because, Flush::Window);
}

#[test]
fn a_full_batch_does_not_wait_for_the_window() {
    let mut scene = QueueScene::new(QueueSettings::default(), &of(12, 300));
    scene.send(11, None);
    assert!(scene.running.is_empty());
    scene.send(3, None);
    assert_eq!((scene.batch().records.len(), scene.batch().because), (12, Flush::Size));
}

#[test]
fn an_event_is_never_longer_than_six_megabytes() {
    let settings = of(100, 5).check(SourceKind::StandardQueue).unwrap();
    let source = QueueSource { arn: QUEUE.to_owned() };
    let mut poller = QueuePoller::new(noon(), source, settings, None);
    let mut queue = MessageQueue::new(QUEUE, QueueSettings::default(), 1);
    for _ in 0..10 {
        let body = "x".repeat(1_000_000);
        queue.send(noon(), NewMessage { body, ..NewMessage::default() }).unwrap();
    }
    poller.received(noon(), queue.receive(noon(), 10, None));
    let batches = std::iter::from_fn(|| poller.poll_effect()).filter_map(|effect| match effect {
        QueuePollerEffect::Invoke(batch) => Some((batch.records.len(), batch.payload.len(), batch.because)),
        _ => None,
    });
    let batches: Vec<_> = batches.collect();
    let [(6, bytes, Flush::Payload)] = batches[..] else { panic!("{batches:?}") };
    assert!(bytes <= lambda_api::limits::SYNC_PAYLOAD_BYTES, "{bytes}");
}

#[test]
fn a_failed_batch_comes_again_when_its_messages_are_visible_again() {
    let mut scene = QueueScene::new(QueueSettings::default(), &of(10, 0));
    scene.send(1, None);
    scene.wait(secs(1));
    scene.answer(scene.batch().id, function_error());
    scene.wait(secs(29) - millis(1));
    assert!(scene.running.is_empty());
    scene.wait(millis(1));
    let event: serde_json::Value = serde_json::from_slice(&scene.batch().payload).unwrap();
    assert_eq!(event["Records"][0]["attributes"]["ApproximateReceiveCount"], "2");
}

#[test]
fn a_message_that_always_fails_goes_to_the_dead_letters() {
    let redrive = Some(Redrive { maximum_receives: 3 });
    let mut scene = QueueScene::new(QueueSettings { redrive, ..QueueSettings::default() }, &of(10, 0));
    scene.send(1, None);
    for _ in 0..3 {
        scene.answer(scene.batch().id, function_error());
        scene.wait(secs(30));
    }
    assert!(scene.running.is_empty());
    assert_eq!(scene.queue.counts(), Counts { dead_lettered: 1, ..Counts::default() });
    assert_eq!(scene.dead.counts(), Counts { visible: 1, ..Counts::default() });
    let now = scene.now;
    let message = &scene.dead.receive(now, 1, None)[0];
    assert_eq!((message.body.as_str(), message.dead_letter_source.as_deref()), ("0", Some(QUEUE)));
}

#[test]
fn a_throttled_batch_is_tried_again_for_as_long_as_its_messages_are_hidden() {
    let mut scene = QueueScene::new(QueueSettings::default(), &of(10, 0));
    scene.send(1, None);
    let (id, mut waits) = (scene.batch().id, Vec::new());
    for _ in 0..5 {
        let since = scene.now;
        scene.answer(id, BatchAnswer::Throttled);
        while !scene.running.contains_key(&id) && scene.now.since(since) < secs(40) {
            scene.wait(secs(1));
        }
        waits.push(scene.now.since(since).as_secs());
    }
    // Another wait of 16 seconds would have been too long; then it comes as another batch, or so it would.
    assert_eq!(waits[..4], [1, 2, 4, 8]);
    assert!(
        matches!(scene.notes.last(), Some(Note::Returned { why: Failure::Throttled, .. })),
        "{:?}",
        scene.notes
    );
    assert_eq!(scene.batch().id, BatchId(1));
    let event: serde_json::Value = serde_json::from_slice(&scene.batch().payload).unwrap();
    assert_eq!(event["Records"][0]["attributes"]["ApproximateReceiveCount"], "2");
}

#[test]
fn messages_that_could_be_received_again_are_not_given_to_the_function() {
    let queue = QueueSettings { visibility_timeout: secs(2), ..QueueSettings::default() };
    let mut scene = QueueScene::new(queue, &of(100, 5));
    scene.send(1, None);
    scene.wait(secs(4));
    scene.send(1, None);
    scene.wait(secs(1));
    let event: serde_json::Value = serde_json::from_slice(&scene.batch().payload).unwrap();
    // It was received twice in the meantime, and is in the batch once.
    assert_eq!(scene.bodies(&scene.batch()), ["0", "1"]);
    assert_eq!(event["Records"][0]["attributes"]["ApproximateReceiveCount"], "3");
    assert!(matches!(scene.notes[0], Note::Lapsed { .. }));
}

#[test]
fn messages_that_have_waited_for_other_batches_for_too_long_are_let_go() {
    let configuration = Configuration { maximum_concurrency: Some(2), ..of(10, 1) };
    let settings = configuration.check(SourceKind::StandardQueue).unwrap();
    let source = QueueSource { arn: QUEUE.to_owned() };
    let mut poller = QueuePoller::new(noon(), source, settings, None);
    let mut queue = MessageQueue::new(QUEUE, QueueSettings::default(), 1);
    let mut send = |body: &str| {
        queue.send(noon(), NewMessage { body: body.to_owned(), ..NewMessage::default() }).unwrap();
        queue.receive(noon(), 1, None).remove(0)
    };
    let small = send("small");
    let large: Vec<_> = (0..10).map(|_| send(&"x".repeat(1_000_000))).collect();
    poller.received(noon(), vec![small]);
    poller.handle_timeout(noon() + secs(1));
    poller.received(noon() + secs(1), large);
    // Six of them are the second batch, and there may be no third.
    poller.handle_timeout(noon() + secs(2));
    assert_eq!(poller.in_flight(), 2);
    while poller.poll_effect().is_some() {}
    poller.answered(noon() + secs(30), BatchId(0), response("null"));
    let effects: Vec<_> = std::iter::from_fn(|| poller.poll_effect()).collect();
    let [QueuePollerEffect::Delete { .. }, lapsed, QueuePollerEffect::Receive { .. }] = &effects[..] else {
        panic!("{effects:?}")
    };
    let QueuePollerEffect::Note(Note::Lapsed { records }) = lapsed else { panic!("{lapsed:?}") };
    assert_eq!(records.len(), 4);
}

#[test]
fn nothing_is_added_while_a_batch_is_throttled() {
    let mut scene = QueueScene::new(QueueSettings::default(), &of(1, 0));
    for _ in 0..20 {
        scene.send_one(None);
    }
    scene.settle();
    for expected in [2, 1, 1, 1, 1] {
        let id = scene.batch().id;
        scene.answer(id, BatchAnswer::Throttled);
        assert_eq!(scene.poller.concurrency(), expected);
    }
    scene.wait(secs(1) - millis(1));
    assert_eq!(scene.poller.concurrency(), 1);
    // All of them are let in at last.
    scene.wait(millis(1));
    assert_eq!((scene.running.len(), scene.poller.concurrency()), (5, 1));
    scene.wait(secs(1));
    assert_eq!(scene.poller.concurrency(), 6);
}

#[derive(Debug)]
struct Even;

impl Filter for Even {
    fn matches(&self, record: &Filtered<'_>) -> bool {
        assert!(record.json.contains(r#""eventSource":"aws:sqs""#));
        record.data.is_some_and(|body| body.ends_with(b"0") || body.ends_with(b"2"))
    }
}

#[test]
fn messages_that_no_filter_matches_are_deleted() {
    let mut scene = QueueScene::filtered(QueueSettings::default(), &of(10, 0), Some(Box::new(Even)));
    for _ in 0..4 {
        scene.send_one(None);
    }
    scene.settle();
    assert_eq!(scene.all_bodies(), [["0", "2"]]);
    assert_eq!(scene.queue.counts(), Counts { in_flight: 2, deleted: 2, ..Counts::default() });
    assert!(matches!(&scene.notes[..], [Note::Filtered { records }] if records.len() == 2));
}

#[test]
fn a_group_has_one_batch_at_a_time_and_others_go_on() {
    let mut scene = QueueScene::new(fifo(), &of(2, 0));
    for group in ["a", "a", "a", "b"] {
        scene.send_one(Some(group));
    }
    scene.settle();
    assert_eq!(scene.all_bodies(), [vec!["0", "1"], vec!["3"]]);
    scene.answer(BatchId(0), function_error());
    scene.answer(BatchId(1), response("null"));
    assert!(scene.running.is_empty());
    scene.wait(secs(30));
    assert_eq!(scene.all_bodies(), [["0", "1"]]);
    scene.answer(BatchId(2), response("null"));
    assert_eq!(scene.all_bodies(), [["2"]]);
}

#[test]
fn a_message_of_a_group_that_has_failed_comes_before_those_behind_it() {
    let configuration = Configuration { report_batch_item_failures: true, ..of(2, 0) };
    let mut scene = QueueScene::new(fifo(), &configuration);
    for _ in 0..3 {
        scene.send_one(Some("a"));
    }
    scene.settle();
    let batch = scene.batch();
    scene.answer(batch.id, items(&batch.records[1..]));
    scene.wait(secs(30));
    assert_eq!(scene.all_bodies(), [["1", "2"]]);
}

#[test]
fn there_are_five_batches_at_once_to_begin_with_and_three_hundred_more_after_a_minute() {
    let mut scene = QueueScene::new(QueueSettings::default(), &of(1, 0));
    for _ in 0..2_000 {
        scene.send_one(None);
    }
    scene.settle();
    assert_eq!(scene.running.len(), 5);
    scene.wait(secs(1));
    assert_eq!(scene.running.len(), 10);
    scene.wait(secs(28));
    assert_eq!((scene.running.len(), scene.poller.in_flight()), (150, 150));
    let queue = QueueSettings { visibility_timeout: secs(3_600), ..QueueSettings::default() };
    let mut scene = QueueScene::new(queue, &of(1, 0));
    for _ in 0..2_000 {
        scene.send_one(None);
    }
    scene.settle();
    scene.wait(secs(60));
    assert_eq!(scene.running.len(), 305);
    scene.wait(secs(600));
    assert_eq!(scene.running.len(), 1_250);
}

#[test]
fn concurrency_is_no_greater_than_is_configured() {
    let configuration = Configuration { maximum_concurrency: Some(2), ..of(1, 0) };
    for (queue, group) in [(QueueSettings::default(), false), (fifo(), true)] {
        let mut scene = QueueScene::new(queue, &configuration);
        for group_of_one in 0..9 {
            let name = group_of_one.to_string();
            scene.send_one(group.then_some(name.as_str()));
        }
        scene.settle();
        assert_eq!(scene.running.len(), 2);
        scene.answer(BatchId(0), response("null"));
        scene.wait(secs(20));
        assert_eq!((scene.running.len(), scene.poller.concurrency()), (2, 2));
    }
}

#[test]
fn function_errors_and_throttles_take_concurrency_and_successes_bring_it_back() {
    let mut scene = QueueScene::new(QueueSettings::default(), &of(1, 0));
    for _ in 0..20 {
        scene.send_one(None);
    }
    scene.settle();
    scene.answer(BatchId(0), function_error());
    assert_eq!(scene.poller.concurrency(), 2);
    assert!(scene.notes.contains(&Note::Concurrency { limit: 2 }));
    scene.answer(BatchId(1), BatchAnswer::Throttled);
    assert_eq!(scene.poller.concurrency(), 1);
    scene.answer(BatchId(2), function_error());
    assert_eq!(scene.poller.concurrency(), 1);
    for expected in [2, 3] {
        let id = scene.batch().id;
        scene.answer(id, response("null"));
        assert_eq!(scene.poller.concurrency(), expected);
    }
}

#[test]
fn whoever_reports_failures_is_not_slowed_down_by_errors() {
    let configuration = Configuration { report_batch_item_failures: true, ..of(1, 0) };
    let mut scene = QueueScene::new(QueueSettings::default(), &configuration);
    scene.send(5, None);
    scene.answer(BatchId(0), function_error());
    assert_eq!(scene.poller.concurrency(), 5);
    scene.answer(BatchId(1), BatchAnswer::Throttled);
    assert_eq!(scene.poller.concurrency(), 2);
}

#[test]
fn a_disabled_poller_leaves_messages_alone_until_it_is_enabled() {
    let configuration = Configuration { enabled: Some(false), ..of(10, 0) };
    let mut scene = QueueScene::new(QueueSettings::default(), &configuration);
    scene.send(1, None);
    scene.wait(secs(60));
    assert_eq!(scene.queue.counts(), Counts { visible: 1, ..Counts::default() });
    assert_eq!(scene.poller.poll_timeout(), None);
    scene.poller.enable(scene.now);
    scene.settle();
    assert_eq!(scene.all_bodies(), [["0"]]);
    scene.poller.disable(scene.now);
    // What it has begun it finishes.
    scene.answer(BatchId(0), response("null"));
    assert_eq!(scene.queue.counts(), Counts { deleted: 1, ..Counts::default() });
}

#[test]
fn what_was_gathered_when_a_poller_is_disabled_stays_in_the_queue() {
    let mut scene = QueueScene::new(QueueSettings::default(), &of(10, 5));
    scene.send(1, None);
    scene.poller.disable(scene.now);
    scene.wait(secs(40));
    assert!(matches!(&scene.notes[..], [Note::Lapsed { records }] if records.len() == 1));
    // The one receive that was under way.
    scene.send(1, None);
    scene.wait(secs(60));
    assert!(scene.running.is_empty());
    assert_eq!(scene.queue.counts(), Counts { visible: 2, ..Counts::default() });
}

#[test]
fn a_queue_that_cannot_be_asked_is_asked_again_a_little_later() {
    let settings = of(10, 0).check(SourceKind::StandardQueue).unwrap();
    let source = QueueSource { arn: QUEUE.to_owned() };
    let mut poller = QueuePoller::new(noon(), source, settings, None);
    let ask = Some(QueuePollerEffect::Receive { at_most: 10, wait: secs(20) });
    assert_eq!(poller.poll_effect(), ask);
    poller.receive_failed(noon());
    assert_eq!((poller.poll_effect(), poller.poll_timeout()), (None, Some(noon() + secs(1))));
    poller.handle_timeout(noon() + millis(999));
    assert_eq!(poller.poll_effect(), None);
    poller.handle_timeout(noon() + secs(1));
    assert_eq!((poller.poll_effect(), poller.poll_timeout()), (ask, None));
}

#[test]
fn an_answer_about_a_batch_that_is_not_running_changes_nothing() {
    let mut scene = QueueScene::new(QueueSettings::default(), &of(10, 0));
    scene.send(1, None);
    scene.answer(BatchId(0), BatchAnswer::Throttled);
    let before = format!("{:?}", scene.poller);
    scene.poller.answered(scene.now, BatchId(0), response("null"));
    scene.poller.answered(scene.now, BatchId(7), response("null"));
    assert_eq!(format!("{:?}", scene.poller), before);
}
