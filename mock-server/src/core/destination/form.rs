//! What each service wraps around a record or a dead letter.
//!
//! Sources: [records of asynchronous invocations](https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html)
//! for what goes where, and the services' own pages for their envelopes:
//! [SNS notification](https://docs.aws.amazon.com/sns/latest/dg/http-notification-json.html),
//! [EventBridge event](https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html).

use std::{borrow::Cow, collections::BTreeMap};

use lambda_api::limits;
use serde::Serialize;
use serde_json::value::RawValue;

use super::{Attribute, Destination, Envelope, Finished, Kind, Message, json::embedded};
use crate::core::{
    Time, seconds,
    trigger::topic::{Delivery, Publication, Topic},
};

/// What a dead letter has for an event that never ran.
///
/// AWS documents `ErrorCode` as the HTTP status and `ErrorMessage` as the error's text, and what was recorded from the
/// service are function errors (200). An event that never ran was throttled whenever it was tried, so this is how the
/// service answers such an attempt.
const NEVER_RAN: (u16, &str) = (429, "Rate Exceeded.");

impl Finished {
    /// The record on its way to a destination. `id` is what the destination's service calls the message: a UUID.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use mock_server::core::{Time, destination::{Condition, Finished}};
    ///
    /// let finished = Finished {
    ///     request_id: lambda_api::RequestId::new("8476a536-e9f4-11e8-9739-2dfe598c3fcd")?,
    ///     function_arn: "arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST".to_owned(),
    ///     condition: Condition::ZeroReservedConcurrency,
    ///     attempts: 0,
    ///     payload: "{}".into(),
    ///     response: None,
    ///     trace_id: None,
    /// };
    /// let bucket = "arn:aws:s3:::failures".parse()?;
    /// let at = Time::from_unix(Duration::from_secs(1_795_168_800));
    /// let message = finished.message(&bucket, at, "0ba3a5b1-1de4-4f2c-b55e-5f2b7ad14e3b");
    /// assert_eq!(message.json()?["requestContext"]["condition"], "ZeroReservedConcurrency");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn message(&self, destination: &Destination, at: Time, id: &str) -> Message {
        let record = self.record(at);
        let envelope = match destination.kind() {
            Kind::Function { .. } | Kind::Queue => Envelope::Bare,
            Kind::Topic => {
                Envelope::Notification(notification(destination, &record, &BTreeMap::new(), at, id))
            }
            Kind::EventBus => Envelope::Event(self.event(destination, &record, at, id)),
            Kind::Bucket => Envelope::Object { key: self.key(at, id) },
        };
        Message { body: record.into(), envelope, ..self.bare(destination, id) }
    }

    /// The event on its way to a dead-letter queue or topic, with what went wrong in its attributes. `id` is what the
    /// destination's service calls the message: a UUID.
    pub fn dead_letter(&self, destination: &Destination, at: Time, id: &str) -> Message {
        let attributes = self.error_attributes();
        let envelope = match destination.kind() {
            Kind::Topic => {
                let event = String::from_utf8_lossy(&self.payload);
                Envelope::Notification(notification(destination, &event, &attributes, at, id))
            }
            _ => Envelope::Bare,
        };
        Message { body: self.payload.clone(), attributes, envelope, ..self.bare(destination, id) }
    }

    fn bare(&self, destination: &Destination, id: &str) -> Message {
        Message {
            destination: destination.clone(),
            id: id.to_owned(),
            request_id: self.request_id.clone(),
            function_arn: self.function_arn.clone(),
            body: Default::default(),
            attributes: BTreeMap::new(),
            trace_header: self.trace_id.clone(),
            envelope: Envelope::Bare,
        }
    }

    /// [Message attributes of a dead letter](https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq).
    fn error_attributes(&self) -> BTreeMap<String, Attribute> {
        let code = self.response.as_ref().map_or(NEVER_RAN.0, |response| response.status_code);
        let message = self.error_message().unwrap_or_else(|| NEVER_RAN.1.to_owned());
        let message = for_an_attribute(&message);
        let attributes = [
            ("RequestID", "String", self.request_id.to_string()),
            ("ErrorCode", "Number", code.to_string()),
            ("ErrorMessage", "String", message),
        ];
        // The services refuse an attribute without a value.
        let attributes = attributes.into_iter().filter(|(_, _, value)| !value.is_empty());
        attributes.map(|(name, data_type, value)| (name.to_owned(), Attribute { data_type, value })).collect()
    }

    fn event(&self, bus: &Destination, record: &str, at: Time, id: &str) -> String {
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
            detail: Cow<'a, RawValue>,
        }

        let mut parts = self.function_arn.split(':').skip(3);
        let (region, account) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
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
            time: &seconds(at),
            region,
            resources: [bus.arn(), &self.function_arn],
            detail: embedded(record.as_bytes()),
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

/// What a subscriber of a topic gets over HTTP.
pub(super) fn notification(
    topic: &Destination,
    message: &str,
    attributes: &BTreeMap<String, Attribute>,
    at: Time,
    id: &str,
) -> String {
    let publication = Publication {
        attributes: attributes.iter().map(|(name, attribute)| (name.clone(), attribute.into())).collect(),
        ..Publication::new(message)
    };
    let delivery = Delivery {
        topic: &Topic { arn: topic.arn().to_owned(), ..Topic::default() },
        publication: &publication,
        subscription_arn: &format!("{topic}:EXAMPLE"),
        message_id: id,
        time: at,
        sequence_number: None,
    };
    delivery.notification()
}

/// The beginning of a text, with nothing in it for which a queue would refuse the message: only what
/// [SendMessage](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html) lists.
fn for_an_attribute(text: &str) -> String {
    let is_taken =
        |character| matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{FFFD}' | '\u{10000}'..);
    let mut taken = String::new();
    for character in text.chars() {
        let character = if is_taken(character) { character } else { char::REPLACEMENT_CHARACTER };
        if taken.len() + character.len_utf8() > limits::DEAD_LETTER_ERROR_MESSAGE_BYTES {
            break;
        }
        taken.push(character);
    }
    taken
}
