//! The books of what the environment does, and the invariants that hold between any two inputs.

use lambda_api::RequestId;

use super::{super::steps::Mode, Course, Fate, World};
use crate::core::{Call, CallId, Effect, InvokeId, Phase, Rejection, Reply, Report, Status};

/// The id of the invocation that a call answers.
fn answered(request: &Call) -> Option<&RequestId> {
    match request {
        Call::Response { request_id, .. } | Call::Error { request_id, .. } => request_id.as_ref(),
        _ => None,
    }
}

impl World {
    /// Carries the effects out, and asserts what must hold between any two inputs.
    pub(super) fn settle(&mut self) {
        if std::mem::replace(&mut self.is_settled, true) {
            return;
        }
        let phase = self.env.phase();
        if matches!(phase, Phase::Reset | Phase::Shutdown) && !self.telemetry.is_ending {
            self.telemetry.is_ending = true;
            self.ending_since = self.now;
        }
        while let Some(effect) = self.env.poll_effect() {
            self.book(&effect);
            self.effects.push(effect);
        }
        self.telemetry.is_ending = matches!(phase, Phase::Reset | Phase::Shutdown);
        if phase == Phase::Idle && !self.is_anybody_there() {
            // Nothing was going on, and the last process went by itself.
            self.telemetry.forget_all();
        }
        self.assert_capacity();

        let may_freeze = self.settings.freezes && self.mode != Mode::Managed;
        let is_frozen = may_freeze && matches!(phase, Phase::Idle | Phase::Snapshot);
        assert_eq!(self.is_frozen, is_frozen, "{phase:?}");

        // Whatever waits for somebody else, waits for a limited time.
        let waits_for_ever = matches!(phase, Phase::Idle | Phase::Snapshot | Phase::Terminated);
        let timer = self.env.poll_timeout();
        if is_frozen || phase == Phase::Terminated {
            assert_eq!(timer, None, "{phase:?}");
        } else if waits_for_ever {
            assert!(timer.is_none() || self.telemetry.may_be_waiting(), "{phase:?}");
        } else {
            assert!(timer.is_some(), "{phase:?}");
        }

        if timer.is_none_or(|timer| timer > self.now) {
            let mut env = self.env.clone();
            env.handle_timeout(self.now);
            assert_eq!(env, self.env, "an early timer does nothing");
            if !is_frozen {
                self.telemetry.assert_nothing_is_overdue(self.now, timer);
            }
        }
    }

    fn assert_capacity(&self) {
        let (phase, in_flight) = (self.env.phase(), self.in_flight());
        let is_closed = matches!(phase, Phase::Shutdown | Phase::Terminated);
        assert!(!is_closed || in_flight == 0, "an invoke outlives the shutdown");
        let capacity = match (self.mode, phase) {
            (_, Phase::Shutdown | Phase::Terminated) => 0,
            (Mode::Managed, Phase::Idle | Phase::Invoke) => {
                self.open(|request| *request == Call::Next).count()
            }
            _ => usize::from(in_flight == 0 && !self.has_failed_to_restore),
        };
        assert_eq!(self.env.capacity(), capacity, "{phase:?}");
        let begun = self.invokes.values().filter(|course| course.has_begun && !course.is_over).count();
        match self.mode {
            Mode::Classic | Mode::SnapStart => assert!(in_flight <= 1, "{in_flight} invokes in flight"),
            Mode::Managed => {
                assert_eq!(phase == Phase::Invoke, begun > 0, "{begun} invocations are open");
                assert!(in_flight - begun <= 1, "only one may wait for init");
            }
        }
    }

    /// With many at once: whether an invocation of this id is under way.
    pub(super) fn is_begun(&self, named: &RequestId) -> bool {
        let is_it = |(invoke, course): (&InvokeId, &Course)| {
            course.has_begun && !course.is_over && self.named(*invoke) == *named
        };
        self.invokes.iter().any(is_it)
    }

    /// Whether a call is the first answer to an invocation that has timed out.
    pub(super) fn is_late(&self, request: &Call) -> bool {
        answered(request).is_some_and(|named| self.late.contains(named))
    }

    /// Whether a process of the newest generation is there.
    fn is_anybody_there(&self) -> bool {
        let generation = self.env.generation();
        self.alive.contains(&generation) || self.extensions.is_any_there(generation)
    }

    /// Whether an answer names an attempt that is not under way.
    pub(super) fn is_of_another_attempt(&self, request: &Call) -> bool {
        let (Call::Response { invocation_id: Some(attempt), .. }
        | Call::Error { invocation_id: Some(attempt), .. }) = request
        else {
            return false;
        };
        let is_it =
            |(invoke, course): (&InvokeId, &Course)| !course.is_over && self.attempt(*invoke) == *attempt;
        !self.invokes.iter().any(is_it)
    }

