//! What an extension wants to be told.

use std::time::Duration;

use lambda_api::{
    ExtensionId,
    telemetry::{Buffering, Category, Destination, ListenerUri, Problems, SchemaVersion, Subscribe},
};

use super::{Protocol, Telemetry};

/// What both kinds of subscription let one choose.
macro_rules! knobs {
    () => {
        /// Most events in a batch, 1,000 to 10,000; 10,000 if not set.
        pub fn max_items(mut self, items: u32) -> Self {
            self.buffering.max_items = items;
            self
        }

        /// When a batch is large enough, 262,144 to 1,048,576 bytes; the former if not set. A batch may have twice as much.
        pub fn max_bytes(mut self, bytes: u32) -> Self {
            self.buffering.max_bytes = bytes;
            self
        }

        /// How long events are kept back, 25 ms to 30 s; 1 s if not set.
        pub fn timeout(mut self, timeout: Duration) -> Self {
            self.buffering.timeout = timeout;
            self
        }

        /// The name of this host for the service; `sandbox.localdomain` if not set, which is what Lambda takes. For
        /// emulators that know no such name; over TCP there is none.
        pub fn host(mut self, host: impl Into<String>) -> Self {
            self.place.host = Some(host.into());
            self
        }

        /// The path that the service posts to, for those that look at it; `/` if not set. The listener takes any; over TCP
        /// there is none.
        pub fn path(mut self, path: impl Into<String>) -> Self {
            self.place.path = Some(path.into());
            self
        }
    };
}

#[cfg(feature = "logs")]
pub(super) use knobs;

/// A subscription to the Telemetry API: which events, in which form, and how long they may be kept back.
///
/// What is out of the API's bounds is found by
/// [`Extension::subscribe`](crate::Extension::subscribe) before anything is sent. Source:
/// [Telemetry API](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html).
///
/// ```
/// use std::time::Duration;
/// use lambda_extension::telemetry::{Category, Subscription};
///
/// let subscription = Subscription::new(&[Category::Platform, Category::Function])
///     .max_items(1_000)
///     .timeout(Duration::from_millis(100));
/// # let _ = subscription;
/// ```
#[derive(Clone, Debug)]
#[must_use = "a subscription does nothing until an extension subscribes"]
pub struct Subscription {
    types: Vec<Category>,
    schema_version: SchemaVersion,
    buffering: Buffering,
    place: Place,
}

/// What the service is to call the listener.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    pub(super) host: Option<String>,
    pub(super) path: Option<String>,
}

impl Subscription {
    /// A subscription to these categories in the newest form, with the API's default buffering.
    ///
    /// An extension that subscribes to what extensions log must not log what it is told: it would be told that, too.
    pub fn new(types: &[Category]) -> Self {
        Self {
            types: types.to_vec(),
            schema_version: SchemaVersion::V20250129,
            buffering: Buffering::default(),
            place: Place::default(),
        }
    }

    /// The form of the events; one of [`SchemaVersion::TELEMETRY`], the newest if not set. On Lambda Managed Instances
    /// there is no other.
    pub fn schema_version(mut self, version: SchemaVersion) -> Self {
        self.schema_version = version;
        self
    }

    knobs!();

    pub(crate) fn call(&self, id: ExtensionId, telemetry: &Telemetry) -> Result<Subscribe, Problems> {
        let destination = self.place.destination(telemetry)?;
        let mut call = Subscribe::new(id, destination, self.types.clone());
        call.schema_version = self.schema_version;
        call.buffering = self.buffering;
        Ok(call)
    }
}

impl Place {
    /// Where a listener is, from the service's side.
    pub(super) fn destination(&self, telemetry: &Telemetry) -> Result<Destination, Problems> {
        let port = telemetry.address().port();
        if telemetry.protocol() == Protocol::Tcp {
            return Ok(Destination::Tcp { port });
        }
        let mut uri = ListenerUri::local(port);
        if let Some(host) = &self.host {
            uri = uri.with_host(host)?;
        }
        if let Some(path) = &self.path {
            uri = uri.with_path(path)?;
        }
        Ok(Destination::Http { uri })
    }
}
