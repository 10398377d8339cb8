//! Whatever the events are, each has an answer or an error report, and the loop goes on.

use axum::{Router, body::Bytes};
use lambda_runtime::http::{HttpLayer, InvokeMode};
use mock_server::{Function, Invocation};
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Map, Value};

use super::{Format, function_with};

/// Names that events of HTTP have in them.
const NAMES: [&str; 34] = [
    "version",
    "httpMethod",
    "method",
    "path",
    "rawPath",
    "raw_path",
    "rawQueryString",
    "headers",
    "multiValueHeaders",
    "queryStringParameters",
    "multiValueQueryStringParameters",
    "query_string_parameters",
    "cookies",
    "body",
    "isBase64Encoded",
    "is_base64_encoded",
    "requestContext",
    "pathParameters",
    "stageVariables",
    "http",
    "elb",
    "stage",
    "domainName",
    "routeKey",
    "eventType",
    "connectionId",
    "serviceNetworkArn",
    "resourcePath",
    "protocol",
    "host",
    "cookie",
    "x-forwarded-proto",
    "content-type",
    "content-length",
];

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        select(vec![
            "GET", "2.0", "1.0", "/a?b#c", "%2", "é", "*", "http://[", "a b", "$default", "=", "\0\r\n"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 8, |inner| {
        let name = prop_oneof![4 => select(&NAMES[..]).prop_map(str::to_owned), 1 => any::<String>()];
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((name, inner), 0..8).prop_map(|members| Value::from(Map::from_iter(members))),
        ]
    })
}

/// Events of a known format in which some members are something else.
fn bent() -> impl Strategy<Value = Value> {
    let members = vec((select(&NAMES[..]), json(), any::<bool>()), 0..6);
    (select(&Format::ALL[..]), any::<String>(), members).prop_map(|(format, path, members)| {
        let mut event = format.get(&format!("/{path}"));
        for (name, value, is_of_context) in members {
            match is_of_context {
                true => event["requestContext"]
                    .as_object_mut()
                    .map(|context| context.insert(name.to_owned(), value)),
                false => event.as_object_mut().map(|event| event.insert(name.to_owned(), value)),
            };
        }
        event
    })
}

fn events() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        1 => vec(any::<u8>(), 0..256),
        3 => json().prop_map(|event| event.to_string().into_bytes()),
        6 => bent().prop_map(|event| event.to_string().into_bytes()),
    ]
}

/// A router that reads everything and answers all of it.
fn router() -> Router {
    let echo = async |request: axum::extract::Request| {
        let (head, body) = request.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_else(|_| Bytes::new());
        let whole = [head.uri.to_string().as_bytes(), &body].concat();
        (head.headers, whole)
    };
    Router::new().fallback(echo)
}

/// An event is answered or reported, and after it a request is served by the same environment.
async fn survives(function: &Function, event: Vec<u8>) -> Result<(), TestCaseError> {
    let outcome = function.invoke(Invocation::new(event)).await;
    prop_assert!(!outcome.is_timeout(), "it hangs");
    if let Some(error_type) = outcome.error_type() {
        prop_assert_eq!(error_type, "Runtime.UnmarshalError", "{:?}", outcome.json());
    }
    let next = function.invoke(Format::Url.get("/next")).await;
    prop_assert!(next.is_success(), "{:?}", next.json());
    Ok(())
}

#[test]
fn whatever_the_event_is_it_has_an_answer_or_a_report_and_the_loop_goes_on() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    for mode in [InvokeMode::Buffered, InvokeMode::ResponseStream] {
        let layer = HttpLayer::new().invoke_mode(mode).absolute_uri(true).strip_stage(true);
        let function = function_with(layer, |builder| builder, router);
        runtime.block_on(async { assert!(function.invoke(Format::Url.get("/")).await.is_success()) });
        let mut runner = proptest::test_runner::TestRunner::default();
        let outcome = runner.run(&events(), |event| runtime.block_on(survives(&function, event)));
        outcome.unwrap_or_else(|problem| panic!("{problem}"));
        // One environment has served them all.
        let last = runtime.block_on(function.invoke(Format::Url.get("/")));
        assert!(!last.report().is_cold_start());
    }
}
