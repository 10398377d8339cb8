//! The events of mappings: JSON as functions get it.
//!
//! A poller keeps the JSON of each record, so that it knows how long an event would be; [`Envelope`] is what stands around
//! them. The records of queues are in `queue`, those of streams in `stream`. Sources:
//! [SQS](https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html),
//! [Kinesis](https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html),
//! [DynamoDB](https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html),
//! [Kafka](https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html),
//! [tumbling windows](https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html).

use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;

pub(super) use crate::core::json::raw;
use crate::core::{
    Time,
    json::{json, region},
    seconds,
};

mod queue;
mod stream;

pub use queue::QueueSource;
pub use stream::StreamSource;

/// What stands before and behind the records of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Envelope {
    head: String,
    tail: String,
}

impl Envelope {
    /// `{"Records":[` and `]}`.
    pub(super) fn records() -> Self {
        Self { head: r#"{"Records":["#.to_owned(), tail: "]}".to_owned() }
    }

    /// How long an event is without records.
    pub(super) fn bytes(&self) -> usize {
        self.head.len() + self.tail.len()
    }

    /// The event with these records.
    pub(super) fn around<'a>(&self, records: impl IntoIterator<Item = &'a str>) -> Bytes {
        let mut event = self.head.clone();
        for (at, record) in records.into_iter().enumerate() {
            if at > 0 {
                event.push(',');
            }
            event.push_str(record);
        }
        event.push_str(&self.tail);
        event.into()
    }

    /// With what an event of a tumbling window has besides.
    pub(super) fn with_window(mut self, window: &WindowMembers<'_>) -> Self {
        self.tail = format!("],{}", json(window).strip_prefix('{').unwrap_or_default());
        self
    }
}

/// What an event of a tumbling window has besides the records.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WindowMembers<'a> {
    pub(super) window: Bounds,
    pub(super) state: &'a RawValue,
    pub(super) shard_id: &'a str,
    #[serde(rename = "eventSourceARN")]
    pub(super) event_source_arn: &'a str,
    pub(super) is_final_invoke_for_window: bool,
    pub(super) is_window_terminated_early: bool,
}

#[derive(Serialize)]
pub(super) struct Bounds {
    start: String,
    end: String,
}

impl Bounds {
    pub(super) fn new(start: Time, end: Time) -> Self {
        Self { start: seconds(start), end: seconds(end) }
    }
}
