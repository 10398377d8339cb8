//! Messages of Amazon SNS.
//!
//! Source: [Invoking Lambda functions with Amazon SNS](https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html); what queues and HTTP endpoints
//! get: [message formats](https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html).

use crate::{Map, Str, value::DateTime};

event! {
    /// Messages of a topic; SNS sends one at a time.
    ///
    /// ```
    /// use lambda_events::sns::Sns;
    ///
    /// let json = r#"{"Records":[{"Sns":{"MessageId":"1","Message":"hello"}}]}"#;
    /// let event: Sns<'_> = serde_json::from_str(json)?;
    /// assert_eq!(event.records[0].sns.message, "hello");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct Sns<'a> {
        /// The messages.
        records: Vec<Record<'a>> = "Records", required;
    }

    /// A message, and the subscription by which it came.
    pub struct Record<'a> {
        /// `aws:sns`.
        event_source: Option<Str<'a>> = "EventSource";
        /// The version of this format.
        event_version: Option<Str<'a>> = "EventVersion";
        /// The ARN of the subscription.
        event_subscription_arn: Option<Str<'a>> = "EventSubscriptionArn";
        /// The message.
        sns: Message<'a> = "Sns", required;
    }

    /// A message.
    pub struct Message<'a> {
        /// What kind of message it is.
        kind: Option<MessageKind<'a>> = "Type";
        /// Its id, the same whenever it is sent.
        message_id: Option<Str<'a>> = "MessageId";
        /// The ARN of the topic.
        topic_arn: Option<Str<'a>> = "TopicArn";
        /// The subject, if the publisher gave one.
        subject: Option<Str<'a>> = "Subject";
        /// What was published.
        message: Str<'a> = "Message", required;
        /// When it was published.
        timestamp: Option<DateTime<'a>> = "Timestamp";
        /// The version of the signature: `1` is SHA-1, `2` is SHA-256.
        signature_version: Option<Str<'a>> = "SignatureVersion";
        /// The signature, in base64.
        signature: Option<Str<'a>> = "Signature";
        /// Where the certificate of the signature is.
        signing_cert_url: Option<Str<'a>> = "SigningCertUrl";
        /// The URL that ends the subscription.
        unsubscribe_url: Option<Str<'a>> = "UnsubscribeUrl";
        /// What the publisher says of it.
        message_attributes: Map<'a, MessageAttribute<'a>> = "MessageAttributes";
    }

    /// A message as a queue or an HTTP endpoint gets it: the body of an SQS message, unless the delivery is raw.
    ///
    /// ```
    /// use lambda_events::sns::Notification;
    ///
    /// let body = r#"{"Type":"Notification","TopicArn":"arn:aws:sns:eu-west-1:123456789012:orders","Message":"hello"}"#;
    /// let notification: Notification<'_> = serde_json::from_str(body)?;
    /// assert_eq!(notification.message, "hello");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct Notification<'a> {
        /// What kind of message it is.
        kind: Option<MessageKind<'a>> = "Type";
        /// Its id, the same whenever it is sent.
        message_id: Option<Str<'a>> = "MessageId";
        /// Its place in the topic, in a FIFO topic.
        sequence_number: Option<Str<'a>> = "SequenceNumber";
        /// What confirms the subscription, in a confirmation.
        token: Option<Str<'a>> = "Token";
        /// The ARN of the topic.
        topic_arn: Option<Str<'a>> = "TopicArn";
        /// The subject, if the publisher gave one.
        subject: Option<Str<'a>> = "Subject";
        /// What was published.
        message: Str<'a> = "Message", required;
        /// The URL that confirms the subscription, in a confirmation.
        subscribe_url: Option<Str<'a>> = "SubscribeURL";
        /// When it was published.
        timestamp: Option<DateTime<'a>> = "Timestamp";
        /// The version of the signature: `1` is SHA-1, `2` is SHA-256.
        signature_version: Option<Str<'a>> = "SignatureVersion";
        /// The signature, in base64.
        signature: Option<Str<'a>> = "Signature";
        /// Where the certificate of the signature is.
        signing_cert_url: Option<Str<'a>> = "SigningCertURL";
        /// The URL that ends the subscription.
        unsubscribe_url: Option<Str<'a>> = "UnsubscribeURL";
        /// What the publisher says of it.
        message_attributes: Map<'a, MessageAttribute<'a>> = "MessageAttributes";
    }

    /// An attribute that the publisher gave.
    pub struct MessageAttribute<'a> {
        /// `String`, `Number`, `String.Array` or `Binary`.
        kind: Option<Str<'a>> = "Type";
        /// Text, or base64 for `Binary`, or a JSON array for `String.Array`.
        value: Option<Str<'a>> = "Value";
    }
}

open_enum! {
    /// What kind of message it is; functions get notifications only.
    pub enum MessageKind<'a> {
        /// Something was published.
        Notification = "Notification",
        /// Someone wants to subscribe an endpoint.
        SubscriptionConfirmation = "SubscriptionConfirmation",
        /// A subscription of an endpoint has ended.
        UnsubscribeConfirmation = "UnsubscribeConfirmation",
    }
}
