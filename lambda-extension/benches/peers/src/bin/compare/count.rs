//! Runs a program under a tool that counts, against a server of its own.
//!
//! All counts but those of a program with several threads come out the same each time; of those the median is taken.

use std::{
    io::Read,
    net::TcpListener,
    path::Path,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use crate::{
    Result, batch,
    server::{Script, Server},
};

/// How often each run is made.
const RUNS: usize = 3;

/// How long a run may take before it counts as stuck.
const PATIENCE: Duration = Duration::from_secs(120);

/// A tool that counts what a program does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    /// Instructions in user space.
    Callgrind,
    /// Allocations, and the bytes that were asked for.
    Memcheck,
    /// System calls of all threads.
    Strace,
}

/// What a tool counted; callgrind and strace count one thing.
pub(crate) type Counted = [f64; 2];

impl Tool {
    fn command(self) -> Command {
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

    /// Whether it is installed.
    pub(crate) fn is_there(self) -> bool {
        let mut command = Command::new(self.command().get_program());
        let command =
            command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }

    /// Finds the counts in what the tool says.
    fn read(self, output: &str) -> Option<Counted> {
        match self {
            Self::Callgrind => {
                let (_, rest) = output.split_once("Collected :")?;
                Some([number(rest)?, 0.0])
            }
            Self::Memcheck => {
                let (_, rest) = output.split_once("total heap usage: ")?;
                let bytes = rest.split(", ").nth(2)?;
                Some([number(rest)?, number(bytes)?])
            }
            Self::Strace => {
                let total = output.lines().rfind(|line| line.ends_with(" total"))?;
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

/// What a program does from its beginning to its end.
pub(crate) fn whole(tool: Tool, program: &Path, script: &Script) -> Result<Counted> {
    let mut runs = [Counted::default(); RUNS];
    for run in &mut runs {
        *run = once(tool, program, script)?;
    }
    Ok([0, 1].map(|which| {
        let mut values = runs.map(|run| run[which]);
        values.sort_by(f64::total_cmp);
        values[RUNS / 2]
    }))
}

/// What a program does for one event or batch: the difference of a long and a short run.
pub(crate) fn each(tool: Tool, program: &Path, [short, long]: [Script; 2]) -> Result<Counted> {
    let more = (long.length() - short.length()) as f64;
    let [short, long] = [whole(tool, program, &short)?, whole(tool, program, &long)?];
    Ok([0, 1].map(|which| (long[which] - short[which]) / more))
}

fn once(tool: Tool, program: &Path, script: &Script) -> Result<Counted> {
    let server = Server::start(script.clone())?;
    let output = run(tool, program, &server.address())?;
    server.finish()?;
    if let Script::Batches(_, count) = script {
        let expected = batch::counts(*count).to_string();
        if !output.lines().any(|line| line == expected) {
            return Err(format!("{program:?} has not {expected}:\n{output}").into());
        }
    }
    tool.read(&output).ok_or_else(|| format!("{tool:?} of {program:?} counted nothing:\n{output}").into())
}

/// Runs the program until it ends; what it and the tool have written to stderr.
fn run(tool: Tool, program: &Path, address: &str) -> Result<String> {
    let free = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let mut child = tool
        .command()
        .arg(program)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("AWS_LAMBDA_RUNTIME_API", address)
        .env("TELEMETRY_PORT", free.port().to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let (sender, outputs) = mpsc::channel();
    let mut stderr = child.stderr.take().ok_or("no stderr")?;
    thread::spawn(move || {
        let mut output = String::new();
        let read = stderr.read_to_string(&mut output).map(|_| output);
        // Nobody waits for it when the patience is over.
        drop(sender.send(read));
    });
    let Ok(output) = outputs.recv_timeout(PATIENCE) else {
        child.kill()?;
        child.wait()?;
        return Err(format!("{program:?} under {tool:?} does not end").into());
    };
    // How it ends is its own business: AWS's own crate always fails.
    child.wait()?;
    Ok(output?)
}
