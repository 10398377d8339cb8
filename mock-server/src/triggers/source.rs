//! The sources of a service by name: made when they are first named, or described before.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
};

use super::{Bucket, Bus, NewQueue, NewRule, NewStream, Queue, Stream, Topic, Triggers, bus, lock};
use crate::{
    MockLambda,
    core::{mapping::SourceKind, trigger::topic},
    service::World,
    variables::{ACCOUNT_ID, REGION},
};

/// What an event source mapping reads from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Source {
    /// A queue.
    Queue(Queue),
    /// A stream.
    Stream(Stream),
    /// A queue that speaks SQS.
    #[cfg(feature = "sqs")]
    RealQueue(super::RealQueue),
    /// A stream that speaks Kinesis or DynamoDB Streams.
    #[cfg(any(feature = "kinesis", feature = "dynamodb-streams"))]
    RealStream(super::RealStream),
}

#[cfg(feature = "sqs")]
impl From<&super::RealQueue> for Source {
    fn from(queue: &super::RealQueue) -> Self {
        Self::RealQueue(queue.clone())
    }
}

#[cfg(any(feature = "kinesis", feature = "dynamodb-streams"))]
impl From<&super::RealStream> for Source {
    fn from(stream: &super::RealStream) -> Self {
        Self::RealStream(stream.clone())
    }
}

impl From<&Queue> for Source {
    fn from(queue: &Queue) -> Self {
        Self::Queue(queue.clone())
    }
}

impl From<&Stream> for Source {
    fn from(stream: &Stream) -> Self {
        Self::Stream(stream.clone())
    }
}

/// A source cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// There is one of this name already.
    #[error("{arn} is there already")]
    Exists {
        /// Its ARN.
        arn: String,
    },
    /// An attribute of a queue is too small or too great.
    #[error("{arn}: {attribute} must be from {least} to {most}")]
    Attribute {
        /// The ARN of the queue.
        arn: String,
        /// The attribute, by its name in SQS; times are in seconds.
        attribute: &'static str,
        /// The least that it may be.
        least: u64,
        /// The most that it may be.
        most: u64,
    },
    /// A queue and its dead-letter queue must be of one form.
    #[error(
        "{arn}: the dead-letter queue of a FIFO queue must be a FIFO queue, and that of a standard queue a standard one"
    )]
    DeadLetterForm {
        /// The ARN of the dead-letter queue.
        arn: String,
    },
}

impl MockLambda {
    /// The queue of this name; a name that ends with `.fifo` is that of a FIFO queue. If there is none it is made, as AWS makes
    /// one about which nothing is said.
    ///
    /// ```
    /// use mock_server::{Mapping, MockLambda};
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mock = MockLambda::new();
    /// # let function = mock.function("worker").in_process(|env| async move {
    /// #     let _ = env;
    /// #     std::future::pending::<Result<(), String>>().await
    /// # });
    /// let queue = mock.queue("orders");
    /// let mapping = function.map_source(&queue, Mapping::new())?;
    /// queue.send("7 apples")?;
    /// # let _ = mapping;
    /// # Ok(())
    /// # }
    /// ```
    pub fn queue(&self, name: &str) -> Queue {
        let new = self.new_queue(name);
        new.get_or_create()
    }

    /// Describes a queue; it exists once it is created.
    pub fn new_queue(&self, name: &str) -> NewQueue {
        NewQueue::new(self.world(), name)
    }

    /// The Kinesis stream of this name; if there is none it is made, with one shard.
    pub fn kinesis(&self, name: &str) -> Stream {
        self.new_stream(SourceKind::Kinesis, name).get_or_create()
    }

    /// The stream of the DynamoDB table of this name; if there is none it is made, and shows new and old images.
    pub fn table_stream(&self, table: &str) -> Stream {
        self.new_stream(SourceKind::DynamoDb, table).get_or_create()
    }

    /// The Kafka topic of this name; if there is none it is made, with one partition.
    pub fn kafka_topic(&self, topic: &str) -> Stream {
        self.new_stream(SourceKind::Kafka, topic).get_or_create()
    }

    /// Describes a Kinesis stream with so many shards; it exists once it is created.
    pub fn new_kinesis(&self, name: &str, shards: usize) -> NewStream {
        self.new_stream(SourceKind::Kinesis, name).shards(shards)
    }

    /// Describes the stream of a DynamoDB table; it exists once it is created.
    pub fn new_table_stream(&self, table: &str) -> NewStream {
        self.new_stream(SourceKind::DynamoDb, table)
    }

