//! Reads HTTP/1.1 calls from a socket, byte by byte, and keeps what an HTTP library would hide.
//!
//! Doubled headers, the boundaries of chunks and when each came, trailers, and whether a call was whole. Only
//! the standard library is used, so that any runtime can be judged by it. Who is answered what is the business
//! of `server`.

use std::{
    io::{self, Read},
    net::TcpStream,
    time::{Duration, Instant},
};

/// Nothing that a runtime sends in these scripts is near this.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// A call as it came.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// Counts the connections, from 1.
    pub(crate) connection: usize,
    pub(crate) method: String,
    pub(crate) path: String,
    /// Names in lower case, in the order in which they came.
    pub(crate) headers: Vec<(String, String)>,
    /// Without the framing of chunks.
    pub(crate) body: Vec<u8>,
    /// Empty if the body had a length.
    pub(crate) chunks: Vec<Chunk>,
    pub(crate) trailers: Vec<(String, String)>,
    /// Whether the body came to its end.
    pub(crate) is_whole: bool,
    /// When the head was read.
    head_at: Instant,
}

/// A chunk of a body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chunk {
    /// Where in the body it ends.
    pub(crate) end: usize,
    /// How long after the head its last byte came.
    pub(crate) after: Duration,
}

/// What stands where a call should.
#[derive(Debug)]
pub(crate) enum Unreadable {
    /// The connection ended between two calls, or was reset.
    Closed,
    /// The bytes are no HTTP/1.1.
    Malformed(String),
}

impl From<io::Error> for Unreadable {
    fn from(_: io::Error) -> Self {
        Self::Closed
    }
}

impl Call {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        value(&self.headers, name)
    }

    pub(crate) fn trailer(&self, name: &str) -> Option<&str> {
        value(&self.trailers, name)
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// How long after the head the byte at this place of the body came.
    pub(crate) fn byte_after(&self, at: usize) -> Option<Duration> {
        self.chunks.iter().find(|chunk| chunk.end > at).map(|chunk| chunk.after)
    }
}

fn value<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    fields.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
}

/// One side of a connection, with what has been received and not been used.
pub(crate) struct Reader {
    stream: TcpStream,
    buffer: Vec<u8>,
    used: usize,
    /// When the bytes in the buffer came.
    arrived: Instant,
}

impl Reader {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream, buffer: Vec::new(), used: 0, arrived: now() }
    }

    /// The next call; one whose body breaks off is there, and not whole.
    pub(crate) fn call(&mut self, connection: usize) -> Result<Call, Unreadable> {
        let first = self.line()?;
        let mut words = first.split(' ');
        let (Some(method), Some(path), Some("HTTP/1.1"), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(Unreadable::Malformed(format!("request line {first:?}")));
        };
        let headers = self.fields()?;
        let mut call = Call {
            connection,
            method: method.to_owned(),
            path: path.to_owned(),
            headers,
            body: Vec::new(),
            chunks: Vec::new(),
            trailers: Vec::new(),
            is_whole: false,
            head_at: self.arrived,
        };
        match self.body(&mut call) {
            Ok(()) => call.is_whole = true,
            Err(Unreadable::Closed) => {}
            Err(malformed) => return Err(malformed),
        }
        Ok(call)
    }

    fn body(&mut self, call: &mut Call) -> Result<(), Unreadable> {
        let length = call.header("content-length").map(str::to_owned);
        match (call.header("transfer-encoding"), length) {
            (Some("chunked"), None) => self.chunked(call),
            (None, Some(length)) => {
                let length = number(&length, 10)?;
                self.take(length, &mut call.body)
            }
            (None, None) => Ok(()),
            other => Err(Unreadable::Malformed(format!("framing {other:?}"))),
        }
    }

    fn chunked(&mut self, call: &mut Call) -> Result<(), Unreadable> {
        loop {
            let line = self.line()?;
            let length = number(line.split(';').next().unwrap_or_default(), 16)?;
            if length == 0 {
                call.trailers = self.fields()?;
                return Ok(());
            }
            self.take(length, &mut call.body)?;
            let after = self.arrived.saturating_duration_since(call.head_at);
            call.chunks.push(Chunk { end: call.body.len(), after });
            let end = self.line()?;
            if !end.is_empty() {
                return Err(Unreadable::Malformed(format!("{end:?} after a chunk")));
            }
        }
    }

    /// Headers or trailers, with the empty line after them.
    fn fields(&mut self) -> Result<Vec<(String, String)>, Unreadable> {
        let mut fields = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                return Ok(fields);
            }
            let Some((name, value)) = line.split_once(':') else {
                return Err(Unreadable::Malformed(format!("header {line:?}")));
            };
            fields.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }

    /// A line without its end.
    fn line(&mut self) -> Result<String, Unreadable> {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            self.take(1, &mut line)?;
        }
        line.truncate(line.len() - 2);
        String::from_utf8(line).map_err(|error| Unreadable::Malformed(format!("a line: {error}")))
    }

    fn take(&mut self, mut count: usize, target: &mut Vec<u8>) -> Result<(), Unreadable> {
        if target.len() + count > MOST_BYTES {
            return Err(Unreadable::Malformed(format!("{count} bytes to come")));
        }
        while count > 0 {
            if self.used == self.buffer.len() {
                self.buffer.resize(64 * 1024, 0);
                self.used = 0;
                let received = self.stream.read(&mut self.buffer);
                self.buffer.truncate(*received.as_ref().unwrap_or(&0));
                if received? == 0 {
                    return Err(Unreadable::Closed);
                }
                self.arrived = now();
            }
            let taken = count.min(self.buffer.len() - self.used);
            target.extend_from_slice(&self.buffer[self.used..self.used + taken]);
            self.used += taken;
            count -= taken;
        }
        Ok(())
    }
}

fn number(text: &str, radix: u32) -> Result<usize, Unreadable> {
    usize::from_str_radix(text.trim(), radix)
        .map_err(|_| Unreadable::Malformed(format!("{text:?} is not a length")))
}

#[expect(clippy::disallowed_methods, reason = "when bytes come from another process, only a real clock says")]
fn now() -> Instant {
    Instant::now()
}
