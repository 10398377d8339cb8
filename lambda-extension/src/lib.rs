//! A client of AWS Lambda's Extensions API, for external and internal extensions.
//!
//! ```no_run
//! use lambda_extension::{Event, EventType, Extension, ExtensionError};
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), ExtensionError> {
//!     let mut extension =
//!         Extension::builder().events(&[EventType::Invoke, EventType::Shutdown]).register().await?;
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
//! Every refusal keeps the status, the type and the message of the API's answer. There is no time-out on
//! [`Extension::next_event`]: the environment may be frozen inside that call for hours.
//!
//! # Not here
//!
//! Telemetry subscriptions and a `run` on top of tower services do not exist yet. Functions are the business of
//! `lambda-runtime`.

mod error;
mod extension;

pub use error::ExtensionError;
pub use extension::{Extension, ExtensionBuilder};
pub use lambda_api::{
    Deadline, ErrorReport, ExtensionId, FunctionArn, RequestId,
    extension::{
        next::{Event, Invoke, Shutdown, ShutdownReason},
        register::{EventType, Function},
    },
    transport::{InvalidAddress, RuntimeApi},
};
