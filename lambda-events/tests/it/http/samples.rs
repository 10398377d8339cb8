//! Samples and templates: each HTTP event is the request that its JSON says, and each other event is none.

use std::{env, fs};

use lambda_events::{
    Source, detect,
    http::{self, Body, HttpEvent, ReadOptions, RequestContext, RequestError},
    samples,
};
use serde_json::{Value, json};

use super::{oracle, read};
use crate::templates::FOLDER;

fn is_http(source: Source) -> bool {
    matches!(
        source,
        Source::Alb
            | Source::ApiGatewayHttp
            | Source::ApiGatewayRest
            | Source::ApiGatewayWebSocket
            | Source::LambdaUrl
            | Source::VpcLatticeV1
            | Source::VpcLatticeV2
    )
}

fn assert_is_what_it_says(name: &str, json: &str) -> Source {
    let request = http::from_str(json).unwrap_or_else(|error| panic!("{name}: {error}"));
    let event: Value = serde_json::from_str(json).unwrap();
    assert_eq!(oracle::of_request(&request), oracle::said(&event), "{name}");
    let event = HttpEvent::of(&request).unwrap();
    assert_eq!(Some(event.source()), detect(json.as_bytes()), "{name}");
    assert_eq!(event.payload(), json.as_bytes());
    assert_eq!(event.path(), request.uri().path(), "{name}");
    event.source()
}

#[test]
fn each_sample_of_http_is_the_request_that_its_json_says() {
    let mut sources = std::collections::BTreeSet::new();
    for sample in samples::all() {
        if detect(sample.json.as_bytes()).is_some_and(is_http) {
            sources.insert(assert_is_what_it_says(sample.name, sample.json));
        }
    }
    assert_eq!(sources.len(), 7, "{sources:?}");
}

#[test]
fn each_template_of_http_is_the_request_that_its_json_says() {
    // What it is, is said by the test of all templates.
    let Some(folder) = env::var_os(FOLDER) else { return };
    let mut count = 0;
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        match detect(text.as_bytes()) {
            Some(source) if is_http(source) => {
                assert_is_what_it_says(&path.display().to_string(), &text);
                count += 1;
            }
            detected => match http::from_str(&text) {
                Err(RequestError::NotHttp(source)) => assert_eq!(source, detected, "{}", path.display()),
                other => panic!("{}: {other:?}", path.display()),
            },
        }
    }
    assert!(count >= 3, "{count} templates");
}

#[test]
fn other_samples_are_no_requests_and_the_error_names_their_service() {
    let mut count = 0;
    for sample in samples::all() {
        let detected = detect(sample.json.as_bytes());
        if detected.is_some_and(is_http) {
            continue;
        }
        match http::from_str(sample.json) {
            Err(error @ RequestError::NotHttp(source)) => {
                assert_eq!(source, detected, "{}", sample.name);
                let name = source.map(|source| source.to_string()).unwrap_or_default();
                let error_text = error.to_string();
                assert!(error_text.starts_with("the event is no HTTP request") && error_text.contains(&name));
                assert!(error.response_format().is_none());
            }
            other => panic!("{}: {other:?}", sample.name),
        }
        count += 1;
    }
    assert!(count > 150, "{count}");
}

#[test]
fn without_any_of_its_members_a_sample_is_of_the_source_that_is_detected() {
    for sample in samples::all() {
        let whole: Value = serde_json::from_str(sample.json).unwrap();
        let Value::Object(members) = &whole else { continue };
        let of_context = whole["requestContext"].as_object().into_iter().flatten();
        let pointers = members.keys().map(|name| (None, name));
        let pointers = pointers.chain(of_context.map(|(name, _)| (Some("requestContext"), name)));
        for (object, member) in pointers {
            for deletes in [false, true] {
                let mut event = whole.clone();
                let object = if let Some(object) = object { &mut event[object] } else { &mut event };
                match object.as_object_mut().unwrap() {
                    object if deletes => _ = object.remove(member),
                    object => _ = object.insert(member.clone(), Value::Null),
                }
                let detected = detect(event.to_string().as_bytes());
                match read(&event) {
                    Ok(request) => {
                        let source = HttpEvent::of(&request).unwrap().source();
                        assert_eq!(Some(source), detected, "{}: {member}", sample.name);
                    }
                    Err(RequestError::NotHttp(source)) => {
                        let is_http = source.is_some_and(is_http);
                        assert!(source == detected && !is_http, "{}: {member}: {source:?}", sample.name);
                    }
                    Err(error) => {
                        assert!(error.to_string().contains("method"), "{}: {member}: {error}", sample.name);
                    }
                }
            }
        }
    }
}

