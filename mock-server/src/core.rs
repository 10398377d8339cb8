//! The service's state machines, pure: no runtime, no sockets, no clock, no environment variables.
//!
//! Whoever drives a core gives it [`Input`]s together with the time at which they happened, carries out the
//! [`Effect`]s that come back, and calls [`ExecutionEnvironment::handle_timeout`] when
//! [`ExecutionEnvironment::poll_timeout`] says so. Same inputs, same effects: a test can step through a
//! fifteen-minute time-out in microseconds.
//!
//! ```text
//!                  launched
//!                     │
//!   ┌──────┐  next   ┌▼─────┐   invoke   ┌────────┐
//!   │ Idle │◄────────┤ Init │        ┌──►│ Invoke │
//!   │      ├─────────┴──┬───┴────────┘   │        │
//!   │      │◄───────────┼────────────────┤        │ answered, then next
//!   └──▲─┬─┘            │ failed         └───┬────┘
//!      │ │ invoke without a process:         │ time-out, exit
//!      │ └─ Invoke, with init inside it  ┌───▼───┐
//!      └─────────────────────────────────┤ Reset │ killed, waiting for the exit
//!                                        └───────┘
//!   from everywhere: shutdown ─► Shutdown ─► Terminated
//! ```
//!
//! With SnapStart, Snapshot and Restore stand between Init and Idle, and what fails is shut down instead of reset.
//! With multi-concurrency Invoke means one invocation or several, and nothing is reset either.
//!
//! A long poll is *parked*: the state keeps its [`CallId`], and the driver keeps the socket under the same
//! key. A refusal is a value, [`Rejection`], and leaves the state as it was. The layers around this one are
//! `driver` (one task per environment), `http` (sockets to inputs) and `process` (launches and kills).

mod answer;
pub mod catalog;
pub mod destination;
mod effect;
mod environment;
mod extensions;
pub mod fleet;
mod input;
mod json;
mod managed;
pub mod mapping;
pub mod pattern;
pub mod queue;
mod rejection;
mod report;
mod runtime_state;
pub mod schedule;
mod settings;
mod telemetry;
mod time;
pub mod trigger;

#[cfg(test)]
mod test;

pub(crate) use answer::THROTTLED;
pub use answer::{Answer, ErrorOrigin, FunctionError};
pub use effect::{Effect, Reply};
pub use environment::{ExecutionEnvironment, Phase};
pub use input::{Call, CallId, Caller, Exit, Input, Invoke, InvokeId, Source};
pub use rejection::{ExtensionRejection, Rejection};
pub use report::{InitReport, Report, RestoreReport, Status};
pub use settings::{Initialization, Settings};
pub use telemetry::{Delivery, Subscription, TelemetryApi};
pub use time::Time;
use time::{seconds, timestamp};
