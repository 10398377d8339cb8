//! Moments, exact to the microsecond, in each of the ways in which services write them.
//!
//! Numbers and text of numbers are [`Millis`] and [`Seconds`], which differ in the unit; dates are [`DateTime`]. How a moment
//! was written is kept, so that it is written in the same way again. How decimal text is read is in `decimal`, how a date in
//! `date`.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use serde::{
    Serialize, Serializer,
    de::{Deserialize, Deserializer, Error},
};

use super::{Json, Number, Read, Str, Value, number::whole};
use crate::IntoOwned;

mod convert;
mod date;
mod decimal;

/// How a moment is written.
#[derive(Clone, Debug, Default)]
enum Form {
    /// As a whole number.
    #[default]
    Whole,
    /// As this number.
    Number(f64),
    /// As the text of a whole number.
    WholeText,
    /// As this text.
    Text(Box<str>),
}

/// A moment that is not in the range of a type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimeError {
    /// The text is no date and time as in RFC 3339.
    #[error("the text is no date and time such as 2026-11-20T10:00:00.123Z")]
    Malformed,
    /// It lies outside the range of the type.
    #[error("the moment is out of range")]
    OutOfRange,
}

macro_rules! moment {
    ($(#[$about:meta])* $name:ident, $per_unit:literal, $new:ident, $unit:literal) => {
        $(#[$about])*
        #[derive(Clone, Default)]
        pub struct $name {
            micros: i64,
            form: Form,
        }

        impl $name {
            const MICROS: i64 = $per_unit;

            #[doc = concat!("The moment so many ", $unit, " after the beginning of 1970, written as a whole number.")]
            ///
            /// What lies outside the range of microseconds in an `i64` is moved to its end.
            pub const fn $new(units: i64) -> Self {
                Self { micros: units.saturating_mul(Self::MICROS), form: Form::Whole }
            }

            /// The moment so many microseconds after the beginning of 1970, written as a number.
            #[expect(clippy::cast_precision_loss, reason = "microseconds of our age are exact in an f64")]
            pub fn from_unix_micros(micros: i64) -> Self {
                let is_whole = micros % Self::MICROS == 0;
                let form =
                    if is_whole { Form::Whole } else { Form::Number(micros as f64 / Self::MICROS as f64) };
                Self { micros, form }
            }

            /// Milliseconds since the beginning of 1970, rounded down.
            pub const fn unix_millis(&self) -> i64 {
                self.micros.div_euclid(1_000)
            }

            /// Microseconds since the beginning of 1970.
            pub const fn unix_micros(&self) -> i64 {
                self.micros
            }

            /// The moment as the standard library has it.
            pub fn system_time(&self) -> SystemTime {
                let distance = Duration::from_micros(self.micros.unsigned_abs());
                let epoch = SystemTime::UNIX_EPOCH;
                let time = if self.micros < 0 { epoch.checked_sub(distance) } else { epoch.checked_add(distance) };
                time.unwrap_or(epoch)
            }
        }

        impl<'de> Value<'de> for $name {
            const EXPECTED: &'static str =
                concat!($unit, " since the beginning of 1970, as a number or as text");

            #[inline]
            fn from_text(text: Str<'de>) -> Read<'de, Self> {
                if let Some(micros) = whole(&text).and_then(|units| units.checked_mul(Self::MICROS)) {
                    return Read::Value(Self { micros, form: Form::WholeText });
                }
                match decimal::micros(&text, Self::MICROS) {
                    Some(micros) => {
                        Read::Value(Self { micros, form: Form::Text(text.into_string().into()) })
                    }
                    None => Read::Odd(Json::String(text)),
                }
            }

            #[inline]
            fn from_number(number: Number) -> Read<'de, Self> {
                let micros = match number {
                    Number::I64(units) => {
                        units.checked_mul(Self::MICROS).map(|micros| (micros, Form::Whole))
                    }
                    Number::U64(_) => None,
                    Number::F64(units) => {
                        decimal::rounded(units, Self::MICROS).map(|micros| (micros, Form::Number(units)))
                    }
                };
                match micros {
                    Some((micros, form)) => Read::Value(Self { micros, form }),
                    None => Read::Odd(Json::Number(number)),
                }
            }

            fn into_json(self) -> Json<'de> {
                match self.form {
                    Form::Whole => Json::from(self.micros / Self::MICROS),
                    Form::Number(units) => Json::Number(units.into()),
                    Form::WholeText => Json::String((self.micros / Self::MICROS).to_string().into()),
                    Form::Text(text) => Json::String(String::from(text).into()),
                }
            }
        }

        impl IntoOwned for $name {
            type Owned = Self;

            fn into_owned(self) -> Self {
                self
            }
        }

        /// How it is written makes no difference.
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.micros == other.micros
            }
        }

        impl Eq for $name {}

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                self.micros.cmp(&other.micros)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({} µs)", stringify!($name), self.micros)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                match Read::deserialize(deserializer)? {
                    Read::Value(moment) => Ok(moment),
                    Read::Null => Err(D::Error::invalid_type(Json::Null.unexpected(), &Self::EXPECTED)),
                    Read::Odd(odd) => Err(D::Error::invalid_type(odd.unexpected(), &Self::EXPECTED)),
                }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match &self.form {
                    Form::Whole => serializer.serialize_i64(self.micros / Self::MICROS),
                    Form::Number(units) => serializer.serialize_f64(*units),
                    Form::WholeText => serializer.collect_str(&(self.micros / Self::MICROS)),
                    Form::Text(text) => serializer.serialize_str(text),
                }
            }
        }
    };
}

