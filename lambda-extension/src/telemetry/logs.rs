//! Feature `logs`: subscriptions to the Logs API, which the Telemetry API has superseded.

use std::time::Duration;

use lambda_api::{
    ExtensionId,
    telemetry::{Buffering, Category, DeliveryMethod, Problems, SchemaVersion, SubscribeLogs},
};

use super::{
    Telemetry,
    subscription::{Place, knobs},
};

/// A subscription to the Logs API.
///
/// The listener is the same as for the Telemetry API, and so are the events, in an older form. Source:
/// [Logs API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-logs-api.html).
///
/// ```
/// use lambda_extension::telemetry::{Category, LogsSubscription};
///
/// let subscription = LogsSubscription::new(&[Category::Function]).max_items(1_000);
/// # let _ = subscription;
/// ```
#[derive(Clone, Debug)]
#[must_use = "a subscription does nothing until an extension subscribes"]
pub struct LogsSubscription {
    types: Vec<Category>,
    schema_version: SchemaVersion,
    method: DeliveryMethod,
    buffering: Buffering,
    place: Place,
}

impl LogsSubscription {
    /// A subscription to these categories in the newer of the two forms, posted, with the API's default buffering.
    pub fn new(types: &[Category]) -> Self {
        Self {
            types: types.to_vec(),
            schema_version: SchemaVersion::V20210318,
            method: DeliveryMethod::default(),
            buffering: Buffering::default(),
            place: Place::default(),
        }
    }

    /// The form of the events; one of [`SchemaVersion::LOGS`], the newer if not set.
    pub fn schema_version(mut self, version: SchemaVersion) -> Self {
        self.schema_version = version;
        self
    }

    /// How batches are sent over HTTP; POST if not set.
    pub fn method(mut self, method: DeliveryMethod) -> Self {
        self.method = method;
        self
    }

    knobs!();

    pub(crate) fn call(&self, id: ExtensionId, telemetry: &Telemetry) -> Result<SubscribeLogs, Problems> {
        let mut call = SubscribeLogs::new(id, self.place.destination(telemetry)?, self.types.clone());
        call.schema_version = self.schema_version;
        call.method = self.method;
        call.buffering = self.buffering;
        Ok(call)
    }
}
