//! The Telemetry API, version 2022-07-01, and the Logs API, version 2020-08-15, which it supersedes.
//!
//! An [`Event`] is what Lambda posts to a subscriber, a [`Record`] what it tells. Sources:
//! [Telemetry API](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html) with its
//! [event schema](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html),
//! [Logs API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-logs-api.html).

mod event;
mod timestamp;

pub use event::{
    Category, End, Event, Extension, InitPhase, InitReport, InitRuntimeDone, InitStart, InitializationType,
    LogRecord, LogsDropped, PhaseMetrics, Record, Report, ReportMetrics, RestoreReport, RestoreRuntimeDone,
    RestoreStart, RuntimeDone, RuntimeDoneMetrics, Span, Start, Status, Subscription, Tracing,
};
pub use timestamp::{InvalidTimestamp, Timestamp};
