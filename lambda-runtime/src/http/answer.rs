//! From what a service answers to what the runtime posts.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header::CONTENT_TYPE, response::Parts};
use http_body::Body as HttpBody;
use lambda_api::ErrorType;
use lambda_events::http::{BodyEncoding, RequestError, ResponseFormat};
use tracing::warn;

use super::{
    IntoResponse,
    body_stream::{BodyStream, is_error},
};
use crate::{
    BoxError, Diagnostic, Error, HandlerError, Response,
    failure::Failure,
    streaming::{MetadataPrelude, Trailers},
};

/// The familiar header by which a response says how its body is to be sent; it does not go to the client.
const ENCODING: HeaderName = HeaderName::from_static("x-lambda-http-content-encoding");

/// How an event is answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answering {
    /// `None` where the body is the answer.
    format: Option<ResponseFormat>,
    streams: bool,
}

/// Why an event does not get to the service.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The client has sent something that cannot be a request, and is told so.
    BadRequest(Answering, RequestError),
    /// A client asks for the path that belongs to events.
    Reserved(Answering),
    /// The event is none of HTTP.
    NoRequest(RequestError),
}

impl Answering {
    /// The body is the answer.
    pub(super) const RAW: Self = Self { format: None, streams: false };

    pub(super) fn of(format: ResponseFormat, streams: bool) -> Self {
        Self { format: Some(format), streams }
    }

    /// How many bytes of body make any sense to collect.
    fn limit(self) -> usize {
        self.format.map_or(lambda_api::limits::RESPONSE_BYTES, ResponseFormat::limit)
    }

    /// A response that is whole.
    fn whole(self, mut head: Parts, body: Bytes) -> Result<Response, HandlerError> {
        let Some(format) = self.format else { return raw(&head, body) };
        let named = head.headers.remove(ENCODING);
        let named = named.and_then(|value| match value.as_bytes() {
            b"text" => Some(BodyEncoding::Text),
            b"base64" | b"binary" => Some(BodyEncoding::Base64),
            _ => None,
        });
        let encoding = head.extensions.get().copied().or(named);
        let json = format.to_json(head.status, &head.headers, &body, encoding);
        if json.len() > format.limit() {
            return self.too_large(json.len());
        }
        Ok(Response::raw_json(json))
    }

    /// A response that is sent as it comes.
    fn stream<B>(self, head: Parts, body: B) -> Response
    where
        B: HttpBody<Data: Buf + Send, Error: Into<BoxError>> + Send + 'static,
    {
        let mut headers = head.headers;
        headers.remove(ENCODING);
        let prelude = MetadataPrelude { status_code: head.status, headers, ..MetadataPrelude::default() };
        let has_lists = self.format.is_some_and(ResponseFormat::streams_multi_value_headers);
        let prelude = if has_lists { prelude.to_wire_with_lists() } else { prelude.to_wire() };
        Response::stream_after(prelude, BodyStream::new(body))
    }

    /// The client is told that the response is too large, the log how large it is, or how much of it was read; where there is
    /// no client, the invocation fails.
    fn too_large(self, bytes: usize) -> Result<Response, HandlerError> {
        if self.format.is_none() {
            return Err(HandlerError::new(Failure::of_size(bytes)));
        }
        let limit = self.limit();
        warn!(
            bytes,
            limit,
            "a response has at least so many bytes, more than its receiver takes; the client gets the status 413"
        );
        Ok(self.short(StatusCode::PAYLOAD_TOO_LARGE, "The response is too large."))
    }

    /// A short response of the runtime's own, to a client.
    fn short(self, status: StatusCode, text: &'static str) -> Response {
        let text_type = HeaderValue::from_static("text/plain; charset=utf-8");
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, text_type)]);
        match self.format {
            Some(_) if self.streams => {
                let prelude = MetadataPrelude { status_code: status, headers, ..MetadataPrelude::default() };
                Response::http_stream(&prelude, BodyStream::new(lambda_events::http::Body::from(text)))
            }
            Some(format) => Response::raw_json(format.to_json(status, &headers, text.as_bytes(), None)),
            None => Response::bytes("text/plain; charset=utf-8", text),
        }
    }
}

/// The service has answered an event that is no request with the status of a failure.
#[derive(Debug, thiserror::Error)]
#[error("the service answered {0}{colon}{1}", colon = if .1.is_empty() { "" } else { ": " })]
struct Failed(StatusCode, String);

/// What a service answers to an event that is no request.
fn raw(head: &Parts, body: Bytes) -> Result<Response, HandlerError> {
    if head.status.is_client_error() || head.status.is_server_error() {
        // The status alone would tell nobody what has happened.
        let text = std::str::from_utf8(&body).unwrap_or_default().trim().to_owned();
        let error = Error::from(Failed(head.status, text)).with_type("HttpStatus");
        return Err(HandlerError::new(Failure::of_error(&error)));
    }
    let content_type = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    Ok(Response::bytes(content_type.unwrap_or("application/json").to_owned(), body))
}

pin_project_lite::pin_project! {
    /// The future of an [`Adapter`](super::Adapter).
    pub struct AdapterFuture<F, B> {
        #[pin]
        state: State<F, B>,
        answering: Answering,
    }
}

impl<F, B> fmt::Debug for AdapterFuture<F, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdapterFuture").field("answering", &self.answering).finish_non_exhaustive()
    }
}

