//! The one kept-alive HTTP/1.1 connection with which a guest calls Lambda's APIs.
//!
//! It is polled inside the call, in the caller's own task: no task of its own, no pool, nothing to wake.
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
    future::poll_fn,
    io,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Request, Response, Uri, header::HOST};
use http_body::Body;
use hyper::{body::Incoming, client::conn::http1};
use tokio::time::timeout;

mod backoff;
mod turns;

pub use backoff::Backoff;
use turns::{Quiet, Turns};

use crate::{limits, transport::RuntimeApi};

/// Largest reply that is read; an event has at most 6 MiB, so anything near this is not Lambda.
pub const REPLY_BYTES: usize = 32 * 1024 * 1024;

/// How long the rest of a body is written that was there as a whole and has been accepted before it was read.
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
    /// The peer accepted the connection and closed it before anything was sent.
    #[error("{api} closes every connection at once")]
    Closed {
        /// By whom.
        api: String,
    },
    /// The connection broke after something was sent; whether the call arrived is unknown.
    #[error("the connection to {api} broke before the reply was complete")]
    CutOff {
        /// To whom.
        api: String,
        /// How it broke.
        source: hyper::Error,
    },
    /// What came back is not HTTP, or its head is larger than 1 MiB or has more than 100 headers.
    #[error("{api} gives a reply that cannot be parsed as HTTP/1.1")]
    NotHttp {
        /// Who.
        api: String,
        /// Where parsing failed.
        source: hyper::Error,
    },
    /// The body of the request failed while it was being sent.
    #[error("the body of the request failed")]
    RequestBody {
        /// How; the body's own error is its cause.
        source: hyper::Error,
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
}

