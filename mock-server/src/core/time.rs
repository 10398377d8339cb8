//! The core's time: a number that the driver gives with every input.

use std::{
    ops::Add,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use lambda_api::telemetry::Timestamp;

/// A moment: the time since the Unix epoch, to the nanosecond.
///
/// Wall time on purpose: deadlines leave the core in Unix milliseconds. The core never asks for the time, so
/// a test may count from zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(Duration);

impl Time {
    /// The moment that is this long after the Unix epoch.
    pub const fn from_unix(since_epoch: Duration) -> Self {
        Self(since_epoch)
    }

    /// Time since the Unix epoch.
    pub const fn since_epoch(self) -> Duration {
        self.0
    }

    /// Whole milliseconds since the Unix epoch.
    pub fn as_unix_millis(self) -> u64 {
        u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX)
    }

    /// Time from `earlier` to here; zero if it is not earlier.
    pub const fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for Time {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration))
    }
}

impl From<SystemTime> for Time {
    fn from(time: SystemTime) -> Self {
        Self(time.duration_since(UNIX_EPOCH).unwrap_or_default())
    }
}

impl From<Time> for SystemTime {
    fn from(time: Time) -> Self {
        let far_future = Duration::from_secs(u64::from(u32::MAX));
        UNIX_EPOCH.checked_add(time.0).unwrap_or(UNIX_EPOCH + far_future)
    }
}

/// A moment as telemetry has it.
pub(super) fn timestamp(time: Time) -> Timestamp {
    Timestamp::from_unix(time.since_epoch())
}

/// A moment in whole seconds: `2026-11-20T10:00:00Z`.
pub(super) fn seconds(at: Time) -> String {
    let mut text = timestamp(at).to_string();
    text.truncate("2026-11-20T10:00:00".len());
    text + "Z"
}
