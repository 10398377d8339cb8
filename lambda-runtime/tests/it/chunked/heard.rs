//! A call as it was heard, and what can be read from it.

use serde_json::Value;

const ERROR_TYPE: &str = "lambda-runtime-function-error-type";
const ERROR_BODY: &str = "lambda-runtime-function-error-body";

/// A call as it came over the wire.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    /// Counts the connections, from 1.
    pub(crate) connection: usize,
    /// Every byte: head, chunk sizes, data, trailers.
    pub(crate) raw: Vec<u8>,
    /// The data, with its boundaries; a body that has a length is one.
    pub(crate) chunks: Vec<Vec<u8>>,
    /// Names in lower case, in their order.
    pub(crate) trailers: Vec<(String, String)>,
    head_bytes: usize,
}

/// How the end of a body is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    Chunked,
    Length(usize),
}

impl Heard {
    pub(super) fn new(head: Vec<u8>, connection: usize) -> Self {
        let head_bytes = head.len();
        Self { connection, raw: head, chunks: Vec::new(), trailers: Vec::new(), head_bytes }
    }

    fn head(&self) -> &str {
        str::from_utf8(&self.raw[..self.head_bytes]).expect("a runtime's head is text")
    }

    pub(crate) fn request_line(&self) -> &str {
        self.head().split("\r\n").next().expect("a head has a first line")
    }

    /// The last two parts of the path, such as `r-1/response`.
    pub(crate) fn short_path(&self) -> &str {
        let line = self.request_line();
        let path = line.strip_prefix("POST /2018-06-01/runtime/invocation/");
        path.and_then(|path| path.strip_suffix(" HTTP/1.1")).unwrap_or(line)
    }

    /// The header lines, names in lower case, sorted.
    pub(crate) fn headers(&self) -> Vec<(String, &str)> {
        let lines = self.head().trim_end().split("\r\n").skip(1);
        let mut headers: Vec<_> = lines
            .map(|line| line.split_once(": ").expect("a header has a name and a value"))
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .collect();
        headers.sort_unstable();
        headers
    }

    /// A header that may stand there once.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let headers = self.headers();
        let mut found = headers.iter().filter(|(other, _)| other == name).map(|(_, value)| *value);
        let first = found.next();
        assert_eq!(found.next(), None, "{name} stands there twice");
        first
    }

    pub(super) fn framing(&self) -> Framing {
        let length =
            self.header("content-length").map(|length| length.parse().expect("a length is a number"));
        match (self.header("transfer-encoding"), length) {
            (Some("chunked"), None) => Framing::Chunked,
            (None, length) => Framing::Length(length.unwrap_or_default()),
            (coding, length) => panic!("two ways to find the end: {coding:?} and {length:?}"),
        }
    }

    /// All data, without the boundaries.
    pub(crate) fn body(&self) -> Vec<u8> {
        self.chunks.concat()
    }

    /// Everything after the head, as it was on the wire.
    pub(crate) fn raw_body(&self) -> &[u8] {
        &self.raw[self.head_bytes..]
    }

    /// What Lambda records as the category of a failure that was posted as one.
    pub(crate) fn error_type(&self) -> Option<&str> {
        self.header(ERROR_TYPE)
    }

    /// The body of a failure that was posted as one.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body()).expect("what a runtime posts is JSON")
    }

    /// The two error trailers: the category, and the report. Anything else after the last chunk is a mistake.
    pub(crate) fn error_trailers(&self) -> (&str, Value) {
        let names: Vec<_> = self.trailers.iter().map(|(name, _)| &**name).collect();
        assert_eq!(names.len(), 2, "{names:?}");
        let value = |name: &str| {
            let found = self.trailers.iter().find(|(other, _)| other == name);
            &*found.expect("both trailers are there").1
        };
        let report = from_base64(value(ERROR_BODY));
        (value(ERROR_TYPE), serde_json::from_slice(&report).expect("the report is JSON"))
    }

    /// How long the trailers are, with the empty line after them.
    pub(crate) fn trailer_bytes(&self) -> usize {
        self.trailers
            .iter()
            .map(|(name, value)| name.len() + ": ".len() + value.len() + "\r\n".len())
            .sum::<usize>()
            + "\r\n".len()
    }
}

/// Base64 of the usual alphabet, padded; anything else is a mistake.
fn from_base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    assert_eq!(text.len() % 4, 0, "the text is padded");
    let mut bytes = Vec::new();
    let digits = text.trim_end_matches('=');
    assert!(text.len() - digits.len() <= 2, "there is too much padding");
    for group in digits.as_bytes().chunks(4) {
        let bits = group.iter().fold(0_u32, |bits, digit| {
            let value = ALPHABET.iter().position(|other| other == digit).expect("a digit of base64");
            bits << 6 | u32::try_from(value).expect("64 digits")
        });
        let bits = bits << (6 * (4 - group.len()));
        bytes.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
    }
    bytes
}
