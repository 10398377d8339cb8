//! JSON inside JSON: payloads stand in records as the bytes that they are.

use std::borrow::Cow;

use serde_json::value::{RawValue, to_raw_value};

/// The bytes as they are if they are JSON; otherwise as a JSON string.
pub(super) fn embedded(bytes: &[u8]) -> Cow<'_, RawValue> {
    match serde_json::from_slice::<&RawValue>(bytes) {
        Ok(raw) => Cow::Borrowed(raw),
        Err(_) => Cow::Owned(quoted(&String::from_utf8_lossy(bytes))),
    }
}

/// Like [`embedded`], without a line break. What is JSON has line breaks between its tokens only.
pub(super) fn on_one_line(bytes: &[u8]) -> Box<RawValue> {
    let raw = embedded(bytes);
    let text = raw.get().replace(['\n', '\r'], " ");
    RawValue::from_string(text).unwrap_or_else(|_| raw.into_owned())
}

fn quoted(text: &str) -> Box<RawValue> {
    // A string is always JSON.
    to_raw_value(text).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn json_stays_as_it_is_and_anything_else_becomes_a_string() {
        for (bytes, expected) in [
            (r#"{"a":1.0, "b" : [ ]}"#.as_bytes(), r#"{"a":1.0, "b" : [ ]}"#),
            (b" 12345678901234567890 ", "12345678901234567890"),
            (b"null", "null"),
            (b"", r#""""#),
            (b"{\"a\":", r#""{\"a\":""#),
            (b"{} {}", r#""{} {}""#),
            (b"\xFF", "\"\u{FFFD}\""),
        ] {
            assert_eq!(embedded(bytes).get(), expected);
        }
    }

    #[test]
    fn line_breaks_between_tokens_are_taken_out_and_those_of_a_text_stay() {
        let pretty = b"{\r\n  \"a\": \"one\\ntwo\"\n}";
        assert_eq!(on_one_line(pretty).get(), r#"{    "a": "one\ntwo" }"#);
        assert_eq!(on_one_line(b"one\ntwo").get(), r#""one\ntwo""#);
    }
}
