//! Makes a service of an `async fn`, with an error that tower's layers can carry.

use std::{
    error::Error as StdError,
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use lambda_api::ErrorReport;
use tower_service::Service;

use crate::{Diagnostic, LambdaEvent, failure::Failure};

/// Makes a handler of an `async fn` that takes a [`LambdaEvent`].
///
/// ```
/// use lambda_runtime::{Error, LambdaEvent, service_fn};
///
/// async fn greet(event: LambdaEvent<String>) -> Result<String, Error> {
///     Ok(format!("Hello, {}!", event.payload))
/// }
/// let handler = service_fn(greet);
/// # let _ = handler;
/// ```
pub fn service_fn<F>(function: F) -> ServiceFn<F> {
    ServiceFn { function }
}

/// A handler made by [`service_fn`].
#[derive(Clone, Copy)]
pub struct ServiceFn<F> {
    function: F,
}

impl<F> fmt::Debug for ServiceFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServiceFn({})", std::any::type_name::<F>())
    }
}

impl<F, T, Fut, R, E> Service<LambdaEvent<T>> for ServiceFn<F>
where
    F: FnMut(LambdaEvent<T>) -> Fut,
    Fut: Future<Output = Result<R, E>>,
    E: Into<Diagnostic> + 'static,
{
    type Response = R;
    type Error = HandlerError;
    type Future = HandlerFuture<Fut>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), HandlerError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, event: LambdaEvent<T>) -> HandlerFuture<Fut> {
        HandlerFuture { future: (self.function)(event) }
    }
}

/// A function of requests is a service of requests.
#[cfg(feature = "http")]
impl<F, Fut, R, E> Service<lambda_events::http::Request> for ServiceFn<F>
where
    F: FnMut(lambda_events::http::Request) -> Fut,
    Fut: Future<Output = Result<R, E>>,
    E: Into<Diagnostic> + 'static,
{
    type Response = R;
    type Error = HandlerError;
    type Future = HandlerFuture<Fut>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), HandlerError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: lambda_events::http::Request) -> HandlerFuture<Fut> {
        HandlerFuture { future: (self.function)(request) }
    }
}

pin_project_lite::pin_project! {
    /// The future of a [`ServiceFn`].
    pub struct HandlerFuture<Fut> {
        #[pin]
        future: Fut,
    }
}

impl<Fut> fmt::Debug for HandlerFuture<Fut> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HandlerFuture")
    }
}

impl<Fut, R, E> Future for HandlerFuture<Fut>
where
    Fut: Future<Output = Result<R, E>>,
    E: Into<Diagnostic> + 'static,
{
    type Output = Result<R, HandlerError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let result = ready!(self.project().future.poll(cx));
        Poll::Ready(result.map_err(HandlerError::of))
    }
}

/// The error of a handler made by [`service_fn`]: what the caller will see.
///
/// It implements [`std::error::Error`], so that tower's layers can box it; the report is found again in the
/// box.
#[derive(Debug)]
pub struct HandlerError {
    failure: Box<Failure>,
}

impl HandlerError {
    pub(crate) fn new(failure: Failure) -> Self {
        Self { failure: Box::new(failure) }
    }

    /// Any error that a handler may return.
    pub(crate) fn of<E: Into<Diagnostic> + 'static>(error: E) -> Self {
        Self::new(Failure::of_handler(error))
    }

    /// What the caller will see.
    pub fn report(&self) -> &ErrorReport {
        &self.failure.report
    }

    /// What the caller will see.
    pub fn into_report(self) -> ErrorReport {
        *self.failure.report
    }

    pub(crate) fn into_failure(self) -> Failure {
        *self.failure
    }

    pub(crate) fn failure(&self) -> &Failure {
        &self.failure
    }
}

impl fmt::Display for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.failure.report.error_type, self.failure.report.error_message)
    }
}

impl StdError for HandlerError {}
