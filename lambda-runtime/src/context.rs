//! What is known about an invocation besides its payload.

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use lambda_api::{Deadline, header, json::JsonError, limits, runtime::next, transport::Clock};
use serde::Serialize;
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::{ClientContext, CognitoIdentity, Config, CurrentInvocation, Error, Trace};

/// What is known about an invocation: ids, deadline, caller, configuration.
///
/// Source of all members: the headers of the reply to next,
/// [Runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html). An empty header counts as
/// absent.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Context {
    /// Identifies the invocation; the attempts of one asynchronous invocation share it.
    pub request_id: String,
    /// When the invocation is stopped, in milliseconds since the Unix epoch; 0 if not told. See
    /// [`deadline`](Self::deadline) and [`remaining`](Self::remaining).
    pub deadline: u64,
    /// The ARN as the caller wrote it, qualifier included; empty if not told.
    pub invoked_function_arn: String,
    /// The X-Ray tracing header.
    pub xray_trace_id: Option<String>,
    /// What the caller says about itself.
    pub client_context: Option<Box<ClientContext>>,
    /// The caller's Amazon Cognito identity.
    pub identity: Option<Box<CognitoIdentity>>,
    /// The tenant, for a function with tenant isolation.
    pub tenant_id: Option<String>,
    /// Identifies the attempt; never used twice.
    pub invocation_id: Option<String>,
    /// The function's configuration.
    pub env_config: Arc<Config>,
    #[serde(skip)]
    clock: Clock,
    #[serde(skip)]
    received: SystemTime,
    #[serde(skip)]
    w3c: Option<Box<Value>>,
    #[serde(skip)]
    current: CurrentInvocation,
}

impl Default for Context {
    /// An invocation of which nothing is known, to call a handler directly.
    fn default() -> Self {
        let clock = Clock::system();
        Self {
            request_id: String::new(),
            deadline: 0,
            invoked_function_arn: String::new(),
            xray_trace_id: None,
            client_context: None,
            identity: None,
            tenant_id: None,
            invocation_id: None,
            env_config: Arc::default(),
            received: clock.now(),
            clock,
            w3c: None,
            current: CurrentInvocation::unknown(),
        }
    }
}

impl Context {
    /// Makes a context of the headers of a reply to next, to call a handler directly.
    ///
    /// # Errors
    ///
    /// Names the header that is not as documented, or the id that is none.
    pub fn new(request_id: &str, env_config: Arc<Config>, headers: &HeaderMap) -> Result<Self, Error> {
        let mut reply = Response::new(Bytes::new());
        *reply.headers_mut() = headers.clone();
        let id = HeaderValue::from_str(request_id).map_err(Error::from)?;
        reply.headers_mut().insert(header::REQUEST_ID, id);
        let invocation = next::Invocation::from_http(reply)?;
        let current = CurrentInvocation::of(&invocation);
        let clock = Clock::system();
        Ok(Self::of(invocation, &env_config, &clock, clock.now(), current)?)
    }

    /// Reads the headers of an invocation.
    ///
    /// # Errors
    ///
    /// [`UnreadableHeader`] naming the header that is not JSON.
    pub(crate) fn of(
        invocation: next::Invocation,
        config: &Arc<Config>,
        clock: &Clock,
        received: SystemTime,
        current: CurrentInvocation,
    ) -> Result<Self, UnreadableHeader> {
        let mut client_context = json(invocation.client_context, header::CLIENT_CONTEXT)?;
        // Tracing libraries put it there for each other; what the caller says about itself is the rest.
        let w3c =
            client_context.as_mut().and_then(Value::as_object_mut).and_then(|members| members.remove("w3c"));
        let identity = json(invocation.cognito_identity, header::COGNITO_IDENTITY)?;
        Ok(Self {
            request_id: invocation.request_id.into(),
            deadline: invocation.deadline.map_or(0, Deadline::as_unix_millis),
            invoked_function_arn: invocation.invoked_function_arn.map(Into::into).unwrap_or_default(),
            xray_trace_id: invocation.trace_id,
            client_context: client_context.map(|value| Box::new(ClientContext::from(value))),
            identity: identity.map(|value| Box::new(CognitoIdentity::from(value))),
            tenant_id: invocation.tenant_id,
            invocation_id: invocation.invocation_id.map(Into::into),
            env_config: Arc::clone(config),
            received,
            clock: clock.clone(),
            w3c: w3c.map(Box::new),
            current,
        })
    }

