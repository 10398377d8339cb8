//! Mistakes of `lambda_http` 1.3.2 and of the types that it reads, none of which is made here. They are numbered as in the list
//! that this project began with: B30 to B36 and B38.

use std::collections::BTreeSet;

use lambda_events::{
    Source,
    http::{self, HttpEvent, ReadOptions, RequestError},
    samples,
};
use serde_json::{Value, json};

use super::{format, of_each_format, oracle, read, with_path};

/// The response of a format as JSON.
fn answer(name: &str, headers: &[(&'static str, &'static str)], body: &[u8]) -> Value {
    let mut map = ::http::HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, value.parse().unwrap());
    }
    serde_json::from_slice(&format(name).to_json(::http::StatusCode::OK, &map, body, None)).unwrap()
}

#[test]
fn b30_a_repeated_request_header_keeps_all_its_values() {
    let both = json!({ "headers": { "X-Multi": "b" }, "multiValueHeaders": { "X-Multi": ["a", "b"] } });
    let rest = json!({ "httpMethod": "GET", "path": "/", "requestContext": { "resourcePath": "/" } });
    let alb = json!({ "httpMethod": "GET", "path": "/", "requestContext": { "elb": {} } });
    let websocket =
        json!({ "requestContext": { "connectionId": "1", "eventType": "CONNECT", "routeKey": "$connect" } });
    for mut event in [rest, alb, websocket] {
        let members = both.as_object().unwrap().clone();
        event.as_object_mut().unwrap().extend(members);
        let request = read(&event).unwrap();
        let values: Vec<_> = request.headers().get_all("x-multi").iter().collect();
        assert_eq!(values, ["a", "b"], "{event}");
    }
    // As a REST API sends it, beside what format 2.0 says of the same request.
    let rest = http::from_str(samples::APIGW_REST.json()).unwrap();
    let accepted: Vec<_> = rest.headers().get_all("accept").iter().collect();
    assert_eq!(accepted, ["text/html", "application/json"]);
    let api = http::from_str(samples::APIGW_HTTP.json()).unwrap();
    let accepted: Vec<_> = api.headers().get_all("accept").iter().collect();
    assert_eq!(accepted, ["text/html,application/json"]);
}

#[test]
fn b31_a_repeated_response_header_keeps_all_its_values() {
    let vary = [("vary", "accept"), ("vary", "origin")];
    for name in ["function URL", "HTTP API", "load balancer", "VPC Lattice", "VPC Lattice, version 1"] {
        assert_eq!(answer(name, &vary, b"")["headers"], json!({ "vary": "accept, origin" }), "{name}");
    }
    for name in ["REST API", "HTTP API 1.0", "load balancer, multi-value"] {
        assert_eq!(
            answer(name, &vary, b"")["multiValueHeaders"],
            json!({ "vary": ["accept", "origin"] }),
            "{name}"
        );
    }
}

#[test]
fn b32_what_a_client_sends_makes_no_panic() {
    let odd = [
        json!({ "x-forwarded-proto": "https,http", "host": "a b" }),
        json!({ "x-forwarded-proto": "\u{7f}", "host": "user@evil" }),
        json!({ "x-forwarded-proto": "", "host": "" }),
        json!({ "host": "[::1", "x": "\r\n" }),
    ];
    for (name, event) in of_each_format() {
        for headers in &odd {
            let mut event = with_path(name, &event, "/a\"b");
            event["headers"] = headers.clone();
            event["multiValueHeaders"] = headers.clone();
            event["rawQueryString"] = "a=\"&b=<>".into();
            for query in ["queryStringParameters", "multiValueQueryStringParameters"] {
                event[query] = json!({ "\"": ["\"", "#"], "<": ">" });
            }
            event["body"] = "no base64!".into();
            for absolute in [false, true] {
                let options = ReadOptions::new().absolute_uri(absolute);
                let request =
                    options.read(event.to_string()).unwrap_or_else(|error| panic!("{name}: {error}"));
                assert!(request.uri().path().starts_with("/a"), "{name}: {}", request.uri());
                assert_ne!(request.uri().host(), Some("evil"));
            }
            event["isBase64Encoded"] = true.into();
            event["is_base64_encoded"] = true.into();
            let error = read(&event).unwrap_err();
            assert_eq!(error.to_string(), "the body of the request is refused: it is no base64");
            assert_eq!(
                error.response_format(),
                HttpEvent::of(&{
                    event["body"] = "".into();
                    read(&event).unwrap()
                })
                .map(HttpEvent::response_format)
            );
        }
    }
}

#[test]
fn b33_a_binary_body_without_a_content_type_is_sent_as_base64() {
    for (name, _) in of_each_format() {
        let answer = answer(name, &[], b"\xff\xfe\x00\x80");
        assert_eq!(
            (&answer["body"], &answer["isBase64Encoded"]),
            (&json!("//4AgA=="), &json!(true)),
            "{name}"
        );
    }
}

