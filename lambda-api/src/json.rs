//! Decodes JSON with errors that say where, and never what.
//!
//! A message of `serde_json` quotes the offending value. A payload may hold secrets and an error report
//! travels far (to the caller, to logs, to dead-letter queues), so [`JsonError`] keeps the path, the
//! position and what was expected, and leaves the value out. Keys of objects are structure and stand in the
//! path. The path costs time, so it is looked for only after decoding has failed.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;

/// Why JSON could not be decoded: where, and what was expected there.
///
/// ```
/// use lambda_api::json;
///
/// #[derive(serde::Deserialize, Debug)]
/// struct Order { items: Vec<Item> }
/// #[derive(serde::Deserialize, Debug)]
/// struct Item { count: u32 }
///
/// let error = json::decode::<Order>(br#"{"items":[{"count":"hunter2"}]}"#).unwrap_err();
/// assert_eq!(error.path(), Some("items[0].count"));
/// assert_eq!(
///     error.to_string(),
///     "items[0].count: invalid type: string, expected u32 (line 1, column 28)",
/// );
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct JsonError {
    // One word wide, because it stands in the error half of many results.
    inner: Box<Inner>,
}

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    path: Option<String>,
    problem: String,
    line: usize,
    column: usize,
    unredacted: String,
}

impl JsonError {
    /// The path of the value that was refused, such as `items[0].count`; `None` if the text is not JSON at
    /// all or the refused value is the whole.
    pub fn path(&self) -> Option<&str> {
        self.inner.path.as_deref()
    }

    /// What was wrong with it, without any part of the payload.
    pub fn problem(&self) -> &str {
        &self.inner.problem
    }

    /// Line, counted from 1; 0 if unknown.
    pub fn line(&self) -> usize {
        self.inner.line
    }

    /// Column in bytes, counted from 1; 0 if unknown.
    pub fn column(&self) -> usize {
        self.inner.column
    }

    /// The decoder's own words, **which may quote the payload**: for a log at level TRACE at most.
    pub fn unredacted(&self) -> &str {
        &self.inner.unredacted
    }

    /// For what was refused, and is not when it is asked about again.
    #[cfg(feature = "telemetry")]
    pub(crate) fn unexplained() -> Self {
        let problem = "refused".to_owned();
        let inner = Inner { path: None, problem: problem.clone(), line: 0, column: 0, unredacted: problem };
        Self { inner: Box::new(inner) }
    }

    fn located(error: &serde_path_to_error::Error<serde_json::Error>) -> Self {
        let path = crop(error.path().to_string());
        let is_data = error.inner().is_data();
        Self::new((is_data && path != ".").then_some(path), error.inner())
    }

    fn new(path: Option<String>, error: &serde_json::Error) -> Self {
        let unredacted = error.to_string();
        let problem = match error.classify() {
            serde_json::error::Category::Data => redact(&unredacted),
            // Words about syntax never quote the text.
            _ => strip_position(&unredacted).to_owned(),
        };
        let inner = Inner { path, problem, line: error.line(), column: error.column(), unredacted };
        Self { inner: Box::new(inner) }
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.inner.path {
            write!(f, "{path}: ")?;
        }
        f.write_str(&self.inner.problem)?;
        if self.inner.line > 0 {
            write!(f, " (line {}, column {})", self.inner.line, self.inner.column)?;
        }
        Ok(())
    }
}

impl fmt::Debug for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonError")
            .field("path", &self.inner.path)
            .field("problem", &self.inner.problem)
            .field("line", &self.inner.line)
            .field("column", &self.inner.column)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for JsonError {}

/// Decodes one JSON value, which may borrow from the text; anything but white space after it is an error.
///
/// # Errors
///
/// [`JsonError`] with the path of the value that was refused.
pub fn decode<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, JsonError> {
    // That all of it is UTF-8 is looked at once, which takes less than for each string; what is not is refused where it stands.
    // Each way to read is one more copy of all decoders in the program, so there are two and not three.
    let Ok(text) = std::str::from_utf8(bytes) else { return decode_with_path(bytes) };
    serde_json::from_str(text).map_err(|error| match decode_with_path::<T>(bytes) {
        Err(explained) => explained,
        Ok(_) => JsonError::new(None, &error),
    })
}

