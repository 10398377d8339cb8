//! ReceiveMessage, and what is done with a message by its receipt handle.

use mock_server::{
    MockLambda,
    core::mapping::{AttributeValue, MessageAttribute, NewMessage},
};
use serde_json::{Value, json};

use super::{Client, url};
use crate::{
    raw::{Connection, post},
    wait::soon,
};

fn handle(received: &Value) -> &str {
    received["Messages"][0]["ReceiptHandle"].as_str().unwrap()
}

#[tokio::test]
async fn a_message_comes_with_what_is_asked_for_and_nothing_else() {
    let mock = MockLambda::new();
    let queue = mock.queue("orders");
    let mut message = NewMessage::new("7 apples").attribute("String", "Grüße");
    let number = AttributeValue::Text("42".to_owned());
    message
        .attributes
        .insert("Number".to_owned(), MessageAttribute { data_type: "Number.int".to_owned(), value: number });
    let binary = AttributeValue::Binary(vec![0, 1, 255].into());
    message
        .attributes
        .insert("Binary".to_owned(), MessageAttribute { data_type: "Binary".to_owned(), value: binary });
    let sent = queue.send(message).unwrap();
    let mut client = Client::new(&mock).await;
    let again = json!({ "QueueUrl": url("orders"), "VisibilityTimeout": 0 });

    let reply = client.sqs("ReceiveMessage", &again).await;
    let received: Value = serde_json::from_slice(&reply.body).unwrap();
    let expected = format!(
        r#"{{"Messages":[{{"MessageId":"{}","ReceiptHandle":"{}","MD5OfBody":"7173fe2cf96e6eba2cd4c6e20869c150","Body":"7 apples"}}]}}"#,
        sent.id,
        handle(&received),
    );
    assert_eq!(reply.brief(), (200, expected.as_str()));

    for (names, found, digest) in [
        (json!(["All"]), &["Binary", "Number", "String"][..], Some("df4e369c898dfa4a3e49f1a1ada8d5be")),
        (json!([".*"]), &["Binary", "Number", "String"], Some("df4e369c898dfa4a3e49f1a1ada8d5be")),
        (json!(["Num.*", "Absent"]), &["Number"], Some("8927aab1148f5cc017ee00abce367e31")),
        (json!(["Number"]), &["Number"], Some("8927aab1148f5cc017ee00abce367e31")),
        (json!(["Numb"]), &[], None),
        (json!([]), &[], None),
    ] {
        let mut body = again.clone();
        body["MessageAttributeNames"] = names.clone();
        let received = client.sqs_value("ReceiveMessage", body).await;
        let message = &received["Messages"][0];
        let attributes = message["MessageAttributes"].as_object();
        let keys: Vec<_> = attributes.iter().flat_map(|attributes| attributes.keys()).collect();
        assert_eq!(keys, found, "{names}");
        // Of what is given, as clients check it.
        assert_eq!(message["MD5OfMessageAttributes"].as_str(), digest, "{names}");
        if found.len() == 3 {
            let expected = json!({
                "Binary": { "DataType": "Binary", "BinaryValue": "AAH/" },
                "Number": { "DataType": "Number.int", "StringValue": "42" },
                "String": { "DataType": "String", "StringValue": "Grüße" },
            });
            assert_eq!(message["MessageAttributes"], expected);
        }
    }
}

#[tokio::test]
async fn the_system_tells_what_it_is_asked_under_either_name() {
    let mock = MockLambda::new();
    let dead = mock.queue("dead.fifo");
    let queue = mock.new_queue("orders.fifo").dead_letters(&dead, 9).create().unwrap();
    let message = NewMessage::new("7 apples").group("customer-12").deduplication_id("17");
    let sent = queue.send(NewMessage { trace_header: Some("Root=1".to_owned()), ..message }).unwrap();
    let mut client = Client::new(&mock).await;
    for (number, member) in ["AttributeNames", "MessageSystemAttributeNames"].into_iter().enumerate() {
        let body = json!({ "QueueUrl": url("orders.fifo"), "VisibilityTimeout": 0, member: ["All"] });
        let received = client.sqs_value("ReceiveMessage", body).await;
        let mut attributes = received["Messages"][0]["Attributes"].clone();
        for time in ["SentTimestamp", "ApproximateFirstReceiveTimestamp"] {
            let millis = attributes.as_object_mut().unwrap().remove(time).unwrap();
            assert_eq!(millis.as_str().map(str::len), Some(13), "{time}");
        }
        let expected = json!({
            "SenderId": "AIDAEXAMPLEEXAMPLE000",
            "ApproximateReceiveCount": (number + 1).to_string(),
            "SequenceNumber": sent.sequence_number,
            "MessageDeduplicationId": "17",
            "MessageGroupId": "customer-12",
            "AWSTraceHeader": "Root=1",
        });
        assert_eq!(attributes, expected, "{member}");
    }
    let body = json!({
        "QueueUrl": url("orders.fifo"),
        "MessageSystemAttributeNames": ["MessageGroupId", "DeadLetterQueueSourceArn"],
    });
    let received = client.sqs_value("ReceiveMessage", body).await;
    assert_eq!(received["Messages"][0]["Attributes"], json!({ "MessageGroupId": "customer-12" }));
}

