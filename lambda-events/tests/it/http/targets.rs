//! Paths and queries: what was sent is what comes out, and what was decoded is encoded again so that it means the same.

use lambda_events::http::ReadOptions;
use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{of_each_format, oracle::parameters, read, with_path};

/// A character that may stand in a path as it is sent: those of the RFC, and some that clients send all the same.
fn sent() -> impl Strategy<Value = String> {
    let plain = "[a-zA-Z0-9/._~!$&'()*+,;=:@-]{1,8}";
    let bold = r#"[\[\]|{}"^\\]"#;
    let escape = "%[0-9a-fA-F]{2}";
    prop_oneof![4 => plain, 1 => bold, 2 => escape, 1 => Just("%".to_owned()), 1 => Just("%zz".to_owned())]
}

fn sent_path() -> impl Strategy<Value = String> {
    prop::collection::vec(sent(), 0..8).prop_map(|parts| format!("/{}", parts.concat()))
}

fn texts() -> impl Strategy<Value = Vec<(String, Vec<String>)>> {
    prop::collection::vec((".{0,6}", prop::collection::vec(".{0,8}", 1..4)), 0..6)
}

/// The same with no name twice, as members of an object are, in an order of their own.
fn distinct(mut groups: Vec<(String, Vec<String>)>) -> Vec<(String, Vec<String>)> {
    let mut seen = std::collections::BTreeSet::new();
    groups.retain(|(name, _)| seen.insert(name.clone()));
    groups
}

/// An object in this order, which [`Value`] would not keep.
fn object(groups: &[(String, Vec<String>)]) -> String {
    let members: Vec<_> =
        groups.iter().map(|(name, values)| format!("{}:{}", json!(name), json!(values))).collect();
    format!("{{{}}}", members.join(","))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_path_as_it_was_sent_comes_out_byte_for_byte(path in sent_path()) {
        for (name, event) in of_each_format() {
            if !name.starts_with("HTTP API") {
                let request = read(&with_path(name, &event, &path)).unwrap();
                prop_assert_eq!(request.uri().path(), &path, "{}", name);
            }
        }
    }

    #[test]
    fn a_query_as_it_was_sent_comes_out_byte_for_byte(query in "[a-zA-Z0-9/._~!$&'()*+,;=:@?%|{}\\[\\]^`\\\\-]{1,40}") {
        for (name, mut event) in of_each_format().into_iter().take(2) {
            event["rawQueryString"] = query.clone().into();
            let request = read(&with_path(name, &event, "/")).unwrap();
            prop_assert_eq!(request.uri().query(), Some(&*query), "{}", name);
        }
        let request = read(&json!({ "method": "GET", "raw_path": format!("/x?{query}") })).unwrap();
        prop_assert_eq!(request.uri().to_string(), format!("/x?{query}"));
    }

    #[test]
    fn a_path_that_was_decoded_decodes_to_itself(path in "[^%]{0,20}") {
        for (name, event) in of_each_format().into_iter().skip(1).take(2) {
            let path = format!("/{path}");
            let request = read(&with_path(name, &event, &path)).unwrap();
            prop_assert!(request.uri().path().is_ascii(), "{}", request.uri());
            prop_assert_eq!(&percent_decode_str(request.uri().path()).decode_utf8().unwrap(), &path, "{}", name);
        }
    }

    #[test]
    fn the_query_of_a_rest_api_decodes_to_the_pairs_of_the_event_in_their_order(groups in texts()) {
        let groups = distinct(groups);
        let last: Vec<_> =
            groups.iter().map(|(name, values)| (name.clone(), vec![values.last().unwrap().clone()])).collect();
        let event = format!(
            r#"{{"httpMethod":"GET","path":"/","queryStringParameters":{},"multiValueQueryStringParameters":{}}}"#,
            object(&last), object(&groups),
        );
        let request = ReadOptions::new().read(event).unwrap();
        let query = request.uri().query().unwrap_or_default();
        prop_assert!(!query.contains('+'));
        let pairs: Vec<_> =
            groups.iter().flat_map(|(name, values)| values.iter().map(|value| (name.clone(), value.clone()))).collect();
        prop_assert_eq!(parameters(query), pairs);
    }

    #[test]
    fn the_query_of_a_load_balancer_is_made_of_its_members_byte_for_byte(
        groups in prop::collection::vec(
            ("[a-z0-9%./?+!*~@]{1,6}", prop::collection::vec("[a-z0-9%./?=+!*~@]{0,6}", 1..4)), 1..6,
        ),
    ) {
        let groups = distinct(groups);
        let event = format!(
            r#"{{"httpMethod":"GET","path":"/","requestContext":{{"elb":{{}}}},"multiValueQueryStringParameters":{}}}"#,
            object(&groups),
        );
        let request = ReadOptions::new().read(event).unwrap();
        let parts: Vec<_> = groups
            .iter()
            .flat_map(|(name, values)| values.iter().map(move |value| format!("{name}={value}")))
            .collect();
        prop_assert_eq!(request.uri().query(), Some(&*parts.join("&")));
    }

    #[test]
    fn one_part_of_a_target_becomes_no_other(path in ".{0,12}", name in ".{1,6}", value in ".{0,6}") {
        for (format, mut event) in of_each_format() {
            if format == "VPC Lattice, version 1" {
                continue;
            }
            event["queryStringParameters"] = json!({ name.clone(): [value.clone()] });
            event["rawQueryString"] = "a=1".into();
            let request = read(&with_path(format, &event, &format!("/{path}"))).unwrap();
            let query = request.uri().query().unwrap();
            prop_assert_eq!(query.split('&').count(), 1, "{}: {}", format, query);
            prop_assert_eq!(request.uri().path().matches('/').count(), path.matches('/').count() + 1);
        }
    }
}

