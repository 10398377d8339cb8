//! What each call of the runtime does in each state, and what its body does to a response.
//!
//! The order of the checks is that of AWS's open-source runtime interface emulator: first the ids, then the
//! state, then the response mode, then the body. With multi-concurrency most calls go on in `concurrent`.

use bytes::Bytes;
use lambda_api::{
    ErrorType, InvocationId, RequestId,
    runtime::{ErrorTrailers, response::ResponseMode},
};

use super::{ExecutionEnvironment, PostedError};
use crate::core::{
    Answer, Call, CallId, Effect, Phase, Rejection, Reply, Time,
    runtime_state::{self, Responding, RuntimeState},
};

impl ExecutionEnvironment {
    pub(super) fn called(&mut self, now: Time, call: CallId, request: Call) -> Result<(), Rejection> {
        match request {
            Call::Next if self.managed.is_some() => self.worker_polls(now, call),
            Call::Next => self.next(now, call),
            Call::Response { request_id, invocation_id, content_type, mode } => {
                let (request_id, invocation_id) = (request_id.as_ref(), invocation_id.as_ref());
                if self.managed.is_some() {
                    return self.response_begins(now, call, request_id, invocation_id, content_type, mode);
                }
                self.check_ids(request_id, invocation_id)?;
                self.check_running(runtime_state::RESPONSE)?;
                self.response(now, call, content_type, mode);
                Ok(())
            }
            Call::Error { request_id, invocation_id, error_type, content_type, xray_cause, body } => {
                let error_type = error_type.as_deref();
                // Only the one-at-a-time core looks for a cause inside the report.
                let answer = if self.managed.is_some() {
                    Answer::reported_as_is(error_type, body, content_type, xray_cause)
                } else {
                    Answer::reported(error_type, body, content_type, xray_cause)
                };
                let (request_id, invocation_id) = (request_id.as_ref(), invocation_id.as_ref());
                if self.managed.is_some() {
                    return self.error_posted(now, call, request_id, invocation_id, answer);
                }
                self.check_ids(request_id, invocation_id)?;
                self.check_running(runtime_state::ERROR_RESPONSE)?;
                if let Some(current) = &mut self.current {
                    current.produce(now, answer.payload.len());
                }
                self.respond(call, Reply::Accepted, |_| answer);
                Ok(())
            }
            Call::InitError { error_type, body } => self.init_error(now, call, error_type.as_deref(), body),
            Call::RestoreNext => self.restore_next(now, call),
            Call::RestoreError { error_type, body } => {
                self.restore_error(now, call, error_type.as_deref(), body)
            }
            Call::Register { extension_id, name, events, wants_account_id } => {
                self.register(call, extension_id, name, events, wants_account_id)
            }
            Call::ExtensionNext { caller, event_id } => self.extension_next(now, call, caller, event_id),
            Call::ExtensionError { moment, caller, error_type } => {
                self.extension_error(call, moment, caller, error_type)
            }
            Call::Subscribe { caller, api, subscription } => {
                self.subscribe(now, call, caller, api, subscription)
            }
        }
    }

