//! A queue of messages as SQS has them, standard or FIFO, in memory. Pure.
//!
//! It stands in for a real one: the [`QueuePoller`](super::QueuePoller) does not know it, whoever drives both takes
//! messages from here to there. A message is in one place at a time:
//!
//! ```text
//!   send ──► Delayed ──► Visible ──receive──► InFlight ──► deleted
//!                          ▲ │ │                 │
//!                          │ │ └► dead-lettered  │ received too often before
//!                          │ └──► expired        │
//!                          └─────────────────────┘ the visibility timeout is over
//! ```
//!
//! In a FIFO queue a group with a message in flight gives no further ones (`lanes`). Sources:
//! [visibility timeout](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html),
//! [FIFO delivery](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html),
//! [dead letters](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html).
//! Content-based deduplication is for whoever sends: the id comes with the message. Nothing is lost or doubled by chance,
//! as a real standard queue may do.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use self::{
    deduplication::Deduplication,
    lanes::{Lanes, Taken},
    stored::{State, Stored},
};
use super::{
    md5::{md5_hex, md5_of_attributes},
    message::Message,
};
use crate::core::{Time, catalog::Draw};

mod deduplication;
mod lanes;
mod settings;
mod stored;

pub use settings::{NewMessage, QueueForm, QueueSettings, Redrive, SendError, Sent};

/// A receipt handle does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HandleError {
    /// It is none of this queue's.
    #[error("the receipt handle is not valid")]
    Invalid,
    /// The message has been received again since, or can be.
    #[error("the receipt handle has expired")]
    Expired,
}

/// A message that was received too often, on its way to the dead-letter queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    stored: Stored,
}

impl DeadLetter {
    /// The message's id.
    pub fn id(&self) -> &str {
        &self.stored.id
    }
}

/// How many messages are where. Each that was sent is in one of the first three, or has ended in one of the next three.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Those that can be received, if no other of their group is in flight.
    pub visible: usize,
    /// Those that are held back.
    pub delayed: usize,
    /// Those that were received and not deleted.
    pub in_flight: usize,
    /// Those that were deleted.
    pub deleted: usize,
    /// Those that were kept for too long.
    pub expired: usize,
    /// Those that were received too often.
    pub dead_lettered: usize,
    /// Those that were taken for doubles when they were sent, and are nowhere.
    pub duplicates: usize,
}

/// The queue.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageQueue {
    arn: String,
    settings: QueueSettings,
    ids: Draw,
    messages: BTreeMap<u64, Stored>,
    visible: Lanes,
    /// When those that are not visible will be.
    hidden: BTreeSet<(Time, u64)>,
    /// How many of those are held back, and not in flight.
    delayed: usize,
    /// When those that are not in flight will have been kept for too long.
    kept: BTreeSet<(Time, u64)>,
    deduplication: Deduplication,
    next: u64,
    ended: Counts,
    dead_letters: VecDeque<DeadLetter>,
}

impl MessageQueue {
    /// An empty queue. The seed is for the ids of its messages.
    pub fn new(arn: &str, settings: QueueSettings, seed: u64) -> Self {
        Self {
            arn: arn.to_owned(),
            visible: Lanes::new(settings.form),
            settings,
            ids: Draw::new(seed),
            messages: BTreeMap::new(),
            hidden: BTreeSet::new(),
            delayed: 0,
            kept: BTreeSet::new(),
            deduplication: Deduplication::default(),
            next: 0,
            ended: Counts::default(),
            dead_letters: VecDeque::new(),
        }
    }

