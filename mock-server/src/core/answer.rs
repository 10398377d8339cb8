//! What the caller of the function gets, and the exact words of the answers that the platform makes itself.
//!
//! Whether an invocation failed is decided by which call the runtime made, never by looking into the JSON.

use std::time::Duration;

use bytes::Bytes;
use lambda_api::{
    ErrorReport, ErrorType, RequestId,
    runtime::{ErrorTrailers, XrayErrorCause},
};

use super::Exit;

/// The name of the error with which the service refuses an invoke beyond the concurrency.
pub(crate) const THROTTLED: &str = "TooManyRequestsException";

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
    /// Who says so: a runtime may report any category.
    pub origin: ErrorOrigin,
    /// The cause that the runtime gave for X-Ray, as JSON of at most 64 KiB.
    pub xray_cause: Option<String>,
}

/// Who says that a function failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorOrigin {
    /// The runtime has reported it.
    Runtime,
    /// The platform has found it, or has itself failed.
    Platform,
}

impl Answer {
    /// Whether the platform says that it failed so. A runtime that reports the same category is not meant.
    pub(crate) fn is_from_platform(&self, error_type: &str) -> bool {
        self.error
            .as_ref()
            .is_some_and(|error| error.origin == ErrorOrigin::Platform && error.error_type == error_type)
    }

    /// The runtime's response.
    pub(crate) fn response(payload: Bytes, content_type: Option<String>) -> Self {
        Self { payload, content_type, error: None }
    }

    /// The runtime's error report, whatever bytes it is.
    pub(crate) fn reported(
        error_type: Option<&str>,
        payload: Bytes,
        content_type: Option<String>,
        xray_cause: Option<String>,
    ) -> Self {
        /// A content type that says that the cause is inside the report.
        const WITH_CAUSE: &str = "application/vnd.aws.lambda.error.cause+json";

        let (payload, content_type, xray_cause) = match content_type {
            Some(content_type) if content_type == WITH_CAUSE => split_cause(&payload),
            content_type => (payload, content_type, xray_cause),
        };
        Self::reported_as_is(error_type, payload, content_type, xray_cause)
    }

    /// The same, whatever the content type says of its inside.
    pub(crate) fn reported_as_is(
        error_type: Option<&str>,
        payload: Bytes,
        content_type: Option<String>,
        xray_cause: Option<String>,
    ) -> Self {
        let error_type = ErrorType::normalise(error_type).to_string();
        let error = FunctionError { error_type, origin: ErrorOrigin::Runtime, xray_cause };
        Self { payload, content_type, error: Some(error) }
    }

    /// The report of a runtime that cannot start. Its content type is not taken from the call.
    pub(crate) fn reported_at_start(error_type: Option<&str>, payload: Bytes) -> Self {
        let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(&payload).is_ok();
        let content_type = if is_json { "application/json" } else { "application/octet-stream" };
        Self::reported(error_type, payload, Some(content_type.to_owned()), None)
    }

    /// The same in managed instances, whose core passes the category on and nothing else.
    pub(crate) fn category_at_start(error_type: &str) -> Self {
        let mut answer = Self::without_message(error_type);
        if let Some(error) = &mut answer.error {
            error.origin = ErrorOrigin::Runtime;
        }
        answer
    }

    /// A stream that ended with error trailers; a caller that does not stream gets the report.
    pub(crate) fn failed_stream(trailers: &ErrorTrailers) -> Self {
        let body = Bytes::from(trailers.body.clone());
        Self::reported(trailers.error_type.as_deref(), body, Some("application/json".to_owned()), None)
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
        Self::platform(ErrorType::TIMED_OUT, request_id, &out_of_time(timeout))
    }

    /// The deadline passed, in the words of the managed-instances core, which do not name the invocation.
    pub(crate) fn task_timed_out(timeout: Duration) -> Self {
        Self::from_platform(ErrorType::TIMED_OUT, Some(out_of_time(timeout)))
    }

