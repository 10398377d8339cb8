//! Event source mappings: what is configured for one, and the handle of one that runs.
//!
//! What a mapping does is decided by the pollers of [`core::mapping`](crate::core::mapping); `queue_runner` and
//! `shard_runner` are the tasks that carry it out, `target` is how they reach the function.

use std::{fmt, sync::Arc, time::Duration};

use tokio::{runtime, sync::watch};

use super::Source;
#[cfg(feature = "sqs")]
use crate::core::mapping::QueueForm;
use crate::{
    Function,
    core::{
        catalog::CatalogError,
        mapping::{Configuration, Settings, SettingsError, SourceKind, StartingPosition},
        pattern::filter::{FilterError, Filters},
    },
};

mod control;
mod queue_access;
mod queue_runner;
mod reader;
mod shard_runner;
mod start;
mod target;

use self::{queue_access::QueueAccess, start::Start};

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

/// What a mapping is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MappingState {
    Enabled,
    Disabled,
    /// It ends when there is nothing to wait for any more.
    Deleted,
}

/// An event source mapping that runs. Clones are the same one; it goes on when they are dropped.
#[derive(Clone)]
pub struct EventSourceMapping {
    inner: Arc<Inner>,
}

struct Inner {
    uuid: String,
    source: Source,
    state: watch::Sender<MappingState>,
    /// How many failure records are on their way.
    sending: watch::Sender<usize>,
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
        self.change(MappingState::Disabled);
    }

    /// Goes on.
    pub fn enable(&self) {
        self.change(MappingState::Enabled);
    }

    /// What is deleted stays so.
    fn change(&self, to: MappingState) {
        self.inner.state.send_if_modified(|state| {
            let changes = *state != MappingState::Deleted;
            if changes {
                *state = to;
            }
            changes
        });
    }

    /// Reads no further, and ends the mapping when the function has finished what it has been given.
    pub fn delete(&self) {
        self.change(MappingState::Deleted);
    }

    /// Waits until all that is in the source has come to its end: processed, passed over or given up, and told where that is told.
    /// A real queue, of which nobody knows what is in it, is not waited for.
    ///
    /// That of a mapping that is disabled does not come to its end, unless there is nothing in the source.
    pub async fn settled(&self) {
        let puts = match &self.inner.source {
            Source::Queue(queue) => {
                queue.drained().await;
                return;
            }
            Source::Stream(stream) => stream.puts(),
            #[cfg(feature = "sqs")]
            Source::RealQueue(_) => return,
            // Nobody knows what has been put in; all that was read is over.
            #[cfg(any(feature = "kinesis", feature = "dynamodb-streams"))]
            Source::RealStream(_) => watch::channel(u64::MAX).1,
        };
        let has_seen = |seen: &Option<u64>| seen.is_some_and(|seen| seen >= *puts.borrow());
        let mut sending = self.inner.sending.subscribe();
        while *sending.borrow() > 0 || !self.inner.seen.iter().all(|seen| has_seen(&seen.borrow())) {
            // What it gives is a lock, and is not kept.
            drop(sending.wait_for(|sending| *sending == 0).await);
            for seen in &self.inner.seen {
                // A shard whose task has ended has nothing to do any more.
                if seen.clone().wait_for(has_seen).await.is_err() {
                    return;
                }
            }
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
        let mut start = Start::new(self, &mapping)?;
        let task = match &source {
            Source::Queue(queue) => {
                let access = QueueAccess::Memory(queue.clone());
                start.queue(
                    &runtime,
                    access,
                    queue.arn(),
                    queue.form(),
                    queue.settings().visibility_timeout,
                )?
            }
            Source::Stream(stream) => start.stream(&runtime, stream)?,
            #[cfg(feature = "sqs")]
            Source::RealQueue(queue) => {
                let form = if queue.facts.is_fifo { QueueForm::Fifo } else { QueueForm::Standard };
                let access = QueueAccess::Real(queue.clone(), Arc::clone(&self.world().triggers.common));
                start.queue(&runtime, access, queue.arn(), form, queue.facts.visibility_timeout)?
            }
            #[cfg(any(feature = "kinesis", feature = "dynamodb-streams"))]
            Source::RealStream(stream) => start.real_stream(&runtime, stream)?,
        };
        Ok(start.finish(source, task))
    }
}