    /// The queue's ARN.
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// Takes a message.
    ///
    /// # Errors
    ///
    /// [`SendError`] if the message is not what the queue takes; then nothing has changed.
    pub fn send(&mut self, now: Time, message: NewMessage) -> Result<Sent, SendError> {
        message.check(self.settings.form)?;
        self.handle_timeout(now);
        let deduplication = message.deduplication_id.clone().filter(|_| self.is_fifo());
        if let Some(first) = deduplication.as_deref().and_then(|id| self.deduplication.find(now, id)) {
            self.ended.duplicates += 1;
            return Ok(first);
        }
        let md5_of_attributes = md5_of_attributes(&message.attributes);
        let stored = Stored::new(&mut self.ids, self.next, now, message, self.settings.form);
        let delay = stored.delay.unwrap_or(self.settings.delay);
        let sent = Sent {
            id: stored.id.clone(),
            md5_of_body: md5_hex(stored.body.as_bytes()),
            md5_of_attributes,
            sequence_number: stored.fifo.as_ref().map(|fifo| fifo.sequence_number.clone()),
        };
        if let Some(id) = deduplication {
            self.deduplication.remember(now, id, sent.clone());
        }
        self.admit(now, stored, delay);
        Ok(sent)
    }

    /// Takes a message that another queue has given up.
    ///
    /// It is kept from when it was first sent, in a FIFO queue
    /// [from now on](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html).
    pub fn take(&mut self, now: Time, letter: DeadLetter) {
        let mut stored = letter.stored;
        if self.is_fifo() {
            stored.kept_since = now;
        }
        self.admit(now, stored, Duration::ZERO);
        self.handle_timeout(now);
    }

    fn is_fifo(&self) -> bool {
        self.settings.form == QueueForm::Fifo
    }

    fn admit(&mut self, now: Time, mut stored: Stored, delay: Duration) {
        let number = self.next;
        self.next = number.saturating_add(1);
        self.kept.insert((stored.kept_since + self.settings.retention, number));
        if delay.is_zero() {
            stored.state = State::Visible;
            self.visible.insert(number, stored.group.as_deref());
        } else {
            stored.state = State::Delayed(now + delay);
            self.delayed += 1;
            self.hidden.insert((now + delay, number));
        }
        self.messages.insert(number, stored);
    }

    /// Gives as many messages as are asked for and there are, the oldest first, and hides them from others for as long as
    /// is said, or as is configured.
    ///
    /// One that has been received too often already goes to the [dead letters](Self::poll_dead_letter) instead.
    pub fn receive(&mut self, now: Time, at_most: usize, visibility: Option<Duration>) -> Vec<Message> {
        self.handle_timeout(now);
        let hidden_until = now + visibility.unwrap_or(self.settings.visibility_timeout);
        let most = self.settings.redrive.map_or(u32::MAX, |redrive| redrive.maximum_receives);
        let mut received = Vec::new();
        let (messages, hidden, kept) = (&mut self.messages, &mut self.hidden, &mut self.kept);
        let (letters, ended) = (&mut self.dead_letters, &mut self.ended);
        let (arn, retention) = (&self.arn, self.settings.retention);
        self.visible.take(|number| {
            if received.len() == at_most {
                return Taken::Enough;
            }
            let Some(stored) = messages.get_mut(&number) else { return Taken::Gone };
            if stored.receives >= most {
                kept.remove(&(stored.kept_since + retention, number));
                if let Some(mut stored) = messages.remove(&number) {
                    stored.dead_letter_source = Some(arn.clone());
                    letters.push_back(DeadLetter { stored });
                }
                ended.dead_lettered += 1;
                return Taken::Gone;
            }
            received.push(stored.received(number, now, hidden_until));
            hidden.insert((hidden_until, number));
            Taken::InFlight
        });
        received
    }

    /// Whether a receive at this time would give something.
    pub fn has_messages(&mut self, now: Time) -> bool {
        self.handle_timeout(now);
        self.visible.has_any()
    }

