//! A message of a queue, as whoever receives it sees it.
//!
//! It may come from the [`MessageQueue`](super::MessageQueue) of this core or from a real one. Its JSON in an event is
//! made in `event`.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::core::Time;

/// A message that was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The message's id, the same at each receive.
    pub id: String,
    /// What it is deleted with: another one at each receive.
    pub receipt_handle: String,
    /// The text.
    pub body: String,
    /// MD5 of the text, in hexadecimal digits.
    pub md5_of_body: String,
    /// The attributes that it was sent with, by name.
    pub attributes: BTreeMap<String, MessageAttribute>,
    /// MD5 of the attributes, in hexadecimal digits, if there are any.
    pub md5_of_attributes: Option<String>,
    /// How often it has been received.
    pub receives: u32,
    /// When it was sent.
    pub sent: Time,
    /// When it was first received.
    pub first_received: Time,
    /// Who has sent it.
    pub sender: String,
    /// Its group. A FIFO queue has one for each message.
    pub group: Option<String>,
    /// What a FIFO queue has of it besides.
    pub fifo: Option<FifoAttributes>,
    /// The X-Ray tracing header.
    pub trace_header: Option<String>,
    /// The ARN of the queue that has given it up, if this is its dead-letter queue.
    pub dead_letter_source: Option<String>,
    /// When it can be received again, unless it has been deleted.
    pub hidden_until: Time,
}

/// What a FIFO queue has of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FifoAttributes {
    /// Its place in the queue.
    pub sequence_number: String,
    /// By which a second one of it is known.
    pub deduplication_id: String,
}

/// An attribute that a message was sent with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageAttribute {
    /// `String`, `Number` or `Binary`, with or without a label after a dot.
    pub data_type: String,
    /// The value.
    pub value: AttributeValue,
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeValue {
    /// A text, or a number in digits.
    Text(String),
    /// Bytes.
    Binary(Bytes),
}

impl MessageAttribute {
    /// How long it is, without its name.
    pub(super) fn bytes(&self) -> usize {
        let value = match &self.value {
            AttributeValue::Text(text) => text.len(),
            AttributeValue::Binary(bytes) => bytes.len(),
        };
        self.data_type.len() + value
    }
}
