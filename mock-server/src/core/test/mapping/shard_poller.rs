//! The poller of a shard: when it is read, when a batch is invoked, and when it is given up.

use super::{
    function_error, invocation, millis, noon, response, secs,
    shard_scene::{DEAD, SHARD, ShardScene, settings, task},
};
use crate::core::mapping::{
    BatchAnswer, BatchId, Configuration, Content, Failure,
    FailureCondition::{RecordAgeExceeded, RetryAttemptsExhausted},
    Filter, Filtered, Flush, Note, ReadFrom, Reading, SequenceNumber, ShardPoller, ShardPollerEffect,
    ShardTask, SourceKind, StartingPosition, StreamSource,
};

fn of(batch_size: i64, window: i64) -> Configuration {
    Configuration {
        batch_size: Some(batch_size),
        maximum_batching_window_in_seconds: Some(window),
        ..Configuration::default()
    }
}

fn with_destination(configuration: Configuration) -> Configuration {
    Configuration { on_failure: Some(DEAD.to_owned()), ..configuration }
}

#[test]
fn a_shard_of_kinesis_is_read_once_a_second_and_one_of_dynamodb_four_times() {
    let mut scene = ShardScene::new(&Configuration::default());
    scene.wait(secs(3));
    assert_eq!(scene.reads, [0, 1, 2, 3].map(|seconds| noon() + secs(seconds)));
    let source = StreamSource::DynamoDb { arn: "arn:aws:dynamodb:eu-west-1:123456789012:table/t".to_owned() };
    let task = ShardTask { source, ..task(ReadFrom::Start(StartingPosition::TrimHorizon)) };
    let settings = settings(&Configuration::default()).check(SourceKind::DynamoDb).unwrap();
    let mut poller = ShardPoller::new(noon(), task, settings, None);
    assert!(matches!(poller.poll_effect(), Some(ShardPollerEffect::Read { at_most: 100, .. })));
    let next = Some(ReadFrom::Iterator("0".to_owned()));
    poller.received(noon(), Reading { records: Vec::new(), next, is_behind: false });
    assert_eq!(poller.poll_timeout(), Some(noon() + millis(250)));
}

#[test]
fn a_shard_with_more_records_is_read_on_at_once() {
    let mut scene = ShardScene::new(&of(2, 0));
    scene.put(5, "key");
    scene.wait(secs(1));
    for expected in [vec!["0", "1"], vec!["2", "3"], vec!["4"]] {
        assert_eq!(scene.all_named(), [expected]);
        scene.answer(scene.batch().id, response("null"));
    }
    // The last reading was to the end.
    assert_eq!(scene.reads.last(), Some(&scene.now));
    assert_eq!(scene.checkpoint(), Some("4"));
}

#[test]
fn a_stream_that_says_that_there_is_more_but_has_nothing_is_asked_in_its_time() {
    let settings = settings(&of(10, 0)).check(SourceKind::Kinesis).unwrap();
    let start = ReadFrom::Start(StartingPosition::TrimHorizon);
    let mut poller = ShardPoller::new(noon(), task(start), settings, None);
    poller.poll_effect();
    let next = ReadFrom::Iterator("7".to_owned());
    poller.received(noon(), Reading { records: Vec::new(), next: Some(next.clone()), is_behind: true });
    assert_eq!((poller.poll_effect(), poller.poll_timeout()), (None, Some(noon() + secs(1))));
    poller.handle_timeout(noon() + secs(1));
    let again = Some(ShardPollerEffect::Read { from: next, at_most: 10 });
    assert_eq!(poller.poll_effect(), again);
    poller.read_failed(noon() + secs(1));
    assert_eq!((poller.poll_effect(), poller.poll_timeout()), (None, Some(noon() + secs(2))));
    poller.handle_timeout(noon() + secs(2));
    assert_eq!(poller.poll_effect(), again);
}

#[test]
fn a_batch_is_gathered_for_as_long_as_the_window_and_no_longer() {
    let mut scene = ShardScene::new(&of(100, 5));
    scene.put(1, "key");
    scene.wait(secs(3));
    scene.put(1, "key");
    scene.wait(secs(3) - millis(1));
    assert!(scene.running.is_empty());
    scene.wait(millis(1));
    assert_eq!(scene.all_named(), [["0", "1"]]);
    assert_eq!(scene.batch().because, Flush::Window);
}

