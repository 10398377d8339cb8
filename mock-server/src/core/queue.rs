//! The queue of asynchronous invocations: what is tried when, and how it ends. Pure.
//!
//! The rules are those of [asynchronous invocation](https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html):
//! a function error is tried again after about a minute, and after two more; a throttled event goes back into the queue,
//! for one second at first and for five minutes at most, until it is too old. All attempts have the same request id.
//!
//! An event is in one place at a time:
//!
//! ```text
//!   accept ──► Waiting ──due──► Running ──► answered ──► Finished ──► settled: forgotten
//!                ▲                 │            │            ▲
//!                ├── throttled ────┤            │            │ too old, or no concurrency at all
//!                └── function error, retries left            └── success, or no retry left
//! ```
//!
//! After each change of it there is a [`QueueEffect::Save`]; whoever saves what [`Queue::saved`] gives, and gives it to
//! [`Queue::restore`] after a restart, loses nothing. What was running then is tried again, what had finished is not.
//! Where a finished event goes is [`destination`](super::destination)'s business.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use bytes::Bytes;
use lambda_api::{RequestId, limits};

use super::{
    Time,
    destination::{Condition, Finished, FinishedResponse},
};

mod saved;

pub use saved::{SavedEvent, SavedEventError};

/// The wait after the first function error; after the second it is twice as long.
const RETRY: Duration = Duration::from_secs(60);
/// The wait after the first time that the event was throttled; it doubles.
const BACKOFF: Duration = Duration::from_secs(1);
/// It doubles up to here.
const BACKOFF_MOST: Duration = Duration::from_secs(300);

/// Numbers the events of a queue, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub u64);

/// How long and how often an event is tried: the
/// [event invoke configuration](https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How often it is tried again after a function error: 0 to 2.
    pub retries: u32,
    /// How old it may become: a minute to six hours.
    pub maximum_age: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self { retries: limits::ASYNC_RETRIES_MAX, maximum_age: limits::ASYNC_EVENT_AGE_MAX }
    }
}

/// An event that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedEvent {
    /// The id of all its attempts.
    pub request_id: RequestId,
    /// The function's name.
    pub function: String,
    /// The qualifier with which it was invoked.
    pub qualifier: Option<String>,
    /// The function's ARN with the qualifier, `$LATEST` if there was none.
    pub function_arn: String,
    /// The event: JSON.
    pub payload: Bytes,
    /// The X-Ray tracing header.
    pub trace_id: Option<String>,
    /// The tenant.
    pub tenant_id: Option<String>,
}

/// Something to do, in the order in which it comes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum QueueEffect {
    /// Save the event: it has changed.
    Save(EventId),
    /// Invoke the function with the event.
    Attempt(EventId),
    /// It is over: tell whoever is to be told, and then that it is [`settled`](Queue::settled).
    Finish(EventId, Box<Finished>),
}

/// The queue. See the [module](self).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queue {
    events: BTreeMap<EventId, Entry>,
    due: BTreeSet<(Time, EventId)>,
    next: u64,
    effects: VecDeque<QueueEffect>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    event: QueuedEvent,
    policy: Policy,
    accepted: Time,
    /// How often the function has run.
    attempts: u32,
    /// How often in a row it could not.
    refusals: u32,
    /// What it said last.
    response: Option<FinishedResponse>,
    state: State,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Waiting(Time),
    Running,
    Finished(Condition),
}

impl Queue {
    /// Takes an event. It is tried at once.
    pub fn accept(&mut self, now: Time, event: QueuedEvent, policy: Policy) -> EventId {
        let id = EventId(self.next);
        self.next = self.next.saturating_add(1);
        let state = State::Running;
        let entry = Entry { event, policy, accepted: now, attempts: 0, refusals: 0, response: None, state };
        self.events.insert(id, entry);
        self.effects.push_back(QueueEffect::Save(id));
        self.effects.push_back(QueueEffect::Attempt(id));
        id
    }

    /// Numbers the events that are accepted from now on after this one.
    pub fn begin_after(&mut self, last: EventId) {
        self.next = self.next.max(last.0.saturating_add(1));
    }

    /// The event of an attempt.
    pub fn event(&self, id: EventId) -> Option<&QueuedEvent> {
        self.events.get(&id).map(|entry| &entry.event)
    }

