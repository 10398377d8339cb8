//! What Publish takes, and what it refuses. Source: [Publish](https://docs.aws.amazon.com/sns/latest/api/API_Publish.html).

use std::{borrow::Cow, collections::BTreeMap};

use lambda_api::limits::event_sources as limits;
use serde_json::{Map, Value};

use super::{Protocol, Topic, attributes};
use crate::core::mapping::MessageAttribute;

/// Something that is published to a topic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Publication {
    /// The text, or the texts for the protocols as a JSON object.
    pub message: String,
    /// Which of these the message is.
    pub structure: MessageStructure,
    /// The subject.
    pub subject: Option<String>,
    /// The attributes by name, with `String`, `String.Array`, `Number` or `Binary` for their type. They are those of a
    /// queue, as a queue may get them as they are.
    pub attributes: BTreeMap<String, MessageAttribute>,
    /// Its group, which a message of a FIFO topic must have.
    pub group_id: Option<String>,
    /// By which a FIFO topic knows a second one of it.
    pub deduplication_id: Option<String>,
}

/// What a message is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MessageStructure {
    /// One text for all subscribers.
    #[default]
    Text,
    /// `json`: an object with a text for each protocol, and `default` for those that it does not name.
    Json,
}

/// A message that a topic does not take, by the names of
/// [Publish](https://docs.aws.amazon.com/sns/latest/api/API_Publish.html). SNS calls all of them `InvalidParameter`, or
/// `ParameterValueInvalid` if it is an attribute.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// There is no text.
    #[error("Message is empty")]
    EmptyMessage,
    /// Text and attributes are too long.
    #[error(
        "Message and MessageAttributes have {bytes} bytes, and at most {} are allowed",
        limits::PUBLICATION_BYTES
    )]
    TooLong {
        /// How long they are.
        bytes: usize,
    },
    /// The texts for the protocols are not a JSON object.
    #[error("Message is not a JSON object, which MessageStructure json asks for")]
    NotJson,
    /// There is no text for the other protocols.
    #[error("Message has no text for default, which MessageStructure json asks for")]
    NoDefault,
    /// The subject is empty or too long, or has control characters.
    #[error(
        "Subject must have from 1 to {} characters, and neither line breaks nor control characters",
        limits::SUBJECT_CHARACTERS - 1
    )]
    Subject,
    /// An attribute with a name that none can have.
    #[error("MessageAttributes: {name:?} cannot be a name: {reason}")]
    AttributeName {
        /// Its name.
        name: String,
        /// Why not.
        reason: &'static str,
    },
    /// An attribute of a type that does not exist, or whose value is not of this type.
    #[error(
        "MessageAttributes: {name}: DataType {data_type:?} is not String, String.Array, Number or Binary"
    )]
    AttributeType {
        /// Its name.
        name: String,
        /// Its type.
        data_type: String,
    },
    /// An attribute with a value that it cannot have.
    #[error("MessageAttributes: {name}: expected {expected}")]
    AttributeValue {
        /// Its name.
        name: String,
        /// What the value has to be.
        expected: &'static str,
    },
    /// A FIFO topic needs a group.
    #[error("MessageGroupId is required for a FIFO topic")]
    NoGroup,
    /// A FIFO topic needs an id by which doubles are known.
    #[error("MessageDeduplicationId is required for a FIFO topic without content-based deduplication")]
    NoDeduplicationId,
    /// A standard topic knows no doubles.
    #[error("MessageDeduplicationId is not valid for a topic that is not FIFO")]
    DeduplicationIdOfStandard,
    /// A group or an id with characters that it cannot have, or too many.
    #[error(
        "{parameter} must have from 1 to {} letters, digits and punctuation marks",
        limits::FIFO_ID_CHARACTERS
    )]
    Id {
        /// `MessageGroupId` or `MessageDeduplicationId`.
        parameter: &'static str,
    },
}

