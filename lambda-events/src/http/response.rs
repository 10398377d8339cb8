//! Responses become what the services take as an answer.
//!
//! The JSON is written in one pass into one buffer: nothing is collected in a type first.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header::SET_COOKIE};

use super::{
    base64::push_base64,
    json::{push_text, push_value, text},
    media,
};

/// How the sender of an event takes a response.
///
/// ```
/// use lambda_events::http;
///
/// let request = http::from_str(
///     r#"{"version":"2.0","rawPath":"/","requestContext":{"http":{"method":"GET"}}}"#,
/// )?;
/// let format = http::HttpEvent::of(&request).ok_or("it was read from an event")?.response_format();
/// let response = ::http::Response::builder()
///     .status(404)
///     .header("vary", "accept")
///     .header("vary", "origin")
///     .body("Nothing is here.")?;
/// let (head, body) = response.into_parts();
/// assert_eq!(
///     format.to_json(head.status, &head.headers, body.as_bytes(), None),
///     r#"{"statusCode":404,"headers":{"vary":"accept, origin"},"body":"Nothing is here.","isBase64Encoded":false}"#,
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResponseFormat(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Url,
    HttpApi,
    /// As a REST API, but for streaming.
    HttpApi1,
    Rest,
    WebSocket,
    Alb,
    AlbMultiValue,
    Lattice,
}

/// How a body stands in an answer, where its bytes and its content type shall not decide: an extension of a response.
///
/// ```
/// use lambda_events::http::BodyEncoding;
///
/// let mut response = ::http::Response::new("text that a client wants as base64 on the way");
/// response.extensions_mut().insert(BodyEncoding::Base64);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyEncoding {
    /// As text, unless it is not UTF-8.
    Text,
    /// As base64.
    Base64,
}

impl ResponseFormat {
    pub(super) const fn of(kind: Kind) -> Self {
        Self(kind)
    }

    /// Whether the sender takes a response that streams, if it is set to: function URLs and REST APIs do.
    pub fn can_stream(self) -> bool {
        matches!(self.0, Kind::Url | Kind::Rest)
    }

    /// Whether the head of a stream may give a header several values, and not only one in which they are joined: REST APIs read
    /// `multiValueHeaders`.
    pub fn streams_multi_value_headers(self) -> bool {
        self.0 == Kind::Rest
    }

    /// How many bytes of JSON the sender takes at most: 1 MB for a load balancer, and what Lambda takes for the others.
    ///
    /// Sources: [Lambda functions as targets](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html),
    /// [Lambda quotas](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
    pub fn limit(self) -> usize {
        match self.0 {
            Kind::Alb | Kind::AlbMultiValue => 1024 * 1024,
            _ => 6 * 1024 * 1024 + 100,
        }
    }

    /// Writes a response as the JSON that the sender takes.
    ///
    /// The body is sent as text if it is valid UTF-8 and its headers do not say that it is binary, and as base64 otherwise, unless
    /// `encoding` says which.
    pub fn to_json(
        self,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
        encoding: Option<BodyEncoding>,
    ) -> Bytes {
        let usual: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 8).sum();
        // A third more is what base64 needs, and more than most texts do with their escapes.
        let mut json = Vec::with_capacity(usual + body.len() + body.len() / 3 + 160);
        json.extend_from_slice(b"{\"statusCode\":");
        json.extend_from_slice(status.as_str().as_bytes());
        if matches!(self.0, Kind::Alb | Kind::AlbMultiValue) {
            json.extend_from_slice(b",\"statusDescription\":\"");
            json.extend_from_slice(status.as_str().as_bytes());
            if let Some(reason) = status.canonical_reason() {
                json.push(b' ');
                json.extend_from_slice(reason.as_bytes());
            }
            json.push(b'"');
        }
        self.push_headers(&mut json, headers);
        if body.is_empty() && matches!(self.0, Kind::Alb | Kind::AlbMultiValue | Kind::Lattice) {
            // They want to know it of every response.
            json.extend_from_slice(b",\"isBase64Encoded\":false");
        }
        push_body(&mut json, headers, body, encoding);
        json.push(b'}');
        json.into()
    }

    fn push_headers(self, json: &mut Vec<u8>, headers: &HeaderMap) {
        match self.0 {
            Kind::Url | Kind::HttpApi => {
                push_joined(json, headers);
                push_list(json, b",\"cookies\":[", headers, &SET_COOKIE);
            }
            Kind::Alb | Kind::Lattice => {
                push_joined(json, headers);
                push_cookies_by_case(json, headers);
            }
            Kind::AlbMultiValue => push_lists(json, headers.keys(), headers),
            // API Gateway joins the two, and prefers the second.
            Kind::HttpApi1 | Kind::Rest | Kind::WebSocket if headers.len() == headers.keys_len() => {
                push_object(json, headers.iter())
            }
            Kind::HttpApi1 | Kind::Rest | Kind::WebSocket => {
                let is_repeated = |name: &HeaderName| headers.get_all(name).iter().nth(1).is_some();
                push_object(json, headers.iter().filter(|(name, _)| !is_repeated(name)));
                push_lists(json, headers.keys().filter(|name| is_repeated(name)), headers);
            }
        }
    }
}

