//! The runtime as the service sees it: its states, and the service's words for them.
//!
//! Which call leads where is decided in [`environment`](super::environment).

use bytes::Bytes;
use lambda_api::{
    limits,
    runtime::{ErrorTrailers, response::ResponseMode},
};

use super::{Answer, CallId, Time};

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
    /// It waits for its snapshot to be restored.
    RestoreReady,
    /// Its snapshot has been restored, and it has not asked for work since.
    Restoring,
    /// It has said that it cannot go on after the restore.
    RestoreError,
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
    /// When its first piece came.
    pub(super) first: Option<Time>,
    /// The caller gets the pieces as they come.
    pub(super) streams: bool,
}

/// Names of states that appear only as the aim of a refused call.
pub(super) const RESPONSE: &str = "InvocationResponse";
pub(super) const ERROR_RESPONSE: &str = "InvocationErrorResponse";
pub(super) const READY: &str = "Ready";
pub(super) const INIT_ERROR: &str = "InitError";
pub(super) const RESTORE_READY: &str = "RestoreReady";
pub(super) const RESTORE_ERROR: &str = "RuntimeRestoreErrorState";

impl RuntimeState {
    /// The state's name in the text of a refusal; `None` if there is nobody to refuse anything to.
    pub(super) fn name(&self) -> Option<&'static str> {
        match self {
            Self::Absent | Self::Awaited => None,
            Self::Started => Some("Started"),
            Self::InitError => Some(INIT_ERROR),
            Self::RestoreReady => Some(RESTORE_READY),
            Self::Restoring => Some("Restoring"),
            Self::RestoreError => Some(RESTORE_ERROR),
            Self::Ready => Some(READY),
            Self::Running => Some("Running"),
            Self::Responding(_) | Self::Stuck => Some(RESPONSE),
            Self::Responded => Some("RuntimeResponseSentState"),
        }
    }
}

impl Responding {
    /// A response of which nothing has come.
    pub(super) fn new(call: CallId, mode: ResponseMode, content_type: Option<String>, streams: bool) -> Self {
        Self { call, mode, content_type, pieces: Vec::new(), length: 0, first: None, streams }
    }

    /// Keeps a piece, unless there are too many of them to be given to a caller in one. A caller that streams gets it, as
    /// far as there is room for it, and nothing is kept.
    pub(super) fn take_in(&mut self, now: Time, mut bytes: Bytes, limit: usize) -> Option<Bytes> {
        self.first.get_or_insert(now);
        let room = self.limit(limit).saturating_sub(self.length);
        self.length += bytes.len();
        if self.streams {
            bytes.truncate(room);
            return Some(bytes).filter(|bytes| !bytes.is_empty());
        }
        if self.length <= limit {
            self.pieces.push(bytes);
        } else {
            self.pieces = Vec::new();
        }
        None
    }

    /// The limit that the body is over, if it is.
    pub(super) fn exceeded(&self, limit: usize) -> Option<usize> {
        let limit = self.limit(limit);
        (self.length > limit).then_some(limit)
    }

    /// How long the body may be: a stream may go on for longer.
    fn limit(&self, buffered: usize) -> usize {
        match self.mode {
            ResponseMode::Streaming => limits::STREAMED_RESPONSE_BYTES,
            _ => buffered,
        }
    }

    /// What the caller gets when the body has come to its end.
    pub(super) fn answer(&mut self, trailers: Option<&ErrorTrailers>, limit: usize) -> Answer {
        match trailers {
            Some(trailers) if self.mode == ResponseMode::Streaming => Answer::failed_stream(trailers),
            // Only a stream gets here; a caller that does not stream is bound by the limit all the same.
            _ if self.length > limit && !self.streams => Answer::too_large(limit),
            _ => Answer::response(self.body(), self.content_type.take()),
        }
    }

    /// The whole body in one piece.
    fn body(&mut self) -> Bytes {
        match self.pieces.len() {
            0 => Bytes::new(),
            1 => self.pieces.swap_remove(0),
            _ => self.pieces.concat().into(),
        }
    }
}
