//! Responses as JSON: as AWS documents each format, and with every byte of every body.
//!
//! Sources: [function URLs](https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-response-payload),
//! [HTTP APIs](https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html),
//! [REST APIs](https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format),
//! [load balancers](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#respond-to-load-balancer),
//! [VPC Lattice](https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html#respond-to-service).

use ::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use base64::{Engine, prelude::BASE64_STANDARD};
use lambda_events::http::{self, BodyEncoding, HttpEvent, ResponseFormat};
use proptest::prelude::*;
use serde_json::Value;

use super::{format, of_each_format};

fn headers(pairs: &[(&str, &[u8])]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        headers.append(name, HeaderValue::from_bytes(value).unwrap());
    }
    headers
}

fn json(name: &str, status: u16, pairs: &[(&str, &[u8])], body: &[u8]) -> String {
    let status = StatusCode::from_u16(status).unwrap();
    String::from_utf8(format(name).to_json(status, &headers(pairs), body, None).to_vec()).unwrap()
}

/// All that a response can have more than once.
const REPEATED: &[(&str, &[u8])] = &[
    ("content-type", b"text/plain"),
    ("vary", b"accept"),
    ("set-cookie", b"a=1; HttpOnly"),
    ("vary", b"origin"),
    ("set-cookie", b"b=2"),
];

