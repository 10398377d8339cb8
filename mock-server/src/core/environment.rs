//! One execution environment: what each input does in each state.
//!
//! The rules are those of the [Lambda execution environment][phases] and of AWS's open-source runtime
//! interface emulator. One-at-a-time mode: no SnapStart, no multi-concurrency, no telemetry. Here are the
//! inputs and the way of an invocation; what a call does is in `calls` and `extension_calls`, how processes
//! begin and end in `life`. Words for the guest are in [`rejection`](super::rejection), words for the caller
//! in [`answer`](super::answer).
//!
//! [phases]: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html

use std::{collections::VecDeque, time::Duration};

use lambda_api::{
    Deadline, ErrorType, RequestId, extension::next::ShutdownReason, runtime::next::Invocation,
};

use self::life::{ExtensionFailure, Gone};
use super::{
    Answer, CallId, Effect, Input, Invoke, Rejection, Reply, Report, Settings, Status, Time,
    extensions::Extensions, runtime_state::RuntimeState,
};

mod calls;
mod extension_calls;
mod life;

/// What an execution environment is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// The runtime starts and has not asked for work yet.
    Init,
    /// Nothing; Lambda would have frozen it.
    Idle,
    /// An invocation.
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
    /// The runtime and all extensions have asked for work since they were launched.
    is_initialised: bool,
    /// The category of an init/error whose process has not exited yet.
    init_error: Option<String>,
    /// Set from the launch of a process to the end of its first invocation.
    is_cold: bool,
    /// How long the init phase took, until an invocation has reported it.
    init_duration: Option<Duration>,
    /// Parked calls to next, oldest first. Only the oldest is answered by an invoke.
    polls: VecDeque<CallId>,
    extensions: Extensions,
    /// An extension that failed while nothing was going on; the next invoke gets to know.
    crash: Option<ExtensionFailure>,
    /// How far reset or shutdown have come.
    ending: Option<life::Ending>,
    current: Option<Current>,
    /// Accepted while the environment was still busy with init or reset.
    waiting: Option<Box<Invoke>>,
    /// Each phase waits for one moment at most.
    timer: Option<Time>,
    effects: VecDeque<Effect>,
}

/// The invocation that the environment is busy with.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Current {
    invoke: Box<Invoke>,
    started: Time,
    is_answered: bool,
    /// The runtime has asked for more work.
    is_runtime_done: bool,
}

impl Current {
    fn new(invoke: Box<Invoke>, started: Time) -> Self {
        Self { invoke, started, is_answered: false, is_runtime_done: false }
    }
}

