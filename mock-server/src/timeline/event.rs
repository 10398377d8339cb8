//! What can happen in a service: the words of the record.
//!
//! When and where is in the [entry](super::Entry).

use std::fmt;

use http::{Method, StatusCode};
use lambda_api::{RequestId, telemetry};

use super::{TriggerEvent, Who};
use crate::core::{
    CallId, Exit, InitReport, Phase, Rejection, Report, RestoreReport, destination::Condition,
    fleet::ThrottleReason,
};

/// What can happen.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// An invoke was handed to the environment, which may still be busy with init.
    Invoked {
        /// The invocation.
        request_id: RequestId,
    },
    /// The environment began with an invocation: the START line.
    InvocationBegan {
        /// The invocation.
        request_id: RequestId,
        /// The version of the function.
        version: String,
    },
    /// The caller got its answer.
    Answered {
        /// The invocation.
        request_id: RequestId,
        /// The category, if it is an error.
        error_type: Option<String>,
        /// Size of the payload; of a response that streams, the pieces that came before are counted.
        bytes: usize,
    },
    /// The invocation was over: the END and REPORT lines.
    InvocationEnded(Report),
    /// A phase began.
    PhaseBegan(Phase),
    /// The time that a phase may take was over.
    TimeIsUp(Phase),
    /// The environment is no longer needed.
    ShutdownRequested,
    /// An init phase ended.
    InitEnded(InitReport),
    /// The restore of a snapshot ended.
    RestoreEnded(RestoreReport),
    /// All processes were stopped where they are: SIGSTOP.
    Frozen,
    /// All processes went on: SIGCONT.
    Thawed,
    /// The platform recorded something: an event of the Telemetry API, which whoever has subscribed to it gets.
    Telemetry(Box<telemetry::Event>),
    /// A batch of telemetry was sent to an extension.
    TelemetrySent {
        /// The extension's identifier.
        extension: String,
        /// How many events.
        events: usize,
    },
    /// A batch of telemetry was taken by an extension.
    TelemetryTaken {
        /// The extension's identifier.
        extension: String,
    },
    /// A batch of telemetry was not taken; it will be sent again.
    TelemetryRefused {
        /// The extension's identifier.
        extension: String,
        /// Why.
        problem: String,
    },
    /// A process was started.
    Launched {
        /// Counts the processes of the environment, from 1.
        generation: u32,
    },
    /// A process could not be started.
    LaunchFailed {
        /// Why.
        message: String,
    },
    /// A process was killed.
    Killed,
    /// A process was asked to end: SIGTERM. A function in this process cannot be asked, and is not.
    Terminated,
    /// A process ended.
    Exited(Exit),
    /// Something happened to the process of an external extension.
    Extension {
        /// The extension.
        name: String,
        /// What.
        event: ExtensionEvent,
    },
    /// A guest made a call.
    Called {
        /// Its key.
        call: CallId,
        /// Who made it.
        who: Who,
        /// The connection that it came over; counts those of the environment, from 1.
        connection: u64,
        /// The method.
        method: Method,
        /// The path.
        path: String,
    },
    /// A call was answered.
    Replied {
        /// Its key.
        call: CallId,
        /// The status of the answer.
        status: StatusCode,
    },
    /// The runtime asked for work while it had some: it gets the same event again.
    Redelivered {
        /// The second call.
        call: CallId,
        /// The invocation.
        request_id: RequestId,
    },
    /// A call is answered with a refusal.
    Refused {
        /// Its key.
        call: CallId,
        /// Why.
        rejection: Rejection,
    },
    /// A call that no state decides about was answered: a ping, or an endpoint that does not exist.
    Served {
        /// The method.
        method: Method,
        /// The path.
        path: String,
        /// The status of the answer.
        status: StatusCode,
    },
    /// The service closed the connection of a call.
    HungUp {
        /// Its key.
        call: CallId,
    },
    /// The guest closed the connection of a call.
    CallDropped {
        /// Its key.
        call: CallId,
    },
    /// A response ended with error trailers.
    TrailersArrived {
        /// Its key.
        call: CallId,
        /// The category, as it was sent.
        error_type: Option<String>,
    },
    /// Something happened to an event in the queue of asynchronous invocations.
    Queue {
        /// The id of all its attempts.
        request_id: RequestId,
        /// What.
        event: QueueEvent,
    },
    /// Something happened between a source of events and whom it invokes or tells.
    Trigger {
        /// The ARN of the source or of the rule, with the shard behind a stroke if it has shards.
        source: String,
        /// The name of the function, with the qualifier if there is one; the ARN if it is a queue or a topic.
        target: String,
        /// What.
        event: TriggerEvent,
    },
    /// Something that is not as on Lambda, or that explains what will happen.
    Note {
        /// What, in one line.
        text: String,
    },
    /// The function wrote a line to its standard output or error, or a log event to its log channel.
    Output {
        /// The line, without its end; a log event may have more than one.
        line: String,
    },
}

/// What can happen to an event in the queue of asynchronous invocations, beside its attempts, which happen in environments.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum QueueEvent {
    /// It was accepted.
    Accepted,
    /// It could not be tried, because its function was throttled; it will be tried again, unless it has become too old.
    Throttled {
        /// Why.
        reason: ThrottleReason,
    },
    /// It has come to its end.
    Finished {
        /// Which.
        condition: Condition,
    },
    /// A destination or a dead-letter queue took what is to be told.
    Delivered {
        /// The ARN.
        destination: String,
    },
    /// A destination or a dead-letter queue did not take what was sent to it, several times: it is dropped.
    DeliveryFailed {
        /// The ARN.
        destination: String,
        /// Why.
        problem: String,
    },
    /// It has failed, and nobody is told: there is no destination for it, or its function is gone.
    Dropped,
}

impl fmt::Display for QueueEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted => f.write_str("accepted"),
            Self::Throttled { reason } => write!(f, "throttled: {}", reason.as_str()),
            Self::Finished { condition } => f.write_str(condition.as_str()),
            Self::Delivered { destination } => write!(f, "told {destination}"),
            Self::DeliveryFailed { destination, problem } => {
                write!(f, "{destination} was not told: {problem}")
            }
            Self::Dropped => f.write_str("dropped"),
        }
    }
}

/// What can happen to the process of an external extension.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExtensionEvent {
    /// It was started.
    Launched {
        /// Counts the processes of the environment, from 1.
        generation: u32,
    },
    /// It could not be started.
    LaunchFailed {
        /// Why.
        message: String,
    },
    /// It was killed.
    Killed,
    /// It ended.
    Exited(Exit),
    /// It wrote a line to its standard output or error.
    Output {
        /// The line, without its end.
        line: String,
    },
}
