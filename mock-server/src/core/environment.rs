//! One execution environment: what each input does in each state.
//!
//! The rules are those of the [Lambda execution environment][phases] and of AWS's open-source runtime
//! interface emulator. Here are the inputs and the way of an invocation in one-at-a-time mode; several at once
//! are in `concurrent`. What a call does is in `calls`, `extension_calls` and `restore`, how processes begin in
//! `life` and how they end in `ending`, which records all of this makes in `records`. Words for the guest are in
//! [`rejection`](super::rejection), words for the caller in [`answer`](super::answer).
//!
//! [phases]: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html

use std::{collections::VecDeque, time::Duration};

use lambda_api::{
    Deadline, ErrorType, RequestId, extension::next::ShutdownReason, runtime::next::Invocation,
};

use self::life::{ExtensionFailure, Gone};
use super::{
    Answer, CallId, Effect, Initialization, Input, Invoke, Rejection, Reply, Report, Settings, Status, Time,
    extensions::Extensions, managed::Managed, runtime_state::RuntimeState, telemetry::Telemetry,
};

mod calls;
mod concurrent;
mod ending;
mod extension_calls;
mod life;
mod records;
mod restore;

/// What an execution environment is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// The runtime starts and has not asked for work yet.
    Init,
    /// Nothing: SnapStart's snapshot has been taken, and is waiting to be restored.
    Snapshot,
    /// The runtime runs its hooks after the snapshot has been restored.
    Restore,
    /// Nothing; Lambda would have frozen it.
    Idle,
    /// An invocation, or several with multi-concurrency.
    Invoke,
    /// The process is being killed, after a time-out or a failed init; the next invoke starts a new one.
    Reset,
    /// The process is being killed for good.
    Shutdown,
    /// Nothing, for ever.
    Terminated,
}

/// One execution environment.
///
/// See [`core`](super) for how it is driven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecutionEnvironment {
    settings: Settings,
    phase: Phase,
    runtime: RuntimeState,
    /// The newest process has neither exited nor failed to start.
    process_alive: bool,
    generation: u32,
    launched: Time,
    /// The runtime has asked for work since it was launched.
    is_runtime_initialised: bool,
    /// The runtime and all extensions have asked for work since they were launched.
    is_initialised: bool,
    /// The init/error or restore/error of a process that has not exited yet.
    init_error: Option<PostedError>,
    /// Set from the launch of a process to the end of its first invocation.
    is_cold: bool,
    /// How long the init phase took, until an invocation has reported it.
    init_duration: Option<Duration>,
    restore: restore::Restore,
    /// Parked calls to next, oldest first. Only the oldest is answered by an invoke.
    polls: VecDeque<CallId>,
    extensions: Extensions,
    /// What an extension has said of its failure, before its process has ended.
    announced: Option<ExtensionFailure>,
    /// An extension that failed while nothing was going on; the next invoke gets to know.
    crash: Option<ExtensionFailure>,
    /// How far reset or shutdown have come.
    ending: Option<ending::Ending>,
    current: Option<Current>,
    /// With multi-concurrency, what stands in place of `polls` and `current`.
    managed: Option<Managed>,
    /// Accepted while the environment was still busy with init or reset.
    waiting: Option<Box<Invoke>>,
    /// Each phase waits for one moment at most.
    timer: Option<Time>,
    telemetry: Telemetry,
    /// The most memory that the runtime's process has been seen to use, in MB.
    memory_mb: Option<u32>,
    is_frozen: bool,
    effects: VecDeque<Effect>,
}

/// The invocation that the environment is busy with.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Current {
    invoke: Box<Invoke>,
    started: Time,
    /// Its beginning has been recorded, which waits for an init that is repeated within it.
    has_begun: bool,
    is_answered: bool,
    /// What the runtime has sent of its answer.
    produced: Option<Produced>,
    /// When the runtime asked for more work.
    runtime_done: Option<Time>,
}

/// When an answer was sent, and how much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Produced {
    first: Time,
    last: Time,
    bytes: usize,
}

