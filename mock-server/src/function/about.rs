//! What a version of a function says about itself to whoever asks the management API.
//!
//! Nothing here changes how it runs; what does is in the [`Description`](super::Description).

use lambda_api::limits;
use serde_json::{Map, Value};

use crate::variables;

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
    pub(crate) log_group: Option<String>,
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
            log_group: None,
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
