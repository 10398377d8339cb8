//! Feature `otel`: invocations as OpenTelemetry spans that continue the caller's trace.
//!
//! The spans are `tracing` spans; whoever sets up the subscriber puts a `tracing_opentelemetry` layer into it and chooses
//! the exporter. Names of attributes:
//! [semantic conventions for AWS Lambda](https://opentelemetry.io/docs/specs/semconv/faas/aws-lambda/).

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use tower_layer::Layer;
use tower_service::Service;
use tracing::{Instrument, Span, field::Empty, info_span, instrument::Instrumented, warn};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::{LambdaEvent, Trace};

/// Runs each invocation in an OpenTelemetry span of kind server whose parent is the caller's span, as W3C trace context
/// or a sampled X-Ray tracing header tell of it.
///
/// The function that is given flushes the exporter. It is called after the response has been sent and before the next
/// poll, on tokio's threads for blocking work, and no longer than until the invocation's deadline: the caller does
/// not wait for it. A handler that runs several invocations at once shares it.
///
/// ```
/// use lambda_runtime::{
///     Error, LambdaEvent, Runtime,
///     layers::{OpenTelemetryFaasTrigger, OpenTelemetryLayer},
///     service_fn,
/// };
/// # use serde_json::Value;
/// # async fn handler(event: LambdaEvent<Value>) -> Result<Value, Error> { Ok(event.payload) }
/// # #[derive(Clone)] struct Provider;
/// # impl Provider { fn force_flush(&self) {} }
/// # let provider = Provider;
/// let layer = OpenTelemetryLayer::new(move || provider.force_flush())
///     .with_trigger(OpenTelemetryFaasTrigger::PubSub);
/// let runtime = Runtime::new(service_fn(handler)).layer(layer);
/// # let _ = async { runtime.run().await };
/// ```
#[derive(Clone)]
pub struct OpenTelemetryLayer {
    flush: Flush,
    trigger: OpenTelemetryFaasTrigger,
}

type Flush = Arc<dyn Fn() + Send + Sync>;

/// Attribute `faas.trigger`: what invokes the function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenTelemetryFaasTrigger {
    /// A change in a database or a file system.
    #[default]
    Datasource,
    /// An HTTP request.
    Http,
    /// A message.
    PubSub,
    /// The time of day.
    Timer,
    /// Anything else.
    Other,
}

impl fmt::Display for OpenTelemetryFaasTrigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Datasource => "datasource",
            Self::Http => "http",
            Self::PubSub => "pubsub",
            Self::Timer => "timer",
            Self::Other => "other",
        })
    }
}

impl OpenTelemetryLayer {
    /// The layer, with what flushes the exporter after each invocation.
    pub fn new(flush: impl Fn() + Send + Sync + 'static) -> Self {
        Self { flush: Arc::new(flush), trigger: OpenTelemetryFaasTrigger::default() }
    }

    /// Says what invokes the function.
    #[must_use]
    pub fn with_trigger(self, trigger: OpenTelemetryFaasTrigger) -> Self {
        Self { trigger, ..self }
    }
}

impl fmt::Debug for OpenTelemetryLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenTelemetryLayer").field("trigger", &self.trigger).finish_non_exhaustive()
    }
}

impl<S> Layer<S> for OpenTelemetryLayer {
    type Service = OpenTelemetryService<S>;

    fn layer(&self, inner: S) -> OpenTelemetryService<S> {
        OpenTelemetryService { inner, layer: self.clone(), was_called: Arc::default() }
    }
}

/// A service inside an [`OpenTelemetryLayer`].
#[derive(Clone, Debug)]
pub struct OpenTelemetryService<S> {
    inner: S,
    layer: OpenTelemetryLayer,
    /// Shared by the clones of the service, because the environment starts cold once.
    was_called: Arc<AtomicBool>,
}

impl<S: Service<LambdaEvent<T>>, T> Service<LambdaEvent<T>> for OpenTelemetryService<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = OpenTelemetryFuture<Instrumented<S::Future>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, event: LambdaEvent<T>) -> Self::Future {
        let is_cold = !self.was_called.swap(true, Ordering::Relaxed);
        let context = &event.context;
        let span = info_span!(
            "Lambda function invocation",
            otel.name = context.env_config.function_name,
            otel.kind = "server",
            otel.status_code = Empty,
            faas.name = context.env_config.function_name,
            faas.version = context.env_config.version,
            faas.trigger = %self.layer.trigger,
            faas.invocation_id = context.request_id,
            faas.coldstart = is_cold,
            cloud.resource_id = context.invoked_function_arn,
            tenant_id = Empty,
        );
        if let Some(tenant_id) = context.tenant_id.as_deref() {
            span.record("tenant_id", tenant_id);
        }
        if let Some(parent) = parent(&context.trace())
            && let Err(error) =
                span.set_parent(opentelemetry::Context::new().with_remote_span_context(parent))
        {
            warn!(%error, "the caller's trace cannot be continued");
        }
        let flush = Arc::clone(&self.layer.flush);
        context.current().flush_after(async move {
            // The function is synchronous, and may wait for the network.
            if let Err(error) = tokio::task::spawn_blocking(move || flush()).await {
                warn!(%error, "the spans could not be flushed");
            }
        });
        // The stream of the response belongs to the span as well; after it the span ends, before the flush.
        context.current().set_span(span.clone());
        let future = span.in_scope(|| self.inner.call(event)).instrument(span.clone());
        OpenTelemetryFuture { future, status: Status { span, is_good: false } }
    }
}

fn parent(trace: &Trace) -> Option<SpanContext> {
    let w3c = trace.w3c.as_ref().filter(|w3c| w3c.remote_parent().is_some());
    // Without X-Ray tracing Lambda sends a header all the same, not sampled: as a parent it would switch every trace off.
    let parent = trace.remote_parent().filter(|parent| parent.sampled || w3c.is_some())?;
    let flags = if parent.sampled { TraceFlags::SAMPLED } else { TraceFlags::default() };
    let state = w3c.and_then(|w3c| w3c.tracestate.as_deref()?.parse::<TraceState>().ok());
    let (trace_id, span_id) = (TraceId::from(parent.trace_id), SpanId::from(parent.span_id));
    Some(SpanContext::new(trace_id, span_id, flags, true, state.unwrap_or_default()))
}

/// Marks the span as failed unless the handler returned a response: it may also panic or be dropped at a time-out.
#[derive(Debug)]
struct Status {
    span: Span,
    is_good: bool,
}

impl Drop for Status {
    fn drop(&mut self) {
        if !self.is_good {
            self.span.record("otel.status_code", "ERROR");
        }
    }
}

pin_project_lite::pin_project! {
    /// The future of an [`OpenTelemetryService`].
    #[derive(Debug)]
    pub struct OpenTelemetryFuture<F> {
        #[pin]
        future: F,
        status: Status,
    }
}

impl<F, R, E> Future for OpenTelemetryFuture<F>
where
    F: Future<Output = Result<R, E>>,
{
    type Output = Result<R, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let polled = this.future.poll(cx);
        this.status.is_good = matches!(polled, Poll::Ready(Ok(_)));
        polled
    }
}
