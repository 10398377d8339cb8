//! Attributes of messages on the wire, and which of them whoever receives wants. Source:
//! [message metadata](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html).

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use lambda_api::limits::event_sources as limits;
use serde::{Deserialize, Serialize, de::IgnoredAny};

use super::fault;
use crate::{
    core::mapping::{AttributeValue, MessageAttribute, NewMessage},
    http::services::json::Fault,
};

/// An attribute of a request or an answer.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Attribute {
    #[serde(skip_serializing_if = "Option::is_none")]
    string_value: Option<String>,
    /// In base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    binary_value: Option<String>,
    #[serde(default)]
    data_type: String,
    /// Kept for later by AWS, and refused by it.
    #[serde(default, skip_serializing)]
    string_list_values: Option<Vec<IgnoredAny>>,
    #[serde(default, skip_serializing)]
    binary_list_values: Option<Vec<IgnoredAny>>,
}

pub(super) type Attributes = BTreeMap<String, Attribute>;

/// The attributes as a queue has them.
pub(super) fn read(attributes: &Attributes) -> Result<BTreeMap<String, MessageAttribute>, Fault> {
    let (count, most) = (attributes.len(), limits::MESSAGE_ATTRIBUTES);
    if count > most {
        let message = format!("MessageAttributes has {count} attributes, and at most {most} are allowed.");
        return Err(fault::invalid_value(message));
    }
    attributes
        .iter()
        .map(|(name, attribute)| {
            check_name(name)?;
            Ok((name.clone(), attribute.read(name)?))
        })
        .collect()
}

/// The one attribute of the system's that can be sent: the X-Ray tracing header.
pub(super) fn read_trace_header(
    attributes: &Attributes,
) -> Result<BTreeMap<String, MessageAttribute>, Fault> {
    let read = |(name, attribute): (&String, &Attribute)| {
        if name != TRACE_HEADER {
            let reason = format!("{TRACE_HEADER} is the only one that can be sent");
            return Err(fault::invalid("MessageSystemAttributes", name, &reason));
        }
        Ok((name.clone(), attribute.read(name)?))
    };
    attributes.iter().map(read).collect()
}

pub(super) const TRACE_HEADER: &str = "AWSTraceHeader";

fn check_name(name: &str) -> Result<(), Fault> {
    let is_taken = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let lowercase = name.to_ascii_lowercase();
    let reason = if name.is_empty() || name.chars().count() > limits::ATTRIBUTE_NAME_CHARACTERS {
        "It must have from 1 to 256 characters"
    } else if !name.bytes().all(is_taken) {
        "It must have letters, digits, underscores, hyphens and dots only"
    } else if name.starts_with('.') || name.ends_with('.') || name.contains("..") {
        "It has a dot at the beginning, at the end, or beside another"
    } else if lowercase.starts_with("aws.") || lowercase.starts_with("amazon.") {
        "Names that begin with AWS. or Amazon. are reserved"
    } else {
        return Ok(());
    };
    Err(fault::invalid("MessageAttributeName", name, reason))
}

impl Attribute {
    pub(super) fn new(attribute: &MessageAttribute) -> Self {
        let (string_value, binary_value) = match &attribute.value {
            AttributeValue::Text(text) => (Some(text.clone()), None),
            AttributeValue::Binary(bytes) => (None, Some(STANDARD.encode(bytes))),
        };
        let data_type = attribute.data_type.clone();
        Self { string_value, binary_value, data_type, string_list_values: None, binary_list_values: None }
    }

    fn read(&self, name: &str) -> Result<MessageAttribute, Fault> {
        let has_any = |list: &Option<Vec<IgnoredAny>>| list.as_ref().is_some_and(|list| !list.is_empty());
        if has_any(&self.string_list_values) || has_any(&self.binary_list_values) {
            return Err(fault::not_emulated("an attribute with a list of values"));
        }
        let problem = |what: &str| fault::invalid_value(format!("The message attribute '{name}' {what}."));
        // What stands behind the dot is a label of the sender's.
        let kind = self.data_type.split('.').next().unwrap_or_default();
        let value = match (kind, &self.string_value, &self.binary_value) {
            ("String" | "Number", Some(text), None) => {
                if kind == "Number" && text.trim().parse::<f64>().is_err() {
                    return Err(problem("has the type Number, and no number for its value"));
                }
                AttributeValue::Text(text.clone())
            }
            ("Binary", None, Some(base64)) => {
                let bytes = STANDARD.decode(base64);
                AttributeValue::Binary(bytes.map_err(|_| problem("has a value that is no base64"))?.into())
            }
            ("String" | "Number", ..) => return Err(problem("must have a StringValue and nothing else")),
            ("Binary", ..) => return Err(problem("must have a BinaryValue and nothing else")),
            _ => return Err(problem("must have a DataType that begins with String, Number or Binary")),
        };
        match &value {
            AttributeValue::Text(text) if text.is_empty() => return Err(problem("must have a value")),
            AttributeValue::Text(text) if !is_text(text) => {
                return Err(problem("has a character in its value that a message cannot have"));
            }
            AttributeValue::Binary(bytes) if bytes.is_empty() => return Err(problem("must have a value")),
            _ => {}
        }
        Ok(MessageAttribute { data_type: self.data_type.clone(), value })
    }
}

/// Whether a text has only characters that a message may have: those of
/// [SendMessage](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html).
pub(super) fn is_text(text: &str) -> bool {
    let is_taken = |character: char| match character {
        '\t' | '\n' | '\r' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        _ => character >= ' ',
    };
    text.chars().all(is_taken)
}

/// The trace header as a message has it.
pub(super) fn with_trace_header(
    message: NewMessage,
    attributes: &BTreeMap<String, MessageAttribute>,
) -> NewMessage {
    let header = attributes.values().find_map(|attribute| match &attribute.value {
        AttributeValue::Text(text) => Some(text.clone()),
        AttributeValue::Binary(_) => None,
    });
    NewMessage { trace_header: header, ..message }
}

/// Whether one of these names asks for the attribute: its own, the beginning of it before `.*`, or one that stands for all.
pub(super) fn is_wanted(name: &str, wanted: &[String]) -> bool {
    wanted.iter().any(|wanted| match wanted.strip_suffix(".*") {
        _ if wanted == "All" => true,
        Some(beginning) => name.starts_with(beginning),
        None => wanted == name,
    })
}
