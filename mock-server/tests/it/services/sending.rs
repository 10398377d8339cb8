//! SendMessage: what the queue gets, what the sender is told, and what is refused.

use mock_server::{MockLambda, core::mapping::AttributeValue};
use serde_json::{Value, json};

use super::{Client, url};

/// [The example of SendMessage](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html#API_SendMessage_Examples).
#[tokio::test]
async fn the_documented_message_is_answered_as_documented() {
    let mock = MockLambda::new();
    let queue = mock.queue("MyQueue");
    let mut client = Client::new(&mock).await;
    let body = r#"{
        "QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/MyQueue/",
        "MessageBody": "This is a test message",
        "MessageAttributes": {
            "my_attribute_name_1": {"DataType": "String", "StringValue": "my_attribute_value_1"},
            "my_attribute_name_2": {"DataType": "String", "StringValue": "my_attribute_value_2"}
        }
    }"#;
    let reply = client.sqs("SendMessage", body).await;
    let received = &queue.receive(1)[0];
    let expected = format!(
        r#"{{"MD5OfMessageAttributes":"c48838208d2b4e14e3ca0093a8443f09","MD5OfMessageBody":"fafb00f5732ab283681e124bf8747ed1","MessageId":"{}"}}"#,
        received.id,
    );
    assert_eq!(reply.brief(), (200, expected.as_str()));
    assert_eq!(received.body, "This is a test message");
    let value = &received.attributes["my_attribute_name_2"].value;
    assert_eq!(*value, AttributeValue::Text("my_attribute_value_2".to_owned()));
}

/// The digests are those of the documented algorithm, computed by another program.
#[tokio::test]
async fn digests_cover_all_kinds_of_attributes() {
    let mock = MockLambda::new();
    let queue = mock.queue("orders");
    let mut client = Client::new(&mock).await;
    let body = json!({
        "QueueUrl": url("orders"),
        "MessageBody": "7 apples",
        "MessageAttributes": {
            "String": {"DataType": "String", "StringValue": "Grüße"},
            "Number": {"DataType": "Number.int", "StringValue": "42"},
            "Binary": {"DataType": "Binary", "BinaryValue": "AAH/"},
        },
        "MessageSystemAttributes": {
            "AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"},
        },
    });
    let sent = client.sqs_value("SendMessage", body).await;
    assert_eq!(sent["MD5OfMessageBody"], "7173fe2cf96e6eba2cd4c6e20869c150");
    assert_eq!(sent["MD5OfMessageAttributes"], "df4e369c898dfa4a3e49f1a1ada8d5be");
    assert_eq!(sent["MD5OfMessageSystemAttributes"], "62a56dd927315f2b2e12832b84617ea5");
    let received = &queue.receive(1)[0];
    assert_eq!(received.trace_header.as_deref(), Some("Root=1-5759e988-bd862e3fe1be46a994272793"));
    let binary = &received.attributes["Binary"].value;
    assert_eq!(*binary, AttributeValue::Binary(vec![0, 1, 255].into()));
}

#[tokio::test]
async fn a_message_may_be_held_back() {
    let mock = MockLambda::new();
    let queue = mock.queue("orders");
    let mut client = Client::new(&mock).await;
    let body = json!({ "QueueUrl": url("orders"), "MessageBody": "later", "DelaySeconds": 900 });
    client.sqs_value("SendMessage", body).await;
    assert_eq!((queue.counts().delayed, queue.counts().visible), (1, 0));
}

#[tokio::test]
async fn a_message_of_a_fifo_queue_has_a_sequence_number_and_a_double_has_the_same() {
    let mock = MockLambda::new();
    let queue = mock.queue("orders.fifo");
    let mut client = Client::new(&mock).await;
    let body = json!({
        "QueueUrl": url("orders.fifo"),
        "MessageBody": "7 apples",
        "MessageGroupId": "customer-12",
        "MessageDeduplicationId": "17",
    });
    let first = client.sqs_value("SendMessage", &body).await;
    let second = client.sqs_value("SendMessage", &body).await;
    assert_eq!(first["SequenceNumber"].as_str().map(str::len), Some(20));
    assert_eq!(first, second);
    assert_eq!((queue.counts().visible, queue.counts().duplicates), (1, 1));
    let received = &queue.receive(1)[0];
    assert_eq!(received.fifo.as_ref().unwrap().sequence_number, first["SequenceNumber"]);
    assert_eq!(received.group.as_deref(), Some("customer-12"));
}

