//! Records of Amazon Kinesis Data Streams.
//!
//! Source: [Using Lambda with Kinesis](https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html); windows:
//! [tumbling windows](https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html).

use crate::{
    Json, Map, Str,
    value::{Base64, Seconds},
};

pub use crate::window::{Window, WindowResponse};

event! {
    /// A batch of records of one shard, in their order.
    ///
    /// ```
    /// use lambda_events::kinesis::Kinesis;
    ///
    /// let json = r#"{"Records":[{"kinesis":{"sequenceNumber":"49590338271490256608559692538361571095921575989136588898",
    ///     "data":"SGVsbG8="}}]}"#;
    /// let event: Kinesis<'_> = serde_json::from_str(json)?;
    /// assert_eq!(event.records[0].kinesis.data.decode()?, b"Hello");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub struct Kinesis<'a> {
        /// The records.
        records: Vec<Record<'a>> = "Records", required;
    }

    /// A batch of records of a tumbling window; the answer is a [`WindowResponse`].
    pub struct WindowedKinesis<'a> {
        /// The records; there may be none at the end of a window.
        records: Vec<Record<'a>> = "Records", strict;
        /// The window.
        window: Window<'a> = "window";
        /// What the invocation before has answered; empty at first.
        state: Map<'a, Json<'a>> = "state";
        /// The shard.
        shard_id: Option<Str<'a>> = "shardId";
        /// The ARN of the stream or of its consumer.
        event_source_arn: Option<Str<'a>> = "eventSourceARN";
        /// Whether this is the last invocation of the window.
        is_final_invoke_for_window: Option<bool> = "isFinalInvokeForWindow";
        /// Whether the window ends early, because the state is too large.
        is_window_terminated_early: Option<bool> = "isWindowTerminatedEarly";
    }

    /// A record.
    pub struct Record<'a> {
        /// What the stream has of it.
        kinesis: Data<'a> = "kinesis", required;
        /// `aws:kinesis`.
        event_source: Option<Str<'a>> = "eventSource";
        /// The version of this format.
        event_version: Option<Str<'a>> = "eventVersion";
        /// The shard and the sequence number.
        event_id: Option<Str<'a>> = "eventID";
        /// `aws:kinesis:record`.
        event_name: Option<Str<'a>> = "eventName";
        /// The ARN of the function's role.
        invoke_identity_arn: Option<Str<'a>> = "invokeIdentityArn";
        /// The region of the stream.
        aws_region: Option<Str<'a>> = "awsRegion";
        /// The ARN of the stream or of its consumer.
        event_source_arn: Option<Str<'a>> = "eventSourceARN";
    }

    /// What the stream has of a record.
    pub struct Data<'a> {
        /// The version of this format.
        kinesis_schema_version: Option<Str<'a>> = "kinesisSchemaVersion";
        /// What decides on the shard.
        partition_key: Option<Str<'a>> = "partitionKey";
        /// Its place in the shard, and what it is called when it has failed.
        sequence_number: Str<'a> = "sequenceNumber", required;
        /// What was put.
        data: Base64<'a> = "data", required;
        /// When it arrived, to the millisecond.
        approximate_arrival_timestamp: Option<Seconds> = "approximateArrivalTimestamp";
        /// Whether it is encrypted in the stream; not there if nobody says.
        encryption_type: Option<EncryptionType<'a>> = "encryptionType";
    }
}

open_enum! {
    /// How a record is encrypted in the stream.
    pub enum EncryptionType<'a> {
        /// It is not.
        None = "NONE",
        /// With a key of AWS KMS.
        Kms = "KMS",
    }
}
