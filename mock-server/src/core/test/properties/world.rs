//! The world around an environment: does the steps, keeps the books, and asserts the invariants.
//!
//! The books say what has become of every call, invoke and process; they know nothing of the environment's
//! states. What is drawn, and how often, is decided in `properties`; the books of the extensions are kept in
//! `world::extensions`.

use std::collections::BTreeMap;

use bytes::Bytes;
use lambda_api::{ErrorType, InvocationId, RequestId, runtime::ErrorTrailers};

use super::{
    super::scenario::{boom, invocation_id, request_id, restore_error, secs},
    Echo, Id, Step, Which,
};
use crate::core::{
    Call, CallId, Effect, ExecutionEnvironment, Exit, Input, Invoke, InvokeId, Phase, Rejection, Reply,
    Report, Settings, Status, Time,
};

mod extensions;

use extensions::Extensions;

/// The largest response: small, so that a few pieces exceed it.
pub(super) const LIMIT: usize = 16;

/// What has become of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Open,
    Refused,
    Replied,
    HungUp,
    Dropped,
}

/// What has become of an accepted invoke.
#[derive(Clone, Copy, Debug, Default)]
struct Course {
    is_answered: bool,
    is_over: bool,
}

pub(super) struct World {
    env: ExecutionEnvironment,
    settings: Settings,
    now: Time,
    calls: BTreeMap<CallId, (Call, Fate)>,
    invokes: BTreeMap<InvokeId, Course>,
    /// Counts invokes, refused ones included.
    last_invoke: u64,
    /// Processes that were launched and have not exited.
    alive: Vec<u32>,
    /// The newest process has polled before it had an invocation.
    has_had_init_phase: bool,
    extensions: Extensions,
    effects: Vec<Effect>,
    rejections: Vec<Rejection>,
}

impl World {
    pub(super) fn new(extensions: usize) -> Self {
        let extensions = Extensions::new(extensions);
        let settings =
            Settings { response_bytes: LIMIT, extensions: extensions.names(), ..Settings::default() };
        let now = Time::default();
        let mut world = Self {
            env: ExecutionEnvironment::new(settings.clone(), now),
            settings,
            now,
            calls: BTreeMap::new(),
            invokes: BTreeMap::new(),
            last_invoke: 0,
            alive: Vec::new(),
            has_had_init_phase: false,
            extensions,
            effects: Vec::new(),
            rejections: Vec::new(),
        };
        world.settle();
        world
    }

    pub(super) fn effects(&self) -> &[Effect] {
        &self.effects
    }

    pub(super) fn rejections(&self) -> impl Iterator<Item = Rejection> {
        self.rejections.iter().cloned()
    }

    pub(super) fn phase(&self) -> Phase {
        self.env.phase()
    }

    /// Invokes that were accepted and are not over.
    pub(super) fn in_flight(&self) -> usize {
        self.invokes.values().filter(|course| !course.is_over).count()
    }

    /// Shuts the environment down, and lets its processes die or be given up.
    pub(super) fn finish(&mut self, die: bool) {
        self.play(&Step::ShutDown);
        if die {
            self.play(&Step::Exits { age: 0, code: 0 });
            for index in 0..self.settings.extensions.len() {
                self.play(&Step::ExtensionExits { index, age: 0, code: 0 });
            }
        } else {
            self.play(&Step::Wait(secs(60)));
        }
        assert_eq!(self.env.phase(), Phase::Terminated);
    }

    pub(super) fn assert_nothing_is_left_over(&self) {
        for (call, (request, fate)) in &self.calls {
            assert_ne!(*fate, Fate::Open, "{call:?} {request:?} was neither answered nor hung up on");
        }
        for (invoke, course) in &self.invokes {
            assert!(course.is_answered && course.is_over, "{invoke:?}: {course:?}");
        }
    }
}

// === steps ===

