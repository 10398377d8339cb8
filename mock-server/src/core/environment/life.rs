//! How the processes of an environment begin, and what their failures mean: init, crashes, freezing.
//!
//! External extensions are launched first; when all have registered the runtime follows; when all have asked
//! for work init is over. How processes are ended is in [`ending`](super::ending). Source:
//! [execution environment](https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html).

use lambda_api::{ErrorType, RequestId, extension::next::ShutdownReason};

use super::{Current, ExecutionEnvironment, Phase, PostedError};
use crate::core::{
    Answer, Effect, Exit, InitReport, Initialization, Status, Time, extensions::ProcessFailure,
    runtime_state::RuntimeState,
};

const LAUNCH_ERROR: &str = "Extension.LaunchError";

/// How the runtime's process came to be gone.
pub(super) enum Gone {
    Exited(Exit),
    NeverStarted { error_type: String, message: String },
}

impl Gone {
    fn error_type(&self) -> &str {
        match self {
            Self::Exited(Exit::OutOfMemory) => ErrorType::OUT_OF_MEMORY,
            Self::Exited(_) => ErrorType::EXIT,
            Self::NeverStarted { error_type, .. } => error_type,
        }
    }

    fn answer(&self, request_id: &RequestId) -> Answer {
        match self {
            Self::Exited(exit) => Answer::exited(request_id, *exit),
            Self::NeverStarted { error_type, message } => Answer::platform(error_type, request_id, message),
        }
    }

    /// The answer for whoever has no invocation in the environment, or one of many.
    fn answer_to_all(&self) -> Answer {
        match self {
            Self::Exited(_) => Answer::without_message(self.error_type()),
            Self::NeverStarted { error_type, message } => Answer::platform_failure(error_type, message),
        }
    }
}

/// How an extension failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ExtensionFailure {
    pub(super) error_type: &'static str,
    pub(super) message: String,
}

impl ExtensionFailure {
    pub(super) fn crash(exit: Exit) -> Self {
        let message = match exit {
            // An extension may not end before the environment does, not even in peace.
            Exit::Code(0) => "exit code 0".to_owned(),
            other => other.to_string(),
        };
        Self { error_type: "Extension.Crash", message }
    }

    pub(super) fn launch(message: String) -> Self {
        Self { error_type: LAUNCH_ERROR, message }
    }

    pub(super) fn reported(error_type: &'static str, category: &str) -> Self {
        Self { error_type, message: category.to_owned() }
    }
}

impl ExecutionEnvironment {
    // === init ===

    pub(super) fn launch(&mut self, now: Time) {
        self.generation += 1;
        self.launched = now;
        self.is_runtime_initialised = false;
        self.is_initialised = false;
        self.is_cold = true;
        self.init_duration = None;
        self.memory_mb = None;
        self.crash = None;
        self.announced = None;
        self.telemetry.open();
        self.record_init_start(now);
        let extensions = self.extensions.launch();
        if extensions.is_empty() {
            self.launch_runtime();
            return;
        }
        self.runtime = RuntimeState::Awaited;
        let generation = self.generation;
        self.effects.extend(extensions.map(|index| Effect::LaunchExtension { index, generation }));
    }

    pub(super) fn launch_runtime(&mut self) {
        self.process_alive = true;
        self.runtime = RuntimeState::Started;
        self.effects.push_back(Effect::Launch { generation: self.generation });
    }

    /// The runtime has asked for work, or waits for its snapshot to be restored.
    pub(super) fn runtime_initialised(&mut self, now: Time) {
        self.is_runtime_initialised = true;
        self.record_init_runtime_done(now, Status::Success, None);
    }

    pub(super) fn end_init_if_done(&mut self, now: Time) {
        let has_worker = self.managed.as_ref().is_none_or(|managed| !managed.workers.is_empty());
        let is_done = self.is_runtime_initialised && has_worker && self.extensions.are_initialised();
        if self.is_initialised || !is_done {
            return;
        }
        self.is_initialised = true;
        self.telemetry.close();
        self.end_init(now, Status::Success, None);
        if self.phase != Phase::Init {
            self.record_start(now);
            self.tell_extensions();
            self.deliver();
        } else if self.settings.initialization == Initialization::SnapStart {
            self.timer = None;
            self.enter(Phase::Snapshot);
            if self.waiting.is_some() {
                self.begin_restore(now);
            } else {
                self.freeze();
            }
        } else {
            self.init_duration = Some(now.since(self.launched));
            self.settle(now);
        }
    }

