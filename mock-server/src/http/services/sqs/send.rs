//! [SendMessage](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html) and
//! [SendMessageBatch](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html).
//!
//! What only a client can say wrong is looked at here, the rest by the queue itself.

use std::time::Duration;

use bytes::Bytes;
use lambda_api::limits::event_sources as limits;
use serde::{Deserialize, Serialize};

use super::{
    Request,
    attributes::{self, Attributes},
    fault::{self, FailedEntry},
};
use crate::{
    Queue,
    core::mapping::{NewMessage, QueueForm, md5_of_attributes},
    http::services::{
        batch,
        json::{self, Fault},
    },
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendMessage {
    queue_url: Option<String>,
    #[serde(flatten)]
    entry: Entry,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendMessageBatch {
    queue_url: Option<String>,
    entries: Option<Vec<Entry>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    /// In a batch only.
    id: Option<String>,
    message_body: Option<String>,
    delay_seconds: Option<i64>,
    message_attributes: Option<Attributes>,
    message_system_attributes: Option<Attributes>,
    message_deduplication_id: Option<String>,
    message_group_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SentEntry<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(rename = "MD5OfMessageAttributes", skip_serializing_if = "Option::is_none")]
    md5_of_attributes: Option<String>,
    #[serde(rename = "MD5OfMessageBody")]
    md5_of_body: String,
    #[serde(rename = "MD5OfMessageSystemAttributes", skip_serializing_if = "Option::is_none")]
    md5_of_system_attributes: Option<String>,
    message_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence_number: Option<String>,
}

/// A message that is ready to be sent.
struct Prepared {
    message: NewMessage,
    md5_of_system_attributes: Option<String>,
}

pub(super) fn one(request: &Request<'_>) -> Result<Bytes, Fault> {
    let SendMessage { queue_url, entry } = request.read()?;
    let queue = request.queue(queue_url.as_deref())?;
    let sent = entry.prepare(queue.form())?.send(&queue, None)?;
    Ok(json::body(&sent))
}

pub(super) fn batch(request: &Request<'_>) -> Result<Bytes, Fault> {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer<'a> {
        failed: Vec<FailedEntry<'a>>,
        successful: Vec<SentEntry<'a>>,
    }

    let SendMessageBatch { queue_url, entries } = request.read()?;
    let (queue, entries) = (request.queue(queue_url.as_deref())?, entries.unwrap_or_default());
    batch::check(entries.iter().map(Entry::id)).map_err(|error| fault::of_batch(&error))?;
    let prepared: Vec<_> = entries.iter().map(|entry| (entry.id(), entry.prepare(queue.form()))).collect();
    let bytes =
        prepared.iter().filter_map(|(_, entry)| entry.as_ref().ok()).map(|entry| entry.message.bytes());
    batch::check_bytes(bytes.sum(), limits::MESSAGE_BYTES).map_err(|error| fault::of_batch(&error))?;
    let mut answer = Answer { failed: Vec::new(), successful: Vec::new() };
    for (id, entry) in prepared {
        match entry.and_then(|entry| entry.send(&queue, Some(id))) {
            Ok(sent) => answer.successful.push(sent),
            Err(fault) => answer.failed.push(FailedEntry::new(id, fault)),
        }
    }
    Ok(json::body(&answer))
}

impl Entry {
    fn id(&self) -> &str {
        self.id.as_deref().unwrap_or_default()
    }

    fn prepare(&self, form: QueueForm) -> Result<Prepared, Fault> {
        let body = self.message_body.as_deref().unwrap_or_default();
        if !attributes::is_text(body) {
            return Err(fault::invalid_contents("MessageBody has a character that a message cannot have."));
        }
        let ids = [
            ("MessageGroupId", &self.message_group_id),
            ("MessageDeduplicationId", &self.message_deduplication_id),
        ];
        for (parameter, id) in ids {
            id.as_deref().map_or(Ok(()), |id| fault::check_id(parameter, id))?;
        }
        if let Some(id) = self.message_deduplication_id.as_deref().filter(|_| form == QueueForm::Standard) {
            return Err(fault::invalid("MessageDeduplicationId", id, "It is for FIFO queues only"));
        }
        let most = limits::MESSAGE_DELAY.max.as_secs();
        let delay =
            self.delay_seconds.map(|delay| fault::within("DelaySeconds", delay, 0, most)).transpose()?;
        let of_system = self.message_system_attributes.as_ref();
        let of_system = of_system.map(attributes::read_trace_header).transpose()?.unwrap_or_default();
        let of_message = self.message_attributes.as_ref().map(attributes::read).transpose()?;
        let message = NewMessage {
            body: body.to_owned(),
            attributes: of_message.unwrap_or_default(),
            delay: delay.map(Duration::from_secs),
            group: self.message_group_id.clone(),
            deduplication_id: self.message_deduplication_id.clone(),
            ..NewMessage::default()
        };
        let message = attributes::with_trace_header(message, &of_system);
        Ok(Prepared { message, md5_of_system_attributes: md5_of_attributes(&of_system) })
    }
}

impl Prepared {
    fn send<'a>(self, queue: &Queue, id: Option<&'a str>) -> Result<SentEntry<'a>, Fault> {
        let sent = queue.send(self.message).map_err(fault::of_send)?;
        Ok(SentEntry {
            id,
            md5_of_attributes: sent.md5_of_attributes,
            md5_of_body: sent.md5_of_body,
            md5_of_system_attributes: self.md5_of_system_attributes,
            message_id: sent.id,
            sequence_number: sent.sequence_number,
        })
    }
}