impl World {
    pub(super) fn play(&mut self, step: &Step) {
        let was_terminated = self.env.phase() == Phase::Terminated;
        let effects = self.effects.len();
        match *step {
            Step::Next => self.call(Call::Next),
            Step::Response { id, echo, mode } => {
                let (request_id, invocation_id) = (self.request_id(id), self.invocation_id(echo));
                let content_type = Some("text/plain".to_owned());
                self.call(Call::Response { request_id, invocation_id, content_type, mode });
            }
            Step::Error { id, echo } => self.call(Call::Error {
                request_id: self.request_id(id),
                invocation_id: self.invocation_id(echo),
                error_type: Some("Function.Boom".to_owned()),
                content_type: None,
                xray_cause: None,
                body: Bytes::from_static(b"{}"),
            }),
            Step::InitError => self.call(Call::InitError {
                error_type: Some("Function.Init".to_owned()),
                body: Bytes::from_static(b"{}"),
            }),
            Step::Restore { is_error: false } => self.call(Call::RestoreNext),
            Step::Restore { is_error: true } => self.call(restore_error()),
            Step::BodyArrives { to, bytes } => {
                self.tell_of(to, |call| Input::BodyArrived { call, bytes: vec![b'x'; bytes].into() });
            }
            Step::BodyEnds { to, with_trailers } => {
                let trailers: Option<ErrorTrailers> = with_trailers.then(boom);
                self.tell_of(to, |call| Input::BodyEnded { call, trailers });
            }
            Step::BodyBreaksOff { to } => self.tell_of(to, |call| Input::BodyCutShort { call }),
            Step::CallDropped { which } => self.drop_call(which),
            Step::Invoke => self.invoke(),
            Step::Exits { age, code } => {
                let generation = self.generation(age);
                self.tell(Input::ProcessExited { generation, exit: Exit::Code(code) });
                self.alive.retain(|&alive| alive != generation);
            }
            Step::LaunchFails { age } => {
                let generation = self.generation(age);
                let error_type = ErrorType::INVALID_ENTRYPOINT.to_owned();
                self.tell(Input::LaunchFailed { generation, error_type, message: "no bootstrap".to_owned() });
                self.alive.retain(|&alive| alive != generation);
            }
            Step::Registers { .. }
            | Step::ExtensionPolls { .. }
            | Step::ExtensionFails { .. }
            | Step::ExtensionExits { .. }
            | Step::ExtensionLaunchFails { .. }
            | Step::AllRegister
            | Step::AllPoll => self.play_extension(step),
            Step::Wait(duration) => self.wait_until(self.now + duration),
            Step::WaitForTimer => self.wait_until(self.env.poll_timeout().unwrap_or(self.now)),
            Step::Oversleep(duration) => self.now = self.now + duration,
            Step::ShutDown => self.tell(Input::ShutdownRequested),
        }
        self.settle();
        if was_terminated {
            assert_eq!(self.effects.len(), effects, "nothing happens after the end");
        }
    }

    fn call(&mut self, request: Call) {
        let call = CallId(self.calls.len() as u64);
        let was_terminated = self.env.phase() == Phase::Terminated;
        let refused = self.handle(Input::Called { call, request: request.clone() }).is_err();
        assert!(refused || !was_terminated, "nothing but refusals after the end: {request:?}");
        if !refused {
            self.extensions.accepted(self.env.generation(), &request);
        }
        self.calls.insert(call, (request, if refused { Fate::Refused } else { Fate::Open }));
    }

    fn drop_call(&mut self, which: Which) {
        let Some(call) = self.which(which) else { return };
        // A poll is dropped before or after its reply has been written; a refused call is history.
        if let Some((_, fate @ (Fate::Open | Fate::Replied))) = self.calls.get_mut(&call) {
            *fate = Fate::Dropped;
            self.tell(Input::CallDropped { call });
        }
    }

