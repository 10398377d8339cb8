//! Services of HTTP requests as functions, seen by whoever sends the events and by whoever writes the service.
//!
//! Here: an event of each format, a function of a service, and a body that does what it is told. What stands in which event and
//! answer is tested in `lambda-events`; here it matters who gets what, when, and how each bad end is told.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod concurrent;
mod extensions;
mod failures;
mod formats;
mod frameworks;
mod garbage;
mod limits;
mod modes;
mod names;
mod passed;
mod refused;
mod responses;
mod streams;
mod url;

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::Frame;
use lambda_runtime::{
    Diagnostic, Runtime, Service,
    http::{HttpLayer, IntoResponse, Request},
    layers::TracingLayer,
};
use mock_server::{Function, FunctionBuilder, MockLambda, Outcome};
use serde_json::Value;
use tokio::sync::mpsc;

use self::formats::Format;

/// A function of a service, in memory.
fn function<S>(service: impl Fn() -> S + Send + Sync + 'static) -> Function
where
    S: Service<Request, Response: IntoResponse, Error: Into<Diagnostic> + 'static, Future: Send>
        + Send
        + 'static,
{
    function_with(HttpLayer::new(), |builder| builder, service)
}

/// The same with settings of the layer and of the function.
fn function_with<S>(
    layer: HttpLayer,
    describe: impl FnOnce(FunctionBuilder) -> FunctionBuilder,
    service: impl Fn() -> S + Send + Sync + 'static,
) -> Function
where
    S: Service<Request, Response: IntoResponse, Error: Into<Diagnostic> + 'static, Future: Send>
        + Send
        + 'static,
{
    describe(MockLambda::new().function("web")).in_process(move |api| {
        let runtime = Runtime::new(service()).layer(layer.clone()).layer(TracingLayer::new());
        runtime.endpoint(api).run_concurrent()
    })
}

/// The answer to an event; it is one, and not an error.
async fn answer(function: &Function, event: impl Into<mock_server::Invocation>) -> Value {
    answer_of(&function.invoke(event).await)
}

fn answer_of(outcome: &Outcome) -> Value {
    assert!(outcome.is_success(), "{:?}", outcome.json());
    outcome.json().unwrap()
}

/// The error report of an invocation that failed.
async fn report(function: &Function, event: impl Into<mock_server::Invocation>) -> (String, Value) {
    let outcome = function.invoke(event).await;
    let error_type = outcome.error_type().unwrap();
    (error_type.to_owned(), outcome.json().unwrap())
}

/// What a body does next.
enum Step {
    Give(Bytes),
    Fail(&'static str),
    Panic(&'static str),
    Trailers(::http::HeaderMap),
}

fn give(piece: impl Into<Bytes>) -> Step {
    Step::Give(piece.into())
}

/// A body that does what it is told, when it is told.
struct Told(mpsc::UnboundedReceiver<Step>);

/// A body that does all of this at once.
fn told(steps: impl IntoIterator<Item = Step>) -> Told {
    let (teller, body) = teller();
    steps.into_iter().for_each(|step| teller.send(step).ok().unwrap());
    body
}

fn teller() -> (mpsc::UnboundedSender<Step>, Told) {
    let (teller, steps) = mpsc::unbounded_channel();
    (teller, Told(steps))
}

impl http_body::Body for Told {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        self.0.poll_recv(cx).map(|step| match step? {
            Step::Give(piece) => Some(Ok(Frame::data(piece))),
            Step::Fail(problem) => Some(Err(problem)),
            Step::Panic(message) => panic!("{message}"),
            Step::Trailers(trailers) => Some(Ok(Frame::trailers(trailers))),
        })
    }
}
