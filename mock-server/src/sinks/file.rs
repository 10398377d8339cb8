//! Messages as lines of a file.
//!
//! The file is opened for each line, so that it may be moved away or emptied meanwhile. Others may append to it as well.

use std::{
    fs,
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::task::spawn_blocking;

use super::SinkError;

/// The file, which need not be there yet.
#[derive(Debug)]
pub(super) struct File {
    path: PathBuf,
    /// Held by whoever appends.
    turn: Arc<Mutex<()>>,
}

impl File {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, turn: Arc::default() }
    }

    /// Appends a line. When this is ready it is on disk.
    pub(super) async fn append(&self, line: String) -> Result<(), SinkError> {
        let (path, turn) = (self.path.clone(), Arc::clone(&self.turn));
        let appending = spawn_blocking(move || {
            let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
            append(&path, line)
        });
        let result = appending.await.unwrap_or_else(|stopped| Err(stopped.into()));
        result.map_err(|source| SinkError::File { path: self.path.clone(), source })
    }
}

fn append(path: &Path, line: String) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().create(true).append(true).read(true).open(path)?;
    let mut bytes = line.into_bytes();
    bytes.push(b'\n');
    let length = file.metadata()?.len();
    // A disk that was full, or a kill in the middle of a write, leaves half a line behind. It stays alone.
    if length > 0 && !ends_with_a_line_break(&mut file)? {
        bytes.insert(0, b'\n');
    }
    file.write_all(&bytes)?;
    file.sync_data()?;
    if length == 0 {
        sync_folder_of(path)?;
    }
    Ok(())
}

fn ends_with_a_line_break(file: &mut fs::File) -> io::Result<bool> {
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// A new file is on disk once its folder is.
fn sync_folder_of(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        fs::File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod test {
    use super::*;

    #[tokio::test]
    async fn every_line_is_appended_even_by_many_at_once_and_after_the_file_was_moved_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.jsonl");
        let file = File::new(path.clone());
        assert!(!path.exists());
        let mut writers = tokio::task::JoinSet::new();
        let file = Arc::new(file);
        for number in 0..20 {
            let file = Arc::clone(&file);
            writers.spawn(async move { file.append(format!("line {number}")).await });
        }
        for result in writers.join_all().await {
            result.unwrap();
        }
        let text = fs::read_to_string(&path).unwrap();
        let mut lines: Vec<_> = text.lines().collect();
        lines.sort_unstable();
        let mut expected: Vec<_> = (0..20).map(|number| format!("line {number}")).collect();
        expected.sort_unstable();
        assert_eq!(lines, expected);

        fs::rename(&path, folder.path().join("old.jsonl")).unwrap();
        file.append("anew".to_owned()).await.unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "anew\n");
    }

    #[tokio::test]
    async fn half_a_line_that_was_left_behind_stays_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.jsonl");
        fs::write(&path, "{\"half\":").unwrap();
        let file = File::new(path.clone());
        file.append("1".to_owned()).await.unwrap();
        file.append("2".to_owned()).await.unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "{\"half\":\n1\n2\n");
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("missing/out.jsonl");
        let error = File::new(path.clone()).append("1".to_owned()).await.unwrap_err();
        assert_eq!(error.to_string(), format!("cannot append to {}", path.display()));
        assert!(error.is_transient());
    }
}
