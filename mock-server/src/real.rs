//! Real queues and streams that mappings read from: what speaks SQS, Kinesis or DynamoDB Streams, over plain HTTP.
//!
//! Each is a thin cover over AWS's own client (`aws` has what the clients share), which speaks the core's words: messages
//! and readings of [`core::mapping`](crate::core::mapping) out, [`RealSourceError`] where that fails. When to ask, and
//! whether to ask again, is decided by whoever drives the pollers; nothing is repeated here. In place of AWS stands what
//! listens at a URL without TLS: a stand-in on one's own machine.

pub(crate) mod aws;
#[cfg(feature = "dynamodb-streams")]
pub(crate) mod dynamodb;
#[cfg_attr(
    not(feature = "sqs"),
    expect(dead_code, reason = "only the deletion of messages is tried again, and may fail in part")
)]
pub(crate) mod error;
#[cfg(feature = "kinesis")]
pub(crate) mod kinesis;
#[cfg(feature = "sqs")]
pub(crate) mod sqs;
#[cfg(any(feature = "dynamodb-streams", feature = "kinesis"))]
pub(crate) mod stream;
#[cfg(all(test, unix, feature = "dynamodb-streams", feature = "kinesis", feature = "sqs"))]
mod test;
