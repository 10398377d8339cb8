//! The target of a request: its path and its query, byte for byte where the event has them so.
//!
//! What [`PathAndQuery`] does not take is percent-encoded, and so is what would make one part another: a `?` or `#` of a path, a
//! `#` of a query, a `&` or `=` of a name. Nothing is normalised: dots, double slashes and the case of escapes stay, and so do the
//! brackets and braces that clients send as they are.

use std::borrow::Cow;

use bytes::Bytes;
use http::{
    Uri,
    uri::{Authority, PathAndQuery, Scheme},
};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    format::{Format, PathForm, QueryForm, is_http_api_1},
    read::{Wire, all},
};
use crate::Source;

/// What may not stand in a path that came as it was sent.
const SENT_PATH: &AsciiSet = &CONTROLS.add(b' ').add(b'<').add(b'>').add(b'`').add(b'#').add(b'?');
/// Of a path that was decoded also what clients are to encode.
const DECODED_PATH: &AsciiSet =
    &SENT_PATH.add(b'"').add(b'{').add(b'}').add(b'\\').add(b'^').add(b'|').add(b'[').add(b']');
const QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'#');
const VALUE: &AsciiSet = &QUERY.add(b'&');
const NAME: &AsciiSet = &VALUE.add(b'=');
/// All but what RFC 3986 calls unreserved.
const DECODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The target of a request; `None` if there can be no such target.
pub(super) fn target(wire: &Wire<'_>, format: Format, strips_stage: bool) -> Option<Target> {
    let path = match format.source {
        Source::ApiGatewayWebSocket => route(wire),
        _ => path(wire),
    };
    let (path, stage) = split_stage(path, stage(wire, format));
    let stage = if strips_stage { "" } else { stage };

    let mut target = String::with_capacity(stage.len() + path.len() + 96);
    push_path(&mut target, stage, format.path);
    let stage_len = target.len();
    // A route is a name, whatever it begins with.
    let is_route = format.source == Source::ApiGatewayWebSocket;
    if is_route || (!path.starts_with('/') && target.is_empty()) {
        target.push('/');
    }
    push_path(&mut target, path, format.path);
    push_query(&mut target, wire, format.query);
    Some(Target { path_and_query: parse(target)?, stage_len })
}

/// A path with its query, and how much of the path is the stage.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) path_and_query: PathAndQuery,
    stage_len: usize,
}

impl Target {
    /// The path without the stage.
    pub(super) fn path(&self) -> &str {
        let path = self.path_and_query.path().get(self.stage_len..).unwrap_or_default();
        if path.is_empty() { "/" } else { path }
    }
}

/// The path of an event.
fn path<'w>(wire: &'w Wire<'_>) -> &'w str {
    let of_context = || wire.context.as_ref().and_then(|context| context.path.as_ref());
    match &wire.raw_path_and_query {
        Some(path) => path.split_once('?').map_or(path, |(path, _)| path),
        None => wire.raw_path.as_ref().or(wire.path.as_ref()).or_else(of_context).map_or("", |path| path),
    }
}

/// A message on a WebSocket has a route for a path.
fn route<'w>(wire: &'w Wire<'_>) -> &'w str {
    wire.context.as_ref().and_then(|context| context.route_key.as_deref()).unwrap_or("$default")
}

/// The stage that a path may begin with: HTTP APIs put it there, REST APIs do not.
fn stage<'w>(wire: &'w Wire<'_>, format: Format) -> Option<&'w str> {
    let has_stage = format.source == Source::ApiGatewayHttp || is_http_api_1(wire);
    let stage = wire.context.as_ref()?.stage.as_deref().filter(|_| has_stage)?;
    (!stage.is_empty() && stage != "$default").then_some(stage)
}

/// The path after the stage, and the stage with its slash.
fn split_stage<'p>(path: &'p str, stage: Option<&str>) -> (&'p str, &'p str) {
    let rest = stage.and_then(|stage| path.strip_prefix('/')?.strip_prefix(stage));
    match rest.filter(|rest| rest.is_empty() || rest.starts_with('/')) {
        Some(rest) => (rest, &path[..path.len() - rest.len()]),
        None => (path, ""),
    }
}

/// Whether a byte of a path or query can stay as it is.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/-._~!$'()*+,;=:@%&".contains(&byte)
}

fn push_path(target: &mut String, path: &str, form: PathForm) {
    if path.bytes().all(is_plain) && (form == PathForm::AsSent || !path.contains('%')) {
        target.push_str(path);
        return;
    }
    let set = if form == PathForm::AsSent { SENT_PATH } else { DECODED_PATH };
    let mut parts = path.split('%');
    target.extend(utf8_percent_encode(parts.next().unwrap_or_default(), set));
    for part in parts {
        // Where a path was decoded, a percent sign that begins no escape was an escape itself.
        let is_escape = part.len() >= 2 && part.as_bytes()[..2].iter().all(u8::is_ascii_hexdigit);
        target.push_str(if form == PathForm::AsSent || is_escape { "%" } else { "%25" });
        target.extend(utf8_percent_encode(part, set));
    }
}

fn push_query(target: &mut String, wire: &Wire<'_>, form: QueryForm) {
    let raw = match (&wire.raw_path_and_query, &wire.raw_query) {
        (Some(path), _) => path.split_once('?').map(|(_, query)| query),
        (None, raw) => raw.as_deref(),
    };
    if form == QueryForm::Raw {
        if let Some(query) = raw.filter(|query| !query.is_empty()) {
            target.push('?');
            match query.bytes().all(|byte| is_plain(byte) || byte == b'?') {
                true => target.push_str(query),
                false => target.extend(utf8_percent_encode(query, QUERY)),
            }
        }
        return;
    }
    let (name_set, value_set) = if form == QueryForm::Decoded { (DECODED, DECODED) } else { (NAME, VALUE) };
    let mut separator = '?';
    for (name, value) in all(&wire.multi_value_query, &wire.query, Cow::from) {
        target.push(separator);
        target.extend(utf8_percent_encode(name, name_set));
        target.push('=');
        target.extend(utf8_percent_encode(value, value_set));
        separator = '&';
    }
}

fn parse(target: String) -> Option<PathAndQuery> {
    PathAndQuery::from_maybe_shared(Bytes::from(target)).ok()
}

/// The target in its absolute form, if there is a host that can stand in it.
pub(super) fn absolute(target: &PathAndQuery, scheme: Scheme, host: &str) -> Option<Uri> {
    // With a user in front of it, another host than the one that is read at first sight would be meant.
    let authority = Authority::try_from(host).ok().filter(|authority| !authority.as_str().contains('@'))?;
    Uri::builder().scheme(scheme).authority(authority).path_and_query(target.clone()).build().ok()
}
