//! Events become requests.

use std::borrow::Cow;

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Uri, Version,
    header::{COOKIE, HOST},
    uri::Scheme,
};

use serde::de::Error;

use super::{
    Body, HttpEvent, Request, RequestError,
    error::Part,
    format::Format,
    media,
    read::{Wire, all},
    uri,
};
use crate::{Source, Str, detect, value::Base64};

/// How events become requests, where there is a choice.
///
/// ```
/// use lambda_events::http::ReadOptions;
///
/// let event = r#"{"version":"2.0","rawPath":"/prod/orders","rawQueryString":"part=items",
///     "requestContext":{"stage":"prod","http":{"method":"GET"}}}"#;
/// assert_eq!(ReadOptions::new().read(event)?.uri(), "/prod/orders?part=items");
/// assert_eq!(ReadOptions::new().strip_stage(true).read(event)?.uri(), "/orders?part=items");
/// # Ok::<(), lambda_events::http::RequestError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadOptions {
    strips_stage: bool,
    is_absolute: bool,
}

impl ReadOptions {
    /// The path as the event has it, and a target without scheme and host, as a server of HTTP/1.1 gets it.
    pub const fn new() -> Self {
        Self { strips_stage: false, is_absolute: false }
    }

    /// Whether the path goes without the stage that HTTP APIs put in front of it.
    ///
    /// A REST API has no stage in its path. The base path of a custom domain is not known from an event.
    #[must_use]
    pub const fn strip_stage(mut self, strips: bool) -> Self {
        self.strips_stage = strips;
        self
    }

    /// Whether the URI has a scheme and a host, from the headers `x-forwarded-proto` and `host`; it has none where they are
    /// not there or odd, since clients may send what they like.
    #[must_use]
    pub const fn absolute_uri(mut self, is_absolute: bool) -> Self {
        self.is_absolute = is_absolute;
        self
    }

    /// Reads an event as a request.
    ///
    /// # Errors
    ///
    /// [`RequestError`] if the event is none, or if what the client sent cannot be a request.
    pub fn read(&self, event: impl Into<Bytes>) -> Result<Request, RequestError> {
        let event = event.into();
        // All of it, as what is skipped here may be asked for later.
        let text = std::str::from_utf8(&event).map_err(|error| RequestError::Json(Error::custom(error)))?;
        let wire: Wire<'_> = serde_json::from_str(text).map_err(RequestError::Json)?;
        let format = Format::of(&wire).ok_or_else(|| RequestError::NotHttp(detect(&event)))?;
        let refused = |part, problem| RequestError::Refused {
            part,
            problem,
            sender: format.source,
            format: format.response,
        };

        let method = method(&wire, format).ok_or_else(|| refused(Part::Method, "it is no method"))?;
        let target = uri::target(&wire, format, self.strips_stage)
            .ok_or_else(|| refused(Part::Target, "it is no path of a URI, or too long"))?;
        let mut headers =
            headers(&event, &wire).ok_or_else(|| refused(Part::Headers, "there are too many"))?;
        if wire.has_odd_body {
            return Err(refused(
                Part::Body,
                "it is no text, or whether it is base64 is not said by true or false",
            ));
        }
        let body = body(&wire, &headers).ok_or_else(|| refused(Part::Body, "it is no base64"))?;
        let domain = wire.context.as_ref().and_then(|context| context.domain_name.as_ref());
        if let Some(value) = domain.and_then(|domain| value(&event, domain))
            && !headers.contains_key(HOST)
        {
            let _none = headers.try_insert(HOST, value);
        }
        let absolute = self.is_absolute.then(|| {
            let host = headers.get(HOST)?.to_str().ok()?;
            uri::absolute(&target.path_and_query, scheme(format.source, &headers), host)
        });

        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.version_mut() = version(&wire);
        *request.uri_mut() = absolute.flatten().unwrap_or_else(|| Uri::from(target.path_and_query.clone()));
        *request.headers_mut() = headers;
        drop(wire);
        request.extensions_mut().insert(HttpEvent::new(event, format, target));
        Ok(request)
    }
}

