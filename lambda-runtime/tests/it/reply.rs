//! What a scripted service sends: events, statuses, and replies that no service should send.
//!
//! Bytes only; when they are sent is for `script` to say.

use mock_server::Invocation;

/// The answer to one call.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Event(Event),
    /// A status, with the body that the service gives it.
    Status(u16),
    Bytes(Vec<u8>),
    /// The first half of another reply, and then the end of the connection.
    Half(Box<Self>),
    /// Another reply, and then the end of the connection.
    Last(Box<Self>),
    /// The end of the connection.
    HangUp,
}

/// An event with its headers.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    payload: Vec<u8>,
    headers: Vec<(&'static str, String)>,
}

/// An event with all the headers that the service always sends; the ids are `r-1`, `r-2` and so on. The
/// deadline is three seconds after a script in memory begins.
pub(crate) fn event(payload: impl AsRef<[u8]>) -> Event {
    let headers = [
        ("Lambda-Runtime-Deadline-Ms", "1700000003000"),
        ("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:123456789012:function:scripted"),
        (
            "Lambda-Runtime-Trace-Id",
            "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1",
        ),
        ("Content-Type", "application/json"),
    ];
    let headers = headers.map(|(name, value)| (name, value.to_owned())).into();
    Event { payload: payload.as_ref().to_vec(), headers }
}

impl Event {
    /// Sets a header, in the place of one with the same name.
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self = self.without(name);
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self
    }

    /// The same for the mock, as far as a caller can choose it.
    pub(crate) fn to_invocation(&self) -> Invocation {
        let mut invocation = Invocation::new(self.payload.clone());
        for (name, value) in &self.headers {
            invocation = match *name {
                "Lambda-Runtime-Client-Context" => invocation.client_context(value.clone()),
                "Lambda-Runtime-Cognito-Identity" => invocation.cognito_identity(value.clone()),
                _ => invocation,
            };
        }
        invocation
    }

    fn to_bytes(&self, number: u32) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n", self.payload.len());
        let id = "Lambda-Runtime-Aws-Request-Id";
        if !self.headers.iter().any(|(name, _)| *name == id) {
            head += &format!("{id}: r-{number}\r\n");
        }
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        [head.as_bytes(), b"\r\n", &self.payload].concat()
    }
}

impl Reply {
    pub(crate) fn bytes(bytes: impl AsRef<[u8]>) -> Self {
        Self::Bytes(bytes.as_ref().to_vec())
    }

    pub(crate) fn half(reply: impl Into<Self>) -> Self {
        Self::Half(Box::new(reply.into()))
    }

    pub(crate) fn last(reply: impl Into<Self>) -> Self {
        Self::Last(Box::new(reply.into()))
    }

    pub(crate) fn closes(&self) -> bool {
        matches!(self, Self::Half(_) | Self::Last(_) | Self::HangUp)
    }

    /// The bytes on the wire; `events` counts the events of a script.
    pub(crate) fn to_bytes(&self, events: &mut u32) -> Vec<u8> {
        match self {
            Self::Event(event) => {
                *events += 1;
                event.to_bytes(*events)
            }
            Self::Status(status) => status_bytes(*status),
            Self::Bytes(bytes) => bytes.clone(),
            Self::Half(reply) => {
                let mut bytes = reply.to_bytes(events);
                bytes.truncate(bytes.len() / 2);
                bytes
            }
            Self::Last(reply) => reply.to_bytes(events),
            Self::HangUp => Vec::new(),
        }
    }
}

impl From<Event> for Reply {
    fn from(event: Event) -> Self {
        Self::Event(event)
    }
}

impl From<u16> for Reply {
    fn from(status: u16) -> Self {
        Self::Status(status)
    }
}

/// The reply to a call, written out from the documentation of the Runtime API.
fn status_bytes(status: u16) -> Vec<u8> {
    let (error_type, message) = match status {
        202 => return reply("202 Accepted", "{\"status\":\"OK\"}\n"),
        204 => return b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(),
        400 => ("InvalidRequestID", "Invalid request ID"),
        403 => ("InvalidStateTransition", "State transition is not allowed"),
        410 => ("InvocationGone", "the invocation has timed out"),
        413 => ("RequestEntityTooLarge", "Exceeded maximum allowed payload size (6291556 bytes)."),
        500 => ("InternalServerError", "Internal Server Error"),
        _ => ("Other", "another reason"),
    };
    let body = format!("{{\"errorMessage\":\"{message}\",\"errorType\":\"{error_type}\"}}\n");
    reply(&format!("{status} Reason"), &body)
}

fn reply(status: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}")
        .into()
}
