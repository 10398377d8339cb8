//! The files that a function is made of: a bootstrap or a folder with one, extensions, and what layers bring.
//!
//! What can be wrong with them before anything runs is found here; what Lambda finds out when it starts them
//! is left for that moment.

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
};

use super::StartError;
#[cfg(unix)]
use super::snapshot::copy::{self, CopyError};
use crate::guest::{ExtensionCode, ExternalExtension};

/// A file of this name in `/opt` disables extensions; AWS's open-source runtime interface emulator has it.
const DISABLE_EXTENSIONS: &str = "disable-extensions-jwigqn8j";

/// A folder that is laid out as `/opt`, into which Lambda unpacks the layers of a function.
#[derive(Debug)]
pub(super) struct Layers {
    folder: PathBuf,
}

impl Layers {
    pub(super) fn new(folder: &Path) -> Result<Self, StartError> {
        if metadata(folder)?.is_dir() {
            Ok(Self { folder: absolute(folder)? })
        } else {
            Err(StartError::NotAFolder { path: folder.to_owned() })
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.folder
    }

    pub(super) fn disable_extensions(&self) -> bool {
        self.folder.join(DISABLE_EXTENSIONS).exists()
    }

    /// All that is in its `extensions`, folders excepted. Whether it can be executed is seen when it is.
    pub(super) fn extensions(&self) -> Result<Vec<PathBuf>, StartError> {
        let path = self.folder.join("extensions");
        let found = fs::read_dir(&path).and_then(|entries| {
            let mut found = Vec::new();
            for entry in entries {
                let entry = entry?;
                if !entry.file_type()?.is_dir() {
                    found.push(entry.path());
                }
            }
            Ok(found)
        });
        match found {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            found => found.map_err(|source| StartError::Unreadable { path, source }),
        }
    }
}

/// Where a function's code lies, and its bootstrap.
#[derive(Debug)]
pub(crate) struct Package {
    /// The working folder of the runtime, `LAMBDA_TASK_ROOT`.
    pub(crate) root: PathBuf,
    /// The first of these that is there is started.
    bootstraps: Vec<PathBuf>,
    /// What they are called when none of them is there.
    names: String,
    /// Whether all of the working folder is the function's.
    is_folder: bool,
}

impl Package {
    /// An executable, or a folder that becomes `/var/task` and need not have a bootstrap of its own.
    pub(super) fn new(path: &Path, layers: Option<&Layers>) -> Result<Self, StartError> {
        if metadata(path)?.is_dir() {
            let root = absolute(path)?;
            let folders = [Some(root.as_path()), layers.map(Layers::path)];
            let bootstraps = folders.into_iter().flatten().map(|folder| folder.join("bootstrap")).collect();
            let names = "/var/task/bootstrap /opt/bootstrap".to_owned();
            return Ok(Self { root, bootstraps, names, is_folder: true });
        }
        let path = executable(path)?;
        let root = path.parent().unwrap_or(&path).to_owned();
        Ok(Self { root, names: path.display().to_string(), bootstraps: vec![path], is_folder: false })
    }

    /// The same with copies of its files in an empty folder. Of a single executable that is the file alone: beside it may lie
    /// whatever else was built, so that the working folder stays the one that it was.
    #[cfg(unix)]
    pub(super) fn copied_into(&self, folder: &Path) -> Result<Self, CopyError> {
        let mut bootstraps = self.bootstraps.clone();
        let names = self.names.clone();
        if self.is_folder {
            copy::folder(&self.root, folder)?;
            for bootstrap in &mut bootstraps {
                if let Ok(name) = bootstrap.strip_prefix(&self.root) {
                    *bootstrap = folder.join(name);
                }
            }
            return Ok(Self { root: folder.to_owned(), bootstraps, names, is_folder: true });
        }
        for bootstrap in &mut bootstraps {
            let path = folder.join(bootstrap.file_name().unwrap_or_default());
            copy::file(bootstrap, &path)?;
            *bootstrap = path;
        }
        Ok(Self { root: self.root.clone(), bootstraps, names, is_folder: false })
    }

    /// What is to be started now, or the service's words if there is nothing.
    pub(crate) fn bootstrap(&self) -> Result<&Path, String> {
        let is_there = |path: &&PathBuf| path.metadata().is_ok_and(|metadata| !metadata.is_dir());
        self.bootstraps
            .iter()
            .find(is_there)
            .map(PathBuf::as_path)
            .ok_or_else(|| format!("Couldn't find valid bootstrap(s): [{}]", self.names))
    }
}

/// An executable as an external extension, which is called as its file is.
pub(super) fn extension(path: PathBuf) -> ExternalExtension {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    ExternalExtension { name, code: ExtensionCode::Executable(path) }
}

/// The absolute path of a file that can be executed. A link keeps its own name, which may matter: it is the
/// name of an extension.
pub(super) fn executable(path: &Path) -> Result<PathBuf, StartError> {
    if is_executable(&metadata(path)?) {
        absolute(path)
    } else {
        Err(StartError::NotExecutable { path: path.to_owned() })
    }
}

/// The absolute path of a program; a bare name is looked for where a shell would.
pub(super) fn program(name: &Path) -> Result<PathBuf, StartError> {
    let is_bare = name.components().eq([Component::Normal(name.as_os_str())]);
    let folders = std::env::var_os("PATH").filter(|_| is_bare).unwrap_or_default();
    let found = std::env::split_paths(&folders)
        .map(|folder| folder.join(name))
        .find(|path| path.metadata().is_ok_and(|metadata| is_executable(&metadata)));
    executable(found.as_deref().unwrap_or(name))
}

fn metadata(path: &Path) -> Result<fs::Metadata, StartError> {
    path.metadata().map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => StartError::Missing { path: path.to_owned() },
        _ => StartError::Unreadable { path: path.to_owned(), source },
    })
}

fn absolute(path: &Path) -> Result<PathBuf, StartError> {
    std::path::absolute(path).map_err(|source| StartError::Unreadable { path: path.to_owned(), source })
}

#[cfg(unix)]
pub(crate) fn is_executable(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;

    metadata.is_file() && metadata.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
pub(crate) fn is_executable(metadata: &fs::Metadata) -> bool {
    metadata.is_file()
}
