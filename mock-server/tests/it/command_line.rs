//! The command `mock-server`, run as a user runs it: what it prints where, and how it ends.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a command that does not run fails the test")]

use std::process::{Command, Output, Stdio};

mod arguments;
mod build;
mod config;
mod event;
mod fronts;
mod invoke;
mod layers;
mod package;
mod reload;
#[cfg(target_os = "linux")]
mod sandbox;
mod serve;
mod server;
mod simulate;
mod state;
mod triggers;

/// The command, with a backtrace wanted, so that one that is printed would be noticed.
fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mock-server"));
    command.args(arguments).env("RUST_BACKTRACE", "1").stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// The one line that tells what went wrong.
fn error(output: &Output) -> &str {
    let lines = stderr(output).lines().filter(|line| line.starts_with("error:"));
    let lines: Vec<_> = lines.collect();
    assert_eq!(lines.len(), 1, "{}", stderr(output));
    assert!(
        !stderr(output).contains("panicked") && !stderr(output).contains("backtrace"),
        "{}",
        stderr(output)
    );
    lines[0]
}
