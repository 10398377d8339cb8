//! The calls that the loop makes, each repeated as often as is safe and useful.
//!
//! One connection; what is said on it is `lambda-api`'s, when it is said is `run_loop`'s.

use std::{borrow::Cow, future::poll_fn, task::Poll, time::Duration};

use bytes::Bytes;
use http::{Request, StatusCode};
use lambda_api::{
    Accepted, DecodeError, EncodeError, ErrorReply, ErrorType, InvocationId, ReplyError, RequestId,
    client::{Connection, TransportError},
    limits::RESPONSE_BYTES,
    runtime::{error, next, response},
};
use tokio::time::sleep;
use tracing::{debug, warn};

use crate::{
    CurrentInvocation, PreludeForm, Response, RuntimeError,
    body::{CallBody, StreamBody},
    failure::{Chain, Failure},
    response::Kind,
    retry::Backoff,
};

/// What the service records as this runtime's release.
const USER_AGENT: &str = concat!("lambda-runtime-rust/", env!("CARGO_PKG_VERSION"));

pub(crate) const NEXT: &str = "invocation/next";
const RESPONSE: &str = "invocation/response";
const ERROR: &str = "invocation/error";

/// What an answer has to name.
#[derive(Clone, PartialEq)]
pub(crate) struct Ids {
    pub(crate) request: RequestId,
    pub(crate) invocation: Option<InvocationId>,
}

impl Ids {
    pub(crate) fn of(invocation: &next::Invocation) -> Self {
        Self { request: invocation.request_id.clone(), invocation: invocation.invocation_id.clone() }
    }
}

/// The reply to a poll.
pub(crate) enum Next {
    Invocation(Box<next::Invocation>),
    Unreadable(Ids, DecodeError),
}

/// An answer that the service did not take.
struct Refused {
    ids: Ids,
    call: &'static str,
    refusal: ErrorReply,
}

/// A poller: one connection and what must be remembered from one call to the next.
pub(crate) struct Calls {
    connection: Connection<CallBody>,
    /// The same each time.
    next: Request<Bytes>,
    working_directory: String,
    form: PreludeForm,
    /// The answer that has just been refused.
    refused: Option<Refused>,
    /// How often in a row the refused invocation was given again.
    redelivered: Backoff,
}

impl Calls {
    pub(crate) fn new(
        connection: Connection<CallBody>,
        working_directory: String,
        form: PreludeForm,
    ) -> Result<Self, RuntimeError> {
        let mut call = next::Call::new();
        call.user_agent = Some(USER_AGENT.to_owned());
        let next = call.to_http().map_err(|source| RuntimeError::Encode { call: NEXT, source })?;
        let redelivered = Backoff::default();
        Ok(Self { connection, next, working_directory, form, refused: None, redelivered })
    }

