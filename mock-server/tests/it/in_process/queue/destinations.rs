//! Destinations and dead-letter queues of every kind, and both at once.

use mock_server::core::destination::Envelope;
use serde_json::{Value, json};

use super::{
    ARN, DEAD, EVENT, FAILURES, Finished, Function, MockLambda, QueueEvent, REPORT, end, fails_with,
    finished, is_silent, only, record, secs, told,
};
use crate::guest::answering;

const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:news";
const BUS: &str = "arn:aws:events:us-east-1:123456789012:event-bus/default";
const BUCKET: &str = "arn:aws:s3:::records";
const NEXT: &str = "arn:aws:lambda:us-east-1:123456789012:function:next";

/// A function that succeeds or fails at its first attempt, and whose records go here in both cases.
fn telling(mock: &MockLambda, arn: &str, is_success: bool) -> Function {
    let builder = mock.function("f").on_success(arn).on_failure(arn).maximum_retry_attempts(0);
    fails_with(builder, u32::from(!is_success))
}

fn expected(mock: &MockLambda, finished: &Finished, is_success: bool) -> String {
    match is_success {
        true => record(mock, finished, "Success", 1, r#""done""#),
        false => record(mock, finished, "RetriesExhausted", 1, REPORT),
    }
}

fn parsed(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_topic_gets_the_record_in_a_notification() {
    for is_success in [true, false] {
        let mock = MockLambda::new();
        let finished = finished(&telling(&mock, TOPIC, is_success)).await;
        let message = only(&mock, TOPIC);
        let record = expected(&mock, &finished, is_success);
        assert_eq!(message.body(), &record);
        let Envelope::Notification(notification) = message.envelope() else { panic!("{message:?}") };
        let notification = parsed(notification);
        assert_eq!(notification["Message"], record);
        assert_eq!(
            (&notification["TopicArn"], &notification["Timestamp"]),
            (&json!(TOPIC), &json!(end(&mock)))
        );
        assert_eq!(notification["MessageId"], message.id());
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_bus_gets_an_event_with_the_record_as_its_detail() {
    for (is_success, word) in [(true, "Success"), (false, "Failure")] {
        let mock = MockLambda::new();
        let finished = finished(&telling(&mock, BUS, is_success)).await;
        let message = only(&mock, BUS);
        let Envelope::Event(event) = message.envelope() else { panic!("{message:?}") };
        let time = format!("{}Z", &end(&mock)[..19]);
        let record = parsed(&expected(&mock, &finished, is_success));
        assert_eq!(
            parsed(event),
            json!({
                "version": "0",
                "id": message.id(),
                "detail-type": format!("Lambda Function Invocation Result - {word}"),
                "source": "lambda",
                "account": "123456789012",
                "time": time,
                "region": "us-east-1",
                "resources": [BUS, format!("{ARN}:$LATEST")],
                "detail": record,
            })
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_bucket_gets_failures_as_objects_and_no_successes() {
    let mock = MockLambda::new();
    let finished_one = finished(&telling(&mock, BUCKET, false)).await;
    let message = only(&mock, BUCKET);
    assert_eq!(message.body(), &expected(&mock, &finished_one, false));
    let (date, time) = (&end(&mock)[..10], end(&mock)[11..19].replace(':', "."));
    let (folder, id) = (date.replace('-', "/"), message.id());
    let key = format!("aws/lambda/async/f/{folder}/{date}T{time}-{id}");
    assert_eq!(message.envelope(), &Envelope::Object { key });

    let mock = MockLambda::new();
    finished(&telling(&mock, BUCKET, true)).await;
    assert!(is_silent(&mock, BUCKET), "on Lambda, a bucket is for failures only");
    let entries = mock.timeline().entries();
    let note = entries.iter().find_map(|entry| match &entry.event {
        mock_server::Event::Note { text } => Some(text.clone()),
        _ => None,
    });
    assert_eq!(note.as_deref(), Some("arn:aws:s3:::records takes no successes: nothing is sent there"));
}

#[tokio::test(start_paused = true)]
async fn a_function_is_invoked_with_the_record_by_its_own_queue() {
    for (is_success, qualifier) in [(true, ""), (false, ""), (false, ":1"), (true, ":$LATEST")] {
        let mock = MockLambda::new();
        let (sender, mut got) = tokio::sync::mpsc::unbounded_channel();
        let next = mock.function("next").in_process(move |api| {
            let sender = sender.clone();
            answering(api, move |event| {
                let arn = event.header("lambda-runtime-invoked-function-arn").unwrap().to_owned();
                let _test_is_over = sender.send((arn, event.text().to_owned()));
                std::future::ready(b"1".to_vec())
            })
        });
        next.publish().unwrap();
        let arn = format!("{NEXT}{qualifier}");
        let finished = finished(&telling(&mock, &arn, is_success)).await;
        let (invoked, record) = got.recv().await.unwrap();
        assert_eq!(invoked, arn);
        // The events of the next function are told of, too.
        let time = parsed(&record)["timestamp"].as_str().unwrap().to_owned();
        let expected = expected(&mock, &finished, is_success);
        assert_eq!(record, expected.replace(&end(&mock), &time));
    }
}

#[tokio::test(start_paused = true)]
async fn a_dead_letter_is_the_event_with_what_went_wrong_in_its_attributes() {
    for arn in [DEAD, TOPIC] {
        let mock = MockLambda::new();
        let function = fails_with(mock.function("f").dead_letter(arn), 9);
        let finished = finished(&function).await;
        let letter = only(&mock, arn);
        assert_eq!(letter.body(), EVENT);
        let attributes: Vec<_> = letter
            .attributes()
            .iter()
            .map(|(name, attribute)| (name.as_str(), attribute.data_type, attribute.value.as_str()))
            .collect();
        let id = finished.request_id.as_str();
        assert_eq!(
            attributes,
            [
                ("ErrorCode", "Number", "200"),
                ("ErrorMessage", "String", "no luck"),
                ("RequestID", "String", id)
            ]
        );
        if let Envelope::Notification(notification) = letter.envelope() {
            let notification = parsed(notification);
            assert_eq!(notification["Message"], EVENT);
            assert_eq!(
                notification["MessageAttributes"]["RequestID"],
                json!({ "Type": "String", "Value": id })
            );
        } else {
            assert_eq!(arn, DEAD);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_success_is_no_dead_letter() {
    let mock = MockLambda::new();
    finished(&fails_with(mock.function("f").dead_letter(DEAD), 2)).await;
    assert!(is_silent(&mock, DEAD));
}

#[tokio::test(start_paused = true)]
async fn a_destination_and_a_dead_letter_queue_are_both_told() {
    let mock = MockLambda::new();
    let function = fails_with(mock.function("f").on_failure(FAILURES).dead_letter(DEAD), 9);
    let finished = finished(&function).await;
    assert_eq!(only(&mock, FAILURES).body(), &record(&mock, &finished, "RetriesExhausted", 3, REPORT));
    assert_eq!(only(&mock, DEAD).body(), EVENT);
    let told: Vec<_> = told(&mock).into_iter().skip(2).collect();
    let delivered = |arn: &str| (secs(180), QueueEvent::Delivered { destination: arn.to_owned() });
    assert_eq!(told, [delivered(FAILURES), delivered(DEAD)]);
}

#[tokio::test(start_paused = true)]
async fn dead_letters_go_to_queues_and_topics_only() {
    for arn in [BUS, BUCKET, NEXT] {
        let mock = MockLambda::new();
        let function = fails_with(mock.function("f").dead_letter(arn).maximum_retry_attempts(0), 9);
        finished(&function).await;
        assert!(is_silent(&mock, arn), "{arn}");
        assert_eq!(told(&mock).last().unwrap().1, QueueEvent::Dropped);
    }
}
