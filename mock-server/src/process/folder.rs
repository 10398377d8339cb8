//! The files of an execution environment that no other environment sees.

use std::{
    io,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

/// A folder of an environment's own; dropping it removes it.
#[derive(Debug)]
pub(crate) struct PrivateFolder {
    tmp: PathBuf,
    log_socket: PathBuf,
    _folder: TempDir,
}

impl PrivateFolder {
    pub(super) fn new(folder: TempDir) -> io::Result<Self> {
        let tmp = folder.path().join("tmp");
        std::fs::create_dir(&tmp)?;
        Ok(Self { tmp, log_socket: folder.path().join("log.sock"), _folder: folder })
    }

    /// What takes the place of `/tmp`; the service's own files are beside it.
    pub(crate) fn tmp(&self) -> &Path {
        &self.tmp
    }

    /// Where the socket for log events belongs.
    pub(crate) fn log_socket(&self) -> &Path {
        &self.log_socket
    }
}
