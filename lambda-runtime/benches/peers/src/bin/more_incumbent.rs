//! The other functions on AWS's own runtime crate; the variable `FUNCTION` says which one. It has no raw bytes.

use std::{
    env,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::Stream;
use incumbent::{Error, LambdaEvent, StreamResponse, run, run_concurrent, service_fn, tracing};
use peers::Order;
use serde_json::Value;

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    match env::var("FUNCTION").as_deref() {
        Ok("typed") => run(service_fn(typed)).await,
        Ok("stream") => run(service_fn(stream)).await,
        Ok("concurrent") => run_concurrent(service_fn(echo)).await,
        other => Err(format!("no function {other:?}").into()),
    }
}

async fn echo(event: LambdaEvent<Value>) -> Result<Value, Error> {
    Ok(event.payload)
}

async fn typed(event: LambdaEvent<Order>) -> Result<Order, Error> {
    Ok(event.payload)
}

/// Ten pieces, and a wait before each, so that each is a write of its own.
struct Pieces {
    left: u32,
    has_waited: bool,
}

impl Stream for Pieces {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !std::mem::replace(&mut self.has_waited, true) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.has_waited = false;
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.left -= 1;
        Poll::Ready(Some(Ok(Bytes::from_static(b"a piece of a response"))))
    }
}

async fn stream(_: LambdaEvent<Value>) -> Result<StreamResponse<Pieces>, Error> {
    Ok(Pieces { left: 10, has_waited: false }.into())
}
