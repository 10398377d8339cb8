//! The Invoke API, synchronous: what unmodified clients of Lambda call.
//!
//! Signatures are accepted and not looked at. Whether an invocation failed is told by the runtime's call,
//! never guessed from the payload. Source:
//! [Invoke](https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html); texts of errors are those recorded
//! against the service in November 2025. Queued invocations, versions, aliases and log tails are not here
//! yet, and are refused rather than ignored. What a path names is read in `target`.

use std::{
    convert::Infallible,
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use lambda_api::{ErrorType, RequestId, limits};

use super::{Body, Reply, extension_api::is_uuid, full, read};
use crate::{
    Invocation, MockLambda, StartError,
    clock::{self, PausedClock},
    core::Answer,
    function::Throttled,
    service::Registry,
    transport::Listening,
    variables,
};

mod target;

use target::Target;

const INVOCATION_TYPE: HeaderName = HeaderName::from_static("x-amz-invocation-type");
const CLIENT_CONTEXT: HeaderName = HeaderName::from_static("x-amz-client-context");
const LOG_TYPE: HeaderName = HeaderName::from_static("x-amz-log-type");
const TENANT_ID: HeaderName = HeaderName::from_static("x-amz-tenant-id");
const TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");
const FUNCTION_ERROR: HeaderName = HeaderName::from_static("x-amz-function-error");
const EXECUTED_VERSION: HeaderName = HeaderName::from_static("x-amz-executed-version");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

const LATEST: &str = "$LATEST";

/// The Invoke API of a service on a socket; closed when dropped.
///
/// ```
/// use mock_server::MockLambda;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mock = MockLambda::new();
/// let api = mock.listen(([127, 0, 0, 1], 0).into())?;
/// // Give this to any client of Lambda as its endpoint.
/// println!("http://{}", api.address());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "the API is closed when dropped"]
pub struct InvokeApi {
    listening: Listening,
}

impl InvokeApi {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.listening.address()
    }
}

impl MockLambda {
    /// Lets clients invoke the functions over HTTP. Port 0 takes a free one.
    ///
    /// # Errors
    ///
    /// [`StartError::Bind`] if the address cannot be listened on, [`StartError::PausedClock`] if tokio's time
    /// is paused.
    pub fn listen(&self, address: SocketAddr) -> Result<InvokeApi, StartError> {
        if clock::is_paused() {
            return Err(PausedClock.into());
        }
        let registry = Arc::clone(self.registry());
        let serve = move |stream| {
            let registry = Arc::clone(&registry);
            async move {
                let service = service_fn(|request| {
                    let registry = Arc::clone(&registry);
                    async move { Ok::<_, Infallible>(answer(&registry, request).await) }
                });
                // A client that hangs up does not stop the invocation.
                let _ended = http1::Builder::new()
                    .title_case_headers(true)
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            }
        };
        let listening = TcpListener::bind(address).and_then(|listener| Listening::start(listener, serve));
        let listening =
            listening.map_err(|source| StartError::Bind { api: "Invoke API", address, source })?;
        Ok(InvokeApi { listening })
    }
}

async fn answer(registry: &Registry, request: Request<Incoming>) -> Reply {
    let reply = match invoke(registry, request).await {
        Ok(reply) => reply,
        Err(refusal) => refusal.to_http(),
    };
    full(reply)
}

async fn invoke(registry: &Registry, request: Request<Incoming>) -> Result<Response<Bytes>, Refusal> {
    let target = Target::parse(request.method(), request.uri())?;
    let function = match target.qualifier.as_deref() {
        None | Some(LATEST) => registry.get(&target.name),
        Some(_) => None,
    };
    let function = function.ok_or_else(|| Refusal::not_found(&target))?;
    let (parts, body) = request.into_parts();
    if is_dry_run(&parts.headers)? {
        let mut reply = Response::new(Bytes::new());
        *reply.status_mut() = StatusCode::NO_CONTENT;
        return Ok(reply);
    }
    if text(&parts.headers, &LOG_TYPE).is_some_and(|kind| kind != "None") {
        return Err(Refusal::not_implemented("return the tail of the log; read it where the mock prints it"));
    }
    let mut invocation = Invocation::new(payload(body).await?).qualifier(target.qualifier);
    if let Some(request_id) = text(&parts.headers, &REQUEST_ID) {
        let request_id = RequestId::new(&request_id).ok().filter(|_| is_uuid(&request_id));
        invocation = invocation.request_id(request_id.ok_or_else(|| {
            Refusal::bad_request("InvalidRequestContentException", "The request id must be a UUID")
        })?);
    }
    if let Some(context) = client_context(&parts.headers)? {
        invocation = invocation.client_context(context);
    }
    if let Some(trace_id) = text(&parts.headers, &TRACE_ID) {
        invocation = invocation.trace_id(trace_id);
    }
    if let Some(content_type) = text(&parts.headers, &CONTENT_TYPE) {
        invocation = invocation.content_type(content_type);
    }
    if let Some(tenant_id) = text(&parts.headers, &TENANT_ID) {
        invocation = invocation.tenant_id(tenant_id);
    }
    let (request_id, answer) = function.call(invocation).await.map_err(Refusal::throttled)?;
    let error_type = answer.error.as_ref().map(|error| error.error_type.as_str());
    if error_type == Some(ErrorType::RESTORE_TIMEOUT) {
        return Err(Refusal::restore_timed_out());
    }
    Ok(success(request_id.as_str(), answer))
}