    fn invoke(&mut self) {
        self.last_invoke += 1;
        let id = InvokeId(self.last_invoke);
        let mut invoke = Invoke::new(id, self.named(self.last_invoke), Bytes::from_static(b"{}"));
        invoke.invocation_id = Some(self.attempt(self.last_invoke));
        let would_take = self.env.takes_invoke();
        let result = self.handle(Input::Invoked(Box::new(invoke)));
        assert_eq!(result.is_ok(), would_take);
        if result.is_ok() {
            self.invokes.insert(id, Course::default());
        }
    }

    /// An input about a call of the runtime; nothing if it has made none.
    fn tell_of(&mut self, which: Which, input: impl FnOnce(CallId) -> Input) {
        if let Some(call) = self.which(which) {
            self.tell(input(call));
        }
    }

    fn tell(&mut self, input: Input) {
        assert_eq!(self.handle(input), Ok(()), "only calls and invokes are refused");
    }

    fn handle(&mut self, input: Input) -> Result<(), Rejection> {
        let before = self.env.clone();
        let result = self.env.handle(self.now, input);
        if let Err(rejection) = &result {
            assert_eq!(self.env, before, "a refusal leaves everything as it was");
            self.rejections.push(rejection.clone());
        }
        result
    }

    fn wait_until(&mut self, end: Time) {
        let mut fired_at_once = 0;
        while let Some(timer) = self.env.poll_timeout().filter(|&timer| timer <= end) {
            self.now = self.now.max(timer);
            self.env.handle_timeout(self.now);
            // Who has waited too long for one process may find that the time of the others is over too.
            let is_due_again = self.env.poll_timeout().is_some_and(|next| next <= self.now);
            fired_at_once = if is_due_again { fired_at_once + 1 } else { 0 };
            assert!(fired_at_once < 2, "a timer that fires for ever");
            self.settle();
        }
        self.now = self.now.max(end);
    }
}

// === ids, plausible and not ===

impl World {
    fn request_id(&self, id: Id) -> Option<RequestId> {
        let newest = self.invokes.keys().next_back().map_or(0, |invoke| invoke.0);
        match id {
            Id::Newest => Some(self.named(newest)),
            Id::Older(by) => Some(self.named(newest.saturating_sub(by))),
            Id::Unknown => Some(request_id("r-unknown")),
            Id::Impossible => None,
        }
    }

    fn invocation_id(&self, echo: Echo) -> Option<InvocationId> {
        let newest = self.invokes.keys().next_back().map_or(0, |invoke| invoke.0);
        match echo {
            Echo::None => None,
            Echo::Right => Some(self.attempt(newest)),
            Echo::Wrong => Some(invocation_id("i-unknown")),
        }
    }

    /// Two invokes in a row share their request id, as the attempts of an asynchronous invocation do.
    fn named(&self, invoke: u64) -> RequestId {
        request_id(&format!("r-{}", invoke / 2))
    }

    fn attempt(&self, invoke: u64) -> InvocationId {
        invocation_id(&format!("i-{invoke}"))
    }

    fn generation(&self, age: u32) -> u32 {
        self.env.generation().wrapping_sub(age)
    }

    fn which(&self, which: Which) -> Option<CallId> {
        let newest = |is_it: fn(&Call) -> bool| {
            self.calls.iter().rev().find(|(_, (request, _))| is_it(request)).map(|(call, _)| *call)
        };
        match which {
            Which::NewestPoll => newest(|request| *request == Call::Next),
            Which::NewestExtensionPoll => newest(|request| matches!(request, Call::ExtensionNext { .. })),
            Which::NewestResponse => newest(|request| matches!(request, Call::Response { .. })),
            Which::Any(index) => self.calls.keys().rev().nth(usize::try_from(index).ok()?).copied(),
        }
    }
}

// === books and invariants ===

