//! What reaches a driver, and what leaves it for those who wait.

use std::sync::{Arc, Weak};

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use lambda_api::ExtensionId;
use tokio::sync::{Notify, OwnedSemaphorePermit, mpsc, oneshot};

use crate::{
    core::{Answer, Call, CallId, Input, Invoke, InvokeId, Report},
    service::World,
};

/// What a connection tells the driver.
///
/// Channels have room for 32 of what they carry as long as they live, and most environments are idle: boxes go through them.
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
    pub(crate) invokes: mpsc::UnboundedReceiver<Box<Submitted>>,
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
    /// Where the pieces of the response go, if the caller takes them as they come.
    pub(crate) pieces: Option<mpsc::UnboundedSender<Piece>>,
    /// Whether the end of the log is to come with the end.
    pub(crate) wants_tail: bool,
    /// Its place among the invocations that have no answer yet.
    pub(crate) slot: Slot,
}

/// A part of a response that streams.
#[derive(Debug)]
pub(crate) enum Piece {
    /// It begins, and has this content type.
    Begins(Option<String>),
    /// Some bytes, and their place among the pieces that wait: who keeps it slows the guest down.
    Bytes(Bytes, Option<OwnedSemaphorePermit>),
}

/// The place of an invocation in the concurrency, which is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    world: Weak<World>,
    invoke: InvokeId,
}

impl Slot {
    pub(crate) fn new(world: &Arc<World>, invoke: InvokeId) -> Self {
        Self { world: Arc::downgrade(world), invoke }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(world) = self.world.upgrade() {
            world.answered(self.invoke);
        }
    }
}

/// The end of an invocation.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) report: Report,
    pub(crate) logs: Vec<String>,
    /// The last 4 KB of the log, if they are wanted.
    pub(crate) tail: Option<Vec<u8>>,
}
