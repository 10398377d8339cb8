//! `POST /2020-01-01/extension/register`: an extension joins the environment.
//!
//! Source: [Extensions API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html).

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use serde::{Deserialize, Serialize};

use crate::{
    DecodeError, EncodeError, Endpoint, ErrorReply, ExtensionId, ReplyError,
    convert::{optional_id, required_text, set, set_json_type},
    header, json,
};

/// What an extension can be told about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum EventType {
    /// An invocation begins.
    Invoke,
    /// The environment shuts down; external extensions only.
    Shutdown,
}

impl EventType {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invoke => "INVOKE",
            Self::Shutdown => "SHUTDOWN",
        }
    }

    /// The event with this name on the wire.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Invoke, Self::Shutdown].into_iter().find(|event| event.as_str() == name)
    }
}

/// The call.
///
/// Event names are text, because what a service does with an unknown one is its own affair.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// The extension's name; of an external extension the file name.
    pub name: String,
    /// Names of the events it wants; see [`EventType`].
    pub events: Vec<String>,
    /// Whether the reply is to name the account.
    pub wants_account_id: bool,
}

#[derive(Serialize, Deserialize)]
struct Body {
    #[serde(default)]
    events: Option<Vec<String>>,
}

impl Call {
    /// Registers a name for events.
    pub fn new(name: impl Into<String>, events: &[EventType]) -> Self {
        let events = events.iter().map(|event| event.as_str().to_owned()).collect();
        Self { name: name.into(), events, wants_account_id: false }
    }

    /// Encodes the call.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if the name cannot stand in a header.
    pub fn to_http(&self) -> Result<Request<Bytes>, EncodeError> {
        let body = serde_json::to_string(&Body { events: Some(self.events.clone()) }).unwrap_or_default();
        let mut request = Endpoint::ExtensionRegister.to_http(body.into());
        set(request.headers_mut(), header::EXTENSION_NAME, Some(&self.name))?;
        set_json_type(request.headers_mut());
        let feature = self.wants_account_id.then_some("accountId");
        set(request.headers_mut(), header::EXTENSION_ACCEPT_FEATURE, feature)?;
        Ok(request)
    }

    /// Decodes the call.
    ///
    /// # Errors
    ///
    /// [`DecodeError::MissingHeader`] without a name, [`DecodeError::InvalidBody`] for anything but an object
    /// with a list of event names.
    pub fn from_http(headers: &HeaderMap, body: &[u8]) -> Result<Self, DecodeError> {
        let name = required_text(headers, &header::EXTENSION_NAME)?.to_owned();
        let body: Body = json::decode(body)
            .map_err(|source| DecodeError::InvalidBody { expected: "a registration", source })?;
        let features = headers.get_all(header::EXTENSION_ACCEPT_FEATURE);
        let wants_account_id = features
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|list| list.split(','))
            .any(|feature| feature.trim() == "accountId");
        Ok(Self { name, events: body.events.unwrap_or_default(), wants_account_id })
    }
}

/// The reply: the extension has been registered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Registered {
    /// Identifies the extension in all further calls.
    pub extension_id: ExtensionId,
    /// Name, version and handler of the function.
    pub function: Function,
}

/// The function that an extension has joined.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Function {
    /// Name of the function.
    #[serde(default)]
    pub function_name: String,
    /// Version of the function; `$LATEST` if not published.
    #[serde(default)]
    pub function_version: String,
    /// The configured handler.
    #[serde(default)]
    pub handler: String,
    /// The account, if it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
}

impl Registered {
    /// A reply with an identifier and an unnamed function.
    pub fn new(extension_id: ExtensionId) -> Self {
        Self { extension_id, function: Function::default() }
    }

    /// Encodes the reply.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if the identifier cannot stand in a header.
    pub fn to_http(&self) -> Result<Response<Bytes>, EncodeError> {
        // The service's encoder ends each value with a line.
        let body = serde_json::to_string(&self.function).unwrap_or_default() + "\n";
        let mut reply = Response::new(body.into());
        set(reply.headers_mut(), header::EXTENSION_ID, Some(self.extension_id.as_str()))?;
        set_json_type(reply.headers_mut());
        Ok(reply)
    }

    /// Decodes the reply.
    ///
    /// # Errors
    ///
    /// [`ReplyError::Refused`] for any status but 200, [`ReplyError::Unreadable`] naming what is missing.
    pub fn from_http(reply: Response<Bytes>) -> Result<Self, ReplyError> {
        if reply.status() != StatusCode::OK {
            return Err(ReplyError::Refused(ErrorReply::from_http(reply)));
        }
        Self::decode(reply.headers(), reply.body()).map_err(ReplyError::Unreadable)
    }

    fn decode(headers: &HeaderMap, body: &[u8]) -> Result<Self, DecodeError> {
        let extension_id = optional_id(headers, &header::EXTENSION_ID)?
            .ok_or(DecodeError::MissingHeader { name: header::EXTENSION_ID })?;
        let function = json::decode(body)
            .map_err(|source| DecodeError::InvalidBody { expected: "a reply to register", source })?;
        Ok(Self { extension_id, function })
    }
}
