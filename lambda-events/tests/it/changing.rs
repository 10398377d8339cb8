//! Events that are changed after they were read: what is set, removed or put in the place of `null` is written once, in its place.

#![expect(clippy::unwrap_used, reason = "an event that is none fails the test")]

use std::{future::ready, time::Duration};

use lambda_events::{
    IntoOwned, Json, Map, Source, Str,
    batch::Batch,
    envelope::Content,
    kafka::Kafka,
    kinesis::{Kinesis, WindowedKinesis},
    parse,
    s3::S3,
    samples,
    sns::Sns,
    sqs::{Message, Sqs},
    value::Seconds,
};
use serde::de::value::MapDeserializer;

fn written(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

#[test]
fn what_takes_the_place_of_null_stands_there() {
    let mut map: Map<'_, Str<'_>> = sqs_map(r#"{"a":null,"b":null,"x":"1","c":7}"#);
    assert_eq!(map.insert("b", "v".into()), None);
    assert_eq!(written(&map), r#"{"a":null,"b":"v","x":"1","c":7}"#);
    assert_eq!(map.insert("a", "w".into()), None);
    assert_eq!(written(&map), r#"{"a":"w","b":"v","x":"1","c":7}"#);
    assert_eq!(map.remove("x").unwrap(), "1");
    assert_eq!(map.remove("c"), None);
    assert_eq!(written(&map), r#"{"a":"w","b":"v"}"#);
}

/// A map as it is in an event, where values of another type are kept.
fn sqs_map(json: &str) -> Map<'static, Str<'static>> {
    let event = format!(
        r#"{{"Records":[{{"eventSource":"aws:sqs"}}],"requestContext":{{}},"headers":{json},"httpMethod":"GET","path":"/"}}"#
    );
    let event: lambda_events::apigw::RestRequest<'_> = serde_json::from_str(&event).unwrap();
    event.headers.into_owned()
}

#[test]
fn a_name_that_comes_twice_is_removed_twice() {
    let mut map = sqs_map(r#"{"a":"1","a":"2"}"#);
    assert_eq!(map.remove("a").unwrap(), "2");
    assert!(map.is_empty());
}

#[test]
fn a_field_that_is_set_takes_the_place_of_what_was_odd() {
    let json = r#"{"messageId":"1","awsRegion":7,"body":"b","new":1}"#;
    let mut message: Message<'_> = serde_json::from_str(json).unwrap();
    message.aws_region = Some("eu-west-1".into());
    assert_eq!(written(&message), r#"{"messageId":"1","awsRegion":"eu-west-1","body":"b","new":1}"#);
    message.other.insert("awsRegion", "elsewhere");
    message.other.insert("more", true);
    assert_eq!(
        written(&message),
        r#"{"messageId":"1","awsRegion":"eu-west-1","body":"b","new":1,"more":true}"#
    );
    assert_eq!(message.other.remove("new"), Some(Json::from(1)));
    assert_eq!(message.other.remove("nothing"), None);
    assert_eq!(written(&message), r#"{"messageId":"1","awsRegion":"eu-west-1","body":"b","more":true}"#);
}

#[test]
fn a_field_that_is_taken_away_is_not_written_and_null_stays() {
    let json = r#"{"messageId":"1","receiptHandle":"r","body":"b","awsRegion":null}"#;
    let mut message: Message<'_> = serde_json::from_str(json).unwrap();
    message.receipt_handle = None;
    assert_eq!(written(&message), r#"{"messageId":"1","body":"b","awsRegion":null}"#);
    assert_eq!(written(&message.into_owned()), r#"{"messageId":"1","body":"b","awsRegion":null}"#);
}

#[test]
fn of_a_member_that_comes_twice_the_last_one_counts() {
    let message: Message<'_> =
        serde_json::from_str(r#"{"messageId":"1","body":"b","awsRegion":"a","awsRegion":null}"#).unwrap();
    assert_eq!(message.aws_region, None);
    assert_eq!(written(&message), r#"{"messageId":"1","body":"b","awsRegion":null}"#);
}

#[test]
fn a_record_that_is_none_is_an_error_and_hides_no_other() {
    let kafka = r#"{"records":{"orders-0":[{"topic":"orders","partition":0,"offset":1},null]}}"#;
    assert_eq!(parse::<Kafka<'_>>(kafka.as_bytes()).unwrap_err().path(), "records.orders-0[1]");
    let window = r#"{"Records":[{"kinesis":{"sequenceNumber":"1","data":""}},7]}"#;
    assert_eq!(parse::<WindowedKinesis<'_>>(window.as_bytes()).unwrap_err().path(), "Records[1]");
    assert!(parse::<WindowedKinesis<'_>>(br#"{"window":{}}"#).unwrap().records.is_empty());
    assert_eq!(parse::<Kinesis<'_>>(window.as_bytes()).unwrap_err().record(), Some(1));
}

#[test]
fn a_number_that_serde_json_gives_as_it_is_written_is_a_number() {
    let digits = [("$serde_json::private::Number", "1545084650.987")];
    let number = MapDeserializer::<_, serde::de::value::Error>::new(digits.into_iter());
    let time: Seconds = serde::Deserialize::deserialize(number.clone()).unwrap();
    assert_eq!(time.unix_millis(), 1_545_084_650_987);
    let json: Json<'_> = serde::Deserialize::deserialize(number).unwrap();
    assert_eq!(json.as_f64(), Some(1_545_084_650.987));
}

#[test]
fn an_event_of_another_type_of_the_same_service_is_told() {
    let error = parse::<S3<'_>>(samples::S3_TEST_EVENT.json().as_bytes()).unwrap_err();
    assert_eq!(error.detected(), Some(Source::S3Test));
    assert!(error.to_string().contains("whose type is lambda_events::s3::TestEvent"), "{error}");
    let error = parse::<Sns<'_>>(br#"{"Records":[{"Sns":{}}]}"#).unwrap_err();
    assert!(!error.to_string().contains("this looks like"), "{error}");
}

#[test]
fn all_members_of_a_compressed_file_are_taken() {
    use std::io::Write;

    let zip = |text: &str| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let content = Content::new([zip("one "), zip("two")].concat()).gunzip().unwrap();
    assert_eq!(content.text().unwrap(), "one two");
}

fn messages(count: usize) -> Sqs<'static> {
    let message = |id: usize| Message { message_id: id.to_string().into(), ..Message::default() };
    Sqs { records: (0..count).map(message).collect(), ..Sqs::default() }
}

#[tokio::test]
async fn nothing_is_begun_after_the_deadline_even_if_no_handler_ever_waits() {
    let event = messages(5);
    let handler = |_: &Message<'_>| ready(Ok::<(), String>(()));
    let report = Batch::of(&event).until(ready(())).run(handler).await;
    assert_eq!(report.to_string(), "5 records: 0 handled, 0 failed, 0 panicked, 5 left");
    let left = std::cell::Cell::new(3);
    let has_time = || left.replace(left.get() - 1) > 0;
    let report = Batch::of(&event).start_while(has_time).run(handler).await;
    assert_eq!(report.to_string(), "5 records: 3 handled, 0 failed, 0 panicked, 2 left");
    assert_eq!(report.response().unwrap().batch_item_failures.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_clock_of_the_deadline_goes_on_beside_handlers_that_never_wait() {
    let event = messages(1_000);
    let handler = async |_: &Message<'_>| {
        tokio::time::advance(Duration::from_millis(10)).await;
        Ok::<(), String>(())
    };
    let deadline = tokio::time::sleep(Duration::from_secs(1));
    let report = Batch::of(&event).until(deadline).run(handler).await;
    let handled = report.records().filter(|(_, outcome)| outcome.is_success()).count();
    assert!((99..=101).contains(&handled), "{handled}");
}

#[tokio::test]
async fn the_answer_to_a_window_holds_its_state() {
    let event = WindowedKinesis::default();
    let handler = |_: &lambda_events::kinesis::Record<'_>| ready(Ok::<(), String>(()));
    let report = Batch::of(&event).run(handler).await;
    let state = Map::from([("count", Json::from(3))]);
    assert_eq!(written(&report.window_response(state).unwrap()), r#"{"state":{"count":3}}"#);
}
