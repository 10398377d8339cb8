//! Records of the init phase, and of the restore phase that takes its place with SnapStart.
//!
//! The members that the Logs API leaves out, and those that came late to the Telemetry API, may be absent.
//! Source: [schema](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    field::or_default,
    shared::{InitPhase, InitializationType, PhaseMetrics, Span, Status, Tracing},
};

/// `platform.initStart`: an initialization begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct InitStart {
    /// Why.
    pub initialization_type: InitializationType,
    /// In which phase; absent in the Logs API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<InitPhase>,
    /// Name of the function; empty if absent.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub function_name: String,
    /// Version of the function; empty if absent.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub function_version: String,
    /// Version of the runtime, such as `provided:al2023.v40`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime_version: Option<String>,
    /// ARN of the runtime's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime_version_arn: Option<String>,
    /// ARN of the function; AWS's open-source runtime interface emulator sends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function_arn: Option<String>,
    /// Identifies the environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<String>,
    /// Memory of the environment. The unit is not documented: the schema's example, 256, looks like MB, while
    /// AWS's open-source runtime interface emulator passes bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_max_memory: Option<u64>,
    /// The trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracing: Option<Tracing>,
    /// Members that this crate does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl InitStart {
    /// The begin of an initialization.
    pub fn new(
        initialization_type: InitializationType,
        phase: InitPhase,
        function_name: impl Into<String>,
        function_version: impl Into<String>,
    ) -> Self {
        Self {
            initialization_type,
            phase: Some(phase),
            function_name: function_name.into(),
            function_version: function_version.into(),
            runtime_version: None,
            runtime_version_arn: None,
            function_arn: None,
            instance_id: None,
            instance_max_memory: None,
            tracing: None,
            other: Map::new(),
        }
    }
}

/// `platform.initRuntimeDone`: the runtime has initialized, or failed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct InitRuntimeDone {
    /// Why it was initialized.
    pub initialization_type: InitializationType,
    /// In which phase; absent in the Logs API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<InitPhase>,
    /// How it ended.
    pub status: Status,
    /// The category of the failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_type: Option<String>,
    /// Parts of it.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<Span>,
    /// The trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracing: Option<Tracing>,
    /// Members that this crate does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl InitRuntimeDone {
    /// The end of a runtime's initialization.
    pub fn new(initialization_type: InitializationType, phase: InitPhase, status: Status) -> Self {
        Self {
            initialization_type,
            phase: Some(phase),
            status,
            error_type: None,
            spans: Vec::new(),
            tracing: None,
            other: Map::new(),
        }
    }
}

/// `platform.initReport`: an initialization, extensions included, has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct InitReport {
    /// Why it was initialized.
    pub initialization_type: InitializationType,
    /// In which phase; absent in the Logs API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<InitPhase>,
    /// How it ended; the first versions of the schema do not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// The category of the failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_type: Option<String>,
    /// How long it took.
    pub metrics: PhaseMetrics,
    /// Parts of it.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<Span>,
    /// The trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracing: Option<Tracing>,
    /// Members that this crate does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl InitReport {
    /// The end of an initialization.
    pub fn new(
        initialization_type: InitializationType,
        phase: InitPhase,
        status: Status,
        metrics: PhaseMetrics,
    ) -> Self {
        Self {
            initialization_type,
            phase: Some(phase),
            status: Some(status),
            error_type: None,
            metrics,
            spans: Vec::new(),
            tracing: None,
            other: Map::new(),
        }
    }
}

/// `platform.restoreStart`: a snapshot is about to be resumed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RestoreStart {
    /// Name of the function; empty if absent.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub function_name: String,
    /// Version of the function; empty if absent.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub function_version: String,
    /// Version of the runtime.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime_version: Option<String>,
    /// ARN of the runtime's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime_version_arn: Option<String>,
    /// Identifies the environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<String>,
    /// Memory of the environment; the unit is as little documented as that of
    /// [`InitStart::instance_max_memory`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_max_memory: Option<u64>,
    /// Members that this crate does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl RestoreStart {
    /// The begin of a restore.
    pub fn new(function_name: impl Into<String>, function_version: impl Into<String>) -> Self {
        Self {
            function_name: function_name.into(),
            function_version: function_version.into(),
            ..Self::default()
        }
    }
}

/// `platform.restoreRuntimeDone`: the runtime has resumed, or failed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RestoreRuntimeDone {
    /// How it ended.
    pub status: Status,
    /// The category of the failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_type: Option<String>,
    /// Parts of it.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<Span>,
    /// The trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracing: Option<Tracing>,
    /// Members that this crate does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl RestoreRuntimeDone {
    /// The end of a runtime's restore.
    pub fn new(status: Status) -> Self {
        Self { status, error_type: None, spans: Vec::new(), tracing: None, other: Map::new() }
    }
}

/// `platform.restoreReport`: a restore has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RestoreReport {
    /// How it ended.
    pub status: Status,
    /// The category of the failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_type: Option<String>,
    /// How long it took; may be absent after a failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<PhaseMetrics>,
    /// Parts of it.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<Span>,
    /// The trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracing: Option<Tracing>,
    /// Members that this crate does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl RestoreReport {
    /// The end of a restore, without metrics.
    pub fn new(status: Status) -> Self {
        Self { status, error_type: None, metrics: None, spans: Vec::new(), tracing: None, other: Map::new() }
    }
}
