//! What reads the records of one shard and invokes a function with batches of them. Pure.
//!
//! ```text
//!   Read ──► received ──► lane ──size, payload, window──► work ──► running ──► answered
//!              │            by key    (front first)       ▲           │           ├── success ─────┐
//!              │ no filter matches                        └─ retry, ◄─┼── failure ┤               ├─► Checkpoint
//!              └────────────────────────────────────────────  halves  └ throttled └── given up: ──┘
//!                                                                                   SendOnFailure
//! ```
//!
//! A lane has one batch at a time, and nothing that comes behind is looked at until it is over; with a parallelisation factor
//! there are several lanes, and a key is always in the same one (`lane`). A checkpoint is behind the last record up to which
//! all are over, whatever the lanes do (`progress`). What follows from an answer is in `outcome`, tumbling windows are in
//! `window`. Sources: [polling and errors](https://docs.aws.amazon.com/lambda/latest/dg/kinesis-polling-errors.html),
//! [partial responses](https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html).

use std::{collections::VecDeque, time::Duration};

use lambda_api::limits::event_sources as limits;

use self::{
    lane::{Entry, Lane, State, Work, known},
    progress::Progress,
    window::{Window, Windows},
};
use super::{
    Batch, BatchId, FailedBatch, FailureCondition, FailureDestination, Filter, Filtered, Flush, LastResponse,
    Note, ReadFrom, Reading, SOURCE_FAILED, SequenceNumber, Settings, StreamSource, event::Envelope,
    is_wanted,
};
use crate::core::Time;

mod lane;
mod outcome;
mod progress;
mod window;

/// Something to do, in the order in which it comes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShardPollerEffect {
    /// Read the shard, and tell by [`received`](ShardPoller::received), or by [`read_failed`](ShardPoller::read_failed).
    Read {
        /// From here on.
        from: ReadFrom,
        /// At most so many records.
        at_most: usize,
    },
    /// Invoke the function, and tell by [`answered`](ShardPoller::answered).
    Invoke(Batch),
    /// All records up to this one are over: a poller that takes the place of this one begins behind it.
    Checkpoint(SequenceNumber),
    /// Tell the destination of a batch that is given up.
    SendOnFailure {
        /// Where to.
        destination: FailureDestination,
        /// The batch.
        failed: Box<FailedBatch>,
    },
    /// Nothing to do.
    Note(Note),
}

/// What a poller of a shard is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardTask {
    /// The stream.
    pub source: StreamSource,
    /// The shard; for a topic the topic and the partition, such as `orders-0`.
    pub shard: String,
    /// From where on it is read.
    pub from: ReadFrom,
    /// The ARN of the function as the mapping has it.
    pub function_arn: String,
    /// How long the stream keeps a record.
    pub retention: Duration,
}

/// The poller of a shard.
#[derive(Debug)]
pub struct ShardPoller {
    task: ShardTask,
    settings: Settings,
    filter: Option<Box<dyn Filter>>,
    is_enabled: bool,
    /// `None` at the end of a shard that is closed.
    from: Option<ReadFrom>,
    asking: Asking,
    /// When the shard was asked last.
    asked: Time,
    lanes: Vec<Lane>,
    progress: Progress,
    windows: Option<Windows>,
    next: u64,
    effects: VecDeque<ShardPollerEffect>,
}

/// Whether the shard is being read, or when it is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asking {
    Due(Time),
    Asked,
}

impl ShardPoller {
    /// A poller that begins at once, unless it is disabled.
    pub fn new(now: Time, task: ShardTask, settings: Settings, filter: Option<Box<dyn Filter>>) -> Self {
        let lanes = (0..settings.parallelization_factor.max(1)).map(|_| Lane::default()).collect();
        let mut poller = Self {
            is_enabled: settings.enabled,
            from: Some(task.from.clone()),
            windows: settings.tumbling_window.map(Windows::new),
            task,
            settings,
            filter,
            asking: Asking::Due(now),
            asked: now,
            lanes,
            progress: Progress::default(),
            next: 0,
            effects: VecDeque::new(),
        };
        poller.advance(now);
        poller
    }

    /// Goes on where it was.
    pub fn enable(&mut self, now: Time) {
        self.is_enabled = true;
        self.advance(now);
    }

    /// Reads no further, and invokes no more. What the function has been given it finishes.
    pub fn disable(&mut self) {
        self.is_enabled = false;
    }

