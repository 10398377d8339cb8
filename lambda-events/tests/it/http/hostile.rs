//! What nobody should send: each event is a request, or is refused with a reason, and no request has more than its event.

use lambda_events::{
    detect,
    http::{self, Body, HttpEvent, Part, ReadOptions, RequestError},
    samples,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{of_each_format, oracle, read, with_path};

/// Reads an event in all ways; it is a request that has nothing more than its event, or the error is one that is for it.
fn survives(event: &[u8]) -> Option<http::Request> {
    let json: Result<Value, _> = serde_json::from_slice(event);
    let said = json.as_ref().map(oracle::headers_at_most);
    let mut found = None;
    for options in [ReadOptions::new(), ReadOptions::new().strip_stage(true).absolute_uri(true)] {
        match options.read(event.to_vec()) {
            Ok(request) => {
                assert!(request.uri().path().starts_with('/') && request.uri().to_string().is_ascii());
                let http_event = HttpEvent::of(&request).unwrap();
                assert!(http_event.path().starts_with('/'), "{}", http_event.path());
                let _read =
                    (http_event.context(), http_event.path_parameters(), http_event.stage_variables());
                let answer = http_event.response_format().to_json(
                    ::http::StatusCode::OK,
                    request.headers(),
                    request.body(),
                    None,
                );
                assert!(serde_json::from_slice::<Value>(&answer).is_ok());
                let Ok(said) = &said else { panic!("a request of no JSON") };
                for name in request.headers().keys() {
                    let count = request.headers().get_all(name).iter().count();
                    let most = said.get(name.as_str()).map_or(0, Vec::len);
                    assert!(count <= most, "{name}: {count} of {most}");
                }
                found = Some(request);
            }
            Err(RequestError::Json(_)) => assert!(json.is_err()),
            Err(RequestError::NotHttp(source)) => assert_eq!(source, detect(event)),
            Err(error @ RequestError::Refused { .. }) => assert!(error.response_format().is_some()),
            Err(error) => panic!("{error}"),
        }
    }
    found
}

fn refused(event: &Value) -> Part {
    assert!(survives(event.to_string().as_bytes()).is_none());
    match read(event) {
        Err(RequestError::Refused { part, .. }) => part,
        other => panic!("{other:?}"),
    }
}

fn odd_values() -> Vec<Value> {
    vec![
        Value::Null,
        json!(true),
        json!(-1.5),
        json!(""),
        json!("\u{0}\r\n\u{7f}\u{e9}\u{1f600} %zz%"),
        json!([null, "x", 1, ["y"], { "z": 1 }]),
        json!({ "x": null, "X": "1", "": "2", "y z": ["3", 4, null], "c": { "d": 1 }, "host": "a", "Host": "b" }),
    ]
}

fn pointers(value: &Value, path: &str, found: &mut Vec<String>) {
    let mut go = |step: &str, value: &Value| {
        let path = format!("{path}/{}", step.replace('~', "~0").replace('/', "~1"));
        pointers(value, &path, found);
        found.push(path);
    };
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| go(name, value)),
        Value::Array(elements) => {
            elements.iter().enumerate().for_each(|(place, value)| go(&place.to_string(), value));
        }
        _ => {}
    }
}

#[test]
fn any_value_in_the_place_of_any_other_makes_no_panic() {
    let (mut requests, mut others) = (0, 0);
    for json in jsons() {
        let whole: Value = serde_json::from_str(json).unwrap();
        let mut found = Vec::new();
        pointers(&whole, "", &mut found);
        for pointer in found {
            for value in odd_values() {
                let mut event = whole.clone();
                *event.pointer_mut(&pointer).unwrap() = value;
                match survives(event.to_string().as_bytes()) {
                    Some(_) => requests += 1,
                    None => others += 1,
                }
            }
        }
    }
    assert!(requests > 2_000 && others > 100, "{requests} and {others}");
}

