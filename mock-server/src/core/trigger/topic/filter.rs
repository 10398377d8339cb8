//! The filter policy of a subscription: which messages are for its subscriber.
//!
//! The operators are those of [`Dialect::Subscription`]. Here is what the policy looks at, and what
//! [SNS refuses](https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html) besides.
//!
//! - Of attributes a `String` is a text, a `Number` a number, and a `String.Array` all its elements. `Binary` attributes are
//!   as if they were not there.
//! - A message that is no JSON object has no body that could match.
//! - With `MessageStructure` `json` the body is what the subscriber would get.

use lambda_api::limits::event_sources as limits;
use serde_json::{Map, Value};

use super::{Protocol, Publication, attributes};
use crate::core::pattern::{Dialect, Pattern, PatternError};

/// What a filter policy looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FilterScope {
    /// The attributes of the message.
    #[default]
    MessageAttributes,
    /// The message, which must be a JSON object.
    MessageBody,
}

/// Which messages are for a subscriber.
#[derive(Clone, Debug, PartialEq)]
pub struct FilterPolicy {
    scope: FilterScope,
    /// All messages are, if there is none.
    pattern: Option<Pattern>,
}

/// A filter policy that a subscription cannot have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FilterPolicyError {
    /// It is none.
    #[error("FilterPolicy: {0}")]
    Pattern(PatternError),
    /// More names at the top than there may be.
    #[error("FilterPolicy has {count} keys, and at most {} are allowed", limits::FILTER_POLICY_KEYS)]
    TooManyKeys {
        /// How many there are.
        count: usize,
    },
    /// More combinations of values than there may be.
    #[error(
        "FilterPolicy has {combinations} combinations of values, and at most {} are allowed",
        limits::FILTER_POLICY_COMBINATIONS
    )]
    TooComplex {
        /// How many there are.
        combinations: u64,
    },
    /// Attributes have nothing within them.
    #[error("FilterPolicy: {key}: the scope MessageAttributes has no nested keys")]
    Nested {
        /// The name that is not that of an attribute.
        key: String,
    },
}

impl FilterPolicy {
    /// Reads a policy. `{}` is the policy that all messages match.
    ///
    /// # Errors
    ///
    /// [`FilterPolicyError`] if it is none, or more than SNS takes.
    ///
    /// ```
    /// use mock_server::core::{
    ///     mapping::{AttributeValue, MessageAttribute},
    ///     trigger::topic::{FilterPolicy, FilterScope, Protocol, Publication},
    /// };
    ///
    /// let mut publication = Publication::new(r#"{"order": {"total": 20}}"#);
    /// let value = AttributeValue::Text("example_corp".to_owned());
    /// publication.attributes.insert("store".to_owned(), MessageAttribute { data_type: "String".to_owned(), value });
    ///
    /// let policy = FilterPolicy::parse(r#"{"store": [{"prefix": "example"}]}"#, FilterScope::MessageAttributes)?;
    /// assert!(policy.matches(&publication, Protocol::Lambda));
    ///
    /// let policy = r#"{"order": {"total": [{"numeric": [">", 20]}]}}"#;
    /// let policy = FilterPolicy::parse(policy, FilterScope::MessageBody)?;
    /// assert!(!policy.matches(&publication, Protocol::Lambda));
    /// # Ok::<(), mock_server::core::trigger::topic::FilterPolicyError>(())
    /// ```
    pub fn parse(text: &str, scope: FilterScope) -> Result<Self, FilterPolicyError> {
        let keys = match serde_json::from_str(text) {
            Ok(Value::Object(keys)) if keys.is_empty() => return Ok(Self { scope, pattern: None }),
            Ok(Value::Object(keys)) => keys,
            // The pattern says what is wrong with anything else.
            _ => Map::new(),
        };
        let pattern = Pattern::parse(text, Dialect::Subscription).map_err(FilterPolicyError::Pattern)?;
        if keys.len() > limits::FILTER_POLICY_KEYS {
            return Err(FilterPolicyError::TooManyKeys { count: keys.len() });
        }
        if let Some(key) = nested(&keys).filter(|_| scope == FilterScope::MessageAttributes) {
            return Err(FilterPolicyError::Nested { key });
        }
        let combinations = combinations(&keys, 1, 1);
        if combinations > limits::FILTER_POLICY_COMBINATIONS {
            return Err(FilterPolicyError::TooComplex { combinations });
        }
        Ok(Self { scope, pattern: Some(pattern) })
    }

    /// Whether the message is for the subscriber.
    pub fn matches(&self, publication: &Publication, protocol: Protocol) -> bool {
        let Some(pattern) = &self.pattern else { return true };
        match self.scope {
            FilterScope::MessageAttributes => {
                pattern.matches(&attributes::as_fields(&publication.attributes))
            }
            FilterScope::MessageBody => {
                let body: Option<Value> = serde_json::from_str(&publication.text(protocol)).ok();
                body.is_some_and(|body| body.is_object() && pattern.matches(&body))
            }
        }
    }
}

/// A name with other names below it; the alternatives of `$or` are not below it.
fn nested(keys: &Map<String, Value>) -> Option<String> {
    keys.iter().find_map(|(key, value)| match value {
        Value::Object(_) => Some(key.clone()),
        Value::Array(alternatives) if key == "$or" => {
            alternatives.iter().filter_map(Value::as_object).find_map(nested)
        }
        _ => None,
    })
}

/// The number of values of each list and the depth at which it is, all multiplied; those of alternatives are added. (A `$or`
/// that is the name of a field is counted as if it were one.)
fn combinations(keys: &Map<String, Value>, depth: u64, before: u64) -> u64 {
    keys.iter().fold(before, |before, (key, value)| match value {
        Value::Object(keys) => combinations(keys, depth + 1, before),
        Value::Array(alternatives) if key == "$or" && alternatives.iter().all(Value::is_object) => {
            let alternatives = alternatives.iter().filter_map(Value::as_object);
            alternatives.map(|keys| combinations(keys, depth, before)).fold(0, u64::saturating_add)
        }
        Value::Array(values) => {
            let count = u64::try_from(values.len()).unwrap_or(u64::MAX);
            before.saturating_mul(count).saturating_mul(depth)
        }
        _ => before,
    })
}
