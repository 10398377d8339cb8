//! `POST /2018-06-01/runtime/init/error`: the runtime could not get as far as its first next.
//!
//! After this call a runtime exits with a status other than zero. Source:
//! [Runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).

use bytes::Bytes;
use http::{HeaderMap, Request};

use crate::{
    DecodeError, EncodeError, Endpoint, ErrorReport, ErrorType,
    convert::{optional_string, set, set_json_type},
    header,
};

/// The call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// The category as it was sent; [`ErrorType::normalise`] gives what is recorded.
    pub error_type: Option<String>,
    /// What the next caller gets as payload.
    pub body: Bytes,
}

impl Call {
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
        encode(&Endpoint::InitError, self.error_type.as_deref(), &self.body)
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

/// Init/error and restore/error look alike but for their path.
pub(super) fn encode(
    endpoint: &Endpoint,
    error_type: Option<&str>,
    body: &Bytes,
) -> Result<Request<Bytes>, EncodeError> {
    let mut request = endpoint.to_http(body.clone());
    set(request.headers_mut(), header::ERROR_TYPE, error_type)?;
    set_json_type(request.headers_mut());
    Ok(request)
}
