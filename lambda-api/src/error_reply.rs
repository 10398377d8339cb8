//! What the service answers to a call that it accepts, refuses or cannot serve.
//!
//! Which refusal a call deserves is decided by the service; here is only how it looks on the wire.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use serde::{Deserialize, Serialize};

use crate::{DecodeError, convert::set_json_type, json};

/// The service took what was posted: 202 `{"status":"OK"}`.
///
/// ```
/// use lambda_api::Accepted;
///
/// let reply = Accepted.to_http();
/// assert_eq!((reply.status().as_u16(), &reply.body()[..]), (202, &b"{\"status\":\"OK\"}\n"[..]));
/// assert_eq!(Accepted::from_http(reply), Ok(Accepted));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted;

impl Accepted {
    /// The reply with its body.
    #[inline]
    pub fn to_http(self) -> Response<Bytes> {
        let mut reply = Response::new(Bytes::from_static(b"{\"status\":\"OK\"}\n"));
        *reply.status_mut() = StatusCode::ACCEPTED;
        set_json_type(reply.headers_mut());
        reply
    }

    /// Any 2xx counts: emulators answer 200 with nothing in it.
    ///
    /// # Errors
    ///
    /// The refusal, for any other status.
    pub fn from_http(reply: Response<Bytes>) -> Result<Self, ErrorReply> {
        if reply.status().is_success() { Ok(Self) } else { Err(ErrorReply::from_http(reply)) }
    }
}

/// A reply with an error status; nothing of it is lost, whatever the body is.
///
/// ```
/// use bytes::Bytes;
/// use http::StatusCode;
/// use lambda_api::ErrorReply;
///
/// let refusal = ErrorReply::new(StatusCode::BAD_REQUEST, "InvalidRequestID", "Invalid request ID");
/// assert_eq!(
///     refusal.body(),
///     &b"{\"errorMessage\":\"Invalid request ID\",\"errorType\":\"InvalidRequestID\"}\n"[..],
/// );
/// assert_eq!(refusal.to_string(), "400 Bad Request: InvalidRequestID: Invalid request ID");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorReply {
    // One word wide, because it stands in the error half of many results.
    inner: Box<Inner>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    status: StatusCode,
    parsed: Option<Body>,
    content_type: Option<HeaderValue>,
    body: Bytes,
}

/// The documented body of an error, in the order in which the service writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    error_message: String,
    error_type: String,
}

impl ErrorReply {
    /// A refusal with the body that the service gives it.
    #[inline]
    pub fn new(status: StatusCode, error_type: &str, error_message: impl Into<String>) -> Self {
        let parsed = Body { error_message: error_message.into(), error_type: error_type.to_owned() };
        let json = serde_json::to_string(&parsed).unwrap_or_default();
        let body = json::escape_as_service(&json) + "\n";
        let content_type = Some(HeaderValue::from_static("application/json"));
        Self::from_inner(Inner { status, parsed: Some(parsed), content_type, body: body.into() })
    }

    /// A refusal whose body is plain text or nothing, such as `404 page not found`.
    #[inline]
    pub fn plain(status: StatusCode, text: &'static str) -> Self {
        let content_type =
            (!text.is_empty()).then_some(HeaderValue::from_static("text/plain; charset=utf-8"));
        Self::from_inner(Inner {
            status,
            parsed: None,
            content_type,
            body: Bytes::from_static(text.as_bytes()),
        })
    }

    fn from_inner(inner: Inner) -> Self {
        Self { inner: Box::new(inner) }
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.inner.status
    }

    /// The error type, if the body is an error body.
    pub fn error_type(&self) -> Option<&str> {
        self.inner.parsed.as_ref().map(|body| body.error_type.as_str())
    }

    /// The error message, if the body is an error body.
    pub fn error_message(&self) -> Option<&str> {
        self.inner.parsed.as_ref().map(|body| body.error_message.as_str())
    }

    /// The body as it was sent.
    pub fn body(&self) -> &Bytes {
        &self.inner.body
    }

    /// The reply as it stands on the wire.
    #[inline]
    pub fn to_http(&self) -> Response<Bytes> {
        let mut reply = Response::new(self.inner.body.clone());
        *reply.status_mut() = self.inner.status;
        if let Some(content_type) = &self.inner.content_type {
            reply.headers_mut().insert(http::header::CONTENT_TYPE, content_type.clone());
        }
        reply
    }

    /// Takes any reply; a body that is not an error body is kept as bytes.
    pub fn from_http(reply: Response<Bytes>) -> Self {
        let (parts, body) = reply.into_parts();
        let parsed = serde_json::from_slice(&body).ok();
        let content_type = content_type(&parts.headers);
        Self::from_inner(Inner { status: parts.status, parsed, content_type, body })
    }
}

fn content_type(headers: &HeaderMap) -> Option<HeaderValue> {
    headers.get(http::header::CONTENT_TYPE).cloned()
}

impl std::fmt::Display for ErrorReply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        /// Enough to recognise a proxy's error page, and no more than a log line bears.
        const SHOWN: usize = 200;

        write!(f, "{}", self.inner.status)?;
        match &self.inner.parsed {
            Some(body) => write!(f, ": {}: {}", body.error_type, body.error_message),
            None if self.inner.body.is_empty() => Ok(()),
            None => {
                let shown = &self.inner.body[..self.inner.body.len().min(SHOWN)];
                write!(f, ": {}", String::from_utf8_lossy(shown).escape_debug())
            }
        }
    }
}

impl std::error::Error for ErrorReply {}

/// Why a call got no usable reply although there was one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplyError {
    /// The service answered with another status than the call expects.
    #[error("the call was refused")]
    Refused(#[source] ErrorReply),
    /// The service answered with the right status, but something in the reply is missing or odd.
    #[error("the reply cannot be used")]
    Unreadable(#[source] DecodeError),
}
