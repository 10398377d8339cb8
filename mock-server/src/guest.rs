//! The function's code, as the service starts and stops it: a future in this process, or a child process.
//!
//! The driver polls [`Guest::poll_event`] and needs not know which of the two it is.

use std::{
    collections::BTreeMap,
    fmt,
    future::Future,
    net::TcpListener,
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use lambda_api::transport::RuntimeApi;
use tokio::task::JoinHandle;

use crate::core::Exit;
#[cfg(unix)]
use crate::process::Process;

/// A future that is a whole bootstrap; it ends with what a process would have written when it failed.
pub(crate) type Bootstrap = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// What a function's environments run.
pub(crate) enum Code {
    /// A closure that is called anew for each launch.
    InProcess(Box<dyn Fn(RuntimeApi) -> Bootstrap + Send + Sync>),
    /// An executable.
    Executable(Executable),
}

/// Which of an environment's processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    Runtime,
    /// The external extension at this place in the launch order.
    Extension(usize),
}

/// The executable of an external extension.
#[derive(Debug)]
pub(crate) struct ExtensionExecutable {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
}

/// An executable, and how it is reached.
pub(crate) struct Executable {
    pub(crate) path: PathBuf,
    /// A socket that is bound already, where the address was chosen; a free one for each environment if not.
    pub(crate) listener: Option<Arc<TcpListener>>,
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InProcess(_) => f.write_str("InProcess"),
            Self::Executable(executable) => executable.path.fmt(f),
        }
    }
}

/// Why a guest could not be started, in the service's words.
#[derive(Debug)]
pub(crate) struct LaunchError {
    pub(crate) error_type: &'static str,
    pub(crate) message: String,
}

/// What a running guest does.
#[derive(Debug)]
pub(crate) enum GuestEvent {
    /// It wrote these lines.
    Output(Vec<String>),
    /// It ended, after writing these lines.
    Exited { exit: Exit, output: Vec<String> },
}

/// A running guest; dropping it kills it.
#[derive(Debug)]
pub(crate) enum Guest {
    Task(Task),
    #[cfg(unix)]
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

    #[cfg(unix)]
    pub(crate) fn start(path: &Path, variables: &BTreeMap<String, String>) -> Result<Self, LaunchError> {
        Process::start(path, variables).map(|process| Self::Process(Box::new(process)))
    }

    #[cfg(not(unix))]
    pub(crate) fn start(_: &Path, _: &BTreeMap<String, String>) -> Result<Self, LaunchError> {
        Err(LaunchError {
            error_type: lambda_api::ErrorType::SANDBOX_FAILURE,
            message: "processes need Unix; run the function in process".to_owned(),
        })
    }

    /// The next thing it does. Not to be called again after [`GuestEvent::Exited`].
    pub(crate) fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<GuestEvent> {
        match self {
            Self::Task(task) => {
                let (exit, output) = match ready!(Pin::new(&mut task.handle).poll(cx)) {
                    Ok(Ok(())) => (Exit::Code(0), Vec::new()),
                    Ok(Err(error)) => (Exit::Code(1), error.lines().map(str::to_owned).collect()),
                    Err(error) if error.is_panic() => (Exit::Code(101), Vec::new()),
                    Err(_aborted) => (Exit::Signal { number: 9, core_dumped: false }, Vec::new()),
                };
                Poll::Ready(GuestEvent::Exited { exit, output })
            }
            #[cfg(unix)]
            Self::Process(process) => process.poll_event(cx),
        }
    }

    /// Asks it to end; false for a future in this process, which cannot be asked.
    pub(crate) fn terminate(&self) -> bool {
        match self {
            Self::Task(_) => false,
            #[cfg(unix)]
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
            #[cfg(unix)]
            Self::Process(process) => process.kill(),
        }
    }

    /// What it has written and nobody has read yet.
    pub(crate) fn pending_output(&mut self) -> Vec<String> {
        match self {
            Self::Task(_) => Vec::new(),
            #[cfg(unix)]
            Self::Process(process) => process.pending_output(),
        }
    }

    /// The most memory it has used so far, in MB; `None` where that cannot be measured.
    pub(crate) fn max_memory_used_mb(&self) -> Option<u32> {
        match self {
            Self::Task(_) => None,
            #[cfg(unix)]
            Self::Process(process) => process.max_memory_used_mb(),
        }
    }
}
