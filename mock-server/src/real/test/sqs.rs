//! Queues.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    canned::{self, Canned},
    now, refused, soon, stand_in,
    stand_in::StandIn,
};
use crate::{
    core::{
        Time,
        mapping::{AttributeValue, FifoAttributes, Message, MessageAttribute, QueueSource},
    },
    real::{
        error::RealSourceError,
        sqs::{QueueFacts, SqsQueue},
    },
};

const TRACE: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

/// A new queue, and where it is.
async fn create(stand_in: &mut StandIn, arguments: Value) -> (SqsQueue, String) {
    let created = stand_in.call("sqs", "create_queue", arguments).await;
    let url = created["QueueUrl"].as_str().unwrap().to_owned();
    (SqsQueue::new(url.parse().unwrap()).unwrap(), url)
}

async fn receive(queue: &SqsQueue, at_most: usize) -> Vec<Message> {
    soon(queue.receive(now, at_most, Duration::ZERO)).await.unwrap()
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::Text(value.to_owned())
}

#[tokio::test]
async fn a_message_that_was_sent_is_received_with_all_its_attributes() {
    let Some(mut stand_in) = stand_in().await else { return };
    let arguments = json!({ "QueueName": "orders", "Attributes": { "VisibilityTimeout": "45" } });
    let (queue, url) = create(&mut stand_in, arguments).await;
    assert_eq!(receive(&queue, 10).await, []);
    let sent = json!({
        "QueueUrl": url,
        "MessageBody": "hello",
        "MessageAttributes": {
            "colour": { "DataType": "String", "StringValue": "Grün" },
            "count": { "DataType": "Number.int", "StringValue": "7" },
            "raw": { "DataType": "Binary", "BinaryValue": { "base64": "AAH+/w==" } },
        },
        "MessageSystemAttributes": { "AWSTraceHeader": { "DataType": "String", "StringValue": TRACE } },
    });
    let sent = stand_in.call("sqs", "send_message", sent).await;

    let messages = receive(&queue, 10).await;
    let [message] = &messages[..] else { panic!("{messages:?}") };
    assert_eq!(sent["MessageId"], message.id);
    assert_eq!(message.body, "hello");
    assert_eq!(message.md5_of_body, "5d41402abc4b2a76b9719d911017c592");
    assert_eq!(sent["MD5OfMessageAttributes"], *message.md5_of_attributes.as_ref().unwrap());
    let attributes = [
        ("colour", "String", text("Grün")),
        ("count", "Number.int", text("7")),
        ("raw", "Binary", AttributeValue::Binary(vec![0, 1, 254, 255].into())),
    ];
    let attributes = attributes.map(|(name, data_type, value)| {
        (name.to_owned(), MessageAttribute { data_type: data_type.to_owned(), value })
    });
    assert_eq!(message.attributes, attributes.into());
    assert_eq!(message.receives, 1);
    // The stand-in's clock, not the one of this test.
    assert!(message.sent <= message.first_received && message.first_received < now(), "{message:?}");
    assert!(message.sent > Time::from_unix(Duration::from_secs(1_700_000_000)), "{message:?}");
    assert_ne!(message.sender, "");
    assert_eq!(message.trace_header.as_deref(), Some(TRACE));
    assert_eq!((&message.group, &message.fifo, &message.dead_letter_source), (&None, &None, &None));
    assert_eq!(message.hidden_until, now() + Duration::from_secs(45));

    // What a function gets is what another client gets.
    let arguments =
        json!({ "QueueUrl": url, "ReceiptHandle": message.receipt_handle, "VisibilityTimeout": 0 });
    stand_in.call("sqs", "change_message_visibility", arguments).await;
    let [again] = &receive(&queue, 1).await[..] else { panic!("it is visible again") };
    assert_eq!((again.receives, again.first_received), (2, message.first_received));
    let facts = queue.facts().await.unwrap();
    let record: Value = serde_json::from_str(&QueueSource { arn: facts.arn }.record(again)).unwrap();
    assert_eq!(record["eventSourceARN"], "arn:aws:sqs:us-east-1:123456789012:orders");
    assert_eq!(record["messageAttributes"]["raw"]["binaryValue"], "AAH+/w==");
    assert_eq!(record["attributes"]["ApproximateReceiveCount"], "2");
}

