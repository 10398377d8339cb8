//! What is told of an asynchronous invocation that is over, to whom, and in which form. Pure.
//!
//! A *destination* is named by its ARN (`arn`), and the service that the ARN belongs to decides the form (`form`): a queue
//! gets a message, an event bus an event, a bucket an object. What comes out is a [`Message`], which can be shown as one
//! JSON object whatever its form. When an invocation is over is decided in [`queue`](super::queue); how a message gets to
//! where it belongs is the business of [`Sinks`](crate::Sinks). Source:
//! [records of asynchronous invocations](https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html).

use bytes::Bytes;
use lambda_api::RequestId;

mod arn;
mod batch;
mod form;
mod json;
mod message;
mod record;
#[cfg(test)]
mod test;

pub use arn::{Destination, DestinationError, Kind};
pub use message::{Attribute, Envelope, Message};

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

    /// What the function said of its failure: the `errorMessage` of its report, or the whole report if it has none.
    pub fn error_message(&self) -> Option<String> {
        let response = self.response.as_ref().filter(|response| response.function_error.is_some())?;
        let report: Option<serde_json::Value> = serde_json::from_slice(&response.payload).ok();
        let message = report.as_ref().and_then(|report| report.get("errorMessage")?.as_str());
        let whole = || String::from_utf8_lossy(&response.payload).into_owned();
        Some(message.map_or_else(whole, str::to_owned))
    }
}