#[test]
fn a_function_url_and_an_http_api_get_cookies_apart_and_other_headers_joined() {
    let expected = concat!(
        r#"{"statusCode":200,"headers":{"content-type":"text/plain","vary":"accept, origin"},"#,
        r#""cookies":["a=1; HttpOnly","b=2"],"body":"hello","isBase64Encoded":false}"#,
    );
    for name in ["function URL", "HTTP API"] {
        assert_eq!(json(name, 200, REPEATED, b"hello"), expected, "{name}");
        assert_eq!(json(name, 204, &[], b""), r#"{"statusCode":204,"headers":{}}"#, "{name}");
    }
}

#[test]
fn a_rest_api_gets_lists_of_what_is_repeated() {
    let expected = concat!(
        r#"{"statusCode":200,"headers":{"content-type":"text/plain"},"multiValueHeaders":"#,
        r#"{"vary":["accept","origin"],"set-cookie":["a=1; HttpOnly","b=2"]},"body":"hello","isBase64Encoded":false}"#,
    );
    for name in ["REST API", "HTTP API 1.0"] {
        assert_eq!(json(name, 200, REPEATED, b"hello"), expected, "{name}");
        let expected = r#"{"statusCode":302,"headers":{"location":"/"}}"#;
        assert_eq!(json(name, 302, &[("location", b"/")], b""), expected, "{name}");
    }
}

#[test]
fn a_load_balancer_gets_a_description_and_is_told_of_base64_even_without_a_body() {
    let expected = concat!(
        r#"{"statusCode":200,"statusDescription":"200 OK","headers":{"content-type":"text/plain","#,
        r#""vary":"accept, origin","set-cookiE":"a=1; HttpOnly","set-cookie":"b=2"},"#,
        r#""body":"hello","isBase64Encoded":false}"#,
    );
    assert_eq!(json("load balancer", 200, REPEATED, b"hello"), expected);
    let expected =
        r#"{"statusCode":204,"statusDescription":"204 No Content","headers":{},"isBase64Encoded":false}"#;
    assert_eq!(json("load balancer", 204, &[], b""), expected);
    let expected = r#"{"statusCode":599,"statusDescription":"599","headers":{"set-cookie":"a=1"},"isBase64Encoded":false}"#;
    assert_eq!(json("load balancer", 599, &[("set-cookie", b"a=1")], b""), expected);
}

#[test]
fn a_load_balancer_with_multi_value_headers_gets_lists_of_all() {
    let expected = concat!(
        r#"{"statusCode":200,"statusDescription":"200 OK","multiValueHeaders":{"content-type":["text/plain"],"#,
        r#""vary":["accept","origin"],"set-cookie":["a=1; HttpOnly","b=2"]},"body":"hello","isBase64Encoded":false}"#,
    );
    assert_eq!(json("load balancer, multi-value", 200, REPEATED, b"hello"), expected);
    let expected = r#"{"statusCode":204,"statusDescription":"204 No Content","multiValueHeaders":{},"isBase64Encoded":false}"#;
    assert_eq!(json("load balancer, multi-value", 204, &[], b""), expected);
}

#[test]
fn vpc_lattice_gets_headers_joined_and_is_told_of_base64_even_without_a_body() {
    let expected = concat!(
        r#"{"statusCode":200,"headers":{"content-type":"text/plain","vary":"accept, origin","#,
        r#""set-cookiE":"a=1; HttpOnly","set-cookie":"b=2"},"body":"hello","isBase64Encoded":false}"#,
    );
    for name in ["VPC Lattice", "VPC Lattice, version 1"] {
        assert_eq!(json(name, 200, REPEATED, b"hello"), expected, "{name}");
        let expected = r#"{"statusCode":204,"headers":{},"isBase64Encoded":false}"#;
        assert_eq!(json(name, 204, &[], b""), expected, "{name}");
    }
}

#[test]
fn a_websocket_gets_what_a_rest_api_does() {
    let connect = http::from_str(lambda_events::samples::APIGW_WEBSOCKET_CONNECT.json()).unwrap();
    let format = HttpEvent::of(&connect).unwrap().response_format();
    let headers = headers(&[("sec-websocket-protocol", b"chat")]);
    assert_eq!(
        format.to_json(StatusCode::OK, &headers, b"", None),
        r#"{"statusCode":200,"headers":{"sec-websocket-protocol":"chat"}}"#
    );
    assert!(!format.can_stream());
}

#[test]
fn no_two_cookies_have_a_name_in_the_same_case() {
    let many: Vec<_> = (0..512).map(|number| ("set-cookie", format!("c{number}=1"))).collect();
    let pairs: Vec<_> = many.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
    let json: Value = serde_json::from_str(&json("load balancer", 200, &pairs, b"")).unwrap();
    let headers = json["headers"].as_object().unwrap();
    assert_eq!(headers.len(), 512);
    assert!(headers.keys().all(|name| name.eq_ignore_ascii_case("set-cookie")));
}

#[test]
fn what_json_escapes_is_escaped_and_latin_1_becomes_utf_8() {
    let pairs: &[(&str, &[u8])] = &[
        ("x-quote", b"a\"b\\c\td"),
        ("x-latin", b"caf\xe9"),
        ("x-utf", "caf\u{e9}".as_bytes()),
        ("!#$%&'*+-.^_`|~", b""),
    ];
    for name in ["function URL", "REST API", "load balancer", "VPC Lattice"] {
        let json = json(name, 200, pairs, "\"\\\n\u{0}\u{7f}\u{2028}</script>".as_bytes());
        let json: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["headers"]["x-quote"], "a\"b\\c\td", "{name}");
        assert_eq!(json["headers"]["x-latin"], "caf\u{e9}", "{name}");
        assert_eq!(json["headers"]["x-utf"], "caf\u{e9}", "{name}");
        assert_eq!(json["headers"]["!#$%&'*+-.^_`|~"], "", "{name}");
        assert_eq!(json["body"], "\"\\\n\u{0}\u{7f}\u{2028}</script>", "{name}");
    }
}

#[test]
fn whoever_says_how_a_body_is_to_stand_is_heard_unless_it_cannot() {
    let to_json = |body: &[u8], encoding| {
        let json = format("REST API").to_json(
            StatusCode::OK,
            &headers(&[("content-type", b"image/png")]),
            body,
            encoding,
        );
        let json: Value = serde_json::from_slice(&json).unwrap();
        (json["body"].as_str().unwrap().to_owned(), json["isBase64Encoded"] == true)
    };
    assert_eq!(to_json(b"hi", None), ("aGk=".to_owned(), true));
    assert_eq!(to_json(b"hi", Some(BodyEncoding::Text)), ("hi".to_owned(), false));
    assert_eq!(to_json(b"hi", Some(BodyEncoding::Base64)), ("aGk=".to_owned(), true));
    assert_eq!(to_json(b"\xff", Some(BodyEncoding::Text)), ("/w==".to_owned(), true));
}

