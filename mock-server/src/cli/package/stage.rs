//! A folder in which a package is put together, laid out as the zip is to be.

use std::{
    collections::BTreeMap,
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use lambda_api::limits;
use mock_server::unpack::Unpacker;
use tempfile::TempDir;

use super::{PackageError, elf};

const BOOTSTRAP: &str = "bootstrap";
const EXTENSIONS: &str = "extensions";

/// What is to be in a package; gone when dropped.
#[derive(Debug)]
pub(super) struct Stage {
    folder: TempDir,
    /// Where something has come from that has another name in the package.
    sources: BTreeMap<String, PathBuf>,
    /// The folder that was given, for what has the name that it had there.
    given: Option<PathBuf>,
    /// Only in a layer a folder `extensions` has programs that Lambda starts.
    is_layer: bool,
}

/// What is in a package, by name.
#[derive(Debug, Default)]
pub(super) struct Files(BTreeMap<String, Kind>);

/// Something in a package.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File {
        bytes: u64,
        /// Whether it can be executed.
        is_program: bool,
    },
    /// A symbolic link that leads there.
    Link(String),
}

impl Files {
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Kind)> {
        self.0.iter().map(|(name, kind)| (name.as_str(), kind))
    }

    /// Of all files.
    pub(super) fn bytes(&self) -> u64 {
        let bytes = self.0.values().map(|kind| match kind {
            Kind::File { bytes, .. } => *bytes,
            Kind::Link(_) => 0,
        });
        bytes.sum()
    }

    /// Whether something in some folder is called so.
    pub(super) fn has_file_named(&self, name: &str) -> bool {
        self.0.keys().any(|path| path.rsplit('/').next() == Some(name))
    }
}

impl Stage {
    pub(super) fn new() -> Result<Self, PackageError> {
        let folder = TempDir::with_prefix("package-").map_err(PackageError::Folder)?;
        Ok(Self { folder, sources: BTreeMap::new(), given: None, is_layer: false })
    }

    /// A function: its bootstrap, or a folder with one, and other folders.
    pub(super) fn function(&mut self, bootstrap: &Path, include: &[PathBuf]) -> Result<(), PackageError> {
        let mut unpacker = Unpacker::new();
        for folder in include {
            unpacker.unpack(folder, self.folder.path())?;
        }
        if !bootstrap.is_dir() {
            return self.add(bootstrap, BOOTSTRAP);
        }
        if self.has(BOOTSTRAP) {
            return Err(PackageError::Twice { name: BOOTSTRAP.to_owned() });
        }
        unpacker.unpack(bootstrap, self.folder.path())?;
        if !self.folder.path().join(BOOTSTRAP).is_file() {
            return Err(PackageError::NoBootstrap { folder: bootstrap.to_owned() });
        }
        self.given = Some(bootstrap.to_owned());
        Ok(())
    }

    /// A layer: a folder that is laid out as `/opt`, and extensions.
    pub(super) fn layer(
        &mut self,
        folder: Option<&Path>,
        extensions: &[PathBuf],
    ) -> Result<(), PackageError> {
        self.is_layer = true;
        if let Some(folder) = folder {
            Unpacker::new().unpack(folder, self.folder.path())?;
            self.given = Some(folder.to_owned());
        }
        for extension in extensions {
            let name = extension.file_name().and_then(|name| name.to_str());
            let name = name.ok_or_else(|| PackageError::Name { name: extension.clone() })?;
            self.add(extension, &format!("{EXTENSIONS}/{name}"))?;
        }
        Ok(())
    }

    /// Puts a file where nothing is.
    fn add(&mut self, from: &Path, name: &str) -> Result<(), PackageError> {
        let unreadable = |source| PackageError::Unreadable { path: from.to_owned(), source };
        if !fs::metadata(from).map_err(unreadable)?.is_file() {
            return Err(PackageError::NotAFile { path: from.to_owned() });
        }
        if self.has(name) {
            return Err(PackageError::Twice { name: name.to_owned() });
        }
        let path = self.folder.path().join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(PackageError::Folder)?;
        }
        fs::copy(from, path).map_err(unreadable)?;
        self.sources.insert(name.to_owned(), from.to_owned());
        Ok(())
    }

    fn has(&self, name: &str) -> bool {
        self.folder.path().join(name).symlink_metadata().is_ok()
    }

    pub(super) fn read(&self, name: &str) -> Result<Vec<u8>, PackageError> {
        fs::read(self.folder.path().join(name))
            .map_err(|source| PackageError::Unreadable { path: self.source(name), source })
    }

    /// A file of the package.
    pub(super) fn open(&self, name: &str) -> std::io::Result<fs::File> {
        fs::File::open(self.folder.path().join(name))
    }

    /// Where something in the package has come from.
    fn source(&self, name: &str) -> PathBuf {
        let given = || self.given.as_ref().map_or_else(|| name.into(), |given| given.join(name));
        self.sources.get(name).cloned().unwrap_or_else(given)
    }

    /// What Lambda starts, in the package and where it has come from.
    pub(super) fn programs(&self, files: &Files) -> Result<Vec<(String, PathBuf)>, PackageError> {
        let is_extension = |name: &str| {
            name.strip_prefix(EXTENSIONS)
                .and_then(|name| name.strip_prefix('/'))
                .is_some_and(|name| !name.contains('/'))
        };
        let names: Vec<_> = files
            .0
            .keys()
            .filter(|name| *name == BOOTSTRAP || self.is_layer && is_extension(name))
            .cloned()
            .collect();
        let count = names.iter().filter(|name| *name != BOOTSTRAP).count();
        if count > limits::EXTENSIONS {
            return Err(PackageError::Extensions { count });
        }
        Ok(names.into_iter().map(|name| (name.clone(), self.source(&name))).collect())
    }

    /// All files and links.
    pub(super) fn files(&self) -> Result<Files, PackageError> {
        let mut files = Files::default();
        self.find(Path::new(""), "", &mut files)?;
        if files.0.is_empty() { Err(PackageError::Empty) } else { Ok(files) }
    }

    fn find(&self, part: &Path, prefix: &str, files: &mut Files) -> Result<(), PackageError> {
        let folder = self.folder.path().join(part);
        for entry in fs::read_dir(&folder).map_err(PackageError::Folder)? {
            let entry = entry.map_err(PackageError::Folder)?;
            let kind = entry.file_type().map_err(PackageError::Folder)?;
            let part = part.join(entry.file_name());
            let text = |path: &Path| {
                path.to_str().map(str::to_owned).ok_or_else(|| PackageError::Name { name: path.to_owned() })
            };
            let name = format!("{prefix}{}", text(Path::new(&entry.file_name()))?);
            if kind.is_dir() {
                self.find(&part, &format!("{name}/"), files)?;
            } else if kind.is_symlink() {
                let target = fs::read_link(entry.path()).map_err(PackageError::Folder)?;
                files.0.insert(name, Kind::Link(text(&target)?));
            } else {
                let bytes = entry.metadata().map_err(PackageError::Folder)?.len();
                let is_program = is_program(&entry.path()).map_err(PackageError::Folder)?;
                files.0.insert(name, Kind::File { bytes, is_program });
            }
        }
        Ok(())
    }
}

/// By the first bytes and not by the mode, which need not be the same on another machine.
fn is_program(path: &Path) -> std::io::Result<bool> {
    let mut beginning = Vec::new();
    fs::File::open(path)?.take(4).read_to_end(&mut beginning)?;
    Ok(elf::is_elf(&beginning) || beginning.starts_with(b"#!"))
}
