//! Lambda's file system for the processes of a function: a `/var/task`, `/opt` and `/tmp` of their own.
//!
//! Each process is started as the hidden command `sandbox`, which gives itself another root (`root`; what lies
//! where in it is in `view`) and then becomes the executable. There is no process between the two, so process
//! id, group, descriptors, signals and exit status are the executable's own. [`wrapper`] is the other side: it
//! finds out whether this machine allows that. Nothing here keeps code that means harm from doing it.

use std::{
    env,
    ffi::OsString,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use clap::{Args, ValueEnum};

use super::Chain;

#[cfg(target_os = "linux")]
mod root;
#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Linux makes use of it"))]
mod view;

#[cfg(not(target_os = "linux"))]
mod root {
    use std::io;

    use super::{SandboxError, View};

    pub(super) fn enter(_: &View) -> Result<(), SandboxError> {
        let unsupported = io::Error::from(io::ErrorKind::Unsupported);
        Err(SandboxError::refused("enter a mount namespace, which only Linux has")(unsupported))
    }
}

use view::{TASK, View};

/// Whether the processes of a function get a file system of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// If this machine allows it; if not, a warning tells why.
    Auto,
    /// Or the function is not run.
    Always,
    /// They see the files of this machine as they are.
    Never,
}

/// Run an executable with Lambda's file system; its /tmp is the folder that TMPDIR names.
///
/// Exit status: that of the executable; 127 if it is not found, 126 if it cannot be run, 125 if the file system
/// cannot be made.
#[derive(Debug, Args)]
pub(crate) struct Sandbox {
    /// The folder that becomes /var/task.
    #[arg(long, value_name = "FOLDER")]
    task: PathBuf,
    /// The folder that becomes /opt, which is empty if not given.
    #[arg(long, value_name = "FOLDER")]
    opt: Option<PathBuf>,
    /// Run nothing: only find out whether it can be done.
    #[arg(long)]
    probe: bool,
    /// The executable, by the path that it has outside, and its arguments.
    #[arg(last = true, value_name = "EXECUTABLE", required_unless_present = "probe")]
    command: Vec<OsString>,
}