#[test]
fn b34_a_charset_changes_no_byte_and_text_of_any_type_is_text() {
    for (name, _) in of_each_format() {
        // "hi" in UTF-16 with its mark, and a header that says so.
        let answer_16 = answer(name, &[("content-type", "text/plain; charset=utf-16")], b"\xff\xfeh\0i\0");
        assert_eq!(
            (&answer_16["body"], &answer_16["isBase64Encoded"]),
            (&json!("//5oAGkA"), &json!(true)),
            "{name}"
        );
        // The mark of UTF-8 stays.
        let marked = answer(name, &[("content-type", "text/csv; charset=utf-8")], b"\xef\xbb\xbfa;b");
        assert_eq!(
            (&marked["body"], &marked["isBase64Encoded"]),
            (&json!("\u{feff}a;b"), &json!(false)),
            "{name}"
        );
        let types = [
            "application/x-ndjson",
            "application/x-www-form-urlencoded",
            "application/graphql",
            "TEXT/PLAIN",
            "Application/JSON",
        ];
        for content_type in types {
            let answer = answer(name, &[("content-type", content_type)], b"a=1");
            assert_eq!(
                (&answer["body"], &answer["isBase64Encoded"]),
                (&json!("a=1"), &json!(false)),
                "{name}"
            );
        }
        assert_eq!(answer(name, &[("content-type", "IMAGE/PNG")], b"a=1")["isBase64Encoded"], true, "{name}");
        assert_eq!(answer(name, &[("content-encoding", "gzip")], b"a=1")["isBase64Encoded"], true, "{name}");
    }
}

#[test]
fn b35_dots_of_a_path_stay() {
    for path in ["/a/%2e%2e/b", "/a/../b", "/a/./b", "//a//b/", "/a/%2E%2e", "/..", "/%2f..%2F"] {
        for (name, event) in of_each_format() {
            let request = read(&with_path(name, &event, path)).unwrap();
            assert_eq!(request.uri().path(), path, "{name}");
            assert_eq!(HttpEvent::of(&request).unwrap().path(), path, "{name}");
        }
    }
}

#[test]
fn b36_a_wrong_type_where_nobody_looks_fails_nothing_and_errors_say_why() {
    let mut event: Value = serde_json::from_str(samples::APIGW_HTTP.json()).unwrap();
    let said = oracle::said(&event);
    event["requestContext"]["timeEpoch"] = "1773342238123".into();
    event["requestContext"]["authorizer"] = json!([1]);
    event["stageVariables"] = json!("none");
    assert_eq!(oracle::of_request(&read(&event).unwrap()), said);

    event["requestContext"]["http"]["method"] = "no method".into();
    assert_eq!(
        read(&event).unwrap_err().to_string(),
        "the method of the request is refused: it is no method"
    );
    assert_eq!(
        http::from_str(samples::SQS.json()).unwrap_err().to_string(),
        "the event is no HTTP request; this looks like an event of Amazon SQS, whose type is lambda_events::sqs::Sqs"
    );
    let error = http::from_str("{\"httpMethod\":\"GET\",\n\"path\":}").unwrap_err();
    assert!(matches!(error, RequestError::Json(_)));
    assert_eq!(error.to_string(), "the event is no JSON: expected value at line 2 column 8");
    assert!(matches!(read(&json!({ "n": 1 })), Err(RequestError::NotHttp(None))));
    // What a load balancer's event lacks, no other format makes up for.
    let event = json!({ "path": "/", "headers": {}, "requestContext": { "elb": {} } });
    let error = read(&event).unwrap_err();
    assert!(error.to_string().contains("method"), "{error}");
    let event = json!({ "method": "GET", "path": "/", "headers": {} });
    assert!(matches!(read(&event), Err(RequestError::NotHttp(None))), "of nobody");
    assert_eq!(
        HttpEvent::of(&http::from_str(samples::ALB.json()).unwrap()).map(HttpEvent::source),
        Some(Source::Alb)
    );
}

#[test]
fn b38_the_feature_http_compiles_the_types_of_four_sources_and_brings_no_dependency_for_them() {
    let manifest = include_str!("../../../Cargo.toml");
    let features = manifest.split("[features]").nth(1).unwrap().split("\n[").next().unwrap();
    let of = |name: &str| -> Vec<String> {
        let start = format!("\n{name} = [");
        let list = features.split(&start).nth(1).unwrap().split(']').next().unwrap();
        list.split(',')
            .map(|item| item.trim().trim_matches('"').to_owned())
            .filter(|item| !item.is_empty())
            .collect()
    };
    let (mut all, mut new) = (BTreeSet::new(), vec!["http".to_owned()]);
    while let Some(feature) = new.pop() {
        if all.insert(feature.clone()) && !feature.contains(':') {
            new.extend(of(&feature));
        }
    }
    let sources: BTreeSet<_> = of("all").into_iter().collect();
    let with_http: Vec<_> = sources.intersection(&all).collect();
    assert_eq!(with_http, ["alb", "apigw", "lambda_url", "vpc_lattice"]);
    let dependencies: Vec<_> = all.iter().filter_map(|item| item.strip_prefix("dep:")).collect();
    let expected = [
        "base64",
        "bytes",
        "http",
        "http-body",
        "percent-encoding",
        "serde",
        "serde_json",
        "serde_path_to_error",
        "thiserror",
    ];
    assert_eq!(dependencies, expected);
}
