//! Where our client and hyper's differ on purpose, and why.
//!
//! A row explains no more than it must: it names what ours says or what hyper says, and a reply that shows it alone.

use super::play::{Script, Seen};

/// A difference that is meant.
pub(super) struct Deviation {
    pub(super) name: &'static str,
    /// Replies that show it, and nothing else.
    pub(super) examples: &'static [&'static [u8]],
    /// Whether it is the cause of what was seen: of ours first, then of hyper's.
    pub(super) explains: fn(&Script, &Seen, &Seen) -> bool,
}

impl Seen {
    fn fails_with(&self, text: &str) -> bool {
        self.reply.as_ref().is_err_and(|error| error.contains(text))
    }
}

/// Whether ours fails with this at once, where hyper gives a reply or waits for more.
fn only_we_refuse(ours: &Seen, theirs: &Seen, text: &str) -> bool {
    ours.fails_with(text) && !ours.waits && (theirs.reply.is_ok() || theirs.waits)
}

pub(super) static DEVIATIONS: &[Deviation] = &[
    // Lambda never sends one, and who has read it otherwise is out of step: of a list or of two spellings nobody knows
    // which the peer has meant. RFC 9112, section 6.3, lets a recipient refuse it.
    Deviation {
        name: "a length is one number in one spelling",
        examples: &[
            b"HTTP/1.1 200 OK\r\nContent-Length: 4, 4\r\n\r\npong",
            b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 04\r\n\r\npong",
        ],
        explains: |_, ours, theirs| only_we_refuse(ours, theirs, "source: ContentLength"),
    },
    // hyper gives such a body on as it is coded, or reads to the end of the connection. Nobody here could decode it, and
    // nobody has asked for it.
    Deviation {
        name: "no coding but chunked, and only once",
        examples: &[
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\npong",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ],
        explains: |_, ours, theirs| only_we_refuse(ours, theirs, "source: TransferEncoding"),
    },
    // hyper leaves it to its caller how much memory a reply may take.
    Deviation {
        name: "a reply has an end that fits into memory",
        examples: &[
            b"HTTP/1.1 200 OK\r\nContent-Length: 33554433\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2000001\r\n",
        ],
        explains: |_, ours, theirs| only_we_refuse(ours, theirs, "ReplyTooLarge"),
    },
    // The parser of sizes counts digits, hyper looks at what they amount to. No size needs more than sixteen.
    Deviation {
        name: "the size of a chunk has no more digits than a number of 64 bits",
        examples: &[b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n00000000000000000\r\n\r\n"],
        explains: |script, ours, theirs| {
            let mut parts = script.bytes.split(|byte| !byte.is_ascii_hexdigit());
            only_we_refuse(ours, theirs, "source: Chunk") && parts.any(|digits| digits.len() > 16)
        },
    },
    // hyper asks its parser after the first read, and then when the head is there; ours only then, and looks at no more than
    // the beginning before that. Who stops in the middle of a broken head is noticed when he closes.
    Deviation {
        name: "a broken head is read to its end",
        examples: &[b"HTTP/1.1 OK\r\n", b"HTTP/1.2 200 OK\r\n", b"HTTP/1.1 200 OK\r\nno colon\r\n"],
        explains: |_, ours, theirs| {
            let is_head = ["HTTP status-code", "HTTP version", "HTTP header"];
            ours.waits
                && ours.fails_with("UnexpectedEof")
                && !theirs.waits
                && is_head.iter().any(|part| theirs.fails_with(&format!("invalid {part} parsed")))
        },
    },
    // hyper passes over empty lines, and if the first read was too short it looks at the beginning only with the rest of the
    // head. Ours has asked and waits for an answer: what begins otherwise is none.
    Deviation {
        name: "a reply begins with HTTP/1",
        examples: &[b"\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npong"],
        explains: |_, ours, theirs| only_we_refuse(ours, theirs, "source: OtherProtocol"),
    },
    // Nobody here reads the trailers of a reply. Ours counts their bytes and looks for the empty line; RFC 9112, section 2.2,
    // lets a recipient take a bare line feed for the end of a line.
    Deviation {
        name: "trailers are passed over as they are",
        examples: &[
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nno colon\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nLate: a\rb\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\rLate: a\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: \nB: \r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA:\n\r\nB:\r\n\r\n",
        ],
        explains: |script, ours, theirs| {
            let has_bare_line_feed = script.bytes.windows(2).any(|pair| pair[0] != b'\r' && pair[1] == b'\n');
            // hyper goes on behind it: to an end of its own, to the end of the connection, or to what it does not understand.
            let ends_later = ours.reply.is_ok()
                && has_bare_line_feed
                && (theirs.fails_with("unexpected EOF")
                    || ours.reply == theirs.reply && !ours.is_kept && theirs.is_kept);
            let is_broken =
                ["invalid header", "too many headers", "Invalid trailer end", "Invalid chunk end"];
            let is_refused = theirs.fails_with("error reading a body")
                && is_broken.iter().any(|text| theirs.fails_with(text))
                && (ours.reply.is_ok() || ours.fails_with("UnexpectedEof"));
            ends_later || is_refused
        },
    },
];