/// What a runtime has said of its failed start.
#[derive(Clone, Debug, PartialEq, Eq)]
struct PostedError {
    error_type: String,
    answer: Answer,
}

impl Current {
    fn new(invoke: Box<Invoke>, started: Time) -> Self {
        Self { invoke, started, has_begun: false, is_answered: false, produced: None, runtime_done: None }
    }

    /// Notes that a piece of the answer has come.
    fn produce(&mut self, now: Time, bytes: usize) {
        let produced = self.produced.get_or_insert(Produced { first: now, last: now, bytes: 0 });
        produced.last = now;
        produced.bytes += bytes;
    }
}

impl ExecutionEnvironment {
    /// An environment whose runtime is being launched: the init phase has begun.
    pub fn new(settings: Settings, now: Time) -> Self {
        let init_timeout = settings.init_timeout();
        let is_managed = settings.initialization == Initialization::ManagedInstances;
        let mut environment = Self {
            timer: Some(now + init_timeout),
            extensions: Extensions::new(&settings.extensions, is_managed),
            telemetry: Telemetry::new(&settings),
            managed: is_managed.then(Managed::default),
            settings,
            phase: Phase::Init,
            runtime: RuntimeState::Absent,
            process_alive: false,
            generation: 0,
            launched: now,
            is_runtime_initialised: false,
            is_initialised: false,
            init_error: None,
            is_cold: false,
            init_duration: None,
            restore: restore::Restore::default(),
            polls: VecDeque::new(),
            announced: None,
            crash: None,
            ending: None,
            current: None,
            waiting: None,
            memory_mb: None,
            is_frozen: false,
            effects: VecDeque::new(),
        };
        environment.effects.push_back(Effect::EnterPhase(Phase::Init));
        environment.launch(now);
        environment
    }

    /// Tells what happened.
    ///
    /// # Errors
    ///
    /// A [`Rejection`] if a call or an invoke is refused; it is to be answered at once, and nothing else has
    /// changed. Other inputs are never refused: those that come too late are ignored.
    ///
    /// A timer that is due is to be served first, with [`handle_timeout`](Self::handle_timeout): an input is
    /// taken as it comes, even past the deadline.
    pub fn handle(&mut self, now: Time, input: Input) -> Result<(), Rejection> {
        match input {
            Input::Invoked(invoke) => self.invoked(now, invoke)?,
            Input::Called { call, request } => self.called(now, call, request)?,
            Input::BodyArrived { call, bytes } => self.body_arrived(now, call, bytes),
            Input::BodyEnded { call, trailers } => self.body_ended(now, call, trailers.as_ref()),
            Input::BodyCutShort { call } => self.body_cut_short(now, call, true),
            Input::CallDropped { call } => {
                self.polls.retain(|&poll| poll != call);
                self.restore.drop_poll(call);
                self.extensions.drop_poll(call);
                if let Some(managed) = &mut self.managed {
                    managed.workers.retain(|&poll| poll != call);
                }
                self.body_cut_short(now, call, false);
            }
            Input::ProcessExited { generation, exit } => {
                self.runtime_gone(now, generation, &Gone::Exited(exit));
            }
            Input::LaunchFailed { generation, error_type, message } => {
                self.runtime_gone(now, generation, &Gone::NeverStarted { error_type, message });
            }
            Input::ExtensionExited { index, generation, exit } => {
                self.extension_gone(now, index, generation, ExtensionFailure::crash(exit));
            }
            Input::ExtensionLaunchFailed { index, generation, message } => {
                self.extension_gone(now, index, generation, ExtensionFailure::launch(message));
            }
            Input::Wrote { source, line, is_json } => self.wrote(now, source, line, is_json),
            Input::Delivered { number, accepted } => self.delivered(now, number, accepted),
            Input::MemoryMeasured { mb } => self.memory_mb = self.memory_mb.max(Some(mb)),
            Input::RestoreRequested => self.restore_requested(now),
            Input::ShutdownRequested => self.shut_down(now),
        }
        self.telemetry.send_what_is_due(now, &mut self.effects);
        Ok(())
    }

