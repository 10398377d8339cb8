//! Real queues and streams as sources of mappings: what speaks SQS, Kinesis or DynamoDB Streams, over plain HTTP.
//!
//! The clients are in [`real`](crate::real); here they are asked once what they are, so that a mapping can be checked.

#[cfg(any(feature = "kinesis", feature = "dynamodb-streams"))]
use std::time::Duration;

use http::Uri;

#[cfg(any(feature = "kinesis", feature = "dynamodb-streams"))]
use crate::core::mapping::{ReadFrom, Reading, SourceKind, StreamSource};
#[cfg(feature = "dynamodb-streams")]
use crate::real::dynamodb::DynamoDbStream;
#[cfg(feature = "kinesis")]
use crate::real::kinesis::KinesisStream;
#[cfg(feature = "sqs")]
use crate::real::sqs::{QueueFacts, SqsQueue};
#[cfg(feature = "kinesis")]
use crate::variables::ACCOUNT_ID;
use crate::{MockLambda, clock, real::error::RealSourceError};

/// A real source cannot be read: it is not there, or what is there does not say what it is.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct ConnectError(#[from] RealSourceError);

/// A queue that speaks SQS. Clones are the same queue.
#[cfg(feature = "sqs")]
#[derive(Clone, Debug)]
pub struct RealQueue {
    pub(super) client: SqsQueue,
    pub(super) facts: QueueFacts,
}

#[cfg(feature = "sqs")]
impl RealQueue {
    /// The queue's ARN.
    pub fn arn(&self) -> &str {
        &self.facts.arn
    }
}

/// A stream that speaks Kinesis, or DynamoDB Streams, with the shards that it had when it was looked at. Clones are the same
/// stream.
#[cfg(any(feature = "kinesis", feature = "dynamodb-streams"))]
#[derive(Clone, Debug)]
pub struct RealStream {
    client: StreamClient,
    pub(super) arn: String,
    pub(super) retention: Duration,
    pub(super) shards: Vec<String>,
}

#[cfg(any(feature = "kinesis", feature = "dynamodb-streams"))]
#[derive(Clone, Debug)]
enum StreamClient {
    #[cfg(feature = "kinesis")]
    Kinesis(KinesisStream),
    #[cfg(feature = "dynamodb-streams")]
    DynamoDb(DynamoDbStream),
}

impl MockLambda {
    /// Looks at a queue that speaks SQS, by its URL, so that a mapping can read it: `http://localhost:5000/123456789012/orders`.
    ///
    /// Requests are signed as those of [`SinkTarget::Sqs`](crate::SinkTarget::Sqs) are.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] if there is no such queue, or the URL is not one of plain HTTP.
    #[cfg(feature = "sqs")]
    pub async fn connect_queue(&self, url: &str) -> Result<RealQueue, ConnectError> {
        let client = SqsQueue::new(uri(url)?)?;
        let facts = client.facts().await?;
        Ok(RealQueue { client, facts })
    }

    /// Looks at a Kinesis stream at an endpoint, by its name or its ARN, so that a mapping can read it.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] if there is no such stream, or the URL is not one of plain HTTP.
    #[cfg(feature = "kinesis")]
    pub async fn connect_kinesis(&self, endpoint: &str, stream: &str) -> Result<RealStream, ConnectError> {
        let client = KinesisStream::new(uri(endpoint)?, stream)?;
        let (facts, shards) = (client.facts().await?, client.shards().await?);
        let client = StreamClient::Kinesis(client);
        Ok(RealStream { client, arn: facts.arn, retention: facts.retention, shards })
    }

    /// Looks at the stream of a DynamoDB table at an endpoint, by the table's name or the stream's ARN, so that a mapping can
    /// read it.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] if there is no such stream, or the URL is not one of plain HTTP.
    #[cfg(feature = "dynamodb-streams")]
    pub async fn connect_table_stream(
        &self,
        endpoint: &str,
        table: &str,
    ) -> Result<RealStream, ConnectError> {
        let client = if table.starts_with("arn:") {
            DynamoDbStream::new(uri(endpoint)?, table)?
        } else {
            DynamoDbStream::of_table(uri(endpoint)?, table).await?
        };
        let (facts, shards) = (client.facts().await?, client.shards().await?);
        let client = StreamClient::DynamoDb(client);
        Ok(RealStream { client, arn: facts.arn, retention: facts.retention, shards })
    }
}

/// In paused time no answer would ever come.
fn uri(url: &str) -> Result<Uri, RealSourceError> {
    if clock::is_paused() {
        return Err(RealSourceError::PausedClock(clock::PausedClock));
    }
    url.parse().map_err(|_| RealSourceError::Url { url: url.to_owned() })
}

#[cfg(any(feature = "kinesis", feature = "dynamodb-streams"))]
impl RealStream {
    /// The stream's ARN.
    pub fn arn(&self) -> &str {
        &self.arn
    }

    pub(super) fn kind(&self) -> SourceKind {
        match self.client {
            #[cfg(feature = "kinesis")]
            StreamClient::Kinesis(_) => SourceKind::Kinesis,
            #[cfg(feature = "dynamodb-streams")]
            StreamClient::DynamoDb(_) => SourceKind::DynamoDb,
        }
    }

    /// What an event says of the stream.
    pub(super) fn source(&self) -> StreamSource {
        let arn = self.arn.clone();
        match self.client {
            #[cfg(feature = "kinesis")]
            StreamClient::Kinesis(_) => {
                StreamSource::Kinesis { arn, role: format!("arn:aws:iam::{ACCOUNT_ID}:role/lambda-role") }
            }
            #[cfg(feature = "dynamodb-streams")]
            StreamClient::DynamoDb(_) => StreamSource::DynamoDb { arn },
        }
    }

    /// Reads a shard. An iterator that has expired is made anew, from where one was before.
    pub(super) async fn read(
        &self,
        shard: &str,
        from: &ReadFrom,
        before: &ReadFrom,
        at_most: usize,
    ) -> Result<Reading, RealSourceError> {
        match self.read_from(shard, from, at_most).await {
            Err(RealSourceError::ExpiredIterator { .. }) => self.read_from(shard, before, at_most).await,
            result => result,
        }
    }

    async fn read_from(
        &self,
        shard: &str,
        from: &ReadFrom,
        at_most: usize,
    ) -> Result<Reading, RealSourceError> {
        match &self.client {
            #[cfg(feature = "kinesis")]
            StreamClient::Kinesis(client) => client.read(shard, from, at_most).await,
            #[cfg(feature = "dynamodb-streams")]
            StreamClient::DynamoDb(client) => client.read(shard, from, at_most).await,
        }
    }
}
