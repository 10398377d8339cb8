//! Text that borrows from the event where it can.

use std::{
    borrow::{Borrow, Cow},
    fmt,
    ops::Deref,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::{Json, Read, Value};
use crate::IntoOwned;

/// Text of an event: borrowed from it, unless the text has escapes in it.
///
/// It is a `str` in nearly every way. (`Option<Cow<str>>` never borrows when serde reads it, which is why this is a type of its
/// own.)
///
/// ```
/// use lambda_events::value::Str;
///
/// let text: Str<'_> = serde_json::from_str(r#""plain""#)?;
/// assert_eq!(text, "plain");
/// assert!(text.is_borrowed());
/// let escaped: Str<'_> = serde_json::from_str(r#""two\nlines""#)?;
/// assert_eq!(escaped.lines().count(), 2);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Str<'a>(Cow<'a, str>);

impl<'a> Str<'a> {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text as one's own.
    pub fn into_string(self) -> String {
        self.0.into_owned()
    }

    /// The text as a `Cow`.
    pub fn into_cow(self) -> Cow<'a, str> {
        self.0
    }

    /// Whether nothing was copied.
    pub fn is_borrowed(&self) -> bool {
        matches!(self.0, Cow::Borrowed(_))
    }
}

impl<'de> Value<'de> for Str<'de> {
    const EXPECTED: &'static str = "a string";

    #[inline]
    fn from_text(text: Self) -> Read<'de, Self> {
        Read::Value(text)
    }

    fn into_json(self) -> Json<'de> {
        Json::String(self)
    }
}

impl IntoOwned for Str<'_> {
    type Owned = Str<'static>;

    fn into_owned(self) -> Str<'static> {
        Str(Cow::Owned(self.into_string()))
    }
}

impl crate::Borrowed for Str<'static> {
    type Of<'a> = Str<'a>;
}

impl Deref for Str<'_> {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Str<'_> {
    fn as_ref(&self) -> &str {
        self
    }
}

impl Borrow<str> for Str<'_> {
    fn borrow(&self) -> &str {
        self
    }
}

impl fmt::Display for Str<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl fmt::Debug for Str<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<'a> From<&'a str> for Str<'a> {
    #[inline]
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl From<String> for Str<'_> {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text))
    }
}

impl<'a> From<Cow<'a, str>> for Str<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Self(text)
    }
}

impl From<Str<'_>> for String {
    fn from(text: Str<'_>) -> Self {
        text.into_string()
    }
}

impl PartialEq<str> for Str<'_> {
    fn eq(&self, other: &str) -> bool {
        **self == *other
    }
}

impl PartialEq<&str> for Str<'_> {
    fn eq(&self, other: &&str) -> bool {
        **self == **other
    }
}

impl PartialEq<String> for Str<'_> {
    fn eq(&self, other: &String) -> bool {
        **self == **other
    }
}

impl PartialEq<Str<'_>> for str {
    fn eq(&self, other: &Str<'_>) -> bool {
        *self == **other
    }
}

impl PartialEq<Str<'_>> for &str {
    fn eq(&self, other: &Str<'_>) -> bool {
        **self == **other
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Str<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Read::<'de, Str<'de>>::deserialize(deserializer)? {
            Read::Value(text) => Ok(text),
            Read::Null => Err(D::Error::invalid_type(Json::Null.unexpected(), &Str::EXPECTED)),
            Read::Odd(odd) => Err(D::Error::invalid_type(odd.unexpected(), &Str::EXPECTED)),
        }
    }
}

impl Serialize for Str<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}
