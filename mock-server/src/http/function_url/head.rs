//! Status, headers and cookies that a function gives, as the head of an HTTP response.
//!
//! The same for a buffered response and for the prelude of a stream; what differs is the content type that is taken if none is
//! given.

use std::collections::BTreeMap;

use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{self, CONTENT_TYPE, SET_COOKIE},
};
use serde::Deserialize;

/// Headers that the URL writes itself: those of a function reach the client under another name.
const REMAPPED: [HeaderName; 15] = [
    header::AUTHORIZATION,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    HeaderName::from_static("content-md5"),
    header::DATE,
    header::EXPECT,
    header::HOST,
    header::MAX_FORWARDS,
    header::PROXY_AUTHENTICATE,
    header::SERVER,
    header::TRAILER,
    header::UPGRADE,
    header::WWW_AUTHENTICATE,
    super::serve::REQUEST_ID,
    super::serve::TRACE_ID,
];

const PREFIX: &str = "x-amzn-remapped-";

/// What a function says of its HTTP response. Members of other names are none of its business.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Described {
    #[serde(default = "ok")]
    status_code: Scalar,
    headers: Option<BTreeMap<String, Option<Scalar>>>,
    cookies: Option<Vec<String>>,
}

/// A text, or what can stand for one.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Scalar {
    Text(String),
    Number(serde_json::Number),
    Bool(bool),
}

fn ok() -> Scalar {
    Scalar::Number(200.into())
}

impl Scalar {
    fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.to_string(),
            Self::Bool(yes) => yes.to_string(),
        }
    }
}

impl Described {
    /// The head of the response; `None` if it cannot be one.
    pub(super) fn into_head(self, usual: &'static str) -> Option<(StatusCode, HeaderMap)> {
        let status: u16 = match self.status_code {
            Scalar::Number(number) => number.as_u64()?.try_into().ok()?,
            Scalar::Text(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok()?,
            _ => return None,
        };
        // Statuses of 1xx announce a response and are none.
        let status = StatusCode::from_u16(status).ok().filter(|_| (200..600).contains(&status))?;
        let mut headers = HeaderMap::new();
        for (name, value) in self.headers.unwrap_or_default() {
            let Some(value) = value else { continue };
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            let value = HeaderValue::from_bytes(value.into_text().as_bytes()).ok()?;
            // How the body is framed is the connection's affair.
            if name == header::TRANSFER_ENCODING || name == header::TE {
                continue;
            }
            let name = match REMAPPED.contains(&name) {
                true => HeaderName::from_bytes(format!("{PREFIX}{name}").as_bytes()).ok()?,
                false => name,
            };
            // Names that differ in case are the same header.
            headers.append(name, value);
        }
        for cookie in self.cookies.unwrap_or_default() {
            headers.append(SET_COOKIE, HeaderValue::from_bytes(cookie.as_bytes()).ok()?);
        }
        headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static(usual));
        Some((status, headers))
    }
}