/// Why an executable does not run in a sandbox.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SandboxError {
    #[error("a sandbox is not possible here: {reason}")]
    Impossible { reason: String },
    #[error("TMPDIR does not name the folder that is to be /tmp")]
    NoTmp,
    #[error("cannot use {} as {inside}", path.display())]
    Folder { path: PathBuf, inside: &'static str, source: io::Error },
    #[error("{} is hidden in a sandbox, which has {hider} of its own", path.display())]
    Hidden { path: PathBuf, hider: &'static str },
    #[error("cannot {step}{}", hint.map(|hint| format!(" ({hint})")).unwrap_or_default())]
    Refused { step: String, hint: Option<&'static str>, source: io::Error },
    #[error("cannot run {}", path.display())]
    Exec { path: PathBuf, source: io::Error },
}

impl SandboxError {
    fn refused<E: Into<io::Error>>(step: impl Into<String>) -> impl FnOnce(E) -> Self {
        |error| Self::Refused { step: step.into(), hint: None, source: error.into() }
    }

    /// As shells have it for what they run, and `env` and `nohup` for their own failures.
    fn exit_status(&self) -> u8 {
        match self {
            Self::Exec { source, .. } if source.kind() == io::ErrorKind::NotFound => 127,
            Self::Hidden { .. } => 127,
            Self::Exec { .. } => 126,
            _ => 125,
        }
    }
}

impl Sandbox {
    /// Becomes the executable. What it returns is the exit status if that has failed, or if nothing was to run.
    ///
    /// The kernel wants the calling thread to be the only one of the process.
    pub(crate) fn run(self) -> u8 {
        match self.enter() {
            Ok(()) => 0,
            Err(error) => {
                let _closed = writeln!(io::stderr(), "error: {}", Chain(&error));
                error.exit_status()
            }
        }
    }

    fn enter(self) -> Result<(), SandboxError> {
        let tmp = env::var_os("TMPDIR").ok_or(SandboxError::NoTmp)?;
        let view = View::new(&self.task, self.opt.as_deref(), tmp.as_ref(), |name| env::var_os(name))?;
        let mut words = self.command.into_iter();
        // Looked up before anything moves.
        let executable = words.next().map(|path| view.executable(path.as_ref())).transpose()?;
        root::enter(&view)?;
        let Some(path) = executable.filter(|_| !self.probe) else { return Ok(()) };
        let mut command = Command::new(&path);
        command.args(words).envs(view.into_variables()).current_dir(TASK);
        Err(SandboxError::Exec { path, source: exec(command) })
    }
}

#[cfg(unix)]
fn exec(mut command: Command) -> io::Error {
    std::os::unix::process::CommandExt::exec(&mut command)
}

#[cfg(not(unix))]
fn exec(_: Command) -> io::Error {
    io::ErrorKind::Unsupported.into()
}

/// What the processes of a function are to be started with: a program, and arguments that go before the path of
/// the executable. `None` if they are to be started as they are.
///
/// # Errors
///
/// [`SandboxError`] if the mode insists on what this machine does not allow.
pub(crate) fn wrapper(
    mode: Mode,
    task: &Path,
    opt: Option<&Path>,
) -> Result<Option<(PathBuf, Vec<OsString>)>, SandboxError> {
    if mode == Mode::Never {
        return Ok(None);
    }
    let program = env::current_exe().map_err(SandboxError::refused("find this program"));
    match program.and_then(|program| probed(program, task, opt)) {
        Ok(started_with) => Ok(Some(started_with)),
        Err(error) if mode == Mode::Always => Err(error),
        Err(error) => {
            let _closed = writeln!(
                io::stderr(),
                "warning: the function sees this machine's own /tmp, /opt and /var/task: {}",
                Chain(&error)
            );
            Ok(None)
        }
    }
}

/// Goes all the way once, in a process that runs nothing in the end: what could be asked of the kernel (settings,
/// security modules, filters of a container) is never the whole answer.
fn probed(
    program: PathBuf,
    task: &Path,
    opt: Option<&Path>,
) -> Result<(PathBuf, Vec<OsString>), SandboxError> {
    let impossible = |reason: String| SandboxError::Impossible { reason };
    // The processes do not start in the folder in which this program has.
    let absolute =
        |path: &Path| std::path::absolute(path).map_err(SandboxError::refused("find the current folder"));
    let mut arguments: Vec<OsString> = vec!["sandbox".into(), "--task".into(), absolute(task)?.into()];
    if let Some(opt) = opt {
        arguments.extend(["--opt".into(), absolute(opt)?.into()]);
    }
    let output = Command::new(&program)
        .args(&arguments)
        .arg("--probe")
        .env("TMPDIR", env::temp_dir())
        .stdin(Stdio::null())
        .output()
        .map_err(|error| impossible(error.to_string()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let reason = said.lines().last().map(|line| line.trim_start_matches("error: ").to_owned());
        return Err(impossible(reason.unwrap_or_else(|| output.status.to_string())));
    }
    arguments.push("--".into());
    Ok((program, arguments))
}

#[cfg(all(test, unix))]
mod test {
    use super::*;

    #[test]
    fn a_probe_that_succeeds_gives_what_processes_are_started_with() {
        let (program, arguments) = probed("true".into(), Path::new("/task"), None).unwrap();
        assert_eq!(
            (program, arguments),
            ("true".into(), ["sandbox", "--task", "/task", "--"].map(Into::into).to_vec())
        );
        let (_, arguments) = probed("true".into(), Path::new("task"), Some(Path::new("/layers"))).unwrap();
        assert_eq!(PathBuf::from(&arguments[2]), env::current_dir().unwrap().join("task"));
        assert_eq!(arguments[3..], ["--opt", "/layers", "--"]);
    }

    #[test]
    fn a_probe_that_fails_tells_what_it_said_last() {
        let reason = |program: &str| {
            let error = probed(program.into(), Path::new("/task"), None).unwrap_err();
            assert_eq!(error.exit_status(), 125);
            error.to_string()
        };
        assert_eq!(reason("false"), "a sandbox is not possible here: exit status: 1");
        // A shell looks for a script of the name `sandbox`, and says that there is none.
        assert!(reason("sh").contains("sandbox: "), "{}", reason("sh"));
        assert!(reason("/no/such/program").contains("No such file"), "{}", reason("/no/such/program"));
    }
}
