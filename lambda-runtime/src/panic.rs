//! Turns a panic of the handler into a failure of its invocation.

use std::{
    any::Any,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
};

use lambda_api::{ErrorReport, describe::panic_text};

use crate::{failure::Failure, process};

/// The type of the report of a panic.
pub(crate) const PANIC: &str = "Panic";

pin_project_lite::pin_project! {
    /// The future of [`catch_async`]; a type of its own, because an `async fn` would keep the future twice.
    pub(crate) struct CatchUnwind<F> {
        #[pin]
        future: F,
    }
}

/// Runs a future to its end or to its panic.
///
/// What the future leaves behind when it panics is the handler's own state; it gets the next invocation all
/// the same, as it would with any other error.
pub(crate) fn catch_async<F: Future>(future: F) -> CatchUnwind<F> {
    CatchUnwind { future }
}

impl<F: Future> Future for CatchUnwind<F> {
    type Output = Result<F::Output, Failure>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match catch_unwind(AssertUnwindSafe(|| self.project().future.poll(cx))) {
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Ok(Poll::Pending) => Poll::Pending,
            Err(payload) => Poll::Ready(Err(failure(&*payload))),
        }
    }
}

/// Runs a closure to its end or to its panic.
pub(crate) fn catch<T>(run: impl FnOnce() -> T) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|payload| failure(&*payload))
}

/// Logs where a panic of the subscriber would cost more than the line.
pub(crate) fn log(line: impl FnOnce()) {
    let _panic = catch(line);
}

fn failure(payload: &(dyn Any + Send)) -> Failure {
    let mut report = ErrorReport::new(PANIC, panic_text(payload));
    report.stack_trace = process::take_place_of_panic();
    Failure::of_function(report)
}