impl World {
    /// Carries the effects out, and asserts what must hold between any two inputs.
    fn settle(&mut self) {
        while let Some(effect) = self.env.poll_effect() {
            self.book(&effect);
            self.effects.push(effect);
        }

        let in_flight = self.in_flight();
        assert!(in_flight <= 1, "{in_flight} invokes in flight");
        let is_closed = matches!(self.env.phase(), Phase::Shutdown | Phase::Terminated);
        assert_eq!(self.env.takes_invoke(), in_flight == 0 && !is_closed);
        assert!(!is_closed || in_flight == 0, "an invoke outlives the shutdown");

        // Whatever waits for somebody else, waits for a limited time.
        let waits_for_ever = matches!(self.env.phase(), Phase::Idle | Phase::Terminated);
        assert_eq!(self.env.poll_timeout().is_none(), waits_for_ever, "{:?}", self.env.phase());

        if self.env.poll_timeout().is_none_or(|timer| timer > self.now) {
            let mut env = self.env.clone();
            env.handle_timeout(self.now);
            assert_eq!(env, self.env, "an early timer does nothing");
        }
    }

    fn book(&mut self, effect: &Effect) {
        match effect {
            Effect::Reply { call, reply } => {
                let (request, fate) = self.calls.get_mut(call).expect("a call that was made");
                assert_eq!(*fate, Fate::Open, "{call:?} cannot be answered any more");
                *fate = Fate::Replied;
                let request = request.clone();
                if let Reply::Invocation(event) = reply {
                    assert_eq!(request, Call::Next, "an event is for a runtime that polls");
                    let (invoke, course) = self.invokes.iter().next_back().expect("an accepted invoke");
                    assert!(!course.is_answered && !course.is_over, "{invoke:?} is done with");
                    assert_eq!(event.invocation_id, Some(self.attempt(invoke.0)));
                    self.extensions.invocation_begins(self.env.generation(), *invoke, &self.calls);
                }
                self.extension_replied(&request, reply);
            }
            Effect::HangUp { call } => {
                let (_, fate) = self.calls.get_mut(call).expect("a call that was made");
                assert_eq!(*fate, Fate::Open, "{call:?} has no connection any more");
                *fate = Fate::HungUp;
            }
            Effect::Answer { invoke, .. } => {
                let course = self.invokes.get_mut(invoke).expect("an accepted invoke");
                assert!(!course.is_answered && !course.is_over, "{invoke:?}: {course:?}");
                course.is_answered = true;
            }
            Effect::EndInvoke { invoke, report } => {
                let course = self.invokes.get_mut(invoke).expect("an accepted invoke");
                assert!(course.is_answered && !course.is_over, "{invoke:?}: {course:?}");
                course.is_over = true;
                if report.status == Status::Success {
                    self.extensions.invocation_is_over(self.env.generation(), *invoke);
                }
                self.check(report);
            }
            Effect::Launch { generation } => {
                assert_eq!(*generation, self.env.generation(), "each process has its own number");
                assert!(self.alive.iter().all(|alive| alive < generation));
                self.extensions.runtime_launched(*generation);
                self.alive.push(*generation);
                self.has_had_init_phase = false;
            }
            Effect::Kill => {
                assert!(self.alive.contains(&self.env.generation()), "nobody is there to be killed");
            }
            Effect::EndInit(report) => {
                self.has_had_init_phase = !report.within_invoke && report.status == Status::Success;
            }
            Effect::EnterPhase(_)
            | Effect::BeginInvoke { .. }
            | Effect::Freeze
            | Effect::Thaw
            | Effect::EndRestore(_)
            | Effect::Record(_)
            | Effect::Deliver(_) => {}
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

    fn check(&self, report: &Report) {
        assert!(report.duration <= self.settings.timeout, "{report:?}");
        assert!(report.billed_duration >= report.duration, "{report:?}");
        assert_eq!(report.billed_duration.subsec_nanos() % 1_000_000, 0, "{report:?}");
        let may_have_init = report.cold_start && self.has_had_init_phase;
        assert!(report.init_duration.is_none() || may_have_init, "{report:?}");
    }
}
