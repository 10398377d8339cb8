//! One request to a front: where it goes, the invocation, and the response on its way back.

use std::{net::IpAddr, sync::Arc};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Request as HttpRequest, Response,
    header::{SERVER, UPGRADE},
    request::Parts,
};
use hyper::body::Incoming;
use lambda_api::{RequestId, limits};
use serde_json::{Map, Value};

use super::{
    http_api, lattice, load_balancer,
    refusal::Refusal,
    request::{Ids, Request},
    rest_api,
    route::{Found, Routes},
    settings::{Front, Kind, Version},
};
use crate::{
    Invocation,
    http::{
        Body, CallerReply as Reply,
        answer::{
            stream::{self, Preludes},
            whole,
        },
        discard, read,
        refusal::REQUEST_ID,
    },
    hub::{NotInvoked, Submission},
    service::World,
};

const TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");
const API_REQUEST_ID: HeaderName = HeaderName::from_static("apigw-requestid");
const API_ID: HeaderName = HeaderName::from_static("x-amz-apigw-id");

/// The most bytes of a body that API Gateway takes:
/// [10 MB](https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html).
const GATEWAY_LIMIT: usize = 10 * 1024 * 1024;

/// A front, and what it needs to answer.
pub(super) struct Serving {
    pub(super) world: Arc<World>,
    pub(super) front: Front,
    pub(super) routes: Routes,
    /// Whose is what has no route.
    pub(super) function: String,
    pub(super) id: String,
    pub(super) port: u16,
}

/// Where a request goes.
struct Target<'a> {
    found: Option<Found<'a>>,
    /// As the function sees it.
    path: String,
    function: &'a str,
}

