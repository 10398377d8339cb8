//! The tools that count what a program does, and how their reports are read.
//!
//! Counts of a program with one thread come out the same each time. Which program is run, and against what, is for the
//! bench to say.

use std::{
    io::{Write, stderr},
    process::{Command, Stdio},
};

use crate::Result;

/// A tool that counts what a program does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Instructions in user space.
    Callgrind,
    /// Allocations, and the bytes that were asked for.
    Memcheck,
    /// System calls of all threads.
    Strace,
}

/// What a tool counted; callgrind and strace count one thing.
pub type Counted = [f64; 2];

impl Tool {
    /// The tool, to which its own further arguments, the program and the program's arguments are to be added.
    pub fn command(self) -> Command {
        let (tool, arguments): (_, &[&str]) = match self {
            Self::Callgrind => ("valgrind", &["--tool=callgrind", "--callgrind-out-file=/dev/null"]),
            Self::Memcheck => {
                ("valgrind", &["--tool=memcheck", "--leak-check=no", "--undef-value-errors=no"])
            }
            Self::Strace => ("strace", &["-f", "-c", "-o", "/dev/stderr"]),
        };
        let mut command = Command::new(tool);
        command.args(arguments);
        command
    }

    /// Whether it is installed; says what is needed if not.
    pub fn is_there(self) -> bool {
        let name = if self == Self::Strace { "strace" } else { "valgrind" };
        let mut command = Command::new(name);
        command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let is_there = command.status().is_ok_and(|status| status.success());
        if !is_there {
            say(&format!(
                "{name} is not installed: its rows are left out (on Debian: apt-get install {name})"
            ));
        }
        is_there
    }

    /// Runs a command that was made with [`command`](Self::command) to its end.
    ///
    /// # Errors
    ///
    /// If the program fails, or the tool reports nothing.
    pub fn count(self, command: &mut Command) -> Result<Counted> {
        let output = command.stdin(Stdio::null()).output()?;
        let report = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            return Err(format!("{command:?} failed:\n{report}").into());
        }
        self.read(&report).ok_or_else(|| format!("{command:?} has counted nothing:\n{report}").into())
    }

    /// Finds the counts in what the tool has written to stderr.
    pub fn read(self, report: &str) -> Option<Counted> {
        match self {
            Self::Callgrind => {
                let (_, rest) = report.split_once("Collected :")?;
                Some([number(rest)?, 0.0])
            }
            Self::Memcheck => {
                let (_, rest) = report.split_once("total heap usage: ")?;
                let bytes = rest.split(", ").nth(2)?;
                Some([number(rest)?, number(bytes)?])
            }
            Self::Strace => {
                let total = report.lines().rfind(|line| line.ends_with(" total"))?;
                Some([number(total.split_whitespace().nth(3)?)?, 0.0])
            }
        }
    }
}

/// The number at the beginning of a text, with or without commas in it.
fn number(text: &str) -> Option<f64> {
    let is_part = |character: char| character.is_ascii_digit() || character == ',';
    let text = text.trim_start();
    let end = text.find(|character| !is_part(character)).unwrap_or(text.len());
    text[..end].replace(',', "").parse().ok()
}

/// Writes a line to stderr, which nobody has to read.
pub fn say(line: &str) {
    let _unread = writeln!(stderr(), "{line}");
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn the_counts_are_found_in_what_the_tools_say() {
        let callgrind =
            "==7== Events    : Ir\n==7== Collected : 264158\n==7==\n==7== I   refs:      264,158\n";
        assert_eq!(Tool::Callgrind.read(callgrind), Some([264_158.0, 0.0]));
        let memcheck = "==9==   total heap usage: 1,230 allocs, 1,229 frees, 45,678 bytes allocated\n";
        assert_eq!(Tool::Memcheck.read(memcheck), Some([1_230.0, 45_678.0]));
        let strace = "% time     seconds  usecs/call     calls    errors syscall\n\
            100.00    0.000000           0       113        12 total\n";
        assert_eq!(Tool::Strace.read(strace), Some([113.0, 0.0]));
        assert_eq!(Tool::Callgrind.read("valgrind: no such program"), None);
    }
}