    /// The restore took too long: a failure of the invoke, and not of the function.
    pub(crate) fn restore_timed_out(timeout: Duration) -> Self {
        let message = format!("SnapStart: the restore took longer than {:.2} seconds", timeout.as_secs_f64());
        Self::from_platform(ErrorType::RESTORE_TIMEOUT, Some(message))
    }

    /// An answer to all that is under way in an environment of managed instances, in the form of its core.
    pub(crate) fn without_message(error_type: &str) -> Self {
        Self::from_platform(error_type, None)
    }

    /// The environment has failed before there was an invocation in it.
    pub(crate) fn platform_failure(error_type: &str, message: &str) -> Self {
        Self::from_platform(error_type, Some(format!("Error: {message}")))
    }

    /// The runtime's process ended. The words are those of the service, recorded in November 2025.
    pub(crate) fn exited(request_id: &RequestId, exit: Exit) -> Self {
        let message = match exit {
            Exit::Code(0) => "Runtime exited without providing a reason".to_owned(),
            other => format!("Runtime exited with error: {other}"),
        };
        Self::platform(ErrorType::EXIT, request_id, &message)
    }

    /// No environment takes the invoke: the body of the service's 429.
    pub(crate) fn throttled(reason: &str) -> Self {
        let body = format!(r#"{{"Reason":"{reason}","Type":"User","message":"Rate Exceeded."}}"#);
        Self::failed(THROTTLED, body.into())
    }

    /// The service refuses the invoke for another reason.
    pub(crate) fn not_invoked(error_type: &str, message: &str) -> Self {
        let body = serde_json::json!({ "Type": "User", "message": message }).to_string();
        Self::failed(error_type, body.into())
    }

    /// The environment was shut down with the invocation in it.
    pub(crate) fn shut_down(request_id: &RequestId) -> Self {
        Self::platform(ErrorType::SANDBOX_FAILURE, request_id, "The execution environment was shut down")
    }

    /// An answer that the platform makes itself.
    pub(crate) fn platform(error_type: &str, request_id: &RequestId, message: &str) -> Self {
        Self::from_platform(error_type, Some(format!("RequestId: {request_id} Error: {message}")))
    }

    /// The type stands before the message.
    fn from_platform(error_type: &str, error_message: Option<String>) -> Self {
        #[derive(serde::Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'a> {
            error_type: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            error_message: Option<String>,
        }

        let body = serde_json::to_string(&Body { error_type, error_message }).unwrap_or_default();
        Self::failed(error_type, body.into())
    }

    fn failed(error_type: &str, payload: Bytes) -> Self {
        let (error_type, origin) = (error_type.to_owned(), ErrorOrigin::Platform);
        let error = Some(FunctionError { error_type, origin, xray_cause: None });
        Self { payload, content_type: Some("application/json".to_owned()), error }
    }
}

fn out_of_time(timeout: Duration) -> String {
    format!("Task timed out after {:.2} seconds", timeout.as_secs_f64())
}

/// Takes the cause out of a report that has it inside. What cannot be read is replaced, as the service does.
fn split_cause(payload: &[u8]) -> (Bytes, Option<String>, Option<String>) {
    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Report {
        #[serde(default)]
        error_message: String,
        #[serde(default)]
        error_type: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stack_trace: Option<Vec<String>>,
        #[serde(default, skip_serializing)]
        error_cause: Option<serde_json::Value>,
    }

    match serde_json::from_slice::<Report>(payload) {
        Ok(report) => {
            let cause = report.error_cause.as_ref().map(ToString::to_string);
            let cause = cause.and_then(|json| XrayErrorCause::from_json(json.as_bytes()));
            let report = serde_json::to_string(&report).unwrap_or_default();
            let cause = cause.map(|cause| cause.to_header_text());
            (report.into(), Some("application/json".to_owned()), cause)
        }
        Err(_) => {
            let report = Bytes::from_static(br#""Invalid error body""#);
            (report, Some("application/octet-stream".to_owned()), None)
        }
    }
}
