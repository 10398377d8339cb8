//! What X-Ray shows as the cause of a failure.
//!
//! Undocumented; the form, the limit and the way of cropping are those of AWS's open-source runtime
//! interface emulator.

use serde::{Deserialize, Deserializer, Serialize};

use crate::{json, limits::XRAY_CAUSE_BYTES};

/// The cause of a failure for X-Ray, sent in a header of its own.
///
/// ```
/// use lambda_api::runtime::{XrayErrorCause, XrayException};
///
/// let mut cause = XrayErrorCause::default();
/// assert!(cause.is_empty());
/// cause.exceptions.push(XrayException { kind: "OrderNotFound".into(), message: "no order 42".into(), stack: vec![] });
/// assert_eq!(
///     cause.to_header_text(),
///     r#"{"working_directory":"","exceptions":[{"type":"OrderNotFound","message":"no order 42","stack":[]}],"paths":[]}"#,
/// );
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct XrayErrorCause {
    /// Where the process ran.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub working_directory: String,
    /// A text for the whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The chain of failures, outermost first.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub exceptions: Vec<XrayException>,
    /// The source files involved.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub paths: Vec<String>,
}

/// One failure of the chain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct XrayException {
    /// A short name.
    #[serde(rename = "type", default, deserialize_with = "null_is_empty")]
    pub kind: String,
    /// What happened, in words for a person.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub message: String,
    /// Where it happened, innermost first.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub stack: Vec<XrayFrame>,
}

/// One place in a stack.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct XrayFrame {
    /// Source file.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub path: String,
    /// Line, counted from 1; 0 if unknown.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub line: u32,
    /// Function.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub label: String,
}

/// The service's decoder takes null for nothing.
fn null_is_empty<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl XrayErrorCause {
    /// Whether all members are empty; Lambda ignores such a cause.
    pub fn is_empty(&self) -> bool {
        self.working_directory.is_empty()
            && self.message.as_deref().unwrap_or_default().is_empty()
            && self.exceptions.is_empty()
            && self.paths.is_empty()
    }

    /// Reads a cause; `None` if it is not valid or empty, which Lambda ignores.
    #[inline]
    pub fn from_json(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().filter(|cause: &Self| !cause.is_empty())
    }

    /// The cause as JSON in printable ASCII, cropped to 64 KiB.
    ///
    /// Of a cause that is too long the first 80, 60, 40 or 20 % of exceptions and paths are kept; if that is
    /// still too long, only the working directory and the message, cropped.
    pub fn to_header_text(&self) -> String {
        let whole = self.encode();
        if whole.len() <= XRAY_CAUSE_BYTES {
            return whole;
        }
        for tenths in [8, 6, 4, 2] {
            let mut cropped = self.clone();
            cropped.exceptions.truncate(self.exceptions.len() * tenths / 10);
            cropped.paths.truncate(self.paths.len() * tenths / 10);
            let text = cropped.encode();
            if text.len() <= XRAY_CAUSE_BYTES {
                return text;
            }
        }
        // Half for each text, with room for the rest of the JSON. Escapes make a text longer, so it is
        // halved until it fits.
        let mut room = (XRAY_CAUSE_BYTES - 4_096) / 2;
        loop {
            let text = Self {
                working_directory: crop(&self.working_directory, room),
                message: self.message.as_deref().map(|message| crop(message, room)),
                ..Self::default()
            }
            .encode();
            if text.len() <= XRAY_CAUSE_BYTES {
                return text;
            }
            room /= 2;
        }
    }

    fn encode(&self) -> String {
        json::escape_for_header(&serde_json::to_string(self).unwrap_or_default())
    }
}

/// The longest head of the text that has at most `bytes` bytes.
fn crop(text: &str, bytes: usize) -> String {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

#[cfg(test)]
mod test {
    use super::*;

    fn exception(message: &str) -> XrayException {
        XrayException { kind: "E".into(), message: message.into(), stack: Vec::new() }
    }

    #[test]
    fn a_long_chain_keeps_its_first_links() {
        let cause =
            XrayErrorCause { exceptions: vec![exception(&"x".repeat(10_000)); 10], ..Default::default() };
        let text = cause.to_header_text();
        assert!(text.len() <= XRAY_CAUSE_BYTES);
        assert_eq!(XrayErrorCause::from_json(text.as_bytes()).unwrap().exceptions.len(), 6);
    }

    #[test]
    fn a_huge_text_is_cropped_and_stays_json() {
        let cause = XrayErrorCause {
            working_directory: "/var/task".into(),
            message: Some("é\"".repeat(200_000)),
            exceptions: vec![exception(&"x".repeat(100_000))],
            paths: Vec::new(),
        };
        let text = cause.to_header_text();
        assert!(text.len() <= XRAY_CAUSE_BYTES);
        let cropped = XrayErrorCause::from_json(text.as_bytes()).unwrap();
        assert_eq!(cropped.working_directory, "/var/task");
        assert!(cropped.exceptions.is_empty());
        assert!(cropped.message.unwrap().starts_with("é\"é\""));
    }

    #[test]
    fn null_counts_as_absent() {
        let cause =
            XrayErrorCause::from_json(br#"{"working_directory":"/var/task","exceptions":null,"paths":null}"#);
        assert_eq!(cause.unwrap().working_directory, "/var/task");
    }

    #[test]
    fn an_empty_or_broken_cause_is_ignored() {
        for json in ["", "{}", "[]", "null", r#"{"working_directory":"","exceptions":[]}"#, "{"] {
            assert_eq!(XrayErrorCause::from_json(json.as_bytes()), None, "{json}");
        }
    }
}
