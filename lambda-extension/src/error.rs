//! Why an extension could not do what it should; the one error enum of this crate's outer boundary.

use http::StatusCode;
use lambda_api::{
    DecodeError, EncodeError, ErrorReply, ReplyError, client::TransportError, telemetry::Problems,
    transport::InvalidAddress,
};

use crate::{Failure, telemetry::TelemetryError};

/// A call to the Extensions API failed, or the extension itself did.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExtensionError {
    /// There is no endpoint.
    #[error("environment variable {variable} is not set")]
    MissingVariable {
        /// The variable.
        variable: &'static str,
    },
    /// The endpoint is not an address.
    #[error("environment variable AWS_LAMBDA_RUNTIME_API is no address")]
    Endpoint(#[from] InvalidAddress),
    /// The extension has no name, and the executable has none that could be taken.
    #[error("the extension has no name")]
    NoName,
    /// The call cannot be written.
    #[error("{call} cannot be written")]
    Encode {
        /// The call.
        call: &'static str,
        /// The header.
        source: EncodeError,
    },
    /// The call got no reply.
    #[error("{call} got no reply in {attempts} attempts")]
    NoReply {
        /// The call.
        call: &'static str,
        /// How many there were.
        attempts: u32,
        /// How far the last one got; names the endpoint.
        source: TransportError,
    },
    /// The call got no reply in time; it is one that is answered at once, or not at all.
    #[error("{call} got no reply in five seconds")]
    TimedOut {
        /// The call.
        call: &'static str,
    },
    /// The API refused the call. After a 5xx an extension should exit.
    #[error("{call} was refused")]
    Refused {
        /// The call.
        call: &'static str,
        /// Status, error type and message of the answer.
        source: ErrorReply,
    },
    /// The reply cannot be used.
    #[error("the reply to {call} cannot be used")]
    Unreadable {
        /// The call.
        call: &'static str,
        /// What is missing or odd in it.
        source: DecodeError,
    },
    /// The environment has shut down; there are no more events.
    #[error("there are no events after a shutdown")]
    ShutDown,
    /// What was to be subscribed to is out of the API's bounds; nothing was sent.
    #[error("the subscription is not valid")]
    Subscription(#[from] Problems),
    /// The telemetry listener cannot be opened, or not be subscribed.
    #[error("the telemetry listener cannot be used")]
    Telemetry(#[from] TelemetryError),
    /// The extension's own handler failed; the same was posted to init/error or exit/error.
    #[error("the extension failed")]
    Failed(#[source] Failure),
}

impl ExtensionError {
    /// Whether the environment has no telemetry at all, as local emulators have none: an extension may go on without.
    ///
    /// They answer 202, which is a refusal.
    pub fn is_not_supported(&self) -> bool {
        matches!(self, Self::Refused { source, .. } if source.status() == StatusCode::ACCEPTED)
    }

    pub(crate) fn of_reply(call: &'static str, error: ReplyError) -> Self {
        match error {
            ReplyError::Refused(source) => Self::Refused { call, source },
            ReplyError::Unreadable(source) => Self::Unreadable { call, source },
        }
    }
}
