//! Events on their way: an array of JSON objects over HTTP, one JSON object per line over TCP.
//!
//! Whatever is wrong with one event is wrong with that event only: a subscriber that refuses a whole batch is
//! sent it again and again. Source: "Destination protocols" in
//! [Telemetry API](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html).

use bytes::Bytes;
use serde::de::IgnoredAny;

use super::Event;
use crate::json::{self, JsonError};

/// A part of a batch that is no event; nothing of it is lost.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a part of the batch is not a telemetry event")]
#[non_exhaustive]
pub struct InvalidEvent {
    /// The part as it was sent; if the batch itself is broken, all from there on.
    pub text: Bytes,
    /// Why it is none.
    pub source: JsonError,
}

/// The body of a delivery over HTTP.
pub fn encode_array<'a>(events: impl IntoIterator<Item = &'a Event>) -> Bytes {
    // Records are strings and objects with string keys, which always encode.
    serde_json::to_vec(&events.into_iter().collect::<Vec<_>>()).unwrap_or_default().into()
}

/// What is delivered over TCP; every event ends with a line feed.
pub fn encode_lines<'a>(events: impl IntoIterator<Item = &'a Event>) -> Bytes {
    let mut lines = Vec::new();
    for event in events {
        lines.extend(serde_json::to_vec(event).unwrap_or_default());
        lines.push(b'\n');
    }
    lines.into()
}

/// Decodes the body of a delivery over HTTP, event by event.
///
/// ```
/// use bytes::Bytes;
/// use lambda_api::telemetry::{Record, batch};
///
/// let body = r#"[{"time":"2026-11-20T10:00:00Z","type":"platform.novelty","record":{}},{"odd":1}]"#;
/// let events: Vec<_> = batch::decode_array(&Bytes::from(body)).collect();
/// assert!(events[0].as_ref().is_ok_and(|event| event.record.kind() == "platform.novelty"));
/// assert!(events[1].as_ref().is_err_and(|error| error.text == r#"{"odd":1}"#));
/// ```
pub fn decode_array(body: &Bytes) -> impl Iterator<Item = Result<Event, InvalidEvent>> {
    Elements { body: body.clone(), at: 0, next: Next::Bracket }
}

/// Decodes whole lines as they were delivered over TCP, event by event; empty lines do not count.
pub fn decode_lines(lines: &Bytes) -> impl Iterator<Item = Result<Event, InvalidEvent>> {
    lines
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty())
        .map(|line| decode(lines.slice_ref(line)))
}

fn decode(text: Bytes) -> Result<Event, InvalidEvent> {
    json::decode(&text).map_err(|source| InvalidEvent { text, source })
}

/// The elements of a JSON array, each found by its outline alone, so that an odd one does not hide the others.
struct Elements {
    body: Bytes,
    at: usize,
    next: Next,
}

/// What is expected next.
#[derive(Clone, Copy)]
enum Next {
    /// The bracket at the beginning.
    Bracket,
    /// An element, or the end if there is none at all.
    FirstElement,
    /// A comma and an element, or the end.
    Comma,
    Nothing,
}

impl Iterator for Elements {
    type Item = Result<Event, InvalidEvent>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            self.skip_white_space();
            let first = self.body.get(self.at).copied();
            match (self.next, first) {
                (Next::Nothing, None) => return None,
                (Next::Bracket, Some(b'[')) => {
                    self.at += 1;
                    self.next = Next::FirstElement;
                }
                (Next::FirstElement | Next::Comma, Some(b']')) => {
                    self.at += 1;
                    self.next = Next::Nothing;
                }
                (Next::FirstElement, Some(_)) => return self.element(),
                (Next::Comma, Some(b',')) => {
                    self.at += 1;
                    return self.element();
                }
                _ => return self.broken(),
            }
        }
    }
}

impl Elements {
    fn skip_white_space(&mut self) {
        let rest = self.body.iter().skip(self.at);
        self.at += rest.take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
    }

    fn element(&mut self) -> Option<Result<Event, InvalidEvent>> {
        let rest = self.body.slice(self.at..);
        let mut outline = serde_json::Deserializer::from_slice(&rest).into_iter::<IgnoredAny>();
        let Some(Ok(_)) = outline.next() else { return self.broken() };
        let length = outline.byte_offset();
        self.at += length;
        self.next = Next::Comma;
        Some(decode(rest.slice(..length)))
    }

    /// There is no telling where the next element begins.
    fn broken(&mut self) -> Option<Result<Event, InvalidEvent>> {
        let text = self.body.slice(self.at..);
        self.at = self.body.len();
        self.next = Next::Nothing;
        let source = json::decode::<Vec<IgnoredAny>>(&self.body).err()?;
        Some(Err(InvalidEvent { text, source }))
    }
}
