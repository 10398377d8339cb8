//! The service's own API on a socket: what unmodified clients of Lambda call.
//!
//! Signatures are accepted and not looked at. Which call is which is found out here; invokes are answered in `invoke`,
//! refusals are worded in [`refusal`](super::refusal), and names are read in [`target`](super::target). Clients of other
//! services, which share the address, are answered in [`services`](super::services).

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, Uri, request::Parts};
use http_body_util::Either;
use hyper::body::Incoming;
use lambda_api::RequestId;

#[cfg(feature = "management")]
use super::management::{self, Managed};
use super::{
    CallerReply as Reply, discard, full,
    refusal::{REQUEST_ID, Refusal},
    serve_caller, services,
    target::Target,
};
use crate::{
    MockLambda, StartError,
    clock::{self, PausedClock},
    core::catalog::FunctionId,
    service::World,
    transport::Listening,
};

mod invoke;
mod stream;
#[cfg(test)]
mod test;

// What stands around the function's name in a path.
const INVOKE: (&str, &str) = ("/2015-03-31/functions/", "/invocations");
const INVOKE_STREAM: (&str, &str) = ("/2021-11-15/functions/", "/response-streaming-invocations");
const INVOKE_ASYNC: (&str, &str) = ("/2014-11-13/functions/", "/invoke-async");

/// The Invoke API of a service on a socket; closed when dropped.
///
/// Unmodified clients of the services whose events invoke functions can send to the same address (`AWS_ENDPOINT_URL`), from a
/// test, from a command line or from within a function. They find the sources that the [`MockLambda`] has, and create none:
///
/// - SQS: `SendMessage`, `SendMessageBatch`, `ReceiveMessage`, `DeleteMessage`, `DeleteMessageBatch`,
///   `ChangeMessageVisibility`, `GetQueueUrl`, `GetQueueAttributes` and `ListQueues`, for each [`Queue`](crate::Queue). The
///   URL of a queue is the address with `/123456789012/` and its name.
/// - SNS: `Publish` and `PublishBatch`, for each [`Topic`](crate::Topic).
/// - EventBridge: `PutEvents`, for each [`Bus`](crate::Bus).
/// - Kinesis: `PutRecord` and `PutRecords`, for each [`Stream`](crate::Stream) that is one of Kinesis.
///
/// All other operations of these services are refused.
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
        let service = Service {
            world: Arc::clone(self.world()),
            #[cfg(feature = "management")]
            managed: Arc::new(Managed::new(Arc::clone(self.registry()), address.ip())),
        };
        let serve = move |stream| {
            let service = service.clone();
            async move {
                serve_caller(stream, |request| {
                    let service = service.clone();
                    async move { answer(&service, request).await }
                })
                .await;
            }
        };
        let listening = TcpListener::bind(address).and_then(|listener| Listening::start(listener, serve));
        let listening =
            listening.map_err(|source| StartError::Bind { api: "Invoke API", address, source })?;
        Ok(InvokeApi { listening })
    }
}

async fn answer(service: &Service, request: Request<Incoming>) -> Reply {
    let (head, mut body) = request.into_parts();
    let reply = match services::Call::parse(&head) {
        Some(call) => Ok(of_another_service(service, &head, call, &mut body).await),
        None => reply(service, &head, &mut body).await,
    };
    discard(&mut body).await;
    let mut reply = reply.unwrap_or_else(|refusal| whole(refusal.to_http()));
    // What concerns no invocation has an id as well: clients read it from every reply.
    if !reply.headers().contains_key(REQUEST_ID) {
        let request_id = given_or_new(service, &head);
        invoke::insert(reply.headers_mut(), REQUEST_ID, request_id.as_str());
    }
    reply
}

/// The id that the caller gives, or another.
fn given_or_new(service: &Service, head: &Parts) -> RequestId {
    let given = invoke::request_id(&head.headers).ok().flatten();
    given.unwrap_or_else(|| service.world.request_id())
}

async fn of_another_service(
    service: &Service,
    head: &Parts,
    call: services::Call,
    body: &mut Incoming,
) -> Reply {
    let request_id = given_or_new(service, head);
    let mut reply = services::handle(service, head, call, body, request_id.as_str()).await;
    invoke::insert(reply.headers_mut(), REQUEST_ID, request_id.as_str());
    whole(reply)
}

async fn reply(service: &Service, head: &Parts, body: &mut Incoming) -> Result<Reply, Refusal> {
    #[cfg(feature = "management")]
    if let Some(call) = management::Call::parse(&head.method, &head.uri) {
        return management::handle(service, call, body).await.map(whole);
    }
    let headers = &head.headers;
    match Route::parse(&head.method, &head.uri)? {
        Route::Invoke(target) => invoke::invoke(service, target, headers, body).await.map(whole),
        Route::InvokeAsync(target) => invoke::invoke_async(service, target, headers, body).await.map(whole),
        Route::InvokeWithResponseStream(target) => stream::invoke(service, target, headers, body).await,
    }
}

fn whole(reply: Response<Bytes>) -> Reply {
    full(reply).map(Either::Left)
}

/// What a call wants.
#[derive(Debug, PartialEq, Eq)]
enum Route {
    Invoke(Target),
    /// The predecessor of queued invocations, which is still there.
    InvokeAsync(Target),
    InvokeWithResponseStream(Target),
}

impl Route {
    fn parse(method: &Method, uri: &Uri) -> Result<Self, Refusal> {
        let between = |prefix: &str, suffix: &str| {
            let segment = uri.path().strip_prefix(prefix)?.trim_end_matches('/').strip_suffix(suffix)?;
            Some(segment).filter(|segment| !segment.is_empty() && !segment.contains('/'))
        };
        let (segment, route): (_, fn(Target) -> Self) = if let Some(segment) = between(INVOKE.0, INVOKE.1) {
            (segment, Self::Invoke)
        } else if let Some(segment) = between(INVOKE_ASYNC.0, INVOKE_ASYNC.1) {
            (segment, Self::InvokeAsync)
        } else if let Some(segment) = between(INVOKE_STREAM.0, INVOKE_STREAM.1) {
            (segment, Self::InvokeWithResponseStream)
        } else {
            let message = format!("{method} {} is not an operation of this service", uri.path());
            return Err(Refusal::unknown_operation(StatusCode::NOT_FOUND, message));
        };
        if *method != Method::POST {
            let message = format!("{} takes POST only", uri.path());
            return Err(Refusal::unknown_operation(StatusCode::METHOD_NOT_ALLOWED, message));
        }
        Target::new(segment, uri).map(route)
    }
}

/// What the calls are about.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) world: Arc<World>,
    #[cfg(feature = "management")]
    pub(crate) managed: Arc<Managed>,
}

impl Service {
    /// The function that is called so.
    pub(crate) fn function(&self, target: &Target) -> Result<FunctionId, Refusal> {
        self.world.hub().catalog.find(&target.name).ok_or_else(|| Refusal::not_found(target))
    }
}
