//! What a request says about how a function is to run: the members that creating and updating it have in common.
//!
//! Sources: [CreateFunction](https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html),
//! [UpdateFunctionConfiguration](https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html).

use std::{collections::BTreeMap, time::Duration};

use lambda_api::limits;
use serde::Deserialize;
use serde_json::Value;

use super::violations::Violations;
use crate::{
    core::{Initialization, destination::Destination},
    function::Description,
    http::refusal::Refusal,
    log::{LogFormat, LogLevel},
};

/// Runtimes whose functions are a `bootstrap`.
const RUNTIMES: [&str; 2] = ["provided.al2023", "provided.al2"];
const TARGET_PATTERN: &str = r"(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()";
const ROLE_PATTERN: &str = r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+";

/// Names that a function cannot set; credentials are not among them, because here one may want to use real ones. Source:
/// [environment variables](https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html).
const RESERVED: [&str; 16] = [
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_MAX_CONCURRENCY",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];

/// What is to be set; the rest stays as it is. Members that nobody knows are left alone.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Settings {
    pub(super) runtime: Option<String>,
    pub(super) role: Option<String>,
    pub(super) handler: Option<String>,
    description: Option<String>,
    timeout: Option<i64>,
    memory_size: Option<i64>,
    environment: Option<Environment>,
    dead_letter_config: Option<DeadLetterConfig>,
    tracing_config: Option<TracingConfig>,
    layers: Option<Vec<String>>,
    ephemeral_storage: Option<EphemeralStorage>,
    snap_start: Option<SnapStart>,
    logging_config: Option<LoggingConfig>,
    capacity_provider_config: Option<Value>,
    vpc_config: Option<Value>,
    #[serde(rename = "KMSKeyArn")]
    kms_key_arn: Option<Value>,
    file_system_configs: Option<Value>,
    image_config: Option<Value>,
    durable_config: Option<Value>,
    runtime_config: Option<Value>,
    accelerator_config: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Environment {
    variables: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct DeadLetterConfig {
    target_arn: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct TracingConfig {
    mode: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct EphemeralStorage {
    size: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct SnapStart {
    apply_on: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct LoggingConfig {
    log_format: Option<String>,
    application_log_level: Option<String>,
    system_log_level: Option<String>,
    log_group: Option<String>,
}

impl Settings {
    /// Notes what is wrong with the values by themselves.
    pub(super) fn check(&self, violations: &mut Violations, is_managed: bool) {
        let timeout = if is_managed { limits::MANAGED_INSTANCES_TIMEOUT_MAX } else { limits::TIMEOUT_MAX };
        let memory = if is_managed { limits::MANAGED_INSTANCES_MEMORY_MAX_MB } else { limits::MEMORY_MAX_MB };
        let timeout = i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX);
        violations.pattern(self.role.as_deref(), "role", is_role, ROLE_PATTERN);
        let has_no_space = |text: &str| !text.is_empty() && !text.contains(char::is_whitespace);
        violations.pattern(self.handler.as_deref(), "handler", has_no_space, r"[^\s]+");
        violations.length(self.handler.as_deref(), "handler", 0..=128);
        violations.length(self.description.as_deref(), "description", 0..=256);
        violations.range(self.timeout, "timeout", 1..=timeout);
        let memory = i64::from(limits::MEMORY_MIN_MB)..=i64::from(memory);
        violations.range(self.memory_size, "memorySize", memory);
        let size = self.ephemeral_storage.as_ref().and_then(|storage| storage.size);
        let sizes = i64::from(limits::EPHEMERAL_STORAGE_MIN_MB)..=i64::from(limits::EPHEMERAL_STORAGE_MAX_MB);
        violations.range(size, "ephemeralStorage.size", sizes);
        let mode = self.tracing_config.as_ref().and_then(|config| config.mode.as_deref());
        violations.one_of(mode, "tracingConfig.mode", &["Active", "PassThrough"]);
        let apply_on = self.snap_start.as_ref().and_then(|config| config.apply_on.as_deref());
        violations.one_of(apply_on, "snapStart.applyOn", &["PublishedVersions", "None"]);
        let target = self.dead_letter_target();
        violations.pattern(target, "deadLetterConfig.targetArn", is_arn, TARGET_PATTERN);
        if let Some(logging) = &self.logging_config {
            let levels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
            violations.one_of(logging.log_format.as_deref(), "loggingConfig.logFormat", &["JSON", "Text"]);
            let (application, system) = (&logging.application_log_level, &logging.system_log_level);
            violations.one_of(application.as_deref(), "loggingConfig.applicationLogLevel", &levels);
            violations.one_of(system.as_deref(), "loggingConfig.systemLogLevel", &["DEBUG", "INFO", "WARN"]);
            violations.length(logging.log_group.as_deref(), "loggingConfig.logGroup", 1..=512);
        }
    }

    /// Refuses what the service itself does not take, and what is not emulated and would make a difference.
    pub(super) fn check_possible(&self) -> Result<(), Refusal> {
        if let Some(runtime) = self.runtime.as_deref().filter(|runtime| !RUNTIMES.contains(runtime)) {
            return Err(Refusal::invalid_parameter(format!(
                "Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [{}] or \
                 be a valid ARN",
                RUNTIMES.join(", ")
            )));
        }
        // Layers cannot be published here, so that none is there.
        if let Some(layer) = self.layers.iter().flatten().next() {
            return Err(Refusal::invalid_parameter(format!("Layer version {layer} does not exist.")));
        }
        // The words are not AWS's, which are not documented.
        if let Some(target) = self.dead_letter_target() {
            let takes = |place: &Destination| place.takes_dead_letters() && !place.is_fifo();
            if !target.parse().is_ok_and(|place| takes(&place)) {
                return Err(Refusal::invalid_parameter(format!(
                    "The dead letter target {target} is not the ARN of a standard SQS queue or a standard SNS topic."
                )));
            }
        }
        let not_emulated = [
            (&self.image_config, "container images (ImageConfig)"),
            (&self.durable_config, "durable functions (DurableConfig)"),
            (&self.runtime_config, "customer-managed runtimes (RuntimeConfig)"),
            (&self.accelerator_config, "accelerators (AcceleratorConfig)"),
        ];
        if let Some((_, what)) = not_emulated.iter().find(|(member, _)| member.is_some()) {
            return Err(Refusal::not_implemented(&format!("emulate {what}")));
        }
        let variables =
            self.environment.iter().flat_map(|environment| environment.variables.iter().flatten());
        let is_reserved = |name: &&str| RESERVED.contains(name) || name.starts_with("AWS_LAMBDA_METADATA_");
        let reserved: Vec<_> = variables.map(|(name, _)| name.as_str()).filter(is_reserved).collect();
        if !reserved.is_empty() {
            return Err(Refusal::invalid_parameter(format!(
                "Lambda was unable to configure your environment variables because the environment variables you have \
                 provided contains reserved keys that are currently not supported for modification. Reserved keys used \
                 in this request: {}",
                reserved.join(", ")
            )));
        }
        Ok(())
    }

    /// Where dead letters are to go; an empty text takes away what was there.
    fn dead_letter_target(&self) -> Option<&str> {
        self.dead_letter_config.as_ref()?.target_arn.as_deref().filter(|arn| !arn.is_empty())
    }

    /// Sets what is to be set. Values have been checked.
    pub(super) fn apply(self, description: &mut Description) {
        let concurrency = self.concurrency();
        let about = &mut description.about;
        set(&mut about.runtime, self.runtime);
        set(&mut about.role, self.role);
        set(&mut description.handler, self.handler);
        set(&mut description.text, self.description);
        let seconds = self.timeout.and_then(|timeout| u64::try_from(timeout).ok());
        set(&mut description.settings.timeout, seconds.map(Duration::from_secs));
        let megabytes = |value: Option<i64>| value.and_then(|value| u32::try_from(value).ok());
        set(&mut description.settings.memory_mb, megabytes(self.memory_size));
        let size = self.ephemeral_storage.and_then(|storage| storage.size);
        set(&mut about.ephemeral_storage_mb, megabytes(size));
        set(&mut description.environment, self.environment.and_then(|environment| environment.variables));
        if let Some(config) = self.dead_letter_config {
            description.dead_letter = config.target_arn.filter(|arn| !arn.is_empty());
        }
        let mode = self.tracing_config.and_then(|config| config.mode);
        set(&mut about.is_traced, mode.map(|mode| mode == "Active"));
        if let Some(apply_on) = self.snap_start.and_then(|config| config.apply_on) {
            description.snaps_versions = apply_on == "PublishedVersions";
            // Whoever has described the function in Rust may have said it of `$LATEST`.
            if description.settings.initialization == Initialization::SnapStart {
                description.settings.initialization = Initialization::OnDemand;
            }
        }
        for (member, value) in [
            ("CapacityProviderConfig", &self.capacity_provider_config),
            ("VpcConfig", &self.vpc_config),
            ("KMSKeyArn", &self.kms_key_arn),
            ("FileSystemConfigs", &self.file_system_configs),
        ] {
            if let Some(value) = value {
                about.as_given.insert(member.to_owned(), value.clone());
            }
        }
        if let Some(concurrency) = concurrency {
            description.settings.initialization = Initialization::ManagedInstances;
            description.max_concurrency = concurrency;
        }
        if let Some(logging) = self.logging_config {
            logging.apply(description);
        }
    }

    /// How many invocations an environment of managed instances takes at once, if the function is to run there.
    pub(super) fn concurrency(&self) -> Option<usize> {
        let config =
            self.capacity_provider_config.as_ref()?.get("LambdaManagedInstancesCapacityProviderConfig")?;
        let concurrency = config.get("PerExecutionEnvironmentMaxConcurrency").and_then(Value::as_u64);
        let concurrency = concurrency.and_then(|concurrency| usize::try_from(concurrency).ok()).unwrap_or(1);
        Some(concurrency.clamp(1, limits::CONCURRENCY_PER_ENVIRONMENT))
    }
}

impl LoggingConfig {
    fn apply(self, description: &mut Description) {
        // Without JSON there are no levels.
        match self.log_format.as_deref() {
            Some("JSON") => description.log_format = Some(LogFormat::Json),
            Some(_) => {
                description.log_format = None;
                description.log_level = None;
                description.about.system_log_level = None;
            }
            None => {}
        }
        let level = self.application_log_level.as_deref().and_then(|level| match level {
            "TRACE" => Some(LogLevel::Trace),
            "DEBUG" => Some(LogLevel::Debug),
            "INFO" => Some(LogLevel::Info),
            "WARN" => Some(LogLevel::Warn),
            "ERROR" => Some(LogLevel::Error),
            "FATAL" => Some(LogLevel::Fatal),
            _ => None,
        });
        description.log_level = level.or(description.log_level);
        let about = &mut description.about;
        about.system_log_level = self.system_log_level.or_else(|| about.system_log_level.take());
        description.log_group = self.log_group.or_else(|| description.log_group.take());
    }
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

/// `arn:`, a partition of AWS or none, a service, and whatever follows.
fn is_arn(text: &str) -> bool {
    let mut parts = text.splitn(4, ':');
    let (Some("arn"), Some(partition), Some(service), Some(_)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let is_service =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
    is_partition(partition) && !service.is_empty() && service.bytes().all(is_service)
}

fn is_partition(text: &str) -> bool {
    let is_rest = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-');
    text.is_empty() || text.strip_prefix("aws").is_some_and(is_rest)
}

fn is_role(text: &str) -> bool {
    let rest = text.strip_prefix("arn:").and_then(|rest| rest.split_once(":iam::"));
    let Some((partition, rest)) = rest else { return false };
    let Some((account, name)) = rest.split_once(":role") else { return false };
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@-_/".contains(&byte);
    is_partition(partition)
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && !name.trim_start_matches('/').is_empty()
        && name.bytes().all(is_name)
}
