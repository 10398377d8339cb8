//! What a process writes, cut into log events as it comes.
//!
//! At the end of an invocation everything that has been written is taken at once. Tokio's own read would find
//! nothing as long as the reactor has not noticed the data, so that read goes past it.

use std::{
    os::fd::AsFd,
    pin::Pin,
    task::{Context, Poll},
};

use rustix::io::Errno;
use tokio::io::{AsyncRead, ReadBuf};

use crate::{guest::OutputLine, log::LogFormat};

/// How long a log event may be; CloudWatch Logs has such a limit, too.
pub(super) const EVENT_BYTES: usize = 256 * 1024;

/// Cuts a stream of bytes into log events.
pub(super) trait Cut {
    /// Takes the next bytes of the stream.
    fn cut(&mut self, bytes: &[u8], lines: &mut Vec<OutputLine>);

    /// What is left when the stream has ended.
    fn last(&mut self) -> Option<OutputLine>;
}

/// The reading end of a pipe or a socket.
#[derive(Debug)]
pub(super) struct Output<S, C> {
    source: S,
    cut: C,
    has_ended: bool,
}

impl<S: AsyncRead + AsFd + Unpin, C: Cut> Output<S, C> {
    pub(super) fn new(source: S, cut: C) -> Self {
        Self { source, cut, has_ended: false }
    }

    /// Whether nothing will come any more.
    pub(super) fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// Takes at least one event; if there is none, the waker is kept until there is.
    pub(super) fn poll_lines(&mut self, cx: &mut Context<'_>, lines: &mut Vec<OutputLine>) {
        let taken = lines.len();
        let mut buffer = [0; 8 * 1024];
        while !self.has_ended && lines.len() == taken {
            let mut read = ReadBuf::new(&mut buffer);
            match Pin::new(&mut self.source).poll_read(cx, &mut read) {
                Poll::Pending => return,
                Poll::Ready(Ok(())) if !read.filled().is_empty() => self.cut.cut(read.filled(), lines),
                Poll::Ready(Ok(()) | Err(_)) => self.end(lines),
            }
        }
    }

    /// Takes the complete events that have been written; no more than fits into a pipe or a socket, because
    /// somebody may be writing faster than this reads.
    pub(super) fn pending(&mut self, lines: &mut Vec<OutputLine>) {
        /// What a socket holds on Linux; a pipe holds a quarter of it.
        const BUFFER_BYTES: usize = 256 * 1024;

        let mut buffer = [0; 8 * 1024];
        let mut length = 0;
        while !self.has_ended && length < BUFFER_BYTES {
            match rustix::io::read(&self.source, &mut buffer) {
                Ok(0) => self.end(lines),
                Ok(read) => {
                    length += read;
                    self.cut.cut(&buffer[..read], lines);
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => break,
                Err(_) => self.end(lines),
            }
        }
    }

    /// Takes what is left, whether it is complete or not.
    pub(super) fn rest(&mut self, lines: &mut Vec<OutputLine>) {
        self.pending(lines);
        lines.extend(self.cut.last());
    }

    fn end(&mut self, lines: &mut Vec<OutputLine>) {
        self.has_ended = true;
        lines.extend(self.cut.last());
    }
}

/// Cuts at line ends. A line that is too long is cut in pieces.
#[derive(Debug)]
pub(super) struct Lines {
    line: Vec<u8>,
    format: LogFormat,
}

impl Lines {
    pub(super) fn new(format: LogFormat) -> Self {
        Self { line: Vec::new(), format }
    }
}

impl Cut for Lines {
    fn cut(&mut self, bytes: &[u8], lines: &mut Vec<OutputLine>) {
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            self.line.extend_from_slice(piece);
            if piece.ends_with(b"\n") || self.line.len() >= EVENT_BYTES {
                lines.extend(self.last());
            }
        }
    }

    fn last(&mut self) -> Option<OutputLine> {
        if self.line.is_empty() {
            return None;
        }
        let line = std::mem::take(&mut self.line);
        let text = String::from_utf8_lossy(line.strip_suffix(b"\n").unwrap_or(&line)).into_owned();
        Some(OutputLine { text, format: self.format, level: None, time: None })
    }
}
