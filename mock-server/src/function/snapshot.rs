//! What a published version runs: code that stays as it is, whatever becomes of the files that it was published from.
//!
//! Where code lies is in `package`; when it is published is decided in `versions`. Layers and extensions are not copied: whoever
//! unpacks them keeps them.

use std::sync::Arc;

use crate::guest::{Code, Executable};

impl Code {
    /// The code for a published version: this one if nobody changes it, or else a copy, which is made once. Takes as long as
    /// files take to be copied.
    ///
    /// If they cannot be copied the version cannot be started, and says why.
    pub(super) fn snapshot(self: &Arc<Self>) -> Arc<Self> {
        match &**self {
            Self::Executable(executable) if executable.guard.is_none() => {
                Arc::clone(executable.snapshot.get_or_init(|| Arc::new(copied(executable))))
            }
            _ => Arc::clone(self),
        }
    }
}

#[cfg(not(unix))]
fn copied(_executable: &Executable) -> Code {
    Code::Unusable("processes need Unix".to_owned())
}

#[cfg(unix)]
fn copied(executable: &Executable) -> Code {
    let copied =
        tempfile::TempDir::with_prefix("version-").map_err(copy::CopyError::Folder).and_then(|folder| {
            let package = executable.package.copied_into(folder.path())?;
            let (listener, guard) = (executable.listener.clone(), Arc::new(folder));
            Ok(Executable { listener, ..Executable::new(package, Some(guard)) })
        });
    copied.map_or_else(|error| Code::Unusable(error.with_source()), Code::Executable)
}

#[cfg(unix)]
pub(super) mod copy {
    //! Copies of files and folders. Nothing is linked: a build may write into the very file that is there.

    use std::{
        error::Error,
        fs, io,
        os::unix::fs::symlink,
        path::{Path, PathBuf},
    };

    use lambda_api::limits;

    /// Why there is no copy.
    #[derive(Debug, thiserror::Error)]
    pub(in crate::function) enum CopyError {
        #[error("there can be no folder for the code of the version")]
        Folder(#[source] io::Error),
        #[error("the version cannot be made of {}", path.display())]
        File { path: PathBuf, source: io::Error },
        /// The text is Lambda's.
        #[error("Unzipped size must be smaller than {} bytes", limits::UNZIPPED_BYTES)]
        TooLarge,
    }

    impl CopyError {
        pub(super) fn with_source(&self) -> String {
            self.source().map_or_else(|| self.to_string(), |source| format!("{self}: {source}"))
        }
    }

    fn failed(path: &Path) -> impl FnOnce(io::Error) -> CopyError {
        let path = path.to_owned();
        |source| CopyError::File { path, source }
    }

    /// Copies a file with its permissions.
    pub(in crate::function) fn file(from: &Path, to: &Path) -> Result<(), CopyError> {
        fs::copy(from, to).map(|_| ()).map_err(failed(from))
    }

    /// Copies all that is in a folder, which may be as much as a package.
    pub(in crate::function) fn folder(from: &Path, to: &Path) -> Result<(), CopyError> {
        let root = fs::canonicalize(from).map_err(failed(from))?;
        let mut left = limits::UNZIPPED_BYTES as u64;
        part(&root, &root, to, &mut left)
    }

    fn part(root: &Path, from: &Path, to: &Path, left: &mut u64) -> Result<(), CopyError> {
        for entry in fs::read_dir(from).map_err(failed(from))? {
            let entry = entry.map_err(failed(from))?;
            let (path, copy) = (entry.path(), to.join(entry.file_name()));
            let kind = entry.file_type().map_err(failed(&path))?;
            if kind.is_dir() {
                fs::create_dir(&copy).map_err(failed(&copy))?;
                part(root, &path, &copy, left)?;
                continue;
            }
            if kind.is_symlink()
                && let Some(target) = link(root, &path)?
            {
                symlink(target, &copy).map_err(failed(&copy))?;
                continue;
            }
            let metadata = fs::metadata(&path).map_err(failed(&path))?;
            // What is no file has no content that could be kept.
            if metadata.is_file() {
                *left = left.checked_sub(metadata.len()).ok_or(CopyError::TooLarge)?;
                file(&path, &copy)?;
            }
        }
        Ok(())
    }

    /// Where a link is to lead in the copy. None if it leads to a file elsewhere, which a build may have made and makes anew: it
    /// becomes that file.
    fn link(root: &Path, path: &Path) -> Result<Option<PathBuf>, CopyError> {
        let target = fs::read_link(path).map_err(failed(path))?;
        let Ok(real) = fs::canonicalize(path) else { return Ok(Some(target)) };
        if target.is_relative() && real.starts_with(root) {
            return Ok(Some(target));
        }
        Ok(if real.is_dir() { Some(real) } else { None })
    }
}
