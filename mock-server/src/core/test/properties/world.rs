//! The world around an environment: does the steps, keeps the books, and asserts the invariants.
//!
//! The books say what has become of every call, invoke, process and record; they know nothing of the environment's
//! states. What is drawn, and how often, is decided in `steps`. The books of effects are in `world::books`, those of
//! extensions and of telemetry in `world::extensions` and `world::telemetry`; what a state is called is in
//! `world::state`.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use bytes::Bytes;
use lambda_api::{ErrorType, InvocationId, RequestId, runtime::ErrorTrailers};

use super::steps::{Echo, Id, Mode, Sequence, Step, Which};
use crate::core::{
    Call, CallId, Effect, ExecutionEnvironment, Exit, Initialization, Input, Invoke, InvokeId, Phase,
    Rejection, Settings, Time,
    test::scenario::{boom, invocation_id, request_id, restore_error},
};

mod books;
mod extensions;
mod state;
mod telemetry;

use extensions::Extensions;
pub(super) use state::{INPUTS, Pair};
use telemetry::Telemetry;

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
    has_begun: bool,
    /// How often the runtime was given it.
    deliveries: usize,
    /// The call in which its response arrives.
    responding: Option<CallId>,
    /// That call was told that the time is over.
    is_told_late: bool,
    /// Its caller takes the response in pieces, and it has begun.
    streams: bool,
    is_answered: bool,
    is_over: bool,
}

#[derive(Clone)]
pub(super) struct World {
    env: ExecutionEnvironment,
    mode: Mode,
    settings: Settings,
    now: Time,
    calls: BTreeMap<CallId, (Call, Fate)>,
    /// The call that is being made.
    calling: Option<CallId>,
    invokes: BTreeMap<InvokeId, Course>,
    /// Counts invokes, refused ones included.
    last_invoke: u64,
    /// With many at once: ids whose time is over, and which nobody has been told.
    late: BTreeSet<RequestId>,
    /// Processes that were launched and have not exited.
    alive: Vec<u32>,
    /// The newest process has polled.
    has_polled: bool,
    /// The newest process has polled before it had an invocation.
    has_had_init_phase: bool,
    has_failed_to_restore: bool,
    is_frozen: bool,
    /// Since when the environment ends and its runtime is gone, as far as somebody has said so.
    ending_since: Time,
    /// The newest phase that was entered.
    entered: Phase,
    extensions: Extensions,
    telemetry: Telemetry,
    /// Nothing has happened since the invariants were looked at.
    is_settled: bool,
    effects: Vec<Effect>,
    rejections: Vec<Rejection>,
    /// What each state was given; only if somebody wants to know.
    reached: Option<BTreeMap<Pair, u64>>,
}

