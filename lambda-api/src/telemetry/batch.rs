//! Events on their way: an array of JSON objects over HTTP, one JSON object per line over TCP.
//!
//! A subscriber that forwards events, or wants few of them, finds each by its outline ([`raw_array`], [`raw_lines`])
//! and decodes what it wants; [`decode_array`] and [`decode_lines`] decode all. Whatever is wrong with one event is
//! wrong with that event only: a subscriber that refuses a whole batch is sent it again and again. Source:
//! "Destination protocols" in [Telemetry API](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html).

use std::borrow::Cow;

use bytes::Bytes;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Deserializer, Map, de::Read, value::RawValue};

use super::{Event, Record, Timestamp};
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

/// An event of which only the outline has been read: nothing is copied, and the record is left as it was sent.
///
/// ```
/// use bytes::Bytes;
/// use lambda_api::telemetry::{Record, batch};
///
/// let body = Bytes::from(r#"[{"time":"2026-11-20T10:00:00Z","type":"function","record":"hello"}]"#);
/// let event = batch::raw_array(&body).next().unwrap()?;
/// assert_eq!((event.kind(), event.record()), ("function", r#""hello""#));
/// assert_eq!(event.decode()?.record, Record::Function("hello".into()));
/// # Ok::<(), batch::InvalidEvent>(())
/// ```
#[derive(Clone, Debug)]
pub struct RawEvent<'a> {
    time: Cow<'a, str>,
    kind: Cow<'a, str>,
    record: &'a str,
    json: &'a [u8],
}

impl<'a> RawEvent<'a> {
    /// When it happened, as it was written.
    pub fn time(&self) -> &str {
        &self.time
    }

    /// The type, such as `platform.start`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The record as JSON; `null` if there is none.
    pub fn record(&self) -> &'a str {
        self.record
    }

    /// The whole event as JSON, as it was sent.
    pub fn json(&self) -> &'a [u8] {
        self.json
    }

    /// Decodes time and record.
    ///
    /// # Errors
    ///
    /// [`InvalidEvent`] if the time is none, or the record is JSON in its outline only.
    pub fn decode(&self) -> Result<Event, InvalidEvent> {
        let decoded = self.time.parse::<Timestamp>().ok().and_then(|time| {
            let record = Record::from_raw(&self.kind, self.record)?;
            Some(Event { time, record })
        });
        // Whatever is left is odd, and decoded again for the sake of the words.
        decoded.map_or_else(|| decode(Bytes::copy_from_slice(self.json)), Ok)
    }
}

/// The members of an event, its record unread.
#[derive(Deserialize)]
struct Outline<'a> {
    #[serde(borrow)]
    time: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    record: Option<&'a RawValue>,
}

impl<'a> Outline<'a> {
    fn event(self, json: &'a [u8]) -> RawEvent<'a> {
        let record = self.record.map_or("null", RawValue::get);
        RawEvent { time: self.time, kind: self.kind, record, json }
    }
}

/// Decodes the body of a delivery over HTTP, event by event.
///
/// ```
/// use bytes::Bytes;
/// use lambda_api::telemetry::{Record, batch};
///
/// let body = Bytes::from(r#"[{"time":"2026-11-20T10:00:00Z","type":"platform.novelty","record":{}},{"odd":1}]"#);
/// let events: Vec<_> = batch::decode_array(&body).collect();
/// assert!(events[0].as_ref().is_ok_and(|event| event.record.kind() == "platform.novelty"));
/// assert!(events[1].as_ref().is_err_and(|error| error.text == r#"{"odd":1}"#));
/// ```
pub fn decode_array(body: &Bytes) -> impl Iterator<Item = Result<Event, InvalidEvent>> {
    raw_array(body).map(|event| event.and_then(|event| event.decode()))
}

/// Decodes whole lines as they were delivered over TCP, event by event; empty lines do not count.
pub fn decode_lines(lines: &Bytes) -> impl Iterator<Item = Result<Event, InvalidEvent>> {
    raw_lines(lines).map(|event| event.and_then(|event| event.decode()))
}

/// Finds the events in the body of a delivery over HTTP, without decoding their records.
pub fn raw_array(body: &Bytes) -> impl Iterator<Item = Result<RawEvent<'_>, InvalidEvent>> {
    Elements { body, text: std::str::from_utf8(body).ok(), at: 0, next: Next::Bracket }
}

