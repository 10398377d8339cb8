//! The one kept-alive HTTP/1.1 connection with which a guest calls Lambda's APIs.
//!
//! It is polled inside the call, in the caller's own task: no task of its own, no pool, nothing to wake. What it speaks is
//! the part of HTTP/1.1 that one caller of one service needs, with `httparse` for the grammar: a general client costs as much
//! as all the rest of an invocation.
//! Every reply is read to its end, so that the connection can be used again. When the peer has closed it in
//! the meantime, the next call opens a new one. What to do about a failed call (repeat it, give up) is for
//! the caller to decide; [`TransportError`] says how far the call got.
//!
//! ```
//! use bytes::Bytes;
//! use http_body_util::Full;
//! use lambda_api::{Endpoint, client::Connection, transport::RuntimeApi};
//! # use tokio::io::{AsyncReadExt, AsyncWriteExt};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! # let address = listener.local_addr()?.to_string();
//! # tokio::spawn(async move {
//! #     let (mut stream, _) = listener.accept().await.unwrap();
//! #     stream.read(&mut [0; 1024]).await.unwrap();
//! #     stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npong").await.unwrap();
//! # });
//! let mut connection = Connection::new(RuntimeApi::tcp(&address)?);
//! let reply = connection.call(Endpoint::Ping.to_http(Full::new(Bytes::new()))).await?;
//! assert_eq!(reply.body(), "pong");
//! # Ok(())
//! # }
//! ```

use std::{
    error::Error as StdError,
    fmt,
    future::{Future, poll_fn},
    io,
    marker::PhantomData,
    pin::pin,
    task::Poll,
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::Body;
use tokio::{
    task::unconstrained,
    time::{Instant, sleep},
};

mod backoff;
mod reply;
mod request;

pub use backoff::Backoff;
pub use reply::NotHttp;
use reply::{Incoming, Unread, poll_read};
use request::{Outgoing, Room, Unwritten};

use crate::transport::{RuntimeApi, Stream};

/// Largest reply that is read; an event has at most 6 MiB, so anything near this is not Lambda.
pub const REPLY_BYTES: usize = 32 * 1024 * 1024;

/// How long a peer may read nothing of the rest of a body that was there as a whole, and that it has accepted before it was
/// read; and how long a reply may still come to a request that could not be written.
const REST: Duration = Duration::from_secs(1);

/// A call got no complete reply.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// No connection could be opened, so nothing was sent.
    #[error("cannot connect to {api}")]
    Connect {
        /// Where to.
        api: String,
        /// What the operating system or the connector said.
        source: io::Error,
    },
    /// The peer accepted the connection and closed it, or said something, before anything was sent.
    #[error("{api} closes every connection at once, or speaks before it is asked")]
    Closed {
        /// By whom.
        api: String,
    },
    /// The connection broke after something was sent; whether the call arrived is unknown.
    #[error("the connection to {api} broke before the reply was complete")]
    CutOff {
        /// To whom.
        api: String,
        /// How it broke; [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) if it was closed.
        source: io::Error,
    },
    /// What came back is not HTTP, or its head is larger or has more headers than any of Lambda's, or where its body ends is
    /// unclear.
    #[error("{api} gives a reply that cannot be parsed as HTTP/1.1")]
    NotHttp {
        /// Who.
        api: String,
        /// What about it is not.
        source: NotHttp,
    },
    /// The body of the request failed while it was being sent.
    #[error("the body of the request failed")]
    RequestBody {
        /// How: the body's own error, or that it is not as long as it said.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The reply is larger than [`REPLY_BYTES`].
    #[error("the reply of {api} is larger than {REPLY_BYTES} bytes")]
    ReplyTooLarge {
        /// Whose.
        api: String,
    },
}

/// The place of a call and of its reply.
///
/// Both are large, and to whoever makes one call after the other each move of them costs: so they stay where they are.
/// See [`Connection::exchange`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Exchange<B> {
    /// The call; taken when it is sent.
    pub request: Option<Request<B>>,
    /// The reply to the last call; none if that got none.
    pub reply: Option<Response<Bytes>>,
    /// Whether the last call was accepted by a peer that has then not read all of its body.
    pub is_unread: bool,
}

impl<B> Exchange<B> {
    /// A place with nothing in it.
    pub fn new() -> Self {
        Self { request: None, reply: None, is_unread: false }
    }

    /// An empty map for the headers of the next call: that of the last reply, if there was one, so that none need be
    /// allocated.
    pub fn take_headers(&mut self) -> HeaderMap {
        let Some(reply) = &mut self.reply else { return HeaderMap::new() };
        let mut headers = std::mem::take(reply.headers_mut());
        headers.clear();
        headers
    }
}

impl<B> Default for Exchange<B> {
    fn default() -> Self {
        Self::new()
    }
}

