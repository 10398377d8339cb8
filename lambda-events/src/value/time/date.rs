//! Dates and times as text, RFC 3339 and what services write in its place: an offset without a colon, a space for the `T`.

/// Nanoseconds since the beginning of 1970; `None` if the text is no date and time.
#[inline]
pub(super) fn nanos(text: &str) -> Option<i128> {
    let bytes = text.as_bytes();
    let (date, rest) = (bytes.get(..10)?, bytes.get(10..)?);
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = date else { return None };
    let year = number(&[*y1, *y2, *y3, *y4])?;
    let (month, day) = (number(&[*m1, *m2])?, number(&[*d1, *d2])?);
    let [b'T' | b't' | b' ', rest @ ..] = rest else { return None };
    let [h1, h2, b':', n1, n2, b':', s1, s2, rest @ ..] = rest else { return None };
    let (hour, minute, second) = (number(&[*h1, *h2])?, number(&[*n1, *n2])?, number(&[*s1, *s2])?);
    // A leap second is the first of the next minute, as clocks that do not know it have it.
    if !(1..=12).contains(&month)
        || !(1..=days_of(year, month)).contains(&day)
        || hour > 23
        || minute > 59
        || second > 60
    {
        return None;
    }
    let (fraction, rest) = fraction(rest)?;
    let offset = offset(rest)?;
    let seconds = days_before(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset;
    Some(i128::from(seconds) * 1_000_000_000 + i128::from(fraction))
}

fn number(digits: &[u8]) -> Option<i64> {
    digits
        .iter()
        .try_fold(0, |value, digit| digit.is_ascii_digit().then(|| value * 10 + i64::from(digit - b'0')))
}

/// Nanoseconds, of which there may be more digits than count, and what comes after.
fn fraction(rest: &[u8]) -> Option<(i64, &[u8])> {
    let [b'.' | b',', digits @ ..] = rest else { return Some((0, rest)) };
    let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = digits.split_at(length);
    let kept = &digits[..length.min(9)];
    let scale = 10_i64.pow(9 - u32::try_from(kept.len()).ok()?);
    if digits.is_empty() { None } else { Some((number(kept)? * scale, rest)) }
}

/// Seconds by which the time is ahead.
fn offset(rest: &[u8]) -> Option<i64> {
    let (sign, hours, minutes) = match rest {
        [b'Z' | b'z'] => return Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] | [sign @ (b'+' | b'-'), h1, h2, m1, m2] => {
            (sign, number(&[*h1, *h2])?, number(&[*m1, *m2])?)
        }
        [sign @ (b'+' | b'-'), h1, h2] => (sign, number(&[*h1, *h2])?, 0),
        _ => return None,
    };
    let seconds = hours * 3_600 + minutes * 60;
    (hours < 24 && minutes < 60).then_some(if *sign == b'-' { -seconds } else { seconds })
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days between the beginning of 1970 and a date of our calendar.
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let leap_days = |years: i64| years.div_euclid(4) - years.div_euclid(100) + years.div_euclid(400);
    let years = (year - 1970) * 365 + leap_days(year - 1) - leap_days(1969);
    let months: i64 = (1..month).map(|month| days_of(year, month)).sum();
    years + months + day - 1
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn dates_are_exact() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1969-12-31T23:59:59.999Z", -1_000_000),
            ("2000-02-29T12:00:00+00:00", 951_825_600_000_000_000),
            ("2026-11-20T10:00:00.123456789Z", 1_795_168_800_123_456_789),
            ("2026-11-20T10:00:00.1234567899Z", 1_795_168_800_123_456_789),
            ("2026-11-20 11:30:00+0130", 1_795_168_800_000_000_000),
            ("2026-11-20t09:00:00,5-01", 1_795_168_800_500_000_000),
            ("1900-03-01T00:00:00Z", -2_203_891_200_000_000_000),
            ("2016-12-31T23:59:60Z", 1_483_228_800_000_000_000),
        ] {
            assert_eq!(nanos(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_and_time_is_none() {
        for text in [
            "",
            "2026-11-20",
            "2026-11-20T10:00:00",
            "2026-02-29T10:00:00Z",
            "2026-13-01T10:00:00Z",
            "2026-00-01T10:00:00Z",
            "2026-11-20T24:00:00Z",
            "2026-11-20T10:60:00Z",
            "2026-11-20T10:00:00.Z",
            "2026-11-20T10:00:00+25:00",
            "2026-11-20T10:00:00 UTC",
            "２０２６-11-20T10:00:00Z",
        ] {
            assert_eq!(nanos(text), None, "{text}");
        }
    }
}
