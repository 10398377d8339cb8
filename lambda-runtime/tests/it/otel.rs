//! OpenTelemetry: the caller's trace is continued, and flushing costs the caller nothing.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use lambda_runtime::{
    Error, LambdaEvent, Runtime,
    layers::{OpenTelemetryFaasTrigger, OpenTelemetryLayer, TracingLayer},
    service_fn,
};
use opentelemetry::trace::{SpanKind, Status, TracerProvider};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use serde_json::{Value, json};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::SubscriberExt;

use crate::{
    reply::{Event, event},
    script::Script,
};

/// Spans of this thread, kept in memory as soon as they end.
struct Spans {
    exporter: InMemorySpanExporter,
    _scope: DefaultGuard,
}

impl Spans {
    fn collect() -> Self {
        crate::logged::listen_on_all_threads();
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        let scope = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
        Self { exporter, _scope: scope }
    }

    fn invocations(&self) -> Vec<SpanData> {
        let spans = self.exporter.get_finished_spans().unwrap();
        spans.into_iter().filter(|span| span.span_kind == SpanKind::Server).collect()
    }
}

async fn fails_on_null(event: LambdaEvent<Value>) -> Result<(), Error> {
    if event.payload.is_null() { Err("null".into()) } else { Ok(()) }
}

async fn serve(events: Vec<Event>, layer: OpenTelemetryLayer) {
    let script = events.into_iter().fold(Script::in_memory(), Script::invoke);
    let runtime = Runtime::new(service_fn(fails_on_null)).layer(layer).layer(TracingLayer::new());
    script.serve(|api| runtime.endpoint(api).run()).await;
}

#[tokio::test(start_paused = true)]
async fn the_span_of_an_invocation_continues_the_trace_of_the_xray_header() {
    let spans = Spans::collect();
    let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    let layer = OpenTelemetryLayer::new(|| {}).with_trigger(OpenTelemetryFaasTrigger::PubSub);
    serve(vec![event("{}").header("Lambda-Runtime-Trace-Id", header), event("{}")], layer).await;
    let spans = spans.invocations();
    assert_eq!(spans.len(), 2);
    assert_eq!(spans[0].name, "scripted");
    assert_eq!(spans[0].span_context.trace_id().to_string(), "5759e988bd862e3fe1be46a994272793");
    assert_eq!(spans[0].parent_span_id.to_string(), "53995c3f42cd8ad8");
    let attribute = |span: &SpanData, name: &str| {
        let found = span.attributes.iter().find(|attribute| attribute.key.as_str() == name);
        found.map(|attribute| attribute.value.to_string())
    };
    for (name, value) in [
        ("faas.invocation_id", "r-1"),
        ("faas.trigger", "pubsub"),
        ("faas.coldstart", "true"),
        ("faas.version", "7"),
    ] {
        assert_eq!(attribute(&spans[0], name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(attribute(&spans[1], "faas.coldstart").as_deref(), Some("false"));
}

#[tokio::test(start_paused = true)]
async fn w3c_trace_context_of_the_caller_comes_before_xray() {
    let spans = Spans::collect();
    let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let context = json!({ "w3c": { "traceparent": traceparent, "tracestate": "vendor=1" } }).to_string();
    let invocation = event("{}").header("Lambda-Runtime-Client-Context", context);
    serve(vec![invocation], OpenTelemetryLayer::new(|| {})).await;
    let span = &spans.invocations()[0];
    assert_eq!(span.span_context.trace_id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(span.span_context.trace_state().get("vendor"), Some("1"));
}

#[tokio::test(start_paused = true)]
async fn a_failed_invocation_is_a_failed_span() {
    let spans = Spans::collect();
    serve(vec![event("null"), event("{}")], OpenTelemetryLayer::new(|| {})).await;
    let spans = spans.invocations();
    assert!(matches!(spans[0].status, Status::Error { .. }), "{:?}", spans[0].status);
    assert_eq!(spans[1].status, Status::Unset);
}

#[tokio::test]
async fn spans_are_flushed_after_the_response_and_before_the_next_poll() {
    let flushed = Arc::new(AtomicUsize::new(0));
    let layer = {
        let flushed = Arc::clone(&flushed);
        OpenTelemetryLayer::new(move || {
            flushed.fetch_add(1, Ordering::SeqCst);
        })
    };
    let in_handler = Arc::clone(&flushed);
    let handler = service_fn(async |_: LambdaEvent<Value>| Ok::<_, Error>(in_handler.load(Ordering::SeqCst)));
    let script = Script::new().invoke(event("{}")).invoke(event("{}"));
    let log = script.serve(|api| Runtime::new(handler).layer(layer).endpoint(api).run()).await;
    // By the time of the second invocation the first one's spans have been flushed, and not earlier.
    let seen: Vec<Value> = log.posts().iter().map(|post| post.json()).collect();
    assert_eq!(seen, [json!(0), json!(1)]);
    assert_eq!(flushed.load(Ordering::SeqCst), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_layer_goes_around_handlers_that_are_sent_between_threads() {
    let script = Script::new().invoke(event("{}")).invoke(event("null"));
    let runtime = Runtime::new(service_fn(fails_on_null)).layer(OpenTelemetryLayer::new(|| {}));
    let log = script.serve(|api| runtime.endpoint(api).run_concurrent()).await;
    assert_eq!(log.order(), ["next", "r-1/response", "next", "r-2/error", "next"]);
}

#[tokio::test]
async fn spans_are_flushed_after_everything_that_is_inside_of_them() {
    let spans = Spans::collect();
    let exporter = spans.exporter.clone();
    let seen = Arc::new(AtomicUsize::new(usize::MAX));
    let at_flush = Arc::clone(&seen);
    let layer = OpenTelemetryLayer::new(move || {
        at_flush.store(exporter.get_finished_spans().unwrap().len(), Ordering::SeqCst);
    });
    let handler = service_fn(async |event: LambdaEvent<Value>| {
        // It is inside of the span, and takes its time.
        event.context.after_response(async {
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
        });
        Ok::<_, Error>(())
    });
    let script = Script::new().invoke(event("{}"));
    script.serve(|api| Runtime::new(handler).layer(layer).endpoint(api).run()).await;
    assert_eq!(seen.load(Ordering::SeqCst), 1, "the span had not ended when it was to be flushed");
}

#[tokio::test(start_paused = true)]
async fn an_xray_header_that_is_not_sampled_switches_no_trace_off() {
    let spans = Spans::collect();
    let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0";
    serve(vec![event("{}").header("Lambda-Runtime-Trace-Id", header)], OpenTelemetryLayer::new(|| {})).await;
    assert_eq!(spans.invocations().len(), 1);
}
