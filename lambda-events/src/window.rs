//! Tumbling windows of streams, in which an invocation gets what the one before it has answered.
//!
//! Source: [tumbling windows of Kinesis](https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html) and
//! [of DynamoDB](https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html). The events are in the modules of the two.

use crate::{Json, Map, batch::BatchItemFailure, value::DateTime};

event! {
    /// When a window begins and ends.
    pub struct Window<'a> {
        /// Its beginning.
        start: Option<DateTime<'a>> = "start";
        /// Its end.
        end: Option<DateTime<'a>> = "end";
    }

    /// The answer to a batch of a window.
    pub struct WindowResponse<'a> {
        /// What the next invocation gets: 1 MB for a shard at most.
        state: Map<'a, Json<'a>> = "state", always;
        /// The first record that has failed, if some have.
        batch_item_failures: Vec<BatchItemFailure<'a>> = "batchItemFailures";
    }
}
