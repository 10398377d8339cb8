//! Golden events and responses of VPC Lattice.

use super::*;
use crate::http::front::request::sample::Sample;

#[test]
fn the_events_have_the_documented_members() {
    let sample = Sample::new(&[
        ("accept", "text/html"),
        ("accept", "text/css"),
        ("content-type", "text/plain"),
        ("te", "x"),
    ]);
    let request = sample.request("/path", "a=1&a=%32&b", b"text");
    let expected = json!({
        "version": "2.0",
        "path": "/path",
        "method": "POST",
        "headers": {
            "accept": ["text/html", "text/css"], "content-type": ["text/plain"], "x-forwarded-for": ["203.0.113.9"],
        },
        "queryStringParameters": { "a": ["1", "%32"], "b": [""] },
        "body": "text",
        "isBase64Encoded": false,
        "requestContext": {
            "serviceNetworkArn":
                format!("arn:aws:vpc-lattice:us-east-1:123456789012:servicenetwork/sn-{}", id("network")),
            "serviceArn": format!("arn:aws:vpc-lattice:us-east-1:123456789012:service/svc-{}", id("f")),
            "targetGroupArn": format!("arn:aws:vpc-lattice:us-east-1:123456789012:targetgroup/tg-{}", id("f")),
            "identity": {
                "sourceVpcArn": format!("arn:aws:ec2:us-east-1:123456789012:vpc/vpc-{}", id("vpc")),
            },
            "region": "us-east-1",
            "timeEpoch": "1583348638390123",
        },
    });
    assert_eq!(Value::Object(event(&request, "f")), expected);
    assert_eq!(id("f").len(), 17);
    let expected = json!({
        "raw_path": "/path?a=1&a=%32&b",
        "method": "POST",
        "headers": {
            "accept": "text/html,text/css", "content-type": "text/plain", "x-forwarded-for": "203.0.113.9",
        },
        "query_string_parameters": { "a": "%32", "b": "" },
        "body": "text",
        "is_base64_encoded": false,
    });
    assert_eq!(Value::Object(event_1(&request)), expected);
    assert_eq!(event_1(&sample.request("/path", "", b""))["raw_path"], "/path");
}

#[test]
fn a_response_has_a_status_and_single_headers() {
    let result = br#"{"statusCode":201,"headers":{"A":"1","Content-Length":"3"},"body":"aGk=","isBase64Encoded":true}"#;
    let made = response(result).unwrap();
    assert_eq!((made.status().as_u16(), &made.body()[..]), (201, &b"hi"[..]));
    assert_eq!(made.headers().iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["a"]);
    for result in ["", "{}", "\"text\"", r#"{"statusCode":200,"headers":{"a":["b"]}}"#] {
        assert_eq!(response(result.as_bytes()).map(|response| response.status()), None, "{result}");
    }
}