pin_project_lite::pin_project! {
    #[project = StateProjection]
    enum State<F, B> {
        Refused { error: Option<RequestError> },
        Reserved,
        Calling { #[pin] future: F },
        Collecting { #[pin] body: B, head: Option<Parts>, collected: Collected },
        Broken { error: Option<HandlerError> },
    }
}

impl<F, B> AdapterFuture<F, B> {
    pub(super) fn of(future: F, answering: Answering) -> Self {
        Self { state: State::Calling { future }, answering }
    }

    pub(super) fn refused(refusal: Refusal) -> Self {
        match refusal {
            Refusal::BadRequest(answering, error) => {
                Self { state: State::Refused { error: Some(error) }, answering }
            }
            Refusal::Reserved(answering) => Self { state: State::Reserved, answering },
            Refusal::NoRequest(error) => {
                let error = HandlerError::new(Failure::of_runtime(ErrorType::UNMARSHAL, &error));
                Self { state: State::Broken { error: Some(error) }, answering: Answering::RAW }
            }
        }
    }
}

impl<F, R, E, B> Future for AdapterFuture<F, B>
where
    F: Future<Output = Result<R, E>>,
    R: IntoResponse<Body = B>,
    E: Into<Diagnostic> + 'static,
    B: HttpBody<Data: Buf + Send, Error: Into<BoxError>> + Send + 'static,
{
    type Output = Result<Response, HandlerError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let answering = *this.answering;
        loop {
            match this.state.as_mut().project() {
                StateProjection::Refused { error } => {
                    if let Some(error) = error.take() {
                        warn!(%error, "a request is refused; the client gets the status 400");
                    }
                    return Poll::Ready(Ok(
                        answering.short(StatusCode::BAD_REQUEST, "The request cannot be read.")
                    ));
                }
                StateProjection::Reserved => {
                    return Poll::Ready(Ok(answering.short(StatusCode::NOT_FOUND, "There is nothing here.")));
                }
                StateProjection::Calling { future } => {
                    let response = ready!(future.poll(cx)).map_err(HandlerError::of)?.into_response();
                    let (head, body) = response.into_parts();
                    if answering.streams {
                        return Poll::Ready(Ok(answering.stream(head, body)));
                    }
                    warn_of_events(answering, &head);
                    let collected = Collected::default();
                    this.state.set(State::Collecting { body, head: Some(head), collected });
                }
                StateProjection::Collecting { body, head, collected } => {
                    let whole = ready!(collected.poll(body, answering.limit(), cx))?;
                    let Some(head) = head.take() else { return Poll::Pending };
                    return Poll::Ready(match whole {
                        Ok(whole) => answering.whole(head, whole),
                        Err(TooLarge(bytes)) => answering.too_large(bytes),
                    });
                }
                StateProjection::Broken { error } => {
                    let Some(error) = error.take() else { return Poll::Pending };
                    return Poll::Ready(Err(error));
                }
            }
        }
    }
}

/// Events that are sent one by one are of no use all at once.
fn warn_of_events(answering: Answering, head: &Parts) {
    let is_events = || {
        let content_type = head.headers.get(CONTENT_TYPE);
        content_type.is_some_and(|value| value.as_bytes().starts_with(b"text/event-stream"))
    };
    if answering.format.is_some_and(ResponseFormat::can_stream) && is_events() {
        warn!(
            "server-sent events are collected, because AWS_LAMBDA_HTTP_INVOKE_MODE is not RESPONSE_STREAM and nothing \
             else says that this response shall stream"
        );
    }
}

/// What there is of a body.
#[derive(Debug, Default)]
struct Collected {
    first: Bytes,
    /// The first piece and all others, if there are others.
    all: BytesMut,
}

/// A body is longer than makes sense.
struct TooLarge(usize);

impl Collected {
    fn poll<B: HttpBody<Error: Into<BoxError>>>(
        &mut self,
        mut body: Pin<&mut B>,
        limit: usize,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Result<Bytes, TooLarge>, HandlerError>> {
        loop {
            let frame = match ready!(body.as_mut().poll_frame(cx)) {
                None => return Poll::Ready(Ok(Ok(self.take()))),
                Some(Ok(frame)) => frame,
                Some(Err(error)) => {
                    let failure = Failure::of_error(&Error::from(error));
                    return Poll::Ready(Err(HandlerError::new(failure)));
                }
            };
            match frame.into_data() {
                Ok(mut data) => self.push(data.copy_to_bytes(data.remaining())),
                // Other trailers have no way to the client.
                Err(frame) => match frame.into_trailers() {
                    Ok(trailers) if is_error(&trailers) => {
                        let failure = Failure::of_error(&Error::from(Trailers(trailers)));
                        return Poll::Ready(Err(HandlerError::new(failure)));
                    }
                    Ok(_) | Err(_) => {}
                },
            }
            let len = self.first.len().max(self.all.len());
            if len > limit {
                // What is yet to come is not waited for, but may be known.
                let more = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
                return Poll::Ready(Ok(Err(TooLarge(len.saturating_add(more)))));
            }
        }
    }

    fn push(&mut self, data: Bytes) {
        if self.first.is_empty() {
            self.first = data;
            return;
        }
        if self.all.is_empty() {
            self.all.extend_from_slice(&self.first);
        }
        self.all.extend_from_slice(&data);
    }

    fn take(&mut self) -> Bytes {
        if self.all.is_empty() {
            std::mem::take(&mut self.first)
        } else {
            std::mem::take(&mut self.all).freeze()
        }
    }
}
