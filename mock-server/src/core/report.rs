//! What an invocation and an init phase took.
//!
//! The lines that Lambda writes into a function's log from these numbers are made in
//! [`platform_log`](crate::platform_log).

use std::time::Duration;

use lambda_api::RequestId;

/// How a phase ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// The runtime did its part; the function may still have answered with an error.
    Success,
    /// The runtime or the function's process failed.
    Error,
    /// The time was over.
    Timeout,
    /// The environment failed.
    Failure,
}

impl Status {
    /// The word in logs and telemetry.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Error => "error",
            Self::Timeout => "timeout",
            Self::Failure => "failure",
        }
    }
}

/// What an invocation took: the numbers of the REPORT line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The invocation.
    pub request_id: RequestId,
    /// How it ended.
    pub status: Status,
    /// The category of a failure of the platform's kind; an error that the function reported is none.
    pub error_type: Option<String>,
    /// From the invoke to the runtime's next poll, at most the time-out.
    pub duration: Duration,
    /// What is billed, in whole milliseconds: duration and, after a cold start, init.
    pub billed_duration: Duration,
    /// The function's memory, in MB.
    pub memory_mb: u32,
    /// The most memory the runtime's process has used so far, in MB; `None` where it cannot be measured.
    pub max_memory_used_mb: Option<u32>,
    /// Whether this was the first invocation of its process.
    pub(crate) cold_start: bool,
    /// How long the init phase took, if this was the first invocation after it. A cold start has none when
    /// init had to be repeated within the invocation.
    pub init_duration: Option<Duration>,
    /// How long the restore took, if this was the first invocation after one.
    pub restore_duration: Option<Duration>,
}

impl Report {
    /// Whether this was the first invocation of its process.
    pub fn is_cold_start(&self) -> bool {
        self.cold_start
    }

    pub(crate) fn billed(duration: Duration, init_duration: Option<Duration>) -> Duration {
        let total = duration + init_duration.unwrap_or_default();
        let millis = total.as_nanos().div_ceil(1_000_000);
        Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
    }
}

/// How an init phase ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InitReport {
    /// Whether init ran inside an invocation, after one that had failed.
    pub within_invoke: bool,
    /// How it ended.
    pub status: Status,
    /// The category of the failure.
    pub error_type: Option<String>,
    /// From the launch to the first next, or to the failure.
    pub duration: Duration,
}

/// How a restore ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RestoreReport {
    /// How it ended.
    pub status: Status,
    /// The category of the failure.
    pub error_type: Option<String>,
    /// From the restore to the runtime's next, or to the failure.
    pub duration: Duration,
}