/// One kept-alive connection to Lambda's APIs, opened when it is first needed and again when it was closed.
///
/// `B` is the body of the requests; it may be a stream that ends with trailers, which are sent if the header `Trailer` names
/// them. Of the caller's headers, `Host` and `Content-Length` are replaced, and any `Transfer-Encoding` asks for chunks.
pub struct Connection<B: Body + 'static> {
    api: RuntimeApi,
    host: HeaderValue,
    open: Option<Open>,
    /// Whether the last exchange has come to its end; one that was dropped half-way has not.
    is_idle: bool,
    body: PhantomData<fn(B)>,
}

impl<B: Body + 'static> fmt::Debug for Connection<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("api", &self.api)
            .field("open", &self.open.is_some())
            .finish_non_exhaustive()
    }
}

impl<B> Connection<B>
where
    B: Body<Data = Bytes> + 'static,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    /// A connection that is not open yet.
    pub fn new(api: RuntimeApi) -> Self {
        // An authority has been parsed as one, so it is printable.
        let host =
            HeaderValue::from_str(api.authority()).unwrap_or_else(|_| HeaderValue::from_static("localhost"));
        Self { api, host, open: None, is_idle: false, body: PhantomData }
    }

    /// Where the calls go.
    pub fn api(&self) -> &RuntimeApi {
        &self.api
    }

    /// Opens the connection if it is not open, so that the next call has no more to fail than it must: for a call that
    /// cannot be repeated.
    ///
    /// # Errors
    ///
    /// [`TransportError::Connect`]; nothing was sent.
    pub async fn open(&mut self) -> Result<(), TransportError> {
        if let Some(open) = self.open.as_mut().filter(|_| self.is_idle)
            && open.is_quiet().await
        {
            return Ok(());
        }
        self.open = None;
        self.open = Some(Open::connect(&self.api).await.map_err(|failure| self.explain(failure))?);
        self.is_idle = true;
        Ok(())
    }

    /// Closes the connection; the next call opens a new one.
    pub fn close(&mut self) {
        self.open = None;
    }

    /// Makes one call and reads its reply to the end. There is no time-out.
    ///
    /// A kept connection that turns out to be closed before anything was written is replaced, once. (A close
    /// that tokio has not seen yet, because the task has not waited for anything since, shows only after the
    /// writing, as [`TransportError::CutOff`].) Dropping
    /// the future closes the connection, because the next reply on it would answer the dropped call.
    ///
    /// # Errors
    ///
    /// [`TransportError`] if there is no complete reply; any complete reply is `Ok`, whatever its status.
    pub async fn call(&mut self, request: Request<B>) -> Result<Response<Bytes>, TransportError> {
        let mut place = Exchange { request: Some(request), ..Exchange::new() };
        self.exchange(&mut place).await?;
        // A call that got no reply has failed.
        place.reply.ok_or_else(|| self.explain(Failure::NotSent))
    }

    /// As [`call`](Self::call), with the request and the reply in a place that stays with the caller.
    ///
    /// # Errors
    ///
    /// [`TransportError`], as [`call`](Self::call) has it; [`TransportError::Closed`] if there is no request. The place then
    /// has no reply, and no request either, if it was sent.
    pub async fn exchange(&mut self, place: &mut Exchange<B>) -> Result<(), TransportError> {
        place.reply = None;
        place.is_unread = false;
        let call = CloseUnlessIdle { connection: self };
        call.connection.converse(place).await
    }

    async fn converse(&mut self, place: &mut Exchange<B>) -> Result<(), TransportError> {
        let Self { api, host, open, is_idle, .. } = self;
        // A call that was neither finished nor dropped has left its connection half-way.
        if let Some(kept) = open.as_mut().filter(|_| std::mem::take(is_idle)) {
            match kept.exchange(api, host, place).await {
                Ok(is_kept) => {
                    self.keep(is_kept);
                    return Ok(());
                }
                Err(Failure::NotSent) => {}
                Err(failure) => return Err(self.fail(failure)),
            }
        }
        let fresh = Open::connect(&self.api).await.map_err(|failure| self.explain(failure))?;
        self.is_idle = false;
        match self.open.insert(fresh).exchange(&self.api, &self.host, place).await {
            Ok(is_kept) => {
                self.keep(is_kept);
                Ok(())
            }
            Err(failure) => Err(self.fail(failure)),
        }
    }

    fn keep(&mut self, is_kept: bool) {
        self.is_idle = is_kept;
        if !is_kept {
            self.open = None;
        }
    }

    fn fail(&mut self, failure: Failure) -> TransportError {
        self.open = None;
        self.explain(failure)
    }

    fn explain(&self, failure: Failure) -> TransportError {
        let api = self.api.to_string();
        match failure {
            Failure::Connect(source) => TransportError::Connect { api, source },
            Failure::NotSent => TransportError::Closed { api },
            Failure::TooLarge => TransportError::ReplyTooLarge { api },
            Failure::Broken(source) => TransportError::CutOff { api, source },
            Failure::NotHttp(source) => TransportError::NotHttp { api, source },
            Failure::Body(source) => TransportError::RequestBody { source },
        }
    }
}

