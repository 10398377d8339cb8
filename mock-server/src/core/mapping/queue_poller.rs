//! What reads messages from a queue and invokes a function with batches of them. Pure.
//!
//! ```text
//!   Receive ──► received ──► gathering ──size, payload, window──► ready ──► running ──► answered
//!                  │ no filter matches                              ▲          │           ├── success: Delete
//!                  └──► Delete                       too many at once          │           └── failure: nothing
//!                                                                   └ throttled, for as long as
//!                                                                     the messages are hidden
//! ```
//!
//! A message that has failed is left alone: the queue shows it again when its visibility timeout is over, and gives it up in
//! its own time. Lambda has no right to
//! [more than that](https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaSQSQueueExecutionRole.html): its
//! role may receive and delete, but not change the visibility. The order of groups is kept by the queue, which gives
//! nothing of a group of which a message is in flight. How many batches there may be at once is `scale`'s business.
//! Sources: [batches](https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html),
//! [errors](https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html),
//! [scaling](https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html).

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use lambda_api::limits::{SYNC_PAYLOAD_BYTES, event_sources as limits};

use self::{
    batch::{Entry, Gathering, Held, State, known},
    scale::Scale,
};
use super::{
    Batch, BatchAnswer, BatchId, Failure, Filter, Filtered, Flush, ItemFailures, Message, Note, QueueSource,
    SOURCE_FAILED, Settings, backoff, event::Envelope, is_wanted, item_failures,
};
use crate::core::Time;

mod batch;
mod scale;

/// Something to do, in the order in which it comes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum QueuePollerEffect {
    /// Receive messages, and tell by [`received`](QueuePoller::received), or by
    /// [`receive_failed`](QueuePoller::receive_failed).
    Receive {
        /// At most so many.
        at_most: usize,
        /// For how long the queue is to wait for the first one.
        wait: Duration,
    },
    /// Invoke the function, and tell by [`answered`](QueuePoller::answered).
    Invoke(Batch),
    /// Delete messages from the queue.
    Delete {
        /// With these handles.
        receipt_handles: Vec<String>,
        /// Why.
        because: DeleteReason,
    },
    /// Nothing to do.
    Note(Note),
}

/// Why messages are deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeleteReason {
    /// They have been processed in this batch.
    Processed(BatchId),
    /// No filter matches them.
    Filtered,
}

/// The poller of a queue.
#[derive(Debug)]
pub struct QueuePoller {
    source: QueueSource,
    settings: Settings,
    filter: Option<Box<dyn Filter>>,
    is_enabled: bool,
    receiving: Receiving,
    gathering: Option<Gathering>,
    ready: VecDeque<Held>,
    running: BTreeMap<BatchId, Held>,
    scale: Scale,
    /// Whether the queue had any when it was asked last, and has answered.
    has_more: bool,
    next: u64,
    effects: VecDeque<QueuePollerEffect>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Receiving {
    No,
    Asked,
    NotBefore(Time),
}

impl QueuePoller {
    /// A poller that begins at once, unless it is disabled.
    pub fn new(now: Time, source: QueueSource, settings: Settings, filter: Option<Box<dyn Filter>>) -> Self {
        let mut poller = Self {
            source,
            is_enabled: settings.enabled,
            scale: Scale::new(&settings),
            settings,
            filter,
            receiving: Receiving::No,
            gathering: None,
            ready: VecDeque::new(),
            running: BTreeMap::new(),
            has_more: false,
            next: 0,
            effects: VecDeque::new(),
        };
        poller.advance(now);
        poller
    }

    /// Reads on.
    pub fn enable(&mut self, now: Time) {
        self.is_enabled = true;
        self.advance(now);
    }

    /// Reads no further. What the function has been given it finishes, everything else is left in the queue.
    pub fn disable(&mut self, now: Time) {
        self.is_enabled = false;
        let gathered = self.gathering.take().map(|gathering| gathering.entries);
        let ready = self.ready.drain(..).map(|held| held.entries);
        let mut dropped: Vec<_> = gathered.into_iter().chain(ready).collect();
        let running = std::mem::take(&mut self.running).into_iter();
        let (running, waiting): (Vec<_>, Vec<_>) =
            running.partition(|(_, held)| held.state == State::Running);
        self.running = running.into_iter().collect();
        dropped.extend(waiting.into_iter().map(|(_, held)| held.entries));
        for entries in dropped {
            self.lapse(&entries);
        }
        self.advance(now);
    }

    /// How many batches the function has been given, or is to be given again.
    pub fn in_flight(&self) -> usize {
        self.running.len()
    }

    /// How many batches there may be at once.
    pub fn concurrency(&self) -> usize {
        self.scale.limit()
    }

