//! Cron expressions: the [examples](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html)
//! of AWS's page with the words that stand beside them there, then each wildcard.

use super::due;

/// A Monday.
const AFTER: &str = "2026-11-30 10:00:00";

#[test]
fn at_ten_every_day() {
    let expected = ["2026-12-01 10:00:00", "2026-12-02 10:00:00"];
    assert_eq!(due("cron(0 10 * * ? *)", AFTER, 2), expected);
}

#[test]
fn at_a_quarter_past_twelve_every_day() {
    let expected = ["2026-11-30 12:15:00", "2026-12-01 12:15:00"];
    assert_eq!(due("cron(15 12 * * ? *)", AFTER, 2), expected);
}

#[test]
fn at_six_in_the_evening_monday_through_friday() {
    let expected = [
        "2026-11-30 18:00:00",
        "2026-12-01 18:00:00",
        "2026-12-02 18:00:00",
        "2026-12-03 18:00:00",
        "2026-12-04 18:00:00",
        "2026-12-07 18:00:00",
    ];
    assert_eq!(due("cron(0 18 ? * MON-FRI *)", AFTER, 6), expected);
}

#[test]
fn at_eight_every_first_day_of_the_month() {
    let expected = ["2026-12-01 08:00:00", "2027-01-01 08:00:00", "2027-02-01 08:00:00"];
    assert_eq!(due("cron(0 8 1 * ? *)", AFTER, 3), expected);
}

#[test]
fn every_fifteen_minutes() {
    let expected =
        ["2026-11-30 10:15:00", "2026-11-30 10:30:00", "2026-11-30 10:45:00", "2026-11-30 11:00:00"];
    assert_eq!(due("cron(0/15 * * * ? *)", AFTER, 4), expected);
}

#[test]
fn every_ten_minutes_monday_through_friday() {
    let expected = ["2026-12-04 23:50:00", "2026-12-07 00:00:00", "2026-12-07 00:10:00"];
    assert_eq!(due("cron(0/10 * ? * MON-FRI *)", "2026-12-04 23:40:00", 3), expected);
}

#[test]
fn every_five_minutes_of_the_working_hours() {
    let expected = ["2026-11-30 17:55:00", "2026-12-01 08:00:00", "2026-12-01 08:05:00"];
    assert_eq!(due("cron(0/5 8-17 ? * MON-FRI *)", "2026-11-30 17:50:00", 3), expected);
}

#[test]
fn a_range_of_hours_goes_past_midnight() {
    let expected = ["2026-11-30 02:30:00", "2026-11-30 20:00:00", "2026-11-30 20:30:00"];
    assert_eq!(due("cron(0/30 20-2 ? * MON-FRI *)", "2026-11-30 02:00:00", 3), expected);
    // The days hold for each time by itself, so the night that begins on Friday ends at midnight.
    let expected = ["2026-12-04 23:30:00", "2026-12-07 00:00:00"];
    assert_eq!(due("cron(0/30 20-2 ? * MON-FRI *)", "2026-12-04 23:00:00", 2), expected);
}

#[test]
fn at_noon_every_day() {
    assert_eq!(due("cron(0 12 * * ? *)", AFTER, 2), ["2026-11-30 12:00:00", "2026-12-01 12:00:00"]);
}

#[test]
fn twice_in_an_hour_every_day() {
    let expected = ["2026-11-30 14:05:00", "2026-11-30 14:35:00", "2026-12-01 14:05:00"];
    assert_eq!(due("cron(5,35 14 * * ? *)", AFTER, 3), expected);
}

#[test]
fn on_the_last_friday_of_each_month_of_some_years() {
    let schedule = "cron(15 10 ? * 6L 2019-2022)";
    let expected = ["2019-01-25 10:15:00", "2019-02-22 10:15:00", "2019-03-29 10:15:00"];
    assert_eq!(due(schedule, "2018-06-01 00:00:00", 3), expected);
    assert_eq!(due(schedule, "2022-12-01 00:00:00", 2), ["2022-12-30 10:15:00"]);
}

#[test]
fn every_tenth_minute_from_the_first_on() {
    let expected = [
        "2026-11-30 10:01:00",
        "2026-11-30 10:11:00",
        "2026-11-30 10:21:00",
        "2026-11-30 10:31:00",
        "2026-11-30 10:41:00",
        "2026-11-30 10:51:00",
        "2026-11-30 11:01:00",
    ];
    assert_eq!(due("cron(1/10 * * * ? *)", AFTER, 7), expected);
}

#[test]
fn the_second_tuesday() {
    let expected = ["2026-12-08 00:00:00", "2027-01-12 00:00:00", "2027-02-09 00:00:00"];
    assert_eq!(due("cron(0 0 ? * 3#2 *)", AFTER, 3), expected);
    assert_eq!(due("cron(0 0 ? * tue#2 *)", AFTER, 3), expected);
}

#[test]
fn the_fifth_tuesday_is_in_some_months_only() {
    let expected = ["2026-12-29 00:00:00", "2027-03-30 00:00:00", "2027-06-29 00:00:00"];
    assert_eq!(due("cron(0 0 ? * 3#5 *)", AFTER, 3), expected);
}

#[test]
fn the_weekday_nearest_to_the_third() {
    // The 3rd is a Thursday in December 2026, a Sunday in January 2027 and a Saturday in July 2027.
    let expected = ["2026-12-03 00:00:00", "2027-01-04 00:00:00"];
    assert_eq!(due("cron(0 0 3W * ? *)", AFTER, 2), expected);
    assert_eq!(due("cron(0 0 3W * ? *)", "2027-06-30 00:00:00", 1), ["2027-07-02 00:00:00"]);
}

