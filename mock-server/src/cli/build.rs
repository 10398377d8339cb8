//! Builds a binary of a cargo workspace and says where it is, or has a Makefile make something.

use std::{
    env, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde::Deserialize;

/// Why there is no executable.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BuildError {
    #[error("cannot run cargo")]
    Cargo(#[source] io::Error),
    #[error("cargo build --bin {bin} failed")]
    Failed { bin: String },
    #[error("cargo build --bin {bin} made no executable")]
    NoExecutable { bin: String },
    #[error("cannot run make")]
    Make(#[source] io::Error),
    #[error("make {target} failed")]
    NotMade { target: String },
    #[error("there is no {}", path.display())]
    NotThere { path: PathBuf },
    #[error("there can be no folder for what is made")]
    Folder(#[source] io::Error),
}

/// The part of cargo's messages that names executables; see
/// [external tools](https://doc.rust-lang.org/cargo/reference/external-tools.html).
#[derive(Deserialize)]
struct Message {
    reason: String,
    target: Option<Target>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

/// Builds the binary of the workspace here, optimised or not; cargo's own messages go to standard error.
pub(crate) fn executable(bin: &str, is_release: bool) -> Result<PathBuf, BuildError> {
    executable_in(Path::new("."), bin, is_release)
}

/// The same of the package in a folder.
pub(crate) fn executable_in(package: &Path, bin: &str, is_release: bool) -> Result<PathBuf, BuildError> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--message-format=json-render-diagnostics", "--bin", bin])
        .args(is_release.then_some("--release"))
        .current_dir(package)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(BuildError::Cargo)?;
    if !output.status.success() {
        return Err(BuildError::Failed { bin: bin.to_owned() });
    }
    output
        .stdout
        .split(|&byte| byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<Message>(line).ok())
        .filter(|message| message.reason == "compiler-artifact")
        .filter(|message| {
            message.target.as_ref().is_some_and(|target| target.name == bin && target.kind == ["bin"])
        })
        .find_map(|message| message.executable)
        .ok_or_else(|| BuildError::NoExecutable { bin: bin.to_owned() })
}

/// Has a Makefile make a target into a folder, which is there, as SAM has it; what make prints goes to standard error.
///
/// Source: [building with a Makefile](https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/building-custom-runtimes.html).
pub(crate) fn make(makefile: &Path, folder: &Path, target: &str, artifacts: &Path) -> Result<(), BuildError> {
    // Make is told of it in another folder.
    let makefile = std::path::absolute(makefile).map_err(BuildError::Make)?;
    for path in [&*makefile, folder] {
        if !path.exists() {
            return Err(BuildError::NotThere { path: path.to_owned() });
        }
    }
    let status = Command::new("make")
        .arg("--makefile")
        .arg(makefile)
        .arg(target)
        .current_dir(folder)
        .env("ARTIFACTS_DIR", artifacts)
        .stdin(Stdio::null())
        .stdout(io::stderr())
        .stderr(Stdio::inherit())
        .status()
        .map_err(BuildError::Make)?;
    if status.success() { Ok(()) } else { Err(BuildError::NotMade { target: target.to_owned() }) }
}
