//! Load balancers.

use mock_server::Front;
use serde_json::json;

use super::{Stage, members};
use crate::raw::{get, head, post};

const QUERY: &str = "/a%20b?k=%31&k=%32";
const HEADERS: [(&str, &str); 2] = [("X-One", "1"), ("x-one", "2")];

#[tokio::test]
async fn the_last_value_counts_and_nothing_is_decoded() {
    let stage = Stage::new(Front::load_balancer());
    let result = r#"{"statusCode":200,"statusDescription":"200 Quite","headers":{"content-type":"text/html"},"body":"hi"}"#;
    let (event, reply) = stage.exchange(head("GET", QUERY, &HEADERS) + "\r\n", result).await;
    let expected = [
        "body",
        "headers",
        "httpMethod",
        "isBase64Encoded",
        "path",
        "queryStringParameters",
        "requestContext",
    ];
    assert_eq!(members(&event), expected);
    assert_eq!((&event["path"], &event["queryStringParameters"]), (&json!("/a%20b"), &json!({ "k": "%32" })));
    assert_eq!((&event["headers"]["x-one"], &event["body"]), (&json!("2"), &json!("")));
    let port = stage.front.address().port().to_string();
    assert_eq!(event["headers"]["x-forwarded-port"], port);
    assert_eq!(members(&event["requestContext"]["elb"]), ["targetGroupArn"]);
    assert!(reply.head.starts_with("HTTP/1.1 200 Quite\r\n"), "{}", reply.head);
    assert_eq!((reply.text(), reply.header("content-type")), ("hi", Some("text/html")));
    assert_eq!(reply.header("server"), Some("awselb/2.0"));
}

#[tokio::test]
async fn with_multi_value_headers_all_values_go_both_ways() {
    let stage = Stage::new(Front::load_balancer().multi_value_headers());
    let result =
        r#"{"statusCode":200,"headers":{"x-lost":"1"},"multiValueHeaders":{"Set-Cookie":["a=1","b=2"]}}"#;
    let (event, reply) = stage.exchange(head("GET", QUERY, &HEADERS) + "\r\n", result).await;
    assert_eq!(event["multiValueQueryStringParameters"], json!({ "k": ["%31", "%32"] }));
    assert_eq!(event["multiValueHeaders"]["x-one"], json!(["1", "2"]));
    assert_eq!(event.get("headers").or_else(|| event.get("queryStringParameters")), None);
    assert_eq!((reply.head.matches("Set-Cookie: ").count(), reply.header("x-lost")), (2, None));
}

#[tokio::test]
async fn a_compressed_body_is_in_base64() {
    let stage = Stage::new(Front::load_balancer());
    let request = post("/", &[("Content-Type", "text/plain"), ("Content-Encoding", "br")], b"text");
    let (event, _) = stage.exchange(request, r#"{"statusCode":200}"#).await;
    assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("dGV4dA=="), &json!(true)));
}

#[tokio::test]
async fn a_request_for_a_socket_is_refused_and_one_for_another_version_of_http_is_not() {
    let request = head("GET", "/", &[("Connection", "Upgrade"), ("Upgrade", "websocket")]) + "\r\n";
    assert_eq!(Stage::new(Front::load_balancer()).refused(request).await.status(), 400);
    let request = head("GET", "/", &[("Connection", "Upgrade"), ("Upgrade", "h2c")]) + "\r\n";
    let (_, reply) = Stage::new(Front::load_balancer()).exchange(request, r#"{"statusCode":200}"#).await;
    assert_eq!(reply.status(), 200);
}

#[tokio::test]
async fn more_than_a_megabyte_is_too_much_in_either_direction() {
    const LIMIT: usize = 1_048_576;

    let stage = Stage::new(Front::load_balancer());
    let reply = stage.refused(post("/", &[("Content-Type", "text/plain")], &vec![b'x'; LIMIT + 1])).await;
    assert_eq!(reply.status(), 413);
    assert!(reply.text().contains("<title>413 Request Entity Too Large</title>"), "{}", reply.text());
    let large = format!(r#"{{"statusCode":200,"body":"{}"}}"#, "x".repeat(LIMIT));
    let (_, reply) = stage.exchange(get("/"), large).await;
    let page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";
    assert_eq!((reply.brief(), reply.header("content-type")), ((502, page), Some("text/html")));
}
