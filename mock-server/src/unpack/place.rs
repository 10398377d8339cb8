//! Names that lead into a folder, and files, folders and links of these names.
//!
//! No link is followed on the way to a name, and what is in the way is removed: a later layer overrides. So a name in a
//! zip cannot lead out of the folder by way of a link that the same zip has brought.

use std::{
    ffi::OsString,
    fmt, fs,
    io::{self, Write},
    path::{Component, Path, PathBuf},
};

use super::UnpackError;

/// The way from a folder to something in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Name(Vec<OsString>);

impl Name {
    /// From the name in a zip; none if it does not lead into a folder.
    pub(super) fn new(text: &str) -> Option<Self> {
        let parts = Path::new(text).components().filter(|part| *part != Component::CurDir);
        let parts = parts.map(|part| match part {
            Component::Normal(part) if !text.contains('\0') => Some(part.to_owned()),
            _ => None,
        });
        parts.collect::<Option<_>>().map(Self)
    }

    pub(super) fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn join(&self, part: impl Into<OsString>) -> Self {
        let mut parts = self.0.clone();
        parts.push(part.into());
        Self(parts)
    }

    pub(super) fn path(&self) -> PathBuf {
        self.0.iter().collect()
    }

    /// Whether a link of this name that leads there stays in the folder.
    ///
    /// Above the link are only folders, no links, so that its first `..` are what they seem to be. Behind a name `..`
    /// may be anything, for the name may be that of a link.
    pub(super) fn may_link_to(&self, target: &Path) -> bool {
        let mut above = self.0.len().saturating_sub(1);
        let mut is_down = false;
        let mut parts = target.components().filter(|part| *part != Component::CurDir);
        !target.as_os_str().is_empty()
            && parts.all(|part| match part {
                Component::Normal(_) => {
                    is_down = true;
                    true
                }
                Component::ParentDir if !is_down && above > 0 => {
                    above -= 1;
                    true
                }
                _ => false,
            })
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path().display().fmt(f)
    }
}

/// The folder that is unpacked into.
#[derive(Debug)]
pub(super) struct Root<'a>(&'a Path);

impl<'a> Root<'a> {
    pub(super) fn new(path: &'a Path) -> Result<Self, UnpackError> {
        fs::create_dir_all(path).map_err(unwritable(path))?;
        Ok(Self(path))
    }

    /// Makes a folder with all above it.
    pub(super) fn folder(&self, name: &Name) -> Result<PathBuf, UnpackError> {
        self.folders(&name.0)
    }

    /// Opens a new file.
    pub(super) fn file(&self, name: &Name) -> Result<NewFile, UnpackError> {
        let path = self.free(name)?;
        let file = fs::OpenOptions::new().write(true).create_new(true).open(&path);
        Ok(NewFile { file: file.map_err(unwritable(&path))?, path })
    }

    /// Makes a symbolic link.
    pub(super) fn link(&self, name: &Name, target: &Path) -> Result<(), UnpackError> {
        let path = self.free(name)?;
        symlink(target, &path).map_err(unwritable(&path))
    }

    fn folders(&self, parts: &[OsString]) -> Result<PathBuf, UnpackError> {
        let mut path = self.0.to_owned();
        for part in parts {
            path.push(part);
            match fs::symlink_metadata(&path) {
                Ok(there) if there.is_dir() => continue,
                Ok(_) => fs::remove_file(&path).map_err(unwritable(&path))?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(unwritable(&path)(error)),
            }
            fs::create_dir(&path).and_then(|()| set_mode(&path, 0o755)).map_err(unwritable(&path))?;
        }
        Ok(path)
    }

    /// A path at which nothing is, in a folder that is there.
    fn free(&self, name: &Name) -> Result<PathBuf, UnpackError> {
        let Some((last, above)) = name.0.split_last() else {
            return Err(unwritable(self.0)(io::ErrorKind::IsADirectory.into()));
        };
        let path = self.folders(above)?.join(last);
        let removed = match fs::symlink_metadata(&path) {
            Ok(there) if there.is_dir() => fs::remove_dir_all(&path),
            Ok(_) => fs::remove_file(&path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        };
        removed.map_err(unwritable(&path))?;
        Ok(path)
    }
}

/// A file that is being written.
#[derive(Debug)]
pub(super) struct NewFile {
    file: fs::File,
    path: PathBuf,
}

impl NewFile {
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), UnpackError> {
        self.file.write_all(bytes).map_err(unwritable(&self.path))
    }

    /// Gives the file its permissions.
    pub(super) fn finish(self, mode: u32) -> Result<(), UnpackError> {
        set_mode(&self.path, mode).map_err(unwritable(&self.path))
    }
}

fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> UnpackError {
    |source| UnpackError::Unwritable { path: path.to_owned(), source }
}

/// The permissions of a file.
#[cfg(unix)]
pub(super) fn mode(metadata: &fs::Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt;

    metadata.permissions().mode() & 0o777
}

/// The permissions of a file, of which there are none here.
#[cfg(not(unix))]
pub(super) fn mode(_: &fs::Metadata) -> u32 {
    0o755
}

#[cfg(unix)]
pub(super) fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    fs::set_permissions(path, fs::Permissions::from_mode(mode & 0o777))
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn symlink(target: &Path, path: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

#[cfg(not(unix))]
fn symlink(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
