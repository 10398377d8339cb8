//! Exact microseconds out of decimal text and out of floating-point numbers.

/// Microseconds of a decimal such as `1545084650.987` or `1.5e9`, in units of so many microseconds; `None` if it is no number,
/// out of range, or finer than a microsecond.
#[inline]
pub(super) fn micros(text: &str, per_unit: i64) -> Option<i64> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(mantissa) => (-1, mantissa),
        None => (1, mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_digits = !whole.is_empty() || !fraction.is_empty();
    let mut digits = whole.bytes().chain(fraction.bytes());
    if !has_digits || !digits.all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut value: i128 = 0;
    for digit in whole.bytes().chain(fraction.bytes()) {
        value = value.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
    }
    value = value.checked_mul(i128::from(per_unit))?;
    let mut exponent = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
    while exponent > 0 && value != 0 {
        value = value.checked_mul(10)?;
        exponent -= 1;
    }
    while exponent < 0 && value != 0 {
        if value % 10 != 0 {
            return None;
        }
        value /= 10;
        exponent += 1;
    }
    i64::try_from(sign * value).ok()
}

/// The microsecond that is nearest to a number, in units of so many microseconds; `None` out of range.
///
/// A number that was read from a decimal with microseconds of our age lies less than a quarter of one beside it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "what is out of range was refused, and microseconds per unit are few"
)]
pub(super) fn rounded(units: f64, per_unit: i64) -> Option<i64> {
    let micros = (units * per_unit as f64).round();
    // Whole numbers beyond this are not all there in an f64; the bounds lie well within an i64.
    const MOST: f64 = 9.0e18;
    (-MOST..=MOST).contains(&micros).then_some(micros as i64)
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        for (text, micros_of) in [
            ("1545084650.987", 1_545_084_650_987_000),
            ("1545084650.987123", 1_545_084_650_987_123),
            ("1545084650.9870", 1_545_084_650_987_000),
            ("1.545084650987E9", 1_545_084_650_987_000),
            ("15450846509870e-4", 1_545_084_650_987_000),
            ("+1.5", 1_500_000),
            ("-0.000001", -1),
            (".5", 500_000),
            ("5.", 5_000_000),
            ("0e999", 0),
            ("0.0", 0),
        ] {
            assert_eq!(micros(text, 1_000_000), Some(micros_of), "{text}");
        }
        assert_eq!(micros("1545082649183.5", 1_000), Some(1_545_082_649_183_500));
    }

    #[test]
    fn what_is_no_number_or_finer_or_too_large_is_none() {
        for text in
            ["", ".", "-", "1e", "e1", "1.2.3", "0x1", "1 ", "1_0", "NaN", "1e40", "1e-7", "0.0000001"]
        {
            assert_eq!(micros(text, 1_000_000), None, "{text}");
        }
        let digits = "9".repeat(60);
        assert_eq!(micros(&digits, 1_000), None);
        assert_eq!(rounded(f64::NAN, 1_000), None);
        assert_eq!(rounded(1e300, 1_000), None);
    }
}
