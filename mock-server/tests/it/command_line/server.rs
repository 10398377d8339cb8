//! `mock-server serve` as a process that a test has started, and where it listens.
//!
//! What is expected of it is in the tests: `serve`, `config` and `state`.

use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::Child,
};

use super::command;
use crate::{
    raw::{Connection, Reply},
    wait::soon,
};

/// A server that has said where it listens.
pub(super) struct Server {
    pub(super) child: Child,
    /// Of each function, in the order in which it names them.
    pub(super) urls: Vec<String>,
}

impl Server {
    /// Starts a server that is to name so many functions. Whatever it says beside that goes to `log`, which should be a file
    /// where it says a lot: a pipe that nobody reads would stop it.
    pub(super) async fn start(arguments: &[&str], functions: usize, log: impl Into<Stdio>) -> Self {
        Self::of(serve(arguments), functions, log).await
    }

    /// Starts a server that reads from its standard input.
    pub(super) async fn start_fed(
        arguments: &[&str],
        functions: usize,
        stdin: impl Into<Stdio>,
        log: impl Into<Stdio>,
    ) -> Self {
        let mut command = serve(arguments);
        command.stdin(stdin);
        Self::of(command, functions, log).await
    }

    /// The same with a command that was changed.
    pub(super) async fn of(command: Command, functions: usize, log: impl Into<Stdio>) -> Self {
        let mut command = tokio::process::Command::from(command);
        let mut child = command.stdout(Stdio::piped()).stderr(log).kill_on_drop(true).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
        let mut urls = Vec::new();
        for _ in 0..functions {
            urls.push(soon(lines.next_line()).await.unwrap().expect("the server ended at once"));
        }
        Self { child, urls }
    }

    /// Where it listens, without the scheme.
    pub(super) fn address(&self) -> &str {
        self.urls[0].strip_prefix("http://").unwrap().split('/').next().unwrap()
    }

    pub(super) async fn post(&self, path: &str, payload: &str) -> Reply {
        soon(Connection::tcp(self.address()).await.post(path, payload)).await
    }

    /// Invokes a function by its name or by `name:alias`.
    pub(super) async fn invoke(&self, function: &str, payload: &str) -> Reply {
        self.post(&path(function), payload).await
    }

    /// Sends a signal and waits for the end; gives the exit status and what was written to standard error, if that is
    /// a pipe.
    pub(super) async fn stop(mut self, signal: Signal) -> (Option<i32>, String) {
        let pid = Pid::from_raw(self.child.id().unwrap().cast_signed()).unwrap();
        kill_process(pid, signal).unwrap();
        let status = soon(self.child.wait()).await.unwrap();
        let mut log = String::new();
        if let Some(mut pipe) = self.child.stderr.take() {
            soon(pipe.read_to_string(&mut log)).await.unwrap();
        }
        (status.code(), log)
    }
}

/// The command with arguments, on a free port.
pub(super) fn serve(arguments: &[&str]) -> Command {
    command(&[&["serve", "--listen", "127.0.0.1:0"], arguments].concat())
}

/// Where a function is invoked.
pub(super) fn path(function: &str) -> String {
    format!("/2015-03-31/functions/{function}/invocations")
}
