//! Describes a function: its configuration and its code.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fmt,
    future::Future,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use lambda_api::{limits, transport::RuntimeApi};
use tokio::sync::Notify;

use super::{
    Function, Inner, LATEST, Limits, Pool, StartError,
    package::{self, Layers, Package, executable},
};
use crate::{
    clock::{self, PausedClock},
    core::{Initialization, Settings},
    guest::{Code, Executable, ExtensionCode, ExternalExtension, Wrapper, in_process},
    log::{LogFormat, LogLevel},
    process::CAN_BE_MEASURED,
    service::{Registry, World},
    variables,
};

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
    extensions: Vec<ExternalExtension>,
    reserved_concurrency: Option<usize>,
    /// How many invocations an environment takes at once.
    max_concurrency: usize,
    opt: Option<PathBuf>,
    wrapper: Option<Wrapper>,
    enforces_memory: bool,
    log_format: Option<LogFormat>,
    log_level: Option<LogLevel>,
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
            opt: None,
            wrapper: None,
            enforces_memory: false,
            log_format: None,
            log_level: None,
        }
    }

    /// How long an invocation may take; 3 s if not set.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = timeout;
        self
    }

    /// How long the restore of a snapshot may take, hooks included; 10 s if not set, as on Lambda.
    pub fn restore_timeout(mut self, timeout: Duration) -> Self {
        self.settings.restore_timeout = timeout;
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
        self.max_concurrency = 1;
        self
    }

    /// Stops the processes while the function has nothing to do, as Lambda does: SIGSTOP after an invocation,
    /// SIGCONT before the next. Not for a function in this process.
    pub fn freeze(mut self) -> Self {
        self.settings.freezes = true;
        self
    }

    /// The function's memory in MB; 128 if not set. It is reported, and enforced only by
    /// [`enforce_memory`](Self::enforce_memory).
    pub fn memory_mb(mut self, memory_mb: u32) -> Self {
        self.settings.memory_mb = memory_mb;
        self
    }

    /// Kills the runtime when it, with all that it has started, uses more memory than the function has.
    ///
    /// The resident memory is looked at every 20 ms, so that a little more may be used for a moment. The
    /// caller is told `signal: killed`, as on Lambda, and the timeline tells why. Extensions do not count,
    /// although on Lambda they do. Linux only, and processes only.
    pub fn enforce_memory(mut self) -> Self {
        self.enforces_memory = true;
        self
    }

    /// The configured handler, `_HANDLER`; `bootstrap` if not set.
    pub fn handler(mut self, handler: impl Into<String>) -> Self {
        self.handler = handler.into();
        self
    }

    /// Adds an environment variable of the function's own.
    ///
    /// Lambda's reserved variables cannot be replaced. All together may have 4 KB, written as JSON.
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// The configured format of the log, `AWS_LAMBDA_LOG_FORMAT`. Without it there is no such variable.
    pub fn log_format(mut self, format: LogFormat) -> Self {
        self.log_format = Some(format);
        self
    }

    /// The configured level of the function's log, `AWS_LAMBDA_LOG_LEVEL`. Without it there is no such variable,
    /// unless the format is JSON; then the level is INFO.
    pub fn log_level(mut self, level: LogLevel) -> Self {
        self.log_level = Some(level);
        self
    }

    /// Where processes reach the Runtime API; a free port on the loopback for each environment if not set.
    ///
    /// With a fixed address there is one environment, and an invoke that comes while it is busy is refused. A function in this
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
        self.extensions.push(package::extension(path.into()));
        self
    }

    /// Adds an external extension that is a future in this process, over memory instead of sockets.
    ///
    /// The closure is called again for each new execution environment and after each reset, as that of
    /// [`in_process`](Self::in_process). It has to register under the name that is given here. Beside a function in this
    /// process time may be paused, so that a whole life, shutdown included, takes no time. Telemetry is delivered over
    /// sockets, for which time has to flow.
    ///
    /// ```
    /// use std::time::Duration;
    /// use lambda_api::transport::RuntimeApi;
    /// use mock_server::MockLambda;
    ///
    /// # async fn bootstrap(_: RuntimeApi) -> Result<(), std::io::Error> { std::future::pending().await }
    /// async fn absent(_: RuntimeApi) -> Result<(), std::io::Error> {
    ///     std::future::pending().await
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() {
    /// // An extension that never registers holds up the init phase until its time is over.
    /// let function = MockLambda::new().function("held-up").extension_in_process("absent", absent).in_process(bootstrap);
    /// assert!(function.invoke("{}").await.is_timeout());
    /// # }
    /// ```
    pub fn extension_in_process<F, Fut, E>(mut self, name: impl Into<String>, extension: F) -> Self
    where
        F: Fn(RuntimeApi) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: fmt::Debug,
    {
        let code = ExtensionCode::InProcess(in_process(extension));
        self.extensions.push(ExternalExtension { name: name.into(), code });
        self
    }

    /// Adds a folder that is laid out as `/opt`, into which Lambda unpacks the layers of a function.
    ///
    /// Every file in its `extensions` is an external extension; what cannot be executed fails the init phase, as do
    /// more than ten. `bootstrap` in it is used if the function has none. Its `bin` is in `PATH` and its
    /// `lib` in `LD_LIBRARY_PATH`; the folder itself stays where it is. The folder is read once, when the
    /// function is made.
    pub fn opt(mut self, folder: impl Into<PathBuf>) -> Self {
        self.opt = Some(folder.into());
        self
    }

    /// Runs all processes of the function through another program: a sandbox, a tracer, a debugger.
    ///
    /// The program is started with the variables, the folder and the output of the process in whose place it
    /// is, and gets these arguments and then the path of the executable. A bare name is looked for in this
    /// process's `PATH`. What runs in this process is not concerned.
    pub fn wrapper(
        mut self,
        program: impl Into<PathBuf>,
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Self {
        let arguments = arguments.into_iter().map(Into::into).collect();
        self.wrapper = Some(Wrapper { program: program.into(), arguments });
        self
    }

    /// Runs the function as a future in this process, over memory instead of sockets.
    ///
    /// The closure is a whole bootstrap: it is called again for each new execution environment and after
    /// each reset. Killing it means dropping its future, so a loop that never waits cannot be killed. Under
    /// tokio's paused time a 15-minute time-out takes milliseconds. With [`extension`](Self::extension)s that
    /// are processes time has to flow; an extension that cannot be started fails the init phase, and so does
    /// anything else that [`bootstrap`](Self::bootstrap) would refuse.
    pub fn in_process<F, Fut, E>(mut self, bootstrap: F) -> Function
    where
        F: Fn(RuntimeApi) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: fmt::Debug,
    {
        let code = Code::InProcess(in_process(bootstrap));
        let extensions = self.extensions.clone();
        let prepared = self.prepare().and_then(|()| self.layers()).and_then(|(layers, more)| {
            let extensions = [extensions, more].concat();
            have_different_names(&extensions).map(|()| (layers, extensions))
        });
        match prepared {
            Ok((layers, extensions)) => self.build(code, layers.as_ref(), extensions),
            // There is nobody to tell but whoever invokes the function.
            Err(error) => self.build(Code::Unusable(error.with_source()), None, Vec::new()),
        }
    }

    /// Runs an executable, which may be any: a binary that uses a runtime client, or a script.
    ///
    /// A folder is taken for the function's package: what is started is `bootstrap` in it, or in
    /// [`opt`](Self::opt). If there is none at the moment of the start the init phase fails. Unix only.
    ///
    /// # Errors
    ///
    /// [`StartError`] if there is nothing to execute, if the Runtime API cannot listen, or if tokio's time
    /// is paused.
    pub fn bootstrap(mut self, path: impl AsRef<Path>) -> Result<Function, StartError> {
        if cfg!(not(unix)) {
            return Err(StartError::NotUnix);
        }
        if clock::is_paused() {
            return Err(PausedClock.into());
        }
        if self.enforces_memory && !CAN_BE_MEASURED {
            return Err(StartError::MemoryNotMeasured);
        }
        let extensions: Result<Vec<_>, _> = self.extensions.iter().map(checked).collect();
        let extensions = extensions?;
        if extensions.len() > limits::EXTENSIONS {
            return Err(StartError::TooManyExtensions);
        }
        self.prepare()?;
        let (layers, more) = self.layers()?;
        let package = Package::new(path.as_ref(), layers.as_ref())?;
        let extensions = [extensions, more].concat();
        have_different_names(&extensions)?;
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
        Ok(self.build(Code::Executable(Executable { package, listener }), layers.as_ref(), extensions))
    }

    fn prepare(&mut self) -> Result<(), StartError> {
        variables::check(&self.environment)?;
        if let Some(wrapper) = &mut self.wrapper {
            wrapper.program = package::program(&wrapper.program)?;
        }
        Ok(())
    }

    /// What the layers bring.
    fn layers(&self) -> Result<(Option<Layers>, Vec<ExternalExtension>), StartError> {
        let Some(folder) = &self.opt else { return Ok((None, Vec::new())) };
        let layers = Layers::new(folder)?;
        let extensions = layers.extensions()?.into_iter().map(package::extension).collect();
        Ok((Some(layers), extensions))
    }

    fn build(
        mut self,
        code: Code,
        layers: Option<&Layers>,
        mut extensions: Vec<ExternalExtension>,
    ) -> Function {
        let are_extensions_disabled = layers.is_some_and(Layers::disable_extensions);
        if are_extensions_disabled {
            extensions.clear();
        }
        // That of their launch.
        extensions.sort_by(|one, other| one.name.cmp(&other.name));
        self.settings.extensions = extensions.iter().map(|extension| extension.name.clone()).collect();
        self.settings.function.function_name.clone_from(&self.name);
        self.settings.function.function_version = LATEST.to_owned();
        self.settings.function.handler.clone_from(&self.handler);
        self.settings.account_id = variables::ACCOUNT_ID.to_owned();
        let arn =
            format!("arn:aws:lambda:{}:{}:function:{}", variables::REGION, variables::ACCOUNT_ID, self.name);
        self.settings.function_arn.clone_from(&arn);
        self.settings.logs_json = self.log_format == Some(LogFormat::Json);
        self.settings.has_telemetry = !self.world.profile.quirks().has_no_telemetry;
        let has_fixed_address = matches!(&code, Code::Executable(Executable { listener: Some(_), .. }));
        let variables = variables::of_function(&variables::Describe {
            function_name: &self.name,
            version: LATEST,
            handler: &self.handler,
            memory_mb: self.settings.memory_mb,
            task_root: match &code {
                Code::Executable(executable) => Some(&executable.package.root),
                Code::InProcess(_) | Code::Unusable(_) => None,
            },
            opt: layers.map(Layers::path),
            log_format: self.log_format,
            log_level: self.log_level,
            own: &self.environment,
        });
        let is_managed = self.settings.initialization == Initialization::ManagedInstances;
        // There is one of what has one address, and managed instances are not started by an invoke.
        let most = if has_fixed_address || is_managed { 1 } else { limits::ACCOUNT_CONCURRENCY };
        let available = most.saturating_mul(self.max_concurrency);
        let invocations = self.reserved_concurrency.unwrap_or(available).min(available);
        let scale = Limits {
            environments: invocations.div_ceil(self.max_concurrency),
            concurrency: self.max_concurrency,
            invocations,
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
            are_extensions_disabled,
            wrapper: self.wrapper.map(Arc::new),
            enforces_memory: self.enforces_memory,
            ended: Notify::new(),
        });
        self.registry.insert(&inner.name, Arc::clone(&inner));
        Function::new(inner)
    }
}

fn have_different_names(extensions: &[ExternalExtension]) -> Result<(), StartError> {
    for (at, extension) in extensions.iter().enumerate() {
        if extensions.iter().take(at).any(|other| other.name == extension.name) {
            let path = match &extension.code {
                ExtensionCode::Executable(path) => path.clone(),
                ExtensionCode::InProcess(_) => PathBuf::from(&extension.name),
            };
            return Err(StartError::SameName { path });
        }
    }
    Ok(())
}

/// An extension whose executable, if it has one, can be executed.
fn checked(extension: &ExternalExtension) -> Result<ExternalExtension, StartError> {
    match &extension.code {
        ExtensionCode::Executable(path) => executable(path).map(package::extension),
        ExtensionCode::InProcess(_) => Ok(extension.clone()),
    }
}
