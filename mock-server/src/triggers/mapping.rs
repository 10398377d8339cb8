//! Event source mappings: what is configured for one, and the handle of one that runs.
//!
//! What a mapping does is decided by the pollers of [`core::mapping`](crate::core::mapping); `queue_runner` and
//! `shard_runner` are the tasks that carry it out, `target` is how they reach the function.

use std::{fmt, sync::Arc, time::Duration};

use tokio::{runtime, sync::watch, task::AbortHandle};

use super::{Source, Stream};
use crate::{
    Function,
    core::{
        Time,
        catalog::{CatalogError, FunctionId, Version},
        mapping::{
            Configuration, Filter, QueuePoller, QueueSource, ReadFrom, Settings, SettingsError, ShardPoller,
            ShardTask, SourceKind, StartingPosition,
        },
        pattern::filter::{FilterError, Filters},
    },
    service::World,
};

mod control;
mod queue_runner;
mod shard_runner;
mod target;

use self::{control::Control, queue_runner::QueueRunner, shard_runner::ShardRunner, target::Target};

/// What is configured for an event source mapping.
///
/// Nothing need be said for a queue; where a stream is to be read from must be. What is said is checked when the mapping is
/// made. Source:
/// [CreateEventSourceMapping](https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html).
///
/// ```
/// use std::time::Duration;
///
/// use mock_server::Mapping;
///
/// let mapping = Mapping::new()
///     .batch_size(5)
///     .batching_window(Duration::from_secs(2))
///     .filter(r#"{"body": {"kind": ["order"]}}"#)
///     .report_item_failures();
/// # let _ = mapping;
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    configuration: Configuration,
    filters: Vec<String>,
    qualifier: Option<String>,
}

impl From<Configuration> for Mapping {
    fn from(configuration: Configuration) -> Self {
        Self { configuration, ..Self::default() }
    }
}

impl Mapping {
    /// All as AWS has it where nothing is said.
    pub fn new() -> Self {
        Self::default()
    }

    /// Records of a batch, at most.
    #[must_use]
    pub fn batch_size(mut self, records: u32) -> Self {
        self.configuration.batch_size = Some(records.into());
        self
    }

    /// How long a batch is gathered, in whole seconds.
    #[must_use]
    pub fn batching_window(mut self, window: Duration) -> Self {
        self.configuration.maximum_batching_window_in_seconds = Some(seconds(window));
        self
    }

    /// The function gets a record only if this pattern matches, or another filter's: JSON.
    #[must_use]
    pub fn filter(mut self, pattern: impl Into<String>) -> Self {
        self.filters.push(pattern.into());
        self
    }

    /// The response of the function names the records that failed.
    #[must_use]
    pub fn report_item_failures(mut self) -> Self {
        self.configuration.report_batch_item_failures = true;
        self
    }

    /// Invokes this version or alias.
    #[must_use]
    pub fn qualifier(mut self, qualifier: impl Into<String>) -> Self {
        self.qualifier = Some(qualifier.into());
        self
    }

    /// Where reading of a stream begins.
    #[must_use]
    pub fn starting_position(mut self, position: StartingPosition) -> Self {
        self.configuration.starting_position = Some(position);
        self
    }

    /// Reads a stream from its oldest record on.
    #[must_use]
    pub fn from_trim_horizon(self) -> Self {
        self.starting_position(StartingPosition::TrimHorizon)
    }

    /// Reads a stream from now on.
    #[must_use]
    pub fn from_latest(self) -> Self {
        self.starting_position(StartingPosition::Latest)
    }

    /// How often a batch of a stream is tried again; without an end if not set.
    #[must_use]
    pub fn retries(mut self, attempts: u32) -> Self {
        self.configuration.maximum_retry_attempts = Some(attempts.into());
        self
    }

    /// How old a record of a stream may become, in whole seconds.
    #[must_use]
    pub fn record_age(mut self, age: Duration) -> Self {
        self.configuration.maximum_record_age_in_seconds = Some(seconds(age));
        self
    }

    /// Splits a batch of a stream in two when the function has failed.
    #[must_use]
    pub fn bisect(mut self) -> Self {
        self.configuration.bisect_batch_on_function_error = Some(true);
        self
    }

    /// Batches of one shard at once.
    #[must_use]
    pub fn parallelization_factor(mut self, batches: u32) -> Self {
        self.configuration.parallelization_factor = Some(batches.into());
        self
    }

