//! A batch of telemetry, decoded no further than asked.

use bytes::Bytes;
use lambda_api::telemetry::{
    Event,
    batch::{self, InvalidEvent, RawEvent},
};

/// Events that came together, in order; acknowledged, and in memory. Clones share the bytes.
///
/// ```
/// use lambda_extension::telemetry::{Batch, Record};
///
/// let batch = Batch::from_array(
///     r#"[{"time":"2026-11-20T10:00:00.225Z","type":"function","record":"hello\n"},{"odd":true}]"#,
/// );
/// let mut events = batch.events();
/// assert!(matches!(events.next(), Some(Ok(event)) if event.record == Record::Function("hello\n".into())));
/// assert!(matches!(events.next(), Some(Err(invalid)) if invalid.text == r#"{"odd":true}"#));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    bytes: Bytes,
    form: Form,
}

/// How the events stand in a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// As a JSON array, over HTTP.
    Array,
    /// One to a line, over TCP.
    Lines,
}

impl Batch {
    /// A batch as it comes over HTTP: a JSON array.
    pub fn from_array(json: impl Into<Bytes>) -> Self {
        Self { bytes: json.into(), form: Form::Array }
    }

    /// A batch as it comes over TCP: one JSON object to a line.
    pub fn from_lines(lines: impl Into<Bytes>) -> Self {
        Self { bytes: lines.into(), form: Form::Lines }
    }

    /// The batch as it was sent.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The events, decoded one by one. What is no event is an error of its own, with its text, and hides no other.
    pub fn events(&self) -> impl Iterator<Item = Result<Event, InvalidEvent>> {
        self.raw_events().map(|event| event.and_then(|event| event.decode()))
    }

    /// The events with their records as they were sent: for whoever forwards them, or wants few of them. Nothing is
    /// copied, and nothing but the outline of an event is decoded.
    pub fn raw_events(&self) -> impl Iterator<Item = Result<RawEvent<'_>, InvalidEvent>> {
        let (array, lines) = match self.form {
            Form::Array => (Some(batch::raw_array(&self.bytes)), None),
            Form::Lines => (None, Some(batch::raw_lines(&self.bytes))),
        };
        array.into_iter().flatten().chain(lines.into_iter().flatten())
    }
}
