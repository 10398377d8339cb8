//! Where a function's code and its layers are, and what has to be unpacked before they can be run.
//!
//! What a configuration file names is unpacked in `serve::deploy`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use clap::Args;
use lambda_api::limits;
use mock_server::unpack::{UnpackError, Unpacker};
use tempfile::TempDir;

use super::{Error, build};

#[derive(Debug, Args)]
#[group(multiple = false)]
pub(super) struct Code {
    /// Build this binary of the cargo workspace here and run it.
    #[arg(long, value_name = "NAME")]
    bin: Option<String>,
    /// Run this executable, or the file bootstrap in this folder.
    #[arg(long, value_name = "PATH")]
    bootstrap: Option<PathBuf>,
    /// Run the file bootstrap in this deployment package, or in a layer.
    #[arg(long, value_name = "FILE")]
    zip: Option<PathBuf>,
}

/// What is run, in files.
pub(super) struct Files {
    /// As it was given, or built: this is what changes.
    pub(super) source: PathBuf,
    /// Of a zip, what was in it.
    pub(super) package: Option<TempDir>,
    /// What was in the layers, merged.
    pub(super) layers: Option<TempDir>,
}

/// Why there are no files to run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CodeError {
    #[error("there can be no folder for what is unpacked")]
    Folder(#[source] io::Error),
    #[error("{} is a folder and no zip: it can be run with --bootstrap", path.display())]
    NoZip { path: PathBuf },
    #[error("there is no file bootstrap at the root of {}{}", zip.display(), instead(found))]
    NoBootstrap { zip: PathBuf, found: Option<PathBuf> },
    #[error("there are {count} layers, and Lambda takes {} at most", limits::LAYERS)]
    Layers { count: usize },
    #[error(transparent)]
    Unpack(#[from] UnpackError),
}

fn instead(found: &Option<PathBuf>) -> String {
    match found {
        Some(found) => format!(", where Lambda looks for it, but {}", found.display()),
        None => " and none in a layer".to_owned(),
    }
}

impl Code {
    /// Builds and unpacks. `opt` is a folder that is used as it is.
    pub(super) fn files(self, layers: &[PathBuf], opt: Option<&Path>) -> Result<Files, Error> {
        let mut unpacker = Unpacker::new();
        let (source, package) = match self {
            Self { bin: Some(bin), .. } => (build::executable(&bin, false)?, None),
            Self { bootstrap: Some(bootstrap), .. } => (bootstrap, None),
            Self { zip: Some(zip), .. } if zip.is_dir() => return Err(CodeError::NoZip { path: zip }.into()),
            Self { zip: Some(zip), .. } => {
                let folder = unpacked(&mut unpacker, "task-", [&zip])?;
                (zip, Some(folder))
            }
            _ => return Err(Error::NoCode),
        };
        let count = layers.len();
        if count > limits::LAYERS {
            return Err(CodeError::Layers { count }.into());
        }
        // The code and the layers together may be as large as Lambda allows.
        let layers = if count == 0 { None } else { Some(unpacked(&mut unpacker, "opt-", layers)?) };
        if let Some(package) = &package {
            let folders = [Some(package.path()), layers.as_ref().map(TempDir::path), opt];
            if !folders.into_iter().flatten().any(|folder| folder.join("bootstrap").is_file()) {
                let found = bootstrap_below(package.path(), Path::new(""));
                return Err(CodeError::NoBootstrap { zip: source, found }.into());
            }
        }
        Ok(Files { source, package, layers })
    }
}

impl Files {
    /// The executable, or the folder that has it.
    pub(super) fn bootstrap(&self) -> &Path {
        self.package.as_ref().map_or(&self.source, TempDir::path)
    }
}

/// What is in zips and folders, in a folder that is gone when something is wrong with them.
fn unpacked(
    unpacker: &mut Unpacker,
    prefix: &str,
    from: impl IntoIterator<Item = impl AsRef<Path>>,
) -> Result<TempDir, CodeError> {
    let folder = TempDir::with_prefix(prefix).map_err(CodeError::Folder)?;
    unpacker.merge(from, folder.path())?;
    Ok(folder)
}

/// A bootstrap where nobody looks for it: in a zip of a folder instead of what is in it.
fn bootstrap_below(root: &Path, part: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(root.join(part)).ok()?;
    let folders = entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let mut folders: Vec<_> = folders.map(|entry| part.join(entry.file_name())).collect();
    folders.sort();
    folders.into_iter().find_map(|folder| {
        let bootstrap = folder.join("bootstrap");
        if root.join(&bootstrap).is_file() { Some(bootstrap) } else { bootstrap_below(root, &folder) }
    })
}
