//! Golden events and responses of REST APIs.

use http::{HeaderName, HeaderValue};
use serde_json::Value;

use super::*;
use crate::http::front::{request::sample::Sample, route::Routes};

#[test]
fn a_request_becomes_an_event_with_the_members_that_were_recorded() {
    // See the sources of `proxy`: one by LocalStack, one of July 2026. CloudFront's headers are not in it.
    let sample = Sample::new(&[
        ("accept", "*/*"),
        ("authorization", "random-value"),
        ("connection", "keep-alive"),
        ("content-length", "15"),
        ("content-type", "application/json"),
        ("host", "localhost"),
        ("user-agent", "agent"),
        ("x-voker-probe", "first"),
        ("x-voker-probe", "second"),
    ]);
    let query = "repeat=one&repeat=two&redirect=https%3A%2F%2Fexample.com%2Fa%2Fb&literalPlus=a+b&encodedPlus=a%2Bb&empty=";
    let request = sample.request("/live/capture/space%20value", query, r#"{"lambda":"λ"}"#.as_bytes());
    let expected = json!({
        "resource": "/{proxy+}",
        "path": "/capture/space%20value",
        "httpMethod": "POST",
        "headers": {
            "Accept": "*/*",
            "Authorization": "random-value",
            "Content-Type": "application/json",
            "Host": "localhost",
            "User-Agent": "agent",
            "X-Amzn-Trace-Id": "Root=1-2-3",
            "X-Forwarded-For": "203.0.113.9",
            "X-Forwarded-Port": "443",
            "X-Forwarded-Proto": "https",
            "X-Voker-Probe": "second",
        },
        "multiValueHeaders": {
            "Accept": ["*/*"],
            "Authorization": ["random-value"],
            "Content-Type": ["application/json"],
            "Host": ["localhost"],
            "User-Agent": ["agent"],
            "X-Amzn-Trace-Id": ["Root=1-2-3"],
            "X-Forwarded-For": ["203.0.113.9"],
            "X-Forwarded-Port": ["443"],
            "X-Forwarded-Proto": ["https"],
            "X-Voker-Probe": ["first", "second"],
        },
        "queryStringParameters": {
            "empty": "", "encodedPlus": "a+b", "literalPlus": "a b", "redirect": "https://example.com/a/b", "repeat": "two",
        },
        "multiValueQueryStringParameters": {
            "empty": [""], "encodedPlus": ["a+b"], "literalPlus": ["a b"], "redirect": ["https://example.com/a/b"],
            "repeat": ["one", "two"],
        },
        "pathParameters": { "proxy": "capture/space%20value" },
        "stageVariables": null,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "a1b2c3d4e5",
            "deploymentId": "a1b2c3",
            "domainName": "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "a1b2c3d4e5",
            "extendedRequestId": "extended",
            "httpMethod": "POST",
            "identity": {
                "accessKey": null, "accountId": null, "caller": null, "cognitoAuthenticationProvider": null,
                "cognitoAuthenticationType": null, "cognitoIdentityId": null, "cognitoIdentityPoolId": null,
                "principalOrgId": null, "sourceIp": "203.0.113.9", "user": null, "userAgent": "agent", "userArn": null,
            },
            "path": "/live/capture/space%20value",
            "protocol": "HTTP/1.1",
            "requestId": "request",
            "requestTime": "04/Mar/2020:19:03:58 +0000",
            "requestTimeEpoch": 1_583_348_638_390_u64,
            "resourceId": resource_id("/{proxy+}"),
            "resourcePath": "/{proxy+}",
            "stage": "live",
        },
        "body": r#"{"lambda":"λ"}"#,
        "isBase64Encoded": false,
    });
    let front = Front::rest_api().stage("live");
    let made = event(&request, &front, "/capture/space%20value", None);
    assert_eq!(Value::Object(made), expected);
    // What takes everything says the same as a route that does.
    let routes = Routes::read(&[("ANY /{proxy+}".to_owned(), "f".to_owned())]).unwrap();
    let found = routes.of_rest_api("POST", "/capture/space%20value");
    assert_eq!(Value::Object(event(&request, &front, "/capture/space%20value", found.as_ref())), expected);
}

#[test]
fn what_is_absent_is_null() {
    let sample = Sample::new(&[]);
    let event =
        event(&sample.request("/", "", b""), &Front::rest_api().binary_media_types(["*/*"]), "/", None);
    for member in [
        "body",
        "multiValueQueryStringParameters",
        "pathParameters",
        "queryStringParameters",
        "stageVariables",
    ] {
        assert_eq!(event.get(member), Some(&Value::Null), "{member}");
    }
    assert_eq!((&event["resource"], &event["isBase64Encoded"]), (&json!("/"), &json!(false)));
    assert_eq!(event["requestContext"]["stage"], "prod");
}