    pub(super) fn end_init(&mut self, now: Time, status: Status, error_type: Option<String>) {
        let report = InitReport {
            within_invoke: self.phase == Phase::Invoke,
            status,
            error_type,
            duration: now.since(self.launched),
        };
        self.record_init_end(now, &report);
        self.effects.push_back(Effect::EndInit(report));
        // An init that failed within an invocation is over before the invocation begins.
        if status != Status::Success {
            self.record_start(now);
        }
    }

    pub(super) fn init_timed_out(&mut self, now: Time) {
        let (status, reason) = match &self.init_error {
            Some(_) => (Status::Error, ShutdownReason::Failure),
            None => (Status::Timeout, ShutdownReason::Timeout),
        };
        let posted = self.init_error.take();
        self.end_init(now, status, posted.as_ref().map(|posted| posted.error_type.clone()));
        let timeout = self.settings.init_timeout();
        let answer = posted.map_or_else(|| Answer::task_timed_out(timeout), |posted| posted.answer);
        self.init_failed(now, reason, &answer);
    }

    /// Where init is repeated by the invoke, that sees for itself; elsewhere there is no other init.
    fn init_failed(&mut self, now: Time, reason: ShutdownReason, answer: &Answer) {
        // One that is made ready ahead of any invoke has failed in what it is for.
        let is_for_nobody =
            self.settings.initialization == Initialization::ProvisionedConcurrency && self.waiting.is_none();
        if self.can_reset() && !is_for_nobody {
            self.stop(now, Phase::Reset, reason);
        } else {
            self.end_for_good(now, reason, answer);
        }
    }

    /// Whether the environment outlives its processes.
    pub(super) fn can_reset(&self) -> bool {
        match self.settings.initialization {
            Initialization::OnDemand | Initialization::ProvisionedConcurrency => true,
            Initialization::SnapStart | Initialization::ManagedInstances => false,
        }
    }

    /// The environment has failed, and will not be reset; `answer` is for whoever waits for it.
    pub(super) fn end_for_good(&mut self, now: Time, reason: ShutdownReason, answer: &Answer) {
        let status = if reason == ShutdownReason::Timeout { Status::Timeout } else { Status::Error };
        // Managed instances know two reasons only.
        let reason = if self.managed.is_some() { ShutdownReason::Failure } else { reason };
        let error_type = answer.error.as_ref().map(|error| error.error_type.clone());
        if let Some(invoke) = self.waiting.take() {
            self.current = Some(Current::new(invoke, now));
        }
        self.answer_unless_answered(|_| answer.clone());
        self.end_invoke(now, status, error_type);
        self.abort_open(now, status, answer);
        self.stop(now, Phase::Shutdown, reason);
    }

    // === a process is gone ===

    pub(super) fn runtime_gone(&mut self, now: Time, generation: u32, gone: &Gone) {
        if generation != self.generation || !self.process_alive {
            return;
        }
        self.process_alive = false;
        let is_managed = self.managed.is_some();
        // An internal extension may have said why, which is then the first failure.
        let is_busy = matches!(self.phase, Phase::Init | Phase::Restore | Phase::Invoke);
        if let Some(announced) = self.announced.take_if(|_| is_busy && self.init_error.is_none()) {
            self.extension_failed(now, &announced);
            return;
        }
        match self.phase {
            Phase::Init => {
                let posted = self.init_error.take();
                let (error_type, answer) = match posted {
                    Some(PostedError { error_type, answer }) => (error_type, answer),
                    None => (gone.error_type().to_owned(), gone.answer_to_all()),
                };
                self.end_init(now, Status::Error, Some(error_type));
                self.init_failed(now, ShutdownReason::Failure, &answer);
            }
            Phase::Restore => {
                let posted = self.init_error.take().unwrap_or_else(|| PostedError {
                    error_type: gone.error_type().to_owned(),
                    answer: gone.answer_to_all(),
                });
                self.restore_failed(now, Status::Error, &posted);
            }
            Phase::Snapshot => self.end_for_good(now, ShutdownReason::Failure, &gone.answer_to_all()),
            Phase::Idle | Phase::Invoke if is_managed => {
                self.end_for_good(now, ShutdownReason::Failure, &gone.answer_to_all());
            }
            // Noticed by the next invoke, which starts a new process.
            Phase::Idle if self.can_reset() && self.extensions.alive().is_empty() => {
                self.forget_runtime();
                self.forget_extensions();
            }
            Phase::Idle => self.fail(now, ShutdownReason::Failure),
            Phase::Invoke => {
                let posted = self.init_error.take().map(|posted| posted.error_type);
                let error_type = posted.unwrap_or_else(|| gone.error_type().to_owned());
                if !self.is_initialised {
                    self.end_init(now, Status::Error, Some(error_type.clone()));
                }
                self.answer_unless_answered(|request_id| gone.answer(request_id));
                self.end_invoke(now, Status::Error, Some(error_type));
                self.fail(now, ShutdownReason::Failure);
            }
            Phase::Reset | Phase::Shutdown => self.go_on_ending(now),
            Phase::Terminated => {}
        }
    }

