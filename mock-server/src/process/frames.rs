//! The framed log events that a runtime writes to the descriptor `_LAMBDA_TELEMETRY_LOG_FD`.
//!
//! A frame is a header of 16 bytes, big-endian, and the event: type, length of the event in bytes, time in
//! microseconds since the epoch. The type is `A55A` and two bytes of which the lowest two bits tell text (3)
//! from JSON (2), and the next three the level. Sources: AWS's runtime clients for Python, Node.js and Java.
//!
//! Frames have no end mark, and the writer may be anybody's code: after bytes that cannot begin a frame the
//! next `A55A` is looked for. How the descriptor is read is in [`output`](super::output).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::output::{Cut, EVENT_BYTES};
use crate::{
    guest::OutputLine,
    log::{LogFormat, LogLevel},
};

const HEADER_BYTES: usize = 16;
/// A header that announces more is not taken for one: what follows it would be lost until then.
const ANNOUNCED_BYTES: u32 = 64 * 1024 * 1024;

/// Cuts a stream into frames. Of an event too long to be kept the beginning is kept.
#[derive(Debug, Default)]
pub(super) struct Frames {
    /// What may become a header.
    header: Vec<u8>,
    open: Option<Open>,
}

/// A frame whose header is complete.
#[derive(Debug)]
struct Open {
    format: LogFormat,
    level: Option<LogLevel>,
    time: Option<SystemTime>,
    text: Vec<u8>,
    /// How much of the event is still to come.
    left: usize,
}

impl Cut for Frames {
    fn cut(&mut self, mut bytes: &[u8], lines: &mut Vec<OutputLine>) {
        while !bytes.is_empty() {
            bytes = match self.open.take() {
                Some(open) => self.take_event(open, bytes),
                None => self.take_header(bytes),
            };
            lines.extend(self.open.take_if(|open| open.left == 0).map(Open::line));
        }
    }

    /// What is there of a frame that was not written to its end.
    fn last(&mut self) -> Option<OutputLine> {
        self.header.clear();
        self.open.take().filter(|open| !open.text.is_empty()).map(Open::line)
    }
}

impl Frames {
    fn take_event<'a>(&mut self, mut open: Open, bytes: &'a [u8]) -> &'a [u8] {
        let (event, rest) = bytes.split_at(open.left.min(bytes.len()));
        let kept = event.len().min(EVENT_BYTES - open.text.len());
        open.text.extend_from_slice(&event[..kept]);
        open.left -= event.len();
        self.open = Some(open);
        rest
    }

    fn take_header<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let (header, rest) = bytes.split_at(bytes.len().min(HEADER_BYTES - self.header.len()));
        self.header.extend_from_slice(header);
        while !may_begin(&self.header) {
            self.header.remove(0);
        }
        if let Some(&header) = self.header.first_chunk() {
            self.header.clear();
            self.open = Some(Open::new(header));
        }
        rest
    }
}

/// Whether these bytes can be the first ones of a header.
fn may_begin(bytes: &[u8]) -> bool {
    let is_type = |&kind: &u8| kind & 0b1110_0010 == 0b10 && level_bits(kind) <= 6;
    [0xA5, 0x5A, 0].iter().zip(bytes).all(|(expected, byte)| expected == byte)
        && bytes.get(3).is_none_or(is_type)
        && bytes.get(4..8).is_none_or(|length| {
            length.iter().fold(0, |sum: u32, &byte| sum << 8 | u32::from(byte)) <= ANNOUNCED_BYTES
        })
}

fn level_bits(kind: u8) -> u8 {
    kind >> 2 & 0b111
}

impl Open {
    fn new(header: [u8; HEADER_BYTES]) -> Self {
        let [_, _, _, kind, l0, l1, l2, l3, micros @ ..] = header;
        let since_epoch = Duration::from_micros(u64::from_be_bytes(micros));
        let level = match level_bits(kind) {
            1 => Some(LogLevel::Trace),
            2 => Some(LogLevel::Debug),
            3 => Some(LogLevel::Info),
            4 => Some(LogLevel::Warn),
            5 => Some(LogLevel::Error),
            6 => Some(LogLevel::Fatal),
            _ => None,
        };
        Self {
            format: if kind & 1 == 0 { LogFormat::Json } else { LogFormat::Text },
            level,
            time: UNIX_EPOCH.checked_add(since_epoch),
            text: Vec::new(),
            left: usize::try_from(u32::from_be_bytes([l0, l1, l2, l3])).unwrap_or(usize::MAX),
        }
    }

    fn line(self) -> OutputLine {
        let text = self.text.strip_suffix(b"\n").unwrap_or(&self.text);
        OutputLine {
            text: String::from_utf8_lossy(text).into_owned(),
            format: self.format,
            level: self.level,
            time: self.time,
        }
    }
}

