//! What events are made of: text, numbers, times and JSON that borrow from the event and remember how they were written.
//!
//! Each type here reads what it expects and nothing else; what stands in its place instead is kept as [`Json`] by whoever reads
//! it, so that a member of another type than expected fails nothing and is not lost ([`Read`], [`Field`]). How the types of
//! events are made of these is in `event`; which member is called what is in the modules of the sources.

use serde::de::{MapAccess, SeqAccess};

#[cfg(feature = "base64")]
mod base64;
mod json;
mod json_reader;
mod map;
mod number;
mod one_or_many;
mod reader;
mod scalar;
mod text;
mod time;

#[cfg(feature = "base64")]
pub use self::base64::{Base64, Base64Error};
pub(crate) use self::reader::Strict;
pub use self::{
    json::{Json, JsonError},
    map::Map,
    number::{Int, Number},
    one_or_many::OneOrMany,
    scalar::Scalar,
    text::Str,
    time::{DateTime, Millis, Seconds, TimeError},
};

/// What was read where a `T` was expected.
#[derive(Clone, Debug, PartialEq)]
pub enum Read<'de, T> {
    /// It is there.
    Value(T),
    /// `null`.
    Null,
    /// Something else.
    Odd(Json<'de>),
}

/// A type that can stand in an event.
///
/// Each method gives the value, or what there was instead. By default everything is something else.
pub trait Value<'de>: Sized {
    /// What is expected, for errors: `a string`.
    const EXPECTED: &'static str;

    /// Takes a string.
    #[inline]
    fn from_text(text: Str<'de>) -> Read<'de, Self> {
        Read::Odd(Json::String(text))
    }

    /// Takes `null`.
    #[inline]
    fn from_null() -> Read<'de, Self> {
        Read::Null
    }

    /// Takes a boolean.
    #[inline]
    fn from_bool(value: bool) -> Read<'de, Self> {
        Read::Odd(Json::Bool(value))
    }

    /// Takes a number.
    #[inline]
    fn from_number(number: Number) -> Read<'de, Self> {
        Read::Odd(Json::Number(number))
    }

    /// Takes an array.
    ///
    /// # Errors
    ///
    /// If the array cannot be read to its end, or lacks what cannot be done without.
    #[inline]
    fn from_array<A: SeqAccess<'de>>(array: A) -> Result<Read<'de, Self>, A::Error> {
        Json::array(Vec::new(), array).map(Read::Odd)
    }

    /// Takes an array whose elements cannot be done without.
    ///
    /// # Errors
    ///
    /// As [`from_array`](Self::from_array), and for an element of another type.
    #[inline]
    fn from_strict_array<A: SeqAccess<'de>>(array: A) -> Result<Read<'de, Self>, A::Error> {
        Self::from_array(array)
    }

    /// Takes an object.
    ///
    /// # Errors
    ///
    /// If the object cannot be read to its end, or lacks what cannot be done without.
    #[inline]
    fn from_object<A: MapAccess<'de>>(object: A) -> Result<Read<'de, Self>, A::Error> {
        Ok(match Json::object(object)? {
            // With a feature of serde_json that somebody else has switched on, it looks like an object.
            Json::Number(number) => Self::from_number(number),
            odd => Read::Odd(odd),
        })
    }

    /// Takes an object whose values cannot be done without.
    ///
    /// # Errors
    ///
    /// As [`from_object`](Self::from_object), and for a value of another type.
    #[inline]
    fn from_strict_object<A: MapAccess<'de>>(object: A) -> Result<Read<'de, Self>, A::Error> {
        Self::from_object(object)
    }

    /// Whether this is what `null` is read as.
    fn is_null(&self) -> bool {
        false
    }

    /// Gives the value as JSON, as it was written.
    fn into_json(self) -> Json<'de>;
}

/// A member of an event's type: what it is when it is not there.
pub trait Field<'de>: Sized {
    /// What is read for it.
    type Value: Value<'de>;

    /// Whether it is not written any more once it has been taken away: an `Option` is not, and others are written empty.
    const IS_OPTIONAL: bool = false;

    /// Puts what was read in its place.
    fn put(&mut self, value: Self::Value);

    /// Whether there is nothing.
    fn is_absent(&self) -> bool;

    /// Gives it as JSON, as it was written.
    fn into_json(self) -> Json<'de>;
}