/// `headers` of names with one value each.
fn push_object<'h>(json: &mut Vec<u8>, headers: impl Iterator<Item = (&'h HeaderName, &'h HeaderValue)>) {
    json.extend_from_slice(b",\"headers\":{");
    for (place, (name, value)) in headers.enumerate() {
        push_name(json, place, name.as_str());
        push_value(json, value);
    }
    json.push(b'}');
}

/// `headers` without cookies, with the values of each name joined by commas, as RFC 9110 (5.3) allows for all but cookies.
fn push_joined(json: &mut Vec<u8>, headers: &HeaderMap) {
    let cookies = headers.get_all(SET_COOKIE).iter().count();
    if headers.len() - cookies == headers.keys_len() - cookies.min(1) {
        push_object(json, headers.iter().filter(|(name, _)| *name != SET_COOKIE));
        return;
    }
    json.extend_from_slice(b",\"headers\":{");
    for (place, name) in headers.keys().filter(|name| *name != SET_COOKIE).enumerate() {
        push_name(json, place, name.as_str());
        let mut values = headers.get_all(name).iter();
        let (Some(first), None) = (values.next(), values.next()) else {
            let values: Vec<_> = headers.get_all(name).iter().map(text).collect();
            push_text(json, &values.join(", "));
            continue;
        };
        push_value(json, first);
    }
    json.push(b'}');
}

/// `multiValueHeaders`.
fn push_lists<'h>(json: &mut Vec<u8>, names: impl Iterator<Item = &'h HeaderName>, headers: &HeaderMap) {
    json.extend_from_slice(b",\"multiValueHeaders\":{");
    for (place, name) in names.enumerate() {
        push_name(json, place, name.as_str());
        json.push(b'[');
        push_values(json, headers, name);
        json.push(b']');
    }
    json.push(b'}');
}

/// The values of one name as a member of its own, if there are any.
fn push_list(json: &mut Vec<u8>, member: &[u8], headers: &HeaderMap, name: &HeaderName) {
    if headers.contains_key(name) {
        json.extend_from_slice(member);
        push_values(json, headers, name);
        json.push(b']');
    }
}

fn push_values(json: &mut Vec<u8>, headers: &HeaderMap, name: &HeaderName) {
    for (place, value) in headers.get_all(name).iter().enumerate() {
        if place > 0 {
            json.push(b',');
        }
        push_value(json, value);
    }
}

fn push_name(json: &mut Vec<u8>, place: usize, name: &str) {
    if place > 0 {
        json.push(b',');
    }
    // A header's name has nothing in it that JSON would escape.
    json.push(b'"');
    json.extend_from_slice(name.as_bytes());
    json.extend_from_slice(b"\":");
}

/// Cookies in an object that has room for one value of each name: the names differ in case, which HTTP does not mind.
///
/// The object ends with the last cookie, in place of where it ended before.
fn push_cookies_by_case(json: &mut Vec<u8>, headers: &HeaderMap) {
    let cookies = headers.get_all(SET_COOKIE);
    let count = cookies.iter().count();
    if count == 0 {
        return;
    }
    json.pop();
    for (value, behind) in cookies.iter().zip((0..count).rev()) {
        if json.last() != Some(&b'{') {
            json.push(b',');
        }
        json.push(b'"');
        let name = json.len();
        json.extend_from_slice(SET_COOKIE.as_str().as_bytes());
        set_case(&mut json[name..], behind);
        json.extend_from_slice(b"\":");
        push_value(json, value);
    }
    json.push(b'}');
}

/// Puts a name in one of its cases: each bit of the number makes a letter large, the lowest one the last letter. The larger the
/// number, the earlier the name is sorted, so that cookies keep their order where names are sorted.
fn set_case(name: &mut [u8], number: usize) {
    let mut bits = number;
    let mut letters = name.iter_mut().rev().filter(|byte| byte.is_ascii_alphabetic());
    while let (true, Some(letter)) = (bits != 0, letters.next()) {
        if bits & 1 == 1 {
            letter.make_ascii_uppercase();
        }
        bits >>= 1;
    }
}

fn push_body(json: &mut Vec<u8>, headers: &HeaderMap, body: &[u8], encoding: Option<BodyEncoding>) {
    if body.is_empty() {
        return;
    }
    let is_text = match encoding {
        Some(encoding) => encoding == BodyEncoding::Text,
        None => media::is_text(headers),
    };
    json.extend_from_slice(b",\"body\":");
    let is_base64 = match std::str::from_utf8(body) {
        Ok(text) if is_text => {
            push_text(json, text);
            false
        }
        _ => {
            push_base64(json, body);
            true
        }
    };
    json.extend_from_slice(b",\"isBase64Encoded\":");
    json.extend_from_slice(if is_base64 { b"true" } else { b"false" });
}