fn asks_for_socket(headers: &HeaderMap) -> bool {
    headers.get(UPGRADE).is_some_and(|protocol| protocol.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

impl Serving {
    pub(super) async fn answer(&self, peer: IpAddr, request: HttpRequest<Incoming>) -> Reply {
        let request_id = self.world.request_id();
        let ids = self.ids(&request_id, request.headers());
        let (mut reply, is_refused) = match self.invoke(peer, request, request_id, &ids).await {
            Ok(reply) => (reply, false),
            Err(refused) => (whole(refused.to_http(self.front.kind)), true),
        };
        self.sign(reply.headers_mut(), &ids, is_refused);
        reply
    }

    fn ids(&self, request_id: &RequestId, headers: &HeaderMap) -> Ids {
        let given =
            headers.get(TRACE_ID).and_then(|value| value.to_str().ok()).filter(|text| !text.is_empty());
        let random = self.world.ids.uuid();
        Ids {
            front: self.id.clone(),
            request: request_id.as_str().to_owned(),
            extended: BASE64_STANDARD.encode(random.get(..11).unwrap_or_default()),
            trace: given.map_or_else(|| self.world.ids.trace(self.world.clock().now()), str::to_owned),
        }
    }

    /// Puts what tells one answer from another into its head.
    fn sign(&self, headers: &mut HeaderMap, ids: &Ids, is_refused: bool) {
        let mut insert = |name: HeaderName, text: &str| {
            if let Ok(value) = HeaderValue::from_str(text) {
                headers.insert(name, value);
            }
        };
        match self.front.kind {
            Kind::HttpApi(_) => insert(API_REQUEST_ID, &ids.extended),
            Kind::RestApi => {
                insert(REQUEST_ID, &ids.request);
                insert(API_ID, &ids.extended);
                if !is_refused {
                    insert(TRACE_ID, &ids.trace);
                }
            }
            Kind::LoadBalancer(_) => {
                headers.entry(SERVER).or_insert(HeaderValue::from_static("awselb/2.0"));
            }
            Kind::Lattice(_) => {}
        }
    }

    async fn invoke(
        &self,
        peer: IpAddr,
        request: HttpRequest<Incoming>,
        request_id: RequestId,
        ids: &Ids,
    ) -> Result<Reply, Refusal> {
        let (parts, body) = request.into_parts();
        let target = match self.target(&parts) {
            Ok(target) => target,
            Err(refused) => {
                discard(body).await;
                return Err(refused);
            }
        };
        let body = match read(body, self.limit()).await {
            Body::Whole(body) => body,
            Body::TooLarge => return Err(Refusal::TooLarge),
            Body::CutShort => return Err(Refusal::BadRequest),
        };
        let request = Request {
            method: parts.method.as_str(),
            path: parts.uri.path(),
            query: parts.uri.query().unwrap_or_default(),
            protocol: &format!("{:?}", parts.version),
            headers: &parts.headers,
            body: &body,
            peer,
            port: self.port,
            ids,
            now: self.world.clock().now(),
        };
        let event = Value::Object(self.event(&request, &target)).to_string();
        // The limit is that of the invoke: it counts what stands around the body, and base64, too.
        if event.len() > limits::SYNC_PAYLOAD_BYTES {
            return Err(Refusal::TooLargeForLambda);
        }
        let (name, qualifier) = match target.function.split_once(':') {
            Some((name, qualifier)) => (name, Some(qualifier.to_owned())),
            None => (target.function, self.front.qualifier.clone()),
        };
        let mut invocation = Invocation::new(event)
            .with_qualifier(qualifier)
            .request_id(request_id)
            .trace_id(ids.trace.clone());
        invocation.streams = self.streams();
        let function = self.world.hub().catalog.find(name).ok_or(Refusal::Failed)?;
        let submission = self.world.submit(function, invocation);
        let submission = submission.map_err(|(_, refused)| match refused {
            NotInvoked::Throttled(_) => Refusal::Throttled,
            NotInvoked::Unknown(_) | NotInvoked::NoTenant => Refusal::Failed,
        })?;
        self.respond(submission, &parts.headers).await.ok_or(Refusal::Failed)
    }

    fn streams(&self) -> bool {
        self.front.kind == Kind::RestApi && self.front.streams
    }

    fn limit(&self) -> usize {
        match self.front.kind {
            Kind::HttpApi(_) | Kind::RestApi => GATEWAY_LIMIT,
            Kind::LoadBalancer(_) => load_balancer::LIMIT,
            Kind::Lattice(_) => limits::SYNC_PAYLOAD_BYTES,
        }
    }

    fn target(&self, parts: &Parts) -> Result<Target<'_>, Refusal> {
        let (method, sent) = (parts.method.as_str(), parts.uri.path());
        let (path, found) = match self.front.kind {
            Kind::HttpApi(_) => {
                let path = http_api::decoded_path(sent).ok_or(Refusal::BadRequest)?;
                let found = self.routes.of_http_api(method, self.inside(&path));
                (path, found)
            }
            Kind::RestApi => {
                let path = self.inside(sent);
                (path.to_owned(), self.routes.of_rest_api(method, path))
            }
            // There are no sockets behind it.
            Kind::LoadBalancer(_) if asks_for_socket(&parts.headers) => return Err(Refusal::BadRequest),
            Kind::LoadBalancer(_) | Kind::Lattice(_) => {
                return Ok(Target { found: None, path: sent.to_owned(), function: &self.function });
            }
        };
        let function = match &found {
            Some(found) => found.function,
            None if self.front.only_routes => return Err(Refusal::NoRoute),
            None => &self.function,
        };
        Ok(Target { found, path, function })
    }

    /// A path without the stage, if it begins with it.
    fn inside<'a>(&self, path: &'a str) -> &'a str {
        let rest = path.strip_prefix('/').and_then(|path| path.strip_prefix(self.front.stage_name()));
        match rest {
            Some("") => "/",
            Some(rest) if rest.starts_with('/') => rest,
            _ => path,
        }
    }

    fn event(&self, request: &Request<'_>, target: &Target<'_>) -> Map<String, Value> {
        let (front, found) = (&self.front, target.found.as_ref());
        match front.kind {
            Kind::HttpApi(Version::Two) => http_api::event(request, front, &target.path, found),
            Kind::HttpApi(Version::One) => rest_api::event_1(request, front, &target.path, found),
            Kind::RestApi => rest_api::event(request, front, &target.path, found),
            Kind::LoadBalancer(headers) => load_balancer::event(request, headers, target.function),
            Kind::Lattice(Version::Two) => lattice::event(request, target.function),
            Kind::Lattice(Version::One) => lattice::event_1(request),
        }
    }

    /// What the function's response becomes; `None` if it has failed, or if its response is malformed.
    async fn respond(&self, submission: Submission, request: &HeaderMap) -> Option<Reply> {
        if self.streams() {
            return stream::stream(submission, Preludes::Always, &rest_api::STREAMED).await;
        }
        let result = stream::answer(submission).await?.payload;
        let response: Response<Bytes> = match self.front.kind {
            Kind::HttpApi(Version::Two) => http_api::response(&result),
            Kind::HttpApi(Version::One) => http_api::response_1(&result),
            Kind::RestApi => rest_api::response(&result, request, &self.front),
            Kind::LoadBalancer(headers) => load_balancer::response(&result, headers),
            Kind::Lattice(_) => lattice::response(&result),
        }?;
        Some(whole(response))
    }
}
