//! The refusals of the Runtime and Extensions APIs, and the exact words of each.

use http::StatusCode;
use lambda_api::ErrorReply;

/// Why a call or an invoke was refused.
///
/// Texts and statuses are those of AWS's open-source runtime interface emulator, which is the service's own
/// code; the statuses also stand in the
/// [Runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
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
    /// 403: a call of an extension.
    #[error(transparent)]
    Extension(Box<ExtensionRejection>),
}

/// Why a call of an extension was refused; all are 403.
///
/// The texts are those of AWS's open-source runtime interface emulator.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum ExtensionRejection {
    /// The name is missing or empty.
    #[error("Empty extension name")]
    EmptyName,
    /// The registration is not JSON of the right form.
    #[error("{problem}")]
    Format {
        /// What is wrong with it.
        problem: String,
    },
    /// An event that does not exist, or that an internal extension may not have.
    #[error("{event}: {reason}")]
    EventType {
        /// The event.
        event: String,
        /// Why not.
        reason: &'static str,
    },
    /// An internal extension of this name has registered before.
    #[error("Extension with this name already registered")]
    NameTaken,
    /// Too late for an internal extension: the runtime has asked for work.
    #[error("Extension registration closed already")]
    RegistrationClosed,
    /// There are ten already.
    #[error("Extension limit (10) reached")]
    TooMany,
    /// The call is not allowed in this state.
    #[error(
        "State transition from {from} to {to} failed for extension {extension}. Error: State transition is not allowed"
    )]
    Transition {
        /// The state, in the service's words.
        from: &'static str,
        /// Where the call would have led.
        to: &'static str,
        /// The extension's name or identifier.
        extension: String,
    },
    /// There is no identifier.
    #[error("Missing Lambda-Extension-Identifier header")]
    MissingIdentifier,
    /// The identifier is no UUID.
    #[error("Invalid Lambda-Extension-Identifier")]
    InvalidIdentifier,
    /// Nobody has this identifier.
    #[error("Unknown extension {extension_id}")]
    UnknownIdentifier {
        /// The identifier.
        extension_id: String,
    },
    /// Nobody who could have failed has this identifier.
    #[error("Unknown Lambda-Extension-Identifier")]
    UnknownFailing,
    /// A failure was posted without its category.
    #[error("Lambda-Extension-Function-Error-Type not found")]
    MissingErrorType,
}

impl ExtensionRejection {
    fn error_type(&self) -> &'static str {
        match self {
            Self::EmptyName => "Extension.InvalidExtensionName",
            Self::Format { .. } => "InvalidRequestFormat",
            Self::EventType { .. } => "Extension.InvalidEventType",
            Self::NameTaken | Self::Transition { .. } => "Extension.InvalidExtensionState",
            Self::RegistrationClosed => "Extension.RegistrationClosed",
            Self::TooMany => "Extension.TooManyExtensions",
            Self::MissingIdentifier => "Extension.MissingExtensionIdentifier",
            Self::InvalidIdentifier => "Extension.InvalidExtensionIdentifier",
            Self::UnknownIdentifier { .. } | Self::UnknownFailing => "Extension.UnknownExtensionIdentifier",
            Self::MissingErrorType => "Extension.MissingHeader",
        }
    }
}

impl From<ExtensionRejection> for Rejection {
    fn from(rejection: ExtensionRejection) -> Self {
        Self::Extension(Box::new(rejection))
    }
}

impl Rejection {
    /// The refusal as the guest sees it.
    pub fn to_reply(&self) -> ErrorReply {
        let bad = StatusCode::BAD_REQUEST;
        match self {
            Self::Extension(rejection) => {
                ErrorReply::new(StatusCode::FORBIDDEN, rejection.error_type(), rejection.to_string())
            }
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
}
