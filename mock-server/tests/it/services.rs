//! Other services at the address of the Invoke API, as their clients speak to them: SQS, SNS, EventBridge and Kinesis.
//!
//! Requests and answers are those of the services' documentation, with names and ids of this service in them. What becomes of
//! a message behind the wire is tested in `mapping` and in `src/core/test`. Time is real: sockets do not go together with a
//! paused clock.

#![expect(clippy::unwrap_used, reason = "a service that does not start fails the test")]

use mock_server::{InvokeApi, MockLambda};
use serde_json::Value;
use tokio::net::TcpStream;

use crate::{
    raw::{Connection, Reply},
    wait::soon,
};

mod batches;
mod calls;
mod events;
mod functions;
mod kinesis;
mod queues;
mod receiving;
mod sending;
mod sns;

const JSON_1_0: &str = "application/x-amz-json-1.0";
const JSON_1_1: &str = "application/x-amz-json-1.1";
const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// The URL of a queue whose client calls this host `localhost`.
fn url(queue: &str) -> String {
    format!("http://localhost/123456789012/{queue}")
}

fn listen(mock: &MockLambda) -> InvokeApi {
    mock.listen(([127, 0, 0, 1], 0).into()).unwrap()
}

/// A client of all these services, on one connection.
struct Client {
    connection: Connection<TcpStream>,
    /// Is open as long as the client is there.
    api: InvokeApi,
}

impl Client {
    async fn new(mock: &MockLambda) -> Self {
        let api = listen(mock);
        Self { connection: Connection::tcp(api.address()).await, api }
    }

    async fn target(&mut self, target: &str, content_type: &str, body: impl ToString) -> Reply {
        let headers = [("X-Amz-Target", target), ("Content-Type", content_type)];
        let reply = soon(self.connection.post_with("/", &headers, body.to_string())).await;
        assert_eq!(reply.header("x-amzn-requestid").map(str::len), Some(36));
        reply
    }

    /// A call of SQS.
    async fn sqs(&mut self, operation: &str, body: impl ToString) -> Reply {
        let reply = self.target(&format!("AmazonSQS.{operation}"), JSON_1_0, body).await;
        assert_eq!(reply.header("content-type"), Some(JSON_1_0));
        reply
    }

    /// A call of SQS that goes well.
    async fn sqs_value(&mut self, operation: &str, body: impl ToString) -> Value {
        let reply = self.sqs(operation, body).await;
        assert_eq!(reply.status(), 200, "{}", reply.text());
        serde_json::from_slice(&reply.body).unwrap()
    }

    /// A call of SQS that is refused: the status, the code of the older protocol, the name, and the text.
    async fn sqs_refusal(&mut self, operation: &str, body: impl ToString) -> Refused {
        let reply = self.sqs(operation, body).await;
        let code = reply.header("x-amzn-query-error").unwrap_or_default().to_owned();
        let (name, message) = error(&reply);
        Refused { status: reply.status(), code, name, message }
    }

    /// A call of SNS.
    async fn sns(&mut self, form: &str) -> Reply {
        let reply = soon(self.connection.post_with("/", &[("Content-Type", FORM)], form)).await;
        assert_eq!(reply.header("content-type"), Some("text/xml"));
        reply
    }
}

#[derive(Debug)]
struct Refused {
    status: u16,
    code: String,
    name: String,
    message: String,
}

impl Refused {
    /// Status, code and name.
    fn brief(&self) -> (u16, &str, &str) {
        (self.status, &self.code, &self.name)
    }
}

/// Name and text of an error in JSON.
fn error(reply: &Reply) -> (String, String) {
    let error: Value = serde_json::from_slice(&reply.body).unwrap();
    (error["__type"].as_str().unwrap().to_owned(), error["message"].as_str().unwrap().to_owned())
}
