//! A bucket that is a folder: what is put into it, changed or deleted there, the bucket tells.
//!
//! The folder is looked at again and again, which works the same on every file system. A file is told of when it has stood
//! still for one look, so that half of it is not. What is there at the beginning is not news.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use mock_server::Bucket;
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

    fn walk(&mut self, folder: &Path, prefix: &str) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let key = format!("{prefix}{}", entry.file_name().to_string_lossy());
            // Links are not followed: they may go round in circles.
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_dir() {
                // It may be gone by now.
                let _gone = self.walk(&entry.path(), &format!("{key}/"));
            } else if metadata.is_file() {
                self.files.insert(key, (metadata.len(), metadata.modified()?));
            }
        }
        Ok(())
    }
}

/// Looks for as long as it is polled.
pub(super) async fn watch(folder: PathBuf, mut told: Look, bucket: Bucket) {
    let mut last = told.clone();
    loop {
        sleep(LOOK).await;
        // A folder that is gone has no files.
        let now = Look::first(&folder).unwrap_or_default();
        for (key, seen) in &now.files {
            let has_settled = last.files.get(key) == Some(seen);
            if has_settled && told.files.get(key) != Some(seen) {
                told.files.insert(key.clone(), *seen);
                if let Ok(content) = fs::read(folder.join(key)) {
                    bucket.put(key, content);
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
