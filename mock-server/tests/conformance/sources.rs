//! Event source mappings that read real queues and streams: the sources are what `.ci/peers` installs in place of AWS's, AWS's
//! client for Python fills them, and the functions run in this process.
//!
//! Time is real here. What a mapping decides in which case is tested in paused time, in `tests/it/mapping`.

#![expect(clippy::unwrap_used, reason = "a source that cannot be set up fails the test")]

use std::{
    error::Error,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, header::HOST};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use lambda_api::transport::RuntimeApi;
use mock_server::{Event, Function, MockLambda, TriggerEvent};
use serde_json::{Value, json};

use crate::{
    installed,
    stand_in::{PYTHON, StandIn},
};

mod gate;
mod outages;
mod queues;
mod streams;

/// More than any of these takes on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(300);
/// For how long a queue hides what was received, and a function may run: short, because what has failed waits for so long.
const HIDDEN: Duration = Duration::from_secs(2);

/// `None` where it is not installed.
async fn stand_in() -> Option<StandIn> {
    Some(StandIn::start(installed(PYTHON, "a stand-in for SQS, Kinesis and DynamoDB")?).await)
}

async fn soon<T>(happens: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, happens).await.unwrap()
}

/// A function that answers with a response, or fails.
fn worker(
    mock: &MockLambda,
    answer: impl Fn(&Value) -> Result<Value, ()> + Send + Sync + 'static,
) -> Function {
    let answer = Arc::new(answer);
    mock.function("worker").timeout(HIDDEN).in_process(move |api| {
        let answer = Arc::clone(&answer);
        async move { serve(api, &*answer).await.map_err(|error| error.to_string()) }
    })
}

async fn serve(
    api: RuntimeApi,
    answer: &(dyn Fn(&Value) -> Result<Value, ()> + Send + Sync),
) -> Result<(), Box<dyn Error + Send + Sync>> {
    const ID: &str = "lambda-runtime-aws-request-id";

    let (mut sender, connection) = http1::handshake(TokioIo::new(api.connect().await?)).await?;
    tokio::spawn(connection);
    let mut call = async |method, path: &str, body: Vec<u8>| {
        let uri = format!("/2018-06-01/runtime/invocation/{path}");
        let request = Request::builder().method(method).uri(uri).header(HOST, "localhost");
        let (head, body) =
            sender.send_request(request.body(Full::new(Bytes::from(body)))?).await?.into_parts();
        Ok::<_, Box<dyn Error + Send + Sync>>((head, body.collect().await?.to_bytes()))
    };
    loop {
        let (head, event) = call("GET", "next", Vec::new()).await?;
        let id = head.headers.get(ID).ok_or("an event has no id")?.to_str()?.to_owned();
        match answer(&serde_json::from_slice(&event)?) {
            Ok(response) => call("POST", &format!("{id}/response"), response.to_string().into()).await?,
            Err(()) => {
                let failure = json!({ "errorMessage": "out of order", "errorType": "Broken" });
                call("POST", &format!("{id}/error"), failure.to_string().into()).await?
            }
        };
    }
}

/// The response that names these records as failed.
fn failures(ids: impl IntoIterator<Item = String>) -> Value {
    let failures: Vec<_> = ids.into_iter().map(|id| json!({ "itemIdentifier": id })).collect();
    json!({ "batchItemFailures": failures })
}

fn records(event: &Value) -> &[Value] {
    event["Records"].as_array().unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// A source of numbers that look random, always the same ones: one of the simplest there is.
struct Dice(Mutex<u64>);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }

    /// One of so many numbers, from 0.
    fn roll(&self, sides: u64) -> u64 {
        let mut state = self.0.lock().unwrap();
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*state >> 33) % sides
    }
}

/// What the mappings have told.
fn told(mock: &MockLambda) -> Vec<TriggerEvent> {
    let entries = mock.timeline().entries();
    let told = entries.into_iter().filter_map(|entry| match entry.event {
        Event::Trigger { event, .. } => Some(event),
        _ => None,
    });
    told.collect()
}

/// What was wrong with the sources.
fn problems(mock: &MockLambda) -> Vec<String> {
    let problems = told(mock).into_iter().filter_map(|event| match event {
        TriggerEvent::SourceFailed { problem } => Some(problem),
        _ => None,
    });
    problems.collect()
}
