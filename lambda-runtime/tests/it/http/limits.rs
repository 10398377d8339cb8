//! How large responses may be, and what becomes of larger ones.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use lambda_runtime::Error;
use lambda_runtime::http::{Body, HttpLayer, InvokeMode, Request, Response, from_hyper, service_fn};
use serde_json::json;
use tracing::Level;

use super::{Format, answer, function, function_with};
use crate::logged::Logged;

/// What Lambda takes.
const LAMBDA: usize = 6 * 1024 * 1024 + 100;
/// What a load balancer takes.
const BALANCER: usize = 1024 * 1024;

/// Answers with as much text as the path says.
async fn text(request: Request) -> Result<String, Error> {
    Ok("x".repeat(request.uri().path().trim_start_matches('/').parse()?))
}

#[tokio::test(start_paused = true)]
async fn json_up_to_the_limit_is_sent_and_one_byte_more_is_a_413() {
    for format in Format::ALL {
        let limit = if matches!(format, Format::Alb | Format::AlbMultiValue) { BALANCER } else { LAMBDA };
        let logged = Logged::start();
        let function = function(|| service_fn(text));
        // What stands around a text without anything to escape.
        let around = function.invoke(format.get("/1")).await.payload().len() - 1;
        let most = limit - around;

        let outcome = function.invoke(format.get(&format!("/{most}"))).await;
        assert_eq!(outcome.payload().len(), limit, "{format:?}");
        assert_eq!(outcome.json().unwrap()["statusCode"], 200, "{format:?}");
        assert_eq!(logged.at(Level::WARN), [""; 0], "{format:?}");

        let refused = answer(&function, format.get(&format!("/{}", most + 1))).await;
        assert_eq!(refused["statusCode"], 413, "{format:?}");
        assert_eq!(refused["body"], "The response is too large.", "{format:?}");
        let [line] = &logged.at(Level::WARN)[..] else { panic!("{:?}", logged.lines()) };
        assert!(line.contains(&format!("bytes={} limit={limit} ", limit + 1)), "{format:?}: {line}");
    }
}

#[tokio::test(start_paused = true)]
async fn base64_and_escapes_count() {
    let function = function(|| {
        service_fn(async |request: Request| {
            let piece: &[u8] = if request.uri().path() == "/bytes" { b"\xff" } else { b"\"" };
            Ok::<_, Error>(Response::new(Body::from(match request.uri().path() {
                "/bytes" => piece.repeat(LAMBDA / 4 * 3),
                _ => piece.repeat(LAMBDA / 2),
            })))
        })
    });
    for path in ["/bytes", "/quotes"] {
        assert_eq!(answer(&function, Format::Url.get(path)).await["statusCode"], 413, "{path}");
    }
}

/// How large the pieces of an endless body are.
const PIECE: usize = 64 * 1024;

/// A body without an end that says how many pieces it has given.
struct Endless(u32);

impl http_body::Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        self.0 += 1;
        assert!(self.0 < 200, "nobody needs so much of it");
        Poll::Ready(Some(Ok(http_body::Frame::data(Bytes::from(vec![b'x'; PIECE])))))
    }
}

#[test]
fn a_body_without_an_end_is_cut_off_at_the_limit_and_takes_no_more_memory() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let peak = |format: Format| {
        let logged = Logged::start();
        let function = function(|| {
            from_hyper(hyper::service::service_fn(async |_: Request| {
                Ok::<_, Infallible>(Response::new(Endless(0)))
            }))
        });
        let measured = allocation_counter::measure(|| {
            let answer = runtime.block_on(answer(&function, format.get("/")));
            assert_eq!(answer["statusCode"], 413, "{format:?}");
        });
        assert_eq!(logged.at(Level::WARN).len(), 1);
        usize::try_from(measured.bytes_max).unwrap()
    };
    // A buffer that doubles while it grows is there twice for a moment.
    assert!(peak(Format::Rest) < 4 * LAMBDA);
    assert!(peak(Format::Alb) < 4 * BALANCER);
}

#[tokio::test(start_paused = true)]
async fn a_stream_may_be_larger_than_a_whole_response() {
    let layer = HttpLayer::new().invoke_mode(InvokeMode::ResponseStream);
    let describe = |builder: mock_server::FunctionBuilder| builder.timeout(Duration::from_secs(60));
    let function = function_with(layer, describe, || service_fn(text));
    let length = 2 * LAMBDA;
    let mut response = function.invoke_streaming(Format::Url.get(&format!("/{length}"))).await;
    let mut sent = 0;
    while let Some(piece) = response.next().await {
        sent += piece.len();
    }
    let prelude = json!({ "statusCode": 200, "headers": { "content-type": "text/plain; charset=utf-8" } });
    assert_eq!(sent, prelude.to_string().len() + 8 + length);
    assert!(response.finish().await.is_success());
}
