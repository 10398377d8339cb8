//! `GET /2020-01-01/extension/event/next`: an extension says that it is done, and waits for an event.
//!
//! The client must not set a time-out on this call. Source:
//! [Extensions API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html).

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use serde::{Deserialize, Serialize};

use crate::{
    Deadline, DecodeError, EncodeError, Endpoint, ErrorReply, ExtensionId, FunctionArn, ReplyError,
    RequestId,
    convert::{optional_id, optional_string, set, set_json_type},
    header, json,
};

/// The call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// Who calls.
    pub extension_id: ExtensionId,
}

impl Call {
    /// The call of this extension.
    pub fn new(extension_id: ExtensionId) -> Self {
        Self { extension_id }
    }

    /// Encodes the call.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if the identifier cannot stand in a header.
    pub fn to_http(&self) -> Result<Request<Bytes>, EncodeError> {
        let mut request = Endpoint::ExtensionNext.to_http(Bytes::new());
        set(request.headers_mut(), header::EXTENSION_ID, Some(self.extension_id.as_str()))?;
        Ok(request)
    }

    /// Decodes the call.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if there is no identifier.
    pub fn from_http(headers: &HeaderMap) -> Result<Self, DecodeError> {
        let extension_id = optional_id(headers, &header::EXTENSION_ID)?
            .ok_or(DecodeError::MissingHeader { name: header::EXTENSION_ID })?;
        Ok(Self { extension_id })
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// An invocation begins; the payload is not shown to extensions.
    Invoke(Invoke),
    /// The environment shuts down.
    Shutdown(Shutdown),
    /// An event that this crate does not know, as JSON text.
    Other {
        /// Its name.
        event_type: String,
        /// The whole event.
        json: String,
    },
}

/// An invocation, as an extension sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Invoke {
    /// Identifies this event; a new one for each.
    pub event_id: Option<String>,
    /// When invocation and extensions are stopped.
    pub deadline: Deadline,
    /// The invocation.
    pub request_id: RequestId,
    /// The ARN as invoked.
    pub invoked_function_arn: Option<FunctionArn>,
    /// The X-Ray tracing header; absent without tracing.
    pub trace_id: Option<String>,
}

impl Invoke {
    /// An invocation with neither ARN nor tracing header.
    pub fn new(request_id: RequestId, deadline: Deadline) -> Self {
        Self { event_id: None, deadline, request_id, invoked_function_arn: None, trace_id: None }
    }
}

/// The end of the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shutdown {
    /// When what still runs is killed.
    pub deadline: Deadline,
    /// Why.
    pub reason: ShutdownReason,
}

impl Shutdown {
    /// A shutdown for this reason.
    pub fn new(reason: ShutdownReason, deadline: Deadline) -> Self {
        Self { deadline, reason }
    }
}

/// Why an environment shuts down. Documents write it in capitals, the service in small letters.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShutdownReason {
    /// The environment is no longer needed.
    Spindown,
    /// The function or an extension ran past the deadline.
    Timeout,
    /// A process crashed or ran out of memory.
    Failure,
    /// A reason that this crate does not know.
    Other(String),
}

impl ShutdownReason {
    /// The name that the service writes.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Spindown => "spindown",
            Self::Timeout => "timeout",
            Self::Failure => "failure",
            Self::Other(name) => name,
        }
    }

    /// The reason with this name, in whatever case.
    pub fn from_name(name: &str) -> Self {
        [Self::Spindown, Self::Timeout, Self::Failure]
            .into_iter()
            .find(|reason| reason.as_str().eq_ignore_ascii_case(name))
            .unwrap_or_else(|| Self::Other(name.to_owned()))
    }
}

const INVOKE: &str = "INVOKE";
const SHUTDOWN: &str = "SHUTDOWN";

/// Text that is borrowed also where it may be absent, or `null`.
#[derive(Serialize, Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kind<'a> {
    #[serde(borrow)]
    event_type: Cow<'a, str>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct InvokeBody<'a> {
    #[serde(borrow)]
    event_type: Cow<'a, str>,
    deadline_ms: Deadline,
    #[serde(borrow)]
    request_id: Cow<'a, str>,
    #[serde(borrow, default)]
    invoked_function_arn: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    tracing: Option<Tracing<'a>>,
}

#[derive(Serialize, Deserialize)]
struct Tracing<'a> {
    #[serde(borrow, rename = "type", default)]
    kind: Option<Text<'a>>,
    #[serde(borrow, default)]
    value: Option<Text<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ShutdownBody<'a> {
    #[serde(borrow)]
    event_type: Cow<'a, str>,
    deadline_ms: Deadline,
    #[serde(borrow, default)]
    shutdown_reason: Option<Text<'a>>,
}

