//! Makes a mapping of what is configured: checks it against the source, and starts its tasks.

use std::{sync::Arc, time::Duration};

use tokio::{
    runtime::Handle,
    sync::watch,
    task::{AbortHandle, JoinSet},
};

use super::{
    EventSourceMapping, Inner, Mapping, MappingError, MappingState, control::Control,
    queue_access::QueueAccess, queue_runner::QueueRunner, reader::Reader, shard_runner::ShardRunner,
    target::Target,
};
#[cfg(any(feature = "kinesis", feature = "dynamodb-streams"))]
use crate::triggers::RealStream;
use crate::{
    Function,
    core::{
        Time,
        catalog::Version,
        mapping::{
            Filter, QueueForm, QueuePoller, QueueSource, ReadFrom, Settings, ShardPoller, ShardTask,
            SourceKind, StartingPosition, StreamSource,
        },
        pattern::filter::Filters,
    },
    service::World,
    triggers::{Source, Stream},
};

pub(super) struct Start<'a> {
    function: &'a Function,
    mapping: &'a Mapping,
    uuid: String,
    state: watch::Sender<MappingState>,
    sending: watch::Sender<usize>,
    seen: Vec<watch::Receiver<Option<u64>>>,
}

impl<'a> Start<'a> {
    /// Fails if the qualifier leads nowhere.
    pub(super) fn new(function: &'a Function, mapping: &'a Mapping) -> Result<Self, MappingError> {
        let world = function.world();
        world.hub().catalog.check(function.id(), mapping.qualifier.as_deref())?;
        let is_enabled = mapping.configuration.enabled.unwrap_or(true);
        let state = if is_enabled { MappingState::Enabled } else { MappingState::Disabled };
        Ok(Self {
            function,
            mapping,
            uuid: world.ids.uuid(),
            state: watch::Sender::new(state),
            sending: watch::Sender::new(0),
            seen: Vec::new(),
        })
    }

    fn world(&self) -> &'a Arc<World> {
        self.function.world()
    }

    fn now(&self) -> Time {
        self.world().triggers.common.now()
    }

    fn target(&self, source: &str) -> Target {
        let (world, qualifier) = (self.world(), self.mapping.qualifier.clone());
        Target::new(world, self.function.id(), self.function.name(), qualifier, source)
    }

    fn control(&self) -> Control {
        Control::new(&self.world().triggers.common, self.state.subscribe())
    }

    pub(super) fn queue(
        &self,
        runtime: &Handle,
        access: QueueAccess,
        arn: &str,
        form: QueueForm,
        visibility_timeout: Duration,
    ) -> Result<AbortHandle, MappingError> {
        let kind = match form {
            QueueForm::Standard => SourceKind::StandardQueue,
            QueueForm::Fifo => SourceKind::FifoQueue,
        };
        let (settings, filters) = self.mapping.check(kind)?;
        settings.check_visibility(visibility_timeout, self.timeout())?;
        let source = QueueSource { arn: arn.to_owned() };
        let poller = QueuePoller::new(self.now(), source, settings, filters.map(boxed));
        let runner = QueueRunner::new(self.target(arn), access, poller, self.control());
        Ok(runtime.spawn(runner.run()).abort_handle())
    }

    /// How long the function may run.
    fn timeout(&self) -> Duration {
        let latest = self.world().hub().deployment(self.function.id(), Version::Latest);
        latest.map(|latest| latest.settings.timeout).unwrap_or_default()
    }

    pub(super) fn stream(&mut self, runtime: &Handle, stream: &Stream) -> Result<AbortHandle, MappingError> {
        let checked = self.mapping.check(stream.kind())?;
        let parks = checked.0.tumbling_window.is_none();
        let mut shards = Vec::new();
        for shard in stream.shards() {
            let seen = self.seen();
            let from = begin(stream, &shard, &checked.0);
            shards.push((from, shard.clone(), Reader::memory(stream.clone(), shard, parks, seen)));
        }
        Ok(self.shards(runtime, &checked, (stream.arn(), stream.source(), stream.retention()), shards))
    }

    #[cfg(any(feature = "kinesis", feature = "dynamodb-streams"))]
    pub(super) fn real_stream(
        &mut self,
        runtime: &Handle,
        stream: &RealStream,
    ) -> Result<AbortHandle, MappingError> {
        let checked = self.mapping.check(stream.kind())?;
        // What is put in from now on is behind it, although the task that reads has not begun, and may fail at first.
        let from = match start_of(&checked.0) {
            ReadFrom::Start(StartingPosition::Latest) if stream.kind() == SourceKind::Kinesis => {
                ReadFrom::Start(StartingPosition::AtTimestamp(self.now()))
            }
            start => start,
        };
        let common = &self.world().triggers.common;
        let mut shards = Vec::new();
        for shard in stream.shards.iter().cloned() {
            let seen = self.seen();
            let reader = Reader::real(stream.clone(), shard.clone(), from.clone(), common, seen);
            shards.push((from.clone(), shard, reader));
        }
        Ok(self.shards(runtime, &checked, (stream.arn(), stream.source(), stream.retention), shards))
    }

    fn seen(&mut self) -> watch::Sender<Option<u64>> {
        let (sender, receiver) = watch::channel(None);
        self.seen.push(receiver);
        sender
    }

    /// One task for each shard, and one that ends all of them with it.
    fn shards(
        &self,
        runtime: &Handle,
        (settings, filters): &(Settings, Option<Filters>),
        (arn, source, retention): (&str, StreamSource, Duration),
        shards: Vec<(ReadFrom, String, Reader)>,
    ) -> AbortHandle {
        let function_arn = match &self.mapping.qualifier {
            Some(qualifier) => format!("{}:{qualifier}", self.function.arn()),
            None => self.function.arn().to_owned(),
        };
        let mut tasks = JoinSet::new();
        for (from, shard, reader) in shards {
            let task = ShardTask {
                source: source.clone(),
                from,
                shard: shard.clone(),
                function_arn: function_arn.clone(),
                retention,
            };
            let poller = ShardPoller::new(self.now(), task, settings.clone(), filters.clone().map(boxed));
            let target = self.target(&format!("{arn}/{shard}"));
            let uuid = self.uuid.clone();
            let sending = self.sending.clone();
            let runner = ShardRunner::new(target, (uuid, sending), reader, poller, self.control());
            tasks.spawn_on(runner.run(), runtime);
        }
        runtime.spawn(async move { while tasks.join_next().await.is_some() {} }).abort_handle()
    }

    pub(super) fn finish(self, source: Source, task: AbortHandle) -> EventSourceMapping {
        let world = self.world();
        world.triggers.keep(self.uuid.clone(), task);
        let Self { uuid, state, sending, seen, .. } = self;
        EventSourceMapping { inner: Arc::new(Inner { uuid, source, state, sending, seen }) }
    }
}

fn boxed(filters: Filters) -> Box<dyn Filter> {
    Box::new(filters)
}

/// Settings of a stream have a position.
fn start_of(settings: &Settings) -> ReadFrom {
    ReadFrom::Start(settings.starting_position.unwrap_or(StartingPosition::TrimHorizon))
}

/// What is put in from now on is behind it, although the task that reads has not begun.
fn begin(stream: &Stream, shard: &str, settings: &Settings) -> ReadFrom {
    match start_of(settings) {
        start @ ReadFrom::Start(StartingPosition::Latest) => {
            let reading = stream.read(shard, &start, 0);
            reading.and_then(|(reading, _)| reading.next).unwrap_or(start)
        }
        start => start,
    }
}
