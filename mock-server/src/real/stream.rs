//! What streams of Kinesis and of DynamoDB have in common.

use std::time::Duration;

use aws_smithy_types::DateTime;

use crate::core::Time;

/// What a stream says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StreamFacts {
    /// Its ARN.
    pub(crate) arn: String,
    /// How long it keeps a record.
    pub(crate) retention: Duration,
}

/// The Region in an ARN, if it is one.
pub(super) fn region(arn: &str) -> Option<&str> {
    arn.strip_prefix("arn:")?.split(':').nth(2).filter(|region| !region.is_empty())
}

/// To the microsecond: on the wire it was a fraction of seconds, which as a binary number may be a little less.
pub(super) fn time(at: &DateTime) -> Time {
    let seconds = Duration::from_secs(u64::try_from(at.secs()).unwrap_or_default());
    let micros = Duration::from_nanos(u64::from(at.subsec_nanos()) + 500).as_micros();
    Time::from_unix(seconds + Duration::from_micros(u64::try_from(micros).unwrap_or_default()))
}

/// A number that the service allows, as the type that its client has.
pub(super) fn limit(at_most: usize, largest: i32) -> i32 {
    i32::try_from(at_most).unwrap_or(largest).clamp(1, largest)
}
