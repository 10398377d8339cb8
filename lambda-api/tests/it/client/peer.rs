//! The hand-written side of the tests: connections in memory, and a peer that reads and writes plain bytes.

use std::{
    collections::{BTreeMap, VecDeque},
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame};
use http_body_util::Full;
use lambda_api::{
    Endpoint,
    client::{Connection, TransportError},
    transport::{Clock, Connect, Connecting, Io, RuntimeApi},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, duplex},
    sync::mpsc,
};

/// A peer at the other end of a connection.
pub(super) struct Peer<S> {
    stream: S,
    unread: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Peer<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, unread: Vec::new() }
    }

    /// The next head, up to and including its empty line; `None` if the connection ends before it begins.
    pub(super) async fn head(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.unread.windows(4).position(|window| window == b"\r\n\r\n") {
                let head = self.unread.drain(..end + 4).collect();
                return Some(String::from_utf8(head).unwrap());
            }
            if self.stream.read_buf(&mut self.unread).await.unwrap() == 0 {
                assert_eq!(self.unread, b"", "the connection ended inside a head");
                return None;
            }
        }
    }

    /// The next request with a body of the length that it gives.
    pub(super) async fn request(&mut self) -> Option<(String, Vec<u8>)> {
        let head = self.head().await?;
        let length = head.to_ascii_lowercase().lines().find_map(|line| {
            line.strip_prefix("content-length: ").map(|length| length.parse::<usize>().unwrap())
        });
        let length = length.unwrap_or_default();
        while self.unread.len() < length {
            assert_ne!(self.stream.read_buf(&mut self.unread).await.unwrap(), 0, "the body was cut short");
        }
        Some((head, self.unread.drain(..length).collect()))
    }

    /// Everything up to and including `end`.
    pub(super) async fn up_to(&mut self, end: &[u8]) -> Vec<u8> {
        while !self.unread.ends_with(end) {
            assert_ne!(self.stream.read_buf(&mut self.unread).await.unwrap(), 0, "the end did not come");
        }
        std::mem::take(&mut self.unread)
    }

    /// Everything that comes until the other side closes the connection, or breaks it.
    pub(super) async fn rest(&mut self) -> Vec<u8> {
        let _how_it_ended = self.stream.read_to_end(&mut self.unread).await;
        std::mem::take(&mut self.unread)
    }

    pub(super) fn into_stream(self) -> S {
        self.stream
    }

    /// For what may fail, or be read and written otherwise.
    pub(super) fn stream(&mut self) -> &mut S {
        &mut self.stream
    }

    /// How much behind the last head or body has been read already.
    pub(super) fn taken(&self) -> usize {
        self.unread.len()
    }

    /// Reads once; how much it was.
    pub(super) async fn take(&mut self, most: usize) -> usize {
        let mut room = vec![0; most];
        self.stream.read(&mut room).await.unwrap()
    }

    pub(super) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    /// How many of the bytes the other side took, before it broke the connection.
    pub(super) async fn send_until_refused(&mut self, piece: &[u8], pieces: usize) -> usize {
        let mut taken = 0;
        for _ in 0..pieces {
            if self.stream.write_all(piece).await.is_err() {
                break;
            }
            taken += piece.len();
        }
        taken
    }
}

/// The peers' ends of the connections that a client has opened in memory.
pub(super) struct Peers {
    opened: mpsc::UnboundedReceiver<DuplexStream>,
}

impl Peers {
    pub(super) fn new(opened: mpsc::UnboundedReceiver<DuplexStream>) -> Self {
        Self { opened }
    }

    pub(super) async fn accept(&mut self) -> Peer<DuplexStream> {
        Peer::new(self.opened.recv().await.unwrap())
    }

    /// Whether every connection has been accepted.
    pub(super) fn is_empty(&self) -> bool {
        self.opened.is_empty()
    }
}

/// Opens connections through a function, which hands the other ends to the test.
struct Opener<F>(F);

impl<F, S> Connect for Opener<F>
where
    F: Fn() -> S + Send + Sync + 'static,
    S: Io,
{
    fn connect(&self) -> Connecting<'_> {
        let stream: Box<dyn Io> = Box::new((self.0)());
        Box::pin(std::future::ready(Ok(stream)))
    }
}

pub(super) fn opened_by<S: Io>(open: impl Fn() -> S + Send + Sync + 'static) -> RuntimeApi {
    RuntimeApi::new(Opener(open), Clock::system(), BTreeMap::new())
}

/// A client whose connections hold at most `room` bytes on the way in each direction.
pub(super) fn in_memory<B>(room: usize) -> (Connection<B>, Peers)
where
    B: Body<Data = Bytes> + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (opener, opened) = mpsc::unbounded_channel();
    let api = opened_by(move || {
        let (client, peer) = duplex(room);
        // A test that has ended no longer listens.
        let _ended = opener.send(peer);
        client
    });
    (Connection::new(api), Peers::new(opened))
}

/// Runs both sides; what hangs fails. Under a paused clock the limit is reached as soon as nothing moves.
pub(super) async fn meet<A, B>(client: impl Future<Output = A>, peer: impl Future<Output = B>) -> (A, B) {
    let both = async { tokio::join!(client, peer) };
    tokio::time::timeout(Duration::from_secs(30), both).await.expect("client or peer waits for ever")
}

/// A call that must be answered; its error is shown at once, and not after the peer has waited in vain.
pub(super) async fn answered(
    call: impl Future<Output = Result<Response<Bytes>, TransportError>>,
) -> Response<Bytes> {
    call.await.unwrap()
}

pub(super) fn ping() -> Request<Full<Bytes>> {
    Endpoint::Ping.to_http(Full::default())
}

pub(super) fn post(body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    Endpoint::InitError.to_http(Full::new(body.into()))
}

pub(super) const PONG: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npong";

/// A request body of prepared frames, one of which may be an error.
pub(super) struct Frames(VecDeque<io::Result<Frame<Bytes>>>);

impl Frames {
    pub(super) fn new(frames: impl IntoIterator<Item = io::Result<Frame<Bytes>>>) -> Self {
        Self(frames.into_iter().collect())
    }
}

impl Body for Frames {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        Poll::Ready(self.0.pop_front())
    }
}