moment!(
    /// A moment in milliseconds since the beginning of 1970, written as a number or as text.
    ///
    /// ```
    /// use lambda_events::value::Millis;
    ///
    /// let sent: Millis = serde_json::from_str("1545082649183")?;
    /// assert_eq!(sent.unix_millis(), 1_545_082_649_183);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    Millis, 1_000, from_unix_millis, "milliseconds"
);
moment!(
    /// A moment in seconds since the beginning of 1970, with fractions, written as a number or as text.
    ///
    /// ```
    /// use lambda_events::value::Seconds;
    ///
    /// let arrival: Seconds = serde_json::from_str("1545084650.987")?;
    /// assert_eq!(arrival.unix_millis(), 1_545_084_650_987);
    /// assert_eq!(serde_json::to_string(&arrival)?, "1545084650.987");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    Seconds, 1_000_000, from_unix_seconds, "seconds"
);

/// A moment as a date and a time: `2026-11-20T10:00:00.123Z`, with any offset and any fraction, as text.
///
/// The text is looked into when the moment is asked for.
///
/// ```
/// use lambda_events::value::DateTime;
///
/// let time = DateTime::from("1970-01-01T01:00:00.5+01:00");
/// assert_eq!(time.unix_millis()?, 500);
/// # Ok::<(), lambda_events::value::TimeError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DateTime<'a>(Str<'a>);

impl DateTime<'_> {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Milliseconds since the beginning of 1970, rounded down.
    ///
    /// # Errors
    ///
    /// [`TimeError`] if the text is no date and time.
    pub fn unix_millis(&self) -> Result<i64, TimeError> {
        self.unix_micros().map(|micros| micros.div_euclid(1_000))
    }

    /// Microseconds since the beginning of 1970, rounded down.
    ///
    /// # Errors
    ///
    /// [`TimeError`] if the text is no date and time.
    pub fn unix_micros(&self) -> Result<i64, TimeError> {
        let micros = self.unix_nanos()?.div_euclid(1_000);
        i64::try_from(micros).map_err(|_| TimeError::OutOfRange)
    }

    /// Nanoseconds since the beginning of 1970.
    ///
    /// # Errors
    ///
    /// [`TimeError`] if the text is no date and time.
    pub fn unix_nanos(&self) -> Result<i128, TimeError> {
        date::nanos(&self.0).ok_or(TimeError::Malformed)
    }
}

impl<'a> From<&'a str> for DateTime<'a> {
    fn from(text: &'a str) -> Self {
        Self(text.into())
    }
}

impl From<String> for DateTime<'_> {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for DateTime<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Value<'de> for DateTime<'de> {
    const EXPECTED: &'static str = "a date and a time as text";

    #[inline]
    fn from_text(text: Str<'de>) -> Read<'de, Self> {
        Read::Value(Self(text))
    }

    fn into_json(self) -> Json<'de> {
        Json::String(self.0)
    }
}

impl IntoOwned for DateTime<'_> {
    type Owned = DateTime<'static>;

    fn into_owned(self) -> DateTime<'static> {
        DateTime(self.0.into_owned())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for DateTime<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Str::deserialize(deserializer).map(Self)
    }
}

impl Serialize for DateTime<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
