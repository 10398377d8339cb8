//! What can go wrong between a message and its bytes, and the few helpers that read and write headers.
//!
//! Each message's own rules stand beside the message. An empty header counts as absent everywhere: AWS's
//! multi-concurrency core sends some headers with nothing in them.

use http::{HeaderMap, HeaderName, HeaderValue, header::CONTENT_TYPE};

use crate::{InvalidId, json::JsonError};

/// A message could not be read; names the header or the field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// A header that the message cannot do without is absent or empty.
    #[error("header {name} is missing")]
    MissingHeader {
        /// The header.
        name: HeaderName,
    },
    /// A header holds something else than it should. The value is left out, it may be a secret.
    #[error("header {name} is not {expected}")]
    InvalidHeader {
        /// The header.
        name: HeaderName,
        /// What should have been there, with its article.
        expected: &'static str,
    },
    /// The body holds something else than it should.
    #[error("the body is not {expected}")]
    InvalidBody {
        /// What should have been there, with its article.
        expected: &'static str,
        /// Which field, and why.
        source: JsonError,
    },
    /// A member of the body has the right JSON type and yet cannot be what it should.
    #[error("member {member} of the body is not {expected}")]
    InvalidMember {
        /// The member.
        member: &'static str,
        /// What should have been there, with its article.
        expected: &'static str,
    },
    /// The eight NUL bytes that end the prelude of a streamed HTTP response did not come.
    #[error("the HTTP prelude is not ended by eight NUL bytes")]
    UnterminatedPrelude,
}

/// A message holds a value that its header cannot carry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the value for header {name} has a character that no header can carry")]
pub struct EncodeError {
    /// The header.
    pub name: HeaderName,
}

/// The header's text, `None` if the header is absent or empty.
pub(crate) fn optional_text<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> Result<Option<&'a str>, DecodeError> {
    text(headers.get(name), name)
}

/// The text of a header that has been found already.
pub(crate) fn text<'a>(
    value: Option<&'a HeaderValue>,
    name: &HeaderName,
) -> Result<Option<&'a str>, DecodeError> {
    match value.map(HeaderValue::as_bytes) {
        None | Some([]) => Ok(None),
        Some(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(invalid(name, "UTF-8 text")),
        },
    }
}

pub(crate) fn optional_string(headers: &HeaderMap, name: &HeaderName) -> Result<Option<String>, DecodeError> {
    optional_text(headers, name).map(|text| text.map(str::to_owned))
}

pub(crate) fn required_text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<&'a str, DecodeError> {
    optional_text(headers, name)?.ok_or_else(|| DecodeError::MissingHeader { name: name.clone() })
}

/// An identifier from its header, `None` if absent.
pub(crate) fn optional_id<T: std::str::FromStr<Err = InvalidId>>(
    headers: &HeaderMap,
    name: &HeaderName,
) -> Result<Option<T>, DecodeError> {
    let Some(text) = optional_text(headers, name)? else { return Ok(None) };
    text.parse().map(Some).map_err(|InvalidId { .. }| invalid(name, "printable ASCII"))
}

pub(crate) fn invalid(name: &HeaderName, expected: &'static str) -> DecodeError {
    DecodeError::InvalidHeader { name: name.clone(), expected }
}

/// Sets the header if there is a value. UTF-8 beyond ASCII is sent as it is, as AWS's service does.
pub(crate) fn set(headers: &mut HeaderMap, name: HeaderName, text: Option<&str>) -> Result<(), EncodeError> {
    if let Some(text) = text {
        let value =
            HeaderValue::from_bytes(text.as_bytes()).map_err(|_| EncodeError { name: name.clone() })?;
        headers.insert(name, value);
    }
    Ok(())
}

/// The one content type that nearly all calls have is not made anew each time.
pub(crate) fn set_content_type(headers: &mut HeaderMap, text: Option<&str>) -> Result<(), EncodeError> {
    match text {
        Some("application/json") => set_json_type(headers),
        other => set(headers, CONTENT_TYPE, other)?,
    }
    Ok(())
}

pub(crate) fn set_json_type(headers: &mut HeaderMap) {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
}