#[test]
fn the_nearest_weekday_is_in_the_same_month() {
    // 2027-05-01 is a Saturday, and 2027-01-31 a Sunday.
    assert_eq!(due("cron(0 0 1W 5 ? 2027)", AFTER, 2), ["2027-05-03 00:00:00"]);
    assert_eq!(due("cron(0 0 31W 1 ? 2027)", AFTER, 2), ["2027-01-29 00:00:00"]);
    assert_eq!(due("cron(0 0 31W 4 ? *)", AFTER, 1), [""; 0]);
}

#[test]
fn the_last_day_of_the_month() {
    let expected = ["2027-02-28 00:00:00", "2027-03-31 00:00:00", "2027-04-30 00:00:00"];
    assert_eq!(due("cron(0 0 L * ? *)", "2027-02-01 00:00:00", 3), expected);
    assert_eq!(due("cron(0 0 L 2 ? *)", "2028-01-01 00:00:00", 1), ["2028-02-29 00:00:00"]);
}

#[test]
fn the_last_day_of_the_week_is_saturday() {
    let expected = ["2026-12-05 00:00:00", "2026-12-12 00:00:00"];
    assert_eq!(due("cron(0 0 ? * L *)", AFTER, 2), expected);
    assert_eq!(due("cron(0 0 ? * 7 *)", AFTER, 2), expected);
    assert_eq!(due("cron(0 0 ? * 1 *)", AFTER, 1), ["2026-12-06 00:00:00"]);
}

#[test]
fn months_and_days_have_names_in_any_case() {
    let expected = ["2027-01-01 00:00:00", "2027-02-05 00:00:00", "2027-03-05 00:00:00"];
    assert_eq!(due("cron(0 0 ? JAN,feb,Mar FRI#1 *)", AFTER, 3), expected);
    assert_eq!(due("cron(0 0 ? 1-3 6#1 *)", AFTER, 3), expected);
}

#[test]
fn ranges_of_months_and_days_go_past_the_end() {
    let expected = ["2026-12-06 00:00:00", "2026-12-12 00:00:00", "2026-12-13 00:00:00"];
    assert_eq!(due("cron(0 0 ? NOV-JAN SAT-SUN *)", "2026-12-05 00:00:00", 3), expected);
    assert_eq!(due("cron(0 0 1 NOV-FEB/2 ? *)", AFTER, 2), ["2027-01-01 00:00:00", "2027-11-01 00:00:00"]);
}

#[test]
fn steps_go_through_ranges_and_all_values() {
    let expected =
        ["2026-11-30 10:10:00", "2026-11-30 10:17:00", "2026-11-30 10:24:00", "2026-11-30 11:10:00"];
    assert_eq!(due("cron(10-30/7 * * * ? *)", AFTER, 4), expected);
    assert_eq!(due("cron(*/20 * * * ? *)", AFTER, 2), ["2026-11-30 10:20:00", "2026-11-30 10:40:00"]);
    assert_eq!(due("cron(0 0 1 1 ? 1970/50)", AFTER, 2), ["2070-01-01 00:00:00", "2120-01-01 00:00:00"]);
}

#[test]
fn the_29th_of_february_is_in_leap_years_only() {
    let expected = ["2028-02-29 12:00:00", "2032-02-29 12:00:00"];
    assert_eq!(due("cron(0 12 29 2 ? *)", AFTER, 2), expected);
    // 2100 is none.
    assert_eq!(due("cron(0 12 29 2 ? *)", "2096-03-01 00:00:00", 1), ["2104-02-29 12:00:00"]);
}

#[test]
fn the_31st_is_in_some_months_only() {
    let expected =
        ["2026-12-31 00:00:00", "2027-01-31 00:00:00", "2027-03-31 00:00:00", "2027-05-31 00:00:00"];
    assert_eq!(due("cron(0 0 31 * ? *)", AFTER, 4), expected);
}

#[test]
fn a_day_that_never_comes_is_never_due() {
    for schedule in [
        "cron(0 0 30 2 ? *)",
        "cron(0 0 31 APR,JUN,SEP,NOV ? *)",
        "cron(0 0 29 2 ? 2027)",
        "cron(* * * * ? 1970)",
    ] {
        assert_eq!(due(schedule, AFTER, 1), [""; 0], "{schedule}");
    }
}

#[test]
fn seconds_are_left_out() {
    assert_eq!(
        due("cron(* * * * ? *)", "2026-11-30 10:00:59", 2),
        ["2026-11-30 10:01:00", "2026-11-30 10:02:00"]
    );
    assert_eq!(due("cron(1 10 * * ? *)", "2026-11-30 10:00:59", 1), ["2026-11-30 10:01:00"]);
    assert_eq!(due("cron(0 10 * * ? *)", "2026-11-30 10:00:01", 1), ["2026-12-01 10:00:00"]);
}

#[test]
fn the_last_minute_of_a_year_is_followed_by_the_next_year() {
    let expected = ["2026-12-31 23:59:00", "2027-01-01 00:00:00"];
    assert_eq!(due("cron(* * * * ? *)", "2026-12-31 23:58:00", 2), expected);
}

#[test]
fn fields_may_be_far_apart() {
    assert_eq!(due("cron( 0\t12  * *   ? * )", AFTER, 1), ["2026-11-30 12:00:00"]);
}