    /// Waits for an invocation other than the one whose answer has just been refused.
    ///
    /// A service that takes no answer gives the same event again at once, for ever; without a pause between,
    /// and an end, the handler would run as fast as it can.
    pub(crate) async fn next(&mut self) -> Result<Next, RuntimeError> {
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
        let mut backoff = Backoff::default();
        loop {
            let reply = match self.connection.call(self.next.clone().map(CallBody::Full)).await {
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

    /// Posts what came of an invocation: a response, a stream, or a failure. A refusal concerns this invocation only
    /// and is logged.
    pub(crate) async fn answer(
        &mut self,
        ids: &Ids,
        result: Result<Response, Failure>,
        current: &CurrentInvocation,
    ) -> Result<(), RuntimeError> {
        let sent = match result {
            Ok(Response { content_type, kind: Kind::Buffered(body) }) => {
                self.respond(ids, content_type, body).await
            }
            Ok(Response { content_type, kind: Kind::Streaming { prelude, chunks } }) => {
                let stream = StreamBody::new(prelude.as_ref(), self.form, chunks, current.take_span());
                self.stream(ids, content_type, stream).await
            }
            Err(failure) => Err(Unsent::Failed(failure)),
        };
        match sent {
            Ok(()) => Ok(()),
            Err(Unsent::Ended(end)) => Err(end),
            Err(Unsent::Failed(failure)) => self.fail(ids, &failure).await,
        }
    }

    async fn respond(
        &mut self,
        ids: &Ids,
        content_type: Cow<'static, str>,
        body: Bytes,
    ) -> Result<(), Unsent> {
        if body.len() > RESPONSE_BYTES {
            return Err(Unsent::Failed(Failure::of_runtime(
                ErrorType::RESPONSE_SIZE_TOO_LARGE,
                &ResponseTooLarge { bytes: body.len() },
            )));
        }
        let mut call = response::Call::new(ids.request.clone());
        call.invocation_id = ids.invocation.clone();
        call.content_type = Some(content_type);
        let request = call.to_http(body).map_err(Unsent::unwritable)?;
        self.post(ids, RESPONSE, request).await.map_err(Unsent::Ended)
    }

    /// Streams a response, once: what has been produced cannot be produced again.
    async fn stream(
        &mut self,
        ids: &Ids,
        content_type: Cow<'static, str>,
        stream: StreamBody,
    ) -> Result<(), Unsent> {
        let mut call = response::Call::new(ids.request.clone());
        call.invocation_id = ids.invocation.clone();
        call.content_type = Some(content_type);
        call.mode = response::ResponseMode::Streaming;
        let request = call.to_http(()).map_err(Unsent::unwritable)?;
        let mut stream = Some(stream);
        let looked = poll_fn(|cx| Poll::Ready(stream.take().map(|stream| stream.look(cx)))).await;
        let Some(stream) = looked.transpose().map_err(Unsent::Failed)? else { return Ok(()) };
        match self.connection.call(request.map(|()| CallBody::Stream(stream))).await {
            Ok(reply) => self.note(ids, RESPONSE, reply).map_err(Unsent::Ended),
            // If some of it arrived, the service knows already, and refuses the error.
            Err(source) => Err(Unsent::Failed(Failure::of_runtime(STREAM_ERROR, &StreamCutOff { source }))),
        }
    }

    async fn fail(&mut self, ids: &Ids, failure: &Failure) -> Result<(), RuntimeError> {
        warn!(
            request_id = %ids.request,
            error_type = %failure.error_type,
            error = %failure.report.error_message,
            "the invocation failed"
        );
        let mut call = error::Call::new(ids.request.clone(), &failure.error_type, &failure.report);
        call.invocation_id = ids.invocation.clone();
        call.xray_cause = Some(failure.xray_cause(&self.working_directory));
        let request = call.to_http().map_err(|source| RuntimeError::Encode { call: ERROR, source })?;
        self.post(ids, ERROR, request).await
    }

    /// Posts until there is a reply. Safe to repeat: the service takes one answer for each invocation.
    async fn post(
        &mut self,
        ids: &Ids,
        name: &'static str,
        request: Request<Bytes>,
    ) -> Result<(), RuntimeError> {
        let mut backoff = Backoff::default();
        loop {
            match self.connection.call(request.clone().map(CallBody::Full)).await {
                Ok(reply) => return self.note(ids, name, reply),
                Err(source) => sleep(self.wait_after(&mut backoff, name, source)?).await,
            }
        }
    }

    /// Notes what the service says to an answer.
    fn note(
        &mut self,
        ids: &Ids,
        name: &'static str,
        reply: http::Response<Bytes>,
    ) -> Result<(), RuntimeError> {
        if reply.status().is_server_error() {
            let source = ErrorReply::from_http(reply);
            return Err(RuntimeError::Failed { call: name, api: self.api(), source });
        }
        if let Err(refusal) = Accepted::from_http(reply) {
            // After a broken connection this is how the service says that the first one arrived.
            warn!(request_id = %ids.request, call = name, %refusal, "an answer was refused");
            self.refused = Some(Refused { ids: ids.clone(), call: name, refusal });
        }
        Ok(())
    }

    /// Notes that a call got no reply; how long to wait before it is repeated.
    fn wait_after(
        &self,
        backoff: &mut Backoff,
        call: &'static str,
        source: TransportError,
    ) -> Result<Duration, RuntimeError> {
        let Some(wait) = backoff.after_failure() else {
            let attempts = backoff.failures();
            return Err(RuntimeError::NoReply { call, api: self.api(), attempts, source });
        };
        warn!(call, error = %Chain(&source), attempt = backoff.failures(), "no reply; trying again");
        Ok(wait)
    }

    fn api(&self) -> String {
        self.connection.api().to_string()
    }
}

/// Why an answer could not be sent.
enum Unsent {
    /// The invocation failed, and somebody has to be told.
    Failed(Failure),
    /// There is nobody to tell.
    Ended(RuntimeError),
}

impl Unsent {
    fn unwritable(error: EncodeError) -> Self {
        Self::Failed(Failure::of_runtime(ErrorType::MARSHAL, &error))
    }
}

/// The connection broke while a stream was on its way.
const STREAM_ERROR: &str = "Runtime.StreamError";

#[derive(Debug, thiserror::Error)]
#[error("the connection broke while the response was streamed")]
struct StreamCutOff {
    source: TransportError,
}

/// In the words of AWS's emulator.
#[derive(Debug, thiserror::Error)]
#[error(
    "Response payload size ({bytes} bytes) exceeded maximum allowed payload size ({RESPONSE_BYTES} bytes)."
)]
struct ResponseTooLarge {
    bytes: usize,
}
