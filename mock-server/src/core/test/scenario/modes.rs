//! The part of a `Scenario` that differs with the kind of environment: SnapStart, and many invocations at once.
//!
//! With many invocations a test asks for the answer and the report of one of them, by the key of its invoke.

use bytes::Bytes;

use super::{Scenario, restore_error};
use crate::core::{
    Answer, Call, CallId, Effect, Initialization, Input, InvokeId, Phase, Rejection, Reply, Report, Settings,
};

// === bringing the environment to a state ===

impl Scenario {
    /// Launched at zero, in this kind of environment and with these external extensions.
    pub(in crate::core::test) fn of<const N: usize>(
        initialization: Initialization,
        names: [&str; N],
    ) -> Self {
        let extensions = names.map(str::to_owned).to_vec();
        Self::with(Settings { initialization, extensions, ..Settings::default() })
    }

    /// Launched at zero, for several invocations at once.
    pub(in crate::core::test) fn managed() -> Self {
        Self::of(Initialization::ManagedInstances, [])
    }

    /// Launched at zero, to be restored from a snapshot.
    pub(in crate::core::test) fn snap_start() -> Self {
        Self::of(Initialization::SnapStart, [])
    }

    /// The runtime waits in restore/next.
    pub(in crate::core::test) fn at_the_gate(mut self) -> Self {
        self.call(Call::RestoreNext).expect("a runtime may wait for its snapshot after its launch");
        self
    }

    /// The snapshot is being restored, without an invoke.
    pub(in crate::core::test) fn restoring(mut self) -> Self {
        self.restore();
        self
    }

    pub(in crate::core::test) fn hooks_failed(mut self) -> Self {
        self.call(restore_error()).expect("the runtime is being restored");
        self
    }

    pub(in crate::core::test) fn stopped(mut self) -> Self {
        self.shut_down();
        self
    }
}

// === one step ===

impl Scenario {
    /// The snapshot is to be restored, ahead of any invoke.
    pub(in crate::core::test) fn restore(&mut self) {
        self.input(Input::RestoreRequested);
    }

    pub(in crate::core::test) fn restore_fails(
        &mut self,
        error_type: Option<&str>,
        body: &'static [u8],
    ) -> Result<CallId, Rejection> {
        let error_type = error_type.map(str::to_owned);
        self.call(Call::RestoreError { error_type, body: Bytes::from_static(body) })
    }

    pub(in crate::core::test) fn uses_memory(&mut self, mb: u32) {
        self.input(Input::MemoryMeasured { mb });
    }
}

// === looking at it ===

impl Scenario {
    /// How often an invocation was said to begin.
    pub(in crate::core::test) fn begins(&self) -> Vec<InvokeId> {
        let begun = |effect: &Effect| match effect {
            Effect::BeginInvoke { invoke } => Some(*invoke),
            _ => None,
        };
        self.notes.iter().filter_map(begun).collect()
    }

    /// The phases since the last look.
    pub(in crate::core::test) fn phases(&mut self) -> Vec<Phase> {
        let phase = |effect: &Effect| match effect {
            Effect::EnterPhase(phase) => Some(*phase),
            _ => None,
        };
        self.effects().iter().filter_map(phase).collect()
    }

    /// What a call was answered with, unless it was hung up on.
    pub(in crate::core::test) fn reply_to(&self, call: CallId) -> Option<&Reply> {
        self.journal.iter().find_map(|effect| match effect {
            Effect::Reply { call: to, reply } if *to == call => Some(reply),
            _ => None,
        })
    }

    /// The only answer to an invoke, as its payload and its category if it is a failure.
    pub(in crate::core::test) fn answer_to(&self, invoke: InvokeId) -> (String, Option<String>) {
        let answer = self.full_answer_to(invoke);
        let payload = String::from_utf8(answer.payload.to_vec()).expect("a test's payload is text");
        (payload, answer.error.map(|error| error.error_type))
    }

    pub(in crate::core::test) fn full_answer_to(&self, invoke: InvokeId) -> Answer {
        let mut answers: Vec<_> = self
            .journal
            .iter()
            .filter_map(|effect| match effect {
                Effect::Answer { invoke: of, answer } if *of == invoke => Some((**answer).clone()),
                _ => None,
            })
            .collect();
        assert_eq!(answers.len(), 1, "there is exactly one answer to {invoke:?}: {answers:?}");
        answers.remove(0)
    }

    /// The report of an invocation that is over.
    pub(in crate::core::test) fn report_of(&self, invoke: InvokeId) -> Report {
        let mut reports: Vec<_> = self
            .journal
            .iter()
            .filter_map(|effect| match effect {
                Effect::EndInvoke { invoke: of, report } if *of == invoke => Some(report.clone()),
                _ => None,
            })
            .collect();
        assert_eq!(reports.len(), 1, "{invoke:?} has ended exactly once: {reports:?}");
        reports.remove(0)
    }

    /// The refusal of a call, whether it has changed the state or not.
    pub(in crate::core::test) fn refusal(&self, result: Result<CallId, Rejection>) -> Option<Rejection> {
        match result {
            Err(rejection) => Some(rejection),
            Ok(call) => match self.reply_to(call)? {
                Reply::Refused(rejection) => Some(rejection.clone()),
                _ => None,
            },
        }
    }
}
