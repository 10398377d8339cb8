//! The file of a store: opened, locked, and made anew where making it was interrupted.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek},
    path::Path,
    sync::Arc,
};

use redb::{Database, DatabaseError, StorageError};

use super::StoreError;

/// What a page of the file holds may stay in memory. What is kept here is small, and read once.
const CACHE_BYTES: usize = 64 * 1024 * 1024;

/// Opens the file, and makes it where it is not there. It stays locked as long as the database is open.
pub(super) fn open(path: &Path) -> Result<Database, StoreError> {
    database(path).map_err(|error| match error {
        DatabaseError::DatabaseAlreadyOpen => StoreError::InUse { path: path.to_owned() },
        DatabaseError::Storage(StorageError::Io(error)) if error.kind() == io::ErrorKind::InvalidData => {
            StoreError::NotAStore { path: path.to_owned() }
        }
        error => StoreError::Open { path: path.to_owned(), source: Arc::new(error.into()) },
    })
}

fn database(path: &Path) -> Result<Database, DatabaseError> {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
    let is_new = file.metadata()?.len() == 0;
    // The same open file under another handle, and so under the same lock.
    let mut same = file.try_clone()?;
    let database = match builder().create_file(file) {
        Err(DatabaseError::Storage(StorageError::Io(error)))
            if error.kind() == io::ErrorKind::InvalidData && was_never_finished(&mut same)? =>
        {
            same.set_len(0)?;
            builder().create_file(same)?
        }
        result => result?,
    };
    if is_new {
        sync_folder_of(path)?;
    }
    Ok(database)
}

fn builder() -> redb::Builder {
    let mut builder = Database::builder();
    // The format that versions to come read as well.
    builder.create_with_file_format_v3(true).set_cache_size(CACHE_BYTES);
    builder
}

/// Whether making the file was interrupted: its mark is written last. Nothing was ever kept in such a file.
fn was_never_finished(file: &mut File) -> io::Result<bool> {
    const MARK_BYTES: u64 = 9;

    let mut mark = Vec::new();
    file.rewind()?;
    file.take(MARK_BYTES).read_to_end(&mut mark)?;
    Ok(mark.iter().all(|&byte| byte == 0))
}

/// A new file is on disk once its folder is.
fn sync_folder_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}
