//! Runs a program, alone or under a tool that counts, against a server of its own.
//!
//! All counts but those of a program with several threads come out the same each time.

use std::{
    collections::BTreeMap,
    fs,
    io::Read,
    process::{Child, Command, Stdio},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use benches::{Counted, Result, Tool};

use crate::{
    programs::Program,
    server::{Script, Seen, Server},
};

/// How long a run may take before it counts as stuck.
const PATIENCE: Duration = Duration::from_secs(300);

/// The number at the beginning of a text, with or without commas in it.
fn number(text: &str) -> Option<f64> {
    let is_part = |character: char| character.is_ascii_digit() || character == ',';
    let text = text.trim_start();
    let end = text.find(|character| !is_part(character)).unwrap_or(text.len());
    text[..end].replace(',', "").parse().ok()
}

/// What a program does from its beginning to its end.
pub(crate) fn whole(tool: Tool, program: &Program, script: &Script) -> Result<Counted> {
    let server = Server::start(script.clone())?;
    let mut command = tool.command();
    command.arg(&program.path);
    let run = Run::start(command, program, &server.address())?;
    let has_polled = server.wait(PATIENCE);
    let ended = server.finish();
    let output = run.end()?;
    if !has_polled {
        return Err(format!("{program} under {tool:?} has not polled to the end:\n{output}").into());
    }
    ended.map_err(|error| format!("{program} under {tool:?}: {error}\n{output}"))?;
    tool.read(&output).ok_or_else(|| format!("{tool:?} of {program} counted nothing:\n{output}").into())
}

/// What a program does for one invocation: the difference of a long and a short run.
pub(crate) fn each(tool: Tool, program: &Program, event: &Arc<str>, counts: [usize; 2]) -> Result<Counted> {
    each_after(tool, program, event, counts, Duration::ZERO)
}

/// The same with a pause before each.
pub(crate) fn each_after(
    tool: Tool,
    program: &Program,
    event: &Arc<str>,
    counts: [usize; 2],
    pause: Duration,
) -> Result<Counted> {
    let more = (counts[1] - counts[0]) as f64;
    let script = |count| Script { event: Arc::clone(event), count, pause };
    // Beside each other: nothing that is counted depends on how fast it goes.
    let (short, long) = thread::scope(|scope| {
        let short = scope.spawn(|| whole(tool, program, &script(counts[0])));
        let long = whole(tool, program, &script(counts[1]));
        (short.join(), long)
    });
    let (short, long) = (short.map_err(|_| "a run panicked")??, long?);
    Ok([0, 1].map(|which| (long[which] - short[which]) / more))
}

/// What the system says of a process that has done its work and waits.
#[derive(Clone, Debug, Default)]
pub(crate) struct Usage {
    pub(crate) seen: Seen,
    /// Resident memory in bytes, now and at most.
    pub(crate) resident: f64,
    pub(crate) peak: f64,
    pub(crate) threads: f64,
    /// How often its threads were switched, by themselves and by others.
    pub(crate) switches: f64,
    /// Nanoseconds on a processor.
    pub(crate) busy: f64,
}

/// Runs a program as it is, and looks at it before it ends.
pub(crate) fn usage(program: &Program, script: Script) -> Result<Usage> {
    let server = Server::start(script)?;
    let run = Run::start(Command::new(&program.path), program, &server.address())?;
    let has_polled = server.wait(PATIENCE);
    // It has sent its poll and goes to sleep.
    thread::sleep(Duration::from_millis(20));
    let usage = Usage::of(run.child.id());
    let seen = server.finish();
    let output = run.end()?;
    let seen = seen.map_err(|error| format!("{program}: {error}\n{output}"))?;
    if !has_polled {
        return Err(format!("{program} has not polled to the end:\n{output}").into());
    }
    Ok(Usage { seen, ..usage? })
}

impl Usage {
    fn of(process: u32) -> Result<Self> {
        let status = fields(&fs::read_to_string(format!("/proc/{process}/status"))?);
        let of = |name: &str| status.get(name).copied().unwrap_or_default();
        let (mut switches, mut busy) = (0.0, 0.0);
        for task in fs::read_dir(format!("/proc/{process}/task"))? {
            let task = task?.path();
            let status = fields(&fs::read_to_string(task.join("status"))?);
            for name in ["voluntary_ctxt_switches", "nonvoluntary_ctxt_switches"] {
                switches += status.get(name).copied().unwrap_or_default();
            }
            busy += number(&fs::read_to_string(task.join("schedstat"))?).unwrap_or_default();
        }
        Ok(Self {
            seen: Seen::default(),
            resident: of("VmRSS") * 1024.0,
            peak: of("VmHWM") * 1024.0,
            threads: of("Threads"),
            switches,
            busy,
        })
    }
}

/// The numbers of a status file by their names.
fn fields(text: &str) -> BTreeMap<String, f64> {
    let fields = text.lines().filter_map(|line| line.split_once(':'));
    fields.filter_map(|(name, value)| Some((name.to_owned(), number(value)?))).collect()
}

/// A process, and what it writes to stderr.
struct Run {
    child: Child,
    outputs: mpsc::Receiver<String>,
}

impl Run {
    fn start(mut command: Command, program: &Program, address: &str) -> Result<Self> {
        let mut child = command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("AWS_LAMBDA_RUNTIME_API", address)
            .env("AWS_LAMBDA_FUNCTION_NAME", "orders")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .env("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/orders")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "2026/11/20/orders[$LATEST]0123456789abcdef")
            .env("LAMBDA_TASK_ROOT", "/var/task")
            .envs(program.variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let (sender, outputs) = mpsc::channel();
        let mut stderr = child.stderr.take().ok_or("no stderr")?;
        thread::spawn(move || {
            let mut output = Vec::new();
            let _cut_off = stderr.read_to_end(&mut output);
            // Nobody waits for it when the patience is over.
            drop(sender.send(String::from_utf8_lossy(&output).into_owned()));
        });
        Ok(Self { child, outputs })
    }

    /// What it has written, once it has ended. How it ends is its own business: it is told that the service fails.
    fn end(mut self) -> Result<String> {
        let Ok(output) = self.outputs.recv_timeout(Duration::from_secs(30)) else {
            self.child.kill()?;
            self.child.wait()?;
            return Err("a process does not end".into());
        };
        self.child.wait()?;
        Ok(output)
    }
}
