//! Destinations and dead letters in a real queue: AWS's client for Rust sends, AWS's client for Python reads, and between
//! them stands what `.ci/peers` installs in place of SQS.

#![expect(clippy::unwrap_used, reason = "a queue that cannot be set up fails the test")]

use std::{process::Stdio, time::Duration};

use lambda_api::RequestId;
use mock_server::{
    MockLambda, Sink, SinkError,
    core::{
        Time,
        destination::{Condition, Destination, Finished, FinishedResponse, Message},
    },
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

use crate::installed;

/// Path of a python that has AWS's client and a stand-in for SQS.
const PYTHON: &str = "LAMBDA_SDK_PYTHON";
/// More than any of these takes on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(120);

const ARN: &str = "arn:aws:sqs:us-east-1:123456789012:orders";
const ID: &str = "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324";
const TRACE: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

/// Says where its queues are, and what is in them for each line that it reads; ends with its input.
const SERVICE: &str = r#"
import json, logging, sys
import boto3
from moto.server import ThreadedMotoServer

logging.getLogger("werkzeug").disabled = True
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
client = boto3.client("sqs", region_name="us-east-1", endpoint_url=f"http://{host}:{port}",
    aws_access_key_id="reader", aws_secret_access_key="reader")
queues = {
    "standard": client.create_queue(QueueName="orders")["QueueUrl"],
    "fifo": client.create_queue(QueueName="orders.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"],
}
print(json.dumps(queues), flush=True)
for line in sys.stdin:
    received = client.receive_message(QueueUrl=queues[line.strip()], MaxNumberOfMessages=10,
        MessageSystemAttributeNames=["All"], MessageAttributeNames=["All"])
    print(json.dumps(received.get("Messages", [])), flush=True)
server.stop()
"#;

struct Service {
    queues: Value,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    process: Child,
}

impl Service {
    /// `None` where it is not installed.
    async fn start() -> Option<Self> {
        let python = installed(PYTHON, "a stand-in for SQS")?;
        let mut process = Command::new(python)
            .args(["-c", SERVICE])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let (stdin, stdout) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        let lines = BufReader::new(stdout).lines();
        let mut service = Self { queues: Value::Null, stdin, lines, process };
        service.queues = service.line().await;
        Some(service)
    }

    async fn line(&mut self) -> Value {
        let line = timeout(PATIENCE, self.lines.next_line()).await.unwrap().unwrap();
        serde_json::from_str(&line.unwrap()).unwrap()
    }

    fn url(&self, queue: &str) -> &str {
        self.queues[queue].as_str().unwrap()
    }

    async fn messages(&mut self, queue: &str) -> Vec<Value> {
        self.stdin.write_all(format!("{queue}\n").as_bytes()).await.unwrap();
        self.line().await.as_array().unwrap().clone()
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
    let Some(mut service) = Service::start().await else { return };
    let sink = sink(service.url("standard"));
    sink.deliver(&record()).await.unwrap();
    let messages = service.messages("standard").await;
    let [message] = &messages[..] else { panic!("{messages:?}") };
    assert_eq!(message["Body"], failed().record(at()));
    assert_eq!(message["Attributes"]["AWSTraceHeader"], TRACE);
    assert_eq!(message["MessageAttributes"], Value::Null);

    let dead_letter = failed().dead_letter(&ARN.parse().unwrap(), at(), ID);
    sink.deliver(&dead_letter).await.unwrap();
    let messages = service.messages("standard").await;
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
    let Some(mut service) = Service::start().await else { return };
    let sink = sink(service.url("fifo"));
    sink.deliver(&record()).await.unwrap();
    // As if the answer had been lost.
    sink.deliver(&record()).await.unwrap();
    let messages = service.messages("fifo").await;
    let [message] = &messages[..] else { panic!("{messages:?}") };
    assert_eq!(message["Attributes"]["MessageGroupId"], "f");
    assert_eq!(message["Attributes"]["MessageDeduplicationId"], ID);
}

#[tokio::test]
async fn a_queue_that_does_not_exist_refuses_for_good() {
    let Some(service) = Service::start().await else { return };
    let sink = sink(&service.url("standard").replace("orders", "missing"));
    let error = sink.deliver(&record()).await.unwrap_err();
    let SinkError::RefusedByQueue { status, ref reason, .. } = error else { panic!("{error:?}") };
    assert_eq!(status.as_u16(), 400);
    assert!(reason.contains("NonExistentQueue"), "{reason}");
    assert!(!error.is_transient());
}

#[tokio::test]
async fn where_no_queue_is_any_more_one_may_be_again() {
    let Some(service) = Service::start().await else { return };
    let sink = sink(service.url("standard"));
    let Service { stdin, mut lines, mut process, .. } = service;
    drop(stdin);
    assert_eq!(timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap(), None);
    timeout(PATIENCE, process.wait()).await.unwrap().unwrap();
    let error = sink.deliver(&record()).await.unwrap_err();
    assert!(matches!(error, SinkError::Unreachable { .. }), "{error:?}");
    assert!(error.is_transient());
}
