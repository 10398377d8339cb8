//! Several invocations at once: what the calls of a runtime with multi-concurrency do.
//!
//! The state is in [`managed`](crate::core::managed). There is no redelivery, and an invocation is over when it
//! has been answered. A time-out ends the invocation only: the process goes on, and its late answer is told so.

use std::time::Duration;

use bytes::Bytes;
use lambda_api::{
    ErrorType, InvocationId, RequestId,
    runtime::{ErrorTrailers, response::ResponseMode},
};

use super::{ExecutionEnvironment, Phase, Produced};
use crate::core::{
    Answer, CallId, Effect, Invoke, Rejection, Reply, Report, Status, Time,
    managed::{Open, WORKERS},
    runtime_state::{self, Responding, RuntimeState},
};

/// The content type of a response that has none.
const UNTYPED: &str = "application/octet-stream";

impl ExecutionEnvironment {
    /// A worker of the runtime is idle.
    pub(super) fn worker_polls(&mut self, now: Time, call: CallId) -> Result<(), Rejection> {
        match self.runtime {
            RuntimeState::Started => {
                self.runtime = RuntimeState::Ready;
                self.extensions.close();
                self.runtime_initialised(now);
            }
            RuntimeState::Ready => {}
            _ => return Err(self.refusal(runtime_state::READY)),
        }
        let Some(managed) = &mut self.managed else { return Err(Rejection::ContainerError) };
        if managed.workers.len() >= WORKERS {
            return Err(Rejection::ContainerError);
        }
        managed.workers.push_back(call);
        self.end_init_if_done(now);
        Ok(())
    }

    /// Hands an invoke to the worker that has waited longest.
    pub(super) fn dispatch(&mut self, now: Time, invoke: Box<Invoke>) -> Result<(), Rejection> {
        let deadline = now + self.settings.timeout;
        let Some(managed) = &mut self.managed else { return Err(Rejection::Unavailable) };
        if managed.is_open(&invoke.request_id) {
            return Err(Rejection::DuplicateRequestId);
        }
        let call = managed.workers.pop_front().ok_or(Rejection::Unavailable)?;
        if self.phase == Phase::Idle {
            self.enter(Phase::Invoke);
        }
        self.effects.push_back(Effect::BeginInvoke { invoke: invoke.id });
        self.record_start_of(now, &invoke);
        let reply = self.event(&invoke, deadline);
        self.effects.push_back(Effect::Reply { call, reply });
        let is_cold = std::mem::take(&mut self.is_cold);
        if let Some(managed) = &mut self.managed {
            managed.open(Open { invoke, started: now, deadline, is_cold, responding: None });
        }
        Ok(())
    }

    pub(super) fn response_begins(
        &mut self,
        now: Time,
        call: CallId,
        request_id: Option<&RequestId>,
        invocation_id: Option<&InvocationId>,
        content_type: Option<String>,
        mode: Option<ResponseMode>,
    ) -> Result<(), Rejection> {
        let Some(managed) = &mut self.managed else { return Err(Rejection::ContainerError) };
        if managed.is_late(request_id) {
            self.effects.push_back(Effect::Reply { call, reply: Reply::Refused(Rejection::TimedOut) });
            return Ok(());
        }
        let open = managed.unanswered(request_id)?;
        open.check(invocation_id)?;
        let Some(mode) = mode else {
            let request_id = open.invoke.request_id.clone();
            let reply = Reply::Refused(Rejection::InvalidResponseMode);
            let answer = Answer::without_message(ErrorType::INVALID_RESPONSE_MODE);
            self.post(now, &request_id, Some((call, reply)), answer);
            return Ok(());
        };
        let content_type = content_type.or_else(|| Some(UNTYPED.to_owned()));
        let (invoke, streams) = (open.invoke.id, open.invoke.streams);
        open.responding = Some(Responding::new(call, mode, content_type.clone(), streams));
        if streams {
            self.effects.push_back(Effect::AnswerBegins { invoke, content_type });
        }
        Ok(())
    }

    /// An error is taken even while a response of the same invocation is arriving: it cuts that short.
    pub(super) fn error_posted(
        &mut self,
        now: Time,
        call: CallId,
        request_id: Option<&RequestId>,
        invocation_id: Option<&InvocationId>,
        answer: Answer,
    ) -> Result<(), Rejection> {
        let Some(managed) = &mut self.managed else { return Err(Rejection::ContainerError) };
        if managed.is_late(request_id) {
            self.effects.push_back(Effect::Reply { call, reply: Reply::Refused(Rejection::TimedOut) });
            return Ok(());
        }
        let open = managed.find(request_id)?;
        open.check(invocation_id)?;
        let request_id = open.invoke.request_id.clone();
        if let Some(responding) = &open.responding {
            self.effects.push_back(Effect::Reply { call: responding.call, reply: Reply::Accepted });
        }
        self.post(now, &request_id, Some((call, Reply::Accepted)), answer);
        Ok(())
    }

