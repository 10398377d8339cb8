//! Why a call to the Extensions API did not do what it should.

use lambda_api::{
    DecodeError, EncodeError, ErrorReply, ReplyError, client::TransportError, transport::InvalidAddress,
};

/// A call to the Extensions API failed.
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
    #[error("{call} got no reply")]
    Transport {
        /// The call.
        call: &'static str,
        /// How far it got; names the endpoint.
        source: TransportError,
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
}

impl ExtensionError {
    pub(crate) fn of_reply(call: &'static str, error: ReplyError) -> Self {
        match error {
            ReplyError::Refused(source) => Self::Refused { call, source },
            ReplyError::Unreadable(source) => Self::Unreadable { call, source },
        }
    }
}
