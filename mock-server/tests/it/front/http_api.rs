//! HTTP APIs.

use mock_server::Front;
use serde_json::json;

use super::{Stage, members};
use crate::raw::{get, head, post};

#[tokio::test]
async fn path_query_headers_and_cookies_reach_the_function() {
    let stage = Stage::new(Front::http_api());
    let headers = [("X-One", "1"), ("x-one", "2"), ("Cookie", "a=1; b=2"), ("X-Amzn-Trace-Id", "Root=1-2-3")];
    let request = head("GET", "/a%20b/%C3%BC?k=1&k=%32", &headers) + "\r\n";
    let (event, reply) = stage.exchange(request, r#"{"statusCode":204}"#).await;
    assert_eq!((&event["rawPath"], &event["rawQueryString"]), (&json!("/a b/ü"), &json!("k=1&k=%32")));
    assert_eq!(event["queryStringParameters"], json!({ "k": "1,2" }));
    assert_eq!(event["cookies"], json!(["a=1", "b=2"]));
    let names = [
        "content-length",
        "host",
        "x-amzn-trace-id",
        "x-forwarded-for",
        "x-forwarded-port",
        "x-forwarded-proto",
        "x-one",
    ];
    assert_eq!(members(&event["headers"]), names);
    assert_eq!(event["headers"]["x-one"], "1,2");
    let context = &event["requestContext"];
    assert_eq!(context["http"]["sourceIp"], "127.0.0.1");
    assert_eq!(context["apiId"].as_str(), Some(stage.front.id()));
    assert_eq!(stage.front.id().len(), 10);
    assert_eq!(context["requestId"].as_str(), reply.header("apigw-requestid"));
    assert_eq!(reply.brief(), (204, ""));
}

#[tokio::test]
async fn status_headers_cookies_and_bytes_are_the_functions() {
    let stage = Stage::new(Front::http_api());
    let request = post("/", &[("Content-Type", "application/x-www-form-urlencoded")], b"a=b");
    let result = r#"{"statusCode":418,"headers":{"x-pot":"tea"},"cookies":["a=1","b=2"],"body":"AP+A","isBase64Encoded":true}"#;
    let (event, reply) = stage.exchange(request, result).await;
    assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("YT1i"), &json!(true)));
    assert_eq!((reply.status(), &*reply.body), (418, &b"\x00\xff\x80"[..]));
    assert_eq!(reply.header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(reply.header("x-pot"), Some("tea"));
    assert_eq!(reply.head.matches("Set-Cookie: ").count(), 2, "{}", reply.head);
}

#[tokio::test]
async fn a_result_without_a_status_is_the_body() {
    let (_, reply) = Stage::new(Front::http_api()).exchange(get("/"), r#"{"n": 42}"#).await;
    assert_eq!(
        (reply.brief(), reply.header("content-type")),
        ((200, r#"{"n": 42}"#), Some("application/json"))
    );
}

#[tokio::test]
async fn payload_format_1_speaks_as_a_rest_api_does() {
    let stage = Stage::new(Front::http_api().payload_format_1());
    let result = r#"{"statusCode":200,"multiValueHeaders":{"a":["1","2"]},"body":"hi"}"#;
    let (event, reply) = stage.exchange(get("/a%20b?k=1&k=2"), result).await;
    assert_eq!((&event["version"], &event["path"]), (&json!("1.0"), &json!("/a b")));
    assert_eq!(event["queryStringParameters"], json!({ "k": "2" }));
    assert_eq!(event["multiValueHeaders"]["Host"], json!(["localhost"]));
    assert_eq!(event["requestContext"]["requestId"].as_str(), reply.header("apigw-requestid"));
    assert_eq!((reply.brief(), reply.head.matches("\r\nA: ").count()), ((200, "hi"), 2));
}

#[tokio::test]
async fn headers_that_are_not_utf_8_reach_the_function_as_latin_1() {
    let stage = Stage::new(Front::http_api());
    let request = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Name: caf\xe9\r\nCookie: a=\xe9\r\n\r\n";
    let (event, _) = stage.exchange(request, "{}").await;
    assert_eq!((&event["headers"]["x-name"], &event["cookies"]), (&json!("café"), &json!(["a=é"])));
}
