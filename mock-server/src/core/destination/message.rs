//! A message on its way to a destination, and its form as one JSON object.

use std::collections::BTreeMap;

use bytes::Bytes;
use lambda_api::RequestId;
use serde::{Serialize, Serializer, de::DeserializeOwned, ser::SerializeMap};
use serde_json::{Value, value::RawValue};

use super::{Destination, Kind, json::on_one_line};
use crate::core::mapping::{AttributeValue, MessageAttribute};

/// Something on its way to a destination: the record of an invocation, or a dead letter.
///
/// [`Finished::message`](super::Finished::message) and [`Finished::dead_letter`](super::Finished::dead_letter) make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub(super) destination: Destination,
    pub(super) id: String,
    pub(super) request_id: RequestId,
    pub(super) function_arn: String,
    pub(super) body: Bytes,
    pub(super) attributes: BTreeMap<String, Attribute>,
    pub(super) trace_header: Option<String>,
    pub(super) envelope: Envelope,
}

/// An attribute of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// `String` or `Number`.
    pub data_type: &'static str,
    /// The value as text.
    pub value: String,
}

impl From<&Attribute> for MessageAttribute {
    fn from(attribute: &Attribute) -> Self {
        let value = AttributeValue::Text(attribute.value.clone());
        Self { data_type: attribute.data_type.to_owned(), value }
    }
}

/// What a service wraps around a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Envelope {
    /// Nothing: a queue's message, a function's event.
    Bare,
    /// The notification that a subscriber of the topic gets over HTTP: JSON.
    Notification(String),
    /// The whole event, as rules and their targets see it: JSON.
    Event(String),
    /// An object, by its key.
    Object {
        /// The key.
        key: String,
    },
}

impl Message {
    /// Where it goes.
    pub fn destination(&self) -> &Destination {
        &self.destination
    }

    /// What the destination's service calls it: a UUID.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The id of the invocation that it tells of.
    pub fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    /// The function that it tells of: the ARN with the qualifier.
    pub fn function_arn(&self) -> &str {
        &self.function_arn
    }

    /// The record, or for a dead letter the event: what stands in a queue's message, in a notification's `Message`, in an
    /// event's `detail`, in an object, or is the event of a function.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The body as JSON.
    ///
    /// # Errors
    ///
    /// If the body is not JSON, which only that of a dead letter can be.
    pub fn json(&self) -> Result<Value, serde_json::Error> {
        self.json_as()
    }

    /// The body as a type of yours.
    ///
    /// # Errors
    ///
    /// If the body is not JSON of that type.
    pub fn json_as<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }

    /// The message attributes by name, which only dead letters have: `RequestID`, `ErrorCode`, `ErrorMessage`.
    pub fn attributes(&self) -> &BTreeMap<String, Attribute> {
        &self.attributes
    }

    /// The value of a message attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(|attribute| attribute.value.as_str())
    }

    /// The X-Ray tracing header, which a queue's message has as the system attribute `AWSTraceHeader`.
    pub fn trace_header(&self) -> Option<&str> {
        self.trace_header.as_deref()
    }

    /// What the destination's service wraps around it.
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// What keeps an order among themselves in a FIFO queue: the messages of one function, by its name.
    pub fn group(&self) -> &str {
        self.function_arn.split(':').nth(6).filter(|name| !name.is_empty()).unwrap_or("lambda")
    }

    /// The message as one JSON object on one line, for a person to read and a program to parse: what a file or an HTTP
    /// endpoint in place of the destination gets.
    ///
    /// `destination`, `kind`, `id` and `function` are always there. Then comes what the destination's service would show:
    ///
    /// | `kind` | members |
    /// |---|---|
    /// | `function` | `payload`: the event that it is invoked with |
    /// | `queue` | `body`; `attributes` with `AWSTraceHeader`; for a dead letter `messageAttributes` as in an SQS event |
    /// | `topic` | `notification`: the whole notification, in which `Message` is a text |
    /// | `eventBus` | `event`: the whole event |
    /// | `bucket` | `key`, and `object`: what it holds |
    ///
    /// `payload`, `body` and `object` are the JSON itself, not text in which it is quoted.
    pub fn to_json(&self) -> String {
        let mut line = Line {
            destination: self.destination.arn(),
            kind: self.destination.kind().as_str(),
            id: &self.id,
            function: &self.function_arn,
            ..Line::default()
        };
        match &self.envelope {
            Envelope::Notification(notification) => {
                line.notification = Some(on_one_line(notification.as_bytes()));
            }
            Envelope::Event(event) => line.event = Some(on_one_line(event.as_bytes())),
            Envelope::Object { key } => {
                line.key = Some(key);
                line.object = Some(on_one_line(&self.body));
            }
            Envelope::Bare if matches!(self.destination.kind(), Kind::Function { .. }) => {
                line.payload = Some(on_one_line(&self.body));
            }
            Envelope::Bare => {
                line.body = Some(on_one_line(&self.body));
                line.attributes = self.trace_header().map(|header| SystemAttributes { header });
                line.message_attributes =
                    Some(&self.attributes).filter(|attributes| !attributes.is_empty()).map(MessageAttributes);
            }
        }
        // Texts and what is JSON already: nothing that could fail.
        serde_json::to_string(&line).unwrap_or_default()
    }
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    destination: &'a str,
    kind: &'a str,
    id: &'a str,
    function: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attributes: Option<SystemAttributes<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_attributes: Option<MessageAttributes<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notification: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<Box<RawValue>>,
}

#[derive(Serialize)]
struct SystemAttributes<'a> {
    #[serde(rename = "AWSTraceHeader")]
    header: &'a str,
}

/// Written as in the event of a function that reads from the queue.
struct MessageAttributes<'a>(&'a BTreeMap<String, Attribute>);

impl Serialize for MessageAttributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Value<'a> {
            string_value: &'a str,
            data_type: &'a str,
        }

        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, Attribute { data_type, value }) in self.0 {
            map.serialize_entry(name, &Value { string_value: value, data_type })?;
        }
        map.end()
    }
}
