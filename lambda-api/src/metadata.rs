//! `GET /2026-01-15/metadata/execution-environment`: whoever runs in the environment asks where it runs.
//!
//! It has an address of its own, `AWS_LAMBDA_METADATA_API`. Source:
//! [Metadata endpoint](https://docs.aws.amazon.com/lambda/latest/dg/configuration-metadata-endpoint.html).

use std::{fmt, time::Duration};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Request, Response, StatusCode,
    header::{AUTHORIZATION, CACHE_CONTROL},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    DecodeError, EncodeError, Endpoint, ErrorReply, ReplyError,
    convert::{invalid, required_text, set, set_json_type},
    json, limits,
};

/// The call.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// The value of `AWS_LAMBDA_METADATA_TOKEN`.
    pub token: String,
}

impl Call {
    /// The call of whoever knows this token.
    pub fn new(token: impl Into<String>) -> Self {
        Self { token: token.into() }
    }

    /// Encodes the call.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if the token cannot stand in a header.
    #[inline]
    pub fn to_http(&self) -> Result<Request<Bytes>, EncodeError> {
        let mut request = Endpoint::ExecutionEnvironmentMetadata.to_http(Bytes::new());
        set(request.headers_mut(), AUTHORIZATION, Some(&format!("Bearer {}", self.token)))?;
        if let Some(token) = request.headers_mut().get_mut(AUTHORIZATION) {
            token.set_sensitive(true);
        }
        Ok(request)
    }

    /// Decodes the call; that any other method is answered 405 is told by [`Endpoint::parse`].
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if there is no bearer token, which is answered 401 as a wrong one is.
    #[inline]
    pub fn from_http(headers: &HeaderMap) -> Result<Self, DecodeError> {
        let text = required_text(headers, &AUTHORIZATION)?;
        match text.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("Bearer") => {
                Ok(Self::new(token.trim_start()))
            }
            _ => Err(invalid(&AUTHORIZATION, "a bearer token")),
        }
    }
}

/// Leaves out the token.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").finish_non_exhaustive()
    }
}

/// The reply: where the environment runs.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Metadata {
    /// Id of the Availability Zone, such as `use1-az1`; the same in all accounts, unlike the zone's name.
    pub availability_zone_id: String,
    /// How long the reply may be kept; shorter ahead of a snapshot, whose copies may run elsewhere.
    pub max_age: Option<Duration>,
    /// Members that are not documented.
    pub other: Map<String, Value>,
}

#[derive(Serialize, Deserialize)]
struct Body {
    #[serde(rename = "AvailabilityZoneID")]
    availability_zone_id: String,
    #[serde(flatten)]
    other: Map<String, Value>,
}

impl Metadata {
    /// An environment in this zone, which it will not leave.
    pub fn new(availability_zone_id: impl Into<String>) -> Self {
        Self {
            availability_zone_id: availability_zone_id.into(),
            max_age: Some(limits::METADATA_MAX_AGE),
            other: Map::new(),
        }
    }

    /// Encodes the reply.
    #[inline]
    pub fn to_http(&self) -> Response<Bytes> {
        let body =
            Body { availability_zone_id: self.availability_zone_id.clone(), other: self.other.clone() };
        let mut reply = Response::new(serde_json::to_vec(&body).unwrap_or_default().into());
        set_json_type(reply.headers_mut());
        if let Some(max_age) = self.max_age {
            let cache_control = format!("private, max-age={}, immutable", max_age.as_secs());
            if let Ok(value) = HeaderValue::try_from(cache_control) {
                reply.headers_mut().insert(CACHE_CONTROL, value);
            }
        }
        reply
    }

    /// Decodes the reply.
    ///
    /// # Errors
    ///
    /// [`ReplyError::Refused`] for any status but 200 (401 for a wrong token), [`ReplyError::Unreadable`] naming
    /// the member that is not as documented.
    #[inline]
    pub fn from_http(reply: Response<Bytes>) -> Result<Self, ReplyError> {
        if reply.status() != StatusCode::OK {
            return Err(ReplyError::Refused(ErrorReply::from_http(reply)));
        }
        let body: Body = json::decode(reply.body()).map_err(|source| {
            ReplyError::Unreadable(DecodeError::InvalidBody { expected: "metadata", source })
        })?;
        Ok(Self {
            availability_zone_id: body.availability_zone_id,
            max_age: max_age(reply.headers()),
            other: body.other,
        })
    }
}

/// What cannot be understood allows nothing.
fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(CACHE_CONTROL)?.to_str().ok()?;
    let seconds = text.split(',').find_map(|directive| directive.trim().strip_prefix("max-age="))?;
    seconds.parse().ok().map(Duration::from_secs)
}
