//! What an extension wants to be told.

use std::time::Duration;

use lambda_api::{
    ExtensionId,
    telemetry::{Buffering, Category, Destination, ListenerUri, Problems, SchemaVersion, Subscribe},
};

use super::{Protocol, Telemetry};

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
    host: Option<String>,
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
            host: None,
        }
    }

    /// The form of the events; one of [`SchemaVersion::TELEMETRY`], the newest if not set. On Lambda Managed Instances
    /// there is no other.
    pub fn schema_version(mut self, version: SchemaVersion) -> Self {
        self.schema_version = version;
        self
    }

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
    /// emulators that know no such name.
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = Some(host.into());
        self
    }

    pub(crate) fn call(&self, id: ExtensionId, telemetry: &Telemetry) -> Result<Subscribe, Problems> {
        let destination = destination(telemetry, self.host.as_deref())?;
        let mut call = Subscribe::new(id, destination, self.types.clone());
        call.schema_version = self.schema_version;
        call.buffering = self.buffering;
        Ok(call)
    }
}

/// Where a listener is, from the service's side.
pub(super) fn destination(telemetry: &Telemetry, host: Option<&str>) -> Result<Destination, Problems> {
    let port = telemetry.address().port();
    Ok(match telemetry.protocol() {
        Protocol::Http => {
            let uri = ListenerUri::local(port);
            match host {
                Some(host) => Destination::Http { uri: uri.with_host(host)? },
                None => Destination::Http { uri },
            }
        }
        Protocol::Tcp => Destination::Tcp { port },
    })
}