    /// How long a tumbling window of a stream is, in whole seconds.
    #[must_use]
    pub fn tumbling_window(mut self, window: Duration) -> Self {
        self.configuration.tumbling_window_in_seconds = Some(seconds(window));
        self
    }

    /// Batches of a queue at once, at most.
    #[must_use]
    pub fn maximum_concurrency(mut self, batches: u32) -> Self {
        self.configuration.maximum_concurrency = Some(batches.into());
        self
    }

    /// Where the record of a batch of a stream goes that is given up: the ARN of a queue, a topic or a bucket.
    #[must_use]
    pub fn on_failure(mut self, arn: impl Into<String>) -> Self {
        self.configuration.on_failure = Some(arn.into());
        self
    }

    /// Does not begin before it is [enabled](EventSourceMapping::enable).
    #[must_use]
    pub fn disabled(mut self) -> Self {
        self.configuration.enabled = Some(false);
        self
    }

    /// What holds for such a source.
    fn check(&self, kind: SourceKind) -> Result<(Settings, Option<Filters>), MappingError> {
        let settings = self.configuration.check(kind)?;
        let filters = Filters::parse(kind.into(), &self.filters)?;
        Ok((settings, Some(filters).filter(|_| !self.filters.is_empty())))
    }
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

/// A mapping cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MappingError {
    /// A setting does not fit the source, or another one.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A filter is none.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// The qualifier leads nowhere.
    #[error(transparent)]
    Function(#[from] CatalogError),
    /// A mapping is a task, and there is no runtime that would run it.
    #[error("an event source mapping needs a tokio runtime")]
    NoRuntime,
}

/// An event source mapping that runs. Clones are the same one; it goes on when they are dropped.
#[derive(Clone)]
pub struct EventSourceMapping {
    inner: Arc<Inner>,
}

struct Inner {
    world: std::sync::Weak<World>,
    uuid: String,
    source: Source,
    is_enabled: watch::Sender<bool>,
    /// Of each shard: how many records had come when there was nothing to do.
    seen: Vec<watch::Receiver<Option<u64>>>,
}

impl fmt::Debug for EventSourceMapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { uuid, source, .. } = &*self.inner;
        f.debug_struct("EventSourceMapping")
            .field("uuid", uuid)
            .field("source", source)
            .finish_non_exhaustive()
    }
}

impl EventSourceMapping {
    /// The UUID of the mapping.
    pub fn uuid(&self) -> &str {
        &self.inner.uuid
    }

    /// Reads no further. What the function has been given it finishes.
    pub fn disable(&self) {
        self.inner.is_enabled.send_replace(false);
    }

    /// Goes on.
    pub fn enable(&self) {
        self.inner.is_enabled.send_replace(true);
    }

    /// Ends the mapping at once. What the function has been given it finishes, but nobody looks at the answer.
    pub fn delete(&self) {
        if let Some(world) = self.inner.world.upgrade() {
            world.triggers.end(&self.inner.uuid);
        }
    }

    /// Waits until all that is in the source has come to its end: processed, passed over or given up.
    pub async fn settled(&self) {
        let stream = match &self.inner.source {
            Source::Queue(queue) => {
                queue.drained().await;
                return;
            }
            Source::Stream(stream) => stream,
        };
        let puts = stream.puts();
        for seen in &self.inner.seen {
            let mut seen = seen.clone();
            // A shard whose task has ended has nothing to do any more.
            let _ended = seen.wait_for(|seen| seen.is_some_and(|seen| seen >= *puts.borrow())).await;
        }
    }
}