impl World {
    pub(super) fn new(sequence: &Sequence) -> Self {
        let extensions = Extensions::new(sequence.extensions);
        let settings = Settings {
            initialization: match sequence.mode {
                Mode::Classic => Initialization::OnDemand,
                Mode::SnapStart => Initialization::SnapStart,
                Mode::Managed => Initialization::ManagedInstances,
            },
            response_bytes: LIMIT,
            extensions: extensions.names(),
            freezes: sequence.freezes,
            telemetry_bytes: sequence.room,
            ..Settings::default()
        };
        let now = Time::default();
        let mut world = Self {
            env: ExecutionEnvironment::new(settings.clone(), now),
            mode: sequence.mode,
            settings,
            now,
            calls: BTreeMap::new(),
            calling: None,
            invokes: BTreeMap::new(),
            last_invoke: 0,
            late: BTreeSet::new(),
            alive: Vec::new(),
            has_polled: false,
            has_had_init_phase: false,
            has_failed_to_restore: false,
            is_frozen: false,
            ending_since: now,
            entered: Phase::Init,
            extensions,
            telemetry: Telemetry::new(sequence.room),
            is_settled: false,
            effects: Vec::new(),
            rejections: Vec::new(),
            reached: None,
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
            // The time that telemetry has.
            self.play(&Step::Wait(Duration::from_secs(1)));
        } else {
            self.play(&Step::Wait(Duration::from_secs(60)));
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

    /// Lets all subscribers take all that there is; those that are left have got everything they wanted.
    pub(super) fn drain(&mut self) {
        if self.is_frozen {
            self.play(&Step::Invoke);
        }
        for _ in 0..20 {
            while let Some(number) = self.telemetry.on_its_way(0) {
                self.deliver(number, true);
            }
            // Longer than any subscriber waits for a batch to fill.
            self.play(&Step::Wait(Duration::from_millis(2_001)));
        }
        if !self.is_frozen {
            self.telemetry.assert_everything_was_sent();
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
                let (request_id, invocation_id) = (self.request_id(id), self.invocation_id(id, echo));
                let content_type = Some("text/plain".to_owned());
                self.call(Call::Response { request_id, invocation_id, content_type, mode });
            }
            Step::Error { id, echo } => self.call(Call::Error {
                request_id: self.request_id(id),
                invocation_id: self.invocation_id(id, echo),
                error_type: Some("Function.Boom".to_owned()),
                content_type: None,
                xray_cause: None,
                body: Bytes::from_static(b"{}"),
            }),
            Step::InitError => self.call(Call::InitError {
                error_type: Some("Function.Init".to_owned()),
                body: Bytes::from_static(b"{}"),
            }),
            Step::RestoreNext => self.call(Call::RestoreNext),
            Step::RestoreError => self.call(restore_error()),
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
            Step::Restore => self.tell(Input::RestoreRequested),
            Step::Measured { mb } => self.tell(Input::MemoryMeasured { mb }),
            Step::Exits { age, code } => {
                let generation = self.generation(age);
                self.tell(Input::ProcessExited { generation, exit: Exit::Code(code) });
                self.runtime_gone(generation);
            }
            Step::LaunchFails { age } => {
                let generation = self.generation(age);
                let error_type = ErrorType::INVALID_ENTRYPOINT.to_owned();
                self.tell(Input::LaunchFailed { generation, error_type, message: "no bootstrap".to_owned() });
                self.runtime_gone(generation);
            }
            Step::Delivered { which, accepted } => {
                // At times the fate of a batch that is not on its way.
                let number = self.telemetry.on_its_way(which).unwrap_or(which as u64);
                self.deliver(number, accepted);
            }
            Step::Wait(duration) => self.wait_until(self.now + duration),
            Step::WaitForTimer => self.wait_until(self.env.poll_timeout().unwrap_or(self.now)),
            Step::Oversleep(duration) => (self.now, self.is_settled) = (self.now + duration, false),
            Step::ShutDown => self.tell(Input::ShutdownRequested),
            Step::Workers(count) => (0..count).for_each(|_| self.play(&Step::Next)),
            Step::Serves => {
                let (id, echo) = (Id::Newest, Echo::Right);
                self.play(&Step::Error { id, echo });
                self.play(&Step::AllPoll);
            }
            Step::Registers { .. }
            | Step::ExtensionPolls { .. }
            | Step::ExtensionFails { .. }
            | Step::ExtensionExits { .. }
            | Step::ExtensionLaunchFails { .. }
            | Step::Subscribes { .. }
            | Step::Writes { .. }
            | Step::AllRegister { .. }
            | Step::AllPoll => self.play_extension(step),
        }
        self.settle();
        if was_terminated {
            assert_eq!(self.effects.len(), effects, "nothing happens after the end");
        }
    }

    fn call(&mut self, request: Call) {
        let call = CallId(self.calls.len() as u64);
        let was_terminated = self.env.phase() == Phase::Terminated;
        let is_late = self.is_late(&request);
        self.calling = Some(call);
        self.calls.insert(call, (request.clone(), Fate::Open));
        let result = self.handle(Input::Called { call, request: request.clone() });
        assert!(result.is_err() || !was_terminated, "nothing but refusals after the end: {request:?}");
        match result {
            Err(rejection) => {
                assert!(!is_late, "the first late answer is told so: {rejection:?}");
                assert!(rejection != Rejection::TimedOut || self.is_of_another_attempt(&request));
                self.calls.insert(call, (request, Fate::Refused));
            }
            Ok(()) => self.accepted(call, &request),
        }
        self.settle();
        assert!(!is_late || self.calls[&call].1 == Fate::Replied, "it is told at once");
        self.calling = None;
    }

    fn drop_call(&mut self, which: Which) {
        let Some(call) = self.which(which) else { return };
        // A poll is dropped before or after its reply has been written; a refused call is history.
        if matches!(self.calls[&call].1, Fate::Open | Fate::Replied) {
            self.tell(Input::CallDropped { call });
            self.calls.entry(call).and_modify(|(_, fate)| *fate = Fate::Dropped);
        }
    }

    fn invoke(&mut self) {
        self.last_invoke += 1;
        let id = InvokeId(self.last_invoke);
        let named = self.named(id);
        let mut invoke = Invoke::new(id, named.clone(), Bytes::from_static(b"{}"));
        invoke.invocation_id = Some(self.attempt(id));
        invoke.streams = id.0.is_multiple_of(2);
        let is_open = self.mode == Mode::Managed && self.is_begun(&named);
        let would_take = self.env.takes_invoke();
        let result = self.handle(Input::Invoked(Box::new(invoke)));
        let refusal = if would_take { Rejection::DuplicateRequestId } else { Rejection::Unavailable };
        assert_eq!(result.is_ok(), would_take && !is_open, "{result:?}");
        match result {
            Ok(()) => _ = self.invokes.insert(id, Course::default()),
            Err(rejection) => assert_eq!(rejection, refusal),
        }
    }

    fn deliver(&mut self, number: u64, accepted: bool) {
        self.tell(Input::Delivered { number, accepted });
        let subscriber = self.telemetry.subscriber_of(number);
        let is_internal = subscriber.is_some_and(|id| self.is_internal(&id));
        self.telemetry.reported(self.now, number, accepted, is_internal);
        self.settle();
    }

    /// An input about a call of the runtime; nothing if it has made none.
    fn tell_of(&mut self, which: Which, input: impl FnOnce(CallId) -> Input) {
        if let Some(call) = self.which(which) {
            self.tell(input(call));
        }
    }

    fn tell(&mut self, input: Input) {
        self.reach(&input);
        self.is_settled = false;
        assert_eq!(self.env.handle(self.now, input), Ok(()), "only calls and invokes are refused");
    }

    fn handle(&mut self, input: Input) -> Result<(), Rejection> {
        self.reach(&input);
        self.is_settled = false;
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
            self.reach_time();
            self.is_settled = false;
            self.env.handle_timeout(self.now);
            // Who has waited too long for one process may find that the time of the others is over too.
            let is_due_again = self.env.poll_timeout().is_some_and(|next| next <= self.now);
            fired_at_once = if is_due_again { fired_at_once + 1 } else { 0 };
            assert!(fired_at_once < 4, "a timer that fires for ever");
            self.settle();
        }
        self.now = self.now.max(end);
    }
}

