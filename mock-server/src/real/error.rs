//! Why a real source did not do what it was asked for.

use std::{io, time::Duration};

use http::{StatusCode, Uri};

use super::aws::Failure;
use crate::{clock::PausedClock, sinks::http::ExchangeError};

/// Names of errors that pass, whatever their status
/// ([Kinesis](https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html),
/// [DynamoDB](https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html),
/// [SQS](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html)). AWS answers them
/// with 400.
const PASSING: [&str; 8] = [
    "InternalServerError",
    "KMSThrottlingException",
    "KmsThrottled",
    "LimitExceededException",
    "OverLimit",
    "ProvisionedThroughputExceededException",
    "RequestThrottled",
    "ThrottlingException",
];

/// Why a real source did not do what it was asked for, or cannot be one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RealSourceError {
    /// The URL is not one of plain HTTP with a host.
    #[error("{url} cannot be a source: expected a URL such as http://localhost:4566, without TLS")]
    Url { url: String },
    /// Nobody listens there, or the host is not known.
    #[error("cannot connect to {url} for {operation}")]
    Unreachable { url: String, operation: &'static str, source: io::Error },
    /// The connection broke off before there was an answer, or what came was not HTTP.
    #[error("the connection to {url} broke off in {operation}")]
    BrokenOff { url: String, operation: &'static str, source: hyper::Error },
    /// There was no answer in time.
    #[error("{url} did not answer {operation} within {} seconds", .after.as_secs())]
    TimedOut { url: String, operation: &'static str, after: Duration },
    /// The service does not do it.
    #[error("{url} answered {operation} with {status}: {code}: {message}")]
    Refused { url: String, operation: &'static str, status: StatusCode, code: String, message: String },
    /// The iterator is too old, or what it points at is gone. One from behind the last record is needed.
    #[error("the iterator of a shard at {url} has expired: {message}")]
    ExpiredIterator { url: String, message: String },
    /// An answer of the service lacks what it has to have.
    #[error("{url} answered {operation} without a usable {member}")]
    Missing { url: String, operation: &'static str, member: &'static str },
    /// What was answered, or what was to be asked, makes no sense.
    #[error("{operation} at {url} failed: {reason}")]
    Senseless { url: String, operation: &'static str, reason: String },
    /// Some of the messages are still in the queue.
    #[error("{count} of {asked} messages were not deleted at {url}, the first because of {code}: {message}")]
    NotDeleted {
        url: String,
        count: usize,
        asked: usize,
        code: String,
        message: String,
        /// Whether another try may delete at least one of them.
        is_transient: bool,
    },
    /// Virtual time does not go together with sockets.
    #[error(transparent)]
    PausedClock(#[from] PausedClock),
}

impl RealSourceError {
    /// Why an operation failed.
    pub(crate) fn new(url: &Uri, operation: &'static str, failure: impl Into<Failure>) -> Self {
        let url = url.to_string();
        match failure.into() {
            Failure::Refused { code, message, .. } if is_expired(operation, &code) => {
                Self::ExpiredIterator { url, message }
            }
            Failure::Refused { status, code, message } => {
                Self::Refused { url, operation, status, code, message }
            }
            Failure::NoAnswer(ExchangeError::Unreachable(source)) => {
                Self::Unreachable { url, operation, source }
            }
            Failure::NoAnswer(ExchangeError::BrokenOff(source)) => Self::BrokenOff { url, operation, source },
            Failure::NoAnswer(ExchangeError::TimedOut { after }) => Self::TimedOut { url, operation, after },
            Failure::NoAnswer(ExchangeError::PausedClock(source)) => Self::PausedClock(source),
            Failure::Senseless(reason) => Self::Senseless { url, operation, reason },
        }
    }

    /// Whether the same may be done at another time. [`ExpiredIterator`](Self::ExpiredIterator) asks for something else.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::BrokenOff { .. } | Self::TimedOut { .. } => true,
            Self::Refused { status, code, .. } => {
                status.is_server_error()
                    || matches!(*status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS)
                    || PASSING.contains(&code.as_str())
            }
            Self::NotDeleted { is_transient, .. } => *is_transient,
            Self::Url { .. }
            | Self::ExpiredIterator { .. }
            | Self::Missing { .. }
            | Self::Senseless { .. }
            | Self::PausedClock(_) => false,
        }
    }
}

/// DynamoDB's iterators may outlive the records that they point at, which is told by another name.
fn is_expired(operation: &str, code: &str) -> bool {
    operation == "GetRecords" && matches!(code, "ExpiredIteratorException" | "TrimmedDataAccessException")
}
