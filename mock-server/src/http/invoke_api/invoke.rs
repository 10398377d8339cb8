//! Invokes over HTTP: synchronous, queued, and those that are not to run.
//!
//! Whether an invocation failed is told by the runtime's call, never guessed from the payload. Source:
//! [Invoke](https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html); texts of errors are those recorded
//! against the service in November 2025.

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header::CONTENT_TYPE};
use hyper::body::Incoming;
use lambda_api::{ErrorType, RequestId, limits};

use super::Service;
use crate::{
    Invocation,
    core::{
        Answer,
        catalog::{FunctionId, Version},
    },
    http::{
        Body,
        extension_api::is_uuid,
        read,
        refusal::{REQUEST_ID, Refusal},
        target::Target,
    },
    hub::{NotInvoked, Submission},
};

const INVOCATION_TYPE: HeaderName = HeaderName::from_static("x-amz-invocation-type");
const CLIENT_CONTEXT: HeaderName = HeaderName::from_static("x-amz-client-context");
const LOG_TYPE: HeaderName = HeaderName::from_static("x-amz-log-type");
const LOG_RESULT: HeaderName = HeaderName::from_static("x-amz-log-result");
const TENANT_ID: HeaderName = HeaderName::from_static("x-amz-tenant-id");
const TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");
const FUNCTION_ERROR: HeaderName = HeaderName::from_static("x-amz-function-error");
pub(super) const EXECUTED_VERSION: HeaderName = HeaderName::from_static("x-amz-executed-version");

/// Longest name of a tenant, in characters.
const TENANT_MOST: usize = 256;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InvocationType {
    RequestResponse,
    Event,
    DryRun,
}

pub(super) async fn invoke(
    service: &Service,
    target: Target,
    headers: &HeaderMap,
    body: &mut Incoming,
) -> Result<Response<Bytes>, Refusal> {
    let (function, kind) = check(service, &target, headers)?;
    match kind {
        InvocationType::DryRun => Ok(dry_run()),
        InvocationType::Event => {
            // On Lambda, queued invocations have no client context.
            let mut invocation = described(headers)?.with_qualifier(target.qualifier.clone());
            invocation.payload = async_payload(headers, body).await?.into();
            queue(service, function, &target, invocation).await
        }
        InvocationType::RequestResponse => {
            let invocation = synchronous(&target, headers, body).await?;
            let wants_tail = invocation.wants_tail;
            let submission = service.world.submit(function, invocation);
            let submission = submission.map_err(|(request_id, refused)| {
                Refusal::not_invoked(&refused, &target).with_request_id(request_id)
            })?;
            answer(submission, wants_tail).await
        }
    }
}

/// Finds out what is called, and how; what is wrong with the headers is wrong for a dry run, too.
pub(super) fn check(
    service: &Service,
    target: &Target,
    headers: &HeaderMap,
) -> Result<(FunctionId, InvocationType), Refusal> {
    let function = service.function(target)?;
    let is_there = service.world.hub().catalog.check(function, target.qualifier.as_deref());
    is_there.map_err(|error| Refusal::unknown(&error, target))?;
    let kind = invocation_type(headers)?;
    let invocation = described(headers)?;
    wants_tail(headers)?;
    if kind == InvocationType::DryRun {
        client_context(headers)?;
    }
    check_tenant(service, target, function, &invocation)?;
    Ok((function, kind))
}

/// Whoever queues an event is told at once, and not the timeline when it is tried.
fn check_tenant(
    service: &Service,
    target: &Target,
    function: FunctionId,
    invocation: &Invocation,
) -> Result<(), Refusal> {
    // That tenants are kept apart is said when a function is made, for all its versions.
    let latest = service.world.hub().deployment(function, Version::Latest);
    let isolates_tenants = latest.is_some_and(|latest| latest.description.isolates_tenants);
    if isolates_tenants && invocation.tenant_id.is_none() {
        return Err(Refusal::not_invoked(&NotInvoked::NoTenant, target));
    }
    Ok(())
}

pub(super) fn dry_run() -> Response<Bytes> {
    let mut reply = Response::new(Bytes::new());
    *reply.status_mut() = StatusCode::NO_CONTENT;
    reply
}

/// All that a synchronous invoke says.
pub(super) async fn synchronous(
    target: &Target,
    headers: &HeaderMap,
    body: &mut Incoming,
) -> Result<Invocation, Refusal> {
    let mut invocation = described(headers)?.with_qualifier(target.qualifier.clone());
    invocation.wants_tail = wants_tail(headers)?;
    invocation.payload = payload(body).await?.into();
    match client_context(headers)? {
        Some(context) => Ok(invocation.client_context(context)),
        None => Ok(invocation),
    }
}

