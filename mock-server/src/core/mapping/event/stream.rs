//! Records of a shard in an event, and what the event of a topic has around them. Members and their order are those of AWS's
//! examples for [Kinesis](https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html),
//! [DynamoDB](https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html) and
//! [Kafka](https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html).

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use lambda_api::limits::event_sources as limits;
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

use super::{Envelope, json, region};
use crate::core::mapping::{
    SourceKind,
    answer::kafka_identifier,
    record::{Change, Content, KafkaRecord, Record},
};

/// The stream that a mapping reads from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamSource {
    /// A Kinesis stream.
    Kinesis {
        /// Its ARN.
        arn: String,
        /// The ARN of the function's role, which the event names.
        role: String,
    },
    /// The stream of a DynamoDB table.
    DynamoDb {
        /// Its ARN.
        arn: String,
    },
    /// A topic of a Kafka cluster.
    Kafka {
        /// The ARN of the cluster, if it is Amazon's.
        arn: Option<String>,
        /// Where it is reached.
        bootstrap_servers: String,
    },
}

/// How often Kafka is asked; it answers as soon as it has something.
const KAFKA_POLL_INTERVAL: Duration = Duration::from_millis(100);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KinesisRecord<'a> {
    kinesis: Kinesis<'a>,
    event_source: &'static str,
    event_version: &'static str,
    #[serde(rename = "eventID")]
    event_id: String,
    event_name: &'static str,
    invoke_identity_arn: &'a str,
    aws_region: &'a str,
    #[serde(rename = "eventSourceARN")]
    event_source_arn: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Kinesis<'a> {
    kinesis_schema_version: &'static str,
    partition_key: &'a str,
    sequence_number: &'a str,
    data: String,
    approximate_arrival_timestamp: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DynamoDbRecord<'a> {
    #[serde(rename = "eventID")]
    event_id: &'a str,
    event_name: &'static str,
    event_version: &'static str,
    event_source: &'static str,
    aws_region: &'a str,
    dynamodb: DynamoDb<'a>,
    #[serde(rename = "eventSourceARN")]
    event_source_arn: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DynamoDb<'a> {
    approximate_creation_date_time: u64,
    keys: &'a Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_image: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    old_image: Option<&'a Value>,
    sequence_number: &'a str,
    size_bytes: usize,
    stream_view_type: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Kafka<'a> {
    topic: &'a str,
    partition: u32,
    offset: u64,
    timestamp: u64,
    timestamp_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    value: Option<String>,
    headers: Vec<Header<'a>>,
}

struct Header<'a>(&'a str, &'a [u8]);

impl Serialize for Header<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        // Bytes are signed there.
        map.serialize_entry(self.0, &self.1.iter().map(|byte| byte.cast_signed()).collect::<Vec<_>>())?;
        map.end()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KafkaEvent<'a> {
    event_source: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_source_arn: Option<&'a str>,
    bootstrap_servers: &'a str,
}

impl StreamSource {
    /// What kind of stream it is.
    pub fn kind(&self) -> SourceKind {
        match self {
            Self::Kinesis { .. } => SourceKind::Kinesis,
            Self::DynamoDb { .. } => SourceKind::DynamoDb,
            Self::Kafka { .. } => SourceKind::Kafka,
        }
    }

    /// Its ARN; a cluster of one's own has none.
    pub fn arn(&self) -> Option<&str> {
        match self {
            Self::Kinesis { arn, .. } | Self::DynamoDb { arn } => Some(arn),
            Self::Kafka { arn, .. } => arn.as_deref(),
        }
    }

    /// How long it is at least from one reading of a shard to the next.
    pub(crate) fn poll_interval(&self) -> Duration {
        match self {
            Self::Kinesis { .. } => limits::KINESIS_POLL_INTERVAL,
            Self::DynamoDb { .. } => limits::DYNAMODB_POLL_INTERVAL,
            Self::Kafka { .. } => KAFKA_POLL_INTERVAL,
        }
    }

