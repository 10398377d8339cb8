//! What PutEvents takes, and what it refuses.
//!
//! A request fails as a whole ([`RequestError`]) or event by event ([`EntryError`]): one event that is refused does not keep
//! the others from the bus. AWS takes details that are nested 1,100 deep; here the parser ends at 128.

use lambda_api::limits::event_sources as limits;

use super::event::{Event, Parts};
use crate::core::{
    Time,
    trigger::json::{members, minified, raw},
};

/// An event as it is sent to a bus.
/// [PutEventsRequestEntry](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventEntry {
    /// Who says that something has happened.
    pub source: Option<String>,
    /// What has happened.
    pub detail_type: Option<String>,
    /// What else there is to say: the text of a JSON object.
    pub detail: Option<String>,
    /// The ARNs of what it has happened to.
    pub resources: Vec<String>,
    /// When it has happened; if not set, when the bus gets it.
    pub time: Option<Time>,
    /// The X-Ray tracing header.
    pub trace_header: Option<String>,
}

/// An event that a bus does not take, by the names of
/// [PutEventsRequestEntry](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EntryError {
    /// There is no source.
    #[error("Source is a required argument")]
    NoSource,
    /// There is no detail type.
    #[error("DetailType is a required argument")]
    NoDetailType,
    /// There is no detail.
    #[error("Detail is a required argument")]
    NoDetail,
    /// The source is one of AWS's services.
    #[error("Source begins with aws., which only services of AWS may use")]
    ReservedSource,
    /// The source is too long.
    #[error(
        "Source has {characters} characters, and at most {} are allowed",
        limits::EVENT_SOURCE_CHARACTERS
    )]
    LongSource {
        /// How long it is.
        characters: usize,
    },
    /// The detail type is too long.
    #[error(
        "DetailType has {characters} characters, and at most {} are allowed",
        limits::DETAIL_TYPE_CHARACTERS
    )]
    LongDetailType {
        /// How long it is.
        characters: usize,
    },
    /// The tracing header is too long.
    #[error(
        "TraceHeader has {characters} characters, and at most {} are allowed",
        limits::EVENT_TRACE_HEADER_CHARACTERS
    )]
    LongTraceHeader {
        /// How long it is.
        characters: usize,
    },
    /// The detail is not a JSON object.
    #[error("Detail is malformed: expected the text of a JSON object")]
    MalformedDetail,
}

impl EntryError {
    /// The `ErrorCode` that the entry has in the answer to PutEvents. AWS has no list of them: these are the words that
    /// emulators have recorded.
    pub fn code(&self) -> &'static str {
        match self {
            Self::MalformedDetail => "MalformedDetail",
            Self::ReservedSource => "NotAuthorizedForSourceException",
            _ => "InvalidArgument",
        }
    }
}

/// A request that fails as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// Too many events, or none.
    #[error("Entries has {count} events, and from 1 to {} are allowed", limits::EVENT_ENTRIES)]
    Count {
        /// How many there are.
        count: usize,
    },
    /// All of them together are too large.
    #[error("Entries has {bytes} bytes, and at most {} are allowed", limits::EVENT_ENTRY_BYTES)]
    TooLarge {
        /// How large they are.
        bytes: usize,
    },
}

/// Looks at the events of one PutEvents together. What is wrong with one of them, [`EventEntry::event`] tells.
///
/// # Errors
///
/// [`RequestError`] if there are too many of them or none, or if all of them together are too large.
///
/// ```
/// use mock_server::core::trigger::bus::{EventEntry, check_request};
///
/// let entry = EventEntry::new("com.example.shop", "Order Placed", "{}");
/// assert_eq!(check_request(&vec![entry.clone(); 10]), Ok(()));
/// let error = check_request(&vec![entry; 11]).unwrap_err();
/// assert_eq!(error.to_string(), "Entries has 11 events, and from 1 to 10 are allowed");
/// ```
pub fn check_request(entries: &[EventEntry]) -> Result<(), RequestError> {
    let count = entries.len();
    if !(1..=limits::EVENT_ENTRIES).contains(&count) {
        return Err(RequestError::Count { count });
    }
    let bytes = entries.iter().map(EventEntry::bytes).sum();
    if bytes > limits::EVENT_ENTRY_BYTES { Err(RequestError::TooLarge { bytes }) } else { Ok(()) }
}

impl EventEntry {
    /// An event with what every event must have.
    pub fn new(source: impl Into<String>, detail_type: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            source: Some(source.into()),
            detail_type: Some(detail_type.into()),
            detail: Some(detail.into()),
            ..Self::default()
        }
    }

    /// How large PutEvents takes it for; source:
    /// [size of an entry](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html).
    pub fn bytes(&self) -> usize {
        let texts = [&self.source, &self.detail_type, &self.detail].into_iter().flatten();
        let texts = texts.chain(&self.resources).map(String::len).sum::<usize>();
        texts + self.time.map_or(0, |_| limits::EVENT_TIME_BYTES)
    }

    /// The event that the rules of the bus see. Account and Region are those of the bus, `id` is a UUID, and `received` is
    /// when the bus gets it.
    ///
    /// # Errors
    ///
    /// [`EntryError`] if the bus does not take it.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use mock_server::core::{Time, trigger::bus::{EntryError, EventEntry}};
    ///
    /// let entry = EventEntry::new("com.example.shop", "Order Placed", r#"{"order": 4711}"#);
    /// let received = Time::from_unix(Duration::from_secs(1_795_168_800));
    /// let event = entry.event("123456789012", "eu-west-1", "7bf73129-1428-4cd3-a780-95db273d1602", received)?;
    /// assert!(event.as_str().ends_with(r#""resources":[],"detail":{"order":4711}}"#));
    ///
    /// let wrong = EventEntry::new("com.example.shop", "Order Placed", "[4711]");
    /// assert_eq!(wrong.event("1", "eu-west-1", "2", received), Err(EntryError::MalformedDetail));
    /// # Ok::<(), EntryError>(())
    /// ```
    pub fn event(&self, account: &str, region: &str, id: &str, received: Time) -> Result<Event, EntryError> {
        let source = given(&self.source).ok_or(EntryError::NoSource)?;
        let detail_type = given(&self.detail_type).ok_or(EntryError::NoDetailType)?;
        let detail = given(&self.detail).ok_or(EntryError::NoDetail)?;
        if source.starts_with("aws.") {
            return Err(EntryError::ReservedSource);
        }
        let too_long = |text: &str, at_most| Some(text.chars().count()).filter(|length| *length > at_most);
        if let Some(characters) = too_long(source, limits::EVENT_SOURCE_CHARACTERS) {
            return Err(EntryError::LongSource { characters });
        }
        if let Some(characters) = too_long(detail_type, limits::DETAIL_TYPE_CHARACTERS) {
            return Err(EntryError::LongDetailType { characters });
        }
        let trace_header = self.trace_header.as_deref().unwrap_or_default();
        if let Some(characters) = too_long(trace_header, limits::EVENT_TRACE_HEADER_CHARACTERS) {
            return Err(EntryError::LongTraceHeader { characters });
        }
        if members(detail).is_none() {
            return Err(EntryError::MalformedDetail);
        }
        let resources: Vec<_> = self.resources.iter().map(String::as_str).collect();
        let parts = Parts {
            id,
            detail_type,
            source,
            account,
            time: self.time.unwrap_or(received),
            region,
            resources: &resources,
            detail: &raw(minified(detail)),
        };
        Event::new(&parts, received, self.trace_header.clone()).map_err(|_| EntryError::MalformedDetail)
    }
}

fn given(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}
