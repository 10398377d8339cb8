//! Literal bytes of what an environment tells of itself: credentials and metadata.

use std::time::Duration;

use http::StatusCode;
use lambda_api::{Endpoint, ReplyError, metadata, metadata::Metadata, runtime::credentials};
use serde_json::json;

use super::{assert_call_is, assert_reply_is, call, reply};

#[test]
fn credentials_are_asked_for_with_the_bare_token() {
    // AWS's runtime interface emulator.
    let literal = b"GET /2021-04-23/credentials HTTP/1.1\r\nAuthorization: hunter2\r\n\r\n";
    let expected = credentials::Call::new("hunter2");
    let (endpoint, headers, _) = call(literal);
    assert_eq!(endpoint, Endpoint::Credentials);
    assert_eq!(credentials::Call::from_http(&headers).as_ref(), Ok(&expected));
    let encoded = expected.to_http().unwrap();
    assert_call_is(&encoded, literal);
    assert!(!format!("{encoded:?} {expected:?}").contains("hunter2"));
}

#[test]
fn credentials_have_four_members() {
    // AWS's runtime interface emulator, which sets no content type.
    let literal = b"HTTP/1.1 200 OK\r\n\r\n\
        {\"AccessKeyId\":\"ASIAEXAMPLE\",\"SecretAccessKey\":\"hunter2\",\"Token\":\"hunter3\",\"Expiration\":\"2026-11-20T16:00:00.000Z\"}";
    let expiration = "2026-11-20T16:00:00Z".parse().unwrap();
    let expected = credentials::Credentials::new("ASIAEXAMPLE", "hunter2", "hunter3", expiration);
    assert_eq!(credentials::Credentials::from_http(reply(literal)).as_ref(), Ok(&expected));
    assert_reply_is(&expected.to_http(), literal);
    let debug = format!("{expected:?}");
    assert!(debug.contains("ASIAEXAMPLE") && !debug.contains("hunter"), "{debug}");
}

#[test]
fn a_wrong_token_gets_no_credentials() {
    // AWS's runtime interface emulator, whose HTTP layer ends such a text with a line feed.
    let literal = b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
        cannot get credentials for the provided token\n";
    let refusal = credentials::Credentials::refusal();
    assert_reply_is(&refusal.to_http(), literal);
    let refused = credentials::Credentials::from_http(reply(literal));
    assert_eq!(refused, Err(ReplyError::Refused(refusal)));
}

#[test]
fn metadata_are_asked_for_with_a_bearer_token() {
    // https://docs.aws.amazon.com/lambda/latest/dg/configuration-metadata-endpoint.html
    let literal =
        b"GET /2026-01-15/metadata/execution-environment HTTP/1.1\r\nAuthorization: Bearer hunter2\r\n\r\n";
    let expected = metadata::Call::new("hunter2");
    let (endpoint, headers, _) = call(literal);
    assert_eq!(endpoint, Endpoint::ExecutionEnvironmentMetadata);
    assert_eq!(metadata::Call::from_http(&headers).as_ref(), Ok(&expected));
    let encoded = expected.to_http().unwrap();
    assert_call_is(&encoded, literal);
    assert!(!format!("{encoded:?} {expected:?}").contains("hunter2"));

    for (authorization, error) in [
        ("", "header authorization is missing"),
        ("hunter2", "header authorization is not a bearer token"),
        ("Basic hunter2", "header authorization is not a bearer token"),
    ] {
        let literal = format!(
            "GET /2026-01-15/metadata/execution-environment HTTP/1.1\r\nAuthorization: {authorization}\r\n\r\n"
        );
        let (_, headers, _) = call(literal.as_bytes());
        assert_eq!(metadata::Call::from_http(&headers).unwrap_err().to_string(), error);
    }
}

#[test]
fn metadata_name_the_zone_and_how_long_that_holds() {
    // https://docs.aws.amazon.com/lambda/latest/dg/configuration-metadata-endpoint.html
    let literal = b"HTTP/1.1 200 OK\r\n\
        Content-Type: application/json\r\n\
        Cache-Control: private, max-age=43200, immutable\r\n\
        \r\n\
        {\"AvailabilityZoneID\":\"use1-az1\"}";
    let expected = Metadata::new("use1-az1");
    assert_eq!(Metadata::from_http(reply(literal)).as_ref(), Ok(&expected));
    assert_reply_is(&expected.to_http(), literal);
}

#[test]
fn metadata_of_later_versions_are_kept() {
    // That members may be added: https://docs.aws.amazon.com/lambda/latest/dg/configuration-metadata-endpoint.html.
    let literal = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n\
        {\"AvailabilityZoneID\":\"use1-az1\",\"Rack\":7}";
    let mut expected = Metadata::new("use1-az1");
    expected.max_age = None;
    expected.other.insert("Rack".into(), json!(7));
    assert_eq!(Metadata::from_http(reply(literal)).as_ref(), Ok(&expected));
    assert_reply_is(&expected.to_http(), literal);

    for (cache_control, max_age) in
        [("max-age=60", Some(60)), ("private,max-age=5", Some(5)), ("max-age=-1", None), ("no-store", None)]
    {
        let literal = format!(
            "HTTP/1.1 200 OK\r\nCache-Control: {cache_control}\r\n\r\n{{\"AvailabilityZoneID\":\"use1-az1\"}}"
        );
        let decoded = Metadata::from_http(reply(literal.as_bytes())).unwrap();
        assert_eq!(decoded.max_age, max_age.map(Duration::from_secs), "{cache_control}");
    }
}

#[test]
fn metadata_are_refused_without_a_body() {
    // The statuses: https://docs.aws.amazon.com/lambda/latest/dg/configuration-metadata-endpoint.html.
    for (literal, status) in [
        (&b"HTTP/1.1 401 Unauthorized\r\n\r\n"[..], StatusCode::UNAUTHORIZED),
        (b"HTTP/1.1 405 Method Not Allowed\r\n\r\n", StatusCode::METHOD_NOT_ALLOWED),
    ] {
        let Err(ReplyError::Refused(refusal)) = Metadata::from_http(reply(literal)) else {
            panic!("not refused");
        };
        assert_eq!(refusal.status(), status);
    }
}
