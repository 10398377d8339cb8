//! What is told of an asynchronous invocation that is over, and in which form. Pure.
//!
//! A *destination* is named by its ARN, and the service that the ARN belongs to decides the form: a queue gets a message, an
//! event bus an event, a bucket an object. Forms are in `form`; how they get there is the driver's business. Source:
//! [retaining records of asynchronous invocations](https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html).

use std::{fmt, str::FromStr};

use bytes::Bytes;
use lambda_api::RequestId;

mod form;

pub use form::{Attribute, Envelope, Message};

/// How an asynchronous invocation ended: all that a destination record tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// The id of all its attempts.
    pub request_id: RequestId,
    /// The function's ARN with the qualifier, `$LATEST` if there was none.
    pub function_arn: String,
    /// Why it is over.
    pub condition: Condition,
    /// How often the function has run.
    pub attempts: u32,
    /// The event: JSON.
    pub payload: Bytes,
    /// What the function said last, if it has run.
    pub response: Option<FinishedResponse>,
    /// The X-Ray tracing header.
    pub trace_id: Option<String>,
}

/// What a function said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinishedResponse {
    /// The version that ran.
    pub executed_version: String,
    /// `Unhandled`, if it failed.
    pub function_error: Option<String>,
    /// The status of the invocation, which is 200 whether the function failed or not.
    pub status_code: u16,
    /// The response, or the error report.
    pub payload: Bytes,
}

/// Why an asynchronous invocation is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Condition {
    /// The function answered with a response.
    Success,
    /// The function failed, and there is no attempt left.
    RetriesExhausted,
    /// The event was too old for a further attempt.
    EventAgeExceeded,
    /// The function's reserved concurrency is 0.
    ZeroReservedConcurrency,
}

impl Condition {
    /// The word in the record.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::RetriesExhausted => "RetriesExhausted",
            Self::EventAgeExceeded => "EventAgeExceeded",
            Self::ZeroReservedConcurrency => "ZeroReservedConcurrency",
        }
    }

    /// The condition of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        let all =
            [Self::Success, Self::RetriesExhausted, Self::EventAgeExceeded, Self::ZeroReservedConcurrency];
        all.into_iter().find(|condition| condition.as_str() == word)
    }
}

impl Finished {
    /// Whether the function answered with a response.
    pub fn is_success(&self) -> bool {
        self.condition == Condition::Success
    }

    /// What the function said of its failure: the `errorMessage` of its report, or the report if it has none.
    pub fn error_message(&self) -> Option<String> {
        let response = self.response.as_ref().filter(|response| response.function_error.is_some())?;
        let report: Option<serde_json::Value> = serde_json::from_slice(&response.payload).ok();
        let message = report.as_ref().and_then(|report| report.get("errorMessage")?.as_str());
        let whole = || String::from_utf8_lossy(&response.payload).into_owned();
        Some(message.map_or_else(whole, str::to_owned))
    }
}

/// Where the record of an invocation goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Destination {
    arn: String,
    kind: Kind,
}

/// The service that a destination belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Kind {
    /// A Lambda function, by its name and qualifier.
    Function {
        /// The name.
        name: String,
        /// The version or alias.
        qualifier: Option<String>,
    },
    /// An SQS queue.
    Queue,
    /// An SNS topic.
    Topic,
    /// An EventBridge event bus.
    EventBus,
    /// An S3 bucket.
    Bucket,
}

/// A text is not the ARN of anything that can be a destination.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{arn} is not the ARN of a function, an SQS queue, an SNS topic, an event bus or an S3 bucket")]
pub struct DestinationError {
    arn: String,
}

impl FromStr for Destination {
    type Err = DestinationError;

    fn from_str(arn: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let kind = match *parts.as_slice() {
            ["arn", _, "lambda", _, _, resource] => {
                let mut parts = resource.split(':');
                match (parts.next(), parts.next(), parts.next(), parts.next()) {
                    (Some("function"), Some(name), qualifier, None) if !name.is_empty() => {
                        let (name, qualifier) = (name.to_owned(), qualifier.map(str::to_owned));
                        Some(Kind::Function { name, qualifier })
                    }
                    _ => None,
                }
            }
            ["arn", _, "sqs", _, _, name] if !name.is_empty() => Some(Kind::Queue),
            ["arn", _, "sns", _, _, name] if !name.is_empty() => Some(Kind::Topic),
            ["arn", _, "events", _, _, bus] if bus.starts_with("event-bus/") => Some(Kind::EventBus),
            ["arn", _, "s3", _, _, bucket] if !bucket.is_empty() => Some(Kind::Bucket),
            _ => None,
        };
        let kind = kind.ok_or_else(|| DestinationError { arn: arn.to_owned() })?;
        Ok(Self { arn: arn.to_owned(), kind })
    }
}

impl Destination {
    /// The ARN.
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// The service.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Whether records of successes may go there: not to a bucket.
    pub fn takes_successes(&self) -> bool {
        self.kind != Kind::Bucket
    }

    /// Whether dead letters may go there: to a queue or a topic.
    pub fn takes_dead_letters(&self) -> bool {
        matches!(self.kind, Kind::Queue | Kind::Topic)
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.arn)
    }
}
