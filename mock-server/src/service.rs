//! The service: its functions, its clock, its record.
//!
//! How a function is described and invoked is in [`function`](crate::function).

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, OnceLock, PoisonError, Weak, atomic::AtomicU64},
    time::Duration,
};

use lambda_api::transport::Clock;
use tokio::sync::Notify;

use crate::{
    clock,
    core::{
        catalog::{EventInvokeConfig, FunctionId},
        fleet::DeploymentId,
    },
    function::{Deployment, Function, FunctionBuilder, Inner},
    http::function_url::Urls,
    hub::{Hub, Journal},
    ids::Ids,
    misuse::{self, Misuse, Rule, Unfinished},
    process::Processes,
    profile::Profile,
    sinks::{Sink, Sinks},
    timeline::{Entry, Timeline},
    triggers::Triggers,
};

mod builder;

pub use builder::ServiceBuilder;

/// A mock Lambda service.
///
/// Each is a world of its own: functions, clock and timeline are shared with no other, so tests run in
/// parallel in one process. Clones are the same service.
///
/// # Example
///
/// ```
/// use mock_server::MockLambda;
/// use serde_json::json;
/// # mod bootstrap {
/// #     pub async fn doubles(api: lambda_api::transport::RuntimeApi) -> Result<(), String> {
/// #         use tokio::io::{AsyncReadExt, AsyncWriteExt};
/// #         let mut stream = api.connect().await.unwrap();
/// #         stream.write_all(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
/// #         let mut reply = [0; 4096];
/// #         let length = stream.read(&mut reply).await.unwrap();
/// #         let reply = String::from_utf8_lossy(&reply[..length]).into_owned();
/// #         let id = reply.split("Lambda-Runtime-Aws-Request-Id: ").nth(1).unwrap().lines().next().unwrap().to_owned();
/// #         let post = format!("POST /2018-06-01/runtime/invocation/{id}/response HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\n{{\"n\":42}}");
/// #         stream.write_all(post.as_bytes()).await.unwrap();
/// #         stream.read(&mut [0; 4096]).await.unwrap();
/// #         stream.write_all(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
/// #         std::future::pending().await
/// #     }
/// # }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mock = MockLambda::new();
/// // Usually: .in_process(|api| Runtime::builder(handler).endpoint(api).run())
/// let function = mock.function("double").in_process(bootstrap::doubles);
/// let outcome = function.invoke(json!({ "n": 21 })).await;
/// assert_eq!(outcome.json()?, json!({ "n": 42 }));
/// assert!(outcome.report().is_cold_start());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct MockLambda {
    world: Arc<World>,
    registry: Arc<Registry>,
}

/// What all functions of a service share.
pub(crate) struct World {
    pub(crate) timeline: Timeline,
    pub(crate) ids: Arc<Ids>,
    pub(crate) invokes: AtomicU64,
    pub(crate) profile: Profile,
    /// How long an idle environment is kept where its function says nothing; for ever if not set.
    pub(crate) idle_lifetime: Option<Duration>,
    pub(crate) processes: Arc<Processes>,
    pub(crate) hub: Mutex<Hub>,
    /// Where records of asynchronous invocations go.
    pub(crate) sinks: Sinks,
    /// The function URLs that are open.
    pub(crate) urls: Urls,
    /// Where queued events are kept.
    pub(crate) journal: Journal,
    /// Told when the next moment has changed at which time alone changes something.
    pub(crate) timer: Arc<Notify>,
    /// Told when an environment is gone, or ready.
    pub(crate) ended: Notify,
    /// What invokes functions.
    pub(crate) triggers: Triggers,
    clock: Arc<OnceLock<Clock>>,
}

impl Drop for World {
    /// The timer's task is not to wait for the next moment before it sees that there is none.
    fn drop(&mut self) {
        self.timer.notify_one();
    }
}

/// The functions by name. Functions do not know it, so that dropping the service drops them.
#[derive(Default)]
pub(crate) struct Registry {
    functions: Mutex<BTreeMap<String, Arc<Inner>>>,
    /// Those whose name another one has taken; somebody may still have a handle.
    replaced: Mutex<Vec<Weak<Inner>>>,
}

