//! `GET /2020-01-01/extension/event/next`: an extension says that it is done, and waits for an event.
//!
//! The client must not set a time-out on this call. Source:
//! [Extensions API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html).

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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kind {
    event_type: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct InvokeBody {
    event_type: String,
    deadline_ms: Deadline,
    request_id: String,
    #[serde(default)]
    invoked_function_arn: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tracing: Option<Tracing>,
}

#[derive(Serialize, Deserialize)]
struct Tracing {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    value: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ShutdownBody {
    event_type: String,
    deadline_ms: Deadline,
    #[serde(default)]
    shutdown_reason: String,
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
                event_type: "INVOKE".to_owned(),
                deadline_ms: invoke.deadline,
                request_id: invoke.request_id.to_string(),
                invoked_function_arn: invoke
                    .invoked_function_arn
                    .as_ref()
                    .map_or_else(String::new, ToString::to_string),
                tracing: invoke
                    .trace_id
                    .clone()
                    .map(|value| Tracing { kind: "X-Amzn-Trace-Id".to_owned(), value }),
            })
            .unwrap_or_default(),
            Self::Shutdown(shutdown) => serde_json::to_string(&ShutdownBody {
                event_type: "SHUTDOWN".to_owned(),
                deadline_ms: shutdown.deadline,
                shutdown_reason: shutdown.reason.as_str().to_owned(),
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
        if reply.status() != StatusCode::OK {
            return Err(ReplyError::Refused(ErrorReply::from_http(reply)));
        }
        Self::decode(reply.headers(), reply.body()).map_err(ReplyError::Unreadable)
    }

    fn decode(headers: &HeaderMap, body: &[u8]) -> Result<Self, DecodeError> {
        let invalid = |source| DecodeError::InvalidBody { expected: "an event", source };
        let kind: Kind = json::decode(body).map_err(invalid)?;
        Ok(match kind.event_type.as_str() {
            "INVOKE" => {
                let body: InvokeBody = json::decode(body).map_err(invalid)?;
                Self::Invoke(Invoke {
                    event_id: optional_string(headers, &header::EXTENSION_EVENT_ID)?,
                    deadline: body.deadline_ms,
                    request_id: RequestId::new(&body.request_id).map_err(|_| DecodeError::InvalidMember {
                        member: "requestId",
                        expected: "printable ASCII",
                    })?,
                    invoked_function_arn: FunctionArn::new(&body.invoked_function_arn).ok(),
                    trace_id: body.tracing.map(|tracing| tracing.value).filter(|value| !value.is_empty()),
                })
            }
            "SHUTDOWN" => {
                let body: ShutdownBody = json::decode(body).map_err(invalid)?;
                let reason = ShutdownReason::from_name(&body.shutdown_reason);
                Self::Shutdown(Shutdown { deadline: body.deadline_ms, reason })
            }
            _ => {
                Self::Other { event_type: kind.event_type, json: String::from_utf8_lossy(body).into_owned() }
            }
        })
    }
}