/// The predecessor of invocation type `Event`:
/// [InvokeAsync](https://docs.aws.amazon.com/lambda/latest/api/API_InvokeAsync.html).
pub(super) async fn invoke_async(
    service: &Service,
    target: Target,
    headers: &HeaderMap,
    body: &mut Incoming,
) -> Result<Response<Bytes>, Refusal> {
    let function = service.function(&target)?;
    let mut invocation = described(headers)?.with_qualifier(target.qualifier.clone());
    check_tenant(service, &target, function, &invocation)?;
    invocation.payload = async_payload(headers, body).await?.into();
    let mut reply = queue(service, function, &target, invocation).await?;
    *reply.body_mut() = Bytes::from_static(br#"{"Status":202}"#);
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(reply)
}

async fn queue(
    service: &Service,
    function: FunctionId,
    target: &Target,
    invocation: Invocation,
) -> Result<Response<Bytes>, Refusal> {
    let accepted = service.world.accept_from_caller(function, invocation);
    let accepted = accepted.map_err(|error| Refusal::unknown(&error, target))?;
    let request_id = accepted.request_id.clone();
    // What is accepted is not lost.
    let kept = accepted.kept().await;
    kept.map_err(|problem| Refusal::service(problem).with_request_id(request_id.clone()))?;
    let mut reply = Response::new(Bytes::new());
    *reply.status_mut() = StatusCode::ACCEPTED;
    insert(reply.headers_mut(), REQUEST_ID, request_id.as_str());
    Ok(reply)
}

async fn answer(submission: Submission, wants_tail: bool) -> Result<Response<Bytes>, Refusal> {
    let Submission { request_id, version, answer, end, .. } = submission;
    let answer = answer.await.unwrap_or_else(|_| Answer::shut_down(&request_id));
    if answer.is_from_platform(ErrorType::RESTORE_TIMEOUT) {
        return Err(Refusal::restore_timed_out().with_request_id(request_id));
    }
    let mut reply = success(&request_id, version, answer);
    // The log is whole when the invocation is over.
    if let Some(tail) = if wants_tail { end.await.ok().and_then(|end| end.tail) } else { None } {
        insert(reply.headers_mut(), LOG_RESULT, &BASE64_STANDARD.encode(tail));
    }
    Ok(reply)
}

fn success(request_id: &RequestId, version: Version, answer: Answer) -> Response<Bytes> {
    let is_error = answer.error.is_some();
    let mut reply = Response::new(answer.payload);
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    insert(headers, EXECUTED_VERSION, &version.to_string());
    insert(headers, REQUEST_ID, request_id.as_str());
    if is_error {
        headers.insert(FUNCTION_ERROR, HeaderValue::from_static("Unhandled"));
    }
    reply
}

/// Everything here that is made into a header is printable.
pub(super) fn insert(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        headers.insert(name, value);
    }
}

/// What the headers say of an invocation, of whatever type.
fn described(headers: &HeaderMap) -> Result<Invocation, Refusal> {
    let mut invocation = Invocation::new(Bytes::new());
    if let Some(request_id) = request_id(headers)? {
        invocation = invocation.request_id(request_id);
    }
    if let Some(trace_id) = text(headers, &TRACE_ID) {
        invocation = invocation.trace_id(trace_id);
    }
    if let Some(content_type) = text(headers, &CONTENT_TYPE) {
        invocation = invocation.content_type(content_type);
    }
    if let Some(tenant_id) = any_text(headers, &TENANT_ID) {
        let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b"._:/=+-@ ".contains(&byte);
        if tenant_id.len() > TENANT_MOST || !tenant_id.bytes().all(is_known) {
            let pattern = r"satisfy regular expression pattern: [a-zA-Z0-9\._:\/=+\-@ ]+";
            return Err(Refusal::validation(&tenant_id, "tenantId", pattern));
        }
        invocation = invocation.tenant_id(tenant_id);
    }
    Ok(invocation)
}

/// The id that the caller wants the call to have.
pub(super) fn request_id(headers: &HeaderMap) -> Result<Option<RequestId>, Refusal> {
    let Some(text) = text(headers, &REQUEST_ID) else { return Ok(None) };
    let request_id = RequestId::new(&text).ok().filter(|_| is_uuid(&text));
    request_id.map(Some).ok_or_else(|| {
        Refusal::bad_request("InvalidRequestContentException", "The request id must be a UUID")
    })
}

fn invocation_type(headers: &HeaderMap) -> Result<InvocationType, Refusal> {
    match any_text(headers, &INVOCATION_TYPE).as_deref() {
        None | Some("RequestResponse") => Ok(InvocationType::RequestResponse),
        Some("Event") => Ok(InvocationType::Event),
        Some("DryRun") => Ok(InvocationType::DryRun),
        Some(other) => {
            let constraint = "satisfy enum value set: [Event, RequestResponse, DryRun]";
            Err(Refusal::validation(other, "invocationType", constraint))
        }
    }
}

fn wants_tail(headers: &HeaderMap) -> Result<bool, Refusal> {
    match any_text(headers, &LOG_TYPE).as_deref() {
        None | Some("None") => Ok(false),
        Some("Tail") => Ok(true),
        Some(other) => Err(Refusal::validation(other, "logType", "satisfy enum value set: [None, Tail]")),
    }
}

async fn payload(body: &mut Incoming) -> Result<Bytes, Refusal> {
    let limit = limits::SYNC_PAYLOAD_BYTES;
    match read(body, limit).await {
        Body::TooLarge => Err(Refusal::too_large(format!(
            "Request must be smaller than {limit} bytes for the InvokeFunction operation"
        ))),
        body => whole(body),
    }
}

async fn async_payload(headers: &HeaderMap, body: &mut Incoming) -> Result<Bytes, Refusal> {
    let limit = limits::ASYNC_PAYLOAD_BYTES;
    match read(body, limit).await {
        Body::TooLarge => {
            let size = text(headers, &http::header::CONTENT_LENGTH).unwrap_or_else(|| format!(">{limit}"));
            Err(Refusal::too_large(format!(
                "{size} byte payload is too large for the Event invocation type (limit {limit} bytes)"
            )))
        }
        body => whole(body),
    }
}

/// The payload, which has to be JSON. None stands for an empty object.
fn whole(body: Body) -> Result<Bytes, Refusal> {
    let payload = match body {
        Body::Whole(payload) if payload.is_empty() => return Ok(Bytes::from_static(b"{}")),
        Body::Whole(payload) => payload,
        Body::TooLarge | Body::CutShort => {
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

/// The same where it is checked what the text is: what is not ASCII is seen, and not overlooked.
fn any_text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let text = String::from_utf8_lossy(headers.get(name)?.as_bytes()).into_owned();
    Some(text).filter(|text| !text.is_empty())
}
