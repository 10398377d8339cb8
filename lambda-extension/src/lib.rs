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
//! - SHUTDOWN ends [`Extension::run`] with `Ok(())`, and nothing is asked of the API after it.
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
//!
//! Feature `logs` adds subscriptions to the legacy Logs API.
//!
//! # In a test
//!
//! Where the API is, is a value: give it with [`ExtensionBuilder::endpoint`], and no environment variable is read. An
//! internal extension lives in the process of its function, beside the runtime, and both take the same endpoint:
//!
//! ```
//! use lambda_extension::{Event, Extension, ExtensionError, RuntimeApi};
//! use mock_server::MockLambda;
//! use serde_json::json;
//! # async fn runtime(api: RuntimeApi) -> Result<(), ExtensionError> {
//! #     use tokio::io::{AsyncReadExt, AsyncWriteExt};
//! #     let mut line = api.connect().await.unwrap();
//! #     line.write_all(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
//! #     let mut head = vec![0; 4096];
//! #     let length = line.read(&mut head).await.unwrap();
//! #     let head = String::from_utf8_lossy(&head[..length]).to_lowercase();
//! #     let id = head.split("lambda-runtime-aws-request-id: ").nth(1).unwrap().split("\r\n").next().unwrap();
//! #     let path = format!("/2018-06-01/runtime/invocation/{id}/response");
//! #     line.write_all(format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n42").as_bytes()).await.unwrap();
//! #     line.write_all(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
//! #     std::future::pending().await
//! # }
//!
//! async fn bootstrap(api: RuntimeApi) -> Result<(), ExtensionError> {
//!     // Registered before the runtime asks for its first event.
//!     let mut extension = Extension::builder("count").internal().endpoint(api.clone()).register().await?;
//!     let counting = async {
//!         while let Event::Invoke(invoke) = extension.next_event().await? {
//!             println!("{} began", invoke.request_id);
//!         }
//!         Ok(())
//!     };
//!     tokio::try_join!(runtime(api), counting).map(drop)
//! }
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() {
//! let function = MockLambda::new().function("double").in_process(bootstrap);
//! assert_eq!(function.invoke(json!({ "n": 21 })).await.json().unwrap(), 42);
//! # }
//! ```
//!
//! # Not here
//!
//! Functions are the business of `lambda-runtime`.

mod builder;
mod environment;
mod error;
mod extension;
mod failure;
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
pub use forwarder::{FlushStrategy, Forwarder};
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
