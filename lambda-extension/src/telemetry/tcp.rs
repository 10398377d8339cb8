//! Batches over TCP: JSON objects, one to a line, and no replies. What is not read is what the service has to keep.

use std::{
    future::{Future, poll_fn},
    io,
    pin::pin,
    sync::Arc,
    task::Poll,
};

use bytes::{Buf, Bytes, BytesMut};
use memchr::{memchr, memrchr};
use tokio::{io::AsyncWriteExt, net::TcpStream, sync::OwnedSemaphorePermit};

use super::{
    Batch, TelemetryError,
    inlet::{Inlet, Mode},
    listener::Activity,
};

/// Most that is read at once.
const READ_BYTES: usize = 64 * 1024;

/// Reads a connection to its end. A listener that is closed says so to the other side, and reads what was on its way.
pub(super) async fn serve(mut stream: TcpStream, inlet: Arc<Inlet>, activity: Activity) {
    let mut lines = Lines { inlet: &inlet, activity, buffer: BytesMut::new(), room: None, skips: false };
    let mut mode = inlet.mode();
    let mut is_closing = false;
    loop {
        let step = {
            let mut reading = pin!(lines.read(&stream));
            let mut closing = pin!(mode.wait_for(|mode| *mode == Mode::Closed));
            poll_fn(|cx| {
                if !is_closing && closing.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(None);
                }
                reading.as_mut().poll(cx).map(Some)
            })
            .await
        };
        match step {
            Some(Ok(1..)) => {}
            Some(Ok(0) | Err(_)) => break,
            None => {
                is_closing = true;
                // The other side sees this before it writes the next time.
                let _gone = stream.shutdown().await;
            }
        }
    }
    lines.end();
}

/// The lines of a connection.
struct Lines<'a> {
    inlet: &'a Inlet,
    activity: Activity,
    /// What has no end yet.
    buffer: BytesMut,
    /// The room that it takes.
    room: Option<OwnedSemaphorePermit>,
    /// Whether what comes belongs to a line that was too long.
    skips: bool,
}

impl Lines<'_> {
    /// Reads once, as soon as there is something to read and room for it; how many bytes, 0 at the end. May be dropped.
    async fn read(&mut self, stream: &TcpStream) -> io::Result<usize> {
        loop {
            stream.readable().await?;
            self.activity.begin();
            let _under_way = self.inlet.begin();
            if self.buffer.len() >= self.inlet.capacity() {
                self.give_up();
            } else if !self.buffer.is_empty() && self.inlet.is_stuck() {
                // Several lines without an end fill the memory together: one of them has to go, if there is more of it.
                if stream.peek(&mut [0]).await? == 0 {
                    return Ok(0);
                }
                if self.inlet.is_stuck() {
                    self.give_up();
                }
            }
            let most = READ_BYTES.min(self.inlet.capacity() - self.buffer.len());
            let Some(mut room) = self.inlet.some_room(most).await else { return Ok(0) };
            let most = room.num_permits();
            self.buffer.reserve(most);
            let before = self.buffer.len();
            let mut limited = bytes::BufMut::limit(&mut self.buffer, most);
            match stream.try_read_buf(&mut limited) {
                Ok(count) => {
                    drop(room.split(most - count));
                    match &mut self.room {
                        Some(taken) => taken.merge(room),
                        None => self.room = Some(room),
                    }
                    self.take_lines(before);
                    if self.buffer.is_empty() {
                        self.activity.end();
                    }
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && before > 0 => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.activity.end(),
                Err(error) => return Err(error),
            }
        }
    }

    /// Puts whole lines into the queue; what came before `from` has no end.
    fn take_lines(&mut self, from: usize) {
        let news = self.buffer.get(from..).unwrap_or_default();
        if self.skips {
            let end = memchr(b'\n', news);
            self.skips = end.is_none();
            // The rest of the line, and its end.
            drop(self.drop_front(end.map_or(self.buffer.len(), |end| from + end + 1)));
            if !self.skips {
                self.take_lines(0);
            }
            return;
        }
        if let Some(end) = memrchr(b'\n', news) {
            self.put(from + end + 1);
        }
    }

    /// Puts so many bytes into the queue; as a copy, because a slice would keep all of the buffer.
    fn put(&mut self, length: usize) {
        let lines = Bytes::copy_from_slice(self.buffer.get(..length).unwrap_or_default());
        if let Some(room) = self.drop_front(length) {
            let _nobody_asks = self.inlet.put(Batch::from_lines(lines), room);
        }
    }

    /// Forgets so many bytes; the room that they took.
    fn drop_front(&mut self, length: usize) -> Option<OwnedSemaphorePermit> {
        self.buffer.advance(length);
        self.room.as_mut().and_then(|room| room.split(length))
    }

    /// A line has filled the memory, and may have no end at all.
    fn give_up(&mut self) {
        let bytes = self.buffer.len();
        drop(self.drop_front(bytes));
        self.skips = true;
        self.inlet.tell(TelemetryError::TooLarge { bytes, capacity: self.inlet.capacity() });
    }

    /// A last line needs no end.
    fn end(&mut self) {
        if !self.buffer.is_empty() {
            self.put(self.buffer.len());
        }
    }
}