/// A call under way; dropped half-way, it takes the connection with it.
struct CloseUnlessIdle<'a, B: Body + 'static> {
    connection: &'a mut Connection<B>,
}

impl<B: Body + 'static> Drop for CloseUnlessIdle<'_, B> {
    fn drop(&mut self) {
        if !self.connection.is_idle {
            self.connection.open = None;
        }
    }
}

/// How far a call got.
enum Failure {
    Connect(io::Error),
    /// The request is still in its place, so that it can go over another connection.
    NotSent,
    Broken(io::Error),
    NotHttp(NotHttp),
    TooLarge,
    Body(Box<dyn StdError + Send + Sync>),
}

impl From<Unread> for Failure {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Broken(error) => Self::Broken(error),
            Unread::NotHttp(problem) => Self::NotHttp(problem),
            Unread::TooLarge => Self::TooLarge,
        }
    }
}

struct Open {
    stream: Stream,
    /// What has been read; empty between two exchanges.
    buffer: BytesMut,
    room: Room,
}

impl Open {
    async fn connect(api: &RuntimeApi) -> Result<Self, Failure> {
        let stream = api.connect().await.map_err(Failure::Connect)?;
        Ok(Self { stream, buffer: BytesMut::new(), room: Room::default() })
    }

    /// Whether the peer has neither closed the connection nor said something that nobody has asked for.
    async fn is_quiet(&mut self) -> bool {
        // To a task whose share of its thread is used up, tokio would say that there is nothing, without having looked.
        unconstrained(poll_fn(|cx| {
            let read = poll_read(&mut self.stream, &mut self.buffer, cx);
            Poll::Ready(self.buffer.is_empty() && read.is_pending())
        }))
        .await
    }

    /// Sends the request and reads the reply to its end; whether the connection can be used again.
    async fn exchange<B>(
        &mut self,
        api: &RuntimeApi,
        host: &HeaderValue,
        place: &mut Exchange<B>,
    ) -> Result<bool, Failure>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        if !self.is_quiet().await {
            return Err(Failure::NotSent);
        }
        let Some(mut request) = place.request.take() else { return Err(Failure::NotSent) };
        let Self { stream, buffer, room } = self;
        let mut outgoing = Outgoing::new(room, host, api.base_path(), &request);
        let headers = std::mem::take(request.headers_mut());
        let mut incoming = Incoming::new(request.method(), headers);
        let is_stream = request.body().size_hint().exact().is_none();
        let mut body = pin!(request.into_body());
        let mut broken = None;
        let mut patience = None;
        let read = poll_fn(|cx| {
            // Who has stopped reading may still have said why (an early 413 while the body was being written).
            if broken.is_none()
                && let Poll::Ready(Err(unwritten)) = outgoing.poll(body.as_mut(), stream, cx)
            {
                match unwritten {
                    Unwritten::Body(error) => return Poll::Ready(Err(Failure::Body(error))),
                    Unwritten::Broken(error) => broken = Some(error),
                }
                // What was said before comes soon, and the other direction need not break by itself.
                patience = Some(Box::pin(sleep(REST)));
            }
            match (incoming.poll(buffer, stream, cx), &mut patience) {
                (Poll::Pending, Some(patience)) => {
                    patience.as_mut().poll(cx).map(|()| Err(Failure::Broken(io::ErrorKind::TimedOut.into())))
                }
                (read, _) => read.map_err(Failure::from),
            }
        })
        .await;
        read.map_err(|failure| match (failure, broken.take()) {
            (Failure::Broken(_), Some(error)) => Failure::Broken(error),
            (failure, _) => failure,
        })?;
        let mut is_written = broken.is_none() && outgoing.is_over();
        // A server may also accept a call before it has read all of it, as emulators do that pass the body on; what is left
        // is then written, also if the connection ends with it. After a refusal nobody will read it.
        if broken.is_none() && !is_written && incoming.is_read_on() {
            let is_kept_open = incoming.keeps_alive();
            let (mut sent, mut patience) = (outgoing.sent(), pin!(sleep(REST)));
            is_written = poll_fn(|cx| {
                if let Poll::Ready(written) = outgoing.poll(body.as_mut(), stream, cx) {
                    return Poll::Ready(written.is_ok());
                }
                // Who has said that it keeps the connection, and ends it, reads no more of it.
                if is_kept_open
                    && buffer.is_empty()
                    && let Poll::Ready(Ok(0) | Err(_)) = poll_read(stream, buffer, cx)
                {
                    return Poll::Ready(false);
                }
                if sent != outgoing.sent() {
                    sent = outgoing.sent();
                    patience.as_mut().reset(Instant::now() + REST);
                }
                // A stream may take its time. Who has accepted what was there to be read and does not go on reading will not.
                if is_stream { Poll::Pending } else { patience.as_mut().poll(cx).map(|()| false) }
            })
            .await;
        }
        place.is_unread = !is_written && incoming.is_success();
        let is_kept = is_written && incoming.keeps_alive() && buffer.is_empty();
        place.reply = Some(incoming.into_reply());
        Ok(is_kept)
    }
}
