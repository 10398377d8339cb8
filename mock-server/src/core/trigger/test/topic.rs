//! What Publish takes and refuses, and what functions and queues get.

use bytes::Bytes;

use super::{super::topic::*, at, round_trip};
use crate::core::mapping::{AttributeValue, MessageAttribute};

const SUBSCRIPTION: &str = "arn:aws:sns:eu-west-1:123456789012:orders:3f1d6a52-0a6c-4c1b-8f52-7a2b90a5c311";
const MESSAGE_ID: &str = "6d2f6f4e-93d1-5d0a-8a59-31e3a1c0b7aa";

pub(super) fn attribute(data_type: &str, value: &str) -> MessageAttribute {
    let value = match data_type {
        "Binary" => AttributeValue::Binary(Bytes::copy_from_slice(value.as_bytes())),
        _ => AttributeValue::Text(value.to_owned()),
    };
    MessageAttribute { data_type: data_type.to_owned(), value }
}

fn topic() -> Topic {
    Topic { arn: "arn:aws:sns:eu-west-1:123456789012:orders".to_owned(), ..Topic::default() }
}

fn fifo() -> Topic {
    Topic { arn: "arn:aws:sns:eu-west-1:123456789012:orders.fifo".to_owned(), ..Topic::default() }
}

fn publication() -> Publication {
    let mut publication = Publication::new(r#"{"order":4711}"#);
    publication.subject = Some("A new order".to_owned());
    publication.attributes.insert("kind".to_owned(), attribute("String", "order"));
    publication.attributes.insert("thumbnail".to_owned(), attribute("Binary", "\u{7f}PNG"));
    publication
}

fn delivery<'a>(topic: &'a Topic, publication: &'a Publication) -> Delivery<'a> {
    let sequence_number = Some("10000000000000003000");
    Delivery {
        topic,
        publication,
        subscription_arn: SUBSCRIPTION,
        message_id: MESSAGE_ID,
        time: at(),
        sequence_number,
    }
}

fn refused(change: impl FnOnce(&mut Publication)) -> PublishError {
    let mut publication = publication();
    change(&mut publication);
    publication.check(&topic()).unwrap_err()
}

fn attribute_refused(name: &str, attribute: MessageAttribute) -> String {
    refused(|publication| drop(publication.attributes.insert(name.to_owned(), attribute))).to_string()
}

#[test]
fn a_function_gets_the_documented_event() {
    let event = delivery(&topic(), &publication()).event();
    // https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
    assert_eq!(
        event,
        concat!(
            r#"{"Records":[{"EventSource":"aws:sns","EventVersion":"1.0","EventSubscriptionArn":"#,
            r#""arn:aws:sns:eu-west-1:123456789012:orders:3f1d6a52-0a6c-4c1b-8f52-7a2b90a5c311","#,
            r#""Sns":{"Type":"Notification","MessageId":"6d2f6f4e-93d1-5d0a-8a59-31e3a1c0b7aa","#,
            r#""TopicArn":"arn:aws:sns:eu-west-1:123456789012:orders","Subject":"A new order","#,
            r#""Message":"{\"order\":4711}","Timestamp":"2026-11-20T10:00:00.123Z","#,
            r#""SignatureVersion":"1","Signature":"EXAMPLE","#,
            r#""SigningCertUrl":"https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-EXAMPLE.pem","#,
            r#""UnsubscribeUrl":"https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn="#,
            r#"arn:aws:sns:eu-west-1:123456789012:orders:3f1d6a52-0a6c-4c1b-8f52-7a2b90a5c311","#,
            r#""MessageAttributes":{"kind":{"Type":"String","Value":"order"},"#,
            r#""thumbnail":{"Type":"Binary","Value":"f1BORw=="}}}}]}"#
        )
    );
    let event: lambda_events::sns::Sns<'_> = round_trip(&event);
    assert_eq!(event.records[0].sns.message, r#"{"order":4711}"#);
}

#[test]
fn an_event_without_subject_and_attributes_says_so() {
    let event = delivery(&topic(), &Publication::new("hello")).event();
    assert!(event.contains(r#""Subject":null,"Message":"hello""#), "{event}");
    assert!(event.ends_with(r#""MessageAttributes":{}}}]}"#), "{event}");
    let event: lambda_events::sns::Sns<'_> = serde_json::from_str(&event).unwrap();
    assert_eq!(event.records[0].sns.subject, None);
}

#[test]
fn a_queue_gets_the_documented_notification() {
    let message = delivery(&topic(), &publication()).queue_message(false, "AIDA").unwrap();
    // https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html
    assert_eq!(
        message.body,
        concat!(
            r#"{"Type":"Notification","MessageId":"6d2f6f4e-93d1-5d0a-8a59-31e3a1c0b7aa","#,
            r#""TopicArn":"arn:aws:sns:eu-west-1:123456789012:orders","Subject":"A new order","#,
            r#""Message":"{\"order\":4711}","Timestamp":"2026-11-20T10:00:00.123Z","#,
            r#""SignatureVersion":"1","Signature":"EXAMPLE","#,
            r#""SigningCertURL":"https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-EXAMPLE.pem","#,
            r#""UnsubscribeURL":"https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn="#,
            r#"arn:aws:sns:eu-west-1:123456789012:orders:3f1d6a52-0a6c-4c1b-8f52-7a2b90a5c311","#,
            r#""MessageAttributes":{"kind":{"Type":"String","Value":"order"},"#,
            r#""thumbnail":{"Type":"Binary","Value":"f1BORw=="}}}"#
        )
    );
    assert!(message.attributes.is_empty());
    assert_eq!(message.sender, "AIDA");
    let notification: lambda_events::sns::Notification<'_> = round_trip(&message.body);
    assert_eq!(notification.subject.as_deref(), Some("A new order"));
}

#[test]
fn a_notification_leaves_out_what_there_is_not() {
    let body = delivery(&topic(), &Publication::new("hello")).notification();
    assert!(!body.contains("Subject\"") && !body.contains("MessageAttributes"), "{body}");
    assert!(!body.contains("SequenceNumber"), "{body}");
}

#[test]
fn a_notification_of_a_fifo_topic_has_a_number_and_no_signature() {
    let publication = Publication {
        group_id: Some("g".to_owned()),
        deduplication_id: Some("d".to_owned()),
        ..Publication::new("hello")
    };
    let topic = fifo();
    let message = delivery(&topic, &publication).queue_message(false, "AIDA").unwrap();
    assert!(
        message.body.contains(r#""SequenceNumber":"10000000000000003000","TopicArn""#),
        "{}",
        message.body
    );
    assert!(!message.body.contains("Sign"), "{}", message.body);
    assert_eq!((message.group.as_deref(), message.deduplication_id.as_deref()), (Some("g"), Some("d")));
    let _: lambda_events::sns::Notification<'_> = round_trip(&message.body);
}

#[test]
fn a_raw_message_has_text_and_attributes_as_published() {
    let (topic, mut publication) = (topic(), publication());
    let message = delivery(&topic, &publication).queue_message(true, "AIDA").unwrap();
    assert_eq!(message.body, r#"{"order":4711}"#);
    assert_eq!(message.attributes, publication.attributes);
    for at in 0..9 {
        publication.attributes.insert(format!("n{at}"), attribute("Number", "1"));
    }
    let error = delivery(&topic, &publication).queue_message(true, "AIDA").unwrap_err();
    assert_eq!(error, DeliveryError::TooManyAttributes { count: 11 });
    assert!(delivery(&topic, &publication).queue_message(false, "AIDA").is_ok());
}

#[test]
fn each_protocol_gets_its_own_text_without_attributes() {
    let publication = Publication {
        structure: MessageStructure::Json,
        message: r#"{"default": "all", "lambda": "", "sqs": {"no": "text"}}"#.to_owned(),
        ..publication()
    };
    let topic = topic();
    assert_eq!(publication.check(&topic), Ok(()));
    let delivery = delivery(&topic, &publication);
    assert!(delivery.event().contains(r#""Message":"","#));
    assert!(delivery.event().contains(r#""MessageAttributes":{}"#));
    // What is no text counts as missing.
    let message = delivery.queue_message(true, "AIDA").unwrap();
    assert_eq!((message.body.as_str(), message.attributes.len()), ("all", 0));
}

#[test]
fn a_message_for_several_protocols_is_an_object_with_a_default() {
    for (message, expected) in [
        ("hello", PublishError::NotJson),
        ("[]", PublishError::NotJson),
        ("{}", PublishError::NoDefault),
        (r#"{"lambda": "x"}"#, PublishError::NoDefault),
        (r#"{"default": 1}"#, PublishError::NoDefault),
    ] {
        let error = refused(|publication| {
            publication.structure = MessageStructure::Json;
            publication.message = message.to_owned();
        });
        assert_eq!(error, expected, "{message}");
    }
}

#[test]
fn a_message_has_a_text_of_at_most_256_kib_with_its_attributes() {
    assert_eq!(publication().check(&topic()), Ok(()));
    assert_eq!(refused(|publication| publication.message.clear()), PublishError::EmptyMessage);
    let of_bytes = |bytes: usize| Publication {
        message: "x".repeat(bytes - publication().bytes() + publication().message.len()),
        ..publication()
    };
    assert_eq!(of_bytes(262_144).check(&topic()), Ok(()));
    assert_eq!(of_bytes(262_145).check(&topic()), Err(PublishError::TooLong { bytes: 262_145 }));
    let mut small = Publication::new("x");
    small.attributes.insert("ab".to_owned(), attribute("String", "é"));
    assert_eq!(small.bytes(), 1 + 2 + 6 + 2);
}

#[test]
fn a_subject_is_one_short_line() {
    for subject in ["", "a\nb", "a\tb", &"x".repeat(100)] {
        assert_eq!(
            refused(|publication| publication.subject = Some(subject.to_owned())),
            PublishError::Subject
        );
    }
    let longest = Publication { subject: Some("é".repeat(99)), ..publication() };
    assert_eq!(longest.check(&topic()), Ok(()));
}

#[test]
fn an_attribute_must_have_a_name_that_it_can_have() {
    for name in ["", ".a", "a.", "a..b", "a b", "é", "AWS.a", "amazon.a", &"x".repeat(257)] {
        let error = attribute_refused(name, attribute("String", "x"));
        assert!(error.starts_with("MessageAttributes: ") && error.contains("cannot be a name"), "{error}");
    }
    let mut right = publication();
    for name in ["a.b", "a-b_C", "AWSome", &"x".repeat(256)] {
        right.attributes.insert(name.to_owned(), attribute("String", "x"));
    }
    assert_eq!(right.check(&topic()), Ok(()));
}

#[test]
fn an_attribute_must_have_a_value_of_its_type() {
    for (data_type, value, expected) in [
        ("String", "", "expected a text"),
        ("String.Array", "", "expected a text"),
        ("Number", "", "expected a number"),
        ("Number", "one", "expected a number"),
        ("Number", "inf", "expected a number"),
        ("Number", "1 ", "expected a number"),
        ("Binary", "", "expected at least one byte"),
        ("Text", "x", "DataType \"Text\" is not String"),
        ("string", "x", "DataType \"string\" is not String"),
    ] {
        let error = attribute_refused("a", attribute(data_type, value));
        assert!(error.starts_with("MessageAttributes: a: ") && error.contains(expected), "{error}");
    }
    let bytes = AttributeValue::Binary(Bytes::from_static(b"x"));
    let error = attribute_refused("a", MessageAttribute { data_type: "Number".to_owned(), value: bytes });
    assert_eq!(error, "MessageAttributes: a: expected a StringValue");
    let text = AttributeValue::Text("x".to_owned());
    let error = attribute_refused("a", MessageAttribute { data_type: "Binary".to_owned(), value: text });
    assert_eq!(error, "MessageAttributes: a: expected a BinaryValue");
}

#[test]
fn a_fifo_topic_wants_a_group_and_an_id() {
    let with = |group: Option<&str>, id: Option<&str>| Publication {
        group_id: group.map(str::to_owned),
        deduplication_id: id.map(str::to_owned),
        ..publication()
    };
    assert_eq!(with(Some("g"), Some("d")).check(&fifo()), Ok(()));
    assert_eq!(with(None, Some("d")).check(&fifo()), Err(PublishError::NoGroup));
    assert_eq!(with(Some("g"), None).check(&fifo()), Err(PublishError::NoDeduplicationId));
    let by_content = Topic { content_based_deduplication: true, ..fifo() };
    assert_eq!(with(Some("g"), None).check(&by_content), Ok(()));

    assert_eq!(with(Some("g"), None).check(&topic()), Ok(()));
    assert_eq!(with(None, Some("d")).check(&topic()), Err(PublishError::DeduplicationIdOfStandard));
    for id in ["", "a b", "é", &"x".repeat(129)] {
        let parameter = "MessageGroupId";
        assert_eq!(with(Some(id), None).check(&by_content), Err(PublishError::Id { parameter }), "{id}");
        let parameter = "MessageDeduplicationId";
        assert_eq!(with(Some("g"), Some(id)).check(&by_content), Err(PublishError::Id { parameter }), "{id}");
    }
}