// === ids, plausible and not ===

impl World {
    /// The invoke that is meant: of those that were accepted, this many before the newest.
    fn meant(&self, id: Id) -> InvokeId {
        let by = if let Id::Older(by) = id { by } else { 0 };
        let by = usize::try_from(by).expect("a small number");
        self.invokes.keys().rev().nth(by).copied().unwrap_or(InvokeId(0))
    }

    fn request_id(&self, id: Id) -> Option<RequestId> {
        match id {
            Id::Newest | Id::Older(_) => Some(self.named(self.meant(id))),
            Id::Unknown => Some(request_id("r-unknown")),
            Id::Impossible => None,
        }
    }

    fn invocation_id(&self, id: Id, echo: Echo) -> Option<InvocationId> {
        match echo {
            Echo::None => None,
            Echo::Right => Some(self.attempt(self.meant(id))),
            Echo::Wrong => Some(invocation_id("i-unknown")),
        }
    }

    /// Two invokes in a row share their request id, as the attempts of an asynchronous invocation do.
    fn named(&self, invoke: InvokeId) -> RequestId {
        request_id(&format!("r-{}", invoke.0 / 2))
    }

    fn attempt(&self, invoke: InvokeId) -> InvocationId {
        invocation_id(&format!("i-{}", invoke.0))
    }

    fn generation(&self, age: u32) -> u32 {
        self.env.generation().wrapping_sub(age)
    }

    fn which(&self, which: Which) -> Option<CallId> {
        type IsIt = fn(&Call) -> bool;
        let is_poll: IsIt = |request| *request == Call::Next;
        let is_response: IsIt = |request| matches!(request, Call::Response { .. });
        let newest = |is_it: IsIt| {
            self.calls.iter().rev().find(|(_, (request, _))| is_it(request)).map(|(call, _)| *call)
        };
        match which {
            Which::NewestPoll => newest(is_poll),
            Which::OldestOpenPoll => self.open(is_poll).next(),
            Which::NewestExtensionPoll => newest(|request| matches!(request, Call::ExtensionNext { .. })),
            Which::NewestResponse => newest(is_response),
            Which::OldestOpenResponse => self.open(is_response).next(),
            Which::Newest => {
                let is_it =
                    |(_, (_, fate)): &(&CallId, &(Call, Fate))| matches!(fate, Fate::Open | Fate::Replied);
                self.calls.iter().rev().find(is_it).map(|(call, _)| *call)
            }
            Which::Any(index) => self.calls.keys().rev().nth(usize::try_from(index).ok()?).copied(),
        }
    }

    /// Calls of a kind that have neither been answered nor cut off, oldest first.
    fn open(&self, is_it: fn(&Call) -> bool) -> impl Iterator<Item = CallId> {
        let open =
            self.calls.iter().filter(move |(_, (request, fate))| *fate == Fate::Open && is_it(request));
        open.map(|(call, _)| *call)
    }
}