    /// The runtime's process was said to be gone.
    pub(super) fn runtime_gone(&mut self, generation: u32) {
        let was_alive = self.alive.contains(&generation);
        self.alive.retain(|&alive| alive != generation);
        if was_alive && generation == self.env.generation() {
            self.ending_since = self.now;
        }
    }

    /// A call was not refused; its reply may be yet to come.
    pub(super) fn accepted(&mut self, call: CallId, request: &Call) {
        self.extensions.accepted(self.env.generation(), request);
        match request {
            Call::Next | Call::RestoreNext => self.has_polled = true,
            Call::RestoreError { .. } => self.has_failed_to_restore = true,
            Call::InitError { .. } if self.env.phase() == Phase::Restore => self.has_failed_to_restore = true,
            Call::Response { request_id: Some(named), .. } => {
                let open = self.invokes.iter().find(|(invoke, course)| {
                    course.has_begun && !course.is_over && self.named(**invoke) == *named
                });
                if let Some(invoke) = open.map(|(invoke, _)| *invoke) {
                    self.course(invoke).responding = Some(call);
                }
            }
            _ => {}
        }
        self.telemetry.accepted(request);
    }

    fn course(&mut self, invoke: InvokeId) -> &mut Course {
        self.invokes.get_mut(&invoke).expect("an accepted invoke")
    }

    fn book(&mut self, effect: &Effect) {
        self.assert_may_be_seen(effect);
        match effect {
            Effect::Reply { call, reply } => self.replied(*call, reply),
            Effect::HangUp { call } => {
                let (_, fate) = self.calls.get_mut(call).expect("a call that was made");
                assert_eq!(*fate, Fate::Open, "{call:?} has no connection any more");
                *fate = Fate::HungUp;
            }
            Effect::BeginInvoke { invoke } => {
                let named = self.named(*invoke);
                self.late.remove(&named);
                let course = self.course(*invoke);
                assert!(!course.has_begun && !course.is_over, "{invoke:?}: {course:?}");
                course.has_begun = true;
            }
            Effect::AnswerBegins { invoke, .. } => {
                let course = self.course(*invoke);
                assert!(!course.is_answered && !course.streams, "{invoke:?}: {course:?}");
                course.streams = true;
            }
            Effect::AnswerContinues { invoke, .. } => {
                let course = self.course(*invoke);
                assert!(!course.is_answered && course.streams, "{invoke:?}: {course:?}");
            }
            Effect::Answer { invoke, .. } => {
                let course = self.course(*invoke);
                assert!(!course.is_answered && !course.is_over, "{invoke:?}: {course:?}");
                course.is_answered = true;
            }
            Effect::EndInvoke { invoke, report } => self.ended(*invoke, report),
            Effect::Launch { generation } => {
                assert_eq!(*generation, self.env.generation(), "each process has its own number");
                assert!(self.alive.iter().all(|alive| alive < generation));
                assert!(self.mode == Mode::Classic || *generation == 1, "it cannot be reset");
                self.extensions.runtime_launched(*generation);
                self.alive.push(*generation);
                (self.has_polled, self.has_had_init_phase) = (false, false);
            }
            Effect::Kill => {
                assert!(self.alive.contains(&self.env.generation()), "nobody is there to be killed");
            }
            Effect::EndInit(report) => {
                self.has_had_init_phase = !report.within_invoke && report.status == Status::Success;
            }
            Effect::EndRestore(_) => assert_eq!(self.mode, Mode::SnapStart),
            Effect::EnterPhase(phase) => {
                let is_possible = match phase {
                    Phase::Snapshot | Phase::Restore => self.mode == Mode::SnapStart,
                    Phase::Reset => self.mode == Mode::Classic,
                    _ => true,
                };
                assert!(is_possible, "{phase:?} in {:?}", self.mode);
                let is_reset = self.entered == Phase::Reset && matches!(phase, Phase::Idle | Phase::Invoke);
                if is_reset || *phase == Phase::Terminated {
                    self.telemetry.forget_all();
                }
                self.entered = *phase;
                if *phase == Phase::Shutdown {
                    // Nobody is waited for any more.
                    self.late.clear();
                }
            }
            Effect::Freeze => {
                assert!(!self.is_frozen && self.in_flight() == 0 && self.mode != Mode::Managed);
                self.is_frozen = true;
            }
            Effect::Thaw => {
                assert!(self.is_frozen);
                self.is_frozen = false;
            }
            Effect::Record(event) => self.telemetry.recorded(event),
            Effect::Deliver(delivery) => {
                self.extensions.assert_is_there(&delivery.subscriber, self.env.generation());
                self.telemetry.sent(self.now, delivery);
            }
            Effect::LaunchExtension { index, generation } => {
                assert_eq!(*generation, self.env.generation(), "they are numbered with the runtime");
                self.extensions.launched(*index, *generation);
            }
            Effect::Terminate => {
                let generation = self.env.generation();
                assert!(self.alive.contains(&generation), "nobody is there to be asked");
                assert!(self.extensions.are_any(generation), "only with extensions is the runtime asked");
            }
            Effect::KillExtension { index } => self.extensions.killed(*index, self.env.generation()),
        }
    }

