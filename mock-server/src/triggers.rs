//! What invokes functions: sources of events, and what leads from them to functions.
//!
//! - A [`Queue`] and a [`Stream`] are read by event source mappings ([`Function::map_source`](crate::Function::map_source)),
//!   which invoke a function with batches and wait for its answer.
//! - A [`Topic`], a [`Bus`] with its rules and schedules, and a [`Bucket`] tell their [`Target`]s: functions, which are
//!   invoked asynchronously, and queues.
//!
//! All of them are in memory, and live in the service's time: in paused time a batching window or a visibility timeout
//! takes none. What is decided is decided in [`core::mapping`](crate::core::mapping) and
//! [`core::trigger`](crate::core::trigger); here is who carries it out: a task
//! for each mapping, shard and schedule. What happens, and why, is in the timeline:
//! [`Event::Trigger`](crate::Event::Trigger).

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use lambda_api::transport::Clock;
use tokio::{sync::watch, task::AbortHandle};

use crate::{
    clock,
    core::{Time, destination::Message},
    service::World,
};

mod bucket;
mod bus;
mod mapping;
mod queue;
#[cfg(any(feature = "sqs", feature = "kinesis", feature = "dynamodb-streams"))]
mod real;
mod source;
mod stream;
mod target;
#[cfg(test)]
mod test;
mod topic;

pub use bucket::Bucket;
pub use bus::{Bus, NewRule, RuleError};
pub use mapping::{EventSourceMapping, Mapping, MappingError};
pub use queue::{NewQueue, Queue};
#[cfg(any(feature = "sqs", feature = "kinesis", feature = "dynamodb-streams"))]
pub use real::ConnectError;
#[cfg(feature = "sqs")]
pub use real::RealQueue;
#[cfg(any(feature = "kinesis", feature = "dynamodb-streams"))]
pub use real::RealStream;
pub use source::{Source, SourceError};
pub use stream::{NewStream, PutError, Stream};
pub use target::Target;
pub(crate) use topic::Published;
pub use topic::{SubscribeError, Subscription, Topic};

/// The sources of a service, and the tasks of its mappings, which end with it.
pub(crate) struct Triggers {
    common: Arc<Common>,
    queues: Mutex<BTreeMap<String, Queue>>,
    streams: Mutex<BTreeMap<String, Stream>>,
    topics: Mutex<BTreeMap<String, Topic>>,
    buses: Mutex<BTreeMap<String, Bus>>,
    buckets: Mutex<BTreeMap<String, Bucket>>,
    tasks: Mutex<BTreeMap<String, AbortHandle>>,
}

/// What all sources of a service share, and keep when the service is gone.
pub(crate) struct Common {
    clock: Arc<OnceLock<Clock>>,
    seed: u64,
    /// Nothing is read and nothing fires: the service has shut down.
    is_paused: watch::Sender<bool>,
}

impl Common {
    fn clock(&self) -> &Clock {
        self.clock.get_or_init(clock::start)
    }

    pub(crate) fn now(&self) -> Time {
        Time::from(self.clock().now())
    }

    /// Something has come: a service that stands still goes on.
    pub(crate) fn wake(&self) {
        self.is_paused.send_if_modified(|is_paused| std::mem::replace(is_paused, false));
    }

    /// Waits until a moment, for ever if there is none.
    async fn sleep_until(&self, time: Option<Time>) {
        match time {
            Some(time) => tokio::time::sleep_until(self.clock().instant_of(time.into())).await,
            None => std::future::pending().await,
        }
    }
}

impl Triggers {
    pub(crate) fn new(clock: Arc<OnceLock<Clock>>, seed: u64) -> Self {
        Self {
            common: Arc::new(Common { clock, seed, is_paused: watch::Sender::new(false) }),
            queues: Mutex::default(),
            streams: Mutex::default(),
            topics: Mutex::default(),
            buses: Mutex::default(),
            buckets: Mutex::default(),
            tasks: Mutex::default(),
        }
    }

    pub(crate) fn pause(&self) {
        self.common.is_paused.send_replace(true);
    }

    /// The service's time.
    pub(crate) fn now(&self) -> Time {
        self.common.now()
    }

    /// Takes a message of a destination, if there is a source of that name; gives it back if there is none.
    pub(crate) fn deliver(&self, message: &Message) -> Option<Result<(), String>> {
        let arn = message.destination().arn();
        if let Some(queue) = self.queue(arn) {
            let sent = queue.take_in(queue::from_destination(message));
            return Some(sent.map(|_| ()).map_err(|error| error.to_string()));
        }
        if let Some(topic) = self.topic(arn) {
            return Some(topic.deliver(message));
        }
        let bus = lock(&self.buses).get(arn).cloned();
        bus.map(|bus| bus.deliver(message))
    }

    fn keep(&self, id: String, task: AbortHandle) {
        let mut tasks = lock(&self.tasks);
        tasks.retain(|_, task| !task.is_finished());
        tasks.insert(id, task);
    }

    fn end(&self, id: &str) {
        if let Some(task) = lock(&self.tasks).remove(id) {
            task.abort();
        }
    }
}

impl World {
    /// Something has come from outside: a service that stands still goes on.
    fn wake(&self) {
        self.hub().pauses_queue = false;
        self.triggers.common.wake();
    }
}

impl Drop for Triggers {
    fn drop(&mut self) {
        for task in lock(&self.tasks).values() {
            task.abort();
        }
    }
}

/// A panic elsewhere leaves what is behind these locks as true as it was.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