#[cfg(test)]
mod test {
    use proptest::prelude::*;

    use super::*;

    /// 20 November 2026, 10:00:00.000123.
    const TIME: u64 = 1_795_168_800_000_123;

    fn frame(kind: u32, event: &[u8]) -> Vec<u8> {
        let length = u32::try_from(event.len()).unwrap();
        [&kind.to_be_bytes(), &length.to_be_bytes(), &TIME.to_be_bytes()[..], event].concat()
    }

    /// The events of a stream that comes in pieces of this size.
    fn read_in(size: usize, bytes: &[u8]) -> Vec<OutputLine> {
        let (mut frames, mut lines) = (Frames::default(), Vec::new());
        bytes.chunks(size).for_each(|piece| frames.cut(piece, &mut lines));
        lines.extend(frames.last());
        lines
    }

    fn texts(bytes: &[u8]) -> Vec<String> {
        read_in(bytes.len().max(1), bytes).into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn format_level_and_time_are_read() {
        use LogFormat::{Json, Text};

        for (kind, format, level) in [
            (0xA55A_0003, Text, None),
            (0xA55A_0002, Json, None),
            (0xA55A_0007, Text, Some(LogLevel::Trace)),
            (0xA55A_000A, Json, Some(LogLevel::Debug)),
            (0xA55A_000F, Text, Some(LogLevel::Info)),
            (0xA55A_0012, Json, Some(LogLevel::Warn)),
            (0xA55A_0016, Json, Some(LogLevel::Error)),
            (0xA55A_001B, Text, Some(LogLevel::Fatal)),
        ] {
            let time = UNIX_EPOCH.checked_add(Duration::from_micros(TIME));
            let expected = OutputLine { text: "{}".to_owned(), format, level, time };
            assert_eq!(read_in(100, &frame(kind, b"{}")), [expected], "{kind:x}");
        }
    }

    #[test]
    fn a_frame_is_one_event_whatever_lines_it_holds() {
        let bytes = [frame(0xA55A_000F, b"one\ntwo\n\nthree\n"), frame(0xA55A_000F, b"")].concat();
        assert_eq!(texts(&bytes), ["one\ntwo\n\nthree", ""]);
    }

    #[test]
    fn after_what_is_no_frame_the_next_one_is_found() {
        let good = frame(0xA55A_000F, b"good");
        for bad in [
            &b"print\n"[..],
            b"\xA5\xA5\x5A",
            b"\xA5\x5A\x00",
            b"\xA5\x5A\x00\x01\0\0\0\x04oops",
            b"\xA5\x5A\x00\x1F\0\0\0\x04",
            b"\xA5\x5A\x01\x03\0\0\0\x04",
            b"\xA5\x5A\x00\x03\xFF\xFF\xFF\xFF\0\0\0\0\0\0\0\0",
        ] {
            assert_eq!(texts(&[bad, &good, bad, &good].concat()), ["good", "good"], "{bad:x?}");
        }
    }

    #[test]
    fn of_a_very_long_event_the_beginning_is_kept_and_the_next_is_found() {
        let long = vec![b'x'; 3 * EVENT_BYTES];
        let bytes = [frame(0xA55A_000F, &long), frame(0xA55A_000F, b"next")].concat();
        let (mut frames, mut lines) = (Frames::default(), Vec::new());
        for piece in bytes.chunks(8 * 1024) {
            frames.cut(piece, &mut lines);
            assert!(frames.open.as_ref().is_none_or(|open| open.text.len() <= EVENT_BYTES));
        }
        let lengths: Vec<_> = lines.iter().map(|line| line.text.len()).collect();
        assert_eq!(lengths, [EVENT_BYTES, 4]);
    }

    #[test]
    fn what_was_written_of_the_last_frame_is_not_lost() {
        let whole = frame(0xA55A_000F, b"cut short");
        assert_eq!(texts(&whole[..whole.len() - 6]), ["cut"]);
        assert_eq!(texts(&whole[..HEADER_BYTES - 1]), [""; 0]);
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(
            events in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 0..40)), 0..8),
            garbage in prop::collection::vec(any::<u8>(), 0..24),
            size in 1..30_usize,
        ) {
            let mut bytes = Vec::new();
            for (is_preceded, event) in &events {
                bytes.extend_from_slice(if *is_preceded { &garbage } else { &[] });
                bytes.extend(frame(0xA55A_000F, event));
            }
            let lines = read_in(size, &bytes);
            prop_assert_eq!(&lines, &read_in(bytes.len().max(1), &bytes));
            let is_clear = |(is_preceded, _): &(bool, _)| !is_preceded || !garbage.contains(&0xA5);
            if events.iter().all(is_clear) {
                prop_assert_eq!(lines.len(), events.len());
            }
        }
    }
}
