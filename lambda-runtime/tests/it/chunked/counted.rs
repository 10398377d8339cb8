//! A connection in memory that notes each write of the runtime's, as the operating system would see it.

use std::{
    future::ready,
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    task::{Context, Poll},
};

use lambda_api::transport::{Connect, Connecting, Io};
use tokio::{
    io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, duplex},
    sync::mpsc,
};

use super::Memory;

/// The writes so far, each with what it took.
pub(super) type Writes = Arc<Mutex<Vec<Vec<u8>>>>;

/// How many connections will still be refused.
pub(super) type Refusals = Arc<AtomicU32>;

/// Whether one write may gather several buffers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writing {
    /// As a socket does.
    Gathered,
    OneByOne,
}

/// The service's end of a connection.
pub(super) struct Opened {
    pub(super) stream: DuplexStream,
    pub(super) writes: Writes,
}

/// The other ends of the connections go to the service.
pub(super) struct InMemory {
    pub(super) opener: mpsc::UnboundedSender<Opened>,
    pub(super) memory: Memory,
    pub(super) refusals: Refusals,
}

impl Connect for InMemory {
    fn connect(&self) -> Connecting<'_> {
        let refuse = |left: u32| left.checked_sub(1);
        if self.refusals.fetch_update(Ordering::Relaxed, Ordering::Relaxed, refuse).is_ok() {
            return Box::pin(ready(Err(io::ErrorKind::ConnectionRefused.into())));
        }
        let (stream, service) = duplex(self.memory.room);
        let writes = Writes::default();
        let client: Box<dyn Io> =
            Box::new(Counted { stream, writing: self.memory.writing, writes: Arc::clone(&writes) });
        // A test that has ended no longer listens.
        let _ended = self.opener.send(Opened { stream: service, writes });
        Box::pin(ready(Ok(client)))
    }
}

struct Counted {
    stream: DuplexStream,
    writing: Writing,
    writes: Writes,
}

impl Counted {
    /// Notes as much of a write as was taken.
    fn note<'a>(&self, polled: &Poll<io::Result<usize>>, slices: impl Iterator<Item = &'a [u8]>) {
        let Poll::Ready(Ok(mut left)) = *polled else { return };
        let mut taken = Vec::with_capacity(left);
        for slice in slices {
            let here = left.min(slice.len());
            taken.extend_from_slice(&slice[..here]);
            left -= here;
        }
        self.writes.lock().unwrap().push(taken);
    }
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.note(&polled, [bytes].into_iter());
        polled
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.writing == Writing::OneByOne {
            let first = slices.iter().find(|slice| !slice.is_empty()).map_or(&[][..], |slice| &**slice);
            return self.poll_write(cx, first);
        }
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.note(&polled, slices.iter().map(|slice| &**slice));
        polled
    }

    fn is_write_vectored(&self) -> bool {
        self.writing == Writing::Gathered
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
