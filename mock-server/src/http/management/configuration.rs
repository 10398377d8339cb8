//! How a version of a function is shown: the
//! [FunctionConfiguration](https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html) of most replies.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Revision, date};
use crate::{
    core::{Initialization, catalog::Version},
    function::Deployment,
    log::{LogFormat, LogLevel},
    variables::log_group_or_default,
};

/// A version of a function as it is shown.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FunctionConfiguration<'a> {
    function_name: &'a str,
    pub(super) function_arn: String,
    runtime: &'a str,
    role: &'a str,
    handler: &'a str,
    pub(super) code_size: usize,
    description: &'a str,
    timeout: u64,
    memory_size: u32,
    pub(super) last_modified: String,
    pub(super) code_sha256: &'a str,
    version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    dead_letter_config: Option<DeadLetterConfig<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<Environment<'a>>,
    tracing_config: TracingConfig,
    pub(super) revision_id: String,
    /// Not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_update_status: Option<&'static str>,
    package_type: &'static str,
    pub(super) architectures: [&'a str; 1],
    ephemeral_storage: EphemeralStorage,
    snap_start: SnapStart,
    logging_config: LoggingConfig<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenancy_config: Option<TenancyConfig>,
    /// What was given and is not emulated.
    #[serde(flatten)]
    as_given: &'a Map<String, Value>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct DeadLetterConfig<'a> {
    target_arn: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Environment<'a> {
    variables: &'a BTreeMap<String, String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct TracingConfig {
    mode: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct EphemeralStorage {
    size: u32,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct SnapStart {
    apply_on: &'static str,
    optimization_status: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct LoggingConfig<'a> {
    log_format: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    application_log_level: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    system_log_level: Option<&'a str>,
    log_group: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct TenancyConfig {
    tenant_isolation_mode: &'static str,
}

impl<'a> FunctionConfiguration<'a> {
    /// A version, under the ARN by which it was asked for. Words that were said at its publication replace the function's.
    pub(super) fn new(deployment: &'a Deployment, function_arn: String, published: Option<&'a str>) -> Self {
        let description = &deployment.description;
        let about = &description.about;
        let is_json = description.log_format == Some(LogFormat::Json);
        let is_snapped = description.initialization_of_versions() == Initialization::SnapStart;
        let is_published = deployment.version != Version::Latest;
        let published = published.filter(|words| !words.is_empty());
        Self {
            function_name: deployment.name(),
            function_arn,
            runtime: &about.runtime,
            role: &about.role,
            handler: &description.handler,
            code_size: about.code.bytes,
            description: published.unwrap_or(&description.text),
            timeout: description.settings.timeout.as_secs(),
            memory_size: description.settings.memory_mb,
            last_modified: date(deployment.made),
            code_sha256: &about.code.sha256,
            version: deployment.version.to_string(),
            dead_letter_config: description
                .dead_letter
                .as_deref()
                .map(|target_arn| DeadLetterConfig { target_arn }),
            environment: Some(&description.environment)
                .filter(|variables| !variables.is_empty())
                .map(|variables| Environment { variables }),
            tracing_config: TracingConfig { mode: if about.is_traced { "Active" } else { "PassThrough" } },
            revision_id: Revision::Deployment(deployment.id.0).id(),
            state: Some("Active"),
            last_update_status: Some("Successful"),
            package_type: "Zip",
            architectures: [&about.architecture],
            ephemeral_storage: EphemeralStorage { size: about.ephemeral_storage_mb },
            snap_start: SnapStart {
                apply_on: if is_snapped { "PublishedVersions" } else { "None" },
                optimization_status: if is_snapped && is_published { "On" } else { "Off" },
            },
            logging_config: LoggingConfig {
                log_format: if is_json { "JSON" } else { "Text" },
                application_log_level: is_json
                    .then(|| description.log_level.unwrap_or(LogLevel::Info).as_str()),
                system_log_level: is_json.then(|| about.system_log_level.as_deref().unwrap_or("INFO")),
                log_group: log_group_or_default(description.log_group.as_deref(), deployment.name()),
            },
            tenancy_config: description
                .isolates_tenants
                .then_some(TenancyConfig { tenant_isolation_mode: "PER_TENANT" }),
            as_given: &about.as_given,
        }
    }

    /// The same as lists show it, without states.
    pub(super) fn in_list(self) -> Self {
        Self { state: None, last_update_status: None, ..self }
    }

    /// All but what changes with every change.
    pub(super) fn what_a_version_shows(&self) -> Option<Value> {
        let mut shown = serde_json::to_value(self).ok()?;
        let members = shown.as_object_mut()?;
        for member in ["RevisionId", "LastModified", "FunctionArn", "Version"] {
            members.remove(member);
        }
        Some(shown)
    }
}
