//! `GET /2018-06-01/runtime/invocation/next`: a runtime asks for work, and waits until there is some.
//!
//! The client must not set a time-out on this call: the environment may be frozen for hours before the
//! reply comes. Source: [Runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).

use std::{borrow::Cow, str::FromStr};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode,
    header::{CONTENT_TYPE, USER_AGENT},
};

use crate::{
    Deadline, DecodeError, EncodeError, Endpoint, ErrorReply, FunctionArn, InvalidId, InvocationId,
    ReplyError, RequestId,
    convert::{invalid, optional_id, optional_string, set, text},
    header,
};

/// The call: what the runtime says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// Name and version of the runtime; its first word is recorded as the runtime's release.
    pub user_agent: Option<String>,
    /// Further words for the record, separated by spaces.
    pub features: Option<String>,
}

impl Call {
    /// A call that says nothing of the runtime.
    pub fn new() -> Self {
        Self::default()
    }

    /// Encodes the call.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if a text cannot stand in a header.
    pub fn to_http(&self) -> Result<Request<Bytes>, EncodeError> {
        let mut request = Endpoint::InvocationNext.to_http(Bytes::new());
        set(request.headers_mut(), USER_AGENT, self.user_agent.as_deref())?;
        set(request.headers_mut(), header::RUNTIME_FEATURES, self.features.as_deref())?;
        Ok(request)
    }

    /// Decodes the call.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if a header is not text.
    #[inline]
    pub fn from_http(headers: &HeaderMap) -> Result<Self, DecodeError> {
        Ok(Self {
            user_agent: optional_string(headers, &USER_AGENT)?,
            features: optional_string(headers, &header::RUNTIME_FEATURES)?,
        })
    }
}

/// The reply: an invocation.
///
/// Only the request id is indispensable; emulators leave out any of the others.
///
/// ```
/// use http::Response;
/// use lambda_api::runtime::next::Invocation;
///
/// let reply = Response::builder()
///     .header("Lambda-Runtime-Aws-Request-Id", "r-1")
///     .header("Lambda-Runtime-Client-Context", "")
///     .body("{}".into())?;
/// let invocation = Invocation::from_http(reply)?;
/// assert_eq!(invocation.request_id.as_str(), "r-1");
/// assert_eq!(invocation.client_context, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Invocation {
    /// Identifies the invocation.
    pub request_id: RequestId,
    /// Identifies the attempt; to be echoed. The service sends it since July 2026.
    pub invocation_id: Option<InvocationId>,
    /// When the invocation is stopped.
    pub deadline: Option<Deadline>,
    /// The function's ARN as the caller wrote it, qualifier included.
    pub invoked_function_arn: Option<FunctionArn>,
    /// The X-Ray tracing header, `Root=…;Parent=…;Sampled=…`.
    pub trace_id: Option<String>,
    /// The client context: JSON text, not base64.
    pub client_context: Option<String>,
    /// The Amazon Cognito identity: JSON text.
    pub cognito_identity: Option<String>,
    /// The tenant, for a function with tenant isolation.
    pub tenant_id: Option<String>,
    /// The payload's content type.
    pub content_type: Option<Cow<'static, str>>,
    /// The event: any bytes, normally JSON.
    pub payload: Bytes,
}

impl Invocation {
    /// An invocation with an empty payload and nothing but its id.
    pub fn new(request_id: RequestId) -> Self {
        Self {
            request_id,
            invocation_id: None,
            deadline: None,
            invoked_function_arn: None,
            trace_id: None,
            client_context: None,
            cognito_identity: None,
            tenant_id: None,
            content_type: None,
            payload: Bytes::new(),
        }
    }

    /// Encodes the reply; absent parts have no header.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if a text cannot stand in a header.
    #[inline]
    pub fn to_http(&self) -> Result<Response<Bytes>, EncodeError> {
        let mut reply = Response::new(self.payload.clone());
        let headers = reply.headers_mut();
        set(headers, header::REQUEST_ID, Some(self.request_id.as_str()))?;
        if let Some(deadline) = self.deadline {
            headers.insert(header::DEADLINE_MS, HeaderValue::from(deadline.as_unix_millis()));
        }
        let arn = self.invoked_function_arn.as_ref().map(FunctionArn::as_str);
        set(headers, header::INVOKED_FUNCTION_ARN, arn)?;
        set(headers, header::TRACE_ID, self.trace_id.as_deref())?;
        set(headers, header::CLIENT_CONTEXT, self.client_context.as_deref())?;
        set(headers, header::COGNITO_IDENTITY, self.cognito_identity.as_deref())?;
        set(headers, header::TENANT_ID, self.tenant_id.as_deref())?;
        set(headers, header::INVOCATION_ID, self.invocation_id.as_ref().map(InvocationId::as_str))?;
        set(headers, CONTENT_TYPE, self.content_type.as_deref())?;
        Ok(reply)
    }

