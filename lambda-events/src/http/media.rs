//! Which content may be sent as text.
//!
//! All that is valid UTF-8 could be, without a loss. What is meant to be binary goes as base64 all the same, since as text its
//! control characters would need six bytes each. Charsets do not matter: bytes stay what they are.

use http::{
    HeaderMap, HeaderValue,
    header::{CONTENT_ENCODING, CONTENT_TYPE},
};

/// Whether content with these headers may be text; whether it is one, its bytes tell.
pub(super) fn is_text(headers: &HeaderMap) -> bool {
    let is_encoded = |encoding: &HeaderValue| !encoding.as_bytes().eq_ignore_ascii_case(b"identity");
    !headers.get(CONTENT_ENCODING).is_some_and(is_encoded)
        && !headers.get(CONTENT_TYPE).is_some_and(|value| is_binary(value.as_bytes()))
}

/// Types that are binary, whatever their bytes look like.
const BINARY: &[&[u8]] = &[
    b"application/cbor",
    b"application/grpc",
    b"application/gzip",
    b"application/msgpack",
    b"application/octet-stream",
    b"application/pdf",
    b"application/protobuf",
    b"application/vnd.apple.pkpass",
    b"application/wasm",
    b"application/x-gzip",
    b"application/x-protobuf",
    b"application/x-tar",
    b"application/zip",
    b"application/zstd",
];

fn is_binary(content_type: &[u8]) -> bool {
    let essence = content_type.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    let is_of =
        |prefix: &[u8]| essence.len() >= prefix.len() && essence[..prefix.len()].eq_ignore_ascii_case(prefix);
    let is_text = |suffix: &[u8]| {
        essence.len() >= suffix.len() && essence[essence.len() - suffix.len()..].eq_ignore_ascii_case(suffix)
    };
    let is_media = [&b"image/"[..], b"audio/", b"video/", b"font/"].into_iter().any(is_of);
    (is_media && !is_text(b"+xml")) || BINARY.iter().any(|known| essence.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn what_is_binary_by_its_type_or_encoding_is_no_text() {
        let is_text = |content_type: &str, encoding: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
            if let Some(encoding) = encoding {
                headers.insert(CONTENT_ENCODING, encoding.parse().unwrap());
            }
            is_text(&headers)
        };
        for text in [
            "text/html; charset=utf-16",
            "application/json",
            "application/x-ndjson",
            "application/x-www-form-urlencoded",
            "application/graphql",
            "application/problem+json",
            "image/svg+xml",
            "odd",
            "",
        ] {
            assert!(is_text(text, None) && is_text(text, Some("Identity")), "{text}");
            assert!(!is_text(text, Some("gzip")), "{text}");
        }
        for binary in ["image/png", "IMAGE/PNG", "Application/Octet-Stream ; a=b", "audio/x", "font/woff2"] {
            assert!(!is_text(binary, None), "{binary}");
        }
        assert!(super::is_text(&HeaderMap::new()));
    }
}
