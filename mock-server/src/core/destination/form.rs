//! The record of an asynchronous invocation, and what it is wrapped in for each service.
//!
//! The record and the envelopes are those that the services document:
//! [destination record](https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html),
//! [SNS notification](https://docs.aws.amazon.com/sns/latest/dg/http-notification-json.html),
//! [EventBridge event](https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html).

use std::collections::BTreeMap;

use bytes::Bytes;
use lambda_api::telemetry::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

use super::{Destination, Finished, Kind};
use crate::core::{Time, timestamp};

/// How much of an error message a dead letter has, in bytes.
const ERROR_MESSAGE_BYTES: usize = 1024;

/// Something on its way to a destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Where to.
    pub destination: Destination,
    /// What whoever reads there gets: the record, or for a dead letter the event.
    pub body: Bytes,
    /// Message attributes, by name; only dead letters have some.
    pub attributes: BTreeMap<String, Attribute>,
    /// The X-Ray tracing header, which a queue has as the system attribute `AWSTraceHeader`.
    pub trace_id: Option<String>,
    /// What the service wraps around it.
    pub envelope: Envelope,
}

/// An attribute of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Attribute {
    /// `String` or `Number`.
    #[serde(rename = "Type")]
    pub data_type: &'static str,
    /// The value as text.
    pub value: String,
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

impl Finished {
    /// The record: JSON.
    pub fn record(&self, at: Time) -> String {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Record<'a> {
            version: &'static str,
            timestamp: Timestamp,
            request_context: RequestContext<'a>,
            request_payload: Box<RawValue>,
            #[serde(skip_serializing_if = "Option::is_none")]
            response_context: Option<ResponseContext<'a>>,
            #[serde(skip_serializing_if = "Option::is_none")]
            response_payload: Option<Box<RawValue>>,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct RequestContext<'a> {
            request_id: &'a str,
            function_arn: &'a str,
            condition: &'static str,
            approximate_invoke_count: u32,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct ResponseContext<'a> {
            status_code: u16,
            executed_version: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            function_error: Option<&'a str>,
        }

        let record = Record {
            version: "1.0",
            timestamp: timestamp(at),
            request_context: RequestContext {
                request_id: self.request_id.as_str(),
                function_arn: &self.function_arn,
                condition: self.condition.as_str(),
                approximate_invoke_count: self.attempts,
            },
            request_payload: json(&self.payload),
            response_context: self.response.as_ref().map(|response| ResponseContext {
                status_code: response.status_code,
                executed_version: &response.executed_version,
                function_error: response.function_error.as_deref(),
            }),
            response_payload: self.response.as_ref().map(|response| json(&response.payload)),
        };
        serde_json::to_string(&record).unwrap_or_default()
    }

    /// The record on its way to a destination. `id` is what the service calls the message: a UUID.
    pub fn message(&self, destination: &Destination, at: Time, id: &str) -> Message {
        let record = self.record(at);
        let envelope = match destination.kind() {
            Kind::Function { .. } | Kind::Queue => Envelope::Bare,
            Kind::Topic => Envelope::Notification(notification(destination, &record, at, id)),
            Kind::EventBus => Envelope::Event(self.event(destination, &record, at, id)),
            Kind::Bucket => Envelope::Object { key: self.key(at, id) },
        };
        let (destination, trace_id) = (destination.clone(), self.trace_id.clone());
        Message { destination, body: record.into(), attributes: BTreeMap::new(), trace_id, envelope }
    }

    /// The event on its way to a dead-letter queue, with what went wrong in its attributes.
    pub fn dead_letter(&self, destination: &Destination, at: Time, id: &str) -> Message {
        let attribute = |data_type, value: String| Attribute { data_type, value };
        let mut attributes = BTreeMap::new();
        attributes.insert("RequestID".to_owned(), attribute("String", self.request_id.to_string()));
        if let Some(response) = &self.response {
            let code = response.status_code.to_string();
            attributes.insert("ErrorCode".to_owned(), attribute("Number", code));
        }
        let message = self.error_message().unwrap_or_else(|| self.condition.as_str().to_owned());
        attributes
            .insert("ErrorMessage".to_owned(), attribute("String", first(message, ERROR_MESSAGE_BYTES)));
        let text = String::from_utf8_lossy(&self.payload);
        let envelope = match destination.kind() {
            Kind::Topic => Envelope::Notification(notification(destination, &text, at, id)),
            _ => Envelope::Bare,
        };
        let (destination, trace_id) = (destination.clone(), self.trace_id.clone());
        Message { destination, body: self.payload.clone(), attributes, trace_id, envelope }
    }

    fn event(&self, destination: &Destination, record: &str, at: Time, id: &str) -> String {
        #[derive(Serialize)]
        #[serde(rename_all = "kebab-case")]
        struct Event<'a> {
            version: &'static str,
            id: &'a str,
            detail_type: &'static str,
            source: &'static str,
            account: &'a str,
            time: &'a str,
            region: &'a str,
            resources: [&'a str; 2],
            detail: Box<RawValue>,
        }

        let mut parts = self.function_arn.split(':').skip(3);
        let (region, account) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let time = seconds(at);
        let detail_type = if self.is_success() {
            "Lambda Function Invocation Result - Success"
        } else {
            "Lambda Function Invocation Result - Failure"
        };
        let event = Event {
            version: "0",
            id,
            detail_type,
            source: "lambda",
            account,
            time: &time,
            region,
            resources: [destination.arn(), &self.function_arn],
            detail: json(record.as_bytes()),
        };
        serde_json::to_string(&event).unwrap_or_default()
    }

    /// `aws/lambda/async/<function>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<id>`.
    fn key(&self, at: Time, id: &str) -> String {
        let name = self.function_arn.split(':').nth(6).unwrap_or_default();
        let time = seconds(at);
        let (date, time) = time.trim_end_matches('Z').split_once('T').unwrap_or_default();
        let (folder, time) = (date.replace('-', "/"), time.replace(':', "."));
        format!("aws/lambda/async/{name}/{folder}/{date}T{time}-{id}")
    }
}

