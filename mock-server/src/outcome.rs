//! What a test gets back from an invoke.

use bytes::Bytes;
use lambda_api::RequestId;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::core::{Answer, Report, THROTTLED};

/// An event for a function: any bytes, normally JSON.
///
/// ```
/// use mock_server::Payload;
///
/// let value: Payload = serde_json::json!({ "n": 21 }).into();
/// let text: Payload = r#"{"n":21}"#.into();
/// assert_eq!(value, text);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload(pub(crate) Bytes);

impl From<Value> for Payload {
    fn from(value: Value) -> Self {
        Self(value.to_string().into())
    }
}

impl From<&'static str> for Payload {
    fn from(json: &'static str) -> Self {
        Self(Bytes::from_static(json.as_bytes()))
    }
}

impl From<String> for Payload {
    fn from(json: String) -> Self {
        Self(json.into())
    }
}

impl From<Vec<u8>> for Payload {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl From<Bytes> for Payload {
    fn from(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

/// An invocation that is over: the answer, what it took, and what the function wrote meanwhile.
#[derive(Clone, Debug)]
#[must_use = "an outcome says whether the function failed"]
pub struct Outcome {
    pub(crate) request_id: RequestId,
    pub(crate) answer: Answer,
    pub(crate) report: Report,
    pub(crate) logs: Vec<String>,
    pub(crate) version: String,
}

impl Outcome {
    /// The invocation's id.
    pub fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    /// The bytes that the caller gets: the function's response, or the error report.
    pub fn payload(&self) -> &Bytes {
        &self.answer.payload
    }

    /// The payload as JSON.
    ///
    /// # Errors
    ///
    /// If the payload is not JSON.
    pub fn json(&self) -> Result<Value, serde_json::Error> {
        self.json_as()
    }

    /// The payload as a type of yours.
    ///
    /// # Errors
    ///
    /// If the payload is not JSON of that type.
    pub fn json_as<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.answer.payload)
    }

    /// The content type that the runtime gave its response.
    pub fn content_type(&self) -> Option<&str> {
        self.answer.content_type.as_deref()
    }

    /// The category of the failure, such as `Function.OrderNotFound` or `Runtime.ExitError`; `None` for a
    /// response.
    pub fn error_type(&self) -> Option<&str> {
        self.answer.error.as_ref().map(|error| error.error_type.as_str())
    }

    /// Whether the function answered with a response.
    pub fn is_success(&self) -> bool {
        self.answer.error.is_none()
    }

    /// Whether the invocation was stopped at its deadline before there was an answer.
    pub fn is_timeout(&self) -> bool {
        self.answer.is_from_platform(lambda_api::ErrorType::TIMED_OUT)
    }

    /// Whether the invoke was refused because of the function's concurrency; the function has not run.
    pub fn is_throttled(&self) -> bool {
        self.answer.is_from_platform(THROTTLED)
    }

    /// What the invocation took.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The lines that the function wrote to its output during the invocation, init before it included.
    ///
    /// Of very many lines only the last are here, as in the [`Timeline`](crate::Timeline). A function in this
    /// process writes to this process's output, and has none here.
    pub fn logs(&self) -> &[String] {
        &self.logs
    }

    /// The version that ran.
    pub fn executed_version(&self) -> &str {
        &self.version
    }
}
