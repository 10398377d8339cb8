//! The versions of the event schema, of both APIs, and what they change in an event.

use super::{Event, LogRecord, Record};

/// Which events a subscriber is sent, and in which form.
///
/// The three newer ones are those of the
/// [Telemetry API](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api-reference.html), the two older ones
/// those of the [Logs API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-logs-api.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SchemaVersion {
    /// 2020-08-15, the default of the Logs API.
    V20200815,
    /// 2021-03-18 of the Logs API: adds `platform.runtimeDone`.
    V20210318,
    /// 2022-07-01, the first of the Telemetry API.
    V20220701,
    /// 2022-12-13: what a function logs as JSON is an object, no longer text.
    V20221213,
    /// 2025-01-29: the only one on Lambda Managed Instances.
    V20250129,
}

impl SchemaVersion {
    /// The versions of the Telemetry API.
    pub const TELEMETRY: [Self; 3] = [Self::V20220701, Self::V20221213, Self::V20250129];
    /// The versions of the Logs API.
    pub const LOGS: [Self; 2] = [Self::V20200815, Self::V20210318];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V20200815 => "2020-08-15",
            Self::V20210318 => "2021-03-18",
            Self::V20220701 => "2022-07-01",
            Self::V20221213 => "2022-12-13",
            Self::V20250129 => "2025-01-29",
        }
    }

    /// The version with this name on the wire.
    pub fn from_name(name: &str) -> Option<Self> {
        let mut all = Self::LOGS.into_iter().chain(Self::TELEMETRY);
        all.find(|version| version.as_str() == name)
    }
}

impl Event {
    /// The event as this version of the schema has it: before 2022-12-13, logs are always text.
    ///
    /// Which types of events a version has is not decided here.
    ///
    /// ```
    /// use lambda_api::telemetry::{Event, LogRecord, Record, SchemaVersion, Timestamp};
    ///
    /// let record = Record::Function(LogRecord::Json(serde_json::json!({ "level": "INFO" })));
    /// let event = Event { time: Timestamp::default(), record }.for_schema(SchemaVersion::V20220701);
    /// assert_eq!(event.record, Record::Function(LogRecord::Text(r#"{"level":"INFO"}"#.into())));
    /// ```
    #[must_use]
    pub fn for_schema(mut self, version: SchemaVersion) -> Self {
        if version < SchemaVersion::V20221213
            && let Record::Function(log) | Record::ExtensionLog(log) = &mut self.record
            && let LogRecord::Json(json) = log
        {
            *log = LogRecord::Text(json.to_string());
        }
        self
    }
}
