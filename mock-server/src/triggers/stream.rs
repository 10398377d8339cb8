//! A stream in memory, shared: records are put in by tests, and read by mappings.
//!
//! Where a record goes and from where on one reads is decided in [`core::mapping`](crate::core::mapping); here are the lock,
//! the clock, and those who wait for records.

use std::{
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use serde_json::Value;
use tokio::sync::watch;

use super::{Common, SourceError, lock};
use crate::{
    core::{
        Time,
        mapping::{
            self, Change, ChangeKind, Content, KafkaRecord, ReadFrom, Reading, SequenceNumber, SourceKind,
            StreamSource,
        },
    },
    service::World,
    variables::{ACCOUNT_ID, REGION},
};

/// How long a record is kept if nothing is said, in all three services' defaults: a day.
const RETENTION: Duration = Duration::from_secs(24 * 60 * 60);
/// What a table's stream shows if nothing is said.
const VIEW: &str = "NEW_AND_OLD_IMAGES";
/// Where a topic's cluster would be reached.
const BROKERS: &str = "localhost:9092";

/// A record cannot be put into a stream.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PutError {
    /// It is a record of another kind of stream.
    #[error("{stream} is {}, and takes no such record", kind.as_str())]
    Kind {
        /// The stream.
        stream: String,
        /// What it is.
        kind: SourceKind,
    },
    /// There is no such shard, or it is closed.
    #[error("{stream} has no open shard {shard}")]
    Shard {
        /// The stream.
        stream: String,
        /// The shard.
        shard: String,
    },
}

/// A stream on its way; ends with [`create`](Self::create).
#[must_use = "a stream exists once it is created"]
pub struct NewStream {
    world: Arc<World>,
    kind: SourceKind,
    name: String,
    shards: usize,
    retention: Duration,
    view: String,
}

impl fmt::Debug for NewStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewStream").field("name", &self.name).finish_non_exhaustive()
    }
}

impl NewStream {
    pub(super) fn new(world: &Arc<World>, kind: SourceKind, name: &str) -> Self {
        let (world, name) = (Arc::clone(world), name.to_owned());
        Self { world, kind, name, shards: 1, retention: RETENTION, view: VIEW.to_owned() }
    }

    /// How many shards it has, or partitions; one if not set, and never none.
    pub fn shards(mut self, shards: usize) -> Self {
        self.shards = shards.max(1);
        self
    }

    /// How long a record is kept; a day if not set.
    pub fn retention(mut self, retention: Duration) -> Self {
        self.retention = retention;
        self
    }

    /// What the stream of a table shows of an item: `KEYS_ONLY`, `NEW_IMAGE`, `OLD_IMAGE` or `NEW_AND_OLD_IMAGES`, which it is
    /// if not set.
    pub fn view(mut self, view: &str) -> Self {
        view.clone_into(&mut self.view);
        self
    }

    /// The stream.
    ///
    /// # Errors
    ///
    /// [`SourceError::Exists`] if there is one of this name.
    pub fn create(self) -> Result<Stream, SourceError> {
        match self.add() {
            (stream, true) => Ok(stream),
            (stream, false) => Err(SourceError::Exists { arn: stream.arn().to_owned() }),
        }
    }

    pub(super) fn get_or_create(self) -> Stream {
        self.add().0
    }

