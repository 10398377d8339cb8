//! What a handler may return: anything that serialises, bytes, JSON that exists already, and streams.
//!
//! All of it becomes one erased [`Response`], so that a handler can choose for each invocation. How a stream
//! goes over the wire is in `body`.

use std::{
    borrow::Cow,
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_core::Stream;
use lambda_api::{ErrorType, runtime::Prelude};
use serde::Serialize;

use crate::{
    Error,
    failure::Failure,
    streaming::{MetadataPrelude, StreamResponse},
    whole::{JsonWriter, Whole},
};

const JSON: &str = "application/json";
const BINARY: &str = "application/octet-stream";

/// The pieces of a stream.
pub(crate) type Chunks = Pin<Box<dyn Stream<Item = Result<Bytes, Error>> + Send>>;

/// What a function answers, buffered or streamed; a handler may choose for each invocation.
///
/// ```
/// use lambda_runtime::{Error, LambdaEvent, Response, streaming};
/// use serde_json::{Value, json};
///
/// async fn report(event: LambdaEvent<Value>) -> Result<Response, Error> {
///     if event.payload["brief"] == true {
///         return Ok(Response::json(&json!({ "rows": 2 }))?);
///     }
///     let (mut sender, body) = streaming::channel();
///     event.context.spawn(async move {
///         for row in ["a,1\n", "b,2\n"] {
///             sender.send_data(row.into()).await?;
///         }
///         Ok::<(), streaming::SendError>(())
///     });
///     Ok(Response::stream(body).content_type("text/csv"))
/// }
/// # let _ = report;
/// ```
pub struct Response {
    pub(crate) content_type: Cow<'static, str>,
    pub(crate) kind: Kind,
}

pub(crate) enum Kind {
    Buffered(Whole),
    // Boxed, because hardly any response has one, and all are moved about.
    Streaming { prelude: Option<Box<Prelude>>, chunks: Chunks },
}

/// What the handler returned cannot be written as JSON.
#[derive(Debug, thiserror::Error)]
#[error("the response cannot be encoded: {0}")]
pub struct ResponseError(serde_json::Error);

impl ResponseError {
    pub(crate) fn failure(&self) -> Failure {
        Failure::of_runtime(ErrorType::MARSHAL, self)
    }
}

impl Response {
    /// Any value, as JSON.
    ///
    /// # Errors
    ///
    /// [`ResponseError`] if the value has no JSON form, such as a map whose keys are not text.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<Self, ResponseError> {
        let mut json = JsonWriter::new();
        serde_json::to_writer(&mut json, value).map_err(ResponseError)?;
        Ok(Self { content_type: Cow::Borrowed(JSON), kind: Kind::Buffered(json.into_whole()) })
    }

    /// JSON that exists already; nothing looks at it.
    pub fn raw_json(json: impl Into<Bytes>) -> Self {
        Self::bytes(JSON, json)
    }

    /// Any bytes. The content type is passed on to the caller.
    pub fn bytes(content_type: impl Into<Cow<'static, str>>, bytes: impl Into<Bytes>) -> Self {
        Self { content_type: content_type.into(), kind: Kind::Buffered(Whole::from(bytes.into())) }
    }

    /// A stream without HTTP metadata, as `application/octet-stream` unless
    /// [`content_type`](Self::content_type) says otherwise.
    ///
    /// Each piece is sent as soon as it is there. If the stream fails or panics, the caller is told so, by the
    /// error trailers of [response
    /// streaming](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming).
    pub fn stream<S, D, E>(stream: S) -> Self
    where
        S: Stream<Item = Result<D, E>> + Send + 'static,
        D: Into<Bytes>,
        E: Into<Error>,
    {
        let kind = Kind::Streaming { prelude: None, chunks: erase(stream) };
        Self { content_type: Cow::Borrowed(BINARY), kind }
    }

    /// A stream that function URLs and API Gateway show as an HTTP response with this status, these headers
    /// and cookies.
    pub fn http_stream<S, D, E>(prelude: &MetadataPrelude, stream: S) -> Self
    where
        S: Stream<Item = Result<D, E>> + Send + 'static,
        D: Into<Bytes>,
        E: Into<Error>,
    {
        Self::stream_after(prelude.to_wire(), stream)
    }

    /// A stream with a head that is as the wire has it.
    pub(crate) fn stream_after<S, D, E>(prelude: Prelude, stream: S) -> Self
    where
        S: Stream<Item = Result<D, E>> + Send + 'static,
        D: Into<Bytes>,
        E: Into<Error>,
    {
        let kind = Kind::Streaming { prelude: Some(Box::new(prelude)), chunks: erase(stream) };
        Self { content_type: Cow::Borrowed(Prelude::CONTENT_TYPE), kind }
    }

    /// Replaces the content type. (That of an HTTP response stands in its prelude, not here.)
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<Cow<'static, str>>) -> Self {
        self.content_type = content_type.into();
        self
    }
}

