//! Responses that stream, byte for byte as the runtime sends them, and when.

use std::{
    cell::Cell,
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::Frame;
use lambda_runtime::{
    Error, Runtime,
    http::{HttpLayer, InvokeMode, Request, Response, service_fn},
};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tracing::Level;

use super::{Format, Step, Told, answer, function_with, give, teller, told};
use crate::{
    chunked::{Heard, Memory, in_memory_with},
    logged::Logged,
    reply::event,
};

const PRELUDE: &str = "application/vnd.awslambda.http-integration-response";

fn streams() -> HttpLayer {
    HttpLayer::new().invoke_mode(InvokeMode::ResponseStream)
}

/// What is sent for a request whose handler makes this response.
async fn heard<F, B>(format: Format, path: &str, respond: F) -> Heard
where
    F: Fn(Request) -> Result<Response<B>, Error>,
    B: http_body::Body<Data = Bytes, Error: Into<lambda_runtime::BoxError>> + Send + 'static,
{
    let handler = service_fn(async |request: Request| respond(request));
    let client = |api| Runtime::new(handler).layer(streams()).endpoint(api).run();
    let event = event(format.get(path).to_string());
    in_memory_with(Memory::default(), client, async |api| api.answer_to(event).await).await
}

/// The prelude and the body.
fn parts(heard: &Heard) -> (Value, Vec<u8>) {
    assert_eq!(heard.header("content-type"), Some(PRELUDE));
    assert_eq!(heard.header("lambda-runtime-function-response-mode"), Some("streaming"));
    let body = heard.body();
    let end = body.windows(8).position(|window| window == [0; 8]).unwrap();
    (serde_json::from_slice(&body[..end]).unwrap(), body[end + 8..].to_vec())
}

#[tokio::test(start_paused = true)]
async fn a_function_url_and_a_rest_api_get_the_prelude_eight_nuls_and_the_pieces() {
    for format in [Format::Url, Format::Rest] {
        let heard = heard(format, "/", |_| {
            let pieces = told([
                give("one "),
                Step::Trailers(::http::HeaderMap::new()),
                give("two\0"),
                Step::Trailers(::http::HeaderMap::new()),
            ]);
            Ok(Response::builder().status(201).header("content-type", "text/plain").body(pieces)?)
        })
        .await;
        let prelude = b"{\"statusCode\":201,\"headers\":{\"content-type\":\"text/plain\"}}\0\0\0\0\0\0\0\0";
        assert_eq!(heard.chunks, [[prelude, &b"one "[..]].concat(), b"two\0".to_vec()], "{format:?}");
        assert!(heard.trailers.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn cookies_and_repeated_headers_are_in_the_prelude_and_the_familiar_header_is_not() {
    let heard = heard(Format::Url, "/", |_| {
        let response = Response::builder()
            .header("set-cookie", "a=1; Path=/")
            .header("set-cookie", "b=2")
            .header("vary", "accept")
            .header("vary", "origin")
            .header("x-lambda-http-content-encoding", "text");
        Ok(response.body(told([]))?)
    })
    .await;
    let expected = json!({
        "statusCode": 200, "headers": { "vary": "accept, origin" }, "cookies": ["a=1; Path=/", "b=2"],
    });
    assert_eq!(parts(&heard), (expected, Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn a_response_without_a_body_is_a_prelude_alone() {
    for status in [200, 204, 304, 404] {
        for is_empty in [true, false] {
            let heard = heard(Format::Url, "/", |_| {
                let body = told((!is_empty).then(|| give("")));
                Ok(Response::builder().status(status).body(body)?)
            })
            .await;
            assert_eq!(parts(&heard), (json!({ "statusCode": status }), Vec::new()));
            assert_eq!(heard.chunks.len(), 1, "{status}: {heard:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn each_piece_is_at_the_caller_before_the_next_one_exists() {
    let (teller, body) = teller();
    let body = Arc::new(Mutex::new(Some(body)));
    let function = function_with(
        streams(),
        |builder| builder,
        move || {
            let body = Arc::clone(&body);
            service_fn(move |_: Request| {
                let body = Arc::clone(&body);
                async move { Ok::<_, Error>(Response::new(body.lock().await.take().ok_or("once only")?)) }
            })
        },
    );
    // The head is there without any piece at all.
    let mut response = function.invoke_streaming(Format::Url.get("/")).await;
    assert_eq!(response.content_type(), Some(PRELUDE));
    assert_eq!(&response.next().await.unwrap()[..], b"{\"statusCode\":200}\0\0\0\0\0\0\0\0");
    for number in 0..5 {
        teller.send(give(number.to_string())).ok().unwrap();
        assert_eq!(&response.next().await.unwrap()[..], number.to_string().as_bytes());
    }
    drop(teller);
    assert_eq!(response.next().await, None);
    assert!(response.finish().await.is_success());
}

#[tokio::test(start_paused = true)]
async fn other_services_get_whole_responses_from_the_same_function() {
    let function = function_with(
        streams(),
        |builder| builder,
        || service_fn(async |_: Request| Ok::<_, Error>(Response::new(told([give("one "), give("two")])))),
    );
    // An HTTP API with format 1.0 is left out: its events are taken for those of a REST API.
    for format in Format::ALL {
        let mut response = function.invoke_streaming(format.get("/")).await;
        if matches!(format, Format::Url | Format::Rest) {
            assert_eq!(response.content_type(), Some(PRELUDE), "{format:?}");
            while response.next().await.is_some() {}
            assert!(response.finish().await.is_success());
        } else {
            assert_eq!(response.content_type(), Some("application/json"), "{format:?}");
            assert_eq!(answer(&function, format.get("/")).await["body"], "one two", "{format:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn each_service_may_have_its_own_mode() {
    use lambda_events::Source;

    let layer = streams().invoke_mode_of(Source::ApiGatewayRest, InvokeMode::Buffered);
    // This one takes no streams, and is not made to.
    let layer = layer.invoke_mode_of(Source::Alb, InvokeMode::ResponseStream);
    let function =
        function_with(layer, |builder| builder, || service_fn(async |_: Request| Ok::<_, Error>("hello")));
    for (format, streams) in [(Format::Url, true), (Format::Rest, false), (Format::Alb, false)] {
        let response = function.invoke_streaming(format.get("/")).await;
        assert_eq!(response.content_type() == Some(PRELUDE), streams, "{format:?}");
    }
}

/// A body without an end, which tells when it is dropped.
struct Endless {
    ticks: tokio::time::Interval,
    is_dropped: Arc<AtomicBool>,
}

impl http_body::Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.ticks.poll_tick(cx).map(|_| Some(Ok(Frame::data(Bytes::from_static(b"tick ")))))
    }
}

impl Drop for Endless {
    fn drop(&mut self) {
        self.is_dropped.store(true, Ordering::Relaxed);
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_without_an_end_goes_on_until_the_time_is_up_and_no_longer() {
    let is_dropped = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&is_dropped);
    let describe = |builder: mock_server::FunctionBuilder| builder.timeout(Duration::from_secs(30));
    let function = function_with(streams(), describe, move || {
        let is_dropped = Arc::clone(&told);
        service_fn(move |request: Request| {
            let is_dropped = Arc::clone(&is_dropped);
            async move {
                let ticks = tokio::time::interval(Duration::from_secs(1));
                Ok::<_, Error>(Response::new(match request.uri().path() {
                    "/endless" => axum::body::Body::new(Endless { ticks, is_dropped }),
                    _ => "fine".into(),
                }))
            }
        })
    });
    let mut response = function.invoke_streaming(Format::Url.get("/endless")).await;
    for _ in 0..3 {
        assert!(response.next().await.unwrap().ends_with(b"tick "));
    }
    assert!(!is_dropped.load(Ordering::Relaxed));
    // Nobody reads on; Lambda stops the function when its time is up.
    assert!(response.finish().await.is_timeout());
    let next = function.invoke_streaming(Format::Url.get("/")).await;
    assert!(is_dropped.load(Ordering::Relaxed));
    assert!(next.finish().await.is_success());
}

#[tokio::test(start_paused = true)]
async fn an_error_in_the_middle_is_in_true_trailers() {
    for (step, error_type, message) in [
        (Step::Fail("the database is gone"), "Function.HandlerError", "the database is gone"),
        (Step::Panic("out of order"), "Function.Panic", "out of order"),
    ] {
        let body = Cell::new(Some(told([give("half of "), step, give("nothing")])));
        let heard = heard(Format::Url, "/", |_| Ok(Response::new(body.take().ok_or("once only")?))).await;
        assert_eq!(parts(&heard), (json!({ "statusCode": 200 }), b"half of ".to_vec()));
        let (recorded, report) = heard.error_trailers();
        assert_eq!((recorded, &report["errorMessage"]), (error_type, &json!(message)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_fails_at_once_is_an_error_and_no_stream() {
    let heard = heard(Format::Url, "/", |_| -> Result<Response<Told>, Error> {
        Ok(Response::new(told([
            Step::Trailers(::http::HeaderMap::new()),
            Step::Fail("the database is gone"),
        ])))
    })
    .await;
    assert_eq!((heard.short_path(), heard.error_type()), ("r-1/error", Some("Function.HandlerError")));
}

#[tokio::test(start_paused = true)]
async fn events_that_are_collected_where_they_could_stream_are_worth_a_warning() {
    for (mode, format, content_type, warns) in [
        (InvokeMode::Buffered, Format::Url, "text/event-stream; charset=utf-8", true),
        (InvokeMode::Buffered, Format::Rest, "text/event-stream", true),
        (InvokeMode::Buffered, Format::Alb, "text/event-stream", false),
        (InvokeMode::Buffered, Format::Url, "text/html", false),
        (InvokeMode::ResponseStream, Format::Url, "text/event-stream", false),
    ] {
        let logged = Logged::start();
        let function = function_with(
            HttpLayer::new().invoke_mode(mode),
            |builder| builder,
            move || {
                service_fn(move |_: Request| async move {
                    let response = Response::builder().header("content-type", content_type);
                    Ok::<_, Error>(response.body(told([give("data: 1\n\n")]))?)
                })
            },
        );
        assert!(function.invoke_streaming(format.get("/")).await.finish().await.is_success());
        let warnings = logged.at(Level::WARN);
        assert_eq!(warnings.len(), usize::from(warns), "{format:?} {content_type}: {warnings:?}");
        assert!(warnings.iter().all(|line| line.contains("AWS_LAMBDA_HTTP_INVOKE_MODE")), "{warnings:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_rest_api_gets_each_value_of_a_repeated_header() {
    let answer = async |format| {
        let heard = heard(format, "/", |_| {
            let response =
                Response::builder().header("vary", "accept").header("vary", "origin").header("x-a", "1");
            Ok(response.body(String::new())?)
        });
        parts(&heard.await).0
    };
    let lists = json!({
        "statusCode": 200, "headers": { "x-a": "1" }, "multiValueHeaders": { "vary": ["accept", "origin"] },
    });
    assert_eq!(answer(Format::Rest).await, lists);
    let joined = json!({ "statusCode": 200, "headers": { "vary": "accept, origin", "x-a": "1" } });
    assert_eq!(answer(Format::Url).await, joined);
}

#[tokio::test(start_paused = true)]
async fn trailers_that_tell_lambda_of_an_error_do_so_and_fail_a_whole_response() {
    let respond = |_: Request| {
        let mut trailers = ::http::HeaderMap::new();
        trailers.insert("lambda-runtime-function-error-type", "Function.Gone".parse()?);
        trailers.insert("lambda-runtime-function-error-body", "e30=".parse()?);
        Ok(Response::new(told([give("piece"), Step::Trailers(trailers)])))
    };
    let heard = heard(Format::Url, "/", respond).await;
    assert_eq!(parts(&heard).1, b"piece");
    assert_eq!(heard.error_trailers(), ("Function.Gone", json!({})));

    let whole =
        super::function(move || service_fn(move |request: Request| std::future::ready(respond(request))));
    assert!(!whole.invoke(Format::Url.get("/")).await.is_success());
}
