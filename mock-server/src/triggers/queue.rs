//! A queue in memory, shared: messages are sent by tests and by whatever has the queue as its target, and received by
//! mappings or by hand.
//!
//! What becomes of a message is decided in [`core::mapping`](crate::core::mapping); here are the lock, the clock, those who
//! wait, and the way to the dead-letter queue.

use std::{
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use lambda_api::limits::event_sources as limits;
use sha2::{Digest, Sha256};
use tokio::sync::watch;

use super::{Common, SourceError, lock};
use crate::{
    core::{
        Time, destination,
        mapping::{
            Counts, DeadLetter, HandleError, Message, MessageQueue, NewMessage, QueueForm, QueueSettings,
            Redrive, SendError, Sent,
        },
    },
    service::World,
    variables::{ACCOUNT_ID, REGION},
};

/// Who sends what a test sends: an id such as IAM gives to a user.
const SENDER: &str = "AIDAEXAMPLEEXAMPLE000";

/// How often a message may be received before it is given up; source:
/// [SetQueueAttributes](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html).
const MAX_RECEIVES: (u64, u64) = (1, 1_000);

/// A queue on its way; ends with [`create`](Self::create).
#[must_use = "a queue exists once it is created"]
pub struct NewQueue {
    world: Arc<World>,
    name: String,
    settings: QueueSettings,
    dead_letters: Option<Queue>,
    deduplicates_by_content: bool,
}

impl fmt::Debug for NewQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewQueue").field("name", &self.name).finish_non_exhaustive()
    }
}

impl NewQueue {
    pub(super) fn new(world: &Arc<World>, name: &str) -> Self {
        let form = if name.ends_with(".fifo") { QueueForm::Fifo } else { QueueForm::Standard };
        Self {
            world: Arc::clone(world),
            name: name.to_owned(),
            settings: QueueSettings { form, ..QueueSettings::default() },
            dead_letters: None,
            deduplicates_by_content: false,
        }
    }

    /// With these attributes; whether it is a FIFO queue its name says.
    pub fn settings(mut self, settings: QueueSettings) -> Self {
        self.settings = QueueSettings { form: self.settings.form, ..settings };
        self
    }

    /// How long a message is hidden that was received; 30 seconds if not set.
    pub fn visibility_timeout(mut self, timeout: Duration) -> Self {
        self.settings.visibility_timeout = timeout;
        self
    }

    /// How long a message is held back that does not say so itself; not at all if not set.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.settings.delay = delay;
        self
    }

    /// How long a message is kept; four days if not set.
    pub fn retention(mut self, retention: Duration) -> Self {
        self.settings.retention = retention;
        self
    }

    /// Where messages go that have been received so often and were not deleted.
    pub fn dead_letters(mut self, queue: &Queue, maximum_receives: u32) -> Self {
        self.settings.redrive = Some(Redrive { maximum_receives });
        self.dead_letters = Some(queue.clone());
        self
    }

    /// A message without a deduplication id gets one of its text, in a FIFO queue.
    pub fn content_based_deduplication(mut self) -> Self {
        self.deduplicates_by_content = true;
        self
    }

    /// The queue.
    ///
    /// # Errors
    ///
    /// [`SourceError`] if there is one of this name, if an attribute is out of SQS's limits, or if the dead-letter queue is of
    /// another form.
    pub fn create(self) -> Result<Queue, SourceError> {
        let form = self.settings.form;
        self.check()?;
        if let Some(dead) = self.dead_letters.as_ref().filter(|dead| dead.form() != form) {
            return Err(SourceError::DeadLetterForm { arn: dead.arn().to_owned() });
        }
        match self.add() {
            (queue, true) => Ok(queue),
            (queue, false) => Err(SourceError::Exists { arn: queue.arn().to_owned() }),
        }
    }

    fn check(&self) -> Result<(), SourceError> {
        let QueueSettings { visibility_timeout, delay, retention, redrive, .. } = self.settings;
        let seconds = [
            ("VisibilityTimeout", visibility_timeout, limits::VISIBILITY_TIMEOUT),
            ("DelaySeconds", delay, limits::MESSAGE_DELAY),
            ("MessageRetentionPeriod", retention, limits::MESSAGE_RETENTION),
        ];
        let (arn, receives) = (self.arn(), redrive.map_or(1, |redrive| u64::from(redrive.maximum_receives)));
        for (attribute, value, range) in seconds {
            if !(range.min..=range.max).contains(&value) {
                let (least, most) = (range.min.as_secs(), range.max.as_secs());
                return Err(SourceError::Attribute { arn, attribute, least, most });
            }
        }
        let (least, most) = MAX_RECEIVES;
        if !(least..=most).contains(&receives) {
            return Err(SourceError::Attribute { arn, attribute: "maxReceiveCount", least, most });
        }
        Ok(())
    }

    fn arn(&self) -> String {
        format!("arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{}", self.name)
    }

    pub(super) fn get_or_create(self) -> Queue {
        self.add().0
    }

    fn add(self) -> (Queue, bool) {
        let arn = self.arn();
        let Self { world, name, settings, dead_letters, deduplicates_by_content } = self;
        let triggers = &world.triggers;
        triggers.add_queue(&arn, || {
            let common = Arc::clone(&triggers.common);
            // Queues of one service draw their ids from different seeds.
            let seed = name.bytes().fold(common.seed, |seed, byte| seed.wrapping_mul(31) ^ u64::from(byte));
            Queue {
                inner: Arc::new(Inner {
                    state: Mutex::new(MessageQueue::new(&arn, settings, seed)),
                    changed: watch::Sender::default(),
                    arn: arn.clone(),
                    settings,
                    dead_letters,
                    deduplicates_by_content,
                    common,
                }),
            }
        })
    }
}

