//! The Extensions API, version 2020-01-01: register, next, init/error and exit/error.
//!
//! Subscribing to telemetry is in [`telemetry`](crate::telemetry). Source:
//! [Extensions API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html).

pub mod error;
pub mod next;
pub mod register;
