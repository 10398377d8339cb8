//! The handlers of the scripts, on our runtime; by name, because that is how scripts ask for them.
//!
//! Only the public API of `lambda-runtime` is used: the same file is part of a program in `benches/peers`.
//! Handlers that write log lines or wait for signals are there.

use std::{
    collections::BTreeMap,
    env,
    error::Error as StdError,
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_core::Stream;
use lambda_runtime::{
    Diagnostic, Error, IntoFunctionResponse, LambdaEvent, Response, Runtime, RuntimeApi, StreamResponse,
    service_fn, streaming::MetadataPrelude,
};
use serde::{Serialize, Serializer};
use serde_json::Value;

pub(crate) type Event = LambdaEvent<Value>;

/// Runs the handler of this name until the service lets it go; without an endpoint, on that of the process.
pub(crate) async fn run(name: &str, api: Option<RuntimeApi>) -> Result<(), Error> {
    match name {
        "echo" | "run_echo" => serve(api, echo).await,
        "locale" => serve(api, locale).await,
        "trace_variable" => serve(api, trace_variable).await,
        "arn" => serve(api, arn).await,
        "non_string_keys" => serve(api, non_string_keys).await,
        "two_contexts" => serve(api, two_contexts).await,
        "panic" => serve(api, panics).await,
        "panic_in_encoding" => serve(api, panic_in_encoding).await,
        "stream_http" => serve(api, stream_http).await,
        "stream_ok_err_ok" => serve(api, stream_ok_err_ok).await,
        "stream_panic" => serve(api, stream_panic).await,
        "stream_raw" => serve(api, stream_raw).await,
        "init_fails" => init_fails(api).await,
        other => Err(format!("no handler {other}").into()),
    }
}

pub(crate) async fn serve<F, R, X>(
    api: Option<RuntimeApi>,
    handler: impl FnMut(Event) -> F,
) -> Result<(), Error>
where
    F: Future<Output = Result<R, X>>,
    R: IntoFunctionResponse,
    X: Into<Diagnostic> + 'static,
{
    let runtime = Runtime::new(service_fn(handler));
    match api {
        Some(api) => runtime.endpoint(api).run().await,
        None => runtime.run().await,
    }
}

async fn init_fails(api: Option<RuntimeApi>) -> Result<(), Error> {
    let runtime = Runtime::init(async || {
        let database: Result<(), Error> = Err("no database".into());
        database.map(|()| service_fn(echo))
    });
    match api {
        Some(api) => runtime.endpoint(api).run().await,
        None => runtime.run().await,
    }
}

async fn echo(event: Event) -> Result<Value, Error> {
    Ok(event.payload)
}

async fn locale(event: Event) -> Result<Option<Value>, Error> {
    let context = event.context.client_context.ok_or("no client context")?;
    Ok(context.environment.get("locale").cloned())
}

async fn trace_variable(_: Event) -> Result<Option<String>, Error> {
    Ok(env::var("_X_AMZN_TRACE_ID").ok())
}

async fn arn(event: Event) -> Result<String, Error> {
    Ok(event.context.invoked_function_arn)
}

async fn non_string_keys(_: Event) -> Result<BTreeMap<(u8, u8), u8>, Error> {
    Ok(BTreeMap::from([((1, 2), 3)]))
}

/// An error with a cause.
#[derive(Debug)]
struct Failed {
    what: &'static str,
    cause: Option<Box<Self>>,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)
    }
}

impl StdError for Failed {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.as_deref().map(|cause| -> &(dyn StdError + 'static) { cause })
    }
}

async fn two_contexts(_: Event) -> Result<Value, Error> {
    let mut error = Failed { what: "root", cause: None };
    for what in ["middle", "outer"] {
        error = Failed { what, cause: Some(Box::new(error)) };
    }
    Err(error)?
}

async fn panics(_: Event) -> Result<Value, Error> {
    panic!("boom")
}

struct Explosive;

impl Serialize for Explosive {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        panic!("boom")
    }
}

async fn panic_in_encoding(_: Event) -> Result<Explosive, Error> {
    Ok(Explosive)
}

/// A stream of pieces of which none is there at once, so that each is a write of its own.
pub(crate) struct Pieces<F> {
    left: std::vec::IntoIter<&'static str>,
    make: F,
    has_waited: bool,
}

pub(crate) fn pieces<F>(pieces: impl Into<Vec<&'static str>>, make: F) -> Pieces<F>
where
    F: FnMut(&'static str) -> Result<Bytes, Error> + Unpin,
{
    Pieces { left: pieces.into().into_iter(), make, has_waited: false }
}

impl<F> Stream for Pieces<F>
where
    F: FnMut(&'static str) -> Result<Bytes, Error> + Unpin,
{
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.has_waited = !self.has_waited;
        if self.has_waited {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let piece = self.left.next();
        Poll::Ready(piece.map(|piece| (self.make)(piece)))
    }
}

async fn stream_http(_: Event) -> Result<Response, Error> {
    let pieces = pieces(["one", "two", "three"], |piece| Ok(piece.into()));
    Ok(Response::http_stream(&MetadataPrelude::default(), pieces))
}

async fn stream_ok_err_ok(
    _: Event,
) -> Result<StreamResponse<impl Stream<Item = Result<Bytes, Error>> + Send>, Error> {
    let pieces = pieces(["before,", "broken", "after"], |piece| match piece {
        "broken" => Err(piece.into()),
        piece => Ok(piece.into()),
    });
    Ok(pieces.into())
}

async fn stream_panic(_: Event) -> Result<Response, Error> {
    let pieces = pieces(["before,", "boom"], |piece| match piece {
        "boom" => panic!("boom"),
        piece => Ok(piece.into()),
    });
    Ok(Response::stream(pieces))
}

async fn stream_raw(_: Event) -> Result<Response, Error> {
    Ok(Response::stream(pieces(["one,", "two"], |piece| Ok(piece.into()))).content_type("text/csv"))
}
