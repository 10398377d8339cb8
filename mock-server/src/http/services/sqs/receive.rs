//! [ReceiveMessage](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html), with what
//! of a message is shown. `ReceiveRequestAttemptId` is accepted, and has no effect.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use lambda_api::limits::event_sources as limits;
use serde::{Deserialize, Serialize};

use super::{
    Request,
    attributes::{self, Attribute, Attributes, TRACE_HEADER},
    fault,
};
use crate::{
    core::{
        Time,
        mapping::{Message, MessageAttribute, md5_of_attributes},
    },
    http::services::json::{self, Fault},
};

/// What the system tells of a message, if it is asked.
const SYSTEM: [&str; 9] = [
    "SenderId",
    "SentTimestamp",
    "ApproximateReceiveCount",
    "ApproximateFirstReceiveTimestamp",
    "SequenceNumber",
    "MessageDeduplicationId",
    "MessageGroupId",
    TRACE_HEADER,
    "DeadLetterQueueSourceArn",
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ReceiveMessage {
    queue_url: Option<String>,
    /// The older name of the next.
    attribute_names: Option<Vec<String>>,
    message_system_attribute_names: Option<Vec<String>>,
    message_attribute_names: Option<Vec<String>>,
    max_number_of_messages: Option<i64>,
    visibility_timeout: Option<i64>,
    wait_time_seconds: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Received {
    message_id: String,
    receipt_handle: String,
    #[serde(rename = "MD5OfBody")]
    md5_of_body: String,
    body: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<&'static str, String>,
    #[serde(rename = "MD5OfMessageAttributes", skip_serializing_if = "Option::is_none")]
    md5_of_message_attributes: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    message_attributes: Attributes,
}

pub(super) async fn receive(request: &Request<'_>) -> Result<Bytes, Fault> {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer {
        #[serde(skip_serializing_if = "Vec::is_empty")]
        messages: Vec<Received>,
    }

    let asked: ReceiveMessage = request.read()?;
    let queue = request.queue(asked.queue_url.as_deref())?;
    let within = |parameter, value: Option<i64>, least, most| {
        value.map(|value| fault::within(parameter, value, least, most)).transpose()
    };
    let most = u64::from(limits::RECEIVED_MESSAGES);
    let at_most = within("MaxNumberOfMessages", asked.max_number_of_messages, 1, most)?.unwrap_or(1);
    let wait = within("WaitTimeSeconds", asked.wait_time_seconds, 0, limits::LONG_POLL.as_secs())?;
    let most = limits::VISIBILITY_TIMEOUT.max.as_secs();
    let visibility = within("VisibilityTimeout", asked.visibility_timeout, 0, most)?;
    let mut of_system = asked.attribute_names.unwrap_or_default();
    of_system.extend(asked.message_system_attribute_names.unwrap_or_default());
    if let Some(name) = of_system.iter().find(|name| *name != "All" && !SYSTEM.contains(&name.as_str())) {
        return Err(fault::unknown_attribute(name));
    }
    let of_message = asked.message_attribute_names.unwrap_or_default();
    let wait = Duration::from_secs(wait.unwrap_or_default());
    let at_most = usize::try_from(at_most).unwrap_or(usize::MAX);
    let messages = queue.receive_hidden(at_most, Some(wait), visibility.map(Duration::from_secs)).await;
    let messages = messages.into_iter().map(|message| received(message, &of_system, &of_message));
    Ok(json::body(&Answer { messages: messages.collect() }))
}

fn received(message: Message, of_system: &[String], of_message: &[String]) -> Received {
    let system =
        SYSTEM.into_iter().filter(|name| of_system.iter().any(|asked| asked == name || asked == "All"));
    let system = system.filter_map(|name| Some((name, system_attribute(&message, name)?))).collect();
    let wanted = message.attributes.into_iter().filter(|(name, _)| attributes::is_wanted(name, of_message));
    let wanted: BTreeMap<String, MessageAttribute> = wanted.collect();
    Received {
        message_id: message.id,
        receipt_handle: message.receipt_handle,
        md5_of_body: message.md5_of_body,
        body: message.body,
        attributes: system,
        // Clients compare it with what they get.
        md5_of_message_attributes: md5_of_attributes(&wanted),
        message_attributes: wanted
            .iter()
            .map(|(name, value)| (name.clone(), Attribute::new(value)))
            .collect(),
    }
}

fn system_attribute(message: &Message, name: &str) -> Option<String> {
    let millis = |time: Time| time.as_unix_millis().to_string();
    let fifo = message.fifo.as_ref();
    match name {
        "SenderId" => Some(message.sender.clone()),
        "SentTimestamp" => Some(millis(message.sent)),
        "ApproximateReceiveCount" => Some(message.receives.to_string()),
        "ApproximateFirstReceiveTimestamp" => Some(millis(message.first_received)),
        "SequenceNumber" => fifo.map(|fifo| fifo.sequence_number.clone()),
        "MessageDeduplicationId" => fifo.map(|fifo| fifo.deduplication_id.clone()),
        "MessageGroupId" => message.group.clone(),
        TRACE_HEADER => message.trace_header.clone(),
        _ => message.dead_letter_source.clone(),
    }
}
