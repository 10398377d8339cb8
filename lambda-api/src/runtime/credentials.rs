//! `GET /2021-04-23/credentials`: an AWS SDK asks for the credentials of the function's role (SnapStart).
//!
//! With SnapStart they are not in the environment's variables, because a snapshot would outlive them. The
//! endpoint is undocumented and taken from AWS's open-source runtime interface emulator.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, header::AUTHORIZATION};
use serde::{Deserialize, Serialize};

use crate::{
    DecodeError, EncodeError, Endpoint, ErrorReply, ReplyError,
    convert::{required_text, set},
    json,
    telemetry::Timestamp,
};

/// The call.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// The value of `AWS_CONTAINER_AUTHORIZATION_TOKEN`.
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
    pub fn to_http(&self) -> Result<Request<Bytes>, EncodeError> {
        let mut request = Endpoint::Credentials.to_http(Bytes::new());
        set(request.headers_mut(), AUTHORIZATION, Some(&self.token))?;
        if let Some(token) = request.headers_mut().get_mut(AUTHORIZATION) {
            token.set_sensitive(true);
        }
        Ok(request)
    }

    /// Decodes the call.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if there is no token.
    pub fn from_http(headers: &HeaderMap) -> Result<Self, DecodeError> {
        required_text(headers, &AUTHORIZATION).map(Self::new)
    }
}

/// Leaves out the token.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").finish_non_exhaustive()
    }
}

/// The reply: temporary credentials.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Credentials {
    /// The access key's id.
    pub access_key_id: String,
    /// The access key.
    pub secret_access_key: String,
    /// The session token.
    pub token: String,
    /// When they expire; on the wire to the millisecond.
    pub expiration: Timestamp,
}

impl Credentials {
    /// Credentials that expire.
    pub fn new(
        access_key_id: impl Into<String>,
        secret_access_key: impl Into<String>,
        token: impl Into<String>,
        expiration: Timestamp,
    ) -> Self {
        Self {
            access_key_id: access_key_id.into(),
            secret_access_key: secret_access_key.into(),
            token: token.into(),
            expiration,
        }
    }

    /// The answer to a token that is not the environment's, 404.
    pub fn refusal() -> ErrorReply {
        ErrorReply::plain(StatusCode::NOT_FOUND, "cannot get credentials for the provided token\n")
    }

    /// Encodes the reply as the emulator does, that is without a content type.
    pub fn to_http(&self) -> Response<Bytes> {
        Response::new(serde_json::to_vec(self).unwrap_or_default().into())
    }

    /// Decodes the reply.
    ///
    /// # Errors
    ///
    /// [`ReplyError::Refused`] for any status but 200, [`ReplyError::Unreadable`] naming the member that is
    /// not as it should be.
    pub fn from_http(reply: Response<Bytes>) -> Result<Self, ReplyError> {
        if reply.status() != StatusCode::OK {
            return Err(ReplyError::Refused(ErrorReply::from_http(reply)));
        }
        json::decode(reply.body()).map_err(|source| {
            ReplyError::Unreadable(DecodeError::InvalidBody { expected: "credentials", source })
        })
    }
}

/// Leaves out what is secret.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .field("expiration", &self.expiration)
            .finish_non_exhaustive()
    }
}
