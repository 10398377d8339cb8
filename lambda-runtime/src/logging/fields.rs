//! The fields of one event or span, as they are once whatever formats itself has done so.
//!
//! Formatting runs code of the user's, which may log or panic, so it happens here and nothing is locked meanwhile.
//! What the fields are called in the end is `record`'s business.

use std::{
    error::Error,
    fmt::{self, Write},
};

use serde::{Serialize, Serializer};
use tracing::field::{Field, Visit};

use lambda_api::describe::Chain;

/// The event's own text, as the macros call it.
pub(super) const MESSAGE: &str = "message";

/// A field's value, as far as JSON knows it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Bool(bool),
    Signed(i64),
    Unsigned(u64),
    /// Finite: JSON has no other.
    Float(f64),
    Text(String),
}

impl Value {
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        if value.is_finite() { Self::Float(value) } else { Self::Text(value.to_string()) }
    }
}

impl From<i128> for Value {
    /// Digits that a reader's 64 bits cannot hold are kept as text, so that none is rounded away.
    fn from(value: i128) -> Self {
        match (i64::try_from(value), u64::try_from(value)) {
            (Ok(value), _) => Self::Signed(value),
            (_, Ok(value)) => Self::Unsigned(value),
            _ => Self::Text(value.to_string()),
        }
    }
}

impl From<u128> for Value {
    fn from(value: u128) -> Self {
        u64::try_from(value).map_or_else(|_| Self::Text(value.to_string()), Self::Unsigned)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Signed(value) => serializer.serialize_i64(*value),
            Self::Unsigned(value) => serializer.serialize_u64(*value),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::Text(value) => serializer.serialize_str(value),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => value.fmt(f),
            Self::Signed(value) => value.fmt(f),
            Self::Unsigned(value) => value.fmt(f),
            Self::Float(value) => value.fmt(f),
            Self::Text(value) => value.fmt(f),
        }
    }
}

/// Fields in the order of their first mention; no name twice, the last value counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields {
    entries: Vec<(&'static str, Value)>,
}

impl Fields {
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.entries.iter().map(|(name, value)| (*name, value))
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    pub(super) fn remove(&mut self, name: &str) -> Option<Value> {
        let place = self.entries.iter().position(|(known, _)| *known == name)?;
        Some(self.entries.remove(place).1)
    }

    pub(super) fn set(&mut self, name: &'static str, value: Value) {
        match self.entries.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.entries.push((name, value)),
        }
    }

    /// Takes over all fields of another, which is newer.
    pub(super) fn update(&mut self, newer: Self) {
        for (name, value) in newer.entries {
            self.set(name, value);
        }
    }

    fn see(&mut self, field: &Field, value: Value) {
        self.set(field.name(), value);
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.see(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.see(field, Value::Signed(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.see(field, Value::Unsigned(value));
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.see(field, value.into());
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.see(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.see(field, Value::Bool(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.see(field, Value::Text(value.to_owned()));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.see(field, text_of(format_args!("{}", Chain(value))));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.see(field, text_of(format_args!("{value:?}")));
    }
}

/// What a value says of itself, as far as it gets: one that fails to is no reason to fail an invocation.
fn text_of(value: fmt::Arguments<'_>) -> Value {
    let mut text = String::new();
    let _as_far_as_it_gets = text.write_fmt(value);
    Value::Text(text)
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn numbers_of_up_to_64_bits_stay_numbers_and_the_others_keep_all_digits_as_text() {
        for (value, written) in [
            (Value::from(-1_i128), "-1"),
            (Value::from(i128::from(i64::MIN)), "-9223372036854775808"),
            (Value::from(i128::from(u64::MAX)), "18446744073709551615"),
            (Value::from(i128::MIN), "\"-170141183460469231731687303715884105728\""),
            (Value::from(u128::from(u64::MAX)), "18446744073709551615"),
            (Value::from(u128::MAX), "\"340282366920938463463374607431768211455\""),
            (Value::from(0.5), "0.5"),
            (Value::from(f64::NAN), "\"NaN\""),
            (Value::from(f64::INFINITY), "\"inf\""),
            (Value::from(f64::NEG_INFINITY), "\"-inf\""),
        ] {
            assert_eq!(serde_json::to_string(&value).unwrap(), written);
        }
    }

    #[test]
    fn a_name_is_kept_once_with_its_last_value_at_its_first_place() {
        let mut fields = Fields::default();
        for (name, value) in [("a", 1), ("b", 2), ("a", 3)] {
            fields.set(name, Value::Signed(value));
        }
        let mut newer = Fields::default();
        newer.set("b", Value::Signed(4));
        fields.update(newer);
        let entries: Vec<_> = fields.iter().collect();
        assert_eq!(entries, [("a", &Value::Signed(3)), ("b", &Value::Signed(4))]);
    }
}