fn method(wire: &Wire<'_>, format: Format) -> Option<Method> {
    let context = wire.context.as_ref();
    let of_lattice = matches!(format.source, Source::VpcLatticeV1 | Source::VpcLatticeV2);
    let of_event = if of_lattice { &wire.method } else { &wire.http_method };
    let found = of_event.as_ref().or_else(|| context?.method.as_ref());
    match (found, format.source) {
        (Some(method), _) => Method::from_bytes(method.as_bytes()).ok(),
        (None, Source::ApiGatewayWebSocket) => {
            let is_connect = context?.event_type.as_deref() == Some("CONNECT");
            Some(if is_connect { Method::GET } else { Method::POST })
        }
        (None, _) => None,
    }
}

fn version(wire: &Wire<'_>) -> Version {
    match wire.context.as_ref().and_then(|context| context.protocol.as_deref()) {
        Some("HTTP/1.0") => Version::HTTP_10,
        Some("HTTP/2" | "HTTP/2.0") => Version::HTTP_2,
        Some("HTTP/3" | "HTTP/3.0") => Version::HTTP_3,
        _ => Version::HTTP_11,
    }
}

/// All headers, in their order; `None` if there are more than there is room for.
///
/// Names and values that cannot be those of headers are left to the event, see [`HttpEvent::payload`].
fn headers(event: &Bytes, wire: &Wire<'_>) -> Option<HeaderMap> {
    let count = wire.headers.len().max(wire.multi_value_headers.len()) + 2;
    let mut headers = HeaderMap::try_with_capacity(count).ok()?;
    for (name, text) in all(&wire.multi_value_headers, &wire.headers, in_lower_case) {
        if let (Ok(name), Some(value)) = (HeaderName::from_bytes(name.as_bytes()), value(event, text)) {
            headers.try_append(name, value).ok()?;
        }
    }
    // A client of HTTP/1.1 sends one header. Emulators leave it there beside the list.
    let is_valid = |cookie: &&Str<'_>| HeaderValue::from_str(cookie).is_ok();
    let cookies: Vec<&str> = wire.cookies.iter().filter(is_valid).map(|cookie| &**cookie).collect();
    if let Ok(value) = HeaderValue::from_maybe_shared(Bytes::from(cookies.join("; ")))
        && !cookies.is_empty()
    {
        headers.try_insert(COOKIE, value).ok()?;
    }
    Some(headers)
}

fn in_lower_case(name: &str) -> Cow<'_, str> {
    match name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => name.to_ascii_lowercase().into(),
        false => name.into(),
    }
}

/// The value of a header, which shares the bytes of the event.
fn value(event: &Bytes, text: &Str<'_>) -> Option<HeaderValue> {
    let bytes = match text.is_borrowed() {
        true => event.slice_ref(text.as_bytes()),
        false => Bytes::copy_from_slice(text.as_bytes()),
    };
    HeaderValue::from_maybe_shared(bytes).ok()
}

/// How the client has spoken to the service, as far as the service vouches for it.
fn scheme(source: Source, headers: &HeaderMap) -> Scheme {
    let sent = headers.get("x-forwarded-proto").and_then(|value| value.to_str().ok());
    let first = sent.and_then(|sent| sent.split(',').next()).unwrap_or_default().trim();
    // VPC Lattice passes on what the client says.
    let is_http = source != Source::VpcLatticeV2 && source != Source::VpcLatticeV1;
    if is_http && first.eq_ignore_ascii_case("http") { Scheme::HTTP } else { Scheme::HTTPS }
}

/// The body; `None` if it should be base64 and is not.
fn body(wire: &Wire<'_>, headers: &HeaderMap) -> Option<Body> {
    let text = wire.body.as_deref().unwrap_or_default();
    if !wire.is_base64 {
        return Some(Body::from(text));
    }
    let bytes = Base64::from(text).decode().ok()?;
    Some(match media::is_text(headers) {
        true => String::from_utf8(bytes).map_or_else(|error| Body::from(error.into_bytes()), Body::from),
        false => Body::from(bytes),
    })
}
