//! What a function's response says about the records of its batch.
//!
//! It is read only where `ReportBatchItemFailures` is on, and for the state of a tumbling window. Sources: partial batch
//! responses of [SQS](https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html),
//! [Kinesis](https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html) and
//! [Kafka](https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html). That `[]` is a success, and a
//! number or an id of no record a failure, was recorded from the service. What follows from it is the pollers' business.

use std::collections::BTreeSet;

use serde_json::Value;

/// Which records of a batch have failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemFailures {
    /// None of them.
    None,
    /// Those with these ids, of which there is at least one.
    Some(BTreeSet<String>),
    /// All of them, because the response cannot be read.
    All(Unreadable),
}

/// Why a response counts as the failure of the whole batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// It is not JSON.
    #[error("the response is not JSON")]
    NotJson,
    /// It is JSON, but not an object.
    #[error("the response is not an object")]
    NotAnObject,
    /// `batchItemFailures` is something else than a list.
    #[error("batchItemFailures is not a list")]
    NotAList,
    /// An element of it has no `itemIdentifier`.
    #[error("an item of batchItemFailures has no itemIdentifier")]
    NoIdentifier,
    /// An `itemIdentifier` is null, empty, or nothing that could be one.
    #[error("an itemIdentifier is empty or not an id")]
    EmptyIdentifier,
    /// An `itemIdentifier` is not that of a record of the batch.
    #[error("an itemIdentifier is not of this batch")]
    UnknownIdentifier,
    /// The response of a function with tumbling windows has no `state`.
    #[error("the response has no state")]
    NoState,
}

/// Which records have failed, of those whose ids are known.
///
/// ```
/// use mock_server::core::mapping::{ItemFailures, Unreadable, item_failures};
///
/// let response = br#"{"batchItemFailures":[{"itemIdentifier":"m-2"}]}"#;
/// assert_eq!(item_failures(response, |id| id == "m-2"), ItemFailures::Some(["m-2".to_owned()].into()));
/// let unknown = ItemFailures::All(Unreadable::UnknownIdentifier);
/// assert_eq!(item_failures(response, |id| id == "m-1"), unknown);
/// assert_eq!(item_failures(b"null", |_| true), ItemFailures::None);
/// ```
pub fn item_failures(response: &[u8], is_known: impl Fn(&str) -> bool) -> ItemFailures {
    match read(response, is_known) {
        Ok(failed) if failed.is_empty() => ItemFailures::None,
        Ok(failed) => ItemFailures::Some(failed),
        Err(unreadable) => ItemFailures::All(unreadable),
    }
}

fn read(response: &[u8], is_known: impl Fn(&str) -> bool) -> Result<BTreeSet<String>, Unreadable> {
    if response.trim_ascii().is_empty() {
        return Ok(BTreeSet::new());
    }
    let response: Value = serde_json::from_slice(response).map_err(|_| Unreadable::NotJson)?;
    let items = match &response {
        Value::Null => return Ok(BTreeSet::new()),
        Value::String(text) if text.is_empty() => return Ok(BTreeSet::new()),
        Value::Array(items) if items.is_empty() => return Ok(BTreeSet::new()),
        Value::Object(members) => match members.get("batchItemFailures") {
            None | Some(Value::Null) => return Ok(BTreeSet::new()),
            Some(Value::Array(items)) => items,
            Some(_) => return Err(Unreadable::NotAList),
        },
        _ => return Err(Unreadable::NotAnObject),
    };
    let failed = items.iter().map(|item| {
        let id = item.get("itemIdentifier").ok_or(Unreadable::NoIdentifier)?;
        let id = identifier(id).ok_or(Unreadable::EmptyIdentifier)?;
        if is_known(&id) { Ok(id) } else { Err(Unreadable::UnknownIdentifier) }
    });
    failed.collect()
}

/// An id as it is kept of a record: a text, or for Kafka a partition and an offset.
fn identifier(id: &Value) -> Option<String> {
    match id {
        Value::String(id) => Some(id.clone()).filter(|id| !id.is_empty()),
        Value::Object(id) => {
            let partition = id.get("partition")?.as_str()?;
            Some(kafka_identifier(partition, id.get("offset")?.as_u64()?))
        }
        _ => None,
    }
}

/// How a record of Kafka is known, whose partition is written `orders-0`.
pub(super) fn kafka_identifier(partition: &str, offset: impl std::fmt::Display) -> String {
    format!("{partition}@{offset}")
}

/// The `state` of a response, as JSON; `null` counts as none.
pub(super) fn window_state(response: &[u8]) -> Result<String, Unreadable> {
    if response.trim_ascii().is_empty() {
        return Err(Unreadable::NoState);
    }
    let response: Value = serde_json::from_slice(response).map_err(|_| Unreadable::NotJson)?;
    match response.get("state") {
        None | Some(Value::Null) => Err(Unreadable::NoState),
        Some(state) => Ok(state.to_string()),
    }
}