impl Function {
    /// Lets a mapping read from a source and invoke the function with batches: see [`Mapping`].
    ///
    /// # Errors
    ///
    /// [`MappingError`] if what is configured does not fit the source, if the qualifier leads nowhere, or if a queue hides its
    /// messages for a shorter time than the function may run.
    ///
    /// # Example
    ///
    /// ```
    /// use mock_server::{Mapping, MockLambda};
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mock = MockLambda::new();
    /// let dead = mock.queue("orders-dead");
    /// let queue = mock.new_queue("orders").dead_letters(&dead, 3).create()?;
    /// let function = mock.function("worker").in_process(|_| async { Err("out of order") });
    /// function.map_source(&queue, Mapping::new())?;
    ///
    /// queue.send("7 apples")?;
    /// let counts = queue.drained().await;
    /// assert_eq!(counts.dead_lettered, 1);
    /// assert_eq!(dead.receive(10)[0].receives, 4);
    /// # Ok(())
    /// # }
    /// ```
    pub fn map_source(
        &self,
        source: impl Into<Source>,
        mapping: Mapping,
    ) -> Result<EventSourceMapping, MappingError> {
        let source = source.into();
        let runtime = runtime::Handle::try_current().map_err(|_| MappingError::NoRuntime)?;
        let world = self.world();
        let (function, name) = (self.id(), self.name());
        world.hub().catalog.check(function, mapping.qualifier.as_deref())?;
        let _guard = runtime.enter();
        let uuid = world.uuid();
        let is_enabled = watch::Sender::new(mapping.configuration.enabled.unwrap_or(true));
        let target = |source: &str| Target::new(world, function, name, mapping.qualifier.clone(), source);
        let control = || Control::new(&world.triggers.common, is_enabled.subscribe());
        let mut seen = Vec::new();
        let task = match &source {
            Source::Queue(queue) => {
                let (settings, filters) = mapping.check(queue.kind())?;
                settings.check_visibility(queue.settings().visibility_timeout, timeout(world, function))?;
                let at = QueueSource { arn: queue.arn().to_owned() };
                let poller = QueuePoller::new(world.now(), at, settings, filters.map(boxed));
                let runner = QueueRunner::new(target(queue.arn()), queue.clone(), poller, control());
                runtime.spawn(runner.run()).abort_handle()
            }
            Source::Stream(stream) => {
                let (settings, filters) = mapping.check(stream.kind())?;
                let function_arn = match &mapping.qualifier {
                    Some(qualifier) => format!("{}:{qualifier}", self.arn()),
                    None => self.arn().to_owned(),
                };
                let mut runners = Vec::new();
                for shard in stream.shards() {
                    let task = ShardTask {
                        source: stream.source(),
                        from: begin(stream, &shard, &settings),
                        shard: shard.clone(),
                        function_arn: function_arn.clone(),
                        retention: stream.retention(),
                    };
                    let filter = filters.clone().map(boxed);
                    let poller = ShardPoller::new(world.now(), task, settings.clone(), filter);
                    let (sender, receiver) = watch::channel(None);
                    seen.push(receiver);
                    let target = target(&format!("{}/{shard}", stream.arn()));
                    let parks = settings.tumbling_window.is_none();
                    let reader = shard_runner::Reader::new(stream.clone(), shard, parks, sender);
                    runners.push(ShardRunner::new(target, uuid.clone(), reader, poller, control()));
                }
                spawn_all(&runtime, runners)
            }
        };
        world.triggers.keep(uuid.clone(), task);
        let world = Arc::downgrade(world);
        Ok(EventSourceMapping { inner: Arc::new(Inner { world, uuid, source, is_enabled, seen }) })
    }
}

/// One task that ends all others with it.
fn spawn_all(runtime: &runtime::Handle, runners: Vec<ShardRunner>) -> AbortHandle {
    let mut shards = tokio::task::JoinSet::new();
    for runner in runners {
        shards.spawn(runner.run());
    }
    runtime.spawn(async move { while shards.join_next().await.is_some() {} }).abort_handle()
}

fn boxed(filters: Filters) -> Box<dyn Filter> {
    Box::new(filters)
}

/// What is put in from now on is behind it, although the task that reads has not begun.
fn begin(stream: &Stream, shard: &str, settings: &Settings) -> ReadFrom {
    let start = ReadFrom::Start(settings.starting_position.unwrap_or(StartingPosition::TrimHorizon));
    match start {
        ReadFrom::Start(StartingPosition::Latest) => {
            let reading = stream.read(shard, &start, 0);
            reading.and_then(|(reading, _)| reading.next).unwrap_or(start)
        }
        start => start,
    }
}

/// How long the function may run.
fn timeout(world: &World, function: FunctionId) -> Duration {
    let latest = world.hub().deployment(function, Version::Latest);
    latest.map(|latest| latest.settings.timeout).unwrap_or_default()
}

impl World {
    pub(super) fn now(&self) -> Time {
        self.triggers.common.now()
    }

    fn uuid(&self) -> String {
        self.ids.uuid()
    }
}