#[test]
fn a_full_batch_does_not_wait_for_the_window() {
    let mut scene = ShardScene::new(&of(3, 300));
    scene.put(4, "key");
    scene.wait(secs(1));
    assert_eq!(
        (scene.all_named(), scene.batch().because),
        (vec![["0", "1", "2"].map(str::to_owned).to_vec()], Flush::Size)
    );
}

#[test]
fn an_event_is_never_longer_than_six_megabytes() {
    let mut scene = ShardScene::new(&of(100, 300));
    for _ in 0..8 {
        let content = Content::Kinesis { partition_key: "k".to_owned(), data: vec![0; 1_000_000].into() };
        scene.stream.put(scene.now, SHARD, content).unwrap();
    }
    scene.wait(secs(1));
    // A third more in base64.
    let batch = scene.batch();
    assert_eq!((batch.records.len(), batch.because), (4, Flush::Payload));
    assert!(batch.payload.len() <= lambda_api::limits::SYNC_PAYLOAD_BYTES);
}

#[test]
fn what_comes_behind_a_failed_batch_waits() {
    let mut scene = ShardScene::new(&of(2, 0));
    scene.put(4, "key");
    scene.wait(secs(1));
    for _ in 0..5 {
        scene.answer_and_wait(function_error());
        assert_eq!(scene.all_named(), [["0", "1"]]);
    }
    assert_eq!((scene.checkpoint(), scene.poller.in_flight()), (None, 1));
    assert_eq!(scene.batch().because, Flush::Retry);
    scene.answer(scene.batch().id, response("null"));
    assert_eq!(
        (scene.checkpoint(), scene.all_named()),
        (Some("1"), vec![["2", "3"].map(str::to_owned).to_vec()])
    );
}

