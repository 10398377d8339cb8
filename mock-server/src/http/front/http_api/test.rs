//! Golden events and responses of HTTP APIs.

use std::collections::BTreeMap;

use serde_json::Value;

use super::*;
use crate::http::front::{request::sample::Sample, rest_api::event_1, route::Routes};

fn routes(route: &str) -> Routes {
    Routes::read(&[(route.to_owned(), "f".to_owned())]).unwrap()
}

#[test]
fn the_request_of_july_2026_becomes_the_event_that_was_recorded() {
    // See the source above. Members that its logger has added are not in it; ids, addresses and names are of this test.
    let sample = Sample::new(&[
        ("accept", "*/*"),
        ("content-type", "application/json"),
        ("cookie", "session=abc123; theme=dark"),
        ("host", "localhost"),
        ("user-agent", "curl/8.7.1"),
        ("x-voker-probe", "first"),
        ("x-voker-probe", "second"),
        ("connection", "keep-alive"),
    ]);
    let query = "repeat=one&repeat=two&redirect=https%3A%2F%2Fexample.com%2Fa%2Fb&literalPlus=a+b&encodedPlus=a%2Bb&empty=";
    let request = sample.request("/capture/space%20value", query, br#"{"unicode":"lambda-\u03bb"}"#);
    let path = decoded_path(request.path).unwrap();
    let expected = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/capture/space value",
        "rawQueryString": query,
        "cookies": ["session=abc123", "theme=dark"],
        "headers": {
            "accept": "*/*",
            "content-length": "27",
            "content-type": "application/json",
            "host": "localhost",
            "user-agent": "curl/8.7.1",
            "x-amzn-trace-id": "Root=1-2-3",
            "x-forwarded-for": "203.0.113.9",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
            "x-voker-probe": "first,second",
        },
        "queryStringParameters": {
            "empty": "",
            "encodedPlus": "a+b",
            "literalPlus": "a b",
            "redirect": "https://example.com/a/b",
            "repeat": "one,two",
        },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "a1b2c3d4e5",
            "domainName": "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "a1b2c3d4e5",
            "http": {
                "method": "POST",
                "path": "/capture/space value",
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.9",
                "userAgent": "curl/8.7.1",
            },
            "requestId": "extended",
            "routeKey": "$default",
            "stage": "$default",
            "time": "04/Mar/2020:19:03:58 +0000",
            "timeEpoch": 1_583_348_638_390_u64,
        },
        "body": r#"{"unicode":"lambda-\u03bb"}"#,
        "isBase64Encoded": false,
    });
    assert_eq!(Value::Object(event(&request, &Front::http_api(), &path, None)), expected);
}

#[test]
fn what_is_absent_is_left_out_and_a_route_has_its_key_and_parameters() {
    let sample = Sample::new(&[]);
    let request = sample.request("/orders/a%20b", "", b"");
    let routes = routes("ANY /orders/{id}");
    let found = routes.of_http_api("POST", "/orders/a b").unwrap();
    let event = event(&request, &Front::http_api().stage("v1"), "/v1/orders/a b", Some(&found));
    let members: Vec<_> = event.keys().map(String::as_str).collect();
    let expected = [
        "headers",
        "isBase64Encoded",
        "pathParameters",
        "rawPath",
        "rawQueryString",
        "requestContext",
        "routeKey",
        "version",
    ];
    assert_eq!(members, expected);
    assert_eq!(
        (&event["routeKey"], &event["rawPath"]),
        (&json!("ANY /orders/{id}"), &json!("/v1/orders/a b"))
    );
    assert_eq!(event["pathParameters"], json!({ "id": "a b" }));
    assert_eq!(event["requestContext"]["stage"], "v1");
    assert_eq!(event["headers"]["content-length"], "0");
}

#[test]
fn paths_are_decoded_as_they_were_on_aws() {
    // All of these were sent to an HTTP API; see the source above.
    for (sent, expected) in [
        ("/capture/plain", Some("/capture/plain")),
        ("/capture/space%20value", Some("/capture/space value")),
        ("/capture/question%3Fvalue", Some("/capture/question")),
        ("/capture/percent%25done", None),
        ("/capture/hash%23value", Some("/capture/hash#value")),
        ("/capture/slash%2Fvalue", Some("/capture/slash/value")),
        ("/capture/unicode-%CE%BB-%E4%B8%96%E7%95%8C", Some("/capture/unicode-λ-世界")),
        ("/capture/literal%252Fvalue", Some("/capture/literal/value")),
        ("/capture/literal%253Fvalue", Some("/capture/literal?value")),
        ("/capture/literal%2525value", Some("/capture/literal%value")),
        // These were not, and are what cannot be decoded even once.
        ("/%", None),
        ("/%4", None),
        ("/%zz", None),
        ("/%ff", None),
        ("/%é", None),
    ] {
        assert_eq!(decoded_path(sent).as_deref(), expected, "{sent}");
    }
}

