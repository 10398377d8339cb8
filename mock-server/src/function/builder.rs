//! Describes a function: its configuration, and what takes which invokes.
//!
//! The code comes last, in `deploy`, which makes a version of it.

use std::{
    collections::BTreeMap, ffi::OsString, fmt, future::Future, net::SocketAddr, path::PathBuf, sync::Arc,
    time::Duration,
};

use lambda_api::{limits, transport::RuntimeApi};

#[cfg(feature = "management")]
use super::About;
use super::{Inner, package};
use crate::{
    core::{Initialization, Settings, catalog::EventInvokeConfig},
    guest::{ExtensionCode, ExternalExtension, Wrapper, in_process},
    log::{LogFormat, LogLevel},
    service::{Registry, World},
};

/// A function on its way; ends with [`in_process`](Self::in_process) or [`bootstrap`](Self::bootstrap).
#[must_use = "a function exists once its code is given"]
pub struct FunctionBuilder {
    pub(super) world: Arc<World>,
    pub(super) registry: Arc<Registry>,
    pub(super) name: String,
    /// The function whose next version this is; a new one if there is none.
    pub(super) of: Option<Arc<Inner>>,
    pub(crate) description: Description,
    pub(super) reserved_concurrency: Option<usize>,
    pub(super) asynchronous: EventInvokeConfig,
}

/// All that is configured for a version of a function.
#[derive(Clone)]
pub(crate) struct Description {
    pub(crate) text: String,
    pub(crate) handler: String,
    pub(crate) settings: Settings,
    /// Published versions are restored from snapshots, and `$LATEST` is not.
    pub(crate) snaps_versions: bool,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) runtime_api: Option<SocketAddr>,
    pub(crate) extensions: Vec<ExternalExtension>,
    /// How many invocations an environment takes at once.
    pub(crate) max_concurrency: usize,
    /// With managed instances, how many environments there are at least and at most.
    pub(crate) instances: (usize, usize),
    pub(crate) idle_lifetime: Option<Duration>,
    pub(crate) isolates_tenants: bool,
    /// Where events go that could not be processed.
    pub(crate) dead_letter: Option<String>,
    pub(crate) opt: Option<PathBuf>,
    pub(crate) wrapper: Option<Wrapper>,
    pub(crate) enforces_memory: bool,
    pub(crate) log_format: Option<LogFormat>,
    pub(crate) log_level: Option<LogLevel>,
    pub(crate) log_group: Option<String>,
    #[cfg(feature = "management")]
    pub(crate) about: About,
}

impl Description {
    /// How environments of a published version come to be.
    pub(crate) fn initialization_of_versions(&self) -> Initialization {
        match self.settings.initialization {
            Initialization::OnDemand if self.snaps_versions => Initialization::SnapStart,
            other => other,
        }
    }
}

impl Default for Description {
    fn default() -> Self {
        Self {
            text: String::new(),
            handler: "bootstrap".to_owned(),
            settings: Settings::default(),
            snaps_versions: false,
            environment: BTreeMap::new(),
            runtime_api: None,
            extensions: Vec::new(),
            max_concurrency: 1,
            instances: (1, 1),
            idle_lifetime: None,
            isolates_tenants: false,
            dead_letter: None,
            opt: None,
            wrapper: None,
            enforces_memory: false,
            log_format: None,
            log_level: None,
            log_group: None,
            #[cfg(feature = "management")]
            about: About::default(),
        }
    }
}

impl fmt::Debug for FunctionBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FunctionBuilder").field("name", &self.name).finish_non_exhaustive()
    }
}

impl FunctionBuilder {
    pub(crate) fn new(world: Arc<World>, registry: Arc<Registry>, name: String) -> Self {
        let description = Description { idle_lifetime: world.idle_lifetime, ..Description::default() };
        let asynchronous = EventInvokeConfig::default();
        Self { world, registry, name, of: None, description, reserved_concurrency: None, asynchronous }
    }

    /// The next version of a function.
    pub(super) fn of(inner: Arc<Inner>) -> Self {
        let (world, registry) = (Arc::clone(&inner.world), Arc::default());
        let name = inner.name.clone();
        let description = inner.latest().map(|latest| latest.description.clone()).unwrap_or_default();
        let (reserved_concurrency, asynchronous) = inner.configured();
        Self { world, registry, name, of: Some(inner), description, reserved_concurrency, asynchronous }
    }

