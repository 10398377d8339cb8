//! Makes replies of every kind, breaks them, and cuts them into pieces.

use http::Method;
use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
};

use super::play::Script;

/// In a value `{}` stands for the true length; `|` divides two lines of the same name.
const LENGTHS: [&str; 20] = [
    "{}|{}",
    "{}, {}",
    "{},{}",
    "{},0{}",
    "{}|0{}",
    "{}|1",
    "0{}",
    "+{}",
    "-{}",
    "{} {}",
    "0x{}",
    "",
    "{}.0",
    "{}|",
    "1",
    "{}0",
    "99999999",
    "18446744073709551613",
    "18446744073709551616",
    "\t{} ",
];
const CODINGS: [&str; 13] = [
    "Chunked",
    "chunked ",
    "gzip, chunked",
    "gzip",
    "identity",
    "chunked, chunked",
    "chunked|chunked",
    "gzip|chunked",
    "chunked|gzip",
    "",
    "chunked;q=1",
    "chunked,",
    "\"chunked\"",
];
const CONNECTIONS: [&str; 13] = [
    "close",
    "Close",
    "keep-alive",
    "Keep-Alive",
    "keep-alive, close",
    "close, keep-alive",
    "close|keep-alive",
    "keep-alive|close",
    "upgrade",
    "x,close , y",
    "",
    "closed",
    "\u{e4}, close",
];
const NAMES: [&str; 12] = [
    "Content-Type",
    "date",
    "Lambda-Runtime-Aws-Request-Id",
    "LAMBDA-RUNTIME-DEADLINE-MS",
    "lambda-runtime-trace-id",
    "Lambda-Runtime-Invoked-Function-Arn",
    "Lambda-Extension-Identifier",
    "lambda-runtime-client-context",
    "X-Other",
    "x-other",
    "Set-Cookie",
    "!#$%&'*+-.^_`|~0",
];
const VALUES: [&str; 9] = [
    "",
    "yes",
    "a, b",
    "application/json",
    "Root=1-5bef4de7-ad49b0e8;Sampled=0",
    "\"\u{e9}\"",
    "a\tb",
    "  c ",
    ":",
];
const STATUSES: [&str; 14] = [
    "202 Accepted",
    "204 No Content",
    "304 Not Modified",
    "101 Switching Protocols",
    "400",
    "403 ",
    "413 Too\tlarge",
    "500 \u{e9}",
    "205 Reset Content",
    "599 Other",
    "999 Most",
    "099 Least",
    "20 Short",
    "2000 Long",
];

