//! Builds a binary of the cargo workspace in the current folder, and says where it is.

use std::{
    env, io,
    path::PathBuf,
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

/// Builds the binary, optimised or not; cargo's own messages go to standard error.
pub(crate) fn executable(bin: &str, is_release: bool) -> Result<PathBuf, BuildError> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--message-format=json-render-diagnostics", "--bin", bin])
        .args(is_release.then_some("--release"))
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
