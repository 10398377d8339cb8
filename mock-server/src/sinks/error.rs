//! Why a message was not taken.

use std::{io, path::PathBuf};

use http::StatusCode;

use crate::clock::PausedClock;

/// Why a message was not taken, or a sink cannot be what it is to be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SinkError {
    /// A function is to be invoked, and the ARN is that of something else.
    #[error("{arn} cannot be invoked: it is not the ARN of a function")]
    NotAFunction {
        /// The ARN.
        arn: String,
    },
    /// The URL is not one of plain HTTP with a host.
    #[error("{url} cannot be an endpoint: expected a URL such as http://localhost:8080/path, without TLS")]
    Url {
        /// The URL.
        url: String,
    },
    /// The file cannot be written to.
    #[error("cannot append to {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Nobody listens there, or the host is not known.
    #[error("cannot connect to {url}")]
    Unreachable {
        /// The URL.
        url: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// The connection broke off before there was an answer, or what came was not HTTP.
    #[error("the connection to {url} broke off")]
    BrokenOff {
        /// The URL.
        url: String,
        /// What the HTTP client said.
        source: hyper::Error,
    },
    /// There was no answer in time.
    #[error("{url} did not answer within 5 seconds")]
    TimedOut {
        /// The URL.
        url: String,
    },
    /// The endpoint did not take the message.
    #[error("{url} answered {status}")]
    Refused {
        /// The URL.
        url: String,
        /// The status.
        status: StatusCode,
    },
    /// The queue did not take the message.
    #[cfg(feature = "sqs")]
    #[error("the queue {url} answered {status}: {reason}")]
    RefusedByQueue {
        /// The queue's URL.
        url: String,
        /// The status.
        status: StatusCode,
        /// The error's name and text.
        reason: String,
    },
    /// What the queue answered, or what was to be sent, makes no sense.
    #[cfg(feature = "sqs")]
    #[error("the exchange with the queue {url} failed: {reason}")]
    Queue {
        /// The queue's URL.
        url: String,
        /// What the client of the queue said.
        reason: String,
    },
    /// Virtual time does not go together with sockets.
    #[error(transparent)]
    PausedClock(#[from] PausedClock),
}

impl SinkError {
    /// Whether the same message may be taken at another time: not if it was refused for what it is.
    pub fn is_transient(&self) -> bool {
        let may_change = |status: StatusCode| {
            status.is_server_error()
                || matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS)
        };
        match self {
            Self::File { .. } | Self::Unreachable { .. } | Self::BrokenOff { .. } | Self::TimedOut { .. } => {
                true
            }
            Self::Refused { status, .. } => may_change(*status),
            #[cfg(feature = "sqs")]
            Self::RefusedByQueue { status, .. } => may_change(*status),
            #[cfg(feature = "sqs")]
            Self::Queue { .. } => false,
            Self::NotAFunction { .. } | Self::Url { .. } | Self::PausedClock(_) => false,
        }
    }
}