#[tokio::test]
async fn a_dead_letter_names_the_queue_that_has_given_it_up() {
    let mock = MockLambda::new();
    let dead = mock.queue("dead");
    let queue = mock.new_queue("orders").dead_letters(&dead, 1).create().unwrap();
    queue.send("7 apples").unwrap();
    let mut client = Client::new(&mock).await;
    let body = json!({ "QueueUrl": url("orders"), "VisibilityTimeout": 0 });
    assert_eq!(client.sqs_value("ReceiveMessage", &body).await["Messages"][0]["Body"], "7 apples");
    assert_eq!(client.sqs("ReceiveMessage", &body).await.brief(), (200, "{}"));
    let body = json!({ "QueueUrl": url("dead"), "AttributeNames": ["DeadLetterQueueSourceArn"] });
    let received = client.sqs_value("ReceiveMessage", body).await;
    let expected = json!({ "DeadLetterQueueSourceArn": "arn:aws:sqs:us-east-1:123456789012:orders" });
    assert_eq!(received["Messages"][0]["Attributes"], expected);
}

#[tokio::test]
async fn as_many_messages_come_as_are_asked_for_and_they_are_hidden_then() {
    let mock = MockLambda::new();
    let queue = mock.queue("orders");
    for number in 0..12 {
        queue.send(number.to_string()).unwrap();
    }
    let mut client = Client::new(&mock).await;
    for (at_most, count) in [(None, 1), (Some(1), 1), (Some(10), 10), (Some(10), 0)] {
        let body = json!({ "QueueUrl": url("orders"), "MaxNumberOfMessages": at_most });
        let received = client.sqs_value("ReceiveMessage", body).await;
        let messages = received["Messages"].as_array();
        assert_eq!(messages.map_or(0, Vec::len), count, "{at_most:?}");
    }
    assert_eq!(queue.counts().in_flight, 12);
}

#[tokio::test]
async fn who_waits_gets_a_message_that_is_sent_meanwhile() {
    let mock = MockLambda::new();
    let queue = mock.queue("orders");
    let mut client = Client::new(&mock).await;
    let mut waiting = Connection::tcp(client.api.address()).await;
    let headers = [("X-Amz-Target", "AmazonSQS.ReceiveMessage"), ("Content-Type", super::JSON_1_0)];
    let body = json!({ "QueueUrl": url("orders"), "WaitTimeSeconds": 20 }).to_string();
    waiting.send(post("/", &headers, body.as_bytes())).await;
    // By then the other call waits, too, if it does.
    client.sqs_value("ListQueues", "{}").await;
    queue.send("7 apples").unwrap();
    let reply = soon(waiting.reply()).await;
    let received: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(received["Messages"][0]["Body"], "7 apples");
}

#[tokio::test]
async fn who_hangs_up_while_waiting_takes_no_message_along() {
    let mock = MockLambda::new();
    let queue = mock.queue("orders");
    let mut client = Client::new(&mock).await;
    let mut waiting = Connection::tcp(client.api.address()).await;
    let headers = [("X-Amz-Target", "AmazonSQS.ReceiveMessage"), ("Content-Type", super::JSON_1_0)];
    let body = json!({ "QueueUrl": url("orders"), "WaitTimeSeconds": 20 }).to_string();
    waiting.send(post("/", &headers, body.as_bytes())).await;
    client.sqs_value("ListQueues", "{}").await;
    waiting.finish_writing().await;
    soon(waiting.closed()).await;
    queue.send("7 apples").unwrap();
    let received = client.sqs_value("ReceiveMessage", json!({ "QueueUrl": url("orders") })).await;
    assert_eq!(received["Messages"][0]["Body"], "7 apples");
}

