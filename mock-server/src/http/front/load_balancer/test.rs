//! Golden events and responses of load balancers.

use super::*;
use crate::http::front::request::sample::Sample;

const TARGET_GROUP: &str =
    "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/f/0000000076d32be0";

#[test]
fn the_request_of_july_2026_becomes_the_event_that_was_recorded() {
    let sample = Sample::new(&[
        ("accept", "*/*"),
        ("content-length", "66"),
        ("content-type", "application/json"),
        ("cookie", "session=abc123; theme=dark"),
        ("host", "localhost"),
        ("x-voker-probe", "first"),
        ("x-voker-probe", "second"),
    ]);
    let query = "repeat=one&repeat=two&redirect=https%3A%2F%2Fexample.com%2Fa%2Fb&literalPlus=a+b&encodedPlus=a%2Bb&empty=";
    let request = sample.request("/capture/space%20value", query, b"{}");
    let mut multi = json!({
        "requestContext": { "elb": { "targetGroupArn": TARGET_GROUP } },
        "httpMethod": "POST",
        "path": "/capture/space%20value",
        "multiValueQueryStringParameters": {
            "empty": [""], "encodedPlus": ["a%2Bb"], "literalPlus": ["a+b"],
            "redirect": ["https%3A%2F%2Fexample.com%2Fa%2Fb"], "repeat": ["one", "two"],
        },
        "multiValueHeaders": {
            "accept": ["*/*"], "content-length": ["66"], "content-type": ["application/json"],
            "cookie": ["session=abc123; theme=dark"], "host": ["localhost"], "x-amzn-trace-id": ["Root=1-2-3"],
            "x-forwarded-for": ["203.0.113.9"], "x-forwarded-port": ["8080"], "x-forwarded-proto": ["http"],
            "x-voker-probe": ["first", "second"],
        },
        "body": "{}",
        "isBase64Encoded": false,
    });
    assert_eq!(Value::Object(event(&request, Headers::Multi, "f")), multi);
    // With one value each, the last one counts.
    let members = multi.as_object_mut().unwrap();
    for (single, multi) in
        [("headers", "multiValueHeaders"), ("queryStringParameters", "multiValueQueryStringParameters")]
    {
        let values = members.remove(multi).unwrap();
        let last = |(name, values): (&String, &Value)| {
            (name.clone(), values.as_array().unwrap().last().unwrap().clone())
        };
        members.insert(single.to_owned(), values.as_object().unwrap().iter().map(last).collect());
    }
    assert_eq!(Value::Object(event(&request, Headers::Single, "f")), multi);
}

#[test]
fn the_health_check_of_the_documentation_has_empty_members() {
    let sample = Sample::new(&[("content-encoding", "gzip")]);
    let event = event(&sample.request("/", "", b""), Headers::Single, "f");
    assert_eq!((&event["queryStringParameters"], &event["body"]), (&json!({}), &json!("")));
    assert_eq!(event["isBase64Encoded"], false);
    let packed = super::event(&sample.request("/", "", b"text"), Headers::Single, "f");
    assert_eq!((&packed["body"], &packed["isBase64Encoded"]), (&json!("dGV4dA=="), &json!(true)));
}

fn seen(result: &str, headers: Headers) -> Option<(u16, Option<String>, String, String)> {
    let response = response(result.as_bytes(), headers)?;
    let phrase = response.extensions().get::<ReasonPhrase>();
    let phrase = phrase.map(|phrase| String::from_utf8(phrase.as_bytes().to_vec()).unwrap());
    let mut lines: Vec<_> = response
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    lines.sort();
    let body = String::from_utf8(response.body().to_vec()).unwrap();
    Some((response.status().as_u16(), phrase, lines.join("\n"), body))
}

#[test]
fn which_headers_are_read_is_said_by_the_target_group() {
    let result = r#"{"isBase64Encoded":false,"statusCode":200,"statusDescription":"200 Fine","body":"hi",
        "headers":{"Set-Cookie":"a","Content-Type":"text/css","Connection":"close","Content-Length":"7"},
        "multiValueHeaders":{"Set-Cookie":["b","c"],"Content-Type":["text/html"]}}"#;
    let expected = |lines: &str| Some((200, Some("Fine".to_owned()), lines.to_owned(), "hi".to_owned()));
    assert_eq!(seen(result, Headers::Single), expected("content-type: text/css\nset-cookie: a"));
    assert_eq!(
        seen(result, Headers::Multi),
        expected("content-type: text/html\nset-cookie: b\nset-cookie: c")
    );
}

#[test]
fn a_description_that_does_not_begin_with_the_status_is_none() {
    for description in ["\"OK\"", "\"201 Created\"", "\"200\"", "\"200 \"", "\"200 a\\nb\"", "7", "null"] {
        let result = format!(r#"{{"statusCode":200,"statusDescription":{description}}}"#);
        let expected = (200, None, "content-type: application/octet-stream".to_owned(), String::new());
        assert_eq!(seen(&result, Headers::Single), Some(expected), "{description}");
    }
}

#[test]
fn a_malformed_or_too_large_response_is_none() {
    for result in
        ["", "\"text\"", "{}", r#"{"body":"x"}"#, r#"{"statusCode":700}"#, r#"{"statusCode":200,"body":1}"#]
    {
        assert_eq!(seen(result, Headers::Single), None, "{result}");
    }
    let sized = |size: usize| format!(r#"{{"statusCode":200,"body":"{}"}}"#, "x".repeat(size));
    let around = sized(0).len();
    assert!(seen(&sized(LIMIT - around), Headers::Single).is_some());
    assert_eq!(seen(&sized(LIMIT - around + 1), Headers::Single), None);
}
