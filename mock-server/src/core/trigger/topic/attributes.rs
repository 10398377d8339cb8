//! The attributes of a message: what they may be, and how they are shown. Source:
//! [message attributes](https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html).
//!
//! That the text of a `String.Array` is a JSON array is not looked at when it is published: a filter policy that finds
//! something else there does not match.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use lambda_api::limits::event_sources as limits;
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

use super::PublishError;
use crate::core::mapping::{AttributeValue, MessageAttribute};

pub(super) fn check(name: &str, attribute: &MessageAttribute) -> Result<(), PublishError> {
    if let Some(reason) = wrong_with(name) {
        return Err(PublishError::AttributeName { name: name.to_owned(), reason });
    }
    let expected = match (attribute.data_type.as_str(), &attribute.value) {
        ("String" | "String.Array", AttributeValue::Text(text)) => text.is_empty().then_some("a text"),
        ("Number", AttributeValue::Text(text)) => number(text).is_none().then_some("a number"),
        ("Binary", AttributeValue::Binary(bytes)) => bytes.is_empty().then_some("at least one byte"),
        ("String" | "String.Array" | "Number", AttributeValue::Binary(_)) => Some("a StringValue"),
        ("Binary", AttributeValue::Text(_)) => Some("a BinaryValue"),
        (data_type, _) => {
            let data_type = data_type.to_owned();
            return Err(PublishError::AttributeType { name: name.to_owned(), data_type });
        }
    };
    expected.map_or(Ok(()), |expected| Err(PublishError::AttributeValue { name: name.to_owned(), expected }))
}

fn wrong_with(name: &str) -> Option<&'static str> {
    let is_taken = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let lowercase = name.to_ascii_lowercase();
    if name.is_empty() {
        Some("it is empty")
    } else if name.chars().count() > limits::ATTRIBUTE_NAME_CHARACTERS {
        Some("it has more than 256 characters")
    } else if !name.bytes().all(is_taken) {
        Some("it has something else than letters, digits, _, - and .")
    } else if name.starts_with('.') || name.ends_with('.') || name.contains("..") {
        Some("it has a dot at the beginning, at the end, or beside another")
    } else if lowercase.starts_with("aws.") || lowercase.starts_with("amazon.") {
        Some("names that begin with AWS. or Amazon. are reserved")
    } else {
        None
    }
}

/// All parts of an attribute count.
pub(super) fn bytes(attributes: &BTreeMap<String, MessageAttribute>) -> usize {
    let bytes = attributes.iter().map(|(name, MessageAttribute { data_type, value })| {
        let value = match value {
            AttributeValue::Text(text) => text.len(),
            AttributeValue::Binary(bytes) => bytes.len(),
        };
        name.len() + data_type.len() + value
    });
    bytes.sum()
}

/// A number as JSON, which knows neither a sign nor zeros before it.
fn number(text: &str) -> Option<Value> {
    let is_of_number = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
    if !text.bytes().all(is_of_number) {
        return None;
    }
    let written: Option<Value> = serde_json::from_str(text).ok().filter(Value::is_number);
    let value = || serde_json::Number::from_f64(text.parse().ok()?);
    written.or_else(|| value().map(Value::Number))
}

/// The attributes as a filter policy sees them: a JSON object. Bytes are none.
pub(super) fn as_fields(attributes: &BTreeMap<String, MessageAttribute>) -> Value {
    let fields = attributes.iter().filter_map(|(name, MessageAttribute { data_type, value })| {
        let AttributeValue::Text(text) = value else { return None };
        let value = match data_type.as_str() {
            "Number" => number(text),
            // Something else than an array is there, but without any value.
            "String.Array" => Some(
                serde_json::from_str(text)
                    .ok()
                    .filter(Value::is_array)
                    .unwrap_or_else(|| Value::Array(Vec::new())),
            ),
            _ => Some(Value::String(text.clone())),
        };
        Some((name.clone(), value?))
    });
    Value::Object(fields.collect())
}

/// Written as in events and notifications.
pub(super) struct Shown<'a>(pub(super) &'a BTreeMap<String, MessageAttribute>);

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Attribute<'a> {
            r#type: &'a str,
            value: &'a str,
        }

        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, MessageAttribute { data_type, value }) in self.0 {
            let encoded;
            let value = match value {
                AttributeValue::Text(text) => text,
                AttributeValue::Binary(bytes) => {
                    encoded = STANDARD.encode(bytes);
                    &encoded
                }
            };
            map.serialize_entry(name, &Attribute { r#type: data_type, value })?;
        }
        map.end()
    }
}
