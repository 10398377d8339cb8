//! The parts of a request as members of an event: pairs of names and values, in the forms that the formats have for them.

use http::{
    HeaderMap, HeaderName, HeaderValue, Request,
    header::{CONTENT_ENCODING, CONTENT_TYPE, HOST},
};
use percent_encoding::percent_decode_str;

use super::{ADDRESS, EventFormat};
use crate::{Json, Map, http::json::text, value::Base64};

/// Names with all their values, in the order in which they first come.
pub(super) type Groups = Vec<(String, Vec<String>)>;

pub(super) fn string(text: String) -> Json<'static> {
    Json::String(text.into())
}

/// What is left out or null where a request does not have it.
pub(super) fn is_empty(value: &Json<'_>) -> bool {
    value.as_object().is_some_and(Map::is_empty) || value.as_array().is_some_and(<[_]>::is_empty)
}

pub(super) fn grouped(pairs: impl IntoIterator<Item = (String, String)>) -> Groups {
    let mut groups = Groups::new();
    for (name, value) in pairs {
        match groups.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => values.push(value),
            None => groups.push((name, vec![value])),
        }
    }
    groups
}

pub(super) fn last(groups: Groups) -> Json<'static> {
    let value = |(name, mut values): (String, Vec<String>)| (name, string(values.pop().unwrap_or_default()));
    Json::Object(groups.into_iter().map(value).collect())
}

pub(super) fn lists(groups: Groups) -> Json<'static> {
    let list =
        |(name, values): (String, Vec<String>)| (name, Json::Array(values.into_iter().map(string).collect()));
    Json::Object(groups.into_iter().map(list).collect())
}

pub(super) fn joined(groups: Groups, separator: &str) -> Json<'static> {
    let value = |(name, values): (String, Vec<String>)| (name, string(values.join(separator)));
    Json::Object(groups.into_iter().map(value).collect())
}

/// The parameters of a query, as they are.
pub(super) fn pairs(query: Option<&str>) -> impl Iterator<Item = (String, String)> {
    let parts = query.unwrap_or_default().split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
}

/// The parameters of a query, decoded.
pub(super) fn decoded(query: Option<&str>) -> impl Iterator<Item = (String, String)> {
    let decode = |text: String| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    pairs(query).map(move |(name, value)| (decode(name), decode(value)))
}

pub(super) fn values<'h>(
    headers: &'h HeaderMap,
    name: &HeaderName,
) -> impl Iterator<Item = String> + use<'h> {
    headers.get_all(name).iter().map(|value| text(value).into_owned())
}

/// The first value of a name; empty if there is none.
pub(super) fn one(headers: &HeaderMap, name: HeaderName) -> String {
    values(headers, &name).next().unwrap_or_default()
}

pub(super) fn of_headers(headers: &HeaderMap) -> impl Iterator<Item = (String, String)> {
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value).into_owned()))
}

/// The headers of a request, and those that a service adds.
pub(super) fn headers<B>(format: EventFormat, request: &Request<B>) -> HeaderMap {
    let mut headers = request.headers().clone();
    let authority = request.uri().authority().map(|authority| {
        // Whoever asks goes before the host, and is nobody else's business.
        authority.as_str().rsplit('@').next().unwrap_or_default()
    });
    let scheme = request.uri().scheme_str().unwrap_or("https");
    let port = if scheme == "http" { "80" } else { "443" };
    let trace = "Root=1-6a0c1d2e-3f4a5b6c7d8e9f0a1b2c3d4e";
    let all = [
        (HOST.as_str(), authority.unwrap_or_else(|| format.host())),
        ("x-forwarded-for", ADDRESS),
        ("x-forwarded-port", port),
        ("x-forwarded-proto", scheme),
        ("x-amzn-trace-id", trace),
    ];
    // VPC Lattice says from where a request comes, and no more.
    let is_lattice = matches!(format, EventFormat::VpcLattice | EventFormat::VpcLattice1);
    for (name, value) in &all[..if is_lattice { 2 } else { all.len() }] {
        if let Ok(value) = HeaderValue::from_str(value)
            && !headers.contains_key(*name)
        {
            // A map that is full is left as it is.
            let _full = headers.try_append(HeaderName::from_static(name), value);
        }
    }
    headers
}

/// The body as text or as base64, and which of them it is; `None` if there is none.
pub(super) fn body(headers: &HeaderMap, body: &[u8]) -> (Option<String>, bool) {
    if body.is_empty() {
        return (None, false);
    }
    match std::str::from_utf8(body) {
        Ok(text) if is_text(headers) => (Some(text.to_owned()), false),
        _ => (Some(Base64::encode(body).encoded().to_owned()), true),
    }
}

/// Which content load balancers send as text.
fn is_text(headers: &HeaderMap) -> bool {
    let content_type = one(headers, CONTENT_TYPE).to_ascii_lowercase();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let is_known = ["application/json", "application/javascript", "application/xml"].contains(&essence);
    !headers.contains_key(CONTENT_ENCODING) && (is_known || essence.starts_with("text/"))
}