    /// Deletes a message, and says whether there was one to delete.
    ///
    /// In a standard queue an older handle deletes nothing, and that is no error
    /// ([DeleteMessage](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html)).
    ///
    /// # Errors
    ///
    /// [`HandleError`] if the handle is none, or, in a FIFO queue, has expired; then nothing has changed.
    pub fn delete(&mut self, now: Time, receipt_handle: &str) -> Result<bool, HandleError> {
        self.handle_timeout(now);
        let (number, receives) = stored::read_handle(receipt_handle).ok_or(HandleError::Invalid)?;
        let Some(stored) = self.messages.get(&number) else { return Ok(false) };
        let is_latest = stored.receives == receives;
        if self.is_fifo() && !(is_latest && matches!(stored.state, State::InFlight(_))) {
            return Err(HandleError::Expired);
        }
        if is_latest {
            self.forget(number);
            self.ended.deleted += 1;
        }
        Ok(is_latest)
    }

    /// Hides a message that is in flight for so long from now on; not at all with zero.
    ///
    /// # Errors
    ///
    /// [`HandleError`] if the handle is none or the message is not in flight with it; then nothing has changed.
    pub fn change_visibility(
        &mut self,
        now: Time,
        receipt_handle: &str,
        visibility: Duration,
    ) -> Result<(), HandleError> {
        self.handle_timeout(now);
        let (number, receives) = stored::read_handle(receipt_handle).ok_or(HandleError::Invalid)?;
        match self.messages.get_mut(&number) {
            Some(stored) if stored.receives == receives => {
                let State::InFlight(until) = stored.state else { return Err(HandleError::Expired) };
                self.hidden.remove(&(until, number));
                stored.state = State::InFlight(now + visibility);
                self.hidden.insert((now + visibility, number));
                self.handle_timeout(now);
                Ok(())
            }
            _ => Err(HandleError::Expired),
        }
    }

    /// The next message that is given up; ask again until there is none.
    pub fn poll_dead_letter(&mut self) -> Option<DeadLetter> {
        self.dead_letters.pop_front()
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called, unless something happens before.
    pub fn poll_timeout(&self) -> Option<Time> {
        let first = |times: &BTreeSet<(Time, u64)>| times.first().map(|&(time, _)| time);
        first(&self.hidden).into_iter().chain(first(&self.kept)).min()
    }

    /// Tells that time has passed. A call that comes too early does nothing.
    pub fn handle_timeout(&mut self, now: Time) {
        while let Some(&(time, number)) = self.hidden.first().filter(|(time, _)| *time <= now) {
            self.hidden.remove(&(time, number));
            let Some(stored) = self.messages.get_mut(&number) else { continue };
            let was_in_flight = matches!(stored.state, State::InFlight(_));
            stored.state = State::Visible;
            // It was not looked at while it was in flight.
            self.kept.insert((stored.kept_since + self.settings.retention, number));
            self.visible.insert(number, stored.group.as_deref());
            if was_in_flight {
                self.visible.release(stored.group.as_deref());
            } else {
                self.delayed -= 1;
            }
        }
        while let Some(&(time, number)) = self.kept.first().filter(|(time, _)| *time <= now) {
            self.kept.remove(&(time, number));
            // What is in flight may still be processed.
            if self.messages.get(&number).is_some_and(|stored| !matches!(stored.state, State::InFlight(_))) {
                self.forget(number);
                self.ended.expired += 1;
            }
        }
    }

    fn forget(&mut self, number: u64) {
        let Some(stored) = self.messages.remove(&number) else { return };
        self.kept.remove(&(stored.kept_since + self.settings.retention, number));
        match stored.state {
            State::Visible => self.visible.remove(number, stored.group.as_deref()),
            State::Delayed(until) => {
                self.hidden.remove(&(until, number));
                self.delayed -= 1;
            }
            State::InFlight(until) => {
                self.hidden.remove(&(until, number));
                self.visible.release(stored.group.as_deref());
            }
        }
    }

    /// How many messages are where.
    pub fn counts(&self) -> Counts {
        let mut counts = self.ended;
        counts.delayed = self.delayed;
        counts.in_flight = self.hidden.len() - self.delayed;
        counts.visible = self.messages.len() - self.hidden.len();
        counts
    }
}
