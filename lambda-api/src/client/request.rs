//! Writes one request: its head and its body, framed as HTTP/1.1 wants it.
//!
//! Head, size and piece go out in one write where the connection can do that. A stream's pieces leave one by one: the next
//! is asked for when the last is on its way, so that nothing which is there waits for what is not. What comes back is read
//! by `reply`; both are driven by [`Connection`](super::Connection).

use std::{
    error::Error as StdError,
    io::{self, IoSlice, Write},
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request,
    header::{CONTENT_LENGTH, HOST, TRAILER, TRANSFER_ENCODING},
};
use http_body::Body;
use tokio::io::AsyncWrite;

use crate::transport::Stream;

/// How many pieces of a body leave before what comes back is looked at, and others have their turn: a stream that always has
/// more would else be sent to its end, whatever the peer has said to it.
const PIECES_IN_A_TURN: usize = 4;

/// Largest piece that is copied behind its size for a connection that takes one slice at a time.
const COPIED_BYTES: usize = 16 * 1024;

/// Why a request did not get out.
pub(super) enum Unwritten {
    /// The connection takes nothing more.
    Broken(io::Error),
    /// The body has failed, or is not as long as it said.
    Body(Box<dyn StdError + Send + Sync>),
}

/// What says where the body ends.
#[derive(Clone, Copy)]
enum Framing {
    /// So many bytes are still to come.
    Sized(u64),
    Chunked,
}

/// The room in which heads, sizes and trailers are written; kept from one request to the next.
#[derive(Default)]
pub(super) struct Room(Vec<u8>);

/// A request on its way.
pub(super) struct Outgoing<'a> {
    /// What goes before `data`.
    text: &'a mut Vec<u8>,
    /// How much of `text` has gone.
    gone: usize,
    data: Bytes,
    /// What goes after `data`.
    end: &'static [u8],
    framing: Framing,
    /// The names of the trailers that the head has announced; no others are sent.
    announced: Vec<HeaderValue>,
    /// Whether the body has been asked for its first piece.
    has_begun: bool,
    /// Whether nothing comes after what is here.
    is_last: bool,
    /// How many bytes have gone.
    sent: u64,
}

impl<'a> Outgoing<'a> {
    /// Writes the head into its room.
    pub(super) fn new<B: Body>(
        room: &'a mut Room,
        host: &HeaderValue,
        base_path: &str,
        request: &Request<B>,
    ) -> Self {
        let text = &mut room.0;
        text.clear();
        let headers = request.headers();
        // Who asks for chunks gets them, even where the length is known.
        let exact = request.body().size_hint().exact().filter(|_| !headers.contains_key(TRANSFER_ENCODING));
        write_head(text, host, base_path, request);
        match exact {
            // Strict servers refuse a post that does not say that it has no body.
            Some(0) if matches!(*request.method(), Method::GET | Method::HEAD) => {}
            Some(length) => {
                text.extend_from_slice(b"content-length: ");
                text.extend_from_slice(itoa::Buffer::new().format(length).as_bytes());
                text.extend_from_slice(b"\r\n");
            }
            None => text.extend_from_slice(b"transfer-encoding: chunked\r\n"),
        }
        text.extend_from_slice(b"\r\n");
        let framing = exact.map_or(Framing::Chunked, Framing::Sized);
        Self {
            text,
            gone: 0,
            data: Bytes::new(),
            end: b"",
            framing,
            announced: headers.get_all(TRAILER).iter().cloned().collect(),
            has_begun: false,
            is_last: exact == Some(0),
            sent: 0,
        }
    }

    /// Whether all of it is written.
    pub(super) fn is_over(&self) -> bool {
        self.is_last && self.is_empty()
    }

    /// How many bytes have been written.
    pub(super) fn sent(&self) -> u64 {
        self.sent
    }

    fn is_empty(&self) -> bool {
        self.gone == self.text.len() && self.data.is_empty() && self.end.is_empty()
    }

    /// Writes as much as there is and as the connection takes.
    pub(super) fn poll<B>(
        &mut self,
        mut body: Pin<&mut B>,
        stream: &mut Stream,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Unwritten>>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        let mut pieces = 0;
        if !self.has_begun {
            self.has_begun = true;
            // The head goes with the first piece if there is one by now, and without it if not.
            if !self.is_last
                && let Poll::Ready(Err(error)) = self.poll_piece(body.as_mut(), cx)
            {
                return Poll::Ready(Err(Unwritten::Body(error)));
            }
        }
        loop {
            if !stream.is_write_vectored() {
                self.join();
            }
            while !self.is_empty() {
                let written = ready!(self.poll_write(stream, cx)).map_err(Unwritten::Broken)?;
                self.advance(written);
            }
            pieces += 1;
            if pieces > PIECES_IN_A_TURN && !self.is_last {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            let piece = if self.is_last { Poll::Pending } else { self.poll_piece(body.as_mut(), cx) };
            match piece {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Err(Unwritten::Body(error))),
                Poll::Pending => {
                    ready!(Pin::new(&mut *stream).poll_flush(cx)).map_err(Unwritten::Broken)?;
                    return if self.is_last { Poll::Ready(Ok(())) } else { Poll::Pending };
                }
            }
        }
    }

