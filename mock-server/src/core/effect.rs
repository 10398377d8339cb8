//! What an execution environment wants done.

use lambda_api::{
    Accepted, ErrorReply,
    extension::{next::Event, register::Registered},
    runtime::next::Invocation,
};

use super::{Answer, CallId, InitReport, InvokeId, Phase, Rejection, Report};

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
    /// Give the caller the function's response; the invocation may go on after it.
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
    /// Note that a phase has begun.
    EnterPhase(Phase),
    /// Note how init ended.
    EndInit(InitReport),
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
    Event(Box<Event>),
    /// 202.
    Accepted,
    /// An error, although the call has changed the state: a response that is too large, truncated or has an
    /// impossible mode. (A refusal that changes nothing is the `Err` of
    /// [`handle`](super::ExecutionEnvironment::handle).)
    Refused(Rejection),
}

impl Reply {
    /// The reply as it stands on the wire.
    pub fn to_http(&self) -> http::Response<bytes::Bytes> {
        let encoded = match self {
            Self::Invocation(invocation) => invocation.to_http(),
            Self::Registered(registered) => registered.to_http(),
            Self::Event(event) => event.to_http(),
            Self::Accepted => Ok(Accepted.to_http()),
            Self::Refused(rejection) => Ok(rejection.to_reply().to_http()),
        };
        // An invoke whose header cannot be written is stopped where it comes in.
        encoded.unwrap_or_else(|error| {
            let status = http::StatusCode::INTERNAL_SERVER_ERROR;
            ErrorReply::new(status, "InternalServerError", error.to_string()).to_http()
        })
    }
}