#[derive(Clone, Debug)]
enum Framing {
    Length(&'static str),
    Chunked(Chunks),
    /// Both, of which the length may be wrong.
    Both(&'static str, Chunks),
    Coding(&'static str, Chunks),
    Unsized,
}

/// How a body is cut into chunks, and what stands in front of each and behind the last.
#[derive(Clone, Debug)]
struct Chunks {
    sizes: Vec<usize>,
    is_upper: bool,
    zeros: usize,
    extension: &'static str,
    trailers: &'static str,
}

fn mostly<T: Clone + std::fmt::Debug + 'static>(usual: T, others: &[T]) -> impl Strategy<Value = T> + use<T> {
    prop_oneof![3 => Just(usual), 1 => select(others.to_vec())]
}

fn chunks() -> impl Strategy<Value = Chunks> {
    let extension = mostly("", &[";a=b", " ;x", ";q=\"1\"", "\t ", ";", ";\u{e9}"]);
    let trailers = mostly("", &["Late: yes\r\n", "late:\r\nLater: x y\r\n", "X-A: 1\r\nX-A: 2\r\n"]);
    let zeros = mostly(0, &[1, 3, 14]);
    (vec(1..40_usize, 0..5), any::<bool>(), zeros, extension, trailers).prop_map(
        |(sizes, is_upper, zeros, extension, trailers)| Chunks {
            sizes,
            is_upper,
            zeros,
            extension,
            trailers,
        },
    )
}

fn framing() -> impl Strategy<Value = Framing> {
    prop_oneof![
        3 => Just(Framing::Length("{}")),
        2 => select(&LENGTHS[..]).prop_map(Framing::Length),
        4 => chunks().prop_map(Framing::Chunked),
        1 => (mostly("{}", &LENGTHS), chunks()).prop_map(|(length, chunks)| Framing::Both(length, chunks)),
        1 => (select(&CODINGS[..]), chunks()).prop_map(|(coding, chunks)| Framing::Coding(coding, chunks)),
        1 => Just(Framing::Unsized),
    ]
}

impl Chunks {
    fn encode(&self, mut body: &[u8]) -> Vec<u8> {
        let mut encoded = Vec::new();
        let size = |size: usize| {
            let zeros = "0".repeat(self.zeros);
            let size = if self.is_upper { format!("{size:X}") } else { format!("{size:x}") };
            latin_1(&format!("{zeros}{size}{}\r\n", self.extension))
        };
        for wanted in self.sizes.iter().copied().chain([usize::MAX]) {
            let (chunk, rest) = body.split_at(wanted.min(body.len()));
            if !chunk.is_empty() {
                encoded.extend([&size(chunk.len()), chunk, b"\r\n"].concat());
            }
            body = rest;
        }
        encoded.extend([size(0), latin_1(self.trailers), latin_1("\r\n")].concat());
        encoded
    }
}

/// One byte for each character.
fn latin_1(text: &str) -> Vec<u8> {
    text.chars().map(|letter| letter as u8).collect()
}

/// The lines of a header whose value is a pattern.
fn lines(name: &str, pattern: &str, length: usize) -> Vec<String> {
    pattern.split('|').map(|value| format!("{name}: {}", value.replace("{}", &length.to_string()))).collect()
}

fn framed(framing: &Framing, body: &[u8]) -> (Vec<String>, Vec<u8>) {
    let coding = |coding: &str| lines("Transfer-Encoding", coding, 0);
    let length = |length: &str| lines("content-length", length, body.len());
    match framing {
        Framing::Length(pattern) => (length(pattern), body.to_vec()),
        Framing::Chunked(chunks) => (coding("chunked"), chunks.encode(body)),
        Framing::Both(pattern, chunks) => {
            ([length(pattern), coding("chunked")].concat(), chunks.encode(body))
        }
        Framing::Coding(name, chunks) => (coding(name), chunks.encode(body)),
        Framing::Unsized => (Vec::new(), body.to_vec()),
    }
}

fn header() -> impl Strategy<Value = String> {
    (select(&NAMES[..]), mostly(": ", &[":", ":\t ", " : "]), select(&VALUES[..]))
        .prop_map(|(name, colon, value)| format!("{name}{colon}{value}"))
}

fn reply() -> impl Strategy<Value = Vec<u8>> {
    let interim =
        mostly("", &["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n"]);
    let version = mostly("HTTP/1.1 ", &["HTTP/1.0 ", "HTTP/1.2 ", "HTTP/1.1  ", "http/1.1 "]);
    let status = mostly("200 OK", &STATUSES);
    let connection = prop_oneof![Just(None), select(&CONNECTIONS[..]).prop_map(Some)];
    let tail = mostly("", &["x", "\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"]);
    let body = prop_oneof![vec(any::<u8>(), 0..120), Just(b"0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n".to_vec())];
    let places = (vec((header(), any::<Index>()), 0..5), any::<Index>());
    ((interim, version, status, mostly("\r\n", &["\n"])), (framing(), connection, places), (body, tail))
        .prop_map(
            |((interim, version, status, end), (framing, connection, (headers, place)), (body, tail))| {
                let (mut all, body) = framed(&framing, &body);
                if let Some(connection) = connection {
                    let place = place.index(all.len() + 1);
                    all.splice(place..place, lines("Connection", connection, 0));
                }
                for (header, place) in headers {
                    all.insert(place.index(all.len() + 1), header);
                }
                let mut head = format!("{version}{status}{end}");
                for line in all {
                    head += &format!("{line}{end}");
                }
                [latin_1(interim), latin_1(&head), latin_1(end), body, latin_1(tail)].concat()
            },
        )
}

#[derive(Clone, Debug)]
enum Mutation {
    Flip(Index, u8),
    Delete(Index, usize),
    Insert(Index, &'static [u8]),
    Double(Index, usize),
    Truncate(Index),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    const BYTES: [&[u8]; 12] =
        [b"\r", b"\n", b"\r\n", b" ", b"\0", b":", b";", b"0", b"f", b"\x80", b"\x7f", b"\r\n\r\n"];
    let at = any::<Index>;
    prop_oneof![
        (at(), 0..8_u8).prop_map(|(at, bit)| Mutation::Flip(at, 1 << bit)),
        (at(), 1..4_usize).prop_map(|(at, bytes)| Mutation::Delete(at, bytes)),
        (at(), select(&BYTES[..])).prop_map(|(at, bytes)| Mutation::Insert(at, bytes)),
        (at(), 1..40_usize).prop_map(|(at, bytes)| Mutation::Double(at, bytes)),
        at().prop_map(Mutation::Truncate),
    ]
}

impl Mutation {
    fn change(&self, bytes: &mut Vec<u8>) {
        let last = bytes.len();
        match self {
            _ if bytes.is_empty() => {}
            Self::Flip(at, bits) => bytes[at.index(last)] ^= bits,
            Self::Delete(at, count) => {
                let at = at.index(last);
                bytes.drain(at..last.min(at + count));
            }
            Self::Insert(at, what) => {
                let at = at.index(last + 1);
                bytes.splice(at..at, what.iter().copied());
            }
            Self::Double(at, count) => {
                let at = at.index(last);
                let what = bytes[at..last.min(at + count)].to_vec();
                bytes.splice(at..at, what);
            }
            Self::Truncate(at) => bytes.truncate(at.index(last)),
        }
    }
}

/// A reply to one call; half of them are as they should be.
pub(super) fn script() -> impl Strategy<Value = Script> {
    let method = mostly(Method::GET, &[Method::POST, Method::HEAD]);
    let mutations = prop_oneof![Just(Vec::new()), vec(mutation(), 1..4)];
    let cuts = prop_oneof![
        Just(Vec::new()),
        vec(0..400_usize, 1..6),
        // Every byte by itself.
        Just((0..1_000).collect()),
    ];
    (method, reply(), mutations, cuts, prop::bool::weighted(0.2)).prop_map(
        |(method, mut bytes, mutations, cuts, closes)| {
            for mutation in mutations {
                mutation.change(&mut bytes);
            }
            Script { method, bytes, cuts, closes }
        },
    )
}
