//! What of a request reaches the function.

use mock_server::{MockLambda, UrlAuth, UrlSettings};
use serde_json::json;
use tokio::net::TcpListener;

use super::Stage;
use crate::raw::{get, head, post};

#[tokio::test]
async fn path_query_headers_and_cookies_reach_the_function() {
    let stage = Stage::new(UrlSettings::default());
    let headers = [("X-One", "1"), ("x-one", "2"), ("Cookie", "a=1; b=2"), ("X-Amzn-Trace-Id", "Root=1-2-3")];
    let request = head("GET", "/a%20b//c?k=1&k=%32", &headers) + "\r\n";
    let (event, reply) = stage.exchange(request, "{}").await;
    assert_eq!((&event["rawPath"], &event["rawQueryString"]), (&json!("/a%20b//c"), &json!("k=1&k=%32")));
    assert_eq!(event["queryStringParameters"], json!({ "k": "1,2" }));
    assert_eq!(event["cookies"], json!(["a=1", "b=2"]));
    assert_eq!((&event["headers"]["x-one"], &event["headers"]["host"]), (&json!("1,2"), &json!("localhost")));
    assert_eq!(event["headers"]["x-forwarded-for"], "127.0.0.1");
    let context = &event["requestContext"];
    assert_eq!(context["http"]["method"], "GET");
    assert_eq!(context["http"]["sourceIp"], "127.0.0.1");
    assert_eq!(context["apiId"].as_str(), Some(stage.url.id()));
    assert_eq!(stage.url.id().len(), 32);
    assert_eq!(context["requestId"].as_str(), reply.header("x-amzn-requestid"));
    assert_eq!(reply.header("x-amzn-trace-id"), Some("Root=1-2-3"));
}

#[tokio::test]
async fn a_request_without_a_trace_gets_one_that_guest_event_and_client_see() {
    let stage = Stage::new(UrlSettings::default());
    let (mut client, mut guest, event) = stage.begun(get("/")).await;
    let path = crate::guest::response_path(crate::guest::request_id(&event));
    guest.post(&path, "{}").await;
    let reply = client.reply().await;
    let trace = event.header("lambda-runtime-trace-id").map(str::to_owned);
    let event: serde_json::Value = serde_json::from_slice(&event.body).unwrap();
    assert!(trace.as_deref().is_some_and(|trace| trace.starts_with("Root=1-")), "{trace:?}");
    assert_eq!(event["headers"]["x-amzn-trace-id"].as_str(), trace.as_deref());
    assert_eq!(reply.header("x-amzn-trace-id"), trace.as_deref());
}

#[tokio::test]
async fn bytes_go_both_ways_in_base64() {
    let stage = Stage::new(UrlSettings::default());
    let request = post("/", &[("Content-Type", "image/png")], b"\x00\xff\x80");
    let result =
        r#"{"statusCode":200,"headers":{"content-type":"image/png"},"body":"AP+A","isBase64Encoded":true}"#;
    let (event, reply) = stage.exchange(request, result).await;
    assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("AP+A"), &json!(true)));
    assert_eq!(reply.body, b"\x00\xff\x80");
    assert_eq!(reply.header("content-type"), Some("image/png"));
}

#[tokio::test]
async fn a_chunked_body_is_put_together() {
    let stage = Stage::new(UrlSettings::default());
    let headers = [("Content-Type", "text/plain"), ("Transfer-Encoding", "chunked")];
    let request = head("PUT", "/", &headers) + "\r\n3\r\none\r\n4\r\n two\r\n0\r\n\r\n";
    let (event, _) = stage.exchange(request, "{}").await;
    assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("one two"), &json!(false)));
}

#[tokio::test]
async fn a_signed_request_has_an_authorizer() {
    let stage = Stage::new(UrlSettings::default().auth(UrlAuth::AwsIam));
    let headers =
        [("Authorization", "AWS4-HMAC-SHA256 Credential=AKID/20260312/us-east-1/lambda/aws4_request")];
    let (event, _) = stage.exchange(head("GET", "/", &headers) + "\r\n", "{}").await;
    assert_eq!(event["requestContext"]["authorizer"]["iam"]["accessKey"], "AKID");
}

#[tokio::test]
async fn a_url_that_is_dropped_is_closed_and_one_on_a_taken_port_is_refused() {
    let mock = MockLambda::new();
    let url = super::listen(&mock, UrlSettings::default());
    let address = url.address();
    let refused = mock.listen_url(address, "f", UrlSettings::default()).unwrap_err();
    assert_eq!(refused.to_string(), format!("the function URL cannot listen on {address}"));
    drop(url);
    crate::wait::soon(async {
        while TcpListener::bind(address).await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