    /// Messages were received, or none within the time.
    pub fn received(&mut self, now: Time, messages: Vec<Message>) {
        if self.receiving == Receiving::Asked {
            self.receiving = Receiving::No;
        }
        self.has_more = !messages.is_empty();
        if messages.is_empty() && self.running.is_empty() {
            self.scale.rest();
        }
        let (mut unwanted, mut handles) = (Vec::new(), Vec::new());
        for message in messages {
            let json = self.source.record(&message);
            let filtered = Filtered { json: &json, data: Some(message.body.as_bytes()), key: None };
            if !is_wanted(self.filter.as_deref(), &filtered) {
                unwanted.push(message.id);
                handles.push(message.receipt_handle);
            } else if self.is_enabled {
                self.gather(now, Entry::new(message, json));
            }
        }
        if !handles.is_empty() {
            self.note(Note::Filtered { records: unwanted });
            let because = DeleteReason::Filtered;
            self.effects.push_back(QueuePollerEffect::Delete { receipt_handles: handles, because });
        }
        self.advance(now);
    }

    /// The queue could not be asked. It is asked again a little later.
    pub fn receive_failed(&mut self, now: Time) {
        if self.receiving == Receiving::Asked {
            self.receiving = Receiving::NotBefore(now + SOURCE_FAILED);
        }
        self.advance(now);
    }

    /// The function has answered, or was not reached. About a batch that is not running it says nothing.
    pub fn answered(&mut self, now: Time, batch: BatchId, answer: BatchAnswer) {
        let Some(held) = self.running.remove(&batch) else { return };
        if held.state != State::Running {
            self.running.insert(batch, held);
            return;
        }
        match answer {
            BatchAnswer::Response { payload, .. } => self.responded(batch, &held, &payload),
            BatchAnswer::FunctionError { function_error, .. } => {
                // Whoever reports failures is not slowed down by them.
                if !self.settings.reports_item_failures {
                    self.slow_down();
                }
                self.returned(batch, &held.entries, Failure::FunctionError(function_error));
            }
            BatchAnswer::Throttled => {
                self.slow_down();
                self.throttled(now, batch, held);
            }
            BatchAnswer::NotInvoked => {
                self.slow_down();
                self.returned(batch, &held.entries, Failure::NotInvoked);
            }
        }
        self.advance(now);
    }

