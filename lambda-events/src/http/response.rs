//! Responses become what the services take as an answer.
//!
//! The JSON is written in one pass into one buffer: nothing is collected in a type first.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, StatusCode, header::SET_COOKIE};

use super::{
    base64::push_base64,
    json::{push_text, text},
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
        let mut json = Vec::with_capacity(usual + body.len() + body.len() / 8 + 128);
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
                push_joined(json, headers.keys().filter(|name| *name != SET_COOKIE), headers);
                push_list(json, b",\"cookies\":[", headers, &SET_COOKIE);
            }
            Kind::Alb | Kind::Lattice => {
                push_joined(json, headers.keys().filter(|name| *name != SET_COOKIE), headers);
                push_cookies_by_case(json, headers);
            }
            Kind::AlbMultiValue => push_lists(json, headers.keys(), headers),
            Kind::HttpApi1 | Kind::Rest | Kind::WebSocket => {
                // API Gateway joins the two, and prefers the second.
                let is_repeated = |name: &&HeaderName| headers.get_all(*name).iter().nth(1).is_some();
                push_joined(json, headers.keys().filter(|name| !is_repeated(name)), headers);
                if headers.len() != headers.keys_len() {
                    push_lists(json, headers.keys().filter(is_repeated), headers);
                }
            }
        }
    }
}

/// `headers`, with the values of each name joined by commas, as RFC 9110 (5.3) allows for all but cookies.
fn push_joined<'h>(json: &mut Vec<u8>, names: impl Iterator<Item = &'h HeaderName>, headers: &HeaderMap) {
    json.extend_from_slice(b",\"headers\":{");
    for (place, name) in names.enumerate() {
        push_name(json, place, name.as_str());
        let mut values = headers.get_all(name).iter();
        let (Some(first), None) = (values.next(), values.next()) else {
            let values: Vec<_> = headers.get_all(name).iter().map(text).collect();
            push_text(json, &values.join(", "));
            continue;
        };
        push_text(json, &text(first));
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
        push_text(json, &text(value));
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
        let is_first = json.last() == Some(&b'{');
        push_name(json, usize::from(!is_first), &cased(SET_COOKIE.as_str(), behind));
        push_text(json, &text(value));
    }
    json.push(b'}');
}

/// A name in one of its cases: each bit of the number makes a letter large. The larger the number, the earlier it is sorted, so
/// that cookies keep their order where names are sorted.
fn cased(name: &str, number: usize) -> String {
    let letters = name.bytes().filter(u8::is_ascii_alphabetic).count();
    let mut bit = 1usize.checked_shl(u32::try_from(letters).unwrap_or(u32::MAX)).unwrap_or_default();
    let letter = |letter: char| {
        if !letter.is_ascii_alphabetic() {
            return letter;
        }
        bit >>= 1;
        if number & bit != 0 { letter.to_ascii_uppercase() } else { letter }
    };
    name.chars().map(letter).collect()
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