/// A queue of a [`MockLambda`](crate::MockLambda), as SQS has them. Clones are the same queue.
///
/// # Example
///
/// ```
/// use std::time::Duration;
///
/// use mock_server::MockLambda;
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mock = MockLambda::new();
/// let dead = mock.queue("orders-dead");
/// let queue = mock.new_queue("orders").dead_letters(&dead, 1).create()?;
/// queue.send("7 apples")?;
/// assert_eq!(queue.receive(10).len(), 1);
/// // It was received and not deleted: when its visibility timeout is over it is given up.
/// tokio::time::sleep(Duration::from_secs(30)).await;
/// assert_eq!(queue.receive(10).len(), 0);
/// assert_eq!(dead.receive(10)[0].body, "7 apples");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Queue {
    inner: Arc<Inner>,
}

struct Inner {
    state: Mutex<MessageQueue>,
    /// Told when a message has come or gone.
    changed: watch::Sender<()>,
    arn: String,
    settings: QueueSettings,
    dead_letters: Option<Queue>,
    deduplicates_by_content: bool,
    common: Arc<Common>,
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("arn", &self.inner.arn).finish_non_exhaustive()
    }
}

impl Queue {
    /// The queue's ARN.
    pub fn arn(&self) -> &str {
        &self.inner.arn
    }

    /// The queue's name.
    pub fn name(&self) -> &str {
        self.inner.arn.rsplit(':').next().unwrap_or_default()
    }

    /// Which order it keeps.
    pub fn form(&self) -> QueueForm {
        self.inner.settings.form
    }

    /// Where messages go that it gives up.
    pub(crate) fn dead_letters(&self) -> Option<&Self> {
        self.inner.dead_letters.as_ref()
    }

    pub(crate) fn deduplicates_by_content(&self) -> bool {
        self.inner.deduplicates_by_content
    }

    pub(super) fn common(&self) -> &Arc<Common> {
        &self.inner.common
    }

    /// The attributes that it was made with.
    pub fn settings(&self) -> QueueSettings {
        self.inner.settings
    }

    /// Sends a message: a text, JSON, or a [`NewMessage`] with all that it may have.
    ///
    /// # Errors
    ///
    /// [`SendError`] if the message is not what the queue takes; then nothing has changed.
    pub fn send(&self, message: impl Into<NewMessage>) -> Result<Sent, SendError> {
        let sent = self.take_in(message.into())?;
        self.inner.common.wake();
        Ok(sent)
    }

    /// Takes a message that comes from within the service; one that stands still goes on standing still.
    pub(super) fn take_in(&self, mut message: NewMessage) -> Result<Sent, SendError> {
        if message.sender.is_empty() {
            SENDER.clone_into(&mut message.sender);
        }
        if message.deduplication_id.is_none() && self.inner.deduplicates_by_content {
            let digest = Sha256::digest(message.body.as_bytes());
            message.deduplication_id = Some(digest.iter().map(|byte| format!("{byte:02x}")).collect());
        }
        self.change(|queue, now| queue.send(now, message))
    }

