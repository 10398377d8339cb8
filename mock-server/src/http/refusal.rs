//! Error answers of the service's own APIs, in the words and forms of the service.
//!
//! Which member holds the text, and whether there is a `Type`, depends on the error; what is said here was recorded against
//! the service in November 2025, see also
//! [the errors of Invoke](https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors).

use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Response, StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER},
};
use lambda_api::RequestId;

use super::target::Target;
use crate::{
    core::{catalog::CatalogError, fleet::Throttled},
    hub::{NO_TENANT, NotInvoked},
    variables,
};

pub(crate) const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

const LATEST: &str = "$LATEST";

/// An error answer of the service's own APIs.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) name: &'static str,
    pub(crate) member: Member,
    pub(crate) message: String,
    pub(crate) has_type: bool,
    /// Why an invoke is one too many.
    pub(crate) reason: Option<&'static str>,
    /// That of the invocation that is refused.
    pub(crate) request_id: Option<RequestId>,
}

/// The member with the text; which one depends on the error.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Member {
    Message,
    LowerCaseMessage,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, name: &'static str, member: Member, message: String) -> Self {
        Self { status, name, member, message, has_type: true, reason: None, request_id: None }
    }

    pub(crate) fn bad_request(name: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, name, Member::LowerCaseMessage, message.into())
    }

    pub(crate) fn not_found(target: &Target) -> Self {
        let message = format!(
            "Function not found: arn:aws:lambda:{}:{}:function:{}:{}",
            variables::REGION,
            variables::ACCOUNT_ID,
            target.name,
            target.qualifier.as_deref().unwrap_or(LATEST),
        );
        Self::new(StatusCode::NOT_FOUND, "ResourceNotFoundException", Member::Message, message)
    }

    pub(crate) fn not_invoked(refused: &NotInvoked, target: &Target) -> Self {
        match refused {
            NotInvoked::Throttled(throttled) => Self::throttled(*throttled),
            NotInvoked::Unknown(error) => Self::unknown(error, target),
            NotInvoked::NoTenant => Self::bad_request("InvalidParameterValueException", NO_TENANT),
        }
    }

    pub(crate) fn unknown(error: &CatalogError, target: &Target) -> Self {
        match error {
            CatalogError::NoPublishedVersion => Self::new(
                StatusCode::BAD_REQUEST,
                "NoPublishedVersionException",
                Member::Message,
                "The function has no published versions to invoke.".to_owned(),
            ),
            _ => Self::not_found(target),
        }
    }

    /// A value that is none of those that there are; the words are those of the service's framework.
    pub(crate) fn validation(value: &str, member: &str, constraint: &str) -> Self {
        let message = format!(
            "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must \
             {constraint}"
        );
        Self { has_type: false, ..Self::bad_request("ValidationException", message) }
    }

    /// A payload over the limit. The name on the wire differs from that in the API's model.
    pub(crate) fn too_large(message: String) -> Self {
        let name = "RequestEntityTooLargeException";
        let refusal = Self::new(StatusCode::PAYLOAD_TOO_LARGE, name, Member::LowerCaseMessage, message);
        Self { has_type: false, ..refusal }
    }

    /// The service itself cannot go on.
    pub(crate) fn service(message: String) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "ServiceException", Member::Message, message)
    }

    /// There is no such operation.
    pub(crate) fn unknown_operation(status: StatusCode, message: String) -> Self {
        Self::new(status, "UnknownOperationException", Member::Message, message)
    }

    pub(crate) fn throttled(throttled: Throttled) -> Self {
        let message = "Rate Exceeded.".to_owned();
        let name = "TooManyRequestsException";
        let refusal = Self::new(StatusCode::TOO_MANY_REQUESTS, name, Member::LowerCaseMessage, message);
        Self { reason: Some(throttled.reason.as_str()), ..refusal }
    }

    pub(crate) fn restore_timed_out() -> Self {
        let message = "Lambda couldn't restore the snapshot within the timeout limit.".to_owned();
        Self::new(StatusCode::REQUEST_TIMEOUT, "SnapStartTimeoutException", Member::Message, message)
    }

    pub(crate) fn with_request_id(self, request_id: RequestId) -> Self {
        Self { request_id: Some(request_id), ..self }
    }

    pub(crate) fn to_http(&self) -> Response<Bytes> {
        #[derive(serde::Serialize)]
        struct ErrorBody<'a> {
            #[serde(rename = "Reason", skip_serializing_if = "Option::is_none")]
            reason: Option<&'a str>,
            #[serde(rename = "Type", skip_serializing_if = "Option::is_none")]
            kind: Option<&'a str>,
            #[serde(rename = "Message", skip_serializing_if = "Option::is_none")]
            upper: Option<&'a str>,
            #[serde(rename = "message", skip_serializing_if = "Option::is_none")]
            lower: Option<&'a str>,
        }

        let message = Some(self.message.as_str());
        let (upper, lower) = match self.member {
            Member::Message => (message, None),
            Member::LowerCaseMessage => (None, message),
        };
        let kind = if self.status.is_server_error() { "Service" } else { "User" };
        let body = ErrorBody { reason: self.reason, kind: self.has_type.then_some(kind), upper, lower };
        let mut reply = Response::new(serde_json::to_string(&body).unwrap_or_default().into());
        *reply.status_mut() = self.status;
        reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        reply.headers_mut().insert(ERROR_TYPE, HeaderValue::from_static(self.name));
        // It is printable.
        if let Some(value) = self.request_id.as_ref().and_then(|id| HeaderValue::from_str(id.as_str()).ok()) {
            reply.headers_mut().insert(REQUEST_ID, value);
        }
        if self.reason.is_some() {
            reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        reply
    }
}
