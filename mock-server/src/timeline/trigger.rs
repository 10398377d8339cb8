//! What can happen between a source and a function: the words of the record.

use std::fmt;

use lambda_api::RequestId;

use crate::core::mapping::{DeleteReason, Flush, Note, SequenceNumber};

/// What can happen between a source of events and the function that it invokes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TriggerEvent {
    /// An event source mapping invokes the function with a batch.
    Invoked {
        /// The invocation.
        request_id: RequestId,
        /// By which the records are known: message ids or sequence numbers.
        records: Vec<String>,
        /// What the batch did not wait for any longer.
        because: Flush,
    },
    /// Messages are deleted from their queue.
    Deleted {
        /// How many.
        messages: usize,
        /// Why.
        because: DeleteReason,
    },
    /// All records of a shard up to this one are over.
    Checkpoint(SequenceNumber),
    /// What explains what will happen.
    Noted(Note),
    /// The destination of a mapping took the record of a batch that is given up.
    Told {
        /// The ARN.
        destination: String,
    },
    /// The destination of a mapping did not take the record of a batch that is given up, several times: it is dropped.
    NotTold {
        /// The ARN.
        destination: String,
        /// Why.
        problem: String,
    },
    /// The source did not do what it was asked for.
    SourceFailed {
        /// Why.
        problem: String,
    },
}

impl fmt::Display for TriggerEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invoked { records, because, .. } => match records.len() {
                1 => write!(f, "invoked with 1 record: {because}"),
                count => write!(f, "invoked with {count} records: {because}"),
            },
            Self::Deleted { messages, because } => {
                let why = match because {
                    DeleteReason::Processed(_) => "they are processed",
                    DeleteReason::Filtered => "no filter matches them",
                };
                write!(f, "{messages} deleted: {why}")
            }
            Self::Checkpoint(number) => write!(f, "processed up to {number}"),
            Self::Noted(note) => write!(f, "{note}"),
            Self::Told { destination } => write!(f, "told {destination}"),
            Self::NotTold { destination, problem } => write!(f, "{destination} was not told: {problem}"),
            Self::SourceFailed { problem } => write!(f, "the source failed: {problem}"),
        }
    }
}
