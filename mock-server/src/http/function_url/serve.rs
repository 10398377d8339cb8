//! One request to a function URL: who may ask, the invocation, and the response on its way back.
//!
//! A stream that fails before its head is there becomes an ordinary error; later it is cut off, so that the client does not
//! take it for whole. Source:
//! [Response streaming](https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html).

use std::{net::IpAddr, sync::Arc};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, ORIGIN},
};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use lambda_api::limits;
use tokio::sync::OwnedSemaphorePermit;

use super::{
    Cors, InvokeMode, OpenUrl, UrlAuth, UrlSettings, buffered, event,
    prelude::{Beginning, OCTETS, Split},
    refusal,
};
use crate::{
    Invocation,
    core::Answer,
    driver::Piece,
    http::{
        Body, CallerReply as Reply, read,
        streamed::{Streamed, Writer},
    },
    hub::Submission,
    service::World,
};

pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
pub(super) const TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");

/// A function URL.
pub(super) struct Url {
    pub(super) world: Arc<World>,
    pub(super) open: Arc<OpenUrl>,
}

impl Url {
    pub(super) async fn answer(&self, peer: IpAddr, request: Request<Incoming>) -> Reply {
        let origin = request.headers().get(ORIGIN).cloned();
        let request_id = self.world.request_id();
        let trace_id = request.headers().get(TRACE_ID).and_then(|value| value.to_str().ok());
        let trace_id = trace_id.filter(|text| !text.is_empty()).map(str::to_owned);
        let trace_id = trace_id.unwrap_or_else(|| self.world.ids.trace(self.world.clock().now()));

        let settings = self.open.settings();
        let mut reply = match &settings.cors {
            Some(cors) if Cors::is_preflight(request.method(), request.headers()) => {
                let mut reply = whole(Response::default());
                cors.add_to_preflight(reply.headers_mut(), origin.as_ref());
                reply
            }
            cors => {
                let invocation = Invocation::new(Bytes::new())
                    .with_qualifier(settings.qualifier.clone())
                    .request_id(request_id.clone())
                    .trace_id(trace_id.clone());
                let mut reply = match self.invoke(&settings, peer, request, invocation, &trace_id).await {
                    Ok(reply) => reply,
                    Err(refused) => whole(refused),
                };
                cors.iter().for_each(|cors| cors.add_to(reply.headers_mut(), origin.as_ref()));
                reply
            }
        };
        for (name, text) in [(REQUEST_ID, request_id.as_str()), (TRACE_ID, &trace_id)] {
            if let Ok(value) = HeaderValue::from_str(text) {
                reply.headers_mut().insert(name, value);
            }
        }
        reply
    }

    /// Invokes the function; what the URL answers in its place is an error.
    async fn invoke(
        &self,
        settings: &UrlSettings,
        peer: IpAddr,
        request: Request<Incoming>,
        mut invocation: Invocation,
        trace_id: &str,
    ) -> Result<Reply, Response<Bytes>> {
        let (parts, body) = request.into_parts();
        if settings.auth == UrlAuth::AwsIam && !parts.headers.contains_key(AUTHORIZATION) {
            return Err(refusal::unsigned());
        }
        let function = self.world.hub().catalog.find(&self.open.function).ok_or_else(refusal::unknown_url)?;
        let body = match read(body, limits::SYNC_PAYLOAD_BYTES).await {
            Body::Whole(body) => body,
            Body::TooLarge => return Err(refusal::too_large()),
            Body::CutShort => return Err(refusal::cut_short()),
        };
        let event = event::Request {
            method: parts.method.as_str(),
            path: parts.uri.path(),
            query: parts.uri.query().unwrap_or_default(),
            protocol: &format!("{:?}", parts.version),
            headers: &parts.headers,
            body: &body,
            peer,
            url_id: &self.open.id,
            request_id: invocation.request_id.as_ref().map_or("", |id| id.as_str()),
            trace_id,
            auth: settings.auth,
            now: self.world.clock().now(),
        };
        let event = event.to_event();
        // The limit is that of the invoke: it counts what stands around the body, and base64, too.
        if event.len() > limits::SYNC_PAYLOAD_BYTES {
            return Err(refusal::too_large());
        }
        invocation.payload = event.into();
        invocation.streams = settings.mode == InvokeMode::ResponseStream;
        let submission = self.world.submit(function, invocation);
        let submission = submission.map_err(|(_, refused)| refusal::not_invoked(&refused))?;
        match settings.mode {
            InvokeMode::Buffered => {
                let answer = answer(submission).await?;
                buffered::response(&answer.payload).map(whole).ok_or_else(refusal::bad_gateway)
            }
            InvokeMode::ResponseStream => stream(submission).await,
        }
    }
}

fn whole(reply: Response<Bytes>) -> Reply {
    reply.map(|body| Either::Left(Full::new(body)))
}

/// The answer, if the function has not failed.
async fn answer(submission: Submission) -> Result<Answer, Response<Bytes>> {
    let Submission { request_id, answer, .. } = submission;
    let answer = answer.await.unwrap_or_else(|_| Answer::shut_down(&request_id));
    if answer.error.is_some() { Err(refusal::bad_gateway()) } else { Ok(answer) }
}

/// A piece of the body, and its place among those that wait.
type Held = (Bytes, Option<OwnedSemaphorePermit>);

/// Waits for the head of a response that streams.
async fn stream(mut submission: Submission) -> Result<Reply, Response<Bytes>> {
    let Some(Piece::Begins(content_type)) = submission.pieces.recv().await else {
        // Without a beginning there is nothing but an error.
        return Err(answer(submission).await.err().unwrap_or_else(refusal::bad_gateway));
    };
    let (status, headers, first) = match Beginning::is_announced(content_type.as_deref()) {
        true => split(&mut submission).await?,
        false => {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(OCTETS))]);
            (StatusCode::OK, headers, (Bytes::new(), None))
        }
    };
    let (writer, body) = Streamed::new();
    let mut reply = Response::new(Either::Right(body));
    *reply.status_mut() = status;
    *reply.headers_mut() = headers;
    tokio::spawn(write(submission, first, writer));
    Ok(reply)
}

/// Takes the prelude off.
async fn split(submission: &mut Submission) -> Result<(StatusCode, HeaderMap, Held), Response<Bytes>> {
    let mut beginning = Beginning::default();
    while let Some(piece) = submission.pieces.recv().await {
        let Piece::Bytes(bytes, place) = piece else { continue };
        match beginning.push(&bytes) {
            Split::Unfinished => {}
            Split::Head(status, headers, first) => return Ok((status, headers, (first, place))),
            Split::Malformed => break,
        }
    }
    Err(refusal::bad_gateway())
}

/// Writes the pieces as they come. If the client goes away the invocation does not.
async fn write(mut submission: Submission, first: Held, writer: Writer) {
    let mut next = Some(first);
    while let Some((bytes, _place)) = next {
        if !bytes.is_empty() && !writer.write(bytes).await {
            return;
        }
        next = loop {
            match submission.pieces.recv().await {
                Some(Piece::Bytes(bytes, place)) => break Some((bytes, place)),
                Some(Piece::Begins(_)) => {}
                None => break None,
            }
        };
    }
    if answer(submission).await.is_err() {
        writer.break_off().await;
    }
}
