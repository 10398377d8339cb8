//! A span around each invocation, its stream included.

use std::task::{Context, Poll};

use tower_layer::Layer;
use tower_service::Service;
use tracing::{Instrument, Span, field::Empty, info_span, instrument::Instrumented};

use crate::LambdaEvent;

/// Runs each invocation in a span called `Lambda runtime invoke` with the fields `requestId`, `xrayTraceId` and
/// `tenantId`, the last two only if there are any.
///
/// [`run`](crate::run) adds it; a [`Runtime`](crate::Runtime) that is put together by hand has it only if it is given.
/// The span is entered while the response is streamed, too. Where nobody listens at level INFO it costs nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct TracingLayer {
    _private: (),
}

impl TracingLayer {
    /// The layer.
    pub fn new() -> Self {
        Self::default()
    }
}

impl<S> Layer<S> for TracingLayer {
    type Service = TracingService<S>;

    fn layer(&self, inner: S) -> TracingService<S> {
        TracingService { inner }
    }
}

/// A service inside a [`TracingLayer`].
#[derive(Clone, Debug)]
pub struct TracingService<S> {
    inner: S,
}

impl<S: Service<LambdaEvent<T>>, T> Service<LambdaEvent<T>> for TracingService<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = Instrumented<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, event: LambdaEvent<T>) -> Instrumented<S::Future> {
        let context = &event.context;
        let span = info_span!(
            "Lambda runtime invoke",
            requestId = context.request_id,
            xrayTraceId = Empty,
            tenantId = Empty
        );
        if !span.is_disabled() {
            record(&span, "xrayTraceId", context.xray_trace_id.as_deref());
            record(&span, "tenantId", context.tenant_id.as_deref());
            context.current().set_span(span.clone());
        }
        // Entered here as well, so that whatever the call makes before its first poll belongs to it.
        let future = span.in_scope(|| self.inner.call(event));
        future.instrument(span)
    }
}

fn record(span: &Span, field: &str, value: Option<&str>) {
    if let Some(value) = value {
        span.record(field, value);
    }
}