    /// Decodes the reply.
    ///
    /// # Errors
    ///
    /// [`ReplyError::Refused`] for any status but 200 (204 included, with which some emulators say that
    /// there is no work), [`ReplyError::Unreadable`] naming the header that is missing or odd.
    #[inline]
    pub fn from_http(reply: Response<Bytes>) -> Result<Self, ReplyError> {
        if reply.status() != StatusCode::OK {
            return Err(ReplyError::Refused(ErrorReply::from_http(reply)));
        }
        let (parts, payload) = reply.into_parts();
        Self::from_parts(&parts.headers, payload).map_err(ReplyError::Unreadable)
    }

    /// Decodes a reply that has status 200, from headers that stay with the caller.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] naming the header that is missing or odd.
    pub fn from_parts(headers: &HeaderMap, payload: Bytes) -> Result<Self, DecodeError> {
        let [content_type, request_id, invocation_id, deadline, arn, trace_id, client, cognito, tenant_id] =
            find(headers);
        Ok(Self {
            request_id: id(request_id, &header::REQUEST_ID)?
                .ok_or(DecodeError::MissingHeader { name: header::REQUEST_ID })?,
            invocation_id: id(invocation_id, &header::INVOCATION_ID)?,
            deadline: millis(deadline)?,
            invoked_function_arn: id(arn, &header::INVOKED_FUNCTION_ARN)?,
            trace_id: string(trace_id, &header::TRACE_ID)?,
            client_context: string(client, &header::CLIENT_CONTEXT)?,
            cognito_identity: string(cognito, &header::COGNITO_IDENTITY)?,
            tenant_id: string(tenant_id, &header::TENANT_ID)?,
            content_type: content_type_of(content_type)?,
            payload,
        })
    }

    /// The ids of a reply that cannot be decoded otherwise, so that it can still be answered.
    pub fn ids(headers: &HeaderMap) -> Option<(RequestId, Option<InvocationId>)> {
        let request_id = optional_id(headers, &header::REQUEST_ID).ok()??;
        Some((request_id, optional_id(headers, &header::INVOCATION_ID).ok().flatten()))
    }
}

/// The headers of a reply, in the order in which Lambda sends them; in places of their own, because a constant is made anew
/// wherever it is named.
static NAMES: [HeaderName; 9] = [
    CONTENT_TYPE,
    header::REQUEST_ID,
    header::INVOCATION_ID,
    header::DEADLINE_MS,
    header::INVOKED_FUNCTION_ARN,
    header::TRACE_ID,
    header::CLIENT_CONTEXT,
    header::COGNITO_IDENTITY,
    header::TENANT_ID,
];

/// Finds them in one pass: looking each up by itself takes several times as long. Of a name that comes more than once, the
/// first counts.
fn find(headers: &HeaderMap) -> [Option<&HeaderValue>; NAMES.len()] {
    let mut found = [None; NAMES.len()];
    for (name, value) in headers {
        if let Some((_, place)) = NAMES.iter().zip(&mut found).find(|(known, _)| *known == name) {
            place.get_or_insert(value);
        }
    }
    found
}

fn string(value: Option<&HeaderValue>, name: &HeaderName) -> Result<Option<String>, DecodeError> {
    text(value, name).map(|text| text.map(str::to_owned))
}

/// The one that nearly all events have is not made anew each time.
fn content_type_of(value: Option<&HeaderValue>) -> Result<Option<Cow<'static, str>>, DecodeError> {
    const JSON: &str = "application/json";

    match value {
        Some(value) if value == JSON => Ok(Some(Cow::Borrowed(JSON))),
        other => string(other, &CONTENT_TYPE).map(|text| text.map(Cow::Owned)),
    }
}

fn id<T: FromStr<Err = InvalidId>>(
    value: Option<&HeaderValue>,
    name: &HeaderName,
) -> Result<Option<T>, DecodeError> {
    let Some(text) = text(value, name)? else { return Ok(None) };
    text.parse().map(Some).map_err(|InvalidId { .. }| invalid(name, "printable ASCII"))
}

fn millis(value: Option<&HeaderValue>) -> Result<Option<Deadline>, DecodeError> {
    let Some(text) = text(value, &header::DEADLINE_MS)? else { return Ok(None) };
    let millis = text.parse().map_err(|_| invalid(&header::DEADLINE_MS, "a whole number of milliseconds"))?;
    Ok(Some(Deadline::from_unix_millis(millis)))
}
