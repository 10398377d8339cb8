//! Messages of Amazon SQS.
//!
//! Source: [Using Lambda with Amazon SQS](https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html).

use crate::{
    Int, Map, Str,
    value::{Base64, Millis},
};

event! {
    /// A batch of messages.
    ///
    /// ```
    /// use lambda_events::sqs::Sqs;
    ///
    /// let json = r#"{"Records":[{"messageId":"1","body":"hello"}]}"#;
    /// let event: Sqs<'_> = serde_json::from_str(json)?;
    /// assert_eq!(event.records[0].body, "hello");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct Sqs<'a> {
        /// The messages.
        records: Vec<Message<'a>> = "Records", required;
    }

    /// A message.
    pub struct Message<'a> {
        /// Its id, which is also what a message is called that has failed.
        message_id: Str<'a> = "messageId", required;
        /// By what it is deleted; Lambda does so itself.
        receipt_handle: Option<Str<'a>> = "receiptHandle";
        /// What was sent.
        body: Str<'a> = "body", required;
        /// What the queue says of it.
        attributes: Attributes<'a> = "attributes";
        /// What the sender says of it.
        message_attributes: Map<'a, MessageAttribute<'a>> = "messageAttributes";
        /// The MD5 of the sender's attributes, in hexadecimal digits.
        md5_of_message_attributes: Option<Str<'a>> = "md5OfMessageAttributes";
        /// The MD5 of the body, in hexadecimal digits.
        md5_of_body: Option<Str<'a>> = "md5OfBody";
        /// `aws:sqs`.
        event_source: Option<Str<'a>> = "eventSource";
        /// The ARN of the queue.
        event_source_arn: Option<Str<'a>> = "eventSourceARN";
        /// The region of the queue.
        aws_region: Option<Str<'a>> = "awsRegion";
    }

    /// What the queue says of a message.
    pub struct Attributes<'a> {
        /// The tracing header that came with it.
        aws_trace_header: Option<Str<'a>> = "AWSTraceHeader";
        /// How often it has been received and not been deleted.
        approximate_receive_count: Option<Int> = "ApproximateReceiveCount";
        /// When it was sent.
        sent_timestamp: Option<Millis> = "SentTimestamp";
        /// Its place in its group, in a FIFO queue.
        sequence_number: Option<Str<'a>> = "SequenceNumber";
        /// Its group, in a FIFO queue.
        message_group_id: Option<Str<'a>> = "MessageGroupId";
        /// Who sent it.
        sender_id: Option<Str<'a>> = "SenderId";
        /// What makes another message the same one, in a FIFO queue.
        message_deduplication_id: Option<Str<'a>> = "MessageDeduplicationId";
        /// When it was first received.
        approximate_first_receive_timestamp: Option<Millis> = "ApproximateFirstReceiveTimestamp";
        /// The ARN of the dead-letter queue's source, in a message that was moved back.
        dead_letter_queue_source_arn: Option<Str<'a>> = "DeadLetterQueueSourceArn";
    }

    /// An attribute that the sender gave.
    pub struct MessageAttribute<'a> {
        /// Text, for `String` and `Number`.
        string_value: Option<Str<'a>> = "stringValue";
        /// Bytes, for `Binary`.
        binary_value: Option<Base64<'a>> = "binaryValue";
        /// Not used by SQS.
        string_list_values: Vec<Str<'a>> = "stringListValues";
        /// Not used by SQS.
        binary_list_values: Vec<Base64<'a>> = "binaryListValues";
        /// `String`, `Number` or `Binary`, with a suffix of the sender's own.
        data_type: Option<Str<'a>> = "dataType";
    }
}