fn success(request_id: &str, answer: Answer) -> Response<Bytes> {
    let is_error = answer.error.is_some();
    let mut reply = Response::new(answer.payload);
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(EXECUTED_VERSION, HeaderValue::from_static(LATEST));
    // A request id is printable.
    if let Ok(request_id) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, request_id);
    }
    if is_error {
        headers.insert(FUNCTION_ERROR, HeaderValue::from_static("Unhandled"));
    }
    reply
}

fn is_dry_run(headers: &HeaderMap) -> Result<bool, Refusal> {
    match text(headers, &INVOCATION_TYPE).as_deref() {
        None | Some("RequestResponse") => Ok(false),
        Some("DryRun") => Ok(true),
        Some("Event") => {
            Err(Refusal::not_implemented("queue invocations; use the invocation type RequestResponse"))
        }
        Some(other) => Err(Refusal {
            has_type: false,
            ..Refusal::bad_request(
                "ValidationException",
                format!(
                    "1 validation error detected: Value '{other}' at 'invocationType' failed to satisfy constraint: \
                     Member must satisfy enum value set: [Event, RequestResponse, DryRun]"
                ),
            )
        }),
    }
}

async fn payload(body: Incoming) -> Result<Bytes, Refusal> {
    let limit = limits::SYNC_PAYLOAD_BYTES;
    let payload = match read(body, limit).await {
        Body::Whole(payload) if payload.is_empty() => return Ok(Bytes::from_static(b"{}")),
        Body::Whole(payload) => payload,
        Body::TooLarge => {
            let message =
                format!("Request must be smaller than {limit} bytes for the InvokeFunction operation");
            let status = StatusCode::PAYLOAD_TOO_LARGE;
            let name = "RequestEntityTooLargeException";
            let refusal = Refusal::new(status, name, Member::LowerCaseMessage, message);
            return Err(Refusal { has_type: false, ..refusal });
        }
        Body::CutShort => {
            return Err(Refusal::bad_request(
                "InvalidRequestContentException",
                "The request body is truncated",
            ));
        }
    };
    match serde_json::from_slice::<serde::de::IgnoredAny>(&payload) {
        Ok(_) => Ok(payload),
        Err(error) => Err(Refusal::bad_request(
            "InvalidRequestContentException",
            format!(
                "Could not parse request body into json: Could not parse payload into json: {error}\n \
                 at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: {}, column: {}]",
                error.line(),
                error.column()
            ),
        )),
    }
}

/// The client context, out of its base64. What it says is for the function to judge.
fn client_context(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let Some(encoded) = text(headers, &CLIENT_CONTEXT) else { return Ok(None) };
    if encoded.len() > limits::CLIENT_CONTEXT_BYTES {
        return Err(Refusal::bad_request(
            "InvalidRequestContentException",
            format!("Client context must be no more than {} bytes in base64", limits::CLIENT_CONTEXT_BYTES),
        ));
    }
    let decoded = BASE64_STANDARD.decode(&encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.map(Some).ok_or_else(|| {
        Refusal::bad_request(
            "InvalidRequestContentException",
            "Client context must be a valid Base64-encoded JSON object.",
        )
    })
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// An error answer of the Invoke API.
struct Refusal {
    status: StatusCode,
    name: &'static str,
    member: Member,
    message: String,
    has_type: bool,
    /// Why an invoke is one too many.
    reason: Option<&'static str>,
}

/// The member with the text; which one depends on the error.
#[derive(Clone, Copy)]
enum Member {
    Message,
    LowerCaseMessage,
}

impl Refusal {
    fn new(status: StatusCode, name: &'static str, member: Member, message: String) -> Self {
        Self { status, name, member, message, has_type: true, reason: None }
    }

    fn bad_request(name: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, name, Member::LowerCaseMessage, message.into())
    }

    /// Something that Lambda does and this mock does not do yet.
    fn not_implemented(what: &str) -> Self {
        Self::new(
            StatusCode::NOT_IMPLEMENTED,
            "NotImplementedException",
            Member::LowerCaseMessage,
            format!("this mock does not yet {what}"),
        )
    }

    fn not_found(target: &Target) -> Self {
        let message = format!(
            "Function not found: arn:aws:lambda:{}:{}:function:{}:{}",
            variables::REGION,
            variables::ACCOUNT_ID,
            target.name,
            target.qualifier.as_deref().unwrap_or(LATEST),
        );
        Self::new(StatusCode::NOT_FOUND, "ResourceNotFoundException", Member::Message, message)
    }

    fn throttled(throttled: Throttled) -> Self {
        let message = "Rate Exceeded.".to_owned();
        let name = "TooManyRequestsException";
        let refusal = Self::new(StatusCode::TOO_MANY_REQUESTS, name, Member::LowerCaseMessage, message);
        Self { reason: Some(throttled.reason), ..refusal }
    }

    fn restore_timed_out() -> Self {
        let message = "Lambda couldn't restore the snapshot within the timeout limit.".to_owned();
        Self::new(StatusCode::REQUEST_TIMEOUT, "SnapStartTimeoutException", Member::Message, message)
    }

    fn to_http(&self) -> Response<Bytes> {
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
        let body = ErrorBody { reason: self.reason, kind: self.has_type.then_some("User"), upper, lower };
        let mut reply = Response::new(serde_json::to_string(&body).unwrap_or_default().into());
        *reply.status_mut() = self.status;
        reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        reply.headers_mut().insert(ERROR_TYPE, HeaderValue::from_static(self.name));
        if self.reason.is_some() {
            reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        reply
    }
}
