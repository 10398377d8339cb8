//! Literal bytes of the Runtime API: what a runtime calls, and what it is given.
//!
//! Refusals and the 202 are in `refusal`, the bodies of error reports as other runtimes write them in
//! `report`.

use bytes::Bytes;
use http::HeaderMap;
use lambda_api::{
    Deadline, DecodeError, Endpoint, ErrorReport, ErrorType, FunctionArn, InvocationId, ReplyError, header,
    runtime::{
        ErrorTrailers, Prelude, XrayErrorCause, XrayException, XrayFrame, error, init_error,
        next::{self, Invocation},
        response::{self, ResponseMode},
        restore,
    },
};

use super::{assert_call_is, assert_reply_is, call, reply, request_id, take_apart};

const INVOCATION_ID: &str = "5b0d1c0e-6a0a-4f5a-9d6e-0c2d6f3f7c11";

fn invocation_id() -> InvocationId {
    InvocationId::new(INVOCATION_ID).unwrap()
}

#[test]
fn the_call_to_next_is_a_bare_get() {
    // The example request of https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
    let literal = b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n\r\n";
    let (endpoint, headers, _) = call(literal);
    assert_eq!(endpoint, Endpoint::InvocationNext);
    assert_eq!(next::Call::from_http(&headers), Ok(next::Call::new()));
    assert_call_is(&next::Call::new().to_http().unwrap(), literal);
}

#[test]
fn the_call_to_next_names_the_runtime_and_its_features() {
    // AWS's runtime interface emulator reads both headers.
    let literal = b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n\
        User-Agent: aws-lambda-rust/1.5.0\r\n\
        Lambda-Runtime-Features: streaming otel\r\n\
        \r\n";
    let mut expected = next::Call::new();
    expected.user_agent = Some("aws-lambda-rust/1.5.0".into());
    expected.features = Some("streaming otel".into());
    let (_, headers, _) = call(literal);
    assert_eq!(next::Call::from_http(&headers).as_ref(), Ok(&expected));
    assert_call_is(&expected.to_http().unwrap(), literal);
}

