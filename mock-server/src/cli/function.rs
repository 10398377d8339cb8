//! The arguments that describe a function.

use std::{ffi::OsString, net::SocketAddr, num::NonZeroUsize, path::PathBuf, time::Duration};

use clap::Args;
use lambda_api::limits;
use mock_server::{Function, LogFormat, LogLevel, MockLambda};
use tempfile::TempDir;

use super::{
    Error,
    code::{Code, Files},
    sandbox,
};

/// As good as for ever: a year.
const NO_TIMEOUT: Duration = Duration::from_secs(365 * 24 * 60 * 60);

#[derive(Debug, Args)]
pub(super) struct FunctionArguments {
    #[command(flatten)]
    code: Code,
    /// The function's name.
    #[arg(long, default_value = "function")]
    name: String,
    /// How long an invocation may take: 3s, 500ms, 15m.
    #[arg(long, value_name = "DURATION", default_value = "3s", value_parser = parse_timeout)]
    timeout: Duration,
    /// Let init and invocations take as long as they like; for debuggers.
    #[arg(long, conflicts_with = "timeout")]
    no_timeout: bool,
    /// The function's memory in MB; reported, and enforced only with --enforce-memory.
    #[arg(long, value_name = "MB", default_value_t = 128)]
    memory: u32,
    /// Kill the function when it uses more memory than it has. Linux only.
    #[arg(long)]
    enforce_memory: bool,
    /// The configured handler, which the bootstrap finds in _HANDLER.
    #[arg(long, value_name = "NAME", default_value = "bootstrap")]
    handler: String,
    /// An environment variable for the function; may be given more than once.
    #[arg(long = "env", value_name = "NAME=VALUE", value_parser = parse_variable)]
    environment: Vec<(String, String)>,
    /// The configured log format, Text or JSON, which the bootstrap finds in AWS_LAMBDA_LOG_FORMAT.
    #[arg(long, value_name = "FORMAT", value_parser = parse_log_format)]
    log_format: Option<LogFormat>,
    /// The configured log level, TRACE to FATAL, which the bootstrap finds in AWS_LAMBDA_LOG_LEVEL.
    #[arg(long, value_name = "LEVEL", value_parser = parse_log_level)]
    log_level: Option<LogLevel>,
    /// Run this executable as an external extension; may be given more than once.
    #[arg(long = "extension", value_name = "PATH")]
    extensions: Vec<PathBuf>,
    /// A folder laid out as /opt, into which Lambda unpacks layers: every file in its extensions folder is an
    /// external extension, and its bootstrap is used if the function has none.
    #[arg(long, value_name = "FOLDER")]
    opt: Option<PathBuf>,
    /// A layer: a zip, or a folder laid out as /opt. May be given up to five times; of files of the same name that of the
    /// last layer stays.
    #[arg(long = "layer", value_name = "PATH", conflicts_with = "opt")]
    layers: Vec<PathBuf>,
    /// Run the bootstrap and all extensions through this program, such as a debugger or a tracer, which gets the
    /// executable as its last argument.
    #[arg(long, value_name = "PROGRAM")]
    wrapper: Option<PathBuf>,
    /// An argument of the wrapper, before the executable; may be given more than once.
    #[arg(
        long = "wrapper-argument",
        value_name = "ARGUMENT",
        requires = "wrapper",
        allow_hyphen_values = true
    )]
    wrapper_arguments: Vec<OsString>,
    /// Give the function's processes a /tmp, /opt and /var/task of their own, as on Lambda; where this machine does
    /// not allow it, a warning tells why. Linux only.
    #[arg(
        long,
        value_enum,
        value_name = "MODE",
        num_args = 0..=1,
        default_value_t = sandbox::Mode::Never,
        default_missing_value = "auto",
        conflicts_with = "wrapper"
    )]
    sandbox: sandbox::Mode,
    /// Run the function as on Lambda Managed Instances: one environment, for so many invocations at once.
    #[arg(long, value_name = "INVOCATIONS", conflicts_with = "snap_start")]
    max_concurrency: Option<NonZeroUsize>,
    /// Run the function as with SnapStart: init, snapshot, and a restore with its hooks before the first invocation.
    #[arg(long)]
    snap_start: bool,
    /// Stop the function's processes while there is nothing to do, as Lambda does.
    #[arg(long)]
    freeze: bool,
    /// Where the bootstrap reaches the Runtime API; a free port on the loopback if not given. There is one
    /// environment then, and an invoke that comes while it is busy is refused.
    #[arg(long, value_name = "ADDRESS")]
    runtime_api: Option<SocketAddr>,
}

