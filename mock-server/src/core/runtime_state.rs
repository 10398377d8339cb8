//! The runtime as the service sees it: its states, and the service's words for them.
//!
//! Which call leads where is decided in [`environment`](super::environment).

use bytes::Bytes;
use lambda_api::runtime::response::ResponseMode;

use super::CallId;

/// Where the runtime's process stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RuntimeState {
    /// There is no process.
    Absent,
    /// It will be launched when the external extensions have registered.
    Awaited,
    /// Launched, and not yet asking for work.
    Started,
    /// It has said that it cannot start.
    InitError,
    /// It asks for work, or did until its poll was cut off.
    Ready,
    /// It has an invocation.
    Running,
    /// The body of its response is arriving.
    Responding(Responding),
    /// It has posted a response of an impossible mode, after which AWS's core takes no further call.
    Stuck,
    /// It has answered, and not yet asked for more work.
    Responded,
}

/// A response whose body is arriving.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Responding {
    pub(super) call: CallId,
    pub(super) mode: ResponseMode,
    pub(super) content_type: Option<String>,
    pub(super) pieces: Vec<Bytes>,
    pub(super) length: usize,
}

/// Names of states that appear only as the aim of a refused call.
pub(super) const RESPONSE: &str = "InvocationResponse";
pub(super) const ERROR_RESPONSE: &str = "InvocationErrorResponse";
pub(super) const READY: &str = "Ready";
pub(super) const INIT_ERROR: &str = "InitError";

impl RuntimeState {
    /// The state's name in the text of a refusal; `None` if there is nobody to refuse anything to.
    pub(super) fn name(&self) -> Option<&'static str> {
        match self {
            Self::Absent | Self::Awaited => None,
            Self::Started => Some("Started"),
            Self::InitError => Some(INIT_ERROR),
            Self::Ready => Some(READY),
            Self::Running => Some("Running"),
            Self::Responding(_) | Self::Stuck => Some(RESPONSE),
            Self::Responded => Some("RuntimeResponseSentState"),
        }
    }
}

impl Responding {
    /// The whole body in one piece.
    pub(super) fn body(mut self) -> Bytes {
        match self.pieces.len() {
            0 => Bytes::new(),
            1 => self.pieces.swap_remove(0),
            _ => self.pieces.concat().into(),
        }
    }
}
