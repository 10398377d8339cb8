//! REST APIs.

use mock_server::Front;
use serde_json::json;

use super::{Stage, members};
use crate::{
    guest::{request_id, response_path},
    raw::{get, head, post},
    wait::soon,
};

#[tokio::test]
async fn the_path_stays_encoded_and_headers_have_all_their_values() {
    let stage = Stage::new(Front::rest_api().stage("live"));
    let headers = [("X-One", "1"), ("x-one", "2"), ("User-Agent", "agent")];
    let request = head("GET", "/live/a%20b/%2F?k=%31&k=2", &headers) + "\r\n";
    let (event, reply) = stage.exchange(request, r#"{"statusCode":200,"body":"hi"}"#).await;
    assert_eq!((&event["path"], &event["resource"]), (&json!("/a%20b/%2F"), &json!("/{proxy+}")));
    assert_eq!(event["pathParameters"], json!({ "proxy": "a%20b/%2F" }));
    assert_eq!(event["multiValueQueryStringParameters"], json!({ "k": ["1", "2"] }));
    let names = [
        "Host",
        "User-Agent",
        "X-Amzn-Trace-Id",
        "X-Forwarded-For",
        "X-Forwarded-Port",
        "X-Forwarded-Proto",
        "X-One",
    ];
    assert_eq!(members(&event["multiValueHeaders"]), names);
    assert_eq!(
        (&event["headers"]["X-One"], &event["multiValueHeaders"]["X-One"]),
        (&json!("2"), &json!(["1", "2"]))
    );
    let context = &event["requestContext"];
    assert_eq!((&context["path"], &context["stage"]), (&json!("/live/a%20b/%2F"), &json!("live")));
    assert_eq!(context["requestId"].as_str(), reply.header("x-amzn-requestid"));
    assert_eq!(context["extendedRequestId"].as_str(), reply.header("x-amz-apigw-id"));
    assert_eq!(event["headers"]["X-Amzn-Trace-Id"].as_str(), reply.header("x-amzn-trace-id"));
    assert_eq!((reply.brief(), reply.header("content-type")), ((200, "hi"), Some("application/json")));
}

#[tokio::test]
async fn both_kinds_of_headers_reach_the_client() {
    let result = r#"{"statusCode":201,"headers":{"x-a":"1","connection":"close"},"multiValueHeaders":{"X-B":["2","3"]}}"#;
    let (_, reply) = Stage::new(Front::rest_api()).exchange(get("/"), result).await;
    assert_eq!((reply.status(), reply.header("x-a")), (201, Some("1")));
    assert_eq!(reply.head.matches("X-B: ").count(), 2, "{}", reply.head);
    assert_eq!(reply.header("x-amzn-remapped-connection"), Some("close"));
}

#[tokio::test]
async fn bytes_go_both_ways_where_everything_is_binary() {
    let stage = Stage::new(Front::rest_api().binary_media_types(["*/*"]));
    let request = post("/", &[("Content-Type", "image/png")], b"\x00\xff\x80");
    let result = r#"{"body":"AP+A","isBase64Encoded":true}"#;
    let (event, reply) = stage.exchange(request, result).await;
    assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("AP+A"), &json!(true)));
    assert_eq!((reply.status(), &*reply.body), (200, &b"\x00\xff\x80"[..]));
}

const STREAM: [(&str, &str); 2] =
    [("Lambda-Runtime-Function-Response-Mode", "streaming"), ("Transfer-Encoding", "chunked")];

#[tokio::test]
async fn the_client_has_each_piece_of_a_stream_before_the_guest_sends_the_next() {
    let stage = Stage::new(Front::rest_api().response_stream());
    let (mut client, mut guest, event) = stage.begun(get("/")).await;
    guest.send(head("POST", &response_path(request_id(&event)), &STREAM) + "\r\n").await;
    let prelude = r#"{"statusCode":203,"headers":{"Content-Type":"text/event-stream"},"multiValueHeaders":{"a":["1","2"]},"cookies":["c=d"]}"#;
    let beginning = format!("{prelude}\0\0\0\0\0\0\0\0");
    guest.send(format!("{:x}\r\n{beginning}\r\n", beginning.len())).await;
    let reply = soon(client.reply_head()).await;
    assert_eq!((reply.status(), reply.header("content-type")), (203, Some("text/event-stream")));
    assert_eq!((reply.head.matches("\r\nA: ").count(), reply.header("set-cookie")), (2, Some("c=d")));
    assert_eq!(reply.header("x-amzn-requestid"), Some(request_id(&event)));
    for text in ["one", "two"] {
        guest.send(format!("{:x}\r\n{text}\r\n", text.len())).await;
        assert_eq!(soon(client.chunk()).await.unwrap(), text.as_bytes());
    }
    guest.send("0\r\n\r\n").await;
    assert_eq!(soon(client.chunk()).await, None);
}

#[tokio::test]
async fn a_stream_without_a_prelude_is_malformed() {
    let stage = Stage::new(Front::rest_api().response_stream());
    let (_, reply) = stage.exchange(get("/"), r#"{"statusCode":200,"body":"hi"}"#).await;
    assert_eq!(reply.brief(), (502, r#"{"message": "Internal server error"}"#));
}
