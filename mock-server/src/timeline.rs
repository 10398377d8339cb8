//! The one ordered record of everything that happened, each entry with what caused it.
//!
//! Assertions, log lines and the command line's output all read it; nothing else is kept. How it is drawn is in
//! `lanes`, who is behind a call in `who`; which rules were broken is found out in [`misuse`](crate::misuse).

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use lambda_api::limits;
use tokio::sync::watch;

use crate::platform_log;

mod entries;
mod event;
mod lanes;
mod trigger;
mod who;

use entries::Entries;
pub use event::{Event, ExtensionEvent, QueueEvent};
pub use lanes::Lanes;
pub use trigger::{Because, TriggerEvent};
pub use who::Who;
pub(crate) use who::{Callers, are_extensions};

/// How much is kept; the oldest entries go first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kept {
    pub(crate) entries: usize,
    /// Of output, and of names of records.
    pub(crate) bytes: usize,
}

impl Default for Kept {
    fn default() -> Self {
        Self { entries: 100_000, bytes: 64 * 1024 * 1024 }
    }
}

/// Numbers the execution environments of a service, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnvironmentId(pub(crate) u32);

impl fmt::Display for EnvironmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl EnvironmentId {
    /// Stands for none: something happened to an event in the queue, or between a source and a function, and not in an
    /// environment.
    pub const NONE: Self = Self(0);

    /// Its place in a list of all environments.
    fn index(self) -> Option<usize> {
        usize::try_from(self.0).ok()?.checked_sub(1)
    }

    /// Its function, of the functions of all environments.
    fn function(self, functions: &[String]) -> Option<&str> {
        functions.get(self.index()?).map(String::as_str)
    }
}

/// Something that happened in an execution environment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Entry {
    /// Counts all entries of the service, from 0.
    pub sequence: u64,
    /// When, by the service's clock.
    pub time: SystemTime,
    /// Where; what happened to an event in the queue has [none](EnvironmentId::NONE).
    pub environment: EnvironmentId,
    /// The entry that led to this one; `None` for what came from outside.
    pub cause: Option<u64>,
    /// What.
    pub event: Event,
}

/// The record; cheap to clone, all clones are one record.
///
/// [`entries`](Self::entries) is for programs, [`lanes`](Self::lanes) for people. A cold start looks like this:
///
/// ```text
/// environment 1 of double
///                platform                                     │ runtime
///                ─────────────────────────────────────────────┼─────────────────────────────
///  0  + 0.000 ms invoke: request 1                            │
///  1  + 0.000 ms └ INIT                                       │
///  2  + 0.000 ms                                              │ └ launched
///  3  +85.000 ms                                              │ ← next
///  4  +85.000 ms └ init done, 85.000 ms                       │
///  5  +85.000 ms └ INVOKE request 1                           │
///  7  +85.000 ms                                              │ └ → request 1
///  8  +97.000 ms                                              │ ← response request 1 → 202
/// 10  +97.000 ms └ answer: 8 bytes                            │
/// 11  +97.000 ms                                              │ ← next
/// 12  +97.000 ms └ request 1: success, 12.000 ms              │
/// 13  +97.000 ms └ IDLE                                       │
/// request 1 is 1c5f3e0e-6e0b-4d84-a1b8-0f2a3c4d5e6f
/// ```
///
/// # Example
///
/// ```
/// use mock_server::{Event, MockLambda};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let mock = MockLambda::new();
/// let function = mock.function("broken").in_process(|_| async { Err("out of order") });
/// function.invoke("{}").await;
/// let exits = mock.timeline().entries().iter().filter(|entry| matches!(entry.event, Event::Exited(_))).count();
/// // Init was repeated within the invocation, as Lambda does.
/// assert_eq!(exits, 2);
/// # }
/// ```
#[derive(Clone)]
pub struct Timeline {
    record: Arc<Record>,
}

/// Sees each entry as it is recorded.
pub(crate) type Observer = Box<dyn Fn(&Entry) + Send + Sync>;

struct Record {
    kept: Mutex<Entries>,
    length: watch::Sender<u64>,
    observer: Option<Observer>,
}

impl Entry {
    /// The part of an entry's size that guests and sources decide about.
    fn bytes(&self) -> usize {
        match &self.event {
            Event::Output { line } | Event::Extension { event: ExtensionEvent::Output { line }, .. } => {
                line.len()
            }
            Event::Trigger { event, .. } => event.bytes(),
            _ => 0,
        }
    }
}

impl fmt::Debug for Timeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timeline").field("length", &self.kept().next()).finish_non_exhaustive()
    }
}

