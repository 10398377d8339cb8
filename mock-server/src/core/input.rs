//! What can happen to an execution environment.

use std::fmt;

use bytes::Bytes;
use lambda_api::{
    ExtensionId, FunctionArn, InvocationId, RequestId,
    extension::error::Moment,
    runtime::{ErrorTrailers, response::ResponseMode},
};

use super::telemetry::{Subscription, TelemetryApi};

/// Names an HTTP call from a guest; chosen by the driver, never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// Names an accepted invoke; chosen by the driver, never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InvokeId(pub u64);

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Input {
    /// Somebody invoked the function, and this environment was chosen.
    Invoked(Box<Invoke>),
    /// The runtime made a call, whose head (and body, unless it is a response) has been read.
    Called {
        /// Under which key it is answered.
        call: CallId,
        /// What it says.
        request: Call,
    },
    /// A piece of a response's body came.
    BodyArrived {
        /// The response.
        call: CallId,
        /// The piece.
        bytes: Bytes,
    },
    /// A response's body ended as HTTP says it must.
    BodyEnded {
        /// The response.
        call: CallId,
        /// The error trailers, if the function failed half-way.
        trailers: Option<ErrorTrailers>,
    },
    /// A response's body ended before HTTP says it may, on a connection that can still be answered.
    BodyCutShort {
        /// The response.
        call: CallId,
    },
    /// The guest hung up before its call was answered, or in the middle of its body.
    CallDropped {
        /// The call.
        call: CallId,
    },
    /// The runtime's process ended.
    ProcessExited {
        /// Which of the environment's processes.
        generation: u32,
        /// How.
        exit: Exit,
    },
    /// The runtime's process could not be started.
    LaunchFailed {
        /// Which of the environment's processes.
        generation: u32,
        /// Such as `Runtime.InvalidEntrypoint`.
        error_type: String,
        /// Why, in words for the caller.
        message: String,
    },
    /// The process of an external extension ended.
    ExtensionExited {
        /// Its place in [`Settings::extensions`](super::Settings::extensions).
        index: usize,
        /// Which of the environment's generations it belongs to.
        generation: u32,
        /// How.
        exit: Exit,
    },
    /// The process of an external extension could not be started.
    ExtensionLaunchFailed {
        /// Its place in [`Settings::extensions`](super::Settings::extensions).
        index: usize,
        /// Which of the environment's generations it belongs to.
        generation: u32,
        /// Why, in words for the caller.
        message: String,
    },
    /// A process wrote something.
    Wrote {
        /// Which.
        source: Source,
        /// One line of it, or one frame of its log.
        line: String,
        /// Whether it says of itself that it is JSON.
        is_json: bool,
    },
    /// A batch of telemetry has been delivered, or not.
    Delivered {
        /// Its number.
        number: u64,
        /// Whether it was taken.
        accepted: bool,
    },
    /// The runtime's process uses this much memory, or has used it.
    MemoryMeasured {
        /// In MB.
        mb: u32,
    },
    /// The snapshot is to be restored, ahead of any invoke. SnapStart only; elsewhere it does nothing.
    RestoreRequested,
    /// The environment is no longer needed.
    ShutdownRequested,
}

/// An invocation on its way into the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Invoke {
    /// Under which key it is answered.
    pub id: InvokeId,
    /// What the guest and the caller know it by.
    pub request_id: RequestId,
    /// Names this attempt.
    pub invocation_id: Option<InvocationId>,
    /// The ARN as the caller wrote it.
    pub function_arn: Option<FunctionArn>,
    /// The X-Ray tracing header.
    pub trace_id: Option<String>,
    /// The client context, as JSON text.
    pub client_context: Option<String>,
    /// The Amazon Cognito identity, as JSON text.
    pub cognito_identity: Option<String>,
    /// The tenant.
    pub tenant_id: Option<String>,
    /// Whether the caller takes the response piece by piece, as it comes.
    pub streams: bool,
    /// The event's content type.
    pub content_type: String,
    /// The event.
    pub payload: Bytes,
}

impl Invoke {
    /// An invocation with nothing but a payload.
    pub fn new(id: InvokeId, request_id: RequestId, payload: Bytes) -> Self {
        Self {
            id,
            request_id,
            invocation_id: None,
            function_arn: None,
            trace_id: None,
            client_context: None,
            cognito_identity: None,
            tenant_id: None,
            streams: false,
            content_type: "application/json".to_owned(),
            payload,
        }
    }
}

