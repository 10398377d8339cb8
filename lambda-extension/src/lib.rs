//! External and internal extensions of AWS Lambda, and their telemetry.
//!
//! ```no_run
//! use lambda_extension::{Event, Extension, ExtensionError};
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), ExtensionError> {
//!     let mut extension = Extension::external().register().await?;
//!     loop {
//!         match extension.next_event().await? {
//!             Event::Invoke(invoke) => println!("{} began", invoke.request_id),
//!             Event::Shutdown(_) => return Ok(()),
//!             _ => {}
//!         }
//!     }
//! }
//! ```
//!
//! An extension does one thing at a time, so a current-thread tokio runtime is enough and starts faster.
//!
//! # What it promises
//!
//! - SHUTDOWN ends [`Extension::run`] with `Ok(())`, and no event is asked for after it.
//! - Every refusal keeps the status, the type and the message of the API's answer. What an extension gives as its own
//!   failure always has a type that Lambda records, and goes to init/error or exit/error, whichever is right.
//! - [`Extension::next_event`] may be dropped and called again. There is no time-out on it: the environment may be frozen
//!   inside that call for hours.
//! - A telemetry listener is open before the subscription is made, until the end, and for any number of connections. Every
//!   batch is acknowledged as soon as it is in memory; what this crate does not know is kept as JSON and spoils nothing
//!   beside it. Memory is bounded, and so is what is acknowledged.
//!
//! # What there is
//!
//! | to | use |
//! | --- | --- |
//! | register, external or internal | [`Extension::external`], [`Extension::builder`] |
//! | pull events | [`Extension::next_event`], [`Extension::next`] with telemetry |
//! | give events to a tower service | [`run`], [`Extension::run`], [`service_fn`] |
//! | give up | [`Extension::init_error`], [`Extension::exit_error`], [`Failure`] |
//! | be told what the function logs, how long it takes, how it ends | [`telemetry`], [`Extension::telemetry`] |
//! | ship that, at the right moments | [`Forwarder`] |
//! | ship anything else at the right moments | [`FlushSchedule`] |
//!
//! Feature `logs` adds subscriptions to the legacy Logs API.
//!
//! # In a test
//!
//! Where the API is, is a value: give it with [`ExtensionBuilder::endpoint`], and no environment variable is read. With
//! `mock-server` the whole life of an extension, shutdown included, is a test that needs no process and no time:
//!
//! ```
//! use std::sync::{Arc, Mutex};
//!
//! use lambda_extension::{Event, Extension, Failure, service_fn};
//! use mock_server::MockLambda;
//! # async fn runtime(api: lambda_extension::RuntimeApi) -> std::io::Result<()> {
//! #     use tokio::io::{AsyncReadExt, AsyncWriteExt};
//! #     let mut line = api.connect().await?;
//! #     line.write_all(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\n\r\n").await?;
//! #     let mut head = vec![0; 4096];
//! #     let length = line.read(&mut head).await?;
//! #     let head = String::from_utf8_lossy(&head[..length]).to_lowercase();
//! #     let id = head.split("lambda-runtime-aws-request-id: ").nth(1).unwrap().split("\r\n").next().unwrap();
//! #     let path = format!("/2018-06-01/runtime/invocation/{id}/response");
//! #     line.write_all(format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n42").as_bytes()).await?;
//! #     line.write_all(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\n\r\n").await?;
//! #     std::future::pending().await
//! # }
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() {
//! let seen = Arc::new(Mutex::new(Vec::new()));
//! let audit = {
//!     let seen = Arc::clone(&seen);
//!     service_fn(move |event: Event| {
//!         seen.lock().unwrap().push(event);
//!         async { Ok::<(), Failure>(()) }
//!     })
//! };
//! let mock = MockLambda::new();
//! let function = mock
//!     .function("audited")
//!     .extension_in_process("audit", move |api| Extension::builder("audit").endpoint(api).run(audit.clone()))
//!     .in_process(runtime);
//! assert_eq!(function.invoke("{}").await.json().unwrap(), 42);
//! mock.shut_down().await;
//! assert!(matches!(seen.lock().unwrap()[..], [Event::Invoke(_), Event::Shutdown(_)]));
//! # }
//! ```
//!
//! An internal extension lives in the process of its function: register it before the runtime asks for its first event,
//! and run both, with `tokio::try_join!` for instance.
//!
//! # Not here
//!
//! Functions are the business of `lambda-runtime`.

mod builder;
mod environment;
mod error;
mod extension;
mod failure;
mod flush;
mod forwarder;
mod guard;
mod line;
mod run;
mod service;
pub mod telemetry;

pub use builder::ExtensionBuilder;
pub use error::ExtensionError;
pub use extension::{Extension, Next};
pub use failure::{BoxError, Failure};
pub use flush::{FlushMoment, FlushSchedule, FlushStrategy};
pub use forwarder::Forwarder;
pub use lambda_api::{
    Deadline, DecodeError, EncodeError, ErrorReply, ErrorReport, ExtensionId, FunctionArn, RequestId,
    client::TransportError,
    extension::{
        next::{Event, Invoke, Shutdown, ShutdownReason},
        register::{EventType, Function},
    },
    transport::{Clock, InvalidAddress, RuntimeApi},
};
pub use run::run;
pub use service::{ServiceFn, service_fn};
pub use tower_service::Service;
