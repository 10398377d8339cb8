//! What a state and an input are called, for the table of what was reached.
//!
//! A state is told apart by what the environment answers: its phase, and the word for the runtime's state in the refusal
//! of a call that is made to a copy of it. The rest is from the books.

use std::collections::BTreeMap;

use bytes::Bytes;
use lambda_api::{RequestId, extension::error::Moment};

use super::{super::steps::Mode, World};
use crate::core::{Call, CallId, Input, Phase, Rejection};

/// A state, and something that happens in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::core::test::properties) struct Pair {
    pub(in crate::core::test::properties) mode: Mode,
    pub(in crate::core::test::properties) state: String,
    pub(in crate::core::test::properties) input: &'static str,
}

/// Every input that there is.
pub(in crate::core::test::properties) const INPUTS: &[&str] = &[
    "invoke",
    "next",
    "response",
    "response to another",
    "error",
    "error of another",
    "init/error",
    "restore/next",
    "restore/error",
    "register",
    "extension next",
    "extension init/error",
    "extension exit/error",
    "subscribe",
    "body arrives",
    "body ends",
    "body breaks off",
    "call dropped",
    "runtime exits",
    "old runtime exits",
    "launch fails",
    "extension exits",
    "extension launch fails",
    "output",
    "batch taken",
    "batch refused",
    "memory",
    "restore",
    "shutdown",
    "time",
];

impl World {
    /// From now on it is counted what each state is given.
    pub(in crate::core::test::properties) fn counting(mut self) -> Self {
        self.reached = Some(BTreeMap::new());
        self
    }

    pub(in crate::core::test::properties) fn reached(&self) -> impl Iterator<Item = (&Pair, &u64)> {
        self.reached.iter().flatten()
    }

    pub(super) fn reach(&mut self, input: &Input) {
        if self.reached.is_some() {
            let input = self.input(input);
            self.count(input);
        }
    }

    pub(super) fn reach_time(&mut self) {
        if self.reached.is_some() {
            self.count("time");
        }
    }

    fn count(&mut self, input: &'static str) {
        let pair = Pair { mode: self.mode, state: self.state(), input };
        if let Some(reached) = &mut self.reached {
            *reached.entry(pair).or_default() += 1;
        }
    }

    fn input(&self, input: &Input) -> &'static str {
        let newest = self.invokes.keys().next_back().map(|invoke| self.named(*invoke));
        let is_newest = |id: &Option<RequestId>| id.is_some() && *id == newest;
        match input {
            Input::Invoked(_) => "invoke",
            Input::Called { request, .. } => match request {
                Call::Next => "next",
                Call::Response { request_id, .. } if is_newest(request_id) => "response",
                Call::Response { .. } => "response to another",
                Call::Error { request_id, .. } if is_newest(request_id) => "error",
                Call::Error { .. } => "error of another",
                Call::InitError { .. } => "init/error",
                Call::RestoreNext => "restore/next",
                Call::RestoreError { .. } => "restore/error",
                Call::Register { .. } => "register",
                Call::ExtensionNext { .. } => "extension next",
                Call::ExtensionError { moment: Moment::Init, .. } => "extension init/error",
                Call::ExtensionError { moment: Moment::Exit, .. } => "extension exit/error",
                Call::Subscribe { .. } => "subscribe",
            },
            Input::BodyArrived { .. } => "body arrives",
            Input::BodyEnded { .. } => "body ends",
            Input::BodyCutShort { .. } => "body breaks off",
            Input::CallDropped { .. } => "call dropped",
            Input::ProcessExited { generation, .. } if *generation == self.env.generation() => {
                "runtime exits"
            }
            Input::ProcessExited { .. } => "old runtime exits",
            Input::LaunchFailed { .. } => "launch fails",
            Input::ExtensionExited { .. } => "extension exits",
            Input::ExtensionLaunchFailed { .. } => "extension launch fails",
            Input::Wrote { .. } => "output",
            Input::Delivered { accepted: true, .. } => "batch taken",
            Input::Delivered { accepted: false, .. } => "batch refused",
            Input::MemoryMeasured { .. } => "memory",
            Input::RestoreRequested => "restore",
            Input::ShutdownRequested => "shutdown",
        }
    }

    /// What the environment's state is called.
    pub(in crate::core::test::properties) fn state(&self) -> String {
        let phase = self.env.phase();
        let mut words = vec![format!("{phase:?}:"), self.runtime().to_owned()];
        let mut add = |is_so: bool, word: &str| {
            if is_so {
                words.push(word.to_owned());
            }
        };
        let is_closed = matches!(phase, Phase::Shutdown | Phase::Terminated);
        // The call that is being made is not part of the state in which it is made.
        let is_open = |is_it: fn(&Call) -> bool| self.open(is_it).any(|call| self.calling != Some(call));
        let has_poll = is_open(|request| *request == Call::Next);
        let is_waiting = self.invokes.values().any(|course| !course.has_begun && !course.is_over);
        add(is_waiting && phase != Phase::Invoke, "an invoke waits");
        if matches!(phase, Phase::Idle | Phase::Snapshot) {
            add(self.is_frozen, "frozen");
            add(self.telemetry.may_be_waiting(), "telemetry waits");
        }
        if self.mode == Mode::Managed && !is_closed {
            add(has_poll, "a worker is idle");
            add(is_open(|request| matches!(request, Call::Response { .. })), "responding");
            add(!self.late.is_empty(), "one is late");
        } else if phase == Phase::Invoke {
            add(has_poll, "has polled");
        }
        words.join(" ")
    }

    /// The runtime's state, in the service's words where it has any.
    fn runtime(&self) -> &'static str {
        let phase = self.env.phase();
        if matches!(phase, Phase::Reset | Phase::Shutdown | Phase::Terminated) {
            return "ending";
        }
        let mut env = self.env.clone();
        let request = Call::InitError { error_type: None, body: Bytes::new() };
        let mut responses = self.open(|request| matches!(request, Call::Response { .. }));
        let is_responding = responses.any(|call| self.calling != Some(call));
        match env.handle(self.now, Input::Called { call: CallId(u64::MAX), request }) {
            Ok(()) if phase == Phase::Restore => "Restoring",
            Ok(()) if self.has_polled => "Ready",
            Ok(()) => "Started",
            Err(Rejection::Transition { from: "InvocationResponse", .. }) if !is_responding => "Stuck",
            Err(Rejection::Transition { from, .. }) => from,
            Err(_) => "Absent",
        }
    }
}
