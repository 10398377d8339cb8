//! A queue that speaks SQS, as the source of a mapping.
//!
//! Messages that are sent are the business of the sink of the same name.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_sdk_sqs::{
    Client, Config,
    types::{
        self, DeleteMessageBatchRequestEntry, MessageAttributeValue, MessageSystemAttributeName as Name,
        QueueAttributeName,
    },
};
use http::Uri;

use super::{
    aws::{self, Failure},
    error::RealSourceError,
};
use crate::{
    core::{
        Time,
        mapping::{AttributeValue, FifoAttributes, Message, MessageAttribute},
    },
    sinks::http::{Endpoint, LONGEST},
};

/// What [SQS](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html) gives and
/// deletes at once.
const AT_ONCE: usize = 10;
/// How long SQS waits for a message.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// A queue. Clones are the same queue.
#[derive(Clone, Debug)]
pub(crate) struct SqsQueue {
    pub(super) url: Uri,
    client: Client,
    endpoint: Arc<Endpoint>,
    /// As the queue last said.
    visibility_timeout: Arc<Mutex<Option<Duration>>>,
}

/// What a queue says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct QueueFacts {
    /// Its ARN.
    pub(crate) arn: String,
    /// How long a message that was received is hidden from others.
    pub(crate) visibility_timeout: Duration,
    /// Whether it keeps the order within groups.
    pub(crate) is_fifo: bool,
}

impl SqsQueue {
    /// # Errors
    ///
    /// [`RealSourceError::Url`].
    pub(crate) fn new(url: Uri) -> Result<Self, RealSourceError> {
        let endpoint = Endpoint::new(url.clone());
        let endpoint = Arc::new(endpoint.map_err(|_| RealSourceError::Url { url: url.to_string() })?);
        let config = aws::config!(aws_sdk_sqs, aws::REGION, endpoint.origin(), &endpoint);
        Ok(Self {
            url,
            client: Client::from_conf(config),
            endpoint,
            visibility_timeout: Arc::new(Mutex::new(None)),
        })
    }

    /// Asks for the ARN, the visibility timeout and the kind of the queue.
    pub(crate) async fn facts(&self) -> Result<QueueFacts, RealSourceError> {
        const OPERATION: &str = "GetQueueAttributes";

        let request = self.client.get_queue_attributes().queue_url(self.url.to_string());
        // Some names are known for FIFO queues only.
        let request = request.attribute_names(QueueAttributeName::All);
        let answer = request.send().await.map_err(|error| self.failed(OPERATION, error))?;
        let mut attributes = answer.attributes.unwrap_or_default();
        let seconds = attributes.get(&QueueAttributeName::VisibilityTimeout);
        let seconds = seconds.and_then(|seconds| seconds.parse().ok());
        let visibility_timeout = seconds.map(Duration::from_secs);
        let visibility_timeout =
            visibility_timeout.ok_or_else(|| self.missing(OPERATION, "VisibilityTimeout"))?;
        let arn = attributes.remove(&QueueAttributeName::QueueArn);
        let arn = arn.ok_or_else(|| self.missing(OPERATION, "QueueArn"))?;
        let is_fifo = attributes.get(&QueueAttributeName::FifoQueue).is_some_and(|value| value == "true");
        *self.visibility() = Some(visibility_timeout);
        Ok(QueueFacts { arn, visibility_timeout, is_fifo })
    }

    /// Receives up to ten messages with all that there is of them. Waits for the first in whole seconds, rounded up, up to 20.
    ///
    /// They are hidden for the visibility timeout that the queue last said; it is asked if it has not been yet.
    pub(crate) async fn receive(
        &self,
        now: impl Fn() -> Time,
        at_most: usize,
        wait: Duration,
    ) -> Result<Vec<Message>, RealSourceError> {
        const OPERATION: &str = "ReceiveMessage";

        let known = *self.visibility();
        let visibility_timeout = match known {
            Some(known) => known,
            None => self.facts().await?.visibility_timeout,
        };
        // Up, for to ask without waiting at all would be to ask without end.
        let wait = wait.min(LONGEST_WAIT).as_millis().div_ceil(1_000);
        let wait = u64::try_from(wait).unwrap_or_default();
        let patience = Duration::from_secs(wait) + LONGEST;
        let request = self.client.receive_message().queue_url(self.url.to_string());
        let request = request
            .max_number_of_messages(i32::try_from(at_most.clamp(1, AT_ONCE)).unwrap_or(1))
            .wait_time_seconds(i32::try_from(wait).unwrap_or_default())
            .message_system_attribute_names(Name::All)
            .message_attribute_names("All");
        let request = request
            .customize()
            .config_override(Config::builder().http_client(aws::http_client(&self.endpoint, patience)));
        let answer = request.send().await.map_err(|error| self.failed(OPERATION, error))?;
        let now = now();
        let messages = answer.messages.unwrap_or_default().into_iter();
        let messages = messages.map(|received| message(received, now, visibility_timeout));
        messages.collect::<Result<_, _>>().map_err(|member| self.missing(OPERATION, member))
    }

