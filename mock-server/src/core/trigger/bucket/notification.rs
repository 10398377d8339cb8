//! The notifications of a bucket: which events they are for, by name and by key.
//!
//! Sources: [types of events](https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html)
//! and [filtering by key](https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html).

use std::collections::BTreeSet;

use lambda_api::limits::event_sources as limits;

use super::{EventName, ObjectEvent, UnknownEvent};

/// A notification of a bucket: for some events, of objects with some keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    id: String,
    events: BTreeSet<EventName>,
    prefix: String,
    suffix: String,
}

/// Notifications that a bucket cannot have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotificationError {
    /// An event that does not exist.
    #[error("notification {id:?}: {error}, expected s3: and a name or the beginning of some with :*")]
    Event {
        /// The notification.
        id: String,
        /// Which event.
        error: UnknownEvent,
    },
    /// It is for no event.
    #[error("notification {id:?}: Events is empty")]
    NoEvents {
        /// The notification.
        id: String,
    },
    /// A prefix or suffix that is too long.
    #[error(
        "notification {id:?}: the {filter} has {characters} characters, and at most {} are allowed",
        limits::KEY_FILTER_CHARACTERS
    )]
    LongFilter {
        /// The notification.
        id: String,
        /// `prefix` or `suffix`.
        filter: &'static str,
        /// How long it is.
        characters: usize,
    },
    /// Two that could be for one event of one object.
    #[error(
        "notifications {first:?} and {second:?} are both for s3:{event}, and their prefixes and suffixes overlap"
    )]
    Overlap {
        /// One of them.
        first: String,
        /// The other one.
        second: String,
        /// An event that both are for.
        event: EventName,
    },
}

impl Notification {
    /// A notification, for all keys if prefix and suffix are empty. An event is an exact name, such as
    /// `s3:ObjectCreated:Put`, or `s3:ObjectCreated:*` for all that begin like that.
    ///
    /// ```
    /// use mock_server::core::trigger::bucket::{Notification, check_overlaps};
    ///
    /// let photos = Notification::new("photos", ["s3:ObjectCreated:*"], "images/", ".jpg")?;
    /// let pictures = Notification::new("pictures", ["s3:ObjectCreated:Put"], "images/", ".png")?;
    /// assert_eq!(check_overlaps(&[photos.clone(), pictures]), Ok(()));
    ///
    /// let all = Notification::new("all", ["s3:ObjectCreated:Copy"], "", "")?;
    /// assert_eq!(
    ///     check_overlaps(&[photos, all]).unwrap_err().to_string(),
    ///     "notifications \"photos\" and \"all\" are both for s3:ObjectCreated:Copy, \
    ///      and their prefixes and suffixes overlap"
    /// );
    /// # Ok::<(), mock_server::core::trigger::bucket::NotificationError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`NotificationError`] if an event does not exist, if there is none, or if prefix or suffix are too long.
    pub fn new<E: AsRef<str>>(
        id: &str,
        events: impl IntoIterator<Item = E>,
        prefix: &str,
        suffix: &str,
    ) -> Result<Self, NotificationError> {
        let id = id.to_owned();
        let mut names = BTreeSet::new();
        for event in events {
            match named(event.as_ref()) {
                Ok(events) => names.extend(events),
                Err(error) => return Err(NotificationError::Event { id, error }),
            }
        }
        if names.is_empty() {
            return Err(NotificationError::NoEvents { id });
        }
        for (filter, text) in [("prefix", prefix), ("suffix", suffix)] {
            let characters = text.chars().count();
            if characters > limits::KEY_FILTER_CHARACTERS {
                return Err(NotificationError::LongFilter { id, filter, characters });
            }
        }
        Ok(Self { id, events: names, prefix: prefix.to_owned(), suffix: suffix.to_owned() })
    }

    /// Its id, which events name as `configurationId`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether it is for the event.
    pub fn matches(&self, event: &ObjectEvent) -> bool {
        self.events.contains(&event.name)
            && event.key.starts_with(&self.prefix)
            && event.key.ends_with(&self.suffix)
    }

    /// An event that both could be for.
    fn overlap(&self, other: &Self) -> Option<EventName> {
        let prefixes = self.prefix.starts_with(&other.prefix) || other.prefix.starts_with(&self.prefix);
        let suffixes = self.suffix.ends_with(&other.suffix) || other.suffix.ends_with(&self.suffix);
        let mut events = self.events.intersection(&other.events);
        events.next().copied().filter(|_| prefixes && suffixes)
    }
}

/// The events that a text is for.
fn named(text: &str) -> Result<Vec<EventName>, UnknownEvent> {
    let unknown = || UnknownEvent { name: text.to_owned() };
    let name = text.strip_prefix("s3:").ok_or_else(unknown)?;
    let Some(family) = name.strip_suffix('*') else {
        return name.parse().map(|name| vec![name]).map_err(|_| unknown());
    };
    let is_family = |event: &EventName| event.as_str().strip_prefix(family).is_some();
    let events: Vec<_> = EventName::ALL.iter().copied().filter(is_family).collect();
    // There are families of names with something before a colon, and no other wildcards.
    let is_whole = family.ends_with(':') && !events.is_empty();
    if is_whole { Ok(events) } else { Err(unknown()) }
}

/// Whether a bucket can have all of these: not two for one event of one object.
///
/// # Errors
///
/// [`NotificationError::Overlap`] names the first two that could be.
pub fn check_overlaps(notifications: &[Notification]) -> Result<(), NotificationError> {
    for (at, second) in notifications.iter().enumerate() {
        for first in notifications.iter().take(at) {
            if let Some(event) = first.overlap(second) {
                let (first, second) = (first.id.clone(), second.id.clone());
                return Err(NotificationError::Overlap { first, second, event });
            }
        }
    }
    Ok(())
}
