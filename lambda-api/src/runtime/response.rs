//! `POST /2018-06-01/runtime/invocation/{request id}/response`: the function's answer.
//!
//! The body is not part of the call's type: it may be bytes or a stream, and Lambda passes it on unseen. A
//! streamed body may begin with a [`Prelude`](super::Prelude) and end with
//! [`ErrorTrailers`](super::ErrorTrailers). Sources:
//! [Runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html),
//! [Response streaming](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming).

use std::borrow::Cow;

use http::{
    HeaderMap, HeaderValue, Request,
    header::{CONTENT_TYPE, TRAILER, TRANSFER_ENCODING},
};

use crate::{
    DecodeError, EncodeError, Endpoint, InvocationId, RequestId,
    convert::{invalid, optional_id, optional_string, optional_text, set, set_content_type},
    header,
};

/// How the body travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ResponseMode {
    /// As one piece; at most [`RESPONSE_BYTES`](crate::limits::RESPONSE_BYTES).
    #[default]
    Buffered,
    /// In chunks that the caller sees as they come, with trailers for an error half-way.
    Streaming,
}

/// The call: everything but the body.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// The invocation that is answered; stands in the path.
    pub request_id: RequestId,
    /// The attempt that is answered, if the reply to next named one.
    pub invocation_id: Option<InvocationId>,
    /// The body's content type, passed on to the caller.
    pub content_type: Option<Cow<'static, str>>,
    /// How the body travels.
    pub mode: ResponseMode,
}

/// Makes a request with its body a buffered response, of parts that stay with the caller. A runtime that makes one request
/// after the other in the same place, with the map of the last reply for its headers, moves and allocates less than with a
/// [`Call`].
///
/// # Errors
///
/// [`EncodeError`] if the content type cannot stand in a header.
pub fn write_head<B>(
    request: &mut Request<B>,
    request_id: &RequestId,
    invocation_id: Option<&InvocationId>,
    content_type: Option<&str>,
) -> Result<(), EncodeError> {
    Endpoint::response_into_http(request_id, request);
    set(request.headers_mut(), header::INVOCATION_ID, invocation_id.map(InvocationId::as_str))?;
    set_content_type(request.headers_mut(), content_type)
}

impl Call {
    /// A buffered response without content type.
    pub fn new(request_id: RequestId) -> Self {
        Self { request_id, invocation_id: None, content_type: None, mode: ResponseMode::Buffered }
    }

    /// Encodes the call around a body. In streaming mode the two error trailers are announced.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if the content type cannot stand in a header.
    pub fn to_http<B>(&self, body: B) -> Result<Request<B>, EncodeError> {
        let (invocation_id, content_type) = (self.invocation_id.as_ref(), self.content_type.as_deref());
        let mut request = Request::new(body);
        write_head(&mut request, &self.request_id, invocation_id, content_type)?;
        if self.mode == ResponseMode::Streaming {
            let headers = request.headers_mut();
            headers.insert(header::RESPONSE_MODE, HeaderValue::from_static("streaming"));
            headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
            headers.insert(
                TRAILER,
                HeaderValue::from_static(
                    "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body",
                ),
            );
        }
        Ok(request)
    }

    /// Decodes the call; the request id comes from the [`Endpoint`].
    ///
    /// # Errors
    ///
    /// [`DecodeError`] naming the header, [`RESPONSE_MODE`](header::RESPONSE_MODE) for a mode that is neither
    /// absent nor exactly `streaming`.
    #[inline]
    pub fn from_http(request_id: RequestId, headers: &HeaderMap) -> Result<Self, DecodeError> {
        let mode = match optional_text(headers, &header::RESPONSE_MODE)? {
            None => ResponseMode::Buffered,
            Some("streaming") => ResponseMode::Streaming,
            Some(_) => return Err(invalid(&header::RESPONSE_MODE, "the word streaming")),
        };
        Ok(Self {
            request_id,
            invocation_id: optional_id(headers, &header::INVOCATION_ID)?,
            content_type: optional_string(headers, &CONTENT_TYPE)?.map(Cow::Owned),
            mode,
        })
    }
}
