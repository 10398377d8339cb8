//! Requests of Amazon API Gateway: HTTP APIs (`v2`).

mod v2;

pub use v2::*;
