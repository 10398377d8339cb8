//! Messages of Apache ActiveMQ, of Amazon MQ.
//!
//! Source: [Using Lambda with Amazon MQ](https://docs.aws.amazon.com/lambda/latest/dg/with-mq.html).

use crate::{
    Int, Map, Str,
    value::{Base64, Millis, Scalar},
};

event! {
    /// A batch of messages.
    ///
    /// ```
    /// use lambda_events::activemq::ActiveMq;
    ///
    /// let json = r#"{"messages":[{"messageID":"ID:1","data":"SGVsbG8=","destination":{"physicalname":"orders"}}]}"#;
    /// let event: ActiveMq<'_> = serde_json::from_str(json)?;
    /// assert_eq!(event.messages[0].data.decode()?, b"Hello");
    /// assert_eq!(event.messages[0].destination.name(), Some("orders"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub struct ActiveMq<'a> {
        /// `aws:mq`.
        event_source: Option<Str<'a>> = "eventSource";
        /// The ARN of the broker.
        event_source_arn: Option<Str<'a>> = "eventSourceArn";
        /// The messages.
        messages: Vec<Message<'a>> = "messages", required;
    }

    /// A message.
    pub struct Message<'a> {
        /// Its id.
        message_id: Option<Str<'a>> = "messageID";
        /// What it is for JMS.
        message_type: Option<MessageType<'a>> = "messageType";
        /// Whether it survives the broker: 2 if it does, 1 if not.
        delivery_mode: Option<Int> = "deliveryMode";
        /// Where the answer is to go.
        reply_to: Option<Str<'a>> = "replyTo";
        /// What the sender calls its type.
        kind: Option<Str<'a>> = "type";
        /// When it ends, in milliseconds; 0 if it does not.
        expiration: Option<Int> = "expiration";
        /// How urgent it is, from 0 to 9.
        priority: Option<Int> = "priority";
        /// What it belongs to, as AWS documents it.
        correlation_id: Option<Str<'a>> = "correlationId";
        /// What it belongs to, as some brokers write it.
        correlation_id_in_capitals: Option<Str<'a>> = "correlationID";
        /// The connection by which it came.
        connection_id: Option<Str<'a>> = "connectionId";
        /// Whether it has been delivered before.
        redelivered: Option<bool> = "redelivered";
        /// Whether it survives the broker.
        persistent: Option<bool> = "persistent";
        /// Where it was sent.
        destination: Destination<'a> = "destination";
        /// What was sent.
        data: Base64<'a> = "data", required;
        /// When it was sent.
        timestamp: Option<Millis> = "timestamp";
        /// When it came to the broker.
        broker_in_time: Option<Millis> = "brokerInTime";
        /// When it left the broker.
        broker_out_time: Option<Millis> = "brokerOutTime";
        /// What the sender says of it.
        properties: Map<'a, Scalar<'a>> = "properties";
    }

    /// Where a message was sent.
    pub struct Destination<'a> {
        /// The name of the queue, as most brokers write it.
        physical_name: Option<Str<'a>> = "physicalName";
        /// The name of the queue, as AWS documents it.
        physical_name_in_lower_case: Option<Str<'a>> = "physicalname";
    }
}

impl Message<'_> {
    /// What it belongs to, in either way of writing.
    pub fn correlation(&self) -> Option<&str> {
        self.correlation_id.as_deref().or(self.correlation_id_in_capitals.as_deref())
    }
}

impl Destination<'_> {
    /// The name of the queue, in either way of writing.
    pub fn name(&self) -> Option<&str> {
        self.physical_name.as_deref().or(self.physical_name_in_lower_case.as_deref())
    }
}

open_enum! {
    /// What a message is for JMS.
    pub enum MessageType<'a> {
        /// Text.
        Text = "jms/text-message",
        /// Bytes.
        Bytes = "jms/bytes-message",
    }
}
