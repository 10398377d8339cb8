//! What an execution environment is told about its function when it is made.

use std::time::Duration;

use lambda_api::{extension::register::Function, limits};

/// The part of a function's configuration that an execution environment enforces or reports.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// How long an invocation may take.
    pub timeout: Duration,
    /// How environments come to be.
    pub initialization: Initialization,
    /// How long the init phase may take; if not set, what Lambda allows for this kind of environment.
    pub init_timeout: Option<Duration>,
    /// How long a restore may take, hooks included.
    pub restore_timeout: Duration,
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
    /// The function's ARN, without a qualifier.
    pub function_arn: String,
    /// Whether the processes are stopped while nothing is going on.
    pub freezes: bool,
    /// Whether the function logs JSON: then what it writes is an object in telemetry that can show it.
    pub logs_json: bool,
    /// Whether extensions may subscribe to telemetry; if not, they are told so.
    pub has_telemetry: bool,
    /// How many bytes of telemetry are kept for a subscriber that does not keep up, besides the batch that is on
    /// its way.
    pub telemetry_bytes: usize,
}

/// How environments come to be: what `AWS_LAMBDA_INITIALIZATION_TYPE` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Initialization {
    /// `on-demand`: when somebody invokes the function.
    #[default]
    OnDemand,
    /// `provisioned-concurrency`: ahead of any invoke.
    ProvisionedConcurrency,
    /// `snap-start`: from a snapshot that was taken after init.
    SnapStart,
    /// `lambda-managed-instances`: ahead of any invoke, for several invocations at once.
    ManagedInstances,
}

impl Initialization {
    /// The word in the environment variable and in telemetry.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OnDemand => "on-demand",
            Self::ProvisionedConcurrency => "provisioned-concurrency",
            Self::SnapStart => "snap-start",
            Self::ManagedInstances => "lambda-managed-instances",
        }
    }
}

impl Settings {
    /// How long the init phase may take: 10 s on demand, elsewhere 130 s or as long as an invocation.
    pub fn init_timeout(&self) -> Duration {
        self.init_timeout.unwrap_or_else(|| match self.initialization {
            Initialization::OnDemand => limits::INIT_TIMEOUT,
            _ => limits::PROVISIONED_INIT_TIMEOUT.max(self.timeout.min(limits::TIMEOUT_MAX)),
        })
    }
}

impl Default for Settings {
    /// What Lambda gives a function for which nothing is configured.
    fn default() -> Self {
        Self {
            timeout: limits::TIMEOUT_DEFAULT,
            initialization: Initialization::default(),
            init_timeout: None,
            restore_timeout: limits::RESTORE_TIMEOUT,
            exit_wait: limits::EXIT_WAIT,
            memory_mb: limits::MEMORY_DEFAULT_MB,
            response_bytes: limits::RESPONSE_BYTES,
            extensions: Vec::new(),
            function: Function::default(),
            account_id: String::new(),
            function_arn: String::new(),
            freezes: false,
            logs_json: false,
            has_telemetry: true,
            telemetry_bytes: 8 * 1024 * 1024,
        }
    }
}