impl Event {
    /// Encodes the reply as the service does: SHUTDOWN has neither an event id nor the JSON content type.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if the event id cannot stand in a header.
    pub fn to_http(&self) -> Result<Response<Bytes>, EncodeError> {
        let body = match self {
            Self::Invoke(invoke) => serde_json::to_string(&InvokeBody {
                event_type: INVOKE.into(),
                deadline_ms: invoke.deadline,
                request_id: invoke.request_id.as_str().into(),
                invoked_function_arn: Some(
                    invoke.invoked_function_arn.as_ref().map_or("", FunctionArn::as_str).into(),
                ),
                tracing: invoke
                    .trace_id
                    .as_deref()
                    .map(|value| Tracing { kind: Some("X-Amzn-Trace-Id".into()), value: Some(value.into()) }),
            })
            .unwrap_or_default(),
            Self::Shutdown(shutdown) => serde_json::to_string(&ShutdownBody {
                event_type: SHUTDOWN.into(),
                deadline_ms: shutdown.deadline,
                shutdown_reason: Some(shutdown.reason.as_str().into()),
            })
            .unwrap_or_default(),
            Self::Other { json, .. } => json.clone(),
        };
        let mut reply = Response::new(Bytes::from(body));
        if let Self::Invoke(invoke) = self {
            set_json_type(reply.headers_mut());
            set(reply.headers_mut(), header::EXTENSION_EVENT_ID, invoke.event_id.as_deref())?;
        }
        Ok(reply)
    }

    /// Decodes the reply, whatever its content type.
    ///
    /// # Errors
    ///
    /// [`ReplyError::Refused`] for any status but 200, [`ReplyError::Unreadable`] naming the member that is
    /// not as documented.
    pub fn from_http(reply: Response<Bytes>) -> Result<Self, ReplyError> {
        Self::from_reply(&reply)
    }

    /// As [`from_http`](Self::from_http), and leaves the reply to the caller, who may use its room again.
    ///
    /// # Errors
    ///
    /// [`ReplyError`], as [`from_http`](Self::from_http) has it.
    pub fn from_reply(reply: &Response<Bytes>) -> Result<Self, ReplyError> {
        if reply.status() != StatusCode::OK {
            return Err(ReplyError::Refused(ErrorReply::from_http(reply.clone())));
        }
        Self::decode(reply.headers(), reply.body()).map_err(ReplyError::Unreadable)
    }

    fn decode(headers: &HeaderMap, body: &[u8]) -> Result<Self, DecodeError> {
        // Most events are invocations, and are read once.
        if let Some(body) = InvokeBody::expected(body) {
            return body.event(headers);
        }
        let invalid = |source| DecodeError::InvalidBody { expected: "an event", source };
        let kind: Kind<'_> = json::decode(body).map_err(invalid)?;
        Ok(match &*kind.event_type {
            INVOKE => return json::decode::<InvokeBody<'_>>(body).map_err(invalid)?.event(headers),
            SHUTDOWN => {
                let body: ShutdownBody<'_> = json::decode(body).map_err(invalid)?;
                let reason = body.shutdown_reason.map_or(Cow::Borrowed(""), |reason| reason.0);
                let reason = ShutdownReason::from_name(&reason);
                Self::Shutdown(Shutdown { deadline: body.deadline_ms, reason })
            }
            kind => {
                Self::Other { event_type: kind.to_owned(), json: String::from_utf8_lossy(body).into_owned() }
            }
        })
    }
}

impl<'a> InvokeBody<'a> {
    /// The body, if it is all that it should be.
    fn expected(body: &'a [u8]) -> Option<Self> {
        // One look for UTF-8 is cheaper than one for each string. serde takes lists for structs, too.
        let json = std::str::from_utf8(body).ok().filter(|json| json.starts_with('{'))?;
        serde_json::from_str::<Self>(json).ok().filter(|body| body.event_type == INVOKE)
    }

    fn event(self, headers: &HeaderMap) -> Result<Event, DecodeError> {
        let request_id = RequestId::new(&self.request_id)
            .map_err(|_| DecodeError::InvalidMember { member: "requestId", expected: "printable ASCII" })?;
        let trace_id = self.tracing.and_then(|tracing| tracing.value).filter(|value| !value.0.is_empty());
        let arn = self.invoked_function_arn.and_then(|arn| FunctionArn::new(&arn.0).ok());
        Ok(Event::Invoke(Invoke {
            // It names the event and nothing else, so an unreadable one is no reason to lose the event.
            event_id: optional_string(headers, &header::EXTENSION_EVENT_ID).unwrap_or_default(),
            deadline: self.deadline_ms,
            request_id,
            invoked_function_arn: arn,
            trace_id: trace_id.map(|value| value.0.into_owned()),
        }))
    }
}
