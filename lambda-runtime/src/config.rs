//! The function's configuration, as the environment variables tell it.
//!
//! The only place that reads the process environment, and only when no endpoint was given. Names of the
//! variables: [environment variables](https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html).

use std::{collections::BTreeMap, env};

use serde::Serialize;

/// What the execution environment says about the function.
///
/// ```
/// use lambda_runtime::{Config, ConfigError};
///
/// let variables = [("AWS_LAMBDA_FUNCTION_NAME", "f"), ("AWS_LAMBDA_FUNCTION_VERSION", "7")];
/// let error = Config::from_vars(|name| {
///     variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
/// })
/// .unwrap_err();
/// assert_eq!(error.to_string(), "environment variable AWS_LAMBDA_FUNCTION_MEMORY_SIZE is not set");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Config {
    /// `AWS_LAMBDA_FUNCTION_NAME`.
    pub function_name: String,
    /// `AWS_LAMBDA_FUNCTION_VERSION`: `$LATEST` or a number.
    pub version: String,
    /// `AWS_LAMBDA_FUNCTION_MEMORY_SIZE`, in MB.
    pub memory_mb: u32,
    /// `AWS_LAMBDA_LOG_GROUP_NAME`; absent with SnapStart.
    pub log_group: Option<String>,
    /// `AWS_LAMBDA_LOG_STREAM_NAME`; absent with SnapStart.
    pub log_stream: Option<String>,
    /// `_HANDLER`: the configured handler.
    pub handler: Option<String>,
    /// `AWS_REGION`.
    pub region: Option<String>,
    /// `LAMBDA_TASK_ROOT`: the folder of the function's code.
    pub task_root: Option<String>,
    /// `AWS_LAMBDA_INITIALIZATION_TYPE`: `on-demand`, `provisioned-concurrency`, `snap-start` or
    /// `lambda-managed-instances`.
    pub initialization_type: Option<String>,
    /// `AWS_LAMBDA_MAX_CONCURRENCY`: how many invocations run at once; only with Lambda Managed Instances.
    pub max_concurrency: Option<u32>,
    /// What there is about HTTP; it is not written with the rest, which is the same without this feature.
    #[cfg(feature = "http")]
    #[serde(skip)]
    pub http: crate::http::HttpConfig,
}

/// An environment variable is not as Lambda sets it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A variable that Lambda always sets is not there.
    #[error("environment variable {variable} is not set")]
    Missing {
        /// The variable.
        variable: &'static str,
    },
    /// A variable holds something else than it should.
    #[error("environment variable {variable} is {value:?}, which is not {expected}")]
    Invalid {
        /// The variable.
        variable: &'static str,
        /// What it holds.
        value: String,
        /// What it should hold, with its article.
        expected: &'static str,
    },
}

/// Where the Runtime API is.
pub(crate) const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";
const FUNCTION_NAME: &str = "AWS_LAMBDA_FUNCTION_NAME";
const VERSION: &str = "AWS_LAMBDA_FUNCTION_VERSION";
const MAX_CONCURRENCY: &str = "AWS_LAMBDA_MAX_CONCURRENCY";
const MEMORY: &str = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE";

impl Config {
    /// Reads the process environment.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] naming the variable.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_vars(process_variable)
    }

    /// Reads variables from wherever they are.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] naming the variable. An empty one counts as not set.
    pub fn from_vars(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let optional = |name| variable(name).filter(|value| !value.is_empty());
        let required = |name| optional(name).ok_or(ConfigError::Missing { variable: name });
        Ok(Self {
            function_name: required(FUNCTION_NAME)?,
            version: required(VERSION)?,
            memory_mb: memory(required(MEMORY)?)?,
            log_group: optional("AWS_LAMBDA_LOG_GROUP_NAME"),
            log_stream: optional("AWS_LAMBDA_LOG_STREAM_NAME"),
            handler: optional("_HANDLER"),
            region: optional("AWS_REGION"),
            task_root: optional("LAMBDA_TASK_ROOT"),
            initialization_type: optional("AWS_LAMBDA_INITIALIZATION_TYPE"),
            max_concurrency: optional(MAX_CONCURRENCY).map(concurrency).transpose()?,
            #[cfg(feature = "http")]
            http: crate::http::HttpConfig::from_vars(optional)?,
        })
    }

    /// Reads the process environment, and takes what cannot be read for empty.
    pub fn from_env_or_default() -> Self {
        Self::from_env().unwrap_or_default()
    }

    /// Whether the environment is made for SnapStart.
    pub fn is_snapstart(&self) -> bool {
        self.initialization_type.as_deref() == Some("snap-start")
    }

    pub(crate) fn from_map(variables: &BTreeMap<String, String>) -> Result<Self, ConfigError> {
        Self::from_vars(|name| variables.get(name).cloned())
    }
}

/// A variable of the process; one that is not Unicode is read as far as it is.
pub(crate) fn process_variable(name: &str) -> Option<String> {
    env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

fn memory(value: String) -> Result<u32, ConfigError> {
    value.parse().map_err(|_| ConfigError::Invalid {
        variable: MEMORY,
        value,
        expected: "a whole number of megabytes",
    })
}

fn concurrency(value: String) -> Result<u32, ConfigError> {
    value.parse().map_err(|_| ConfigError::Invalid {
        variable: MAX_CONCURRENCY,
        value,
        expected: "a whole number",
    })
}

#[cfg(test)]
mod test {
    use super::*;

    fn variables(changes: &[(&str, &str)]) -> BTreeMap<String, String> {
        let whole = [(FUNCTION_NAME, "f"), (VERSION, "$LATEST"), (MEMORY, "128")];
        whole.iter().chain(changes).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_function_needs_a_name_a_version_and_a_memory_size() {
        let config = Config::from_map(&variables(&[])).unwrap();
        assert_eq!((&*config.function_name, &*config.version, config.memory_mb), ("f", "$LATEST", 128));
        assert_eq!(config.log_group, None);
        for name in [FUNCTION_NAME, VERSION, MEMORY] {
            let error = Config::from_map(&variables(&[(name, "")])).unwrap_err();
            assert_eq!(error.to_string(), format!("environment variable {name} is not set"));
        }
    }

    #[test]
    fn an_odd_memory_size_is_named_and_shown() {
        let error = Config::from_map(&variables(&[(MEMORY, "lots")])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "environment variable AWS_LAMBDA_FUNCTION_MEMORY_SIZE is \"lots\", which is not a whole number of megabytes"
        );
    }
}
