//! A record of a shard, as whoever reads it sees it.
//!
//! It may come from the [`Stream`](super::Stream) of this core or from a real one. Its JSON in an event is made in
//! `event`.

use std::{cmp::Ordering, fmt};

use bytes::Bytes;
use serde_json::Value;

use crate::core::Time;

/// The place of a record in its shard: a number of any length. Kafka calls it an offset.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SequenceNumber(String);

impl SequenceNumber {
    /// A number in digits; zeros in front of it count for nothing.
    pub fn new(digits: impl Into<String>) -> Self {
        Self(digits.into())
    }

    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn key(&self) -> (usize, &str) {
        let digits = self.0.trim_start_matches('0');
        (digits.len(), digits)
    }
}

impl fmt::Display for SequenceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Ord for SequenceNumber {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for SequenceNumber {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A record that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Its place in the shard.
    pub sequence_number: SequenceNumber,
    /// When it came into the stream.
    pub arrived: Time,
    /// What it says.
    pub content: Content,
}

/// What a record says, by the kind of its stream.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Of a Kinesis stream.
    Kinesis {
        /// What keeps an order among themselves.
        partition_key: String,
        /// The data.
        data: Bytes,
    },
    /// Of the stream of a DynamoDB table.
    DynamoDb(Box<Change>),
    /// Of a Kafka topic.
    Kafka(Box<KafkaRecord>),
}

/// A change of an item of a table. Items are in
/// [DynamoDB's JSON](https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_StreamRecord.html).
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The id of the event.
    pub event_id: String,
    /// What has happened.
    pub kind: ChangeKind,
    /// The key of the item.
    pub keys: Value,
    /// The item as it is now, if the stream shows it.
    pub new_image: Option<Value>,
    /// The item as it was, if the stream shows it.
    pub old_image: Option<Value>,
    /// How large the record is.
    pub bytes: usize,
    /// What the stream shows: `NEW_AND_OLD_IMAGES` and the like.
    pub view: String,
}

/// What has happened to an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is new.
    Insert,
    /// It has changed.
    Modify,
    /// It is gone.
    Remove,
}

impl ChangeKind {
    /// The word in the event.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Insert => "INSERT",
            Self::Modify => "MODIFY",
            Self::Remove => "REMOVE",
        }
    }
}

/// A record of a topic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KafkaRecord {
    /// The topic.
    pub topic: String,
    /// The partition of the topic.
    pub partition: u32,
    /// The key, if it has one.
    pub key: Option<Bytes>,
    /// The value; none for one that only says that the key is gone.
    pub value: Option<Bytes>,
    /// The headers in order.
    pub headers: Vec<(String, Bytes)>,
    /// Whether the time is that of the broker, and not that of whoever has sent it.
    pub is_log_append_time: bool,
}

impl Content {
    /// What keeps an order among themselves within a shard.
    pub(super) fn key(&self) -> Vec<u8> {
        match self {
            Self::Kinesis { partition_key, .. } => partition_key.clone().into_bytes(),
            Self::DynamoDb(change) => change.keys.to_string().into_bytes(),
            Self::Kafka(record) => record.key.as_ref().map(|key| key.to_vec()).unwrap_or_default(),
        }
    }

    /// What a pattern for the data looks at.
    pub(super) fn data(&self) -> Option<&[u8]> {
        match self {
            Self::Kinesis { data, .. } => Some(data),
            Self::DynamoDb(_) => None,
            Self::Kafka(record) => record.value.as_deref(),
        }
    }
}