    /// Deletes messages, ten at a time. If there is no answer for ten, those behind them are not tried.
    ///
    /// # Errors
    ///
    /// [`RealSourceError::NotDeleted`] if there was an answer for all; those that it does not count are deleted.
    pub(crate) async fn delete(&self, receipt_handles: &[String]) -> Result<(), RealSourceError> {
        const OPERATION: &str = "DeleteMessageBatch";

        let mut failures = Vec::new();
        for handles in receipt_handles.chunks(AT_ONCE) {
            let mut request = self.client.delete_message_batch().queue_url(self.url.to_string());
            for (number, handle) in handles.iter().enumerate() {
                let entry = DeleteMessageBatchRequestEntry::builder();
                let entry = entry.id(number.to_string()).receipt_handle(handle).build();
                let entry = entry.map_err(|error| self.failed(OPERATION, Failure::senseless(&error)))?;
                request = request.entries(entry);
            }
            let answer = request.send().await.map_err(|error| self.failed(OPERATION, error))?;
            failures.extend(answer.failed);
        }
        let Some(first) = failures.first() else { return Ok(()) };
        Err(RealSourceError::NotDeleted {
            url: self.url.to_string(),
            count: failures.len(),
            asked: receipt_handles.len(),
            code: first.code.clone(),
            message: first.message.clone().unwrap_or_else(|| "without a text".to_owned()),
            is_transient: failures.iter().any(|failure| !failure.sender_fault),
        })
    }

    fn failed(&self, operation: &'static str, failure: impl Into<Failure>) -> RealSourceError {
        RealSourceError::new(&self.url, operation, failure)
    }

    fn missing(&self, operation: &'static str, member: &'static str) -> RealSourceError {
        RealSourceError::Missing { url: self.url.to_string(), operation, member }
    }

    fn visibility(&self) -> std::sync::MutexGuard<'_, Option<Duration>> {
        self.visibility_timeout.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A message in the core's words; the error is the member that it lacks.
///
/// Attributes of the system may be left out by a stand-in that does not know them: then it was received just now.
fn message(
    received: types::Message,
    now: Time,
    visibility_timeout: Duration,
) -> Result<Message, &'static str> {
    let mut system = received.attributes.unwrap_or_default();
    let sent = moment(&mut system, Name::SentTimestamp);
    let first_received = moment(&mut system, Name::ApproximateFirstReceiveTimestamp);
    let receives = system.remove(&Name::ApproximateReceiveCount);
    let fifo = system.remove(&Name::SequenceNumber).zip(system.remove(&Name::MessageDeduplicationId));
    let attributes = received.message_attributes.unwrap_or_default().into_iter();
    let attributes = attributes.map(|(name, value)| Some((name, attribute(value)?))).collect::<Option<_>>();
    Ok(Message {
        id: received.message_id.ok_or("MessageId")?,
        receipt_handle: received.receipt_handle.ok_or("ReceiptHandle")?,
        body: received.body.ok_or("Body")?,
        md5_of_body: received.md5_of_body.ok_or("MD5OfBody")?,
        attributes: attributes.ok_or("MessageAttributes")?,
        md5_of_attributes: received.md5_of_message_attributes,
        receives: receives.and_then(|count| count.parse().ok()).unwrap_or(1),
        sent: sent.unwrap_or(now),
        first_received: first_received.unwrap_or(now),
        sender: system.remove(&Name::SenderId).unwrap_or_default(),
        group: system.remove(&Name::MessageGroupId),
        fifo: fifo
            .map(|(sequence_number, deduplication_id)| FifoAttributes { sequence_number, deduplication_id }),
        trace_header: system.remove(&Name::AwsTraceHeader),
        dead_letter_source: system.remove(&Name::DeadLetterQueueSourceArn),
        hidden_until: now + visibility_timeout,
    })
}

fn moment(system: &mut HashMap<Name, String>, name: Name) -> Option<Time> {
    let millis = system.remove(&name)?.parse().ok()?;
    Some(Time::from_unix(Duration::from_millis(millis)))
}

fn attribute(value: MessageAttributeValue) -> Option<MessageAttribute> {
    let MessageAttributeValue { data_type, string_value, binary_value, .. } = value;
    let value = match string_value {
        Some(text) => AttributeValue::Text(text),
        None => AttributeValue::Binary(binary_value?.into_inner().into()),
    };
    Some(MessageAttribute { data_type, value })
}
