//! Golden events, and requests made of any bytes.
//!
//! The first is the example of the documentation, with the placeholders of this service in it.

use std::time::{Duration, UNIX_EPOCH};

use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use proptest::{collection::vec, prelude::*};
use serde_json::{Value, json};

use super::*;

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
        .collect::<Vec<_>>()
        .into_iter()
        .fold(HeaderMap::new(), |mut headers, (name, value)| {
            headers.append(name, value);
            headers
        })
}

fn request<'a>(headers: &'a HeaderMap, path: &'a str, query: &'a str, body: &'a [u8]) -> Request<'a> {
    Request {
        method: "POST",
        path,
        query,
        protocol: "HTTP/1.1",
        headers,
        body,
        peer: [203, 0, 113, 9].into(),
        url_id: "abc",
        request_id: "id",
        trace_id: "Root=1-2-3",
        auth: UrlAuth::None,
        now: UNIX_EPOCH + Duration::from_millis(1_583_348_638_390),
    }
}

fn event(request: &Request<'_>) -> Value {
    serde_json::from_str(&request.to_event()).unwrap()
}

#[test]
fn the_documented_request_becomes_the_documented_event() {
    let headers = headers(&[
        ("header1", "value1"),
        ("header2", "value1"),
        ("header2", "value2"),
        ("cookie", "cookie1; cookie2"),
        ("user-agent", "agent"),
        ("content-type", "text/plain"),
        ("host", "localhost:9000"),
        (
            "authorization",
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20200304/us-east-1/lambda/aws4_request, Signature=0",
        ),
    ]);
    let query = "parameter1=value1&parameter1=value2&parameter2=value";
    let mut request = request(&headers, "/my/path", query, b"Hello from client!");
    request.auth = UrlAuth::AwsIam;
    let expected = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/my/path",
        "rawQueryString": query,
        "cookies": ["cookie1", "cookie2"],
        "headers": {
            "authorization": headers["authorization"].to_str().unwrap(),
            "content-type": "text/plain",
            "header1": "value1",
            "header2": "value1,value2",
            "host": "localhost:9000",
            "user-agent": "agent",
            "x-amzn-tls-cipher-suite": "TLS_AES_128_GCM_SHA256",
            "x-amzn-tls-version": "TLSv1.3",
            "x-amzn-trace-id": "Root=1-2-3",
            "x-forwarded-for": "203.0.113.9",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        },
        "queryStringParameters": { "parameter1": "value1,value2", "parameter2": "value" },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abc",
            "authentication": null,
            "authorizer": { "iam": {
                "accessKey": "AKIDEXAMPLE",
                "accountId": "123456789012",
                "callerId": "AIDAMOCKUSER",
                "cognitoIdentity": null,
                "principalOrgId": "o-mock",
                "userArn": "arn:aws:iam::123456789012:user/mock",
                "userId": "AIDAMOCKUSER",
            } },
            "domainName": "abc.lambda-url.us-east-1.on.aws",
            "domainPrefix": "abc",
            "http": {
                "method": "POST",
                "path": "/my/path",
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.9",
                "userAgent": "agent",
            },
            "requestId": "id",
            "routeKey": "$default",
            "stage": "$default",
            // The page's own two times are of different days.
            "time": "04/Mar/2020:19:03:58 +0000",
            "timeEpoch": 1_583_348_638_390_u64,
        },
        "body": "Hello from client!",
        "pathParameters": null,
        "isBase64Encoded": false,
        "stageVariables": null,
    });
    assert_eq!(event(&request), expected);
}

#[test]
fn what_is_absent_is_left_out() {
    let headers = HeaderMap::new();
    let event = event(&request(&headers, "/", "", b""));
    let members: Vec<_> = event.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "headers",
        "isBase64Encoded",
        "pathParameters",
        "rawPath",
        "rawQueryString",
        "requestContext",
        "routeKey",
        "stageVariables",
        "version",
    ];
    assert_eq!(members, expected);
    let context = &event["requestContext"];
    assert_eq!(context["accountId"], "anonymous");
    assert_eq!((context.get("authorizer"), context["http"].get("userAgent")), (None, None));
}

