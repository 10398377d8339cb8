//! What the caller of the function gets, and the exact words of the answers that the platform makes itself.
//!
//! Whether an invocation failed is decided by which call the runtime made, never by looking into the JSON.

use std::time::Duration;

use bytes::Bytes;
use lambda_api::{ErrorReport, ErrorType, RequestId, runtime::ErrorTrailers};

use super::Exit;

/// The function's response, or what stands in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The bytes for the caller.
    pub payload: Bytes,
    /// The content type that the runtime gave.
    pub content_type: Option<String>,
    /// Whether, and how, the function failed.
    pub error: Option<FunctionError>,
}

/// How a function failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FunctionError {
    /// The category as Lambda records it, such as `Function.OrderNotFound` or `Runtime.ExitError`.
    pub error_type: String,
}

impl Answer {
    /// The runtime's response.
    pub(crate) fn response(payload: Bytes, content_type: Option<String>) -> Self {
        Self { payload, content_type, error: None }
    }

    /// The runtime's error report, whatever bytes it is.
    pub(crate) fn reported(error_type: Option<&str>, payload: Bytes, content_type: Option<String>) -> Self {
        let error_type = ErrorType::normalise(error_type).to_string();
        Self { payload, content_type, error: Some(FunctionError { error_type }) }
    }

    /// A stream that ended with error trailers; a caller that does not stream gets the report.
    pub(crate) fn failed_stream(trailers: &ErrorTrailers) -> Self {
        let body = Bytes::from(trailers.body.clone());
        Self::reported(trailers.error_type.as_deref(), body, Some("application/json".to_owned()))
    }

    /// The response is larger than allowed. The words are those of the service, recorded in November 2025.
    pub(crate) fn too_large(limit: usize) -> Self {
        let report = ErrorReport::new(
            ErrorType::RESPONSE_SIZE_TOO_LARGE,
            format!("Response payload size exceeded maximum allowed payload size ({limit} bytes)."),
        );
        Self::failed(ErrorType::RESPONSE_SIZE_TOO_LARGE, report.to_bytes())
    }

    /// The response mode was impossible; the caller gets an error without a payload.
    pub(crate) fn invalid_response_mode() -> Self {
        Self { content_type: None, ..Self::failed(ErrorType::INVALID_RESPONSE_MODE, Bytes::new()) }
    }

    /// The response broke off.
    pub(crate) fn truncated(request_id: &RequestId) -> Self {
        Self::platform(ErrorType::TRUNCATED_RESPONSE, request_id, "Runtime response was truncated")
    }

    /// The deadline passed. The words are those of the service, recorded in November 2025.
    pub(crate) fn timed_out(request_id: &RequestId, timeout: Duration) -> Self {
        let message = format!("Task timed out after {:.2} seconds", timeout.as_secs_f64());
        Self::platform(ErrorType::TIMED_OUT, request_id, &message)
    }

    /// The runtime's process ended. The words are those of the service, recorded in November 2025.
    pub(crate) fn exited(request_id: &RequestId, exit: Exit) -> Self {
        let message = match exit {
            Exit::Code(0) => "Runtime exited without providing a reason".to_owned(),
            other => format!("Runtime exited with error: {other}"),
        };
        Self::platform(ErrorType::EXIT, request_id, &message)
    }

    /// The environment was shut down with the invocation in it.
    pub(crate) fn shut_down(request_id: &RequestId) -> Self {
        Self::platform(ErrorType::SANDBOX_FAILURE, request_id, "The execution environment was shut down")
    }

    /// An answer that the platform makes itself; the type stands before the message.
    pub(crate) fn platform(error_type: &str, request_id: &RequestId, message: &str) -> Self {
        #[derive(serde::Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'a> {
            error_type: &'a str,
            error_message: String,
        }

        let error_message = format!("RequestId: {request_id} Error: {message}");
        let body = serde_json::to_string(&Body { error_type, error_message }).unwrap_or_default();
        Self::failed(error_type, body.into())
    }

    fn failed(error_type: &str, payload: Bytes) -> Self {
        let error = Some(FunctionError { error_type: error_type.to_owned() });
        Self { payload, content_type: Some("application/json".to_owned()), error }
    }
}
