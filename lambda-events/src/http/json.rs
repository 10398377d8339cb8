//! JSON that is written straight into a buffer.

use std::borrow::Cow;

use base64::{Engine, prelude::BASE64_STANDARD};
use http::HeaderValue;

/// A text with its quotes.
pub(super) fn push_text(json: &mut Vec<u8>, text: &str) {
    // A buffer in memory takes everything.
    let _written = serde_json::to_writer(json, text);
}

/// Bytes as a text of base64.
pub(super) fn push_base64(json: &mut Vec<u8>, bytes: &[u8]) {
    json.push(b'"');
    let start = json.len();
    // Four letters for three bytes, and there is room for the last ones.
    json.resize(start + bytes.len().div_ceil(3) * 4, 0);
    let written = BASE64_STANDARD.encode_slice(bytes, &mut json[start..]).unwrap_or_default();
    json.truncate(start + written);
    json.push(b'"');
}

/// A header as text: UTF-8 if it is that, else Latin-1, which HTTP headers are by old custom.
pub(super) fn text(value: &HeaderValue) -> Cow<'_, str> {
    match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => text.into(),
        Err(_) => value.as_bytes().iter().copied().map(char::from).collect(),
    }
}
