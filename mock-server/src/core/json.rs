//! What is written as JSON everywhere in the core, and the part of ARNs that stands in it.

use serde::Serialize;
use serde_json::value::RawValue;

/// Texts, numbers and what is JSON already: nothing that could fail.
pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// JSON that was made here or read before.
pub(super) fn raw(json: String) -> Box<RawValue> {
    RawValue::from_string(json).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// The Region in an ARN.
pub(super) fn region(arn: &str) -> &str {
    arn.split(':').nth(3).unwrap_or_default()
}
