//! `GET …/runtime/restore/next` and `POST …/runtime/restore/error`: SnapStart.
//!
//! A runtime runs its before-snapshot hooks, calls restore/next, and is frozen inside that call. When the
//! reply comes it is a copy of itself, with a stale clock, connections and random state; it runs its
//! after-restore hooks and goes on with next. Source:
//! [SnapStart](https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html) and its
//! [runtime hooks](https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks.html).

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};

use super::init_error::encode;
use crate::{
    DecodeError, EncodeError, Endpoint, ErrorReply, ErrorReport, ErrorType, convert::optional_string, header,
};

/// The call to restore/next; it has neither headers nor a body of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextCall;

impl NextCall {
    /// Encodes the call.
    pub fn to_http(self) -> Request<Bytes> {
        Endpoint::RestoreNext.to_http(Bytes::new())
    }
}

/// The reply to restore/next: the environment has been restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restored;

impl Restored {
    /// Encodes the reply: 200 and no body.
    #[inline]
    pub fn to_http(self) -> Response<Bytes> {
        Response::new(Bytes::new())
    }

    /// Decodes the reply.
    ///
    /// # Errors
    ///
    /// The refusal, for any status but 200. Without SnapStart that is a 404.
    pub fn from_http(reply: Response<Bytes>) -> Result<Self, ErrorReply> {
        if reply.status() == StatusCode::OK { Ok(Self) } else { Err(ErrorReply::from_http(reply)) }
    }
}

/// The call to restore/error: a hook failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorCall {
    /// The category as it was sent; [`ErrorType::normalise`] gives what is recorded.
    pub error_type: Option<String>,
    /// What the caller gets as payload.
    pub body: Bytes,
}

impl ErrorCall {
    /// Reports a failure with its category.
    pub fn new(error_type: &ErrorType, report: &ErrorReport) -> Self {
        Self { error_type: Some(error_type.as_str().to_owned()), body: report.to_bytes() }
    }

    /// Encodes the call.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if the category cannot stand in a header.
    pub fn to_http(&self) -> Result<Request<Bytes>, EncodeError> {
        encode(&Endpoint::RestoreError, self.error_type.as_deref(), &self.body)
    }

    /// Decodes the call.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if the category is not text.
    #[inline]
    pub fn from_http(headers: &HeaderMap, body: Bytes) -> Result<Self, DecodeError> {
        Ok(Self { error_type: optional_string(headers, &header::ERROR_TYPE)?, body })
    }
}
