//! What an extension is told by the Telemetry API beside many invocations at a time, record by record.
//!
//! Recorded from AWS's emulator, with what differs from run to run masked.

use serde_json::{Value, json};

use super::{TIMED_OUT, event, extensions::subscribed, up};
use crate::{
    row::{Expected, Request, Row},
    sink::Protocol,
    table::extensions::{EVENT, TELEMETRY, own, register, registered},
    words::{
        ERROR, ERROR_TYPE, INIT_ERROR, RESPONSE, RESPONSE_LIMIT, RUNTIME, TRACE, accepted, called, get, post,
        too_large,
    },
};

fn invoke() -> Request {
    post("", "{}").with("X-Amzn-Trace-Id", TRACE)
}

fn traced() -> Expected {
    event("{}").with("Lambda-Runtime-Trace-Id", TRACE)
}

fn record(kind: &str, record: Value) -> Value {
    json!({ "time": "<time>", "type": kind, "record": record })
}

fn init_start() -> Value {
    record(
        "platform.initStart",
        json!({
            "initializationType": "lambda-managed-instances",
            "phase": "init",
            "functionName": "function",
            "functionVersion": "$LATEST",
            "runtimeVersion": "",
            "runtimeVersionArn": "",
            "instanceId": "$LATEST",
            "instanceMaxMemory": "<number>",
        }),
    )
}

fn written(text: &str) -> Value {
    record("function", json!(text))
}

fn subscription(types: &[&str]) -> Value {
    let name = "platform.telemetrySubscription";
    record(name, json!({ "name": "inside", "state": "Subscribed", "types": types }))
}

/// What is told from the start until the subscription.
fn beginning() -> Vec<Value> {
    vec![
        init_start(),
        written("runtime was started with 127.0.0.1:<number>"),
        subscription(&["platform", "function", "extension"]),
    ]
}

fn init_end() -> Vec<Value> {
    let kind = "lambda-managed-instances";
    vec![
        record(
            "platform.initRuntimeDone",
            json!({ "initializationType": kind, "phase": "init", "status": "success" }),
        ),
        record("platform.extension", json!({ "name": "inside", "state": "Ready", "events": [] })),
        record(
            "platform.initReport",
            json!({
                "initializationType": kind,
                "phase": "init",
                "status": "success",
                "metrics": { "durationMs": "<decimal>" },
            }),
        ),
    ]
}

fn tracing() -> Value {
    json!({ "type": "X-Amzn-Trace-Id", "value": TRACE })
}

fn start() -> Value {
    record(
        "platform.start",
        json!({
            "requestId": "<uuid>",
            "version": "$LATEST",
            "functionArn": "arn:aws:lambda:us-east-1:<account>:function:function",
            "tracing": tracing(),
        }),
    )
}

/// The report of an invocation, with the spans that a response leaves.
fn report(status: &str, error_type: Option<&str>, spans: &[&str]) -> Value {
    let spans: Vec<_> = spans
        .iter()
        .map(|name| json!({ "name": name, "start": "<time>", "durationMs": "<decimal>" }))
        .collect();
    let mut report = json!({
        "requestId": "<uuid>",
        "status": status,
        "metrics": { "durationMs": "<decimal>" },
        "tracing": tracing(),
    });
    if !spans.is_empty() {
        report["spans"] = json!(spans);
    }
    if let Some(error_type) = error_type {
        report["errorType"] = json!(error_type);
    }
    record("platform.report", report)
}

const BOTH_SPANS: &[&str] = &["responseLatency", "responseDuration"];

fn subscribe(destination: &str, types: &str) -> Request {
    own(called(
        "PUT",
        TELEMETRY,
        format!(
            "{{\"schemaVersion\":\"2025-01-29\",\"destination\":{destination},\"types\":{types},\
             \"buffering\":{{\"timeoutMs\":25}}}}"
        ),
    ))
}

fn over_http() -> Request {
    let destination = "{\"protocol\":\"HTTP\",\"URI\":\"http://sandbox.localdomain:<sink>/somewhere\"}";
    subscribe(destination, "[\"platform\",\"function\",\"extension\"]")
}

/// An extension inside that has been told of the init up to its subscription.
fn listening(name: &'static str) -> Row {
    up(name)
        .listens(Protocol::Http)
        .on("the extension")
        .call(register("inside", "{}"), registered())
        .call(over_http(), subscribed())
        .told(beginning())
        .on("the runtime")
}

