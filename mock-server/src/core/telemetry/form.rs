//! The form that records take for a subscriber: which there are, and how each is written as JSON.
//!
//! Two subscribers of the same API and schema are told the same. Which categories one has asked for, and when
//! a batch is due, is the [`subscriber`](super::subscriber)'s business.

use bytes::Bytes;
use lambda_api::telemetry::{Event, LogRecord, Record, SchemaVersion};

use super::{Recorded, TelemetryApi, reduced::reduced};

/// A record on its way to subscribers, written once for each form that anybody wants.
pub(super) struct Encoded<'a> {
    pub(super) recorded: &'a Recorded,
    written: Vec<(Form, Option<Bytes>)>,
}

impl<'a> Encoded<'a> {
    pub(super) fn new(recorded: &'a Recorded) -> Self {
        Self { recorded, written: Vec::new() }
    }

    /// The event; `None` if this form does not have it.
    pub(super) fn get(&mut self, form: Form) -> Option<Bytes> {
        if let Some((_, json)) = self.written.iter().find(|(written, _)| *written == form) {
            return json.clone();
        }
        let json = form.encode(self.recorded);
        self.written.push((form, json.clone()));
        json
    }
}

/// An API and a version of its schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Form {
    api: TelemetryApi,
    schema: SchemaVersion,
}

impl Form {
    /// Every form there is.
    pub(super) const ALL: [Self; 4] = [
        Self { api: TelemetryApi::Logs, schema: SchemaVersion::V20200815 },
        Self { api: TelemetryApi::Logs, schema: SchemaVersion::V20210318 },
        Self { api: TelemetryApi::Telemetry, schema: SchemaVersion::V20220701 },
        Self { api: TelemetryApi::Telemetry, schema: SchemaVersion::V20221213 },
    ];

    pub(super) fn new(api: TelemetryApi, schema: SchemaVersion) -> Self {
        // What came with later versions is in the records of all.
        Self { api, schema: schema.min(SchemaVersion::V20221213) }
    }

    /// Whether a log that is an object stands as one in its event.
    fn shows_objects(self) -> bool {
        self.schema >= SchemaVersion::V20221213
    }

    fn has(self, record: &Record) -> bool {
        match record {
            Record::End(_) | Record::Fault(_) | Record::LogsSubscription(_) => self.api == TelemetryApi::Logs,
            Record::TelemetrySubscription(_) => self.api == TelemetryApi::Telemetry,
            Record::RuntimeDone(_) => self.schema >= SchemaVersion::V20210318,
            _ => true,
        }
    }

    /// The event; `None` if this form does not have it.
    fn encode(self, recorded: &Recorded) -> Option<Bytes> {
        let Recorded { event, line } = recorded;
        if !self.has(&event.record) {
            return None;
        }
        if let Some(json) = line.as_ref().and_then(|line| self.encode_object(event, line)) {
            return Some(json);
        }
        let text = line.as_ref().filter(|_| !self.shows_objects()).cloned();
        let record = match (&event.record, text) {
            (Record::Function(_), Some(line)) => Some(Record::Function(LogRecord::Text(line))),
            (Record::ExtensionLog(_), Some(line)) => Some(Record::ExtensionLog(LogRecord::Text(line))),
            (record, _) if self.api == TelemetryApi::Logs => reduced(record),
            _ => None,
        };
        let json = match record {
            Some(record) => serde_json::to_vec(&Event { time: event.time, record }),
            None => serde_json::to_vec(event),
        };
        json.ok().map(Bytes::from)
    }

    /// A log that is an object, as it was written: its members in their order, its numbers with all their digits.
    fn encode_object(self, event: &Event, line: &str) -> Option<Bytes> {
        let is_object = match &event.record {
            Record::Function(log) | Record::ExtensionLog(log) => matches!(log, LogRecord::Json(_)),
            _ => false,
        };
        // Over TCP a line is an event.
        if !is_object || !self.shows_objects() || line.contains(['\r', '\n']) {
            return None;
        }
        let (time, kind) = (event.time, event.record.kind());
        Some(format!(r#"{{"time":"{time}","type":"{kind}","record":{}}}"#, line.trim()).into())
    }
}
