//! A row of the table: what a guest and a caller do, and what they are answered, as data.
//!
//! A row is one script for one fresh function. The test plays the guest: the function's processes only stay
//! alive. Texts may hold placeholders. `<id>`, `<id1>` and so on are the request ids of the events so far,
//! `<invocation>` and `<extension>` the last ids of these kinds that the service gave; what only has to have
//! a form is in [`pattern`](crate::pattern). Who runs rows is [`play`](crate::play).

use std::fmt;

use serde_json::Value;

use crate::{
    sink::Protocol,
    words::{NEXT, RUNTIME, event, get, go_on, post},
};

/// Which of the service's two ways to serve an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// One invocation at a time.
    Classic,
    /// Lambda Managed Instances: many at a time.
    Managed,
}

#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) mode: Mode,
    pub(crate) timeout_seconds: u32,
    /// External extensions, which are processes as well.
    pub(crate) extensions: Vec<&'static str>,
    pub(crate) steps: Vec<Step>,
}

/// What happens next. Calls go over the connection that was chosen last.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// A process of this name is started, once more.
    Started(&'static str),
    /// A process of this name, a shell, reads a line and does what it says.
    Does(&'static str, &'static str),
    /// Chooses a connection, which is opened if it is new.
    On(&'static str),
    /// A caller invokes the function.
    Invoked(Request),
    /// A caller invokes the function, again and again until the event is received.
    Taken(Request, Expected),
    /// The caller who has waited longest is answered.
    Answered(Payload),
    Sent(Request),
    SentBytes(&'static str),
    Received(Expected),
    /// The guest says that it will write no more.
    WritingFinished,
    /// The guest closes the connection.
    HungUp,
    /// The service closes the connection.
    Closed,
    /// A call on this connection, again and again until another connection's poll is seen and it is answered so.
    CalledUntil(Request, Expected),
    /// An extension begins to listen for telemetry, at `<sink>`.
    Listening(Protocol),
    /// The extension has got these records since the last time.
    Told(Vec<Value>),
}

#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

/// A reply to a guest: all of its headers but those that frame and date it.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// Headers that may be there.
    pub(crate) optional: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

/// An answer to a caller.
///
/// Only the payload is AWS's core's. Status and headers are made by the service's front, which the emulator
/// has not; of the mock they are asked.
#[derive(Clone, Debug)]
pub(crate) struct Payload {
    pub(crate) is_error: bool,
    /// Whether at least the payload is the core's.
    pub(crate) is_of_the_core: bool,
    pub(crate) body: Vec<u8>,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = String::from_utf8_lossy;
        match self {
            Self::Sent(Request { method, path, .. }) => write!(f, "{method} {path}"),
            Self::Answered(payload) => write!(f, "the answer {}", text(&payload.body)),
            Self::Received(reply) => write!(f, "the reply {} {}", reply.status, text(&reply.body)),
            step => write!(f, "{step:?}"),
        }
    }
}

impl Request {
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

fn platform_error(error_type: &str, message: &str) -> String {
    format!("{{\"errorType\":\"{error_type}\",\"errorMessage\":\"RequestId: <uuid> Error: {message}\"}}")
}

impl Expected {
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(crate) fn maybe(mut self, name: &'static str, value: &str) -> Self {
        self.optional.push((name, value.to_owned()));
        self
    }

    pub(crate) fn says(mut self, body: &str) -> Self {
        self.body = body.as_bytes().to_vec();
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(found, _)| *found != name);
        self
    }
}

impl Row {
    pub(crate) fn classic(name: &'static str) -> Self {
        Self { name, mode: Mode::Classic, timeout_seconds: 60, extensions: Vec::new(), steps: Vec::new() }
    }

    pub(crate) fn managed(name: &'static str) -> Self {
        Self { mode: Mode::Managed, ..Self::classic(name) }
    }

    pub(crate) fn timeout_seconds(mut self, seconds: u32) -> Self {
        self.timeout_seconds = seconds;
        self
    }

    pub(crate) fn extension(mut self, name: &'static str) -> Self {
        self.extensions.push(name);
        self
    }

    fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// The first invoke, which brings the environment and its runtime to life.
    pub(crate) fn cold(self, payload: &str) -> Self {
        self.invoked(payload).started(RUNTIME)
    }

    /// The runtime has got the first invoke's event.
    pub(crate) fn running(self) -> Self {
        self.cold("{}").call(get(NEXT), event("{}"))
    }

    pub(crate) fn started(self, process: &'static str) -> Self {
        self.step(Step::Started(process))
    }

    pub(crate) fn does(self, process: &'static str, line: &'static str) -> Self {
        self.step(Step::Does(process, line))
    }

    pub(crate) fn on(self, connection: &'static str) -> Self {
        self.step(Step::On(connection))
    }

    pub(crate) fn invoked(self, payload: &str) -> Self {
        self.invoked_with(post("", payload))
    }

    /// An invoke with more than a payload; its path is known.
    pub(crate) fn invoked_with(self, request: Request) -> Self {
        self.step(Step::Invoked(request))
    }

    /// An invoke for a runtime that may not yet be seen to poll.
    pub(crate) fn taken(self, payload: &str, expected: Expected) -> Self {
        self.taken_with(post("", payload), expected)
    }

    pub(crate) fn taken_with(self, request: Request, expected: Expected) -> Self {
        self.step(Step::Taken(request, expected))
    }

    pub(crate) fn answered(self, payload: impl AsRef<[u8]>) -> Self {
        self.gets(false, true, payload.as_ref())
    }

    pub(crate) fn failed(self, payload: impl AsRef<[u8]>) -> Self {
        self.gets(true, true, payload.as_ref())
    }

    /// The caller's answer as the mock's front gives it, and the emulator's not.
    pub(crate) fn answered_by_the_front(self, payload: &str) -> Self {
        self.gets(false, false, payload.as_bytes())
    }

    fn gets(self, is_error: bool, is_of_the_core: bool, payload: &[u8]) -> Self {
        self.step(Step::Answered(Payload { is_error, is_of_the_core, body: payload.to_vec() }))
    }

    /// The caller's answer that the service makes itself.
    pub(crate) fn failed_with(self, error_type: &str, message: &str) -> Self {
        self.failed(platform_error(error_type, message))
    }

    /// The caller's answer after one second, for which the emulator's front has words of its own.
    pub(crate) fn timed_out(self) -> Self {
        let payload = platform_error("Sandbox.Timedout", "Task timed out after 1.00 seconds");
        self.gets(true, false, payload.as_bytes())
    }

    pub(crate) fn call(self, request: Request, expected: Expected) -> Self {
        self.send(request).receive(expected)
    }

    /// A call that is refused in another way as long as the poll on another connection is not seen.
    pub(crate) fn call_until(self, request: Request, expected: Expected) -> Self {
        self.step(Step::CalledUntil(request, expected))
    }

    pub(crate) fn send(self, request: Request) -> Self {
        self.step(Step::Sent(request))
    }

    pub(crate) fn send_bytes(self, bytes: &'static str) -> Self {
        self.step(Step::SentBytes(bytes))
    }

    pub(crate) fn receive(self, expected: Expected) -> Self {
        self.step(Step::Received(expected))
    }

    pub(crate) fn finish_writing(self) -> Self {
        self.step(Step::WritingFinished)
    }

    pub(crate) fn hang_up(self) -> Self {
        self.step(Step::HungUp)
    }

    pub(crate) fn closed(self) -> Self {
        self.step(Step::Closed)
    }

    /// A response begins to arrive, of four bytes, and has been seen when this is over.
    pub(crate) fn response_begins(self) -> Self {
        // Who gets leave to go on has been listened to; nothing else tells.
        self.send_bytes("POST /2018-06-01/runtime/invocation/<id>/response HTTP/1.1\r\nHost: x\r\n")
            .send_bytes("Expect: 100-continue\r\nContent-Length: 4\r\n\r\n")
            .receive(go_on())
            .send_bytes("12")
    }

    pub(crate) fn listens(self, protocol: Protocol) -> Self {
        self.step(Step::Listening(protocol))
    }

    pub(crate) fn told(self, records: impl IntoIterator<Item = Value>) -> Self {
        self.step(Step::Told(records.into_iter().collect()))
    }

    /// The runtime asks for more, which ends the invocation.
    pub(crate) fn polls(self) -> Self {
        self.send(get(NEXT))
    }
}