#[test]
fn a_method_is_a_token_of_any_name() {
    for (name, mut event) in of_each_format() {
        event = with_path(name, &event, "/");
        let mut set = |method: Value| {
            for member in ["httpMethod", "method"] {
                if event.get(member).is_some() {
                    event[member] = method.clone();
                }
            }
            if event["requestContext"]["http"].is_object() {
                event["requestContext"]["http"]["method"] = method;
            }
            event.clone()
        };
        for method in ["GET", "PROPFIND", "get", "M-SEARCH", "!#$%&'*+-.^_`|~", &"X".repeat(4096)] {
            let request =
                read(&set(method.into())).unwrap_or_else(|error| panic!("{name}: {method}: {error}"));
            assert_eq!(request.method().as_str(), method, "{name}");
        }
        for method in ["", "GET /", "G\u{e9}T", "GET\r\n", "G(T", "\u{0}"] {
            assert_eq!(refused(&set(method.into())), Part::Method, "{name}: {method}");
        }
    }
}

#[test]
fn a_target_of_more_than_64_kb_is_refused() {
    for (name, event) in of_each_format() {
        let event = with_path(name, &event, &format!("/{}", "a".repeat(65_000)));
        assert_eq!(read(&event).unwrap().uri().path().len(), 65_001, "{name}");
        let event = with_path(name, &event, &format!("/{}", "a".repeat(65_600)));
        assert_eq!(refused(&event), Part::Target, "{name}");
        let error = read(&event).unwrap_err().to_string();
        assert_eq!(
            error, "the path of the request is refused: it is no path of a URI, or too long",
            "{name}"
        );
    }
}

#[test]
fn more_headers_than_a_map_holds_are_refused() {
    for (name, event) in of_each_format() {
        let mut event = with_path(name, &event, "/");
        event["headers"] = json!({ "x": vec!["1"; 20_000] });
        assert!(read(&event).unwrap().headers().len() >= 20_000, "{name}");
        let many = (0..40_000).map(|number| (format!("x-{number}"), "1".into())).collect();
        for headers in [Value::Object(many), json!({ "x": vec!["1"; 40_000] })] {
            event["headers"] = headers;
            let error = read(&event).unwrap_err();
            assert!(matches!(error, RequestError::Refused { part: Part::Headers, .. }), "{name}: {error}");
        }
    }
}

#[test]
fn headers_that_can_be_none_are_left_to_the_event() {
    for (name, event) in of_each_format() {
        let mut event = with_path(name, &event, "/");
        let headers = json!({
            "": "1", "a b": "2", "caf\u{e9}": "3", "a:b": "4", "\r\nx": "5", "x-control": "6\r\nx-injected: 7",
            "x-nul": "\u{0}", "x-delete": "\u{7f}", "x-empty": "", "x-tab": "a\tb", "x-utf": "caf\u{e9}",
        });
        for member in ["headers", "multiValueHeaders"] {
            event[member] = headers.clone();
        }
        let request = survives(event.to_string().as_bytes()).unwrap();
        let names: Vec<_> =
            request.headers().keys().map(|name| name.as_str()).filter(|name| *name != "host").collect();
        assert_eq!(names, ["x-empty", "x-tab", "x-utf"], "{name}");
        assert_eq!(request.headers()["x-empty"], "");
        assert_eq!(request.headers()["x-utf"].as_bytes(), "caf\u{e9}".as_bytes());
        assert_eq!(HttpEvent::of(&request).unwrap().payload(), event.to_string().as_bytes());
    }
}

