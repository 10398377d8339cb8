//! Destinations and dead letters in a real queue: AWS's client for Rust sends, AWS's client for Python reads, and between
//! them stands what `.ci/peers` installs in place of SQS.

#![expect(clippy::unwrap_used, reason = "a queue that cannot be set up fails the test")]

use std::time::Duration;

use lambda_api::RequestId;
use mock_server::{
    MockLambda, Sink, SinkError,
    core::{
        Time,
        destination::{Condition, Destination, Finished, FinishedResponse, Message},
    },
};
use serde_json::{Value, json};

use crate::{
    installed,
    stand_in::{PYTHON, StandIn},
};

const ARN: &str = "arn:aws:sqs:us-east-1:123456789012:orders";
const ID: &str = "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324";
const TRACE: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

/// A queue of each kind.
struct Queues {
    stand_in: StandIn,
    standard: String,
    fifo: String,
}

impl Queues {
    /// `None` where the stand-in is not installed.
    async fn start() -> Option<Self> {
        let mut stand_in = StandIn::start(installed(PYTHON, "a stand-in for SQS")?).await;
        let mut create = async |arguments| {
            let created = stand_in.call("sqs", "create_queue", arguments).await;
            created["QueueUrl"].as_str().unwrap().to_owned()
        };
        let standard = create(json!({ "QueueName": "orders" })).await;
        let fifo = json!({ "QueueName": "orders.fifo", "Attributes": { "FifoQueue": "true" } });
        let fifo = create(fifo).await;
        Some(Self { stand_in, standard, fifo })
    }

    async fn messages(&mut self, url: &str) -> Vec<Value> {
        let arguments = json!({
            "QueueUrl": url,
            "MaxNumberOfMessages": 10,
            "MessageSystemAttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        });
        let received = self.stand_in.call("sqs", "receive_message", arguments).await;
        received["Messages"].as_array().unwrap().clone()
    }
}

fn sink(url: &str) -> Sink {
    let mock = MockLambda::new();
    let destination = ARN.parse().unwrap();
    mock.sinks().set(&destination, format!("sqs:{url}").parse().unwrap()).unwrap();
    mock.sink(ARN)
}

fn failed() -> Finished {
    Finished {
        request_id: RequestId::new("e4b46cbf-b738-4880-8880-a18cdf61200e").unwrap(),
        function_arn: "arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST".to_owned(),
        condition: Condition::RetriesExhausted,
        attempts: 3,
        payload: r#"{"order":"Grüße & <7>"}"#.into(),
        response: Some(FinishedResponse {
            executed_version: "$LATEST".to_owned(),
            function_error: Some("Unhandled".to_owned()),
            status_code: 200,
            payload: r#"{"errorMessage":"no\u0000such order 😀","errorType":"E"}"#.into(),
        }),
        trace_id: Some(TRACE.to_owned()),
    }
}

fn at() -> Time {
    Time::from_unix(Duration::from_millis(1_795_168_800_123))
}

fn record() -> Message {
    let destination: Destination = ARN.parse().unwrap();
    failed().message(&destination, at(), ID)
}

#[tokio::test]
async fn a_record_and_a_dead_letter_stand_in_the_queue_as_from_the_service() {
    let Some(mut queues) = Queues::start().await else { return };
    let sink = sink(&queues.standard);
    sink.deliver(&record()).await.unwrap();
    let messages = queues.messages(&queues.standard.clone()).await;
    let [message] = &messages[..] else { panic!("{messages:?}") };
    assert_eq!(message["Body"], failed().record(at()));
    assert_eq!(message["Attributes"]["AWSTraceHeader"], TRACE);
    assert_eq!(message["MessageAttributes"], Value::Null);

    let dead_letter = failed().dead_letter(&ARN.parse().unwrap(), at(), ID);
    sink.deliver(&dead_letter).await.unwrap();
    let messages = queues.messages(&queues.standard.clone()).await;
    let [message] = &messages[..] else { panic!("{messages:?}") };
    assert_eq!(message["Body"], r#"{"order":"Grüße & <7>"}"#);
    assert_eq!(
        message["MessageAttributes"],
        json!({
            "ErrorCode": { "StringValue": "200", "DataType": "Number" },
            "ErrorMessage": { "StringValue": "no\u{FFFD}such order 😀", "DataType": "String" },
            "RequestID": { "StringValue": "e4b46cbf-b738-4880-8880-a18cdf61200e", "DataType": "String" },
        })
    );
}

#[tokio::test]
async fn a_fifo_queue_takes_a_message_once_in_the_functions_group() {
    let Some(mut queues) = Queues::start().await else { return };
    let sink = sink(&queues.fifo);
    sink.deliver(&record()).await.unwrap();
    // As if the answer had been lost.
    sink.deliver(&record()).await.unwrap();
    let messages = queues.messages(&queues.fifo.clone()).await;
    let [message] = &messages[..] else { panic!("{messages:?}") };
    assert_eq!(message["Attributes"]["MessageGroupId"], "f");
    assert_eq!(message["Attributes"]["MessageDeduplicationId"], ID);
}

#[tokio::test]
async fn a_queue_that_does_not_exist_refuses_for_good() {
    let Some(queues) = Queues::start().await else { return };
    let sink = sink(&format!("{}/123456789012/missing", queues.stand_in.url()));
    let error = sink.deliver(&record()).await.unwrap_err();
    let SinkError::RefusedByQueue { status, ref reason, .. } = error else { panic!("{error:?}") };
    assert_eq!(status.as_u16(), 400);
    assert!(reason.contains("NonExistentQueue"), "{reason}");
    assert!(!error.is_transient());
}

#[tokio::test]
async fn where_no_queue_is_any_more_one_may_be_again() {
    let Some(queues) = Queues::start().await else { return };
    let sink = sink(&queues.standard);
    queues.stand_in.stop().await;
    let error = sink.deliver(&record()).await.unwrap_err();
    assert!(matches!(error, SinkError::Unreachable { .. }), "{error:?}");
    assert!(error.is_transient());
}
