//! The function's code, as the service starts and stops it: a future in this process, or a child process.
//!
//! The driver polls [`Guest::poll_event`] and needs not know which of the two it is.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fmt,
    future::Future,
    net::TcpListener,
    path::{Path, PathBuf},
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, ready},
    time::SystemTime,
};

use lambda_api::transport::RuntimeApi;
use tokio::task::JoinHandle;

use crate::{
    core::Exit,
    function::Package,
    log::{LogFormat, LogLevel},
    process::Process,
};

/// A future that is a whole bootstrap; it ends with what a process would have written when it failed.
pub(crate) type Bootstrap = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// A closure that is called anew for each launch.
pub(crate) type InProcess = Arc<dyn Fn(RuntimeApi) -> Bootstrap + Send + Sync>;

/// A whole guest in this process, whatever its future and its error are.
pub(crate) fn in_process<F, Fut, E>(guest: F) -> InProcess
where
    F: Fn(RuntimeApi) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<(), E>> + Send + 'static,
    E: fmt::Debug,
{
    let guest = Arc::new(guest);
    Arc::new(move |api| {
        let guest = Arc::clone(&guest);
        // Called inside, so that a panic of the closure is one of the guest. In the words of the standard library for a
        // main that returns an error.
        Box::pin(async move { guest(api).await.map_err(|error| format!("Error: {error:?}")) })
    })
}

/// What a function's environments run.
pub(crate) enum Code {
    /// A future in this process.
    InProcess(InProcess),
    /// An executable.
    Executable(Executable),
    /// None, and why.
    Unusable(String),
}

/// Which of an environment's processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    Runtime,
    /// The external extension at this place in the launch order.
    Extension(usize),
}

/// An external extension.
#[derive(Clone)]
pub(crate) struct ExternalExtension {
    pub(crate) name: String,
    pub(crate) code: ExtensionCode,
}

/// What an external extension runs.
#[derive(Clone)]
pub(crate) enum ExtensionCode {
    /// A future in this process.
    InProcess(InProcess),
    /// An executable.
    Executable(PathBuf),
}

/// An executable, and how it is reached.
pub(crate) struct Executable {
    pub(crate) package: Package,
    /// A socket that is bound already, where the address was chosen; a free one for each environment if not.
    pub(crate) listener: Option<Arc<TcpListener>>,
    /// What keeps the files of code that nobody else changes; none where somebody may build it anew.
    pub(crate) guard: Option<Arc<dyn Send + Sync>>,
    /// What published versions run instead, once there is one.
    pub(crate) snapshot: OnceLock<Arc<Code>>,
}

impl Executable {
    pub(crate) fn new(package: Package, guard: Option<Arc<dyn Send + Sync>>) -> Self {
        Self { package, listener: None, guard, snapshot: OnceLock::new() }
    }
}

impl Code {
    /// Whether it can run in one place only.
    pub(crate) fn has_fixed_address(&self) -> bool {
        matches!(self, Self::Executable(Executable { listener: Some(_), .. }))
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InProcess(_) => f.write_str("InProcess"),
            Self::Executable(executable) => executable.package.fmt(f),
            Self::Unusable(problem) => problem.fmt(f),
        }
    }
}

/// Why a guest could not be started, in the service's words.
#[derive(Debug)]
pub(crate) struct LaunchError {
    /// Such as `Runtime.InvalidEntrypoint`; for an extension such as `PermissionDenied`.
    pub(crate) error_type: &'static str,
    pub(crate) message: String,
}

/// A program that runs all processes of a function: it gets the executable as its last argument.
#[derive(Clone, Debug)]
pub(crate) struct Wrapper {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
}

/// How a process is to be started.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    pub(crate) wrapper: Option<&'a Wrapper>,
    pub(crate) path: &'a Path,
    /// The working folder.
    pub(crate) folder: &'a Path,
    pub(crate) variables: &'a BTreeMap<String, String>,
    pub(crate) log: LogChannel<'a>,
    /// The process is killed if it and all that it started use more.
    pub(crate) memory_limit_mb: Option<u32>,
}

