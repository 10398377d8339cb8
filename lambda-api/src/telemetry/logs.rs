//! `PUT /2020-08-15/logs`: an extension subscribes to events in the way that the Telemetry API superseded.
//!
//! Everything but versions and method is as in [`subscribe`](super::subscribe). Source:
//! [Logs API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-logs-api.html).

use bytes::Bytes;
use http::{HeaderMap, Method, Request};
use serde_json::Value;

use super::{
    Buffering, Category, Destination, Problem, Problems, SchemaVersion, Subscribe, SubscribeError,
    subscribe::{Body, DestinationBody, finish, note, subscriber},
};
use crate::{EncodeError, Endpoint, ExtensionId};

/// The call: who subscribes to what, and where it is to be delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SubscribeLogs {
    /// The subscriber.
    pub extension_id: ExtensionId,
    /// The form of the events; one of [`SchemaVersion::LOGS`].
    pub schema_version: SchemaVersion,
    /// Where events are delivered to.
    pub destination: Destination,
    /// How events are delivered over HTTP; means nothing with TCP.
    pub method: DeliveryMethod,
    /// Which events; at least one category.
    pub types: Vec<Category>,
    /// How long events are kept back.
    pub buffering: Buffering,
}

/// The HTTP method with which batches are delivered. The Telemetry API always posts.
///
/// Both are documented, the default is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DeliveryMethod {
    /// PUT.
    Put,
    /// POST; so if a subscriber does not say.
    #[default]
    Post,
}

impl From<DeliveryMethod> for Method {
    fn from(method: DeliveryMethod) -> Self {
        match method {
            DeliveryMethod::Put => Self::PUT,
            DeliveryMethod::Post => Self::POST,
        }
    }
}

impl SubscribeLogs {
    /// A subscription to the newer form of the two, posted, with the default buffering.
    pub fn new(extension_id: ExtensionId, destination: Destination, types: Vec<Category>) -> Self {
        Self {
            extension_id,
            schema_version: SchemaVersion::V20210318,
            destination,
            method: DeliveryMethod::default(),
            types,
            buffering: Buffering::default(),
        }
    }

    /// Looks for what the service would refuse, before it is asked; by the same rules.
    ///
    /// # Errors
    ///
    /// [`Problems`] with everything that is out of its bounds.
    pub fn check(&self) -> Result<(), Problems> {
        self.common().check_as(&SchemaVersion::LOGS)
    }

    /// What it has in common with a subscription of the Telemetry API.
    fn common(&self) -> Subscribe {
        let mut common =
            Subscribe::new(self.extension_id.clone(), self.destination.clone(), self.types.clone());
        common.schema_version = self.schema_version;
        common.buffering = self.buffering;
        common
    }

    /// Encodes the call.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if the identifier cannot stand in a header.
    pub fn to_http(&self) -> Result<Request<Bytes>, EncodeError> {
        let mut body = Body::new(&self.common());
        if let (Destination::Http { .. }, Some(destination)) = (&self.destination, &mut body.destination) {
            destination.method = Some(Method::from(self.method).as_str().into());
        }
        body.to_http(&Endpoint::LogsSubscribe, &self.extension_id)
    }

    /// Decodes and checks the call; members that are not known are ignored.
    ///
    /// # Errors
    ///
    /// [`SubscribeError::Subscriber`] without an identifier, [`SubscribeError::Invalid`] with all that is wrong
    /// with the body.
    pub fn from_http(headers: &HeaderMap, body: &[u8]) -> Result<Self, SubscribeError> {
        let extension_id = subscriber(headers)?;
        let mut problems = Vec::new();
        let body = Body::decode(body)?;
        let default_version = Some(SchemaVersion::V20200815);
        let common = body.check(extension_id, &SchemaVersion::LOGS, default_version, &mut problems);
        let method = body.destination.as_ref().map_or_else(DeliveryMethod::default, |destination| {
            note(encoding(destination), &mut problems);
            note(method(destination), &mut problems).unwrap_or_default()
        });
        let common = finish(common, problems)?;
        Ok(Self {
            extension_id: common.extension_id,
            schema_version: common.schema_version,
            destination: common.destination,
            method,
            types: common.types,
            buffering: common.buffering,
        })
    }
}

fn method(destination: &DestinationBody) -> Result<DeliveryMethod, Problem> {
    match destination.method.as_ref().map(Value::as_str) {
        None | Some(Some("POST")) => Ok(DeliveryMethod::Post),
        Some(Some("PUT")) => Ok(DeliveryMethod::Put),
        Some(_) => Err(Problem::Method),
    }
}

fn encoding(destination: &DestinationBody) -> Result<(), Problem> {
    match destination.encoding.as_ref().map(Value::as_str) {
        None | Some(Some("JSON")) => Ok(()),
        Some(_) => Err(Problem::Encoding),
    }
}
