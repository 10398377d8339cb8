//! A stream in memory: shards of records as Kinesis, DynamoDB and Kafka have them. Pure.
//!
//! It stands in for a real one: the [`ShardPoller`](super::ShardPoller) does not know it, whoever drives both takes records
//! from here to there. Records stay until they are as old as the stream keeps them, whoever has read them. Sources:
//! [shard iterators](https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetShardIterator.html),
//! [key terms](https://docs.aws.amazon.com/streams/latest/dev/key-concepts.html). Shards are not split or merged; one can
//! be [closed](Stream::close), as it is when that happens.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use super::{
    SourceKind, StartingPosition,
    md5::md5,
    record::{Content, Record, SequenceNumber},
};
use crate::core::Time;

/// From where a shard is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadFrom {
    /// From where the mapping begins.
    Start(StartingPosition),
    /// From behind a record.
    After(SequenceNumber),
    /// From where the last reading ended: what the stream calls an iterator.
    Iterator(String),
}

/// What was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The records in order.
    pub records: Vec<Record>,
    /// Where to go on; `None` at the end of a shard that is closed.
    pub next: Option<ReadFrom>,
    /// Whether there are more records already.
    pub is_behind: bool,
}

/// The stream.
#[derive(Clone, Debug)]
pub struct Stream {
    kind: SourceKind,
    retention: Duration,
    shards: BTreeMap<String, Shard>,
}

#[derive(Clone, Debug, Default)]
struct Shard {
    records: VecDeque<Record>,
    /// How many came before the first of them.
    gone: u64,
    is_closed: bool,
    latest: Time,
}

impl Shard {
    fn end(&self) -> u64 {
        self.gone.saturating_add(u64::try_from(self.records.len()).unwrap_or(u64::MAX))
    }

    fn first(&self, is_wanted: impl Fn(&Record) -> bool) -> u64 {
        let before = self.records.partition_point(|record| !is_wanted(record));
        self.gone.saturating_add(u64::try_from(before).unwrap_or(u64::MAX))
    }

    fn place(&self, from: &ReadFrom) -> u64 {
        match from {
            ReadFrom::Start(StartingPosition::TrimHorizon) => self.gone,
            ReadFrom::Start(StartingPosition::Latest) => self.end(),
            ReadFrom::Start(StartingPosition::AtTimestamp(time)) => {
                self.first(|record| record.arrived >= *time)
            }
            ReadFrom::After(last) => self.first(|record| record.sequence_number > *last),
            ReadFrom::Iterator(iterator) => iterator.parse().unwrap_or(self.gone).max(self.gone),
        }
    }
}

impl Stream {
    /// A stream with these shards, which keeps records for so long. For a Kafka topic the shards are partitions, such as
    /// `orders-0`.
    pub fn new(kind: SourceKind, shards: impl IntoIterator<Item = String>, retention: Duration) -> Self {
        let shards = shards.into_iter().map(|shard| (shard, Shard::default())).collect();
        Self { kind, retention, shards }
    }

    /// The names of the shards.
    pub fn shards(&self) -> impl Iterator<Item = &str> {
        self.shards.keys().map(String::as_str)
    }

    /// The shard of a partition key, as Kinesis chooses it: each has an equal part of the MD5 digests.
    pub fn shard_of(&self, partition_key: &str) -> Option<&str> {
        self.shard_of_hash(u128::from_be_bytes(md5(partition_key.as_bytes())))
    }

    /// The shard whose part a hash is in.
    pub fn shard_of_hash(&self, hash: u128) -> Option<&str> {
        // The upper half is exact enough to tell shards apart.
        let count = u128::try_from(self.shards.len()).unwrap_or(u128::MAX);
        let which = ((hash >> 64) * count) >> 64;
        self.shards().nth(usize::try_from(which).unwrap_or(usize::MAX))
    }

    /// Takes a record into a shard; `None` if there is no such shard, or it is closed.
    pub fn put(&mut self, now: Time, shard: &str, content: Content) -> Option<SequenceNumber> {
        self.handle_timeout(now);
        let kind = self.kind;
        let shard = self.shards.get_mut(shard).filter(|shard| !shard.is_closed)?;
        let sequence_number = sequence_number(kind, shard.end());
        // The order of a shard is that of its times, too.
        shard.latest = shard.latest.max(now);
        let record = Record { sequence_number: sequence_number.clone(), arrived: shard.latest, content };
        shard.records.push_back(record);
        Some(sequence_number)
    }

    /// Takes no more records into a shard, as after it was split.
    pub fn close(&mut self, shard: &str) {
        if let Some(shard) = self.shards.get_mut(shard) {
            shard.is_closed = true;
        }
    }

    /// Reads a shard; `None` if there is no such shard.
    pub fn read(&mut self, now: Time, shard: &str, from: &ReadFrom, at_most: usize) -> Option<Reading> {
        self.handle_timeout(now);
        let shard = self.shards.get(shard)?;
        let place = shard.place(from);
        let skipped = usize::try_from(place - shard.gone).unwrap_or(usize::MAX);
        let records: Vec<_> = shard.records.iter().skip(skipped).take(at_most).cloned().collect();
        let next = place.saturating_add(u64::try_from(records.len()).unwrap_or(u64::MAX));
        let is_behind = next < shard.end();
        let is_over = shard.is_closed && !is_behind;
        Some(Reading { records, next: (!is_over).then(|| ReadFrom::Iterator(next.to_string())), is_behind })
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called, unless something happens before.
    pub fn poll_timeout(&self) -> Option<Time> {
        let oldest = self.shards.values().filter_map(|shard| shard.records.front());
        oldest.map(|record| record.arrived + self.retention).min()
    }

    /// Tells that time has passed. A call that comes too early does nothing.
    pub fn handle_timeout(&mut self, now: Time) {
        for shard in self.shards.values_mut() {
            while shard.records.front().is_some_and(|record| record.arrived + self.retention <= now) {
                shard.records.pop_front();
                shard.gone = shard.gone.saturating_add(1);
            }
        }
    }
}

/// In the form that each kind has.
fn sequence_number(kind: SourceKind, number: u64) -> SequenceNumber {
    SequenceNumber::new(match kind {
        SourceKind::Kinesis => format!("495903382714902566085596925383615710{number:020}"),
        SourceKind::DynamoDb => format!("1{number:020}"),
        _ => number.to_string(),
    })
}
