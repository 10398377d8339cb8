//! The vocabulary of the table: paths, headers, calls and the replies that come up again and again.

use crate::row::{Expected, Request};

pub(crate) const PING: &str = "/2018-06-01/ping";
pub(crate) const NEXT: &str = "/2018-06-01/runtime/invocation/next";
pub(crate) const RESPONSE: &str = "/2018-06-01/runtime/invocation/<id>/response";
pub(crate) const ERROR: &str = "/2018-06-01/runtime/invocation/<id>/error";
pub(crate) const INIT_ERROR: &str = "/2018-06-01/runtime/init/error";

/// Calls in the name of an invocation that never was.
pub(crate) const NOBODYS_RESPONSE: &str = "/2018-06-01/runtime/invocation/nobody/response";
pub(crate) const NOBODYS_ERROR: &str = "/2018-06-01/runtime/invocation/nobody/error";

pub(crate) const RESPONSE_MODE: &str = "Lambda-Runtime-Function-Response-Mode";
pub(crate) const ERROR_TYPE: &str = "Lambda-Runtime-Function-Error-Type";
pub(crate) const ATTEMPT: &str = "Lambda-Runtime-Invocation-Id";

/// The longest response, in bytes.
pub(crate) const RESPONSE_LIMIT: usize = 6 * 1024 * 1024 + 100;
/// A trace, as a caller gives it on.
pub(crate) const TRACE: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

/// Name of the function's own process.
pub(crate) const RUNTIME: &str = "runtime";

const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";

pub(crate) fn get(path: &str) -> Request {
    called("GET", path, "")
}

pub(crate) fn post(path: &str, body: impl AsRef<[u8]>) -> Request {
    called("POST", path, body)
}

pub(crate) fn called(method: &'static str, path: &str, body: impl AsRef<[u8]>) -> Request {
    Request { method, path: path.to_owned(), headers: Vec::new(), body: body.as_ref().to_vec() }
}

pub(crate) fn reply(status: u16, content_type: &'static str, body: impl AsRef<[u8]>) -> Expected {
    let headers = vec![("Content-Type", content_type.to_owned())];
    Expected { status, headers, optional: Vec::new(), body: body.as_ref().to_vec() }
}

pub(crate) fn accepted() -> Expected {
    reply(202, JSON, "{\"status\":\"OK\"}\n")
}

pub(crate) fn refused(status: u16, error_type: &str, message: &str) -> Expected {
    reply(status, JSON, format!("{{\"errorMessage\":\"{message}\",\"errorType\":\"{error_type}\"}}\n"))
}

pub(crate) fn too_large() -> Expected {
    refused(413, "RequestEntityTooLarge", "Exceeded maximum allowed payload size (6291556 bytes).")
}

pub(crate) fn no_such_mode() -> Expected {
    refused(400, "InvalidFunctionResponseMode", "Invalid function response mode")
}

pub(crate) fn cut_short() -> Expected {
    refused(400, "TruncatedHTTPRequest", "HTTP request detected as truncated")
}

pub(crate) fn no_such_id() -> Expected {
    refused(400, "InvalidRequestID", "Invalid request ID")
}

/// What a runtime is told that makes a call in the wrong state.
pub(crate) fn not_from(from: &str, to: &str) -> Expected {
    let message = format!(
        "State transition from {from} to {to} failed for runtime. Error: State transition is not allowed"
    );
    refused(403, "InvalidStateTransition", &message)
}

pub(crate) fn pong() -> Expected {
    reply(200, TEXT, "pong")
}

pub(crate) fn no_such_page() -> Expected {
    reply(404, TEXT, "404 page not found\n").with("X-Content-Type-Options", "nosniff")
}

pub(crate) fn wrong_method(allow: &'static str) -> Expected {
    let headers = vec![("Allow", allow.to_owned())];
    Expected { status: 405, headers, optional: Vec::new(), body: Vec::new() }
}

pub(crate) fn go_on() -> Expected {
    Expected { status: 100, headers: Vec::new(), optional: Vec::new(), body: Vec::new() }
}

/// An event, as it comes when the caller has said nothing but its payload.
pub(crate) fn event(payload: impl AsRef<[u8]>) -> Expected {
    reply(200, JSON, payload)
        .with("Lambda-Runtime-Aws-Request-Id", "<uuid>")
        .with("Lambda-Runtime-Deadline-Ms", "<number>")
        .with("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:<account>:function:function")
        // The service always sends both; the emulator makes up neither in this mode.
        .maybe("Lambda-Runtime-Trace-Id", "<any>")
        .maybe("Lambda-Runtime-Invocation-Id", "<uuid>")
}

/// A response that is streamed and ends with error trailers.
pub(crate) fn broken_stream() -> Request {
    post(
        RESPONSE,
        "3\r\none\r\n0\r\nLambda-Runtime-Function-Error-Type: Function.E\r\n\
         Lambda-Runtime-Function-Error-Body: e30=\r\n\r\n",
    )
    .with("Transfer-Encoding", "chunked")
    .with("Trailer", "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body")
    .with(RESPONSE_MODE, "streaming")
}
