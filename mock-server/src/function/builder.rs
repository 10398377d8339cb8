//! Describes a function: its configuration and its code.

use std::{
    collections::BTreeMap,
    fmt,
    future::Future,
    io,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use lambda_api::{limits, transport::RuntimeApi};
use tokio::sync::Notify;

use super::{Function, Inner, LATEST, Limits, Pool};
use crate::{
    clock::{self, PausedClock},
    core::{Initialization, Settings},
    guest::{Code, Executable, ExtensionExecutable},
    service::{Registry, World},
    variables,
};

/// Why a function cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// There is no such file.
    #[error("there is no file {}", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be looked at.
    #[error("cannot look at {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
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
    /// Virtual time does not go together with processes.
    #[error(transparent)]
    PausedClock(#[from] PausedClock),
    /// Processes need Unix.
    #[error("processes need Unix; run the function in process")]
    NotUnix,
}

/// A function on its way; ends with [`in_process`](Self::in_process) or [`bootstrap`](Self::bootstrap).
#[must_use = "a function exists once its code is given"]
pub struct FunctionBuilder {
    world: Arc<World>,
    registry: Arc<Registry>,
    name: String,
    handler: String,
    settings: Settings,
    environment: BTreeMap<String, String>,
    runtime_api: Option<SocketAddr>,
    extensions: Vec<PathBuf>,
    reserved_concurrency: Option<usize>,
    /// How many invocations an environment takes at once.
    max_concurrency: usize,
}

impl fmt::Debug for FunctionBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FunctionBuilder").field("name", &self.name).finish_non_exhaustive()
    }
}

impl FunctionBuilder {
    pub(crate) fn new(world: Arc<World>, registry: Arc<Registry>, name: String) -> Self {
        Self {
            world,
            registry,
            name,
            handler: "bootstrap".to_owned(),
            settings: Settings::default(),
            environment: BTreeMap::new(),
            runtime_api: None,
            extensions: Vec::new(),
            reserved_concurrency: None,
            max_concurrency: 1,
        }
    }

