//! Waits for the end of an invocation, as telemetry tells it.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use lambda_api::{
    RequestId,
    telemetry::{Record, RuntimeDone},
};
use memchr::memmem;
use tokio::sync::Notify;

use super::Batch;

/// So many invocations are remembered, the last ones; in an environment there is one at a time.
const REMEMBERED: usize = 64;

const KIND: &str = "platform.runtimeDone";

/// Knows which invocations the runtime is done with. Clones know the same.
///
/// Whoever takes the batches shows them to it; whoever wants to know asks. An extension that asks before it calls
/// [`next_event`](crate::Extension::next_event) keeps the environment from freezing until its function has ended, at a
/// price: telemetry comes as late as the subscription's [`timeout`](super::Subscription::timeout) says, which is 1 s if not
/// set and 25 ms at least, and that time is billed. If it does not come at all, the invocation times out: do not wait up to
/// its deadline. There is no such record on Lambda Managed Instances. Source:
/// [`platform.runtimeDone`](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#platform-runtimeDone).
///
/// ```
/// use lambda_extension::telemetry::{Batch, RuntimeDoneWatch, Status};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let watch = RuntimeDoneWatch::new();
/// watch.observe(&Batch::from_array(
///     r#"[{"time":"2026-11-20T10:00:00Z","type":"platform.runtimeDone","record":{"requestId":"r-1","status":"success"}}]"#,
/// ));
/// assert_eq!(watch.wait(&"r-1".parse()?).await.status, Status::Success);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct RuntimeDoneWatch {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    done: Mutex<VecDeque<RuntimeDone>>,
    changed: Notify,
}

impl fmt::Debug for RuntimeDoneWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RuntimeDoneWatch")
    }
}

impl RuntimeDoneWatch {
    /// One that has seen nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks for ends of invocations in a batch; whether there is one.
    pub fn observe(&self, batch: &Batch) -> bool {
        // Most batches have none, and a search costs less than finding the events.
        if memmem::find(batch.bytes(), KIND.as_bytes()).is_none() {
            return false;
        }
        let events = batch.raw_events().flatten().filter(|event| event.kind() == KIND);
        let found: Vec<RuntimeDone> = events
            .filter_map(|event| match event.decode().ok()?.record {
                Record::RuntimeDone(done) => Some(done),
                _ => None,
            })
            .collect();
        if found.is_empty() {
            return false;
        }
        {
            let mut done = self.shared.done.lock().unwrap_or_else(PoisonError::into_inner);
            done.extend(found);
            let surplus = done.len().saturating_sub(REMEMBERED);
            done.drain(..surplus);
        }
        self.shared.changed.notify_waiters();
        true
    }

    /// How the runtime ended an invocation, if that was seen; from then on it was not.
    ///
    /// An asynchronous invocation that is tried again has the same id, and an end of its own.
    pub fn take(&self, request_id: &RequestId) -> Option<RuntimeDone> {
        let mut done = self.shared.done.lock().unwrap_or_else(PoisonError::into_inner);
        let at = done.iter().position(|done| done.request_id == *request_id)?;
        done.remove(at)
    }

    /// Waits until the runtime is done with an invocation, and [`take`](Self::take)s that.
    ///
    /// Somebody else has to [`observe`](Self::observe) batches meanwhile. There is no time-out.
    pub async fn wait(&self, request_id: &RequestId) -> RuntimeDone {
        loop {
            let changed = self.shared.changed.notified();
            if let Some(done) = self.take(request_id) {
                return done;
            }
            changed.await;
        }
    }
}
