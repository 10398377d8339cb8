//! Why the settings of an event source mapping are refused, by the name that the API has for the member.

use super::SourceKind;

/// A member of the configuration that the source does not have, or that is out of its limits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// A number is too small or too great.
    #[error("{field} must be from {least} to {most}")]
    OutOfRange {
        /// The member.
        field: &'static str,
        /// The least that it may be.
        least: u64,
        /// The most that it may be.
        most: u64,
    },
    /// A number is too small or too great, and does not stand for "no end" either.
    #[error("{field} must be -1, or from {least} to {most}")]
    OutOfRangeOrEndless {
        /// The member.
        field: &'static str,
        /// The least that it may be.
        least: u64,
        /// The most that it may be.
        most: u64,
    },
    /// The source does not have it.
    #[error("{field} is not supported for {}", kind.as_str())]
    NotSupported {
        /// The member.
        field: &'static str,
        /// The source.
        kind: SourceKind,
    },
    /// The source needs it.
    #[error("{field} is required for {}", kind.as_str())]
    Missing {
        /// The member.
        field: &'static str,
        /// The source.
        kind: SourceKind,
    },
    /// A great batch takes its time.
    #[error("MaximumBatchingWindowInSeconds must be at least 1 if BatchSize is greater than {batch_size}")]
    WindowNeeded {
        /// The greatest batch without a window.
        batch_size: u32,
    },
    /// Two members do not go together.
    #[error("{field} must be 1 if there is {other}")]
    Conflict {
        /// The member.
        field: &'static str,
        /// The member that is there, too.
        other: &'static str,
    },
    /// Nothing that a mapping can send to.
    #[error("DestinationConfig.OnFailure: {destination:?} is no destination of failed batches from {}", kind.as_str())]
    Destination {
        /// What was given.
        destination: String,
        /// The source.
        kind: SourceKind,
    },
    /// The queue would give a message again while the function still runs.
    #[error(
        "the queue's visibility timeout of {visibility} seconds is less than the function's timeout of {timeout} seconds"
    )]
    VisibilityTimeout {
        /// The queue's, in seconds.
        visibility: u64,
        /// The function's, in seconds.
        timeout: u64,
    },
}