    /// Receives as many messages as there are and are asked for, and hides them for the visibility timeout.
    pub fn receive(&self, at_most: usize) -> Vec<Message> {
        self.change(|queue, now| queue.receive(now, at_most, None))
    }

    /// Waits for messages and receives them, for so long at most, or for ever.
    pub async fn receive_when_there(&self, at_most: usize, wait: Option<Duration>) -> Vec<Message> {
        self.receive_hidden(at_most, wait, None).await
    }

    /// The same, but hides the messages for another time than the queue's visibility timeout, if one is given. Whoever stops
    /// waiting has received nothing.
    pub(crate) async fn receive_hidden(
        &self,
        at_most: usize,
        wait: Option<Duration>,
        visibility: Option<Duration>,
    ) -> Vec<Message> {
        let end = wait.map(|wait| self.inner.common.now() + wait);
        let mut changed = self.inner.changed.subscribe();
        loop {
            let received = self.change(|queue, now| queue.receive(now, at_most, visibility));
            let due = lock(&self.inner.state).poll_timeout();
            let is_over = end.is_some_and(|end| end <= self.inner.common.now());
            if !received.is_empty() || is_over || at_most == 0 {
                return received;
            }
            let until = [due, end].into_iter().flatten().min();
            tokio::select! {
                // The sender lives in the queue.
                _ = changed.changed() => {}
                () = self.inner.common.sleep_until(until) => {}
            }
        }
    }

    /// Deletes a message that was received, and says whether it was there.
    ///
    /// # Errors
    ///
    /// [`HandleError`] if the handle is none of this queue's, or has expired.
    pub fn delete(&self, receipt_handle: &str) -> Result<bool, HandleError> {
        self.change(|queue, now| queue.delete(now, receipt_handle))
    }

    /// Hides a message that was received for so long from now on.
    ///
    /// # Errors
    ///
    /// [`HandleError`] if the handle is none of this queue's, or has expired.
    pub fn change_visibility(&self, receipt_handle: &str, timeout: Duration) -> Result<(), HandleError> {
        self.change(|queue, now| queue.change_visibility(now, receipt_handle, timeout))
    }

    /// How many messages are where, and how those ended that are nowhere.
    pub fn counts(&self) -> Counts {
        self.change(|queue, now| {
            queue.handle_timeout(now);
            queue.counts()
        })
    }

    /// Waits until the counts are as the condition says.
    pub async fn wait_for(&self, condition: impl Fn(&Counts) -> bool) -> Counts {
        let mut changed = self.inner.changed.subscribe();
        loop {
            let counts = self.counts();
            if condition(&counts) {
                return counts;
            }
            let due = lock(&self.inner.state).poll_timeout();
            tokio::select! {
                _ = changed.changed() => {}
                () = self.inner.common.sleep_until(due) => {}
            }
        }
    }

    /// Waits until there is no message any more: each has been deleted, has gone to the dead-letter queue, or has expired.
    pub async fn drained(&self) -> Counts {
        self.wait_for(|counts| counts.visible + counts.delayed + counts.in_flight == 0).await
    }

    /// Takes a message that another queue has given up.
    fn take(&self, letter: DeadLetter) {
        self.change(|queue, now| queue.take(now, letter));
    }

    /// Does something with the queue, and tells those who wait.
    fn change<T>(&self, change: impl FnOnce(&mut MessageQueue, Time) -> T) -> T {
        let now = self.inner.common.now();
        let mut state = lock(&self.inner.state);
        let before = state.counts();
        let result = change(&mut state, now);
        // Under the lock, so that they keep their order and are always in one of the two. There are no circles: the other one
        // was there before.
        while let Some(letter) = state.poll_dead_letter() {
            if let Some(dead) = &self.inner.dead_letters {
                dead.take(letter);
            }
        }
        let is_changed = state.counts() != before;
        drop(state);
        if is_changed {
            self.inner.changed.send_replace(());
        }
        result
    }
}

/// What a queue gets of a message that is meant for it.
pub(super) fn from_destination(message: &destination::Message) -> NewMessage {
    NewMessage {
        body: String::from_utf8_lossy(message.body()).into_owned(),
        attributes: message
            .attributes()
            .iter()
            .map(|(name, attribute)| (name.clone(), attribute.into()))
            .collect(),
        group: Some(message.group().to_owned()).filter(|_| message.destination().is_fifo()),
        deduplication_id: Some(message.id().to_owned()).filter(|_| message.destination().is_fifo()),
        trace_header: message.trace_header().map(str::to_owned),
        ..NewMessage::default()
    }
}