/// What a process can write log events to, beside its standard output and standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogChannel<'a> {
    /// Nothing.
    None,
    /// A descriptor, for frames.
    Frames,
    /// A socket to be made here, for lines of JSON.
    Socket(&'a Path),
}

/// What a running guest does.
#[derive(Debug)]
pub(crate) enum GuestEvent {
    /// It wrote these log events.
    Output(Vec<OutputLine>),
    /// It ended, after writing these log events.
    Exited {
        exit: Exit,
        output: Vec<OutputLine>,
        /// Whether it was killed because it used too much memory.
        is_out_of_memory: bool,
    },
}

/// A log event of a guest: a line of its output, or an event of its log channel, which may have line ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OutputLine {
    /// The event, without its line end.
    pub(crate) text: String,
    /// What it says of itself; a line of the output is text.
    pub(crate) format: LogFormat,
    /// How serious it is, if that was said.
    pub(crate) level: Option<LogLevel>,
    /// When it was written, if that was said.
    pub(crate) time: Option<SystemTime>,
}

impl OutputLine {
    fn text(text: &str) -> Self {
        Self { text: text.to_owned(), format: LogFormat::Text, level: None, time: None }
    }
}

/// A running guest; dropping it kills it.
#[derive(Debug)]
pub(crate) enum Guest {
    Task(Task),
    Process(Box<Process>),
}

/// A guest in this process.
#[derive(Debug)]
pub(crate) struct Task {
    handle: JoinHandle<Result<(), String>>,
}

impl Drop for Task {
    fn drop(&mut self) {
        self.handle.abort();
    }
}

impl Guest {
    pub(crate) fn spawn(bootstrap: Bootstrap) -> Self {
        Self::Task(Task { handle: tokio::spawn(bootstrap) })
    }

    /// The next thing it does. Not to be called again after [`GuestEvent::Exited`].
    pub(crate) fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<GuestEvent> {
        match self {
            Self::Task(task) => {
                let (exit, output) = match ready!(Pin::new(&mut task.handle).poll(cx)) {
                    Ok(Ok(())) => (Exit::Code(0), Vec::new()),
                    Ok(Err(error)) => (Exit::Code(1), error.lines().map(OutputLine::text).collect()),
                    Err(error) if error.is_panic() => (Exit::Code(101), Vec::new()),
                    Err(_aborted) => (Exit::Signal { number: 9, core_dumped: false }, Vec::new()),
                };
                Poll::Ready(GuestEvent::Exited { exit, output, is_out_of_memory: false })
            }
            Self::Process(process) => process.poll_event(cx),
        }
    }

    /// Asks it to end, and thaws it if it is frozen; false for a future in this process, which cannot be asked.
    pub(crate) fn terminate(&self) -> bool {
        match self {
            Self::Task(_) => false,
            Self::Process(process) => {
                process.terminate();
                true
            }
        }
    }

    /// Kills it and all that it started; its end is reported as an event.
    pub(crate) fn kill(&self) {
        match self {
            Self::Task(task) => task.handle.abort(),
            Self::Process(process) => process.kill(),
        }
    }

    /// Lets it stand still, with all that it started. A future in this process cannot be stopped.
    pub(crate) fn freeze(&self) {
        match self {
            Self::Task(_) => {}
            Self::Process(process) => process.freeze(),
        }
    }

    /// Lets it go on.
    pub(crate) fn thaw(&self) {
        match self {
            Self::Task(_) => {}
            Self::Process(process) => process.thaw(),
        }
    }

    /// What it has written and nobody has read yet.
    pub(crate) fn pending_output(&mut self) -> Vec<OutputLine> {
        match self {
            Self::Task(_) => Vec::new(),
            Self::Process(process) => process.pending_output(),
        }
    }

    /// The most memory it has used so far, in MB; `None` where that cannot be measured.
    pub(crate) fn max_memory_used_mb(&self) -> Option<u32> {
        match self {
            Self::Task(_) => None,
            Self::Process(process) => process.max_memory_used_mb(),
        }
    }
}
