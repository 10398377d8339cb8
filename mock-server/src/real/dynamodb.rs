//! The stream of a table, at what speaks DynamoDB Streams, as the source of a mapping.

use std::{collections::HashMap, sync::Arc, time::Duration};

use aws_sdk_dynamodbstreams::{
    Client,
    types::{AttributeValue, OperationType, Record as Received, ShardIteratorType, StreamDescription},
};
use aws_smithy_types::Blob;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::Uri;
use serde_json::{Value, json};

use super::{
    aws::{self, Failure},
    error::RealSourceError,
    stream::{StreamFacts, limit, region, time},
};
use crate::{
    core::mapping::{
        Change, ChangeKind, Content, ReadFrom, Reading, Record, SequenceNumber, StartingPosition,
    },
    sinks::http::Endpoint,
};

/// What [DynamoDB](https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html) gives at
/// once.
const AT_ONCE: i32 = 1_000;
/// How long the stream of any table
/// [keeps a record](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html).
const RETENTION: Duration = Duration::from_secs(24 * 3_600);

const DESCRIBE: &str = "DescribeStream";

/// The stream of a table. Clones are the same stream.
#[derive(Clone, Debug)]
pub(crate) struct DynamoDbStream {
    client: Client,
    endpoint: Arc<Endpoint>,
    arn: String,
}

impl DynamoDbStream {
    /// The stream at an endpoint by its ARN.
    ///
    /// # Errors
    ///
    /// [`RealSourceError::Url`].
    pub(crate) fn new(endpoint: Uri, arn: impl Into<String>) -> Result<Self, RealSourceError> {
        let (url, arn) = (endpoint.to_string(), arn.into());
        let endpoint = Endpoint::new(endpoint).map_err(|_| RealSourceError::Url { url: url.clone() })?;
        let endpoint = Arc::new(endpoint);
        let region = region(&arn).unwrap_or(aws::REGION);
        let client = Client::from_conf(aws::config!(aws_sdk_dynamodbstreams, region, url, &endpoint));
        Ok(Self { client, endpoint, arn })
    }

    /// The stream of a table at an endpoint.
    ///
    /// # Errors
    ///
    /// [`RealSourceError::Url`], or whatever there is in the way of the stream's ARN.
    pub(crate) async fn of_table(endpoint: Uri, table: &str) -> Result<Self, RealSourceError> {
        const OPERATION: &str = "ListStreams";

        let mut stream = Self::new(endpoint, table)?;
        let answer = stream.client.list_streams().table_name(table).send().await;
        let answer = answer.map_err(|error| stream.failed(OPERATION, error))?;
        let arn = answer.streams.unwrap_or_default().into_iter().find_map(|stream| stream.stream_arn);
        stream.arn = arn.ok_or_else(|| stream.missing(OPERATION, "StreamArn"))?;
        Ok(stream)
    }

    /// Asks for the ARN of the stream. How long records are kept is the same for all.
    pub(crate) async fn facts(&self) -> Result<StreamFacts, RealSourceError> {
        let stream = self.describe(None).await?;
        let arn = stream.stream_arn.ok_or_else(|| self.missing(DESCRIBE, "StreamArn"))?;
        Ok(StreamFacts { arn, retention: RETENTION })
    }

    /// The ids of all shards, in the order of the stream; closed ones are among them as long as they have records.
    pub(crate) async fn shards(&self) -> Result<Vec<String>, RealSourceError> {
        let mut shards = Vec::new();
        let mut last = None;
        loop {
            let stream = self.describe(last).await?;
            for shard in stream.shards.unwrap_or_default() {
                shards.push(shard.shard_id.ok_or_else(|| self.missing(DESCRIBE, "ShardId"))?);
            }
            last = stream.last_evaluated_shard_id.filter(|last| !last.is_empty());
            if last.is_none() {
                return Ok(shards);
            }
        }
    }

    async fn describe(&self, behind: Option<String>) -> Result<StreamDescription, RealSourceError> {
        let request = self.client.describe_stream().stream_arn(&self.arn);
        let answer = request.set_exclusive_start_shard_id(behind).send().await;
        let answer = answer.map_err(|error| self.failed(DESCRIBE, error))?;
        answer.stream_description.ok_or_else(|| self.missing(DESCRIBE, "StreamDescription"))
    }

