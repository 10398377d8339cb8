//! Messages of RabbitMQ, of Amazon MQ.
//!
//! Source: [Using Lambda with Amazon MQ](https://docs.aws.amazon.com/lambda/latest/dg/with-mq.html).

use crate::{Int, Json, Map, Str, value::Base64};

pub use crate::byte_array::ByteArray;

event! {
    /// A batch of messages.
    ///
    /// ```
    /// use lambda_events::rabbitmq::RabbitMq;
    ///
    /// let json = r#"{"rmqMessagesByQueue":{"orders::/":[{"basicProperties":{"headers":{"kind":{"bytes":[110,101,119]}}},
    ///     "data":"SGVsbG8="}]}}"#;
    /// let event: RabbitMq<'_> = serde_json::from_str(json)?;
    /// for message in event.iter() {
    ///     assert_eq!(message.data.decode()?, b"Hello");
    ///     assert_eq!(message.basic_properties.header("kind").and_then(|kind| kind.text()).as_deref(), Some("new"));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub struct RabbitMq<'a> {
        /// `aws:rmq`.
        event_source: Option<Str<'a>> = "eventSource";
        /// The ARN of the broker.
        event_source_arn: Option<Str<'a>> = "eventSourceArn";
        /// The messages by queue and virtual host, as in `orders::/`.
        rmq_messages_by_queue: Map<'a, Vec<Message<'a>>> = "rmqMessagesByQueue", required;
    }

    /// A message.
    pub struct Message<'a> {
        /// What the sender says of it.
        basic_properties: BasicProperties<'a> = "basicProperties";
        /// Whether it has been delivered before.
        redelivered: Option<bool> = "redelivered";
        /// What was sent.
        data: Base64<'a> = "data", required;
    }

    /// The properties of AMQP, which are `null` if the sender has not set them.
    pub struct BasicProperties<'a> {
        /// The media type of the data.
        content_type: Option<Str<'a>> = "contentType";
        /// How the data is encoded.
        content_encoding: Option<Str<'a>> = "contentEncoding";
        /// The headers: numbers, booleans, and text as `{"bytes":[..]}`.
        headers: Option<Map<'a, Json<'a>>> = "headers";
        /// Whether it survives the broker: 2 if it does, 1 if not.
        delivery_mode: Option<Int> = "deliveryMode";
        /// How urgent it is.
        priority: Option<Int> = "priority";
        /// What it belongs to.
        correlation_id: Option<Str<'a>> = "correlationId";
        /// Where the answer is to go.
        reply_to: Option<Str<'a>> = "replyTo";
        /// How many milliseconds it is kept.
        expiration: Option<Int> = "expiration";
        /// Its id.
        message_id: Option<Str<'a>> = "messageId";
        /// When it was sent, as in `Jan 1, 1970, 12:33:41 AM`.
        timestamp: Option<Str<'a>> = "timestamp";
        /// What the sender calls its type.
        kind: Option<Str<'a>> = "type";
        /// Who has sent it.
        user_id: Option<Str<'a>> = "userId";
        /// The application that has sent it.
        app_id: Option<Str<'a>> = "appId";
        /// No longer of use.
        cluster_id: Option<Str<'a>> = "clusterId";
        /// The size of the data in bytes.
        body_size: Option<Int> = "bodySize";
    }
}

impl<'a> RabbitMq<'a> {
    /// All messages, one queue after the other.
    pub fn iter(&self) -> impl Iterator<Item = &Message<'a>> {
        self.rmq_messages_by_queue.iter().flat_map(|(_, messages)| messages)
    }
}

impl BasicProperties<'_> {
    /// The bytes of a header, if it has bytes.
    pub fn header(&self, name: &str) -> Option<ByteArray> {
        self.headers.as_ref()?.get(name)?.get("bytes")?.to().ok()
    }
}
