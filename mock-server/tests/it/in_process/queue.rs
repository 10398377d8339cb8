//! Asynchronous invocations to their end: attempts and their times, and the exact record of each end.
//!
//! In virtual time, so that six hours take no time. What each kind of destination makes of a record is tested in
//! `src/core/destination/test.rs`; here, that the right one gets to the right place.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "what did not happen fails the test")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, UNIX_EPOCH},
};

use lambda_api::{telemetry::Timestamp, transport::RuntimeApi};
use mock_server::{
    Event, Function, FunctionBuilder, Invocation, MockLambda, QueueEvent,
    core::destination::{Condition, Finished, Message},
};

use crate::{
    guest::{NEXT, error_path, request_id, response_path},
    raw::{self, Connection},
};

mod age;
mod delivery;
mod destinations;
mod qualifiers;
mod retries;
mod throttled;

const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";
const SUCCESSES: &str = "arn:aws:sqs:us-east-1:123456789012:successes";
const FAILURES: &str = "arn:aws:sqs:us-east-1:123456789012:failures";
const DEAD: &str = "arn:aws:sqs:us-east-1:123456789012:dead";
const EVENT: &str = r#"{"n": 1}"#;
const REPORT: &str = r#"{"errorMessage":"no luck","errorType":"Luck"}"#;

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A whole bootstrap that reports an error so often, and then answers with `"done"`.
async fn failing(api: RuntimeApi, failures: Arc<AtomicU32>) -> Result<(), String> {
    let mut guest = Connection::open(&api).await;
    loop {
        guest.send_in_vain(raw::get(NEXT)).await;
        let Some(event) = guest.try_reply().await else { return Ok(()) };
        let id = request_id(&event);
        let is_failure =
            failures.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        let (path, body) = match is_failure {
            Ok(_) => (error_path(id), REPORT),
            Err(_) => (response_path(id), r#""done""#),
        };
        guest.send_in_vain(raw::post(&path, &[("Content-Type", "application/json")], body.as_bytes())).await;
        if guest.try_reply().await.is_none() {
            return Ok(());
        }
    }
}

/// A function that fails so often, with destinations of every sort.
fn fails(mock: &MockLambda, times: u32) -> Function {
    fails_with(mock.function("f").on_success(SUCCESSES).on_failure(FAILURES), times)
}

fn fails_with(builder: FunctionBuilder, times: u32) -> Function {
    let failures = Arc::new(AtomicU32::new(times));
    builder.in_process(move |api| failing(api, Arc::clone(&failures)))
}

/// Queues the event, and waits for its end.
async fn finished(function: &Function) -> Finished {
    function.queue(EVENT).unwrap().finished().await.expect("it was not dropped")
}

/// The only message that was sent there.
fn only(mock: &MockLambda, arn: &str) -> Message {
    let messages = mock.sink(arn).messages();
    assert_eq!(messages.len(), 1, "{messages:?}");
    messages.into_iter().next().unwrap()
}

fn is_silent(mock: &MockLambda, arn: &str) -> bool {
    mock.sink(arn).messages().is_empty()
}

/// What happened to events, each with the seconds since the first was accepted.
fn told(mock: &MockLambda) -> Vec<(Duration, QueueEvent)> {
    let entries = mock.timeline().entries();
    let events = entries.iter().filter_map(|entry| match &entry.event {
        Event::Queue { event, .. } => Some((entry.time, event.clone())),
        _ => None,
    });
    let events: Vec<_> = events.collect();
    let begin = events[0].0;
    events.into_iter().map(|(time, event)| (time.duration_since(begin).unwrap(), event)).collect()
}

/// When the function ran, since the first event was accepted; asserts that all attempts have this id.
fn attempts(mock: &MockLambda, id: &str) -> Vec<Duration> {
    let entries = mock.timeline().entries();
    let accepted = |event: &Event| matches!(event, Event::Queue { event: QueueEvent::Accepted, .. });
    let begin = entries.iter().find(|entry| accepted(&entry.event)).unwrap().time;
    let began = entries.iter().filter(|entry| match &entry.event {
        Event::InvocationBegan { request_id, .. } => {
            assert_eq!(request_id.as_str(), id);
            true
        }
        _ => false,
    });
    began.map(|entry| entry.time.duration_since(begin).unwrap()).collect()
}

/// The moment at which the event ended, as a record has it.
fn end(mock: &MockLambda) -> String {
    let entries = mock.timeline().entries();
    let ended = entries
        .iter()
        .rev()
        .find(|entry| matches!(&entry.event, Event::Queue { event: QueueEvent::Finished { .. }, .. }));
    Timestamp::from_unix(ended.unwrap().time.duration_since(UNIX_EPOCH).unwrap()).to_string()
}

/// A record of an event that has run; `error` is how it failed.
fn record(mock: &MockLambda, finished: &Finished, condition: &str, count: u32, response: &str) -> String {
    let (time, id) = (end(mock), &finished.request_id);
    let error = if condition == "Success" { "" } else { r#","functionError":"Unhandled""# };
    format!(
        r#"{{"version":"1.0","timestamp":"{time}","requestContext":{{"requestId":"{id}","functionArn":"{ARN}:$LATEST","condition":"{condition}","approximateInvokeCount":{count}}},"requestPayload":{EVENT},"responseContext":{{"statusCode":200,"executedVersion":"$LATEST"{error}}},"responsePayload":{response}}}"#
    )
}

/// A record of an event that has never run.
fn record_of_none(mock: &MockLambda, finished: &Finished, condition: &str) -> String {
    let (time, id) = (end(mock), &finished.request_id);
    format!(
        r#"{{"version":"1.0","timestamp":"{time}","requestContext":{{"requestId":"{id}","functionArn":"{ARN}:$LATEST","condition":"{condition}","approximateInvokeCount":0}},"requestPayload":{EVENT}}}"#
    )
}
