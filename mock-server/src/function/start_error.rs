//! Why a function cannot be set up.

use std::{error::Error, io, net::SocketAddr, path::PathBuf};

use crate::clock::PausedClock;

/// Why a function cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// There is no such file or folder.
    #[error("there is no {}", path.display())]
    Missing {
        /// The file or folder.
        path: PathBuf,
    },
    /// The file or folder cannot be looked at.
    #[error("cannot look at {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// What should be a folder is none.
    #[error("{} is not a folder", path.display())]
    NotAFolder {
        /// The file.
        path: PathBuf,
    },
    /// The file is a folder, or may not be executed.
    #[error("{} is not an executable file", path.display())]
    NotExecutable {
        /// The file.
        path: PathBuf,
    },
    /// Two extensions have the same file name, which is what tells them apart.
    #[error("there is another extension with the file name of {}", path.display())]
    SameName {
        /// The second of the two.
        path: PathBuf,
    },
    /// Lambda takes ten extensions at most.
    #[error("there are more than 10 extensions")]
    TooManyExtensions,
    /// One of the service's APIs cannot listen where it should.
    #[error("the {api} cannot listen on {address}")]
    Bind {
        /// Which.
        api: &'static str,
        /// Where.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// A front has a route that is none.
    #[error("the route \"{route}\" is none, such as GET /orders/{{id}}, ANY /{{proxy+}} or $default")]
    Route {
        /// As it was given.
        route: String,
    },
    /// Virtual time does not go together with processes.
    #[error(transparent)]
    PausedClock(#[from] PausedClock),
    /// Lambda takes no such name for an environment variable.
    #[error(
        "{name:?} cannot be the name of an environment variable: \
         a name is a letter followed by letters, digits and underscores"
    )]
    VariableName {
        /// The name.
        name: String,
    },
    /// The function's own environment variables are larger than 4 KB.
    #[error(
        "Lambda was unable to configure your environment variables because the environment variables you have \
         provided exceeded the 4KB limit. String measured: {measured}"
    )]
    VariablesTooLarge {
        /// The variables as JSON.
        measured: String,
    },
    /// Only Linux tells how much memory a process uses.
    #[error("memory can be enforced on Linux only")]
    MemoryNotMeasured,
    /// Processes need Unix.
    #[error("processes need Unix; run the function in process")]
    NotUnix,
}

impl StartError {
    /// The message with what the operating system said.
    pub(super) fn with_source(&self) -> String {
        self.source().map_or_else(|| self.to_string(), |source| format!("{self}: {source}"))
    }
}
