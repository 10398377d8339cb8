//! The loop: next, decode, call, encode, send, and again.
//!
//! One invocation at a time, read from top to bottom. Each step's failure becomes a [`Failure`] that is
//! posted in place of the response; only a Runtime API that fails or stays away ends the loop.

use std::{future::poll_fn, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Full;
use lambda_api::{
    Accepted, DecodeError, ErrorReply, ErrorType, InvocationId, ReplyError, RequestId,
    client::{Connection, TransportError},
    json,
    runtime::{error, next, response},
    transport::Clock,
};
use serde::{Serialize, de::DeserializeOwned};
use tokio::time::sleep;
use tower_service::Service;
use tracing::{debug, error, trace, warn};

use crate::{
    Config, Context, Diagnostic, LambdaEvent, RuntimeError,
    failure::{Chain, Failure},
    panic::{catch, catch_async},
    process,
    retry::Backoff,
};

/// What the service records as this runtime's release.
const USER_AGENT: &str = concat!("lambda-runtime-rust/", env!("CARGO_PKG_VERSION"));

const NEXT: &str = "invocation/next";
const RESPONSE: &str = "invocation/response";
const ERROR: &str = "invocation/error";

/// Serves invocations for as long as the Runtime API lets it.
pub(crate) async fn run<S, T>(
    service: &mut S,
    connection: Connection<Full<Bytes>>,
    config: &Arc<Config>,
) -> RuntimeError
where
    S: Service<LambdaEvent<T>>,
    S::Response: Serialize,
    S::Error: Into<Diagnostic> + 'static,
    T: DeserializeOwned,
{
    let clock = connection.api().clock().clone();
    let mut calls = Calls { connection, refused: None, redelivered: Backoff::default() };
    loop {
        let end = match calls.next().await {
            Ok(Next::Invocation(invocation)) => {
                let ids = Ids::of(&invocation);
                let result = handle(service, *invocation, &clock, config).await;
                calls.post(&ids, result).await
            }
            // Known by its id and otherwise unreadable: it is answered, not lost.
            Ok(Next::Unreadable(ids, error)) => {
                let failure = Failure::of_runtime(ErrorType::UNMARSHAL, &error);
                calls.post(&ids, Err(failure)).await
            }
            Err(end) => Err(end),
        };
        if let Err(end) = end {
            error!(error = %Chain(&end), "the runtime ends");
            return end;
        }
    }
}

/// Decodes an event, calls the handler with it, and encodes what it returns.
async fn handle<S, T>(
    service: &mut S,
    mut invocation: next::Invocation,
    clock: &Clock,
    config: &Arc<Config>,
) -> Result<Bytes, Failure>
where
    S: Service<LambdaEvent<T>>,
    S::Response: Serialize,
    S::Error: Into<Diagnostic> + 'static,
    T: DeserializeOwned,
{
    process::take_place_of_panic();
    let context = Context::new(&mut invocation, config, clock)
        .map_err(|error| Failure::of_runtime(ErrorType::UNMARSHAL, &error))?;
    // A type's own decoder may panic, too.
    let payload = catch(|| json::decode(&invocation.payload))?.map_err(|error| {
        trace!(error = error.unredacted(), "the event was refused");
        Failure::of_runtime(ErrorType::UNMARSHAL, &UnreadableEvent { problem: error })
    })?;
    drop(invocation);
    // Whatever is the user's own runs inside, the conversion of its error and the drop of its value included.
    let value = catch_async(async {
        let result = async {
            poll_fn(|cx| service.poll_ready(cx)).await?;
            service.call(LambdaEvent::new(payload, context)).await
        };
        result.await.map_err(Failure::of_handler)
    })
    .await??;
    let encoded = catch(move || serde_json::to_vec(&value))?;
    encoded
        .map(Bytes::from)
        .map_err(|error| Failure::of_runtime(ErrorType::MARSHAL, &UnwritableResponse(error)))
}

/// The event is not what the handler takes.
#[derive(Debug, thiserror::Error)]
#[error("the event cannot be decoded: {problem}")]
struct UnreadableEvent {
    // Stands in the message and is no cause besides, because some callers are shown nothing else.
    problem: json::JsonError,
}

/// What the handler returned cannot be written as JSON.
#[derive(Debug, thiserror::Error)]
#[error("the response cannot be encoded: {0}")]
struct UnwritableResponse(serde_json::Error);

/// What an answer has to name.
#[derive(Clone, PartialEq)]
struct Ids {
    request: RequestId,
    invocation: Option<InvocationId>,
}

impl Ids {
    fn of(invocation: &next::Invocation) -> Self {
        Self { request: invocation.request_id.clone(), invocation: invocation.invocation_id.clone() }
    }
}

/// An answer that the service did not take.
struct Refused {
    ids: Ids,
    call: &'static str,
    refusal: ErrorReply,
}

enum Next {
    Invocation(Box<next::Invocation>),
    Unreadable(Ids, DecodeError),
}

/// The calls that the loop makes, each repeated as often as is safe and useful.
struct Calls {
    connection: Connection<Full<Bytes>>,
    /// The answer that has just been refused.
    refused: Option<Refused>,
    /// How often in a row the refused invocation was given again.
    redelivered: Backoff,
}

impl Calls {
    /// Waits for an invocation other than the one whose answer has just been refused.
    ///
    /// A service that takes no answer gives the same event again at once, for ever; without a pause between,
    /// and an end, the handler would run as fast as it can.
    async fn next(&mut self) -> Result<Next, RuntimeError> {
        let next = self.poll().await?;
        let ids = match &next {
            Next::Invocation(invocation) => Ids::of(invocation),
            Next::Unreadable(ids, _) => ids.clone(),
        };
        let Some(refused) = self.refused.take().filter(|refused| refused.ids == ids) else {
            self.redelivered = Backoff::default();
            return Ok(next);
        };
        let Some(wait) = self.redelivered.after_failure() else {
            let attempts = self.redelivered.failures();
            let source = ReplyError::Refused(refused.refusal);
            return Err(RuntimeError::Refused { call: refused.call, api: self.api(), attempts, source });
        };
        warn!(request_id = %ids.request, "the invocation is given again");
        sleep(wait).await;
        Ok(next)
    }

    /// Polls for an invocation. Asking twice is safe: an event that was not received is given again.
    async fn poll(&mut self) -> Result<Next, RuntimeError> {
        let mut call = next::Call::new();
        call.user_agent = Some(USER_AGENT.to_owned());
        let mut backoff = Backoff::default();
        loop {
            let request = call.to_http().map_err(|source| RuntimeError::Encode { call: NEXT, source })?;
            let reply = match self.connection.call(request.map(Full::new)).await {
                Ok(reply) => reply,
                Err(source) => {
                    sleep(self.wait_after(&mut backoff, NEXT, source)?).await;
                    continue;
                }
            };
            let status = reply.status();
            // With this, emulators say that there is no work.
            if status == StatusCode::NO_CONTENT {
                let wait = backoff.after_idle();
                debug!("the runtime API has no work");
                sleep(wait).await;
                continue;
            }
            let ids = next::Invocation::ids(reply.headers());
            let refusal = match next::Invocation::from_http(reply) {
                Ok(invocation) => return Ok(Next::Invocation(Box::new(invocation))),
                Err(ReplyError::Refused(source)) if status.is_server_error() => {
                    return Err(RuntimeError::Failed { call: NEXT, api: self.api(), source });
                }
                Err(refusal) => refusal,
            };
            if let (ReplyError::Unreadable(error), Some((request, invocation))) = (&refusal, ids) {
                return Ok(Next::Unreadable(Ids { request, invocation }, error.clone()));
            }
            let Some(wait) = backoff.after_failure() else {
                let attempts = backoff.failures();
                return Err(RuntimeError::Refused { call: NEXT, api: self.api(), attempts, source: refusal });
            };
            warn!(error = %Chain(&refusal), attempt = backoff.failures(), "next was refused; trying again");
            sleep(wait).await;
        }
    }

    /// Posts a response or a failure. A refusal concerns this invocation only and is logged.
    async fn post(&mut self, ids: &Ids, result: Result<Bytes, Failure>) -> Result<(), RuntimeError> {
        let (name, request) = match result {
            Ok(body) => (RESPONSE, response_request(ids, body)),
            Err(failure) => {
                warn!(
                    request_id = %ids.request,
                    error_type = %failure.error_type,
                    error = %failure.report.error_message,
                    "the invocation failed"
                );
                (ERROR, error_request(ids, &failure))
            }
        };
        let request = request.map_err(|source| RuntimeError::Encode { call: name, source })?;
        let mut backoff = Backoff::default();
        loop {
            match self.connection.call(request.clone()).await {
                Ok(reply) if reply.status().is_server_error() => {
                    let source = ErrorReply::from_http(reply);
                    return Err(RuntimeError::Failed { call: name, api: self.api(), source });
                }
                Ok(reply) => {
                    if let Err(refusal) = Accepted::from_http(reply) {
                        // After a broken connection this is how the service says that the first one arrived.
                        warn!(request_id = %ids.request, call = name, %refusal, "an answer was refused");
                        self.refused = Some(Refused { ids: ids.clone(), call: name, refusal });
                    }
                    return Ok(());
                }
                // Safe to repeat: the service takes one answer for each invocation.
                Err(source) => sleep(self.wait_after(&mut backoff, name, source)?).await,
            }
        }
    }

    /// Notes that a call got no reply; how long to wait before it is repeated.
    fn wait_after(
        &self,
        backoff: &mut Backoff,
        call: &'static str,
        source: TransportError,
    ) -> Result<Duration, RuntimeError> {
        let Some(wait) = backoff.after_failure() else {
            return Err(RuntimeError::NoReply {
                call,
                api: self.api(),
                attempts: backoff.failures(),
                source,
            });
        };
        warn!(call, error = %Chain(&source), attempt = backoff.failures(), "no reply; trying again");
        Ok(wait)
    }

    fn api(&self) -> String {
        self.connection.api().to_string()
    }
}

fn response_request(ids: &Ids, body: Bytes) -> Result<Request<Full<Bytes>>, lambda_api::EncodeError> {
    let mut call = response::Call::new(ids.request.clone());
    call.invocation_id = ids.invocation.clone();
    call.content_type = Some("application/json".to_owned());
    call.to_http(Full::new(body))
}

fn error_request(ids: &Ids, failure: &Failure) -> Result<Request<Full<Bytes>>, lambda_api::EncodeError> {
    let mut call = error::Call::new(ids.request.clone(), &failure.error_type, &failure.report);
    call.invocation_id = ids.invocation.clone();
    Ok(call.to_http()?.map(Full::new))
}
