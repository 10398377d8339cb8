//! Why a store cannot be opened, written or read.

use std::{io, path::PathBuf, sync::Arc};

/// Why a store cannot be opened, written or read. Many writes fail together, so it can be cloned.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The folder is not there and cannot be made.
    #[error("cannot make the folder {}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the operating system said.
        source: Arc<io::Error>,
    },
    /// The store is open already, here or in another process.
    #[error("the store {} is in use", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The file is something else, or damaged.
    #[error("{} is not a store", path.display())]
    NotAStore {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be opened.
    #[error("cannot open the store {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the store said.
        source: Arc<redb::Error>,
    },
    /// The thread for the disk cannot be started.
    #[error("cannot start the thread of the store {}", path.display())]
    Thread {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: Arc<io::Error>,
    },
    /// The file cannot be written to: the disk may be full. Nothing of the write is there; the next may succeed.
    #[error("cannot write to the store {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the store said.
        source: Arc<redb::Error>,
    },
    /// The file cannot be read.
    #[error("cannot read the store {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the store said.
        source: Arc<redb::Error>,
    },
    /// The store was closed before.
    #[error("the store {} is closed", path.display())]
    Closed {
        /// The file.
        path: PathBuf,
    },
}