#[tokio::test]
async fn a_message_is_deleted_by_its_handle() {
    let mock = MockLambda::new();
    let queue = mock.queue("orders");
    queue.send("7 apples").unwrap();
    let mut client = Client::new(&mock).await;
    let received = client.sqs_value("ReceiveMessage", json!({ "QueueUrl": url("orders") })).await;
    let body = json!({ "QueueUrl": url("orders"), "ReceiptHandle": handle(&received) });
    // The second time it is gone, which is no error.
    for _ in 0..2 {
        let reply = client.sqs("DeleteMessage", &body).await;
        assert_eq!(reply.brief(), (200, ""));
        assert_eq!(reply.header("content-length"), Some("0"));
    }
    assert_eq!((queue.counts().deleted, queue.counts().in_flight), (1, 0));
}

#[tokio::test]
async fn a_message_can_be_given_back() {
    let mock = MockLambda::new();
    let queue = mock.queue("orders");
    queue.send("7 apples").unwrap();
    let mut client = Client::new(&mock).await;
    let receive = json!({ "QueueUrl": url("orders"), "VisibilityTimeout": 43_200 });
    let received = client.sqs_value("ReceiveMessage", &receive).await;
    let mut change =
        json!({ "QueueUrl": url("orders"), "ReceiptHandle": handle(&received), "VisibilityTimeout": 600 });
    assert_eq!(client.sqs("ChangeMessageVisibility", &change).await.brief(), (200, ""));
    assert_eq!(queue.counts().in_flight, 1);
    change["VisibilityTimeout"] = json!(0);
    assert_eq!(client.sqs("ChangeMessageVisibility", &change).await.brief(), (200, ""));
    assert_eq!((queue.counts().in_flight, queue.counts().visible), (0, 1));
    // It is not in flight any more.
    let refused = client.sqs_refusal("ChangeMessageVisibility", &change).await;
    let name = "com.amazon.coral.service#InvalidParameterValueException";
    assert_eq!(refused.brief(), (400, "InvalidParameterValue;Sender", name));
    assert!(refused.message.contains("parameter ReceiptHandle is invalid"), "{refused:?}");
}

#[tokio::test]
async fn what_nobody_can_ask_for_is_refused() {
    let mock = MockLambda::new();
    let queue = mock.queue("orders");
    queue.send("7 apples").unwrap();
    let mut client = Client::new(&mock).await;
    let invalid = ("InvalidParameterValue;Sender", "com.amazon.coral.service#InvalidParameterValueException");
    let missing = ("MissingParameter;Sender", "com.amazon.coral.service#MissingRequiredParameterException");
    let unknown = ("InvalidAttributeName;Sender", "com.amazonaws.sqs#InvalidAttributeName");
    let no_handle = ("ReceiptHandleIsInvalid;Sender", "com.amazonaws.sqs#ReceiptHandleIsInvalid");
    for (operation, more, status, (code, name), within) in [
        (
            "ReceiveMessage",
            json!({ "MaxNumberOfMessages": 0 }),
            400,
            invalid,
            "Value 0 for parameter MaxNumberOfMessages",
        ),
        ("ReceiveMessage", json!({ "MaxNumberOfMessages": 11 }), 400, invalid, "from 1 to 10"),
        ("ReceiveMessage", json!({ "WaitTimeSeconds": 21 }), 400, invalid, "from 0 to 20"),
        ("ReceiveMessage", json!({ "VisibilityTimeout": 43_201 }), 400, invalid, "from 0 to 43200"),
        ("ReceiveMessage", json!({ "AttributeNames": ["Colour"] }), 400, unknown, "Colour"),
        ("ReceiveMessage", json!({ "MessageSystemAttributeNames": ["Colour"] }), 400, unknown, "Colour"),
        ("DeleteMessage", json!({}), 400, missing, "ReceiptHandle"),
        ("DeleteMessage", json!({ "ReceiptHandle": "mine" }), 404, no_handle, "\"mine\""),
        ("ChangeMessageVisibility", json!({ "ReceiptHandle": "mine" }), 400, missing, "VisibilityTimeout"),
        (
            "ChangeMessageVisibility",
            json!({ "ReceiptHandle": "mine", "VisibilityTimeout": 7 }),
            404,
            no_handle,
            "\"mine\"",
        ),
        (
            "ChangeMessageVisibility",
            json!({ "ReceiptHandle": "mine", "VisibilityTimeout": -7 }),
            400,
            invalid,
            "Value -7",
        ),
    ] {
        let mut body = json!({ "QueueUrl": url("orders") });
        body.as_object_mut().unwrap().append(more.clone().as_object_mut().unwrap());
        let refused = client.sqs_refusal(operation, body).await;
        assert_eq!(refused.brief(), (status, code, name), "{operation} {more}");
        assert!(refused.message.contains(within), "{operation} {more}: {refused:?}");
    }
    assert_eq!(queue.counts().visible, 1, "nobody has received it");
}