/// A function, and what it needs as long as it runs.
pub(super) struct Started {
    pub(super) function: Function,
    /// The executable, folder or package that it was made of.
    pub(super) source: PathBuf,
    pub(super) is_package: bool,
    /// Whether it can run other code later.
    pub(super) can_change: bool,
    /// What was in the layers.
    pub(super) layers: Option<TempDir>,
}

fn parse_timeout(text: &str) -> Result<Duration, String> {
    let duration = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if duration.is_zero() {
        Err("must be longer than nothing".to_owned())
    } else if duration > limits::MANAGED_INSTANCES_TIMEOUT_MAX {
        Err("must be 90 minutes at most, which is the most that Lambda allows".to_owned())
    } else {
        Ok(duration)
    }
}

fn parse_log_format(text: &str) -> Result<LogFormat, String> {
    let mut formats = [LogFormat::Text, LogFormat::Json].into_iter();
    let found = formats.find(|format| format.as_str().eq_ignore_ascii_case(text));
    found.ok_or_else(|| "must be Text or JSON".to_owned())
}

fn parse_log_level(text: &str) -> Result<LogLevel, String> {
    use LogLevel::{Debug, Error, Fatal, Info, Trace, Warn};

    let mut levels = [Trace, Debug, Info, Warn, Error, Fatal].into_iter();
    let found = levels.find(|level| level.as_str().eq_ignore_ascii_case(text));
    found.ok_or_else(|| "must be TRACE, DEBUG, INFO, WARN, ERROR or FATAL".to_owned())
}

pub(super) fn parse_variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("must have the form NAME=VALUE".to_owned()),
    }
}

impl FunctionArguments {
    pub(super) fn logs_json(&self) -> bool {
        self.log_format == Some(LogFormat::Json)
    }

    /// Unpacks what is to be unpacked, and makes the function.
    pub(super) fn start(self, mock: &MockLambda) -> Result<Started, Error> {
        let files = self.code.files(&self.layers, self.opt.as_deref())?;
        let bootstrap = files.bootstrap().to_owned();
        let opt = self.opt.or_else(|| files.layers.as_ref().map(|layers| layers.path().to_owned()));
        let task = if bootstrap.is_dir() { Some(&*bootstrap) } else { bootstrap.parent() };
        let started_with = match task {
            Some(task) if self.wrapper.is_none() => sandbox::wrapper(self.sandbox, task, opt.as_deref())?,
            _ => None,
        };
        // A sandbox shows the folder into which the first package was unpacked.
        let can_change = files.package.is_none() || started_with.is_none();
        let mut function =
            mock.function(self.name).timeout(self.timeout).memory_mb(self.memory).handler(self.handler);
        if self.no_timeout {
            function = function.timeout(NO_TIMEOUT).init_timeout(NO_TIMEOUT).restore_timeout(NO_TIMEOUT);
        }
        if self.enforce_memory {
            function = function.enforce_memory();
        }
        if let Some(format) = self.log_format {
            function = function.log_format(format);
        }
        if let Some(level) = self.log_level {
            function = function.log_level(level);
        }
        for (name, value) in self.environment {
            function = function.env(name, value);
        }
        for extension in self.extensions {
            function = function.extension(extension);
        }
        if let Some(folder) = opt {
            function = function.opt(folder);
        }
        if let Some(invocations) = self.max_concurrency {
            function = function.max_concurrency(invocations.get());
        }
        if self.snap_start {
            function = function.snap_start();
        }
        if self.freeze {
            function = function.freeze();
        }
        if let Some(program) = self.wrapper {
            function = function.wrapper(program, self.wrapper_arguments);
        } else if let Some((program, arguments)) = started_with {
            function = function.wrapper(program, arguments);
        }
        if let Some(address) = self.runtime_api {
            function = function.runtime_api(address);
        }
        let Files { source, package, layers } = files;
        let is_package = package.is_some();
        let function = match package {
            Some(folder) => function.bootstrap_kept(&bootstrap, folder)?,
            None => function.bootstrap(&bootstrap)?,
        };
        Ok(Started { function, source, is_package, can_change, layers })
    }
}
