//! Requests become events that read as the same requests, up to what a format cannot carry.

use std::collections::BTreeMap;

use ::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Version};
use lambda_events::{
    Event, Source, Unknown,
    alb::AlbRequest,
    apigw::{HttpRequest, RestRequest},
    detect,
    http::{self, Body, EventFormat, HttpEvent, ReadOptions, RequestContext, WriteOptions, to_event},
    lambda_url::UrlRequest,
    vpc_lattice::{LatticeRequest, LatticeRequestV1},
};
use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::oracle::parameters;

fn source(format: EventFormat) -> Source {
    match format {
        EventFormat::LambdaUrl => Source::LambdaUrl,
        EventFormat::HttpApi => Source::ApiGatewayHttp,
        EventFormat::HttpApi1 | EventFormat::RestApi => Source::ApiGatewayRest,
        EventFormat::Alb | EventFormat::AlbMultiValue => Source::Alb,
        EventFormat::VpcLattice => Source::VpcLatticeV2,
        EventFormat::VpcLattice1 => Source::VpcLatticeV1,
        other => panic!("{other:?} is new"),
    }
}

/// What services add to a request.
const ADDED: &[&str] =
    &["host", "x-amzn-trace-id", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"];

type Pairs = Vec<(String, String)>;

/// Pairs in the order in which their names first come.
fn together(pairs: &[(String, String)]) -> Pairs {
    let mut all = Pairs::new();
    for (name, _) in pairs {
        if !all.iter().any(|(known, _)| known == name) {
            all.extend(pairs.iter().filter(|(other, _)| other == name).cloned());
        }
    }
    all
}

fn last_of_each(pairs: &[(String, String)]) -> Pairs {
    let all = together(pairs);
    let is_last = |place: usize| all.get(place + 1).is_none_or(|(next, _)| *next != all[place].0);
    all.iter().enumerate().filter(|(place, _)| is_last(*place)).map(|(_, pair)| pair.clone()).collect()
}

fn raw_parameters(query: &str) -> Pairs {
    let parts = query.split('&').filter(|part| !part.is_empty());
    let pairs = parts.map(|part| part.split_once('=').unwrap_or((part, "")));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn assert_same_target(format: EventFormat, sent: &::http::Uri, read: &::http::Uri) {
    let decode = |path: &str| percent_decode_str(path).decode_utf8_lossy().into_owned();
    match format {
        // Twice, without what comes after a question mark that the first time brings to light; what then still looks like an
        // escape is left to the framework.
        EventFormat::HttpApi | EventFormat::HttpApi1 => {
            let once = decode(sent.path());
            let twice = decode(once.split('?').next().unwrap());
            assert_eq!(decode(&twice), decode(read.path()));
        }
        _ => assert_eq!(sent.path(), read.path(), "{format:?}"),
    }
    let (sent, read) = (sent.query().unwrap_or_default(), read.query().unwrap_or_default());
    match format {
        EventFormat::LambdaUrl | EventFormat::HttpApi | EventFormat::VpcLattice1 => {
            assert_eq!(sent, read, "{format:?}")
        }
        EventFormat::HttpApi1 | EventFormat::RestApi => {
            assert_eq!(together(&parameters(&sent.replace('+', " "))), parameters(read))
        }
        EventFormat::Alb => assert_eq!(last_of_each(&raw_parameters(sent)), raw_parameters(read)),
        _ => assert_eq!(together(&raw_parameters(sent)), raw_parameters(read), "{format:?}"),
    }
}

fn assert_same_headers(format: EventFormat, sent: &HeaderMap, read: &HeaderMap) {
    let lists = |headers: &HeaderMap| -> BTreeMap<String, Vec<String>> {
        let values = |name: &HeaderName| {
            headers
                .get_all(name)
                .iter()
                .map(|value| String::from_utf8(value.as_bytes().to_vec()).unwrap())
                .collect()
        };
        headers.keys().map(|name| (name.to_string(), values(name))).collect()
    };
    let mut expected = lists(sent);
    for (name, values) in &mut expected {
        let joined = match format {
            EventFormat::LambdaUrl | EventFormat::HttpApi if name == "cookie" => values.join("; "),
            EventFormat::LambdaUrl | EventFormat::HttpApi => values.join(","),
            EventFormat::VpcLattice1 => values.join(", "),
            EventFormat::Alb => values.last().unwrap().clone(),
            _ => continue,
        };
        *values = vec![joined];
    }
    let mut read = lists(read);
    for name in ADDED.iter().filter(|name| !sent.contains_key(**name)) {
        read.remove(*name);
    }
    assert_eq!(expected, read, "{format:?}");
}

fn requests() -> impl Strategy<Value = Request<Vec<u8>>> {
    let method = prop::sample::select(vec!["GET", "POST", "PUT", "DELETE", "OPTIONS", "PROPFIND", "get"]);
    // No text that would need decoding twice, which HTTP APIs do not tell apart.
    let path = "(/([a-zA-Z0-9._~!$&'()*+,;=:@-]|%20|%3F|%C3%A9|%2F|%23){0,6}){1,4}";
    let query =
        prop::option::of("([a-c%+]?(%20|%26|%3D|%2B|%C3%A9)?(=[a-z0-9]?(%20|%26|%3D|%25|\\+)?=?)?&){0,5}");
    let query = query
        .prop_map(|query| query.map(|query| query.replace("%=", "=").replace("%&", "&").replace("%%", "%")));
    let names = "x-[a-c]|accept|host|x-forwarded-proto|content-type|user-agent";
    let headers = prop::collection::vec((names, "[!-~]{1,10}|[a-z]{1,5}(\u{e9}| [a-z]{1,3})"), 0..7);
    let cookies = prop::collection::vec("[a-z]=[a-z0-9]{0,5}", 0..3);
    let body = prop_oneof![
        Just(Vec::new()),
        prop::collection::vec(any::<u8>(), 0..30),
        ".{0,20}".prop_map(String::into_bytes)
    ];
    (method, path, query, headers, cookies, body).prop_map(|(method, path, query, headers, cookies, body)| {
        let target = query.map_or_else(|| path.clone(), |query| format!("{path}?{query}"));
        let mut request = Request::new(body);
        *request.method_mut() = Method::from_bytes(method.as_bytes()).unwrap();
        // A path that begins with two slashes is one of a server's, too, and no name of a host.
        *request.uri_mut() = ::http::Uri::from(target.parse::<::http::uri::PathAndQuery>().unwrap());
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            request.headers_mut().append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        for cookie in cookies {
            request.headers_mut().append("cookie", cookie.parse().unwrap());
        }
        request
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_request_that_becomes_an_event_reads_as_the_same_request(request in requests()) {
        for format in EventFormat::ALL {
            let event = to_event(format, &request);
            prop_assert_eq!(detect(&event), Some(source(format)), "{:?}", format);
            let read = http::from_slice(&event).unwrap_or_else(|error| panic!("{format:?}: {error}"));
            prop_assert_eq!(HttpEvent::of(&read).unwrap().source(), source(format));
            prop_assert_eq!(request.method(), read.method());
            assert_same_target(format, request.uri(), read.uri());
            assert_same_headers(format, request.headers(), read.headers());
            prop_assert_eq!(&**request.body(), &**read.body(), "{:?}", format);
        }
    }

    #[test]
    fn what_was_read_from_an_event_becomes_an_event_that_reads_the_same(request in requests()) {
        for format in EventFormat::ALL {
            let once = http::from_slice(&to_event(format, &request)).unwrap();
            let twice = http::from_slice(&to_event(format, &once)).unwrap();
            prop_assert_eq!(once.uri(), twice.uri(), "{:?}", format);
            prop_assert_eq!(once.headers(), twice.headers(), "{:?}", format);
            prop_assert_eq!(once.body(), twice.body(), "{:?}", format);
        }
    }
}

fn request() -> Request<&'static str> {
    let request = Request::post("/orders/caf%C3%A9?tag=green&dry&tag=blue%20%26%20white")
        .header("accept", "text/html")
        .header("accept", "application/json")
        .header("cookie", "a=1; b=2")
        .header("content-type", "application/json; charset=utf-8");
    request.body("{}").unwrap()
}

fn event(format: EventFormat) -> Value {
    serde_json::from_slice(&to_event(format, &request())).unwrap()
}

#[test]
fn format_2_has_cookies_apart_and_values_joined_and_leaves_out_what_is_not_there() {
    for (format, path) in
        [(EventFormat::LambdaUrl, "/orders/caf%C3%A9"), (EventFormat::HttpApi, "/orders/caf\u{e9}")]
    {
        let event = event(format);
        assert_eq!(event["version"], "2.0");
        assert_eq!(event["rawPath"], path);
        assert_eq!(event["requestContext"]["http"]["path"], path);
        assert_eq!(event["rawQueryString"], "tag=green&dry&tag=blue%20%26%20white");
        assert_eq!(event["queryStringParameters"], json!({ "tag": "green,blue & white", "dry": "" }));
        assert_eq!(event["cookies"], json!(["a=1", "b=2"]));
        assert_eq!(event["headers"]["accept"], "text/html,application/json");
        assert!(event["headers"].get("cookie").is_none());
        assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("{}"), &json!(false)));
        assert_eq!(event["requestContext"]["stage"], "$default");
        let empty: Value = serde_json::from_slice(&to_event(format, &Request::new(""))).unwrap();
        for absent in ["cookies", "queryStringParameters", "body", "pathParameters", "stageVariables"] {
            assert!(empty.get(absent).is_none(), "{absent}");
        }
        assert_eq!(empty["rawQueryString"], "");
    }
}

#[test]
fn format_1_has_all_values_and_the_last_ones_and_null_for_what_is_not_there() {
    for (format, path) in
        [(EventFormat::RestApi, "/orders/caf%C3%A9"), (EventFormat::HttpApi1, "/orders/caf\u{e9}")]
    {
        let event = event(format);
        assert_eq!(event["path"], path);
        assert_eq!(event["queryStringParameters"], json!({ "tag": "blue & white", "dry": "" }));
        let all = json!({ "tag": ["green", "blue & white"], "dry": [""] });
        assert_eq!(event["multiValueQueryStringParameters"], all);
        assert_eq!(event["headers"]["accept"], "application/json");
        assert_eq!(event["multiValueHeaders"]["accept"], json!(["text/html", "application/json"]));
        assert_eq!(event.get("version").is_some(), format == EventFormat::HttpApi1);
        let empty: Value = serde_json::from_slice(&to_event(format, &Request::new(""))).unwrap();
        for null in [
            "queryStringParameters",
            "multiValueQueryStringParameters",
            "pathParameters",
            "stageVariables",
            "body",
        ] {
            assert_eq!(empty.get(null), Some(&Value::Null), "{null}");
        }
    }
    assert_eq!(event(EventFormat::RestApi)["requestContext"]["path"], "/prod/orders/caf%C3%A9");
}

#[test]
fn a_load_balancer_decodes_nothing_and_has_an_empty_body() {
    let single = event(EventFormat::Alb);
    assert_eq!(single["queryStringParameters"], json!({ "tag": "blue%20%26%20white", "dry": "" }));
    assert_eq!(single["headers"]["accept"], "application/json");
    let multi = event(EventFormat::AlbMultiValue);
    let all = json!({ "tag": ["green", "blue%20%26%20white"], "dry": [""] });
    assert_eq!(multi["multiValueQueryStringParameters"], all);
    assert_eq!(multi["multiValueHeaders"]["accept"], json!(["text/html", "application/json"]));
    assert!(multi.get("headers").is_none() && single.get("multiValueHeaders").is_none());
    let empty: Value = serde_json::from_slice(&to_event(EventFormat::Alb, &Request::new(""))).unwrap();
    assert_eq!((&empty["body"], &empty["queryStringParameters"]), (&json!(""), &json!({})));
}

#[test]
fn vpc_lattice_has_lists_or_the_target_in_one() {
    let event_2 = event(EventFormat::VpcLattice);
    assert_eq!(event_2["headers"]["accept"], json!(["text/html", "application/json"]));
    assert_eq!((&event_2["path"], &event_2["method"]), (&json!("/orders/caf%C3%A9"), &json!("POST")));
    let event_1 = event(EventFormat::VpcLattice1);
    assert_eq!(event_1["raw_path"], "/orders/caf%C3%A9?tag=green&dry&tag=blue%20%26%20white");
    assert_eq!(event_1["headers"]["accept"], "text/html, application/json");
    assert_eq!(event_1["query_string_parameters"], json!({ "tag": "blue%20%26%20white", "dry": "" }));
    assert_eq!(event_1["is_base64_encoded"], false);
}

#[test]
fn what_api_gateway_knows_is_in_the_event() {
    for format in EventFormat::ALL {
        let event = WriteOptions::new(format)
            .stage("test")
            .resource("/orders/{id}")
            .path_parameter("id", "caf\u{e9}")
            .stage_variable("table", "orders")
            .write(&request());
        let read = http::from_slice(&event).unwrap();
        let known = HttpEvent::of(&read).unwrap();
        let is_gateway =
            matches!(format, EventFormat::HttpApi | EventFormat::HttpApi1 | EventFormat::RestApi);
        assert_eq!(known.path_parameters().get("id").is_some(), is_gateway, "{format:?}");
        assert_eq!(known.stage_variables().get("table").is_some(), is_gateway, "{format:?}");
        let has_stage = matches!(format, EventFormat::HttpApi | EventFormat::HttpApi1);
        let prefix = if has_stage { "/test" } else { "" };
        assert_eq!(read.uri().path(), format!("{prefix}/orders/caf%C3%A9"), "{format:?}");
        assert_eq!(known.path(), "/orders/caf%C3%A9", "{format:?}");
        let stripped = ReadOptions::new().strip_stage(true).read(event).unwrap();
        assert_eq!(stripped.uri().path(), "/orders/caf%C3%A9", "{format:?}");
        match known.context() {
            Some(RequestContext::ApiGatewayV2(context)) => {
                assert_eq!(context.stage.as_deref(), Some("test"));
                assert_eq!(context.route_key.as_deref(), Some("POST /orders/{id}"));
            }
            Some(RequestContext::ApiGatewayV1(context)) => {
                assert_eq!(context.resource_path.as_deref(), Some("/orders/{id}"));
            }
            context => assert!(
                !is_gateway && (context.is_some() || format == EventFormat::VpcLattice1),
                "{format:?}"
            ),
        }
    }
}

#[test]
fn a_body_is_base64_unless_its_type_is_one_of_texts() {
    let is_base64 = |content_type: &str, encoding: Option<&str>, body: &[u8]| {
        let mut request = Request::post("/").header("content-type", content_type);
        if let Some(encoding) = encoding {
            request = request.header("content-encoding", encoding);
        }
        let event: Value =
            serde_json::from_slice(&to_event(EventFormat::Alb, &request.body(body).unwrap())).unwrap();
        event["isBase64Encoded"] == true
    };
    for text in ["text/csv", "application/json", "Application/XML ; a=b", "application/javascript"] {
        assert!(!is_base64(text, None, b"a"), "{text}");
        assert!(is_base64(text, None, b"\xff"), "{text}");
        assert!(is_base64(text, Some("gzip"), b"a"), "{text}");
    }
    assert!(is_base64("application/x-www-form-urlencoded", None, b"a") && is_base64("image/png", None, b"a"));
}

#[test]
fn the_host_and_the_scheme_are_those_of_the_uri_if_no_header_says() {
    let request =
        Request::get("http://me:secret@api.example.com:8080/x").version(Version::HTTP_2).body("").unwrap();
    for format in EventFormat::ALL {
        let event = to_event(format, &request);
        let read = ReadOptions::new().absolute_uri(true).read(event).unwrap();
        let is_lattice = matches!(format, EventFormat::VpcLattice | EventFormat::VpcLattice1);
        let scheme = if is_lattice { "https" } else { "http" };
        assert_eq!(read.uri().to_string(), format!("{scheme}://api.example.com:8080/x"), "{format:?}");
    }
    let read = http::from_slice(&to_event(EventFormat::HttpApi, &request)).unwrap();
    assert_eq!((read.version(), read.body()), (Version::HTTP_2, &Body::Empty));
}

#[test]
fn the_events_are_exact_for_the_types_of_their_sources() {
    for format in EventFormat::ALL {
        let event = to_event(format, &request());
        let text = std::str::from_utf8(&event).unwrap();
        let typed = Event::parse(&event).unwrap();
        assert_eq!(typed.source(), Some(source(format)));
        assert_eq!(serde_json::to_string(&typed).unwrap(), text, "{format:?}");
        let unknown = match format {
            EventFormat::LambdaUrl => unknown::<UrlRequest<'_>>(text),
            EventFormat::HttpApi => unknown::<HttpRequest<'_>>(text),
            EventFormat::Alb | EventFormat::AlbMultiValue => unknown::<AlbRequest<'_>>(text),
            EventFormat::VpcLattice => unknown::<LatticeRequest<'_>>(text),
            EventFormat::VpcLattice1 => unknown::<LatticeRequestV1<'_>>(text),
            _ => unknown::<RestRequest<'_>>(text),
        };
        assert!(unknown.is_empty(), "{format:?}: {unknown:?}");
    }
}

fn unknown<'e, T: serde::Deserialize<'e> + Unknown>(event: &'e str) -> Vec<String> {
    serde_json::from_str::<T>(event).unwrap().unknown()
}
