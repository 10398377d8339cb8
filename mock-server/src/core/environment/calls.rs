//! What each call of the runtime does in each state, and what its body does to a response.
//!
//! The order of the checks is that of AWS's open-source runtime interface emulator: first the ids, then the
//! state, then the response mode, then the body.

use bytes::Bytes;
use lambda_api::{
    ErrorType, InvocationId, RequestId,
    runtime::{ErrorTrailers, response::ResponseMode},
};

use super::ExecutionEnvironment;
use crate::core::{
    Answer, Call, CallId, Effect, Phase, Rejection, Reply, Time,
    runtime_state::{self, Responding, RuntimeState},
};

impl ExecutionEnvironment {
    pub(super) fn called(&mut self, now: Time, call: CallId, request: Call) -> Result<(), Rejection> {
        match request {
            Call::Next => self.next(now, call),
            Call::Response { request_id, invocation_id, content_type, mode } => {
                self.check_ids(request_id.as_ref(), invocation_id.as_ref())?;
                self.check_running(runtime_state::RESPONSE)?;
                self.response(call, content_type, mode);
                Ok(())
            }
            Call::Error { request_id, invocation_id, error_type, content_type, body } => {
                self.check_ids(request_id.as_ref(), invocation_id.as_ref())?;
                self.check_running(runtime_state::ERROR_RESPONSE)?;
                let answer = Answer::reported(error_type.as_deref(), body, content_type);
                self.respond(call, Reply::Accepted, |_| answer);
                Ok(())
            }
            Call::InitError { error_type, body } => self.init_error(now, call, error_type.as_deref(), body),
            // Both exist with SnapStart only.
            Call::RestoreNext | Call::RestoreError => Err(Rejection::NotFound),
            Call::Register { extension_id, name, events, wants_account_id } => {
                self.register(call, extension_id, name, events, wants_account_id)
            }
            Call::ExtensionNext { caller, event_id } => self.extension_next(now, call, caller, event_id),
            Call::ExtensionError { moment, caller, error_type } => {
                self.extension_error(now, call, moment, caller, error_type)
            }
        }
    }

    fn next(&mut self, now: Time, call: CallId) -> Result<(), Rejection> {
        match &self.runtime {
            RuntimeState::Started => {
                self.park(call);
                self.extensions.close();
                self.end_init_if_done(now);
            }
            RuntimeState::Ready => {
                self.park(call);
                self.deliver();
            }
            RuntimeState::Running => {
                // The runtime asks again because the reply did not reach it: it gets the same event.
                let Some(current) = &self.current else { return Err(Rejection::ContainerError) };
                let reply = self.event(current);
                self.effects.push_back(Effect::Reply { call, reply });
            }
            RuntimeState::Responded => {
                self.park(call);
                if let Some(current) = &mut self.current {
                    current.is_runtime_done = true;
                }
                self.end_invoke_if_done(now);
            }
            state => return Err(refusal(state, runtime_state::READY)),
        }
        Ok(())
    }

    fn park(&mut self, call: CallId) {
        self.runtime = RuntimeState::Ready;
        self.polls.push_back(call);
    }

    fn check_ids(
        &self,
        request_id: Option<&RequestId>,
        invocation_id: Option<&InvocationId>,
    ) -> Result<(), Rejection> {
        let current = self.current.as_ref().ok_or(Rejection::UnknownRequestId)?;
        if request_id != Some(&current.invoke.request_id) {
            return Err(Rejection::UnknownRequestId);
        }
        // A runtime that does not echo the id is taken at its word.
        if invocation_id.is_some() && invocation_id != current.invoke.invocation_id.as_ref() {
            return Err(Rejection::StaleInvocationId);
        }
        Ok(())
    }

    fn check_running(&self, aim: &'static str) -> Result<(), Rejection> {
        if self.runtime == RuntimeState::Running { Ok(()) } else { Err(refusal(&self.runtime, aim)) }
    }

