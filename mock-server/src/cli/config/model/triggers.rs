//! What invokes functions: queues, streams, topics, buckets, rules, and the mappings from queues and streams.
//!
//! Plain values as in the module above. Everything has been checked: patterns and filters can be parsed, settings are
//! within their limits, and every name is that of something in here or of a function of the file.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use mock_server::core::{
    mapping::{self, QueueForm, QueueSettings, SourceKind},
    trigger::bus::Input,
};

use super::Qualifier;

/// All sources, and what they invoke.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Triggers {
    /// By name, that of a FIFO queue with its `.fifo`.
    pub(crate) queues: BTreeMap<String, QueueConfiguration>,
    /// By [`stream_key`]: `kinesis/clicks`.
    pub(crate) streams: BTreeMap<String, StreamConfiguration>,
    /// Of SNS, by name.
    pub(crate) topics: BTreeMap<String, TopicConfiguration>,
    pub(crate) buckets: BTreeMap<String, BucketConfiguration>,
    /// Rules of EventBridge, and schedules. No two of a bus have one name, and no two schedules of EventBridge Scheduler.
    pub(crate) rules: Vec<RuleConfiguration>,
    /// Event source mappings.
    pub(crate) mappings: Vec<MappingConfiguration>,
}

/// The key of a stream in [`Triggers::streams`]: `kinesis/NAME`, `dynamodb/TABLE` or `kafka/TOPIC`, for one name may be
/// that of a stream, a table and a topic.
pub(crate) fn stream_key(kind: SourceKind, name: &str) -> String {
    let kind = match kind {
        SourceKind::DynamoDb => "dynamodb",
        SourceKind::Kafka => "kafka",
        _ => "kinesis",
    };
    format!("{kind}/{name}")
}

/// A queue of SQS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct QueueConfiguration {
    pub(crate) line: usize,
    /// With `redrive` if and only if there are `dead_letters`.
    pub(crate) settings: QueueSettings,
    /// The name of another queue.
    pub(crate) dead_letters: Option<String>,
    pub(crate) content_based_deduplication: bool,
    /// TOML only.
    pub(crate) from: Option<From>,
}

impl QueueConfiguration {
    /// What SQS makes where nothing is configured but the name.
    pub(crate) fn new(name: &str, line: usize) -> Self {
        let form = if name.ends_with(".fifo") { QueueForm::Fifo } else { QueueForm::Standard };
        let settings = QueueSettings { form, ..QueueSettings::default() };
        Self { line, settings, dead_letters: None, content_based_deduplication: false, from: None }
    }
}

/// A Kinesis stream, the stream of a DynamoDB table, or a topic of Kafka.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StreamConfiguration {
    pub(crate) line: usize,
    /// [`SourceKind::Kinesis`], [`SourceKind::DynamoDb`] or [`SourceKind::Kafka`].
    pub(crate) kind: SourceKind,
    /// Shards, or partitions of a topic.
    pub(crate) shards: u32,
    /// How long a record is kept.
    pub(crate) retention: Duration,
    /// `NEW_AND_OLD_IMAGES` and the like: what records of a table have in them.
    pub(crate) view: Option<String>,
    /// TOML only.
    pub(crate) from: Option<From>,
}

impl StreamConfiguration {
    /// A stream of which nothing but its kind is known.
    pub(crate) fn new(kind: SourceKind, line: usize) -> Self {
        let retention = lambda_api::limits::event_sources::RECORD_RETENTION;
        let view = (kind == SourceKind::DynamoDb).then(|| "NEW_AND_OLD_IMAGES".to_owned());
        Self { line, kind, shards: 1, retention, view, from: None }
    }
}

/// Where messages or records come from, beside what is put in over the API or by other sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// A file with one in each line, which is followed as it grows.
    Lines(PathBuf),
    /// One in each line; at most one source has it.
    StandardInput,
    /// The URL of a real queue, or of a service that has a stream or table of this name.
    Real(String),
}