    /// Describes a Kafka topic with so many partitions; it exists once it is created.
    pub fn new_kafka_topic(&self, topic: &str, partitions: usize) -> NewStream {
        self.new_stream(SourceKind::Kafka, topic).shards(partitions)
    }

    /// The topic of this name; if there is none it is made. A name that ends with `.fifo` is that of a FIFO topic.
    pub fn topic(&self, name: &str) -> Topic {
        self.described_topic(name, false)
    }

    /// The same for a FIFO topic that knows a second message by its text, if it has no id of its own for that. A topic that is
    /// there already stays as it is.
    pub fn topic_with_content_based_deduplication(&self, name: &str) -> Topic {
        self.described_topic(name, true)
    }

    fn described_topic(&self, name: &str, content_based_deduplication: bool) -> Topic {
        let arn = format!("arn:aws:sns:{REGION}:{ACCOUNT_ID}:{name}");
        let described = topic::Topic { arn: arn.clone(), content_based_deduplication };
        let world = self.world();
        add(&mut lock(&world.triggers.topics), &arn, || Topic::new(world, described)).0
    }

    /// The event bus of this name; if there is none it is made. `default` is the one that AWS's services use.
    pub fn bus(&self, name: &str) -> Bus {
        self.world().triggers.bus(self.world(), name)
    }

    /// Describes a schedule, as EventBridge Scheduler has them; it exists once it is created.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use mock_server::MockLambda;
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mock = MockLambda::new();
    /// let queue = mock.queue("ticks");
    /// mock.new_schedule("tick", "rate(5 minutes)").target(&queue).create()?;
    /// tokio::time::sleep(Duration::from_secs(60 * 60 + 1)).await;
    /// assert_eq!(queue.counts().visible, 12);
    /// # Ok(())
    /// # }
    /// ```
    pub fn new_schedule(&self, name: &str, expression: &str) -> NewRule {
        self.bus(bus::DEFAULT).new_schedule(name).schedule(expression)
    }

    /// The bucket of this name; if there is none it is made.
    pub fn bucket(&self, name: &str) -> Bucket {
        let world = self.world();
        add(&mut lock(&world.triggers.buckets), name, || Bucket::new(world, name)).0
    }

    fn new_stream(&self, kind: SourceKind, name: &str) -> NewStream {
        NewStream::new(self.world(), kind, name)
    }
}

impl Triggers {
    /// The queue of an ARN.
    pub(crate) fn queue(&self, arn: &str) -> Option<Queue> {
        lock(&self.queues).get(arn).cloned()
    }

    /// All queues, in the order of their names.
    pub(crate) fn queues(&self) -> Vec<Queue> {
        lock(&self.queues).values().cloned().collect()
    }

    /// The stream of an ARN.
    pub(crate) fn stream(&self, arn: &str) -> Option<Stream> {
        lock(&self.streams).get(arn).cloned()
    }

    /// The topic of an ARN.
    pub(crate) fn topic(&self, arn: &str) -> Option<Topic> {
        lock(&self.topics).get(arn).cloned()
    }

    /// The bus of a name, if somebody has made it or if it is the one that there always is.
    pub(crate) fn existing_bus(&self, world: &Arc<World>, name: &str) -> Option<Bus> {
        if name == bus::DEFAULT {
            return Some(self.bus(world, name));
        }
        lock(&self.buses).get(&bus_arn(name)).cloned()
    }

    /// The bus of a name, made if there is none.
    pub(super) fn bus(&self, world: &Arc<World>, name: &str) -> Bus {
        let arn = bus_arn(name);
        add(&mut lock(&self.buses), &arn, || Bus::new(world, &arn)).0
    }

    pub(super) fn add_queue(&self, arn: &str, make: impl FnOnce() -> Queue) -> (Queue, bool) {
        add(&mut lock(&self.queues), arn, make)
    }

    pub(super) fn add_stream(&self, arn: &str, make: impl FnOnce() -> Stream) -> (Stream, bool) {
        add(&mut lock(&self.streams), arn, make)
    }
}

fn bus_arn(name: &str) -> String {
    format!("arn:aws:events:{REGION}:{ACCOUNT_ID}:event-bus/{name}")
}

/// The one that is there, or a new one, and which of the two it is.
fn add<T: Clone>(all: &mut BTreeMap<String, T>, arn: &str, make: impl FnOnce() -> T) -> (T, bool) {
    match all.entry(arn.to_owned()) {
        Entry::Occupied(entry) => (entry.get().clone(), false),
        Entry::Vacant(entry) => (entry.insert(make()).clone(), true),
    }
}
