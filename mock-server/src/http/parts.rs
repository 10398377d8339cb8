//! The parts of an HTTP request as events tell them: headers, cookies, queries, bodies, times.
//!
//! Pure functions, for [`function_url`](super::function_url) and the [`front`](super::front)s alike. Which of them an event
//! takes, and what it calls them, is said where the event is made.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::{Engine, prelude::BASE64_STANDARD};
use http::{
    HeaderMap, HeaderName,
    header::{CONTENT_TYPE, COOKIE},
};
use percent_encoding::percent_decode;

/// UTF-8 if it is that, else Latin-1, which HTTP headers are by old custom.
pub(super) fn text(value: &[u8]) -> String {
    match std::str::from_utf8(value) {
        Ok(text) => text.to_owned(),
        Err(_) => value.iter().copied().map(char::from).collect(),
    }
}

/// The values of a header, in order.
pub(super) fn values<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> impl Iterator<Item = String> + use<'a> {
    headers.get_all(name).iter().map(|value| text(value.as_bytes()))
}

/// The cookies of all headers, taken apart.
pub(super) fn cookies(headers: &HeaderMap) -> Vec<String> {
    let cookies = values(headers, &COOKIE)
        .flat_map(|value| value.split(';').map(|cookie| cookie.trim().to_owned()).collect::<Vec<_>>());
    cookies.filter(|cookie| !cookie.is_empty()).collect()
}

/// The content type without its parameters, in lower case.
pub(super) fn essence(headers: &HeaderMap) -> String {
    media_type(&headers.get(CONTENT_TYPE).map(|value| text(value.as_bytes())).unwrap_or_default())
}

/// A media type without its parameters, in lower case.
pub(super) fn media_type(value: &str) -> String {
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The names and values of a query as they were sent.
pub(super) fn pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// A name or a value of a query, decoded.
pub(super) fn decode(encoded: &str) -> String {
    let spaced = encoded.replace('+', " ");
    percent_decode(spaced.as_bytes()).decode_utf8_lossy().into_owned()
}

/// The body as text if it is to be and its bytes are, else in base64; and whether it is in base64.
pub(super) fn body(bytes: &[u8], is_text: bool) -> (String, bool) {
    match std::str::from_utf8(bytes) {
        Ok(body) if is_text => (body.to_owned(), false),
        _ => (BASE64_STANDARD.encode(bytes), true),
    }
}

pub(super) fn since_epoch(now: SystemTime) -> Duration {
    now.duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Such as `12/Mar/2026:19:03:58 +0000`.
pub(super) fn time(now: SystemTime) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

    // RFC 3339 has the parts at fixed places: 2026-03-12T19:03:58Z.
    let rfc = humantime::format_rfc3339_seconds(UNIX_EPOCH + since_epoch(now)).to_string();
    let part = |from: usize, to: usize| rfc.get(from..to).unwrap_or_default();
    let month = part(5, 7).parse::<usize>().ok().and_then(|month| MONTHS.get(month.checked_sub(1)?));
    format!("{}/{}/{}:{} +0000", part(8, 10), month.unwrap_or(&MONTHS[0]), part(0, 4), part(11, 19))
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn times_are_those_of_a_server_log() {
        for (seconds, expected) in [
            (0, "01/Jan/1970:00:00:00 +0000"),
            (1_709_210_096, "29/Feb/2024:12:34:56 +0000"),
            (1_798_761_599, "31/Dec/2026:23:59:59 +0000"),
        ] {
            assert_eq!(time(UNIX_EPOCH + Duration::from_secs(seconds)), expected);
        }
    }
}