    /// The next thing to do, if there is any; ask again until there is none.
    pub fn poll_effect(&mut self) -> Option<QueuePollerEffect> {
        self.effects.pop_front()
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called, unless something happens before.
    pub fn poll_timeout(&self) -> Option<Time> {
        let window = self.gathering.as_ref().map(|gathering| gathering.until(&self.settings));
        let asks = match self.receiving {
            Receiving::NotBefore(time) if self.is_enabled => Some(time),
            _ => None,
        };
        let again = self.running.values().filter_map(|held| held.state.again());
        again.chain(window).chain(asks).chain(self.scale.grows_at()).min()
    }

    /// Tells that time has passed. A call that comes too early does nothing.
    pub fn handle_timeout(&mut self, now: Time) {
        if self.poll_timeout().is_some_and(|due| due <= now) {
            self.advance(now);
        }
    }

    fn note(&mut self, note: Note) {
        self.effects.push_back(QueuePollerEffect::Note(note));
    }

    fn responded(&mut self, batch: BatchId, held: &Held, payload: &[u8]) {
        let is_known = |id: &str| held.entries.iter().any(|entry| entry.id == id);
        let failures = if self.settings.reports_item_failures {
            item_failures(payload, is_known)
        } else {
            ItemFailures::None
        };
        let (processed, failed, why) = match failures {
            ItemFailures::None => (held.entries.iter().collect(), Vec::new(), Failure::Items),
            ItemFailures::All(unreadable) => {
                (Vec::new(), held.entries.clone(), Failure::Unreadable(unreadable))
            }
            ItemFailures::Some(failed) => {
                let (failed, processed): (Vec<_>, Vec<_>) =
                    held.entries.iter().partition(|entry| failed.contains(&entry.id));
                (processed, failed.into_iter().cloned().collect(), Failure::Items)
            }
        };
        let receipt_handles: Vec<_> =
            processed.iter().map(|entry: &&Entry| entry.receipt_handle.clone()).collect();
        if !receipt_handles.is_empty() {
            let because = DeleteReason::Processed(batch);
            self.effects.push_back(QueuePollerEffect::Delete { receipt_handles, because });
        }
        if failed.is_empty() {
            self.scale.succeeded();
        } else {
            self.returned(batch, &failed, why);
        }
    }

    fn returned(&mut self, batch: BatchId, entries: &[Entry], why: Failure) {
        self.note(Note::Returned { batch, records: known(entries), why });
    }

    /// Nothing has happened to messages that are let go: others may receive them.
    fn lapse(&mut self, entries: &[Entry]) {
        if !entries.is_empty() {
            self.note(Note::Lapsed { records: known(entries) });
        }
    }

    fn slow_down(&mut self) {
        if let Some(limit) = self.scale.failed() {
            self.note(Note::Concurrency { limit });
        }
    }

    /// It is tried again for as long as its messages are hidden.
    fn throttled(&mut self, now: Time, batch: BatchId, mut held: Held) {
        held.refusals = held.refusals.saturating_add(1);
        let at = now + backoff(held.refusals);
        if !self.is_enabled || held.entries.iter().all(|entry| entry.hidden_until <= at) {
            self.returned(batch, &held.entries, Failure::Throttled);
            return;
        }
        let records = known(&held.entries);
        self.note(Note::Retry { batch, records, why: Failure::Throttled, at });
        held.state = State::NotBefore(at);
        self.running.insert(batch, held);
    }

    fn gather(&mut self, now: Time, entry: Entry) {
        let envelope = Envelope::records().bytes();
        if let Some(gathering) = &mut self.gathering {
            let lapsed = gathering.drop_lapsed(now);
            self.lapse(&lapsed);
        }
        let is_too_long = self.gathering.as_ref().is_some_and(|gathering| {
            !gathering.entries.is_empty() && envelope + gathering.bytes + entry.bytes() > SYNC_PAYLOAD_BYTES
        });
        if is_too_long {
            self.flush(Flush::Payload);
        }
        let gathering = self.gathering.get_or_insert_with(|| Gathering::new(now));
        gathering.push(entry);
        if gathering.entries.len() >= self.settings.batch_size {
            self.flush(Flush::Size);
        }
    }

    fn flush(&mut self, because: Flush) {
        if let Some(Gathering { entries, .. }) = self.gathering.take().filter(|it| !it.entries.is_empty()) {
            self.ready.push_back(Held { entries, because, refusals: 0, state: State::Running });
        }
    }

    /// Does all that there is to do at this time.
    fn advance(&mut self, now: Time) {
        let is_over = |gathering: &Gathering| gathering.until(&self.settings) <= now;
        if self.gathering.as_ref().is_some_and(is_over) {
            let has_window = !self.settings.batching_window.is_zero();
            self.flush(if has_window { Flush::Window } else { Flush::Available });
        }
        let again = self.running.iter().filter(|(_, held)| held.state.again().is_some_and(|at| at <= now));
        for batch in again.map(|(&batch, _)| batch).collect::<Vec<_>>() {
            if let Some(held) = self.running.remove(&batch) {
                self.invoke(now, Some(batch), held);
            }
        }
        while self.running.len() < self.scale.limit() {
            let Some(held) = self.ready.pop_front() else { break };
            self.invoke(now, None, held);
        }
        let is_full = self.running.len() >= self.scale.limit();
        // What is throttled as it is would be throttled all the more.
        let is_throttled = self.running.values().any(|held| held.state != State::Running);
        if let Some(limit) = self.scale.advance(now, is_full && self.has_more && !is_throttled) {
            self.note(Note::Concurrency { limit });
            // There may be room for those that are ready, and for asking for more.
            self.advance(now);
            return;
        }
        self.ask(now);
    }

    fn invoke(&mut self, now: Time, batch: Option<BatchId>, mut held: Held) {
        let lapsed: Vec<_> = held.entries.extract_if(.., |entry| entry.hidden_until <= now).collect();
        self.lapse(&lapsed);
        if held.entries.is_empty() {
            return;
        }
        let id = batch.unwrap_or(BatchId(self.next));
        let because = if batch.is_some() { Flush::Retry } else { held.because };
        if batch.is_none() {
            self.next = self.next.saturating_add(1);
        }
        let payload = Envelope::records().around(held.entries.iter().map(|entry| entry.json.as_str()));
        let records = known(&held.entries);
        self.effects.push_back(QueuePollerEffect::Invoke(Batch { id, payload, records, because }));
        held.state = State::Running;
        self.running.insert(id, held);
    }

    fn ask(&mut self, now: Time) {
        if matches!(self.receiving, Receiving::NotBefore(time) if time <= now) {
            self.receiving = Receiving::No;
        }
        let has_room = self.ready.is_empty() && self.running.len() < self.scale.limit();
        if !(self.is_enabled && self.receiving == Receiving::No && has_room) {
            return;
        }
        let gathered = self.gathering.as_ref().map_or(0, |gathering| gathering.entries.len());
        let most = usize::try_from(limits::RECEIVED_MESSAGES).unwrap_or(usize::MAX);
        let left = self.gathering.as_ref().map(|gathering| gathering.until(&self.settings).since(now));
        self.receiving = Receiving::Asked;
        self.has_more = false;
        self.effects.push_back(QueuePollerEffect::Receive {
            at_most: most.min(self.settings.batch_size.saturating_sub(gathered)),
            wait: left.unwrap_or(limits::LONG_POLL).min(limits::LONG_POLL),
        });
    }
}
