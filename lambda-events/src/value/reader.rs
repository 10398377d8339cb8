//! How serde reads a value: leniently, where something else may stand in its place, and strictly.
//!
//! What each type takes is said by [`Value`].

use std::{fmt, marker::PhantomData};

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::{Json, Number, Read, Str, Value};

impl<'de, T: Value<'de>> Deserialize<'de> for Read<'de, T> {
    #[inline]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader(PhantomData))
    }
}

/// Reads a value that cannot be done without.
pub(crate) struct Strict<T>(pub(crate) T);

impl<'de, T: Value<'de>> Deserialize<'de> for Strict<T> {
    #[inline]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictReader(PhantomData)).map(Self)
    }
}

struct Reader<T>(PhantomData<T>);

impl<'de, T: Value<'de>> Visitor<'de> for Reader<T> {
    type Value = Read<'de, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    #[inline]
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(T::from_text(Str::from(text)))
    }

    #[inline]
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(T::from_text(Str::from(text.to_owned())))
    }

    #[inline]
    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(T::from_text(Str::from(text)))
    }

    #[inline]
    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(T::from_bool(value))
    }

    #[inline]
    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(T::from_number(Number::from(value)))
    }

    #[inline]
    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(T::from_number(Number::from(value)))
    }

    #[inline]
    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(T::from_number(Number::from(value)))
    }

    #[inline]
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(T::from_null())
    }

    #[inline]
    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(T::from_null())
    }

    #[inline]
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    #[inline]
    fn visit_seq<A: SeqAccess<'de>>(self, array: A) -> Result<Self::Value, A::Error> {
        T::from_array(array)
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        T::from_object(object)
    }
}

struct StrictReader<T>(PhantomData<T>);

impl<'de, T: Value<'de>> StrictReader<T> {
    #[inline]
    fn check<E: Error>(self, read: Read<'de, T>) -> Result<T, E> {
        let odd = match read {
            Read::Value(value) => return Ok(value),
            Read::Null => Json::Null,
            Read::Odd(odd) => odd,
        };
        Err(E::invalid_type(odd.unexpected(), &self))
    }
}

impl<'de, T: Value<'de>> Visitor<'de> for StrictReader<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    #[inline]
    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<T, E> {
        self.check(T::from_text(Str::from(text)))
    }

    #[inline]
    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        self.check(T::from_text(Str::from(text.to_owned())))
    }

    #[inline]
    fn visit_string<E: Error>(self, text: String) -> Result<T, E> {
        self.check(T::from_text(Str::from(text)))
    }

    #[inline]
    fn visit_bool<E: Error>(self, value: bool) -> Result<T, E> {
        self.check(T::from_bool(value))
    }

    #[inline]
    fn visit_i64<E: Error>(self, value: i64) -> Result<T, E> {
        self.check(T::from_number(Number::from(value)))
    }

    #[inline]
    fn visit_u64<E: Error>(self, value: u64) -> Result<T, E> {
        self.check(T::from_number(Number::from(value)))
    }

    #[inline]
    fn visit_f64<E: Error>(self, value: f64) -> Result<T, E> {
        self.check(T::from_number(Number::from(value)))
    }

    #[inline]
    fn visit_unit<E: Error>(self) -> Result<T, E> {
        self.check(T::from_null())
    }

    #[inline]
    fn visit_none<E: Error>(self) -> Result<T, E> {
        self.visit_unit()
    }

    #[inline]
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_any(self)
    }

    #[inline]
    fn visit_seq<A: SeqAccess<'de>>(self, array: A) -> Result<T, A::Error> {
        let read = T::from_strict_array(array)?;
        self.check(read)
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<T, A::Error> {
        let read = T::from_strict_object(object)?;
        self.check(read)
    }
}
