//! The Telemetry API, version 2022-07-01, and the Logs API, version 2020-08-15, which it supersedes.
//!
//! | what | how |
//! | --- | --- |
//! | `PUT /2022-07-01/telemetry` | [`Subscribe`], answered with [`Subscribed`] |
//! | `PUT /2020-08-15/logs` | [`SubscribeLogs`], answered with [`Subscribed`] |
//! | what Lambda then delivers | [`Event`]s with their [`Record`]s, in a [`batch`] |
//!
//! Which refusal a call deserves, and when a batch is sent, is for a service to decide. Sources:
//! [Telemetry API](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html) with its
//! [event schema](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html),
//! [Logs API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-logs-api.html).

pub mod batch;

mod destination;
mod event;
mod logs;
mod problem;
mod schema;
mod subscribe;
mod timestamp;

pub use destination::{Destination, ListenerUri};
pub use event::{
    Category, End, Event, Extension, InitPhase, InitReport, InitRuntimeDone, InitStart, InitializationType,
    LogRecord, LogsDropped, PhaseMetrics, Record, Report, ReportMetrics, RestoreReport, RestoreRuntimeDone,
    RestoreStart, RuntimeDone, RuntimeDoneMetrics, Span, Start, Status, Subscription, Tracing,
};
pub use logs::{DeliveryMethod, SubscribeLogs};
pub use problem::{Problem, Problems, SubscribeError};
pub use schema::SchemaVersion;
pub use subscribe::{Buffering, Subscribe, Subscribed};
pub use timestamp::{InvalidTimestamp, Timestamp};
