//! Invokes whose response comes piece by piece, as frames of an event stream.
//!
//! Source:
//! [InvokeWithResponseStream](https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html). A failure of the
//! function, before the first byte or after it, is told by the last frame; the status is 200 all the same.

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, header::CONTENT_TYPE};
use http_body_util::Either;
use hyper::body::Incoming;
use lambda_api::ErrorType;
use serde::Serialize;

use super::{
    Reply, Service,
    invoke::{self, EXECUTED_VERSION, InvocationType, insert},
};
use crate::{
    core::Answer,
    driver::Piece,
    http::{
        event_stream::frame,
        full,
        refusal::{REQUEST_ID, Refusal},
        streamed::Streamed,
        streamed::Writer,
        target::Target,
    },
    hub::Submission,
};

const EVENT_STREAM: HeaderValue = HeaderValue::from_static("application/vnd.amazon.eventstream");

pub(super) async fn invoke(
    service: &Service,
    target: Target,
    headers: &HeaderMap,
    body: &mut Incoming,
) -> Result<Reply, Refusal> {
    let (function, kind) = invoke::check(service, &target, headers)?;
    match kind {
        InvocationType::DryRun => return Ok(full(invoke::dry_run()).map(Either::Left)),
        InvocationType::Event => {
            let constraint = "satisfy enum value set: [RequestResponse, DryRun]";
            return Err(Refusal::validation("Event", "invocationType", constraint));
        }
        InvocationType::RequestResponse => {}
    }
    let mut invocation = invoke::synchronous(&target, headers, body).await?;
    invocation.streams = true;
    let wants_tail = invocation.wants_tail;
    let submission = service.world.submit(function, invocation);
    let mut submission = submission.map_err(|(request_id, refused)| {
        Refusal::not_invoked(&refused, &target).with_request_id(request_id)
    })?;

    // Until the response begins, the service may still refuse.
    submission.pieces.recv().await;
    let mut answer = None;
    if submission.pieces.is_closed() && submission.pieces.is_empty() {
        let whole = (&mut submission.answer).await;
        let whole = whole.unwrap_or_else(|_| Answer::shut_down(&submission.request_id));
        if whole.is_from_platform(ErrorType::RESTORE_TIMEOUT) {
            return Err(Refusal::restore_timed_out().with_request_id(submission.request_id));
        }
        answer = Some(whole);
    }
    let (writer, body) = Streamed::new();
    let mut reply = Response::new(Either::Right(body));
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, EVENT_STREAM);
    insert(headers, EXECUTED_VERSION, &submission.version.to_string());
    insert(headers, REQUEST_ID, submission.request_id.as_str());
    tokio::spawn(write(submission, answer, writer, wants_tail));
    Ok(reply)
}

/// Writes the pieces as they come, and at last how it ended. If the caller goes away the invocation does not.
async fn write(mut submission: Submission, answer: Option<Answer>, writer: Writer, wants_tail: bool) {
    while let Some(piece) = submission.pieces.recv().await {
        if let Piece::Bytes(bytes, _place) = piece
            && !bytes.is_empty()
            && !writer.write(chunk(&bytes)).await
        {
            return;
        }
    }
    let answer = match answer {
        Some(answer) => answer,
        None => {
            let answer = submission.answer.await;
            answer.unwrap_or_else(|_| Answer::shut_down(&submission.request_id))
        }
    };
    let tail = if wants_tail { submission.end.await.ok().and_then(|end| end.tail) } else { None };
    writer.write(complete(&answer, tail.as_deref())).await;
}

fn chunk(bytes: &Bytes) -> Bytes {
    let headers = [
        (":event-type", "PayloadChunk"),
        (":content-type", "application/octet-stream"),
        (":message-type", "event"),
    ];
    frame(&headers, bytes)
}

fn complete(answer: &Answer, tail: Option<&[u8]>) -> Bytes {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct InvokeComplete<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        error_code: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        error_details: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        log_result: Option<String>,
    }

    let details = || String::from_utf8_lossy(&answer.payload).into_owned();
    let complete = InvokeComplete {
        error_code: answer.error.as_ref().map(|error| error.error_type.as_str()),
        error_details: answer.error.as_ref().map(|_| details()),
        log_result: tail.map(|tail| BASE64_STANDARD.encode(tail)),
    };
    let headers = [
        (":event-type", "InvokeComplete"),
        (":content-type", "application/json"),
        (":message-type", "event"),
    ];
    frame(&headers, serde_json::to_string(&complete).unwrap_or_default().as_bytes())
}