/// Finds the events in whole lines as they were delivered over TCP, without decoding their records; empty lines do
/// not count.
pub fn raw_lines(lines: &Bytes) -> impl Iterator<Item = Result<RawEvent<'_>, InvalidEvent>> {
    let lines_of_text = lines.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    lines_of_text.map(|line| match serde_json::from_slice::<Outline<'_>>(line) {
        Ok(outline) if is_object(line) => Ok(outline.event(line)),
        _ => Err(odd(lines.slice_ref(line))),
    })
}

/// Whether it is an object, if it is JSON: serde takes lists for structs, too.
fn is_object(json: &[u8]) -> bool {
    json.trim_ascii_start().first() == Some(&b'{')
}

fn decode(text: Bytes) -> Result<Event, InvalidEvent> {
    let decoded = json::decode(&text);
    decoded.map_err(|source| InvalidEvent { text, source })
}

/// The outline of the event that comes first, and its length.
fn first<'a, R: Read<'a>>(json: Deserializer<R>) -> Option<(Outline<'a>, usize)> {
    let mut outlines = json.into_iter();
    let outline = outlines.next()?.ok()?;
    Some((outline, outlines.byte_offset()))
}

/// What is wrong with a part that is no event.
#[cold]
fn odd(text: Bytes) -> InvalidEvent {
    let of_members = json::decode::<Event>(&text).err();
    let of_object = || json::decode::<Map<String, serde_json::Value>>(&text).err();
    match of_members.or_else(of_object) {
        Some(source) => InvalidEvent { text, source },
        None => InvalidEvent { source: JsonError::unexplained(), text },
    }
}

/// The elements of a JSON array, each found by its outline alone, so that an odd one does not hide the others.
struct Elements<'a> {
    body: &'a Bytes,
    /// The body if all of it is UTF-8: one look is cheaper than one for each string.
    text: Option<&'a str>,
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

impl<'a> Iterator for Elements<'a> {
    type Item = Result<RawEvent<'a>, InvalidEvent>;

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
                    self.skip_white_space();
                    return self.element();
                }
                _ => return self.broken(),
            }
        }
    }
}

impl<'a> Elements<'a> {
    fn skip_white_space(&mut self) {
        let rest = self.body.iter().skip(self.at);
        self.at += rest.take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
    }

    fn element(&mut self) -> Option<<Self as Iterator>::Item> {
        let rest: &'a [u8] = self.body.get(self.at..).unwrap_or_default();
        let first = match self.text.and_then(|text| text.get(self.at..)) {
            Some(text) => first(Deserializer::from_str(text)),
            None => first(Deserializer::from_slice(rest)),
        };
        let Some((outline, length)) = first.filter(|_| is_object(rest)) else {
            return self.odd_element();
        };
        let json = rest.get(..length).unwrap_or_default();
        self.at += json.len();
        self.next = Next::Comma;
        Some(Ok(outline.event(json)))
    }

    /// An element that is no event; where it ends is all that is asked.
    #[cold]
    fn odd_element(&mut self) -> Option<<Self as Iterator>::Item> {
        let rest = self.body.slice(self.at..);
        let mut outlines = Deserializer::from_slice(&rest).into_iter::<IgnoredAny>();
        let Some(Ok(_)) = outlines.next() else { return self.broken() };
        let length = outlines.byte_offset();
        self.at += length;
        self.next = Next::Comma;
        Some(Err(odd(rest.slice(..length))))
    }

    /// There is no telling where the next element begins.
    #[cold]
    fn broken(&mut self) -> Option<<Self as Iterator>::Item> {
        let text = self.body.slice(self.at..);
        self.at = self.body.len();
        self.next = Next::Nothing;
        let source = json::decode::<Vec<IgnoredAny>>(self.body).err()?;
        Some(Err(InvalidEvent { text, source }))
    }
}