    /// How many batches the function has.
    pub fn in_flight(&self) -> usize {
        self.lanes.iter().filter(|lane| lane.running().is_some()).count()
    }

    /// How many records have been read and are not over.
    pub fn open(&self) -> usize {
        self.progress.open()
    }

    /// Records were read.
    pub fn received(&mut self, now: Time, reading: Reading) {
        if self.asking != Asking::Asked {
            return;
        }
        let asked = self.asked;
        let Reading { records, next, is_behind } = reading;
        // A stream that says that there is more, but has nothing, is not asked without end.
        let goes_on = is_behind && !records.is_empty();
        let next_time = asked + self.task.source.poll_interval();
        self.asking = Asking::Due(if goes_on { now } else { next_time.max(now) });
        self.from = next;
        let mut unwanted = Vec::new();
        for record in records {
            let json = self.task.source.record(&self.task.shard, &record);
            let key = record.content.key();
            let is_topic = matches!(self.task.source, StreamSource::Kafka { .. });
            let filtered = Filtered {
                json: &json,
                data: record.content.data(),
                key: Some(key.as_slice()).filter(|key| is_topic && !key.is_empty()),
            };
            self.progress.read(record.sequence_number.clone());
            let id = self.task.source.identifier(&self.task.shard, &record);
            if is_wanted(self.filter.as_deref(), &filtered) {
                let which = lane::of(&key, self.lanes.len());
                self.lanes[which].push(now, Entry::new(record, id, json));
            } else {
                unwanted.push(id);
                self.progress.over(&record.sequence_number);
            }
        }
        if let Some(windows) = &mut self.windows
            && !is_behind
        {
            // Nothing can come any more that was there when the shard was asked.
            windows.read_up_to = asked;
        }
        if !unwanted.is_empty() {
            self.note(Note::Filtered { records: unwanted });
            self.checkpoint();
        }
        self.advance(now);
    }

    /// The shard could not be read. It is read again a little later.
    pub fn read_failed(&mut self, now: Time) {
        if self.asking == Asking::Asked {
            self.asking = Asking::Due(now + SOURCE_FAILED);
        }
        self.advance(now);
    }