impl<B> Exchange<B> {
    /// A place with nothing in it.
    pub fn new() -> Self {
        Self { request: None, reply: None }
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
/// `B` is the body of the requests; it may be a stream that ends with trailers.
pub struct Connection<B: Body + 'static> {
    api: RuntimeApi,
    host: HeaderValue,
    // Stays in its place from call to call: it is large, and moving it would be a good part of a call's work.
    open: Option<Open<B>>,
    /// Whether the last exchange has come to its end; one that was dropped half-way has not.
    is_idle: bool,
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
        Self { api, host, open: None, is_idle: false }
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
        if let Some(open) = self.open.as_mut().filter(|_| self.is_idle) {
            let is_open = poll_fn(|cx| {
                drive(&mut open.connection, cx);
                Poll::Ready(open.connection.is_some() && open.sender.is_ready())
            });
            if is_open.await {
                return Ok(());
            }
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
        let mut place = Exchange { request: Some(request), reply: None };
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
        if let Some(request) = &mut place.request {
            self.address(request);
        }
        place.reply = None;
        let call = CloseUnlessIdle { connection: self };
        call.connection.converse(place).await
    }

    async fn converse(&mut self, place: &mut Exchange<B>) -> Result<(), TransportError> {
        if let Some(open) = &mut self.open {
            self.is_idle = false;
            match open.exchange(place).await {
                Ok(()) => {
                    self.keep();
                    return Ok(());
                }
                Err(Failure::NotSent) => {}
                Err(failure) => return Err(self.fail(failure)),
            }
        }
        let open = Open::connect(&self.api).await.map_err(|failure| self.explain(failure))?;
        self.is_idle = false;
        match self.open.insert(open).exchange(place).await {
            Ok(()) => {
                self.keep();
                Ok(())
            }
            Err(failure) => Err(self.fail(failure)),
        }
    }

    fn keep(&mut self) {
        // One that still has to write the old request, because the reply came early, would hold up the next.
        let is_usable = self.open.as_ref().is_some_and(Open::is_ready);
        self.is_idle = is_usable;
        if !is_usable {
            self.open = None;
        }
    }

    fn fail(&mut self, failure: Failure) -> TransportError {
        self.open = None;
        self.explain(failure)
    }

    fn address(&self, request: &mut Request<B>) {
        request.headers_mut().insert(HOST, self.host.clone());
        // A request that was not sent comes back with the path that it has been given here.
        let base = self.api.base_path();
        if !base.is_empty() && !request.uri().path().starts_with(base) {
            let path = format!("{}{}", self.api.base_path(), request.uri().path());
            // Both halves have been parsed as paths.
            *request.uri_mut() = Uri::try_from(path).unwrap_or_default();
        }
    }

    fn explain(&self, failure: Failure) -> TransportError {
        let api = self.api.to_string();
        match failure {
            Failure::Connect(source) => TransportError::Connect { api, source },
            Failure::NotSent => TransportError::Closed { api },
            Failure::TooLarge => TransportError::ReplyTooLarge { api },
            Failure::Broken(source) if source.is_user() => TransportError::RequestBody { source },
            Failure::Broken(source) if source.is_parse() => TransportError::NotHttp { api, source },
            Failure::Broken(source) => TransportError::CutOff { api, source },
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
    /// The request is back in its place, so that it can go over another connection.
    NotSent,
    Broken(hyper::Error),
    TooLarge,
}

struct Open<B: Body + 'static> {
    sender: http1::SendRequest<B>,
    /// `None` once it has ended. It must be dropped then: as long as it lives, it might still take a request,
    /// and whoever wants to send one would wait for that.
    connection: Option<http1::Connection<Quiet, B>>,
    turns: Turns,
}

impl<B: Body + 'static> Open<B> {
    /// Whether the last exchange is over on both sides.
    fn is_ready(&self) -> bool {
        self.connection.is_some() && self.sender.is_ready()
    }
}

impl<B> Open<B>
where
    B: Body<Data = Bytes> + 'static,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    async fn connect(api: &RuntimeApi) -> Result<Self, Failure> {
        let stream = api.connect().await.map_err(Failure::Connect)?;
        let turns = Turns::new();
        let (sender, connection) = http1::Builder::new()
            // An event's headers may have 1 MiB; hyper's own limit is less than half of that.
            .max_buf_size(limits::HEADER_BYTES + 64 * 1024)
            .handshake(Quiet::new(stream, &turns))
            .await
            .map_err(Failure::Broken)?;
        Ok(Self { sender, connection: Some(connection), turns })
    }

    async fn exchange(&mut self, place: &mut Exchange<B>) -> Result<(), Failure> {
        let Some(request) = place.request.take() else { return Err(Failure::NotSent) };
        let is_stream = request.body().size_hint().exact().is_none();
        let Self { sender, connection, turns } = self;
        let mut sending = pin!(sender.try_send_request(request));
        // In a place of its own, because each move of it costs.
        let mut reply = None;
        // In this order, so that a reply which came together with the end of the connection (an early
        // 413 while the body was still being written) is found and not taken for a broken call.
        let mut turn = |cx: &mut Context<'_>| {
            drive(connection, cx);
            // With a waker, although the connection is all that can change anything: a task whose share of its thread is used
            // up is told to wait here, too, and called again by this waker.
            sending.as_mut().poll(cx).map(|sent| reply = Some(sent))
        };
        // Who produces a stream may ask to be polled again in order to let others go first.
        poll_fn(|cx| if is_stream { turn(cx) } else { turns.poll(cx, &mut turn) }).await;
        let reply = match reply {
            Some(Ok(reply)) => reply,
            Some(Err(mut error)) => {
                place.request = error.take_message();
                return Err(match place.request {
                    Some(_) => Failure::NotSent,
                    None => Failure::Broken(error.into_error()),
                });
            }
            None => return Err(Failure::NotSent),
        };

        let (parts, body) = reply.into_parts();
        let body = self.read(body).await?;
        // What was read may have ended the exchange already.
        if !self.is_ready() {
            self.finish(parts.status.is_success(), is_stream).await;
        }
        place.reply = Some(Response::from_parts(parts, body));
        Ok(())
    }

    /// Lets the connection notice that the exchange is over. A server may also accept a call before it has read all of it,
    /// as emulators do that pass the body on; what is left is then written. After a refusal nobody will read it.
    async fn finish(&mut self, is_accepted: bool, is_stream: bool) {
        let rest = poll_fn(|cx| {
            drive(&mut self.connection, cx);
            if is_accepted && self.connection.is_some() && !self.sender.is_ready() {
                return self.sender.poll_ready(cx).map(drop);
            }
            Poll::Ready(())
        });
        if is_stream {
            rest.await;
        } else {
            // Who has accepted what was there to be read and does not read it will not.
            let _unread = timeout(REST, rest).await;
        }
    }

    /// Reads a body to its end; one that came in one piece is not copied.
    async fn read(&mut self, mut body: Incoming) -> Result<Bytes, Failure> {
        let expected = body.size_hint().lower();
        if expected > REPLY_BYTES as u64 {
            return Err(Failure::TooLarge);
        }
        let mut first = Bytes::new();
        let mut rest = BytesMut::new();
        loop {
            // The first time it is asked what came together with the head; the connection need do nothing for that.
            let mut frame = Pin::new(&mut body).poll_frame(&mut Context::from_waker(Waker::noop()));
            if frame.is_pending() {
                frame = Poll::Ready(
                    poll_fn(|cx| {
                        self.turns.poll(cx, |cx| {
                            drive(&mut self.connection, cx);
                            Pin::new(&mut body).poll_frame(&mut Context::from_waker(Waker::noop()))
                        })
                    })
                    .await,
                );
            }
            let Poll::Ready(Some(frame)) = frame else { break };
            let Ok(data) = frame.map_err(Failure::Broken)?.into_data() else { continue };
            if first.len() + rest.len() + data.len() > REPLY_BYTES {
                return Err(Failure::TooLarge);
            }
            let is_whole = data.len() as u64 >= expected;
            if is_whole && first.is_empty() && rest.is_empty() {
                first = data;
                // Of a body whose length is known, all has come, and there is no need to ask.
                if body.is_end_stream() {
                    break;
                }
                continue;
            }
            if rest.is_empty() {
                let expected = usize::try_from(expected).unwrap_or_default();
                rest.reserve(expected.max(first.len() + data.len()));
                rest.extend_from_slice(&std::mem::take(&mut first));
            }
            // Not kept, so that the connection can read into the same buffer again.
            rest.extend_from_slice(&data);
        }
        Ok(if rest.is_empty() { first } else { rest.freeze() })
    }
}

/// Lets the connection read and write. Its own error is not needed: whoever waits for a reply gets it.
fn drive<B>(connection: &mut Option<http1::Connection<Quiet, B>>, cx: &mut Context<'_>)
where
    B: Body<Data = Bytes> + 'static,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    if connection.as_mut().is_some_and(|connection| Pin::new(connection).poll(cx).is_ready()) {
        *connection = None;
    }
}
