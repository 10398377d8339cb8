//! Event source mappings: what reads from queues and streams and invokes functions with batches. Pure.
//!
//! Two machines decide everything, and know no source and no function:
//!
//! - [`QueuePoller`]: messages of a queue. What has been processed is deleted, what has failed stays in the queue.
//! - [`ShardPoller`]: records of one shard. What has failed blocks what comes behind it, until it is given up.
//!
//! ```text
//!               Receive / Read                       Invoke
//!   source ◄───────────────────┐              ┌────────────────► function
//!          ──── received ─────►│    poller    │◄─── answered ───
//!          ◄── Delete, Checkpoint             └── SendOnFailure ► destination
//! ```
//!
//! They are driven as the other machines of this core are: inputs with their time in, effects out, `handle_timeout` when
//! `poll_timeout` says so. The sources behind them may be real; in memory there are [`MessageQueue`] and [`Stream`].
//! [`Configuration`] is checked once into [`Settings`]; the JSON of events is `event`'s business, that of the record of a
//! batch that is given up [`FailedBatch`]'s, what a response says about the records of its batch [`item_failures`]'s.
//! Patterns of filters are made elsewhere: here a [`Filter`] says yes or no.
//!
//! Out of scope: creating, updating and deleting mappings and the states in between; shards that are split or merged; more
//! partitions than one in the event of a topic; provisioned pollers. Source:
//! [event source mappings](https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html).
//!
//! # Example
//!
//! ```
//! use std::time::Duration;
//!
//! use mock_server::core::{
//!     Time,
//!     mapping::{
//!         BatchAnswer, Configuration, Counts, Invocation, MessageQueue, NewMessage, QueuePoller, QueuePollerEffect,
//!         QueueSettings, QueueSource, SourceKind,
//!     },
//! };
//!
//! let now = Time::from_unix(Duration::from_secs(1_795_168_800));
//! let arn = "arn:aws:sqs:eu-west-1:123456789012:orders";
//! let mut queue = MessageQueue::new(arn, QueueSettings::default(), 7);
//! queue.send(now, NewMessage { body: "hello".to_owned(), ..NewMessage::default() })?;
//!
//! let settings = Configuration::default().check(SourceKind::StandardQueue)?;
//! let mut poller = QueuePoller::new(now, QueueSource { arn: arn.to_owned() }, settings, None);
//! let Some(QueuePollerEffect::Receive { at_most, .. }) = poller.poll_effect() else { panic!() };
//! poller.received(now, queue.receive(now, at_most, None));
//!
//! let Some(QueuePollerEffect::Invoke(batch)) = poller.poll_effect() else { panic!() };
//! let event: serde_json::Value = serde_json::from_slice(&batch.payload)?;
//! assert_eq!(event["Records"][0]["body"], "hello");
//!
//! let invocation = Invocation::new(lambda_api::RequestId::new("r-1")?, "$LATEST");
//! poller.answered(now, batch.id, BatchAnswer::Response { invocation, payload: "null".into() });
//! let effects = std::iter::from_fn(|| poller.poll_effect());
//! for effect in effects {
//!     if let QueuePollerEffect::Delete { receipt_handles, .. } = effect {
//!         for handle in receipt_handles {
//!             queue.delete(now, &handle)?;
//!         }
//!     }
//! }
//! assert_eq!(queue.counts(), Counts { deleted: 1, ..Counts::default() });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::{fmt, time::Duration};

use bytes::Bytes;
use lambda_api::RequestId;

mod answer;
mod event;
mod failure;
mod md5;
mod message;
mod note;
mod queue;
mod queue_poller;
mod record;
mod settings;
mod settings_error;
mod shard_poller;
mod stream;

pub use answer::{ItemFailures, Unreadable, item_failures};
pub use event::{QueueSource, StreamSource};
pub use failure::{FailedBatch, FailureCondition, LastResponse};
pub(crate) use md5::{md5_hex, md5_of_attributes};
pub use message::{AttributeValue, FifoAttributes, Message, MessageAttribute};
pub use note::{Failure, Flush, Note};
pub use queue::{
    Counts, DeadLetter, HandleError, MessageQueue, NewMessage, QueueForm, QueueSettings, Redrive, SendError,
    Sent,
};
pub use queue_poller::{DeleteReason, QueuePoller, QueuePollerEffect};
pub use record::{Change, ChangeKind, Content, KafkaRecord, Record, SequenceNumber};
pub use settings::{Configuration, FailureDestination, Settings, SourceKind, StartingPosition};
pub use settings_error::SettingsError;
pub use shard_poller::{ShardPoller, ShardPollerEffect, ShardTask};
pub use stream::{ReadFrom, Reading, Stream};

/// The wait before a batch is invoked again, whatever went wrong the first time; it doubles. AWS says no numbers.
const BACKOFF: Duration = Duration::from_secs(1);
/// It doubles up to here.
const BACKOFF_MOST: Duration = Duration::from_secs(60);
/// How long a source is left alone that could not be asked.
const SOURCE_FAILED: Duration = Duration::from_secs(1);

/// The wait after so many failures in a row.
fn backoff(failures: u32) -> Duration {
    let doubled = 1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX);
    BACKOFF.saturating_mul(doubled).min(BACKOFF_MOST)
}

/// Numbers the batches of a poller, from 0. One that is invoked again keeps its number, the parts of one that is split
/// have numbers of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchId(pub u64);

/// A batch on its way to the function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Its number.
    pub id: BatchId,
    /// The event: JSON.
    pub payload: Bytes,
    /// By which its records are known: message ids, sequence numbers, or for a topic `orders-0@15`.
    pub records: Vec<String>,
    /// What it did not wait for any longer.
    pub because: Flush,
}

/// How an invocation with a batch was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BatchAnswer {
    /// With a response.
    Response {
        /// The invocation.
        invocation: Invocation,
        /// The response.
        payload: Bytes,
    },
    /// With a function error, a time-out among them.
    FunctionError {
        /// The invocation.
        invocation: Invocation,
        /// The service's word for it: `Unhandled`.
        function_error: String,
    },
    /// Not at all: it was throttled.
    Throttled,
    /// Not at all: the service could not bring it to the function, or would not.
    NotInvoked,
}

/// An invocation that has reached the function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// Its id.
    pub request_id: RequestId,
    /// The version that ran.
    pub executed_version: String,
}

impl Invocation {
    /// An invocation of a version.
    pub fn new(request_id: RequestId, executed_version: impl Into<String>) -> Self {
        Self { request_id, executed_version: executed_version.into() }
    }
}

/// Says which records a function gets.
///
/// A message that does not match is deleted, a record of a stream is passed over
/// ([filtering](https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html)).
pub trait Filter: fmt::Debug + Send {
    /// Whether the function gets the record.
    fn matches(&self, record: &Filtered<'_>) -> bool;
}

/// What a [`Filter`] sees of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filtered<'a> {
    /// The record as it would stand in the event: JSON.
    pub json: &'a str,
    /// What a pattern for the data looks at: the text of a message, the data of a Kinesis record, the value of a Kafka
    /// record. A DynamoDB record has its data in the JSON only.
    pub data: Option<&'a [u8]>,
    /// The key of a Kafka record.
    pub key: Option<&'a [u8]>,
}

/// Whether the function gets a record, if there is a filter or none.
fn is_wanted(filter: Option<&dyn Filter>, record: &Filtered<'_>) -> bool {
    filter.is_none_or(|filter| filter.matches(record))
}