    /// How long an invocation may take; 3 s if not set.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = timeout;
        self
    }

    /// How long the init phase may take; if not set, 10 s on demand and at least 130 s elsewhere, as on Lambda.
    pub fn init_timeout(mut self, timeout: Duration) -> Self {
        self.settings.init_timeout = Some(timeout);
        self
    }

    /// How many invocations of the function there may be at once; an invoke beyond is refused, as with Lambda's
    /// reserved concurrency.
    pub fn reserved_concurrency(mut self, invocations: usize) -> Self {
        self.reserved_concurrency = Some(invocations);
        self
    }

    /// Runs the function as on Lambda Managed Instances: one environment takes up to this many invocations at
    /// once, from as many calls to next as the runtime likes to make.
    ///
    /// An invocation that takes too long is answered, and its process goes on; a process that ends takes its
    /// environment with it. Extensions are not told of invokes.
    pub fn max_concurrency(mut self, invocations: usize) -> Self {
        self.settings.initialization = Initialization::ManagedInstances;
        self.max_concurrency = invocations.max(1);
        self
    }

    /// Runs the function as with SnapStart: init ends with a snapshot, which the first invoke of an environment
    /// restores, or [`Function::restore`].
    ///
    /// A process is not copied here: each environment has its own init, and its one process waits where the
    /// snapshot is taken.
    pub fn snap_start(mut self) -> Self {
        self.settings.initialization = Initialization::SnapStart;
        self
    }

    /// Stops the processes while the function has nothing to do, as Lambda does: SIGSTOP after an invocation,
    /// SIGCONT before the next. Not for a function in this process.
    pub fn freeze(mut self) -> Self {
        self.settings.freezes = true;
        self
    }

    /// The function's memory in MB; 128 if not set. It is reported, not enforced.
    pub fn memory_mb(mut self, memory_mb: u32) -> Self {
        self.settings.memory_mb = memory_mb;
        self
    }

    /// The configured handler, `_HANDLER`; `bootstrap` if not set.
    pub fn handler(mut self, handler: impl Into<String>) -> Self {
        self.handler = handler.into();
        self
    }

    /// Adds an environment variable of the function's own. Lambda's reserved variables cannot be replaced.
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// Where processes reach the Runtime API; a free port on the loopback for each environment if not set.
    ///
    /// With a fixed address there is one environment, and invokes wait for each other. A function in this
    /// process needs no address, and makes nothing of this one.
    pub fn runtime_api(mut self, address: SocketAddr) -> Self {
        self.runtime_api = Some(address);
        self
    }

    /// Adds an external extension: an executable, whose file name is the extension's name.
    ///
    /// Extensions are launched before the runtime, in the order of their names, as Lambda does with the
    /// files in `/opt/extensions`; the runtime follows when all have registered. Unix only.
    pub fn extension(mut self, path: impl Into<PathBuf>) -> Self {
        self.extensions.push(path.into());
        self
    }

    /// Runs the function as a future in this process, over memory instead of sockets.
    ///
    /// The closure is a whole bootstrap: it is called again for each new execution environment and after
    /// each reset. Killing it means dropping its future, so a loop that never waits cannot be killed. Under
    /// tokio's paused time a 15-minute time-out takes milliseconds. With [`extension`](Self::extension)s, which
    /// are processes, time has to flow; an extension that cannot be started fails the init phase.
    pub fn in_process<F, Fut, E>(self, bootstrap: F) -> Function
    where
        F: Fn(RuntimeApi) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: fmt::Debug,
    {
        let code = Code::InProcess(Box::new(move |api| {
            let running = bootstrap(api);
            // In the words of the standard library for a main that returns an error.
            Box::pin(async move { running.await.map_err(|error| format!("Error: {error:?}")) })
        }));
        let extensions = self.extensions.clone();
        self.build(code, extensions)
    }

    /// Runs an executable, which may be any: a binary that uses a runtime client, or a script.
    ///
    /// Unix only.
    ///
    /// # Errors
    ///
    /// [`StartError`] if there is nothing to execute, if the Runtime API cannot listen, or if tokio's time
    /// is paused.
    pub fn bootstrap(self, path: impl AsRef<Path>) -> Result<Function, StartError> {
        if cfg!(not(unix)) {
            return Err(StartError::NotUnix);
        }
        if clock::is_paused() {
            return Err(PausedClock.into());
        }
        let absolute = executable(path.as_ref())?;
        let extensions: Result<Vec<_>, _> = self.extensions.iter().map(|path| executable(path)).collect();
        let extensions = extensions?;
        if extensions.len() > limits::EXTENSIONS {
            return Err(StartError::TooManyExtensions);
        }
        for (at, path) in extensions.iter().enumerate() {
            if extensions[..at].iter().any(|other| other.file_name() == path.file_name()) {
                return Err(StartError::SameName { path: path.clone() });
            }
        }
        let listener = match self.runtime_api {
            None => None,
            Some(address) => {
                let bound = TcpListener::bind(address);
                Some(Arc::new(bound.map_err(|source| StartError::Bind {
                    api: "Runtime API",
                    address,
                    source,
                })?))
            }
        };
        Ok(self.build(Code::Executable(Executable { path: absolute, listener }), extensions))
    }

    fn build(mut self, code: Code, extensions: Vec<PathBuf>) -> Function {
        let mut extensions: Vec<ExtensionExecutable> = extensions
            .into_iter()
            .map(|path| {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                ExtensionExecutable { name, path }
            })
            .collect();
        extensions.sort_by(|one, other| one.name.cmp(&other.name));
        self.settings.extensions = extensions.iter().map(|extension| extension.name.clone()).collect();
        self.settings.function.function_name.clone_from(&self.name);
        self.settings.function.function_version = LATEST.to_owned();
        self.settings.function.handler.clone_from(&self.handler);
        self.settings.account_id = variables::ACCOUNT_ID.to_owned();
        let arn =
            format!("arn:aws:lambda:{}:{}:function:{}", variables::REGION, variables::ACCOUNT_ID, self.name);
        self.settings.function_arn.clone_from(&arn);
        self.settings.has_telemetry = !self.world.profile.quirks().has_no_telemetry;
        let has_fixed_address = matches!(&code, Code::Executable(Executable { listener: Some(_), .. }));
        let variables = variables::for_runtime(&variables::Describe {
            function_name: &self.name,
            version: LATEST,
            handler: &self.handler,
            memory_mb: self.settings.memory_mb,
            task_root: match &code {
                Code::Executable(executable) => executable.path.parent(),
                Code::InProcess(_) => None,
            },
            own: &self.environment,
        });
        let is_managed = self.settings.initialization == Initialization::ManagedInstances;
        // There is one of what has one address, and managed instances are not started by an invoke.
        let most = if has_fixed_address || is_managed { 1 } else { limits::ACCOUNT_CONCURRENCY };
        let scale = Limits {
            environments: self.reserved_concurrency.unwrap_or(most).min(most),
            concurrency: self.max_concurrency,
            is_reserved: most == 1 || self.reserved_concurrency.is_some(),
        };
        let inner = Arc::new(Inner {
            world: self.world,
            name: self.name,
            arn,
            settings: self.settings,
            variables: Arc::new(variables),
            code: Arc::new(code),
            extensions: Arc::new(extensions),
            pool: Mutex::new(Pool::new(scale)),
            ended: Notify::new(),
        });
        self.registry.insert(&inner.name, Arc::clone(&inner));
        Function::new(inner)
    }
}

/// The absolute path of a file that can be executed. A link keeps its own name, which may matter: it is the
/// name of an extension.
fn executable(path: &Path) -> Result<PathBuf, StartError> {
    match path.metadata() {
        Ok(_) if is_executable(path) => {}
        Ok(_) => return Err(StartError::NotExecutable { path: path.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(StartError::Missing { path: path.to_owned() });
        }
        Err(source) => return Err(StartError::Unreadable { path: path.to_owned(), source }),
    }
    std::path::absolute(path).map_err(|source| StartError::Unreadable { path: path.to_owned(), source })
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;

    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}
