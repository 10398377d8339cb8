//! Scalars of which the service writes some as text and some as numbers or booleans.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Json, Number, Read, Str, Strict, Value};
use crate::IntoOwned;

/// Text, or a number or a boolean that could as well be text.
///
/// ```
/// use lambda_events::value::Scalar;
///
/// let scalar = Scalar::from("282");
/// assert_eq!(scalar.to_text(), "282");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar<'a> {
    /// Text.
    Text(Str<'a>),
    /// A number.
    Number(Number),
    /// A boolean.
    Bool(bool),
}

impl Scalar<'_> {
    /// The text, or what the others are as text.
    pub fn to_text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
        }
    }
}

impl<'a> From<&'a str> for Scalar<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.into())
    }
}

impl<'de> Value<'de> for Scalar<'de> {
    const EXPECTED: &'static str = "a string, a number or a boolean";

    #[inline]
    fn from_text(text: Str<'de>) -> Read<'de, Self> {
        Read::Value(Scalar::Text(text))
    }

    fn from_bool(value: bool) -> Read<'de, Self> {
        Read::Value(Scalar::Bool(value))
    }

    #[inline]
    fn from_number(number: Number) -> Read<'de, Self> {
        Read::Value(Scalar::Number(number))
    }

    fn into_json(self) -> Json<'de> {
        match self {
            Self::Text(text) => Json::String(text),
            Self::Number(number) => Json::Number(number),
            Self::Bool(value) => Json::Bool(value),
        }
    }
}

impl IntoOwned for Scalar<'_> {
    type Owned = Scalar<'static>;

    fn into_owned(self) -> Scalar<'static> {
        match self {
            Self::Text(text) => Scalar::Text(text.into_owned()),
            Self::Number(number) => Scalar::Number(number),
            Self::Bool(value) => Scalar::Bool(value),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Strict(scalar) = Strict::<Scalar<'de>>::deserialize(deserializer)?;
        Ok(scalar)
    }
}

impl Serialize for Scalar<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number) => number.serialize(serializer),
            Self::Bool(value) => serializer.serialize_bool(*value),
        }
    }
}
