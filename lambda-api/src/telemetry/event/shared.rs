//! What several records have in common: how a phase began and ended, spans, tracing.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::field::{self, millis, optional_billed_millis};
use crate::telemetry::Timestamp;

field::names! {
    /// How a phase ended.
    ///
    /// A handler's failure that the runtime reported may yet be a `Success` of the phase: AWS's open-source
    /// runtime interface emulator sends that, while the
    /// [schema](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#Status) says
    /// `error`. What the service sends is not established.
    Status {
        /// It was completed.
        Success = "success",
        /// The platform failed.
        Failure = "failure",
        /// The function's code, its runtime or an extension failed.
        Error = "error",
        /// It was stopped at its deadline.
        Timeout = "timeout",
    }
}

field::names! {
    /// Why an environment was initialized.
    ///
    /// Source: [`InitType`](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#InitType),
    /// which does not list them all; the last is that of AWS's open-source runtime interface emulator.
    InitializationType {
        /// An invocation came and no environment was free.
        OnDemand = "on-demand",
        /// Ahead of invocations, for provisioned concurrency.
        ProvisionedConcurrency = "provisioned-concurrency",
        /// For a snapshot, or from one.
        SnapStart = "snap-start",
        /// On Lambda Managed Instances.
        ManagedInstances = "lambda-managed-instances",
    }
}

field::names! {
    /// In which phase of the environment's life its initialization ran.
    ///
    /// Source: [`InitPhase`](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#InitPhase).
    InitPhase {
        /// In its own phase.
        Init = "init",
        /// Inside an invocation, because an earlier initialization failed or ran too long.
        Invoke = "invoke",
        /// Ahead of a snapshot.
        SnapStart = "snap-start",
    }
}

/// What an event belongs to in X-Ray; only sampled traces have it.
///
/// Source: [`TraceContext`](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#TraceContext).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Tracing {
    /// The segment: 16 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span_id: Option<String>,
    /// The kind of tracing, `X-Amzn-Trace-Id`; member `type`.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// The tracing header, `Root=…;Parent=…;Sampled=1`.
    #[serde(default)]
    pub value: String,
    /// Members that this crate does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Tracing {
    /// X-Ray tracing with this header and no segment.
    pub fn new(value: impl Into<String>) -> Self {
        Self { span_id: None, kind: "X-Amzn-Trace-Id".to_owned(), value: value.into(), other: Map::new() }
    }
}

/// A part of a phase, such as `responseLatency`, `responseDuration`, `runtimeOverhead` or `extensionOverhead`.
///
/// Source: [`Span`](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#Span).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Span {
    /// Its name.
    pub name: String,
    /// When it began.
    pub start: Timestamp,
    /// How long it took; member `durationMs`.
    #[serde(rename = "durationMs", with = "millis")]
    pub duration: Duration,
    /// Members that this crate does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Span {
    /// A span.
    pub fn new(name: impl Into<String>, start: Timestamp, duration: Duration) -> Self {
        Self { name: name.into(), start, duration, other: Map::new() }
    }
}

/// How long an initialization or a restore took.
///
/// Source: [`InitReportMetrics`](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#InitReportMetrics).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PhaseMetrics {
    /// How long it took; member `durationMs`.
    #[serde(rename = "durationMs", with = "millis")]
    pub duration: Duration,
    /// What of it is billed, in whole milliseconds; Logs API only. Member `billedDurationMs`.
    #[serde(
        rename = "billedDurationMs",
        default,
        with = "optional_billed_millis",
        skip_serializing_if = "Option::is_none"
    )]
    pub billed_duration: Option<Duration>,
    /// Members that this crate does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl PhaseMetrics {
    /// Metrics of a phase that took so long.
    pub fn new(duration: Duration) -> Self {
        Self { duration, billed_duration: None, other: Map::new() }
    }
}
