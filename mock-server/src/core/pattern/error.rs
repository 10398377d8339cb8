//! Why a pattern is refused: where in it, what was expected there, and what stood there. One line each.

use serde_json::Value;

use super::{Dialect, MAX_CHARACTERS, MAX_COMBINATIONS, MAX_POLICY_BYTES};

/// A text that is not a pattern. A path is written `detail.state[0].numeric[1]`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatternError {
    /// More than [`MAX_CHARACTERS`].
    #[error("the pattern has {length} characters, and at most {MAX_CHARACTERS} are allowed")]
    TooLong {
        /// How many there are.
        length: usize,
    },
    /// A filter policy of SNS that is longer than 256 KiB.
    #[error("the policy has {bytes} bytes, and at most {MAX_POLICY_BYTES} are allowed")]
    TooManyBytes {
        /// How many there are.
        bytes: usize,
    },
    /// Not JSON, or nested deeper than a parser follows.
    #[error("the pattern is not JSON: {message}")]
    Json {
        /// What the parser says, with line and column.
        message: String,
    },
    /// Something else than can stand at that place.
    #[error("{path}: expected {expected}, not {found}")]
    Unexpected {
        /// Where.
        path: String,
        /// What can stand there.
        expected: &'static str,
        /// What does, shortened.
        found: String,
    },
    /// An operator that does not exist, or not in this dialect.
    #[error("{path}: {operator} is not an operator of {dialect}, expected {expected}")]
    Operator {
        /// Where.
        path: String,
        /// Its name as JSON, shortened.
        operator: String,
        /// Whose pattern it is.
        dialect: Dialect,
        /// What operators there are.
        expected: &'static str,
    },
    /// More than [`MAX_COMBINATIONS`] of the alternatives of `$or`.
    #[error("$or: expected at most {MAX_COMBINATIONS} combinations of alternatives in the pattern")]
    TooManyCombinations,
}

/// The longest value that is told as it is, in characters.
const MAX_FOUND: usize = 40;

/// What stands at a place, in a few words on one line.
pub(super) fn found(value: &Value) -> String {
    match value {
        Value::Array(elements) if elements.is_empty() => "an empty list".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(fields) if fields.is_empty() => "an empty object".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        scalar => shortened(&scalar.to_string()),
    }
}

/// A text as JSON, and only the beginning of a long one.
pub(super) fn quoted(text: &str) -> String {
    shortened(&Value::from(text).to_string())
}

fn shortened(json: &str) -> String {
    match json.char_indices().nth(MAX_FOUND) {
        Some((end, _)) => format!("{}...", &json[..end]),
        None => json.to_owned(),
    }
}