/// Decodes any JSON value: as [`decode`], with one copy of the decoders for all who call it.
///
/// # Errors
///
/// [`JsonError`] without a path, because only text that is not JSON is refused.
pub fn decode_value(text: &str) -> Result<Value, JsonError> {
    serde_json::from_str(text).map_err(|error| JsonError::new(None, &error))
}

#[cold]
fn decode_with_path<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, JsonError> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    match serde_path_to_error::deserialize(&mut deserializer) {
        // The value itself decodes: what follows it may be a problem.
        Ok(value) => deserializer.end().map(|()| value).map_err(|error| JsonError::new(None, &error)),
        Err(error) => Err(JsonError::located(&error)),
    }
}

/// A path is for people; a key of a megabyte is not.
fn crop(mut path: String) -> String {
    const SHOWN: usize = 200;

    if path.len() > SHOWN {
        let end = (0..=SHOWN).rev().find(|&end| path.is_char_boundary(end)).unwrap_or_default();
        path.truncate(end);
        path.push('…');
    }
    path
}

/// Keeps of a data error's message what cannot come from the payload.
///
/// The known forms are serde's own: `invalid type: string "x", expected u32`, `invalid value: …`,
/// `invalid length 3, expected …`, ``unknown variant `x`, expected …``, ``unknown field `x`, expected …``,
/// ``missing field `x` ``, ``duplicate field `x` ``. Every other text was made by the type's own decoder,
/// which may quote anything.
fn redact(message: &str) -> String {
    let message = strip_position(message);
    for (prefix, keep_kind) in [
        ("invalid type: ", true),
        ("invalid value: ", true),
        ("unknown variant ", false),
        ("unknown field ", false),
    ] {
        let Some(rest) = message.strip_prefix(prefix) else { continue };
        // The value may itself contain the separator, the expectation does not: take the last.
        let (value, expected) = match rest.rfind(", expected ").or_else(|| rest.rfind(", there are no ")) {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        let kind = if keep_kind { kind(value) } else { "" };
        return format!("{}{kind}{expected}", if keep_kind { prefix } else { prefix.trim_end() });
    }
    for prefix in ["missing field `", "duplicate field `"] {
        if let Some(name) = message.strip_prefix(prefix).and_then(|rest| rest.strip_suffix('`'))
            && !name.contains('`')
        {
            return message.to_owned();
        }
    }
    if let Some(rest) = message.strip_prefix("invalid length ")
        && let Some((length, _)) = rest.split_once(", expected ")
        && length.bytes().all(|byte| byte.is_ascii_digit())
    {
        return message.to_owned();
    }
    "refused by the type's own decoder".to_owned()
}

/// The kind of an unexpected value (`string "x"` is a `string`), without the value.
fn kind(value: &str) -> &'static str {
    const KINDS: [&str; 15] = [
        "string",
        "integer",
        "floating point",
        "boolean",
        "character",
        "byte array",
        "null",
        "unit value",
        "Option value",
        "newtype struct",
        "sequence",
        "map",
        "enum",
        "unit variant",
        "number",
    ];
    KINDS.into_iter().find(|kind| value.starts_with(kind)).unwrap_or("another value")
}

fn strip_position(message: &str) -> &str {
    message.rfind(" at line ").map_or(message, |at| &message[..at])
}

