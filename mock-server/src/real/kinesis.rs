//! A stream that speaks Kinesis, as the source of a mapping.

use std::{sync::Arc, time::Duration};

use aws_sdk_kinesis::{
    Client,
    types::{Record as Received, ShardIteratorType},
};
use aws_smithy_types::DateTime;
use http::Uri;

use super::{
    aws::{self, Failure},
    error::RealSourceError,
    stream::{StreamFacts, limit, region, time},
};
use crate::{
    core::mapping::{Content, ReadFrom, Reading, Record, SequenceNumber, StartingPosition},
    sinks::http::Endpoint,
};

/// What [Kinesis](https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html) gives at once.
const AT_ONCE: i32 = 10_000;

/// A stream. Clones are the same stream.
#[derive(Clone, Debug)]
pub(crate) struct KinesisStream {
    client: Client,
    endpoint: Arc<Endpoint>,
    name: Name,
}

/// Only one of them may be said.
#[derive(Clone, Debug)]
enum Name {
    Name(String),
    Arn(String),
}

impl KinesisStream {
    /// The stream at an endpoint by its name or ARN.
    ///
    /// # Errors
    ///
    /// [`RealSourceError::Url`].
    pub(crate) fn new(endpoint: Uri, stream: impl Into<String>) -> Result<Self, RealSourceError> {
        let (url, stream) = (endpoint.to_string(), stream.into());
        let endpoint = Endpoint::new(endpoint).map_err(|_| RealSourceError::Url { url: url.clone() })?;
        let endpoint = Arc::new(endpoint);
        let region = region(&stream).unwrap_or(aws::REGION);
        let client = Client::from_conf(aws::config!(aws_sdk_kinesis, region, url, &endpoint));
        let name = if stream.starts_with("arn:") { Name::Arn(stream) } else { Name::Name(stream) };
        Ok(Self { client, endpoint, name })
    }

    /// Asks for the ARN and the retention of the stream.
    pub(crate) async fn facts(&self) -> Result<StreamFacts, RealSourceError> {
        const OPERATION: &str = "DescribeStreamSummary";

        let request = self.client.describe_stream_summary();
        let request = request.set_stream_name(self.name.name()).set_stream_arn(self.name.arn());
        let answer = request.send().await.map_err(|error| self.failed(OPERATION, error))?;
        let summary = answer.stream_description_summary;
        let summary = summary.ok_or_else(|| self.missing(OPERATION, "StreamDescriptionSummary"))?;
        let hours = u64::try_from(summary.retention_period_hours);
        let hours = hours.map_err(|_| self.missing(OPERATION, "RetentionPeriodHours"))?;
        Ok(StreamFacts { arn: summary.stream_arn, retention: Duration::from_secs(hours * 3_600) })
    }

    /// The ids of all shards, in the order of the stream; closed ones are among them as long as they have records.
    pub(crate) async fn shards(&self) -> Result<Vec<String>, RealSourceError> {
        let mut shards = Vec::new();
        let mut page = None;
        loop {
            let request = self.client.list_shards();
            // A token says whose shards they are.
            let request = match page {
                Some(_) => request.set_next_token(page),
                None => request.set_stream_name(self.name.name()).set_stream_arn(self.name.arn()),
            };
            let answer = request.send().await.map_err(|error| self.failed("ListShards", error))?;
            shards.extend(answer.shards.unwrap_or_default().into_iter().map(|shard| shard.shard_id));
            page = answer.next_token.filter(|token| !token.is_empty());
            if page.is_none() {
                return Ok(shards);
            }
        }
    }

    /// Reads a shard.
    ///
    /// # Errors
    ///
    /// [`RealSourceError::ExpiredIterator`] if it is to be read from behind the last record instead.
    pub(crate) async fn read(
        &self,
        shard: &str,
        from: &ReadFrom,
        at_most: usize,
    ) -> Result<Reading, RealSourceError> {
        const OPERATION: &str = "GetRecords";

        let iterator = self.iterator(shard, from).await?;
        let request = self.client.get_records().shard_iterator(iterator).set_stream_arn(self.name.arn());
        let request = request.limit(limit(at_most, AT_ONCE));
        let answer = request.send().await.map_err(|error| self.failed(OPERATION, error))?;
        let records = answer.records.into_iter().map(record).collect::<Result<_, _>>();
        Ok(Reading {
            records: records.map_err(|member| self.missing(OPERATION, member))?,
            next: answer.next_shard_iterator.map(ReadFrom::Iterator),
            is_behind: answer.millis_behind_latest.is_some_and(|millis| millis > 0),
        })
    }

    async fn iterator(&self, shard: &str, from: &ReadFrom) -> Result<String, RealSourceError> {
        const OPERATION: &str = "GetShardIterator";

        let request = self.client.get_shard_iterator().shard_id(shard);
        let request = request.set_stream_name(self.name.name()).set_stream_arn(self.name.arn());
        let request = match from {
            ReadFrom::Iterator(iterator) => return Ok(iterator.clone()),
            ReadFrom::Start(StartingPosition::TrimHorizon) => {
                request.shard_iterator_type(ShardIteratorType::TrimHorizon)
            }
            ReadFrom::Start(StartingPosition::Latest) => {
                request.shard_iterator_type(ShardIteratorType::Latest)
            }
            ReadFrom::Start(StartingPosition::AtTimestamp(at)) => {
                let millis = i64::try_from(at.as_unix_millis()).unwrap_or(i64::MAX);
                let request = request.shard_iterator_type(ShardIteratorType::AtTimestamp);
                request.timestamp(DateTime::from_millis(millis))
            }
            ReadFrom::After(last) => {
                let request = request.shard_iterator_type(ShardIteratorType::AfterSequenceNumber);
                request.starting_sequence_number(last.as_str())
            }
        };
        let answer = request.send().await.map_err(|error| self.failed(OPERATION, error))?;
        answer.shard_iterator.ok_or_else(|| self.missing(OPERATION, "ShardIterator"))
    }

    fn failed(&self, operation: &'static str, failure: impl Into<Failure>) -> RealSourceError {
        RealSourceError::new(self.endpoint.url(), operation, failure)
    }

    fn missing(&self, operation: &'static str, member: &'static str) -> RealSourceError {
        RealSourceError::Missing { url: self.endpoint.url().to_string(), operation, member }
    }
}

impl Name {
    fn name(&self) -> Option<String> {
        match self {
            Self::Name(name) => Some(name.clone()),
            Self::Arn(_) => None,
        }
    }

    fn arn(&self) -> Option<String> {
        match self {
            Self::Name(_) => None,
            Self::Arn(arn) => Some(arn.clone()),
        }
    }
}

/// A record in the core's words; the error is the member that it lacks.
fn record(received: Received) -> Result<Record, &'static str> {
    let arrived = received.approximate_arrival_timestamp.as_ref().ok_or("ApproximateArrivalTimestamp")?;
    Ok(Record {
        arrived: time(arrived),
        sequence_number: SequenceNumber::new(received.sequence_number),
        content: Content::Kinesis {
            partition_key: received.partition_key,
            data: received.data.into_inner().into(),
        },
    })
}
