//! What is known about an invocation besides its payload.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use lambda_api::{
    Deadline, InvocationId, RequestId, header, json::JsonError, limits, runtime::next, transport::Clock,
};
use serde_json::Value;

use crate::{ClientContext, CognitoIdentity, Config};

/// What is known about an invocation: ids, deadline, caller, configuration.
///
/// Source of all members: the headers of the reply to next,
/// [Runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html). An empty header counts as
/// absent.
#[derive(Clone, Debug)]
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
    pub client_context: Option<ClientContext>,
    /// The caller's Amazon Cognito identity.
    pub identity: Option<CognitoIdentity>,
    /// The tenant, for a function with tenant isolation.
    pub tenant_id: Option<String>,
    /// Identifies the attempt; never used twice.
    pub invocation_id: Option<String>,
    /// The function's configuration.
    pub env_config: Arc<Config>,
    clock: Clock,
    received: SystemTime,
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
        }
    }
}

impl Context {
    /// Reads the headers of an invocation.
    ///
    /// # Errors
    ///
    /// [`UnreadableHeader`] naming the header that is not JSON.
    pub(crate) fn new(
        invocation: &mut next::Invocation,
        config: &Arc<Config>,
        clock: &Clock,
    ) -> Result<Self, UnreadableHeader> {
        let client_context = json(invocation.client_context.take(), header::CLIENT_CONTEXT)?;
        let identity = json(invocation.cognito_identity.take(), header::COGNITO_IDENTITY)?;
        Ok(Self {
            request_id: RequestId::as_str(&invocation.request_id).to_owned(),
            deadline: invocation.deadline.map_or(0, Deadline::as_unix_millis),
            invoked_function_arn: invocation
                .invoked_function_arn
                .as_ref()
                .map_or_else(String::new, ToString::to_string),
            xray_trace_id: invocation.trace_id.take(),
            client_context: client_context.map(ClientContext::from),
            identity: identity.map(CognitoIdentity::from),
            tenant_id: invocation.tenant_id.take(),
            invocation_id: invocation.invocation_id.as_ref().map(|id| InvocationId::as_str(id).to_owned()),
            env_config: Arc::clone(config),
            received: clock.now(),
            clock: clock.clone(),
        })
    }

    /// When the invocation is stopped.
    ///
    /// Some emulators send a constant that lies in 1970, or nothing: the constant is taken for the time from
    /// the receipt of the event, nothing for the longest time-out there is.
    pub fn deadline(&self) -> SystemTime {
        /// No invocation has a deadline before Lambda existed.
        const YEAR_2000: u64 = 946_684_800_000;

        match self.deadline {
            0 => self.received + limits::TIMEOUT_MAX,
            millis if millis < YEAR_2000 => self.received + Duration::from_millis(millis),
            millis => Deadline::from_unix_millis(millis).to_system_time(),
        }
    }

    /// Time left before Lambda stops this invocation; zero once the deadline has passed.
    pub fn remaining(&self) -> Duration {
        self.deadline().duration_since(self.clock.now()).unwrap_or_default()
    }
}

/// A header that should hold JSON does not. The value is left out, it may be a secret.
#[derive(Debug, thiserror::Error)]
#[error("header {name} is not JSON")]
pub(crate) struct UnreadableHeader {
    name: http::HeaderName,
    #[source]
    source: JsonError,
}

fn json(text: Option<String>, name: http::HeaderName) -> Result<Option<Value>, UnreadableHeader> {
    let Some(text) = text else { return Ok(None) };
    lambda_api::json::decode(text.as_bytes()).map(Some).map_err(|source| UnreadableHeader { name, source })
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
