//! What an event says of its request, by other means than those that are tested: from a [`Value`], one member after the other.

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_STANDARD};
use percent_encoding::percent_decode_str;
use serde_json::Value;

/// Names, each with all its values.
pub(super) type Lists = BTreeMap<String, Vec<String>>;

/// A request as an event says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) method: String,
    pub(super) path: String,
    /// Decoded.
    pub(super) query: Lists,
    pub(super) headers: Lists,
    pub(super) body: Vec<u8>,
}

fn text<'v>(event: &'v Value, pointers: &[&str]) -> Option<&'v str> {
    pointers.iter().find_map(|pointer| event.pointer(pointer)?.as_str())
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

/// The first of these members that has something, as lists.
fn lists(event: &Value, names: &[&str]) -> Vec<(String, Vec<String>)> {
    let members = names.iter().find_map(|name| event[name].as_object().filter(|members| !members.is_empty()));
    let values = |value: &Value| match value {
        Value::Array(elements) => elements.iter().filter_map(scalar).collect(),
        value => scalar(value).into_iter().collect(),
    };
    members.into_iter().flatten().map(|(name, value)| (name.clone(), values(value))).collect()
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8().unwrap().into_owned()
}

/// The parameters of a query that is one text, decoded.
pub(super) fn parameters(query: &str) -> Vec<(String, String)> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

pub(super) fn listed(pairs: impl IntoIterator<Item = (String, String)>) -> Lists {
    let mut lists = Lists::new();
    for (name, value) in pairs {
        lists.entry(name).or_default().push(value);
    }
    lists
}

fn query(event: &Value) -> Lists {
    if let Some(query) = text(event, &["/rawQueryString"]) {
        return listed(parameters(query));
    }
    if let Some(target) = text(event, &["/raw_path"]) {
        return listed(parameters(target.split_once('?').map_or("", |(_, query)| query)));
    }
    let is_decoded = event.pointer("/requestContext/elb").is_none()
        && event.pointer("/requestContext/serviceNetworkArn").is_none();
    let pairs = lists(event, &["multiValueQueryStringParameters", "queryStringParameters"]);
    let pairs = pairs
        .into_iter()
        .flat_map(|(name, values)| values.into_iter().map(move |value| (name.clone(), value)));
    listed(
        pairs.map(|(name, value)| if is_decoded { (name, value) } else { (decode(&name), decode(&value)) }),
    )
}

/// The headers that an event says, in lower case, with what becomes of cookies and of the host.
pub(super) fn headers(event: &Value) -> Lists {
    let mut headers = Lists::new();
    let said = lists(event, &["multiValueHeaders", "headers"]).into_iter();
    for (name, values) in said.filter(|(_, values)| !values.is_empty()) {
        headers.entry(name.to_lowercase()).or_default().extend(values);
    }
    if let Some(cookies) = event["cookies"].as_array().filter(|cookies| !cookies.is_empty()) {
        let cookies = cookies.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; ");
        headers.insert("cookie".to_owned(), vec![cookies]);
    }
    if let Some(domain) = text(event, &["/requestContext/domainName"]) {
        headers.entry("host".to_owned()).or_insert_with(|| vec![domain.to_owned()]);
    }
    headers
}

/// The headers that a request may have at most: all values that the event has for a name, those of either member alone.
pub(super) fn headers_at_most(event: &Value) -> Lists {
    let mut most = headers(event);
    for member in ["headers", "multiValueHeaders"] {
        let mut of_member = Lists::new();
        for (name, values) in lists(event, &[member]) {
            of_member.entry(name.to_lowercase()).or_default().extend(values);
        }
        for (name, values) in of_member {
            let known = most.entry(name).or_default();
            if known.len() < values.len() {
                *known = values;
            }
        }
    }
    if !event["cookies"].is_null() {
        most.entry("cookie".to_owned()).or_insert_with(|| vec![String::new()]);
    }
    most
}

/// What an event says of its request.
pub(super) fn said(event: &Value) -> Said {
    let websocket = event.pointer("/requestContext/connectionId").is_some();
    let method = text(event, &["/httpMethod", "/method", "/requestContext/http/method"]);
    let method = method.map(str::to_owned).unwrap_or_else(|| {
        assert!(websocket, "an event without a method");
        let connects = text(event, &["/requestContext/eventType"]) == Some("CONNECT");
        if connects { "GET".to_owned() } else { "POST".to_owned() }
    });
    let path = match text(event, &["/requestContext/routeKey"]).filter(|_| websocket) {
        Some(route) => format!("/{route}"),
        None => {
            text(event, &["/raw_path", "/rawPath", "/path"]).unwrap().split('?').next().unwrap().to_owned()
        }
    };
    let body = text(event, &["/body"]).unwrap_or_default();
    let is_base64 = event["isBase64Encoded"] == true || event["is_base64_encoded"] == true;
    let body = if is_base64 { BASE64_STANDARD.decode(body).unwrap() } else { body.into() };
    Said { method, path, query: query(event), headers: headers(event), body }
}

/// A request in the same words.
pub(super) fn of_request(request: &lambda_events::http::Request) -> Said {
    let headers = request.headers().iter();
    let headers = headers
        .map(|(name, value)| (name.to_string(), String::from_utf8(value.as_bytes().to_vec()).unwrap()));
    Said {
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        query: listed(parameters(request.uri().query().unwrap_or_default())),
        headers: listed(headers),
        body: request.body().to_vec(),
    }
}
