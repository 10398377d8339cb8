//! Streamed responses: HTTP metadata, and a channel for handlers that produce while they work.
//!
//! What they become is [`Response`](crate::Response); how they go over the wire is in `body`.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    thread::panicking,
};

use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header::SET_COOKIE};
use http_body::Frame;
use lambda_api::runtime::Prelude;
use tokio::sync::mpsc;

use crate::{Error, HandlerError, failure::Failure};

/// The familiar name of [`StreamResponse`]; not the [`Response`](crate::Response) at the root, which needs no type parameter.
pub type Response<S> = StreamResponse<S>;

/// How many pieces wait between the producer and the connection.
const WAITING: usize = 8;

/// An HTTP response that is sent piece by piece.
///
/// Function URLs and API Gateway show it as status, headers, cookies and body; to any other caller the metadata
/// is part of the payload. A stream without metadata is [`Response::stream`](crate::Response::stream).
///
/// ```
/// use lambda_runtime::{Error, LambdaEvent, StreamResponse, streaming::{Body, MetadataPrelude, channel}};
/// use serde_json::Value;
///
/// async fn page(_: LambdaEvent<Value>) -> Result<StreamResponse<Body>, Error> {
///     let (mut sender, body) = channel();
///     tokio::spawn(async move { sender.send_data("<html>".into()).await });
///     Ok(StreamResponse { metadata_prelude: MetadataPrelude::default(), stream: body })
/// }
/// # let _ = page;
/// ```
#[derive(Debug)]
pub struct StreamResponse<S> {
    /// Status, headers and cookies.
    pub metadata_prelude: MetadataPrelude,
    /// The body.
    pub stream: S,
}

impl<S, D, E> From<S> for StreamResponse<S>
where
    S: Stream<Item = Result<D, E>> + Send + 'static,
    D: Into<Bytes>,
    E: Into<Error>,
{
    /// Status 200 and no headers.
    fn from(stream: S) -> Self {
        Self { metadata_prelude: MetadataPrelude::default(), stream }
    }
}

/// The HTTP metadata of a streamed response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetadataPrelude {
    /// The status.
    pub status_code: StatusCode,
    /// The headers. A repeated one is sent as one, joined with commas, because the wire has room for one; each
    /// `Set-Cookie` becomes one of the cookies.
    pub headers: HeaderMap,
    /// What becomes one `Set-Cookie` header each.
    pub cookies: Vec<String>,
}

impl MetadataPrelude {
    pub(crate) fn to_wire(&self) -> Prelude {
        let mut prelude = self.with_joined(|_| true);
        prelude.cookies.extend(self.cookies.iter().cloned());
        prelude
    }

    /// The same for whoever takes several values of one header.
    #[cfg(feature = "http")]
    pub(crate) fn to_wire_with_lists(&self) -> Prelude {
        let is_repeated = |name: &HeaderName| self.headers.get_all(name).iter().nth(1).is_some();
        let mut prelude = self.with_joined(|name| !is_repeated(name));
        for name in self.headers.keys().filter(|name| *name != SET_COOKIE && is_repeated(name)) {
            let values = self.headers.get_all(name).iter().map(text).collect();
            prelude.multi_value_headers.insert(name.to_string(), values);
        }
        prelude.cookies.extend(self.cookies.iter().cloned());
        prelude
    }

    /// Cookies, and those headers whose values are to be joined.
    fn with_joined(&self, joins: impl Fn(&HeaderName) -> bool) -> Prelude {
        let mut prelude = Prelude::new(self.status_code.as_u16());
        for name in self.headers.keys() {
            let values = self.headers.get_all(name).iter().map(text);
            if name == SET_COOKIE {
                prelude.cookies.extend(values);
            } else if joins(name) {
                prelude.headers.insert(name.to_string(), values.collect::<Vec<_>>().join(", "));
            }
        }
        prelude
    }
}

/// A header as text: UTF-8 if it is that, else Latin-1, which HTTP headers are by old custom.
fn text(value: &HeaderValue) -> String {
    match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => text.to_owned(),
        Err(_) => value.as_bytes().iter().copied().map(char::from).collect(),
    }
}

/// Makes a body and the sender that fills it.
///
/// The body ends well when the sender is dropped, and with an error when it is dropped by a panic or by
/// [`Sender::abort`]. A producer that gives up in any other way, by `?` or because its task is aborted, drops the sender,
/// too: it should call [`Sender::abort_with`] first, or be a stream of its own, whose `Err` says so.
pub fn channel() -> (Sender, Body) {
    let (pieces, receiver) = mpsc::channel(WAITING);
    let end = Arc::default();
    (Sender { pieces, end: Arc::clone(&end) }, Body { pieces: receiver, end })
}

/// How a body ends, if not well; read when nothing comes any more.
type End = Arc<Mutex<Option<Error>>>;

/// Fills a [`Body`] from wherever the data comes from.
#[derive(Debug)]
pub struct Sender {
    pieces: mpsc::Sender<Bytes>,
    end: End,
}

