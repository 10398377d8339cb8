//! The trailers that end a streamed response whose function failed half-way.
//!
//! They are HTTP trailers, never text in the body; both are announced in the head
//! ([`response::Call::to_http`](super::response::Call::to_http)).

use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderMap, HeaderValue};

use crate::{
    DecodeError, ErrorReport, ErrorType,
    convert::{invalid, optional_text},
    header,
};

/// Category and report of a failure after the first byte.
///
/// Source:
/// [Response streaming](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming).
///
/// ```
/// use lambda_api::{ErrorReport, ErrorType, runtime::ErrorTrailers};
///
/// let trailers = ErrorTrailers::new(&ErrorType::function("Boom"), &ErrorReport::new("Boom", "it broke"));
/// assert_eq!(ErrorTrailers::from_http(&trailers.to_http())?, Some(trailers));
/// # Ok::<(), lambda_api::DecodeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorTrailers {
    /// The category as it was sent; [`ErrorType::normalise`] gives what is recorded.
    pub error_type: Option<String>,
    /// The report: normally an [`ErrorReport`] as JSON, but any bytes.
    pub body: Vec<u8>,
}

impl ErrorTrailers {
    /// Reports a failure with its category.
    pub fn new(error_type: &ErrorType, report: &ErrorReport) -> Self {
        Self { error_type: Some(error_type.as_str().to_owned()), body: report.to_json().into_bytes() }
    }

    /// Encodes the trailers; a category that no header can carry is left out.
    pub fn to_http(&self) -> HeaderMap {
        let mut trailers = HeaderMap::with_capacity(2);
        let error_type = self.error_type.as_ref().and_then(|text| HeaderValue::from_str(text).ok());
        if let Some(value) = error_type {
            trailers.insert(header::ERROR_TYPE, value);
        }
        if let Ok(value) = HeaderValue::try_from(BASE64_STANDARD.encode(&self.body)) {
            trailers.insert(header::ERROR_BODY, value);
        }
        trailers
    }

    /// Decodes the trailers; `None` if the stream ended well.
    ///
    /// # Errors
    ///
    /// [`DecodeError::InvalidHeader`] if the body is not base64 or the category not text.
    #[inline]
    pub fn from_http(trailers: &HeaderMap) -> Result<Option<Self>, DecodeError> {
        let error_type = optional_text(trailers, &header::ERROR_TYPE)?.map(str::to_owned);
        let body = match optional_text(trailers, &header::ERROR_BODY)? {
            Some(text) => Some(
                BASE64_STANDARD.decode(text).map_err(|_| invalid(&header::ERROR_BODY, "standard base64"))?,
            ),
            None => None,
        };
        Ok(match (error_type, body) {
            (None, None) => None,
            (error_type, body) => Some(Self { error_type, body: body.unwrap_or_default() }),
        })
    }
}
