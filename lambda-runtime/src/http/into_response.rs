//! What a handler of requests may return.

use bytes::{Buf, Bytes};
use http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE};
use http_body::Body as HttpBody;
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
    &[u8], bytes => of(BINARY, bytes);
    Vec<u8>, bytes => of(BINARY, bytes);
    Bytes, bytes => of(BINARY, bytes);
    Value, json => of("application/json", json.to_string());
    StatusCode, status => (status, ()).into_response();
}

impl<R: IntoResponse> IntoResponse for (StatusCode, R) {
    type Body = R::Body;

    fn into_response(self) -> Response<R::Body> {
        let mut response = self.1.into_response();
        *response.status_mut() = self.0;
        response
    }
}
