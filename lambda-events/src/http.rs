//! Events of HTTP as requests, and responses as what their senders take as an answer.
//!
//! ```
//! use lambda_events::http;
//!
//! let event = r#"{"version":"2.0","rawPath":"/orders","rawQueryString":"part=items&part=total","cookies":["a=1","b=2"],
//!     "headers":{"host":"api.example.com"},"requestContext":{"http":{"method":"GET"}}}"#;
//! let request = http::from_str(event)?;
//! assert_eq!(request.method(), "GET");
//! assert_eq!(request.uri(), "/orders?part=items&part=total");
//! assert_eq!(request.headers()["cookie"], "a=1; b=2");
//! # Ok::<(), lambda_events::http::RequestError>(())
//! ```
//!
//! An event is read once, whatever its format: API Gateway's REST, HTTP and WebSocket APIs, load balancers, function URLs, and both
//! versions of VPC Lattice. Which one it is, is known from its members, by the rules of [`detect`](crate::detect); what is not
//! HTTP in it is read when it is asked for, through [`HttpEvent`]. How a function gets such requests and answers them is the
//! business of `lambda_runtime::http`.
//!
//! # What a format cannot carry
//!
//! A request is what the client sent, and a response what the client gets, but for this:
//!
//! | format | of a request | of a response |
//! | --- | --- | --- |
//! | function URL | values of a repeated header are joined by commas | so are those of a response, but for cookies |
//! | HTTP API, 2.0 | the same; the path has been decoded, twice as [recorded events](https://github.com/hotsock/voker/pull/8) show, so that `%2F` is `/`; it begins with the stage | the same |
//! | HTTP API, 1.0 | the path has been decoded in the same way; the query has been decoded, and parts with one name stand together | |
//! | REST API | the query has been decoded, and parts with one name stand together | |
//! | load balancer | of a repeated header or parameter only the last value is there | values of a repeated header are joined by commas; names of cookies differ in case, of which there are 512 |
//! | load balancer, multi-value | parts of the query with one name stand together | |
//! | VPC Lattice, 2 | parts of the query with one name stand together; AWS does not say whether the query has been decoded, and it is taken as one that has not been, as that of a load balancer | as a load balancer's |
//! | VPC Lattice, 1 | values of a repeated header are joined by commas | as a load balancer's |
//!
//! What still looks like an escape in a path that has been decoded is left as it is, and a framework decodes it once more: whoever
//! decides by the path of an HTTP API should decide by [`HttpEvent::path`]. A parameter without `=` has one afterwards if the
//! query came as members; the order of headers of different names is that of the event; header bytes that are not UTF-8 are what the
//! service has made of them; trailers do not exist. In an [`HeaderMap`](http::HeaderMap) the names are in lower case, as it is
//! with every server.
//!
//! Services have their own say, too. A REST API takes and gives bytes only where its
//! [binary media types](https://docs.aws.amazon.com/apigateway/latest/developerguide/lambda-proxy-binary-media.html) say so: set
//! `*/*`, or what is not UTF-8 comes with U+FFFD in it, and goes as the text of its base64. API Gateway and function URLs give a
//! response's `www-authenticate`, `server`, `date` and others of the connection the name `x-amzn-remapped-…`; some headers of the
//! connection (`connection`, `te`) do not reach the function. A response without a content type gets one from most of them.
//!
//! Headers whose name or value cannot be in a [`HeaderMap`](http::HeaderMap), which the services let nobody send, are in the event
//! only. A request without a header `host` gets that of the context. A WebSocket's event has no method and no path: connecting
//! is `GET /$connect`, a message `POST /$default` or another route, and closing `POST /$disconnect`.
//!
//! # Bodies
//!
//! A body that came as text is [`Body::Text`]. One that came as base64 is decoded, and is text if it is valid UTF-8 and its content
//! type and encoding do not say that it is binary. Responses go by the same rule; [`BodyEncoding`] overrides it. Bytes are
//! never changed, whatever charset the content type names.
//!
//! # Tests
//!
//! [`to_event`] makes an event of a request, in each [`EventFormat`]: what a handler does with it is tested without a service.

mod base64;
mod body;
mod context;
mod error;
mod event;
mod format;
mod json;
mod media;
mod read;
mod request;
mod response;
mod to_event;
mod uri;

pub use body::Body;
pub use context::RequestContext;
pub use error::{Part, RequestError};
pub use event::HttpEvent;
pub use request::ReadOptions;
pub use response::{BodyEncoding, ResponseFormat};
pub use to_event::{EventFormat, WriteOptions, to_event};

/// A request as functions get it.
pub type Request = http::Request<Body>;

/// Reads an event as a request, for tests.
///
/// # Errors
///
/// [`RequestError`] if it is none.
pub fn from_str(event: &str) -> Result<Request, RequestError> {
    from_slice(event.as_bytes())
}

/// Reads an event as a request; [`ReadOptions::read`] takes bytes without a copy.
///
/// # Errors
///
/// [`RequestError`] if it is none.
pub fn from_slice(event: &[u8]) -> Result<Request, RequestError> {
    ReadOptions::new().read(bytes::Bytes::copy_from_slice(event))
}
