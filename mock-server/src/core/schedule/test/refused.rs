//! What is no schedule, in the words of the error.

use super::Schedule;

fn refused(text: &str) -> String {
    Schedule::parse(text).unwrap_err().to_string()
}

#[test]
fn a_text_of_another_form_is_refused() {
    let expected = "expected rate(value unit), cron(fields) or at(yyyy-mm-ddThh:mm:ss), not ";
    for text in [
        "",
        "5 minutes",
        "rate 5 minutes",
        "rate(5 minutes",
        "Rate(5 minutes)",
        "rate(5 minutes) ",
        "0 12 * * ? *",
    ] {
        assert_eq!(refused(text), format!("{expected}{text:?}"));
    }
}

#[test]
fn a_long_text_is_refused() {
    let fields = format!("{} 12 * * ? *", vec!["0"; 120].join(","));
    let text = format!("cron({fields})");
    assert_eq!(text.len(), 256);
    assert!(Schedule::parse(&text).is_ok());
    let text = format!("cron( {fields})");
    assert_eq!(refused(&text), "the schedule has more than 256 characters");
}

#[test]
fn a_rate_is_a_positive_number_and_a_unit() {
    let expected =
        "rate: expected a positive number and one of minute, minutes, hour, hours, day, days, not ";
    let wrong = [
        "",
        "5",
        "minutes",
        "5minutes",
        "0 minutes",
        "-5 minutes",
        "+5 minutes",
        "1.5 hours",
        "5 weeks",
        "5 Minutes",
        "5 minutes ago",
        "99999999999999999999 days",
        "18446744073709551615 minutes",
    ];
    for rate in wrong {
        assert_eq!(refused(&format!("rate({rate})")), format!("{expected}{rate:?}"));
    }
}

#[test]
fn one_is_singular_and_more_are_plural() {
    assert_eq!(refused("rate(1 hours)"), "rate: expected minute, hour or day after 1, not \"1 hours\"");
    assert_eq!(
        refused("rate(5 hour)"),
        "rate: expected minutes, hours or days after a number above 1, not \"5 hour\""
    );
}

#[test]
fn a_time_that_does_not_exist_is_refused() {
    let wrong = [
        "",
        "2026-11-30",
        "2026-11-30 10:00:00",
        "2026-11-30T10:00:00Z",
        "2026-11-31T10:00:00",
        "2027-02-29T10:00:00",
        "2026-13-01T10:00:00",
        "2026-00-01T10:00:00",
        "2026-01-00T10:00:00",
        "2026-11-30T24:00:00",
        "2026-11-30T10:60:00",
        "2026-11-30T10:00:60",
        "1969-12-31T23:59:59",
        "2026-11-30T10:00:0٠",
    ];
    for time in wrong {
        let expected = format!("at: expected a time from 1970 on as yyyy-mm-ddThh:mm:ss, not {time:?}");
        assert_eq!(refused(&format!("at({time})")), expected);
    }
}

#[test]
fn there_are_six_fields() {
    let expected = "cron: expected minutes, hours, day-of-month, month, day-of-week and year, not ";
    assert_eq!(refused("cron()"), format!("{expected}0 fields"));
    assert_eq!(refused("cron(0 12 * * ?)"), format!("{expected}5 fields"));
    assert_eq!(refused("cron(0 0 12 * * ? *)"), format!("{expected}7 fields"));
}

#[test]
fn one_of_the_fields_for_days_is_left_open() {
    let expected = "day-of-month and day-of-week: expected ? in exactly one of the two";
    for fields in ["0 12 * * * *", "0 12 1 * MON *", "0 12 ? * ? *", "0 12 * * MON *", "0 12 1 * * *"] {
        assert_eq!(refused(&format!("cron({fields})")), expected);
    }
}

