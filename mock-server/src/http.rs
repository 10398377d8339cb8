//! HTTP/1.1 between sockets and the rest: [`runtime_api`] and [`extension_api`] for guests,
//! [`invoke_api`], [`function_url`] and [`front`] for callers, `management` for those who create and change functions,
//! `services` for those who put messages into the sources of events.
//!
//! Nothing is decided here. What a call means is decided in [`core`](crate::core), who runs an invoke in
//! [`function`](crate::function).

use std::{convert::Infallible, future::Future};

use bytes::{Bytes, BytesMut};
use http::{
    HeaderValue, Request, Response, StatusCode,
    header::{CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
};
use http_body_util::{BodyExt, Either, Full};
use hyper::{
    body::{Body as HttpBody, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use self::streamed::Streamed;

mod answer;
pub(crate) mod event_stream;
pub(crate) mod extension_api;
pub(crate) mod front;
pub(crate) mod function_url;
pub(crate) mod invoke_api;
#[cfg(feature = "management")]
mod management;
pub(crate) mod open;
mod parts;
pub(crate) mod refusal;
pub(crate) mod runtime_api;
mod services;
pub(crate) mod streamed;
pub(crate) mod target;
pub(crate) mod tokens;
mod watched;

/// A whole reply.
pub(crate) type Reply = Response<Full<Bytes>>;

/// What callers get: a whole reply, or one that streams.
pub(crate) type CallerReply = Response<Either<Full<Bytes>, Streamed>>;

/// Serves a connection of a caller's. A caller that hangs up does not stop the invocation.
pub(crate) async fn serve_caller<Fut>(stream: TcpStream, answer: impl Fn(Request<Incoming>) -> Fut)
where
    Fut: Future<Output = CallerReply>,
{
    let service = service_fn(|request| {
        let reply = answer(request);
        async move { Ok::<_, Infallible>(reply.await) }
    });
    let _ended =
        http1::Builder::new().title_case_headers(true).serve_connection(TokioIo::new(stream), service).await;
}

/// What became of a body that was to be read whole.
pub(crate) enum Body {
    /// All of it.
    Whole(Bytes),
    /// It is larger than the limit; the rest was not read.
    TooLarge,
    /// It broke off.
    CutShort,
}

/// Most of a body that nobody wants that is read all the same.
const UNWANTED_BYTES: usize = 64 * 1024 * 1024;

/// Reads a body of at most `limit` bytes.
pub(crate) async fn read(mut body: impl HttpBody<Data = Bytes> + Unpin, limit: usize) -> Body {
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return Body::CutShort };
        let Ok(data) = frame.into_data() else { continue };
        if whole.len() + data.len() > limit {
            return Body::TooLarge;
        }
        whole.extend_from_slice(&data);
    }
    Body::Whole(whole.freeze())
}

/// Reads what is left of a body that nobody wants.
///
/// Else the connection would be closed after the reply, without a word of it: a client that keeps connections would
/// send its next request in vain, and one that is still sending might never see the reply.
pub(crate) async fn discard(mut body: impl HttpBody<Data = Bytes> + Unpin) {
    let mut left = UNWANTED_BYTES;
    while let Some(Ok(frame)) = body.frame().await {
        match left.checked_sub(frame.data_ref().map_or(0, Bytes::len)) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}

pub(crate) fn full(mut reply: Response<Bytes>) -> Reply {
    // As the service's HTTP layer does with what it says in plain text.
    if reply.status() == StatusCode::NOT_FOUND && reply.headers().get(CONTENT_TYPE).is_some_and(is_plain) {
        reply.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    }
    reply.map(Full::new)
}

fn is_plain(content_type: &HeaderValue) -> bool {
    content_type.as_bytes().starts_with(b"text/plain")
}
