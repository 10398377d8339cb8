//! The calls that the loop makes, each repeated as often as is safe and useful.
//!
//! One connection; what is said on it is `lambda-api`'s, when it is said is `run_loop`'s.

use std::{
    borrow::Cow,
    future::{Future, poll_fn},
    pin::pin,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use bytes::Bytes;
use http::{Request, StatusCode};
use lambda_api::{
    Accepted, DecodeError, EncodeError, ErrorReply, InvocationId, ReplyError, RequestId,
    client::{Backoff, Connection, Exchange, TransportError},
    describe::Chain,
    limits::RESPONSE_BYTES,
    runtime::{error, next, response},
};
use tokio::{task::yield_now, time::sleep};
use tracing::{debug, warn};

use crate::{
    ATTEMPTS, CurrentInvocation, PreludeForm, Response, RuntimeError,
    body::{CallBody, StreamBody},
    failure::Failure,
    panic::log,
    response::Kind,
    whole::Whole,
};

mod alarm;
mod outage;
mod unsent;

use alarm::Alarm;
pub(crate) use alarm::End;
pub(crate) use outage::Outage;
use unsent::{STREAM_ERROR, StreamCutOff, Unsent};

/// What the service records as this runtime's release.
/// `LAMBDA_RUNTIME_USER_AGENT`, set when the function is built, takes its place.
const USER_AGENT: &str = match option_env!("LAMBDA_RUNTIME_USER_AGENT") {
    Some(agent) => agent,
    None => concat!("lambda-runtime-rust/", env!("CARGO_PKG_VERSION")),
};

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
    /// Makes them those of another invocation, in their place.
    pub(crate) fn renew(&mut self, invocation: &next::Invocation) {
        self.request.clone_from(&invocation.request_id);
        self.invocation.clone_from(&invocation.invocation_id);
    }

    pub(crate) fn of(invocation: &next::Invocation) -> Self {
        Self { request: invocation.request_id.clone(), invocation: invocation.invocation_id.clone() }
    }
}

/// The reply to a poll.
pub(crate) enum Next {
    /// An invocation, to be [taken](Calls::take_invocation) from where it was read.
    Invocation,
    Unreadable(Box<(Ids, DecodeError)>),
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
    /// The call under way, and the reply to the last one.
    exchange: Exchange<CallBody>,
    /// What the last poll has found.
    invocation: Option<next::Invocation>,
    working_directory: String,
    form: PreludeForm,
    /// The answer that has just been refused.
    refused: Option<Refused>,
    /// How often in a row the refused invocation was given again.
    redelivered: Backoff,
    outage: Arc<Outage>,
    alarm: Alarm,
}

impl Calls {
    pub(crate) fn new(
        connection: Connection<CallBody>,
        working_directory: String,
        form: PreludeForm,
        outage: Arc<Outage>,
    ) -> Result<Self, RuntimeError> {
        let mut call = next::Call::new();
        call.user_agent = Some(USER_AGENT.to_owned());
        let next = call.to_http().map_err(|source| RuntimeError::Encode { call: NEXT, source })?;
        let redelivered = Backoff::new(ATTEMPTS);
        Ok(Self {
            connection,
            next,
            exchange: Exchange::new(),
            invocation: None,
            working_directory,
            form,
            refused: None,
            redelivered,
            outage,
            alarm: Alarm::default(),
        })
    }

    /// Waits for an invocation other than the one whose answer has just been refused.
    ///
    /// A service that takes no answer gives the same event again at once, for ever; without a pause between,
    /// and an end, the handler would run as fast as it can.
    pub(crate) async fn next(&mut self) -> Result<Next, Box<RuntimeError>> {
        let next = self.poll().await?;
        let Some(refused) = self.refused.take() else {
            self.redelivered = Backoff::new(ATTEMPTS);
            return Ok(next);
        };
        let ids = match (&next, &self.invocation) {
            (Next::Unreadable(unreadable), _) => unreadable.0.clone(),
            (Next::Invocation, Some(invocation)) => Ids::of(invocation),
            (Next::Invocation, None) => return Ok(next),
        };
        if refused.ids != ids {
            self.redelivered = Backoff::new(ATTEMPTS);
            return Ok(next);
        }
        let Some(wait) = self.redelivered.after_failure() else {
            let attempts = self.redelivered.failures();
            let source = ReplyError::Refused(refused.refusal);
            return Err(
                RuntimeError::Refused { call: refused.call, api: self.api(), attempts, source }.into()
            );
        };
        warn!(requestId = %ids.request, "the invocation is given again");
        sleep(wait).await;
        Ok(next)
    }

