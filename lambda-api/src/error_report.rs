//! What a guest says about a failure: the body of error and init/error, and of the error trailer.
//!
//! The category beside it is [`ErrorType`](crate::ErrorType). What the service says when it refuses a
//! call is [`ErrorReply`](crate::ErrorReply).

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{DecodeError, json};

/// A failure as the caller of the function sees it.
///
/// The three documented members are `errorMessage`, `errorType` and `stackTrace`
/// ([Runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html)); `cause` is what the managed
/// Java runtime adds. Members that other runtimes add (`requestId`, `trace`) are kept in `other`.
///
/// ```
/// use lambda_api::ErrorReport;
///
/// let report = ErrorReport::new("OrderNotFound", "no order 42");
/// assert_eq!(report.to_json(), r#"{"errorMessage":"no order 42","errorType":"OrderNotFound"}"#);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ErrorReport {
    /// What happened, in words for a person.
    #[serde(default)]
    pub error_message: String,
    /// A short stable name that machines can match, such as `OrderNotFound`; left out if empty, which only a
    /// cause may be.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub error_type: String,
    /// Where it happened, innermost first; left out if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stack_trace: Vec<String>,
    /// What led to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Box<Self>>,
    /// Members that are not documented.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl ErrorReport {
    /// A report with a type and a message, and neither stack nor cause.
    pub fn new(error_type: impl Into<String>, error_message: impl Into<String>) -> Self {
        Self { error_type: error_type.into(), error_message: error_message.into(), ..Self::default() }
    }

    /// The report as JSON.
    pub fn to_json(&self) -> String {
        // Strings, arrays and objects with string keys always encode.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The report as the body of a call.
    pub fn to_bytes(&self) -> Bytes {
        self.to_json().into()
    }

    /// Reads a report from the body of a call.
    ///
    /// # Errors
    ///
    /// [`DecodeError::InvalidBody`] names the member that is not as documented. Lambda itself forwards any
    /// bytes unchanged, so a service must not refuse a body because of this.
    #[inline]
    pub fn from_bytes(body: &[u8]) -> Result<Self, DecodeError> {
        json::decode(body).map_err(|source| DecodeError::InvalidBody { expected: "an error report", source })
    }
}
