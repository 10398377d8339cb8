//! A function that answers HTTP: any tower service of requests, behind any service that sends events of HTTP.
//!
//! ```no_run
//! use lambda_runtime::{Error, http::{Request, run, service_fn}};
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), Error> {
//!     run(service_fn(async |request: Request| Ok::<_, Error>(format!("Hello from {}!", request.uri().path())))).await
//! }
//! ```
//!
//! An `axum::Router` goes into [`run`] as it is, and so does everything else that is a [`Service`] of [`Request`], with tower's and
//! tower-http's layers around it; a service of hyper's own goes through [`from_hyper`]. Requests come from function URLs, from API
//! Gateway's REST, HTTP and WebSocket APIs, from load balancers and from VPC Lattice, without a word about which; what each
//! format cannot carry is said in [`lambda_events::http`], which does the conversions.
//!
//! # Streaming
//!
//! A function URL in the mode `RESPONSE_STREAM`, and a REST API that transfers in the mode `STREAM`, take nothing but streams, and
//! in their other mode nothing but whole responses. An event does not tell the mode, so the function has to be told: by the
//! variable `AWS_LAMBDA_HTTP_INVOKE_MODE` with the values `BUFFERED` (if not set) and `RESPONSE_STREAM`, or by
//! [`HttpLayer::invoke_mode`]. The handler is the same, and the other services get whole responses in either mode.
//!
//! A streamed response has its status and headers sent at once, and each piece of the body when it is there. If the body fails, the
//! stream ends with Lambda's error trailers, and the client sees a response that is cut off, not a whole one.
//!
//! # Bad input and bad output
//!
//! A request that cannot be one (a method with spaces in it, base64 that is none) is answered with the status 400, and a response
//! that is larger than the sender takes with 413; the log says why, with the numbers. An event that is no HTTP at all fails
//! its invocation with an error that names the service, unless [`HttpLayer::pass_through`] gives it a path. A handler that fails or
//! panics, or a body that fails before it is whole, fails the invocation as in any other function; the client gets a 500 or 502.
//!
//! # In a test
//!
//! ```
//! use lambda_runtime::{Error, Runtime, http::{HttpLayer, Request, service_fn}};
//! use mock_server::MockLambda;
//! use serde_json::json;
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let function = MockLambda::new().function("hello").in_process(|api| {
//!     let hello = service_fn(async |_: Request| Ok::<_, Error>("hello"));
//!     Runtime::new(hello).layer(HttpLayer::new()).endpoint(api).run()
//! });
//! let event = json!({ "rawPath": "/", "requestContext": { "http": { "method": "GET" } } });
//! assert_eq!(function.invoke(event).await.json()?["body"], "hello");
//! # Ok(())
//! # }
//! ```
//!
//! Without a service, [`request::from_str`] makes a request of an event, and the setters of [`RequestExt`] add what a handler asks
//! for.

mod answer;
mod body_stream;
mod from_hyper;
mod into_response;
mod layer;
mod mode;
mod payload_ext;
mod query;
mod request_ext;

use tower_service::Service;

use crate::{Diagnostic, RawPayload, Runtime, layers::TracingLayer};

pub use self::{
    answer::AdapterFuture,
    from_hyper::{FromHyper, from_hyper},
    into_response::{EitherBody, IntoResponse},
    layer::{Adapter, HttpLayer, PassedThrough},
    mode::{HttpConfig, InvokeMode},
    payload_ext::{BodyError, RequestPayloadExt},
    query::QueryParameters,
    request_ext::RequestExt,
};
pub use crate::{Context, Error, service_fn};
// The crate whose types are in the signatures, and of it what handlers without a framework need.
pub use ::http;
pub use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
pub use lambda_events::http::{
    Body, BodyEncoding, HttpEvent, Request, RequestContext, RequestError, ResponseFormat,
};

/// `http::Response`, with the body of a request unless another one is named.
///
/// ```
/// use lambda_runtime::http::{Error, IntoResponse, Request, Response, StatusCode};
///
/// async fn order(_: Request) -> Result<impl IntoResponse, Error> {
///     Ok(Response::builder().status(StatusCode::CREATED).header("location", "/orders/7").body("made".to_owned())?)
/// }
///
/// async fn page(_: Request) -> Result<Response, Error> {
///     Ok(Response::new("<html>".into()))
/// }
/// # let _ = (order, page);
/// ```
pub type Response<B = Body> = http::Response<B>;

/// Requests from events, for tests.
pub mod request {
    use std::io::{self, Read};

    pub use lambda_events::http::{Request, RequestContext, RequestError, from_slice, from_str};

    /// Reads an event as a request.
    ///
    /// # Errors
    ///
    /// What the reader fails with, or a [`RequestError`] as [`io::ErrorKind::InvalidData`].
    pub fn from_reader(mut reader: impl Read) -> io::Result<Request> {
        let mut event = Vec::new();
        reader.read_to_end(&mut event)?;
        from_slice(&event).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }
}

/// Runs a service of HTTP requests until the execution environment ends.
///
/// The one entry point: for whole and for streamed responses, for one invocation at a time and for many, where Lambda asks for them.
/// As with [`crate::run`], the service needs neither [`Send`] nor `'static`, so that it may borrow from `main`, and many invocations
/// share the calling task; [`run_concurrent`] spreads them over threads. Whoever wants to set something takes a [`Runtime`] with
/// an [`HttpLayer`].
///
/// ```no_run
/// use axum::{Router, routing::get};
/// use lambda_runtime::{Error, http::run};
///
/// #[tokio::main(flavor = "current_thread")]
/// async fn main() -> Result<(), Error> {
///     run(Router::new().route("/", get(async || "hello"))).await
/// }
/// ```
///
/// # Errors
///
/// See [`crate::run`].
pub async fn run<S>(service: S) -> Result<(), Error>
where
    S: Service<Request>,
    S::Response: IntoResponse,
    S::Error: Into<Diagnostic> + 'static,
{
    Runtime::new(service).layer(HttpLayer::new()).layer(TracingLayer::new()).run::<RawPayload>().await
}

/// The same as [`run`], with concurrent invocations spread over tokio's workers, as [`crate::run_concurrent`] does it.
///
/// # Errors
///
/// See [`crate::run`].
pub async fn run_concurrent<S>(service: S) -> Result<(), Error>
where
    S: Service<Request> + Send + 'static,
    S::Response: IntoResponse,
    S::Error: Into<Diagnostic> + 'static,
    S::Future: Send,
{
    let runtime = Runtime::new(service).layer(HttpLayer::new()).layer(TracingLayer::new());
    runtime.run_concurrent::<RawPayload>().await
}
