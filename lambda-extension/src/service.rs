//! Makes a tower service of an `async fn`, for events, for batches of telemetry, or for anything else.

use std::{
    fmt,
    future::Future,
    task::{Context, Poll},
};

use tower_service::Service;

/// Makes a service of an `async fn` that takes one argument.
///
/// ```
/// use lambda_extension::{Event, Failure, service_fn};
///
/// async fn on_event(event: Event) -> Result<(), Failure> {
///     match event {
///         Event::Invoke(invoke) if invoke.request_id.as_str().is_empty() => Err(Failure::new("NoId", "no id")),
///         _ => Ok(()),
///     }
/// }
/// let handler = service_fn(on_event);
/// # let _ = handler;
/// ```
pub fn service_fn<F>(function: F) -> ServiceFn<F> {
    ServiceFn { function }
}

/// A service made by [`service_fn`].
#[derive(Clone, Copy)]
pub struct ServiceFn<F> {
    function: F,
}

impl<F> fmt::Debug for ServiceFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServiceFn({})", std::any::type_name::<F>())
    }
}

impl<F, T, Fut, R, E> Service<T> for ServiceFn<F>
where
    F: FnMut(T) -> Fut,
    Fut: Future<Output = Result<R, E>>,
{
    type Response = R;
    type Error = E;
    type Future = Fut;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), E>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, argument: T) -> Fut {
        (self.function)(argument)
    }
}