/// A topic of SNS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TopicConfiguration {
    pub(crate) line: usize,
    /// Whether a FIFO topic knows a second message by its text.
    pub(crate) content_based_deduplication: bool,
    pub(crate) subscriptions: Vec<SubscriptionConfiguration>,
}

/// Who gets the messages of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SubscriptionConfiguration {
    pub(crate) line: usize,
    /// A function or a queue.
    pub(crate) target: Target,
    /// A pattern: JSON.
    pub(crate) filter_policy: Option<String>,
    /// Whether the policy is for the body, and not for the attributes.
    pub(crate) filter_on_body: bool,
    /// Whether a queue gets the message alone, without what SNS puts around it.
    pub(crate) raw: bool,
}

/// A bucket of S3.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct BucketConfiguration {
    pub(crate) line: usize,
    /// Where its objects are; TOML only.
    pub(crate) folder: Option<PathBuf>,
    pub(crate) notifications: Vec<NotificationConfiguration>,
    /// Whether the default event bus is told of everything.
    pub(crate) event_bridge: bool,
}

/// Who is told of which changes of a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NotificationConfiguration {
    pub(crate) line: usize,
    pub(crate) target: Target,
    /// `s3:ObjectCreated:*` and the like.
    pub(crate) events: Vec<String>,
    /// How the key begins.
    pub(crate) prefix: String,
    /// How the key ends.
    pub(crate) suffix: String,
}

/// A rule of EventBridge, or a schedule.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RuleConfiguration {
    pub(crate) line: usize,
    /// The name of the event bus, `default` for schedules.
    pub(crate) bus: String,
    pub(crate) name: String,
    /// Which events it is for: JSON. A rule has this or a schedule, or both.
    pub(crate) pattern: Option<String>,
    /// `rate(5 minutes)` and the like.
    pub(crate) schedule: Option<String>,
    /// Whether it is a schedule of EventBridge Scheduler, whose event is the input.
    pub(crate) is_scheduler: bool,
    pub(crate) enabled: bool,
    pub(crate) targets: Vec<RuleTarget>,
}

/// What a rule invokes or sends to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RuleTarget {
    pub(crate) line: usize,
    pub(crate) target: Target,
    /// What it gets: the event, if nothing else is said.
    pub(crate) input: Input,
    /// Of which group messages to a FIFO queue are.
    pub(crate) group: Option<String>,
}

/// What gets an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Function {
        name: String,
        qualifier: Qualifier,
    },
    /// By its name.
    Queue(String),
    /// By its name.
    Topic(String),
}

/// An event source mapping: what reads from a queue or a stream and invokes a function with batches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MappingConfiguration {
    pub(crate) line: usize,
    pub(crate) function: String,
    pub(crate) qualifier: Qualifier,
    pub(crate) source: MappingSource,
    /// As it is given; the source takes it.
    pub(crate) configuration: mapping::Configuration,
    /// Patterns: JSON. A record must match one of them, if there are any.
    pub(crate) filters: Vec<String>,
}

/// What a mapping reads from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MappingSource {
    /// The name of a queue.
    Queue(String),
    /// The key of a stream.
    Stream(String),
}

impl Triggers {
    /// All that gets events from topics, buckets and rules, and where it is named.
    pub(crate) fn targets(&self) -> impl Iterator<Item = (usize, &Target)> {
        let subscriptions = self.topics.values().flat_map(|topic| &topic.subscriptions);
        let notifications = self.buckets.values().flat_map(|bucket| &bucket.notifications);
        let rules = self.rules.iter().flat_map(|rule| &rule.targets);
        (subscriptions.map(|subscription| (subscription.line, &subscription.target)))
            .chain(notifications.map(|notification| (notification.line, &notification.target)))
            .chain(rules.map(|target| (target.line, &target.target)))
    }
}