#[test]
fn names_that_differ_in_case_are_one_header() {
    let event = r#"{"httpMethod":"GET","path":"/","headers":{"Host":"c","x-a":"3","X-B":"4"},
        "multiValueHeaders":{"HOST":["a"],"X-A":["1","2"]}}"#;
    let request = http::from_str(event).unwrap();
    let of = |name: &str| {
        request.headers().get_all(name).iter().map(|value| value.to_str().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!((of("host"), of("x-a"), of("x-b")), (vec!["a"], vec!["1", "2"], vec!["4"]));
}

#[test]
fn cookies_are_one_header_whatever_is_in_them() {
    let cookie = |cookies: Value, headers: Value| {
        let event = json!({ "version": "2.0", "rawPath": "/", "cookies": cookies, "headers": headers,
            "requestContext": { "http": { "method": "GET" } } });
        let request = survives(event.to_string().as_bytes()).unwrap();
        let cookies: Vec<_> = request.headers().get_all("cookie").iter().collect();
        assert!(cookies.len() <= 1);
        cookies.first().map(|value| String::from_utf8(value.as_bytes().to_vec()).unwrap())
    };
    let of = |text: &str| Some(text.to_owned());
    assert_eq!(cookie(json!(["a=1", "b=\u{e9}"]), json!({})), of("a=1; b=\u{e9}"));
    assert_eq!(cookie(json!([]), json!({ "cookie": "c=3" })), of("c=3"));
    assert_eq!(cookie(json!(["a=1"]), json!({ "Cookie": "a=1" })), of("a=1"), "emulators send both");
    assert_eq!(cookie(json!(null), json!({})), None);
    assert_eq!(cookie(json!("a=1"), json!({})), of("a=1"));
    assert_eq!(cookie(json!(["", "a;b", "=", 7]), json!({})), of("; a;b; =; 7"));
    assert_eq!(cookie(json!(["a=1\r\nx: y"]), json!({})), None);
    assert_eq!(cookie(json!(["a=1", "b=\u{1}", "c=3"]), json!({})), of("a=1; c=3"));
}

#[test]
fn a_body_of_another_type_is_refused_and_not_taken_as_empty() {
    for (name, event) in of_each_format() {
        let event = with_path(name, &event, "/");
        for (member, value) in
            [("body", json!({ "a": 1 })), ("body", json!(7)), ("isBase64Encoded", json!("true"))]
        {
            let mut event = event.clone();
            event[member] = value;
            assert_eq!(refused(&event), Part::Body, "{name}: {member}");
        }
    }
}

#[test]
fn maps_in_another_order_give_each_name_once_and_soon() {
    let names = || (0..12_000).map(|number| format!("x-{number}"));
    let last: serde_json::Map<_, _> = names().map(|name| (name, json!("1"))).collect();
    let all: serde_json::Map<_, _> = names().map(|name| (name.to_uppercase(), json!(["0", "1"]))).collect();
    let event = json!({ "httpMethod": "GET", "path": "/", "headers": last, "multiValueHeaders": all });
    let headers = survives(event.to_string().as_bytes()).unwrap().headers().clone();
    assert_eq!((headers.keys_len(), headers.len()), (12_000, 24_000));
}

#[test]
fn what_is_logged_of_an_event_has_no_secret_in_it() {
    let event =
        json!({ "httpMethod": "POST", "path": "/orders", "headers": { "authorization": "Bearer s3cret" } });
    let request = survives(event.to_string().as_bytes()).unwrap();
    let shown = format!("{:?}", HttpEvent::of(&request).unwrap());
    assert!(shown.contains("/orders") && !shown.contains("s3cret"), "{shown}");
}

#[test]
fn a_body_that_should_be_base64_and_is_not_is_refused() {
    for (name, event) in of_each_format() {
        let mut event = with_path(name, &event, "/");
        event["isBase64Encoded"] = true.into();
        event["is_base64_encoded"] = true.into();
        for body in ["=", "a", "a b=", "\u{e9}", "YQ===", "Y-_=", "YR=="] {
            event["body"] = body.into();
            assert_eq!(refused(&event), Part::Body, "{name}: {body}");
        }
        for (body, bytes) in [("", &b""[..]), ("YQ", b"a"), ("YQ==", b"a"), ("/w==", b"\xff")] {
            event["body"] = body.into();
            assert_eq!(&**read(&event).unwrap().body(), bytes, "{name}: {body}");
        }
        event["body"] = json!(null);
        assert_eq!(read(&event).unwrap().body(), &Body::Empty, "{name}");
    }
}

#[test]
fn values_that_are_no_texts_count_as_their_texts_or_not_at_all() {
    let event = json!({ "httpMethod": "GET", "path": "/", "multiValueHeaders": { "x": [1, true, null, "a", ["b"], { "c": 1 }, 1.5] },
        "queryStringParameters": { "n": 1, "none": null, "yes": true, "list": ["a", 2, ["c"]], "object": {} } });
    let request = read(&event).unwrap();
    assert_eq!(request.headers().get_all("x").iter().collect::<Vec<_>>(), ["1", "true", "a", "1.5"]);
    assert_eq!(request.uri().query(), Some("list=a&list=2&n=1&yes=true"));
}

#[test]
fn what_comes_twice_counts_once() {
    let event = r#"{"httpMethod":"GET","path":"/a","path":"/b","headers":{"x":"1"},"headers":{"y":"2","y":"3"},
        "cookies":["a"],"cookies":["b"],"queryStringParameters":{"a":"1"},"queryStringParameters":{"b":"2"},
        "requestContext":{"elb":{}},"requestContext":{"resourcePath":"/"},"body":"1","body":"2"}"#;
    let request = http::from_str(event).unwrap();
    assert_eq!(request.uri(), "/b?b=2");
    assert!(!request.headers().contains_key("x"));
    assert_eq!(request.headers().get_all("y").iter().collect::<Vec<_>>(), ["2", "3"]);
    assert_eq!((request.headers()["cookie"].to_str().unwrap(), &**request.body()), ("b", &b"2"[..]));
}