    /// When the invocation is stopped.
    ///
    /// Some emulators send a constant that lies in 1970, or nothing: the constant is taken for the time from
    /// the receipt of the event, nothing for the longest time-out there is.
    pub fn deadline(&self) -> SystemTime {
        deadline(self.deadline, self.received)
    }

    /// Time left before Lambda stops this invocation; zero once the deadline has passed.
    pub fn remaining(&self) -> Duration {
        self.deadline().duration_since(self.clock.now()).unwrap_or_default()
    }

    /// What traces the invocation: the X-Ray header, and W3C trace context if the caller sent some.
    pub fn trace(&self) -> Trace {
        Trace::new(self.xray_trace_id.as_deref(), self.w3c.as_deref())
    }

    /// Spawns a task that belongs to the invocation: [`current_invocation`](crate::current_invocation), its log
    /// lines and its span are this one's. A task of `tokio::spawn` inherits nothing.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime, as [`tokio::spawn`] does.
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        self.current.spawn(future)
    }

    /// Leaves work for after the response: it runs once the response has been sent and before the next poll.
    ///
    /// The caller does not wait for it, the execution environment does, so it is not frozen half-way as a
    /// spawned task would be. Several run at once. A panic is logged and costs nothing else; what is unfinished
    /// shortly before the invocation's deadline is dropped with a warning.
    ///
    /// ```
    /// use lambda_runtime::{Error, LambdaEvent};
    /// use serde_json::Value;
    ///
    /// async fn handler(event: LambdaEvent<Value>) -> Result<(), Error> {
    ///     event.context.after_response(async { /* flush what was measured */ });
    ///     Ok(())
    /// }
    /// # let _ = handler;
    /// ```
    pub fn after_response(&self, future: impl Future<Output = ()> + Send + 'static) {
        self.current.after_response(future);
    }

    /// The invocation for code that has no context.
    pub fn current(&self) -> &CurrentInvocation {
        &self.current
    }
}

/// When an invocation is stopped that was received then, from what the service says.
pub(crate) fn deadline(unix_millis: u64, received: SystemTime) -> SystemTime {
    /// No invocation has a deadline before Lambda existed.
    const YEAR_2000: u64 = 946_684_800_000;

    match unix_millis {
        0 => received + limits::TIMEOUT_MAX,
        millis if millis < YEAR_2000 => received + Duration::from_millis(millis),
        millis => Deadline::from_unix_millis(millis).to_system_time(),
    }
}

/// Until when the runtime may take its time over an invocation. A deadline that was over on arrival is that of another
/// clock, and not one to act upon.
pub(crate) fn end(unix_millis: u64, received: SystemTime) -> SystemTime {
    let deadline = deadline(unix_millis, received);
    if deadline <= received { received + limits::TIMEOUT_MAX } else { deadline }
}

/// A header that should hold JSON does not. The value is left out, it may be a secret.
#[derive(Debug, thiserror::Error)]
#[error("header {name} is not JSON")]
pub(crate) struct UnreadableHeader {
    name: HeaderName,
    #[source]
    source: JsonError,
}

fn json(text: Option<String>, name: HeaderName) -> Result<Option<Value>, UnreadableHeader> {
    let Some(text) = text else { return Ok(None) };
    lambda_api::json::decode_value(&text).map(Some).map_err(|source| UnreadableHeader { name, source })
}

#[cfg(test)]
mod test {
    use tokio::time::Instant;

    use super::*;

    fn context(clock: &Clock, deadline: u64) -> Context {
        Context { clock: clock.clone(), received: clock.now(), deadline, ..Context::default() }
    }

    #[tokio::test(start_paused = true)]
    async fn remaining_time_follows_the_clock_and_ends_at_zero() {
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let clock = Clock::anchored(Instant::now(), start);
        let context = context(&clock, 1_700_000_003_000);
        assert_eq!(context.remaining(), Duration::from_secs(3));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(context.remaining(), Duration::from_secs(1));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(context.remaining(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_deadline_in_1970_counts_from_the_receipt_of_the_event() {
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let clock = Clock::anchored(Instant::now(), start);
        assert_eq!(context(&clock, 600_000).remaining(), Duration::from_secs(600));
        assert_eq!(context(&clock, 0).remaining(), limits::TIMEOUT_MAX);
        assert!(context(&clock, u64::MAX).remaining() > limits::TIMEOUT_MAX);
    }
}
