//! Plays every script to both runtimes, each in a process of its own, and prints what was seen side by side.
//!
//! ```sh
//! cargo run --release --manifest-path lambda-runtime/benches/peers/Cargo.toml --bin compare [row ...]
//! ```
//!
//! It builds the two programs itself: `ours` and `incumbent`, with the same handlers. It fails if a claim does
//! not hold for ours.

use std::{
    env,
    error::Error,
    io::{Read, Write},
    net::TcpListener,
    path::Path,
    process::{Child, Command, ExitCode, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

#[path = "../../../../tests/it/pitfalls/bad_input.rs"]
mod bad_input;
#[path = "../../../../tests/it/pitfalls/processes.rs"]
mod processes;
#[path = "../../../../tests/it/pitfalls/responses.rs"]
mod responses;
#[path = "../../../../tests/it/pitfalls/script.rs"]
mod script;
#[path = "../../../../tests/it/pitfalls/scripts.rs"]
mod scripts;
#[path = "../../../../tests/it/pitfalls/server.rs"]
mod server;
#[path = "../../../../tests/it/pitfalls/wire.rs"]
mod wire;

use script::{End, Exit, Place, Script, Verdict};
use server::{Server, Transcript};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// How much of what a runtime writes is kept; the rest is read and thrown away.
const KEPT: usize = 64 * 1024 * 1024;

fn main() -> ExitCode {
    match compare() {
        Ok(0) => ExitCode::SUCCESS,
        Ok(failed) => {
            eprintln!("{failed} claims do not hold for lambda-runtime");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Plays the scripts that were asked for; how many do not hold for ours.
fn compare() -> Result<usize> {
    let programs = build()?;
    let rows: Vec<String> = env::args().skip(1).collect();
    let mut failed = 0;
    let mut holds = [0, 0];
    let mut played = 0;
    let mut out = std::io::stdout();
    writeln!(out, "| row | right is | lambda-runtime | lambda_runtime 1.5.0 |\n| --- | --- | --- | --- |")?;
    for script in scripts::all() {
        if !rows.is_empty() && !rows.iter().any(|row| row == script.row) {
            continue;
        }
        let [ours, theirs] = &programs;
        let verdicts = [play(&script, ours)?, play(&script, theirs)?];
        failed += usize::from(verdicts[0].is_err());
        played += 1;
        for (count, verdict) in holds.iter_mut().zip(&verdicts) {
            *count += usize::from(verdict.is_ok());
        }
        let [ours, theirs] = verdicts.map(|verdict| cell(&verdict));
        writeln!(out, "| {} | {} | {ours} | {theirs} |", script.row, script.claim)?;
    }
    writeln!(
        out,
        "\n{played} claims: {} hold for lambda-runtime, {} for lambda_runtime 1.5.0",
        holds[0], holds[1]
    )?;
    Ok(failed)
}

fn cell(verdict: &Verdict) -> String {
    let (word, seen) = match verdict {
        Ok(seen) => ("yes", seen),
        Err(seen) => ("**no**", seen),
    };
    // What the runtimes send may hold anything.
    let seen: String = seen.chars().map(|c| if c.is_control() { '·' } else { c }).collect();
    format!("{word}: {}", script::shorten(&seen, 260).replace('|', "\\|"))
}

/// Builds both programs in the release profile, as functions are deployed.
fn build() -> Result<[Box<Path>; 2]> {
    let status = Command::new(env!("CARGO"))
        .args([
            "build",
            "--quiet",
            "--release",
            "--bin",
            "ours",
            "--bin",
            "incumbent",
            "--features",
            "scripts",
        ])
        .arg("--manifest-path")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .status()?;
    if !status.success() {
        return Err("the programs cannot be built".into());
    }
    let this = env::current_exe()?;
    let target = this.parent().and_then(Path::parent).ok_or("this program is in no folder")?;
    Ok(["ours", "incumbent"].map(|name| target.join("release").join(name).into()))
}

fn play(script: &Script, program: &Path) -> Result<Verdict> {
    if script.place == Place::DeadEndpoint {
        // A port that was free a moment ago.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let (end, _) = run(script, program, &address, None)?;
        return Ok((script.check)(&Transcript::default(), &end));
    }
    let server = Server::start(script.steps.clone())?;
    let address = server.address();
    let (end, server) = run(script, program, &address, Some(server))?;
    let seen = server.map(Server::finish).unwrap_or_default();
    if env::var_os("SHOW").is_some() {
        eprintln!("=== {} {}: {end:?}\n{seen:#?}", script.row, script.claim);
    }
    Ok((script.check)(&seen, &end))
}

/// Runs a program until it ends or its time is over.
#[expect(clippy::disallowed_methods, reason = "what another process takes, only a real clock says")]
fn run(
    script: &Script,
    program: &Path,
    address: &str,
    server: Option<Server>,
) -> Result<(End, Option<Server>)> {
    let mut child = Command::new(program)
        .env_clear()
        .envs(script.environment())
        .env("AWS_LAMBDA_RUNTIME_API", address)
        .env("HANDLER", script.handler)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let (sender, outputs) = mpsc::channel();
    collect(child.stdout.take(), sender.clone());
    collect(child.stderr.take(), sender);
    let begun = Instant::now();
    let mut output = Vec::new();
    let mut is_running = true;
    loop {
        let left = script.limit.saturating_sub(begun.elapsed());
        // Often enough to pass a signal on at once.
        match outputs.recv_timeout(left.min(Duration::from_millis(5))) {
            Ok(bytes) => output.extend(bytes),
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                is_running = false;
                break;
            }
            Err(mpsc::RecvTimeoutError::Timeout) if left.is_zero() => break,
            Err(mpsc::RecvTimeoutError::Timeout) => {}
        }
        if server.as_ref().is_some_and(|server| server.signals().try_recv().is_ok()) {
            terminate(&child)?;
        }
    }
    if is_running {
        child.kill()?;
        while let Ok(bytes) = outputs.recv() {
            output.extend(bytes);
        }
    }
    let status = child.wait()?;
    let exit = match status.code() {
        _ if is_running => Exit::Running,
        Some(0) => Exit::Success,
        Some(101) => Exit::Panic,
        Some(_) => Exit::Error,
        None => Exit::Killed,
    };
    Ok((End { exit, output: String::from_utf8_lossy(&output).into_owned() }, server))
}

/// Reads to the end, so that nobody who writes has to wait.
fn collect(from: Option<impl Read + Send + 'static>, to: mpsc::Sender<Vec<u8>>) {
    thread::spawn(move || {
        let mut kept = Vec::new();
        if let Some(mut from) = from {
            let mut buffer = [0; 64 * 1024];
            while let Ok(count @ 1..) = from.read(&mut buffer) {
                let room = KEPT.saturating_sub(kept.len());
                kept.extend_from_slice(&buffer[..count.min(room)]);
            }
        }
        // Nobody waits for it when all is over.
        drop(to.send(kept));
    });
}

fn terminate(child: &Child) -> Result<()> {
    let status = Command::new("kill").args(["-TERM", &child.id().to_string()]).status()?;
    if status.success() { Ok(()) } else { Err("the process cannot be signalled".into()) }
}
