//! What Lambda tells a subscriber: events with their records.
//!
//! The records themselves are in the modules below, one for each part of an environment's life. How events
//! travel is not here.

mod extension;
mod field;
mod init;
mod invoke;
mod shared;

use serde::{Deserialize, Serialize, Serializer, de::DeserializeOwned, ser::SerializeStruct};
use serde_json::Value;

pub use extension::{Extension, LogsDropped, Subscription};
pub use init::{InitReport, InitRuntimeDone, InitStart, RestoreReport, RestoreRuntimeDone, RestoreStart};
pub use invoke::{End, Report, ReportMetrics, RuntimeDone, RuntimeDoneMetrics, Start};
pub use shared::{InitPhase, InitializationType, PhaseMetrics, Span, Status, Tracing};

use super::Timestamp;

/// Something that happened, and when.
///
/// Source: [schema](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html).
///
/// ```
/// use lambda_api::telemetry::{Event, LogRecord, Record};
///
/// let json = r#"{"time":"2026-11-20T10:00:00.225Z","type":"function","record":"hello\n"}"#;
/// let event: Event = serde_json::from_str(json)?;
/// assert_eq!(event.record, Record::Function(LogRecord::Text("hello\n".into())));
/// assert_eq!(serde_json::to_string(&event)?, json);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "Parts")]
pub struct Event {
    /// When it happened.
    pub time: Timestamp,
    /// What happened.
    pub record: Record,
}

/// What a subscriber can ask for.
///
/// Source: `types` in [Telemetry API](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Category {
    /// What happens to the environment, its invocations and extensions.
    Platform,
    /// What the function logs.
    Function,
    /// What extensions log.
    Extension,
}

impl Category {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Platform, Self::Function, Self::Extension];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Function => "function",
            Self::Extension => "extension",
        }
    }

    /// The category with this name on the wire.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.as_str() == name)
    }
}

/// What a function or an extension logged: one line, or one frame of several.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogRecord {
    /// Text, with or without the newline at its end.
    Text(String),
    /// JSON that is not a string; from schema version 2022-12-13 on, if the function logs JSON.
    ///
    /// The meaning is kept, not the bytes: members are in alphabetical order.
    Json(Value),
}

impl From<&str> for LogRecord {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Value> for LogRecord {
    fn from(json: Value) -> Self {
        match json {
            Value::String(text) => Self::Text(text),
            json => Self::Json(json),
        }
    }
}

impl Serialize for LogRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Json(json) => json.serialize(serializer),
        }
    }
}

/// What happened: the members `type` and `record` of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Record {
    /// `platform.initStart`.
    InitStart(InitStart),
    /// `platform.initRuntimeDone`.
    InitRuntimeDone(InitRuntimeDone),
    /// `platform.initReport`.
    InitReport(InitReport),
    /// `platform.start`.
    Start(Start),
    /// `platform.runtimeDone`.
    RuntimeDone(RuntimeDone),
    /// `platform.report`.
    Report(Report),
    /// `platform.restoreStart`.
    RestoreStart(RestoreStart),
    /// `platform.restoreRuntimeDone`.
    RestoreRuntimeDone(RestoreRuntimeDone),
    /// `platform.restoreReport`.
    RestoreReport(RestoreReport),
    /// `platform.extension`.
    Extension(Extension),
    /// `platform.telemetrySubscription`.
    TelemetrySubscription(Subscription),
    /// `platform.logsSubscription`; Logs API only.
    LogsSubscription(Subscription),
    /// `platform.logsDropped`.
    LogsDropped(LogsDropped),
    /// `platform.fault`: why an invocation failed, for people; Logs API only.
    Fault(String),
    /// `platform.end`; Logs API only.
    End(End),
    /// `function`: what the function logged.
    Function(LogRecord),
    /// `extension`: what an extension logged.
    ExtensionLog(LogRecord),
    /// A type that this crate does not know, or a record that is not what its type should have.
    Other {
        /// The type.
        kind: String,
        /// The record; members are in alphabetical order.
        record: Value,
    },
}

impl Record {
    /// The type on the wire, such as `platform.start`.
    pub fn kind(&self) -> &str {
        match self {
            Self::InitStart(_) => "platform.initStart",
            Self::InitRuntimeDone(_) => "platform.initRuntimeDone",
            Self::InitReport(_) => "platform.initReport",
            Self::Start(_) => "platform.start",
            Self::RuntimeDone(_) => "platform.runtimeDone",
            Self::Report(_) => "platform.report",
            Self::RestoreStart(_) => "platform.restoreStart",
            Self::RestoreRuntimeDone(_) => "platform.restoreRuntimeDone",
            Self::RestoreReport(_) => "platform.restoreReport",
            Self::Extension(_) => "platform.extension",
            Self::TelemetrySubscription(_) => "platform.telemetrySubscription",
            Self::LogsSubscription(_) => "platform.logsSubscription",
            Self::LogsDropped(_) => "platform.logsDropped",
            Self::Fault(_) => "platform.fault",
            Self::End(_) => "platform.end",
            Self::Function(_) => "function",
            Self::ExtensionLog(_) => "extension",
            Self::Other { kind, .. } => kind,
        }
    }