/// Nobody reads the body any more: the invocation is over, or its connection broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nobody reads the response any more")]
pub struct SendError;

/// The producer gave up; the type of the error that the caller sees is `StreamAborted`.
#[derive(Debug, thiserror::Error)]
#[error("the stream was aborted")]
struct Aborted;

/// The producer panicked while it held the sender.
#[derive(Debug, thiserror::Error)]
#[error("the task that produced the stream panicked")]
struct ProducerPanicked;

/// Trailers of the producer's own; not an error, but it travels like one.
#[derive(Debug, thiserror::Error)]
#[error("the stream ended with trailers")]
pub(crate) struct Trailers(pub(crate) HeaderMap);

impl Sender {
    /// Sends one piece; waits while the caller is slower than the producer.
    ///
    /// # Errors
    ///
    /// [`SendError`] when nobody reads any more: stop producing.
    pub async fn send_data(&mut self, piece: Bytes) -> Result<(), SendError> {
        self.pieces.send(piece).await.map_err(|_| SendError)
    }

    /// Sends one piece if there is room for it now.
    ///
    /// # Errors
    ///
    /// Gives the piece back if there is no room, or if nobody reads any more.
    pub fn try_send_data(&mut self, piece: Bytes) -> Result<(), Bytes> {
        self.pieces.try_send(piece).map_err(|refused| refused.into_inner())
    }

    /// Sets trailers of one's own, with which the body ends once the sender is dropped.
    ///
    /// Lambda knows two trailers, the type and the report of an error, and announces no other; the response of a service of HTTP
    /// has no others. For an error [`abort_with`](Self::abort_with) makes both.
    ///
    /// # Errors
    ///
    /// [`SendError`] when nobody reads any more.
    pub async fn send_trailers(&mut self, trailers: HeaderMap) -> Result<(), SendError> {
        if self.pieces.is_closed() {
            return Err(SendError);
        }
        self.set_end(Trailers(trailers).into());
        Ok(())
    }

    /// Ends the body with an error: the caller can tell that it is not whole.
    pub fn abort(self) {
        self.abort_with(Error::from(Aborted).with_type("StreamAborted"));
    }

    /// Ends the body with this error.
    pub fn abort_with(self, error: impl Into<Error>) {
        self.set_end(error.into());
    }

    fn set_end(&self, error: Error) {
        *self.end.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        if panicking() {
            self.set_end(Error::from(ProducerPanicked).with_type("Panic"));
        }
    }
}

/// The body of a streamed response, filled by a [`Sender`].
#[derive(Debug)]
pub struct Body {
    pieces: mpsc::Receiver<Bytes>,
    end: End,
}

impl Body {
    /// A body with nothing in it.
    pub fn empty() -> Self {
        channel().1
    }
}

impl Default for Body {
    fn default() -> Self {
        Self::empty()
    }
}

impl<T: Into<Bytes>> From<T> for Body {
    /// A body of one piece.
    fn from(piece: T) -> Self {
        let (mut sender, body) = channel();
        // A new channel has room for it.
        let _sent = sender.try_send_data(piece.into());
        body
    }
}

impl Stream for Body {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.pieces.poll_recv(cx).map(|piece| match piece {
            Some(piece) => Some(Ok(piece)),
            None => self.end.lock().unwrap_or_else(PoisonError::into_inner).take().map(Err),
        })
    }
}

/// So that it can be the body of an `http::Response`.
impl http_body::Body for Body {
    type Data = Bytes;
    type Error = HandlerError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HandlerError>>> {
        self.poll_next(cx).map(|piece| {
            piece.map(|piece| match piece {
                Ok(data) => Ok(Frame::data(data)),
                Err(error) => match error.downcast_ref::<Trailers>() {
                    Some(Trailers(trailers)) => Ok(Frame::trailers(trailers.clone())),
                    None => Err(HandlerError::new(Failure::of_error(&error))),
                },
            })
        })
    }
}

#[cfg(test)]
mod test {
    use http::header::{CONTENT_DISPOSITION, VARY};

    use super::*;

    #[test]
    fn headers_lose_nothing_on_their_way_into_the_prelude() {
        let mut metadata = MetadataPrelude { cookies: vec!["c=3".to_owned()], ..MetadataPrelude::default() };
        let latin_1 = HeaderValue::from_bytes(b"attachment; filename=caf\xe9.txt").unwrap();
        metadata.headers.insert(CONTENT_DISPOSITION, latin_1);
        for (name, value) in [(VARY, "accept"), (VARY, "origin"), (SET_COOKIE, "a=1"), (SET_COOKIE, "b=2")] {
            metadata.headers.append(name, HeaderValue::from_static(value));
        }
        let prelude = metadata.to_wire();
        assert_eq!(prelude.status_code, 200);
        assert_eq!(prelude.headers["vary"], "accept, origin");
        assert_eq!(prelude.headers["content-disposition"], "attachment; filename=café.txt");
        assert_eq!(prelude.cookies, ["a=1", "b=2", "c=3"]);
    }
}
