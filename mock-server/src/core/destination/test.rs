//! Literal bytes of every form. Each is the example of a page of AWS's, or was recorded from the service, with other names
//! in it; the sources stand beside them.

use std::time::Duration;

use bytes::Bytes;
use lambda_api::RequestId;
use proptest::prelude::*;

use super::{Condition, Destination, Envelope, Finished, FinishedResponse, Message};
use crate::core::Time;

const FUNCTION: &str = "arn:aws:lambda:us-east-2:123456789012:function:my-function:$LATEST";
const QUEUE: &str = "arn:aws:sqs:us-east-2:123456789012:orders";
const TOPIC: &str = "arn:aws:sns:us-east-2:123456789012:news";
const BUS: &str = "arn:aws:events:us-east-2:123456789012:event-bus/default";
const BUCKET: &str = "arn:aws:s3:::failures";
const NEXT: &str = "arn:aws:lambda:us-east-2:123456789012:function:next";
const REQUEST_ID: &str = "e4b46cbf-b738-xmpl-8880-a18cdf61200e";
const ID: &str = "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324";
const TRACE: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

/// 2026-11-20T10:00:00.123Z
fn at() -> Time {
    Time::from_unix(Duration::from_millis(1_795_168_800_123))
}

fn succeeded() -> Finished {
    Finished {
        request_id: RequestId::new(REQUEST_ID).unwrap(),
        function_arn: FUNCTION.to_owned(),
        condition: Condition::Success,
        attempts: 1,
        payload: Bytes::from_static(br#"{"n":1.0}"#),
        response: Some(FinishedResponse {
            executed_version: "$LATEST".to_owned(),
            function_error: None,
            status_code: 200,
            payload: Bytes::from_static(b"[true, null]"),
        }),
        trace_id: Some(TRACE.to_owned()),
    }
}

fn failed() -> Finished {
    let mut finished = succeeded();
    finished.condition = Condition::RetriesExhausted;
    finished.attempts = 3;
    finished.payload = Bytes::from_static(br#"{"ORDER_IDS":["9e07af03"]}"#);
    finished.response = finished.response.map(|response| FinishedResponse {
        function_error: Some("Unhandled".to_owned()),
        payload: Bytes::from_static(
            br#"{"errorMessage":"Process exited before completing request","errorType":"E"}"#,
        ),
        ..response
    });
    finished
}

fn never_ran() -> Finished {
    Finished {
        condition: Condition::ZeroReservedConcurrency,
        attempts: 0,
        response: None,
        trace_id: None,
        ..succeeded()
    }
}

fn message(finished: &Finished, arn: &str) -> Message {
    finished.message(&arn.parse().unwrap(), at(), ID)
}

fn dead_letter(finished: &Finished, arn: &str) -> Message {
    finished.dead_letter(&arn.parse().unwrap(), at(), ID)
}

/// [Records of asynchronous invocations](https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html)
/// has a failure; `functionError` and the members of a success as recorded from the service in 2024.
const FAILED: &str = concat!(
    r#"{"version":"1.0","timestamp":"2026-11-20T10:00:00.123Z","requestContext":{"#,
    r#""requestId":"e4b46cbf-b738-xmpl-8880-a18cdf61200e","#,
    r#""functionArn":"arn:aws:lambda:us-east-2:123456789012:function:my-function:$LATEST","#,
    r#""condition":"RetriesExhausted","approximateInvokeCount":3},"#,
    r#""requestPayload":{"ORDER_IDS":["9e07af03"]},"#,
    r#""responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},"#,
    r#""responsePayload":{"errorMessage":"Process exited before completing request","errorType":"E"}}"#,
);
const SUCCEEDED: &str = concat!(
    r#"{"version":"1.0","timestamp":"2026-11-20T10:00:00.123Z","requestContext":{"#,
    r#""requestId":"e4b46cbf-b738-xmpl-8880-a18cdf61200e","#,
    r#""functionArn":"arn:aws:lambda:us-east-2:123456789012:function:my-function:$LATEST","#,
    r#""condition":"Success","approximateInvokeCount":1},"#,
    r#""requestPayload":{"n":1.0},"#,
    r#""responseContext":{"statusCode":200,"executedVersion":"$LATEST"},"responsePayload":[true, null]}"#,
);
/// As recorded from the service in 2025: neither a context nor a payload of a response.
const NEVER_RAN: &str = concat!(
    r#"{"version":"1.0","timestamp":"2026-11-20T10:00:00.123Z","requestContext":{"#,
    r#""requestId":"e4b46cbf-b738-xmpl-8880-a18cdf61200e","#,
    r#""functionArn":"arn:aws:lambda:us-east-2:123456789012:function:my-function:$LATEST","#,
    r#""condition":"ZeroReservedConcurrency","approximateInvokeCount":0},"requestPayload":{"n":1.0}}"#,
);

#[test]
fn a_record_has_its_members_in_the_order_of_the_documentation() {
    assert_eq!(failed().record(at()), FAILED);
    assert_eq!(succeeded().record(at()), SUCCEEDED);
    assert_eq!(never_ran().record(at()), NEVER_RAN);
}

#[test]
fn an_event_that_was_too_old_has_what_the_function_said_last() {
    let aged = Finished { condition: Condition::EventAgeExceeded, attempts: 2, ..failed() };
    let expected = FAILED.replace("RetriesExhausted", "EventAgeExceeded");
    let expected = expected.replace(r#"Count":3"#, r#"Count":2"#);
    assert_eq!(aged.record(at()), expected);
}

#[test]
fn a_queue_and_a_function_get_the_record_and_nothing_around_it() {
    for arn in [QUEUE, NEXT] {
        let message = message(&failed(), arn);
        assert_eq!(message.body(), FAILED);
        assert_eq!(*message.envelope(), Envelope::Bare);
        assert_eq!(message.trace_header(), Some(TRACE));
        assert!(message.attributes().is_empty());
    }
}

#[test]
fn a_topic_s_subscriber_gets_a_notification_with_the_record_as_text() {
    // The page of the notification: https://docs.aws.amazon.com/sns/latest/dg/http-notification-json.html.
    let notification = format!(
        "{}{}{}",
        r#"{"Type":"Notification","MessageId":"22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324","#,
        format_args!(
            r#""TopicArn":"arn:aws:sns:us-east-2:123456789012:news","Message":"{}","#,
            NEVER_RAN.replace('"', "\\\"")
        ),
        concat!(
            r#""Timestamp":"2026-11-20T10:00:00.123Z","SignatureVersion":"1","Signature":"EXAMPLE","#,
            r#""SigningCertURL":"https://sns.us-east-2.amazonaws.com/SimpleNotificationService-EXAMPLE.pem","#,
            r#""UnsubscribeURL":"https://sns.us-east-2.amazonaws.com/?Action=Unsubscribe&SubscriptionArn="#,
            r#"arn:aws:sns:us-east-2:123456789012:news:EXAMPLE"}"#,
        )
    );
    let message = message(&never_ran(), TOPIC);
    assert_eq!(message.body(), NEVER_RAN);
    assert_eq!(*message.envelope(), Envelope::Notification(notification));
}

#[test]
fn an_event_bus_gets_an_event_with_the_record_as_its_detail() {
    // Members: https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html. Source, detail type and
    // resources: the page of the records.
    let event = |result: &str, record: &str| {
        let start = concat!(
            r#"{"version":"0","id":"22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324","#,
            r#""detail-type":"Lambda Function Invocation Result - "#
        );
        let rest = concat!(
            r#"","source":"lambda","account":"123456789012","time":"2026-11-20T10:00:00Z","region":"us-east-2","#,
            r#""resources":["arn:aws:events:us-east-2:123456789012:event-bus/default","#,
            r#""arn:aws:lambda:us-east-2:123456789012:function:my-function:$LATEST"],"detail":"#,
        );
        Envelope::Event(format!("{start}{result}{rest}{record}}}"))
    };
    assert_eq!(*message(&succeeded(), BUS).envelope(), event("Success", SUCCEEDED));
    assert_eq!(*message(&failed(), BUS).envelope(), event("Failure", FAILED));
}

#[test]
fn a_bucket_gets_an_object_under_the_function_and_the_date() {
    // The page of the records: aws/lambda/async/<function-name>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<Random UUID>.
    let message = message(&failed(), BUCKET);
    assert_eq!(message.body(), FAILED);
    let key =
        "aws/lambda/async/my-function/2026/11/20/2026-11-20T10.00.00-22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324";
    assert_eq!(*message.envelope(), Envelope::Object { key: key.to_owned() });
}

fn attributes(message: &Message) -> Vec<(&str, &str, &str)> {
    let attributes = message.attributes().iter();
    attributes
        .map(|(name, attribute)| (name.as_str(), attribute.data_type, attribute.value.as_str()))
        .collect()
}

#[test]
fn a_dead_letter_is_the_event_with_the_error_in_its_attributes() {
    // Names and types: the page of the records; the values of a function error as recorded from the service in 2024.
    let message = dead_letter(&failed(), QUEUE);
    assert_eq!(message.body(), r#"{"ORDER_IDS":["9e07af03"]}"#);
    assert_eq!(*message.envelope(), Envelope::Bare);
    assert_eq!(message.trace_header(), Some(TRACE));
    assert_eq!(
        attributes(&message),
        [
            ("ErrorCode", "Number", "200"),
            ("ErrorMessage", "String", "Process exited before completing request"),
            ("RequestID", "String", REQUEST_ID),
        ]
    );
    assert_eq!(message.attribute("ErrorCode"), Some("200"));
}

#[test]
fn a_dead_letter_of_an_event_that_never_ran_has_the_answer_to_a_throttled_attempt() {
    let message = dead_letter(&never_ran(), QUEUE);
    assert_eq!(message.body(), r#"{"n":1.0}"#);
    assert_eq!(
        attributes(&message),
        [
            ("ErrorCode", "Number", "429"),
            ("ErrorMessage", "String", "Rate Exceeded."),
            ("RequestID", "String", REQUEST_ID),
        ]
    );
}

#[test]
fn a_dead_letter_at_a_topic_has_its_attributes_in_the_notification() {
    let message = dead_letter(&never_ran(), TOPIC);
    let Envelope::Notification(notification) = message.envelope() else { panic!("{message:?}") };
    assert!(notification.contains(r#""Message":"{\"n\":1.0}","#), "{notification}");
    let attributes = concat!(
        r#","MessageAttributes":{"ErrorCode":{"Type":"Number","Value":"429"},"#,
        r#""ErrorMessage":{"Type":"String","Value":"Rate Exceeded."},"#,
        r#""RequestID":{"Type":"String","Value":"e4b46cbf-b738-xmpl-8880-a18cdf61200e"}}}"#,
    );
    assert!(notification.ends_with(attributes), "{notification}");
}

fn error_message(report: impl Into<Bytes>) -> Option<String> {
    let mut finished = failed();
    let response = finished.response.take().unwrap();
    finished.response = Some(FinishedResponse { payload: report.into(), ..response });
    dead_letter(&finished, QUEUE).attribute("ErrorMessage").map(str::to_owned)
}

#[test]
fn an_error_message_is_cut_after_1024_bytes_between_two_characters() {
    let report = |message: &str| serde_json::json!({ "errorMessage": message }).to_string();
    assert_eq!(error_message(report(&"x".repeat(1024))), Some("x".repeat(1024)));
    assert_eq!(error_message(report(&"x".repeat(1025))), Some("x".repeat(1024)));
    // 1023 bytes of which the last is taken, and one character of two bytes that is not.
    assert_eq!(error_message(report(&format!("{}éé", "x".repeat(1023)))), Some("x".repeat(1023)));
}

#[test]
fn a_report_without_a_message_stands_in_the_attribute_as_a_whole() {
    assert_eq!(error_message(r#"{"errorType":"E"}"#), Some(r#"{"errorType":"E"}"#.to_owned()));
    assert_eq!(error_message("Segmentation fault"), Some("Segmentation fault".to_owned()));
}

#[test]
fn what_a_queue_would_refuse_does_not_get_into_an_attribute() {
    let report = r#"{"errorMessage":"\u001b[31mred\ud83d\ude00\ttab\uffff"}"#;
    assert_eq!(error_message(report).as_deref(), Some("\u{FFFD}[31mred😀\ttab\u{FFFD}"));
    assert_eq!(error_message(r#"{"errorMessage":""}"#), None);
}

#[test]
fn a_message_is_shown_as_one_line_with_what_its_service_has() {
    // Ours: no page has it.
    let start = |arn: &str, kind: &str| {
        format!(r#"{{"destination":"{arn}","kind":"{kind}","id":"{ID}","function":"{FUNCTION}","#)
    };
    let trace = format!(r#""attributes":{{"AWSTraceHeader":"{TRACE}"}}"#);
    let line = |message: Message, kind: &str, rest: &str| {
        let expected = start(message.destination().arn(), kind) + rest + "}";
        assert_eq!(message.to_json(), expected);
    };
    line(message(&failed(), QUEUE), "queue", &format!(r#""body":{FAILED},{trace}"#));
    line(message(&never_ran(), QUEUE), "queue", &format!(r#""body":{NEVER_RAN}"#));
    line(message(&failed(), NEXT), "function", &format!(r#""payload":{FAILED}"#));
    let attributes = concat!(
        r#""body":{"n":1.0},"messageAttributes":{"ErrorCode":{"stringValue":"429","dataType":"Number"},"#,
        r#""ErrorMessage":{"stringValue":"Rate Exceeded.","dataType":"String"},"#,
        r#""RequestID":{"stringValue":"e4b46cbf-b738-xmpl-8880-a18cdf61200e","dataType":"String"}}"#,
    );
    line(dead_letter(&never_ran(), QUEUE), "queue", attributes);
    for (arn, kind) in [(TOPIC, "topic"), (BUS, "eventBus")] {
        let message = message(&failed(), arn);
        let rest = match message.envelope() {
            Envelope::Notification(notification) => format!(r#""notification":{notification}"#),
            Envelope::Event(event) => format!(r#""event":{event}"#),
            envelope => panic!("{envelope:?}"),
        };
        line(message, kind, &rest);
    }
    let message = message(&failed(), BUCKET);
    let Envelope::Object { key } = message.envelope().clone() else { panic!("{message:?}") };
    line(message, "bucket", &format!(r#""key":"{key}","object":{FAILED}"#));
}

#[test]
fn messages_of_a_function_are_one_group() {
    assert_eq!(message(&failed(), QUEUE).group(), "my-function");
    let odd = Finished { function_arn: "my-function".to_owned(), ..failed() };
    assert_eq!(message(&odd, QUEUE).group(), "lambda");
}

fn destination() -> impl Strategy<Value = Destination> {
    prop::sample::select(vec![QUEUE, TOPIC, BUS, BUCKET, NEXT]).prop_map(|arn| arn.parse().unwrap())
}

proptest! {
    #[test]
    fn any_payloads_at_all_become_one_line_of_json(
        destination in destination(),
        payload in prop::collection::vec(any::<u8>(), 0..64),
        report in r#"[ \n\r]{0,2}(\{"errorMessage":[ \n]"[a-z\n]{0,8}"\}|.{0,32})[\n]{0,2}"#,
    ) {
        let mut finished = Finished { payload: payload.into(), ..failed() };
        let response = finished.response.take().unwrap();
        finished.response = Some(FinishedResponse { payload: report.into(), ..response });
        let record: serde_json::Value = serde_json::from_str(&finished.record(at())).unwrap();
        prop_assert_eq!(record.as_object().unwrap().len(), 6);
        for message in [finished.message(&destination, at(), ID), finished.dead_letter(&destination, at(), ID)] {
            let line = message.to_json();
            prop_assert!(!line.contains(['\n', '\r']), "{}", line);
            let line: serde_json::Value = serde_json::from_str(&line).unwrap();
            prop_assert_eq!(&line["destination"], destination.arn());
        }
    }
}