    /// Which subscribers it is for; a type that is not known counts as `Platform`.
    pub fn category(&self) -> Category {
        match self {
            Self::Function(_) => Category::Function,
            Self::ExtensionLog(_) => Category::Extension,
            _ => Category::Platform,
        }
    }

    fn from_parts(kind: String, record: Value) -> Self {
        match kind.as_str() {
            "function" => return Self::Function(record.into()),
            "extension" => return Self::ExtensionLog(record.into()),
            _ => {}
        }
        Self::known(&kind, &record).unwrap_or(Self::Other { kind, record })
    }

    /// The record of a type that stands in JSON as it was sent; `None` if it is no JSON after all.
    pub(super) fn from_raw(kind: &str, record: &str) -> Option<Self> {
        if let "function" | "extension" = kind {
            let text = record.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
            let log = match text {
                // Its outline has been read, so without an escape it is what it says.
                Some(text) if !text.contains('\\') => LogRecord::Text(text.to_owned()),
                Some(_) => LogRecord::Text(from_str(record)?),
                None => LogRecord::from(value(record)?),
            };
            return Some(if kind == "function" { Self::Function(log) } else { Self::ExtensionLog(log) });
        }
        if let Some(known) = Self::known(kind, &record) {
            return Some(known);
        }
        Some(Self::Other { kind: kind.to_owned(), record: value(record)? })
    }

    /// A record of the platform, of a type that is known and with the members that the type should have.
    fn known(kind: &str, record: &impl Source) -> Option<Self> {
        Some(match kind {
            "platform.fault" => Self::Fault(record.text()?),
            "platform.initStart" => Self::InitStart(record.object()?),
            "platform.initRuntimeDone" => Self::InitRuntimeDone(record.object()?),
            "platform.initReport" => Self::InitReport(record.object()?),
            "platform.start" => Self::Start(record.object()?),
            "platform.runtimeDone" => Self::RuntimeDone(record.object()?),
            "platform.report" => Self::Report(record.object()?),
            "platform.restoreStart" => Self::RestoreStart(record.object()?),
            "platform.restoreRuntimeDone" => Self::RestoreRuntimeDone(record.object()?),
            "platform.restoreReport" => Self::RestoreReport(record.object()?),
            "platform.extension" => Self::Extension(record.object()?),
            "platform.telemetrySubscription" => Self::TelemetrySubscription(record.object()?),
            "platform.logsSubscription" => Self::LogsSubscription(record.object()?),
            "platform.logsDropped" => Self::LogsDropped(record.object()?),
            "platform.end" => Self::End(record.object()?),
            _ => return None,
        })
    }
}

/// What a record is read from.
trait Source {
    /// A record of a known type, unless it is no object: serde takes lists for structs, too.
    fn object<T: DeserializeOwned>(&self) -> Option<T>;
    /// A record that is text.
    fn text(&self) -> Option<String>;
}

impl Source for Value {
    fn object<T: DeserializeOwned>(&self) -> Option<T> {
        self.is_object().then(|| T::deserialize(self).ok()).flatten()
    }

    fn text(&self) -> Option<String> {
        self.as_str().map(str::to_owned)
    }
}

/// JSON text without white space around it.
impl Source for &str {
    fn object<T: DeserializeOwned>(&self) -> Option<T> {
        self.starts_with('{').then(|| from_str(self)).flatten()
    }

    fn text(&self) -> Option<String> {
        from_str(self)
    }
}

fn from_str<T: DeserializeOwned>(json: &str) -> Option<T> {
    serde_json::from_str(json).ok()
}

fn value(json: &str) -> Option<Value> {
    from_str(json)
}

/// An event before its record has been looked at.
#[derive(Deserialize)]
struct Parts {
    time: Timestamp,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    record: Value,
}

impl From<Parts> for Event {
    fn from(parts: Parts) -> Self {
        Self { time: parts.time, record: Record::from_parts(parts.kind, parts.record) }
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut event = serializer.serialize_struct("Event", 3)?;
        event.serialize_field("time", &self.time)?;
        event.serialize_field("type", self.record.kind())?;
        match &self.record {
            Record::InitStart(record) => event.serialize_field("record", record),
            Record::InitRuntimeDone(record) => event.serialize_field("record", record),
            Record::InitReport(record) => event.serialize_field("record", record),
            Record::Start(record) => event.serialize_field("record", record),
            Record::RuntimeDone(record) => event.serialize_field("record", record),
            Record::Report(record) => event.serialize_field("record", record),
            Record::RestoreStart(record) => event.serialize_field("record", record),
            Record::RestoreRuntimeDone(record) => event.serialize_field("record", record),
            Record::RestoreReport(record) => event.serialize_field("record", record),
            Record::Extension(record) => event.serialize_field("record", record),
            Record::TelemetrySubscription(record) | Record::LogsSubscription(record) => {
                event.serialize_field("record", record)
            }
            Record::LogsDropped(record) => event.serialize_field("record", record),
            Record::Fault(text) => event.serialize_field("record", text),
            Record::End(record) => event.serialize_field("record", record),
            Record::Function(log) | Record::ExtensionLog(log) => event.serialize_field("record", log),
            Record::Other { record, .. } => event.serialize_field("record", record),
        }?;
        event.end()
    }
}
