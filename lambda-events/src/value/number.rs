//! Numbers, and whole numbers that may be written as text.

use std::fmt;

use serde::{
    Serialize, Serializer,
    de::{Deserialize, Deserializer, Error},
};

use super::{Json, Read, Str, Value};
use crate::IntoOwned;

/// A number of JSON.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// A whole number.
    I64(i64),
    /// A whole number that is too large for an `i64`.
    U64(u64),
    /// A number with a fraction, or one that is larger still.
    F64(f64),
}

impl Number {
    /// The number, if it is a whole one that fits.
    pub fn as_i64(self) -> Option<i64> {
        match self {
            Self::I64(value) => Some(value),
            Self::U64(_) | Self::F64(_) => None,
        }
    }

    /// The number of a text that is one.
    pub(super) fn of_digits(digits: &str) -> Option<Self> {
        let whole = digits.parse().map(Self::I64).or_else(|_| digits.parse().map(Self::U64));
        whole.ok().or_else(|| digits.parse().map(Self::F64).ok())
    }

    /// The number as near as an `f64` can be.
    #[expect(clippy::cast_precision_loss, reason = "as near as can be is what is promised")]
    pub fn as_f64(self) -> f64 {
        match self {
            Self::I64(value) => value as f64,
            Self::U64(value) => value as f64,
            Self::F64(value) => value,
        }
    }
}

impl From<i64> for Number {
    #[inline]
    fn from(value: i64) -> Self {
        Self::I64(value)
    }
}

impl From<u64> for Number {
    #[inline]
    fn from(value: u64) -> Self {
        i64::try_from(value).map_or(Self::U64(value), Self::I64)
    }
}

impl From<f64> for Number {
    #[inline]
    fn from(value: f64) -> Self {
        Self::F64(value)
    }
}

impl From<&serde_json::Number> for Number {
    fn from(number: &serde_json::Number) -> Self {
        match (number.as_i64(), number.as_u64()) {
            (Some(value), _) => Self::I64(value),
            (None, Some(value)) => Self::U64(value),
            (None, None) => Self::F64(number.as_f64().unwrap_or(f64::NAN)),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::I64(value) => value.fmt(f),
            Self::U64(value) => value.fmt(f),
            Self::F64(value) => value.fmt(f),
        }
    }
}

impl<'de> Value<'de> for Number {
    const EXPECTED: &'static str = "a number";

    #[inline]
    fn from_number(number: Number) -> Read<'de, Self> {
        Read::Value(number)
    }

    fn into_json(self) -> Json<'de> {
        Json::Number(self)
    }
}

impl IntoOwned for Number {
    type Owned = Self;

    fn into_owned(self) -> Self {
        self
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::I64(value) => serializer.serialize_i64(value),
            Self::U64(value) => serializer.serialize_u64(value),
            Self::F64(value) => serializer.serialize_f64(value),
        }
    }
}

/// A whole number, written as a number or as text; which of them is kept.
///
/// ```
/// use lambda_events::value::Int;
///
/// let count: Int = serde_json::from_str(r#""17""#)?;
/// assert_eq!(count, 17);
/// assert_eq!(serde_json::to_string(&count)?, r#""17""#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Default)]
pub struct Int {
    value: i64,
    is_text: bool,
}

impl Int {
    /// The number.
    pub const fn get(self) -> i64 {
        self.value
    }

    /// A number that is written as text.
    pub const fn text(value: i64) -> Self {
        Self { value, is_text: true }
    }
}

/// A whole number in the one form in which it is written, so that it can be written so again.
pub(super) fn whole(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_usual = match digits.as_bytes() {
        [b'0'] => digits.len() == text.len(),
        [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if is_usual { text.parse().ok() } else { None }
}

impl<'de> Value<'de> for Int {
    const EXPECTED: &'static str = "a whole number";

    #[inline]
    fn from_text(text: Str<'de>) -> Read<'de, Self> {
        whole(&text)
            .map_or_else(|| Read::Odd(Json::String(text)), |value| Read::Value(Self { value, is_text: true }))
    }

    #[inline]
    fn from_number(number: Number) -> Read<'de, Self> {
        match number {
            Number::I64(value) => Read::Value(Self::from(value)),
            other => Read::Odd(Json::Number(other)),
        }
    }

    fn into_json(self) -> Json<'de> {
        if self.is_text { Json::String(self.value.to_string().into()) } else { Json::from(self.value) }
    }
}

impl IntoOwned for Int {
    type Owned = Self;

    fn into_owned(self) -> Self {
        self
    }
}

impl From<i64> for Int {
    fn from(value: i64) -> Self {
        Self { value, is_text: false }
    }
}

impl From<Int> for i64 {
    fn from(int: Int) -> Self {
        int.value
    }
}

/// Whether text or number makes no difference.
impl PartialEq for Int {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Eq for Int {}

impl PartialOrd for Int {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Int {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.value.cmp(&other.value)
    }
}

impl PartialOrd<i64> for Int {
    fn partial_cmp(&self, other: &i64) -> Option<std::cmp::Ordering> {
        self.value.partial_cmp(other)
    }
}

impl PartialEq<i64> for Int {
    fn eq(&self, other: &i64) -> bool {
        self.value == *other
    }
}

impl fmt::Debug for Int {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.value, f)
    }
}

impl fmt::Display for Int {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.value, f)
    }
}

impl<'de> Deserialize<'de> for Int {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Read::deserialize(deserializer)? {
            Read::Value(int) => Ok(int),
            Read::Null => Err(D::Error::invalid_type(Json::Null.unexpected(), &Self::EXPECTED)),
            Read::Odd(odd) => Err(D::Error::invalid_type(odd.unexpected(), &Self::EXPECTED)),
        }
    }
}

impl Serialize for Int {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_text { serializer.collect_str(&self.value) } else { serializer.serialize_i64(self.value) }
    }
}