    /// The next thing to do, if there is any; ask again until there is none.
    pub fn poll_effect(&mut self) -> Option<ShardPollerEffect> {
        self.effects.pop_front()
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called, unless something happens before.
    pub fn poll_timeout(&self) -> Option<Time> {
        if !self.is_enabled {
            return None;
        }
        let reads = match self.asking {
            Asking::Due(at) if self.from.is_some() && self.room() > 0 => Some(at),
            _ => None,
        };
        let lanes = self.lanes.iter().filter_map(|lane| lane.due(&self.settings, self.oldest_age()));
        lanes.chain(reads).min()
    }

    /// Tells that time has passed. A call that comes too early does nothing.
    pub fn handle_timeout(&mut self, now: Time) {
        if self.poll_timeout().is_some_and(|due| due <= now) {
            self.advance(now);
        }
    }

    fn note(&mut self, note: Note) {
        self.effects.push_back(ShardPollerEffect::Note(note));
    }

    /// How old a record may become: never older than the stream keeps it.
    fn oldest_age(&self) -> Duration {
        self.settings.record_age.unwrap_or(self.task.retention).min(self.task.retention)
    }

    /// How many more records are to be read.
    fn room(&self) -> usize {
        let most = self.settings.batch_size.saturating_mul(self.lanes.len());
        let most = most.min(usize::try_from(limits::READ_RECORDS).unwrap_or(usize::MAX));
        most.saturating_sub(self.lanes.iter().map(Lane::len).sum())
    }

    /// Does all that there is to do at this time.
    fn advance(&mut self, now: Time) {
        if !self.is_enabled {
            return;
        }
        for which in 0..self.lanes.len() {
            while self.advance_lane(now, which) {}
        }
        if let Asking::Due(at) = self.asking
            && at <= now
            && self.room() > 0
            && let Some(from) = self.from.clone()
        {
            self.asking = Asking::Asked;
            self.asked = now;
            self.effects.push_back(ShardPollerEffect::Read { from, at_most: self.room() });
        }
        let has_work = self.lanes.iter().any(|lane| lane.len() > 0 || !lane.work.is_empty());
        if self.from.is_none() && !has_work && self.progress.end() {
            self.note(Note::ShardEnded);
        }
    }

    /// Does the next thing in a lane; says whether there may be more.
    fn advance_lane(&mut self, now: Time, which: usize) -> bool {
        let age = self.oldest_age();
        let Some(work) = self.lanes[which].work.front_mut() else { return self.next_work(now, which) };
        let State::Due(at) = work.state else { return false };
        let too_old = work.entries.iter().take_while(|entry| entry.arrived + age <= now).count();
        if too_old > 0 {
            let entries = work.entries.drain(..too_old).collect();
            let given_up = Work { entries, state: work.state, last: None, ..work.clone_history() };
            if work.entries.is_empty() {
                self.lanes[which].work.pop_front();
            }
            self.give_up(&given_up, FailureCondition::RecordAgeExceeded);
            return true;
        }
        if at <= now {
            self.invoke(which);
        }
        false
    }

    /// Makes a batch of what waits in a lane, or ends a window. Says whether there is one.
    fn next_work(&mut self, now: Time, which: usize) -> bool {
        let lane = &mut self.lanes[which];
        let mut envelope = self.task.source.envelope(&self.task.shard).bytes();
        let mut window = None;
        if let Some(windows) = &mut self.windows {
            let next = lane.waiting.front().map(|entry| windows.of(entry.arrived));
            if windows.is_over(next, self.from.is_none()) {
                lane.work.push_back(Work::last_of_window(now));
                return true;
            }
            window = next;
            // An envelope of a window is only a little longer than its state.
            envelope += windows.envelope_bytes();
        }
        let is_end = self.from.is_none();
        let ends = window.map(Window::end);
        let Some((entries, because)) = lane.take(now, &self.settings, envelope, ends, is_end) else {
            return false;
        };
        lane.work.push_back(Work::new(now, entries, because));
        true
    }

    fn envelope(&self, is_last: bool) -> Envelope {
        let envelope = self.task.source.envelope(&self.task.shard);
        match &self.windows {
            Some(windows) => {
                let arn = self.task.source.arn().unwrap_or_default();
                windows.around(envelope, &self.task.shard, arn, is_last)
            }
            None => envelope,
        }
    }

    fn invoke(&mut self, which: usize) {
        let Some(work) = self.lanes[which].work.front() else { return };
        if let (Some(windows), Some(first)) = (&mut self.windows, work.entries.first()) {
            windows.open(first.arrived);
        }
        let envelope = self.envelope(work.is_last);
        let Some(work) = self.lanes[which].work.front_mut() else { return };
        let id = *work.id.get_or_insert_with(|| {
            let id = BatchId(self.next);
            self.next = self.next.saturating_add(1);
            id
        });
        let batch = Batch {
            id,
            payload: envelope.around(work.entries.iter().map(|entry| entry.json.as_str())),
            records: known(&work.entries),
            because: if work.was_tried() { Flush::Retry } else { work.because },
        };
        work.state = State::Running(id);
        self.effects.push_back(ShardPollerEffect::Invoke(batch));
    }

    /// Records are over that nobody has processed.
    fn give_up(&mut self, work: &Work, condition: FailureCondition) {
        let (Some(first), Some(last)) = (work.entries.first(), work.entries.last()) else { return };
        if let Some(destination) = self.settings.on_failure.clone() {
            let failed = Box::new(FailedBatch {
                function_arn: self.task.function_arn.clone(),
                condition,
                attempts: work.invocations,
                response: work.last.clone(),
                source: self.task.source.clone(),
                shard: self.task.shard.clone(),
                first: first.sequence_number.clone(),
                last: last.sequence_number.clone(),
                first_arrived: first.arrived,
                last_arrived: last.arrived,
                size: work.entries.len(),
                payload: self.envelope(false).around(work.entries.iter().map(|entry| entry.json.as_str())),
            });
            self.effects.push_back(ShardPollerEffect::SendOnFailure { destination, failed });
        }
        self.note(Note::Discarded { records: known(&work.entries), condition });
        self.over(&work.entries);
    }

    fn over(&mut self, entries: &[Entry]) {
        for entry in entries {
            self.progress.over(&entry.sequence_number);
        }
        self.checkpoint();
    }

    fn checkpoint(&mut self) {
        if let Some(sequence_number) = self.progress.checkpoint() {
            self.effects.push_back(ShardPollerEffect::Checkpoint(sequence_number));
        }
    }
}
