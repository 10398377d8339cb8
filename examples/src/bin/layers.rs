//! Layers around the invocation: ours, tower's, and one written here.

use std::{
    task::{Context, Poll},
    time::Duration,
};

use lambda_runtime::{
    Error, LambdaEvent, Layer, Runtime, Service,
    layers::{DeadlineLayer, TracingLayer},
    service_fn,
};
use serde_json::Value;
use tower::limit::ConcurrencyLimitLayer;

/// Takes the payload away from callers without a tenant before the handler sees it.
#[derive(Clone)]
struct TenantsOnly;

#[derive(Clone)]
struct TenantsOnlyService<S> {
    inner: S,
}

impl<S> Layer<S> for TenantsOnly {
    type Service = TenantsOnlyService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        TenantsOnlyService { inner }
    }
}

impl<S: Service<LambdaEvent<Value>>> Service<LambdaEvent<Value>> for TenantsOnlyService<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut event: LambdaEvent<Value>) -> S::Future {
        if event.context.tenant_id.is_none() {
            event.payload = Value::Null;
        }
        self.inner.call(event)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    Runtime::new(service_fn(echo))
        .layer(TenantsOnly)
        .layer(ConcurrencyLimitLayer::new(4))
        .layer(DeadlineLayer::new(Duration::from_millis(100)))
        .layer(TracingLayer::new())
        .run()
        .await
}

/// `{"sleepMs":…}` sleeps; for longer than allowed, it is answered with `DeadlineExceeded`.
async fn echo(event: LambdaEvent<Value>) -> Result<Value, Error> {
    if let Some(millis) = event.payload["sleepMs"].as_u64() {
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }
    Ok(event.payload)
}