#[test]
fn a_reply_to_next_has_every_header() {
    // Id, deadline, ARN and trace id are the examples of
    // https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html, which describes the attempt's id too;
    // the forms of client context, identity and tenant are those of AWS's runtime interface emulator.
    let literal = b"HTTP/1.1 200 OK\r\n\
        Content-Type: application/json\r\n\
        Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n\
        Lambda-Runtime-Deadline-Ms: 1542409706888\r\n\
        Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-2:123456789012:function:custom-runtime\r\n\
        Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1\r\n\
        Lambda-Runtime-Client-Context: {\"custom\":{\"theme\":\"dark\"}}\r\n\
        Lambda-Runtime-Cognito-Identity: {\"cognitoIdentityId\":\"us-east-2:1\",\"cognitoIdentityPoolId\":\"us-east-2:2\"}\r\n\
        Lambda-Runtime-Aws-Tenant-Id: blue\r\n\
        Lambda-Runtime-Invocation-Id: 5b0d1c0e-6a0a-4f5a-9d6e-0c2d6f3f7c11\r\n\
        \r\n\
        {\"n\":21}";
    let arn = "arn:aws:lambda:us-east-2:123456789012:function:custom-runtime";
    let identity = r#"{"cognitoIdentityId":"us-east-2:1","cognitoIdentityPoolId":"us-east-2:2"}"#;
    let trace_id = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1";
    let mut expected = Invocation::new(request_id());
    expected.invocation_id = Some(invocation_id());
    expected.deadline = Some(Deadline::from_unix_millis(1_542_409_706_888));
    expected.invoked_function_arn = Some(FunctionArn::new(arn).unwrap());
    expected.trace_id = Some(trace_id.into());
    expected.client_context = Some(r#"{"custom":{"theme":"dark"}}"#.into());
    expected.cognito_identity = Some(identity.into());
    expected.tenant_id = Some("blue".into());
    expected.content_type = Some("application/json".into());
    expected.payload = r#"{"n":21}"#.into();
    assert_eq!(Invocation::from_http(reply(literal)).as_ref(), Ok(&expected));
    assert_reply_is(&expected.to_http().unwrap(), literal);
}

#[test]
fn a_reply_to_next_needs_only_the_request_id() {
    // Emulators leave out the others; of the headers in
    // https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html only the id is needed to answer.
    let literal = b"HTTP/1.1 200 OK\r\n\
        Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n\
        \r\n";
    let expected = Invocation::new(request_id());
    assert_eq!(Invocation::from_http(reply(literal)).as_ref(), Ok(&expected));
    assert_reply_is(&expected.to_http().unwrap(), literal);
}

#[test]
fn an_empty_header_counts_as_absent() {
    // The multi-concurrency core of AWS's runtime interface emulator may send the three with nothing in them.
    let literal = b"HTTP/1.1 200 OK\r\n\
        Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n\
        Lambda-Runtime-Trace-Id: \r\n\
        Lambda-Runtime-Client-Context:\r\n\
        Lambda-Runtime-Cognito-Identity: \r\n\
        \r\n";
    assert_eq!(Invocation::from_http(reply(literal)), Ok(Invocation::new(request_id())));
}

#[test]
fn a_reply_to_next_without_a_request_id_names_the_header() {
    // No AWS server sends this; gateways and half-finished emulators do.
    let literal = b"HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: \r\n\r\n{}";
    let missing = DecodeError::MissingHeader { name: header::REQUEST_ID };
    assert_eq!(Invocation::from_http(reply(literal)), Err(ReplyError::Unreadable(missing)));
}

#[test]
fn a_client_context_is_raw_utf_8() {
    // AWS's runtime interface emulator decodes the invoker's base64 and writes the bytes as they are.
    let literal = b"HTTP/1.1 200 OK\r\n\
        Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n\
        Lambda-Runtime-Client-Context: {\"custom\":{\"name\":\"Zo\xc3\xab \xf0\x9f\x98\x80\"}}\r\n\
        \r\n";
    let mut expected = Invocation::new(request_id());
    expected.client_context = Some("{\"custom\":{\"name\":\"Zoë 😀\"}}".into());
    assert_eq!(Invocation::from_http(reply(literal)).as_ref(), Ok(&expected));
    assert_reply_is(&expected.to_http().unwrap(), literal);
}

#[track_caller]
fn assert_response(literal: &[u8], expected: &response::Call) {
    let (endpoint, headers, body) = call(literal);
    assert_eq!(endpoint, Endpoint::InvocationResponse { request_id: expected.request_id.clone() });
    assert_eq!(response::Call::from_http(request_id(), &headers).as_ref(), Ok(expected));
    assert_call_is(&expected.to_http(body).unwrap(), literal);
}

#[test]
fn a_buffered_response_is_a_bare_post() {
    // The example success request of https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
    let literal =
        b"POST /2018-06-01/runtime/invocation/8476a536-e9f4-11e8-9739-2dfe598c3fcd/response HTTP/1.1\r\n\
        \r\n\
        SUCCESS";
    assert_response(literal, &response::Call::new(request_id()));
}

#[test]
fn a_buffered_response_echoes_the_attempt_and_has_a_content_type() {
    // The echo: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. That the content type is
    // passed on: AWS's runtime interface emulator.
    let literal =
        b"POST /2018-06-01/runtime/invocation/8476a536-e9f4-11e8-9739-2dfe598c3fcd/response HTTP/1.1\r\n\
        Lambda-Runtime-Invocation-Id: 5b0d1c0e-6a0a-4f5a-9d6e-0c2d6f3f7c11\r\n\
        Content-Type: application/octet-stream\r\n\
        \r\n\
        \x00\xff";
    let mut expected = response::Call::new(request_id());
    expected.invocation_id = Some(invocation_id());
    expected.content_type = Some("application/octet-stream".into());
    assert_response(literal, &expected);
}

#[test]
fn a_streamed_response_announces_its_mode_and_both_trailers() {
    // https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming
    let literal =
        b"POST /2018-06-01/runtime/invocation/8476a536-e9f4-11e8-9739-2dfe598c3fcd/response HTTP/1.1\r\n\
        Lambda-Runtime-Function-Response-Mode: streaming\r\n\
        Transfer-Encoding: chunked\r\n\
        Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\
        Content-Type: application/vnd.awslambda.http-integration-response\r\n\
        \r\n";
    let mut expected = response::Call::new(request_id());
    expected.mode = ResponseMode::Streaming;
    expected.content_type = Some(Prelude::CONTENT_TYPE.into());
    assert_response(literal, &expected);
}

#[test]
fn a_response_mode_other_than_streaming_is_not_taken() {
    // AWS's runtime interface emulator refuses all but nothing and exactly this word.
    for mode in ["buffered", "Streaming", "streaming "] {
        let headers = HeaderMap::from_iter([(header::RESPONSE_MODE, mode.parse().unwrap())]);
        let error = response::Call::from_http(request_id(), &headers).unwrap_err();
        assert_eq!(
            error.to_string(),
            "header lambda-runtime-function-response-mode is not the word streaming"
        );
    }
}

#[test]
fn a_prelude_ends_with_eight_nul_bytes() {
    // Form and separator are those of AWS's Node.js runtime interface client;
    // https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming
    let literal =
        b"{\"statusCode\":201,\"headers\":{\"content-type\":\"text/html\"},\"cookies\":[\"a=b\",\"c=d\"]}\
        \x00\x00\x00\x00\x00\x00\x00\x00<html>\x00";
    let expected = Prelude::new(201).header("content-type", "text/html").cookie("a=b").cookie("c=d");
    assert_eq!(Prelude::split_complete(literal), Ok((expected.clone(), &b"<html>\x00"[..])));
    assert_eq!(expected.to_bytes(), literal[..literal.len() - 7]);
    // Seven bytes are not its end, and neither is a stream that stops in front of them an error yet.
    let end = literal.len() - 7;
    assert_eq!(Prelude::split(&literal[..end - 1]), Ok(None));
    assert_eq!(Prelude::split_complete(&literal[..end - 1]), Err(DecodeError::UnterminatedPrelude));
}

#[test]
fn the_error_of_a_stream_is_two_trailers() {
    // https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming; the
    // text is that of an error report in https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
    let literal = b"0\r\n\
        Lambda-Runtime-Function-Error-Type: Function.InvalidEventData\r\n\
        Lambda-Runtime-Function-Error-Body: eyJlcnJvck1lc3NhZ2UiOiJFcnJvciBwYXJzaW5nIGV2ZW50IGRhdGEuIiwiZXJyb3JUeXBlIjoiSW52YWxpZEV2ZW50RGF0YUV4Y2VwdGlvbiJ9\r\n\
        \r\n";
    let (_, trailers, _) = take_apart(literal);
    let report = ErrorReport::new("InvalidEventDataException", "Error parsing event data.");
    let expected = ErrorTrailers::new(&ErrorType::function("InvalidEventData"), &report);
    assert_eq!(ErrorTrailers::from_http(&trailers).as_ref(), Ok(&Some(expected.clone())));
    assert_eq!(expected.to_http(), trailers);
    assert_eq!(ErrorTrailers::from_http(&HeaderMap::new()), Ok(None));
}

#[test]
fn an_error_has_a_category_an_xray_cause_and_a_report() {
    // Path, category and the three members of the body:
    // https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. The cause: AWS's runtime interface emulator.
    let literal = b"POST /2018-06-01/runtime/invocation/8476a536-e9f4-11e8-9739-2dfe598c3fcd/error HTTP/1.1\r\n\
        Content-Type: application/json\r\n\
        Lambda-Runtime-Invocation-Id: 5b0d1c0e-6a0a-4f5a-9d6e-0c2d6f3f7c11\r\n\
        Lambda-Runtime-Function-Error-Type: Function.InvalidEventData\r\n\
        Lambda-Runtime-Function-XRay-Error-Cause: {\"working_directory\":\"/var/task\",\"exceptions\":[{\"type\":\"T\",\"message\":\"m\",\"stack\":[{\"path\":\"p\",\"line\":1,\"label\":\"fn\"}]}],\"paths\":[\"p\"]}\r\n\
        \r\n\
        {\"errorMessage\":\"Error parsing event data.\",\"errorType\":\"InvalidEventDataException\",\"stackTrace\":[\"main.rs:1\",\"lib.rs:2\"]}";
    let mut report = ErrorReport::new("InvalidEventDataException", "Error parsing event data.");
    report.stack_trace = vec!["main.rs:1".into(), "lib.rs:2".into()];
    let mut expected = error::Call::new(request_id(), &ErrorType::function("InvalidEventData"), &report);
    expected.invocation_id = Some(invocation_id());
    expected.xray_cause = Some(XrayErrorCause {
        working_directory: "/var/task".into(),
        message: None,
        exceptions: vec![XrayException {
            kind: "T".into(),
            message: "m".into(),
            stack: vec![XrayFrame { path: "p".into(), line: 1, label: "fn".into() }],
        }],
        paths: vec!["p".into()],
    });

    let (endpoint, headers, body) = call(literal);
    assert_eq!(endpoint, Endpoint::InvocationError { request_id: request_id() });
    assert_eq!(ErrorReport::from_bytes(&body), Ok(report));
    assert_eq!(error::Call::from_http(request_id(), &headers, body).as_ref(), Ok(&expected));
    assert_call_is(&expected.to_http().unwrap(), literal);
}

#[test]
fn an_error_may_be_any_bytes_and_an_unreadable_xray_cause_is_ignored() {
    // AWS's runtime interface emulator forwards the body unseen and drops such a cause without a word.
    let literal =
        b"POST /2018-06-01/runtime/invocation/8476a536-e9f4-11e8-9739-2dfe598c3fcd/error HTTP/1.1\r\n\
        Lambda-Runtime-Function-XRay-Error-Cause: {\"working_directory\"\r\n\
        \r\n\
        \xff{";
    let (_, headers, body) = call(literal);
    let decoded = error::Call::from_http(request_id(), &headers, body).unwrap();
    assert_eq!((decoded.xray_cause, decoded.error_type, decoded.content_type), (None, None, None));
    assert_eq!(&decoded.body[..], b"\xff{");
}

#[test]
fn init_error_has_a_category_and_a_report() {
    // Category and report are examples in https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
    let literal = b"POST /2018-06-01/runtime/init/error HTTP/1.1\r\n\
        Content-Type: application/json\r\n\
        Lambda-Runtime-Function-Error-Type: Runtime.NoSuchHandler\r\n\
        \r\n\
        {\"errorMessage\":\"Failed to load function.\",\"errorType\":\"InvalidFunctionException\"}";
    let report = ErrorReport::new("InvalidFunctionException", "Failed to load function.");
    let expected = init_error::Call::new(&ErrorType::runtime("NoSuchHandler"), &report);
    let (endpoint, headers, body) = call(literal);
    assert_eq!(endpoint, Endpoint::InitError);
    assert_eq!(init_error::Call::from_http(&headers, body).as_ref(), Ok(&expected));
    assert_call_is(&expected.to_http().unwrap(), literal);
}

#[test]
fn restore_next_is_a_bare_get_with_an_empty_reply() {
    // Path and statuses: https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks.html; the empty
    // body: AWS's runtime interface emulator.
    let (called, replied) =
        (b"GET /2018-06-01/runtime/restore/next HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n");
    assert_eq!(call(called).0, Endpoint::RestoreNext);
    assert_call_is(&restore::NextCall.to_http(), called);
    assert_eq!(restore::Restored::from_http(reply(replied)), Ok(restore::Restored));
    assert_reply_is(&restore::Restored.to_http(), replied);
    // Without SnapStart there is no such endpoint: AWS's runtime interface emulator.
    let refusal = restore::Restored::from_http(reply(b"HTTP/1.1 404 Not Found\r\n\r\n404 page not found"));
    assert_eq!(refusal.unwrap_err().to_string(), "404 Not Found: 404 page not found");
}

#[test]
fn restore_error_has_a_category_and_a_report() {
    // https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks.html; the category is that of AWS's
    // Python runtime interface client.
    let literal = b"POST /2018-06-01/runtime/restore/error HTTP/1.1\r\n\
        Content-Type: application/json\r\n\
        Lambda-Runtime-Function-Error-Type: Runtime.AfterRestoreError\r\n\
        \r\n\
        {\"errorMessage\":\"no network\",\"errorType\":\"HookFailed\"}";
    let report = ErrorReport::new("HookFailed", "no network");
    let expected = restore::ErrorCall::new(&ErrorType::runtime("AfterRestoreError"), &report);
    let (endpoint, headers, body) = call(literal);
    assert_eq!(endpoint, Endpoint::RestoreError);
    assert_eq!(restore::ErrorCall::from_http(&headers, body).as_ref(), Ok(&expected));
    assert_call_is(&expected.to_http().unwrap(), literal);
}

#[test]
fn an_unreadable_invocation_can_still_be_answered_by_its_ids() {
    // Ids as in https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html; the deadline is broken.
    let literal = b"HTTP/1.1 200 OK\r\n\
        Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n\
        Lambda-Runtime-Invocation-Id: 5b0d1c0e-6a0a-4f5a-9d6e-0c2d6f3f7c11\r\n\
        Lambda-Runtime-Deadline-Ms: soon\r\n\
        \r\n";
    let reply = reply(literal);
    assert_eq!(Invocation::ids(reply.headers()), Some((request_id(), Some(invocation_id()))));
    let Err(ReplyError::Unreadable(error)) = Invocation::from_http(reply.map(|_| Bytes::new())) else {
        panic!("a deadline in words was taken");
    };
    assert_eq!(error.to_string(), "header lambda-runtime-deadline-ms is not a whole number of milliseconds");
}