    pub(super) fn piece_arrived(&mut self, now: Time, call: CallId, bytes: Bytes) {
        let limit = self.settings.response_bytes;
        let Some(open) = self.managed.as_mut().and_then(|managed| managed.responding(call)) else { return };
        let Some(responding) = &mut open.responding else { return };
        let (bytes, exceeded) = (responding.take_in(now, bytes, limit), responding.exceeded(limit));
        let invoke = open.invoke.id;
        self.effects.extend(bytes.map(|bytes| Effect::AnswerContinues { invoke, bytes }));
        if let Some(limit) = exceeded {
            let Some(open) = self.managed.as_mut().and_then(|managed| managed.responding(call)) else {
                return;
            };
            let request_id = open.invoke.request_id.clone();
            let reply = Reply::Refused(Rejection::TooLarge { limit });
            let answer = Answer::without_message(ErrorType::RESPONSE_SIZE_TOO_LARGE);
            self.post(now, &request_id, Some((call, reply)), answer);
        }
    }

    pub(super) fn response_ended(&mut self, now: Time, call: CallId, trailers: Option<&ErrorTrailers>) {
        let limit = self.settings.response_bytes;
        let Some(open) = self.managed.as_mut().and_then(|managed| managed.responding(call)) else { return };
        let Some(responding) = open.responding.as_mut() else { return };
        let answer = responding.answer(trailers, limit);
        let request_id = open.invoke.request_id.clone();
        self.post(now, &request_id, Some((call, Reply::Accepted)), answer);
    }

    pub(super) fn response_cut_short(&mut self, now: Time, call: CallId, can_reply: bool) {
        let Some(open) = self.managed.as_mut().and_then(|managed| managed.responding(call)) else { return };
        let request_id = open.invoke.request_id.clone();
        let answer = Answer::without_message(ErrorType::TRUNCATED_RESPONSE);
        let reply = can_reply.then_some((call, Reply::Refused(Rejection::Truncated)));
        self.post(now, &request_id, reply, answer);
    }

    /// The invocation is answered, and with that it is over.
    fn post(&mut self, now: Time, request_id: &RequestId, reply: Option<(CallId, Reply)>, answer: Answer) {
        self.effects.extend(reply.map(|(call, reply)| Effect::Reply { call, reply }));
        let Some(open) = self.managed.as_mut().and_then(|managed| managed.close(request_id)) else { return };
        let bytes = answer.payload.len();
        let first = open.responding.as_ref().and_then(|responding| responding.first).unwrap_or(now);
        let status = if answer.error.is_some() { Status::Error } else { Status::Success };
        let error_type = answer.error.as_ref().map(|error| error.error_type.clone());
        let produced = Produced { first, last: now, bytes };
        self.close(now, open, (status, error_type), answer, Some(produced));
        self.idle_if_nothing_is_open();
    }

    fn close(
        &mut self,
        now: Time,
        open: Open,
        (status, error_type): (Status, Option<String>),
        answer: Answer,
        produced: Option<Produced>,
    ) {
        let invoke = open.invoke.id;
        self.effects.push_back(Effect::Answer { invoke, answer: Box::new(answer) });
        let duration = now.since(open.started).min(self.settings.timeout);
        let report = Report {
            request_id: open.invoke.request_id.clone(),
            status,
            error_type,
            duration,
            // Instances are billed, and not invocations.
            billed_duration: Duration::ZERO,
            memory_mb: self.settings.memory_mb,
            max_memory_used_mb: self.memory_mb,
            cold_start: open.is_cold,
            init_duration: None,
            restore_duration: None,
        };
        self.record_managed_end(now, &open, &report, produced);
        self.effects.push_back(Effect::EndInvoke { invoke, report });
    }

    /// Invocations whose deadline has passed. Nothing happens to the process.
    pub(super) fn invocations_timed_out(&mut self, now: Time) {
        while let Some(open) = self.managed.as_mut().and_then(|managed| managed.expire(now)) {
            if let Some(responding) = &open.responding {
                let reply = Reply::Refused(Rejection::TimedOut);
                self.effects.push_back(Effect::Reply { call: responding.call, reply });
            }
            let answer = Answer::task_timed_out(self.settings.timeout);
            let end = (Status::Timeout, Some(ErrorType::TIMED_OUT.to_owned()));
            self.close(now, open, end, answer, None);
            self.idle_if_nothing_is_open();
        }
    }

    /// The environment fails with all that is under way in it.
    pub(super) fn abort_open(&mut self, now: Time, status: Status, answer: &Answer) {
        let Some(managed) = &mut self.managed else { return };
        let error_type = answer.error.as_ref().map(|error| error.error_type.clone());
        for open in managed.close_all().collect::<Vec<_>>() {
            if let Some(responding) = &open.responding {
                self.effects.push_back(Effect::HangUp { call: responding.call });
            }
            self.close(now, open, (status, error_type.clone()), answer.clone(), None);
        }
    }

    fn idle_if_nothing_is_open(&mut self) {
        let is_idle = self.managed.as_ref().is_some_and(|managed| managed.next_deadline().is_none());
        if is_idle && self.phase == Phase::Invoke {
            self.enter(Phase::Idle);
        }
    }
}

impl Open {
    /// A runtime that does not echo the id of the attempt is taken at its word. The id of another attempt is
    /// that of one that has timed out.
    fn check(&self, invocation_id: Option<&InvocationId>) -> Result<(), Rejection> {
        if invocation_id.is_some() && invocation_id != self.invoke.invocation_id.as_ref() {
            return Err(Rejection::TimedOut);
        }
        Ok(())
    }
}
