//! Turns an `async fn` or a tower service into an AWS Lambda bootstrap.
//!
//! ```no_run
//! use lambda_runtime::{Error, LambdaEvent, run, service_fn};
//! use serde_json::{Value, json};
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), Error> {
//!     run(service_fn(double)).await
//! }
//!
//! async fn double(event: LambdaEvent<Value>) -> Result<Value, Error> {
//!     let n = event.payload["n"].as_i64().ok_or("n is not a number")?;
//!     Ok(json!({ "n": 2 * n }))
//! }
//! ```
//!
//! One invocation runs at a time, so a current-thread tokio runtime is enough and starts faster.
//!
//! # What it promises
//!
//! Nothing that a caller, an emulator or the platform sends ends the process or the loop silently. A handler
//! that fails or panics, an event that cannot be decoded, a client context that is not JSON, a response that
//! cannot be encoded: each is answered with an error report, and the next invocation runs. [`run`] ends only
//! when the Runtime API says that the environment is beyond repair (5xx), or when it has been out of reach or
//! refusing for [`ATTEMPTS`] attempts in a row; then it returns an error that names the endpoint.
//!
//! # In a test
//!
//! Where the Runtime API is, is a value: give it with [`Runtime::endpoint`], and no environment variable is
//! read.
//!
//! ```
//! use std::time::Duration;
//! use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
//! use mock_server::MockLambda;
//! use serde_json::{Value, json};
//!
//! async fn sleepy(_: LambdaEvent<Value>) -> Result<(), Error> {
//!     tokio::time::sleep(Duration::from_secs(60)).await;
//!     Ok(())
//! }
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() {
//! let function = MockLambda::new()
//!     .function("sleepy")
//!     .timeout(Duration::from_secs(3))
//!     .in_process(|api| Runtime::new(service_fn(sleepy)).endpoint(api).run());
//! assert!(function.invoke(json!({})).await.is_timeout());
//! # }
//! ```
//!
//! # What there is
//!
//! - What handlers take and return: [`LambdaEvent`], [`FromEvent`], [`Payload`], [`RawPayload`], [`Response`],
//!   [`streaming`], [`Error`], [`Diagnostic`].
//! - What surrounds them: [`Runtime::init`] for what is made once, [`Context`] and [`current_invocation`],
//!   [`Context::after_response`], [`SnapStartResource`], [`Runtime::shutdown_when`], [`layers`] for tower.
//! - Many invocations at once, where Lambda asks for it: [`run`] on the calling task, [`run_concurrent`] over tokio's
//!   workers.
//! - Functions that answer HTTP, with any framework of tower's: module `http`, with the feature of that name.
//!
//! Features only add: `http`, `tracing` (log lines as Lambda understands them), `graceful-shutdown` (hooks on SIGTERM), `otel`
//! (a layer), `anyhow`, `eyre`, `miette` (their error types as a handler's own).
//!
//! # Not here
//!
//! Extensions are the business of `lambda-extension`, event types that of `lambda-events`.

mod after;
mod body;
mod calls;
mod client_context;
mod config;
mod context;
pub mod diagnostic;
mod error;
mod event;
mod failure;
mod handler;
#[cfg(feature = "http")]
pub mod http;
pub mod init;
mod join;
pub mod layers;
#[cfg(feature = "tracing")]
mod logging;
mod panic;
mod payload;
mod process;
mod response;
mod run_loop;
mod runtime;
mod runtime_error;
mod scope;
mod shutdown;
#[cfg(feature = "graceful-shutdown")]
mod signals;
pub mod snapstart;
mod stack;
mod start;
pub mod streaming;
mod trace;
#[cfg(feature = "tracing")]
pub mod tracing;
mod whole;
mod workers;

pub use body::PreludeForm;
pub use client_context::{ClientApplication, ClientContext, CognitoIdentity};
pub use config::{Config, ConfigError};
pub use context::Context;
pub use diagnostic::Diagnostic;
pub use error::{BoxError, Error};
pub use event::LambdaEvent;
pub use handler::{HandlerError, ServiceFn, service_fn};
pub use lambda_api::{
    ErrorReport,
    transport::{InvalidAddress, RuntimeApi},
};
pub use payload::{Borrowed, FromEvent, Payload, PayloadError, RawPayload};
pub use response::{FunctionResponse, IntoFunctionResponse, Response, ResponseError};
pub use runtime::{Runtime, run, run_concurrent};
pub use runtime_error::{ATTEMPTS, RuntimeError};
pub use scope::{CurrentInvocation, current_invocation};
#[cfg(feature = "graceful-shutdown")]
pub use signals::spawn_graceful_shutdown_handler;
pub use snapstart::{BoxFuture, SnapStartResource};
pub use streaming::{MetadataPrelude, StreamResponse};
pub use tower_layer::Layer;
pub use tower_service::Service;
pub use trace::{RemoteParent, Trace, W3cTrace, XrayTrace};
