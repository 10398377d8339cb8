//! Messages of a queue in an event. Members and their order are those of
//! [AWS's examples](https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html), and for `md5OfMessageAttributes`, which they
//! do not have, those of recorded events.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{json, region};
use crate::core::mapping::message::{AttributeValue, Message, MessageAttribute};

/// The queue that a mapping reads from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueSource {
    /// Its ARN.
    pub arn: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    message_id: &'a str,
    receipt_handle: &'a str,
    body: &'a str,
    attributes: Attributes<'a>,
    message_attributes: MessageAttributes<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    md5_of_message_attributes: Option<&'a str>,
    md5_of_body: &'a str,
    event_source: &'static str,
    #[serde(rename = "eventSourceARN")]
    event_source_arn: &'a str,
    aws_region: &'a str,
}

/// All of them are texts.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Attributes<'a> {
    #[serde(rename = "AWSTraceHeader", skip_serializing_if = "Option::is_none")]
    trace_header: Option<&'a str>,
    approximate_receive_count: String,
    sent_timestamp: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_group_id: Option<&'a str>,
    sender_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_deduplication_id: Option<&'a str>,
    approximate_first_receive_timestamp: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    dead_letter_queue_source_arn: Option<&'a str>,
}

struct MessageAttributes<'a>(&'a BTreeMap<String, MessageAttribute>);

impl Serialize for MessageAttributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Attribute<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            string_value: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            binary_value: Option<String>,
            string_list_values: [(); 0],
            binary_list_values: [(); 0],
            data_type: &'a str,
        }

        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, MessageAttribute { data_type, value }) in self.0 {
            let (string_value, binary_value) = match value {
                AttributeValue::Text(text) => (Some(text.as_str()), None),
                AttributeValue::Binary(bytes) => (None, Some(STANDARD.encode(bytes))),
            };
            let (string_list_values, binary_list_values) = ([], []);
            let attribute =
                Attribute { string_value, binary_value, string_list_values, binary_list_values, data_type };
            map.serialize_entry(name, &attribute)?;
        }
        map.end()
    }
}

impl QueueSource {
    /// A message in the event: JSON.
    pub fn record(&self, message: &Message) -> String {
        let fifo = message.fifo.as_ref();
        json(&Record {
            message_id: &message.id,
            receipt_handle: &message.receipt_handle,
            body: &message.body,
            attributes: Attributes {
                trace_header: message.trace_header.as_deref(),
                approximate_receive_count: message.receives.to_string(),
                sent_timestamp: message.sent.as_unix_millis().to_string(),
                sequence_number: fifo.map(|fifo| fifo.sequence_number.as_str()),
                message_group_id: message.group.as_deref(),
                sender_id: &message.sender,
                message_deduplication_id: fifo.map(|fifo| fifo.deduplication_id.as_str()),
                approximate_first_receive_timestamp: message.first_received.as_unix_millis().to_string(),
                dead_letter_queue_source_arn: message.dead_letter_source.as_deref(),
            },
            message_attributes: MessageAttributes(&message.attributes),
            md5_of_message_attributes: message.md5_of_attributes.as_deref(),
            md5_of_body: &message.md5_of_body,
            event_source: "aws:sqs",
            event_source_arn: &self.arn,
            aws_region: region(&self.arn),
        })
    }
}