    /// What stands around the records of one shard.
    pub(in crate::core::mapping) fn envelope(&self, shard: &str) -> Envelope {
        let Self::Kafka { arn, bootstrap_servers } = self else { return Envelope::records() };
        let event_source = if arn.is_some() { "aws:kafka" } else { "SelfManagedKafka" };
        let event = KafkaEvent { event_source, event_source_arn: arn.as_deref(), bootstrap_servers };
        let event = json(&event);
        let head = format!(r#"{},"records":{{{}:["#, event.trim_end_matches('}'), json(&shard));
        Envelope { head, tail: "]}}".to_owned() }
    }

    /// By what a function names a record of a shard that has failed.
    pub(in crate::core::mapping) fn identifier(&self, shard: &str, record: &Record) -> String {
        match self {
            Self::Kafka { .. } => kafka_identifier(shard, &record.sequence_number),
            Self::Kinesis { .. } | Self::DynamoDb { .. } => record.sequence_number.to_string(),
        }
    }

    /// A record of a shard in the event: JSON.
    pub fn record(&self, shard: &str, record: &Record) -> String {
        match &record.content {
            Content::Kinesis { partition_key, data } => self.kinesis(shard, record, partition_key, data),
            Content::DynamoDb(change) => self.dynamodb(record, change),
            Content::Kafka(kafka) => topic_record(record, kafka),
        }
    }

    fn kinesis(&self, shard: &str, record: &Record, partition_key: &str, data: &Bytes) -> String {
        let role = if let Self::Kinesis { role, .. } = self { role } else { "" };
        let arn = self.arn().unwrap_or_default();
        // Milliseconds of any year to come are exact.
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        let arrived = record.arrived.as_unix_millis() as f64 / 1_000.0;
        json(&KinesisRecord {
            kinesis: Kinesis {
                kinesis_schema_version: "1.0",
                partition_key,
                sequence_number: record.sequence_number.as_str(),
                data: STANDARD.encode(data),
                approximate_arrival_timestamp: arrived,
            },
            event_source: "aws:kinesis",
            event_version: "1.0",
            event_id: format!("{shard}:{}", record.sequence_number),
            event_name: "aws:kinesis:record",
            invoke_identity_arn: role,
            aws_region: region(arn),
            event_source_arn: arn,
        })
    }

    fn dynamodb(&self, record: &Record, change: &Change) -> String {
        let arn = self.arn().unwrap_or_default();
        json(&DynamoDbRecord {
            event_id: &change.event_id,
            event_name: change.kind.as_str(),
            event_version: "1.1",
            event_source: "aws:dynamodb",
            aws_region: region(arn),
            dynamodb: DynamoDb {
                approximate_creation_date_time: record.arrived.as_unix_millis() / 1_000,
                keys: &change.keys,
                new_image: change.new_image.as_ref(),
                old_image: change.old_image.as_ref(),
                sequence_number: record.sequence_number.as_str(),
                size_bytes: change.bytes,
                stream_view_type: &change.view,
            },
            event_source_arn: arn,
        })
    }
}

fn topic_record(record: &Record, kafka: &KafkaRecord) -> String {
    let KafkaRecord { topic, partition, key, value, headers, is_log_append_time } = kafka;
    json(&Kafka {
        topic,
        partition: *partition,
        // An offset is a number of Kafka's own.
        offset: record.sequence_number.as_str().parse().unwrap_or_default(),
        timestamp: record.arrived.as_unix_millis(),
        timestamp_type: if *is_log_append_time { "LOG_APPEND_TIME" } else { "CREATE_TIME" },
        key: key.as_ref().map(|key| STANDARD.encode(key)),
        value: value.as_ref().map(|value| STANDARD.encode(value)),
        headers: headers.iter().map(|(name, value)| Header(name, value)).collect(),
    })
}
