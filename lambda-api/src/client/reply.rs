//! Reads one reply to its end: head, framing and body.
//!
//! The grammar of a head and of a chunk's size is `httparse`'s; what is here is where a reply ends, and in which buffer it is
//! kept; chunks are in `body`. A reply that has come with its head is given on where it lies; a longer one is read into a
//! buffer of its length. What is sent is written by `request`; both are driven by [`Connection`](super::Connection).

use std::{
    future::Future,
    io,
    mem::MaybeUninit,
    pin::pin,
    task::{Context, Poll, ready},
};

use bytes::{BufMut, Bytes, BytesMut};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Version,
    header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, DATE, TRANSFER_ENCODING},
};
use httparse::Status;
use tokio::io::AsyncReadExt;

mod body;

use self::body::{Chunk, Pieces};
use super::REPLY_BYTES;
use crate::{header, limits, transport::Stream};

/// Room for a usual reply; a larger one gets more.
const ROOM: usize = 8 * 1024;
/// Most that a connection keeps for its next replies, however large the last was.
const KEPT_ROOM: usize = 64 * 1024;
/// Most that is asked for in one read of a body whose length is not known.
const MOST_ROOM: usize = 256 * 1024;
/// An event's headers may have 1 MiB; the rest is for what the service adds.
const HEAD_BYTES: usize = limits::HEADER_BYTES + 64 * 1024;
const HEADERS: usize = 100;

/// What about a reply is not HTTP/1.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotHttp {
    /// It does not begin as a reply of HTTP/1 does.
    #[error("it does not begin with HTTP/1")]
    OtherProtocol,
    /// The status line or a header cannot be parsed.
    #[error("{0} cannot be parsed")]
    Head(&'static str),
    /// There is no end of the head in sight.
    #[error("its head is larger than {HEAD_BYTES} bytes")]
    HeadTooLarge,
    /// There are more headers than any service sends.
    #[error("it has more than {HEADERS} headers")]
    TooManyHeaders,
    /// Where the body ends cannot be told.
    #[error("its Content-Length is no number, or there are two")]
    ContentLength,
    /// The body is coded in a way that nobody has asked for, or in one that HTTP/1.0 does not have.
    #[error("its Transfer-Encoding is not chunked, or it is HTTP/1.0")]
    TransferEncoding,
    /// In front of a chunk stands no size, or behind it no end of the line.
    #[error("a chunk of its body does not begin or end as one")]
    Chunk,
    /// The trailers do not end.
    #[error("its trailers are larger than {HEAD_BYTES} bytes")]
    TrailersTooLarge,
}

/// Why there is no reply.
pub(super) enum Unread {
    Broken(io::Error),
    NotHttp(NotHttp),
    TooLarge,
}

impl From<NotHttp> for Unread {
    fn from(problem: NotHttp) -> Self {
        Self::NotHttp(problem)
    }
}

/// A reply on its way.
pub(super) struct Incoming {
    has_no_body: bool,
    /// Those of the reply; until then an empty map, whose room is used again.
    headers: HeaderMap,
    status: StatusCode,
    version: Version,
    /// How much of the buffer is known not to have the head's end.
    searched: usize,
    stage: Stage,
    body: Pieces,
    /// Whether it was ended by the end of the connection, or leaves that to another protocol.
    is_last: bool,
}

enum Stage {
    Head,
    /// So many bytes are still to come.
    Sized(usize),
    Chunked(Chunk),
    /// To the end of the connection.
    Unsized,
    Over,
}

impl Incoming {
    /// For the reply to a request of this method; takes the headers of the request for their room.
    pub(super) fn new(method: &Method, mut headers: HeaderMap) -> Self {
        headers.clear();
        Self {
            has_no_body: *method == Method::HEAD,
            headers,
            status: StatusCode::OK,
            version: Version::HTTP_11,
            searched: 0,
            stage: Stage::Head,
            body: Pieces::default(),
            is_last: false,
        }
    }

    /// Whether the connection may be used for another request.
    pub(super) fn keeps_alive(&self) -> bool {
        let says = |token: &str| {
            let values = self.headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
            values.flat_map(|value| value.split(',')).any(|found| found.trim().eq_ignore_ascii_case(token))
        };
        match (self.version, self.headers.contains_key(CONNECTION)) {
            _ if self.is_last => false,
            (Version::HTTP_10, has_any) => has_any && says("keep-alive") && !says("close"),
            (_, false) => true,
            (_, true) => !says("close"),
        }
    }

    /// The reply, once it is there.
    pub(super) fn into_reply(self) -> Response<Bytes> {
        let mut reply = Response::new(self.body.into_bytes());
        *reply.status_mut() = self.status;
        *reply.version_mut() = self.version;
        *reply.headers_mut() = self.headers;
        reply
    }