    /// Polls for an invocation. Asking twice is safe: an event that was not received is given again.
    async fn poll(&mut self) -> Result<Next, Box<RuntimeError>> {
        let mut backoff = Backoff::new(ATTEMPTS);
        loop {
            self.begin_next();
            if let Err(source) = self.connection.exchange(&mut self.exchange).await {
                sleep(self.wait_after(&mut backoff, NEXT, source)?).await;
                continue;
            }
            let Some(reply) = &mut self.exchange.reply else { continue };
            let status = reply.status();
            // With this, emulators say that there is no work.
            if status == StatusCode::NO_CONTENT {
                self.outage.end();
                let wait = backoff.after_idle();
                debug!("the runtime API has no work");
                sleep(wait).await;
                continue;
            }
            let refusal = if status == StatusCode::OK {
                let payload = std::mem::take(reply.body_mut());
                match next::Invocation::from_parts(reply.headers(), payload) {
                    Ok(invocation) => {
                        // At once, because it is the buffer in which the reply was read.
                        reply.headers_mut().clear();
                        self.outage.end();
                        self.invocation = Some(invocation);
                        return Ok(Next::Invocation);
                    }
                    Err(error) => {
                        if let Some((request, invocation)) = next::Invocation::ids(reply.headers()) {
                            return Ok(Next::Unreadable(Box::new((Ids { request, invocation }, error))));
                        }
                        ReplyError::Unreadable(error)
                    }
                }
            } else {
                let source = ErrorReply::from_http(std::mem::take(reply));
                if status.is_server_error() {
                    return Err(RuntimeError::Failed { call: NEXT, api: self.api(), source }.into());
                }
                ReplyError::Refused(source)
            };
            let Some(wait) = backoff.after_failure() else {
                let attempts = backoff.failures();
                return Err(
                    RuntimeError::Refused { call: NEXT, api: self.api(), attempts, source: refusal }.into()
                );
            };
            if self.outage.is_news(backoff.failures()) {
                warn!(error = %Chain(&refusal), attempt = backoff.failures(), "next was refused; trying again");
            }
            sleep(wait).await;
        }
    }

    /// The invocation that the last poll has found; once.
    pub(crate) fn take_invocation(&mut self) -> Option<next::Invocation> {
        self.invocation.take()
    }

    /// The same without taking it.
    pub(crate) fn invocation(&self) -> Option<&next::Invocation> {
        self.invocation.as_ref()
    }

    /// Puts a poll in its place.
    fn begin_next(&mut self) {
        let mut headers = self.exchange.take_headers();
        for (name, value) in self.next.headers() {
            headers.insert(name, value.clone());
        }
        let call = self.exchange.request.insert(Request::new(CallBody::full(Bytes::new())));
        *call.method_mut() = self.next.method().clone();
        *call.uri_mut() = self.next.uri().clone();
        *call.headers_mut() = headers;
    }

    /// Posts what came of an invocation: a response, a stream, or a failure. A refusal concerns this invocation only
    /// and is logged.
    pub(crate) async fn answer(
        &mut self,
        ids: &Ids,
        result: Result<Response, Failure>,
        current: &CurrentInvocation,
        end: End<'_>,
    ) -> Result<(), Box<RuntimeError>> {
        let sent = match result {
            Ok(Response { content_type, kind: Kind::Buffered(body) }) => {
                self.respond(ids, content_type, body, end).await
            }
            Ok(Response { content_type, kind: Kind::Streaming { prelude, chunks } }) => {
                let stream = StreamBody::new(prelude.as_deref(), self.form, chunks, current.take_span());
                self.stream(ids, content_type, stream, end).await
            }
            Err(failure) => Err(Unsent::Failed(failure)),
        };
        match sent {
            Ok(()) => Ok(()),
            Err(Unsent::Ended(end)) => Err(end),
            Err(Unsent::Failed(failure)) => self.fail(ids, &failure, end).await,
        }
    }

    async fn respond(
        &mut self,
        ids: &Ids,
        content_type: Cow<'static, str>,
        body: Whole,
        end: End<'_>,
    ) -> Result<(), Unsent> {
        if body.len() > RESPONSE_BYTES {
            return Err(Unsent::Failed(Failure::of_size(body.len())));
        }
        let put = |exchange: &mut Exchange<CallBody>| {
            let headers = exchange.take_headers();
            let request = exchange.request.insert(Request::new(CallBody::Full(body.clone())));
            *request.headers_mut() = headers;
            response::write_head(request, &ids.request, ids.invocation.as_ref(), Some(&content_type))
        };
        put(&mut self.exchange).map_err(Unsent::unwritable)?;
        self.post(ids, RESPONSE, put, end).await.map_err(Unsent::Ended)
    }

