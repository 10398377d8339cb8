//! What a response says about the messages of its batch: one test per row of what AWS documents, or was recorded.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>

use super::{function_error, items, queue_scene::QueueScene, response, secs};
use crate::core::mapping::{BatchAnswer, Configuration, Counts, Failure, Note, QueueSettings, Unreadable};

fn running() -> QueueScene {
    let configuration = Configuration { report_batch_item_failures: true, ..Configuration::default() };
    let mut scene = QueueScene::new(QueueSettings::default(), &configuration);
    for _ in 0..3 {
        scene.send_one(None);
    }
    scene.settle();
    assert_eq!(scene.all_bodies(), [["0", "1", "2"]]);
    scene
}

/// What is left of three messages after this answer.
fn left(answer: BatchAnswer) -> (Vec<Vec<String>>, Vec<Note>) {
    let mut scene = running();
    scene.answer(scene.batch().id, answer);
    let notes = scene.notes.clone();
    scene.wait(secs(30));
    let counts = scene.queue.counts();
    assert_eq!(counts, Counts { in_flight: counts.in_flight, deleted: 3 - counts.in_flight, ..counts });
    (scene.all_bodies(), notes)
}

fn succeeds(answer: &str) {
    assert_eq!(left(response(answer)), (Vec::new(), Vec::new()), "{answer}");
}

fn fails(answer: &str, expected: Unreadable) {
    let (bodies, notes) = left(response(answer));
    assert_eq!(bodies, [["0", "1", "2"]], "{answer}");
    let [Note::Returned { why, .. }] = notes.as_slice() else { panic!("{answer}: {notes:?}") };
    assert_eq!(*why, Failure::Unreadable(expected), "{answer}");
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
fn messages_that_are_named_come_again_and_the_others_are_deleted() {
    let mut scene = running();
    let batch = scene.batch();
    scene.answer(batch.id, items(&batch.records[1..2]));
    let expected =
        Note::Returned { batch: batch.id, records: batch.records[1..2].to_vec(), why: Failure::Items };
    assert_eq!(scene.notes, [expected]);
    assert_eq!(scene.queue.counts(), Counts { deleted: 2, in_flight: 1, ..Counts::default() });
    scene.wait(secs(30));
    assert_eq!(scene.all_bodies(), [["1"]]);
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
    fails(r#"{"batchItemFailures":[{"foo":"0"}]}"#, Unreadable::NoIdentifier);
    fails(r#"{"batchItemFailures":["0"]}"#, Unreadable::NoIdentifier);
}

#[test]
fn an_unknown_identifier_fails_the_whole_batch() {
    fails(r#"{"batchItemFailures":[{"itemIdentifier":"unknown"}]}"#, Unreadable::UnknownIdentifier);
}

#[test]
fn one_bad_identifier_among_good_ones_fails_the_whole_batch() {
    let mut scene = running();
    let batch = scene.batch();
    let ids = [batch.records[0].clone(), "unknown".to_owned()];
    scene.answer(batch.id, items(&ids));
    assert_eq!(scene.queue.counts(), Counts { in_flight: 3, ..Counts::default() });
}

#[test]
fn what_is_not_json_fails_the_whole_batch() {
    fails("{", Unreadable::NotJson);
}

#[test]
fn json_of_another_form_fails_the_whole_batch() {
    fails(r#""done""#, Unreadable::NotAnObject);
    fails("7", Unreadable::NotAnObject);
    fails(r#"{"batchItemFailures":{}}"#, Unreadable::NotAList);
}

#[test]
fn a_function_error_fails_the_whole_batch() {
    let (bodies, notes) = left(function_error());
    assert_eq!(bodies, [["0", "1", "2"]]);
    let [Note::Returned { why, .. }] = notes.as_slice() else { panic!("{notes:?}") };
    assert_eq!(*why, Failure::FunctionError("Unhandled".to_owned()));
}

#[test]
fn unless_failures_are_reported_any_response_is_a_success() {
    let mut scene = QueueScene::new(QueueSettings::default(), &Configuration::default());
    scene.send(1, None);
    let batch = scene.batch();
    scene.answer(batch.id, items(&batch.records));
    assert_eq!(scene.queue.counts(), Counts { deleted: 1, ..Counts::default() });
}
