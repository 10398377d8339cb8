//! Event patterns: which events a filter of a mapping, a rule of a bus or a subscription of a topic is for. Pure.
//!
//! A pattern is JSON of the same shape as the events. `parse` turns it into a tree of fields and comparisons and refuses
//! what the dialect does not have; `walk` holds the tree against an event; `comparison` has what is asked of single values,
//! with `wildcard` and `cidr` for the two that have a grammar of their own. [`filter`] is the layer for event source
//! mappings: several patterns, and what part of a record they look at. What becomes of an event that does not match is
//! not decided here.
//!
//! Sources: [event filtering](https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html) of Lambda,
//! [filter policies](https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html) of SNS, and
//! [event patterns](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html) and
//! [comparison operators](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html) of
//! EventBridge; where these are silent, AWS's own open engine, [Event Ruler](https://github.com/aws/event-ruler).
//!
//! - All fields of a pattern must match, and fields that it does not name are ignored. Names are case-sensitive, and a
//!   field is found only where the pattern nests it. (EventBridge also finds `a.b` in `{"a": {"b": ..}}`, and says not to
//!   rely on it; this does not.)
//! - Of the list of a field one entry must match. If the event has an array there, one element must, however deep the
//!   arrays are nested.
//! - If the event has an array of objects, one and the same of them must match all that the pattern nests there.
//! - All comparisons look at leaves: strings, numbers, `true`, `false` and `null`. Objects, `{}` and `[]` are none, so
//!   `{"exists": true}` does not see them. `null` and `""` exist, and neither matches the other.
//! - `{"exists": false}` asks that the whole event has no leaf at that path, whichever element of an array it is in.
//! - Numbers are equal if they are written alike: 300 is neither 300.0 nor `"300"`. An event that has been parsed no
//!   longer knows more than one way to write a fraction, so 300.0 and 3.0e2 are one number here, which both pages say
//!   they are not. (Event Ruler compares by value and takes all three for equal.) Only `numeric` compares by value, and
//!   in a filter policy of SNS every number does.
//! - If a name comes twice in one object of a pattern, the last one counts.

mod cidr;
mod comparison;
mod error;
pub mod filter;
mod parse;
mod path;
mod walk;
mod wildcard;

#[cfg(test)]
mod test;

use std::fmt;

use comparison::Comparison;
pub use error::PatternError;
use lambda_api::limits::event_sources as limits;
use parse::Parser;
use serde_json::Value;

/// The longest pattern, in characters: of a
/// [filter](https://docs.aws.amazon.com/lambda/latest/api/API_Filter.html), and of a
/// [rule](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html).
pub const MAX_CHARACTERS: usize = 4096;

/// The most combinations that the alternatives of `$or` may multiply to; source:
/// [`$or`](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html).
pub const MAX_COMBINATIONS: u64 = 1000;

/// The longest filter policy, in bytes; source:
/// [constraints](https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html).
const MAX_POLICY_BYTES: usize = limits::FILTER_POLICY_BYTES;

/// Whose patterns they are, which decides what operators there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// [Filters of event source mappings](https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax):
    /// values, `equals-ignore-case`, `anything-but` with values, `numeric`, `exists`, `prefix`, `suffix`, and `$or`, but
    /// not one `$or` within another.
    Filter,
    /// [Rules of EventBridge](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html):
    /// besides all of the above `wildcard`, `cidr`, `prefix` and `suffix` with `equals-ignore-case`, `anything-but` with
    /// another operator, and `$or` within `$or`.
    Rule,
    /// [Filter policies of SNS](https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html): the
    /// operators of a filter, and besides these `cidr`, `anything-but` with `prefix`, and `$or` within `$or`. A `$or` that
    /// is not [of the right form](https://docs.aws.amazon.com/sns/latest/dg/and-or-logic.html#or-operator) is the name of
    /// a field. Numbers are equal if their values are. AWS documents numbers up to a thousand million; here they go as far
    /// as those of a rule.
    Subscription,
}

impl Dialect {
    /// Refuses a text that is longer than the service takes.
    fn check_length(self, text: &str) -> Result<(), PatternError> {
        let (bytes, length) = (text.len(), text.chars().count());
        match self {
            Self::Filter | Self::Rule if length > MAX_CHARACTERS => Err(PatternError::TooLong { length }),
            Self::Subscription if bytes > MAX_POLICY_BYTES => Err(PatternError::TooManyBytes { bytes }),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Filter => "a filter",
            Self::Rule => "a rule",
            Self::Subscription => "a filter policy",
        })
    }
}

/// A pattern that events are held against.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    fields: Fields,
    /// The paths of all `{"exists": false}`, which are looked at once per event.
    absent: Vec<Vec<String>>,
}

/// What an object of a pattern asks of an object of an event.
#[derive(Clone, Debug, Default, PartialEq)]
struct Fields {
    named: Vec<(String, Node)>,
    /// Every `$or`, of which one alternative each must match. JSON has room for one per object.
    alternatives: Option<Vec<Self>>,
}

/// What a pattern asks of a field.
#[derive(Clone, Debug, PartialEq)]
enum Node {
    /// An object of the pattern.
    Fields(Fields),
    /// A list of the pattern, of which one entry must match.
    Leaf(Vec<Comparison>),
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// ```
    /// use mock_server::core::pattern::{Dialect, Pattern};
    /// use serde_json::json;
    ///
    /// let pattern = r#"{"source": ["shop"], "detail": {"total": [{"numeric": [">", 10]}]}}"#;
    /// let pattern = Pattern::parse(pattern, Dialect::Rule)?;
    /// assert!(pattern.matches(&json!({"source": "shop", "detail": {"total": 11.5}, "id": "1"})));
    /// assert!(!pattern.matches(&json!({"source": "shop", "detail": {"total": 9}})));
    ///
    /// let wrong = Pattern::parse(r#"{"detail": {"state": "on"}}"#, Dialect::Rule).unwrap_err();
    /// assert_eq!(wrong.to_string(), r#"detail.state: expected an object or a list of values, not "on""#);
    /// # Ok::<(), mock_server::core::pattern::PatternError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the text is not JSON, is longer than [`MAX_CHARACTERS`] (256 KiB for SNS), has more than [`MAX_COMBINATIONS`], or is not a pattern
    /// of this dialect.
    pub fn parse(text: &str, dialect: Dialect) -> Result<Self, PatternError> {
        dialect.check_length(text)?;
        // This refuses what is nested more than 128 deep, so that nothing below has to count.
        let value: Value =
            serde_json::from_str(text).map_err(|error| PatternError::Json { message: error.to_string() })?;
        let pattern = Parser::new(dialect).pattern(&value)?;
        if pattern.fields.combinations() > MAX_COMBINATIONS {
            return Err(PatternError::TooManyCombinations);
        }
        Ok(pattern)
    }

    /// Whether the event is one that the pattern is for. Whatever is not an object is an event without fields.
    ///
    /// The time this takes grows with the size of the pattern times the size of the event, and not faster.
    pub fn matches(&self, event: &Value) -> bool {
        self.matches_record(event, &[])
    }
}

impl Fields {
    /// How many patterns without `$or` this stands for.
    fn combinations(&self) -> u64 {
        let nested = self.named.iter().map(|(_, node)| match node {
            Node::Fields(fields) => fields.combinations(),
            Node::Leaf(_) => 1,
        });
        let alternatives = self
            .alternatives
            .iter()
            .map(|alternatives| alternatives.iter().map(Self::combinations).fold(0, u64::saturating_add));
        nested.chain(alternatives).fold(1, u64::saturating_mul)
    }
}
