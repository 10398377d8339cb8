//! Services of hyper's own trait, which borrows the service where tower's takes it.

use std::{
    fmt,
    task::{Context, Poll},
};

use lambda_events::http::Request;
use tower_service::Service;

/// Makes a tower service of one of hyper's, such as `hyper::service::service_fn`.
///
/// ```
/// use std::convert::Infallible;
/// use hyper::{Response, service::service_fn};
/// use lambda_runtime::http::{Request, from_hyper};
///
/// let hello = service_fn(async |_: Request| Ok::<_, Infallible>(Response::new("hello".to_owned())));
/// # async { lambda_runtime::http::run(from_hyper(hello)).await };
/// ```
pub fn from_hyper<S: hyper::service::Service<Request>>(service: S) -> FromHyper<S> {
    FromHyper(service)
}

/// A service made by [`from_hyper`].
#[derive(Clone, Copy)]
pub struct FromHyper<S>(S);

impl<S> fmt::Debug for FromHyper<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FromHyper({})", std::any::type_name::<S>())
    }
}

impl<S: hyper::service::Service<Request>> Service<Request> for FromHyper<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> S::Future {
        self.0.call(request)
    }
}
