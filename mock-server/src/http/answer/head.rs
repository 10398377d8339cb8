//! Status, headers and cookies that a function gives, as the head of an HTTP response.
//!
//! The same for a buffered response and for the prelude of a stream; what differs between fronts is in [`Rules`].

use std::collections::BTreeMap;

use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{CONTENT_TYPE, SET_COOKIE},
};
use serde::Deserialize;
use serde_json::{Map, Value};

/// What a front reads of a function's response, and what it makes of its headers.
#[derive(Debug)]
pub(in crate::http) struct Rules {
    /// The content type where the function gives none.
    pub(in crate::http) usual: Option<&'static str>,
    pub(in crate::http) members: Members,
    /// Whether a header may be a number.
    pub(in crate::http) numbers: bool,
    /// Headers that the front writes itself: those of a function reach the client under another name.
    pub(in crate::http) remapped: &'static [&'static str],
    /// Headers that do not reach the client.
    pub(in crate::http) dropped: &'static [&'static str],
}

/// Where headers stand. Members of other names are none of the front's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) enum Members {
    /// `headers`.
    Single,
    /// `headers`, and `cookies` that become `Set-Cookie`.
    SingleAndCookies,
    /// `multiValueHeaders`.
    Multi,
    /// `headers` and `multiValueHeaders` in one list, in which a value that both have stands once.
    Both,
    /// As [`Both`](Self::Both), with `cookies`.
    BothAndCookies,
}

impl Members {
    fn has_single(self) -> bool {
        self != Self::Multi
    }

    fn has_multi(self) -> bool {
        matches!(self, Self::Multi | Self::Both | Self::BothAndCookies)
    }

    fn has_cookies(self) -> bool {
        matches!(self, Self::SingleAndCookies | Self::BothAndCookies)
    }
}

const PREFIX: &str = "x-amzn-remapped-";

/// How the body is framed is the connection's affair.
pub(in crate::http) const FRAMING: &[&str] = &["te", "transfer-encoding"];

/// What function URLs and HTTP APIs write themselves.
pub(in crate::http) const REMAPPED: &[&str] = &[
    "authorization",
    "connection",
    "content-length",
    "content-md5",
    "date",
    "expect",
    "host",
    "max-forwards",
    "proxy-authenticate",
    "server",
    "trailer",
    "upgrade",
    "www-authenticate",
    "x-amzn-requestid",
    "x-amzn-trace-id",
];

/// A text, or what can stand for one.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Scalar {
    Text(String),
    Number(serde_json::Number),
    Bool(bool),
}

impl Scalar {
    /// The value of a header; `None` if it cannot be one.
    fn into_value(self, rules: &Rules) -> Option<HeaderValue> {
        let text = match self {
            Self::Text(text) => text,
            Self::Number(number) if rules.numbers => number.to_string(),
            Self::Number(_) => return None,
            Self::Bool(yes) => yes.to_string(),
        };
        HeaderValue::from_bytes(text.as_bytes()).ok()
    }
}

/// Takes the head of a response out of what a function says; `None` if it cannot be one. Without a status it is 200.
pub(in crate::http) fn head(
    described: &mut Map<String, Value>,
    rules: &Rules,
) -> Option<(StatusCode, HeaderMap)> {
    let status = status(described.remove("statusCode"))?;
    let mut headers = HeaderMap::new();
    if rules.members.has_multi() {
        let multi: Option<BTreeMap<String, Vec<Scalar>>> = member(described, "multiValueHeaders")?;
        for (name, values) in multi.unwrap_or_default() {
            for value in values {
                append(&mut headers, &name, value.into_value(rules)?, rules)?;
            }
        }
    }
    if rules.members.has_single() {
        let had = headers.clone();
        let single: Option<BTreeMap<String, Option<Scalar>>> = member(described, "headers")?;
        for (name, value) in single.unwrap_or_default() {
            let Some(value) = value else { continue };
            let value = value.into_value(rules)?;
            if had.get_all(name.as_str()).iter().all(|had| had != value) {
                append(&mut headers, &name, value, rules)?;
            }
        }
    }
    if rules.members.has_cookies() {
        let cookies: Option<Vec<String>> = member(described, "cookies")?;
        for cookie in cookies.unwrap_or_default() {
            headers.append(SET_COOKIE, HeaderValue::from_bytes(cookie.as_bytes()).ok()?);
        }
    }
    if let Some(usual) = rules.usual {
        headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static(usual));
    }
    Some((status, headers))
}

/// A member that may be missing or null; `None` if it is of another type.
#[expect(clippy::option_option, reason = "one is for the type, the other for the member")]
fn member<T: serde::de::DeserializeOwned>(
    described: &mut Map<String, Value>,
    name: &str,
) -> Option<Option<T>> {
    serde_json::from_value(described.remove(name).unwrap_or_default()).ok()
}

fn status(member: Option<Value>) -> Option<StatusCode> {
    let status: u16 = match member {
        None => 200,
        Some(Value::Number(number)) => number.as_u64()?.try_into().ok()?,
        Some(Value::String(text)) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok()?,
        Some(_) => return None,
    };
    // Statuses of 1xx announce a response and are none.
    StatusCode::from_u16(status).ok().filter(|_| (200..600).contains(&status))
}

/// Names that differ in case are the same header.
fn append(headers: &mut HeaderMap, name: &str, value: HeaderValue, rules: &Rules) -> Option<()> {
    let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
    if rules.dropped.contains(&name.as_str()) {
        return Some(());
    }
    let name = match rules.remapped.contains(&name.as_str()) {
        true => HeaderName::from_bytes(format!("{PREFIX}{name}").as_bytes()).ok()?,
        false => name,
    };
    headers.append(name, value);
    Some(())
}
