//! What a response says about the records of its batch: one test per row of what AWS documents, or was recorded.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html>

use super::{
    function_error, items, response, secs,
    shard_scene::{DEAD, ShardScene},
};
use crate::core::mapping::{
    BatchAnswer, Configuration, Failure, FailureCondition::RetryAttemptsExhausted, Note, Unreadable,
};

fn running(bisects: bool) -> ShardScene {
    let mut scene = ShardScene::new(&Configuration {
        report_batch_item_failures: true,
        bisect_batch_on_function_error: Some(bisects),
        ..Configuration::default()
    });
    scene.put(4, "key");
    scene.wait(secs(1));
    assert_eq!(scene.all_named(), [["0", "1", "2", "3"]]);
    scene
}

fn succeeds(answer: &str) {
    let mut scene = running(false);
    scene.answer_and_wait(response(answer));
    assert_eq!((scene.checkpoint(), scene.all_named()), (Some("3"), vec![]), "{answer}");
    assert_eq!((scene.notes.len(), scene.poller.open()), (0, 0), "{answer}");
}

fn fails_for(answer: BatchAnswer, expected: &Failure) {
    let mut scene = running(false);
    scene.answer_and_wait(answer);
    assert_eq!(
        (scene.checkpoint(), scene.all_named()),
        (None, vec![["0", "1", "2", "3"].map(str::to_owned).to_vec()])
    );
    let [Note::Retry { why, records, .. }] = scene.notes.as_slice() else { panic!("{:?}", scene.notes) };
    assert_eq!((why, records.len()), (expected, 4));
}

fn fails(answer: &str, expected: Unreadable) {
    fails_for(response(answer), &Failure::Unreadable(expected));
}

#[test]
fn a_response_of_null_is_a_success() {
    succeeds("null");
}

#[test]
fn an_empty_text_is_a_success() {
    succeeds(r#""""#);
    succeeds("");
}

#[test]
fn an_empty_object_is_a_success() {
    succeeds("{}");
}

#[test]
fn an_empty_list_of_failures_is_a_success() {
    succeeds(r#"{"batchItemFailures":[]}"#);
}

#[test]
fn a_list_of_failures_that_is_null_is_a_success() {
    succeeds(r#"{"batchItemFailures":null}"#);
}

#[test]
fn an_empty_list_is_a_success() {
    succeeds("[]");
}

#[test]
fn the_lowest_record_that_is_named_is_where_the_batch_is_tried_again() {
    let mut scene = running(false);
    let records = scene.batch().records;
    // In whatever order they are named.
    scene.answer_and_wait(items([&records[3], &records[1]]));
    assert_eq!(
        (scene.checkpoint(), scene.all_named()),
        (Some("0"), vec![["1", "2", "3"].map(str::to_owned).to_vec()])
    );
    let [Note::Retry { why: Failure::Items, .. }] = scene.notes.as_slice() else {
        panic!("{:?}", scene.notes)
    };
    scene.answer_and_wait(response("null"));
    assert_eq!(scene.checkpoint(), Some("3"));
}

#[test]
fn if_the_first_record_is_named_the_whole_batch_is_tried_again() {
    let records = running(false).batch().records;
    fails_for(items([&records[0]]), &Failure::Items);
}

#[test]
fn with_bisecting_the_batch_is_split_at_the_record_that_is_named() {
    let mut scene = running(true);
    let records = scene.batch().records;
    scene.answer_and_wait(items([&records[3]]));
    assert_eq!((scene.checkpoint(), scene.all_named()), (Some("2"), vec![vec!["3".to_owned()]]));
}

#[test]
fn an_empty_identifier_fails_the_whole_batch() {
    fails(r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#, Unreadable::EmptyIdentifier);
}

#[test]
fn an_identifier_of_null_fails_the_whole_batch() {
    fails(r#"{"batchItemFailures":[{"itemIdentifier":null}]}"#, Unreadable::EmptyIdentifier);
}

#[test]
fn an_identifier_that_is_a_number_fails_the_whole_batch() {
    fails(r#"{"batchItemFailures":[{"itemIdentifier":123}]}"#, Unreadable::EmptyIdentifier);
}

#[test]
fn a_wrong_key_fails_the_whole_batch() {
    fails(r#"{"batchItemFailures":[{"foo":123}]}"#, Unreadable::NoIdentifier);
    fails(r#"{"batchItemFailures":[{"foo":null}]}"#, Unreadable::NoIdentifier);
}

#[test]
fn an_unknown_identifier_fails_the_whole_batch() {
    fails(r#"{"batchItemFailures":[{"itemIdentifier":"1"}]}"#, Unreadable::UnknownIdentifier);
}

#[test]
fn what_is_not_json_fails_the_whole_batch() {
    fails("{", Unreadable::NotJson);
}

#[test]
fn json_of_another_form_fails_the_whole_batch() {
    fails(r#""done""#, Unreadable::NotAnObject);
    fails(r#"{"batchItemFailures":7}"#, Unreadable::NotAList);
}

#[test]
fn a_function_error_fails_the_whole_batch() {
    fails_for(function_error(), &Failure::FunctionError("Unhandled".to_owned()));
}

#[test]
fn with_bisecting_a_response_that_cannot_be_read_splits_the_batch() {
    for answer in [function_error(), response("{")] {
        let mut scene = running(true);
        scene.answer_and_wait(answer);
        assert_eq!(scene.all_named(), [["0", "1"]]);
        assert!(matches!(scene.notes[..], [Note::Bisected { .. }]), "{:?}", scene.notes);
    }
}

#[test]
fn unless_failures_are_reported_any_response_is_a_success() {
    let mut scene = ShardScene::new(&Configuration::default());
    scene.put(1, "key");
    scene.wait(secs(1));
    scene.answer_and_wait(response("{"));
    assert_eq!(scene.checkpoint(), Some("0"));
}

/// As it was recorded from the service: batches of three, three retries, and the last of six records always fails.
/// <https://github.com/localstack/localstack>, `test_kinesis_report_batch_item_failures`.
#[test]
fn a_record_that_is_always_named_is_given_up_alone_after_all_attempts() {
    let mut scene = ShardScene::new(&Configuration {
        batch_size: Some(3),
        report_batch_item_failures: true,
        maximum_retry_attempts: Some(3),
        on_failure: Some(DEAD.to_owned()),
        ..Configuration::default()
    });
    scene.put(6, "key");
    scene.wait(secs(1));
    scene.answer_and_wait(response(r#"{"batchItemFailures":[]}"#));
    for expected in [vec!["3", "4", "5"], vec!["5"], vec!["5"], vec!["5"]] {
        let records = scene.batch().records;
        assert_eq!(scene.named(&records), expected);
        scene.answer_and_wait(items(records.last()));
    }
    assert_eq!(scene.given_up(), [("5", 1, RetryAttemptsExhausted, 4)]);
    assert_eq!(scene.failed[0].response.as_ref().unwrap().function_error, None);
    assert_eq!(scene.checkpoint(), Some("5"));
}