    /// The next thing to do, if there is any; ask again until there is none.
    ///
    /// May be more after every [`handle`](Self::handle) and [`handle_timeout`](Self::handle_timeout).
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called, unless something happens before.
    ///
    /// May change with every [`handle`](Self::handle) and [`handle_timeout`](Self::handle_timeout).
    pub fn poll_timeout(&self) -> Option<Time> {
        let deadline = self.managed.as_ref().and_then(Managed::next_deadline);
        [self.timer, deadline, self.telemetry.poll_timeout()].into_iter().flatten().min()
    }

    /// Whether the time is over that a phase or an invocation may take, and not only that of a batch of telemetry.
    pub fn is_time_up(&self, now: Time) -> bool {
        let deadline = self.managed.as_ref().and_then(Managed::next_deadline);
        [self.timer, deadline].into_iter().flatten().any(|timer| timer <= now)
    }

    /// Tells that time has passed. A call that comes too early does nothing.
    pub fn handle_timeout(&mut self, now: Time) {
        self.invocations_timed_out(now);
        if self.timer.is_some_and(|timer| timer <= now) {
            self.timer = None;
            self.phase_timed_out(now);
        }
        self.telemetry.send_what_is_due(now, &mut self.effects);
    }

    fn phase_timed_out(&mut self, now: Time) {
        match self.phase {
            Phase::Init => self.init_timed_out(now),
            Phase::Restore => self.restore_timed_out(now),
            Phase::Invoke => self.invoke_timed_out(now),
            Phase::Reset | Phase::Shutdown => self.ending_timed_out(now),
            // A runtime that has posted restore/error and does not exit, or nothing.
            Phase::Snapshot | Phase::Idle | Phase::Terminated => {}
        }
    }

    /// What the environment is doing.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The number of the newest process; calls of an older one are not this environment's any more.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// Whether an invoke would be accepted now.
    pub fn takes_invoke(&self) -> bool {
        self.capacity() > 0
    }

    /// How many invokes would be accepted now; more than one only with multi-concurrency.
    pub fn capacity(&self) -> usize {
        match (&self.managed, self.phase) {
            (Some(managed), Phase::Idle | Phase::Invoke) => managed.workers.len(),
            _ => usize::from(self.takes_one()),
        }
    }

    fn takes_one(&self) -> bool {
        let free = self.current.is_none() && self.waiting.is_none();
        let can_begin = match self.phase {
            Phase::Init | Phase::Snapshot | Phase::Idle | Phase::Reset => true,
            // Restored ahead of any invoke.
            Phase::Restore => !self.restore.has_failed(),
            Phase::Invoke | Phase::Shutdown | Phase::Terminated => false,
        };
        free && can_begin
    }

    // === invoke ===

    fn invoked(&mut self, now: Time, invoke: Box<Invoke>) -> Result<(), Rejection> {
        if !self.takes_invoke() {
            return Err(Rejection::Unavailable);
        }
        match self.phase {
            Phase::Idle | Phase::Invoke if self.managed.is_some() => return self.dispatch(now, invoke),
            Phase::Idle => self.begin_invoke(now, invoke),
            Phase::Snapshot => {
                self.waiting = Some(invoke);
                self.begin_restore(now);
            }
            _ => self.waiting = Some(invoke),
        }
        Ok(())
    }

    fn begin_invoke(&mut self, now: Time, invoke: Box<Invoke>) {
        self.thaw();
        self.enter(Phase::Invoke);
        self.timer = Some(now + self.settings.timeout);
        self.current = Some(Current::new(invoke, now));
        if let Some(failure) = self.crash.take() {
            self.record_start(now);
            self.extension_failed(now, &failure);
        } else if self.runtime == RuntimeState::Absent {
            // Init failed, or the process died: init is repeated within the invocation and its time-out.
            self.launch(now);
        } else {
            self.record_start(now);
            self.tell_extensions();
            self.deliver();
        }
    }

