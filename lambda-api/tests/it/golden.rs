//! Literal bytes of every message, so that the two directions cannot agree on something that AWS does not do.
//!
//! Each literal is a whole HTTP head and body with a comment that names its source. It is decoded and compared
//! with a typed value, and the value is encoded and compared with the literal. Headers that the HTTP layer
//! adds (`Host`, `Content-Length`, `Date`) are left out: no message of this crate has them. That both
//! directions agree on everything else is shown in `round_trip`, how bytes travel in `client`.

#![expect(clippy::unwrap_used, reason = "a literal that cannot be taken apart is a mistake in the test")]

mod environment;
mod extension;
mod refusal;
mod report;
mod runtime;
mod telemetry;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use lambda_api::{Endpoint, RequestId, header};

/// The request id of the example in <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.
const REQUEST_ID: &str = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";

/// A message in a form in which two can be compared: neither the case of a name nor the order of headers
/// means anything.
#[derive(Debug, PartialEq)]
struct Comparable {
    start: String,
    headers: Vec<String>,
    body: String,
}

fn comparable(start: String, headers: &HeaderMap, body: &[u8]) -> Comparable {
    let mut headers: Vec<_> =
        headers.iter().map(|(name, value)| format!("{name}: {}", value.as_bytes().escape_ascii())).collect();
    headers.sort();
    Comparable { start, headers, body: body.escape_ascii().to_string() }
}

/// First line, headers and body of a literal message.
fn take_apart(literal: &[u8]) -> (&str, HeaderMap, Bytes) {
    let end = literal.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let mut lines = std::str::from_utf8(&literal[..end]).unwrap().split("\r\n");
    let start = lines.next().unwrap();
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(':').unwrap();
        let value = HeaderValue::from_bytes(value.trim_start().as_bytes()).unwrap();
        headers.append(name.parse::<HeaderName>().unwrap(), value);
    }
    (start, headers, Bytes::copy_from_slice(&literal[end + 4..]))
}

/// The endpoint that a literal call is for, its headers and its body.
fn call(literal: &[u8]) -> (Endpoint, HeaderMap, Bytes) {
    let (start, headers, body) = take_apart(literal);
    let (method, path) = start.strip_suffix(" HTTP/1.1").unwrap().split_once(' ').unwrap();
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    (Endpoint::parse(&method, path).unwrap(), headers, body)
}

fn reply(literal: &[u8]) -> Response<Bytes> {
    let (start, headers, body) = take_apart(literal);
    let status = start.strip_prefix("HTTP/1.1 ").unwrap().split(' ').next().unwrap();
    let mut reply = Response::new(body);
    *reply.status_mut() = status.parse::<StatusCode>().unwrap();
    *reply.headers_mut() = headers;
    reply
}

#[track_caller]
fn assert_call_is(encoded: &Request<Bytes>, literal: &[u8]) {
    let (start, headers, body) = take_apart(literal);
    let encoded_start = format!("{} {} HTTP/1.1", encoded.method(), encoded.uri());
    assert_eq!(
        comparable(encoded_start, encoded.headers(), encoded.body()),
        comparable(start.to_owned(), &headers, &body)
    );
}

#[track_caller]
fn assert_reply_is(encoded: &Response<Bytes>, literal: &[u8]) {
    let (start, headers, body) = take_apart(literal);
    assert_eq!(
        comparable(format!("HTTP/1.1 {}", encoded.status()), encoded.headers(), encoded.body()),
        comparable(start.to_owned(), &headers, &body)
    );
}

fn request_id() -> RequestId {
    RequestId::new(REQUEST_ID).unwrap()
}

