//! An answer shortly before the deadline instead of a killed environment.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use lambda_api::ErrorReport;
use tokio::time::Sleep;
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    Diagnostic, HandlerError, LambdaEvent,
    failure::{DEADLINE_EXCEEDED, Failure},
};

/// Answers with an error, `errorType: "DeadlineExceeded"`, shortly before Lambda would stop the invocation.
///
/// Being stopped costs the execution environment with all that it holds, and tells the caller no more than a time-out;
/// an error costs the invocation only. The handler's future is dropped. What a handler does without ever awaiting
/// cannot be interrupted, and a response that is being streamed already is not. The time in which the handler is not yet
/// ready (behind a concurrency limit, say) is bounded by the runtime itself, at the deadline.
///
/// ```
/// use std::time::Duration;
/// use lambda_runtime::{Error, LambdaEvent, Runtime, layers::DeadlineLayer, service_fn};
/// use mock_server::MockLambda;
/// use serde_json::{Value, json};
///
/// async fn sleepy(_: LambdaEvent<Value>) -> Result<(), Error> {
///     tokio::time::sleep(Duration::from_secs(60)).await;
///     Ok(())
/// }
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() {
/// let mock = MockLambda::new();
/// let function = mock.function("sleepy").timeout(Duration::from_secs(3)).in_process(|api| {
///     let runtime = Runtime::new(service_fn(sleepy)).endpoint(api);
///     runtime.layer(DeadlineLayer::new(Duration::from_millis(200))).run()
/// });
/// let outcome = function.invoke(json!({})).await;
/// assert_eq!(outcome.error_type(), Some("Function.DeadlineExceeded"));
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct DeadlineLayer {
    margin: Duration,
}

impl DeadlineLayer {
    /// Answers this long before the deadline.
    pub fn new(margin: Duration) -> Self {
        Self { margin }
    }
}

impl<S> Layer<S> for DeadlineLayer {
    type Service = DeadlineService<S>;

    fn layer(&self, inner: S) -> DeadlineService<S> {
        DeadlineService { inner, margin: self.margin }
    }
}

/// A service inside a [`DeadlineLayer`].
#[derive(Clone, Debug)]
pub struct DeadlineService<S> {
    inner: S,
    margin: Duration,
}

impl<S, T> Service<LambdaEvent<T>> for DeadlineService<S>
where
    S: Service<LambdaEvent<T>>,
    S::Error: Into<Diagnostic> + 'static,
{
    type Response = S::Response;
    type Error = HandlerError;
    type Future = DeadlineFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), HandlerError>> {
        self.inner.poll_ready(cx).map_err(HandlerError::of)
    }

    fn call(&mut self, event: LambdaEvent<T>) -> DeadlineFuture<S::Future> {
        let allowed = event.context.remaining().saturating_sub(self.margin);
        DeadlineFuture { future: self.inner.call(event), end: tokio::time::sleep(allowed), allowed }
    }
}

pin_project_lite::pin_project! {
    /// The future of a [`DeadlineService`].
    #[derive(Debug)]
    pub struct DeadlineFuture<F> {
        #[pin]
        future: F,
        #[pin]
        end: Sleep,
        allowed: Duration,
    }
}

impl<F, R, E> Future for DeadlineFuture<F>
where
    F: Future<Output = Result<R, E>>,
    E: Into<Diagnostic> + 'static,
{
    type Output = Result<R, HandlerError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Poll::Ready(result) = this.future.poll(cx) {
            return Poll::Ready(result.map_err(HandlerError::of));
        }
        let allowed = this.allowed.as_secs_f64();
        this.end.poll(cx).map(|()| {
            let message =
                format!("the handler was not done after {allowed:.2} s, shortly before its deadline");
            Err(HandlerError::new(Failure::of_function(ErrorReport::new(DEADLINE_EXCEEDED, message))))
        })
    }
}