    /// How many events have not been settled.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether all events have been settled.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// The attempt was answered, by a response or by a function error. The policy is what is configured now.
    pub fn answered(&mut self, now: Time, id: EventId, response: FinishedResponse, policy: Policy) {
        let Some(entry) = self.running(id) else { return };
        entry.policy = policy;
        entry.attempts = entry.attempts.saturating_add(1);
        entry.refusals = 0;
        let is_error = response.function_error.is_some();
        entry.response = Some(response);
        if !is_error {
            self.finish(id, Condition::Success);
        } else if entry.attempts > policy.retries {
            self.finish(id, Condition::RetriesExhausted);
        } else {
            let wait = RETRY * entry.attempts;
            self.wait(now, id, wait);
        }
    }

    /// The attempt was throttled, or the service failed before the function ran. The policy is what is configured now.
    pub fn refused(&mut self, now: Time, id: EventId, policy: Policy) {
        let Some(entry) = self.running(id) else { return };
        entry.policy = policy;
        let wait = BACKOFF.saturating_mul(1_u32.checked_shl(entry.refusals).unwrap_or(u32::MAX));
        entry.refusals = entry.refusals.saturating_add(1);
        self.wait(now, id, wait.min(BACKOFF_MOST));
    }

    /// The function has no concurrency at all: its reserved concurrency is 0.
    pub fn has_no_concurrency(&mut self, id: EventId) {
        if let Some(entry) = self.running(id) {
            // The record tells of this moment only.
            entry.response = None;
            entry.attempts = 0;
            self.finish(id, Condition::ZeroReservedConcurrency);
        }
    }

    /// Whoever was to be told has been told: the event is forgotten.
    pub fn settled(&mut self, id: EventId) {
        if matches!(self.events.get(&id), Some(Entry { state: State::Finished(_), .. })) {
            self.events.remove(&id);
        }
    }

    /// The event can never be tried: its function is gone. It is forgotten without a record.
    pub fn dropped(&mut self, id: EventId) {
        if let Some(Entry { state: State::Waiting(due), .. }) = self.events.remove(&id) {
            self.due.remove(&(due, id));
        }
    }

    /// The next thing to do, if there is any; ask again until there is none.
    pub fn poll_effect(&mut self) -> Option<QueueEffect> {
        self.effects.pop_front()
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called, unless something happens before.
    pub fn poll_timeout(&self) -> Option<Time> {
        self.due.first().map(|&(due, _)| due)
    }

    /// Tells that time has passed. A call that comes too early does nothing.
    pub fn handle_timeout(&mut self, now: Time) {
        while let Some(&(due, id)) = self.due.first() {
            if due > now {
                return;
            }
            self.due.pop_first();
            let Some(entry) = self.events.get_mut(&id) else { continue };
            entry.state = State::Running;
            if entry.is_too_old(now) {
                self.finish(id, Condition::EventAgeExceeded);
            } else {
                self.effects.push_back(QueueEffect::Attempt(id));
            }
        }
    }

    fn running(&mut self, id: EventId) -> Option<&mut Entry> {
        self.events.get_mut(&id).filter(|entry| entry.state == State::Running)
    }

    /// Waits for the next attempt, or for the age at which there will be none.
    fn wait(&mut self, now: Time, id: EventId, wait: Duration) {
        let Some(entry) = self.events.get_mut(&id) else { return };
        let due = (now + wait).min(entry.accepted + entry.policy.maximum_age);
        entry.state = State::Waiting(due);
        self.due.insert((due, id));
        self.effects.push_back(QueueEffect::Save(id));
    }

    fn finish(&mut self, id: EventId, condition: Condition) {
        let Some(entry) = self.events.get_mut(&id) else { return };
        entry.state = State::Finished(condition);
        let finished = entry.finished(condition);
        self.effects.push_back(QueueEffect::Save(id));
        self.effects.push_back(QueueEffect::Finish(id, Box::new(finished)));
    }
}

impl Entry {
    fn is_too_old(&self, now: Time) -> bool {
        self.accepted + self.policy.maximum_age <= now
    }

    fn finished(&self, condition: Condition) -> Finished {
        Finished {
            request_id: self.event.request_id.clone(),
            function_arn: self.event.function_arn.clone(),
            condition,
            attempts: self.attempts,
            payload: self.event.payload.clone(),
            response: self.response.clone(),
            trace_id: self.event.trace_id.clone(),
        }
    }
}