    /// Hands the event to the oldest poll. Without one, the runtime's connection was cut off while it was
    /// idle: the event goes to its next poll.
    fn deliver(&mut self) {
        let Some(current) = self.current.as_ref().filter(|current| current.runtime_done.is_none()) else {
            return;
        };
        if !self.is_initialised {
            return;
        }
        if let Some(call) = self.polls.pop_front() {
            let reply = self.event(&current.invoke, current.started + self.settings.timeout);
            self.effects.push_back(Effect::Reply { call, reply });
            self.runtime = RuntimeState::Running;
        }
    }

    fn event(&self, invoke: &Invoke, deadline: Time) -> Reply {
        let mut invocation = Invocation::new(invoke.request_id.clone());
        invocation.invocation_id = invoke.invocation_id.clone();
        invocation.deadline = Some(Deadline::from_unix_millis(deadline.as_unix_millis()));
        invocation.invoked_function_arn = invoke.function_arn.clone();
        invocation.trace_id = invoke.trace_id.clone();
        invocation.client_context = invoke.client_context.clone();
        invocation.cognito_identity = invoke.cognito_identity.clone();
        // Tenants are not isolated on managed instances.
        invocation.tenant_id = invoke.tenant_id.clone().filter(|_| self.managed.is_none());
        // The one-at-a-time core says the same of all events.
        let is_told = self.managed.is_some();
        let content_type = if is_told { &*invoke.content_type } else { "application/json" };
        invocation.content_type = Some(content_type.to_owned().into());
        invocation.payload = invoke.payload.clone();
        Reply::Invocation(Box::new(invocation))
    }

    fn invoke_timed_out(&mut self, now: Time) {
        if let Some(posted) = self.init_error.take() {
            // The caller has the init/error already; only its process is still there.
            self.end_init(now, Status::Error, Some(posted.error_type.clone()));
            self.end_invoke(now, Status::Error, Some(posted.error_type));
            self.fail(now, ShutdownReason::Failure);
        } else {
            if !self.is_initialised {
                self.end_init(now, Status::Timeout, None);
            }
            let timeout = self.settings.timeout;
            self.answer_unless_answered(|request_id| Answer::timed_out(request_id, timeout));
            self.end_invoke(now, Status::Timeout, Some(ErrorType::TIMED_OUT.to_owned()));
            self.fail(now, ShutdownReason::Timeout);
        }
    }

    fn answer_unless_answered(&mut self, answer: impl FnOnce(&RequestId) -> Answer) {
        if let Some(current) = self.current.as_mut().filter(|current| !current.is_answered) {
            current.is_answered = true;
            let answer = Box::new(answer(&current.invoke.request_id));
            self.effects.push_back(Effect::Answer { invoke: current.invoke.id, answer });
        }
    }

    /// The invocation is over when the runtime and all extensions that were told of it have asked for more.
    fn end_invoke_if_done(&mut self, now: Time) {
        let is_done = self.current.as_ref().is_some_and(|current| current.runtime_done.is_some());
        if is_done && !self.extensions.are_busy() {
            self.end_invoke(now, Status::Success, None);
            self.settle(now);
        }
    }

    fn end_invoke(&mut self, now: Time, status: Status, error_type: Option<String>) {
        let Some(current) = self.current.take() else { return };
        let duration = now.since(current.started).min(self.settings.timeout);
        let init_duration = self.init_duration.take();
        let restore_duration = self.restore.take_duration();
        let report = Report {
            request_id: current.invoke.request_id.clone(),
            status,
            error_type,
            duration,
            billed_duration: Report::billed(duration, init_duration),
            memory_mb: self.settings.memory_mb,
            max_memory_used_mb: self.memory_mb,
            cold_start: std::mem::take(&mut self.is_cold),
            init_duration,
            restore_duration,
        };
        self.record_end(now, &current, &report);
        self.effects.push_back(Effect::EndInvoke { invoke: current.invoke.id, report });
    }
}
