//! Turns a panic of the handler into a failure of its invocation.

use std::{
    any::Any,
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::Poll,
};

use lambda_api::ErrorReport;

use crate::{failure::Failure, process};

/// The type of the report of a panic.
const PANIC: &str = "Panic";

/// Runs a future to its end or to its panic.
///
/// What the future leaves behind when it panics is the handler's own state; it gets the next invocation all
/// the same, as it would with any other error.
pub(crate) async fn catch_async<F: Future>(future: F) -> Result<F::Output, Failure> {
    let mut future = pin!(future);
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
        Ok(Poll::Pending) => Poll::Pending,
        Err(payload) => Poll::Ready(Err(failure(&*payload))),
    })
    .await
}

/// Runs a closure to its end or to its panic.
pub(crate) fn catch<T>(run: impl FnOnce() -> T) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|payload| failure(&*payload))
}

fn failure(payload: &(dyn Any + Send)) -> Failure {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let mut report = ErrorReport::new(PANIC, text.unwrap_or("panic with a value that is not text"));
    report.stack_trace.extend(process::take_place_of_panic());
    Failure::of_function(report)
}
