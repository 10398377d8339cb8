//! `POST /2018-06-01/runtime/invocation/{request id}/error`: the function's failure.
//!
//! The body is normally an [`ErrorReport`]; Lambda forwards any bytes unchanged, so it is
//! bytes here. Source: [Runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).

use bytes::Bytes;
use http::{HeaderMap, Request, header::CONTENT_TYPE};

use super::XrayErrorCause;
use crate::{
    DecodeError, EncodeError, Endpoint, ErrorReport, ErrorType, InvocationId, RequestId,
    convert::{optional_id, optional_string, set, set_content_type},
    header,
};

/// The call.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Call {
    /// The invocation that failed; stands in the path.
    pub request_id: RequestId,
    /// The attempt that failed, if the reply to next named one.
    pub invocation_id: Option<InvocationId>,
    /// The category as it was sent; [`ErrorType::normalise`] gives what is recorded.
    pub error_type: Option<String>,
    /// What X-Ray shows as the cause.
    pub xray_cause: Option<XrayErrorCause>,
    /// The body's content type.
    pub content_type: Option<String>,
    /// What the caller gets as payload.
    pub body: Bytes,
}

impl Call {
    /// Reports a failure with its category.
    pub fn new(request_id: RequestId, error_type: &ErrorType, report: &ErrorReport) -> Self {
        Self {
            request_id,
            invocation_id: None,
            error_type: Some(error_type.as_str().to_owned()),
            xray_cause: None,
            content_type: Some("application/json".to_owned()),
            body: report.to_bytes(),
        }
    }

    /// Encodes the call; an X-Ray cause is cropped to its limit.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if a text cannot stand in a header.
    pub fn to_http(&self) -> Result<Request<Bytes>, EncodeError> {
        let endpoint = Endpoint::InvocationError { request_id: self.request_id.clone() };
        let mut request = endpoint.to_http(self.body.clone());
        let headers = request.headers_mut();
        set(headers, header::INVOCATION_ID, self.invocation_id.as_ref().map(InvocationId::as_str))?;
        set(headers, header::ERROR_TYPE, self.error_type.as_deref())?;
        if let Some(cause) = &self.xray_cause {
            set(headers, header::XRAY_ERROR_CAUSE, Some(&cause.to_header_text()))?;
        }
        set_content_type(headers, self.content_type.as_deref())?;
        Ok(request)
    }

    /// Decodes the call; the request id comes from the [`Endpoint`]. An X-Ray cause that is not valid is
    /// ignored, as Lambda does.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] naming a header that is not text.
    #[inline]
    pub fn from_http(request_id: RequestId, headers: &HeaderMap, body: Bytes) -> Result<Self, DecodeError> {
        let cause = headers.get(header::XRAY_ERROR_CAUSE);
        Ok(Self {
            request_id,
            invocation_id: optional_id(headers, &header::INVOCATION_ID)?,
            error_type: optional_string(headers, &header::ERROR_TYPE)?,
            xray_cause: cause.and_then(|value| XrayErrorCause::from_json(value.as_bytes())),
            content_type: optional_string(headers, &CONTENT_TYPE)?,
            body,
        })
    }
}
