//! What a poller says about what it does and why, for the timeline.

use std::fmt;

use super::{BatchId, FailureCondition, SequenceNumber, Unreadable};
use crate::core::Time;

/// What a batch did not wait for any longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Flush {
    /// There is no batching window: the records were there.
    Available,
    /// It has as many records as a batch may have.
    Size,
    /// One more record would have made the event too long.
    Payload,
    /// The batching window is over.
    Window,
    /// The next record is of another tumbling window.
    WindowEnd,
    /// It was tried before.
    Retry,
    /// It has no records: a tumbling window is over.
    Final,
}

/// What was wrong with an invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// The function has failed, by this word of the service's.
    FunctionError(String),
    /// The function has named records that failed.
    Items,
    /// The response cannot be read.
    Unreadable(Unreadable),
    /// It was throttled.
    Throttled,
    /// The service could not bring it to the function.
    NotInvoked,
}

/// Something that has no effect of its own but explains others.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// Records that no filter matches: the function does not get them.
    Filtered {
        /// By which they are known.
        records: Vec<String>,
    },
    /// Messages stay in the queue and can be received again when their visibility timeout is over.
    Returned {
        /// The batch that they were in.
        batch: BatchId,
        /// By which they are known.
        records: Vec<String>,
        /// Why.
        why: Failure,
    },
    /// Messages were held for so long that they can be received again: they are let go.
    Lapsed {
        /// By which they are known.
        records: Vec<String>,
    },
    /// A batch is to be tried again.
    Retry {
        /// The batch.
        batch: BatchId,
        /// By which its records are known that are left.
        records: Vec<String>,
        /// Why.
        why: Failure,
        /// When.
        at: Time,
    },
    /// A batch is split in two.
    Bisected {
        /// The batch.
        batch: BatchId,
        /// The first record of the second half.
        at: SequenceNumber,
        /// Why.
        why: Failure,
    },
    /// Records are given up, and passed over.
    Discarded {
        /// By which they are known.
        records: Vec<String>,
        /// Why.
        condition: FailureCondition,
    },
    /// There may be so many batches at once from now on.
    Concurrency {
        /// How many.
        limit: usize,
    },
    /// The state of a tumbling window is too large, so the window ends early.
    WindowTerminatedEarly {
        /// How many bytes it has.
        bytes: usize,
    },
    /// The last invocation of a tumbling window is given up, and the state is lost.
    WindowDropped {
        /// When the window began.
        start: Time,
    },
    /// The shard is closed, and all of it has been processed.
    ShardEnded,
}

impl fmt::Display for Flush {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Available => "they were there",
            Self::Size => "the batch is full",
            Self::Payload => "the event would be too long with one more",
            Self::Window => "the batching window is over",
            Self::WindowEnd => "the next record is of another tumbling window",
            Self::Retry => "they are tried again",
            Self::Final => "the tumbling window is over",
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FunctionError(word) => write!(f, "the function has failed: {word}"),
            Self::Items => f.write_str("the function has named them as failed"),
            Self::Unreadable(why) => write!(f, "the response cannot be used: {why}"),
            Self::Throttled => f.write_str("the function was throttled"),
            Self::NotInvoked => f.write_str("the function was not reached"),
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Filtered { records } => write!(f, "{} matched by no filter", count(records)),
            Self::Returned { records, why, .. } => write!(f, "{} left in the queue: {why}", count(records)),
            Self::Lapsed { records } => {
                write!(f, "{} let go, because they can be received again", count(records))
            }
            Self::Retry { records, why, .. } => write!(f, "{} to be tried again: {why}", count(records)),
            Self::Bisected { at, why, .. } => write!(f, "batch split at {at}: {why}"),
            Self::Discarded { records, condition } => {
                write!(f, "{} given up: {}", count(records), condition.as_str())
            }
            Self::Concurrency { limit } => write!(f, "at most {limit} batches at once"),
            Self::WindowTerminatedEarly { bytes } => {
                write!(f, "the tumbling window ends early: its state has {bytes} bytes")
            }
            Self::WindowDropped { .. } => f.write_str("the state of the tumbling window is lost"),
            Self::ShardEnded => f.write_str("the end of the shard"),
        }
    }
}

fn count(records: &[String]) -> String {
    match records.len() {
        1 => "1 record".to_owned(),
        count => format!("{count} records"),
    }
}
