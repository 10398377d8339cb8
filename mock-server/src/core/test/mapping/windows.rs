//! Tumbling windows: what is in one, the state that is handed on, and the last invocation.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html>

use serde_json::json;

use super::{
    function_error, items, noon, response, secs,
    shard_scene::{ShardScene, settings, task},
};
use crate::core::mapping::{
    BatchId, Configuration, Content, Failure, Flush, Note, ReadFrom, Reading, Record, SequenceNumber,
    ShardPoller, ShardPollerEffect, SourceKind, StartingPosition, Unreadable,
};

fn scene() -> ShardScene {
    ShardScene::new(&of(None))
}

/// Windows of two minutes. They begin at even minutes, as 10:00 is one.
fn of(retries: Option<i64>) -> Configuration {
    Configuration {
        batch_size: Some(2),
        tumbling_window_in_seconds: Some(120),
        report_batch_item_failures: true,
        maximum_retry_attempts: retries,
        ..Configuration::default()
    }
}

/// The members of the event that windows have, without the records' own.
fn window(scene: &ShardScene) -> (usize, serde_json::Value, bool, bool) {
    let event = scene.event();
    let flag = |name: &str| event[name].as_bool().unwrap();
    let records = event["Records"].as_array().unwrap().len();
    (records, event["state"].clone(), flag("isFinalInvokeForWindow"), flag("isWindowTerminatedEarly"))
}

