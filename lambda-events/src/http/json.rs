//! JSON that is written straight into a buffer.

use std::borrow::Cow;

use http::HeaderValue;

/// A text with its quotes.
pub(super) fn push_text(json: &mut Vec<u8>, text: &str) {
    // A buffer in memory takes everything.
    let _written = serde_json::to_writer(json, text);
}

/// A header as text: UTF-8 if it is that, else Latin-1, which HTTP headers are by old custom.
pub(super) fn text(value: &HeaderValue) -> Cow<'_, str> {
    match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => text.into(),
        Err(_) => value.as_bytes().iter().copied().map(char::from).collect(),
    }
}
