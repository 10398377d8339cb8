//! One value, or an array of them.

use serde::{
    Serialize, Serializer,
    de::{MapAccess, SeqAccess},
};

use super::{Json, Number, Read, Str, Value};
use crate::{IntoOwned, Unknown};

/// One value, or an array of them; which of the two is kept.
///
/// ```
/// use lambda_events::value::{OneOrMany, Str};
///
/// let actions: OneOrMany<Str<'_>> = OneOrMany::One("execute-api:Invoke".into());
/// assert_eq!(actions.as_slice().len(), 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OneOrMany<T> {
    /// One.
    One(T),
    /// An array.
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    /// The values.
    pub fn as_slice(&self) -> &[T] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
        }
    }
}

impl<T> From<Vec<T>> for OneOrMany<T> {
    fn from(values: Vec<T>) -> Self {
        Self::Many(values)
    }
}

impl<'de, T: Value<'de>> Value<'de> for OneOrMany<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn from_text(text: Str<'de>) -> Read<'de, Self> {
        T::from_text(text).map(Self::One)
    }

    fn from_bool(value: bool) -> Read<'de, Self> {
        T::from_bool(value).map(Self::One)
    }

    fn from_number(number: Number) -> Read<'de, Self> {
        T::from_number(number).map(Self::One)
    }

    fn from_array<A: SeqAccess<'de>>(array: A) -> Result<Read<'de, Self>, A::Error> {
        Ok(Vec::from_array(array)?.map(Self::Many))
    }

    fn from_object<A: MapAccess<'de>>(object: A) -> Result<Read<'de, Self>, A::Error> {
        Ok(T::from_object(object)?.map(Self::One))
    }

    fn into_json(self) -> Json<'de> {
        match self {
            Self::One(value) => value.into_json(),
            Self::Many(values) => Value::into_json(values),
        }
    }
}

impl<T: IntoOwned> IntoOwned for OneOrMany<T> {
    type Owned = OneOrMany<T::Owned>;

    fn into_owned(self) -> Self::Owned {
        match self {
            Self::One(value) => OneOrMany::One(value.into_owned()),
            Self::Many(values) => OneOrMany::Many(values.into_owned()),
        }
    }
}

impl<T: Unknown> Unknown for OneOrMany<T> {
    fn find_unknown(&self, path: &mut String, found: &mut Vec<String>) {
        match self {
            Self::One(value) => value.find_unknown(path, found),
            Self::Many(values) => values.find_unknown(path, found),
        }
    }
}

impl<T: Serialize> Serialize for OneOrMany<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(value) => value.serialize(serializer),
            Self::Many(values) => values.serialize(serializer),
        }
    }
}
