//! Why an answer cannot be sent, in the words that somebody will read.

use lambda_api::{EncodeError, ErrorType, client::TransportError, limits::RESPONSE_BYTES};

use crate::{RuntimeError, failure::Failure};

/// Why an answer could not be sent.
pub(super) enum Unsent {
    /// The invocation failed, and somebody has to be told.
    Failed(Failure),
    /// There is nobody to tell.
    Ended(Box<RuntimeError>),
}

impl Unsent {
    pub(super) fn unwritable(error: EncodeError) -> Self {
        Self::Failed(Failure::of_runtime(ErrorType::MARSHAL, &error))
    }
}

/// The connection broke while a stream was on its way.
pub(super) const STREAM_ERROR: &str = "Runtime.StreamError";

#[derive(Debug, thiserror::Error)]
#[error("the connection broke while the response was streamed")]
pub(super) struct StreamCutOff {
    pub(super) source: TransportError,
}

/// In the words of AWS's emulator.
#[derive(Debug, thiserror::Error)]
#[error(
    "Response payload size ({bytes} bytes) exceeded maximum allowed payload size ({RESPONSE_BYTES} bytes)."
)]
struct ResponseTooLarge {
    bytes: usize,
}

impl Failure {
    /// A response of so many bytes is more than Lambda takes.
    pub(crate) fn of_size(bytes: usize) -> Self {
        Self::of_runtime(ErrorType::RESPONSE_SIZE_TOO_LARGE, &ResponseTooLarge { bytes })
    }
}
