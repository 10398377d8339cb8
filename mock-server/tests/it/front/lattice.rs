//! VPC Lattice.

use mock_server::Front;
use serde_json::json;

use super::{Stage, members};
use crate::raw::{get, head, post};

#[tokio::test]
async fn headers_and_query_are_lists() {
    let stage = Stage::new(Front::lattice());
    let request = head("GET", "/a%20b?k=%31&k=2", &[("X-One", "1"), ("x-one", "2")]) + "\r\n";
    let (event, reply) =
        stage.exchange(request, r#"{"statusCode":201,"headers":{"x-a":"1"},"body":"hi"}"#).await;
    let expected = [
        "body",
        "headers",
        "isBase64Encoded",
        "method",
        "path",
        "queryStringParameters",
        "requestContext",
        "version",
    ];
    assert_eq!(members(&event), expected);
    assert_eq!(
        (&event["path"], &event["queryStringParameters"]),
        (&json!("/a%20b"), &json!({ "k": ["%31", "2"] }))
    );
    assert_eq!(event["headers"]["x-one"], json!(["1", "2"]));
    assert_eq!(event["headers"]["x-forwarded-for"], json!(["127.0.0.1"]));
    let context = &event["requestContext"];
    let expected = ["identity", "region", "serviceArn", "serviceNetworkArn", "targetGroupArn", "timeEpoch"];
    assert_eq!(members(context), expected);
    // Microseconds since 1970 have sixteen digits until the year 2286.
    assert_eq!(context["timeEpoch"].as_str().map(str::len), Some(16));
    assert_eq!((reply.brief(), reply.header("x-a")), ((201, "hi"), Some("1")));
}

#[tokio::test]
async fn version_1_has_the_path_with_the_query() {
    let stage = Stage::new(Front::lattice().event_version_1());
    let request = post("/a?k=1&k=2", &[("Content-Type", "image/png")], b"\xff");
    let (event, _) = stage.exchange(request, r#"{"statusCode":200}"#).await;
    let expected = ["body", "headers", "is_base64_encoded", "method", "query_string_parameters", "raw_path"];
    assert_eq!(members(&event), expected);
    assert_eq!(
        (&event["raw_path"], &event["query_string_parameters"]),
        (&json!("/a?k=1&k=2"), &json!({ "k": "2" }))
    );
    assert_eq!((&event["body"], &event["is_base64_encoded"]), (&json!("/w=="), &json!(true)));
}

#[tokio::test]
async fn a_response_without_a_status_is_malformed() {
    let (_, reply) = Stage::new(Front::lattice()).exchange(get("/"), "{}").await;
    assert_eq!(reply.brief(), (502, ""));
}
