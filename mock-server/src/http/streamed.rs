//! A body that is written while it is being made.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use hyper::body::{Body, Frame};
use tokio::sync::mpsc;

/// How many pieces may wait for the reader; whoever writes more waits.
const PIECES: usize = 4;

/// A body whose pieces come from somewhere else. It ends when its [`Writer`] is dropped.
#[derive(Debug)]
pub(crate) struct Streamed {
    pieces: mpsc::Receiver<Result<Bytes, Broken>>,
}

/// The body breaks off: the connection is closed, so that the reader does not take it for whole.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the response broke off")]
pub(crate) struct Broken;

/// The other end of a [`Streamed`] body.
#[derive(Debug)]
pub(crate) struct Writer(mpsc::Sender<Result<Bytes, Broken>>);

impl Streamed {
    pub(crate) fn new() -> (Writer, Self) {
        let (sender, pieces) = mpsc::channel(PIECES);
        (Writer(sender), Self { pieces })
    }
}

impl Writer {
    /// Gives the reader some more, as soon as it has room for it; `false` if it has gone.
    pub(crate) async fn write(&self, bytes: Bytes) -> bool {
        self.0.send(Ok(bytes)).await.is_ok()
    }

    /// Breaks the body off.
    pub(crate) async fn break_off(self) {
        let _gone = self.0.send(Err(Broken)).await;
    }
}

impl Body for Streamed {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        self.pieces.poll_recv(cx).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}
