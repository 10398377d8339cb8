//! Literal bytes of error reports as runtimes of other languages write them.
//!
//! A service gets them all; what it cannot read it must still forward, so all that matters here is that
//! nothing is lost and that a decoding error says where.

use lambda_api::{DecodeError, ErrorReport};
use serde_json::{Value, json};

#[track_caller]
fn decode(literal: &[u8]) -> ErrorReport {
    let report = ErrorReport::from_bytes(literal).unwrap();
    // The order of members is not kept, the members are.
    assert_eq!(
        serde_json::from_str::<Value>(&report.to_json()).unwrap(),
        serde_json::from_slice::<Value>(literal).unwrap()
    );
    report
}

#[track_caller]
fn path_of_error(literal: &[u8]) -> String {
    match ErrorReport::from_bytes(literal) {
        Err(DecodeError::InvalidBody { expected: "an error report", source }) => {
            source.path().unwrap_or_default().to_owned()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_documented_report_may_be_written_with_spaces() {
    // The example request body of https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html, and the example
    // with an empty stack of https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html.
    let expected = ErrorReport::new("InvalidEventDataException", "Error parsing event data.");
    for literal in [
        &b"{\n    \"errorMessage\" : \"Error parsing event data.\",\n    \"errorType\" : \"InvalidEventDataException\"\n}"[..],
        b"{\n  \"errorMessage\" : \"Error parsing event data.\",\n  \"errorType\" : \"InvalidEventDataException\",\n  \"stackTrace\": [ ]\n}\n",
    ] {
        assert_eq!(ErrorReport::from_bytes(literal), Ok(expected.clone()));
    }
}

#[test]
fn the_request_id_of_a_python_report_is_kept() {
    // The members were recorded against the service; the texts are made up.
    let report = decode(
        b"{\"errorMessage\": \"Error: boom\", \"errorType\": \"Exception\", \
        \"requestId\": \"8476a536-e9f4-11e8-9739-2dfe598c3fcd\", \
        \"stackTrace\": [\"  File \\\"/var/task/handler.py\\\", line 4, in handler\\n    raise Exception(\\\"boom\\\")\\n\"]}",
    );
    assert_eq!((report.error_type.as_str(), report.error_message.as_str()), ("Exception", "Error: boom"));
    assert_eq!(
        report.stack_trace,
        ["  File \"/var/task/handler.py\", line 4, in handler\n    raise Exception(\"boom\")\n"]
    );
    assert_eq!(report.other["requestId"], json!("8476a536-e9f4-11e8-9739-2dfe598c3fcd"));
}

#[test]
fn the_trace_of_a_node_report_is_kept_under_its_own_name() {
    // The members were recorded against the service; the texts are made up.
    let report = decode(
        b"{\"errorType\":\"Error\",\"errorMessage\":\"boom\",\
        \"trace\":[\"Error: boom\",\"    at Runtime.handler (file:///var/task/index.mjs:2:9)\"]}",
    );
    assert_eq!((report.error_type.as_str(), report.error_message.as_str()), ("Error", "boom"));
    assert!(report.stack_trace.is_empty());
    assert_eq!(report.other["trace"][1], "    at Runtime.handler (file:///var/task/index.mjs:2:9)");
}

#[test]
fn the_cause_of_a_java_report_is_a_report() {
    // The members were recorded against the service; the texts are made up.
    let report = decode(
        b"{\"errorMessage\":\"outer\",\"errorType\":\"java.lang.RuntimeException\",\
        \"stackTrace\":[\"example.Handler.handleRequest(Handler.java:8)\"],\
        \"cause\":{\"errorMessage\":\"inner\",\"errorType\":\"java.io.IOException\",\"stackTrace\":[\"example.Handler.read(Handler.java:14)\"]}}",
    );
    let cause = report.cause.unwrap();
    assert_eq!((cause.error_type.as_str(), cause.error_message.as_str()), ("java.io.IOException", "inner"));
    assert_eq!(cause.stack_trace, ["example.Handler.read(Handler.java:14)"]);
    assert!(report.other.is_empty());
}

#[test]
fn a_report_of_ruby_or_rust_needs_no_stack() {
    // The members were recorded against the service, and so was the type that AWS's Rust runtime sends.
    let ruby = decode(
        b"{\"errorMessage\":\"boom\",\"errorType\":\"Function<RuntimeError>\",\"stackTrace\":[\"/var/task/f.rb:2:in 'handler'\"]}",
    );
    assert_eq!(ruby.error_type, "Function<RuntimeError>");
    let rust = decode(
        b"{\"errorType\":\"&alloc::boxed::Box<dyn core::error::Error + core::marker::Send + core::marker::Sync>\",\"errorMessage\":\"boom\"}",
    );
    assert!(rust.stack_trace.is_empty());
}

#[test]
fn a_go_report_without_a_stack_is_read() {
    // The members were recorded against the service.
    let report = decode(b"{\"errorMessage\":\"boom\",\"errorType\":\"errorString\"}");
    assert_eq!(report, ErrorReport::new("errorString", "boom"));
}

#[test]
fn the_stack_of_a_go_panic_is_refused_by_name() {
    // Recorded against the service: Go's stack has objects where the documentation has texts.
    let literal = b"{\"errorMessage\":\"boom\",\"errorType\":\"string\",\
        \"stackTrace\":[{\"path\":\"github.com/example/main.go\",\"line\":9,\"label\":\"handler\"}]}";
    assert_eq!(path_of_error(literal), "stackTrace[0]");
}

#[test]
fn a_member_of_another_type_is_refused_by_name() {
    // The types of the members: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
    for (literal, path) in [
        (&b"{\"errorMessage\":7}"[..], "errorMessage"),
        (b"{\"errorType\":null}", "errorType"),
        (b"{\"stackTrace\":\"main.rs\"}", "stackTrace"),
        (b"{\"cause\":{\"stackTrace\":[\"a\",{}]}}", "cause.stackTrace[1]"),
    ] {
        assert_eq!(path_of_error(literal), path);
    }
}