#[tokio::test]
async fn a_message_of_a_fifo_queue_has_its_group_and_its_place() {
    let Some(mut stand_in) = stand_in().await else { return };
    let attributes = json!({ "FifoQueue": "true", "VisibilityTimeout": "7" });
    let arguments = json!({ "QueueName": "orders.fifo", "Attributes": attributes });
    let (queue, url) = create(&mut stand_in, arguments).await;
    let facts = QueueFacts {
        arn: "arn:aws:sqs:us-east-1:123456789012:orders.fifo".to_owned(),
        visibility_timeout: Duration::from_secs(7),
        is_fifo: true,
    };
    assert_eq!(queue.facts().await.unwrap(), facts);
    let sent = json!({
        "QueueUrl": url, "MessageBody": "7", "MessageGroupId": "red", "MessageDeduplicationId": "once",
    });
    let sent = stand_in.call("sqs", "send_message", sent).await;
    let [message] = &receive(&queue, 10).await[..] else { panic!("one was sent") };
    assert_eq!(message.group.as_deref(), Some("red"));
    let sequence_number = sent["SequenceNumber"].as_str().unwrap().to_owned();
    let fifo = FifoAttributes { sequence_number, deduplication_id: "once".to_owned() };
    assert_eq!(message.fifo, Some(fifo));
    assert_eq!((&message.attributes, &message.md5_of_attributes), (&[].into(), &None));
}

#[tokio::test]
async fn a_deleted_message_does_not_come_again() {
    let Some(mut stand_in) = stand_in().await else { return };
    let (queue, url) = create(&mut stand_in, json!({ "QueueName": "orders" })).await;
    assert!(!queue.facts().await.unwrap().is_fifo);
    for number in 0..13 {
        let message = json!({ "QueueUrl": url, "MessageBody": number.to_string() });
        stand_in.call("sqs", "send_message", message).await;
    }
    let mut messages = receive(&queue, 10_000).await;
    assert_eq!(messages.len(), 10);
    messages.extend(receive(&queue, 2).await);
    assert_eq!(messages.len(), 12);
    messages.extend(receive(&queue, 2).await);
    let handles: Vec<_> = messages.iter().map(|message| message.receipt_handle.clone()).collect();
    let (kept, deleted) = handles.split_last().unwrap();
    assert_eq!(deleted.len(), 12);
    soon(queue.delete(deleted)).await.unwrap();
    soon(queue.delete(&[])).await.unwrap();

    let arguments = json!({ "QueueUrl": url, "ReceiptHandle": kept, "VisibilityTimeout": 0 });
    stand_in.call("sqs", "change_message_visibility", arguments).await;
    let attributes = stand_in
        .call("sqs", "get_queue_attributes", json!({ "QueueUrl": url, "AttributeNames": ["All"] }))
        .await;
    let attributes = &attributes["Attributes"];
    assert_eq!(attributes["ApproximateNumberOfMessagesNotVisible"], "0", "{attributes}");
    let [message] = &receive(&queue, 10).await[..] else { panic!("{attributes}") };
    assert_eq!(message.body, messages[12].body);

    // Handles of nothing.
    let error = soon(queue.delete(&["gone".to_owned(), kept.clone()])).await.unwrap_err();
    let RealSourceError::NotDeleted { count: 1, asked: 2, .. } = &error else { panic!("{error:?}") };
    assert!(error.to_string().contains("ReceiptHandleIsInvalid"), "{error}");
    assert!(!error.is_transient());
}