impl<'de, T: Value<'de>> Field<'de> for Option<T> {
    type Value = T;

    const IS_OPTIONAL: bool = true;

    #[inline]
    fn put(&mut self, value: T) {
        *self = Some(value);
    }

    #[inline]
    fn is_absent(&self) -> bool {
        self.is_none()
    }

    fn into_json(self) -> Json<'de> {
        self.map_or(Json::Null, T::into_json)
    }
}

impl<'de, T: Value<'de>> Field<'de> for Vec<T> {
    type Value = Self;

    #[inline]
    fn put(&mut self, value: Self) {
        *self = value;
    }

    #[inline]
    fn is_absent(&self) -> bool {
        self.is_empty()
    }

    fn into_json(self) -> Json<'de> {
        Value::into_json(self)
    }
}

impl<'de, T: Value<'de>> Value<'de> for Vec<T> {
    const EXPECTED: &'static str = "an array";

    /// One element of another type makes the whole array odd: elements have places.
    fn from_array<A: SeqAccess<'de>>(mut array: A) -> Result<Read<'de, Self>, A::Error> {
        let mut values = Self::new();
        while let Some(read) = array.next_element::<Read<'de, T>>()? {
            let odd = match read {
                Read::Value(value) => {
                    values.push(value);
                    continue;
                }
                Read::Null => Json::Null,
                Read::Odd(odd) => odd,
            };
            let mut elements: Vec<_> = values.into_iter().map(T::into_json).collect();
            elements.push(odd);
            return Json::array(elements, array).map(Read::Odd);
        }
        Ok(Read::Value(values))
    }

    fn from_strict_array<A: SeqAccess<'de>>(mut array: A) -> Result<Read<'de, Self>, A::Error> {
        let mut values = Self::new();
        while let Some(Strict(value)) = array.next_element()? {
            values.push(value);
        }
        Ok(Read::Value(values))
    }

    fn into_json(self) -> Json<'de> {
        Json::Array(self.into_iter().map(T::into_json).collect())
    }
}

/// A value that may be `null`, in an array or in a map.
impl<'de, T: Value<'de>> Value<'de> for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn from_text(text: Str<'de>) -> Read<'de, Self> {
        T::from_text(text).map(Some)
    }

    fn from_null() -> Read<'de, Self> {
        Read::Value(None)
    }

    fn from_bool(value: bool) -> Read<'de, Self> {
        T::from_bool(value).map(Some)
    }

    fn from_number(number: Number) -> Read<'de, Self> {
        T::from_number(number).map(Some)
    }

    fn from_array<A: SeqAccess<'de>>(array: A) -> Result<Read<'de, Self>, A::Error> {
        Ok(T::from_array(array)?.map(Some))
    }

    fn from_object<A: MapAccess<'de>>(object: A) -> Result<Read<'de, Self>, A::Error> {
        Ok(T::from_object(object)?.map(Some))
    }

    fn is_null(&self) -> bool {
        self.is_none()
    }

    fn into_json(self) -> Json<'de> {
        Field::into_json(self)
    }
}

impl<'de, T: Value<'de>> Value<'de> for Box<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn from_text(text: Str<'de>) -> Read<'de, Self> {
        T::from_text(text).map(Self::new)
    }

    fn from_bool(value: bool) -> Read<'de, Self> {
        T::from_bool(value).map(Self::new)
    }

    fn from_number(number: Number) -> Read<'de, Self> {
        T::from_number(number).map(Self::new)
    }

    fn from_array<A: SeqAccess<'de>>(array: A) -> Result<Read<'de, Self>, A::Error> {
        Ok(T::from_array(array)?.map(Self::new))
    }

    fn from_object<A: MapAccess<'de>>(object: A) -> Result<Read<'de, Self>, A::Error> {
        Ok(T::from_object(object)?.map(Self::new))
    }

    fn into_json(self) -> Json<'de> {
        (*self).into_json()
    }
}

impl<'de> Value<'de> for bool {
    const EXPECTED: &'static str = "a boolean";

    #[inline]
    fn from_bool(value: bool) -> Read<'de, Self> {
        Read::Value(value)
    }

    fn into_json(self) -> Json<'de> {
        Json::Bool(self)
    }
}

impl<'de, T> Read<'de, T> {
    fn map<U>(self, change: impl FnOnce(T) -> U) -> Read<'de, U> {
        match self {
            Self::Value(value) => Read::Value(change(value)),
            Self::Null => Read::Null,
            Self::Odd(odd) => Read::Odd(odd),
        }
    }
}
