//! From the wire to a function: a client sends, and what has the source as its own is invoked.

use mock_server::{Function, FunctionBuilder, Mapping, MockLambda};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{Client, JSON_1_1, url};
use crate::{guest::answering, raw::Reply, wait::soon};

/// A function that tells the test of each event.
fn telling(builder: FunctionBuilder) -> (Function, mpsc::UnboundedReceiver<Value>) {
    let (sender, events) = mpsc::unbounded_channel();
    let function = builder.in_process(move |api| {
        let sender = sender.clone();
        answering(api, move |event: Reply| {
            let _test_is_over = sender.send(serde_json::from_slice(&event.body).unwrap());
            async { b"null".to_vec() }
        })
    });
    (function, events)
}

#[tokio::test]
async fn what_a_client_sends_invokes_the_functions_that_wait_for_it() {
    let mock = MockLambda::new();
    let (function, mut events) = telling(mock.function("worker"));
    let (queue, stream, topic) = (mock.queue("orders"), mock.kinesis("clicks"), mock.topic("news"));
    function.map_source(&queue, Mapping::new()).unwrap();
    function.map_source(&stream, Mapping::new().from_trim_horizon()).unwrap();
    topic.subscribe(&function).unwrap();
    let pattern = r#"{"source": ["com.example.shop"]}"#;
    mock.bus("default").new_rule("all").pattern(pattern).target(&function).create().unwrap();
    let mut client = Client::new(&mock).await;

    let sent = client
        .sqs_value("SendMessage", json!({ "QueueUrl": url("orders"), "MessageBody": "7 apples" }))
        .await;
    let event = soon(events.recv()).await.unwrap();
    assert_eq!(event["Records"][0]["body"], "7 apples");
    assert_eq!(event["Records"][0]["messageId"], sent["MessageId"]);
    assert_eq!(soon(queue.drained()).await.deleted, 1);

    client.sns(&format!("Action=Publish&TopicArn={}&Message=8+pears", topic.arn())).await;
    let event = soon(events.recv()).await.unwrap();
    assert_eq!(event["Records"][0]["Sns"]["Message"], "8 pears");

    let entry = json!({ "Source": "com.example.shop", "DetailType": "Order", "Detail": r#"{"plums": 9}"# });
    let reply = client.target("AWSEvents.PutEvents", JSON_1_1, json!({ "Entries": [entry] })).await;
    assert_eq!(reply.status(), 200, "{}", reply.text());
    let event = soon(events.recv()).await.unwrap();
    assert_eq!(event["detail"], json!({ "plums": 9 }));

    let record = json!({ "StreamName": "clicks", "PartitionKey": "k", "Data": "MTAgZmlncw==" });
    let reply = client.target("Kinesis_20131202.PutRecord", JSON_1_1, record).await;
    assert_eq!(reply.status(), 200, "{}", reply.text());
    let event = soon(events.recv()).await.unwrap();
    assert_eq!(event["Records"][0]["kinesis"]["data"], "MTAgZmlncw==");
}
