//! A batch of a stream that is given up, and the record of it. Members and their order are those of AWS's examples for
//! [Kinesis](https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html),
//! [DynamoDB](https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html) and
//! [Kafka](https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html).
//!
//! When a batch is given up is decided in `shard_poller`; how the record gets to its destination is for whoever drives it.

use std::collections::BTreeMap;

use bytes::Bytes;
use lambda_api::telemetry::Timestamp;
use serde::Serialize;

use super::{Invocation, SequenceNumber, SourceKind, StreamSource};
use crate::core::{Time, json::json, seconds, timestamp};

/// Why a batch is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FailureCondition {
    /// There is no attempt left.
    RetryAttemptsExhausted,
    /// Its records have become too old.
    RecordAgeExceeded,
}

impl FailureCondition {
    /// The word in the record.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RetryAttemptsExhausted => "RetryAttemptsExhausted",
            Self::RecordAgeExceeded => "RecordAgeExceeded",
        }
    }
}

/// A batch that is given up: all that the record of it tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedBatch {
    /// The function's ARN as the mapping has it: without a qualifier if the mapping has none.
    pub function_arn: String,
    /// Why it is given up.
    pub condition: FailureCondition,
    /// How often the function has run with its records.
    pub attempts: u32,
    /// How the function has answered last, unless its records have become too old.
    pub response: Option<LastResponse>,
    /// Where its records come from.
    pub source: StreamSource,
    /// Their shard; for a topic the topic and the partition, such as `orders-0`.
    pub shard: String,
    /// The place of the first record.
    pub first: SequenceNumber,
    /// The place of the last one.
    pub last: SequenceNumber,
    /// When the first record came into the stream.
    pub first_arrived: Time,
    /// When the last one did.
    pub last_arrived: Time,
    /// How many records there are.
    pub size: usize,
    /// The event that the function would have got: JSON.
    pub payload: Bytes,
}

/// How a function has answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastResponse {
    /// The invocation.
    pub invocation: Invocation,
    /// `Unhandled`; none if it was a response that told of failures.
    pub function_error: Option<String>,
}

#[derive(Serialize)]
struct Record<'a> {
    #[serde(rename = "requestContext")]
    request_context: RequestContext<'a>,
    #[serde(rename = "responseContext", skip_serializing_if = "Option::is_none")]
    response_context: Option<ResponseContext<'a>>,
    version: &'static str,
    timestamp: Timestamp,
    #[serde(rename = "KinesisBatchInfo", skip_serializing_if = "Option::is_none")]
    kinesis: Option<ShardInfo<'a>>,
    #[serde(rename = "DDBStreamBatchInfo", skip_serializing_if = "Option::is_none")]
    dynamodb: Option<ShardInfo<'a>>,
    #[serde(rename = "KafkaBatchInfo", skip_serializing_if = "Option::is_none")]
    kafka: Option<KafkaInfo<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'a> {
    request_id: &'a str,
    function_arn: &'a str,
    condition: &'static str,
    approximate_invoke_count: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResponseContext<'a> {
    status_code: u16,
    executed_version: &'a str,
    /// `null` if there was none, as it was recorded from the service.
    function_error: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShardInfo<'a> {
    shard_id: &'a str,
    start_sequence_number: &'a str,
    end_sequence_number: &'a str,
    approximate_arrival_of_first_record: String,
    approximate_arrival_of_last_record: String,
    batch_size: usize,
    stream_arn: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KafkaInfo<'a> {
    batch_size: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_source_arn: Option<&'a str>,
    bootstrap_servers: &'a str,
    payload_size: usize,
    records_info: BTreeMap<&'a str, PartitionInfo<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PartitionInfo<'a> {
    first_record_offset: &'a str,
    last_record_offset: &'a str,
    first_record_timestamp: Timestamp,
    last_record_timestamp: Timestamp,
}

impl FailedBatch {
    /// The record that is made at this moment: JSON, for a queue or a topic. A batch with which the function has never run
    /// needs an id: a UUID.
    pub fn record(&self, at: Time, id: &str) -> String {
        self.write(at, id, None)
    }

    /// The record for a bucket, which has the event besides.
    pub fn object(&self, at: Time, id: &str) -> String {
        self.write(at, id, Some(String::from_utf8_lossy(&self.payload).into_owned()))
    }

    /// Where it goes in a bucket: `aws/lambda/<mapping>/<shard>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<id>`.
    pub fn key(&self, mapping: &str, at: Time, id: &str) -> String {
        let time = seconds(at);
        let (date, time) = time.trim_end_matches('Z').split_once('T').unwrap_or_default();
        let (folder, time) = (date.replace('-', "/"), time.replace(':', "."));
        format!("aws/lambda/{mapping}/{}/{folder}/{date}T{time}-{id}", self.shard)
    }

    fn write(&self, at: Time, id: &str, payload: Option<String>) -> String {
        let response = self.response.as_ref();
        let kind = self.source.kind();
        json(&Record {
            request_context: RequestContext {
                request_id: response.map_or(id, |response| response.invocation.request_id.as_str()),
                function_arn: &self.function_arn,
                condition: self.condition.as_str(),
                approximate_invoke_count: self.attempts,
            },
            response_context: response.map(|response| ResponseContext {
                status_code: 200,
                executed_version: &response.invocation.executed_version,
                function_error: response.function_error.as_deref(),
            }),
            version: "1.0",
            timestamp: timestamp(at),
            kinesis: (kind == SourceKind::Kinesis).then(|| self.shard(|at| timestamp(at).to_string())),
            // Without milliseconds, as it was recorded from the service.
            dynamodb: (kind == SourceKind::DynamoDb).then(|| self.shard(seconds)),
            kafka: self.kafka(),
            payload,
        })
    }

    fn shard(&self, text: impl Fn(Time) -> String) -> ShardInfo<'_> {
        ShardInfo {
            shard_id: &self.shard,
            start_sequence_number: self.first.as_str(),
            end_sequence_number: self.last.as_str(),
            approximate_arrival_of_first_record: text(self.first_arrived),
            approximate_arrival_of_last_record: text(self.last_arrived),
            batch_size: self.size,
            stream_arn: self.source.arn().unwrap_or_default(),
        }
    }

    fn kafka(&self) -> Option<KafkaInfo<'_>> {
        let StreamSource::Kafka { arn, bootstrap_servers } = &self.source else { return None };
        let partition = PartitionInfo {
            first_record_offset: self.first.as_str(),
            last_record_offset: self.last.as_str(),
            first_record_timestamp: timestamp(self.first_arrived),
            last_record_timestamp: timestamp(self.last_arrived),
        };
        Some(KafkaInfo {
            batch_size: self.size,
            event_source_arn: arn.as_deref(),
            bootstrap_servers,
            payload_size: self.payload.len(),
            records_info: BTreeMap::from([(self.shard.as_str(), partition)]),
        })
    }
}
