//! Typed events of the services that invoke a function.
//!
//! For now this is `aws`, the well-kept `aws_lambda_events`, with all default features off: name the
//! sources you need as features of this crate (`sns`, `sqs`, `s3` …), and nothing else is compiled. Members
//! that its types do not know are kept in their `other` maps.
//!
//! ```
//! # #[cfg(feature = "sns")] {
//! use lambda_events::aws::event::sns::SnsEvent;
//!
//! let event: SnsEvent = serde_json::from_str(r#"{"Records":[],"New":1}"#)?;
//! assert_eq!(event.other["New"], 1);
//! # }
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! [`Borrowed`] says how an event type that borrows is lent; without any source this crate is that trait and has
//! no dependency at all.
//!
//! # Not here
//!
//! Types of our own for the hot sources, and the HTTP view of HTTP events, do not exist yet. How an event
//! reaches a handler is the business of `lambda-runtime`.

mod borrowed;

pub use borrowed::Borrowed;

/// Types for the events of nearly all sources, one module each under `event`.
#[cfg(feature = "aws")]
pub use aws_lambda_events as aws;
