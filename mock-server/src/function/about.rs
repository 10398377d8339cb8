//! What a version of a function says about itself to whoever asks the management API.
//!
//! Nothing here changes how it runs; what does is in the [`Description`](super::Description), which the `builder` sets.

use lambda_api::limits;
use serde_json::{Map, Value};

use super::FunctionBuilder;
use crate::{platform_log::SystemLevel, variables};

/// The facts about a version that only the management API shows.
#[derive(Clone, Debug)]
pub(crate) struct About {
    /// The ARN of the execution role. Nobody assumes it.
    pub(crate) role: String,
    pub(crate) runtime: String,
    pub(crate) architecture: String,
    /// The configured size of `/tmp`, in MB.
    pub(crate) ephemeral_storage_mb: u32,
    /// Whether all invocations are to be traced.
    pub(crate) is_traced: bool,
    pub(crate) system_log_level: Option<String>,
    pub(crate) code: PackageFacts,
    /// Members that are given back as they came.
    pub(crate) as_given: Map<String, Value>,
}

/// A deployment package.
#[derive(Clone, Debug)]
pub(crate) struct PackageFacts {
    /// In base64.
    pub(crate) sha256: String,
    pub(crate) bytes: usize,
}

impl FunctionBuilder {
    /// The size of `/tmp` that the management API shows, in MB; 512 if not set. Nothing here limits it.
    pub fn ephemeral_storage_mb(mut self, megabytes: u32) -> Self {
        self.description.about.ephemeral_storage_mb = megabytes;
        self
    }

    /// The instruction set that the management API shows, `x86_64` or `arm64`; this machine's if not set. Code runs on this
    /// machine, whatever is said.
    pub fn architecture(mut self, architecture: impl Into<String>) -> Self {
        self.description.about.architecture = architecture.into();
        self
    }

    /// The level of the platform's lines in the log that the management API shows; INFO if not set, and none unless the
    /// [format](Self::log_format) is JSON. What is shown of the lines is up to whoever reads them:
    /// [`platform_log`](crate::platform_log).
    pub fn system_log_level(mut self, level: SystemLevel) -> Self {
        self.description.about.system_log_level = Some(level.as_str().to_owned());
        self
    }

    /// Lets the management API show that all invocations are traced. There is no X-Ray here.
    pub fn active_tracing(mut self) -> Self {
        self.description.about.is_traced = true;
        self
    }
}

impl Default for About {
    /// What is shown of a function that was not made by the management API.
    fn default() -> Self {
        Self {
            role: format!("arn:aws:iam::{}:role/mock", variables::ACCOUNT_ID),
            runtime: "provided.al2023".to_owned(),
            architecture: if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" }.to_owned(),
            ephemeral_storage_mb: limits::EPHEMERAL_STORAGE_MIN_MB,
            is_traced: false,
            system_log_level: None,
            code: PackageFacts::default(),
            as_given: Map::new(),
        }
    }
}

impl Default for PackageFacts {
    /// The hash of nothing.
    fn default() -> Self {
        Self { sha256: "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".to_owned(), bytes: 0 }
    }
}