    fn response(&mut self, call: CallId, content_type: Option<String>, mode: Option<ResponseMode>) {
        let Some(mode) = mode else {
            let reply = Reply::Refused(Rejection::InvalidResponseMode);
            self.respond(call, reply, |_| Answer::invalid_response_mode());
            self.runtime = RuntimeState::Stuck;
            return;
        };
        self.runtime =
            RuntimeState::Responding(Responding { call, mode, content_type, pieces: Vec::new(), length: 0 });
    }

    /// The runtime has answered: it gets its reply, and the caller the answer.
    fn respond(&mut self, call: CallId, reply: Reply, answer: impl FnOnce(&RequestId) -> Answer) {
        self.effects.push_back(Effect::Reply { call, reply });
        self.runtime = RuntimeState::Responded;
        self.answer_unless_answered(answer);
    }

    pub(super) fn body_arrived(&mut self, call: CallId, bytes: Bytes) {
        let limit = self.settings.response_bytes;
        let RuntimeState::Responding(responding) = &mut self.runtime else { return };
        if responding.call != call {
            return;
        }
        responding.length += bytes.len();
        if responding.length <= limit {
            responding.pieces.push(bytes);
        } else if responding.mode == ResponseMode::Buffered {
            let reply = Reply::Refused(Rejection::TooLarge { limit });
            self.respond(call, reply, |_| Answer::too_large(limit));
        }
    }

    pub(super) fn body_ended(&mut self, call: CallId, trailers: Option<&ErrorTrailers>) {
        let limit = self.settings.response_bytes;
        let Some(mut responding) = self.take_responding(call) else { return };
        let content_type = responding.content_type.take();
        let answer = match trailers {
            Some(trailers) if responding.mode == ResponseMode::Streaming => Answer::failed_stream(trailers),
            // Only a stream gets here; a caller that does not stream is bound by the limit all the same.
            _ if responding.length > limit => Answer::too_large(limit),
            _ => Answer::response(responding.body(), content_type),
        };
        self.respond(call, Reply::Accepted, |_| answer);
    }

    pub(super) fn body_cut_short(&mut self, call: CallId, can_reply: bool) {
        if self.take_responding(call).is_none() {
            return;
        }
        if can_reply {
            self.respond(call, Reply::Refused(Rejection::Truncated), Answer::truncated);
        } else {
            self.runtime = RuntimeState::Responded;
            self.answer_unless_answered(Answer::truncated);
        }
    }

    fn take_responding(&mut self, call: CallId) -> Option<Responding> {
        match std::mem::replace(&mut self.runtime, RuntimeState::Responded) {
            RuntimeState::Responding(responding) if responding.call == call => Some(responding),
            other => {
                self.runtime = other;
                None
            }
        }
    }

    fn init_error(
        &mut self,
        now: Time,
        call: CallId,
        error_type: Option<&str>,
        body: Bytes,
    ) -> Result<(), Rejection> {
        if self.runtime != RuntimeState::Started {
            return Err(refusal(&self.runtime, runtime_state::INIT_ERROR));
        }
        self.runtime = RuntimeState::InitError;
        self.init_error = Some(ErrorType::normalise(error_type).to_string());
        self.effects.push_back(Effect::Reply { call, reply: Reply::Accepted });
        // During the init phase the error is only noted: the invoke repeats init, and gets what that says.
        if self.phase == Phase::Invoke {
            let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(&body).is_ok();
            let content_type = if is_json { "application/json" } else { "application/octet-stream" };
            let answer = Answer::reported(error_type, body, Some(content_type.to_owned()));
            self.answer_unless_answered(|_| answer);
        }
        // The process is expected to exit now, and may say something before that.
        let patience = now + self.settings.exit_wait;
        self.timer = self.timer.map(|timer| timer.min(patience));
        Ok(())
    }
}

fn refusal(state: &RuntimeState, to: &'static str) -> Rejection {
    state.name().map_or(Rejection::ContainerError, |from| Rejection::Transition { from, to })
}
