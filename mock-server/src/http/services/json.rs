//! The JSON protocols of AWS: bodies, and the form of errors. Sources:
//! [protocol 1.0](https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html),
//! [protocol 1.1](https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html).
//!
//! Which errors there are is each service's business.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header::CONTENT_TYPE};
use serde::{Serialize, de::DeserializeOwned};

/// The error's code as it was before a service spoke JSON: clients still tell errors by it.
/// [Query compatibility](https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait).
const QUERY_ERROR: HeaderName = HeaderName::from_static("x-amzn-query-error");

/// Which of the two protocols a service speaks; they differ in the name of their content type.
#[derive(Clone, Copy, Debug)]
pub(super) enum Version {
    V1_0,
    V1_1,
}

/// A call is refused.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) status: StatusCode,
    /// The name, with its namespace if the service writes one.
    pub(super) kind: &'static str,
    /// The code that stands for it in the service's older protocol.
    pub(super) query_code: Option<&'static str>,
    pub(super) message: String,
}

impl Fault {
    pub(super) fn new(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Self { status, kind, query_code: None, message: message.into() }
    }

    pub(super) fn bad_request(kind: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, kind, message)
    }

    /// The body is not what the operation takes.
    pub(super) fn malformed(message: impl Into<String>) -> Self {
        Self::bad_request("SerializationException", message)
    }

    pub(super) fn unknown_operation(operation: &str) -> Self {
        Self::bad_request("UnknownOperationException", not_emulated(operation))
    }
}

/// What is said of everything that is left out.
pub(super) fn not_emulated(what: &str) -> String {
    format!("{what} is not emulated")
}

/// Reads a body; none at all is an empty object.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| Fault::malformed(error.to_string()))
}

/// The body of an answer.
pub(super) fn body(answer: &impl Serialize) -> Bytes {
    // Texts, numbers, and maps with texts for keys: nothing that could fail.
    serde_json::to_vec(answer).unwrap_or_default().into()
}

pub(super) fn reply(version: Version, answered: Result<Bytes, Fault>) -> Response<Bytes> {
    let content_type = match version {
        Version::V1_0 => "application/x-amz-json-1.0",
        Version::V1_1 => "application/x-amz-json-1.1",
    };
    let mut reply = match answered {
        Ok(body) => Response::new(body),
        Err(fault) => refusal(&fault),
    };
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    reply
}

fn refusal(fault: &Fault) -> Response<Bytes> {
    #[derive(Serialize)]
    struct Error<'a> {
        #[serde(rename = "__type")]
        kind: &'a str,
        message: &'a str,
    }

    let mut reply = Response::new(body(&Error { kind: fault.kind, message: &fault.message }));
    *reply.status_mut() = fault.status;
    let code = fault.query_code.map(|code| format!("{code};Sender"));
    // It is printable.
    if let Some(value) = code.and_then(|code| HeaderValue::from_str(&code).ok()) {
        reply.headers_mut().insert(QUERY_ERROR, value);
    }
    reply
}