/// Writes `<`, `>`, `&` and the two Unicode line separators as escapes, as AWS's service does.
///
/// The service is written in Go, whose encoder does so; all five can stand only inside strings.
pub(crate) fn escape_as_service(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '<' => escaped.push_str("\\u003c"),
            '>' => escaped.push_str("\\u003e"),
            '&' => escaped.push_str("\\u0026"),
            '\u{2028}' => escaped.push_str("\\u2028"),
            '\u{2029}' => escaped.push_str("\\u2029"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Writes everything beyond printable ASCII as escapes, so that the JSON can stand in a header.
pub(crate) fn escape_for_header(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        if character.is_ascii() && !character.is_ascii_control() {
            escaped.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    escaped
}

#[cfg(test)]
mod test {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only decoded")]
    struct Card {
        number: u64,
        kind: Kind,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Debit,
        Credit,
    }

    fn error(json: &str) -> JsonError {
        decode::<Card>(json.as_bytes()).unwrap_err()
    }

    #[test]
    fn no_part_of_the_payload_is_quoted() {
        for json in [
            r#"{"number":"hunter2","kind":"debit"}"#,
            r#"{"number":"hunter2, expected hunter2","kind":"debit"}"#,
            r#"{"number":1,"kind":"hunter2"}"#,
            r#"{"number":1,"kind":["hunter2"]}"#,
            r#"{"number":1} hunter2"#,
            r#"{"number":1,"kind":"debit"} hunter2"#,
            r#"["hunter2"]"#,
        ] {
            let error = error(json);
            assert!(!error.to_string().contains("hunter2"), "{error}");
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
    }

    #[test]
    fn a_custom_message_is_not_quoted_because_it_may_hold_the_value() {
        #[derive(Debug)]
        struct Even;
        impl<'de> Deserialize<'de> for Even {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Err(serde::de::Error::custom(format!("{text} is odd")))
            }
        }
        let error = decode::<Even>(b"\"hunter2\"").unwrap_err();
        assert_eq!(error.problem(), "refused by the type's own decoder");
        assert!(error.unredacted().contains("hunter2"));
    }

    #[test]
    fn the_expectation_and_the_position_are_kept() {
        let wrong = error(r#"{"number":1,"kind":"cash"}"#);
        assert_eq!(wrong.path(), Some("kind"));
        assert_eq!(wrong.problem(), "unknown variant, expected `debit` or `credit`");
        assert_eq!((wrong.line(), wrong.column()), (1, 25));
        assert_eq!(error(r#"{"kind":"debit"}"#).problem(), "missing field `number`");
        assert_eq!(error("{").problem(), "EOF while parsing an object");
        assert_eq!(error("").problem(), "EOF while parsing a value");
    }

    #[test]
    fn a_path_through_an_endless_key_is_cropped() {
        let json = format!(r#"{{"{}":1}}"#, "é".repeat(1_000));
        let path = error(&json).path().unwrap().to_owned();
        assert!(path.len() < 210 && path.ends_with('…'), "{path}");
    }

    #[test]
    fn bytes_after_the_value_are_refused() {
        let error = decode::<u8>(b"1 2").unwrap_err();
        assert_eq!((error.path(), error.problem()), (None, "trailing characters"));
    }

    #[test]
    fn bytes_that_are_no_text_are_refused_where_they_stand() {
        let error = decode::<Card>(b"{\"number\":1,\"kind\":\"\xff\"}").unwrap_err();
        assert_eq!((error.problem(), error.line()), ("invalid unicode code point", 1));
        let error = decode::<u8>(b"1 \xff").unwrap_err();
        assert_eq!(error.problem(), "trailing characters");
    }

    #[test]
    fn any_json_is_a_value_and_nothing_else_is() {
        assert_eq!(decode_value("{\"a\":[1,null]}").unwrap(), serde_json::json!({ "a": [1, null] }));
        assert_eq!(decode_value("[1").unwrap_err(), decode::<Value>(b"[1").unwrap_err());
        assert_eq!(decode_value("1 2").unwrap_err().problem(), "trailing characters");
    }

    #[test]
    fn text_for_a_header_is_printable_ascii() {
        assert_eq!(escape_for_header("{\"a\":\"é\u{1F600}\u{7f}\"}"), r#"{"a":"\u00e9\ud83d\ude00\u007f"}"#);
    }
}