#[tokio::test]
async fn a_long_poll_ends_when_a_message_comes() {
    let Some(mut stand_in) = stand_in().await else { return };
    let (queue, url) = create(&mut stand_in, json!({ "QueueName": "orders" })).await;
    let late = json!({ "QueueUrl": url, "MessageBody": "late", "DelaySeconds": 1 });
    stand_in.call("sqs", "send_message", late).await;
    let messages = soon(queue.receive(now, 10, Duration::from_secs(20))).await.unwrap();
    let [message] = &messages[..] else { panic!("{messages:?}") };
    assert_eq!(message.body, "late");
}

#[tokio::test]
async fn a_queue_that_is_not_there_is_told() {
    let Some(mut stand_in) = stand_in().await else { return };
    let (_, url) = create(&mut stand_in, json!({ "QueueName": "orders" })).await;
    let queue = SqsQueue::new(url.replace("orders", "missing").parse().unwrap()).unwrap();
    for error in [
        queue.facts().await.unwrap_err(),
        queue.receive(now, 1, Duration::ZERO).await.unwrap_err(),
        queue.delete(&["1".to_owned()]).await.unwrap_err(),
    ] {
        let (status, code, _) = refused(&error);
        assert_eq!(status, 400);
        assert!(code.ends_with("NonExistentQueue") || code == "QueueDoesNotExist", "{code}");
        assert!(!error.is_transient());
        assert!(error.to_string().starts_with(&queue.url.to_string()), "{error}");
    }
    // Where no queue is any more, one may be again.
    stand_in.stop().await;
    let error = queue.facts().await.unwrap_err();
    assert!(matches!(error, RealSourceError::Unreachable { .. }) && error.is_transient(), "{error:?}");
}

const FACTS: &str =
    r#"{"Attributes":{"QueueArn":"arn:aws:sqs:us-east-1:123456789012:dead","VisibilityTimeout":"30"}}"#;

async fn canned() -> (Canned, SqsQueue) {
    let canned = Canned::bind().await;
    let queue = SqsQueue::new(format!("{}000000000000/dead", canned.url).parse().unwrap()).unwrap();
    (canned, queue)
}

#[tokio::test]
async fn the_wait_for_a_message_is_longer_than_any_other() {
    let (canned, queue) = canned().await;
    let asking = tokio::spawn({
        let queue = queue.clone();
        async move { queue.receive(now, 10, Duration::from_secs(60)).await }
    });
    let (mut stream, _) = canned.asked().await;
    canned::answer(&mut stream, 200, FACTS).await;
    let (_silent, asked) = canned.asked().await;
    assert_eq!(asked.body["WaitTimeSeconds"], 20);
    // From here on nothing comes from the socket, so that time may be turned.
    tokio::time::pause();
    tokio::time::advance(Duration::from_millis(24_000)).await;
    tokio::task::yield_now().await;
    assert!(!asking.is_finished());
    let error = asking.await.unwrap().unwrap_err();
    let said = format!("{} did not answer ReceiveMessage within 25 seconds", queue.url);
    assert_eq!(error.to_string(), said);
    assert!(error.is_transient());
}

#[tokio::test]
async fn a_queue_is_asked_for_what_it_can_give() {
    let (canned, queue) = canned().await;
    for (at_most, wait, asked_at_most, asked_wait) in
        [(0, 0, 1, 0), (7, 1, 7, 1), (7, 2_001, 7, 3), (11, 21_000, 10, 20)]
    {
        let answers: &[_] = if at_most == 0 { &[(200, FACTS), (200, "{}")] } else { &[(200, "{}")] };
        let receiving = queue.receive(now, at_most, Duration::from_millis(wait));
        let (received, asked) = canned.answers(receiving, answers).await;
        assert_eq!(received.unwrap(), []);
        let asked = asked.last().unwrap();
        assert_eq!(asked.operation(), "receivemessage");
        let body = &asked.body;
        assert_eq!(body["QueueUrl"], queue.url.to_string());
        assert_eq!(
            (&body["MaxNumberOfMessages"], &body["WaitTimeSeconds"]),
            (&json!(asked_at_most), &json!(asked_wait))
        );
        assert!(asked.head.starts_with("post / http/1.1\r\n"), "{}", asked.head);
        assert!(asked.head.contains("/us-east-1/sqs/aws4_request"), "{}", asked.head);
    }
}