/// A call to the Runtime API or the Extensions API.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Call {
    /// `GET …/invocation/next`.
    Next,
    /// The head of `POST …/invocation/{request id}/response`; the body follows.
    Response {
        /// The id in the path; `None` if it cannot be one.
        request_id: Option<RequestId>,
        /// The attempt that is answered.
        invocation_id: Option<InvocationId>,
        /// The content type, for the caller.
        content_type: Option<String>,
        /// How the body travels; `None` if the header says neither.
        mode: Option<ResponseMode>,
    },
    /// `POST …/invocation/{request id}/error`, whole.
    Error {
        /// The id in the path; `None` if it cannot be one.
        request_id: Option<RequestId>,
        /// The attempt that failed.
        invocation_id: Option<InvocationId>,
        /// The category as it was sent.
        error_type: Option<String>,
        /// The content type, for the caller.
        content_type: Option<String>,
        /// The cause for X-Ray: JSON of at most 64 KiB.
        xray_cause: Option<String>,
        /// What the caller gets.
        body: Bytes,
    },
    /// `POST …/init/error`, whole.
    InitError {
        /// The category as it was sent.
        error_type: Option<String>,
        /// What the caller gets.
        body: Bytes,
    },
    /// `GET …/restore/next`.
    RestoreNext,
    /// `POST …/restore/error`, whole.
    RestoreError {
        /// The category as it was sent.
        error_type: Option<String>,
        /// What the caller gets.
        body: Bytes,
    },
    /// `POST …/extension/register`.
    Register {
        /// The identifier that the extension gets if it is accepted.
        extension_id: ExtensionId,
        /// Its name; `None` if missing.
        name: Option<String>,
        /// The events that it wants, or what is wrong with its body.
        events: Result<Vec<String>, String>,
        /// Whether it wants to know the account.
        wants_account_id: bool,
    },
    /// `GET …/extension/event/next`.
    ExtensionNext {
        /// Who calls.
        caller: Caller,
        /// The identifier that the event gets.
        event_id: String,
    },
    /// `POST …/extension/init/error` or `POST …/extension/exit/error`.
    ExtensionError {
        /// Which of the two.
        moment: Moment,
        /// Who calls.
        caller: Caller,
        /// The category; `None` if missing.
        error_type: Option<String>,
    },
    /// `PUT …/telemetry` or `PUT …/logs`.
    Subscribe {
        /// Who calls.
        caller: Caller,
        /// Which of the two.
        api: TelemetryApi,
        /// What it wants, or what is wrong with that.
        subscription: Result<Box<Subscription>, String>,
    },
}

/// Which of an environment's processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// The runtime's.
    Runtime,
    /// That of the external extension at this place in
    /// [`Settings::extensions`](super::Settings::extensions).
    Extension(usize),
}

/// The extension that calls, as far as its header tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// The header is missing.
    Missing,
    /// The header holds no UUID.
    Invalid,
    /// The header holds this.
    Id(ExtensionId),
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exit {
    /// By itself, with this status.
    Code(i32),
    /// Killed, because it used more memory than the function has.
    OutOfMemory,
    /// By this signal.
    Signal {
        /// The signal's number on Linux.
        number: i32,
        /// Whether a core was dumped.
        core_dumped: bool,
    },
}

impl fmt::Display for Exit {
    /// As Lambda writes it: `exit status 1`, `signal: killed`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Code(code) => write!(f, "exit status {code}"),
            Self::OutOfMemory => f.write_str("signal: killed"),
            Self::Signal { number, core_dumped } => {
                let core = if core_dumped { " (core dumped)" } else { "" };
                match signal_name(number) {
                    Some(name) => write!(f, "signal: {name}{core}"),
                    None => write!(f, "signal: signal {number}{core}"),
                }
            }
        }
    }
}

/// The names that Lambda gives to the signals of Linux; it is written in Go.
fn signal_name(number: i32) -> Option<&'static str> {
    Some(match number {
        1 => "hangup",
        2 => "interrupt",
        3 => "quit",
        4 => "illegal instruction",
        5 => "trace/breakpoint trap",
        6 => "aborted",
        7 => "bus error",
        8 => "floating point exception",
        9 => "killed",
        10 => "user defined signal 1",
        11 => "segmentation fault",
        12 => "user defined signal 2",
        13 => "broken pipe",
        14 => "alarm clock",
        15 => "terminated",
        24 => "CPU time limit exceeded",
        25 => "file size limit exceeded",
        31 => "bad system call",
        _ => return None,
    })
}
