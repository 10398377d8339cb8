//! Wall time as telemetry writes it: RFC 3339 in UTC with milliseconds.
//!
//! Only text and arithmetic; whose clock a time was read from is the caller's business.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const SECONDS_PER_DAY: u64 = 86_400;
/// Days from 1 January of the year 0 to 1 January 1970.
const DAYS_TO_EPOCH: u64 = 719_528;
/// The last nanosecond of the year 9999; RFC 3339 has no more.
const LAST: Duration = Duration::new(253_402_300_799, 999_999_999);

/// A moment between the years 1970 and 9999, to the nanosecond; the wire has milliseconds.
///
/// Source: member `time` of
/// [Telemetry API events](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html).
///
/// ```
/// use std::time::Duration;
/// use lambda_api::telemetry::Timestamp;
///
/// let time = Timestamp::from_unix(Duration::from_millis(1_795_168_800_123));
/// assert_eq!(time.to_string(), "2026-11-20T10:00:00.123Z");
/// assert_eq!("2026-11-20T11:00:00.123+01:00".parse(), Ok(time));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(Duration);

/// The text is no RFC 3339 time between the years 1970 and 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an RFC 3339 time between the years 1970 and 9999")]
pub struct InvalidTimestamp;

impl Timestamp {
    /// The moment this long after the Unix epoch; the end of the year 9999 if it lies beyond that.
    pub fn from_unix(since_epoch: Duration) -> Self {
        Self(since_epoch.min(LAST))
    }

    /// Time since the Unix epoch.
    pub const fn since_epoch(self) -> Duration {
        self.0
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let (year, month, day) = civil(seconds / SECONDS_PER_DAY);
        let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
        let millis = self.0.subsec_millis();
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        parse(text.as_bytes()).map(Self).ok_or(InvalidTimestamp)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl de::Visitor<'_> for Text {
            type Value = Timestamp;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an RFC 3339 time")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
                text.parse().map_err(|InvalidTimestamp| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }

        deserializer.deserialize_str(Text)
    }
}

fn parse(text: &[u8]) -> Option<Duration> {
    let mut rest = text;
    let year = digits(&mut rest, 4)?;
    expect(&mut rest, b"-")?;
    let month = digits(&mut rest, 2)?;
    expect(&mut rest, b"-")?;
    let day = digits(&mut rest, 2)?;
    expect(&mut rest, b"Tt ")?;
    let hour = digits(&mut rest, 2)?;
    expect(&mut rest, b":")?;
    let minute = digits(&mut rest, 2)?;
    expect(&mut rest, b":")?;
    let second = digits(&mut rest, 2)?;
    let nanos = fraction(&mut rest)?;
    let (is_east, offset) = offset(&mut rest)?;
    // A leap second, 60, is taken for the second after it.
    let is_valid = (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60
        && rest.is_empty();
    if !is_valid {
        return None;
    }

    let days = days_before_year(year) + days_before_month(year, month) + day - 1;
    let seconds = days * SECONDS_PER_DAY + hour * 3_600 + minute * 60 + second;
    let utc = if is_east { seconds.checked_sub(offset)? } else { seconds + offset };
    let since_epoch = Duration::new(utc.checked_sub(DAYS_TO_EPOCH * SECONDS_PER_DAY)?, nanos);
    (since_epoch <= LAST).then_some(since_epoch)
}

/// Takes exactly so many digits.
fn digits(rest: &mut &[u8], count: usize) -> Option<u64> {
    let (number, after) = rest.split_at_checked(count)?;
    *rest = after;
    number.iter().try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u64::from(byte - b'0')))
}

/// Takes one of these bytes.
fn expect(rest: &mut &[u8], any_of: &[u8]) -> Option<u8> {
    let (first, after) = rest.split_first()?;
    *rest = after;
    any_of.contains(first).then_some(*first)
}

/// Takes a point and one to nine digits, if there is a point; the nanoseconds.
fn fraction(rest: &mut &[u8]) -> Option<u32> {
    let Some(after) = rest.strip_prefix(b".") else { return Some(0) };
    let count = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=9).contains(&count) {
        return None;
    }
    *rest = after;
    let number = digits(rest, count)?;
    let missing = u32::try_from(9 - count).ok()?;
    u32::try_from(number * 10_u64.pow(missing)).ok()
}

/// Takes `Z` or an offset; whether it is east of Greenwich, and its seconds.
fn offset(rest: &mut &[u8]) -> Option<(bool, u64)> {
    let sign = expect(rest, b"Zz+-")?;
    if sign.eq_ignore_ascii_case(&b'z') {
        return Some((true, 0));
    }
    let hours = digits(rest, 2)?;
    expect(rest, b":")?;
    let minutes = digits(rest, 2)?;
    (hours < 24 && minutes < 60).then_some((sign == b'+', hours * 3_600 + minutes * 60))
}

