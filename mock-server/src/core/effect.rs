//! What an execution environment wants done.

use bytes::Bytes;
use http::{HeaderValue, header::CONTENT_TYPE};
use lambda_api::{
    Accepted, ErrorReply,
    extension::{next, register::Registered},
    runtime::{next::Invocation, restore::Restored},
    telemetry::{Event, Subscribed},
};

use super::{
    Answer, CallId, InitReport, InvokeId, Phase, Rejection, Report, RestoreReport, telemetry::Delivery,
};

const PLAIN_TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// Something to do, in the order in which it comes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effect {
    /// Answer a call.
    Reply {
        /// The call.
        call: CallId,
        /// The answer.
        reply: Reply,
    },
    /// Close the connection of a call that will not be answered any more.
    HangUp {
        /// The call.
        call: CallId,
    },
    /// Note that an invocation begins; one with an init inside it begins after that.
    BeginInvoke {
        /// The invoke.
        invoke: InvokeId,
    },
    /// Tell a caller that streams that a response begins.
    AnswerBegins {
        /// The invoke.
        invoke: InvokeId,
        /// The content type that the runtime gave.
        content_type: Option<String>,
    },
    /// Give a caller that streams a piece of the response.
    AnswerContinues {
        /// The invoke.
        invoke: InvokeId,
        /// The piece.
        bytes: Bytes,
    },
    /// Give the caller the function's response; the invocation may go on after it.
    ///
    /// To a caller that streams this is the end of a response that has begun: without a payload if it is whole, with the
    /// error report if it is not.
    Answer {
        /// The invoke.
        invoke: InvokeId,
        /// The response.
        answer: Box<Answer>,
    },
    /// Note that the invocation is over.
    EndInvoke {
        /// The invoke.
        invoke: InvokeId,
        /// What it took.
        report: Report,
    },
    /// Start the runtime's process.
    Launch {
        /// Counts the processes of this environment, from 1.
        generation: u32,
    },
    /// Start the process of an external extension.
    LaunchExtension {
        /// Its place in [`Settings::extensions`](super::Settings::extensions).
        index: usize,
        /// The generation that it belongs to.
        generation: u32,
    },
    /// Ask the runtime's process to end: SIGTERM.
    Terminate,
    /// Kill the runtime's process and all that it started.
    Kill,
    /// Kill the process of an external extension and all that it started.
    KillExtension {
        /// Its place in [`Settings::extensions`](super::Settings::extensions).
        index: usize,
    },
    /// Stop all processes where they are: SIGSTOP.
    Freeze,
    /// Let all processes go on: SIGCONT. Comes before anything that they are to see.
    Thaw,
    /// Note that a phase has begun.
    EnterPhase(Phase),
    /// Note how init ended.
    EndInit(InitReport),
    /// Note how a restore ended.
    EndRestore(RestoreReport),
    /// Note a record of the platform's, which is what telemetry and system logs are made of.
    Record(Box<Event>),
    /// Deliver a batch of telemetry, and tell how that went.
    Deliver(Box<Delivery>),
}

/// The answer to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reply {
    /// 200 with an event.
    Invocation(Box<Invocation>),
    /// 200 with an extension's identifier.
    Registered(Box<Registered>),
    /// 200 with an event for an extension.
    Event(Box<next::Event>),
    /// 200 without a body: the snapshot has been restored.
    Restored,
    /// 200: telemetry will be delivered.
    Subscribed,
    /// 202.
    Accepted,
    /// An error, although the call has changed the state: a response that is too large, truncated or has an
    /// impossible mode. (A refusal that changes nothing is the `Err` of
    /// [`handle`](super::ExecutionEnvironment::handle).)
    Refused(Rejection),
}

impl Reply {
    /// The reply as it stands on the wire.
    pub fn to_http(&self) -> http::Response<Bytes> {
        let encoded = match self {
            Self::Invocation(invocation) => invocation.to_http(),
            Self::Registered(registered) => registered.to_http(),
            Self::Event(event) => event.to_http().map(|mut reply| {
                // The service names no type, and its HTTP layer guesses one.
                reply.headers_mut().entry(CONTENT_TYPE).or_insert(PLAIN_TEXT);
                reply
            }),
            Self::Accepted => Ok(Accepted.to_http()),
            Self::Restored => Ok(Restored.to_http()),
            Self::Subscribed => {
                let mut reply = Subscribed.to_http();
                reply.headers_mut().insert(CONTENT_TYPE, PLAIN_TEXT);
                Ok(reply)
            }
            Self::Refused(rejection) => Ok(rejection.to_reply().to_http()),
        };
        // An invoke whose header cannot be written is stopped where it comes in.
        encoded.unwrap_or_else(|error| {
            let status = http::StatusCode::INTERNAL_SERVER_ERROR;
            ErrorReply::new(status, "InternalServerError", error.to_string()).to_http()
        })
    }
}
