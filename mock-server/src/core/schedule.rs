//! When a schedule of EventBridge is due. Pure.
//!
//! Three kinds of expressions: `rate(5 minutes)`, `cron(0 12 * * ? *)` and, of EventBridge Scheduler alone,
//! `at(2026-11-30T10:00:00)`. `cron` has the six fields, `field` one of them, `calendar` the days of months. All times are
//! UTC, in seconds since 1970. What is run then, and how late, is not decided here. Time zones, start and end dates and
//! flexible windows, which Scheduler has besides, are left out.
//!
//! Sources: [schedules of rules](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html)
//! and [schedule types](https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html) of Scheduler.

mod calendar;
mod cron;
mod error;
mod field;

#[cfg(test)]
mod test;

use std::time::Duration;

use calendar::Date;
use cron::Cron;
pub use error::{CronField, ScheduleError};

use crate::core::Time;

/// The longest expression, in characters; source:
/// [`PutRule`](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html).
pub const MAX_CHARACTERS: usize = 256;

/// An expression that says when something is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// Every so many seconds.
    Rate(u64),
    Cron(Box<Cron>),
    /// Once.
    At(u64),
}

impl Schedule {
    /// Reads an expression.
    ///
    /// ```
    /// use mock_server::core::schedule::Schedule;
    ///
    /// // 2026-11-30T10:00:00Z is a Monday.
    /// let monday = 1_796_032_800;
    /// let noon = Schedule::parse("cron(0 12 ? * MON-FRI *)")?;
    /// assert_eq!(noon.next_after(monday), Some(monday + 2 * 3600));
    ///
    /// let wrong = Schedule::parse("cron(60 12 * * ? *)").unwrap_err();
    /// assert_eq!(wrong.to_string(), r#"minutes: expected a number from 0 to 59, not "60""#);
    /// # Ok::<(), mock_server::core::schedule::ScheduleError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the text is none of the three kinds, or has something in a field that cannot stand there.
    pub fn parse(text: &str) -> Result<Self, ScheduleError> {
        if text.chars().count() > MAX_CHARACTERS {
            return Err(ScheduleError::TooLong);
        }
        let content = |kind: &str| text.strip_prefix(kind)?.strip_prefix('(')?.strip_suffix(')');
        let kind = if let Some(rate) = content("rate") {
            Kind::Rate(seconds(rate)?)
        } else if let Some(fields) = content("cron") {
            Kind::Cron(Box::new(Cron::parse(fields)?))
        } else if let Some(time) = content("at") {
            Kind::At(moment(time).ok_or_else(|| ScheduleError::At { found: format!("{time:?}") })?)
        } else {
            return Err(ScheduleError::Form { found: format!("{text:?}") });
        };
        Ok(Self(kind))
    }

    /// The next time at which this is due, later than `after`: both in seconds since 1970 UTC. `None` if there is none.
    ///
    /// A rate counts from `after`, which is therefore when the schedule was made or when it was last due. Everything else
    /// is due at whatever time it says, whole minutes with `cron`.
    pub fn next_after(&self, after: u64) -> Option<u64> {
        match &self.0 {
            Kind::Rate(seconds) => after.checked_add(*seconds),
            Kind::Cron(cron) => cron.next_after(after),
            Kind::At(at) => Some(*at).filter(|at| *at > after),
        }
    }
}

impl Schedule {
    /// The same as [`next_after`](Self::next_after) to the nanosecond: a rate counts from `after` exactly.
    pub fn next_time(&self, after: Time) -> Option<Time> {
        let since_epoch = after.since_epoch();
        let next = Duration::from_secs(self.next_after(since_epoch.as_secs())?);
        let fraction = Duration::from_nanos(since_epoch.subsec_nanos().into());
        let counts = matches!(self.0, Kind::Rate(_));
        Some(Time::from_unix(if counts { next.saturating_add(fraction) } else { next }))
    }
}

/// The seconds of `5 minutes`.
fn seconds(rate: &str) -> Result<u64, ScheduleError> {
    let wrong = || ScheduleError::Rate { found: format!("{rate:?}") };
    let mut words = rate.split_ascii_whitespace();
    let (Some(value), Some(unit), None) = (words.next(), words.next(), words.next()) else {
        return Err(wrong());
    };
    let value = number(value).filter(|value| *value > 0).ok_or_else(wrong)?;
    let seconds = match (unit, value) {
        ("minute", 1) => 60,
        ("hour", 1) => 3600,
        ("day", 1) => 86_400,
        ("minute" | "hour" | "day", _) => return Err(ScheduleError::Plural { found: format!("{rate:?}") }),
        ("minutes" | "hours" | "days", 1) => {
            return Err(ScheduleError::Singular { found: format!("{rate:?}") });
        }
        ("minutes", _) => 60,
        ("hours", _) => 3600,
        ("days", _) => 86_400,
        _ => return Err(wrong()),
    };
    value.checked_mul(seconds).ok_or_else(wrong)
}

/// The seconds since 1970 of `2026-11-30T10:00:00`.
fn moment(text: &str) -> Option<u64> {
    let shape = text.bytes().map(|byte| if byte.is_ascii_digit() { b'0' } else { byte });
    if !shape.eq(*b"0000-00-00T00:00:00") {
        return None;
    }
    let part = |from: usize, to: usize| text.get(from..to).and_then(number);
    let day = u8::try_from(part(8, 10)?).ok()?;
    let date = Date::new(u16::try_from(part(0, 4)?).ok()?, u8::try_from(part(5, 7)?).ok()?, day)?;
    let (hour, minute, second) = (part(11, 13)?, part(14, 16)?, part(17, 19)?);
    (hour < 24 && minute < 60 && second < 60)
        .then(|| date.days_since_1970() * 86_400 + hour * 3600 + minute * 60 + second)
}

/// Digits and nothing else: no sign.
fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}
