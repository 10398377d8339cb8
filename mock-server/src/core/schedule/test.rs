//! Tests of schedules: the examples of AWS's pages, what is refused, and a brute force over all minutes.
//!
//! Dates come from the crate humantime, whose calendar is somebody else's.

mod cron;
mod properties;
mod refused;

use std::time::{Duration, UNIX_EPOCH};

use super::Schedule;

/// Seconds since 1970 of a time such as `2026-11-30 10:00:00`.
fn unix(time: &str) -> u64 {
    humantime::parse_rfc3339_weak(time).unwrap().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// Such a time.
fn time(unix: u64) -> String {
    let time = humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(unix)).to_string();
    time.trim_end_matches('Z').replace('T', " ")
}

/// The next times that a schedule is due, at most as many as are expected and one more.
fn due(schedule: &str, after: &str, count: usize) -> Vec<String> {
    let schedule = Schedule::parse(schedule).unwrap();
    let times = std::iter::successors(schedule.next_after(unix(after)), |at| schedule.next_after(*at));
    times.take(count).map(time).collect()
}

#[test]
fn a_rate_is_due_again_after_its_time() {
    let after = "2026-11-30 10:00:07";
    assert_eq!(due("rate(1 minute)", after, 2), ["2026-11-30 10:01:07", "2026-11-30 10:02:07"]);
    assert_eq!(due("rate(5 minutes)", after, 2), ["2026-11-30 10:05:07", "2026-11-30 10:10:07"]);
    assert_eq!(due("rate(1 hour)", after, 1), ["2026-11-30 11:00:07"]);
    assert_eq!(due("rate(36 hours)", after, 1), ["2026-12-01 22:00:07"]);
    assert_eq!(due("rate(1 day)", after, 1), ["2026-12-01 10:00:07"]);
    assert_eq!(due("rate(2 days)", after, 1), ["2026-12-02 10:00:07"]);
}

#[test]
fn a_rate_beyond_all_time_is_never_due() {
    let schedule = Schedule::parse("rate(213503982334601 days)").unwrap();
    assert_eq!(schedule.next_after(0), Some(213_503_982_334_601 * 86_400));
    assert_eq!(schedule.next_after(u64::MAX - 5), None);
}

#[test]
fn a_time_is_due_once() {
    let at = "at(2026-11-30T10:00:01)";
    assert_eq!(due(at, "2026-11-30 10:00:00", 2), ["2026-11-30 10:00:01"]);
    assert_eq!(due(at, "2026-11-30 10:00:01", 2), [""; 0]);
    assert_eq!(due("at(2024-02-29T23:59:59)", "1970-01-01 00:00:00", 2), ["2024-02-29 23:59:59"]);
}

#[test]
fn a_cron_expression_is_never_due_after_the_last_year() {
    assert_eq!(due("cron(59 23 31 12 ? 2199)", "2026-11-30 10:00:00", 2), ["2199-12-31 23:59:00"]);
    for after in [unix("2199-12-31 23:59:00"), unix("9999-12-31 23:59:59"), 1 << 40, u64::MAX] {
        assert_eq!(Schedule::parse("cron(* * * * ? *)").unwrap().next_after(after), None, "{after}");
    }
}
