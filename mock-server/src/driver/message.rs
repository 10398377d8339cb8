//! What reaches a driver, and what leaves it for those who wait.

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use tokio::sync::{mpsc, oneshot};

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
}

/// Where an environment takes its invokes from. When it closes, the environment shuts down.
pub(crate) type Invocations = mpsc::UnboundedReceiver<Submitted>;

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
}

/// The end of an invocation.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) report: Report,
    pub(crate) logs: Vec<String>,
}
