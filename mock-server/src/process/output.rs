//! What a process writes to its standard output and standard error, cut into lines.

use std::{
    io::{self, PipeReader},
    pin::Pin,
    task::{Context, Poll, ready},
};

use rustix::io::Errno;
use tokio::{
    io::{AsyncRead, ReadBuf},
    net::unix::pipe,
};

/// The reading end of the pipe, cut into lines.
///
/// At the end of an invocation everything that is in the pipe is taken at once. Tokio's own read would find
/// nothing as long as the reactor has not noticed the data, so that read goes past it.
#[derive(Debug)]
pub(super) struct Output {
    pipe: pipe::Receiver,
    line: Vec<u8>,
    has_ended: bool,
}

impl Output {
    /// Longer lines are cut, as CloudWatch does.
    const LINE_BYTES: usize = 256 * 1024;

    pub(super) fn new(reader: PipeReader) -> io::Result<Self> {
        let pipe = pipe::Receiver::from_owned_fd(reader.into())?;
        Ok(Self { pipe, line: Vec::new(), has_ended: false })
    }

    /// At least one line; pending for ever after the end of the pipe.
    pub(super) fn poll_lines(&mut self, cx: &mut Context<'_>) -> Poll<Vec<String>> {
        let mut lines = Vec::new();
        let mut buffer = [0; 8 * 1024];
        while !self.has_ended && lines.is_empty() {
            let mut read = ReadBuf::new(&mut buffer);
            match ready!(Pin::new(&mut self.pipe).poll_read(cx, &mut read)) {
                Ok(()) if !read.filled().is_empty() => self.cut(read.filled(), &mut lines),
                Ok(()) | Err(_) => {
                    self.has_ended = true;
                    lines.extend(self.last_line());
                }
            }
        }
        if lines.is_empty() { Poll::Pending } else { Poll::Ready(lines) }
    }

    /// The complete lines that are in the pipe now; no more than fits into a pipe, because somebody may be
    /// writing faster than this reads.
    pub(super) fn pending(&mut self) -> Vec<String> {
        const PIPE_BYTES: usize = 64 * 1024;

        let mut lines = Vec::new();
        let mut buffer = [0; 8 * 1024];
        let mut length = 0;
        while !self.has_ended && length < PIPE_BYTES {
            match rustix::io::read(&self.pipe, &mut buffer) {
                Ok(0) => self.has_ended = true,
                Ok(read) => {
                    length += read;
                    self.cut(&buffer[..read], &mut lines);
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => break,
                Err(_) => self.has_ended = true,
            }
        }
        lines
    }

    fn cut(&mut self, bytes: &[u8], lines: &mut Vec<String>) {
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            self.line.extend_from_slice(piece);
            if piece.ends_with(b"\n") || self.line.len() >= Self::LINE_BYTES {
                lines.extend(self.last_line());
            }
        }
    }

    pub(super) fn last_line(&mut self) -> Option<String> {
        if self.line.is_empty() {
            return None;
        }
        let line = std::mem::take(&mut self.line);
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        Some(String::from_utf8_lossy(text).into_owned())
    }
}
