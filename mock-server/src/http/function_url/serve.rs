//! One request to a function URL: who may ask, the invocation, and the response on its way back.
//!
//! How a response becomes HTTP is in [`answer`](crate::http::answer).

use std::{net::IpAddr, sync::Arc};

use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Request, Response,
    header::{AUTHORIZATION, ORIGIN},
};
use hyper::body::Incoming;
use lambda_api::limits;

use super::{Cors, InvokeMode, OpenUrl, UrlAuth, UrlSettings, event, refusal};
use crate::{
    Invocation,
    http::{
        Body, CallerReply as Reply,
        answer::{
            Members, Rules, buffered,
            head::{FRAMING, REMAPPED},
            stream::{self, Preludes},
            whole,
        },
        read,
    },
    service::World,
};

pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
pub(super) const TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");

/// What a buffered response may say.
static BUFFERED: Rules = Rules {
    usual: Some(buffered::JSON),
    members: Members::SingleAndCookies,
    numbers: true,
    remapped: REMAPPED,
    dropped: FRAMING,
};

/// What a prelude may say.
static STREAMED: Rules = Rules { usual: Some("application/octet-stream"), ..BUFFERED };

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
                let answer = stream::answer(submission).await.ok_or_else(refusal::bad_gateway)?;
                buffered::response(&answer.payload, &BUFFERED).map(whole).ok_or_else(refusal::bad_gateway)
            }
            InvokeMode::ResponseStream => {
                let reply = stream::stream(submission, Preludes::IfAnnounced, &STREAMED).await;
                reply.ok_or_else(refusal::bad_gateway)
            }
        }
    }
}