impl Publication {
    /// A text and nothing else.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    /// Whether the topic takes it.
    ///
    /// # Errors
    ///
    /// [`PublishError`] if not.
    ///
    /// ```
    /// use mock_server::core::trigger::topic::{Publication, PublishError, Topic};
    ///
    /// let topic = Topic { arn: "arn:aws:sns:eu-west-1:123456789012:orders".to_owned(), ..Topic::default() };
    /// assert_eq!(Publication::new("hello").check(&topic), Ok(()));
    /// assert_eq!(Publication::new("").check(&topic), Err(PublishError::EmptyMessage));
    /// ```
    pub fn check(&self, topic: &Topic) -> Result<(), PublishError> {
        if self.message.is_empty() {
            return Err(PublishError::EmptyMessage);
        }
        if self.subject.as_deref().is_some_and(|subject| !is_subject(subject)) {
            return Err(PublishError::Subject);
        }
        for (name, attribute) in &self.attributes {
            attributes::check(name, attribute)?;
        }
        let bytes = self.bytes();
        if bytes > limits::PUBLICATION_BYTES {
            return Err(PublishError::TooLong { bytes });
        }
        if self.structure == MessageStructure::Json {
            let texts = self.texts().ok_or(PublishError::NotJson)?;
            texts.get("default").and_then(Value::as_str).ok_or(PublishError::NoDefault)?;
        }
        self.check_order(topic)
    }

    /// What has to do with the order of messages. A group may be given to any topic, for the
    /// [fair queues](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html) among
    /// its subscribers.
    fn check_order(&self, topic: &Topic) -> Result<(), PublishError> {
        let ids = [("MessageGroupId", &self.group_id), ("MessageDeduplicationId", &self.deduplication_id)];
        for (parameter, id) in ids {
            if id.as_deref().is_some_and(|id| !is_id(id)) {
                return Err(PublishError::Id { parameter });
            }
        }
        match (topic.is_fifo(), &self.group_id, &self.deduplication_id) {
            (true, None, _) => Err(PublishError::NoGroup),
            (true, _, None) if !topic.content_based_deduplication => Err(PublishError::NoDeduplicationId),
            (false, _, Some(_)) => Err(PublishError::DeduplicationIdOfStandard),
            _ => Ok(()),
        }
    }

    /// How long text and attributes are together.
    pub fn bytes(&self) -> usize {
        self.message.len() + attributes::bytes(&self.attributes)
    }

    /// What a subscriber gets: the text for its protocol if there is one, otherwise that for all.
    ///
    /// ```
    /// use mock_server::core::trigger::topic::{MessageStructure, Protocol, Publication};
    ///
    /// let publication = Publication {
    ///     structure: MessageStructure::Json,
    ///     ..Publication::new(r#"{"default": "for all", "lambda": "for functions"}"#)
    /// };
    /// assert_eq!(publication.text(Protocol::Lambda), "for functions");
    /// assert_eq!(publication.text(Protocol::Sqs), "for all");
    /// ```
    pub fn text(&self, protocol: Protocol) -> Cow<'_, str> {
        let mut texts = match self.structure {
            MessageStructure::Text => None,
            MessageStructure::Json => self.texts(),
        };
        let mut text = |name| match texts.as_mut()?.remove(name)? {
            Value::String(text) => Some(text),
            // As if it were not there.
            _ => None,
        };
        let text = text(protocol.as_str()).or_else(|| text("default"));
        text.map_or(Cow::Borrowed(&self.message), Cow::Owned)
    }

    fn texts(&self) -> Option<Map<String, Value>> {
        serde_json::from_str(&self.message).ok()
    }
}

fn is_subject(text: &str) -> bool {
    let characters = text.chars().count();
    (1..limits::SUBJECT_CHARACTERS).contains(&characters) && !text.contains(char::is_control)
}

fn is_id(text: &str) -> bool {
    (1..=limits::FIFO_ID_CHARACTERS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

impl From<&str> for Publication {
    fn from(message: &str) -> Self {
        Self::new(message)
    }
}

impl From<String> for Publication {
    fn from(message: String) -> Self {
        Self::new(message)
    }
}
