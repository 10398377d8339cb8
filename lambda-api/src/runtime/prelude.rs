//! The HTTP metadata at the head of a streamed response: status, headers and cookies.
//!
//! Function URLs and API Gateway take it off the stream; to every other caller it is part of the payload.

use std::collections::BTreeMap;

use bytes::{BufMut, Bytes, BytesMut};
use serde::{Deserialize, Serialize};

use crate::{DecodeError, json};

/// Status, headers and cookies of a streamed HTTP response: JSON, then eight NUL bytes, then the body.
///
/// It counts only with the content type [`Prelude::CONTENT_TYPE`]. Source:
/// [Response streaming](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming)
/// and AWS's Node.js runtime interface client.
///
/// ```
/// use lambda_api::runtime::Prelude;
///
/// let prelude = Prelude::new(200).header("content-type", "text/html");
/// let bytes = prelude.to_bytes();
/// assert_eq!(
///     &bytes[..],
///     b"{\"statusCode\":200,\"headers\":{\"content-type\":\"text/html\"}}\0\0\0\0\0\0\0\0",
/// );
/// let stream = [&bytes[..], b"<html>"].concat();
/// assert_eq!(Prelude::split(&stream)?, Some((prelude, &b"<html>"[..])));
/// # Ok::<(), lambda_api::DecodeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Prelude {
    /// The HTTP status.
    #[serde(default = "ok")]
    pub status_code: u16,
    /// The headers; a repeated header is one text joined with commas, but for cookies.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Headers with more than one value; REST APIs alone
    /// [read it](https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub multi_value_headers: BTreeMap<String, Vec<String>>,
    /// What becomes one `Set-Cookie` header each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cookies: Vec<String>,
}

fn ok() -> u16 {
    200
}

impl Prelude {
    /// The content type of a response that begins with a prelude.
    pub const CONTENT_TYPE: &str = "application/vnd.awslambda.http-integration-response";
    /// What ends the prelude. JSON text cannot contain a NUL.
    pub const END: [u8; 8] = [0; 8];

    /// A prelude with a status only.
    pub fn new(status_code: u16) -> Self {
        Self {
            status_code,
            headers: BTreeMap::new(),
            multi_value_headers: BTreeMap::new(),
            cookies: Vec::new(),
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.insert(name.into(), value.into());
        self
    }

    /// Adds a cookie.
    #[must_use]
    pub fn cookie(mut self, cookie: impl Into<String>) -> Self {
        self.cookies.push(cookie.into());
        self
    }

    /// The prelude with the bytes that end it.
    pub fn to_bytes(&self) -> Bytes {
        let mut bytes = BytesMut::with_capacity(256).writer();
        // A number and strings always encode, and writing to memory does not fail.
        let _infallible = serde_json::to_writer(&mut bytes, self);
        let mut bytes = bytes.into_inner();
        bytes.extend_from_slice(&Self::END);
        bytes.freeze()
    }

    /// Takes the prelude off the head of a stream; `None` as long as its end has not come.
    ///
    /// # Errors
    ///
    /// [`DecodeError::InvalidBody`] if what stands before the end is not a prelude.
    #[inline]
    pub fn split(stream: &[u8]) -> Result<Option<(Self, &[u8])>, DecodeError> {
        let Some(end) = stream.windows(Self::END.len()).position(|window| window == Self::END) else {
            return Ok(None);
        };
        let prelude = json::decode(&stream[..end])
            .map_err(|source| DecodeError::InvalidBody { expected: "an HTTP prelude", source })?;
        Ok(Some((prelude, &stream[end + Self::END.len()..])))
    }

    /// Takes the prelude off a stream that has ended.
    ///
    /// # Errors
    ///
    /// As [`split`](Self::split), and [`DecodeError::UnterminatedPrelude`] if the end never came.
    #[inline]
    pub fn split_complete(stream: &[u8]) -> Result<(Self, &[u8]), DecodeError> {
        Self::split(stream)?.ok_or(DecodeError::UnterminatedPrelude)
    }
}
