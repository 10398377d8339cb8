//! Moments as other crates have them, each behind a feature of its name.

#[cfg(any(feature = "chrono", feature = "jiff", feature = "time"))]
use super::{DateTime, Millis, Seconds, TimeError};

macro_rules! convert {
    ($feature:literal, $to:ty, $of:path) => {
        #[cfg(feature = $feature)]
        impl TryFrom<&Millis> for $to {
            type Error = TimeError;

            fn try_from(moment: &Millis) -> Result<Self, TimeError> {
                $of(i128::from(moment.unix_micros()) * 1_000).ok_or(TimeError::OutOfRange)
            }
        }

        #[cfg(feature = $feature)]
        impl TryFrom<&Seconds> for $to {
            type Error = TimeError;

            fn try_from(moment: &Seconds) -> Result<Self, TimeError> {
                $of(i128::from(moment.unix_micros()) * 1_000).ok_or(TimeError::OutOfRange)
            }
        }

        #[cfg(feature = $feature)]
        impl TryFrom<&DateTime<'_>> for $to {
            type Error = TimeError;

            fn try_from(moment: &DateTime<'_>) -> Result<Self, TimeError> {
                $of(moment.unix_nanos()?).ok_or(TimeError::OutOfRange)
            }
        }
    };
}

convert!("jiff", jiff::Timestamp, of_jiff);
convert!("chrono", chrono::DateTime<chrono::Utc>, of_chrono);
convert!("time", time::OffsetDateTime, of_time);

#[cfg(feature = "jiff")]
fn of_jiff(nanos: i128) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_nanosecond(nanos).ok()
}

#[cfg(feature = "chrono")]
fn of_chrono(nanos: i128) -> Option<chrono::DateTime<chrono::Utc>> {
    let seconds = i64::try_from(nanos.div_euclid(1_000_000_000)).ok()?;
    let fraction = u32::try_from(nanos.rem_euclid(1_000_000_000)).ok()?;
    chrono::DateTime::from_timestamp(seconds, fraction)
}

#[cfg(feature = "time")]
fn of_time(nanos: i128) -> Option<time::OffsetDateTime> {
    time::OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()
}

#[cfg(test)]
#[cfg(all(feature = "chrono", feature = "jiff", feature = "time"))]
mod test {
    use super::*;

    #[test]
    fn all_crates_get_the_same_moment() {
        let arrival = Seconds::from_unix_micros(1_545_084_650_987_123);
        let written = "2018-12-17T22:10:50.987123Z";
        let jiff = jiff::Timestamp::try_from(&arrival).unwrap();
        assert_eq!(jiff.to_string(), written);
        let chrono = chrono::DateTime::try_from(&arrival).unwrap();
        assert_eq!(chrono.timestamp_micros(), arrival.unix_micros());
        let time = time::OffsetDateTime::try_from(&arrival).unwrap();
        assert_eq!(time.unix_timestamp_nanos(), i128::from(arrival.unix_micros()) * 1_000);
        assert_eq!(jiff::Timestamp::try_from(&DateTime::from(written)).unwrap(), jiff);
        assert!(chrono::DateTime::try_from(&Millis::from_unix_millis(i64::MAX)).is_err());
    }
}
