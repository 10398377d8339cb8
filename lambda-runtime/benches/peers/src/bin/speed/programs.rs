//! Builds the programs that are compared, in one profile.

use std::{
    env, fmt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use benches::Result;

/// The target of static programs.
pub(crate) const MUSL: &str = "x86_64-unknown-linux-musl";

/// A program, and what it is told.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    pub(crate) variables: Vec<(&'static str, &'static str)>,
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        self.variables.iter().try_for_each(|(name, value)| write!(f, " {name}={value}"))
    }
}

/// The programs of one target, built.
#[derive(Debug)]
pub(crate) struct Programs {
    folder: PathBuf,
}

impl Programs {
    /// Builds them as functions are deployed; each side with its own features.
    pub(crate) fn build(target: Option<&str>) -> Result<Self> {
        for (features, bins) in [
            ("ours", ["hello_ours", "more_ours"].as_slice()),
            ("incumbent", &["hello_incumbent", "more_incumbent"]),
            ("", &["limit"]),
        ] {
            let mut command = Command::new(env!("CARGO"));
            command.args(["build", "--quiet", "--profile", "deployed", "--features", features]);
            command.args(bins.iter().flat_map(|bin| ["--bin", bin]));
            command.args(target.iter().flat_map(|target| ["--target", target]));
            command.arg("--manifest-path").arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"));
            if !command.status()?.success() {
                return Err(format!("the programs cannot be built: {command:?}").into());
            }
        }
        let this = env::current_exe()?;
        let folder = this.parent().and_then(Path::parent).ok_or("this program is in no folder")?;
        Ok(Self { folder: folder.join(target.unwrap_or_default()).join("deployed") })
    }

    /// The static programs, if this machine can build them; says what is needed if not.
    pub(crate) fn build_static() -> Option<Self> {
        let libraries =
            Command::new("rustc").args(["--print", "target-libdir", "--target", MUSL]).output().ok()?;
        let folder = String::from_utf8(libraries.stdout).ok()?;
        let is_installed = Path::new(folder.trim()).join("self-contained").is_dir();
        if !is_installed {
            eprintln!("the target {MUSL} is not installed: its rows are left out (rustup target add {MUSL})");
            return None;
        }
        Self::build(Some(MUSL)).map_err(|error| eprintln!("{error}: its rows are left out")).ok()
    }

    /// A program by its name.
    pub(crate) fn get(&self, name: &str) -> Program {
        Program { path: self.folder.join(name), variables: Vec::new() }
    }

    /// A program with one of its functions.
    pub(crate) fn function(&self, name: &str, function: &'static str) -> Program {
        Program { path: self.folder.join(name), variables: vec![("FUNCTION", function)] }
    }
}

/// Runs a command quietly and gives what it has written.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("{command:?} failed").into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
