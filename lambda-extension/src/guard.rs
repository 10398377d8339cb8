//! Calls a user's service so that neither its error nor its panic is more than a [`Failure`].

use std::{
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
};

use tower_service::Service;

use crate::{BoxError, Failure};

/// Waits until the service takes a call.
pub(crate) async fn ready<T, S>(service: &mut S) -> Result<(), Failure>
where
    S: Service<T>,
    S::Error: Into<BoxError>,
{
    caught(poll_fn(|cx| service.poll_ready(cx))).await?.map_err(Failure::of)
}

/// Calls the service, which is ready, and waits for what comes of it.
pub(crate) async fn call<T, S>(service: &mut S, argument: T) -> Result<(), Failure>
where
    S: Service<T>,
    S::Error: Into<BoxError>,
{
    caught(async { service.call(argument).await }).await?.map(drop).map_err(Failure::of)
}

/// Runs a future to its end or to its panic.
async fn caught<F: Future>(future: F) -> Result<F::Output, Failure> {
    let mut future = pin!(future);
    poll_fn(|cx| {
        // What it leaves behind when it panics is the service's own state: either the extension ends with it, or the
        // service is one that says it can be called again.
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
            Ok(poll) => poll.map(Ok),
            Err(payload) => std::task::Poll::Ready(Err(Failure::of_panic(&*payload))),
        }
    })
    .await
}