/// The same at the end of init.
fn ready(name: &'static str) -> Row {
    listening(name).on("the extension").send(own(get(EVENT))).on("the runtime").polls().told(init_end())
}

pub(super) fn rows() -> Vec<Row> {
    vec![
        ready("managed: records of two invocations")
            .taken_with(invoke(), traced())
            .told([start()])
            .does(RUNTIME, "echo hello; echo hello again")
            .told([written("hello"), written("hello again")])
            .does(RUNTIME, "echo complaint >&2")
            .told([written("complaint")])
            .call(post(RESPONSE, "1"), accepted())
            .answered("1")
            .told([report("success", None, BOTH_SPANS)])
            .polls()
            .taken_with(invoke(), traced())
            .call(post(RESPONSE, "1"), accepted())
            .answered("1")
            .told([start(), report("success", None, BOTH_SPANS)]),
        ready("managed: records of an error report")
            .taken_with(invoke(), traced())
            .call(post(ERROR, "1").with(ERROR_TYPE, "Function.OrderNotFound"), accepted())
            .failed("1")
            .told([start(), report("error", Some("Function.OrderNotFound"), BOTH_SPANS)]),
        ready("managed: records of a time-out")
            .timeout_seconds(1)
            .taken_with(invoke(), traced())
            .failed(TIMED_OUT)
            .told([start(), report("timeout", Some("Sandbox.Timedout"), &[])]),
        ready("managed: records of an exit")
            .taken_with(invoke(), traced())
            .does(RUNTIME, "exit 7")
            .failed("{\"errorType\":\"Runtime.ExitError\"}")
            .told([start(), report("error", Some("Runtime.ExitError"), &[])]),
        ready("managed: records of a response over the limit")
            .taken_with(invoke(), traced())
            .call(post(RESPONSE, vec![b'1'; RESPONSE_LIMIT + 1]), too_large())
            .failed("{\"errorType\":\"Function.ResponseSizeTooLarge\"}")
            .told([start(), report("error", Some("Function.ResponseSizeTooLarge"), &["responseLatency"])]),
        listening("managed: records of an init error")
            .call(post(INIT_ERROR, "{}").with(ERROR_TYPE, "Function.OutOfOrder"), accepted())
            .does(RUNTIME, "exit 1")
            .told([
                record(
                    "platform.initRuntimeDone",
                    json!({
                        "initializationType": "lambda-managed-instances",
                        "phase": "init",
                        "status": "error",
                        "errorType": "Function.OutOfOrder",
                    }),
                ),
                record(
                    "platform.extension",
                    json!({ "name": "inside", "state": "Registered", "events": [] }),
                ),
                record(
                    "platform.initReport",
                    json!({
                        "initializationType": "lambda-managed-instances",
                        "phase": "init",
                        "status": "error",
                        "errorType": "Function.OutOfOrder",
                        "metrics": { "durationMs": "<decimal>" },
                    }),
                ),
            ]),
        up("managed: records over TCP")
            .listens(Protocol::Tcp)
            .call(register("inside", "{}"), registered())
            .call(
                subscribe(
                    "{\"protocol\":\"TCP\",\"port\":<sink>}",
                    "[\"platform\",\"function\",\"extension\"]",
                ),
                subscribed(),
            )
            .told(beginning()),
        up("managed: a subscription for platform records only")
            .listens(Protocol::Http)
            .on("the extension")
            .call(register("inside", "{}"), registered())
            .call(
                subscribe(
                    "{\"protocol\":\"HTTP\",\"URI\":\"http://sandbox.localdomain:<sink>\"}",
                    "[\"platform\"]",
                ),
                subscribed(),
            )
            .told([init_start(), subscription(&["platform"])])
            .send(own(get(EVENT)))
            .on("the runtime")
            .polls()
            .told(init_end()),
        up("managed: a subscription for the function's records only")
            .listens(Protocol::Http)
            .on("the extension")
            .call(register("inside", "{}"), registered())
            .call(
                subscribe(
                    "{\"protocol\":\"HTTP\",\"URI\":\"http://sandbox.localdomain:<sink>\"}",
                    "[\"function\"]",
                ),
                subscribed(),
            )
            .told([written("runtime was started with 127.0.0.1:<number>")])
            .send(own(get(EVENT)))
            .does(RUNTIME, "echo hello")
            .told([written("hello")]),
    ]
}