    fn next(&mut self, now: Time, call: CallId) -> Result<(), Rejection> {
        match &self.runtime {
            RuntimeState::Started => {
                self.park(call);
                self.extensions.close();
                self.runtime_initialised(now);
                self.end_init_if_done(now);
            }
            RuntimeState::Restoring => {
                self.park(call);
                self.restored(now);
            }
            RuntimeState::Ready => {
                self.park(call);
                self.deliver();
            }
            RuntimeState::Running => {
                // The runtime asks again because the reply did not reach it: it gets the same event.
                let Some(current) = &self.current else { return Err(Rejection::ContainerError) };
                let reply = self.event(&current.invoke, current.started + self.settings.timeout);
                self.effects.push_back(Effect::Reply { call, reply });
            }
            RuntimeState::Responded => {
                self.park(call);
                self.runtime_done(now);
                self.end_invoke_if_done(now);
            }
            _ => return Err(self.refusal(runtime_state::READY)),
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
        if self.runtime == RuntimeState::Running { Ok(()) } else { Err(self.refusal(aim)) }
    }

    fn response(
        &mut self,
        now: Time,
        call: CallId,
        content_type: Option<String>,
        mode: Option<ResponseMode>,
    ) {
        let Some(mode) = mode else {
            let reply = Reply::Refused(Rejection::InvalidResponseMode);
            self.respond(call, reply, |_| Answer::invalid_response_mode());
            self.runtime = RuntimeState::Stuck;
            return;
        };
        if let Some(current) = &mut self.current {
            current.produce(now, 0);
        }
        let streams = self.current.as_ref().filter(|current| current.invoke.streams && !current.is_answered);
        if let Some(current) = streams {
            let (invoke, content_type) = (current.invoke.id, content_type.clone());
            self.effects.push_back(Effect::AnswerBegins { invoke, content_type });
        }
        let body = Responding::new(call, mode, content_type, streams.is_some());
        self.runtime = RuntimeState::Responding(body);
    }

    /// The runtime has answered: it gets its reply, and the caller the answer.
    fn respond(&mut self, call: CallId, reply: Reply, answer: impl FnOnce(&RequestId) -> Answer) {
        self.effects.push_back(Effect::Reply { call, reply });
        self.runtime = RuntimeState::Responded;
        self.answer_unless_answered(answer);
    }

    pub(super) fn body_arrived(&mut self, now: Time, call: CallId, bytes: Bytes) {
        if self.managed.is_some() {
            self.piece_arrived(now, call, bytes);
            return;
        }
        let RuntimeState::Responding(responding) = &mut self.runtime else { return };
        if responding.call != call {
            return;
        }
        if let Some(current) = &mut self.current {
            current.produce(now, bytes.len());
        }
        let limit = self.settings.response_bytes;
        let (bytes, exceeded) = (responding.take_in(now, bytes, limit), responding.exceeded(limit));
        if let (Some(current), Some(bytes)) = (&self.current, bytes) {
            self.effects.push_back(Effect::AnswerContinues { invoke: current.invoke.id, bytes });
        }
        if let Some(limit) = exceeded {
            let reply = Reply::Refused(Rejection::TooLarge { limit });
            self.respond(call, reply, |_| Answer::too_large(limit));
        }
    }

    pub(super) fn body_ended(&mut self, now: Time, call: CallId, trailers: Option<&ErrorTrailers>) {
        if self.managed.is_some() {
            self.response_ended(now, call, trailers);
            return;
        }
        let Some(mut responding) = self.take_responding(call) else { return };
        if let Some(current) = &mut self.current {
            current.produce(now, 0);
        }
        let answer = responding.answer(trailers, self.settings.response_bytes);
        self.respond(call, Reply::Accepted, |_| answer);
    }

    pub(super) fn body_cut_short(&mut self, now: Time, call: CallId, can_reply: bool) {
        if self.managed.is_some() {
            self.response_cut_short(now, call, can_reply);
            return;
        }
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
        match self.runtime {
            RuntimeState::Started => {}
            RuntimeState::Restoring => return self.restore_error(now, call, error_type, body),
            // The managed-instances core takes one at any time, and makes nothing of it.
            RuntimeState::Ready if self.managed.is_some() => {
                if self.init_error.is_some() {
                    let (from, to) = (runtime_state::INIT_ERROR, runtime_state::INIT_ERROR);
                    return Err(Rejection::Transition { from, to, is_managed: true });
                }
            }
            _ => return Err(self.refusal(runtime_state::INIT_ERROR)),
        }
        let posted = if self.managed.is_some() {
            // The managed-instances core takes the type, if it is one, and nothing else.
            let error_type = match ErrorType::normalise(error_type).to_string() {
                unknown if Some(&*unknown) != error_type => ErrorType::INIT.to_owned(),
                error_type => error_type,
            };
            PostedError { answer: Answer::category_at_start(&error_type), error_type }
        } else {
            let answer = Answer::reported_at_start(error_type, body);
            PostedError { error_type: ErrorType::normalise(error_type).to_string(), answer }
        };
        let answer = posted.answer.clone();
        self.init_error = Some(posted);
        self.effects.push_back(Effect::Reply { call, reply: Reply::Accepted });
        if self.runtime == RuntimeState::Ready {
            return Ok(());
        }
        self.runtime = RuntimeState::InitError;
        // During the init phase the error is only noted: the invoke repeats init, and gets what that says.
        if self.phase == Phase::Invoke {
            self.answer_unless_answered(|_| answer);
        }
        self.expect_exit(now);
        Ok(())
    }

    /// The process is expected to exit now, and may say something before that.
    pub(super) fn expect_exit(&mut self, now: Time) {
        let patience = now + self.settings.exit_wait;
        self.timer = self.timer.map(|timer| timer.min(patience));
    }

    /// The refusal of a call that the runtime's state does not allow.
    pub(super) fn refusal(&self, to: &'static str) -> Rejection {
        let is_managed = self.managed.is_some();
        match self.runtime.name() {
            Some(from) => Rejection::Transition { from, to, is_managed },
            None => Rejection::ContainerError,
        }
    }
}
