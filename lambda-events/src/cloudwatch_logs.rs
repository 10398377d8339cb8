//! Logs that a subscription of Amazon CloudWatch Logs sends.
//!
//! Source: [Subscription filters](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html). The same text, compressed but
//! not always in base64, is in records of Kinesis and Firehose.

use crate::{
    Map, Str,
    value::{Base64, Millis},
};

#[cfg(feature = "gzip")]
mod decode;

#[cfg(feature = "gzip")]
pub use self::decode::{DecodeError, decode_gzip};

event! {
    /// Logs, compressed; with the feature `gzip`, `decode` gives the [`Logs`].
    ///
    /// ```
    /// # #[cfg(all(feature = "gzip", feature = "samples"))] {
    /// use lambda_events::{cloudwatch_logs::CloudWatchLogs, samples};
    ///
    /// let event: CloudWatchLogs<'_> = serde_json::from_str(samples::CLOUDWATCH_LOGS.json())?;
    /// let logs = event.decode()?;
    /// assert_eq!(logs.log_group.as_deref(), Some("/aws/lambda/checkout"));
    /// assert_eq!(logs.log_events.len(), 2);
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub struct CloudWatchLogs<'a> {
        /// What there is.
        awslogs: AwsLogs<'a> = "awslogs", required;
    }

    /// Logs as base64.
    pub struct AwsLogs<'a> {
        /// [`Logs`] as JSON, compressed with gzip.
        data: Base64<'a> = "data", required;
    }

    /// Logs of a stream.
    pub struct Logs<'a> {
        /// Whether these are logs.
        message_type: Option<MessageType<'a>> = "messageType";
        /// The account.
        owner: Option<Str<'a>> = "owner";
        /// The log group.
        log_group: Option<Str<'a>> = "logGroup";
        /// The log stream.
        log_stream: Option<Str<'a>> = "logStream";
        /// The names of the filters that have matched.
        subscription_filters: Vec<Str<'a>> = "subscriptionFilters";
        /// The log events.
        log_events: Vec<LogEvent<'a>> = "logEvents", required;
        /// `ACCOUNT_LEVEL_POLICY`, if the filter is one of the account.
        policy_level: Option<Str<'a>> = "policyLevel";
    }

    /// A log event.
    pub struct LogEvent<'a> {
        /// Its id.
        id: Option<Str<'a>> = "id";
        /// When it was logged.
        timestamp: Option<Millis> = "timestamp";
        /// What was logged.
        message: Str<'a> = "message", required;
        /// What the pattern of the filter has found, by name or by place from 1.
        extracted_fields: Map<'a, Str<'a>> = "extractedFields";
    }
}

open_enum! {
    /// Whether a message has logs.
    pub enum MessageType<'a> {
        /// It has.
        Data = "DATA_MESSAGE",
        /// It only tries whether the destination can be reached.
        Control = "CONTROL_MESSAGE",
    }
}
