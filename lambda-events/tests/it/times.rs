//! Moments, exact in value and in writing: each millisecond of a second in each way to write it, and microseconds of our age.

use lambda_events::value::{Millis, Seconds};
use proptest::prelude::proptest;
use serde::{Serialize, de::DeserializeOwned};

/// A second of 2026.
const SECOND: i64 = 1_763_632_800;

/// The first microseconds of 2000 and of 2100.
const AGE: std::ops::Range<i64> = 946_684_800_000_000..4_102_444_800_000_000;

/// Reads a moment, and holds it and what is written of it against what it should be.
fn assert_exact<T: Moment>(json: &str, micros: i64) {
    let moment: T = serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"));
    assert_eq!(moment.micros(), micros, "{json}");
    let is_kept = json.starts_with('"') || json.bytes().all(|byte| byte.is_ascii_digit());
    let expected = if is_kept { json.to_owned() } else { shortest(micros, T::PER_UNIT) };
    let written = serde_json::to_string(&moment).unwrap_or_else(|error| panic!("{json}: {error}"));
    assert_eq!(written, expected, "{json}");
}

/// The one way in which numbers with a fraction or an exponent are written, which is another text for the same number.
fn shortest(micros: i64, per_unit: i64) -> String {
    let (whole, part) = (micros / per_unit, per_unit + micros % per_unit);
    // The digit before the fraction is that of the unit.
    let part = part.to_string();
    let part = part[1..].trim_end_matches('0');
    format!("{whole}.{}", if part.is_empty() { "0" } else { part })
}

trait Moment: Serialize + DeserializeOwned {
    const PER_UNIT: i64;

    fn micros(&self) -> i64;
}

impl Moment for Millis {
    const PER_UNIT: i64 = 1_000;

    fn micros(&self) -> i64 {
        self.unix_micros()
    }
}

impl Moment for Seconds {
    const PER_UNIT: i64 = 1_000_000;

    fn micros(&self) -> i64 {
        self.unix_micros()
    }
}

/// The ways to write so many of a thousandth of a unit: as a number, without and with zeros at the end, with exponents.
fn ways(thousandths: i64) -> Vec<String> {
    let (whole, part) = (thousandths / 1_000, thousandths % 1_000);
    let fixed = format!("{whole}.{part:03}");
    let digits = whole.to_string();
    let (first, rest) = digits.split_at(1);
    let shortest = fixed.trim_end_matches('0').trim_end_matches('.').to_owned();
    vec![
        shortest,
        format!("{fixed}000"),
        format!("{first}.{rest}{part:03}e{}", rest.len()),
        format!("{first}.{rest}{part:03}E+{}", rest.len()),
        format!("{thousandths}e-3"),
        fixed,
    ]
}

#[test]
fn each_millisecond_is_exact_in_seconds_however_it_is_written() {
    for millis in (0..1_000).map(|milli| SECOND * 1_000 + milli) {
        for number in ways(millis) {
            assert_exact::<Seconds>(&number, millis * 1_000);
            assert_exact::<Seconds>(&format!("\"{number}\""), millis * 1_000);
        }
    }
}

#[test]
fn each_millisecond_is_exact_in_milliseconds_however_it_is_written() {
    for millis in (0..1_000).map(|milli| SECOND * 1_000 + milli) {
        for number in ways(millis * 1_000) {
            assert_exact::<Millis>(&number, millis * 1_000);
            assert_exact::<Millis>(&format!("\"{number}\""), millis * 1_000);
        }
    }
}

#[test]
fn a_number_of_more_digits_than_are_exact_is_the_nearest_one() {
    assert_exact::<Seconds>("4046120935.5850220", 4_046_120_935_585_022);
    assert_exact::<Millis>("3940434395952.89700", 3_940_434_395_952_897);
}

proptest! {
    #[test]
    fn microseconds_are_exact(micros in AGE, zeros in 0_usize..4) {
        let zeros = "0".repeat(zeros);
        let (seconds, millis) = (micros / 1_000_000, micros / 1_000);
        let of_seconds = [format!("{seconds}.{:06}{zeros}", micros % 1_000_000), format!("{micros}e-6")];
        for number in of_seconds {
            assert_exact::<Seconds>(&number, micros);
            assert_exact::<Seconds>(&format!("\"{number}\""), micros);
        }
        let of_millis = [format!("{millis}.{:03}{zeros}", micros % 1_000), format!("{micros}e-3")];
        for number in of_millis {
            assert_exact::<Millis>(&number, micros);
            assert_exact::<Millis>(&format!("\"{number}\""), micros);
        }
    }

    #[test]
    fn a_moment_that_was_made_is_read_again(micros in AGE) {
        let json = serde_json::to_string(&Seconds::from_unix_micros(micros)).unwrap();
        assert_exact::<Seconds>(&json, micros);
        let json = serde_json::to_string(&Millis::from_unix_micros(micros)).unwrap();
        assert_exact::<Millis>(&json, micros);
    }
}