#[test]
fn the_wait_before_a_retry_doubles_up_to_a_minute() {
    let mut scene = ShardScene::new(&of(1, 0));
    scene.put(1, "key");
    scene.wait(secs(1));
    let mut waits = Vec::new();
    for _ in 0..8 {
        let since = scene.now;
        scene.answer(scene.batch().id, function_error());
        while scene.running.is_empty() {
            scene.wait(secs(1));
        }
        waits.push(scene.now.since(since).as_secs());
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
}

#[test]
fn a_batch_is_given_up_after_its_retries_and_those_behind_it_go_on() {
    let configuration = Configuration { maximum_retry_attempts: Some(2), ..of(2, 0) };
    let mut scene = ShardScene::new(&with_destination(configuration));
    scene.put(3, "key");
    scene.wait(secs(1));
    for _ in 0..3 {
        assert_eq!(scene.all_named(), [["0", "1"]]);
        scene.answer_and_wait(function_error());
    }
    assert_eq!(scene.given_up(), [("0", 2, RetryAttemptsExhausted, 3)]);
    assert_eq!((scene.checkpoint(), scene.all_named()), (Some("1"), vec![vec!["2".to_owned()]]));
    let response = scene.failed[0].response.as_ref().unwrap();
    assert_eq!(
        (&response.invocation, response.function_error.as_deref()),
        (&invocation(), Some("Unhandled"))
    );
}

#[test]
fn without_a_destination_a_batch_that_is_given_up_is_only_noted() {
    let mut scene = ShardScene::new(&Configuration { maximum_retry_attempts: Some(0), ..of(2, 0) });
    scene.put(1, "key");
    scene.wait(secs(1));
    scene.answer(scene.batch().id, function_error());
    assert_eq!((scene.failed.len(), scene.checkpoint()), (0, Some("0")));
    let [Note::Discarded { condition: RetryAttemptsExhausted, .. }] = scene.notes.as_slice() else {
        panic!("{:?}", scene.notes)
    };
}

#[test]
fn throttles_and_failures_of_the_service_are_no_attempts() {
    let configuration = Configuration { maximum_retry_attempts: Some(0), ..of(2, 0) };
    let mut scene = ShardScene::new(&with_destination(configuration));
    scene.put(1, "key");
    scene.wait(secs(1));
    for _ in 0..10 {
        scene.answer_and_wait(BatchAnswer::Throttled);
        scene.answer_and_wait(BatchAnswer::NotInvoked);
    }
    assert!(
        scene.notes.iter().all(|note| {
            matches!(note, Note::Retry { why: Failure::Throttled | Failure::NotInvoked, .. })
        })
    );
    scene.answer(scene.batch().id, function_error());
    assert_eq!(scene.given_up(), [("0", 1, RetryAttemptsExhausted, 1)]);
}

#[test]
fn records_that_are_too_old_are_given_up_whatever_the_batch_waits_for() {
    let configuration = Configuration { maximum_record_age_in_seconds: Some(60), ..of(10, 0) };
    let mut scene = ShardScene::new(&with_destination(configuration));
    scene.put(1, "key");
    scene.wait(secs(1));
    scene.answer(scene.batch().id, function_error());
    scene.put(1, "key");
    // Tried after 1, 3, 7, 15 and 31 seconds; the next time would have been after 63.
    for _ in 0..5 {
        while scene.running.is_empty() {
            scene.wait(secs(1));
        }
        scene.answer(scene.batch().id, function_error());
    }
    scene.wait(secs(28) - millis(1));
    assert_eq!((scene.given_up(), scene.checkpoint()), (vec![], None));
    scene.wait(millis(1));
    assert_eq!(scene.now, noon() + secs(60));
    assert_eq!(scene.given_up(), [("0", 1, RecordAgeExceeded, 6)]);
    assert_eq!(scene.failed[0].response, None);
    assert_eq!((scene.checkpoint(), scene.all_named()), (Some("0"), vec![vec!["1".to_owned()]]));
}

#[test]
fn only_the_records_that_are_too_old_are_given_up() {
    let configuration = Configuration { maximum_record_age_in_seconds: Some(60), ..of(10, 0) };
    let mut scene = ShardScene::new(&with_destination(configuration));
    scene.poller.disable();
    scene.put(2, "key");
    scene.wait(secs(30));
    scene.put(2, "key");
    scene.wait(secs(30));
    scene.poller.enable(scene.now);
    scene.settle();
    assert_eq!(scene.given_up(), [("0", 2, RecordAgeExceeded, 0)]);
    assert_eq!(
        (scene.checkpoint(), scene.all_named()),
        (Some("1"), vec![["2", "3"].map(str::to_owned).to_vec()])
    );
}

#[test]
fn a_record_is_given_up_when_the_stream_keeps_it_no_longer() {
    let mut scene = ShardScene::new(&with_destination(of(10, 0)));
    scene.put(1, "key");
    scene.wait(secs(1));
    while scene.failed.is_empty() {
        match scene.running.keys().next() {
            Some(&batch) => scene.answer(batch, function_error()),
            None => scene.wait(secs(1)),
        }
    }
    assert_eq!(scene.now, noon() + secs(86_400));
    assert_eq!(scene.failed[0].condition, RecordAgeExceeded);
}

#[test]
fn bisecting_finds_the_bad_record_and_uses_up_no_retries() {
    let configuration = Configuration {
        maximum_retry_attempts: Some(1),
        bisect_batch_on_function_error: Some(true),
        ..of(8, 0)
    };
    let mut scene = ShardScene::new(&with_destination(configuration));
    scene.put(8, "key");
    scene.wait(secs(1));
    let mut seen = Vec::new();
    while let Some(batch) = scene.running.values().next().cloned() {
        let names = scene.named(&batch.records);
        seen.push(names.concat());
        let is_bad = names.contains(&"5".to_owned());
        scene.answer_and_wait(if is_bad { function_error() } else { response("null") });
    }
    assert_eq!(seen, ["01234567", "0123", "4567", "45", "4", "5", "5", "67"]);
    assert_eq!(scene.given_up(), [("5", 1, RetryAttemptsExhausted, 5)]);
    assert_eq!((scene.checkpoint(), scene.poller.open()), (Some("7"), 0));
}

#[test]
fn with_a_factor_keys_go_on_beside_each_other_and_the_checkpoint_waits_for_all() {
    let configuration = Configuration { parallelization_factor: Some(10), ..of(2, 0) };
    let mut scene = ShardScene::new(&configuration);
    for key in ["a", "b", "a", "b", "a"] {
        scene.put(1, key);
    }
    scene.wait(secs(1));
    assert_eq!(scene.all_named(), [["0", "2"], ["1", "3"]]);
    let [a, b] = [BatchId(0), BatchId(1)];
    scene.answer(b, response("null"));
    assert_eq!((scene.checkpoint(), scene.poller.open()), (None, 3));
    scene.answer(a, function_error());
    scene.put(2, "b");
    scene.wait(secs(2));
    assert_eq!(scene.all_named(), [["0", "2"], ["5", "6"]]);
    scene.answer(BatchId(2), response("null"));
    scene.answer(a, response("null"));
    // 4 is the only one that is not over.
    assert_eq!((scene.checkpoint(), scene.all_named()), (Some("3"), vec![vec!["4".to_owned()]]));
    scene.answer(scene.batch().id, response("null"));
    assert_eq!(scene.checkpoint(), Some("6"));
}

#[derive(Debug)]
struct Even;

impl Filter for Even {
    fn matches(&self, record: &Filtered<'_>) -> bool {
        assert!(record.json.contains(r#""eventSource":"aws:kinesis""#));
        assert_eq!(record.key, None);
        record.data.is_some_and(|data| (data[0] - b'0').is_multiple_of(2))
    }
}

#[test]
fn records_that_no_filter_matches_are_passed_over() {
    let mut scene = ShardScene::filtered(&of(10, 0), Some(Box::new(Even)));
    scene.put(4, "key");
    scene.wait(secs(1));
    assert_eq!((scene.all_named(), scene.checkpoint()), (vec![["0", "2"].map(str::to_owned).to_vec()], None));
    assert!(matches!(&scene.notes[..], [Note::Filtered { records }] if records.len() == 2));
    scene.answer(scene.batch().id, response("null"));
    assert_eq!(scene.checkpoint(), Some("3"));
}

#[test]
fn records_of_which_no_filter_matches_any_move_the_checkpoint_at_once() {
    let mut scene = ShardScene::filtered(&of(10, 0), Some(Box::new(Even)));
    scene.put(1, "key");
    scene.wait(secs(1));
    scene.answer(scene.batch().id, response("null"));
    scene.put(1, "key");
    scene.wait(secs(1));
    assert_eq!((scene.running.len(), scene.checkpoint()), (0, Some("1")));
}

#[test]
fn a_poller_in_the_place_of_another_begins_behind_the_checkpoint() {
    let mut scene = ShardScene::new(&of(2, 0));
    scene.put(3, "key");
    scene.wait(secs(1));
    scene.answer(scene.batch().id, response("null"));
    let checked = settings(&of(2, 0)).check(SourceKind::Kinesis).unwrap();
    let from = ReadFrom::After(scene.checkpoints[0].clone());
    scene.poller = ShardPoller::new(scene.now, task(from), checked, None);
    scene.running.clear();
    scene.settle();
    assert_eq!(scene.all_named(), [["2"]]);
}

#[test]
fn a_shard_that_is_closed_comes_to_an_end() {
    let mut scene = ShardScene::new(&of(10, 300));
    scene.put(2, "key");
    scene.stream.close(SHARD);
    scene.wait(secs(1));
    // There is nothing to wait for.
    assert_eq!(scene.all_named(), [["0", "1"]]);
    assert_eq!(scene.notes, []);
    scene.answer(scene.batch().id, response("null"));
    assert_eq!((&scene.notes[..], scene.poller.poll_timeout()), (&[Note::ShardEnded][..], None));
    let reads = scene.reads.len();
    scene.wait(secs(10));
    assert_eq!((scene.reads.len(), scene.notes.len()), (reads, 1));
}

#[test]
fn a_disabled_poller_finishes_what_the_function_has_and_goes_on_later() {
    let mut scene = ShardScene::new(&of(1, 0));
    scene.put(2, "key");
    scene.wait(secs(1));
    scene.poller.disable();
    scene.answer(scene.batch().id, response("null"));
    scene.wait(secs(10));
    assert_eq!((scene.checkpoint(), scene.running.len(), scene.poller.poll_timeout()), (Some("0"), 0, None));
    scene.poller.enable(scene.now);
    scene.settle();
    assert_eq!(scene.all_named(), [["1"]]);
}

#[test]
fn answers_and_readings_that_nobody_has_asked_for_change_nothing() {
    let mut scene = ShardScene::new(&of(1, 0));
    scene.put(1, "key");
    scene.wait(secs(1));
    scene.answer(scene.batch().id, function_error());
    let before = format!("{:?}", scene.poller);
    scene.poller.answered(scene.now, BatchId(0), response("null"));
    scene.poller.answered(scene.now, BatchId(7), response("null"));
    let reading = scene.stream.read(scene.now, SHARD, &ReadFrom::After(SequenceNumber::new("0")), 9).unwrap();
    scene.poller.received(scene.now, reading);
    assert_eq!(format!("{:?}", scene.poller), before);
}
