//! Handlers and bodies that fail: the caller gets a report, the client the status that the sender of the event makes of it, and
//! the next request is served by the same environment.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    task::{Context, Poll},
    time::Duration,
};

use lambda_runtime::{
    Diagnostic, Error, Runtime, Service,
    http::{HttpLayer, InvokeMode, Request, Response, service_fn},
};
use mock_server::Function;
use serde_json::{Value, json};

use super::{Format, Step, Told, answer, function, function_with, give, report, told};
use crate::{reply::event, script::Script};

/// The next request is served, and by the same environment.
async fn assert_lives(function: &Function) {
    let fine = function.invoke(Format::Url.get("/fine")).await;
    assert!(fine.is_success() && !fine.report().is_cold_start(), "{:?}", fine.json());
}

#[derive(Debug, thiserror::Error)]
#[error("no order {0}")]
struct OrderNotFound(u32);

async fn fail(request: Request) -> Result<&'static str, Error> {
    match request.uri().path() {
        "/error" => Err(OrderNotFound(7).into()),
        "/panic" => panic!("out of order"),
        "/panic-later" => {
            tokio::time::sleep(Duration::from_millis(1)).await;
            panic!("out of order")
        }
        _ => Ok("fine"),
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_and_a_panic_of_a_handler_are_reported_as_in_any_other_function() {
    for mode in [InvokeMode::Buffered, InvokeMode::ResponseStream] {
        let function =
            function_with(HttpLayer::new().invoke_mode(mode), |builder| builder, || service_fn(fail));
        for (path, recorded, message) in [
            ("/error", "Function.OrderNotFound", "no order 7"),
            ("/panic", "Function.Panic", "out of order"),
            ("/panic-later", "Function.Panic", "out of order"),
        ] {
            let (error_type, report) = report(&function, Format::Url.get(path)).await;
            assert_eq!((&*error_type, &report["errorMessage"]), (recorded, &json!(message)));
            assert_lives(&function).await;
        }
    }
}

/// An error that implements nothing but the conversion.
struct Plain;

impl From<Plain> for Diagnostic {
    fn from(Plain: Plain) -> Self {
        Self { error_type: "PlainError".to_owned(), error_message: "of my own".to_owned() }
    }
}

#[tokio::test(start_paused = true)]
async fn any_error_that_is_a_diagnostic_is_an_error_of_a_service() {
    let function = function(|| service_fn(async |_: Request| Err::<(), _>(Plain)));
    let (error_type, report) = report(&function, Format::Alb.get("/")).await;
    assert_eq!((&*error_type, &report["errorMessage"]), ("Function.PlainError", &json!("of my own")));
}

/// Is never ready, or fails while it should become so.
#[derive(Clone, Copy)]
struct Unready(bool);

impl Service<Request> for Unready {
    type Response = String;
    type Error = Error;
    type Future = Ready<Result<String, Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if self.0 { Poll::Ready(Err("out of connections".into())) } else { Poll::Pending }
    }

    fn call(&mut self, _: Request) -> Self::Future {
        ready(Ok(String::new()))
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_never_ready_fails_its_invocations_at_their_deadlines() {
    let script = Script::in_memory().invoke(event(Format::Url.get("/").to_string()));
    let log =
        script.serve(|api| Runtime::new(Unready(false)).layer(HttpLayer::new()).endpoint(api).run()).await;
    assert_eq!(log.order(), ["next", "r-1/error", "next"]);
    assert_eq!(log.post().error_type(), "Function.DeadlineExceeded");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_fails_to_become_ready_fails_its_invocations() {
    let function = function(|| Unready(true));
    for _ in 0..2 {
        let (error_type, report) = report(&function, Format::Url.get("/")).await;
        assert_eq!(error_type, "Function.HandlerError");
        assert_eq!(report["errorMessage"], "out of connections");
    }
}

/// A response of status 200, by its path.
async fn fail_in_body(request: Request) -> Result<Response<Told>, Infallible> {
    Ok(Response::new(told(match request.uri().path() {
        "/error" => vec![give("half of "), Step::Fail("the database is gone")],
        "/panic" => vec![give("half of "), Step::Panic("out of order")],
        "/at-once" => vec![Step::Fail("the database is gone")],
        _ => vec![give("whole")],
    })))
}

#[tokio::test(start_paused = true)]
async fn b37_a_body_that_fails_is_an_error_of_the_invocation_and_no_panic() {
    let function = function(|| service_fn(fail_in_body));
    for format in Format::ALL {
        for path in ["/error", "/at-once"] {
            let (error_type, report) = report(&function, format.get(path)).await;
            assert_eq!(error_type, "Function.HandlerError", "{format:?}");
            assert_eq!(report["errorMessage"], "the database is gone", "{format:?}");
            // Nothing of the half that was there.
            assert!(!report.to_string().contains("half of"), "{report}");
        }
        assert_eq!(answer(&function, format.get("/fine")).await["body"], "whole", "{format:?}");
    }
    assert_lives(&function).await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_panics_is_a_panic_of_its_invocation() {
    let function = function(|| service_fn(fail_in_body));
    let (error_type, report) = report(&function, Format::Alb.get("/panic")).await;
    assert_eq!((&*error_type, &report["errorMessage"]), ("Function.Panic", &json!("out of order")));
    assert_lives(&function).await;
}

/// A stream's caller: what came of the body after the prelude, and the error.
async fn streamed(function: &Function, path: &str) -> (Option<Vec<u8>>, Option<String>, Value) {
    let mut response = function.invoke_streaming(Format::Url.get(path)).await;
    let mut bytes = Vec::new();
    while let Some(piece) = response.next().await {
        bytes.extend_from_slice(&piece);
    }
    let begun = response.has_begun();
    let outcome = response.finish().await;
    let body = bytes.split(|byte| *byte == 0).next_back().map(<[u8]>::to_vec).filter(|_| begun);
    (body, outcome.error_type().map(str::to_owned), outcome.json().unwrap_or_default())
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_ends_badly_fails_its_invocation_and_only_that() {
    let layer = HttpLayer::new().invoke_mode(InvokeMode::ResponseStream);
    let function = function_with(layer, |builder| builder, || service_fn(fail_in_body));
    for (path, body, error_type, message) in [
        ("/error", Some("half of "), Some("Function.HandlerError"), json!("the database is gone")),
        ("/panic", Some("half of "), Some("Function.Panic"), json!("out of order")),
        // What fails before anything was sent need not become a stream.
        ("/at-once", None, Some("Function.HandlerError"), json!("the database is gone")),
        ("/fine", Some("whole"), None, Value::Null),
    ] {
        let (sent, recorded, report) = streamed(&function, path).await;
        assert_eq!(sent.as_deref(), body.map(str::as_bytes), "{path}");
        assert_eq!((recorded.as_deref(), &report["errorMessage"]), (error_type, &message), "{path}");
        assert_lives(&function).await;
    }
}