    fn add(self) -> (Stream, bool) {
        let Self { world, kind, name, shards, retention, view } = self;
        let arn = match kind {
            SourceKind::DynamoDb => {
                format!("arn:aws:dynamodb:{REGION}:{ACCOUNT_ID}:table/{name}/stream/2020-01-01T00:00:00.000")
            }
            SourceKind::Kafka => name.clone(),
            _ => format!("arn:aws:kinesis:{REGION}:{ACCOUNT_ID}:stream/{name}"),
        };
        let shard = |number: usize| match kind {
            SourceKind::Kafka => format!("{name}-{number}"),
            SourceKind::DynamoDb => format!("shardId-{number:020}-{number:08x}"),
            _ => format!("shardId-{number:012}"),
        };
        let triggers = &world.triggers;
        triggers.add_stream(&arn, || {
            let stream = mapping::Stream::new(kind, (0..shards).map(shard), retention);
            Stream {
                inner: Arc::new(Inner {
                    state: Mutex::new(State { stream, puts: 0 }),
                    changed: watch::Sender::new(0),
                    arn: arn.clone(),
                    kind,
                    retention,
                    view,
                    common: Arc::clone(&triggers.common),
                }),
            }
        })
    }
}

/// A stream of a [`MockLambda`](crate::MockLambda): one of Kinesis, that of a DynamoDB table, or a Kafka topic. Clones are the
/// same stream.
///
/// # Example
///
/// ```
/// use mock_server::MockLambda;
///
/// let mock = MockLambda::new();
/// let stream = mock.new_kinesis("clicks", 4).create()?;
/// let number = stream.put("customer-12", "7 apples")?;
/// assert!(number.as_str().starts_with("4959"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Stream {
    inner: Arc<Inner>,
}

struct Inner {
    state: Mutex<State>,
    /// Has the number of records so far.
    changed: watch::Sender<u64>,
    arn: String,
    kind: SourceKind,
    retention: Duration,
    view: String,
    common: Arc<Common>,
}

struct State {
    stream: mapping::Stream,
    puts: u64,
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").field("arn", &self.inner.arn).finish_non_exhaustive()
    }
}

impl Stream {
    /// The stream's ARN. A topic, which has none, has its name here.
    pub fn arn(&self) -> &str {
        &self.inner.arn
    }

    /// What it is.
    pub fn kind(&self) -> SourceKind {
        self.inner.kind
    }

    /// How long it keeps a record.
    pub fn retention(&self) -> Duration {
        self.inner.retention
    }

    /// The names of its shards, or partitions.
    pub fn shards(&self) -> Vec<String> {
        lock(&self.inner.state).stream.shards().map(str::to_owned).collect()
    }

    /// Puts data into the shard of a key, or the partition: for Kinesis and Kafka.
    ///
    /// # Errors
    ///
    /// [`PutError`] if it is the stream of a table, or the shard is closed.
    pub fn put(&self, key: &str, data: impl Into<Bytes>) -> Result<SequenceNumber, PutError> {
        let data = data.into();
        let shard = self.shard_of(key);
        let content = match self.inner.kind {
            SourceKind::Kafka => {
                let (topic, partition) = shard.rsplit_once('-').unwrap_or_default();
                Content::Kafka(Box::new(KafkaRecord {
                    topic: topic.to_owned(),
                    partition: partition.parse().unwrap_or_default(),
                    key: Some(Bytes::from(key.to_owned())).filter(|key| !key.is_empty()),
                    value: Some(data),
                    ..KafkaRecord::default()
                }))
            }
            _ => Content::Kinesis { partition_key: key.to_owned(), data },
        };
        self.put_into(&shard, content)
    }

