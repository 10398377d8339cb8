//! Literal bytes of subscriptions to both APIs, and of what is answered.

use std::time::Duration;

use http::StatusCode;
use lambda_api::{
    Endpoint, ErrorReply, ExtensionId,
    telemetry::{
        Category, DeliveryMethod, Destination, ListenerUri, Problem, SchemaVersion, Subscribe,
        SubscribeError, SubscribeLogs, Subscribed,
    },
};

use crate::golden::{assert_call_is, assert_reply_is, call, reply};

fn extension_id() -> ExtensionId {
    ExtensionId::new("a1b2c3d4-5678-4abc-9def-000000000001").unwrap()
}

fn http(uri: &str) -> Destination {
    Destination::Http { uri: uri.parse().unwrap() }
}

fn telemetry(body: &str) -> Result<Subscribe, SubscribeError> {
    let literal = format!(
        "PUT /2022-07-01/telemetry HTTP/1.1\r\n\
        Lambda-Extension-Identifier: a1b2c3d4-5678-4abc-9def-000000000001\r\n\
        \r\n{body}"
    );
    let (endpoint, headers, body) = call(literal.as_bytes());
    assert_eq!(endpoint, Endpoint::TelemetrySubscribe);
    Subscribe::from_http(&headers, &body)
}

fn logs(body: &str) -> Result<SubscribeLogs, SubscribeError> {
    let literal = format!(
        "PUT /2020-08-15/logs HTTP/1.1\r\n\
        Lambda-Extension-Identifier: a1b2c3d4-5678-4abc-9def-000000000001\r\n\
        \r\n{body}"
    );
    let (endpoint, headers, body) = call(literal.as_bytes());
    assert_eq!(endpoint, Endpoint::LogsSubscribe);
    SubscribeLogs::from_http(&headers, &body)
}

#[track_caller]
fn words<T: std::fmt::Debug>(refused: Result<T, SubscribeError>) -> String {
    match refused {
        Err(SubscribeError::Invalid(problems)) => problems.to_string(),
        other => panic!("not refused for its body: {other:?}"),
    }
}

#[test]
fn telemetry_is_subscribed_to_over_http() {
    // The members: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api-reference.html.
    let literal = b"PUT /2022-07-01/telemetry HTTP/1.1\r\n\
        Content-Type: application/json\r\n\
        Lambda-Extension-Identifier: a1b2c3d4-5678-4abc-9def-000000000001\r\n\
        \r\n\
        {\"schemaVersion\":\"2022-12-13\",\"destination\":{\"protocol\":\"HTTP\",\"URI\":\"http://sandbox.localdomain:8080/path\"},\"types\":[\"platform\",\"function\",\"extension\"],\"buffering\":{\"maxItems\":1000,\"maxBytes\":262144,\"timeoutMs\":100}}";
    let destination = http("http://sandbox.localdomain:8080/path");
    let mut expected = Subscribe::new(extension_id(), destination, Category::ALL.to_vec());
    expected.schema_version = SchemaVersion::V20221213;
    expected.buffering.max_items = 1_000;
    expected.buffering.timeout = Duration::from_millis(100);
    let (endpoint, headers, body) = call(literal);
    assert_eq!(endpoint, Endpoint::TelemetrySubscribe);
    assert_eq!(Subscribe::from_http(&headers, &body).as_ref(), Ok(&expected));
    assert_call_is(&expected.to_http().unwrap(), literal);
}

#[test]
fn telemetry_is_subscribed_to_over_tcp() {
    let literal = b"PUT /2022-07-01/telemetry HTTP/1.1\r\n\
        Content-Type: application/json\r\n\
        Lambda-Extension-Identifier: a1b2c3d4-5678-4abc-9def-000000000001\r\n\
        \r\n\
        {\"schemaVersion\":\"2025-01-29\",\"destination\":{\"protocol\":\"TCP\",\"port\":65535},\"types\":[\"platform\"],\"buffering\":{\"maxItems\":10000,\"maxBytes\":262144,\"timeoutMs\":1000}}";
    let expected =
        Subscribe::new(extension_id(), Destination::Tcp { port: 65_535 }, vec![Category::Platform]);
    let (_, headers, body) = call(literal);
    assert_eq!(Subscribe::from_http(&headers, &body).as_ref(), Ok(&expected));
    assert_call_is(&expected.to_http().unwrap(), literal);
}

#[test]
fn what_is_left_out_has_its_default_and_what_is_unknown_does_not_count() {
    // Old samples, and the collector of OpenTelemetry, send method and encoding to the Telemetry API.
    for body in [
        r#"{"schemaVersion":"2025-01-29","destination":{"protocol":"HTTP","URI":"http://sandbox:80"},"types":["function"]}"#,
        r#"{"types":["function"],"buffering":null,"novelty":1,"schemaVersion":"2025-01-29","destination":{"method":7,"encoding":"JSON","protocol":"HTTP","URI":"http://SANDBOX:80/","port":null}}"#,
        r#"{"schemaVersion":"2025-01-29","destination":{"protocol":"HTTP","URI":"http://sandbox:80"},"types":["function"],"buffering":{"maxItems":null}}"#,
    ] {
        let subscribe = telemetry(body).unwrap();
        let uri = ListenerUri::local(80);
        let Destination::Http { uri: given } = &subscribe.destination else { panic!("not HTTP") };
        assert_eq!((given.port(), given.path()), (uri.port(), uri.path()));
        assert_eq!(subscribe.buffering.max_items, 10_000);
        assert_eq!(subscribe.buffering.max_bytes, 262_144);
        assert_eq!(subscribe.buffering.timeout, Duration::from_secs(1));
    }
}

