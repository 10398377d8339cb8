//! What subscribers get: the event of a function, the text of a queue's message.
//!
//! Members and their order are those of [the example event](https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html) and
//! of [notifications](https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html). The two differ: an event has a
//! `Subject` that is `null` if there is none and `Url` where a notification has `URL`. Notifications of FIFO topics have a
//! `SequenceNumber` and no signature. Nothing is signed here: where SNS has a signature, there is the word that AWS's own
//! sample events have.

use std::collections::BTreeMap;

use lambda_api::{limits::event_sources as limits, telemetry::Timestamp};
use serde::Serialize;

use super::{MessageStructure, Protocol, Publication, Topic, attributes::Shown};
use crate::core::{
    Time,
    mapping::{MessageAttribute, NewMessage},
    timestamp,
    trigger::json::{json, region},
};

/// A message on its way to a subscriber.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery<'a> {
    /// Where it was published.
    pub topic: &'a Topic,
    /// What was published.
    pub publication: &'a Publication,
    /// The ARN of the subscription.
    pub subscription_arn: &'a str,
    /// The id of the message, a UUID; the same for all subscribers.
    pub message_id: &'a str,
    /// When it was published.
    pub time: Time,
    /// Its place in a FIFO topic: 20 digits.
    pub sequence_number: Option<&'a str>,
}

