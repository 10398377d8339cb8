//! What pages of other origins may do with a function URL.
//!
//! Sources: [Cors](https://docs.aws.amazon.com/lambda/latest/api/API_Cors.html) and
//! [Creating and managing function URLs](https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html#urls-cors);
//! which header belongs to which reply is said by the [Fetch standard](https://fetch.spec.whatwg.org/#http-cors-protocol).

use std::time::Duration;

use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
        ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
        ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
    },
};
use lambda_api::limits;

/// What pages of other origins may do with a function URL: cross-origin resource sharing.
///
/// The URL answers preflight requests itself, and adds headers to responses; they win over those of the function. What cannot
/// be a header is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cors {
    pub(crate) allow_origins: Vec<String>,
    pub(crate) allow_methods: Vec<String>,
    pub(crate) allow_headers: Vec<String>,
    pub(crate) expose_headers: Vec<String>,
    pub(crate) allow_credentials: Option<bool>,
    pub(crate) max_age: Option<Duration>,
}

impl Cors {
    /// The origins whose pages may call it, such as `https://example.com`; `*` for all.
    #[must_use]
    pub fn allow_origins(mut self, origins: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.allow_origins = texts(origins);
        self
    }

    /// The methods that they may use; `*` for all.
    #[must_use]
    pub fn allow_methods(mut self, methods: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.allow_methods = texts(methods);
        self
    }

    /// The headers that they may send; `*` for all.
    #[must_use]
    pub fn allow_headers(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.allow_headers = texts(names);
        self
    }

    /// The headers of responses that they may read; `*` for all.
    #[must_use]
    pub fn expose_headers(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.expose_headers = texts(names);
        self
    }

    /// Whether browsers send cookies along.
    #[must_use]
    pub fn allow_credentials(mut self, allow: bool) -> Self {
        self.allow_credentials = Some(allow);
        self
    }

    /// How long a browser may keep the answer to a preflight request: whole seconds, a day at most.
    #[must_use]
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age.min(limits::CORS_MAX_AGE));
        self
    }

    /// Whether a browser asks with this request whether it may send another.
    pub(super) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
        *method == Method::OPTIONS
            && headers.contains_key(ORIGIN)
            && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
    }

    /// Adds what every reply has: whether the page behind the request may read it.
    pub(super) fn add_to(&self, reply: &mut HeaderMap, origin: Option<&HeaderValue>) {
        let allows_credentials = self.allow_credentials == Some(true);
        let allows_all = self.allow_origins.iter().any(|allowed| allowed == "*");
        let is_allowed = |origin: &&HeaderValue| {
            allows_all || self.allow_origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes())
        };
        // With credentials, browsers do not take the wildcard.
        let allowed = match allows_all && !allows_credentials {
            true => Some(HeaderValue::from_static("*")),
            false => {
                // Caches have to know that the reply to another origin differs.
                reply.append(VARY, HeaderValue::from_static("Origin"));
                origin.filter(is_allowed).cloned()
            }
        };
        let Some(allowed) = allowed else { return };
        reply.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        list(reply, ACCESS_CONTROL_EXPOSE_HEADERS, &self.expose_headers);
        if allows_credentials {
            reply.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
    }

    /// Adds what the answer to a preflight request has beside it.
    pub(super) fn add_to_preflight(&self, reply: &mut HeaderMap, origin: Option<&HeaderValue>) {
        self.add_to(reply, origin);
        if reply.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) {
            list(reply, ACCESS_CONTROL_ALLOW_METHODS, &self.allow_methods);
            list(reply, ACCESS_CONTROL_ALLOW_HEADERS, &self.allow_headers);
            if let Some(max_age) = self.max_age {
                reply.insert(ACCESS_CONTROL_MAX_AGE, max_age.as_secs().into());
            }
        }
    }
}

fn texts(items: impl IntoIterator<Item = impl Into<String>>) -> Vec<String> {
    items.into_iter().map(Into::into).collect()
}

fn list(headers: &mut HeaderMap, name: HeaderName, items: &[String]) {
    if !items.is_empty()
        && let Ok(value) = HeaderValue::from_str(&items.join(","))
    {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod test {
    use super::*;

    fn added(cors: &Cors, origin: Option<&'static str>) -> Vec<(String, String)> {
        let mut headers = HeaderMap::new();
        cors.add_to_preflight(&mut headers, origin.map(HeaderValue::from_static).as_ref());
        let mut added: Vec<_> = headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        added.sort();
        added
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn an_origin_of_the_list_is_named_and_another_is_not() {
        let cors = Cors::default()
            .allow_origins(["https://a.example", "https://b.example"])
            .allow_methods(["GET", "POST"])
            .allow_headers(["x-one", "x-two"])
            .expose_headers(["x-three"])
            .max_age(Duration::from_secs(1_000_000));
        let expected = [
            ("access-control-allow-headers", "x-one,x-two"),
            ("access-control-allow-methods", "GET,POST"),
            ("access-control-allow-origin", "https://b.example"),
            ("access-control-expose-headers", "x-three"),
            ("access-control-max-age", "86400"),
            ("vary", "Origin"),
        ];
        assert_eq!(added(&cors, Some("https://b.example")), pairs(&expected));
        assert_eq!(added(&cors, Some("https://c.example")), pairs(&[("vary", "Origin")]));
        assert_eq!(added(&cors, None), pairs(&[("vary", "Origin")]));
    }

    #[test]
    fn the_wildcard_is_sent_unless_there_are_credentials() {
        let cors = Cors::default().allow_origins(["*"]);
        assert_eq!(added(&cors, None), pairs(&[("access-control-allow-origin", "*")]));
        let expected = [
            ("access-control-allow-credentials", "true"),
            ("access-control-allow-origin", "https://a.example"),
            ("vary", "Origin"),
        ];
        assert_eq!(added(&cors.allow_credentials(true), Some("https://a.example")), pairs(&expected));
    }

    #[test]
    fn a_list_that_cannot_be_a_header_is_left_out() {
        let cors = Cors::default().allow_origins(["*"]).allow_headers(["a\r\nb: c"]);
        assert_eq!(added(&cors, None), pairs(&[("access-control-allow-origin", "*")]));
    }
}
