//! The refusals of the Runtime API, and the exact words of each.

use http::StatusCode;
use lambda_api::{ErrorReply, limits};

/// Why a call or an invoke was refused.
///
/// Texts and statuses are those of AWS's open-source runtime interface emulator, which is the service's own
/// code; the statuses also stand in the
/// [Runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// 400: no invocation with this request id is open.
    #[error("no invocation with this request id is open")]
    UnknownRequestId,
    /// 400: the invocation is open, but this answer belongs to an earlier attempt.
    #[error("the answer belongs to an earlier attempt")]
    StaleInvocationId,
    /// 403: the call is not allowed in this state.
    #[error("a runtime in state {from} cannot go to {to}")]
    Transition {
        /// The state, in the service's words.
        from: &'static str,
        /// Where the call would have led.
        to: &'static str,
    },
    /// 400: the response mode is neither absent nor `streaming`.
    #[error("the response mode is neither absent nor streaming")]
    InvalidResponseMode,
    /// 413: the response is larger than allowed.
    #[error("the response is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// 400: the body broke off.
    #[error("the body broke off")]
    Truncated,
    /// 404: the endpoint does not exist in this environment.
    #[error("this environment has no such endpoint")]
    NotFound,
    /// 500: there is no runtime that could make this call; it should exit.
    #[error("the environment is being shut down")]
    ContainerError,
    /// The environment already has an invoke, or will never take one again.
    #[error("the environment does not take an invoke now")]
    Unavailable,
}

impl Rejection {
    /// The refusal as the guest sees it.
    pub fn to_reply(self) -> ErrorReply {
        let bad = StatusCode::BAD_REQUEST;
        match self {
            Self::UnknownRequestId => ErrorReply::new(bad, "InvalidRequestID", "Invalid request ID"),
            Self::StaleInvocationId => ErrorReply::new(bad, "InvalidInvocationId", "Invalid invocation ID"),
            Self::Transition { from, to } => ErrorReply::new(
                StatusCode::FORBIDDEN,
                "InvalidStateTransition",
                format!(
                    "State transition from {from} to {to} failed for runtime. Error: State transition is not allowed"
                ),
            ),
            Self::InvalidResponseMode => {
                ErrorReply::new(bad, "InvalidFunctionResponseMode", "Invalid function response mode")
            }
            Self::TooLarge { limit } => ErrorReply::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestEntityTooLarge",
                format!("Exceeded maximum allowed payload size ({limit} bytes)."),
            ),
            Self::Truncated => {
                ErrorReply::new(bad, "TruncatedHTTPRequest", "HTTP request detected as truncated")
            }
            Self::NotFound => ErrorReply::plain(StatusCode::NOT_FOUND, "404 page not found\n"),
            Self::ContainerError | Self::Unavailable => ErrorReply::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "InternalServerError",
                "Internal Server Error",
            ),
        }
    }

    /// The refusal of a body over the limit that Lambda documents.
    pub const fn too_large() -> Self {
        Self::TooLarge { limit: limits::RESPONSE_BYTES }
    }
}
