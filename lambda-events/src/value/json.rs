//! JSON of any shape that borrows from the event, in the order of the event.
//!
//! How a type of one's own is read from it is in `json_reader`.

use std::fmt;

use serde::{
    Serialize, Serializer,
    de::{Deserialize, Deserializer, MapAccess, SeqAccess, Unexpected},
};

use super::{Map, Number, Read, Str, Value};
use crate::IntoOwned;

/// JSON of any shape, in the order of the event.
///
/// ```
/// use lambda_events::value::Json;
///
/// let json: Json<'_> = serde_json::from_str(r#"{"b":[1,2.5],"a":null}"#)?;
/// assert_eq!(json["b"][1].as_f64(), Some(2.5));
/// assert!(json.get("nowhere").is_none());
/// assert_eq!(json.to_string(), r#"{"b":[1,2.5],"a":null}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Json<'a> {
    /// `null`.
    #[default]
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    String(Str<'a>),
    /// An array.
    Array(Vec<Self>),
    /// An object.
    Object(Map<'a, Self>),
}

/// What serde_json calls a number with its feature `arbitrary_precision`, which another crate may have switched on.
const PRECISE: &str = "$serde_json::private::Number";

/// Why JSON of an event is no value of a type.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct JsonError(pub(super) String);

impl<'a> Json<'a> {
    /// The member of this name, if this is an object that has it.
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.as_object()?.get(name)
    }

    /// The element at this place, if this is an array that has it.
    pub fn at(&self, place: usize) -> Option<&Self> {
        self.as_array()?.get(place)
    }

    /// The string, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The number, if it is a whole one that fits.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Number(number) => number.as_i64(),
            _ => None,
        }
    }

    /// The number, if it is one; as near as an `f64` can be.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(number.as_f64()),
            _ => None,
        }
    }

    /// The elements, if it is an array.
    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// The members, if it is an object.
    pub fn as_object(&self) -> Option<&Map<'a, Self>> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Reads a type of one's own, which may borrow.
    ///
    /// # Errors
    ///
    /// [`JsonError`] if the JSON is of another shape.
    pub fn to<T: Deserialize<'a>>(&'a self) -> Result<T, JsonError> {
        T::deserialize(self)
    }

    pub(super) fn unexpected(&self) -> Unexpected<'_> {
        match self {
            // What they say is the caller's, and has no place in an error.
            Self::Null => Unexpected::Other("null"),
            Self::Bool(_) => Unexpected::Other("a boolean"),
            Self::Number(_) => Unexpected::Other("a number"),
            Self::String(_) => Unexpected::Other("a string"),
            Self::Array(_) => Unexpected::Seq,
            Self::Object(_) => Unexpected::Map,
        }
    }

    /// Reads the rest of an array.
    pub(super) fn array<A: SeqAccess<'a>>(mut elements: Vec<Self>, mut array: A) -> Result<Self, A::Error> {
        while let Some(element) = array.next_element()? {
            elements.push(element);
        }
        Ok(Self::Array(elements))
    }

    pub(super) fn object<A: MapAccess<'a>>(mut object: A) -> Result<Self, A::Error> {
        let mut members = Map::new();
        while let Some(name) = object.next_key::<Str<'a>>()? {
            let value = object.next_value()?;
            if let (PRECISE, Self::String(digits)) = (name.as_str(), &value)
                && let Some(number) = Number::of_digits(digits)
            {
                return Ok(Self::Number(number));
            }
            members.push(name, value);
        }
        Ok(Self::Object(members))
    }
}

impl<'de> Value<'de> for Json<'de> {
    const EXPECTED: &'static str = "JSON";

    #[inline]
    fn from_text(text: Str<'de>) -> Read<'de, Self> {
        Read::Value(Json::String(text))
    }

    #[inline]
    fn from_null() -> Read<'de, Self> {
        Read::Value(Json::Null)
    }

    #[inline]
    fn from_bool(value: bool) -> Read<'de, Self> {
        Read::Value(Json::Bool(value))
    }

    #[inline]
    fn from_number(number: Number) -> Read<'de, Self> {
        Read::Value(Json::Number(number))
    }

    fn from_array<A: SeqAccess<'de>>(array: A) -> Result<Read<'de, Self>, A::Error> {
        Self::array(Vec::new(), array).map(Read::Value)
    }

    fn from_object<A: MapAccess<'de>>(object: A) -> Result<Read<'de, Self>, A::Error> {
        Self::object(object).map(Read::Value)
    }

    fn is_null(&self) -> bool {
        matches!(self, Json::Null)
    }

    fn into_json(self) -> Self {
        self
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Json<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Read::<'de, Json<'de>>::deserialize(deserializer)? {
            Read::Value(json) | Read::Odd(json) => json,
            Read::Null => Json::Null,
        })
    }
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => number.serialize(serializer),
            Self::String(text) => serializer.serialize_str(text),
            Self::Array(elements) => serializer.collect_seq(elements),
            Self::Object(members) => members.serialize(serializer),
        }
    }
}

impl fmt::Display for Json<'_> {
    /// Compact JSON.
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl std::ops::Index<&str> for Json<'_> {
    type Output = Self;

    /// The member of this name, or `null`.
    fn index(&self, name: &str) -> &Self {
        self.get(name).unwrap_or(&Json::Null)
    }
}

impl std::ops::Index<usize> for Json<'_> {
    type Output = Self;

    /// The element at this place, or `null`.
    fn index(&self, place: usize) -> &Self {
        self.at(place).unwrap_or(&Json::Null)
    }
}

impl IntoOwned for Json<'_> {
    type Owned = Json<'static>;

    fn into_owned(self) -> Json<'static> {
        match self {
            Self::Null => Json::Null,
            Self::Bool(value) => Json::Bool(value),
            Self::Number(number) => Json::Number(number),
            Self::String(text) => Json::String(text.into_owned()),
            Self::Array(elements) => Json::Array(elements.into_owned()),
            Self::Object(members) => Json::Object(members.into_owned()),
        }
    }
}

impl crate::Borrowed for Json<'static> {
    type Of<'a> = Json<'a>;
}

impl From<serde_json::Value> for Json<'_> {
    #[inline]
    fn from(value: serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(value),
            serde_json::Value::Number(number) => Self::Number(Number::from(&number)),
            serde_json::Value::String(text) => Self::String(text.into()),
            serde_json::Value::Array(elements) => Self::Array(elements.into_iter().map(Self::from).collect()),
            serde_json::Value::Object(members) => {
                Self::Object(members.into_iter().map(|(name, value)| (name, Self::from(value))).collect())
            }
        }
    }
}

impl<'a> From<&'a str> for Json<'a> {
    fn from(text: &'a str) -> Self {
        Self::String(text.into())
    }
}

impl From<bool> for Json<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Json<'_> {
    fn from(value: i64) -> Self {
        Self::Number(value.into())
    }
}
