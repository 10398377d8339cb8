//! A record with its data in the clear, and the format of that data.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};

use super::{Node, RecordSource};

/// The format of a data field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Json,
    Text,
    /// Bytes that are no UTF-8, which no pattern is for.
    Bytes,
}

/// A data field of a record.
#[derive(Clone, Copy, Debug)]
pub(in crate::core::pattern) struct Data<'a> {
    pub(in crate::core::pattern) name: &'a str,
    format: Format,
    /// Whether a pattern of another format is taken as fulfilled.
    is_ignored: bool,
}

impl Data<'_> {
    /// The answer to what the pattern asks of this field, if the formats differ.
    pub(in crate::core::pattern) fn verdict(&self, node: &Node) -> Option<bool> {
        let is_alike = match node {
            Node::Fields(_) => self.format == Format::Json,
            Node::Leaf(_) => self.format == Format::Text,
        };
        (!is_alike).then_some(self.is_ignored)
    }
}

/// The record that patterns are held against.
pub(super) fn in_the_clear(source: RecordSource, record: &Value) -> (Value, Vec<Data<'static>>) {
    let Value::Object(fields) = record else {
        return (record.clone(), Vec::new());
    };
    let mut fields = match (source, fields.get("kinesis")) {
        (RecordSource::Kinesis, Some(Value::Object(inner))) => {
            let outer = fields.iter().filter(|(name, _)| *name != "kinesis");
            inner.iter().chain(outer).map(|(name, value)| (name.clone(), value.clone())).collect()
        }
        _ => fields.clone(),
    };
    let data = source.data_fields().iter().filter_map(|&name| data(source, name, &mut fields)).collect();
    (Value::Object(fields), data)
}

/// Puts the data of one field in the clear, if there is any.
fn data(source: RecordSource, name: &'static str, fields: &mut Map<String, Value>) -> Option<Data<'static>> {
    let value = fields.get_mut(name)?;
    let format = match value {
        Value::Null => return None,
        Value::String(text) => match source {
            RecordSource::Sqs | RecordSource::DynamoDb => parsed(value),
            RecordSource::Kinesis | RecordSource::Kafka | RecordSource::Mq => {
                let bytes = STANDARD.decode(&*text).ok();
                match bytes.and_then(|bytes| String::from_utf8(bytes).ok()) {
                    Some(decoded) => {
                        *text = decoded;
                        parsed(value)
                    }
                    None => Format::Bytes,
                }
            }
        },
        _ => Format::Json,
    };
    Some(Data { name, format, is_ignored: matches!(source, RecordSource::Kafka | RecordSource::Mq) })
}

/// Puts what a text says in its place, if it is JSON.
fn parsed(value: &mut Value) -> Format {
    let json: Option<Value> = value.as_str().and_then(|text| serde_json::from_str(text).ok());
    match json.filter(|json| json.is_object() || json.is_array()) {
        Some(json) => {
            *value = json;
            Format::Json
        }
        None => Format::Text,
    }
}
