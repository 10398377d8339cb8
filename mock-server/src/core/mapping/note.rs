//! What a poller says about what it does and why, for the timeline.

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
