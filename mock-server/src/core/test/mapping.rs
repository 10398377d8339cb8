//! Event source mappings: settings, sources, events, and the two pollers. Random sequences are in `mapping::queue_properties`
//! and `mapping::shard_properties`.
//!
//! `queue_scene` and `shard_scene` put a poller between a source in memory and a function that answers when a test says so;
//! their clock stands still unless it is told to move.

use lambda_api::RequestId;

use super::scenario::{millis, secs};
use crate::core::{
    Time,
    mapping::{BatchAnswer, Invocation, Note},
};

mod event;
mod failure;
mod queue;
mod queue_answers;
mod queue_poller;
mod queue_properties;
mod queue_scene;
mod settings;
mod shard_answers;
mod shard_poller;
mod shard_properties;
mod shard_scene;
mod stream;
mod windows;

const QUEUE: &str = "arn:aws:sqs:us-east-2:123456789012:my-queue";

/// 2026-11-20T10:00:00Z.
fn noon() -> Time {
    Time::from_unix(secs(1_795_168_800))
}

fn invocation() -> Invocation {
    Invocation::new(RequestId::new("8476a536-e9f4-11e8-9739-2dfe598c3fcd").unwrap(), "$LATEST")
}

fn response(payload: &str) -> BatchAnswer {
    BatchAnswer::Response { invocation: invocation(), payload: payload.to_owned().into() }
}

fn function_error() -> BatchAnswer {
    BatchAnswer::FunctionError { invocation: invocation(), function_error: "Unhandled".to_owned() }
}

/// A response that names records that have failed.
fn items<'a>(ids: impl IntoIterator<Item = &'a String>) -> BatchAnswer {
    let items: Vec<_> = ids.into_iter().map(|id| serde_json::json!({ "itemIdentifier": id })).collect();
    response(&serde_json::json!({ "batchItemFailures": items }).to_string())
}

/// What a note is about, in a word or two.
fn kind(note: &Note) -> String {
    let word = |text: String| text.split([' ', '(']).next().unwrap_or_default().to_owned();
    let name = word(format!("{note:?}"));
    match note {
        Note::Retry { why, .. } | Note::Returned { why, .. } | Note::Bisected { why, .. } => {
            format!("{name} {}", word(format!("{why:?}")))
        }
        Note::Discarded { condition, .. } => format!("{name} {}", condition.as_str()),
        _ => name,
    }
}