impl ExecutionEnvironment {
    /// An environment whose runtime is being launched: the init phase has begun.
    pub fn new(settings: Settings, now: Time) -> Self {
        let mut environment = Self {
            timer: Some(now + settings.init_timeout),
            extensions: Extensions::new(&settings.extensions),
            settings,
            phase: Phase::Init,
            runtime: RuntimeState::Absent,
            process_alive: false,
            generation: 0,
            launched: now,
            is_initialised: false,
            init_error: None,
            is_cold: false,
            init_duration: None,
            polls: VecDeque::new(),
            crash: None,
            ending: None,
            current: None,
            waiting: None,
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
            Input::Invoked(invoke) => return self.invoked(now, invoke),
            Input::Called { call, request } => return self.called(now, call, request),
            Input::BodyArrived { call, bytes } => self.body_arrived(call, bytes),
            Input::BodyEnded { call, trailers } => self.body_ended(call, trailers.as_ref()),
            Input::BodyCutShort { call } => self.body_cut_short(call, true),
            Input::CallDropped { call } => {
                self.polls.retain(|&poll| poll != call);
                self.extensions.drop_poll(call);
                self.body_cut_short(call, false);
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
            Input::ShutdownRequested => self.shut_down(now),
        }
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
        self.timer
    }

    /// Tells that time has passed. A call that comes too early does nothing.
    pub fn handle_timeout(&mut self, now: Time) {
        if self.timer.is_none_or(|timer| now < timer) {
            return;
        }
        self.timer = None;
        match self.phase {
            Phase::Init => {
                let (status, reason) = match &self.init_error {
                    Some(_) => (Status::Error, ShutdownReason::Failure),
                    None => (Status::Timeout, ShutdownReason::Timeout),
                };
                let error_type = self.init_error.take();
                self.end_init(now, status, error_type);
                self.stop(now, Phase::Reset, reason);
            }
            Phase::Invoke => self.invoke_timed_out(now),
            Phase::Reset | Phase::Shutdown => self.ending_timed_out(now),
            Phase::Idle | Phase::Terminated => {}
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
        let free = self.current.is_none() && self.waiting.is_none();
        free && matches!(self.phase, Phase::Init | Phase::Idle | Phase::Reset)
    }

    // === invoke ===

    fn invoked(&mut self, now: Time, invoke: Box<Invoke>) -> Result<(), Rejection> {
        if !self.takes_invoke() {
            return Err(Rejection::Unavailable);
        }
        if self.phase == Phase::Idle {
            self.begin_invoke(now, invoke);
        } else {
            self.waiting = Some(invoke);
        }
        Ok(())
    }

    fn begin_invoke(&mut self, now: Time, invoke: Box<Invoke>) {
        self.enter(Phase::Invoke);
        self.timer = Some(now + self.settings.timeout);
        self.current = Some(Current::new(invoke, now));
        if let Some(failure) = self.crash.take() {
            self.extension_failed(now, &failure);
        } else if self.runtime == RuntimeState::Absent {
            // Init failed, or the process died: init is repeated within the invocation and its time-out.
            self.launch(now);
        } else {
            self.tell_extensions();
            self.deliver();
        }
    }

    /// Hands the event to the oldest poll. Without one, the runtime's connection was cut off while it was
    /// idle: the event goes to its next poll.
    fn deliver(&mut self) {
        let Some(current) = self.current.as_ref().filter(|current| !current.is_runtime_done) else { return };
        if !self.is_initialised {
            return;
        }
        if let Some(call) = self.polls.pop_front() {
            let reply = self.event(current);
            self.effects.push_back(Effect::Reply { call, reply });
            self.runtime = RuntimeState::Running;
        }
    }

    fn event(&self, current: &Current) -> Reply {
        let invoke = &current.invoke;
        let deadline = current.started + self.settings.timeout;
        let mut invocation = Invocation::new(invoke.request_id.clone());
        invocation.invocation_id = invoke.invocation_id.clone();
        invocation.deadline = Some(Deadline::from_unix_millis(deadline.as_unix_millis()));
        invocation.invoked_function_arn = invoke.function_arn.clone();
        invocation.trace_id = invoke.trace_id.clone();
        invocation.client_context = invoke.client_context.clone();
        invocation.cognito_identity = invoke.cognito_identity.clone();
        invocation.tenant_id = invoke.tenant_id.clone();
        invocation.content_type = Some("application/json".to_owned());
        invocation.payload = invoke.payload.clone();
        Reply::Invocation(Box::new(invocation))
    }

    fn invoke_timed_out(&mut self, now: Time) {
        if let Some(error_type) = self.init_error.take() {
            // The caller has the init/error already; only its process is still there.
            self.end_init(now, Status::Error, Some(error_type.clone()));
            self.end_invoke(now, Status::Error, Some(error_type));
            self.stop(now, Phase::Reset, ShutdownReason::Failure);
        } else {
            if !self.is_initialised {
                self.end_init(now, Status::Timeout, None);
            }
            let timeout = self.settings.timeout;
            self.answer_unless_answered(|request_id| Answer::timed_out(request_id, timeout));
            self.end_invoke(now, Status::Timeout, Some(ErrorType::TIMED_OUT.to_owned()));
            self.stop(now, Phase::Reset, ShutdownReason::Timeout);
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
        let is_done = self.current.as_ref().is_some_and(|current| current.is_runtime_done);
        if is_done && !self.extensions.are_busy() {
            self.end_invoke(now, Status::Success, None);
            self.settle(now);
        }
    }

    fn end_invoke(&mut self, now: Time, status: Status, error_type: Option<String>) {
        let Some(current) = self.current.take() else { return };
        let duration = now.since(current.started).min(self.settings.timeout);
        let init_duration = self.init_duration.take();
        self.effects.push_back(Effect::EndInvoke {
            invoke: current.invoke.id,
            report: Report {
                request_id: current.invoke.request_id,
                status,
                error_type,
                duration,
                billed_duration: Report::billed(duration, init_duration),
                memory_mb: self.settings.memory_mb,
                max_memory_used_mb: None,
                cold_start: std::mem::take(&mut self.is_cold),
                init_duration,
            },
        });
    }
}
