//! Ready-made tower layers to go around the invocation: a tracing span, a deadline, OpenTelemetry.
//!
//! Each takes any service of [`LambdaEvent`](crate::LambdaEvent) and composes with tower's own.

mod deadline;
#[cfg(feature = "otel")]
mod otel;
pub mod trace;

pub use deadline::{DeadlineFuture, DeadlineLayer, DeadlineService};
#[cfg(feature = "otel")]
pub use otel::{OpenTelemetryFaasTrigger, OpenTelemetryFuture, OpenTelemetryLayer, OpenTelemetryService};
pub use trace::{TracingLayer, TracingService};