impl World {
    /// The clock; it starts when it is first needed, inside the runtime whose time it follows.
    pub(crate) fn clock(&self) -> &Clock {
        self.clock.get_or_init(clock::start)
    }
}

impl World {
    /// Adds a function, and says how its `$LATEST` is made.
    pub(crate) fn create(
        self: &Arc<Self>,
        name: &str,
        reserved: Option<usize>,
        asynchronous: EventInvokeConfig,
        make: impl FnOnce(FunctionId, DeploymentId) -> Deployment,
    ) -> FunctionId {
        self.change(|hub, now| {
            let id = hub.next_deployment();
            let function = hub.catalog.next_function();
            let deployment = Arc::new(Deployment { made: now, ..make(function, id) });
            hub.catalog.create(name, Arc::clone(&deployment));
            hub.configure(now, &deployment, reserved, asynchronous);
            function
        })
    }

    /// Replaces a function's `$LATEST`.
    pub(crate) fn update(
        self: &Arc<Self>,
        function: FunctionId,
        reserved: Option<usize>,
        asynchronous: EventInvokeConfig,
        make: impl FnOnce(FunctionId, DeploymentId) -> Deployment,
    ) {
        self.change(|hub, now| {
            let id = hub.next_deployment();
            let deployment = Arc::new(Deployment { made: now, ..make(function, id) });
            // A function that has been deleted stays away.
            if hub.catalog.update(function, Arc::clone(&deployment)).is_ok() {
                hub.configure(now, &deployment, reserved, asynchronous);
            }
        });
    }
}

impl Registry {
    pub(crate) fn insert(&self, name: &str, function: Arc<Inner>) {
        let mut functions = self.functions.lock().unwrap_or_else(PoisonError::into_inner);
        let replaced = functions.insert(name.to_owned(), function);
        let weak = replaced.as_ref().map(Arc::downgrade);
        self.replaced.lock().unwrap_or_else(PoisonError::into_inner).extend(weak);
        drop(functions);
        // Not under the lock: it tells the service that it goes.
        drop(replaced);
    }

    #[cfg(feature = "management")]
    pub(crate) fn get(&self, name: &str) -> Option<Function> {
        let functions = self.functions.lock().unwrap_or_else(PoisonError::into_inner);
        functions.get(name).map(|inner| Function::new(Arc::clone(inner)))
    }

    /// Forgets the function of a name. It goes when nobody has a handle any more.
    #[cfg(feature = "management")]
    pub(crate) fn remove(&self, name: &str) {
        let mut functions = self.functions.lock().unwrap_or_else(PoisonError::into_inner);
        let removed = functions.remove(name);
        drop(functions);
        // Not under the lock: it tells the service that it goes.
        drop(removed);
    }

    fn all(&self) -> Vec<Function> {
        let functions = self.functions.lock().unwrap_or_else(PoisonError::into_inner);
        let replaced = self.replaced.lock().unwrap_or_else(PoisonError::into_inner);
        let replaced = replaced.iter().filter_map(Weak::upgrade);
        functions.values().cloned().chain(replaced).map(Function::new).collect()
    }
}

impl Default for MockLambda {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MockLambda {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockLambda").field("timeline", &self.world.timeline).finish_non_exhaustive()
    }
}

impl MockLambda {
    /// A service without functions. Its ids are the same in every run.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// A service that shows every entry of its timeline to `observer`, in order and as it happens.
    ///
    /// The observer is called under a lock: it should be quick, and must not call the service.
    pub fn observed(seed: u64, observer: impl Fn(&Entry) + Send + Sync + 'static) -> Self {
        Self::builder().seed(seed).observer(observer).build()
    }

    /// A service without functions that has the quirks of another emulator.
    pub fn emulating(profile: Profile) -> Self {
        Self::builder().profile(profile).build()
    }

    /// Describes a service: what the account allows, who watches, what is kept.
    ///
    /// ```
    /// use mock_server::MockLambda;
    ///
    /// let mock = MockLambda::builder().seed(7).account_concurrency(10).build();
    /// # let _ = mock;
    /// ```
    pub fn builder() -> ServiceBuilder {
        ServiceBuilder::default()
    }

