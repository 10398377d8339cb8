//! What a queue is told: its settings, and the messages that are sent to it.

use std::{collections::BTreeMap, time::Duration};

use lambda_api::limits::event_sources as limits;

use crate::core::mapping::message::{AttributeValue, MessageAttribute};

/// Which order a queue keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QueueForm {
    /// None that can be relied on; here that in which messages are sent.
    #[default]
    Standard,
    /// That of each message group.
    Fifo,
}

/// The attributes of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueSettings {
    /// Which order it keeps.
    pub form: QueueForm,
    /// How long a message is hidden that was received.
    pub visibility_timeout: Duration,
    /// How long a message is held back, if it does not say so itself.
    pub delay: Duration,
    /// How long a message is kept.
    pub retention: Duration,
    /// When a message is given up, if ever.
    pub redrive: Option<Redrive>,
}

/// When a message is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redrive {
    /// How often it may be received.
    pub maximum_receives: u32,
}

impl Default for QueueSettings {
    fn default() -> Self {
        Self {
            form: QueueForm::Standard,
            visibility_timeout: limits::VISIBILITY_TIMEOUT.default,
            delay: limits::MESSAGE_DELAY.default,
            retention: limits::MESSAGE_RETENTION.default,
            redrive: None,
        }
    }
}

/// A message to send.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewMessage {
    /// The text.
    pub body: String,
    /// The attributes by name.
    pub attributes: BTreeMap<String, MessageAttribute>,
    /// How long it is held back; as the queue says if not set.
    pub delay: Option<Duration>,
    /// Its group, which a FIFO queue must have.
    pub group: Option<String>,
    /// By which a second one of it is known, which a FIFO queue must have.
    pub deduplication_id: Option<String>,
    /// Who sends it.
    pub sender: String,
    /// The X-Ray tracing header.
    pub trace_header: Option<String>,
}

impl NewMessage {
    /// A message with this text.
    ///
    /// ```
    /// use mock_server::core::mapping::NewMessage;
    ///
    /// let message = NewMessage::new("7 apples").attribute("priority", "high").group("customer-12").deduplication_id("17");
    /// assert_eq!(message.group.as_deref(), Some("customer-12"));
    /// ```
    pub fn new(body: impl Into<String>) -> Self {
        Self { body: body.into(), ..Self::default() }
    }

    /// With a text as an attribute.
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let value = AttributeValue::Text(value.into());
        self.attributes.insert(name.into(), MessageAttribute { data_type: "String".to_owned(), value });
        self
    }

    /// Of this group, which a message to a FIFO queue must have.
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.group = Some(group.into());
        self
    }

    /// With an id by which a second one of it is known.
    pub fn deduplication_id(mut self, id: impl Into<String>) -> Self {
        self.deduplication_id = Some(id.into());
        self
    }

    /// Held back for so long.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = Some(delay);
        self
    }
}

impl From<&str> for NewMessage {
    fn from(body: &str) -> Self {
        Self::new(body)
    }
}

impl From<String> for NewMessage {
    fn from(body: String) -> Self {
        Self::new(body)
    }
}

impl From<serde_json::Value> for NewMessage {
    fn from(body: serde_json::Value) -> Self {
        Self::new(body.to_string())
    }
}

/// What whoever has sent a message is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The message's id; that of the first one if it is a double.
    pub id: String,
    /// MD5 of the text, in hexadecimal digits.
    pub md5_of_body: String,
    /// MD5 of the attributes, in hexadecimal digits, if there are any.
    pub md5_of_attributes: Option<String>,
    /// Its place in a FIFO queue.
    pub sequence_number: Option<String>,
}

/// A message is not what the queue takes. By the names of
/// [SendMessage](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// There is no text.
    #[error("MessageBody is empty")]
    EmptyBody,
    /// The text and the attributes are too long.
    #[error(
        "MessageBody and MessageAttributes have {bytes} bytes, which is more than {}",
        limits::MESSAGE_BYTES
    )]
    TooLong {
        /// How long they are.
        bytes: usize,
    },
    /// It would be held back for too long.
    #[error("DelaySeconds must be from 0 to {}", limits::MESSAGE_DELAY.max.as_secs())]
    Delay,
    /// Messages of a FIFO queue have no delay of their own.
    #[error("DelaySeconds is not supported for a FIFO queue")]
    FifoDelay,
    /// A FIFO queue needs a group.
    #[error("MessageGroupId is required for a FIFO queue")]
    NoGroup,
    /// A FIFO queue needs an id by which doubles are known.
    #[error("MessageDeduplicationId is required for a FIFO queue")]
    NoDeduplicationId,
}

impl NewMessage {
    /// How long text and attributes are together.
    pub(crate) fn bytes(&self) -> usize {
        let attributes = self.attributes.iter().map(|(name, attribute)| name.len() + attribute.bytes());
        self.body.len() + attributes.sum::<usize>()
    }

    pub(super) fn check(&self, form: QueueForm) -> Result<(), SendError> {
        if self.body.is_empty() {
            return Err(SendError::EmptyBody);
        }
        let bytes = self.bytes();
        if bytes > limits::MESSAGE_BYTES {
            return Err(SendError::TooLong { bytes });
        }
        if self.delay.is_some_and(|delay| delay > limits::MESSAGE_DELAY.max) {
            return Err(SendError::Delay);
        }
        match form {
            QueueForm::Fifo if self.delay.is_some_and(|delay| !delay.is_zero()) => Err(SendError::FifoDelay),
            QueueForm::Fifo if self.group.is_none() => Err(SendError::NoGroup),
            QueueForm::Fifo if self.deduplication_id.is_none() => Err(SendError::NoDeduplicationId),
            _ => Ok(()),
        }
    }
}
