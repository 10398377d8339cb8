//! Bytes as base64, decoded when they are asked for.

use std::fmt;

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde::{Serialize, Serializer};

use super::{Json, Read, Str, Value};
use crate::IntoOwned;

/// Padding may be there or not: services write it, and what others have sent through them may not have it.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Bytes as base64, decoded when they are asked for.
///
/// ```
/// use lambda_events::value::Base64;
///
/// let data: Base64<'_> = serde_json::from_str(r#""SGVsbG8=""#)?;
/// assert_eq!(data.decode()?, b"Hello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Base64<'a>(Str<'a>);

/// The text is no base64.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the data is no base64")]
pub struct Base64Error(#[source] base64::DecodeError);

impl<'a> Base64<'a> {
    /// Encodes bytes.
    #[inline]
    pub fn encode(bytes: impl AsRef<[u8]>) -> Base64<'static> {
        Base64(LENIENT.encode(bytes).into())
    }

    /// The text as it stands in the event.
    pub fn encoded(&self) -> &str {
        &self.0
    }

    /// The bytes.
    ///
    /// # Errors
    ///
    /// [`Base64Error`] if the text is no base64.
    #[inline]
    pub fn decode(&self) -> Result<Vec<u8>, Base64Error> {
        LENIENT.decode(self.0.as_bytes()).map_err(Base64Error)
    }
}

impl<'a> From<&'a str> for Base64<'a> {
    /// Takes what is base64 already.
    fn from(encoded: &'a str) -> Self {
        Self(encoded.into())
    }
}

impl From<String> for Base64<'_> {
    /// Takes what is base64 already.
    fn from(encoded: String) -> Self {
        Self(encoded.into())
    }
}

impl fmt::Debug for Base64<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Base64").field(&self.0).finish()
    }
}

impl<'de> Value<'de> for Base64<'de> {
    const EXPECTED: &'static str = "base64 as a string";

    #[inline]
    fn from_text(text: Str<'de>) -> Read<'de, Self> {
        Read::Value(Self(text))
    }

    fn into_json(self) -> Json<'de> {
        Json::String(self.0)
    }
}

impl<'de: 'a, 'a> serde::Deserialize<'de> for Base64<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Str::deserialize(deserializer).map(Self)
    }
}

impl IntoOwned for Base64<'_> {
    type Owned = Base64<'static>;

    fn into_owned(self) -> Base64<'static> {
        Base64(self.0.into_owned())
    }
}

impl Serialize for Base64<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
