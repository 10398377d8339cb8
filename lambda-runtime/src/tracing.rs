//! Log lines as Lambda understands them, and the macros that write them.
//!
//! ```no_run
//! use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), Error> {
//!     tracing::init_default_subscriber();
//!     run(service_fn(handler)).await
//! }
//!
//! async fn handler(event: LambdaEvent<u32>) -> Result<u32, Error> {
//!     tracing::info!(order = event.payload, "taken");
//!     Ok(event.payload)
//! }
//! ```
//!
//! # What a line holds
//!
//! With the log format JSON, each event is one object on one line, flat, as other languages' runtimes write it:
//!
//! ```json
//! {"timestamp":"2026-11-20T10:00:00.123Z","level":"INFO","message":"taken","requestId":"8476a536-e9f4-11e8-9739-2dfe598c3fcd","target":"shop","order":7}
//! ```
//!
//! - `requestId`, and `tenantId` for a function with tenant isolation, are on every line of an invocation: those of the
//!   handler, of its stream, of [`Context::after_response`](crate::Context::after_response) and of tasks of
//!   [`Context::spawn`](crate::Context::spawn). Any other task has them of the spans that it is in, or, where
//!   invocations run one at a time in a process of their own, of the invocation that runs just then.
//! - The event's fields come first, then those of its spans, the inner before the outer; the first of a name is written.
//! - No field hides what Lambda reads: one that is called `timestamp`, `level`, `message`, `requestId`, `tenantId` or
//!   `target` becomes `fields.timestamp` and so on. An id that only repeats the line's own is left out.
//! - Numbers and booleans stay what they are. Numbers that JSON cannot hold or that have more than 64 bits become
//!   strings, an error becomes its text and those of its causes, and whatever is formatted becomes a string.
//!
//! The log format Text, which is the default, has the same on one line, and line breaks in it become carriage returns, so
//! that the line stays one record:
//!
//! ```text
//! 2026-11-20T10:00:00.123Z INFO 8476a536-e9f4-11e8-9739-2dfe598c3fcd shop: taken order=7
//! ```
//!
//! In an invocation of [`run`](crate::run) that is traced, each has `xrayTraceId` besides, a field of the span. Records of
//! the crate `log` are not taken; a bridge such as `tracing-log` is the application's to install.
//!
//! # Which lines there are
//!
//! `AWS_LAMBDA_LOG_LEVEL`, which Lambda sets from the function's configuration, decides if it is set; else `RUST_LOG`, as
//! [`Targets`](tracing_subscriber::filter::Targets) reads it (`info,my_crate=debug`); else the level is INFO. Nothing is
//! graver than an error here, so FATAL shows the errors only. What cannot be read counts as INFO, and a line says so.
//!
//! # Where they go
//!
//! Each line is written whole and at once, so none waits while the execution environment is frozen. It goes
//! - to the socket at `_LAMBDA_TELEMETRY_LOG_FD_PROVIDER_SOCKET`, always as JSON (Lambda Managed Instances),
//! - or framed to the file descriptor `_LAMBDA_TELEMETRY_LOG_FD`, so that a record may have line breaks,
//! - or to stdout, also when the first two cannot be opened (which a line says) or fail later.
//!
//! A writer that fails costs the line and nothing else.
//!
//! AWS describes formats and levels in
//! [Configuring advanced logging controls](https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-advanced.html)
//! and [Log and monitor Rust Lambda functions](https://docs.aws.amazon.com/lambda/latest/dg/rust-logging.html).
//!
//! # Not here
//!
//! Spans are not timed and not exported; compose [`Logging::layer`] with a layer that does.

use ::tracing_subscriber::fmt::MakeWriter;

#[doc(no_inline)]
pub use ::tracing::{
    Dispatch, Event, Id, Instrument, Level, Metadata, Span, Subscriber, Value, callsite, debug, debug_span,
    dispatcher, enabled, error, error_span, event, event_enabled, field, info, info_span, instrument,
    level_filters, metadata, span, span_enabled, trace, trace_span, warn, warn_span,
};
/// The crate `tracing-subscriber`, to compose layers and to install them.
#[doc(no_inline)]
pub use ::tracing_subscriber as subscriber;

pub use crate::logging::{Format, Logging};

/// Writes log lines as the environment variables ask for it, from now on and for the whole process.
///
/// Call it first in `main`. Where a subscriber is installed already it changes nothing.
pub fn init_default_subscriber() {
    Logging::from_env().init();
}

/// As [`init_default_subscriber`], to a writer of your own, one line per call and never framed.
///
/// A writer that hands lines to a thread, such as `tracing_appender::non_blocking`, may hold some back when the
/// execution environment is frozen; stdout does not.
///
/// ```
/// lambda_runtime::tracing::init_default_subscriber_with_writer(std::io::stderr);
/// ```
pub fn init_default_subscriber_with_writer<W>(writer: W)
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    Logging::from_env().make_writer(writer).init();
}
