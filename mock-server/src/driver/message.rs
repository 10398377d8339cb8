//! What reaches a driver, and what leaves it for those who wait.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use lambda_api::ExtensionId;
use tokio::sync::{Notify, OwnedSemaphorePermit, mpsc, oneshot};

use crate::core::{Answer, Call, CallId, Input, Invoke, Report};

/// What a connection tells the driver.
#[derive(Debug)]
pub(crate) enum Message {
    Called {
        call: CallId,
        generation: u32,
        connection: u64,
        method: Method,
        path: String,
        request: Call,
        reply: oneshot::Sender<Response<Bytes>>,
    },
    /// More of a call that is known already.
    More {
        call: CallId,
        input: Input,
        /// Its place among the pieces that wait; none for the end of a body.
        place: Option<OwnedSemaphorePermit>,
    },
    CallDropped {
        call: CallId,
    },
    Served {
        method: Method,
        path: String,
        status: StatusCode,
    },
    ConnectionClosed,
    /// A batch of telemetry was taken, or was not and why.
    Delivered {
        number: u64,
        subscriber: ExtensionId,
        result: Result<(), String>,
    },
}

/// What an environment is told by its function.
#[derive(Debug)]
pub(crate) struct Orders {
    /// Invokes for it. When this closes, the environment shuts down.
    pub(crate) invokes: mpsc::UnboundedReceiver<Submitted>,
    /// To restore its snapshot ahead of any invoke.
    pub(crate) restore: Arc<Notify>,
}

/// An invoke and whoever waits for it.
#[derive(Debug)]
pub(crate) struct Submitted {
    pub(crate) invoke: Box<Invoke>,
    pub(crate) waiter: Waiter,
}

/// Who waits for an invoke, and for how much of it.
#[derive(Debug)]
pub(crate) struct Waiter {
    pub(crate) answer: oneshot::Sender<Answer>,
    pub(crate) end: oneshot::Sender<End>,
    /// Its place among the invocations that have no answer yet.
    pub(crate) slot: Slot,
}

/// Counts an invocation as long as it exists.
#[derive(Debug)]
pub(crate) struct Slot(Arc<AtomicUsize>);

impl Slot {
    /// Takes one of `limit` places, if one is free.
    pub(crate) fn take(taken: &Arc<AtomicUsize>, limit: usize) -> Option<Self> {
        let more = |count| (count < limit).then_some(count + 1);
        let is_taken = taken.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).is_ok();
        is_taken.then(|| Self(Arc::clone(taken)))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The end of an invocation.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) report: Report,
    pub(crate) logs: Vec<String>,
}