    /// Puts the change of an item into the stream of a table: what it was and what it is, both in
    /// [DynamoDB's JSON](https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html). The stream
    /// shows as much of it as its view says.
    ///
    /// # Errors
    ///
    /// [`PutError`] if it is another kind of stream.
    ///
    /// ```
    /// use mock_server::MockLambda;
    /// use serde_json::json;
    ///
    /// let mock = MockLambda::new();
    /// let stream = mock.table_stream("customers");
    /// stream.change(json!({"Id": {"N": "12"}}), None, Some(json!({"Id": {"N": "12"}, "Name": {"S": "Ada"}})))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn change(
        &self,
        keys: Value,
        old: Option<Value>,
        new: Option<Value>,
    ) -> Result<SequenceNumber, PutError> {
        let shard = self.shard_of(&keys.to_string());
        let kind = match (&old, &new) {
            (_, None) => ChangeKind::Remove,
            (None, Some(_)) => ChangeKind::Insert,
            (Some(_), Some(_)) => ChangeKind::Modify,
        };
        let view = self.inner.view.as_str();
        let new_image = new.filter(|_| matches!(view, "NEW_IMAGE" | "NEW_AND_OLD_IMAGES"));
        let old_image = old.filter(|_| matches!(view, "OLD_IMAGE" | "NEW_AND_OLD_IMAGES"));
        let images = [Some(&keys), new_image.as_ref(), old_image.as_ref()];
        let bytes = images.into_iter().flatten().map(|image| image.to_string().len()).sum();
        let number = lock(&self.inner.state).puts;
        self.put_into(
            &shard,
            Content::DynamoDb(Box::new(Change {
                event_id: format!("{number:032x}"),
                kind,
                keys,
                new_image,
                old_image,
                bytes,
                view: view.to_owned(),
            })),
        )
    }

    /// Puts a record into a shard, or a partition.
    ///
    /// # Errors
    ///
    /// [`PutError`] if the record is one of another kind of stream, or if there is no such shard or it is closed.
    pub fn put_into(&self, shard: &str, content: Content) -> Result<SequenceNumber, PutError> {
        let Inner { kind, arn, common, .. } = &*self.inner;
        let is_its = matches!(
            (kind, &content),
            (SourceKind::Kinesis, Content::Kinesis { .. })
                | (SourceKind::DynamoDb, Content::DynamoDb(_))
                | (SourceKind::Kafka, Content::Kafka(_))
        );
        if !is_its {
            return Err(PutError::Kind { stream: arn.clone(), kind: *kind });
        }
        let now = common.now();
        let mut state = lock(&self.inner.state);
        let number = state.stream.put(now, shard, content);
        let number =
            number.ok_or_else(|| PutError::Shard { stream: arn.clone(), shard: shard.to_owned() })?;
        state.puts += 1;
        self.inner.changed.send_replace(state.puts);
        drop(state);
        common.wake();
        Ok(number)
    }

    /// Takes no more records into a shard, as after it was split.
    pub fn close_shard(&self, shard: &str) {
        let mut state = lock(&self.inner.state);
        state.stream.close(shard);
        state.puts += 1;
        self.inner.changed.send_replace(state.puts);
    }

    pub(crate) fn shard_of(&self, key: &str) -> String {
        lock(&self.inner.state).stream.shard_of(key).unwrap_or_default().to_owned()
    }

    /// The shard whose part a hash is in.
    pub(crate) fn shard_of_hash(&self, hash: u128) -> String {
        lock(&self.inner.state).stream.shard_of_hash(hash).unwrap_or_default().to_owned()
    }

    /// What an event says of the stream.
    pub(super) fn source(&self) -> StreamSource {
        let arn = self.inner.arn.clone();
        match self.inner.kind {
            SourceKind::DynamoDb => StreamSource::DynamoDb { arn },
            SourceKind::Kafka => StreamSource::Kafka { arn: None, bootstrap_servers: BROKERS.to_owned() },
            _ => StreamSource::Kinesis { arn, role: format!("arn:aws:iam::{ACCOUNT_ID}:role/lambda-role") },
        }
    }

    pub(super) fn common(&self) -> &Arc<Common> {
        &self.inner.common
    }

    /// Has the number of records that have been put in.
    pub(super) fn puts(&self) -> watch::Receiver<u64> {
        self.inner.changed.subscribe()
    }

    /// Reads a shard, and says how many records had been put into the stream by then.
    pub(super) fn read(&self, shard: &str, from: &ReadFrom, at_most: usize) -> Option<(Reading, u64)> {
        let now: Time = self.inner.common.now();
        let mut state = lock(&self.inner.state);
        let reading = state.stream.read(now, shard, from, at_most)?;
        Some((reading, state.puts))
    }
}
