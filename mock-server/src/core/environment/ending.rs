//! How the processes of an environment are ended: reset and shutdown.
//!
//! First the runtime (SIGTERM and 30 % of the time if there are extensions, SIGKILL at once if not), then what it
//! has left of telemetry, then SHUTDOWN to the extensions that want it. Sources:
//! [execution environment](https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html), and for the
//! split AWS's open-source runtime interface emulator.

use std::time::Duration;

use lambda_api::{
    Deadline, ErrorType,
    extension::{
        next::{Event, Shutdown, ShutdownReason},
        register::EventType,
    },
    limits,
};

use super::{Current, ExecutionEnvironment, Phase};
use crate::core::{
    Answer, Effect, Status, Time,
    extensions::{ExtensionState, ProcessFailure},
};

/// How long the end of an environment waits for telemetry to be taken before the extensions are told of it.
const FLUSH: Duration = Duration::from_secs(1);

/// The end of the processes, in five steps; a step that has nothing to wait for is left at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ending {
    reason: ShutdownReason,
    /// When extensions that are still there are killed.
    deadline: Time,
    step: Step,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    TerminatingRuntime,
    KillingRuntime,
    /// What the runtime has left behind is delivered, before those it is delivered to are told to end.
    FlushingTelemetry,
    EndingExtensions,
    KillingExtensions,
}

impl ExecutionEnvironment {
    pub(super) fn shut_down(&mut self, now: Time) {
        if self.phase == Phase::Terminated || self.phase == Phase::Shutdown {
            return;
        }
        if let Some(invoke) = self.waiting.take() {
            // It never began; it ends all the same.
            self.current = Some(Current::new(invoke, now));
        }
        self.answer_unless_answered(Answer::shut_down);
        self.end_invoke(now, Status::Failure, Some(ErrorType::SANDBOX_FAILURE.to_owned()));
        self.abort_open(now, Status::Failure, &Answer::without_message(ErrorType::SANDBOX_FAILURE));
        if self.phase == Phase::Reset && self.ending.is_some() {
            // The processes are ending already; what changes is what comes after it.
            self.enter(Phase::Shutdown);
        } else {
            self.stop(now, Phase::Shutdown, ShutdownReason::Spindown);
        }
    }

    /// Ends all processes; where there can be a reset the environment lives on.
    pub(super) fn fail(&mut self, now: Time, reason: ShutdownReason) {
        let phase = if self.can_reset() { Phase::Reset } else { Phase::Shutdown };
        self.stop(now, phase, reason);
    }

    /// Ends all processes; `phase` says what comes after it.
    pub(super) fn stop(&mut self, now: Time, phase: Phase, reason: ShutdownReason) {
        self.thaw();
        self.telemetry.flush();
        self.init_error = None;
        self.crash = None;
        self.announced = None;
        self.forget_runtime();
        // Whoever asks from now on is told of the end, and not of an invocation that is over.
        self.extensions.registered_mut().for_each(|extension| extension.owed = None);
        let is_anybody_alive =
            self.process_alive || !self.extensions.alive().is_empty() || self.telemetry.is_pending();
        if phase == Phase::Reset && !is_anybody_alive {
            self.forget_extensions();
            self.settle(now);
            return;
        }
        self.enter(phase);
        let (budget, for_runtime) = match (self.extensions.are_external(), self.extensions.are_registered()) {
            (true, _) => {
                let budget = limits::SHUTDOWN_WITH_EXTERNAL_EXTENSIONS;
                (budget, budget * limits::SHUTDOWN_RUNTIME_PERCENT / 100)
            }
            (false, true) => {
                let budget = limits::SHUTDOWN_WITH_INTERNAL_EXTENSIONS;
                (budget, budget)
            }
            (false, false) => (limits::SHUTDOWN_WITHOUT_EXTENSIONS, Duration::ZERO),
        };
        let step = if for_runtime.is_zero() || !self.process_alive {
            Step::KillingRuntime
        } else {
            Step::TerminatingRuntime
        };
        self.ending = Some(Ending { reason, deadline: now + budget, step });
        match step {
            Step::TerminatingRuntime => {
                self.effects.push_back(Effect::Terminate);
                self.timer = Some(now + for_runtime);
            }
            _ if self.process_alive => self.kill_runtime(now),
            _ => self.go_on_ending(now),
        }
    }

    fn kill_runtime(&mut self, now: Time) {
        self.effects.push_back(Effect::Kill);
        self.timer = Some(now + self.settings.exit_wait);
    }

    /// A process is gone, or telemetry: leaves the steps that have nothing to wait for any more.
    pub(super) fn go_on_ending(&mut self, now: Time) {
        self.leave_steps(now, false);
    }

    fn leave_steps(&mut self, now: Time, is_overdue: bool) {
        let Some(ending) = &mut self.ending else { return };
        let alive = self.extensions.alive();
        match ending.step {
            Step::TerminatingRuntime | Step::KillingRuntime if self.process_alive => return,
            Step::TerminatingRuntime | Step::KillingRuntime
                if self.telemetry.is_pending() && now < ending.deadline =>
            {
                ending.step = Step::FlushingTelemetry;
                self.timer = Some(ending.deadline.min(now + FLUSH));
                return;
            }
            Step::FlushingTelemetry if !is_overdue && self.telemetry.is_pending() => return,
            _ if alive.is_empty() => {
                self.finish_ending(now);
                return;
            }
            Step::EndingExtensions | Step::KillingExtensions => return,
            Step::TerminatingRuntime | Step::KillingRuntime | Step::FlushingTelemetry => {}
        }
        ending.step = Step::EndingExtensions;
        self.timer = Some(ending.deadline);
        let deadline = Deadline::from_unix_millis(ending.deadline.as_unix_millis());
        let event = Event::Shutdown(Shutdown::new(ending.reason.clone(), deadline));
        let mut told = Vec::new();
        for extension in self.extensions.registered_mut() {
            let Some(process) = extension.process else { continue };
            let has_failed = matches!(extension.state, ExtensionState::InitError | ExtensionState::ExitError);
            if extension.wants(EventType::Shutdown) {
                told.push(process);
                // One that has failed is expected to exit by itself.
                if !has_failed {
                    self.effects.extend(extension.owe(event.clone()));
                }
            }
        }
        for index in alive.into_iter().filter(|index| !told.contains(index)) {
            self.effects.push_back(Effect::KillExtension { index });
        }
    }

    pub(super) fn ending_timed_out(&mut self, now: Time) {
        let Some(ending) = &mut self.ending else { return };
        match ending.step {
            Step::TerminatingRuntime => {
                ending.step = Step::KillingRuntime;
                self.kill_runtime(now);
            }
            // The process does not go away; nobody can wait for ever.
            Step::KillingRuntime => {
                self.process_alive = false;
                self.go_on_ending(now);
            }
            Step::FlushingTelemetry => self.leave_steps(now, true),
            Step::EndingExtensions => {
                ending.step = Step::KillingExtensions;
                let kill = self.extensions.alive().into_iter().map(|index| Effect::KillExtension { index });
                self.effects.extend(kill);
                self.timer = Some(now + self.settings.exit_wait);
            }
            Step::KillingExtensions => {
                for index in self.extensions.alive() {
                    self.extensions.gone(index, ProcessFailure::Exit);
                }
                self.finish_ending(now);
            }
        }
    }

    fn finish_ending(&mut self, now: Time) {
        self.ending = None;
        self.timer = None;
        self.forget_extensions();
        if self.phase == Phase::Shutdown {
            self.enter(Phase::Terminated);
        } else {
            self.settle(now);
        }
    }
}
