//! An event as the rules of a bus see it. Members and their order are those of the
//! [structure of events](https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html).

use serde::Serialize;
use serde_json::{Value, value::RawValue};

use crate::core::{
    Time,
    trigger::json::{json, seconds},
};

/// An event of a bus: JSON.
///
/// The `detail` stands in it as whoever sent it has written it, without the spaces between its tokens.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    text: String,
    value: Value,
    received: Time,
    trace_header: Option<String>,
}

impl Event {
    /// The event, as a target gets it that has no [`Input`](super::Input) of its own.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The event, as patterns see it.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// When the bus got it, which need not be its `time`.
    pub fn received(&self) -> Time {
        self.received
    }

    /// The X-Ray tracing header, which is not part of the event.
    pub fn trace_header(&self) -> Option<&str> {
        self.trace_header.as_deref()
    }

    /// Fails if the detail is nested deeper than a parser follows.
    pub(super) fn new(parts: &Parts<'_>, received: Time, trace: Option<String>) -> serde_json::Result<Self> {
        let text = parts.json();
        let value = serde_json::from_str(&text)?;
        Ok(Self { text, value, received, trace_header: trace })
    }

    /// A whole event, which some service has made.
    ///
    /// # Errors
    ///
    /// If it is not JSON.
    pub fn parse(text: &str, received: Time) -> serde_json::Result<Self> {
        Ok(Self { text: text.to_owned(), value: serde_json::from_str(text)?, received, trace_header: None })
    }

    /// An event that a service of AWS sends, whose detail is not deep.
    pub(in crate::core::trigger) fn of_service(parts: &Parts<'_>, received: Time) -> Self {
        let text = parts.json();
        let value = serde_json::from_str(&text).unwrap_or_default();
        Self { text, value, received, trace_header: None }
    }
}

/// What an event consists of.
#[derive(Clone, Copy)]
pub(in crate::core::trigger) struct Parts<'a> {
    pub(in crate::core::trigger) id: &'a str,
    pub(in crate::core::trigger) detail_type: &'a str,
    pub(in crate::core::trigger) source: &'a str,
    pub(in crate::core::trigger) account: &'a str,
    pub(in crate::core::trigger) time: Time,
    pub(in crate::core::trigger) region: &'a str,
    pub(in crate::core::trigger) resources: &'a [&'a str],
    pub(in crate::core::trigger) detail: &'a RawValue,
}

impl Parts<'_> {
    fn json(&self) -> String {
        #[derive(Serialize)]
        #[serde(rename_all = "kebab-case")]
        struct Members<'a> {
            version: &'static str,
            id: &'a str,
            detail_type: &'a str,
            source: &'a str,
            account: &'a str,
            time: String,
            region: &'a str,
            resources: &'a [&'a str],
            detail: &'a RawValue,
        }

        let &Self { id, detail_type, source, account, time, region, resources, detail } = self;
        let time = seconds(time);
        json(&Members { version: "0", id, detail_type, source, account, time, region, resources, detail })
    }
}
