//! The moment at which Lambda stops an invocation.
//!
//! Only arithmetic on a number that was sent; whose clock "now" comes from is the caller's business.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The moment at which an invocation is stopped, in whole milliseconds since the Unix epoch.
///
/// Header `Lambda-Runtime-Deadline-Ms` and member `deadlineMs` of an extension's event:
/// [Runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html),
/// [Extensions API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html).
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use lambda_api::Deadline;
///
/// let deadline = Deadline::from_unix_millis(5_000);
/// assert_eq!(deadline.remaining(UNIX_EPOCH + Duration::from_secs(2)), Duration::from_secs(3));
/// assert_eq!(deadline.remaining(UNIX_EPOCH + Duration::from_secs(9)), Duration::ZERO);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Deadline(u64);

impl Deadline {
    /// The deadline at this many milliseconds since the Unix epoch.
    pub const fn from_unix_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn as_unix_millis(self) -> u64 {
        self.0
    }

    /// The deadline as wall time; the latest time the platform can express if it lies beyond that.
    pub fn to_system_time(self) -> SystemTime {
        let far_future = Duration::from_secs(u64::from(u32::MAX));
        UNIX_EPOCH.checked_add(Duration::from_millis(self.0)).unwrap_or(UNIX_EPOCH + far_future)
    }

    /// Time left at `now`; zero once the deadline has passed.
    pub fn remaining(self, now: SystemTime) -> Duration {
        self.to_system_time().duration_since(now).unwrap_or_default()
    }
}
