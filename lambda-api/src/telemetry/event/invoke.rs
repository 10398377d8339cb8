//! Records of an invocation.
//!
//! The members that the Logs API leaves out, and those that came late to the Telemetry API, may be absent.
//! Source: [schema](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html).

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    field::{millis, optional_billed_millis, optional_millis, or_default, request_id},
    shared::{Span, Status, Tracing},
};
use crate::RequestId;

/// `platform.start`: an invocation begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Start {
    /// The invocation.
    #[serde(with = "request_id")]
    pub request_id: RequestId,
    /// Version of the function; `$LATEST` if not published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracing: Option<Tracing>,
    /// The tenant, for a function with tenant isolation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// ARN of the function, on Lambda Managed Instances.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function_arn: Option<String>,
    /// Members that this crate does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Start {
    /// The begin of an invocation.
    pub fn new(request_id: RequestId) -> Self {
        Self {
            request_id,
            version: None,
            tracing: None,
            tenant_id: None,
            function_arn: None,
            other: Map::new(),
        }
    }
}

/// `platform.end`: an invocation has ended; Logs API only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct End {
    /// The invocation.
    #[serde(with = "request_id")]
    pub request_id: RequestId,
    /// Members that this crate does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl End {
    /// The end of an invocation.
    pub fn new(request_id: RequestId) -> Self {
        Self { request_id, other: Map::new() }
    }
}

/// `platform.runtimeDone`: the runtime has done its part of an invocation, or failed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RuntimeDone {
    /// The invocation.
    #[serde(with = "request_id")]
    pub request_id: RequestId,
    /// How it ended.
    pub status: Status,
    /// The category of the failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_type: Option<String>,
    /// How long it took; absent in the Logs API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<RuntimeDoneMetrics>,
    /// Parts of it: `responseLatency`, `responseDuration`, `runtimeOverhead`.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<Span>,
    /// The trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracing: Option<Tracing>,
    /// The tenant, for a function with tenant isolation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// Members that this crate does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl RuntimeDone {
    /// The end of a runtime's part, without metrics.
    pub fn new(request_id: RequestId, status: Status) -> Self {
        Self {
            request_id,
            status,
            error_type: None,
            metrics: None,
            spans: Vec::new(),
            tracing: None,
            tenant_id: None,
            other: Map::new(),
        }
    }
}

/// How long a runtime took for an invocation, and how much it answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RuntimeDoneMetrics {
    /// How long it took; member `durationMs`.
    #[serde(rename = "durationMs", with = "millis")]
    pub duration: Duration,
    /// Size of the response in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub produced_bytes: Option<u64>,
    /// Members that this crate does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl RuntimeDoneMetrics {
    /// Metrics of a runtime that took so long and sent nothing that was counted.
    pub fn new(duration: Duration) -> Self {
        Self { duration, produced_bytes: None, other: Map::new() }
    }
}

/// `platform.report`: an invocation, extensions included, has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Report {
    /// The invocation.
    #[serde(with = "request_id")]
    pub request_id: RequestId,
    /// How it ended; absent in the Logs API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// The category of the failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_type: Option<String>,
    /// What it used.
    pub metrics: ReportMetrics,
    /// Parts of it: `extensionOverhead`; on Lambda Managed Instances also those of [`RuntimeDone`].
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<Span>,
    /// The trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracing: Option<Tracing>,
    /// The tenant, for a function with tenant isolation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// Members that this crate does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Report {
    /// The end of an invocation.
    pub fn new(request_id: RequestId, status: Status, metrics: ReportMetrics) -> Self {
        Self {
            request_id,
            status: Some(status),
            error_type: None,
            metrics,
            spans: Vec::new(),
            tracing: None,
            tenant_id: None,
            other: Map::new(),
        }
    }
}

/// What an invocation used; on Lambda Managed Instances only its duration is known.
///
/// Source: [`ReportMetrics`](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#ReportMetrics).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReportMetrics {
    /// How long it took; member `durationMs`.
    #[serde(rename = "durationMs", with = "millis")]
    pub duration: Duration,
    /// What is billed, in whole milliseconds; member `billedDurationMs`.
    #[serde(
        rename = "billedDurationMs",
        default,
        with = "optional_billed_millis",
        skip_serializing_if = "Option::is_none"
    )]
    pub billed_duration: Option<Duration>,
    /// Memory that the function may use, in MB.
    #[serde(rename = "memorySizeMB", default, skip_serializing_if = "Option::is_none")]
    pub memory_size_mb: Option<u64>,
    /// Most memory that was used in this environment so far, in MB.
    #[serde(rename = "maxMemoryUsedMB", default, skip_serializing_if = "Option::is_none")]
    pub max_memory_used_mb: Option<u64>,
    /// How long the initialization took that this invocation waited for; member `initDurationMs`.
    #[serde(
        rename = "initDurationMs",
        default,
        with = "optional_millis",
        skip_serializing_if = "Option::is_none"
    )]
    pub init_duration: Option<Duration>,
    /// How long the restore took that this invocation waited for; member `restoreDurationMs`.
    #[serde(
        rename = "restoreDurationMs",
        default,
        with = "optional_millis",
        skip_serializing_if = "Option::is_none"
    )]
    pub restore_duration: Option<Duration>,
    /// What of the restore is billed, in whole milliseconds; member `billedRestoreDurationMs`.
    #[serde(
        rename = "billedRestoreDurationMs",
        default,
        with = "optional_billed_millis",
        skip_serializing_if = "Option::is_none"
    )]
    pub billed_restore_duration: Option<Duration>,
    /// Members that this crate does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl ReportMetrics {
    /// Metrics of an invocation of which only the duration is known.
    pub fn new(duration: Duration) -> Self {
        Self {
            duration,
            billed_duration: None,
            memory_size_mb: None,
            max_memory_used_mb: None,
            init_duration: None,
            restore_duration: None,
            billed_restore_duration: None,
            other: Map::new(),
        }
    }
}
