//! A function's executable as a child process: started, listened to, measured, killed.
//!
//! It leads a process group of its own, so that a kill reaches what it has started and Ctrl-C in a terminal
//! does not reach it. Standard output and standard error go into one pipe, which keeps their order, as
//! Lambda does. Unix only.

use std::{
    collections::BTreeMap,
    io::{self, PipeReader},
    os::unix::process::ExitStatusExt,
    path::Path,
    pin::{Pin, pin},
    process::{ExitStatus, Stdio},
    task::{Context, Poll, ready},
};

use lambda_api::ErrorType;
use rustix::{
    io::Errno,
    process::{Pid, Signal, kill_process_group},
};
use tokio::{
    io::{AsyncRead, ReadBuf},
    net::unix::pipe,
    process::{Child, Command},
};

use crate::{
    core::Exit,
    guest::{GuestEvent, LaunchError},
};

/// A running child process; dropping it kills its group.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    group: Option<Pid>,
    output: Output,
}

impl Process {
    pub(crate) fn start(path: &Path, variables: &BTreeMap<String, String>) -> Result<Self, LaunchError> {
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
        let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let output = Output::new(reader).map_err(|error| failed(&error))?;
        Ok(Self { child, group, output })
    }

    /// The next thing it does; the waker is kept until then.
    pub(crate) fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<GuestEvent> {
        if let Poll::Ready(lines) = self.output.poll_lines(cx) {
            return Poll::Ready(GuestEvent::Output(lines));
        }
        // The future is made anew each time; what wakes it is kept by the child.
        let status = ready!(pin!(self.child.wait()).poll(cx));
        // What the process started must not outlive it, and may hold the pipe open.
        self.kill();
        let mut output = self.output.pending();
        output.extend(self.output.last_line());
        let exit = status.map_or(Exit::Code(-1), |status| exit(&status));
        self.group = None;
        Poll::Ready(GuestEvent::Exited { exit, output })
    }

    pub(crate) fn kill(&self) {
        self.signal(Signal::KILL);
    }

    pub(crate) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    pub(crate) fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    pub(crate) fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group {
            // It may be gone already.
            let _gone = kill_process_group(group, signal);
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

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
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

/// The reading end of the pipe, cut into lines.
///
/// At the end of an invocation everything that is in the pipe is taken at once. Tokio's own read would find
/// nothing as long as the reactor has not noticed the data, so that read goes past it.
#[derive(Debug)]
struct Output {
    pipe: pipe::Receiver,
    line: Vec<u8>,
    has_ended: bool,
}

impl Output {
    /// Longer lines are cut, as CloudWatch does.
    const LINE_BYTES: usize = 256 * 1024;

    fn new(reader: PipeReader) -> io::Result<Self> {
        let pipe = pipe::Receiver::from_owned_fd(reader.into())?;
        Ok(Self { pipe, line: Vec::new(), has_ended: false })
    }

    /// At least one line; pending for ever after the end of the pipe.
    fn poll_lines(&mut self, cx: &mut Context<'_>) -> Poll<Vec<String>> {
        let mut lines = Vec::new();
        let mut buffer = [0; 8 * 1024];
        while !self.has_ended && lines.is_empty() {
            let mut read = ReadBuf::new(&mut buffer);
            match ready!(Pin::new(&mut self.pipe).poll_read(cx, &mut read)) {
                Ok(()) if !read.filled().is_empty() => self.cut(read.filled(), &mut lines),
                Ok(()) | Err(_) => {
                    self.has_ended = true;
                    lines.extend(self.last_line());
                }
            }
        }
        if lines.is_empty() { Poll::Pending } else { Poll::Ready(lines) }
    }

    /// The complete lines that are in the pipe now; no more than fits into a pipe, because somebody may be
    /// writing faster than this reads.
    fn pending(&mut self) -> Vec<String> {
        const PIPE_BYTES: usize = 64 * 1024;

        let mut lines = Vec::new();
        let mut buffer = [0; 8 * 1024];
        let mut length = 0;
        while !self.has_ended && length < PIPE_BYTES {
            match rustix::io::read(&self.pipe, &mut buffer) {
                Ok(0) => self.has_ended = true,
                Ok(read) => {
                    length += read;
                    self.cut(&buffer[..read], &mut lines);
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => break,
                Err(_) => self.has_ended = true,
            }
        }
        lines
    }

    fn cut(&mut self, bytes: &[u8], lines: &mut Vec<String>) {
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            self.line.extend_from_slice(piece);
            if piece.ends_with(b"\n") || self.line.len() >= Self::LINE_BYTES {
                lines.extend(self.last_line());
            }
        }
    }

    fn last_line(&mut self) -> Option<String> {
        if self.line.is_empty() {
            return None;
        }
        let line = std::mem::take(&mut self.line);
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        Some(String::from_utf8_lossy(text).into_owned())
    }
}