/// A message that cannot be delivered. SNS discards it, or gives it to the subscription's dead-letter queue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeliveryError {
    /// A queue's message has fewer attributes.
    #[error(
        "MessageAttributes has {count} attributes, and at most {} can be delivered raw",
        limits::RAW_ATTRIBUTES
    )]
    TooManyAttributes {
        /// How many there are.
        count: usize,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Event<'a> {
    records: [Record<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Record<'a> {
    event_source: &'static str,
    event_version: &'static str,
    event_subscription_arn: &'a str,
    sns: Message<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Message<'a> {
    r#type: &'static str,
    message_id: &'a str,
    topic_arn: &'a str,
    subject: Option<&'a str>,
    message: &'a str,
    timestamp: Timestamp,
    signature_version: &'static str,
    signature: &'static str,
    signing_cert_url: String,
    unsubscribe_url: String,
    message_attributes: Shown<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Notification<'a> {
    r#type: &'static str,
    message_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence_number: Option<&'a str>,
    topic_arn: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    message: &'a str,
    timestamp: Timestamp,
    #[serde(flatten)]
    signature: Option<Signature>,
    #[serde(rename = "UnsubscribeURL")]
    unsubscribe_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_attributes: Option<Shown<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Signature {
    signature_version: &'static str,
    signature: &'static str,
    #[serde(rename = "SigningCertURL")]
    signing_cert_url: String,
}

static NONE: BTreeMap<String, MessageAttribute> = BTreeMap::new();
const SIGNATURE_VERSION: &str = "1";
const SIGNATURE: &str = "EXAMPLE";

impl<'a> Delivery<'a> {
    /// The event that a function gets: JSON.
    ///
    /// ```
    /// use mock_server::core::{Time, trigger::topic::{Delivery, Publication, Topic}};
    ///
    /// let topic = Topic { arn: "arn:aws:sns:eu-west-1:123456789012:orders".to_owned(), ..Topic::default() };
    /// let publication = Publication::new("hello");
    /// let delivery = Delivery {
    ///     topic: &topic,
    ///     publication: &publication,
    ///     subscription_arn: "arn:aws:sns:eu-west-1:123456789012:orders:3f1d6a52-0a6c-4c1b-8f52-7a2b90a5c311",
    ///     message_id: "6d2f6f4e-93d1-5d0a-8a59-31e3a1c0b7aa",
    ///     time: Time::default(),
    ///     sequence_number: None,
    /// };
    /// let event: serde_json::Value = serde_json::from_str(&delivery.event())?;
    /// assert_eq!(event["Records"][0]["Sns"]["Message"], "hello");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn event(&self) -> String {
        let sns = Message {
            r#type: "Notification",
            message_id: self.message_id,
            topic_arn: &self.topic.arn,
            subject: self.publication.subject.as_deref(),
            message: &self.publication.text(Protocol::Lambda),
            timestamp: timestamp(self.time),
            signature_version: SIGNATURE_VERSION,
            signature: SIGNATURE,
            signing_cert_url: self.signing_cert_url(),
            unsubscribe_url: self.unsubscribe_url(),
            message_attributes: Shown(self.attributes()),
        };
        json(&Event {
            records: [Record {
                event_source: "aws:sns",
                event_version: "1.0",
                event_subscription_arn: self.subscription_arn,
                sns,
            }],
        })
    }

    /// What stands in the body of a queue's message, unless it is delivered raw: JSON.
    pub fn notification(&self) -> String {
        let signature = Signature {
            signature_version: SIGNATURE_VERSION,
            signature: SIGNATURE,
            signing_cert_url: self.signing_cert_url(),
        };
        let is_fifo = self.topic.is_fifo();
        json(&Notification {
            r#type: "Notification",
            message_id: self.message_id,
            sequence_number: self.sequence_number.filter(|_| is_fifo),
            topic_arn: &self.topic.arn,
            subject: self.publication.subject.as_deref(),
            message: &self.publication.text(Protocol::Sqs),
            timestamp: timestamp(self.time),
            signature: (!is_fifo).then_some(signature),
            unsubscribe_url: self.unsubscribe_url(),
            message_attributes: Some(self.attributes()).filter(|all| !all.is_empty()).map(Shown),
        })
    }

    /// The message that a queue gets: with a notification, or raw with text and attributes as they were published.
    ///
    /// `sender` is who the queue sees it come from. The group and the id by which doubles are known go with it; a topic
    /// with content-based deduplication makes the id of the SHA-256 of the text, which is to be in the publication by now.
    ///
    /// # Errors
    ///
    /// [`DeliveryError::TooManyAttributes`] if it is to be raw.
    ///
    /// ```
    /// use mock_server::core::{Time, trigger::topic::{Delivery, Publication, Topic}};
    ///
    /// let delivery = Delivery {
    ///     topic: &Topic { arn: "arn:aws:sns:eu-west-1:123456789012:orders".to_owned(), ..Topic::default() },
    ///     publication: &Publication::new("hello"),
    ///     subscription_arn: "arn:aws:sns:eu-west-1:123456789012:orders:3f1d6a52-0a6c-4c1b-8f52-7a2b90a5c311",
    ///     message_id: "6d2f6f4e-93d1-5d0a-8a59-31e3a1c0b7aa",
    ///     time: Time::default(),
    ///     sequence_number: None,
    /// };
    /// assert_eq!(delivery.queue_message(true, "AIDAEXAMPLE")?.body, "hello");
    /// assert!(delivery.queue_message(false, "AIDAEXAMPLE")?.body.starts_with(r#"{"Type":"Notification","#));
    /// # Ok::<(), mock_server::core::trigger::topic::DeliveryError>(())
    /// ```
    pub fn queue_message(&self, is_raw: bool, sender: &str) -> Result<NewMessage, DeliveryError> {
        let message = NewMessage {
            group: self.publication.group_id.clone(),
            deduplication_id: self.publication.deduplication_id.clone(),
            sender: sender.to_owned(),
            ..NewMessage::default()
        };
        if !is_raw {
            return Ok(NewMessage { body: self.notification(), ..message });
        }
        let attributes = self.attributes().clone();
        let count = attributes.len();
        if count > limits::RAW_ATTRIBUTES {
            return Err(DeliveryError::TooManyAttributes { count });
        }
        let body = self.publication.text(Protocol::Sqs).into_owned();
        Ok(NewMessage { body, attributes, ..message })
    }

    /// Attributes go with one text for all subscribers only; source:
    /// [message attributes](https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html).
    fn attributes(&self) -> &'a BTreeMap<String, MessageAttribute> {
        match self.publication.structure {
            MessageStructure::Text => &self.publication.attributes,
            MessageStructure::Json => &NONE,
        }
    }

    fn service(&self) -> String {
        format!("https://sns.{}.amazonaws.com", region(&self.topic.arn))
    }

    fn signing_cert_url(&self) -> String {
        format!("{}/SimpleNotificationService-EXAMPLE.pem", self.service())
    }

    fn unsubscribe_url(&self) -> String {
        format!("{}/?Action=Unsubscribe&SubscriptionArn={}", self.service(), self.subscription_arn)
    }
}