    pub(super) fn extension_gone(
        &mut self,
        now: Time,
        index: usize,
        generation: u32,
        failure: ExtensionFailure,
    ) {
        let how = match failure.error_type {
            LAUNCH_ERROR => ProcessFailure::launch(&failure.message),
            _ => ProcessFailure::Exit,
        };
        if generation != self.generation || !self.extensions.gone(index, how) {
            return;
        }
        for extension in self.extensions.of_process(index) {
            self.telemetry.unsubscribe(&extension.id);
        }
        match self.phase {
            Phase::Reset | Phase::Shutdown => self.go_on_ending(now),
            // The first failure counts, whoever's it was.
            _ => {
                let announced = self.announced.take().map(|announced| announced.error_type);
                let error_type = announced.unwrap_or(failure.error_type);
                self.extension_failed(now, &ExtensionFailure { error_type, ..failure });
            }
        }
    }

    /// An extension's failure is the environment's. While nothing is going on nobody notices it yet.
    pub(super) fn extension_failed(&mut self, now: Time, failure: &ExtensionFailure) {
        if self.managed.is_some() && self.phase != Phase::Init {
            let answer = Answer::without_message(failure.error_type);
            self.end_for_good(now, ShutdownReason::Failure, &answer);
            return;
        }
        if !matches!(self.phase, Phase::Init | Phase::Restore | Phase::Invoke) {
            self.crash.get_or_insert_with(|| failure.clone());
            return;
        }
        // The first failure counts; the runtime's own may have come before.
        let posted = self.init_error.take();
        if self.phase == Phase::Restore {
            let posted = posted.unwrap_or_else(|| PostedError {
                error_type: failure.error_type.to_owned(),
                answer: Answer::platform_failure(failure.error_type, &failure.message),
            });
            self.restore_failed(now, Status::Error, &posted);
            return;
        }
        let (error_type, answer) = match posted {
            Some(PostedError { error_type, answer }) => (error_type, answer),
            None => {
                let answer = Answer::platform_failure(failure.error_type, &failure.message);
                (failure.error_type.to_owned(), answer)
            }
        };
        if !self.is_initialised {
            self.end_init(now, Status::Error, Some(error_type.clone()));
        }
        if self.phase == Phase::Init {
            self.init_failed(now, ShutdownReason::Failure, &answer);
            return;
        }
        self.answer_unless_answered(|request_id| {
            Answer::platform(failure.error_type, request_id, &failure.message)
        });
        self.end_invoke(now, Status::Error, Some(error_type));
        self.fail(now, ShutdownReason::Failure);
    }

    /// Nothing is under way any more: the environment is idle, or takes what has been waiting.
    pub(super) fn settle(&mut self, now: Time) {
        self.timer = None;
        let waiting = self.waiting.take();
        if self.managed.is_some() {
            self.enter(Phase::Idle);
            // Init is not over before there is an idle worker.
            let _dispatched = waiting.map(|invoke| self.dispatch(now, invoke));
            return;
        }
        match waiting {
            Some(invoke) => self.begin_invoke(now, invoke),
            None => {
                self.enter(Phase::Idle);
                self.freeze();
            }
        }
    }

    fn freeze(&mut self) {
        if self.settings.freezes && !self.is_frozen {
            self.is_frozen = true;
            self.telemetry.pause(true);
            self.effects.push_back(Effect::Freeze);
        }
    }

    pub(super) fn thaw(&mut self) {
        if std::mem::take(&mut self.is_frozen) {
            self.telemetry.pause(false);
            self.effects.push_back(Effect::Thaw);
        }
    }

    pub(super) fn forget_runtime(&mut self) {
        let responding = match std::mem::replace(&mut self.runtime, RuntimeState::Absent) {
            RuntimeState::Responding(responding) => Some(responding.call),
            _ => None,
        };
        let workers = self.managed.iter_mut().flat_map(|managed| managed.workers.drain(..));
        let open = self.polls.drain(..).chain(workers).chain(self.restore.take_poll()).chain(responding);
        self.effects.extend(open.map(|call| Effect::HangUp { call }));
    }

    pub(super) fn forget_extensions(&mut self) {
        self.telemetry.forget_all();
        let open = self.extensions.forget();
        self.effects.extend(open.into_iter().map(|call| Effect::HangUp { call }));
    }

    pub(super) fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.effects.push_back(Effect::EnterPhase(phase));
    }
}