/// Paths and methods: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>,
/// <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html>,
/// <https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html>,
/// <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-logs-api.html>; ping and credentials: AWS's runtime
/// interface emulator.
#[test]
fn every_endpoint_has_its_documented_method_and_path() {
    let request_id = request_id();
    let table = [
        (Endpoint::Ping, "GET /2018-06-01/ping"),
        (Endpoint::InvocationNext, "GET /2018-06-01/runtime/invocation/next"),
        (
            Endpoint::InvocationResponse { request_id: request_id.clone() },
            "POST /2018-06-01/runtime/invocation/8476a536-e9f4-11e8-9739-2dfe598c3fcd/response",
        ),
        (
            Endpoint::InvocationError { request_id },
            "POST /2018-06-01/runtime/invocation/8476a536-e9f4-11e8-9739-2dfe598c3fcd/error",
        ),
        (Endpoint::InitError, "POST /2018-06-01/runtime/init/error"),
        (Endpoint::RestoreNext, "GET /2018-06-01/runtime/restore/next"),
        (Endpoint::RestoreError, "POST /2018-06-01/runtime/restore/error"),
        (Endpoint::Credentials, "GET /2021-04-23/credentials"),
        (Endpoint::ExtensionRegister, "POST /2020-01-01/extension/register"),
        (Endpoint::ExtensionNext, "GET /2020-01-01/extension/event/next"),
        (Endpoint::ExtensionInitError, "POST /2020-01-01/extension/init/error"),
        (Endpoint::ExtensionExitError, "POST /2020-01-01/extension/exit/error"),
        (Endpoint::LogsSubscribe, "PUT /2020-08-15/logs"),
        (Endpoint::TelemetrySubscribe, "PUT /2022-07-01/telemetry"),
        (Endpoint::ExecutionEnvironmentMetadata, "GET /2026-01-15/metadata/execution-environment"),
    ];
    // The two that carry a request id are not among the fixed ones.
    assert_eq!(table.len(), Endpoint::FIXED.len() + 2);
    for (endpoint, literal) in table {
        let (method, path) = literal.split_once(' ').unwrap();
        assert_eq!((endpoint.method().as_str(), &*endpoint.path()), (method, path));
        let request = endpoint.to_http(());
        assert_eq!((request.method().as_str(), request.uri().to_string().as_str()), (method, path));
        assert_eq!(Endpoint::parse(&method.parse().unwrap(), path), Ok(endpoint));
    }
}

/// Names: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>,
/// <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html>,
/// <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html>; tenant, X-Ray cause and
/// features: AWS's runtime interface emulator.
#[test]
fn every_header_has_its_documented_name() {
    for (constant, literal) in [
        (header::REQUEST_ID, "Lambda-Runtime-Aws-Request-Id"),
        (header::DEADLINE_MS, "Lambda-Runtime-Deadline-Ms"),
        (header::INVOKED_FUNCTION_ARN, "Lambda-Runtime-Invoked-Function-Arn"),
        (header::TRACE_ID, "Lambda-Runtime-Trace-Id"),
        (header::CLIENT_CONTEXT, "Lambda-Runtime-Client-Context"),
        (header::COGNITO_IDENTITY, "Lambda-Runtime-Cognito-Identity"),
        (header::TENANT_ID, "Lambda-Runtime-Aws-Tenant-Id"),
        (header::INVOCATION_ID, "Lambda-Runtime-Invocation-Id"),
        (header::RESPONSE_MODE, "Lambda-Runtime-Function-Response-Mode"),
        (header::ERROR_TYPE, "Lambda-Runtime-Function-Error-Type"),
        (header::ERROR_BODY, "Lambda-Runtime-Function-Error-Body"),
        (header::XRAY_ERROR_CAUSE, "Lambda-Runtime-Function-XRay-Error-Cause"),
        (header::RUNTIME_FEATURES, "Lambda-Runtime-Features"),
        (header::EXTENSION_NAME, "Lambda-Extension-Name"),
        (header::EXTENSION_ID, "Lambda-Extension-Identifier"),
        (header::EXTENSION_ACCEPT_FEATURE, "Lambda-Extension-Accept-Feature"),
        (header::EXTENSION_EVENT_ID, "Lambda-Extension-Event-Identifier"),
        (header::EXTENSION_ERROR_TYPE, "Lambda-Extension-Function-Error-Type"),
    ] {
        assert_eq!(constant.as_str(), literal.to_ascii_lowercase());
    }
}
