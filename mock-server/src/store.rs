//! What is to survive a restart: numbered values in one file of a folder, written for good before a write is done.
//!
//! The file is [redb](https://docs.rs/redb)'s; what stands in a value is up to whoever puts it there. Reads and writes go
//! through one thread, `writer`, which collects what comes at the same time into one commit: a commit waits for the disk, so
//! a thousand writes at once should not wait a thousand times.

use std::{
    fmt, fs,
    future::Future,
    path::{Path, PathBuf},
    pin::Pin,
    sync::{Arc, mpsc},
    task::{Context, Poll, ready},
    thread,
};

use tokio::sync::oneshot;

#[cfg(test)]
pub(crate) mod disk;
mod error;
mod file;
#[cfg(test)]
mod test;
mod writer;

pub use error::StoreError;
use writer::{Command, Writer};

/// Numbered values that survive a restart, and a kill at any moment.
///
/// For real time only: under tokio's paused time the clock jumps while the disk is waited for.
///
/// # Example
///
/// ```
/// use mock_server::Store;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let folder = folder.path();
/// let store = Store::open(folder)?;
/// store.put(7, b"seven".to_vec()).await?;
/// store.close().await;
///
/// let store = Store::open(folder)?;
/// assert_eq!(store.all().await?, [(7, b"seven".to_vec())]);
/// store.remove(7).await?;
/// # Ok(())
/// # }
/// ```
pub struct Store {
    path: Arc<Path>,
    commands: mpsc::Sender<Command>,
}

/// A write on its way to the disk: ready once it is there. The write is done even if this is dropped.
#[must_use = "a write may fail, and is on disk only when this is ready"]
#[derive(Debug)]
pub struct Written {
    path: Arc<Path>,
    result: oneshot::Receiver<Result<(), StoreError>>,
}

impl Store {
    /// Opens the store of a folder, and makes both where they are not there. It is this one's as long as it is open.
    ///
    /// # Errors
    ///
    /// [`StoreError`] names the folder or the file: it may be in use, or no store, or out of reach.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, StoreError> {
        let folder = folder.as_ref();
        let made = fs::create_dir_all(folder);
        made.map_err(|source| StoreError::Folder { path: folder.to_owned(), source: Arc::new(source) })?;
        let path = folder.join("state.redb");
        Self::start(path.clone(), Box::new(move || file::open(&path)))
    }

    fn start(path: PathBuf, open: writer::Open) -> Result<Self, StoreError> {
        let path: Arc<Path> = path.into();
        let writer = Writer::new(Arc::clone(&path), open)?;
        let (commands, receiver) = mpsc::channel();
        let thread = thread::Builder::new().name("mock-server-store".to_owned());
        let started = thread.spawn(move || writer.run(&receiver));
        started
            .map_err(|source| StoreError::Thread { path: path.to_path_buf(), source: Arc::new(source) })?;
        Ok(Self { path, commands })
    }

    /// Puts a value under a number, in place of the one that is there.
    ///
    /// Writes take place in the order of these calls, whenever they are waited for.
    ///
    /// # Errors
    ///
    /// [`StoreError::Write`] if it cannot be written, [`StoreError::Closed`] after [`close`](Self::close).
    pub fn put(&self, number: u64, value: Vec<u8>) -> Written {
        self.write(|written| Command::Put { number, value, written })
    }

    /// Removes what is under a number, if anything is.
    ///
    /// # Errors
    ///
    /// As for [`put`](Self::put).
    pub fn remove(&self, number: u64) -> Written {
        self.write(|written| Command::Remove { number, written })
    }

    /// All values by their numbers: those whose writes came before.
    ///
    /// # Errors
    ///
    /// [`StoreError::Read`] if they cannot be read, [`StoreError::Closed`] after [`close`](Self::close).
    pub async fn all(&self) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        let (read, result) = oneshot::channel();
        self.send(Command::All { read });
        result.await.unwrap_or_else(|_| Err(StoreError::Closed { path: self.path.to_path_buf() }))
    }

    /// Closes the store once all that came before is written. The folder is free when this is ready.
    ///
    /// A store that is only dropped is closed a moment later.
    pub async fn close(&self) {
        let (closed, end) = oneshot::channel();
        self.send(Command::Close { closed });
        // Nothing is answered where the thread is gone already.
        let _gone = end.await;
    }

    fn write(&self, command: impl FnOnce(oneshot::Sender<Result<(), StoreError>>) -> Command) -> Written {
        let (written, result) = oneshot::channel();
        self.send(command(written));
        Written { path: Arc::clone(&self.path), result }
    }

    /// Where the thread is gone the command goes as well, and with it the sender of its result.
    fn send(&self, command: Command) {
        drop(self.commands.send(command));
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Future for Written {
    type Output = Result<(), StoreError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let result = ready!(Pin::new(&mut self.result).poll(context));
        Poll::Ready(result.unwrap_or_else(|_| Err(StoreError::Closed { path: self.path.to_path_buf() })))
    }
}
