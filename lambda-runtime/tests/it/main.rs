//! What `lambda-runtime` promises, seen from outside: against a Runtime API that is written by hand, byte by
//! byte (`script`, `reply`), and against `mock-server`.

mod afterwards;
mod both;
mod bounds;
mod chunked;
mod concurrency;
mod connections;
mod context;
mod current;
mod errors;
#[cfg(feature = "http")]
mod fronts;
#[cfg(feature = "http")]
mod http;
mod init;
mod layers;
mod lean;
mod logged;
mod logging;
mod names;
mod next;
#[cfg(feature = "otel")]
mod otel;
mod payloads;
mod pitfalls;
mod pool;
mod reply;
#[cfg(any(feature = "anyhow", feature = "eyre", feature = "miette"))]
mod reports;
mod resilience;
mod responses;
mod script;
mod shutdown;
mod snapstart;
mod spans;
mod start;
mod streaming;
mod survives;
mod virtual_time;
