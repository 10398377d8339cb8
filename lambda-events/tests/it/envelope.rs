//! What records carry, through one service and through two.

#![expect(clippy::unwrap_used, reason = "content that is not there fails the test")]

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use lambda_events::{
    Source,
    batch::Batch,
    cloudwatch_alarms::{AlarmNotification, StateValue},
    cloudwatch_logs::Logs,
    dynamodb::ReplicatedRecord,
    envelope::{Carries, Content, EnvelopeError},
    eventbridge::EventBridge,
    firehose, kinesis,
    s3::{S3, TestEvent},
    samples, sns,
    sqs::{Message, Sqs},
    value::Base64,
};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, PartialEq, Deserialize)]
struct Order<'a> {
    id: u32,
    note: &'a str,
}

const ORDER: &str = r#"{"id":4711,"note":"ring twice"}"#;

fn message(body: impl Into<String>) -> Message<'static> {
    Message { message_id: "1".into(), body: body.into().into(), ..Message::default() }
}

fn through_topic(text: &str) -> Message<'static> {
    let topic = "arn:aws:sns:eu-west-1:123456789012:orders";
    message(
        json!({ "Type": "Notification", "MessageId": "2", "TopicArn": topic, "Message": text }).to_string(),
    )
}

fn compressed(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn record(bytes: impl AsRef<[u8]>) -> kinesis::Record<'static> {
    let mut record = kinesis::Record::default();
    record.kinesis.data = Base64::encode(bytes);
    record
}

#[test]
fn a_message_of_a_queue_has_what_was_sent_to_a_topic_raw_or_not() {
    let expected = Order { id: 4711, note: "ring twice" };
    for message in [message(ORDER), through_topic(ORDER)] {
        let content = message.content().unwrap().sns().unwrap();
        assert_eq!(content.json::<Order<'_>>().unwrap(), expected);
    }
    // One that only looks like a notification was sent so.
    let own = r#"{"Type":"Notification","Message":"mine"}"#;
    assert_eq!(message(own).content().unwrap().sns().unwrap().text().unwrap(), own);
    let confirmation = samples::SNS_CONFIRMATION.json();
    assert_eq!(message(confirmation).content().unwrap().sns().unwrap().text().unwrap(), confirmation);
}

#[test]
fn a_message_of_a_queue_has_an_event_of_s3_or_its_test() {
    for message in [message(samples::S3.json()), through_topic(samples::S3.json())] {
        let content = message.content().unwrap().sns().unwrap();
        assert_eq!(content.source(), Some(Source::S3));
        assert_eq!(content.json::<S3<'_>>().unwrap(), samples::S3.event());
    }
    let test = message(samples::S3_TEST_EVENT.json());
    let content = test.content().unwrap();
    assert_eq!(content.source(), Some(Source::S3Test));
    assert_eq!(content.json::<TestEvent<'_>>().unwrap().event, "s3:TestEvent");
    let error = content.json::<S3<'_>>().unwrap_err();
    let EnvelopeError::Json(error) = error else { panic!("{error}") };
    assert_eq!(error.detected(), Some(Source::S3Test));
}

#[test]
fn a_message_of_a_queue_has_an_event_of_a_bus_and_its_detail() {
    let event = json!({ "version": "0", "detail-type": "Order placed", "source": "shop", "detail": { "id": 4711, "note": "ring twice" } });
    let message = message(event.to_string());
    let content = message.content().unwrap();
    let event: EventBridge<'_> = content.json().unwrap();
    assert_eq!(event.detail.to::<Order<'_>>().unwrap(), Order { id: 4711, note: "ring twice" });
}

#[test]
fn a_message_of_a_topic_has_an_alarm() {
    let mut record = sns::Record::default();
    record.sns.message = samples::CLOUDWATCH_ALARMS_NOTIFICATION.json().into();
    let content = record.content().unwrap();
    let alarm: AlarmNotification<'_> = content.json().unwrap();
    assert_eq!(alarm.new_state_value, Some(StateValue::Alarm));
}

#[test]
fn a_record_of_a_stream_has_json_and_logs_compressed_or_not() {
    let record_of_order = record(ORDER);
    let content = record_of_order.content().unwrap();
    assert_eq!(content.json::<Order<'_>>().unwrap().id, 4711);
    let logs = samples::CLOUDWATCH_LOGS_DECODED;
    for bytes in [logs.json().as_bytes().to_vec(), compressed(logs.json())] {
        let of_stream = record(&bytes);
        let content = of_stream.content().unwrap().gunzip().unwrap();
        assert_eq!(content.json::<Logs<'_>>().unwrap(), logs.event());
        let record = firehose::Record { data: Base64::encode(&bytes), ..firehose::Record::default() };
        let content = record.content().unwrap().gunzip().unwrap();
        assert_eq!(content.json::<Logs<'_>>().unwrap(), logs.event());
    }
}

#[test]
fn a_record_of_a_stream_has_a_change_of_a_table() {
    let record = record(samples::DYNAMODB_REPLICATED.json());
    let content = record.content().unwrap();
    let change: ReplicatedRecord<'_> = content.json().unwrap();
    assert_eq!(change.dynamodb.created().unwrap().unix_micros(), 1_795_168_800_123_456);
    assert_eq!(change.dynamodb.keys["id"].as_s(), Some("4711"));
}

#[test]
fn an_item_of_a_table_is_a_type_of_ones_own() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Product {
        id: String,
        price: f64,
    }

    let change = samples::DYNAMODB_REPLICATED.event().dynamodb;
    let product: Product = change.new_image.unwrap().to_item().unwrap();
    assert_eq!(product, Product { id: "4711".to_owned(), price: 12.5 });
}

#[test]
fn each_layer_that_is_damaged_is_told() {
    let data = Base64::from("no base64!");
    assert!(matches!(data.content().unwrap_err(), EnvelopeError::Base64(_)));
    let cut = &compressed(ORDER)[..20];
    assert!(matches!(Content::new(cut).gunzip().unwrap_err(), EnvelopeError::Gzip(_)));
    assert!(matches!(Content::new(&b"\xff"[..]).text().unwrap_err(), EnvelopeError::Text(_)));
    let error = Content::from(r#"{"id":"x","note":""}"#).json::<Order<'_>>().unwrap_err();
    let EnvelopeError::Json(error) = &error else { panic!("{error}") };
    assert_eq!(error.path(), "id");
}

#[tokio::test]
async fn one_bad_body_fails_one_record() {
    let bodies = [through_topic(ORDER), through_topic("{}"), message(ORDER), message("no JSON")];
    let mut event = Sqs { records: bodies.to_vec(), ..Sqs::default() };
    for (message, id) in event.records.iter_mut().zip(["a", "b", "c", "d"]) {
        message.message_id = id.into();
    }
    let handler = async |message: &Message<'_>| {
        let content = message.content()?.sns()?;
        let order: Order<'_> = content.json()?;
        assert_eq!(order.id, 4711);
        Ok::<(), EnvelopeError>(())
    };
    let response = Batch::of(&event).concurrency(2).run(handler).await.response().unwrap();
    let failed: Vec<_> =
        response.batch_item_failures.iter().map(|failure| failure.item_identifier.to_string()).collect();
    assert_eq!(failed, ["b", "d"]);
}