    /// How long an invocation may take; 3 s if not set.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.description.settings.timeout = timeout;
        self
    }

    /// How long the restore of a snapshot may take, hooks included; 10 s if not set, as on Lambda.
    pub fn restore_timeout(mut self, timeout: Duration) -> Self {
        self.description.settings.restore_timeout = timeout;
        self
    }

    /// How long the init phase may take; if not set, 10 s on demand and at least 130 s elsewhere, as on Lambda.
    pub fn init_timeout(mut self, timeout: Duration) -> Self {
        self.description.settings.init_timeout = Some(timeout);
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
        self.description.settings.initialization = Initialization::ManagedInstances;
        self.description.max_concurrency = invocations.max(1);
        self
    }

    /// With [`max_concurrency`](Self::max_concurrency), how many environments there are: the first invoke starts
    /// `least`, and another one is added, up to `most`, whenever more than half of their capacity is in use.
    ///
    /// One, if not set. On Lambda there are at least three. An invoke that finds no room is refused, even while an
    /// environment is being added.
    pub fn instances(mut self, least: usize, most: usize) -> Self {
        let least = least.max(1);
        self.description.instances = (least, most.max(least));
        self
    }

    /// How long an idle environment is kept; if not set, as long as
    /// [the service](crate::ServiceBuilder::idle_lifetime) says, or for ever.
    ///
    /// Lambda keeps them for minutes or hours, and does not say for how long.
    pub fn idle_lifetime(mut self, lifetime: Duration) -> Self {
        self.description.idle_lifetime = Some(lifetime);
        self
    }

    /// Keeps the environments of different tenants apart, as the tenancy mode `PER_TENANT`.
    ///
    /// Every invoke has to name its tenant then: [`Invocation::tenant_id`](crate::Invocation::tenant_id).
    pub fn isolate_tenants(mut self) -> Self {
        self.description.isolates_tenants = true;
        self
    }

    /// How often an asynchronous invocation that failed is tried again: 0 to 2; 2 if not set.
    pub fn maximum_retry_attempts(mut self, attempts: u32) -> Self {
        self.asynchronous.maximum_retry_attempts = Some(attempts.min(limits::ASYNC_RETRIES_MAX));
        self
    }

    /// How old an event may become in the queue: a minute to six hours; six hours if not set.
    pub fn maximum_event_age(mut self, age: Duration) -> Self {
        let age = age.clamp(limits::ASYNC_EVENT_AGE_MIN, limits::ASYNC_EVENT_AGE_MAX);
        self.asynchronous.maximum_event_age = Some(age);
        self
    }

    /// Where the record of an asynchronous invocation goes that succeeded: the ARN of a queue, a topic, an event bus or
    /// a function. What goes there is seen through [`MockLambda::sink`](crate::MockLambda::sink).
    pub fn on_success(mut self, arn: impl Into<String>) -> Self {
        self.asynchronous.on_success = Some(arn.into());
        self
    }

    /// Where the record of an asynchronous invocation goes that failed for good: as
    /// [`on_success`](Self::on_success), or a bucket.
    pub fn on_failure(mut self, arn: impl Into<String>) -> Self {
        self.asynchronous.on_failure = Some(arn.into());
        self
    }

    /// Where an event goes whose asynchronous invocation failed for good: the ARN of a queue or a topic.
    pub fn dead_letter(mut self, arn: impl Into<String>) -> Self {
        self.description.dead_letter = Some(arn.into());
        self
    }

    /// What the function is for, in words.
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description.text = text.into();
        self
    }

    /// Runs the function as with SnapStart: init ends with a snapshot, which the first invoke of an environment
    /// restores, or [`Function::restore`](crate::Function::restore).
    ///
    /// A process is not copied here: each environment has its own init, and its one process waits where the
    /// snapshot is taken. So that a test need not publish the function, `$LATEST` is restored, too; on Lambda
    /// [it is not](Self::snap_start_versions).
    pub fn snap_start(mut self) -> Self {
        self.description.settings.initialization = Initialization::SnapStart;
        self.description.max_concurrency = 1;
        self
    }

    /// Runs published versions as with [`snap_start`](Self::snap_start), and `$LATEST` on demand: what Lambda does where
    /// SnapStart applies to `PublishedVersions`. Source:
    /// [SnapStart](https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html).
    pub fn snap_start_versions(mut self) -> Self {
        self.description.settings.initialization = Initialization::OnDemand;
        self.description.snaps_versions = true;
        self.description.max_concurrency = 1;
        self
    }

    /// Stops the processes while the function has nothing to do, as Lambda does: SIGSTOP after an invocation,
    /// SIGCONT before the next. Not for a function in this process.
    pub fn freeze(mut self) -> Self {
        self.description.settings.freezes = true;
        self
    }

    /// The function's memory in MB; 128 if not set. It is reported, and enforced only by
    /// [`enforce_memory`](Self::enforce_memory).
    pub fn memory_mb(mut self, memory_mb: u32) -> Self {
        self.description.settings.memory_mb = memory_mb;
        self
    }

    /// Kills the runtime when it, with all that it has started, uses more memory than the function has.
    ///
    /// The resident memory is looked at every 20 ms, so that a little more may be used for a moment. The
    /// caller is told `signal: killed`, as on Lambda, and the timeline tells why. Extensions do not count,
    /// although on Lambda they do. Linux only, and processes only.
    pub fn enforce_memory(mut self) -> Self {
        self.description.enforces_memory = true;
        self
    }

    /// The configured handler, `_HANDLER`; `bootstrap` if not set.
    pub fn handler(mut self, handler: impl Into<String>) -> Self {
        self.description.handler = handler.into();
        self
    }

    /// Adds an environment variable of the function's own.
    ///
    /// Lambda's reserved variables cannot be replaced. All together may have 4 KB, written as JSON.
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.description.environment.insert(name.into(), value.into());
        self
    }

    /// The configured format of the log, `AWS_LAMBDA_LOG_FORMAT`. Without it there is no such variable.
    pub fn log_format(mut self, format: LogFormat) -> Self {
        self.description.log_format = Some(format);
        self
    }

    /// The configured level of the function's log, `AWS_LAMBDA_LOG_LEVEL`. Without it there is no such variable,
    /// unless the format is JSON; then the level is INFO.
    pub fn log_level(mut self, level: LogLevel) -> Self {
        self.description.log_level = Some(level);
        self
    }

    /// The configured log group, `AWS_LAMBDA_LOG_GROUP_NAME`; `/aws/lambda/` and the function's name if not set.
    pub fn log_group(mut self, name: impl Into<String>) -> Self {
        self.description.log_group = Some(name.into());
        self
    }

    /// Where processes reach the Runtime API; a free port on the loopback for each environment if not set.
    ///
    /// With a fixed address there is one environment, and an invoke that comes while it is busy is refused. A function in this
    /// process needs no address, and makes nothing of this one.
    pub fn runtime_api(mut self, address: SocketAddr) -> Self {
        self.description.runtime_api = Some(address);
        self
    }

    /// Adds an external extension: an executable, whose file name is the extension's name.
    ///
    /// Extensions are launched before the runtime, in the order of their names, as Lambda does with the
    /// files in `/opt/extensions`; the runtime follows when all have registered. Unix only.
    pub fn extension(mut self, path: impl Into<PathBuf>) -> Self {
        self.description.extensions.push(package::extension(path.into()));
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
    /// use lambda_api::{limits, transport::RuntimeApi};
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
        self.description.extensions.push(ExternalExtension { name: name.into(), code });
        self
    }

    /// Adds a folder that is laid out as `/opt`, into which Lambda unpacks the layers of a function.
    ///
    /// Every file in its `extensions` is an external extension; what cannot be executed fails the init phase, as do
    /// more than ten. `bootstrap` in it is used if the function has none. Its `bin` is in `PATH` and its
    /// `lib` in `LD_LIBRARY_PATH`; the folder itself stays where it is. The folder is read once, when the
    /// function is made.
    pub fn opt(mut self, folder: impl Into<PathBuf>) -> Self {
        self.description.opt = Some(folder.into());
        self
    }

    /// Runs all processes of the function through another program: a sandbox, a tracer, a debugger.
    ///
    /// The program is started with the variables, the folder and the output of the process in whose place it
    /// is, and gets these arguments and then the path of the executable. A bare name is looked for in this
    /// process's `PATH`. What runs in this process is not concerned. Published versions run the files where they are, and no
    /// copies, because the arguments may name them.
    pub fn wrapper(
        mut self,
        program: impl Into<PathBuf>,
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Self {
        let arguments = arguments.into_iter().map(Into::into).collect();
        self.description.wrapper = Some(Wrapper { program: program.into(), arguments });
        self
    }
}
