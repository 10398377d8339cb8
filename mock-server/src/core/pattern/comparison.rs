//! What the entries of a field's list ask of one leaf of an event.

use std::ops::RangeInclusive;

use serde_json::{Number, Value};

use super::{cidr::Cidr, wildcard::Wildcard};

/// A value or an operator.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Comparison {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    /// `{"exists": true}`: any leaf.
    Exists,
    /// `{"exists": false}`, with its place in the pattern's list: no leaf, so that is not asked here.
    Absent(usize),
    Prefix(Affix),
    Suffix(Affix),
    EqualsIgnoreCase(String),
    Numeric(Range),
    Wildcard(Wildcard),
    Cidr(Cidr),
    /// A leaf that none of these matches; so there must be one.
    AnythingBut(Vec<Self>),
}

/// How a string begins or ends.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Affix {
    pub(super) text: String,
    pub(super) ignores_case: bool,
}

/// Bounds, all of which a number keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Range {
    pub(super) above: Option<f64>,
    pub(super) at_least: Option<f64>,
    pub(super) below: Option<f64>,
    pub(super) at_most: Option<f64>,
}

impl Comparison {
    /// `leaf` is neither an object nor an array.
    pub(super) fn matches(&self, leaf: &Value) -> bool {
        match (self, leaf) {
            (Self::AnythingBut(excluded), leaf) => !excluded.iter().any(|excluded| excluded.matches(leaf)),
            (Self::Exists, _) | (Self::Null, Value::Null) => true,
            (Self::Bool(value), Value::Bool(leaf)) => value == leaf,
            (Self::Number(value), Value::Number(leaf)) => value == leaf,
            (Self::Numeric(range), Value::Number(leaf)) => {
                leaf.as_f64().is_some_and(|number| range.contains(number))
            }
            (Self::Text(value), Value::String(leaf)) => value == leaf,
            (Self::Prefix(affix), Value::String(leaf)) if affix.ignores_case => {
                is_beginning(lowercase(&affix.text), lowercase(leaf))
            }
            (Self::Prefix(affix), Value::String(leaf)) => leaf.starts_with(&affix.text),
            (Self::Suffix(affix), Value::String(leaf)) if affix.ignores_case => {
                is_beginning(lowercase(&affix.text).rev(), lowercase(leaf).rev())
            }
            (Self::Suffix(affix), Value::String(leaf)) => leaf.ends_with(&affix.text),
            (Self::EqualsIgnoreCase(value), Value::String(leaf)) => lowercase(value).eq(lowercase(leaf)),
            (Self::Wildcard(wildcard), Value::String(leaf)) => wildcard.matches(leaf),
            (Self::Cidr(cidr), Value::String(leaf)) => cidr.contains(leaf),
            _ => false,
        }
    }
}

impl Range {
    /// Numbers that can be compared; source:
    /// [numeric matching](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#filtering-numeric-matching).
    pub(super) const LIMITS: RangeInclusive<f64> = -5e9..=5e9;

    /// This number and no other.
    pub(super) fn exactly(number: f64) -> Self {
        Self { at_least: Some(number), at_most: Some(number), ..Self::default() }
    }

    fn contains(&self, number: f64) -> bool {
        Self::LIMITS.contains(&number)
            && self.above.is_none_or(|bound| number > bound)
            && self.at_least.is_none_or(|bound| number >= bound)
            && self.below.is_none_or(|bound| number < bound)
            && self.at_most.is_none_or(|bound| number <= bound)
    }
}

/// Letter by letter, as AWS says nothing of languages.
fn lowercase(text: &str) -> impl DoubleEndedIterator<Item = char> + '_ {
    text.chars().flat_map(char::to_lowercase)
}

fn is_beginning(mut beginning: impl Iterator<Item = char>, mut whole: impl Iterator<Item = char>) -> bool {
    beginning.all(|character| whole.next() == Some(character))
}
