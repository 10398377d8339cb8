//! A poller between a shard in memory and a function that answers when a test says so.

use std::{collections::BTreeMap, time::Duration};

use serde_json::Value;

use super::{Time, noon, secs};
use crate::core::mapping::{
    Batch, BatchAnswer, BatchId, Configuration, Content, FailedBatch, FailureCondition, Filter, Note,
    ReadFrom, SequenceNumber, ShardPoller, ShardPollerEffect, ShardTask, SourceKind, StartingPosition,
    Stream, StreamSource,
};

pub(super) const SHARD: &str = "shardId-000000000006";
pub(super) const STREAM: &str = "arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream";
pub(super) const DEAD: &str = "arn:aws:sqs:us-east-2:123456789012:dead";

pub(super) fn source() -> StreamSource {
    StreamSource::Kinesis {
        arn: STREAM.to_owned(),
        role: "arn:aws:iam::123456789012:role/lambda-role".to_owned(),
    }
}

pub(super) fn task(from: ReadFrom) -> ShardTask {
    ShardTask {
        source: source(),
        shard: SHARD.to_owned(),
        from,
        function_arn: "arn:aws:lambda:us-east-2:123456789012:function:myfunction".to_owned(),
        retention: secs(86_400),
    }
}

/// From the beginning, with everything else as given.
pub(super) fn settings(configuration: &Configuration) -> Configuration {
    Configuration { starting_position: Some(StartingPosition::TrimHorizon), ..configuration.clone() }
}

pub(super) struct ShardScene {
    pub(super) now: Time,
    pub(super) stream: Stream,
    pub(super) poller: ShardPoller,
    pub(super) running: BTreeMap<BatchId, Batch>,
    pub(super) notes: Vec<Note>,
    pub(super) failed: Vec<FailedBatch>,
    pub(super) checkpoints: Vec<SequenceNumber>,
    /// When the shard was read.
    pub(super) reads: Vec<Time>,
    /// All effects, as texts.
    pub(super) journal: Vec<String>,
    /// The records by sequence number: `0`, `1` and so on.
    pub(super) names: BTreeMap<String, String>,
}

impl ShardScene {
    pub(super) fn new(configuration: &Configuration) -> Self {
        Self::filtered(configuration, None)
    }

    pub(super) fn filtered(configuration: &Configuration, filter: Option<Box<dyn Filter>>) -> Self {
        let from = ReadFrom::Start(StartingPosition::TrimHorizon);
        let settings = settings(configuration).check(SourceKind::Kinesis).unwrap();
        let now = noon();
        let mut scene = Self {
            now,
            stream: Stream::new(SourceKind::Kinesis, [SHARD.to_owned()], secs(86_400)),
            poller: ShardPoller::new(now, task(from), settings, filter),
            running: BTreeMap::new(),
            notes: Vec::new(),
            failed: Vec::new(),
            checkpoints: Vec::new(),
            reads: Vec::new(),
            journal: Vec::new(),
            names: BTreeMap::new(),
        };
        scene.settle();
        scene
    }

    /// So many records with one key. The shard is read within a second.
    pub(super) fn put(&mut self, count: usize, key: &str) {
        for _ in 0..count {
            let name = self.names.len().to_string();
            let content = Content::Kinesis { partition_key: key.to_owned(), data: name.clone().into() };
            let number = self.stream.put(self.now, SHARD, content).expect("the shard is open");
            self.names.insert(number.to_string(), name);
        }
    }

    pub(super) fn answer(&mut self, batch: BatchId, answer: BatchAnswer) {
        self.running.remove(&batch).expect("it is running");
        self.poller.answered(self.now, batch, answer);
        self.settle();
    }

    /// Answers the only batch that is running, and lets it be tried again if it is to be.
    pub(super) fn answer_and_wait(&mut self, answer: BatchAnswer) {
        let batch = self.batch();
        self.answer(batch.id, answer);
        self.wait(secs(61));
    }

    /// The only batch that is running, or the one that has been for longest.
    pub(super) fn batch(&self) -> Batch {
        self.running.values().next().expect("a batch is running").clone()
    }

    pub(super) fn event(&self) -> Value {
        serde_json::from_slice(&self.batch().payload).unwrap()
    }

    /// The names of records.
    pub(super) fn named(&self, records: &[String]) -> Vec<String> {
        records.iter().map(|id| self.names[id].clone()).collect()
    }

    /// The names of the records of all batches that are running.
    pub(super) fn all_named(&self) -> Vec<Vec<String>> {
        self.running.values().map(|batch| self.named(&batch.records)).collect()
    }

    /// The name of the last record that a poller in the place of this one would not read.
    pub(super) fn checkpoint(&self) -> Option<&str> {
        self.checkpoints.last().map(|number| self.names[number.as_str()].as_str())
    }

    /// Batches that were given up: the first record, how many, why, and after how many attempts.
    pub(super) fn given_up(&self) -> Vec<(&str, usize, FailureCondition, u32)> {
        let failed = self.failed.iter();
        failed
            .map(|failed| {
                (self.names[failed.first.as_str()].as_str(), failed.size, failed.condition, failed.attempts)
            })
            .collect()
    }

    /// Lets time pass, and all happen in its time.
    pub(super) fn wait(&mut self, duration: Duration) {
        let end = self.now + duration;
        while let Some(due) = self.poller.poll_timeout().filter(|due| *due <= end) {
            self.tick(due.max(self.now));
        }
        self.tick(end);
    }

    fn tick(&mut self, now: Time) {
        self.now = now;
        self.poller.handle_timeout(now);
        self.settle();
        assert!(self.poller.poll_timeout().is_none_or(|due| due > now), "what is due has not been done");
    }

    pub(super) fn settle(&mut self) {
        while let Some(effect) = self.poller.poll_effect() {
            self.journal.push(format!("{effect:?}"));
            match effect {
                ShardPollerEffect::Read { from, at_most } => {
                    self.reads.push(self.now);
                    let reading = self.stream.read(self.now, SHARD, &from, at_most).unwrap();
                    assert!(reading.records.len() <= at_most);
                    self.poller.received(self.now, reading);
                }
                ShardPollerEffect::Invoke(batch) => {
                    assert!(self.running.insert(batch.id, batch).is_none(), "it has not been answered");
                }
                ShardPollerEffect::Checkpoint(number) => {
                    assert!(self.checkpoints.last().is_none_or(|last| *last < number), "it goes back");
                    self.checkpoints.push(number);
                }
                ShardPollerEffect::SendOnFailure { failed, .. } => self.failed.push(*failed),
                ShardPollerEffect::Note(note) => self.notes.push(note),
            }
        }
    }
}
