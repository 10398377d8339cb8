//! The quirks of other emulators, for clients that have to get along with them.
//!
//! A client that is tested against AWS's words only may fail where it is developed: each profile says some
//! things as another emulator does. The state machine is the same in all of them; what differs is what
//! [`Quirks`] names. Observed on cargo-lambda 1.9.2 and on the runtime interface emulator of AWS SAM CLI
//! 1.170.0.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode};
use lambda_api::header;

use crate::core::Reply;

/// Whom the service behaves like.
///
/// ```
/// use mock_server::{MockLambda, Profile};
///
/// let mock = MockLambda::emulating(Profile::CargoLambda);
/// # let _ = mock;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Profile {
    /// Lambda itself.
    #[default]
    Lambda,
    /// `cargo lambda watch`: a poll without work is answered 204, deadlines are in 1970, and posts are answered
    /// 200 with nothing.
    CargoLambda,
    /// `sam local`, which runs [`EmulatorClassic`](Self::EmulatorClassic) in a container.
    SamLocal,
    /// AWS's runtime interface emulator, one invocation at a time: no tracing header of its own, no invocation
    /// id, one ARN for all functions, no telemetry.
    EmulatorClassic,
    /// AWS's runtime interface emulator with multi-concurrency: no tracing header, and deadlines that are a
    /// million times too far away.
    EmulatorManaged,
}

/// What a profile does differently.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Quirks {
    /// A poll without work is not parked.
    pub(crate) answers_idle_polls: bool,
    /// There is a tracing header only if the caller sent one.
    pub(crate) makes_no_traces: bool,
    /// Subscriptions are refused with a 202.
    pub(crate) has_no_telemetry: bool,
    has_no_invocation_id: bool,
    has_bare_acceptance: bool,
    deadline: Option<fn(u64, Duration) -> u64>,
    function_arn: Option<&'static str>,
}

impl Profile {
    pub(crate) fn quirks(self) -> Quirks {
        match self {
            Self::Lambda => Quirks::default(),
            Self::CargoLambda => Quirks {
                answers_idle_polls: true,
                makes_no_traces: true,
                has_no_telemetry: false,
                has_no_invocation_id: true,
                has_bare_acceptance: true,
                deadline: Some(|_, _| 600_000),
                function_arn: Some("function-arn"),
            },
            Self::SamLocal | Self::EmulatorClassic => Quirks {
                makes_no_traces: true,
                has_no_telemetry: true,
                has_no_invocation_id: true,
                function_arn: Some("arn:aws:lambda:us-east-1:012345678912:function:test_function"),
                ..Quirks::default()
            },
            Self::EmulatorManaged => Quirks {
                makes_no_traces: true,
                // The time-out in nanoseconds is added as if it were in milliseconds.
                deadline: Some(|deadline, timeout| {
                    let wrong = u64::try_from(timeout.as_nanos() - timeout.as_millis()).unwrap_or(u64::MAX);
                    deadline.saturating_add(wrong)
                }),
                function_arn: Some("arn:aws:lambda:us-east-1:123456789012:function:test_function"),
                ..Quirks::default()
            },
        }
    }
}

impl Quirks {
    /// The reply as the profile words it.
    pub(crate) fn word(&self, reply: &Reply, timeout: Duration) -> Response<Bytes> {
        let mut http = reply.to_http();
        match reply {
            Reply::Invocation(_) => {
                let headers = http.headers_mut();
                if self.has_no_invocation_id {
                    headers.remove(header::INVOCATION_ID);
                }
                if let Some(function_arn) = self.function_arn {
                    headers.insert(header::INVOKED_FUNCTION_ARN, HeaderValue::from_static(function_arn));
                }
                let text = headers.get(header::DEADLINE_MS).and_then(|value| value.to_str().ok());
                let deadline = text.and_then(|text| text.parse().ok());
                if let (Some(change), Some(deadline)) = (self.deadline, deadline) {
                    headers.insert(header::DEADLINE_MS, change(deadline, timeout).into());
                }
            }
            Reply::Accepted if self.has_bare_acceptance => http = Response::new(Bytes::new()),
            _ => {}
        }
        http
    }

    /// The reply to a poll for which there is no work.
    pub(crate) fn no_work() -> Response<Bytes> {
        let mut reply = Response::new(Bytes::new());
        *reply.status_mut() = StatusCode::NO_CONTENT;
        reply
    }
}
