//! A function's executable as a child process: started, listened to, measured, killed.
//!
//! It leads a process group of its own, so that a kill reaches what it has started and Ctrl-C in a terminal
//! does not reach it. Standard output and standard error go into one pipe, which keeps their order, as
//! Lambda does. How its lines are read is in `output`, what else it can write its log to in `channel`; its `/tmp` is in
//! `folder`, its memory in `memory`; how nothing is left of it even when the service is killed is in `watchdog`. Unix only;
//! elsewhere `process/absent.rs` takes this module's place.

use std::{
    io,
    os::unix::process::ExitStatusExt,
    pin::pin,
    process::{ExitStatus, Stdio},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use rustix::{
    io::Errno,
    process::{Pid, Signal},
};
use tokio::{
    net::unix::pipe,
    process::{Child, Command},
};

use crate::{
    core::Exit,
    guest::{GuestEvent, OutputLine, Plan},
    log::LogFormat,
};

mod channel;
mod folder;
mod frames;
mod memory;
mod output;
mod watchdog;

use channel::Channel;
pub(crate) use folder::PrivateFolder;
pub(crate) use memory::CAN_BE_MEASURED;
use output::{Lines, Output};
use watchdog::{Group, Watchdog};

/// Starts the processes of a service.
#[derive(Debug, Default)]
pub(crate) struct Processes {
    watchdog: Arc<Watchdog>,
}

impl Processes {
    /// A folder for an environment.
    pub(crate) fn private_folder(&self) -> io::Result<PrivateFolder> {
        PrivateFolder::new(self.watchdog.folder()?)
    }

    pub(crate) fn start(&self, plan: &Plan<'_>) -> io::Result<Process> {
        let (reader, writer) = io::pipe()?;
        let mut command = match plan.wrapper {
            None => Command::new(plan.path),
            Some(wrapper) => {
                let mut command = Command::new(&wrapper.program);
                command.args(&wrapper.arguments).arg(plan.path);
                command
            }
        };
        command
            .env_clear()
            .envs(plan.variables)
            .stdin(Stdio::null())
            .stdout(writer.try_clone()?)
            .stderr(writer)
            .current_dir(plan.folder)
            .process_group(0)
            .kill_on_drop(true);
        let (log, inherited) = Channel::open(plan.log, &mut command)?;
        let child = spawn(&mut command)?;
        // The command still holds the writing end; the pipe must end with the process.
        drop((command, inherited));
        let leader = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let group = leader.map(|leader| Group::new(leader, &self.watchdog));
        let reader = pipe::Receiver::from_owned_fd(reader.into())?;
        Ok(Process {
            child,
            group,
            output: Output::new(reader, Lines::new(LogFormat::Text)),
            log,
            memory: plan.memory_limit_mb.map(memory::Limit::new),
            is_out_of_memory: false,
            is_measured_whole: plan.wrapper.is_some() || plan.memory_limit_mb.is_some(),
        })
    }
}

/// A running child process; dropping it kills its group.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    /// Until the process has ended.
    group: Option<Group>,
    output: Output<pipe::Receiver, Lines>,
    log: Channel,
    memory: Option<memory::Limit>,
    is_out_of_memory: bool,
    /// Whether the process is not all that counts.
    is_measured_whole: bool,
}

impl Process {
    /// The next thing it does; the waker is kept until then.
    pub(crate) fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<GuestEvent> {
        if let (Some(memory), Some(group)) = (&mut self.memory, &self.group)
            && memory.poll_exceeded(group.leader(), cx)
        {
            self.is_out_of_memory = true;
            self.kill();
        }
        let mut lines = Vec::new();
        // First, because what it has started may write without end. The future is made anew each time; what wakes
        // it is kept by the child.
        let Poll::Ready(status) = pin!(self.child.wait()).poll(cx) else {
            self.output.poll_lines(cx, &mut lines);
            self.log.poll_lines(cx, &mut lines);
            return if lines.is_empty() { Poll::Pending } else { Poll::Ready(GuestEvent::Output(lines)) };
        };
        // What the process started must not outlive it, and may hold the pipe open.
        self.group = None;
        self.output.rest(&mut lines);
        self.log.rest(&mut lines);
        let exit = status.map_or(Exit::Code(-1), |status| exit(&status));
        // It may have ended by itself before it was killed.
        let is_out_of_memory = self.is_out_of_memory && matches!(exit, Exit::Signal { number: 9, .. });
        Poll::Ready(GuestEvent::Exited { exit, output: lines, is_out_of_memory })
    }

    pub(crate) fn kill(&self) {
        self.signal(Signal::KILL);
    }

    pub(crate) fn terminate(&self) {
        self.signal(Signal::TERM);
        self.thaw();
    }

    pub(crate) fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    pub(crate) fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = &self.group {
            group.signal(signal);
        }
    }

    pub(crate) fn pending_output(&mut self) -> Vec<OutputLine> {
        let mut lines = Vec::new();
        self.output.pending(&mut lines);
        self.log.pending(&mut lines);
        lines
    }

    /// The high-water mark of the resident set; only Linux tells.
    pub(crate) fn max_memory_used_mb(&self) -> Option<u32> {
        let leader = self.group.as_ref()?.leader();
        if self.is_measured_whole { memory::of_group(leader) } else { memory::of_process(leader) }
    }
}

/// Why a process could not be started, in the words of Lambda, which is written in Go.
pub(crate) fn reason(error: &io::Error) -> String {
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

/// How often a file is tried that is busy, a millisecond apart.
const BUSY_TRIES: u32 = 100;

/// Starts a process.
///
/// A file that was written a moment ago may be busy: a process that another thread has started meanwhile holds it until it has
/// become the other program.
fn spawn(command: &mut Command) -> io::Result<Child> {
    for _ in 0..BUSY_TRIES {
        match command.spawn() {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => {
                std::thread::sleep(Duration::from_millis(1));
            }
            started => return started,
        }
    }
    command.spawn()
}

#[cfg(test)]
mod test;