    /// Makes one slice of a small piece and what stands around it.
    fn join(&mut self) {
        if self.data.len() <= COPIED_BYTES {
            self.text.extend_from_slice(&std::mem::take(&mut self.data));
            self.text.extend_from_slice(std::mem::take(&mut self.end));
        }
    }

    fn poll_write(&self, stream: &mut Stream, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let text = self.text.get(self.gone..).unwrap_or_default();
        let slices = [IoSlice::new(text), IoSlice::new(&self.data), IoSlice::new(self.end)];
        let count = if self.end.is_empty() { 2 } else { 3 };
        match ready!(Pin::new(stream).poll_write_vectored(cx, &slices[..count]))? {
            0 => Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
            written => Poll::Ready(Ok(written)),
        }
    }

    fn advance(&mut self, mut written: usize) {
        self.sent += written as u64;
        let text = written.min(self.text.len() - self.gone);
        self.gone += text;
        written -= text;
        let data = written.min(self.data.len());
        self.data.advance(data);
        written -= data;
        self.end = self.end.get(written..).unwrap_or_default();
    }

    /// Asks the body for its next piece and puts it, framed, behind what is still in `text`.
    fn poll_piece<B>(
        &mut self,
        mut body: Pin<&mut B>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Box<dyn StdError + Send + Sync>>>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        let frame = ready!(body.as_mut().poll_frame(cx)).transpose().map_err(Into::into)?;
        if self.gone == self.text.len() {
            self.text.clear();
            self.gone = 0;
        }
        match (frame.map(http_body::Frame::into_data), &mut self.framing) {
            // In chunked coding an empty piece would be the end.
            (Some(Ok(data)), _) if data.is_empty() => {}
            (Some(Ok(data)), Framing::Sized(left)) => {
                let Some(rest) = left.checked_sub(data.len() as u64) else {
                    return Poll::Ready(Err("the body is longer than it said".into()));
                };
                *left = rest;
                self.is_last = rest == 0;
                self.data = data;
            }
            (Some(Ok(data)), Framing::Chunked) => {
                // A vector takes all that is written to it.
                let _infallible = write!(self.text, "{:X}\r\n", data.len());
                self.data = data;
                self.end = b"\r\n";
                if body.is_end_stream() {
                    self.end = b"\r\n0\r\n\r\n";
                    self.is_last = true;
                }
            }
            (None, Framing::Sized(0)) => self.is_last = true,
            (None, Framing::Sized(_)) => return Poll::Ready(Err("the body is shorter than it said".into())),
            // A length leaves no place for trailers.
            (Some(Err(_)), Framing::Sized(_)) => {}
            (trailers, Framing::Chunked) => {
                self.text.extend_from_slice(b"0\r\n");
                if let Some(Ok(trailers)) =
                    trailers.and_then(Result::err).map(http_body::Frame::into_trailers)
                {
                    write_headers(self.text, &trailers, |name| is_named(name, &self.announced));
                }
                self.text.extend_from_slice(b"\r\n");
                self.is_last = true;
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// Where to and where the body ends is said once, by who writes it: of two that differ, each side may believe another.
static OURS: [HeaderName; 3] = [HOST, CONTENT_LENGTH, TRANSFER_ENCODING];

fn write_head<B>(text: &mut Vec<u8>, host: &HeaderValue, base_path: &str, request: &Request<B>) {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    for part in [request.method().as_str(), " ", base_path, path, " HTTP/1.1\r\nhost: "] {
        text.extend_from_slice(part.as_bytes());
    }
    text.extend_from_slice(host.as_bytes());
    text.extend_from_slice(b"\r\n");
    write_headers(text, request.headers(), |name| !OURS.contains(name));
}

/// Whether one of the values of `Trailer` has this name.
fn is_named(name: &HeaderName, announced: &[HeaderValue]) -> bool {
    let lines = announced.iter().filter_map(|names| names.to_str().ok());
    lines
        .flat_map(|names| names.split(','))
        .any(|announced| announced.trim().eq_ignore_ascii_case(name.as_str()))
}

fn write_headers(text: &mut Vec<u8>, headers: &HeaderMap, is_wanted: impl Fn(&HeaderName) -> bool) {
    for (name, value) in headers.iter().filter(|(name, _)| is_wanted(name)) {
        text.extend_from_slice(name.as_str().as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value.as_bytes());
        text.extend_from_slice(b"\r\n");
    }
}
