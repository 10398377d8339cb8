//! The Runtime API, version 2018-06-01: one module per endpoint.
//!
//! | module | endpoint |
//! | --- | --- |
//! | [`next`] | `GET …/runtime/invocation/next` |
//! | [`response`] | `POST …/runtime/invocation/{request id}/response` |
//! | [`error`] | `POST …/runtime/invocation/{request id}/error` |
//! | [`init_error`] | `POST …/runtime/init/error` |
//! | [`restore`] | `GET …/runtime/restore/next`, `POST …/runtime/restore/error` |
//! | [`credentials`] | `GET /2021-04-23/credentials`, a version of its own |
//!
//! Pieces that several of them use: [`Prelude`] and [`ErrorTrailers`] of a streamed response, and the
//! [`XrayErrorCause`]. All posts are answered with [`Accepted`](crate::Accepted) or an
//! [`ErrorReply`](crate::ErrorReply). Source:
//! [Runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).

#[cfg(feature = "telemetry")]
pub mod credentials;
pub mod error;
pub mod init_error;
pub mod next;
pub mod response;
pub mod restore;

mod prelude;
mod trailers;
mod xray;

pub use prelude::Prelude;
pub use trailers::ErrorTrailers;
pub use xray::{XrayErrorCause, XrayException, XrayFrame};
