//! A disk for tests of what is kept: its owner says when it is busy, and when it is full.

use std::{
    io,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
};

use redb::{Database, StorageBackend, backends::InMemoryBackend};

use super::{Store, StoreError};

/// A disk in memory that counts how often it was waited for, and can be full.
#[derive(Clone, Debug)]
pub(crate) struct Disk {
    content: Arc<InMemoryBackend>,
    pub(crate) syncs: Arc<AtomicUsize>,
    pub(crate) is_full: Arc<AtomicBool>,
    /// As long as it is held, the disk is busy.
    pub(crate) turn: Arc<Mutex<()>>,
}

impl Disk {
    pub(crate) fn new() -> Self {
        let content = Arc::new(InMemoryBackend::new());
        Self { content, syncs: Arc::default(), is_full: Arc::default(), turn: Arc::default() }
    }

    fn check(&self) -> io::Result<()> {
        if self.is_full.load(SeqCst) { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    pub(crate) fn store(&self) -> Store {
        let disk = self.clone();
        let open = move || {
            let opened = Database::builder().create_with_backend(disk.clone());
            let path = PathBuf::from("disk");
            opened.map_err(|error| StoreError::Open { path, source: Arc::new(error.into()) })
        };
        Store::start("disk".into(), Box::new(open)).unwrap()
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        self.content.len()
    }

    fn read(&self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        self.content.read(offset, length)
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.check()?;
        self.content.set_len(length)
    }

    fn sync_data(&self, eventual: bool) -> io::Result<()> {
        self.check()?;
        let _turn = self.turn.lock().unwrap();
        self.syncs.fetch_add(1, SeqCst);
        self.content.sync_data(eventual)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.check()?;
        self.content.write(offset, data)
    }
}
