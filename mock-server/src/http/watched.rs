//! A stream whose end can be noticed while nobody reads from it.
//!
//! A guest that hangs up while its poll is parked has to be noticed, and one that posts and hangs up without
//! waiting for the reply has posted all the same. hyper does either the one or the other; so it is told to
//! take no notice of the end, and whoever parks a poll watches for it here.

use std::{
    future::poll_fn,
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The stream, for hyper.
pub(crate) struct Watched<S> {
    shared: Arc<Mutex<Shared<S>>>,
}

/// Tells when the peer has closed its side. Belongs to the task that reads the stream.
pub(crate) struct End<S> {
    shared: Arc<Mutex<Shared<S>>>,
}

struct Shared<S> {
    stream: S,
    /// What was read while the end was being watched for.
    ahead: Vec<u8>,
}

impl<S> Clone for End<S> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Watched<S> {
    pub(crate) fn new(stream: S) -> (Self, End<S>) {
        let shared = Arc::new(Mutex::new(Shared { stream, ahead: Vec::new() }));
        (Self { shared: Arc::clone(&shared) }, End { shared })
    }

    fn with_stream<T>(&self, run: impl FnOnce(Pin<&mut S>) -> T) -> T {
        run(Pin::new(&mut lock(&self.shared).stream))
    }
}

impl<S: AsyncRead + Unpin> End<S> {
    /// Waits until the peer has closed its side. A peer that has more to say is there.
    pub(crate) async fn came(&self) {
        poll_fn(|cx| {
            let mut shared = lock(&self.shared);
            if !shared.ahead.is_empty() {
                return Poll::Pending;
            }
            let mut buffer = [0; 1024];
            let mut read = ReadBuf::new(&mut buffer);
            match ready!(Pin::new(&mut shared.stream).poll_read(cx, &mut read)) {
                Ok(()) if !read.filled().is_empty() => {
                    shared.ahead.extend_from_slice(read.filled());
                    Poll::Pending
                }
                Ok(()) | Err(_) => Poll::Ready(()),
            }
        })
        .await;
    }
}

fn lock<S>(shared: &Mutex<Shared<S>>) -> MutexGuard<'_, Shared<S>> {
    // Both users are in one task, so it is never held when it is wanted.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut shared = lock(&self.shared);
        if shared.ahead.is_empty() {
            return Pin::new(&mut shared.stream).poll_read(cx, buffer);
        }
        let length = shared.ahead.len().min(buffer.remaining());
        buffer.put_slice(&shared.ahead[..length]);
        shared.ahead.drain(..length);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.with_stream(|stream| stream.poll_write(cx, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.with_stream(|stream| stream.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.with_stream(|stream| stream.poll_shutdown(cx))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.with_stream(|stream| stream.poll_write_vectored(cx, slices))
    }

    fn is_write_vectored(&self) -> bool {
        lock(&self.shared).stream.is_write_vectored()
    }
}
