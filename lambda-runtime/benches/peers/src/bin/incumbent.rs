//! The handlers of the scripts on AWS's own runtime crate, set up as its documentation shows it.
//!
//! The variable `HANDLER` says which one. The handlers of the other side are in `tests/it/pitfalls/handlers.rs`
//! and do the same.

use std::{collections::HashMap, env, fmt, time::Duration};

use anyhow::Context as _;
use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use incumbent::{
    Diagnostic, Error, IntoFunctionResponse, LambdaEvent, StreamResponse, run, run_concurrent, service_fn,
    tracing,
};
use serde::{Serialize, Serializer};
use serde_json::Value;

type Event = LambdaEvent<Value>;

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let handler = env::var("HANDLER")?;
    match &*handler {
        "echo" => serve(echo).await,
        "run_echo" => run(service_fn(echo)).await,
        "locale" => serve(locale).await,
        "trace_variable" => serve(trace_variable).await,
        "arn" => serve(arn).await,
        "non_string_keys" => serve(non_string_keys).await,
        "two_contexts" => serve(two_contexts).await,
        "panic" => serve(panics).await,
        "panic_in_encoding" => serve(panic_in_encoding).await,
        "stream_http" => serve(stream_http).await,
        "stream_ok_err_ok" => serve(stream_ok_err_ok).await,
        "stream_panic" => serve(stream_panic).await,
        "stream_raw" => serve(stream_raw).await,
        "stream_log" => serve(stream_log).await,
        "log" => serve(log).await,
        "hooked" => {
            incumbent::spawn_graceful_shutdown_handler(|| async { println!("hook ran") }).await;
            serve(slow).await
        }
        "init_fails" => Err("no database".into()),
        other => Err(format!("no handler {other}").into()),
    }
}

/// With several pollers if the environment says so, as its documentation advises.
async fn serve<F, R, B, S, D, X, E>(
    handler: impl FnMut(Event) -> F + Clone + Send + 'static,
) -> Result<(), Error>
where
    F: Future<Output = Result<R, X>> + Send + 'static,
    R: IntoFunctionResponse<B, S> + Send + 'static,
    B: Serialize + Send + 'static,
    S: futures_util::Stream<Item = Result<D, E>> + Unpin + Send + 'static,
    D: Into<Bytes> + Send + 'static,
    X: Into<Diagnostic> + fmt::Debug,
    E: Into<Error> + Send + fmt::Debug + 'static,
{
    run_concurrent(service_fn(handler)).await
}

async fn echo(event: Event) -> Result<Value, Error> {
    Ok(event.payload)
}

async fn slow(event: Event) -> Result<Value, Error> {
    tokio::time::sleep(Duration::from_millis(event.payload["millis"].as_u64().unwrap_or_default())).await;
    Ok(event.payload)
}

async fn locale(event: Event) -> Result<Option<String>, Error> {
    let context = event.context.client_context.ok_or("no client context")?;
    Ok(context.environment.get("locale").cloned())
}

async fn trace_variable(_: Event) -> Result<Option<String>, Error> {
    Ok(env::var("_X_AMZN_TRACE_ID").ok())
}

async fn arn(event: Event) -> Result<String, Error> {
    Ok(event.context.invoked_function_arn)
}

async fn non_string_keys(_: Event) -> Result<HashMap<(u8, u8), u8>, Error> {
    Ok(HashMap::from([((1, 2), 3)]))
}

async fn two_contexts(_: Event) -> Result<Value, anyhow::Error> {
    let root: Result<Value, _> = Err(anyhow::anyhow!("root"));
    root.context("middle").context("outer")
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

type Chunks = stream::Iter<std::vec::IntoIter<Result<Bytes, Error>>>;

fn chunks(chunks: impl IntoIterator<Item = Result<&'static str, &'static str>>) -> Chunks {
    let chunks = chunks.into_iter().map(|chunk| chunk.map(Bytes::from).map_err(Error::from));
    stream::iter(chunks.collect::<Vec<_>>())
}

/// Pieces that are not there all at once, so that each is a write of its own.
async fn stream_http(
    _: Event,
) -> Result<
    StreamResponse<impl futures_util::Stream<Item = Result<Bytes, Error>> + Unpin + Send + 'static>,
    Error,
> {
    let pieces = stream::iter(["one", "two", "three"]).then(|piece| async move {
        tokio::task::yield_now().await;
        Ok(Bytes::from(piece))
    });
    Ok(Box::pin(pieces).into())
}

async fn stream_ok_err_ok(_: Event) -> Result<StreamResponse<Chunks>, Error> {
    Ok(chunks([Ok("before,"), Err("broken"), Ok("after")]).into())
}

async fn stream_panic(
    _: Event,
) -> Result<
    StreamResponse<impl futures_util::Stream<Item = Result<Bytes, Error>> + Unpin + Send + 'static>,
    Error,
> {
    let chunks = ["before,", "boom"].into_iter().map(|chunk| match chunk {
        "boom" => panic!("boom"),
        chunk => Ok(Bytes::from(chunk)),
    });
    Ok(stream::iter(chunks).into())
}

async fn stream_raw(_: Event) -> Result<StreamResponse<Chunks>, Error> {
    let mut response = StreamResponse::from(chunks([Ok("one,"), Ok("two")]));
    response.metadata_prelude.headers.insert("content-type", "text/csv".parse()?);
    Ok(response)
}

async fn stream_log(
    _: Event,
) -> Result<
    StreamResponse<impl futures_util::Stream<Item = Result<Bytes, Error>> + Unpin + Send + 'static>,
    Error,
> {
    let chunks = ["one"].into_iter().map(|chunk| {
        tracing::info!("inside the stream");
        Ok(Bytes::from(chunk))
    });
    Ok(stream::iter(chunks).into())
}

async fn log(_: Event) -> Result<(), Error> {
    tracing::debug!("a line at debug");
    tracing::info!("a line at info");
    tracing::error!("a line at error");
    Ok(())
}