#[test]
fn bodies_are_text_but_for_binary_media_types() {
    let sample = Sample::new(&[("content-type", "Image/PNG; q=1")]);
    let request = sample.request("/", "", b"\xFFa");
    for (types, expected) in [
        (&[][..], ("\u{FFFD}a", false)),
        (&["image/jpeg"], ("\u{FFFD}a", false)),
        (&["image/png"], ("/2E=", true)),
        (&["IMAGE/*"], ("/2E=", true)),
        (&["*/*"], ("/2E=", true)),
    ] {
        let event = event(&request, &Front::rest_api().binary_media_types(types.iter().copied()), "/", None);
        assert_eq!(
            (&event["body"], &event["isBase64Encoded"]),
            (&json!(expected.0), &json!(expected.1)),
            "{types:?}"
        );
    }
}

/// Status, headers in order, body.
fn seen(result: &str, accept: &'static str, types: &[&str]) -> Option<(u16, Vec<String>, Vec<u8>)> {
    let request = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
    let front = Front::rest_api().binary_media_types(types.iter().copied());
    let response = response(result.as_bytes(), &request, &front)?;
    let text = |(name, value): (&HeaderName, &HeaderValue)| format!("{name}: {}", value.to_str().unwrap());
    let mut headers: Vec<_> = response.headers().iter().map(text).collect();
    headers.sort();
    Some((response.status().as_u16(), headers, response.body().to_vec()))
}

#[test]
fn both_kinds_of_headers_are_merged_and_some_get_another_name() {
    // The first two are of the documentation's sentence on merging.
    let result = r#"{"statusCode":"201","headers":{"a":"1","b":"4","Content-Length":"9","Date":"x","yes":true,
        "Transfer-Encoding":"chunked","Upgrade":"h2c"},"multiValueHeaders":{"A":["1","2"],"B":["3"],"Set-Cookie":["c","d"]}}"#;
    let headers = [
        "a: 1",
        "a: 2",
        "b: 3",
        "b: 4",
        "content-type: application/json",
        "set-cookie: c",
        "set-cookie: d",
        "upgrade: h2c",
        "x-amzn-remapped-content-length: 9",
        "x-amzn-remapped-date: x",
        "yes: true",
    ];
    assert_eq!(seen(result, "*/*", &[]), Some((201, headers.map(str::to_owned).to_vec(), Vec::new())));
    let empty = vec!["content-type: application/json".to_owned()];
    assert_eq!(seen("{}", "*/*", &[]), Some((200, empty, Vec::new())));
}

#[test]
fn base64_is_decoded_for_those_who_take_bytes() {
    let result =
        r#"{"statusCode":200,"headers":{"content-type":"image/png"},"body":"/2E=","isBase64Encoded":true}"#;
    for (accept, types, is_decoded) in [
        ("image/png", &[][..], false),
        ("image/png", &["image/png"], true),
        ("image/png;q=0.5, text/html", &["image/*"], true),
        ("text/html, image/png", &["image/png"], false),
        ("text/html", &["*/*"], true),
        ("", &["*/*"], true),
        ("", &["image/png"], false),
    ] {
        let (_, _, body) = seen(result, accept, types).unwrap();
        assert_eq!(body, if is_decoded { &b"\xFFa"[..] } else { b"/2E=" }, "{accept} {types:?}");
    }
}

#[test]
fn a_malformed_response_is_none() {
    for result in [
        "",
        "no JSON",
        "null",
        "\"text\"",
        "[]",
        "3",
        r#"{"statusCode":200,"wrongValue":"value"}"#,
        r#"{"statusCode":200,"cookies":[]}"#,
        r#"{"statusCode":"ok"}"#,
        r#"{"statusCode":99}"#,
        r#"{"statusCode":null}"#,
        r#"{"body":{"a":1}}"#,
        r#"{"headers":{"a":1}}"#,
        r#"{"headers":{"a":"b\n"}}"#,
        r#"{"multiValueHeaders":{"a":"b"}}"#,
        r#"{"errorMessage":"x","errorType":"y"}"#,
    ] {
        assert_eq!(seen(result, "*/*", &[]), None, "{result}");
    }
    assert_eq!(seen(r#"{"body":"%","isBase64Encoded":true}"#, "*/*", &["*/*"]), None);
}
