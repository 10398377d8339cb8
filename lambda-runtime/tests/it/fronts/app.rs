//! The application: it tells what it sees of a request, and answers whatever it is asked to.

use std::{convert::Infallible, fmt::Write, future::ready, pin::Pin, task::Context, task::Poll};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{AppendHeaders, IntoResponse, Json, Redirect, Response},
    routing::{any, get, post},
};
use futures_core::Stream;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(super) fn app() -> Router {
    Router::new()
        .route("/echo", any(echo))
        .route("/echo/{*rest}", any(echo))
        .route("/upload", post(upload))
        .route("/respond", post(respond))
        .route("/cookies", any(cookies))
        .route("/stream", any(stream))
        .route("/redirect", any(async || Redirect::to("/echo/there?a=1")))
        .route("/panic", get(panics))
        .fallback(async || (StatusCode::NOT_FOUND, "There is nothing here."))
}

/// All that can be seen of a request. Headers come by their names: HTTP gives no meaning to the order of different ones.
async fn echo(request: Request) -> Json<Value> {
    let (head, body) = request.into_parts();
    let mut headers: Vec<_> =
        head.headers.iter().map(|(name, value)| (name.as_str(), latin_1(value.as_bytes()))).collect();
    headers.sort_by_key(|(name, _)| *name);
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    Json(json!({
        "method": head.method.as_str(),
        "uri": head.uri.to_string(),
        "version": format!("{:?}", head.version),
        "headers": headers,
        "body": hex(&body),
    }))
}

/// Gives back what was sent, as what it was sent.
async fn upload(headers: HeaderMap, body: Bytes) -> Response {
    match headers.get(header::CONTENT_TYPE) {
        Some(content_type) => ([(header::CONTENT_TYPE, content_type.clone())], body).into_response(),
        None => Response::new(body.into()),
    }
}

/// A response that a request asks for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Wanted {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

async fn respond(Json(wanted): Json<Wanted>) -> Response {
    let mut response = Response::new(Body::from(wanted.body));
    *response.status_mut() = StatusCode::from_u16(wanted.status).unwrap();
    for (name, value) in wanted.headers {
        let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
        response.headers_mut().append(HeaderName::from_bytes(name.as_bytes()).unwrap(), value);
    }
    response
}

/// Sets each cookie that was sent.
async fn cookies(headers: HeaderMap) -> impl IntoResponse {
    let sent = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let sent: Vec<_> = sent.flat_map(|cookies| cookies.split("; ")).map(str::to_owned).collect();
    (AppendHeaders(sent.into_iter().map(|cookie| (header::SET_COOKIE, cookie))), "set")
}

/// Gives back what was sent in pieces of three bytes, with no length known beforehand.
async fn stream(body: Bytes) -> Response {
    struct Pieces(Bytes);

    impl Stream for Pieces {
        type Item = Result<Bytes, Infallible>;

        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            let len = self.0.len().min(3);
            Poll::Ready((len > 0).then(|| Ok(self.0.split_to(len))))
        }
    }

    let mut response = Response::new(Body::from_stream(Pieces(body)));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    response
}

async fn panics() -> Response {
    ready(()).await;
    panic!("asked for")
}

fn latin_1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}