    /// Reads a shard. The service does not say whether there is more: it may be so if there was as much as was asked for.
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
        let limit = limit(at_most, AT_ONCE);
        let request = self.client.get_records().shard_iterator(iterator).limit(limit);
        let answer = request.send().await.map_err(|error| self.failed(OPERATION, error))?;
        let records = answer.records.unwrap_or_default().into_iter().map(record);
        let records = records.collect::<Result<Vec<_>, _>>();
        let records = records.map_err(|member| self.missing(OPERATION, member))?;
        let is_behind = i32::try_from(records.len()).is_ok_and(|count| count >= limit);
        Ok(Reading { is_behind, records, next: answer.next_shard_iterator.map(ReadFrom::Iterator) })
    }

    async fn iterator(&self, shard: &str, from: &ReadFrom) -> Result<String, RealSourceError> {
        match from {
            ReadFrom::Iterator(iterator) => Ok(iterator.clone()),
            ReadFrom::Start(StartingPosition::TrimHorizon) => {
                self.iterator_at(shard, ShardIteratorType::TrimHorizon, None).await
            }
            ReadFrom::Start(StartingPosition::Latest) => {
                self.iterator_at(shard, ShardIteratorType::Latest, None).await
            }
            ReadFrom::Start(StartingPosition::AtTimestamp(_)) => {
                let reason = "the stream of a table is not read from a time".to_owned();
                Err(self.failed("GetShardIterator", Failure::Senseless(reason)))
            }
            ReadFrom::After(last) => {
                let after = ShardIteratorType::AfterSequenceNumber;
                match self.iterator_at(shard, after, Some(last)).await {
                    // What comes first behind a record that is gone is what is left.
                    Err(RealSourceError::Refused { code, .. }) if code == "TrimmedDataAccessException" => {
                        self.iterator_at(shard, ShardIteratorType::TrimHorizon, None).await
                    }
                    iterator => iterator,
                }
            }
        }
    }

    async fn iterator_at(
        &self,
        shard: &str,
        position: ShardIteratorType,
        last: Option<&SequenceNumber>,
    ) -> Result<String, RealSourceError> {
        const OPERATION: &str = "GetShardIterator";

        let request = self.client.get_shard_iterator().stream_arn(&self.arn).shard_id(shard);
        let request = request.shard_iterator_type(position);
        let request = request.set_sequence_number(last.map(|last| last.as_str().to_owned()));
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

/// A change in the core's words; the error is the member that it lacks.
fn record(received: Received) -> Result<Record, &'static str> {
    let kind = match received.event_name {
        Some(OperationType::Insert) => ChangeKind::Insert,
        Some(OperationType::Modify) => ChangeKind::Modify,
        Some(OperationType::Remove) => ChangeKind::Remove,
        _ => return Err("eventName"),
    };
    let change = received.dynamodb.ok_or("dynamodb")?;
    let arrived = change.approximate_creation_date_time.as_ref().ok_or("ApproximateCreationDateTime")?;
    Ok(Record {
        arrived: time(arrived),
        sequence_number: SequenceNumber::new(change.sequence_number.ok_or("SequenceNumber")?),
        content: Content::DynamoDb(Box::new(Change {
            event_id: received.event_id.ok_or("eventID")?,
            kind,
            keys: item(change.keys.as_ref().ok_or("Keys")?).ok_or("Keys")?,
            new_image: image(change.new_image.as_ref()).ok_or("NewImage")?,
            old_image: image(change.old_image.as_ref()).ok_or("OldImage")?,
            bytes: change.size_bytes.and_then(|bytes| usize::try_from(bytes).ok()).ok_or("SizeBytes")?,
            view: change.stream_view_type.ok_or("StreamViewType")?.as_str().to_owned(),
        })),
    })
}

/// An item that need not be there; `None` for one that cannot be written.
fn image(image: Option<&HashMap<String, AttributeValue>>) -> Option<Option<Value>> {
    image.map_or(Some(None), |image| item(image).map(Some))
}

/// An item in
/// [DynamoDB's JSON](https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_AttributeValue.html);
/// `None` for a type that the client does not know.
fn item(attributes: &HashMap<String, AttributeValue>) -> Option<Value> {
    attributes.iter().map(|(name, value)| Some((name.clone(), attribute(value)?))).collect()
}

fn attribute(value: &AttributeValue) -> Option<Value> {
    Some(match value {
        AttributeValue::B(bytes) => json!({ "B": base64(bytes) }),
        AttributeValue::Bool(truth) => json!({ "BOOL": truth }),
        AttributeValue::Bs(set) => json!({ "BS": set.iter().map(base64).collect::<Vec<_>>() }),
        AttributeValue::L(list) => json!({ "L": list.iter().map(attribute).collect::<Option<Vec<_>>>()? }),
        AttributeValue::M(map) => json!({ "M": item(map)? }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::Ns(set) => json!({ "NS": set }),
        AttributeValue::Null(truth) => json!({ "NULL": truth }),
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::Ss(set) => json!({ "SS": set }),
        _ => return None,
    })
}

fn base64(bytes: &Blob) -> String {
    STANDARD.encode(bytes)
}
