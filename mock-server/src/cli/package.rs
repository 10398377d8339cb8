//! The command `package`: a zip of a function or of a layer, as Lambda takes it, and the same one each time.
//!
//! Everything is put together in a folder of its own first (`stage`), so that what is checked is what is written. Whether a
//! program runs on Lambda is looked up in `program`, which reads executables by way of `elf`; `archive` writes the zip. Nothing
//! is uploaded.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use clap::Args;
use lambda_api::limits;
use mock_server::unpack::UnpackError;

use super::{End, Error, build, config::Architecture};

mod archive;
mod elf;
mod program;
mod stage;
#[cfg(test)]
mod test;

use program::{Program, ProgramError, Runtime};
use stage::Stage;

/// Examples, and what the zip has.
pub(super) const HELP: &str = "Examples:\n  \
    mock-server package --bin hello --release --output hello.zip\n  \
    mock-server package --bootstrap ./bootstrap --include assets --architecture arm64 --output function.zip\n  \
    mock-server package --extension target/release/audit --output layer.zip\n\n\
    The zip has the same bytes whenever and wherever it is made of the same files: they are in the order of their names, all \
    of 1 January 1980, and programs (ELF files and scripts that begin with #!) have the mode 755 and other files 644. \
    Symbolic links stay links if they lead to something beside them; empty folders are left out.";

#[derive(Debug, Args)]
pub(super) struct Package {
    #[command(flatten)]
    content: Content,
    /// With --bin: build it optimised.
    #[arg(long, conflicts_with_all = ["bootstrap", "extensions", "layer"])]
    release: bool,
    /// Put what is in this folder beside the bootstrap; may be given more than once, and of files of the same name the last
    /// one stays.
    #[arg(long = "include", value_name = "FOLDER", conflicts_with_all = ["extensions", "layer"])]
    include: Vec<PathBuf>,
    /// The processor that the function is for; the one that its programs are for if not given.
    #[arg(long, value_enum)]
    architecture: Option<Architecture>,
    /// The runtime of the function, which tells what is there for its programs.
    #[arg(long, value_enum, default_value = "provided.al2023")]
    runtime: Runtime,
    /// Where the zip is to be. A file that is there is replaced, and stays as it is if there is an error.
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct Content {
    /// Build this binary of the cargo workspace here, and make it the bootstrap.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["bootstrap", "extensions", "layer"])]
    bin: Option<String>,
    /// The bootstrap, which may have any name here, or a folder with a file bootstrap in it.
    #[arg(long, value_name = "PATH", conflicts_with_all = ["extensions", "layer"])]
    bootstrap: Option<PathBuf>,
    /// Make a layer with this external extension; may be given more than once.
    #[arg(long = "extension", value_name = "PATH")]
    extensions: Vec<PathBuf>,
    /// Make a layer of this folder, which is laid out as /opt.
    #[arg(long, value_name = "FOLDER")]
    layer: Option<PathBuf>,
}

/// Why there is no zip.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PackageError {
    #[error("cannot put the package together")]
    Folder(#[source] io::Error),
    #[error("{} is not a file", path.display())]
    NotAFile { path: PathBuf },
    #[error("{} is not a folder", path.display())]
    NotAFolder { path: PathBuf },
    #[error("cannot read {}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("there is no file bootstrap in {}", folder.display())]
    NoBootstrap { folder: PathBuf },
    #[error("there are two files {name} for the package")]
    Twice { name: String },
    #[error("the name {name:?} is not UTF-8")]
    Name { name: PathBuf },
    #[error("{} is in {}, and would be a part of itself", output.display(), folder.display())]
    Itself { output: PathBuf, folder: PathBuf },
    #[error("there are {count} extensions in the layer, and Lambda runs {} at most", limits::EXTENSIONS)]
    Extensions { count: usize },
    #[error("there is nothing in the package")]
    Empty,
    #[error("{} {why}", path.display())]
    Program { path: PathBuf, why: Box<ProgramError> },
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    #[error("cannot write {}", path.display())]
    Unwritable { path: PathBuf, source: io::Error },
}

impl Package {
    pub(super) fn run(self) -> Result<End, Error> {
        let bootstrap = match (&self.content.bin, &self.content.bootstrap) {
            (Some(bin), _) => Some(build::executable(bin, self.release)?),
            (None, bootstrap) => bootstrap.clone(),
        };
        self.make(bootstrap.as_deref())?;
        Ok(End::Success)
    }

