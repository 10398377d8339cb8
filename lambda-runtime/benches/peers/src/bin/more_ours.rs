//! The other functions on our runtime; the variable `FUNCTION` says which one.

use std::{
    env,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::Stream;
use lambda_runtime::{Error, LambdaEvent, RawPayload, Response, run, service_fn};
use peers::Order;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    match env::var("FUNCTION").as_deref() {
        Ok("typed") => run(service_fn(typed)).await,
        Ok("raw") => run(service_fn(raw)).await,
        Ok("stream") => run(service_fn(stream)).await,
        other => Err(format!("no function {other:?}").into()),
    }
}

async fn typed(event: LambdaEvent<Order>) -> Result<Order, Error> {
    Ok(event.payload)
}

async fn raw(event: LambdaEvent<RawPayload>) -> Result<Response, Error> {
    Ok(Response::raw_json(event.payload.into_bytes()))
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

async fn stream(_: LambdaEvent<RawPayload>) -> Result<Response, Error> {
    Ok(Response::stream(Pieces { left: 10, has_waited: false }))
}
