//! Where a runtime's handler comes from: it is there, or an init phase makes it.

use std::future::Future;

use tower_layer::Layer;

use crate::Error;

/// Makes the handler, once, before the first poll. Its forms are [`Ready`], [`InitWith`] and [`Layered`]; a bound that is
/// not met shows up here.
pub trait Init {
    /// The handler.
    type Service;

    /// Makes it.
    ///
    /// # Errors
    ///
    /// Whatever the user's init phase returns.
    fn init(self) -> impl Future<Output = Result<Self::Service, Error>>;
}

/// A handler that is there; see [`Runtime::new`](crate::Runtime::new).
#[derive(Clone, Copy, Debug)]
pub struct Ready<S> {
    pub(crate) service: S,
}

/// An init phase; see [`Runtime::init`](crate::Runtime::init).
#[derive(Clone, Copy, Debug)]
pub struct InitWith<F> {
    pub(crate) init: F,
}

/// A handler inside a layer; see [`Runtime::layer`](crate::Runtime::layer).
#[derive(Clone, Copy, Debug)]
pub struct Layered<I, L> {
    pub(crate) inner: I,
    pub(crate) layer: L,
}

impl<S> Init for Ready<S> {
    type Service = S;

    async fn init(self) -> Result<S, Error> {
        Ok(self.service)
    }
}

impl<F: AsyncFnOnce() -> Result<S, Error>, S> Init for InitWith<F> {
    type Service = S;

    async fn init(self) -> Result<S, Error> {
        (self.init)().await
    }
}

impl<I: Init, L: Layer<I::Service>> Init for Layered<I, L> {
    type Service = L::Service;

    async fn init(self) -> Result<L::Service, Error> {
        let service = self.inner.init().await?;
        Ok(self.layer.layer(service))
    }
}
