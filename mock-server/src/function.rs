//! A function: its configuration, its execution environments, and the invoke.
//!
//! Environments are chosen as Lambda does: the most recently used idle one, else a new one. What goes on in
//! one is decided in [`core`](crate::core) and carried out by [`driver`](crate::driver).

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    future::Future,
    io,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering},
    time::Duration,
};

use lambda_api::{
    ErrorType, FunctionArn, InvocationId, RequestId, limits,
    transport::{Clock, RuntimeApi},
};
use tokio::sync::{Notify, mpsc, oneshot};

use crate::{
    Invocation, Outcome,
    clock::{self, PausedClock},
    core::{Answer, Invoke, InvokeId, Report, Settings, Status},
    driver::{Driver, End, Submitted, Waiter},
    guest::{Code, Executable, ExtensionExecutable},
    ids::Ids,
    service::{Registry, World},
    timeline::{EnvironmentId, Timeline},
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
    /// The file is a folder, or may not be executed.
    #[error("{} is not an executable file", path.display())]
    NotExecutable {
        /// The file.
        path: PathBuf,
    },
    /// Lambda takes ten extensions at most.
    #[error("there are more than 10 extensions")]
    TooManyExtensions,
    /// The Runtime API cannot listen where it should.
    #[error("the Runtime API cannot listen on {address}")]
    Bind {
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
        }
    }

    /// How long an invocation may take; 3 s if not set.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = timeout;
        self
    }

    /// How long the init phase may take; 10 s if not set, as on Lambda.
    pub fn init_timeout(mut self, timeout: Duration) -> Self {
        self.settings.init_timeout = timeout;
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
    /// With a fixed address there is one environment, and invokes wait for each other.
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
        E: fmt::Display,
    {
        let code = Code::InProcess(Box::new(move |api| {
            let running = bootstrap(api);
            Box::pin(async move { running.await.map_err(|error| error.to_string()) })
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
        let listener = match self.runtime_api {
            None => None,
            Some(address) => {
                let bound = TcpListener::bind(address);
                Some(Arc::new(bound.map_err(|source| StartError::Bind { address, source })?))
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
        let inner = Arc::new(Inner {
            world: self.world,
            name: self.name,
            arn,
            settings: self.settings,
            variables: Arc::new(variables),
            code: Arc::new(code),
            extensions: Arc::new(extensions),
            pool: Mutex::new(Pool {
                limit: if has_fixed_address { 1 } else { usize::MAX },
                ..Pool::default()
            }),
            ended: Notify::new(),
        });
        self.registry.insert(&inner.name, Arc::clone(&inner));
        Function::new(inner)
    }
}

/// The absolute path of a file that can be executed.
fn executable(path: &Path) -> Result<PathBuf, StartError> {
    let Ok(absolute) = path.canonicalize() else {
        return Err(StartError::Missing { path: path.to_owned() });
    };
    if !is_executable(&absolute) {
        return Err(StartError::NotExecutable { path: path.to_owned() });
    }
    Ok(absolute)
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

const LATEST: &str = "$LATEST";

/// A function of a [`MockLambda`](crate::MockLambda). Clones are the same function.
///
/// When the service and all handles are gone, so are the function's environments and processes.
#[derive(Clone)]
pub struct Function {
    inner: Arc<Inner>,
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function").field("arn", &self.inner.arn).finish_non_exhaustive()
    }
}

impl Function {
    pub(crate) fn new(inner: Arc<Inner>) -> Self {
        Self { inner }
    }

    /// The function's name.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// The function's ARN, unqualified.
    pub fn arn(&self) -> &str {
        &self.inner.arn
    }

    /// The record of the service.
    pub fn timeline(&self) -> &Timeline {
        &self.inner.world.timeline
    }

    /// Invokes the function and waits until the invocation is over, that is until the runtime has answered
    /// and asked for more work, or has been stopped.
    pub async fn invoke(&self, invocation: impl Into<Invocation>) -> Outcome {
        let Submission { request_id, answer, end } = self.submit(invocation.into());
        let answer = answer.await.unwrap_or_else(|_| Answer::shut_down(&request_id));
        let end = end.await.unwrap_or_else(|_| End::without_environment(&request_id));
        let version = self.inner.version().to_owned();
        Outcome { request_id, answer, report: end.report, logs: end.logs, version }
    }

    /// Invokes the function and waits for the answer only, as the service's callers do.
    pub(crate) async fn call(&self, invocation: Invocation) -> (RequestId, Answer) {
        let Submission { request_id, answer, .. } = self.submit(invocation);
        let answer = answer.await.unwrap_or_else(|_| Answer::shut_down(&request_id));
        (request_id, answer)
    }

    /// Shuts the function's environments down and waits until their guests are gone. A later invoke starts
    /// a new environment.
    pub async fn shut_down(&self) {
        loop {
            let ended = self.inner.ended.notified();
            {
                let mut pool = self.inner.pool();
                pool.idle.clear();
                // Closing an environment's channel tells it to shut down.
                pool.environments.values_mut().for_each(|sender| *sender = None);
                if pool.environments.is_empty() {
                    return;
                }
            }
            ended.await;
        }
    }

    fn submit(&self, invocation: Invocation) -> Submission {
        let world = &self.inner.world;
        let request_id = invocation.request_id.unwrap_or_else(|| world.request_id());
        let id = InvokeId(world.invokes.fetch_add(1, Ordering::Relaxed));
        let mut invoke = Invoke::new(id, request_id.clone(), invocation.payload.0);
        invoke.invocation_id = InvocationId::new(&world.ids.uuid()).ok();
        invoke.function_arn = FunctionArn::new(&self.inner.arn).ok();
        let trace = invocation.trace_id.unwrap_or_else(|| world.ids.trace(world.clock().now()));
        invoke.trace_id = Some(trace);
        invoke.client_context = invocation.client_context;
        invoke.cognito_identity = invocation.cognito_identity;
        invoke.tenant_id = invocation.tenant_id;
        let (answer_sender, answer) = oneshot::channel();
        let (end_sender, end) = oneshot::channel();
        let waiter = Waiter { answer: answer_sender, end: end_sender };
        self.inner.submit(Submitted { invoke: Box::new(invoke), waiter });
        Submission { request_id, answer, end }
    }
}

struct Submission {
    request_id: RequestId,
    answer: oneshot::Receiver<Answer>,
    end: oneshot::Receiver<End>,
}

impl End {
    /// The end of an invoke that no environment took, because the function was being shut down.
    fn without_environment(request_id: &RequestId) -> Self {
        let report = Report {
            request_id: request_id.clone(),
            status: Status::Failure,
            error_type: Some(ErrorType::SANDBOX_FAILURE.to_owned()),
            duration: Duration::ZERO,
            billed_duration: Duration::ZERO,
            memory_mb: 0,
            max_memory_used_mb: None,
            cold_start: false,
            init_duration: None,
        };
        Self { report, logs: Vec::new() }
    }
}

impl World {
    fn request_id(&self) -> RequestId {
        loop {
            // A UUID always can be one.
            if let Ok(request_id) = RequestId::new(&self.ids.uuid()) {
                return request_id;
            }
        }
    }
}

/// What all handles of a function share.
pub(crate) struct Inner {
    world: Arc<World>,
    name: String,
    arn: String,
    settings: Settings,
    variables: Arc<BTreeMap<String, String>>,
    code: Arc<Code>,
    extensions: Arc<Vec<ExtensionExecutable>>,
    pool: Mutex<Pool>,
    ended: Notify,
}

/// The environments, and the invokes that wait for one.
#[derive(Default)]
struct Pool {
    /// `None` for one that is shutting down.
    environments: BTreeMap<EnvironmentId, Option<mpsc::UnboundedSender<Submitted>>>,
    /// The most recently used is the last.
    idle: Vec<EnvironmentId>,
    queue: VecDeque<Submitted>,
    limit: usize,
}

impl Inner {
    pub(crate) fn clock(&self) -> &Clock {
        self.world.clock()
    }

    pub(crate) fn timeline(&self) -> &Timeline {
        &self.world.timeline
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn variables(&self) -> Arc<BTreeMap<String, String>> {
        Arc::clone(&self.variables)
    }

    pub(crate) fn code(&self) -> Arc<Code> {
        Arc::clone(&self.code)
    }

    pub(crate) fn extensions(&self) -> Arc<Vec<ExtensionExecutable>> {
        Arc::clone(&self.extensions)
    }

    pub(crate) fn ids(&self) -> Arc<Ids> {
        Arc::clone(&self.world.ids)
    }

    pub(crate) fn version(&self) -> &str {
        LATEST
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn submit(self: &Arc<Self>, mut submitted: Submitted) {
        let mut pool = self.pool();
        while let Some(id) = pool.idle.pop() {
            match pool.send(id, submitted) {
                Ok(()) => return,
                Err(unsent) => submitted = unsent,
            }
        }
        if pool.environments.len() >= pool.limit {
            pool.queue.push_back(submitted);
            return;
        }
        let id = EnvironmentId(self.world.environments.fetch_add(1, Ordering::Relaxed) + 1);
        let (sender, invocations) = mpsc::unbounded_channel();
        // The receiver is alive until the driver has ended.
        let _alive = sender.send(submitted);
        pool.environments.insert(id, Some(sender));
        drop(pool);
        Driver::spawn(self, id, invocations);
    }

    /// An environment can take another invoke.
    pub(crate) fn environment_free(self: &Arc<Self>, id: EnvironmentId) {
        let mut pool = self.pool();
        if pool.environments.get(&id).is_none_or(Option::is_none) {
            return;
        }
        let Some(submitted) = pool.queue.pop_front() else {
            pool.idle.push(id);
            return;
        };
        if let Err(unsent) = pool.send(id, submitted) {
            pool.queue.push_front(unsent);
        }
    }

    /// An environment is gone.
    pub(crate) fn environment_ended(self: &Arc<Self>, id: EnvironmentId) {
        let mut pool = self.pool();
        pool.environments.remove(&id);
        pool.idle.retain(|&idle| idle != id);
        let waiting = pool.queue.pop_front();
        drop(pool);
        self.ended.notify_waiters();
        if let Some(submitted) = waiting {
            self.submit(submitted);
        }
    }
}

impl Pool {
    fn send(&mut self, id: EnvironmentId, submitted: Submitted) -> Result<(), Submitted> {
        match self.environments.get(&id).and_then(Option::as_ref) {
            Some(sender) => sender.send(submitted).map_err(|error| error.0),
            None => Err(submitted),
        }
    }
}