#[test]
fn payload_format_1_has_the_documented_members() {
    let sample = Sample::new(&[
        ("header2", "value1"),
        ("header2", "value2"),
        ("cookie", "a=1"),
        ("user-agent", "agent"),
    ]);
    let query = "parameter1=value1&parameter1=value2&parameter2=value";
    let request = sample.request("/my/path", query, b"Hello from Lambda!");
    let routes = routes("POST /my/{last}");
    let found = routes.of_http_api("POST", "/my/path");
    let headers = [
        ("Content-Length", vec!["18"]),
        ("User-Agent", vec!["agent"]),
        ("X-Amzn-Trace-Id", vec!["Root=1-2-3"]),
        ("X-Forwarded-For", vec!["203.0.113.9"]),
        ("X-Forwarded-Port", vec!["443"]),
        ("X-Forwarded-Proto", vec!["https"]),
        ("cookie", vec!["a=1"]),
        ("header2", vec!["value1", "value2"]),
    ];
    let last: BTreeMap<_, _> = headers.iter().map(|(name, values)| (name, values.last())).collect();
    let expected = json!({
        "version": "1.0",
        "resource": "/my/{last}",
        "path": "/my/path",
        "httpMethod": "POST",
        "headers": last,
        "multiValueHeaders": headers.iter().cloned().collect::<BTreeMap<_, _>>(),
        "queryStringParameters": { "parameter1": "value2", "parameter2": "value" },
        "multiValueQueryStringParameters": { "parameter1": ["value1", "value2"], "parameter2": ["value"] },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "a1b2c3d4e5",
            "domainName": "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "a1b2c3d4e5",
            "extendedRequestId": "extended",
            "httpMethod": "POST",
            "identity": {
                "accessKey": null, "accountId": null, "caller": null, "cognitoAuthenticationProvider": null,
                "cognitoAuthenticationType": null, "cognitoIdentityId": null, "cognitoIdentityPoolId": null,
                "principalOrgId": null, "sourceIp": "203.0.113.9", "user": null, "userAgent": "agent", "userArn": null,
            },
            "path": "/my/path",
            "protocol": "HTTP/1.1",
            "requestId": "extended",
            "requestTime": "04/Mar/2020:19:03:58 +0000",
            "requestTimeEpoch": 1_583_348_638_390_u64,
            "resourceId": null,
            "resourcePath": "/my/{last}",
            "stage": "$default",
        },
        "pathParameters": { "last": "path" },
        "stageVariables": null,
        "body": "SGVsbG8gZnJvbSBMYW1iZGEh",
        "isBase64Encoded": true,
    });
    let event = event_1(&request, &Front::http_api().payload_format_1(), "/my/path", found.as_ref());
    assert_eq!(Value::Object(event), expected);
}

/// Status, content type, body.
fn seen(response: Option<Response<Bytes>>) -> Option<(u16, String, String)> {
    let response = response?;
    let content_type = response.headers()["content-type"].to_str().unwrap().to_owned();
    Some((response.status().as_u16(), content_type, String::from_utf8(response.body().to_vec()).unwrap()))
}

#[test]
fn a_result_without_a_status_is_the_body_even_if_it_is_no_json() {
    for (result, body) in [
        (r#"{"message": "hi"}"#, r#"{"message": "hi"}"#),
        (r#""Hello from Lambda!""#, "Hello from Lambda!"),
        (r#"{"name": "John Doe", "age":"#, r#"{"name": "John Doe", "age":"#),
        ("", ""),
    ] {
        let expected = (200, "application/json".to_owned(), body.to_owned());
        assert_eq!(seen(response(&Bytes::from(result))), Some(expected), "{result}");
        assert_eq!(seen(response_1(&Bytes::from(result))), None);
    }
}

#[test]
fn a_status_makes_it_a_response_of_plain_text() {
    let result = Bytes::from(
        r#"{"statusCode":"201","body":"aGk=","isBase64Encoded":true,"cookies":["a=1"],"headers":{"x":1}}"#,
    );
    let expected = Some((201, "text/plain; charset=utf-8".to_owned(), "hi".to_owned()));
    assert_eq!((seen(response(&result)), seen(response_1(&result))), (expected.clone(), expected));
    assert_eq!(response(&result).unwrap().headers()["set-cookie"], "a=1");
    assert_eq!(response_1(&result).unwrap().headers().get("set-cookie"), None);
    let result =
        Bytes::from(r#"{"statusCode":200,"multiValueHeaders":{"a":["1","2"]},"headers":{"A":"2","b":"3"}}"#);
    let headers = response_1(&result).unwrap().headers().clone();
    assert_eq!(headers.get_all("a").iter().collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(headers["b"], "3");
    assert_eq!(response(&result).unwrap().headers()["a"], "2");
    for result in
        [r#"{"statusCode":200,"body":{}}"#, r#"{"statusCode":1000}"#, r#"{"statusCode":200,"headers":[]}"#]
    {
        let result = Bytes::from(result);
        assert_eq!((seen(response(&result)), seen(response_1(&result))), (None, None), "{result:?}");
    }
}