#[test]
fn the_bounds_themselves_are_allowed() {
    for (items, bytes, millis) in [(1_000, 262_144, 25), (10_000, 1_048_576, 30_000)] {
        let body = format!(
            r#"{{"schemaVersion":"2022-07-01","destination":{{"protocol":"TCP","port":1}},"types":["function"],"buffering":{{"maxItems":{items},"maxBytes":{bytes},"timeoutMs":{millis}}}}}"#
        );
        let buffering = telemetry(&body).unwrap().buffering;
        assert_eq!((buffering.max_items, buffering.max_bytes), (items, bytes));
        assert_eq!(buffering.timeout, Duration::from_millis(millis));
    }
}

#[test]
fn a_refusal_names_all_that_is_wrong_in_the_services_words() {
    // The message of the 400 in https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api-reference.html.
    let body = r#"{"schemaVersion":"2022-07-01","destination":{"protocol":"HTTP","URI":"http://sandbox.localdomain"},"types":[]}"#;
    let refused = telemetry(body);
    assert_eq!(words(refused.clone()), "URI port is not provided; types should not be empty");
    let Err(SubscribeError::Invalid(problems)) = refused else { panic!("taken") };
    assert_eq!(problems.as_slice(), [Problem::UriPortMissing, Problem::TypesMissing]);

    let literal = b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n\r\n\
        {\"errorMessage\":\"URI port is not provided; types should not be empty\",\"errorType\":\"ValidationError\"}\n";
    let refusal = ErrorReply::new(StatusCode::BAD_REQUEST, "ValidationError", problems.to_string());
    assert_reply_is(&refusal.to_http(), literal);
    assert_eq!(Subscribed::from_http(reply(literal)), Err(refusal));

    assert_eq!(
        words(telemetry(r#"{"buffering":{"maxItems":999,"maxBytes":1048577,"timeoutMs":-1}}"#)),
        "schemaVersion is not provided; destination is not provided; types should not be empty; \
         maxItems should be between 1000 and 10000; maxBytes should be between 262144 and 1048576; \
         timeoutMs should be between 25 and 30000"
    );
}

#[test]
fn every_part_of_a_subscription_is_checked() {
    for (destination, problem) in [
        ("{}", "protocol is not provided"),
        (r#"{"protocol":"http","URI":"http://sandbox:80"}"#, "protocol should be HTTP or TCP"),
        (r#"{"protocol":"HTTP","port":80}"#, "URI is not provided"),
        (r#"{"protocol":"HTTP","URI":""}"#, "URI is not valid"),
        (r#"{"protocol":"HTTP","URI":"http://sandbox:80/a b"}"#, "URI is not valid"),
        (r#"{"protocol":"HTTP","URI":"https://sandbox:80"}"#, "URI scheme should be http"),
        (r#"{"protocol":"HTTP","URI":"sandbox:80"}"#, "URI scheme should be http"),
        (
            r#"{"protocol":"HTTP","URI":"http://localhost:80"}"#,
            "URI host should be sandbox.localdomain or sandbox",
        ),
        (
            r#"{"protocol":"HTTP","URI":"ftp://example.com"}"#,
            "URI scheme should be http; URI host should be sandbox.localdomain or sandbox; URI port is not provided",
        ),
        (r#"{"protocol":"HTTP","URI":"http://sandbox:"}"#, "URI port is not provided"),
        (r#"{"protocol":"HTTP","URI":"http://a:1@sandbox/:2"}"#, "URI port is not provided"),
        (r#"{"protocol":"HTTP","URI":"http://sandbox:0"}"#, "URI port should be between 1 and 65535"),
        (r#"{"protocol":"HTTP","URI":"http://sandbox:65536"}"#, "URI port should be between 1 and 65535"),
        (r#"{"protocol":"TCP","URI":"http://sandbox:80"}"#, "port is not provided"),
        (r#"{"protocol":"TCP","port":0}"#, "port should be between 1 and 65535"),
        (r#"{"protocol":"TCP","port":65536}"#, "port should be between 1 and 65535"),
        (r#"{"protocol":"TCP","port":-1}"#, "port should be between 1 and 65535"),
    ] {
        let body =
            format!(r#"{{"schemaVersion":"2022-07-01","destination":{destination},"types":["function"]}}"#);
        assert_eq!(words(telemetry(&body)), problem, "{body}");
    }
    for (version, types, problem) in [
        ("2020-08-15", r#"["function"]"#, "schemaVersion is not supported"),
        ("2022-07-01", r#"["function","novelty"]"#, "types should be platform, function or extension"),
        ("2022-07-01", "null", "types should not be empty"),
    ] {
        let body = format!(
            r#"{{"schemaVersion":"{version}","destination":{{"protocol":"TCP","port":1}},"types":{types}}}"#
        );
        assert_eq!(words(telemetry(&body)), problem, "{body}");
    }
    assert_eq!(
        words(telemetry(r#"{"types":"hunter2"}"#)),
        "request body is not valid: types: invalid type: string, expected a sequence (line 1, column 18)"
    );
}

#[test]
fn a_subscription_without_a_subscriber_is_another_matter() {
    let (_, headers, body) = call(b"PUT /2022-07-01/telemetry HTTP/1.1\r\n\r\nnonsense");
    let nobody = Subscribe::from_http(&headers, &body).unwrap_err();
    let SubscribeError::Subscriber(source) = nobody else { panic!("the body was looked at: {nobody}") };
    assert_eq!(source.to_string(), "header lambda-extension-identifier is missing");
    assert!(matches!(SubscribeLogs::from_http(&headers, &body), Err(SubscribeError::Subscriber(_))));
}

#[test]
fn a_200_is_the_only_success() {
    // https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api-reference.html; the words of the 202, with which
    // nothing will ever be delivered, are those of AWS's runtime interface emulator.
    assert_reply_is(&Subscribed.to_http(), b"HTTP/1.1 200 OK\r\n\r\n\"OK\"");
    assert_eq!(Subscribed::from_http(reply(b"HTTP/1.1 200 OK\r\n\r\n\"OK\"")), Ok(Subscribed));
    let literal = b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\n\r\n\
        {\"errorMessage\":\"Telemetry API is not supported\",\"errorType\":\"Telemetry.NotSupported\"}\n";
    let refusal = Subscribed::from_http(reply(literal)).unwrap_err();
    assert_eq!(refusal.error_type(), Some("Telemetry.NotSupported"));
}

#[test]
fn logs_are_subscribed_to_with_a_method() {
    // The members: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-logs-api.html.
    for (method, name) in [(DeliveryMethod::Put, "PUT"), (DeliveryMethod::Post, "POST")] {
        let literal = format!(
            "PUT /2020-08-15/logs HTTP/1.1\r\n\
            Content-Type: application/json\r\n\
            Lambda-Extension-Identifier: a1b2c3d4-5678-4abc-9def-000000000001\r\n\
            \r\n\
            {{\"schemaVersion\":\"2021-03-18\",\"destination\":{{\"protocol\":\"HTTP\",\"URI\":\"http://sandbox.localdomain:8080/lambda_logs\",\"method\":\"{name}\"}},\"types\":[\"platform\",\"function\"],\"buffering\":{{\"maxItems\":10000,\"maxBytes\":262144,\"timeoutMs\":1000}}}}"
        );
        let destination = http("http://sandbox.localdomain:8080/lambda_logs");
        let mut expected =
            SubscribeLogs::new(extension_id(), destination, vec![Category::Platform, Category::Function]);
        expected.method = method;
        let (_, headers, body) = call(literal.as_bytes());
        assert_eq!(SubscribeLogs::from_http(&headers, &body).as_ref(), Ok(&expected));
        assert_call_is(&expected.to_http().unwrap(), literal.as_bytes());
        assert_eq!(http::Method::from(method).as_str(), name);
    }
}

#[test]
fn logs_over_tcp_have_no_method() {
    let literal = b"PUT /2020-08-15/logs HTTP/1.1\r\n\
        Content-Type: application/json\r\n\
        Lambda-Extension-Identifier: a1b2c3d4-5678-4abc-9def-000000000001\r\n\
        \r\n\
        {\"schemaVersion\":\"2020-08-15\",\"destination\":{\"protocol\":\"TCP\",\"port\":1},\"types\":[\"platform\"],\"buffering\":{\"maxItems\":10000,\"maxBytes\":262144,\"timeoutMs\":1000}}";
    let mut expected =
        SubscribeLogs::new(extension_id(), Destination::Tcp { port: 1 }, vec![Category::Platform]);
    expected.schema_version = SchemaVersion::V20200815;
    let (_, headers, body) = call(literal);
    assert_eq!(SubscribeLogs::from_http(&headers, &body).as_ref(), Ok(&expected));
    assert_call_is(&expected.to_http().unwrap(), literal);
}

#[test]
fn logs_have_defaults_and_checks_of_their_own() {
    // The default of the version: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-logs-api.html.
    let body = r#"{"types":["platform"],"destination":{"protocol":"HTTP","URI":"http://sandbox:80","encoding":"JSON"}}"#;
    let taken = logs(body).unwrap();
    assert_eq!((taken.schema_version, taken.method), (SchemaVersion::V20200815, DeliveryMethod::Post));
    let body = r#"{"schemaVersion":"2022-07-01","types":[],"destination":{"protocol":"HTTP","URI":"http://sandbox:80","encoding":"XML","method":"GET"}}"#;
    assert_eq!(
        words(logs(body)),
        "schemaVersion is not supported; types should not be empty; encoding should be JSON; \
         method should be PUT or POST"
    );
}
