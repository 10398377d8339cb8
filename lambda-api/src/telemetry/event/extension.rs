//! Records of extensions: their state, their subscriptions, and what they missed.
//!
//! Source: [schema](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Category, field::or_default};

/// `platform.extension`: the state of an extension at the end of the init phase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Extension {
    /// The extension.
    pub name: String,
    /// Its state, such as `Ready` or `InitError`.
    pub state: String,
    /// Names of the events it registered for; see [`EventType`](crate::extension::register::EventType).
    #[serde(default, deserialize_with = "or_default")]
    pub events: Vec<String>,
    /// The category of the failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_type: Option<String>,
    /// Members that this crate does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Extension {
    /// An extension in a state.
    pub fn new(name: impl Into<String>, state: impl Into<String>, events: Vec<String>) -> Self {
        Self { name: name.into(), state: state.into(), events, error_type: None, other: Map::new() }
    }
}

/// `platform.telemetrySubscription` and `platform.logsSubscription`: an extension has subscribed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Subscription {
    /// The extension.
    pub name: String,
    /// `Subscribed`.
    pub state: String,
    /// What it subscribed to.
    pub types: Vec<Category>,
    /// Members that this crate does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Subscription {
    /// A subscription of an extension.
    pub fn new(name: impl Into<String>, types: Vec<Category>) -> Self {
        Self { name: name.into(), state: "Subscribed".to_owned(), types, other: Map::new() }
    }
}

/// `platform.logsDropped`: a subscriber did not take its events fast enough.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LogsDropped {
    /// Why, for people.
    pub reason: String,
    /// How many events were lost.
    pub dropped_records: u64,
    /// Their size in bytes.
    pub dropped_bytes: u64,
    /// Members that this crate does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl LogsDropped {
    /// Events that were lost.
    pub fn new(reason: impl Into<String>, dropped_records: u64, dropped_bytes: u64) -> Self {
        Self { reason: reason.into(), dropped_records, dropped_bytes, other: Map::new() }
    }
}
