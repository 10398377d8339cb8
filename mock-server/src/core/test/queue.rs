//! The queue of events: what is tried when, and how it ends. One file per rule; random sequences are in
//! `queue::properties`.
//!
//! `Scene` is a queue with a clock that counts from zero, and all effects since somebody looked.

use std::time::Duration;

use bytes::Bytes;

use super::scenario::{millis, request_id, secs};
use crate::core::{
    Time,
    destination::{Condition, Finished, FinishedResponse},
    queue::{EventId, Policy, Queue, QueueEffect, QueuedEvent, SavedEvent},
};

mod age;
mod backoff;
mod ends;
mod properties;
mod restart;
mod retries;
mod saving;

struct Scene {
    queue: Queue,
    now: Time,
    policy: Policy,
}

impl Scene {
    fn new(policy: Policy) -> Self {
        Self { queue: Queue::default(), now: Time::from_unix(secs(1_000)), policy }
    }

    /// A queue with one event, which is being tried.
    fn trying(policy: Policy) -> (Self, EventId) {
        let mut scene = Self::new(policy);
        let id = scene.accept("r-1");
        scene.effects();
        (scene, id)
    }

    fn accept(&mut self, id: &str) -> EventId {
        self.queue.accept(self.now, event(id), self.policy)
    }

    fn succeeds(&mut self, id: EventId) {
        self.queue.answered(self.now, id, response(None), self.policy);
    }

    fn fails(&mut self, id: EventId) {
        self.queue.answered(self.now, id, response(Some("Unhandled")), self.policy);
    }

    fn refused(&mut self, id: EventId) {
        self.queue.refused(self.now, id, self.policy);
    }

    fn wait(&mut self, duration: Duration) {
        self.now = self.now + duration;
        self.queue.handle_timeout(self.now);
    }

    /// How long it is until something is due.
    fn due_in(&self) -> Option<Duration> {
        self.queue.poll_timeout().map(|due| due.since(self.now))
    }

    /// Waits until something is due, and says how long that was.
    fn wait_until_due(&mut self) -> Duration {
        let due = self.due_in().unwrap();
        self.wait(due);
        due
    }

    fn effects(&mut self) -> Vec<QueueEffect> {
        std::iter::from_fn(|| self.queue.poll_effect()).collect()
    }

    /// The only event that is over since somebody looked; it had been saved before.
    fn finished(&mut self) -> Finished {
        let mut effects = self.effects();
        let Some(QueueEffect::Finish(id, finished)) = effects.pop() else { panic!("{effects:?}") };
        assert_eq!(effects, [QueueEffect::Save(id)]);
        *finished
    }
}

fn event(id: &str) -> QueuedEvent {
    QueuedEvent {
        request_id: request_id(id),
        function: "resize".to_owned(),
        qualifier: Some("live".to_owned()),
        function_arn: "arn:aws:lambda:eu-central-1:123456789012:function:resize:live".to_owned(),
        payload: Bytes::from_static(b"{\"key\":\"cat.png\"}"),
        trace_id: Some("Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700".to_owned()),
        tenant_id: Some("blue".to_owned()),
    }
}

fn response(function_error: Option<&str>) -> FinishedResponse {
    FinishedResponse {
        executed_version: "3".to_owned(),
        function_error: function_error.map(str::to_owned),
        status_code: 200,
        payload: Bytes::from_static(b"{\"done\":true}"),
    }
}

/// At most this old, and otherwise as usual.
fn at_most(age: Duration) -> Policy {
    Policy { maximum_age: age, ..Policy::default() }
}