#[test]
fn a_body_is_text_if_it_came_as_text_or_is_utf_8_of_no_binary_type() {
    let kind = |content_type: &str, body: &str, is_base64: bool| {
        let event = json!({ "httpMethod": "POST", "path": "/", "headers": { "Content-Type": content_type },
            "body": body, "isBase64Encoded": is_base64 });
        read(&event).unwrap().into_body()
    };
    assert_eq!(kind("image/png", "text", false), Body::Text("text".to_owned()));
    assert_eq!(kind("application/json", "e30=", true), Body::Text("{}".to_owned()));
    assert_eq!(kind("application/octet-stream", "e30=", true), Body::Binary(b"{}".to_vec()));
    assert_eq!(kind("text/plain", "//4AgA==", true), Body::Binary(vec![0xff, 0xfe, 0, 0x80]));
    assert_eq!(kind("text/plain", "", true), Body::Empty);
}

#[test]
fn the_context_is_that_of_the_source() {
    for sample in samples::http() {
        let Ok(request) = http::from_str(sample.json) else { continue };
        let event = HttpEvent::of(&request).unwrap();
        let is_its_own = matches!(
            (event.source(), event.context()),
            (Source::Alb, Some(RequestContext::Alb(_)))
                | (Source::ApiGatewayHttp, Some(RequestContext::ApiGatewayV2(_)))
                | (Source::ApiGatewayRest, Some(RequestContext::ApiGatewayV1(_)))
                | (Source::ApiGatewayWebSocket, Some(RequestContext::WebSocket(_)))
                | (Source::LambdaUrl, Some(RequestContext::LambdaUrl(_)))
                | (Source::VpcLatticeV2, Some(RequestContext::VpcLattice(_)))
                | (Source::VpcLatticeV1, None)
        );
        assert!(is_its_own, "{}: {:?}", sample.name, event.context());
    }
}

#[test]
fn the_stage_is_stripped_where_it_is_one() {
    let path = |stage: &str, path: &str| {
        let event = json!({ "version": "2.0", "rawPath": path, "rawQueryString": "a=1",
            "requestContext": { "stage": stage, "http": { "method": "GET" } } });
        let stripped = ReadOptions::new().strip_stage(true).read(event.to_string()).unwrap();
        let kept = read(&event).unwrap();
        assert_eq!(kept.uri().path(), path);
        let event = HttpEvent::of(&kept).unwrap();
        assert_eq!(event.path(), stripped.uri().path());
        stripped.uri().to_string()
    };
    assert_eq!(path("prod", "/prod/orders"), "/orders?a=1");
    assert_eq!(path("prod", "/prod/"), "/?a=1");
    assert_eq!(path("prod", "/prod"), "/?a=1");
    assert_eq!(path("prod", "/product"), "/product?a=1");
    assert_eq!(path("prod", "/orders/prod"), "/orders/prod?a=1");
    assert_eq!(path("$default", "/orders"), "/orders?a=1");
    // A REST API has no stage in its path.
    let event = json!({ "httpMethod": "GET", "path": "/prod/x", "requestContext": { "stage": "prod", "resourcePath": "/" } });
    let request = ReadOptions::new().strip_stage(true).read(event.to_string()).unwrap();
    assert_eq!(request.uri(), "/prod/x");
}

#[test]
fn the_path_of_a_message_is_its_route_whatever_it_is_called() {
    let path = |kind: &str, route: Value| {
        let event = json!({ "requestContext": { "connectionId": "c", "eventType": kind, "routeKey": route, "stage": "prod" } });
        let request = read(&event).unwrap();
        let known = HttpEvent::of(&request).unwrap();
        assert_eq!((known.source(), known.path()), (Source::ApiGatewayWebSocket, request.uri().path()));
        format!("{} {}", request.method(), request.uri())
    };
    assert_eq!(path("CONNECT", json!("$connect")), "GET /$connect");
    assert_eq!(path("DISCONNECT", json!("$disconnect")), "POST /$disconnect");
    assert_eq!(path("MESSAGE", json!(null)), "POST /$default");
    assert_eq!(path("MESSAGE", json!("say hello?")), "POST /say%20hello%3F");
    // Not that of a route without the slash.
    assert_eq!(path("MESSAGE", json!("/say")), "POST //say");
    assert_eq!(path("MESSAGE", json!("prod")), "POST /prod");
}
