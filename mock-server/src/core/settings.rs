//! What an execution environment is told about its function when it is made.

use std::time::Duration;

use lambda_api::{extension::register::Function, limits};

/// The part of a function's configuration that an execution environment enforces or reports.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// How long an invocation may take.
    pub timeout: Duration,
    /// How long the init phase may take.
    pub init_timeout: Duration,
    /// How long a killed process is waited for.
    pub exit_wait: Duration,
    /// The function's memory, in MB.
    pub memory_mb: u32,
    /// The largest response, in bytes.
    pub response_bytes: usize,
    /// The names of the external extensions, in the order in which they are launched.
    pub extensions: Vec<String>,
    /// What an extension learns of the function when it registers.
    pub function: Function,
    /// The account, for extensions that ask for it.
    pub account_id: String,
}

impl Default for Settings {
    /// What Lambda gives a function for which nothing is configured.
    fn default() -> Self {
        Self {
            timeout: limits::TIMEOUT_DEFAULT,
            init_timeout: limits::INIT_TIMEOUT,
            exit_wait: limits::EXIT_WAIT,
            memory_mb: limits::MEMORY_DEFAULT_MB,
            response_bytes: limits::RESPONSE_BYTES,
            extensions: Vec::new(),
            function: Function::default(),
            account_id: String::new(),
        }
    }
}
