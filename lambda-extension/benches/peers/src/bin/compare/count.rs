//! Runs a program under a tool that counts, against a server of its own.
//!
//! All counts but those of a program with several threads come out the same each time; of several runs the median is taken.

use std::{io::Read, net::TcpListener, path::Path, process::Stdio, sync::mpsc, thread, time::Duration};

use benches::{Counted, Result, Tool};

use crate::{
    batch,
    server::{Script, Server},
};

/// How long a run may take before it counts as stuck.
const PATIENCE: Duration = Duration::from_secs(120);

/// How often each run is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Runs(pub(crate) usize);

impl Runs {
    /// What a program does from its beginning to its end.
    pub(crate) fn whole(self, tool: Tool, program: &Path, script: &Script) -> Result<Counted> {
        let runs = (0..self.0).map(|_| once(tool, program, script)).collect::<Result<Vec<_>>>()?;
        Ok([0, 1].map(|which| {
            let mut values: Vec<f64> = runs.iter().map(|run| run[which]).collect();
            values.sort_by(f64::total_cmp);
            values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
        }))
    }

    /// What a program does for one event or batch: the difference of a long and a short run.
    pub(crate) fn each(self, tool: Tool, program: &Path, [short, long]: [Script; 2]) -> Result<Counted> {
        let more = (long.length() - short.length()) as f64;
        // Beside each other: nothing that is counted depends on how fast it goes.
        let (short, long) = thread::scope(|scope| {
            let short = scope.spawn(|| self.whole(tool, program, &short));
            let long = self.whole(tool, program, &long);
            (short.join(), long)
        });
        let (short, long) = (short.map_err(|_| "a run panicked")??, long?);
        Ok([0, 1].map(|which| (long[which] - short[which]) / more))
    }
}

fn once(tool: Tool, program: &Path, script: &Script) -> Result<Counted> {
    let server = Server::start(script.clone())?;
    let output = run(tool, program, &server.address())?;
    server.finish()?;
    if let Script::Batches { records, count, .. } = script {
        let expected = batch::counts(records * count).to_string();
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