pin_project_lite::pin_project! {
    /// A stream whose pieces become bytes and whose errors become ours. A type of its own, because a closure would
    /// carry the types of both with it.
    struct Erased<S> {
        #[pin]
        stream: S,
    }
}

impl<S, D, E> Stream for Erased<S>
where
    S: Stream<Item = Result<D, E>>,
    D: Into<Bytes>,
    E: Into<Error>,
{
    type Item = Result<Bytes, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = self.project().stream.poll_next(cx);
        polled.map(|piece| piece.map(|piece| piece.map(Into::into).map_err(Into::into)))
    }
}

fn erase<S, D, E>(stream: S) -> Chunks
where
    S: Stream<Item = Result<D, E>> + Send + 'static,
    D: Into<Bytes>,
    E: Into<Error>,
{
    Box::pin(Erased { stream })
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.kind {
            Kind::Buffered(bytes) => format!("{} bytes", bytes.len()),
            Kind::Streaming { prelude: Some(_), .. } => "an HTTP stream".to_owned(),
            Kind::Streaming { prelude: None, .. } => "a stream".to_owned(),
        };
        f.debug_struct("Response").field("content_type", &self.content_type).field("body", &kind).finish()
    }
}

/// What a handler may return.
///
/// Implemented for every [`Serialize`], and for the types that say more: [`Response`], [`StreamResponse`]
/// and [`FunctionResponse`].
pub trait IntoFunctionResponse {
    /// Makes it a response.
    ///
    /// # Errors
    ///
    /// [`ResponseError`] if a value has no JSON form.
    fn into_response(self) -> Result<Response, ResponseError>;
}

impl<T: Serialize> IntoFunctionResponse for T {
    fn into_response(self) -> Result<Response, ResponseError> {
        Response::json(&self)
    }
}

impl IntoFunctionResponse for Response {
    fn into_response(self) -> Result<Response, ResponseError> {
        Ok(self)
    }
}

impl<S, D, E> IntoFunctionResponse for StreamResponse<S>
where
    S: Stream<Item = Result<D, E>> + Send + 'static,
    D: Into<Bytes>,
    E: Into<Error>,
{
    fn into_response(self) -> Result<Response, ResponseError> {
        Ok(Response::http_stream(&self.metadata_prelude, self.stream))
    }
}

/// A response whose two forms are known by their types; [`Response`] needs no types.
#[derive(Debug)]
pub enum FunctionResponse<B, S> {
    /// A value, sent as JSON.
    BufferedResponse(B),
    /// An HTTP response, sent piece by piece.
    StreamingResponse(StreamResponse<S>),
}

impl<B, S, D, E> IntoFunctionResponse for FunctionResponse<B, S>
where
    B: Serialize,
    S: Stream<Item = Result<D, E>> + Send + 'static,
    D: Into<Bytes>,
    E: Into<Error>,
{
    fn into_response(self) -> Result<Response, ResponseError> {
        match self {
            Self::BufferedResponse(value) => value.into_response(),
            Self::StreamingResponse(stream) => stream.into_response(),
        }
    }
}