#[test]
fn the_state_is_handed_on_until_the_window_is_over() {
    let mut scene = scene();
    scene.put(3, "key");
    scene.wait(secs(1));
    assert_eq!(window(&scene), (2, json!({}), false, false));
    scene.answer(scene.batch().id, response(r#"{"state":{"sum":2}}"#));
    assert_eq!(window(&scene), (1, json!({"sum": 2}), false, false));
    scene.answer(scene.batch().id, response(r#"{"state":{"sum":3},"batchItemFailures":[]}"#));
    scene.wait(secs(118));
    assert!(scene.running.is_empty());
    scene.wait(secs(1));
    assert_eq!(scene.now, noon() + secs(120));
    assert_eq!(window(&scene), (0, json!({"sum": 3}), true, false));
    assert_eq!(scene.batch().because, Flush::Final);
    let event = scene.event();
    assert_eq!(event["window"], json!({"start": "2026-11-20T10:00:00Z", "end": "2026-11-20T10:02:00Z"}));
    // The last response needs no state.
    scene.answer(scene.batch().id, response("null"));
    scene.put(1, "key");
    scene.wait(secs(1));
    assert_eq!(window(&scene), (1, json!({}), false, false));
}

#[test]
fn records_of_two_windows_are_in_two_batches_and_the_first_is_ended_before_the_second_begins() {
    let mut scene = scene();
    scene.poller.disable();
    scene.put(1, "key");
    scene.wait(secs(120));
    scene.put(1, "key");
    scene.poller.enable(scene.now);
    scene.settle();
    assert_eq!((scene.all_named(), scene.batch().because), (vec![vec!["0".to_owned()]], Flush::WindowEnd));
    scene.answer(scene.batch().id, response(r#"{"state":1}"#));
    assert_eq!(window(&scene), (0, json!(1), true, false));
    scene.answer(scene.batch().id, response("{}"));
    assert_eq!(
        (scene.all_named(), window(&scene)),
        (vec![vec!["1".to_owned()]], (1, json!({}), false, false))
    );
}

/// What came before the end may still be on its way, if the shard was asked before the end.
#[test]
fn a_window_is_over_when_the_shard_was_asked_after_its_end() {
    let settings = settings(&of(None)).check(SourceKind::Kinesis).unwrap();
    let start = ReadFrom::Start(StartingPosition::TrimHorizon);
    let mut poller = ShardPoller::new(noon(), task(start), settings, None);
    let mut effects = |act: &dyn Fn(&mut ShardPoller)| {
        act(&mut poller);
        std::iter::from_fn(|| poller.poll_effect()).collect::<Vec<_>>()
    };
    let reading =
        |records| Reading { records, next: Some(ReadFrom::Iterator("1".to_owned())), is_behind: false };
    let content = Content::Kinesis { partition_key: "k".to_owned(), data: "a".into() };
    let record = Record { sequence_number: SequenceNumber::new("1"), arrived: noon(), content };
    effects(&|poller| poller.received(noon(), reading(vec![record.clone()])));
    effects(&|poller| poller.answered(noon(), BatchId(0), response(r#"{"state":1}"#)));
    let asked = effects(&|poller| poller.handle_timeout(noon() + secs(119)));
    assert!(matches!(asked[..], [ShardPollerEffect::Read { .. }]), "{asked:?}");
    let asked = effects(&|poller| poller.received(noon() + secs(121), reading(Vec::new())));
    assert!(matches!(asked[..], [ShardPollerEffect::Read { .. }]), "{asked:?}");
    let last = effects(&|poller| poller.received(noon() + secs(121), reading(Vec::new())));
    let [ShardPollerEffect::Invoke(batch)] = &last[..] else { panic!("{last:?}") };
    assert_eq!(batch.because, Flush::Final);
}

#[test]
fn a_response_without_a_state_is_a_failure() {
    for answer in ["null", "{}", "", r#"{"state":null}"#, r#"{"batchItemFailures":[]}"#] {
        let mut scene = scene();
        scene.put(1, "key");
        scene.wait(secs(1));
        scene.answer_and_wait(response(answer));
        assert_eq!((scene.all_named(), scene.checkpoint()), (vec![vec!["0".to_owned()]], None), "{answer}");
        let [Note::Retry { why, .. }] = scene.notes.as_slice() else { panic!("{:?}", scene.notes) };
        assert_eq!(*why, Failure::Unreadable(Unreadable::NoState), "{answer}");
    }
}

#[test]
fn a_failed_batch_is_tried_again_with_the_state_that_it_had() {
    let mut scene = scene();
    scene.put(2, "key");
    scene.wait(secs(1));
    scene.answer_and_wait(function_error());
    assert_eq!(window(&scene), (2, json!({}), false, false));
    let records = scene.batch().records;
    let partial =
        format!(r#"{{"state":{{"sum":1}},"batchItemFailures":[{{"itemIdentifier":"{}"}}]}}"#, records[1]);
    scene.answer_and_wait(response(&partial));
    assert_eq!(window(&scene), (1, json!({"sum": 1}), false, false));
    // Named failures without a state are no partial success.
    scene.answer_and_wait(items(&records[1..]));
    assert_eq!(window(&scene), (1, json!({"sum": 1}), false, false));
}

#[test]
fn a_state_that_is_too_large_ends_the_window_early() {
    let mut scene = scene();
    scene.put(3, "key");
    scene.wait(secs(1));
    let large = "x".repeat(1024 * 1024 - 1);
    scene.answer(scene.batch().id, response(&json!({ "state": large }).to_string()));
    let (records, state, is_final, is_early) = window(&scene);
    assert_eq!(
        (records, state.as_str().map(str::len), is_final, is_early),
        (0, Some(large.len()), true, true)
    );
    assert_eq!(scene.notes, [Note::WindowTerminatedEarly { bytes: 1024 * 1024 + 1 }]);
    assert_eq!(scene.checkpoint(), Some("1"));
    scene.answer(scene.batch().id, response("{}"));
    // What is left of the window begins anew.
    assert_eq!(
        (scene.all_named(), window(&scene)),
        (vec![vec!["2".to_owned()]], (1, json!({}), false, false))
    );
    assert_eq!(scene.event()["window"]["start"], "2026-11-20T10:00:00Z");
}

#[test]
fn a_state_of_a_megabyte_is_not_too_large() {
    let mut scene = scene();
    scene.put(1, "key");
    scene.wait(secs(1));
    let state = "x".repeat(1024 * 1024 - 2);
    scene.answer(scene.batch().id, response(&json!({ "state": state }).to_string()));
    assert_eq!((scene.running.len(), scene.notes.len()), (0, 0));
}

#[test]
fn nothing_goes_on_until_the_last_invocation_has_succeeded() {
    let mut scene = scene();
    scene.put(1, "key");
    scene.wait(secs(1));
    scene.answer(scene.batch().id, response(r#"{"state":1}"#));
    scene.wait(secs(120));
    scene.put(1, "key");
    for _ in 0..5 {
        assert_eq!(window(&scene), (0, json!(1), true, false));
        scene.answer_and_wait(function_error());
    }
    scene.answer(scene.batch().id, response("null"));
    assert_eq!(scene.all_named(), [["1"]]);
}

#[test]
fn with_retries_the_last_invocation_is_given_up_and_the_state_is_lost() {
    let mut scene = ShardScene::new(&of(Some(1)));
    scene.put(1, "key");
    scene.wait(secs(1));
    scene.answer(scene.batch().id, response(r#"{"state":1}"#));
    scene.wait(secs(120));
    scene.answer_and_wait(function_error());
    scene.answer_and_wait(function_error());
    assert_eq!(scene.notes.last(), Some(&Note::WindowDropped { start: noon() }));
    scene.put(1, "key");
    scene.wait(secs(1));
    assert_eq!(window(&scene), (1, json!({}), false, false));
}

#[test]
fn the_end_of_the_shard_ends_the_window() {
    let mut scene = scene();
    scene.put(1, "key");
    scene.stream.close(super::shard_scene::SHARD);
    scene.wait(secs(1));
    scene.answer(scene.batch().id, response(r#"{"state":1}"#));
    assert_eq!(window(&scene), (0, json!(1), true, false));
    scene.answer(scene.batch().id, response("null"));
    assert_eq!(scene.notes, [Note::ShardEnded]);
}