    fn make(&self, bootstrap: Option<&Path>) -> Result<(), PackageError> {
        let folders = self.include.iter().chain(&self.content.layer);
        for folder in folders.map(PathBuf::as_path).chain(bootstrap.filter(|path| path.is_dir())) {
            self.check_folder(folder)?;
        }
        let mut stage = Stage::new()?;
        match bootstrap {
            Some(bootstrap) => stage.function(bootstrap, &self.include)?,
            None => stage.layer(self.content.layer.as_deref(), &self.content.extensions)?,
        }
        let files = stage.files()?;
        self.check(&stage, &files)?;
        self.write(&stage, &files)
    }

    /// A folder with the zip in it would make another one each time.
    fn check_folder(&self, folder: &Path) -> Result<(), PackageError> {
        if !folder.is_dir() {
            return Err(PackageError::NotAFolder { path: folder.to_owned() });
        }
        let real = |path: &Path| {
            fs::canonicalize(path)
                .map_err(|source| PackageError::Unreadable { path: path.to_owned(), source })
        };
        if real(parent(&self.output))?.starts_with(real(folder)?) {
            return Err(PackageError::Itself { output: self.output.clone(), folder: folder.to_owned() });
        }
        Ok(())
    }

    /// What Lambda would refuse, or fail to start.
    fn check(&self, stage: &Stage, files: &stage::Files) -> Result<(), PackageError> {
        if files.bytes() > limits::UNZIPPED_BYTES as u64 {
            return Err(UnpackError::TooLarge.into());
        }
        let mut wanted = self.architecture;
        for (name, path) in stage.programs(files)? {
            let failed = |why| PackageError::Program { path: path.clone(), why: Box::new(why) };
            let program = Program::read(&stage.read(&name)?).map_err(failed)?;
            program.check(wanted, self.runtime).map_err(failed)?;
            // All are for the same one.
            wanted = wanted.or_else(|| program.architecture());
            for library in program.other_libraries().filter(|library| !files.has_file_named(library)) {
                warn(&format!("{} needs {library}, which is not in the package", path.display()));
            }
        }
        Ok(())
    }

    /// Writes a file beside the wanted one, which it becomes when it is whole.
    fn write(&self, stage: &Stage, files: &stage::Files) -> Result<(), PackageError> {
        let unwritable = |source| PackageError::Unwritable { path: self.output.clone(), source };
        let file = tempfile::Builder::new()
            .prefix(".package-")
            .suffix(".zip")
            // As any new file; what the user's mask forbids is taken away.
            .permissions(fs::Permissions::from_mode(0o666))
            .tempfile_in(parent(&self.output))
            .map_err(unwritable)?;
        let written = archive::write(io::BufWriter::new(&file), stage, files).map_err(unwritable)?;
        file.as_file().sync_all().map_err(unwritable)?;
        file.persist(&self.output).map_err(|error| unwritable(error.error))?;
        let output = self.output.display();
        if let Some(warning) = upload_warning(&self.output, written.bytes) {
            warn(&warning);
        }
        let (bytes, hash) = (written.bytes, written.code_sha256);
        // A reader that has gone does not want it.
        let _closed = writeln!(io::stdout(), "{output} {bytes} bytes CodeSha256 {hash}");
        Ok(())
    }
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

fn upload_warning(output: &Path, bytes: u64) -> Option<String> {
    let (output, most) = (output.display(), limits::ZIPPED_BYTES);
    (bytes > most as u64).then(|| {
        format!("{output} has more than the {most} bytes that Lambda takes directly: put it into a bucket")
    })
}

fn warn(text: &str) {
    let _closed = writeln!(io::stderr(), "warning: {text}");
}
