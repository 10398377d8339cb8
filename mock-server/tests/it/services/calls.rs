//! Which request is whose, and what is refused before any service looks at it.

use mock_server::MockLambda;
use serde_json::json;

use super::{Client, FORM, JSON_1_0, JSON_1_1, error, url};
use crate::{guest::echo, wait::soon};

#[tokio::test]
async fn what_is_not_emulated_is_refused_by_name_in_the_form_of_its_service() {
    let mock = MockLambda::new();
    let mut client = Client::new(&mock).await;
    let refused = client.sqs_refusal("CreateQueue", json!({ "QueueName": "new" })).await;
    let expected =
        (400, "AWS.SimpleQueueService.UnsupportedOperation;Sender", "com.amazonaws.sqs#UnsupportedOperation");
    assert_eq!(refused.brief(), expected);
    assert_eq!(refused.message, "CreateQueue is not emulated");
    for (target, what) in [
        ("AWSEvents.PutRule", "PutRule"),
        ("Kinesis_20131202.GetRecords", "GetRecords"),
        ("DynamoDB_20120810.GetItem", "DynamoDB_20120810.GetItem"),
        ("nonsense", "nonsense"),
    ] {
        let reply = client.target(target, JSON_1_1, "{}").await;
        assert_eq!((reply.status(), reply.header("content-type")), (400, Some(JSON_1_1)), "{target}");
        let expected = ("UnknownOperationException".to_owned(), format!("{what} is not emulated"));
        assert_eq!(error(&reply), expected);
    }
    for (form, message) in [
        ("Action=CreateTopic&Version=2010-03-31&Name=new", "CreateTopic is not emulated"),
        (
            "Action=SendMessage&Version=2012-11-05",
            "SendMessage of version 2012-11-05 in the query protocol is not emulated",
        ),
    ] {
        let reply = client.sns(form).await;
        assert_eq!(reply.status(), 400);
        let expected = format!("<Code>InvalidAction</Code><Message>{message}</Message>");
        assert!(reply.text().contains(&expected), "{}", reply.text());
    }
    let reply = client.sns("Version=2010-03-31").await;
    assert!(reply.text().contains("<Code>MissingAction</Code>"), "{}", reply.text());
    assert!(mock.timeline().entries().is_empty(), "nothing was made");
}

#[tokio::test]
async fn a_body_that_is_not_what_the_operation_takes_is_refused() {
    let mock = MockLambda::new();
    mock.queue("orders");
    let mut client = Client::new(&mock).await;
    for body in ["{", "[]", r#"{"QueueUrl": 7}"#] {
        let refused = client.sqs_refusal("SendMessage", body).await;
        let name = "com.amazon.coral.service#SerializationException";
        assert_eq!(refused.brief(), (400, "MalformedInput;Sender", name), "{body}");
    }
    for target in ["AWSEvents.PutEvents", "Kinesis_20131202.PutRecord"] {
        let reply = client.target(target, JSON_1_1, "{").await;
        assert_eq!((reply.status(), error(&reply).0.as_str()), (400, "SerializationException"));
    }
    let reply = client.target("Kinesis_20131202.PutRecord", "application/x-amz-cbor-1.1", "\u{1}").await;
    let (name, message) = error(&reply);
    assert_eq!((reply.status(), name.as_str()), (400, "SerializationException"));
    assert!(message.contains("CBOR is not emulated"), "{message}");
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_and_the_connection_goes_on() {
    let mock = MockLambda::new();
    let mut client = Client::new(&mock).await;
    let large = "x".repeat(16 * 1024 * 1024 + 1);
    let reply = client.target("AmazonSQS.SendMessage", JSON_1_0, &large).await;
    assert_eq!((reply.status(), error(&reply).0.as_str()), (413, "RequestEntityTooLargeException"));
    assert_eq!(client.sqs("ListQueues", "{}").await.brief(), (200, "{}"));
}

#[tokio::test]
async fn the_path_of_a_queue_is_as_good_as_any_other() {
    let mock = MockLambda::new();
    let queue = mock.queue("orders");
    let mut client = Client::new(&mock).await;
    let headers = [("X-Amz-Target", "AmazonSQS.SendMessage"), ("Content-Type", JSON_1_0)];
    let body = json!({ "QueueUrl": url("orders"), "MessageBody": "7 apples" }).to_string();
    for path in ["/123456789012/orders", "/123456789012/orders/", "/"] {
        let reply = soon(client.connection.post_with(path, &headers, &body)).await;
        assert_eq!(reply.status(), 200, "{path}: {}", reply.text());
    }
    assert_eq!(queue.counts().visible, 3);
    let headers = [("Content-Type", FORM)];
    let form = "Action=SendMessage&Version=2012-11-05&MessageBody=7+apples";
    let reply = soon(client.connection.post_with("/123456789012/orders", &headers, form)).await;
    assert_eq!((reply.status(), reply.header("content-type")), (400, Some("text/xml")));
}

#[tokio::test]
async fn lambda_is_still_invoked_with_what_looks_like_a_form() {
    let mock = MockLambda::new();
    mock.function("f").in_process(echo);
    let mut client = Client::new(&mock).await;
    let path = "/2015-03-31/functions/f/invocations";
    let body = r#""Action=Publish""#;
    let reply = soon(client.connection.post_with(path, &[("Content-Type", FORM)], body)).await;
    assert_eq!(reply.brief(), (200, body));
}
