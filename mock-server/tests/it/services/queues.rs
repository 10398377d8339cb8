//! GetQueueUrl, GetQueueAttributes and ListQueues.

use std::time::Duration;

use mock_server::MockLambda;
use serde_json::{Value, json};

use super::{Client, JSON_1_0, url};
use crate::wait::soon;

#[tokio::test]
async fn the_url_of_a_queue_is_where_the_client_has_called() {
    let mock = MockLambda::new();
    mock.queue("orders");
    let mut client = Client::new(&mock).await;
    let reply = client.sqs("GetQueueUrl", json!({ "QueueName": "orders" })).await;
    assert_eq!(reply.brief(), (200, r#"{"QueueUrl":"http://localhost/123456789012/orders"}"#));

    let body = r#"{"QueueName":"orders","QueueOwnerAWSAccountId":"123456789012"}"#;
    let request = format!(
        "POST / HTTP/1.1\r\nHost: mock.internal:9001\r\nContent-Type: {JSON_1_0}\r\n\
         X-Amz-Target: AmazonSQS.GetQueueUrl\r\nContent-Length: {}\r\n\r\n{body}",
        body.len(),
    );
    client.connection.send(request).await;
    let reply = soon(client.connection.reply()).await;
    assert_eq!(reply.brief(), (200, r#"{"QueueUrl":"http://mock.internal:9001/123456789012/orders"}"#));

    for body in [
        json!({ "QueueName": "other" }),
        json!({ "QueueName": "orders", "QueueOwnerAWSAccountId": "210987654321" }),
    ] {
        let refused = client.sqs_refusal("GetQueueUrl", body).await;
        assert_eq!(refused.name, "com.amazonaws.sqs#QueueDoesNotExist");
    }
    let refused = client.sqs_refusal("GetQueueUrl", "{}").await;
    assert_eq!((refused.status, refused.code.as_str()), (400, "MissingParameter;Sender"));
}

#[tokio::test]
async fn a_queue_tells_its_attributes() {
    let mock = MockLambda::new();
    let dead = mock.queue("dead");
    let queue = mock.new_queue("orders").visibility_timeout(Duration::from_secs(45)).dead_letters(&dead, 3);
    let queue = queue.create().unwrap();
    for text in ["7 apples", "8 pears", "9 plums"] {
        queue.send(text).unwrap();
    }
    queue.receive(1);
    let mut client = Client::new(&mock).await;
    let of = |names: Value| json!({ "QueueUrl": url("orders"), "AttributeNames": names });
    let all = client.sqs_value("GetQueueAttributes", of(json!(["All"]))).await;
    let expected = json!({ "Attributes": {
        "ApproximateNumberOfMessages": "2",
        "ApproximateNumberOfMessagesDelayed": "0",
        "ApproximateNumberOfMessagesNotVisible": "1",
        "DelaySeconds": "0",
        "MaximumMessageSize": "1048576",
        "MessageRetentionPeriod": "345600",
        "QueueArn": "arn:aws:sqs:us-east-1:123456789012:orders",
        "ReceiveMessageWaitTimeSeconds": "0",
        "RedrivePolicy":
            r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:dead","maxReceiveCount":3}"#,
        "VisibilityTimeout": "45",
    } });
    assert_eq!(all, expected);
    let some = client.sqs_value("GetQueueAttributes", of(json!(["VisibilityTimeout", "Policy"]))).await;
    assert_eq!(some, json!({ "Attributes": { "VisibilityTimeout": "45" } }));
    assert_eq!(client.sqs("GetQueueAttributes", of(json!(null))).await.brief(), (200, "{}"));
    let refused = client.sqs_refusal("GetQueueAttributes", of(json!(["Colour"]))).await;
    let expected = (400, "InvalidAttributeName;Sender", "com.amazonaws.sqs#InvalidAttributeName");
    assert_eq!(refused.brief(), expected);
}

#[tokio::test]
async fn a_fifo_queue_says_that_it_is_one() {
    let mock = MockLambda::new();
    mock.new_queue("orders.fifo").content_based_deduplication().create().unwrap();
    let mut client = Client::new(&mock).await;
    let names = ["FifoQueue", "ContentBasedDeduplication", "RedrivePolicy"];
    let body = json!({ "QueueUrl": url("orders.fifo"), "AttributeNames": names });
    let reply = client.sqs_value("GetQueueAttributes", body).await;
    assert_eq!(reply, json!({ "Attributes": { "FifoQueue": "true", "ContentBasedDeduplication": "true" } }));
}

#[tokio::test]
async fn queues_are_listed_page_by_page() {
    let mock = MockLambda::new();
    let mut client = Client::new(&mock).await;
    assert_eq!(client.sqs("ListQueues", "{}").await.brief(), (200, "{}"));
    for name in ["c", "a", "orders-2", "b", "orders-1"] {
        mock.queue(name);
    }
    let listed = client.sqs_value("ListQueues", json!({ "QueueNamePrefix": "orders" })).await;
    assert_eq!(listed, json!({ "QueueUrls": [url("orders-1"), url("orders-2")] }));
    let (mut token, mut pages) = (Value::Null, Vec::new());
    loop {
        let page = client.sqs_value("ListQueues", json!({ "MaxResults": 2, "NextToken": token })).await;
        pages.push(page["QueueUrls"].clone());
        token = page["NextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    let expected =
        [json!([url("a"), url("b")]), json!([url("c"), url("orders-1")]), json!([url("orders-2")])];
    assert_eq!(pages, expected);
    for body in [json!({ "MaxResults": 0 }), json!({ "MaxResults": 1_001 }), json!({ "NextToken": "?" })] {
        let refused = client.sqs_refusal("ListQueues", body).await;
        assert_eq!((refused.status, refused.code.as_str()), (400, "InvalidParameterValue;Sender"));
    }
}
