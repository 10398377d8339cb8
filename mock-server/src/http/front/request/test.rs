//! Any request becomes an event of any format.

use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderName, HeaderValue, Uri};
use proptest::{collection::vec, prelude::*};
use serde_json::{Map, Value};

use super::{sample::Sample, *};
use crate::Front;
use crate::http::front::{http_api, lattice, load_balancer, rest_api, route::Routes};

/// The body that an event has.
fn body(event: &Map<String, Value>) -> Vec<u8> {
    let body = event.get("body").and_then(Value::as_str).unwrap_or_default();
    let is_base64 = event.get("isBase64Encoded").or_else(|| event.get("is_base64_encoded"));
    match is_base64.and_then(Value::as_bool).unwrap() {
        true => BASE64_STANDARD.decode(body).unwrap(),
        false => body.as_bytes().to_vec(),
    }
}

proptest! {
    #[test]
    fn any_request_becomes_an_event_of_every_front(
        target in vec(any::<u8>(), 0..40),
        named in vec(("[a-zA-Z-]{1,12}|cookie|content-type|x-forwarded-for|accept", vec(any::<u8>(), 0..20)), 0..8),
        given in vec(any::<u8>(), 0..40),
    ) {
        let mut sample = Sample::new(&[]);
        for (name, value) in &named {
            if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value)) {
                sample.headers.append(name, value);
            }
        }
        let uri = Uri::try_from([b"/", &*target].concat()).unwrap_or_default();
        let lossy = String::from_utf8_lossy(&target);
        let routes = [("ANY /{a}/{b}", "f"), ("ANY /{rest+}", "f")].map(|(route, f)| (route.to_owned(), f.to_owned()));
        let routes = Routes::read(&routes).unwrap();
        let (front, rest) = (Front::http_api(), Front::rest_api().binary_media_types(["*/*"]));
        for (path, query) in [(uri.path(), uri.query().unwrap_or_default()), (&*lossy, &*lossy)] {
            let request = sample.request(path, query, &given);
            let decoded = http_api::decoded_path(path).unwrap_or_else(|| path.to_owned());
            let in_http_api = routes.of_http_api("GET", &decoded);
            let in_rest_api = routes.of_rest_api("GET", path);
            for event in [
                http_api::event(&request, &front, &decoded, in_http_api.as_ref()),
                rest_api::event_1(&request, &front, &decoded, in_http_api.as_ref()),
                rest_api::event(&request, &rest, path, in_rest_api.as_ref()),
                rest_api::event(&request, &rest, path, None),
                load_balancer::event(&request, Headers::Single, "f"),
                load_balancer::event(&request, Headers::Multi, "f"),
                lattice::event(&request, "f"),
                lattice::event_1(&request),
            ] {
                prop_assert_eq!(&body(&event), &given);
            }
        }
    }
}

#[test]
fn each_hop_adds_the_address_that_it_has_seen() {
    let sample = Sample::new(&[("x-forwarded-for", "198.51.100.7"), ("x-forwarded-proto", "gopher")]);
    let headers = sample.request("/", "", b"").headers(&[], &[("x-forwarded-proto", "https")]);
    assert_eq!(headers["x-forwarded-for"], ["198.51.100.7, 203.0.113.9"]);
    assert_eq!(headers["x-forwarded-proto"], ["https"]);
}

#[test]
fn a_body_is_text_if_its_type_is_one_of_those_that_are_known_and_its_bytes_are() {
    for (content_type, is_text) in [
        ("text/plain", true),
        ("TEXT/csv; charset=utf-8", true),
        ("application/json", true),
        ("application/xml;x=y", true),
        ("application/javascript", true),
        ("application/problem+json", false),
        ("application/x-www-form-urlencoded", false),
        ("multipart/form-data; boundary=text/plain", false),
        ("image/png", false),
        ("", false),
    ] {
        let sample = Sample::new(&[("content-type", content_type)]);
        let expected = if is_text { ("grün".to_owned(), false) } else { ("Z3LDvG4=".to_owned(), true) };
        assert_eq!(sample.request("/", "", "grün".as_bytes()).body(false), expected, "{content_type}");
        assert_eq!(sample.request("/", "", b"gr\xFCn").body(false), ("Z3L8bg==".to_owned(), true));
        assert!(sample.request("/", "", b"packed").body(true).1);
    }
    assert_eq!(Sample::new(&[]).request("/", "", b"").body(true), (String::new(), false));
}