#[tokio::test]
async fn a_dead_letter_has_where_it_came_from_and_what_is_left_out_is_of_now() {
    let (canned, queue) = canned().await;
    let body = json!({ "Messages": [
        {
            "MessageId": "1", "ReceiptHandle": "r-1", "Body": "dead", "MD5OfBody": "d",
            "Attributes": {
                "SentTimestamp": "1545082649183",
                "DeadLetterQueueSourceArn": "arn:aws:sqs:us-east-1:123456789012:orders",
            },
        },
        { "MessageId": "2", "ReceiptHandle": "r-2", "Body": "bare", "MD5OfBody": "b" },
    ] });
    let body = body.to_string();
    let receiving = queue.receive(now, 10, Duration::ZERO);
    let (received, _) = canned.answers(receiving, &[(200, FACTS), (200, &body)]).await;
    let received = received.unwrap();
    let [dead, bare] = &received[..] else { panic!("{received:?}") };
    assert_eq!(dead.dead_letter_source.as_deref(), Some("arn:aws:sqs:us-east-1:123456789012:orders"));
    assert_eq!(dead.sent, Time::from_unix(Duration::from_millis(1_545_082_649_183)));
    assert_eq!((bare.sent, bare.first_received, bare.receives), (now(), now(), 1));
    assert_eq!((bare.sender.as_str(), bare.hidden_until), ("", now() + Duration::from_secs(30)));

    for (answer, member) in [
        (r#"{"Messages":[{"MessageId":"1","ReceiptHandle":"r","MD5OfBody":"d"}]}"#, "Body"),
        (r#"{"Messages":[{"MessageId":"1","Body":"b","MD5OfBody":"d"}]}"#, "ReceiptHandle"),
        (
            r#"{"Messages":[{"MessageId":"1","ReceiptHandle":"r","Body":"b","MD5OfBody":"d",
                "MessageAttributes":{"a":{"DataType":"String"}}}]}"#,
            "MessageAttributes",
        ),
    ] {
        let receiving = queue.receive(now, 10, Duration::ZERO);
        let (received, _) = canned.answers(receiving, &[(200, answer)]).await;
        let error = received.unwrap_err();
        let said = format!("{} answered ReceiveMessage without a usable {member}", queue.url);
        assert_eq!(error.to_string(), said);
        assert!(!error.is_transient());
    }
}

#[tokio::test]
async fn handles_that_were_not_deleted_are_counted() {
    let (canned, queue) = canned().await;
    let handles: Vec<_> = (0..12).map(|number| number.to_string()).collect();
    for (is_our_fault, is_transient) in [("true", false), ("false", true)] {
        let first = format!(
            r#"{{"Successful":[],"Failed":[
                {{"Id":"0","SenderFault":true,"Code":"ReceiptHandleIsInvalid","Message":"what is it?"}},
                {{"Id":"9","SenderFault":{is_our_fault},"Code":"InternalError"}}]}}"#
        );
        let second = r#"{"Successful":[{"Id":"0"},{"Id":"1"}],"Failed":[]}"#;
        let (deleted, asked) = canned.answers(queue.delete(&handles), &[(200, &first), (200, second)]).await;
        let error = deleted.unwrap_err();
        let said = format!(
            "2 of 12 messages were not deleted at {}, the first because of ReceiptHandleIsInvalid: what is it?",
            queue.url
        );
        assert_eq!(error.to_string(), said);
        assert_eq!(error.is_transient(), is_transient);
        let counts: Vec<_> =
            asked.iter().map(|asked| asked.body["Entries"].as_array().unwrap().len()).collect();
        assert_eq!(counts, [10, 2]);
        assert_eq!(asked[1].body["Entries"][1]["ReceiptHandle"], "11");
    }
}