    /// Describes a function; it exists once its code is given. A function of the same name is replaced.
    pub fn function(&self, name: impl Into<String>) -> FunctionBuilder {
        FunctionBuilder::new(Arc::clone(&self.world), Arc::clone(&self.registry), name.into())
    }

    /// What stands in place of a queue, a topic, an event bus or a bucket: memory, unless something else was said. See
    /// [`Sinks::get`].
    pub fn sink(&self, arn: &str) -> Sink {
        self.world.sinks.get(arn)
    }

    /// All that stand in place of destinations and of what dead letters go to.
    pub fn sinks(&self) -> &Sinks {
        &self.world.sinks
    }

    /// The record of everything that happened.
    pub fn timeline(&self) -> &Timeline {
        &self.world.timeline
    }

    /// The rules that guests have broken so far, in order. See [`Rule`] for what they are.
    pub fn misuse(&self) -> Vec<Misuse> {
        misuse::find(&self.world.timeline.entries())
    }

    /// Shuts the service down, and fails if any rule was broken meanwhile: strict mode, at the end of a test.
    ///
    /// Beside calls that were refused or come to harm in production, that is every invocation that was not answered
    /// by the runtime, and everything that did not end when it had to. What a test has provoked can be allowed with
    /// [`finish_allowing`](Self::finish_allowing). A service that is only dropped checks nothing.
    ///
    /// # Errors
    ///
    /// [`Unfinished`] names every broken rule: by whom, when, and what to do instead. Its text ends with the
    /// [lanes](Timeline::lanes) of the environments in question, where an exclamation mark stands before the lines
    /// that show it.
    ///
    /// # Example
    ///
    /// ```
    /// use mock_server::{MockLambda, Rule};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let mock = MockLambda::new();
    /// // A bootstrap must never return.
    /// let function = mock.function("hasty").in_process(|_| async { Ok::<_, String>(()) });
    /// function.invoke("{}").await;
    ///
    /// let unfinished = mock.finish().await.unwrap_err();
    /// // Init was repeated within the invocation, and failed again.
    /// assert_eq!(unfinished.misuse().len(), 2);
    /// let text = unfinished.to_string();
    /// assert!(text.contains("exited: the runtime in environment 1"), "{text}");
    /// assert!(text.contains("keep polling GET /2018-06-01/runtime/invocation/next until the end"), "{text}");
    ///
    /// // A test that is about crashes says so.
    /// assert!(mock.finish_allowing(&[Rule::Exited]).await.is_ok());
    /// # }
    /// ```
    pub async fn finish(&self) -> Result<(), Unfinished> {
        self.finish_allowing(&[]).await
    }

    /// Like [`finish`](Self::finish), but takes no notice of these rules.
    ///
    /// A runtime that may run into its time-out may also answer too late: [`Rule::TimedOut`] allows
    /// [`Rule::AnsweredTooLate`], because which of the two comes first is often a matter of luck.
    ///
    /// # Errors
    ///
    /// [`Unfinished`] if any other rule was broken.
    pub async fn finish_allowing(&self, allowed: &[Rule]) -> Result<(), Unfinished> {
        self.shut_down().await;
        let mut misuse = self.misuse();
        misuse.retain(|misuse| !misuse.rule.is_among(allowed));
        if misuse.is_empty() { Ok(()) } else { Err(Unfinished::new(misuse, self.world.timeline.lanes())) }
    }

    /// Goes on with the events that were in the queue when the service ended last: [`ServiceBuilder::open`].
    ///
    /// Gives the number of those that go on at once. The others go on when their function has been described again, with the
    /// version or alias that they are for; until then they stay where they are kept, and the timeline notes them.
    #[cfg(feature = "state")]
    pub fn resume(&self) -> usize {
        self.world.resume()
    }

    /// Shuts all execution environments down and waits until their guests are gone. Events that are in the queue stay
    /// there until another one comes, and so do messages and records in the sources of mappings.
    pub async fn shut_down(&self) {
        self.world.hub().pauses_queue = true;
        self.world.triggers.pause();
        for function in self.registry.all() {
            function.shut_down().await;
        }
    }

    pub(crate) fn world(&self) -> &Arc<World> {
        &self.world
    }

    #[cfg(feature = "management")]
    pub(crate) fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }
}