#[test]
fn function_urls_and_rest_apis_stream_and_a_load_balancer_takes_a_megabyte() {
    for (name, _) in of_each_format() {
        let format = format(name);
        assert_eq!(format.can_stream(), name == "function URL" || name == "REST API", "{name}");
        let limit = if name.starts_with("load balancer") { 1_048_576 } else { 6_291_556 };
        assert_eq!(format.limit(), limit, "{name}");
    }
}

/// A response as a service reads it.
#[derive(Debug, PartialEq)]
struct Got {
    status: u64,
    /// Sorted; values that stand together are joined.
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

fn got(json: &[u8]) -> Got {
    let json: Value = serde_json::from_slice(json).unwrap();
    let mut headers = Vec::new();
    for member in ["headers", "multiValueHeaders"] {
        for (name, value) in json[member].as_object().into_iter().flatten() {
            let values = match value {
                Value::Array(values) => values.iter().map(|value| value.as_str().unwrap()).collect(),
                value => vec![value.as_str().unwrap()],
            };
            headers.extend(values.into_iter().map(|value| (name.to_lowercase(), value.to_owned())));
        }
    }
    for cookie in json["cookies"].as_array().into_iter().flatten() {
        headers.push(("set-cookie".to_owned(), cookie.as_str().unwrap().to_owned()));
    }
    headers.sort();
    let body = json["body"].as_str().unwrap_or_default();
    let body = match json["isBase64Encoded"] == true {
        true => BASE64_STANDARD.decode(body).unwrap(),
        false => body.as_bytes().to_vec(),
    };
    Got { status: json["statusCode"].as_u64().unwrap(), headers, body }
}

fn expected(format: ResponseFormat, status: u16, headers: &HeaderMap, body: &[u8]) -> Got {
    let is_list =
        ["REST API", "HTTP API 1.0", "load balancer, multi-value"].map(super::format).contains(&format);
    let mut pairs = Vec::new();
    for name in headers.keys() {
        let values: Vec<_> = headers
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8(value.as_bytes().to_vec()).unwrap())
            .collect();
        match is_list || name == "set-cookie" {
            true => pairs.extend(values.into_iter().map(|value| (name.to_string(), value))),
            false => pairs.push((name.to_string(), values.join(", "))),
        }
    }
    pairs.sort();
    Got { status: status.into(), headers: pairs, body: body.to_vec() }
}

fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let text = ".{0,40}".prop_map(String::into_bytes);
    let marked = ".{0,9}".prop_map(|text| format!("\u{feff}{text}").into_bytes());
    prop_oneof![prop::collection::vec(any::<u8>(), 0..64), text, marked]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_service_reads_the_status_the_headers_and_the_bytes_that_were_answered(
        status in 100_u16..1000,
        body in bodies(),
        content_type in prop_oneof![
            Just(None),
            prop::sample::select(vec!["text/plain", "image/png", "image/svg+xml", "text/html; charset=utf-16", "IMAGE/gif", ";"])
                .prop_map(|text| Some(text.to_owned())),
            "[ -~]{0,20}".prop_map(Some),
        ],
        pairs in prop::collection::vec(("x-[a-c]|set-cookie|vary", "[ -~\t]{0,12}|[\u{a0}-\u{ff}]{0,6}"), 0..8),
        encoding in prop::sample::select(vec![None, Some(BodyEncoding::Text), Some(BodyEncoding::Base64)]),
    ) {
        let mut headers = HeaderMap::new();
        if let Some(content_type) = &content_type {
            headers.insert("content-type", HeaderValue::from_str(content_type).unwrap());
        }
        for (name, value) in &pairs {
            headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        for (name, _) in of_each_format() {
            let format = format(name);
            let json = format.to_json(StatusCode::from_u16(status).unwrap(), &headers, &body, encoding);
            prop_assert_eq!(got(&json), expected(format, status, &headers, &body), "{}", name);
        }
    }
}