    /// Whether the peer has accepted the request.
    pub(super) fn is_success(&self) -> bool {
        self.status.is_success()
    }

    /// Whether the peer has accepted the request and may read what is left of it.
    pub(super) fn is_read_on(&self) -> bool {
        self.status.is_success() && !self.is_last
    }

    /// Reads until the reply is complete.
    pub(super) fn poll(
        &mut self,
        buffer: &mut BytesMut,
        stream: &mut Stream,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Unread>> {
        loop {
            self.take_in(buffer)?;
            let read = match &mut self.stage {
                Stage::Over => return Poll::Ready(Ok(())),
                Stage::Sized(left) => {
                    let mut rest = (&mut self.body.rest).limit(*left);
                    let read = ready!(poll_read(stream, &mut rest, cx)).map_err(Unread::Broken)?;
                    *left -= read.min(*left);
                    if *left == 0 {
                        self.stage = Stage::Over;
                    }
                    read
                }
                stage => {
                    make_room(buffer, stage);
                    ready!(poll_read(stream, buffer, cx)).map_err(Unread::Broken)?
                }
            };
            if read == 0 {
                if matches!(self.stage, Stage::Unsized) {
                    self.stage = Stage::Over;
                    self.is_last = true;
                    return Poll::Ready(Ok(()));
                }
                return Poll::Ready(Err(Unread::Broken(io::ErrorKind::UnexpectedEof.into())));
            }
        }
    }

    /// Goes as far as what has been read allows.
    fn take_in(&mut self, buffer: &mut BytesMut) -> Result<(), Unread> {
        loop {
            match &mut self.stage {
                Stage::Over | Stage::Sized(_) => return Ok(()),
                Stage::Unsized => return self.body.push(buffer.split().freeze()),
                Stage::Head => match find_end(buffer, &mut self.searched)? {
                    Some(end) => self.begin(buffer.split_to(end).freeze(), buffer)?,
                    None => return Ok(()),
                },
                Stage::Chunked(chunk) => match chunk.take_in(buffer, &mut self.body)? {
                    Some(true) => self.stage = Stage::Over,
                    Some(false) => {}
                    None => return Ok(()),
                },
            }
        }
    }

    /// Takes the head apart, and whatever of the body has come with it.
    fn begin(&mut self, head: Bytes, buffer: &mut BytesMut) -> Result<(), Unread> {
        let mut room = [const { MaybeUninit::uninit() }; HEADERS];
        let mut parsed = httparse::Response::new(&mut []);
        let config = httparse::ParserConfig::default();
        match config.parse_response_with_uninit_headers(&mut parsed, &head, &mut room) {
            Ok(Status::Complete(end)) if end == head.len() => {}
            // The end that was found is not the parser's.
            Ok(_) => return Err(NotHttp::Head("the end of the head").into()),
            Err(error) => return Err(problem(error).into()),
        }
        let code = parsed.code.and_then(|code| StatusCode::from_u16(code).ok());
        self.status = code.ok_or(NotHttp::Head("the status"))?;
        // "Continue" and the like come before the reply, and are none.
        if self.status.is_informational() && self.status != StatusCode::SWITCHING_PROTOCOLS {
            self.searched = 0;
            return Ok(());
        }
        self.version = if parsed.version == Some(0) { Version::HTTP_10 } else { Version::HTTP_11 };
        for field in parsed.headers.iter() {
            let name = name(field.name).ok_or(NotHttp::Head("the name of a header"))?;
            let value = HeaderValue::from_maybe_shared(head.slice_ref(field.value));
            self.headers.append(name, value.map_err(|_| NotHttp::Head("the value of a header"))?);
        }
        self.is_last = self.status == StatusCode::SWITCHING_PROTOCOLS;
        self.stage = self.framing()?;
        if let Stage::Sized(length) = self.stage {
            if length <= buffer.len() {
                self.body.first = buffer.split_to(length).freeze();
                self.stage = Stage::Over;
            } else {
                self.body.rest.reserve(length);
                self.body.rest.extend_from_slice(buffer);
                self.stage = Stage::Sized(length - buffer.len());
                buffer.clear();
            }
        }
        Ok(())
    }

    /// Where the body ends. [RFC 9112, section 6.3](https://www.rfc-editor.org/rfc/rfc9112#section-6.3).
    fn framing(&self) -> Result<Stage, Unread> {
        let has_none = [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED, StatusCode::SWITCHING_PROTOCOLS];
        if self.has_no_body || has_none.contains(&self.status) {
            return Ok(Stage::Over);
        }
        if let Some(coding) = self.headers.get(TRANSFER_ENCODING) {
            let is_only = self.headers.get_all(TRANSFER_ENCODING).iter().nth(1).is_none();
            // Of HTTP/1.0 it says that something in between has not understood it: section 6.1.
            let is_known = self.version != Version::HTTP_10;
            return if is_only && is_known && coding.as_bytes().eq_ignore_ascii_case(b"chunked") {
                Ok(Stage::Chunked(Chunk::Size))
            } else {
                Err(NotHttp::TransferEncoding.into())
            };
        }
        let mut lengths = self.headers.get_all(CONTENT_LENGTH).iter();
        let Some(length) = lengths.next() else { return Ok(Stage::Unsized) };
        if lengths.any(|other| other != length) {
            return Err(NotHttp::ContentLength.into());
        }
        match digits(length.as_bytes()).ok_or(NotHttp::ContentLength)? {
            length if length > REPLY_BYTES as u64 => Err(Unread::TooLarge),
            // It is not larger than the limit, which is one of sizes in memory.
            length => Ok(Stage::Sized(length as usize)),
        }
    }
}

/// Makes room for what is read next.
fn make_room(buffer: &mut BytesMut, stage: &Stage) {
    // Where nobody keeps what was read before, its room is there again.
    if buffer.is_empty() && buffer.try_reclaim(ROOM) {
        if buffer.capacity() > KEPT_ROOM {
            *buffer = BytesMut::with_capacity(ROOM);
        }
        return;
    }
    let spare = buffer.capacity() - buffer.len();
    let wanted = match stage {
        Stage::Chunked(Chunk::Data(left)) => {
            usize::try_from(*left).unwrap_or(MOST_ROOM).clamp(ROOM, MOST_ROOM)
        }
        Stage::Unsized => KEPT_ROOM,
        // A head twice as large as the room for it costs one more copy, not one for each read.
        _ => buffer.len().clamp(ROOM, MOST_ROOM),
    };
    if spare < wanted / 4 {
        buffer.reserve(wanted);
    }
}

/// Reads once into the room that there is.
pub(super) fn poll_read(
    stream: &mut Stream,
    buffer: &mut impl BufMut,
    cx: &mut Context<'_>,
) -> Poll<io::Result<usize>> {
    pin!(stream.read_buf(buffer)).poll(cx)
}

/// The end of the head, if it has come. Each byte is looked at once, however the head is cut into pieces.
fn find_end(buffer: &[u8], searched: &mut usize) -> Result<Option<usize>, NotHttp> {
    const BEGINNING: &[u8] = b"HTTP/1.";

    let compared = BEGINNING.len().min(buffer.len());
    if buffer[..compared] != BEGINNING[..compared] {
        return Err(NotHttp::OtherProtocol);
    }
    for at in memchr::memchr_iter(b'\n', &buffer[*searched..]) {
        let at = *searched + at;
        match &buffer[at + 1..] {
            [b'\n', ..] => return within(at + 2).map(Some),
            [b'\r', b'\n', ..] => return within(at + 3).map(Some),
            // What comes next tells.
            [] | [b'\r'] => {
                *searched = at;
                return within(buffer.len() + 1).map(|_| None);
            }
            _ => {}
        }
    }
    *searched = buffer.len();
    within(buffer.len() + 1).map(|_| None)
}

/// However a head is cut into pieces, it may have so many bytes.
fn within(head: usize) -> Result<usize, NotHttp> {
    if head > HEAD_BYTES { Err(NotHttp::HeadTooLarge) } else { Ok(head) }
}

/// Names that need no room of their own: those that Lambda's services send.
static KNOWN: [HeaderName; 13] = [
    CONTENT_LENGTH,
    CONTENT_TYPE,
    DATE,
    header::REQUEST_ID,
    header::DEADLINE_MS,
    header::INVOKED_FUNCTION_ARN,
    header::TRACE_ID,
    header::INVOCATION_ID,
    header::CLIENT_CONTEXT,
    header::COGNITO_IDENTITY,
    header::TENANT_ID,
    header::EXTENSION_ID,
    header::EXTENSION_EVENT_ID,
];

fn name(name: &str) -> Option<HeaderName> {
    let known = KNOWN.iter().find(|known| {
        let known = known.as_str();
        known.len() == name.len() && known.eq_ignore_ascii_case(name)
    });
    known.cloned().or_else(|| HeaderName::from_bytes(name.as_bytes()).ok())
}

/// A decimal number and nothing else; no sign, as the standard library would take one.
fn digits(text: &[u8]) -> Option<u64> {
    let is_number = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(text).ok().filter(|_| is_number)?.parse().ok()
}

fn problem(error: httparse::Error) -> NotHttp {
    NotHttp::Head(match error {
        httparse::Error::HeaderName => "the name of a header",
        httparse::Error::HeaderValue => "the value of a header",
        httparse::Error::NewLine => "the end of a line",
        httparse::Error::Status => "the status",
        httparse::Error::Version => "the version",
        httparse::Error::Token => "the status line",
        httparse::Error::TooManyHeaders => return NotHttp::TooManyHeaders,
    })
}