#[test]
fn a_body_is_text_if_its_content_type_and_its_bytes_are() {
    let texts = [
        "text/html",
        "TEXT/csv; charset=utf-8",
        "application/json",
        "application/xml",
        "application/javascript",
        "application/x-www-form-urlencoded",
        "application/problem+json",
        "image/svg+xml; charset=utf-8",
    ];
    for content_type in texts {
        let headers = headers(&[("content-type", content_type)]);
        let given = event(&request(&headers, "/", "", "grün".as_bytes()));
        assert_eq!(
            (&given["body"], &given["isBase64Encoded"]),
            (&json!("grün"), &json!(false)),
            "{content_type}"
        );
        let given = event(&request(&headers, "/", "", b"gr\xFCn"));
        assert_eq!((&given["body"], &given["isBase64Encoded"]), (&json!("Z3L8bg=="), &json!(true)));
    }
    for content_type in
        ["image/png", "application/octet-stream", "multipart/form-data; boundary=text/plain", ""]
    {
        let headers = headers(&[("content-type", content_type)]);
        let given = event(&request(&headers, "/", "", b"text"));
        assert_eq!(
            (&given["body"], &given["isBase64Encoded"]),
            (&json!("dGV4dA=="), &json!(true)),
            "{content_type}"
        );
    }
    assert_eq!(event(&request(&HeaderMap::new(), "/", "", b"text"))["isBase64Encoded"], true);
}

#[test]
fn the_query_is_given_raw_and_decoded() {
    let query = "a=1%2C2&b&%63=%C3%BC+x&a=3&=none&&d=%FF&e=x=y";
    let headers = HeaderMap::new();
    let event = event(&request(&headers, "/a%2Fb", query, b""));
    assert_eq!((&event["rawPath"], &event["rawQueryString"]), (&json!("/a%2Fb"), &json!(query)));
    assert_eq!(
        event["queryStringParameters"],
        json!({ "a": "1,2,3", "b": "", "c": "ü x", "": "none", "d": "\u{FFFD}", "e": "x=y" })
    );
}

#[test]
fn cookies_of_all_headers_are_taken_out_and_apart() {
    let headers = headers(&[("cookie", "a=1;b=2 ;"), ("cookie", " c=3; ;d"), ("x-amzn-trace-id", "theirs")]);
    let event = event(&request(&headers, "/", "", b""));
    assert_eq!(event["cookies"], json!(["a=1", "b=2", "c=3", "d"]));
    assert_eq!(event["headers"].get("cookie"), None);
}

proptest! {
    #[test]
    fn any_request_becomes_an_event(
        target in vec(any::<u8>(), 0..40),
        named in vec(("[a-zA-Z-]{1,12}|cookie|content-type|authorization", vec(any::<u8>(), 0..20)), 0..8),
        body in vec(any::<u8>(), 0..40),
        is_signed in any::<bool>(),
    ) {
        let mut headers = HeaderMap::new();
        for (name, value) in &named {
            if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value)) {
                headers.append(name, value);
            }
        }
        let uri = Uri::try_from([b"/", &*target].concat()).unwrap_or_default();
        // What is no target may still come in another way.
        let lossy = String::from_utf8_lossy(&target);
        for (path, query) in [(uri.path(), uri.query().unwrap_or_default()), (&*lossy, &*lossy)] {
            let mut request = request(&headers, path, query, &body);
            request.auth = if is_signed { UrlAuth::AwsIam } else { UrlAuth::None };
            let event = event(&request);
            prop_assert_eq!(event["rawPath"].as_str(), Some(path));
            prop_assert_eq!(event["rawQueryString"].as_str(), Some(query));
            let given = event.get("body").map(|body| body.as_str().unwrap());
            let given = match event["isBase64Encoded"].as_bool().unwrap() {
                true => BASE64_STANDARD.decode(given.unwrap()).unwrap(),
                false => given.unwrap_or_default().as_bytes().to_vec(),
            };
            prop_assert_eq!(&given, &body);
        }
    }
}