/// Year, month and day of the day this long after the Unix epoch.
fn civil(days_since_epoch: u64) -> (u64, u64, u64) {
    let days = days_since_epoch + DAYS_TO_EPOCH;
    // 400 years have 146,097 days, so the guess is the year or the one after it.
    let guess = days * 400 / 146_097;
    let year = if days_before_year(guess + 1) <= days {
        guess + 1
    } else if days_before_year(guess) <= days {
        guess
    } else {
        guess.saturating_sub(1)
    };
    let day_of_year = days - days_before_year(year);
    let month = (1..=12).rev().find(|&month| days_before_month(year, month) <= day_of_year).unwrap_or(1);
    (year, month, day_of_year - days_before_month(year, month) + 1)
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

/// Days from 1 January of the year 0, which is a leap year, to 1 January of this one.
fn days_before_year(year: u64) -> u64 {
    year * 365 + year.div_ceil(4) - year.div_ceil(100) + year.div_ceil(400)
}

/// Days from 1 January to the first of a month between 1 and 12.
fn days_before_month(year: u64, month: u64) -> u64 {
    (1..month).map(|earlier| days_in_month(year, earlier)).sum()
}

fn days_in_month(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod test {
    use super::*;

    fn parsed(text: &str) -> Option<u64> {
        text.parse().ok().map(|time: Timestamp| u64::try_from(time.since_epoch().as_nanos()).unwrap())
    }

    #[test]
    fn every_day_has_its_date_and_back() {
        // The calendar repeats itself after 146,097 days.
        let (mut year, mut month, mut day) = (1970, 1, 1);
        for days in 0..146_097 {
            assert_eq!(civil(days), (year, month, day), "{days} days after the epoch");
            assert_eq!(
                days_before_year(year) + days_before_month(year, month) + day - 1 - DAYS_TO_EPOCH,
                days
            );
            day += 1;
            if day > days_in_month(year, month) {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
        assert_eq!((year, month, day), (2370, 1, 1));
    }

    #[test]
    fn times_are_written_in_utc_with_three_decimals() {
        for (nanos, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_399_999_999_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_001_000_000, "2000-02-29T00:00:00.001Z"),
            (1_795_168_800_123_000_000, "2026-11-20T10:00:00.123Z"),
            (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000Z"),
        ] {
            assert_eq!(Timestamp::from_unix(Duration::from_nanos(nanos)).to_string(), text);
        }
        assert_eq!(Timestamp::from_unix(Duration::MAX).to_string(), "9999-12-31T23:59:59.999Z");
    }

    #[test]
    fn any_offset_and_up_to_nine_decimals_are_read() {
        let ten = 1_795_168_800_000_000_000;
        for (text, nanos) in [
            ("2026-11-20T10:00:00Z", ten),
            ("2026-11-20t10:00:00z", ten),
            ("2026-11-20 10:00:00Z", ten),
            ("2026-11-20T10:00:00.1Z", ten + 100_000_000),
            ("2026-11-20T10:00:00.000000001Z", ten + 1),
            ("2026-11-20T12:30:00+02:30", ten),
            ("2026-11-19T23:00:00.5-11:00", ten + 500_000_000),
            ("2026-11-20T10:00:00-00:00", ten),
            ("2026-11-20T09:59:60Z", ten),
            ("1970-01-01T01:00:00+01:00", 0),
        ] {
            assert_eq!(parsed(text), Some(nanos), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_or_cannot_be_expressed_is_refused() {
        for text in [
            "",
            "2026-11-20",
            "2026-11-20T10:00Z",
            "2026-11-20T10:00:00",
            "2026-11-20T10:00:00.Z",
            "2026-11-20T10:00:00.0000000001Z",
            "2026-11-20T10:00:00:123Z",
            "2026-11-20T10:00:00Z ",
            "2026-11-20T10:00:00+0100",
            "2026-11-20T10:00:00+24:00",
            "2026-02-29T10:00:00Z",
            "2026-00-20T10:00:00Z",
            "2026-13-20T10:00:00Z",
            "2026-11-31T10:00:00Z",
            "2026-11-20T24:00:00Z",
            "2026-11-20T10:60:00Z",
            "2026-11-20T10:00:61Z",
            "+026-11-20T10:00:00Z",
            "20２6-11-20T10:00:00Z",
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00+00:01",
            "0000-01-01T00:00:00+23:59",
            "9999-12-31T23:59:59-00:01",
        ] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }
}
