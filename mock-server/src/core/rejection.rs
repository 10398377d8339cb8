//! The refusals of the Runtime and Extensions APIs, and the exact words of each.

use http::{HeaderValue, StatusCode, header::CONTENT_TYPE};
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
        /// Whether the core of managed instances says so, whose text begins in lower case.
        is_managed: bool,
    },
    /// 410: the invocation has timed out, and this is the first answer to it since. Multi-concurrency only.
    #[error("the invocation has timed out")]
    TimedOut,
    /// The request id is that of an invocation that is still under way. Multi-concurrency only.
    #[error("an invocation with this request id is under way")]
    DuplicateRequestId,
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
    /// 202, which is no acceptance: this extension uses the other of the two APIs for telemetry.
    #[error("the {api} API is not supported")]
    NotSupported {
        /// `Telemetry` or `Logs`.
        api: &'static str,
    },
    /// 400: the subscription cannot be what it says.
    #[error("{problems}")]
    InvalidSubscription {
        /// `Telemetry` or `Logs`.
        api: &'static str,
        /// All that is wrong with it.
        problems: String,
    },
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
    /// An internal extension asks for events, which it may not on managed instances.
    #[error("No events allowed for internal extensions")]
    NoEvents,
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
        "State transition from {from} to {to} failed for extension {extension}. Error: {}tate transition is not allowed",
        if *is_managed { 's' } else { 'S' }
    )]
    Transition {
        /// The state, in the service's words.
        from: &'static str,
        /// Where the call would have led.
        to: &'static str,
        /// The extension's name or identifier.
        extension: String,
        /// Whether the core of managed instances says so, whose text begins in lower case.
        is_managed: bool,
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
    /// Too late to subscribe: init is over.
    #[error("{api} API subscription is closed")]
    SubscriptionClosed {
        /// `Telemetry` or `Logs`.
        api: &'static str,
    },
}

impl ExtensionRejection {
    fn error_type(&self) -> &'static str {
        match self {
            Self::SubscriptionClosed { api: "Logs" } => "Logs.SubscriptionClosed",
            Self::SubscriptionClosed { .. } => "Telemetry.SubscriptionClosed",
            Self::EmptyName => "Extension.InvalidExtensionName",
            Self::Format { .. } => "InvalidRequestFormat",
            Self::EventType { .. } | Self::NoEvents => "Extension.InvalidEventType",
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
            Self::NotSupported { api } => ErrorReply::new(
                StatusCode::ACCEPTED,
                if *api == "Logs" { "Logs.NotSupported" } else { "Telemetry.NotSupported" },
                format!("{api} API is not supported"),
            ),
            Self::InvalidSubscription { api, problems } => {
                let error_type = if *api == "Logs" { "Logs.ValidationError" } else { "ValidationError" };
                // Another part of the service says this, in a form of its own.
                let message = serde_json::Value::from(problems.clone());
                let body = format!(r#"{{"errorType": "{error_type}", "errorMessage": {message}}}"#);
                let mut reply = http::Response::new(body.into());
                *reply.status_mut() = bad;
                reply
                    .headers_mut()
                    .insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
                ErrorReply::from_http(reply)
            }
            Self::UnknownRequestId => ErrorReply::new(bad, "InvalidRequestID", "Invalid request ID"),
            Self::StaleInvocationId => ErrorReply::new(bad, "InvalidInvocationId", "Invalid invocation ID"),
            Self::Transition { from, to, is_managed } => {
                let initial = if *is_managed { 's' } else { 'S' };
                ErrorReply::new(
                    StatusCode::FORBIDDEN,
                    "InvalidStateTransition",
                    format!(
                        "State transition from {from} to {to} failed for runtime. Error: {initial}tate transition is not allowed"
                    ),
                )
            }
            Self::TimedOut => ErrorReply::new(StatusCode::GONE, "InvokeTimeout", "Invoke timeout"),
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
            Self::ContainerError | Self::Unavailable | Self::DuplicateRequestId => ErrorReply::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "InternalServerError",
                "Internal Server Error",
            ),
        }
    }
}
