//! Event source mappings in the service's time: queues and streams in memory, functions in this process.
//!
//! What a poller decides is tested beside it, in `src/core/test/mapping`; here is that all of it reaches the function, the
//! source, the destination and the timeline.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use mock_server::{Event, Function, FunctionBuilder, MockLambda, TriggerEvent};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    guest::{NEXT, error_path, request_id, response_path},
    raw::{self, Connection},
};

mod chains;
mod control;
mod queues;
mod streams;
mod timeline;

const FAILURE: &[u8] = br#"{"errorMessage":"out of order","errorType":"Broken"}"#;

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// What a function has seen, and when: the event, and the ARN by which it was invoked.
#[derive(Clone)]
struct Seen {
    begin: Instant,
    events: Arc<Mutex<Vec<(Duration, Value, String)>>>,
}

impl Seen {
    fn new() -> Self {
        Self { begin: Instant::now(), events: Arc::default() }
    }

    fn events(&self) -> Vec<Value> {
        self.events.lock().unwrap().iter().map(|(_, event, _)| event.clone()).collect()
    }

    fn arns(&self) -> Vec<String> {
        self.events.lock().unwrap().iter().map(|(_, _, arn)| arn.clone()).collect()
    }

    /// When each batch came, and the texts in it.
    fn batches(&self) -> Vec<(Duration, Vec<String>)> {
        self.events.lock().unwrap().iter().map(|(at, event, _)| (*at, bodies(event))).collect()
    }

    /// The texts in the order in which they came, without the times.
    fn bodies(&self) -> Vec<String> {
        self.events().iter().flat_map(bodies).collect()
    }
}

/// The texts of an event: bodies of messages, or data of Kinesis records.
fn bodies(event: &Value) -> Vec<String> {
    let records = event["Records"].as_array().cloned().unwrap_or_default();
    let text = |record: &Value| match record["body"].as_str() {
        Some(body) => body.to_owned(),
        None => data(record),
    };
    records.iter().map(text).collect()
}

/// The data of a Kinesis record, in the clear.
fn data(record: &Value) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    let data = STANDARD.decode(record["kinesis"]["data"].as_str().unwrap()).unwrap();
    String::from_utf8(data).unwrap()
}

/// A function that notes each event, and answers with a response or fails.
fn worker(
    builder: FunctionBuilder,
    answer: impl Fn(&Value) -> Result<Value, ()> + Send + Sync + 'static,
) -> (Function, Seen) {
    let seen = Seen::new();
    let (noted, answer) = (seen.clone(), Arc::new(answer));
    let function = builder.in_process(move |api| {
        let (seen, answer) = (noted.clone(), Arc::clone(&answer));
        async move {
            let mut guest = Connection::open(&api).await;
            loop {
                guest.send_in_vain(raw::get(NEXT)).await;
                let Some(reply) = guest.try_reply().await else { return Ok::<_, String>(()) };
                let event: Value = serde_json::from_slice(&reply.body).map_err(|error| error.to_string())?;
                let id = request_id(&reply).to_owned();
                let result = answer(&event);
                let arn = reply.header("lambda-runtime-invoked-function-arn").unwrap_or_default().to_owned();
                seen.events.lock().unwrap().push((seen.begin.elapsed(), event, arn));
                let post = match result {
                    Ok(response) => raw::post(&response_path(&id), &[], response.to_string().as_bytes()),
                    Err(()) => raw::post(&error_path(&id), &[], FAILURE),
                };
                guest.send_in_vain(post).await;
                if guest.try_reply().await.is_none() {
                    return Ok(());
                }
            }
        }
    });
    (function, seen)
}

fn succeeds(builder: FunctionBuilder) -> (Function, Seen) {
    worker(builder, |_| Ok(Value::Null))
}

fn fails(builder: FunctionBuilder) -> (Function, Seen) {
    worker(builder, |_| Err(()))
}

/// The response that names these records as failed.
fn failures(ids: impl IntoIterator<Item = String>) -> Value {
    let failures: Vec<_> = ids.into_iter().map(|id| json!({"itemIdentifier": id})).collect();
    json!({ "batchItemFailures": failures })
}

/// What is told of a source, in words.
fn told(mock: &MockLambda, source: &str) -> Vec<String> {
    let entries = mock.timeline().entries();
    let told = entries.iter().filter_map(|entry| match &entry.event {
        Event::Trigger { source: of, event, .. } if of.contains(source) => Some(event),
        _ => None,
    });
    told.map(TriggerEvent::to_string).collect()
}
