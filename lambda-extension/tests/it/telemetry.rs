//! Telemetry: subscriptions, the listener over HTTP and over TCP, and how it ends.
//!
//! The platform's side is written by hand, byte by byte.

mod closing;
mod done;
mod events;
mod flush;
mod http;
#[cfg(feature = "logs")]
mod logs;
mod room;
mod subscribing;
mod tcp;
