//! How members of records stand in JSON where it is not serde's way: milliseconds, ids, names, `null`.

use serde::{Deserialize, Deserializer};

/// Durations as a JSON number of milliseconds: at most three decimals, no exponent.
///
/// What is read is rounded to microseconds; what is written, too, and a duration of more than 31 years is
/// written as that.
pub(super) mod millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de};

    /// Up to here a number of milliseconds with three decimals is exact as `f64`, and has no exponent.
    pub(crate) const MAX_MICROS: u64 = 999_999_999_999_999;

    pub(crate) fn serialize<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
        let micros = time.as_nanos().saturating_add(500) / 1_000;
        let micros = u64::try_from(micros).unwrap_or(MAX_MICROS).min(MAX_MICROS);
        to.serialize_f64(micros as f64 / 1_000.0)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let millis = f64::deserialize(from)?;
        let micros = (millis * 1_000.0).round();
        if (0.0..=MAX_MICROS as f64).contains(&micros) {
            Ok(Duration::from_micros(micros as u64))
        } else {
            Err(de::Error::invalid_value(
                de::Unexpected::Float(millis),
                &"milliseconds of less than 31 years",
            ))
        }
    }
}

/// As [`millis`], for members that may be absent or `null`.
pub(super) mod optional_millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Millis(#[serde(with = "super::millis")] Duration);

    pub(crate) fn serialize<S: Serializer>(time: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
        time.map(Millis).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<Millis>::deserialize(from)?.map(|millis| millis.0))
    }
}

/// Durations that are billed: written as whole milliseconds, a started one in full.
pub(super) mod optional_billed_millis {
    use std::time::Duration;

    use serde::{Serialize, Serializer};

    use super::millis::MAX_MICROS;
    pub(crate) use super::optional_millis::deserialize;

    pub(crate) fn serialize<S: Serializer>(time: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
        let started = |time: Duration| {
            u64::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX).min(MAX_MICROS / 1_000)
        };
        time.map(started).serialize(to)
    }
}

/// The request id as text.
pub(super) mod request_id {
    use serde::{Deserialize, Deserializer, Serializer, de};

    use crate::RequestId;

    pub(crate) fn serialize<S: Serializer>(id: &RequestId, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(id.as_str())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<RequestId, D::Error> {
        RequestId::new(&String::deserialize(from)?).map_err(de::Error::custom)
    }
}

/// For members that are neither optional nor indispensable: `null` is what absence is.
pub(super) fn or_default<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::<T>::deserialize(from)?.unwrap_or_default())
}

/// Makes an enum of names, each with its text on the wire, and `Other` for the names that are not known.
macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
            /// A name that this crate does not know.
            Other(String),
        }

        impl $name {
            /// The name on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(name) => name,
                }
            }

            /// The value with this name on the wire.
            pub fn from_name(name: &str) -> Self {
                match name {
                    $($text => Self::$variant,)+
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Ok(Self::from_name(&<String as serde::Deserialize>::deserialize(deserializer)?))
            }
        }
    };
}

pub(super) use names;
