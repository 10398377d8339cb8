//! Deployment packages and layers, unpacked into folders as Lambda does it.
//!
//! [`Unpacker`] takes zips and folders: `zip` reads the former, `place` puts files where they belong and nowhere else.
//! A zip may come from anywhere, so nothing that stands in it reaches beyond the folder it is unpacked into, and no more
//! than a function may have is written. Nothing is unpacked in memory, and nothing is removed after a failure: unpack
//! into a folder that can be thrown away.
//!
//! With the feature `management`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use lambda_api::limits;

mod place;
#[cfg(test)]
mod test;
mod zip;

use place::{Name, Root};

/// Why a package or a layer cannot be unpacked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnpackError {
    /// A file or folder cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file, folder or link cannot be made.
    #[error("cannot write {}", path.display())]
    Unwritable {
        /// What cannot be made.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The file is no zip, or only a part of one, or not what it was.
    #[error("{} is not a zip, or damaged{}", zip.display(), entry.as_ref().map(|entry| format!(" in {entry:?}")).unwrap_or_default())]
    Damaged {
        /// The file.
        zip: PathBuf,
        /// What in it, if that is known.
        entry: Option<String>,
        /// What is wrong.
        source: io::Error,
    },
    /// A name in a zip is absolute, has `..` in it, or is none.
    #[error("the name {entry:?} in {} does not lead into the folder", zip.display())]
    Outside {
        /// The file.
        zip: PathBuf,
        /// The name.
        entry: String,
    },
    /// A symbolic link does not stay in the folder, or cannot be told to.
    #[error("the link {link:?} in {} leads to {target:?}, out of the folder", from.display())]
    LinkOutside {
        /// The zip or folder that has the link.
        from: PathBuf,
        /// The link.
        link: String,
        /// Where it leads.
        target: String,
    },
    /// Something in a zip that Lambda's packages do not have.
    #[error("{entry:?} in {} is {what}", zip.display())]
    Unsupported {
        /// The file.
        zip: PathBuf,
        /// What in it.
        entry: String,
        /// What is not supported about it.
        what: &'static str,
    },
    /// There is more than a function may have with all its layers. The text is Lambda's.
    #[error("Unzipped size must be smaller than {} bytes", limits::UNZIPPED_BYTES)]
    TooLarge,
}

/// Unpacks the code and the layers of one function, which together may have 262144000 bytes.
///
/// Source: [quotas](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
///
/// ```
/// use std::fs;
/// use mock_server::unpack::Unpacker;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let layers = tempfile::tempdir()?;
/// for (layer, text) in [("first", "one"), ("second", "two")] {
///     fs::create_dir(layers.path().join(layer))?;
///     fs::write(layers.path().join(layer).join("settings"), text)?;
/// }
/// let opt = tempfile::tempdir()?;
/// let mut unpacker = Unpacker::new();
/// unpacker.merge(["first", "second"].map(|layer| layers.path().join(layer)), opt.path())?;
/// assert_eq!(fs::read_to_string(opt.path().join("settings"))?, "two");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Unpacker {
    bytes: u64,
    most: u64,
}

impl Default for Unpacker {
    fn default() -> Self {
        Self { bytes: 0, most: limits::UNZIPPED_BYTES as u64 }
    }
}

impl Unpacker {
    /// An unpacker that has unpacked nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many bytes of files have been unpacked so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Unpacks a zip, or copies a folder, into a folder, which is made if it is not there.
    ///
    /// What is there already stays, unless something of the same name is unpacked. The permissions of files are kept;
    /// folders are accessible to all. A symbolic link is kept if it is relative and has `..` only at its beginning, and
    /// stays in the folder; only from a folder, one that leads to a file elsewhere becomes that file.
    ///
    /// # Errors
    ///
    /// [`UnpackError`], with what has been unpacked so far left where it is.
    pub fn unpack(&mut self, from: impl AsRef<Path>, into: impl AsRef<Path>) -> Result<(), UnpackError> {
        let (from, root) = (from.as_ref(), Root::new(into.as_ref())?);
        let unreadable = |source| UnpackError::Unreadable { path: from.to_owned(), source };
        if fs::metadata(from).map_err(unreadable)?.is_dir() {
            self.copy(from, &root, &Name::default())
        } else {
            zip::unpack(from, &root, self)
        }
    }

    /// Unpacks layers into one folder, as they are in `/opt`: of files of the same name the last one stays.
    ///
    /// # Errors
    ///
    /// As [`unpack`](Self::unpack).
    pub fn merge(
        &mut self,
        layers: impl IntoIterator<Item = impl AsRef<Path>>,
        into: impl AsRef<Path>,
    ) -> Result<(), UnpackError> {
        let into = into.as_ref();
        layers.into_iter().try_for_each(|layer| self.unpack(layer, into))
    }

    /// Copies what is in a part of a folder.
    fn copy(&mut self, from: &Path, root: &Root<'_>, part: &Name) -> Result<(), UnpackError> {
        let folder = from.join(part.path());
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            |source| UnpackError::Unreadable { path, source }
        };
        root.folder(part)?;
        let entries = fs::read_dir(&folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let mut entries = entries.map_err(unreadable(&folder))?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let (path, name) = (entry.path(), part.join(entry.file_name()));
            let kind = entry.file_type().map_err(unreadable(&path))?;
            if kind.is_dir() {
                self.copy(from, root, &name)?;
                continue;
            }
            if kind.is_symlink() {
                let target = fs::read_link(&path).map_err(unreadable(&path))?;
                if name.may_link_to(&target) {
                    root.link(&name, &target)?;
                    continue;
                }
                // A build often has links to what it has made elsewhere; a zip of it has the file itself.
                if !path.is_file() {
                    let (from, link) = (from.to_owned(), name.to_string());
                    let target = target.display().to_string();
                    return Err(UnpackError::LinkOutside { from, link, target });
                }
            }
            let file = fs::File::open(&path).map_err(unreadable(&path))?;
            let mode = place::mode(&file.metadata().map_err(unreadable(&path))?);
            self.write(root, &name, mode, file, unreadable(&path))?;
        }
        Ok(())
    }

    /// Writes a file, unless it is too much.
    fn write(
        &mut self,
        root: &Root<'_>,
        name: &Name,
        mode: u32,
        mut content: impl io::Read,
        unreadable: impl FnOnce(io::Error) -> UnpackError,
    ) -> Result<(), UnpackError> {
        let mut file = root.file(name)?;
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let read = match content.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(unreadable(error)),
            };
            self.bytes += read as u64;
            if self.bytes > self.most {
                return Err(UnpackError::TooLarge);
            }
            file.write(&buffer[..read])?;
        }
        file.finish(mode)
    }
}