impl Message {
    /// The message as one JSON object, which a person can read and a program, too: what a file or an HTTP endpoint in place
    /// of the destination gets.
    ///
    /// `destination` is always there, then what the service would show: `notification`, `event`, `key` and `object`, or
    /// `body`; a dead letter has `attributes`.
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Line<'a> {
            destination: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            notification: Option<Box<RawValue>>,
            #[serde(skip_serializing_if = "Option::is_none")]
            event: Option<Box<RawValue>>,
            #[serde(skip_serializing_if = "Option::is_none")]
            key: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            object: Option<Box<RawValue>>,
            #[serde(skip_serializing_if = "Option::is_none")]
            body: Option<Box<RawValue>>,
            #[serde(skip_serializing_if = "BTreeMap::is_empty")]
            attributes: &'a BTreeMap<String, Attribute>,
            #[serde(rename = "traceHeader", skip_serializing_if = "Option::is_none")]
            trace_header: Option<&'a str>,
        }

        let mut line = Line {
            destination: self.destination.arn(),
            notification: None,
            event: None,
            key: None,
            object: None,
            body: None,
            attributes: &self.attributes,
            trace_header: self.trace_id.as_deref(),
        };
        match &self.envelope {
            Envelope::Bare => line.body = Some(json(&self.body)),
            Envelope::Notification(notification) => line.notification = Some(json(notification.as_bytes())),
            Envelope::Event(event) => line.event = Some(json(event.as_bytes())),
            Envelope::Object { key } => {
                line.key = Some(key);
                line.object = Some(json(&self.body));
            }
        }
        serde_json::to_string(&line).unwrap_or_default()
    }
}

/// What a subscriber of a topic gets.
fn notification(topic: &Destination, message: &str, at: Time, id: &str) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Notification<'a> {
        #[serde(rename = "Type")]
        kind: &'static str,
        message_id: &'a str,
        topic_arn: &'a str,
        message: &'a str,
        timestamp: Timestamp,
    }

    let notification = Notification {
        kind: "Notification",
        message_id: id,
        topic_arn: topic.arn(),
        message,
        timestamp: timestamp(at),
    };
    serde_json::to_string(&notification).unwrap_or_default()
}

/// As much of the beginning as has this many bytes.
fn first(mut text: String, bytes: usize) -> String {
    let end = (0..=bytes.min(text.len())).rev().find(|&at| text.is_char_boundary(at));
    text.truncate(end.unwrap_or(0));
    text
}

/// The bytes as they are if they are JSON; otherwise as a JSON string.
fn json(bytes: &[u8]) -> Box<RawValue> {
    let raw = serde_json::from_slice::<Box<RawValue>>(bytes);
    let quoted = || serde_json::value::to_raw_value(&String::from_utf8_lossy(bytes));
    raw.or_else(|_| quoted()).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// `2026-11-20T10:00:00Z`.
fn seconds(at: Time) -> String {
    let whole = std::time::Duration::from_secs(at.since_epoch().as_secs());
    let text = timestamp(Time::from_unix(whole)).to_string();
    let (seconds, _) = text.split_once('.').unwrap_or((text.trim_end_matches('Z'), ""));
    format!("{seconds}Z")
}
