//! Topics, buses, schedules and buckets in the service's time: whom they tell, what these get, and that the timeline says why.
//!
//! What an event looks like is tested where it is made, in `src/core/trigger/test`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{sync::Mutex, time::Duration};

use mock_server::{Event, Function, FunctionBuilder, MockLambda, TriggerEvent};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::guest::answering;

mod bucket;
mod bus;
mod schedule;
mod topic;

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A function that hands on each event that it gets.
fn told(builder: FunctionBuilder) -> (Function, Events) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let function = builder.in_process(move |api| {
        let sender = sender.clone();
        answering(api, move |event| {
            let _test_is_over = sender.send(serde_json::from_slice(&event.body).unwrap());
            std::future::ready(b"null".to_vec())
        })
    });
    (function, Events(Mutex::new(receiver)))
}

/// The events that a function got.
struct Events(Mutex<mpsc::UnboundedReceiver<Value>>);

impl Events {
    async fn next(&self) -> Value {
        std::future::poll_fn(|context| self.0.lock().unwrap().poll_recv(context)).await.unwrap()
    }

    /// Those that are there by now.
    fn all(&self) -> Vec<Value> {
        let mut receiver = self.0.lock().unwrap();
        std::iter::from_fn(|| receiver.try_recv().ok()).collect()
    }
}

/// What the timeline says of a source: whom it told, and why.
fn why(mock: &MockLambda, source: &str) -> Vec<(String, String)> {
    let entries = mock.timeline().entries();
    let told = entries.iter().filter_map(|entry| match &entry.event {
        Event::Trigger { source: of, target, event } if of.contains(source) => Some((target, event)),
        _ => None,
    });
    told.map(|(target, event)| (target.clone(), event.to_string())).collect()
}

/// The invocations that a source has caused.
fn fired(mock: &MockLambda) -> usize {
    let is_fired = |event: &Event| matches!(event, Event::Trigger { event: TriggerEvent::Fired { .. }, .. });
    mock.timeline().entries().iter().filter(|entry| is_fired(&entry.event)).count()
}
