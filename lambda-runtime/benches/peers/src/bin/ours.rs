//! The handlers of the scripts on our runtime, set up as its documentation shows it.
//!
//! The variable `HANDLER` says which one. Those that need no process are shared with the tests; the others are
//! here. The handlers of the other side are in `incumbent.rs` and do the same.

use std::{env, time::Duration};

use anyhow::Context as _;
use lambda_runtime::{Error, Response, Runtime, service_fn, tracing};
use serde_json::Value;

#[path = "../../../../tests/it/pitfalls/handlers.rs"]
mod handlers;

use handlers::{Event, pieces, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let handler = env::var("HANDLER")?;
    match &*handler {
        "two_contexts" => serve(None, two_contexts).await,
        "stream_log" => serve(None, stream_log).await,
        "log" => serve(None, log).await,
        "hooked" => {
            lambda_runtime::spawn_graceful_shutdown_handler(|| async { println!("hook ran") }).await;
            // The budget that is set by itself is for handlers that take less than half of it.
            Runtime::new(service_fn(slow)).shutdown_budget(Duration::from_secs(1)).run().await
        }
        other => handlers::run(other, None).await,
    }
}

async fn two_contexts(_: Event) -> Result<Value, anyhow::Error> {
    let root: Result<Value, _> = Err(anyhow::anyhow!("root"));
    root.context("middle").context("outer")
}

async fn slow(event: Event) -> Result<Value, Error> {
    tokio::time::sleep(Duration::from_millis(event.payload["millis"].as_u64().unwrap_or_default())).await;
    Ok(event.payload)
}

async fn stream_log(_: Event) -> Result<Response, Error> {
    Ok(Response::stream(pieces(["one"], |piece| {
        tracing::info!("inside the stream");
        Ok(piece.into())
    })))
}

async fn log(_: Event) -> Result<(), Error> {
    tracing::debug!("a line at debug");
    tracing::info!("a line at info");
    tracing::error!("a line at error");
    Ok(())
}