    /// Streams a response, once: what has been produced cannot be produced again.
    async fn stream(
        &mut self,
        ids: &Ids,
        content_type: Cow<'static, str>,
        mut stream: StreamBody,
        end: End<'_>,
    ) -> Result<(), Unsent> {
        let mut call = response::Call::new(ids.request.clone());
        call.invocation_id = ids.invocation.clone();
        call.content_type = Some(content_type);
        call.mode = response::ResponseMode::Streaming;
        let request = call.to_http(()).map_err(Unsent::unwritable)?;
        // A producer that the handler has just spawned gets its chance, so that its first piece goes with the head.
        if !poll_fn(|cx| Poll::Ready(stream.look(cx))).await.map_err(Unsent::Failed)? {
            yield_now().await;
            poll_fn(|cx| Poll::Ready(stream.look(cx))).await.map_err(Unsent::Failed)?;
        }
        // What fails before anything was sent may be repeated, as with any other answer.
        let mut backoff = Backoff::new(ATTEMPTS);
        while let Err(source) = self.connection.open().await {
            sleep(self.wait_after(&mut backoff, RESPONSE, source).map_err(Unsent::Ended)?).await;
        }
        self.exchange.request = Some(request.map(|()| CallBody::Stream(Box::new(stream))));
        match self.call(end).await {
            Some(Ok(())) => self.note(ids, RESPONSE).map_err(Unsent::Ended),
            // If some of it arrived, the service knows already, and refuses the error.
            Some(Err(source)) => {
                Err(Unsent::Failed(Failure::of_runtime(STREAM_ERROR, &StreamCutOff { source })))
            }
            None => {
                warn!(requestId = %ids.request, "a response was still being streamed after the deadline; it is cut off");
                Ok(())
            }
        }
    }

    async fn fail(&mut self, ids: &Ids, failure: &Failure, end: End<'_>) -> Result<(), Box<RuntimeError>> {
        log(|| {
            let Failure { error_type, report } = failure;
            let error = &report.error_message;
            warn!(requestId = %ids.request, %error_type, error, "the invocation failed");
        });
        let mut call = error::Call::new(ids.request.clone(), &failure.error_type, &failure.report);
        call.invocation_id = ids.invocation.clone();
        call.xray_cause = Some(failure.xray_cause(&self.working_directory));
        let request = call.to_http().map_err(|source| RuntimeError::Encode { call: ERROR, source })?;
        let put = |exchange: &mut Exchange<CallBody>| {
            exchange.request = Some(request.clone().map(CallBody::full));
            Ok(())
        };
        let first = put(&mut self.exchange);
        first.map_err(|source| RuntimeError::Encode { call: ERROR, source })?;
        self.post(ids, ERROR, put, end).await
    }

    /// Posts what is in its place until there is a reply, and puts it there anew for each attempt. Safe to repeat: the service
    /// takes one answer for each invocation.
    async fn post(
        &mut self,
        ids: &Ids,
        name: &'static str,
        put: impl Fn(&mut Exchange<CallBody>) -> Result<(), EncodeError>,
        end: End<'_>,
    ) -> Result<(), Box<RuntimeError>> {
        let mut backoff = Backoff::new(ATTEMPTS);
        loop {
            match self.call(end).await {
                Some(Ok(())) => return self.note(ids, name),
                Some(Err(source)) => {
                    sleep(self.wait_after(&mut backoff, name, source)?).await;
                    put(&mut self.exchange).map_err(|source| RuntimeError::Encode { call: name, source })?;
                }
                None => {
                    gave_up(ids, name);
                    return Ok(());
                }
            }
        }
    }

    /// Makes the call that is in its place; `None` if its time is over before it has a reply.
    async fn call(&mut self, end: End<'_>) -> Option<Result<(), TransportError>> {
        let Self { connection, exchange, alarm, .. } = self;
        alarm.begin(end);
        let mut call = pin!(connection.exchange(exchange));
        poll_fn(|cx| match call.as_mut().poll(cx) {
            Poll::Ready(reply) => Poll::Ready(Some(reply)),
            Poll::Pending => alarm.poll(cx).map(|()| None),
        })
        .await
    }

    /// Notes what the service says to an answer.
    fn note(&mut self, ids: &Ids, name: &'static str) -> Result<(), Box<RuntimeError>> {
        self.outage.end();
        if self.exchange.is_unread {
            warn!(requestId = %ids.request, call = name, "the service has accepted an answer of which it has not read all");
        }
        let Some(reply) = &mut self.exchange.reply else { return Ok(()) };
        if reply.status().is_success() {
            // What it holds goes at once, because it is the buffer in which the reply was read.
            reply.headers_mut().clear();
            *reply.body_mut() = Bytes::new();
            return Ok(());
        }
        let reply = std::mem::take(reply);
        if reply.status().is_server_error() {
            let source = ErrorReply::from_http(reply);
            return Err(RuntimeError::Failed { call: name, api: self.api(), source }.into());
        }
        if let Err(refusal) = Accepted::from_http(reply) {
            // After a broken connection this is how the service says that the first one arrived.
            warn!(requestId = %ids.request, call = name, %refusal, "an answer was refused");
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
    ) -> Result<Duration, Box<RuntimeError>> {
        let Some(wait) = backoff.after_failure() else {
            let attempts = backoff.failures();
            return Err(RuntimeError::NoReply { call, api: self.api(), attempts, source }.into());
        };
        if self.outage.is_news(backoff.failures()) {
            warn!(call, error = %Chain(&source), attempt = backoff.failures(), "no reply; trying again");
        }
        Ok(wait)
    }

    fn api(&self) -> String {
        self.connection.api().to_string()
    }
}

fn gave_up(ids: &Ids, call: &'static str) {
    warn!(requestId = %ids.request, call, "the service has not taken an answer by the deadline; going on");
}