#[tokio::test]
async fn what_a_queue_cannot_take_is_refused_and_not_sent() {
    const INVALID: (u16, &str, &str) =
        (400, "InvalidParameterValue;Sender", "com.amazon.coral.service#InvalidParameterValueException");
    const MISSING: (u16, &str, &str) =
        (400, "MissingParameter;Sender", "com.amazon.coral.service#MissingRequiredParameterException");
    const CONTENTS: (u16, &str, &str) =
        (400, "InvalidMessageContents;Sender", "com.amazonaws.sqs#InvalidMessageContents");
    const UNSUPPORTED: (u16, &str, &str) =
        (400, "AWS.SimpleQueueService.UnsupportedOperation;Sender", "com.amazonaws.sqs#UnsupportedOperation");

    let mock = MockLambda::new();
    let queues = [mock.queue("orders"), mock.queue("orders.fifo")];
    let mut client = Client::new(&mock).await;
    let attribute = |attribute: Value| json!({ "MessageAttributes": { "a": attribute } });
    let named =
        |name: &str| json!({ "MessageAttributes": { name: { "DataType": "String", "StringValue": "b" } } });
    let text = json!({ "DataType": "String", "StringValue": "b" });
    let eleven: Value = (0..11).map(|number| (format!("a{number}"), text.clone())).collect();
    for (queue, more, expected, within) in [
        ("orders", json!({ "MessageBody": null }), MISSING, "MessageBody"),
        ("orders", json!({ "MessageBody": "" }), MISSING, "MessageBody"),
        ("orders", json!({ "MessageBody": "\u{1}" }), CONTENTS, "MessageBody"),
        ("orders", json!({ "MessageBody": "\u{ffff}" }), CONTENTS, "MessageBody"),
        ("orders", json!({ "MessageBody": "x".repeat(1_048_577) }), INVALID, "1048577 bytes"),
        ("orders", json!({ "DelaySeconds": 901 }), INVALID, "Value 901 for parameter DelaySeconds"),
        ("orders", json!({ "DelaySeconds": -1 }), INVALID, "Value -1 for parameter DelaySeconds"),
        ("orders", json!({ "MessageDeduplicationId": "17" }), INVALID, "MessageDeduplicationId"),
        ("orders", json!({ "MessageGroupId": "a b" }), INVALID, "MessageGroupId"),
        ("orders", json!({ "MessageAttributes": eleven }), INVALID, "11 attributes"),
        ("orders", attribute(json!({ "DataType": "Text", "StringValue": "b" })), INVALID, "DataType"),
        ("orders", attribute(json!({ "StringValue": "b" })), INVALID, "DataType"),
        ("orders", attribute(json!({ "DataType": "String" })), INVALID, "StringValue"),
        (
            "orders",
            attribute(json!({ "DataType": "String", "StringValue": "" })),
            INVALID,
            "'a' must have a value",
        ),
        ("orders", attribute(json!({ "DataType": "Number", "StringValue": "b" })), INVALID, "no number"),
        ("orders", attribute(json!({ "DataType": "Binary", "BinaryValue": "?" })), INVALID, "no base64"),
        (
            "orders",
            attribute(json!({ "DataType": "String", "StringListValues": ["b"] })),
            UNSUPPORTED,
            "list",
        ),
        ("orders", named("aws.a"), INVALID, "reserved"),
        ("orders", named("a..b"), INVALID, "dot"),
        ("orders", named("a b"), INVALID, "letters"),
        ("orders", json!({ "MessageSystemAttributes": { "SenderId": text } }), INVALID, "AWSTraceHeader"),
        ("orders.fifo", json!({ "MessageDeduplicationId": "17" }), MISSING, "MessageGroupId"),
        ("orders.fifo", json!({ "MessageGroupId": "g" }), INVALID, "MessageDeduplicationId"),
        (
            "orders.fifo",
            json!({ "MessageGroupId": "g", "MessageDeduplicationId": "17", "DelaySeconds": 1 }),
            INVALID,
            "DelaySeconds",
        ),
    ] {
        let mut body = json!({ "QueueUrl": url(queue), "MessageBody": "7 apples" });
        body.as_object_mut().unwrap().append(more.clone().as_object_mut().unwrap());
        let refused = client.sqs_refusal("SendMessage", body).await;
        assert_eq!(refused.brief(), expected, "{within}: {refused:?}");
        assert!(refused.message.contains(within), "{within}: {refused:?}");
    }
    assert!(queues.iter().all(|queue| queue.counts() == Default::default()));
}

#[tokio::test]
async fn a_queue_that_knows_doubles_by_their_text_asks_for_no_id() {
    let mock = MockLambda::new();
    let queue = mock.new_queue("orders.fifo").content_based_deduplication().create().unwrap();
    let mut client = Client::new(&mock).await;
    let body = json!({ "QueueUrl": url("orders.fifo"), "MessageBody": "7 apples", "MessageGroupId": "g" });
    client.sqs_value("SendMessage", &body).await;
    client.sqs_value("SendMessage", &body).await;
    assert_eq!((queue.counts().visible, queue.counts().duplicates), (1, 1));
}

#[tokio::test]
async fn a_queue_that_is_not_there_is_not_made() {
    let mock = MockLambda::new();
    mock.queue("orders");
    let mut client = Client::new(&mock).await;
    for queue_url in [
        Some(url("other")),
        Some("http://localhost/210987654321/orders".to_owned()),
        Some("http://localhost/orders".to_owned()),
        Some("orders".to_owned()),
        Some(String::new()),
        None,
    ] {
        for operation in [
            "SendMessage",
            "SendMessageBatch",
            "ReceiveMessage",
            "DeleteMessage",
            "DeleteMessageBatch",
            "ChangeMessageVisibility",
            "GetQueueAttributes",
        ] {
            let refused = client.sqs_refusal(operation, json!({ "QueueUrl": queue_url })).await;
            let expected = (
                400,
                "AWS.SimpleQueueService.NonExistentQueue;Sender",
                "com.amazonaws.sqs#QueueDoesNotExist",
            );
            assert_eq!(refused.brief(), expected, "{operation} {queue_url:?}");
            assert_eq!(refused.message, "The specified queue does not exist.");
        }
    }
    let listed = client.sqs_value("ListQueues", "{}").await;
    assert_eq!(listed, json!({ "QueueUrls": [url("orders")] }));
}
