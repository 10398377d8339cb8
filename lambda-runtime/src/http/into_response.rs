//! What a handler of requests may return.

use std::{
    borrow::Cow,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::{Buf, Bytes};
use http::{HeaderMap, HeaderValue, Response, StatusCode, header::CONTENT_TYPE};
use http_body::{Body as HttpBody, Frame, SizeHint};
use lambda_events::http::Body;
use serde_json::Value;

use crate::BoxError;

/// What a handler of requests may return.
///
/// ```
/// use lambda_runtime::{Error, http::{IntoResponse, Request}};
/// use serde_json::json;
///
/// async fn order(request: Request) -> Result<impl IntoResponse, Error> {
///     let id = request.uri().path().trim_start_matches("/orders/");
///     Ok(json!({ "id": id }))
/// }
/// # let _ = order;
/// ```
pub trait IntoResponse {
    /// The body.
    type Body: HttpBody<Data: Buf + Send, Error: Into<BoxError>> + Send + 'static;

    /// Makes it a response.
    fn into_response(self) -> Response<Self::Body>;
}

impl<B> IntoResponse for Response<B>
where
    B: HttpBody<Data: Buf + Send, Error: Into<BoxError>> + Send + 'static,
{
    type Body = B;

    fn into_response(self) -> Self {
        self
    }
}

fn of(content_type: &'static str, body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

macro_rules! into_response {
    ($($type:ty, $this:ident => $response:expr;)*) => {$(
        impl IntoResponse for $type {
            type Body = Body;

            fn into_response(self) -> Response<Body> {
                let $this = self;
                $response
            }
        }
    )*};
}

const TEXT: &str = "text/plain; charset=utf-8";
const BINARY: &str = "application/octet-stream";

into_response! {
    (), _nothing => Response::new(Body::Empty);
    Body, body => Response::new(body);
    &str, text => of(TEXT, text);
    String, text => of(TEXT, text);
    Cow<'_, str>, text => of(TEXT, text.into_owned());
    &[u8], bytes => of(BINARY, bytes);
    Vec<u8>, bytes => of(BINARY, bytes);
    Bytes, bytes => of(BINARY, bytes);
    Value, json => of("application/json", json.to_string());
    StatusCode, status => (status, ()).into_response();
}

impl<const LENGTH: usize> IntoResponse for &[u8; LENGTH] {
    type Body = Body;

    fn into_response(self) -> Response<Body> {
        self.as_slice().into_response()
    }
}

impl<R: IntoResponse> IntoResponse for (StatusCode, HeaderMap, R) {
    type Body = R::Body;

    /// Headers that the response has already are replaced by these.
    fn into_response(self) -> Response<R::Body> {
        let (status, headers, response) = self;
        let mut response = (status, response).into_response();
        response.headers_mut().extend(headers);
        response
    }
}

/// So that a handler may leave by `Err` with a response, such as a 404: `Ok(found().ok_or(StatusCode::NOT_FOUND))`.
impl<R: IntoResponse, E: IntoResponse> IntoResponse for Result<R, E> {
    type Body = EitherBody<R::Body, E::Body>;

    fn into_response(self) -> Response<Self::Body> {
        match self {
            Ok(response) => response.into_response().map(|body| EitherBody { kind: Kind::One { body } }),
            Err(response) => response.into_response().map(|body| EitherBody { kind: Kind::Other { body } }),
        }
    }
}

pin_project_lite::pin_project! {
    /// The body of a response that is one of two.
    #[derive(Debug)]
    pub struct EitherBody<A, B> {
        #[pin]
        kind: Kind<A, B>,
    }
}

pin_project_lite::pin_project! {
    #[project = KindProjection]
    #[derive(Debug)]
    enum Kind<A, B> {
        One { #[pin] body: A },
        Other { #[pin] body: B },
    }
}

impl<A, B> HttpBody for EitherBody<A, B>
where
    A: HttpBody<Error: Into<BoxError>>,
    B: HttpBody<Error: Into<BoxError>>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self.project().kind.project() {
            KindProjection::One { body } => poll(body, cx),
            KindProjection::Other { body } => poll(body, cx),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::One { body } => body.size_hint(),
            Kind::Other { body } => body.size_hint(),
        }
    }
}

fn poll<B: HttpBody<Error: Into<BoxError>>>(
    body: Pin<&mut B>,
    cx: &mut Context<'_>,
) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
    body.poll_frame(cx).map(|frame| {
        let frame = frame?.map_err(Into::into);
        Some(frame.map(|frame| frame.map_data(|mut data| data.copy_to_bytes(data.remaining()))))
    })
}

impl<R: IntoResponse> IntoResponse for (StatusCode, R) {
    type Body = R::Body;

    fn into_response(self) -> Response<R::Body> {
        let mut response = self.1.into_response();
        *response.status_mut() = self.0;
        response
    }
}
