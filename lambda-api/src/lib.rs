//! AWS Lambda's guest-side APIs as types: the Runtime API, the Extensions API, the Telemetry API, their
//! headers, ids, JSON bodies, error bodies and limits.
//!
//! Both sides of the wire use this crate. A runtime or an extension encodes its calls and decodes the
//! replies; a service (such as `mock-server`) decodes the calls and encodes the replies. Every message
//! has both directions side by side, so the two ends cannot drift apart.
//!
//! # In scope
//!
//! - [`Endpoint`]: every guest-side call as a value, and its method and path. No path or version string
//!   stands anywhere else.
//! - [`header`]: every header name, one constant each.
//! - [`runtime`], [`extension`] (feature `extension`): one module per endpoint with the call, the reply and both conversions.
//! - [`telemetry`] (feature `telemetry`): what an extension can subscribe to, and the events it is sent.
//! - [`metadata`]: where the environment runs.
//! - [`ErrorReport`], [`ErrorType`], [`ErrorReply`]: what a guest reports, and what the service refuses.
//! - [`describe`]: what an error says, for the report of it.
//! - [`limits`]: every documented number, with its unit in the type.
//! - [`transport`] (feature `transport`): where the APIs are reached, as a value.
//! - [`client`] (feature `client`): the one kept-alive connection that both kinds of guest use.
//!
//! # Out of scope
//!
//! No I/O outside the last two features, no clock, no environment variables, no policy: what to do about a
//! refusal or a missing header is for `lambda-runtime`, `lambda-extension` and `mock-server` to decide.
//!
//! # Example
//!
//! ```
//! use lambda_api::{RequestId, runtime::next::Invocation};
//!
//! let mut invocation = Invocation::new(RequestId::new("8476a536-e9f4-11e8-9739-2dfe598c3fcd")?);
//! invocation.payload = "{\"n\":21}".into();
//! let reply = invocation.to_http()?;
//! assert_eq!(reply.headers()["lambda-runtime-aws-request-id"], "8476a536-e9f4-11e8-9739-2dfe598c3fcd");
//! assert_eq!(Invocation::from_http(reply)?, invocation);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

// What only a service calls is `#[inline]`, so that it is compiled where it is called and nowhere else: a guest that is built
// anew builds half as much of this crate.

mod convert;
mod deadline;
pub mod describe;
mod endpoint;
mod error_reply;
mod error_report;
mod error_type;
mod ids;

#[cfg(feature = "client")]
pub mod client;
#[cfg(feature = "extension")]
pub mod extension;
pub mod header;
pub mod json;
pub mod limits;
pub mod metadata;
pub mod runtime;
#[cfg(feature = "telemetry")]
pub mod telemetry;
#[cfg(feature = "transport")]
pub mod transport;

pub use convert::{DecodeError, EncodeError};
pub use deadline::Deadline;
pub use endpoint::{Endpoint, RouteError};
pub use error_reply::{Accepted, ErrorReply, ReplyError};
pub use error_report::ErrorReport;
pub use error_type::ErrorType;
pub use ids::{ExtensionId, FunctionArn, InvalidId, InvocationId, RequestId};
