//! Each row of what an answer means, and that ours never means a failure of all.

use serde_json::json;

use super::mapping::{Kind, comes_again};

const IDS: &[&str] = &["a", "b", "c", "d"];

#[test]
fn nothing_comes_again_after_an_answer_without_failures() {
    for answer in [
        json!(null),
        json!(""),
        json!({}),
        json!({ "batchItemFailures": null }),
        json!({ "batchItemFailures": [] }),
    ] {
        for kind in [Kind::Queue, Kind::Stream] {
            assert!(comes_again(kind, IDS, &answer).is_empty(), "{answer}");
        }
    }
    let ours = serde_json::to_value(lambda_events::batch::BatchResponse::default()).unwrap();
    assert_eq!(ours, json!({ "batchItemFailures": [] }));
}

#[test]
fn named_messages_come_again_and_of_a_stream_all_from_the_first_one_on() {
    let answer = json!({ "batchItemFailures": [{ "itemIdentifier": "c" }, { "itemIdentifier": "b" }] });
    assert_eq!(comes_again(Kind::Queue, IDS, &answer), [1, 2]);
    assert_eq!(comes_again(Kind::Stream, IDS, &answer), [1, 2, 3]);
}

#[test]
fn all_come_again_after_an_answer_with_an_id_that_is_none() {
    for item in [
        json!({ "itemIdentifier": "" }),
        json!({ "itemIdentifier": null }),
        json!({ "itemIdentifier": "x" }),
        json!({ "id": "a" }),
        json!({}),
    ] {
        let answer = json!({ "batchItemFailures": [{ "itemIdentifier": "a" }, item] });
        for kind in [Kind::Queue, Kind::Stream] {
            assert_eq!(comes_again(kind, IDS, &answer), [0, 1, 2, 3], "{answer}");
        }
    }
}
