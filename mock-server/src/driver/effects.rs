//! Carries out what the core wants done.

use bytes::Bytes;
use http::{Method, Response};

use super::{Driver, End, Piece};
use crate::{
    core::{Answer, CallId, Delivery, Effect, InvokeId, Phase, Reply, Report},
    courier::Courier,
    guest::{Guest, Role},
    timeline::{Event, ExtensionEvent},
};

impl Driver {
    pub(super) fn perform(&mut self) {
        self.carry_out();
        // Whoever chooses an environment for an invoke knows how many this one takes.
        while self.offered < self.environment.capacity() {
            self.offered += 1;
            self.world.upgrade().inspect(|world| world.environment_free(self.id));
        }
    }

    pub(super) fn carry_out(&mut self) {
        while let Some(effect) = self.environment.poll_effect() {
            match effect {
                Effect::Reply { call, reply } => {
                    self.note_reply(call, &reply);
                    self.reply(call, self.quirks.word(&reply, self.timeout));
                }
                Effect::HangUp { call } => {
                    self.record(Event::HungUp { call });
                    self.calls.remove(&call);
                }
                Effect::BeginInvoke { invoke } => self.begin_invoke(invoke),
                Effect::AnswerBegins { invoke, content_type } => {
                    self.continue_answer(invoke, Piece::Begins(content_type));
                }
                Effect::AnswerContinues { invoke, bytes } => {
                    let piece = Piece::Bytes(bytes, self.place.take());
                    self.continue_answer(invoke, piece);
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
                Effect::Freeze => {
                    self.record(Event::Frozen);
                    self.guests.values().for_each(Guest::freeze);
                }
                Effect::Thaw => {
                    self.record(Event::Thawed);
                    self.guests.values().for_each(Guest::thaw);
                }
                Effect::EnterPhase(phase) => {
                    self.record(Event::PhaseBegan(phase));
                    if matches!(phase, Phase::Idle | Phase::Snapshot)
                        && !std::mem::replace(&mut self.is_ready, true)
                    {
                        self.world.upgrade().inspect(|world| world.environment_ready(self.id));
                    }
                }
                Effect::EndInit(report) => {
                    self.record(Event::InitEnded(report));
                }
                Effect::EndRestore(report) => {
                    self.record(Event::RestoreEnded(report));
                }
                Effect::Record(event) => {
                    self.record(Event::Telemetry(event));
                }
                Effect::Deliver(delivery) => self.deliver(*delivery),
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

    fn begin_invoke(&mut self, invoke: InvokeId) {
        if let Some(pending) = self.waiters.get(&invoke) {
            let request_id = pending.request_id.clone();
            self.record(Event::InvocationBegan { request_id, version: self.version.clone() });
        }
    }

    /// Records what an answer is beside its status: a refusal, or an event that was delivered before.
    fn note_reply(&mut self, call: CallId, reply: &Reply) {
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

    fn answer(&mut self, invoke: InvokeId, answer: Answer) {
        let Some(pending) = self.waiters.get_mut(&invoke) else { return };
        let (request_id, sender) = (pending.request_id.clone(), pending.answer.take());
        pending.slot = None;
        pending.pieces = None;
        let error_type = answer.error.as_ref().map(|error| error.error_type.clone());
        let bytes = pending.streamed + answer.payload.len();
        self.record(Event::Answered { request_id, error_type, bytes });
        if let Some(sender) = sender {
            // The caller may have gone.
            let _gone = sender.send(answer);
        }
    }

    fn continue_answer(&mut self, invoke: InvokeId, piece: Piece) {
        let Some(pending) = self.waiters.get_mut(&invoke) else { return };
        if let Piece::Bytes(bytes, _) = &piece {
            pending.streamed += bytes.len();
        }
        // A caller that has gone does not hold the guest up.
        let _gone = pending.pieces.as_ref().map(|pieces| pieces.send(piece));
    }

    fn end_invoke(&mut self, invoke: InvokeId, report: Report) {
        self.delivered.retain(|delivered| *delivered != report.request_id);
        let logs = self.timeline.output_since(self.id, self.since);
        let wants_tail = self.waiters.get(&invoke).is_some_and(|pending| pending.wants_tail);
        let tail = wants_tail.then(|| self.timeline.tail(self.id, self.since, self.logs_json));
        self.since = self.record(Event::InvocationEnded(report.clone()));
        if let Some(pending) = self.waiters.remove(&invoke) {
            let _gone = pending.end.send(End { report, logs, tail });
        }
    }

    fn deliver(&mut self, delivery: Delivery) {
        let Delivery { number, subscriber, destination, method, events } = delivery;
        let count = events.len();
        self.record(Event::TelemetrySent { extension: subscriber.to_string(), events: count });
        // An extension that subscribes again may do so with another destination.
        let method = Method::from(method);
        if self.couriers.get(&subscriber).is_some_and(|courier| !courier.carries_to(&destination, &method)) {
            self.couriers.remove(&subscriber);
        }
        let messages = &self.link.messages;
        let courier = self.couriers.entry(subscriber).or_insert_with_key(|subscriber| {
            Courier::start(destination, method, subscriber.clone(), messages.clone())
        });
        courier.send(number, events);
    }

    /// What the guests wrote before they posted belongs to what they posted, even if nobody has read it yet.
    pub(super) fn take_pending_output(&mut self) {
        let mut pending = Vec::new();
        for (&role, guest) in &mut self.guests {
            pending.push((role, guest.pending_output()));
        }
        for (role, lines) in pending {
            self.output(role, lines);
        }
    }
}
