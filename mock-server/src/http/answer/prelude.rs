//! Takes the HTTP prelude off a stream that comes in pieces of any size.
//!
//! What it is: [`lambda_api::runtime::Prelude`].

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use lambda_api::{limits, runtime::Prelude};

use super::head::{Rules, head};

/// What has come of a prelude so far.
#[derive(Debug)]
pub(in crate::http) struct Beginning {
    rules: &'static Rules,
    read: BytesMut,
}

/// What became of a prelude.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::http) enum Split {
    /// Its end has not come.
    Unfinished,
    /// The head of the response, and the first bytes of its body.
    Head(StatusCode, HeaderMap, Bytes),
    /// It is no prelude, or longer than any request line with headers may be.
    Malformed,
}

impl Beginning {
    pub(in crate::http) fn new(rules: &'static Rules) -> Self {
        Self { rules, read: BytesMut::new() }
    }

    /// Whether a stream of this content type begins with a prelude.
    pub(in crate::http) fn is_announced(content_type: Option<&str>) -> bool {
        let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default();
        essence.trim().eq_ignore_ascii_case(Prelude::CONTENT_TYPE)
    }

    pub(in crate::http) fn push(&mut self, bytes: &[u8]) -> Split {
        // The end may have begun in what was there; what is before it has been looked through.
        let from = self.read.len().saturating_sub(Prelude::END.len() - 1);
        self.read.extend_from_slice(bytes);
        let end = self.read[from..].windows(Prelude::END.len()).position(|window| window == Prelude::END);
        let Some(end) = end.map(|end| from + end) else {
            let is_endless = self.read.len() > limits::HEADER_BYTES;
            return if is_endless { Split::Malformed } else { Split::Unfinished };
        };
        let mut body = self.read.split_off(end);
        let described = serde_json::from_slice(&self.read).ok();
        match described.and_then(|mut described| head(&mut described, self.rules)) {
            Some((status, headers)) => {
                let _end = body.split_to(Prelude::END.len());
                Split::Head(status, headers, body.freeze())
            }
            None => Split::Malformed,
        }
    }
}

#[cfg(test)]
mod test {
    use super::*;
    use crate::http::answer::Members;

    const OCTETS: &str = "application/octet-stream";

    static RULES: Rules = Rules {
        usual: Some(OCTETS),
        members: Members::SingleAndCookies,
        numbers: true,
        remapped: &[],
        dropped: &[],
    };

    fn stream(json: &str, body: &[u8]) -> Vec<u8> {
        [json.as_bytes(), &Prelude::END, body].concat()
    }

    #[test]
    fn the_prelude_is_found_wherever_the_pieces_end() {
        let stream = stream(r#"{"statusCode":201,"headers":{"a":"b"},"cookies":["c=d"]}"#, b"\0body");
        for size in 1..stream.len() {
            let mut beginning = Beginning::new(&RULES);
            let mut pieces = stream.chunks(size);
            let (status, headers, first) = loop {
                match beginning.push(pieces.next().unwrap()) {
                    Split::Unfinished => {}
                    Split::Head(status, headers, first) => break (status, headers, first),
                    Split::Malformed => panic!("it is well formed"),
                }
            };
            assert_eq!((status.as_u16(), headers["a"].as_bytes()), (201, &b"b"[..]));
            assert_eq!(headers["set-cookie"], "c=d");
            assert_eq!(headers["content-type"], OCTETS);
            assert_eq!([&*first, &pieces.collect::<Vec<_>>().concat()].concat(), b"\0body");
        }
    }

    #[test]
    fn what_is_no_prelude_is_malformed() {
        for json in ["", "hello", r#"{"statusCode":600}"#, r#"{"headers":{"a":"b\n"}}"#] {
            assert_eq!(Beginning::new(&RULES).push(&stream(json, b"")), Split::Malformed, "{json}");
        }
        let mut beginning = Beginning::new(&RULES);
        assert_eq!(beginning.push(&vec![b' '; limits::HEADER_BYTES]), Split::Unfinished);
        assert_eq!(beginning.push(b" "), Split::Malformed);
    }

    #[test]
    fn only_its_content_type_announces_it() {
        assert!(Beginning::is_announced(Some("application/vnd.awslambda.http-integration-response; x=y")));
        assert!(!Beginning::is_announced(Some("application/json")));
        assert!(!Beginning::is_announced(None));
    }
}