impl Timeline {
    pub(crate) fn new(observer: Option<Observer>, most: Kept) -> Self {
        let (length, kept) = (watch::Sender::new(0), Mutex::new(Entries::new(most)));
        Self { record: Arc::new(Record { kept, length, observer }) }
    }

    /// All that has happened so far, oldest first.
    ///
    /// Of a service that runs for long only the last 100,000 entries are kept, and 64 MiB of output, unless it was
    /// [made otherwise](crate::ServiceBuilder::timeline).
    pub fn entries(&self) -> Vec<Entry> {
        self.kept().all().cloned().collect()
    }

    /// Waits for the first entry that the condition holds for; one that is already there counts.
    pub async fn wait_for(&self, condition: impl Fn(&Entry) -> bool) -> Entry {
        let mut length = self.record.length.subscribe();
        let mut seen = 0;
        loop {
            let new: Vec<Entry> = {
                let kept = self.kept();
                let new = kept.since(seen).cloned().collect();
                seen = kept.next();
                new
            };
            // Not under the lock: the condition may look at the timeline, too.
            let found = new.into_iter().find(&condition);
            if let Some(entry) = found {
                return entry;
            }
            // The sender lives in `self`, so there will be a change or nobody to wait.
            let _changed = length.wait_for(|&length| length > seen).await;
        }
    }

    /// The record as a picture: one column for the platform, one for the runtime and one for each extension.
    ///
    /// ```
    /// use mock_server::MockLambda;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let mock = MockLambda::new();
    /// let function = mock.function("broken").in_process(|_| async { Err("out of order") });
    /// function.invoke("{}").await;
    /// // For snapshots: without what differs from run to run.
    /// let lanes = mock.timeline().lanes().redacted().to_string();
    /// assert!(lanes.starts_with("environment 1 of broken\nplatform"));
    /// assert!(lanes.contains("└ init failed: Runtime.ExitError"), "{lanes}");
    /// # }
    /// ```
    pub fn lanes(&self) -> Lanes {
        let kept = self.kept();
        Lanes::new(kept.all().cloned().collect(), kept.functions().map(str::to_owned).collect())
    }

    /// Notes whose environment the next number is.
    pub(crate) fn note_environment(&self, number: u32, function: &str) -> EnvironmentId {
        self.kept().note_environment(number, function);
        EnvironmentId(number)
    }

    /// The function whose environment this is.
    pub(crate) fn function(&self, environment: EnvironmentId) -> Option<String> {
        self.kept().function(environment).map(str::to_owned)
    }

    /// The lines that an environment's function has written since an entry.
    pub(crate) fn output_since(&self, environment: EnvironmentId, sequence: u64) -> Vec<String> {
        let kept = self.kept();
        let mut lines: Vec<String> = kept
            .newest_of(environment, sequence)
            .filter_map(|entry| match &entry.event {
                Event::Output { line } => Some(line.clone()),
                _ => None,
            })
            .collect();
        lines.reverse();
        lines
    }

    /// The last bytes of the log that an environment has written since an entry, the platform's lines among them.
    pub(crate) fn tail(&self, environment: EnvironmentId, sequence: u64, is_json: bool) -> Vec<u8> {
        let kept = self.kept();
        let mut tail = VecDeque::new();
        for entry in kept.newest_of(environment, sequence) {
            for line in platform_log::log(entry, is_json).iter().rev() {
                tail.push_front(b'\n');
                line.bytes().rev().for_each(|byte| tail.push_front(byte));
            }
            if tail.len() > limits::LOG_TAIL_BYTES {
                break;
            }
        }
        let from = tail.len().saturating_sub(limits::LOG_TAIL_BYTES);
        tail.into_iter().skip(from).collect()
    }

    pub(crate) fn record(
        &self,
        time: SystemTime,
        environment: EnvironmentId,
        cause: Option<u64>,
        event: Event,
    ) -> u64 {
        let mut kept = self.kept();
        let sequence = kept.next();
        let entry = Entry { sequence, time, environment, cause, event };
        // Under the lock, so that an observer sees the entries in their order.
        if let Some(observer) = &self.record.observer {
            observer(&entry);
        }
        kept.push(entry);
        drop(kept);
        // Whoever waits has subscribed before it has looked at what is there.
        if self.record.length.receiver_count() > 0 {
            self.record.length.send_replace(sequence + 1);
        }
        sequence
    }

    fn kept(&self) -> MutexGuard<'_, Entries> {
        // A panic elsewhere leaves the record as true as it was.
        self.record.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
