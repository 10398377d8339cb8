//! What can happen between a source and a function: the words of the record.

use std::fmt;

use lambda_api::RequestId;

use crate::core::{
    mapping::{DeleteReason, Flush, Note, SequenceNumber},
    trigger::bucket::EventName,
};

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
    /// An event source mapping could not invoke the function with a batch.
    NotInvoked {
        /// The invocation that it would have been.
        request_id: RequestId,
        /// Why it is none.
        problem: String,
    },
    /// A topic, a rule, a schedule or a bucket invokes the function asynchronously.
    Fired {
        /// The invocation.
        request_id: RequestId,
        /// Why.
        because: Because,
    },
    /// A topic, a rule, a schedule or a bucket tells a queue or a topic.
    Sent {
        /// Why.
        because: Because,
    },
    /// A topic, a rule, a schedule or a bucket could not tell its target.
    NotSent {
        /// Why it would have.
        because: Because,
        /// Why it could not.
        problem: String,
    },
    /// What was published does not match the policy of the subscription.
    PassedOver {
        /// What it was.
        because: Because,
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

impl TriggerEvent {
    /// The invocation, if the function is invoked.
    pub fn request_id(&self) -> Option<&RequestId> {
        match self {
            Self::Invoked { request_id, .. }
            | Self::NotInvoked { request_id, .. }
            | Self::Fired { request_id, .. } => Some(request_id),
            _ => None,
        }
    }

    /// The part of its size that grows with what comes from a source.
    pub(super) fn bytes(&self) -> usize {
        let (Self::Invoked { records, .. }
        | Self::Noted(
            Note::Filtered { records }
            | Note::Returned { records, .. }
            | Note::Lapsed { records }
            | Note::Retry { records, .. }
            | Note::Discarded { records, .. },
        )) = self
        else {
            return 0;
        };
        records.iter().map(String::len).sum()
    }
}

/// Why a topic, a rule, a schedule or a bucket tells its target.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Because {
    /// It is due.
    Due {
        /// The expression of the schedule.
        expression: String,
    },
    /// A message was published.
    Published {
        /// Its id.
        message_id: String,
    },
    /// An event matches the pattern of the rule.
    Matched {
        /// Its id.
        event_id: String,
    },
    /// Something has happened to an object.
    Object {
        /// What.
        event: EventName,
        /// The object's key.
        key: String,
    },
    /// The notifications of a bucket were set up, which it tries out.
    Configured,
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Due { expression } => write!(f, "{expression} is due"),
            Self::Published { message_id } => write!(f, "message {message_id} was published"),
            Self::Matched { event_id } => write!(f, "event {event_id} matches"),
            Self::Object { event, key } => write!(f, "{} of {key:?}", event.as_str()),
            Self::Configured => f.write_str("s3:TestEvent, as it was configured"),
        }
    }
}

impl fmt::Display for TriggerEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invoked { records, because, .. } => match records.len() {
                1 => write!(f, "invoked with 1 record: {because}"),
                count => write!(f, "invoked with {count} records: {because}"),
            },
            Self::NotInvoked { problem, .. } => write!(f, "not invoked: {problem}"),
            Self::Fired { because, .. } => write!(f, "invoked: {because}"),
            Self::Sent { because } => write!(f, "told: {because}"),
            Self::NotSent { because, problem } => write!(f, "not told of {because}: {problem}"),
            Self::PassedOver { because } => write!(f, "not told, as the policy does not match: {because}"),
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
