//! A bucket as S3 has them, as far as it tells of its objects: notifications, and events on the default bus.
//!
//! Whom something is told and in which words is decided in [`core::trigger::bucket`](crate::core::trigger::bucket). Objects
//! are not kept: whoever puts one here says what has happened.

use std::{
    fmt,
    sync::{Arc, Mutex, Weak},
};

use super::{
    Common, lock,
    target::{Target, Told},
};
use crate::{
    core::{
        mapping::{NewMessage, md5_hex},
        trigger::bucket::{
            EventName, Notification, NotificationError, ObjectEvent, check_overlaps, test_event,
        },
    },
    service::World,
    timeline::Because,
    variables::{ACCOUNT_ID, REGION},
};

/// Where a request of a test would come from.
const SOURCE_IP: &str = "127.0.0.1";
/// Has the form of what S3 calls `x-amz-id-2`.
const HOST_ID: &str = "EXAMPLE123/5678abcdefghijklambdaisawesome/mnopqrstuvwxyzABCDEFGH";

/// A bucket of a [`MockLambda`](crate::MockLambda). Clones are the same bucket.
///
/// # Example
///
/// ```
/// use mock_server::MockLambda;
///
/// let mock = MockLambda::new();
/// let (bucket, queue) = (mock.bucket("uploads"), mock.queue("resize"));
/// bucket.notify(&queue, ["s3:ObjectCreated:*"], "images/", ".jpg")?;
/// queue.receive(1); // S3 has sent a test event
/// bucket.put("images/red flower.jpg", b"...");
/// bucket.put("notes.txt", b"...");
/// let event: serde_json::Value = serde_json::from_str(&queue.receive(1)[0].body)?;
/// assert_eq!(event["Records"][0]["s3"]["object"]["key"], "images/red+flower.jpg");
/// assert!(queue.receive(1).is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Bucket {
    inner: Arc<Inner>,
}

struct Inner {
    name: String,
    arn: String,
    world: Weak<World>,
    common: Arc<Common>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    notifications: Vec<Notification>,
    targets: Vec<Target>,
    tells_bus: bool,
    /// Orders what happens.
    happened: u64,
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bucket").field("name", &self.inner.name).finish_non_exhaustive()
    }
}

impl Bucket {
    pub(super) fn new(world: &Arc<World>, name: &str) -> Self {
        let (name, arn) = (name.to_owned(), format!("arn:aws:s3:::{name}"));
        let (world, common) = (Arc::downgrade(world), Arc::clone(&world.triggers.common));
        Self { inner: Arc::new(Inner { name, arn, world, common, state: Mutex::default() }) }
    }

    /// The bucket's ARN.
    pub fn arn(&self) -> &str {
        &self.inner.arn
    }

    /// The bucket's name.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// Tells a target of these events, such as `s3:ObjectCreated:*`, of objects whose keys begin and end like this.
    ///
    /// # Errors
    ///
    /// [`NotificationError`] if an event does not exist, or if two notifications are for the same.
    pub fn notify<E: AsRef<str>>(
        &self,
        target: impl Into<Target>,
        events: impl IntoIterator<Item = E>,
        prefix: &str,
        suffix: &str,
    ) -> Result<(), NotificationError> {
        let target = target.into();
        {
            let mut state = lock(&self.inner.state);
            let id = format!("{}-{}", self.name(), state.notifications.len() + 1);
            let notification = Notification::new(&id, events, prefix, suffix)?;
            let mut all = state.notifications.clone();
            all.push(notification);
            check_overlaps(&all)?;
            state.notifications = all;
            state.targets.push(target.clone());
        }
        if !target.is_function()
            && let Some(world) = self.inner.world.upgrade()
        {
            let event = test_event(self.name(), &request_id(&world), HOST_ID, self.inner.common.now());
            target.tell(&world, self.arn(), Because::Configured, Told::new(event));
        }
        Ok(())
    }

    /// Tells the bus `default` of all that happens.
    pub fn tell_bus(&self) {
        lock(&self.inner.state).tells_bus = true;
    }

    /// Tells of an object that was put.
    pub fn put(&self, key: &str, content: impl AsRef<[u8]>) {
        let content = content.as_ref();
        let size = u64::try_from(content.len()).unwrap_or(u64::MAX);
        self.happened(EventName::ObjectCreatedPut, key, Some(size), Some(md5_hex(content)));
    }

    /// Tells of an object that was deleted.
    pub fn delete(&self, key: &str) {
        self.happened(EventName::ObjectRemovedDelete, key, None, None);
    }

    /// Tells of whatever has happened to an object.
    pub fn happened(&self, name: EventName, key: &str, size: Option<u64>, etag: Option<String>) {
        let Some(world) = self.inner.world.upgrade() else { return };
        let time = self.inner.common.now();
        let (notifications, targets, tells_bus, number) = {
            let mut state = lock(&self.inner.state);
            state.happened += 1;
            (state.notifications.clone(), state.targets.clone(), state.tells_bus, state.happened)
        };
        let event = ObjectEvent {
            name,
            bucket: self.inner.name.clone(),
            account: ACCOUNT_ID.to_owned(),
            region: REGION.to_owned(),
            key: key.to_owned(),
            size,
            etag,
            version_id: None,
            sequencer: format!("{:010X}{:08X}", time.since_epoch().as_secs(), number),
            time,
            request_id: request_id(&world),
            host_id: HOST_ID.to_owned(),
            requester: ACCOUNT_ID.to_owned(),
            source_ip: Some(SOURCE_IP.to_owned()),
        };
        world.wake();
        for (notification, target) in notifications.iter().zip(&targets) {
            if notification.matches(&event) {
                let because = Because::Object { event: name, key: key.to_owned() };
                let json = event.notification(notification);
                let told = Told::new(json.clone()).message(NewMessage::new(json));
                target.tell(&world, self.arn(), because, told);
            }
        }
        if tells_bus && let Some(event) = event.bus_event(&world.ids.uuid()) {
            world.triggers.bus(&world, super::bus::DEFAULT).pass_on(&world, &event);
        }
    }
}

/// Sixteen hexadecimal digits, as S3 has them.
fn request_id(world: &World) -> String {
    let mut id = world.ids.uuid().to_ascii_uppercase();
    id.retain(|character| character != '-');
    id.truncate(16);
    id
}
