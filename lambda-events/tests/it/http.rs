//! Events of HTTP as requests, and responses as their senders take them.
//!
//! What an event says is read a second time, from a [`Value`], in `oracle`; `samples` holds requests against it. `mistakes` are
//! those of other crates, `hostile` what nobody should send, `targets` the escapes of paths and queries, `responses` the way
//! back, and `to_event` requests that become events.

#![expect(clippy::unwrap_used, reason = "an event that lacks what a test looks at fails the test")]

mod hostile;
mod mistakes;
mod oracle;
mod responses;
mod samples;
mod targets;
mod to_event;

use lambda_events::http::{self, HttpEvent, Request, RequestError, ResponseFormat};
use serde_json::{Value, json};

fn read(event: &Value) -> Result<Request, RequestError> {
    http::from_slice(event.to_string().as_bytes())
}

/// An event of each format, whose target is put in by the test.
fn of_each_format() -> Vec<(&'static str, Value)> {
    let api = json!({ "stage": "$default", "domainName": "api.example.com", "http": { "method": "GET" } });
    let url = json!({ "stage": "$default", "domainName": "x.lambda-url.eu-west-1.on.aws", "http": { "method": "GET" } });
    let elb = json!({ "elb": { "targetGroupArn": "arn" } });
    vec![
        ("function URL", json!({ "version": "2.0", "requestContext": url, "headers": {} })),
        ("HTTP API", json!({ "version": "2.0", "requestContext": api, "headers": {} })),
        (
            "HTTP API 1.0",
            json!({ "version": "1.0", "httpMethod": "GET", "requestContext": { "resourcePath": "/" } }),
        ),
        (
            "REST API",
            json!({ "httpMethod": "GET", "requestContext": { "resourcePath": "/" }, "headers": {} }),
        ),
        ("load balancer", json!({ "httpMethod": "GET", "requestContext": elb, "headers": {} })),
        (
            "load balancer, multi-value",
            json!({ "httpMethod": "GET", "requestContext": elb, "multiValueHeaders": {} }),
        ),
        (
            "VPC Lattice",
            json!({ "version": "2.0", "method": "GET", "requestContext": { "serviceNetworkArn": "arn" } }),
        ),
        ("VPC Lattice, version 1", json!({ "method": "GET", "headers": {} })),
    ]
}

/// The member of an event that its path is in.
fn path_member(name: &str) -> &'static str {
    match name {
        "function URL" | "HTTP API" => "rawPath",
        "VPC Lattice, version 1" => "raw_path",
        _ => "path",
    }
}

/// The event with a path.
fn with_path(name: &str, event: &Value, path: &str) -> Value {
    let mut event = event.clone();
    event[path_member(name)] = path.into();
    event
}

/// The format of the answer to the event of this name.
fn format(name: &str) -> ResponseFormat {
    let events = of_each_format();
    let (_, event) = events.iter().find(|(known, _)| *known == name).unwrap();
    let request = read(&with_path(name, event, "/")).unwrap();
    HttpEvent::of(&request).unwrap().response_format()
}
