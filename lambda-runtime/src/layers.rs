//! Ready-made tower layers to go around the invocation: a tracing span, a deadline.
//!
//! Each takes any service of [`LambdaEvent`](crate::LambdaEvent) and composes with tower's own.

mod deadline;
mod trace;

pub use deadline::{DeadlineFuture, DeadlineLayer, DeadlineService};
pub use trace::{TracingLayer, TracingService};
