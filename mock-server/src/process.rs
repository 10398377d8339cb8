//! A function's executable as a child process: started, listened to, measured, killed.
//!
//! It leads a process group of its own, so that a kill reaches what it has started and Ctrl-C in a terminal
//! does not reach it. Standard output and standard error go into one pipe, which keeps their order, as
//! Lambda does. How its lines are read is in `output`; how nothing is left of it even when the service is
//! killed is in `watchdog`. Unix only; elsewhere `process/absent.rs` takes this module's place.

use std::{
    collections::BTreeMap,
    io,
    os::unix::process::ExitStatusExt,
    path::Path,
    pin::pin,
    process::{ExitStatus, Stdio},
    sync::Arc,
    task::{Context, Poll, ready},
};

use lambda_api::ErrorType;
use rustix::{
    io::Errno,
    process::{Pid, Signal},
};
use tokio::process::{Child, Command};

use crate::{
    core::Exit,
    guest::{GuestEvent, LaunchError},
};

mod output;
mod watchdog;

use output::Output;
use watchdog::{Group, Watchdog};

/// Starts the processes of a service.
#[derive(Debug, Default)]
pub(crate) struct Processes {
    watchdog: Arc<Watchdog>,
}

impl Processes {
    pub(crate) fn start(
        &self,
        path: &Path,
        variables: &BTreeMap<String, String>,
    ) -> Result<Process, LaunchError> {
        let failed = |error: &io::Error| LaunchError {
            error_type: ErrorType::INVALID_ENTRYPOINT,
            message: match error.kind() {
                io::ErrorKind::NotFound if !path.exists() => {
                    format!("Couldn't find valid bootstrap(s): [{}]", path.display())
                }
                _ => format!("fork/exec {}: {}", path.display(), reason(error)),
            },
        };
        let (reader, writer) = io::pipe().map_err(|error| failed(&error))?;
        let mut command = Command::new(path);
        command
            .env_clear()
            .envs(variables)
            .stdin(Stdio::null())
            .stdout(writer.try_clone().map_err(|error| failed(&error))?)
            .stderr(writer)
            .process_group(0)
            .kill_on_drop(true);
        if let Some(folder) = path.parent() {
            command.current_dir(folder);
        }
        let child = command.spawn().map_err(|error| failed(&error))?;
        // The command still holds the writing end; the pipe must end with the process.
        drop(command);
        let leader = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let group = leader.map(|leader| Group::new(leader, &self.watchdog));
        let output = Output::new(reader).map_err(|error| failed(&error))?;
        Ok(Process { child, group, output })
    }
}

/// A running child process; dropping it kills its group.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    /// Until the process has ended.
    group: Option<Group>,
    output: Output,
}

impl Process {
    /// The next thing it does; the waker is kept until then.
    pub(crate) fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<GuestEvent> {
        if let Poll::Ready(lines) = self.output.poll_lines(cx) {
            return Poll::Ready(GuestEvent::Output(lines));
        }
        // The future is made anew each time; what wakes it is kept by the child.
        let status = ready!(pin!(self.child.wait()).poll(cx));
        // What the process started must not outlive it, and may hold the pipe open.
        self.group = None;
        let mut output = self.output.pending();
        output.extend(self.output.last_line());
        let exit = status.map_or(Exit::Code(-1), |status| exit(&status));
        Poll::Ready(GuestEvent::Exited { exit, output })
    }

    pub(crate) fn kill(&self) {
        self.signal(Signal::KILL);
    }

    pub(crate) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = &self.group {
            group.signal(signal);
        }
    }

    pub(crate) fn pending_output(&mut self) -> Vec<String> {
        self.output.pending()
    }

    /// The high-water mark of the resident set; only Linux tells.
    pub(crate) fn max_memory_used_mb(&self) -> Option<u32> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()?)).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kilobytes: u32 = line.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(kilobytes.div_ceil(1_024))
    }
}

/// The reason in the words of Lambda, which is written in Go.
fn reason(error: &io::Error) -> String {
    const EXEC_FORMAT: i32 = Errno::NOEXEC.raw_os_error();

    match (error.kind(), error.raw_os_error()) {
        (io::ErrorKind::PermissionDenied, _) => "permission denied".to_owned(),
        (io::ErrorKind::NotFound, _) => "no such file or directory".to_owned(),
        (_, Some(EXEC_FORMAT)) => "exec format error".to_owned(),
        _ => error.to_string(),
    }
}

fn exit(status: &ExitStatus) -> Exit {
    match (status.code(), status.signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, Some(number)) => Exit::Signal { number, core_dumped: status.core_dumped() },
        (None, None) => Exit::Code(-1),
    }
}