    /// While they are frozen, guests see nothing but the answer to what they have said before.
    fn assert_may_be_seen(&self, effect: &Effect) {
        let is_seen = match effect {
            Effect::Reply { call, .. } => self.calling != Some(*call),
            Effect::Deliver(_)
            | Effect::Launch { .. }
            | Effect::LaunchExtension { .. }
            | Effect::Terminate
            | Effect::Kill
            | Effect::KillExtension { .. } => true,
            _ => false,
        };
        assert!(!(self.is_frozen && is_seen), "they are frozen: {effect:?}");
    }

    fn replied(&mut self, call: CallId, reply: &Reply) {
        let (request, fate) = self.calls.get_mut(&call).expect("a call that was made");
        assert_eq!(*fate, Fate::Open, "{call:?} cannot be answered any more");
        *fate = Fate::Replied;
        let request = request.clone();
        match reply {
            Reply::Invocation(event) => {
                assert_eq!(request, Call::Next, "an event is for a runtime that polls");
                let is_it = |invoke: &&InvokeId| Some(self.attempt(**invoke)) == event.invocation_id;
                let invoke = *self.invokes.keys().find(is_it).expect("an accepted invoke");
                assert_eq!(event.request_id, self.named(invoke));
                let mode = self.mode;
                let course = self.course(invoke);
                assert!(course.has_begun && !course.is_answered && !course.is_over, "{invoke:?}: {course:?}");
                course.deliveries += 1;
                assert!(mode != Mode::Managed || course.deliveries == 1, "{invoke:?} is delivered again");
                if mode != Mode::Managed {
                    self.extensions.invocation_begins(self.env.generation(), invoke, &self.calls);
                }
            }
            Reply::Restored => {
                assert_eq!((request, self.env.phase()), (Call::RestoreNext, Phase::Restore));
            }
            Reply::Refused(Rejection::TimedOut) => self.told_late(call, &request),
            reply => self.extension_replied(&request, reply),
        }
    }

    /// An answer is told that it comes too late.
    fn told_late(&mut self, call: CallId, request: &Call) {
        assert_eq!(self.mode, Mode::Managed);
        let reads = |course: &&mut Course| course.responding == Some(call) && !course.is_over;
        if let Some(course) = self.invokes.values_mut().find(reads) {
            course.is_told_late = true;
            return;
        }
        let named = answered(request).expect("only an answer can be late");
        assert!(self.late.remove(named), "{named:?} has not timed out, or somebody was told before");
    }

    fn ended(&mut self, invoke: InvokeId, report: &Report) {
        let (mode, named) = (self.mode, self.named(invoke));
        let course = self.course(invoke);
        assert!(course.is_answered && !course.is_over, "{invoke:?}: {course:?}");
        course.is_over = true;
        let course = *course;
        if mode == Mode::Managed
            && course.has_begun
            && report.status == Status::Timeout
            && !course.is_told_late
        {
            self.late.insert(named.clone());
        }
        if report.status == Status::Success {
            assert!(course.deliveries > 0 && course.has_begun, "{invoke:?}: {course:?}");
            if mode != Mode::Managed {
                self.extensions.invocation_is_over(self.env.generation(), invoke);
            }
        }
        assert_eq!(report.request_id, named);
        assert!(report.duration <= self.settings.timeout, "{report:?}");
        assert!(report.billed_duration >= report.duration || mode == Mode::Managed, "{report:?}");
        assert_eq!(report.billed_duration.subsec_nanos() % 1_000_000, 0, "{report:?}");
        let may_have_init = report.cold_start && self.has_had_init_phase && mode == Mode::Classic;
        assert!(report.init_duration.is_none() || may_have_init, "{report:?}");
        let may_have_restore = report.cold_start && mode == Mode::SnapStart;
        assert!(report.restore_duration.is_none() || may_have_restore, "{report:?}");
    }
}