#[test]
fn depth_where_nobody_looks_is_no_matter_and_elsewhere_an_error() {
    let deep = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    let skipped = format!(r#"{{"httpMethod":"GET","path":"/","x":{}}}"#, deep(100_000));
    assert_eq!(ReadOptions::new().read(skipped).unwrap().uri(), "/");
    let read = |member: &str| {
        let event = format!(r#"{{"httpMethod":"GET","path":"/","{member}":{}}}"#, deep(100_000));
        ReadOptions::new().read(event)
    };
    for member in ["headers", "requestContext", "queryStringParameters"] {
        assert_eq!(read(member).unwrap().uri(), "/", "{member}");
    }
    for member in ["body", "version"] {
        assert!(matches!(read(member), Err(RequestError::Json(_))), "{member}");
    }
}

fn jsons() -> Vec<&'static str> {
    samples::http().iter().map(|sample| sample.json).filter(|json| http::from_str(json).is_ok()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_event_that_is_cut_or_has_a_byte_changed_makes_no_panic(
        sample in prop::sample::select(jsons()), at in any::<prop::sample::Index>(), byte in any::<u8>(), cuts in any::<bool>(),
    ) {
        let mut event = sample.as_bytes().to_vec();
        let at = at.index(event.len());
        match cuts {
            true => event.truncate(at),
            false => event[at] = byte,
        }
        survives(&event);
    }

    #[test]
    fn any_text_in_any_member_makes_no_panic(
        path in ".{0,30}", query in ".{0,30}", name in ".{0,12}", value in ".{0,30}", body in ".{0,30}", encoded in any::<bool>(),
    ) {
        for (format, event) in of_each_format() {
            let mut event = with_path(format, &event, &path);
            event["rawQueryString"] = query.clone().into();
            event["queryStringParameters"] = json!({ query.clone(): [value.clone()] });
            for member in ["headers", "multiValueHeaders"] {
                event[member] = json!({ name.clone(): value.clone(), "host": value.clone(), "x-forwarded-proto": [value.clone()] });
            }
            event["cookies"] = json!([value.clone(), name.clone()]);
            event["body"] = body.clone().into();
            event["isBase64Encoded"] = encoded.into();
            event["requestContext"]["stage"] = path.trim_start_matches('/').into();
            survives(event.to_string().as_bytes());
        }
    }
}