fn path_of(name: &str, path: impl Into<Value>) -> String {
    let events = of_each_format();
    let (_, event) = events.iter().find(|(known, _)| *known == name).unwrap();
    let mut event = event.clone();
    event[super::path_member(name)] = path.into();
    read(&event).unwrap().uri().to_string()
}

#[test]
fn odd_paths_are_encoded_only_where_they_have_to_be() {
    for (path, sent, decoded) in [
        ("", "/", "/"),
        ("orders", "/orders", "/orders"),
        ("/a?b#c", "/a%3Fb%23c", "/a%3Fb%23c"),
        ("/a b", "/a%20b", "/a%20b"),
        ("/\u{1}\u{7f}", "/%01%7F", "/%01%7F"),
        ("/caf\u{e9}", "/caf%C3%A9", "/caf%C3%A9"),
        ("/100%", "/100%", "/100%25"),
        ("/%zz", "/%zz", "/%25zz"),
        ("/%41", "/%41", "/%41"),
        ("/[id].js", "/[id].js", "/%5Bid%5D.js"),
        ("http://evil/x", "/http://evil/x", "/http://evil/x"),
        ("//evil/x", "//evil/x", "//evil/x"),
        ("*", "/*", "/*"),
    ] {
        for (name, _) in of_each_format() {
            let expected = match name {
                "HTTP API" | "HTTP API 1.0" => decoded,
                // Its path is up to the question mark.
                "VPC Lattice, version 1" if path.contains('?') => "/a?b%23c",
                _ => sent,
            };
            assert_eq!(path_of(name, path), expected, "{name}");
        }
    }
}

#[test]
fn an_absolute_uri_has_a_host_that_can_be_one_and_the_scheme_of_the_service() {
    let uri = |headers: Value, is_lattice: bool| {
        let mut event = json!({ "path": "/x", "headers": headers });
        match is_lattice {
            true => event["requestContext"] = json!({ "serviceNetworkArn": "arn" }),
            false => event["requestContext"] = json!({ "elb": {} }),
        }
        event[if is_lattice { "method" } else { "httpMethod" }] = "GET".into();
        ReadOptions::new().absolute_uri(true).read(event.to_string()).unwrap().uri().to_string()
    };
    let proto = |proto: &str| uri(json!({ "host": "a.example:8080", "x-forwarded-proto": proto }), false);
    assert_eq!(proto("http"), "http://a.example:8080/x");
    for https in ["https", "https,http", "", "ftp", "javascript"] {
        assert_eq!(proto(https), "https://a.example:8080/x", "{https}");
    }
    assert_eq!(proto("HTTP, https"), "http://a.example:8080/x");
    // VPC Lattice lets a client say what it likes.
    assert_eq!(
        uri(json!({ "host": ["a.example"], "x-forwarded-proto": ["http"] }), true),
        "https://a.example/x"
    );
    for host in ["user@evil", "a b", "", "a/b", "a?b", "a#b", "[::1", "\u{e9}"] {
        assert_eq!(uri(json!({ "host": host }), false), "/x", "{host}");
    }
    assert_eq!(uri(json!({ "host": "[::1]:80" }), false), "https://[::1]:80/x");
}
