//! What is done with a message that was received, by its receipt handle:
//! [DeleteMessage](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html),
//! [DeleteMessageBatch](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessageBatch.html) and
//! [ChangeMessageVisibility](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html).

use std::time::Duration;

use bytes::Bytes;
use lambda_api::limits::event_sources as limits;
use serde::{Deserialize, Serialize};

use super::{
    Request,
    fault::{self, FailedEntry},
};
use crate::{
    Queue,
    http::services::{
        batch,
        json::{self, Fault},
    },
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OfHandle {
    queue_url: Option<String>,
    receipt_handle: Option<String>,
    visibility_timeout: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeleteMessageBatch {
    queue_url: Option<String>,
    entries: Option<Vec<Entry>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    id: Option<String>,
    receipt_handle: Option<String>,
}

impl Entry {
    fn id(&self) -> &str {
        self.id.as_deref().unwrap_or_default()
    }
}

pub(super) fn delete(request: &Request<'_>) -> Result<Bytes, Fault> {
    let asked: OfHandle = request.read()?;
    let queue = request.queue(asked.queue_url.as_deref())?;
    delete_from(&queue, asked.receipt_handle.as_deref())?;
    Ok(Bytes::new())
}

pub(super) fn delete_batch(request: &Request<'_>) -> Result<Bytes, Fault> {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Deleted<'a> {
        id: &'a str,
    }

    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer<'a> {
        failed: Vec<FailedEntry<'a>>,
        successful: Vec<Deleted<'a>>,
    }

    let DeleteMessageBatch { queue_url, entries } = request.read()?;
    let (queue, entries) = (request.queue(queue_url.as_deref())?, entries.unwrap_or_default());
    batch::check(entries.iter().map(Entry::id)).map_err(|error| fault::of_batch(&error))?;
    let mut answer = Answer { failed: Vec::new(), successful: Vec::new() };
    for entry in &entries {
        match delete_from(&queue, entry.receipt_handle.as_deref()) {
            Ok(()) => answer.successful.push(Deleted { id: entry.id() }),
            Err(fault) => answer.failed.push(FailedEntry::new(entry.id(), fault)),
        }
    }
    Ok(json::body(&answer))
}

pub(super) fn change_visibility(request: &Request<'_>) -> Result<Bytes, Fault> {
    let asked: OfHandle = request.read()?;
    let queue = request.queue(asked.queue_url.as_deref())?;
    let handle = given(asked.receipt_handle.as_deref())?;
    let timeout = asked.visibility_timeout.ok_or_else(|| fault::missing("VisibilityTimeout"))?;
    let timeout = fault::within("VisibilityTimeout", timeout, 0, limits::VISIBILITY_TIMEOUT.max.as_secs())?;
    let changed = queue.change_visibility(handle, Duration::from_secs(timeout));
    changed.map_err(|error| fault::of_handle(error, handle))?;
    Ok(Bytes::new())
}

/// That a message is gone already is no error.
fn delete_from(queue: &Queue, handle: Option<&str>) -> Result<(), Fault> {
    let handle = given(handle)?;
    queue.delete(handle).map(|_| ()).map_err(|error| fault::of_handle(error, handle))
}

fn given(handle: Option<&str>) -> Result<&str, Fault> {
    handle.filter(|handle| !handle.is_empty()).ok_or_else(|| fault::missing("ReceiptHandle"))
}
