//! Carries out what the core wants done.

use bytes::Bytes;
use http::Response;

use super::{Driver, End};
use crate::{
    core::{Answer, CallId, Effect, InvokeId, Phase, Reply, Report},
    guest::{Guest, Role},
    timeline::{Event, ExtensionEvent},
};

impl Driver {
    pub(super) fn perform(&mut self) {
        while let Some(effect) = self.environment.poll_effect() {
            match effect {
                Effect::Reply { call, reply } => {
                    self.note(call, &reply);
                    self.reply(call, reply.to_http());
                }
                Effect::HangUp { call } => {
                    self.record(Event::HungUp { call });
                    self.calls.remove(&call);
                }
                Effect::Answer { invoke, answer } => self.answer(invoke, *answer),
                Effect::EndInvoke { invoke, report } => self.end_invoke(invoke, report),
                Effect::Launch { generation } => self.launch(generation),
                Effect::LaunchExtension { index, generation } => self.launch_extension(index, generation),
                Effect::Terminate => {
                    // A future in this process cannot be asked, and so cannot be blamed.
                    if self.guests.get(&Role::Runtime).is_some_and(Guest::terminate) {
                        self.record(Event::Terminated);
                    }
                }
                Effect::Kill => {
                    self.record(Event::Killed);
                    self.guests.get(&Role::Runtime).inspect(|guest| guest.kill());
                }
                Effect::KillExtension { index } => {
                    let event = self.of_extension(index, ExtensionEvent::Killed);
                    self.record(event);
                    self.guests.get(&Role::Extension(index)).inspect(|guest| guest.kill());
                }
                Effect::EnterPhase(phase) => self.enter(phase),
                Effect::EndInit(report) => {
                    self.take_pending_output();
                    self.record(Event::InitEnded(report));
                }
            }
        }
    }

    pub(super) fn reply(&mut self, call: CallId, reply: Response<Bytes>) {
        self.record(Event::Replied { call, status: reply.status() });
        if let Some(open) = self.calls.remove(&call) {
            // A guest that has hung up meanwhile asks again.
            let _hung_up = open.reply.send(reply);
        }
    }

    /// Records what an answer is beside its status: a refusal, or an event that was delivered before.
    fn note(&mut self, call: CallId, reply: &Reply) {
        match reply {
            Reply::Refused(rejection) => {
                self.record(Event::Refused { call, rejection: rejection.clone() });
            }
            Reply::Invocation(invocation) => {
                let request_id = invocation.request_id.clone();
                if self.delivered.contains(&request_id) {
                    self.record(Event::Redelivered { call, request_id });
                } else {
                    self.delivered.push(request_id);
                }
            }
            _ => {}
        }
    }

    fn enter(&mut self, phase: Phase) {
        self.record(Event::PhaseBegan(phase));
        if phase == Phase::Invoke {
            // One at a time: whoever waits is the one that begins.
            let begun = self.waiters.values().next().map(|pending| pending.request_id.clone());
            if let Some(request_id) = begun {
                self.record(Event::InvocationBegan { request_id, version: self.version.clone() });
            }
        }
    }

    fn answer(&mut self, invoke: InvokeId, answer: Answer) {
        let Some(pending) = self.waiters.get_mut(&invoke) else { return };
        let (request_id, sender) = (pending.request_id.clone(), pending.answer.take());
        let error_type = answer.error.as_ref().map(|error| error.error_type.clone());
        self.record(Event::Answered { request_id, error_type, bytes: answer.payload.len() });
        if let Some(sender) = sender {
            // The caller may have gone.
            let _gone = sender.send(answer);
        }
    }

    fn end_invoke(&mut self, invoke: InvokeId, mut report: Report) {
        self.take_pending_output();
        self.measure();
        report.max_memory_used_mb = self.max_memory_used_mb;
        self.delivered.retain(|delivered| *delivered != report.request_id);
        let logs = self.timeline.output_since(self.id, self.since);
        self.since = self.record(Event::InvocationEnded(report.clone()));
        if let Some(pending) = self.waiters.remove(&invoke) {
            let _gone = pending.end.send(End { report, logs });
        }
        if let Some(function) = self.function.upgrade() {
            function.environment_free(self.id);
        }
    }

    /// What the guest wrote before it posted belongs to what it posted, even if nobody has read it yet.
    fn take_pending_output(&mut self) {
        let mut pending = Vec::new();
        for (&role, guest) in &mut self.guests {
            pending.push((role, guest.pending_output()));
        }
        for (role, lines) in pending {
            self.output(role, lines);
        }
    }
}
