//! The task of a mapping that reads a shard: carries out what the poller decides, and tells it what came of it.

use std::sync::Arc;

use tokio::{
    sync::watch,
    task::{AbortHandle, JoinSet},
};

use super::{control::Control, target::Target};
use crate::{
    core::{
        Time,
        destination::Destination,
        mapping::{
            BatchAnswer, BatchId, FailedBatch, FailureDestination, ReadFrom, Reading, ShardPoller,
            ShardPollerEffect,
        },
    },
    timeline::TriggerEvent,
    triggers::{Common, Stream},
};

pub(super) struct ShardRunner {
    target: Target,
    /// The UUID of the mapping.
    mapping: String,
    reader: Reader,
    poller: ShardPoller,
    control: Control,
    common: Arc<Common>,
    tasks: JoinSet<Done>,
    reading: Option<AbortHandle>,
}

/// What a task came to.
enum Done {
    Read(Option<Reading>),
    Answered(BatchId, BatchAnswer),
    Sent,
}

impl ShardRunner {
    pub(super) fn new(
        target: Target,
        mapping: String,
        reader: Reader,
        poller: ShardPoller,
        control: Control,
    ) -> Self {
        let common = Arc::clone(reader.stream.common());
        Self { target, mapping, reader, poller, control, common, tasks: JoinSet::new(), reading: None }
    }

    /// As long as the function and the service are there.
    pub(super) async fn run(mut self) {
        while self.target.exists() {
            while let Some(effect) = self.poller.poll_effect() {
                self.carry_out(effect);
            }
            let due = self.poller.poll_timeout();
            tokio::select! {
                biased;
                Some(done) = self.tasks.join_next() => {
                    let now = self.common.now();
                    match done {
                        Ok(Done::Read(Some(reading))) => self.poller.received(now, reading),
                        Ok(Done::Answered(batch, answer)) => self.poller.answered(now, batch, answer),
                        Ok(Done::Sent) => {}
                        // The shard is gone, or the task was told not to wait any longer.
                        Ok(Done::Read(None)) | Err(_) => self.poller.read_failed(now),
                    }
                }
                reads = self.control.changed() => {
                    if reads {
                        self.poller.enable(self.common.now());
                    } else {
                        self.reading.take().inspect(AbortHandle::abort);
                        self.poller.disable();
                    }
                }
                () = self.common.sleep_until(due) => self.poller.handle_timeout(self.common.now()),
            }
        }
    }

    fn carry_out(&mut self, effect: ShardPollerEffect) {
        match effect {
            ShardPollerEffect::Read { from, at_most } => {
                let (reader, is_idle) = (self.reader.clone(), self.poller.open() == 0);
                let asked = self.common.now();
                let read = async move { Done::Read(reader.read(asked, from, at_most, is_idle).await) };
                self.reading = Some(self.tasks.spawn(read));
            }
            ShardPollerEffect::Invoke(batch) => {
                let answer = self.target.invoke(batch);
                self.tasks.spawn(async move {
                    let (batch, answer) = answer.await;
                    Done::Answered(batch, answer)
                });
            }
            ShardPollerEffect::Checkpoint(number) => self.target.note(TriggerEvent::Checkpoint(number)),
            ShardPollerEffect::SendOnFailure { destination, failed } => match destination {
                FailureDestination::Service(destination) => self.send(&destination, &failed),
                FailureDestination::Topic(topic) => {
                    let problem = "destinations in Kafka are not emulated".to_owned();
                    let destination = format!("kafka://{topic}");
                    self.target.note(TriggerEvent::NotTold { destination, problem });
                }
            },
            ShardPollerEffect::Note(note) => self.target.note(TriggerEvent::Noted(note)),
        }
    }

    /// The shard goes on meanwhile.
    fn send(&mut self, destination: &Destination, failed: &FailedBatch) {
        let Some((world, id)) = self.target.world().zip(self.target.new_id()) else { return };
        let message = failed.message(destination, &self.mapping, self.common.now(), &id);
        let (target, destination) = (self.target.clone(), destination.to_string());
        self.tasks.spawn(async move {
            target.note(match world.deliver_patiently(&message).await {
                Ok(()) => TriggerEvent::Told { destination },
                Err(problem) => TriggerEvent::NotTold { destination, problem },
            });
            Done::Sent
        });
    }
}

/// Reads a shard of a stream in memory.
#[derive(Clone)]
pub(super) struct Reader {
    stream: Stream,
    shard: String,
    parks: bool,
    /// How many records had come when there was nothing to do.
    seen: watch::Sender<Option<u64>>,
}

impl Reader {
    /// One that parks does not read again and again while there is nothing.
    pub(super) fn new(stream: Stream, shard: String, parks: bool, seen: watch::Sender<Option<u64>>) -> Self {
        Self { stream, shard, parks, seen }
    }

    /// Reads once. If there is nothing, and nothing else to do, it is as if one had read once in a while until there was
    /// something: an idle stream does not count the time.
    async fn read(self, asked: Time, mut from: ReadFrom, at_most: usize, is_idle: bool) -> Option<Reading> {
        let common = self.stream.common();
        let interval = self.stream.source().poll_interval();
        let mut puts = self.stream.puts();
        loop {
            puts.mark_unchanged();
            let (reading, seen) = self.stream.read(&self.shard, &from, at_most)?;
            let is_empty = reading.records.is_empty() && !reading.is_behind;
            let is_settled = is_empty && is_idle;
            let seen = if reading.next.is_none() { u64::MAX } else { seen };
            self.seen.send_replace(Some(seen).filter(|_| is_settled));
            if !(is_settled && self.parks) {
                return Some(reading);
            }
            let Some(next) = reading.next else { return Some(reading) };
            from = next;
            // The sender lives in the stream.
            let _lives = puts.changed().await;
            // Not before it would have been read.
            let waited = common.now().since(asked).as_nanos();
            let reads = waited.div_ceil(interval.as_nanos().max(1)).max(1);
            let reads = u32::try_from(reads).unwrap_or(u32::MAX);
            common.sleep_until(Some(asked + interval.saturating_mul(reads))).await;
        }
    }
}
