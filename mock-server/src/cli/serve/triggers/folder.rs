//! A bucket that is a folder: what is put into it, changed or deleted there, the bucket tells.
//!
//! The folder is looked at again and again, which works the same on every file system. A file is told of when it has stood
//! still for one look, so that half of it is not. What is there at the beginning is not news.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use md5::{Digest, Md5};
use mock_server::{Bucket, core::trigger::bucket::EventName};
use tokio::time::sleep;

/// How often the folder is looked at.
const LOOK: Duration = Duration::from_millis(200);

/// What can be seen of files without reading them, by key: the path in the folder, with strokes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Look {
    files: BTreeMap<String, (u64, SystemTime)>,
}

impl Look {
    /// Fails if there is no such folder.
    pub(super) fn first(folder: &Path) -> io::Result<Self> {
        let mut look = Self::default();
        look.walk(folder, "")?;
        Ok(look)
    }

    /// What is gone by now is passed over; anything else that cannot be looked at spoils the look, for nobody knows what is there.
    fn walk(&mut self, folder: &Path, prefix: &str) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let key = format!("{prefix}{}", entry.file_name().to_string_lossy());
            // Links are not followed: they may go round in circles.
            let Some(metadata) = unless_gone(entry.metadata())? else { continue };
            if metadata.is_dir() {
                unless_gone(self.walk(&entry.path(), &format!("{key}/")))?;
            } else if metadata.is_file() {
                self.files.insert(key, (metadata.len(), metadata.modified()?));
            }
        }
        Ok(())
    }
}

fn unless_gone<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Looks for as long as it is polled.
pub(super) async fn watch(folder: PathBuf, mut told: Look, bucket: Bucket) {
    let (mut last, mut problem) = (told.clone(), None);
    loop {
        sleep(LOOK).await;
        // Not on the thread on which functions are served.
        let looked = {
            let (folder, last, told) = (folder.clone(), last.clone(), told.clone());
            tokio::task::spawn_blocking(move || look(&folder, &last, &told)).await
        };
        let Ok(looked) = looked else { return };
        let (now, settled) = match looked {
            Ok(looked) => looked,
            Err(error) => {
                // Told once for as long as it stays the same.
                let text = error.to_string();
                if problem.as_ref() != Some(&text) {
                    let _closed = writeln!(io::stderr(), "note: {}: {text}", folder.display());
                    problem = Some(text);
                }
                continue;
            }
        };
        problem = None;
        for (key, seen, content) in settled {
            told.files.insert(key.clone(), seen);
            match content {
                Ok((size, etag)) => {
                    bucket.happened(EventName::ObjectCreatedPut, &key, Some(size), Some(etag));
                }
                Err(error) => {
                    let _closed = writeln!(io::stderr(), "note: {}/{key}: {error}", folder.display());
                }
            }
        }
        told.files.retain(|key, _| {
            let is_there = now.files.contains_key(key);
            if !is_there {
                bucket.delete(key);
            }
            is_there
        });
        last = now;
    }
}

/// A file that has stood still and was not told of, with its size and entity tag.
type Settled = (String, (u64, SystemTime), io::Result<(u64, String)>);

fn look(folder: &Path, last: &Look, told: &Look) -> io::Result<(Look, Vec<Settled>)> {
    // A folder that is gone has no files.
    let now = unless_gone(Look::first(folder))?.unwrap_or_default();
    let has_settled =
        |key: &str, seen| last.files.get(key) == Some(seen) && told.files.get(key) != Some(seen);
    let settled = now.files.iter().filter(|(key, seen)| has_settled(key, seen));
    let settled = settled.map(|(key, seen)| (key.clone(), *seen, read(&folder.join(key)))).collect();
    Ok((now, settled))
}

/// How much of a file is in memory at once.
const PIECE: usize = 64 * 1024;

/// The size of a file, and the MD5 of what is in it.
fn read(path: &Path) -> io::Result<(u64, String)> {
    let (mut file, mut digest, mut size) = (fs::File::open(path)?, Md5::new(), 0);
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece)? {
            0 => break,
            length => {
                digest.update(&piece[..length]);
                size += u64::try_from(length).unwrap_or(u64::MAX);
            }
        }
    }
    Ok((size, digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()))
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn files_in_folders_have_keys_with_strokes_and_links_are_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("in/deep")).unwrap();
        fs::write(folder.path().join("in/deep/a b.txt"), "hello").unwrap();
        fs::write(folder.path().join("c"), "").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.path(), folder.path().join("in/circle")).unwrap();
        let look = Look::first(folder.path()).unwrap();
        let seen: Vec<_> = look.files.iter().map(|(key, (bytes, _))| (key.as_str(), *bytes)).collect();
        assert_eq!(seen, [("c", 0), ("in/deep/a b.txt", 5)]);
        assert!(Look::first(&folder.path().join("nowhere")).is_err());
    }
}
