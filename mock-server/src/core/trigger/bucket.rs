//! A bucket of S3: what it tells of an object, and whom. Pure.
//!
//! An [`ObjectEvent`] (`object`) becomes a notification (`record`), if one of the bucket's [`Notification`]s (`notification`)
//! is for it, and an event of EventBridge (`detail`), if the bucket sends these. What happens is an [`EventName`]
//! (`event_name`). Of what S3 tells besides of replication, lifecycle, restored objects, retention and annotations there is
//! nothing here: these events have the members that all have.
//!
//! Sources: [event notifications](https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html),
//! [their types](https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html),
//! [their structure](https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html) and
//! [EventBridge](https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html).

mod detail;
mod event_name;
mod notification;
mod object;
mod record;

pub use event_name::{EventName, UnknownEvent};
pub use notification::{Notification, NotificationError, check_overlaps};
pub use object::ObjectEvent;
pub use record::test_event;
