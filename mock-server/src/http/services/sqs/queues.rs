//! The queues that there are:
//! [GetQueueUrl](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueUrl.html),
//! [GetQueueAttributes](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html) and
//! [ListQueues](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html).
//!
//! Attributes that no queue has here, such as a policy or a time of creation, can be asked for, and are not in the answer.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use lambda_api::limits::event_sources as limits;
use serde::{Deserialize, Serialize};

use super::{Request, fault};
use crate::{
    Queue,
    core::mapping::QueueForm,
    http::services::json::{self, Fault},
    variables::ACCOUNT_ID,
};

/// What may be asked for and is never there.
const ABSENT: [&str; 10] = [
    "Policy",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds",
    "SqsManagedSseEnabled",
    "RedriveAllowPolicy",
    "DeduplicationScope",
    "FifoThroughputLimit",
    // In standard queues they are not there, either.
    "ContentBasedDeduplication",
];

pub(super) fn url(request: &Request<'_>) -> Result<Bytes, Fault> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct GetQueueUrl {
        queue_name: Option<String>,
        #[serde(rename = "QueueOwnerAWSAccountId")]
        owner: Option<String>,
    }

    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer {
        queue_url: String,
    }

    let asked: GetQueueUrl = request.read()?;
    let name = asked.queue_name.ok_or_else(|| fault::missing("QueueName"))?;
    if asked.owner.is_some_and(|owner| owner != ACCOUNT_ID) {
        return Err(fault::no_queue());
    }
    Ok(json::body(&Answer { queue_url: request.url(&request.named(&name)?) }))
}

pub(super) fn attributes(request: &Request<'_>) -> Result<Bytes, Fault> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct GetQueueAttributes {
        queue_url: Option<String>,
        attribute_names: Option<Vec<String>>,
    }

    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer {
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        attributes: BTreeMap<&'static str, String>,
    }

    let asked: GetQueueAttributes = request.read()?;
    let names = asked.attribute_names.unwrap_or_default();
    let mut attributes = of_queue(&request.queue(asked.queue_url.as_deref())?);
    let is_known = |name: &str| match name {
        "All" | "RedrivePolicy" | "FifoQueue" => true,
        _ => attributes.contains_key(name) || ABSENT.contains(&name),
    };
    if let Some(name) = names.iter().find(|name| !is_known(name)) {
        return Err(fault::unknown_attribute(name));
    }
    attributes.retain(|name, _| names.iter().any(|asked| asked == name || asked == "All"));
    Ok(json::body(&Answer { attributes }))
}

fn of_queue(queue: &Queue) -> BTreeMap<&'static str, String> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct RedrivePolicy<'a> {
        dead_letter_target_arn: &'a str,
        max_receive_count: u32,
    }

    let (settings, counts) = (queue.settings(), queue.counts());
    let mut attributes = BTreeMap::from([
        ("QueueArn", queue.arn().to_owned()),
        ("ApproximateNumberOfMessages", counts.visible.to_string()),
        ("ApproximateNumberOfMessagesNotVisible", counts.in_flight.to_string()),
        ("ApproximateNumberOfMessagesDelayed", counts.delayed.to_string()),
        ("DelaySeconds", settings.delay.as_secs().to_string()),
        ("MaximumMessageSize", limits::MESSAGE_BYTES.to_string()),
        ("MessageRetentionPeriod", settings.retention.as_secs().to_string()),
        ("ReceiveMessageWaitTimeSeconds", "0".to_owned()),
        ("VisibilityTimeout", settings.visibility_timeout.as_secs().to_string()),
    ]);
    if queue.form() == QueueForm::Fifo {
        attributes.insert("FifoQueue", "true".to_owned());
        attributes.insert("ContentBasedDeduplication", queue.deduplicates_by_content().to_string());
    }
    if let (Some(redrive), Some(dead)) = (settings.redrive, queue.dead_letters()) {
        let policy =
            RedrivePolicy { dead_letter_target_arn: dead.arn(), max_receive_count: redrive.maximum_receives };
        attributes.insert("RedrivePolicy", serde_json::to_string(&policy).unwrap_or_default());
    }
    attributes
}

pub(super) fn list(request: &Request<'_>) -> Result<Bytes, Fault> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct ListQueues {
        queue_name_prefix: Option<String>,
        max_results: Option<i64>,
        next_token: Option<String>,
    }

    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer {
        #[serde(skip_serializing_if = "Vec::is_empty")]
        queue_urls: Vec<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        next_token: Option<String>,
    }

    let asked: ListQueues = request.read()?;
    let most = u64::try_from(limits::LISTED_QUEUES).unwrap_or(u64::MAX);
    let count = asked.max_results.map(|count| fault::within("MaxResults", count, 1, most)).transpose()?;
    let prefix = asked.queue_name_prefix.unwrap_or_default();
    // A token is the name of the first queue of the next page.
    let first = asked.next_token.map(|token| {
        let name = STANDARD.decode(&token).ok().and_then(|name| String::from_utf8(name).ok());
        name.ok_or_else(|| fault::invalid("NextToken", token, "It is none of this service's"))
    });
    let first = first.transpose()?.unwrap_or_default();
    let queues = request.service.world.triggers.queues();
    let mut queues =
        queues.iter().filter(|queue| queue.name().starts_with(&prefix) && queue.name() >= &*first);
    let at_most = count.and_then(|count| usize::try_from(count).ok()).unwrap_or(limits::LISTED_QUEUES);
    let queue_urls = queues.by_ref().take(at_most).map(|queue| request.url(queue)).collect();
    // Whoever does not ask for pages gets none.
    let next = queues.next().filter(|_| count.is_some());
    Ok(json::body(&Answer { queue_urls, next_token: next.map(|queue| STANDARD.encode(queue.name())) }))
}