#[test]
fn every_field_names_its_own_values() {
    let cases = [
        ("60 12 * * ? *", "minutes: expected a number from 0 to 59, not \"60\""),
        ("-1 12 * * ? *", "minutes: expected a number from 0 to 59, not \"\""),
        ("? 12 * * ? *", "minutes: expected a number from 0 to 59, not \"?\""),
        ("0 24 * * ? *", "hours: expected a number from 0 to 23, not \"24\""),
        ("0 1-24 * * ? *", "hours: expected a number from 0 to 23, not \"24\""),
        ("0 12 0 * ? *", "day-of-month: expected a number from 1 to 31, not \"0\""),
        ("0 12 MON * ? *", "day-of-month: expected a number from 1 to 31, not \"MON\""),
        ("0 12 1, * ? *", "day-of-month: expected a number from 1 to 31, not \"\""),
        ("0 12 * 13 ? *", "month: expected a number from 1 to 12 or JAN to DEC, not \"13\""),
        ("0 12 * JANUARY ? *", "month: expected a number from 1 to 12 or JAN to DEC, not \"JANUARY\""),
        ("0 12 ? * 0 *", "day-of-week: expected a number from 1 to 7 or SUN to SAT, not \"0\""),
        ("0 12 ? * 8 *", "day-of-week: expected a number from 1 to 7 or SUN to SAT, not \"8\""),
        ("0 12 * * ? 1969", "year: expected a number from 1970 to 2199, not \"1969\""),
        ("0 12 * * ? 2200", "year: expected a number from 1970 to 2199, not \"2200\""),
        (
            "99999999999999999999 12 * * ? *",
            "minutes: expected a number from 0 to 59, not \"99999999999999999999\"",
        ),
    ];
    for (fields, expected) in cases {
        assert_eq!(refused(&format!("cron({fields})")), expected);
    }
}

#[test]
fn steps_and_ranges_have_limits() {
    let cases = [
        ("0/0 12 * * ? *", "minutes: expected a step from 1 to 59 after /, not \"0/0\""),
        ("0/60 12 * * ? *", "minutes: expected a step from 1 to 59 after /, not \"0/60\""),
        ("0/ 12 * * ? *", "minutes: expected a step from 1 to 59 after /, not \"0/\""),
        ("0/5/5 12 * * ? *", "minutes: expected a step from 1 to 59 after /, not \"0/5/5\""),
        ("0 12 * 1/13 ? *", "month: expected a step from 1 to 11 after /, not \"1/13\""),
        ("0 12 ? * 2/2 *", "day-of-week: expected no step, which this field does not have, not \"2/2\""),
        ("0 12 * * ? 2030-2026", "year: expected a range that ends after it begins, not \"2030-2026\""),
    ];
    for (fields, expected) in cases {
        assert_eq!(refused(&format!("cron({fields})")), expected);
    }
}

#[test]
fn special_days_stand_alone() {
    let cases = [
        ("0 12 LW * ? *", "day-of-month: expected L alone, not \"LW\""),
        ("0 12 L-3 * ? *", "day-of-month: expected L alone, not \"L-3\""),
        ("0 12 1,L * ? *", "day-of-month: expected L alone, not \"1,L\""),
        (
            "0 12 32W * ? *",
            "day-of-month: expected a number from 1 to 31 before W, and nothing else beside it, not \"32W\"",
        ),
        (
            "0 12 1,15W * ? *",
            "day-of-month: expected a number from 1 to 31 before W, and nothing else beside it, not \"1,15W\"",
        ),
        ("0 12 ? * 8L *", "day-of-week: expected one day before L, and nothing else beside it, not \"8L\""),
        (
            "0 12 ? * 2,6L *",
            "day-of-week: expected one day before L, and nothing else beside it, not \"2,6L\"",
        ),
        (
            "0 12 ? * 3#6 *",
            "day-of-week: expected one day, # and a number from 1 to 5, and nothing else beside it, not \"3#6\"",
        ),
        (
            "0 12 ? * 3#1,6#3 *",
            "day-of-week: expected one day, # and a number from 1 to 5, and nothing else beside it, not \"3#1,6#3\"",
        ),
    ];
    for (fields, expected) in cases {
        assert_eq!(refused(&format!("cron({fields})")), expected);
    }
}
