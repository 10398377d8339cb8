//! What invokes the functions of a configuration file under `mock-server serve`: feeds, folders, and how one function leads to
//! another.
//!
//! What each source does in detail is tested without the command, in `mapping` and `triggers` beside this folder.

use std::{path::Path, process::Stdio};

use rustix::process::Signal;
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{ChildStderr, ChildStdin},
};

use super::server::Server;
use crate::{folder::Folder, wait::soon};

mod feeds;
mod folders;
#[cfg(all(feature = "sqs", feature = "kinesis", feature = "dynamodb-streams"))]
mod real;
mod refused;
mod wiring;

/// Says what it gets.
const TELL: &str = "while True:\n    \
    request_id, event = next()\n    \
    write(os.environ['AWS_LAMBDA_FUNCTION_NAME'] + ' got ' + event.decode())\n    \
    respond(request_id, b'null')";

/// A function and the queue that it reads, to which more settings can be appended.
const QUEUE: &str = "[queues.orders]\nvisibility-timeout = \"2m\"\n";
const WORKER: &str = "[functions.worker]\nbootstrap = \"bootstrap\"\ntimeout = \"1m\"\n\
                      triggers.queues = [{ queue = \"orders\" }]\n";

/// A server and what it writes to standard error.
struct Served {
    server: Server,
    input: Option<ChildStdin>,
    log: Lines<BufReader<ChildStderr>>,
    /// What it has written so far.
    lines: Vec<String>,
}

impl Served {
    async fn start(config: &Path, arguments: &[&str], functions: usize) -> Self {
        let arguments = [&["--config", config.to_str().unwrap()], arguments].concat();
        let mut server = Server::start_fed(&arguments, functions, Stdio::piped(), Stdio::piped()).await;
        let input = server.child.stdin.take();
        let log = BufReader::new(server.child.stderr.take().unwrap()).lines();
        Self { server, input, log, lines: Vec::new() }
    }

    /// Waits for a line that has been written or will be.
    async fn said(&mut self, is_it: impl Fn(&str) -> bool) -> String {
        let mut at = 0;
        loop {
            while at == self.lines.len() {
                let line = soon(self.log.next_line()).await.unwrap();
                self.lines.push(line.expect("the server ended"));
            }
            if is_it(&self.lines[at]) {
                return self.lines[at].clone();
            }
            at += 1;
        }
    }

    /// Waits for an event that this function gets.
    async fn got(&mut self, function: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        let event = |line: &str| -> Option<Value> {
            let event = line.strip_prefix(function)?.strip_prefix(" got ")?;
            Some(serde_json::from_str(event).unwrap())
        };
        let line = self.said(|line| event(line).is_some_and(|event| is_it(&event))).await;
        event(&line).unwrap()
    }

    /// Waits for a message with this body, whatever comes with it; gives its record.
    async fn got_message(&mut self, function: &str, body: &str) -> Value {
        let record = |event: &Value| {
            event["Records"].as_array()?.iter().find(|record| record["body"] == body).cloned()
        };
        let event = self.got(function, |event| record(event).is_some()).await;
        record(&event).unwrap()
    }

    /// Stops it, and gives all that it has written.
    async fn stop(mut self) -> Vec<String> {
        assert_eq!(self.server.stop(Signal::TERM).await.0, Some(0));
        while let Some(line) = soon(self.log.next_line()).await.unwrap() {
            self.lines.push(line);
        }
        self.lines
    }
}

/// A folder with the bootstrap that says what it gets.
fn project() -> Folder {
    let folder = Folder::new();
    folder.python(TELL);
    folder
}

/// A template with the function `worker`, its events, and other resources.
fn template(events: &str, resources: &str) -> String {
    format!(
        "Resources:\n  Worker:\n    Type: AWS::Serverless::Function\n    Properties:\n      FunctionName: worker\n      \
         Runtime: provided.al2023\n      Handler: bootstrap\n      Timeout: 60\n      CodeUri: .\n      \
         Events:\n        {events}\n  {resources}\n"
    )
}
