//! The two endpoints that answer whoever has the right token: credentials, and metadata of the environment.
//!
//! Credentials are there with SnapStart only, whose snapshots must not hold any. Sources:
//! [SnapStart](https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html),
//! [metadata endpoint](https://docs.aws.amazon.com/lambda/latest/dg/configuration-metadata-endpoint.html).

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use lambda_api::{
    Endpoint, ErrorReply,
    metadata::{self, Metadata},
    runtime::credentials::{self, Credentials},
    telemetry::Timestamp,
    transport::Clock,
};

use crate::{
    core::{Initialization, Rejection, Settings, Time},
    service::World,
    variables,
};

/// How long credentials are said to be good for.
const CREDENTIALS_LAST: Duration = Duration::from_secs(6 * 60 * 60);

/// What an environment's guests have to show.
#[derive(Debug)]
pub(crate) struct Tokens {
    pub(crate) metadata: String,
    /// With SnapStart only.
    pub(crate) credentials: Option<String>,
    clock: Clock,
}

impl Tokens {
    pub(crate) fn new(world: &World, settings: &Settings) -> Self {
        let token = || world.ids.uuid().replace('-', "");
        let is_snap_start = settings.initialization == Initialization::SnapStart;
        Self { metadata: token(), credentials: is_snap_start.then(token), clock: world.clock().clone() }
    }

    /// The reply to a call to one of the two.
    pub(crate) fn reply(&self, endpoint: &Endpoint, headers: &HeaderMap) -> Response<Bytes> {
        match endpoint {
            Endpoint::Credentials => self.credentials(headers),
            _ => self.metadata(headers),
        }
    }

    fn credentials(&self, headers: &HeaderMap) -> Response<Bytes> {
        let Some(token) = &self.credentials else { return Rejection::NotFound.to_reply().to_http() };
        if !credentials::Call::from_http(headers).is_ok_and(|call| call.token == *token) {
            return Credentials::refusal().to_http();
        }
        let [key_id, secret, session] = variables::CREDENTIALS.map(|(_, value)| value);
        let now = Time::from(self.clock.now());
        let expiration = Timestamp::from_unix((now + CREDENTIALS_LAST).since_epoch());
        Credentials::new(key_id, secret, session, expiration).to_http()
    }

    fn metadata(&self, headers: &HeaderMap) -> Response<Bytes> {
        if !metadata::Call::from_http(headers).is_ok_and(|call| call.token == self.metadata) {
            return ErrorReply::plain(StatusCode::UNAUTHORIZED, "").to_http();
        }
        Metadata::new(variables::AVAILABILITY_ZONE_ID).to_http()
    }
}
