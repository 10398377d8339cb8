//! The walk through the life of one environment: who is there, who is busy, who has said what.
//!
//! Here is what each entry changes, and what is wrong with calls that were not refused.

use std::{collections::BTreeMap, time::SystemTime};

use http::{Method, StatusCode};
use lambda_api::{
    Endpoint, RequestId, RouteError,
    telemetry::{InitializationType, Record},
};

use super::{
    Misuse, Rule,
    calls::{Calls, Made},
};
use crate::{
    core::{CallId, Exit, Phase, Report, Status},
    timeline::{Entry, Event, ExtensionEvent, Who, are_extensions},
};

/// What is known of an environment at a moment.
pub(super) struct Watch<'a> {
    entries: &'a [&'a Entry],
    begin: SystemTime,
    pub(super) calls: Calls<'a>,
    are_extensions: bool,
    /// `None` as long as the beginning is missing.
    pub(super) phase: Option<Phase>,
    pub(super) generation: u32,
    /// Whether init of this generation has ended well.
    pub(super) is_initialised: bool,
    /// Several invocations at once.
    pub(super) is_managed: bool,
    /// The guests of this generation.
    pub(super) guests: BTreeMap<Who, Guest>,
    /// Polls that wait for their reply.
    parked: Vec<CallId>,
    pub(super) invocations: BTreeMap<&'a RequestId, Invocation>,
    pub(super) current: Option<&'a RequestId>,
    /// An extension of this generation has exited when it should not have.
    has_extension_exited: bool,
    found: Vec<Misuse>,
    /// Invocations without an answer of the runtime, and the entries that caused the answers that they got instead.
    unanswered: Vec<(Misuse, Option<u64>)>,
}

/// A guest of this generation.
#[derive(Default)]
pub(super) struct Guest {
    /// Its process, if it has one of its own, is there.
    pub(super) is_alive: bool,
    pub(super) is_registered: bool,
    pub(super) has_polled: bool,
    /// It has an event, and has not polled since.
    pub(super) is_busy: bool,
    /// It has said that it cannot go on.
    pub(super) has_failed: Option<SystemTime>,
    /// AWS's core takes no further call of it.
    pub(super) is_stuck: bool,
    /// It has been told that there is no future for it.
    pub(super) has_seen_failure: bool,
    /// It was asked to end: SIGTERM, or the SHUTDOWN event.
    pub(super) is_asked_to_end: bool,
    pub(super) is_killed: bool,
    /// Its survival has been reported.
    pub(super) has_survived: bool,
    /// A poll that it hung up on, which is wrong if it polls again.
    given_up: Option<Misuse>,
}

/// An attempt at an invocation.
#[derive(Default)]
pub(super) struct Invocation {
    /// The last call that got the event, and the generation of its process.
    pub(super) delivered: Option<(CallId, u32)>,
    pub(super) answer: Option<Answered>,
    /// The runtime has polled after its answer.
    pub(super) is_runtime_done: bool,
    pub(super) ended: Option<Status>,
}

/// How the caller got its answer.
#[derive(Clone, Copy)]
pub(super) enum Answered {
    /// By this call of the runtime.
    ByRuntime(CallId),
    /// By the platform.
    ByPlatform,
}

impl<'a> Watch<'a> {
    pub(super) fn new(entries: &'a [&'a Entry], begin: SystemTime) -> Self {
        Self {
            entries,
            begin,
            calls: Calls::new(entries),
            are_extensions: are_extensions(entries.iter().copied()),
            phase: None,
            generation: 0,
            is_initialised: false,
            is_managed: false,
            guests: BTreeMap::new(),
            parked: Vec::new(),
            invocations: BTreeMap::new(),
            current: None,
            has_extension_exited: false,
            found: Vec::new(),
            unanswered: Vec::new(),
        }
    }

    pub(super) fn run(mut self) -> Vec<Misuse> {
        for entry in self.entries {
            self.see(entry);
        }
        let found = &self.found;
        // A breach that made the platform answer says it all.
        let is_explained = |cause: &Option<u64>| found.iter().any(|misuse| Some(misuse.entry) == *cause);
        let unexplained = self.unanswered.into_iter().filter(|(_, cause)| !is_explained(cause));
        let unanswered: Vec<Misuse> = unexplained.map(|(misuse, _)| misuse).collect();
        self.found.extend(unanswered);
        self.found
    }

    // === helpers ===

    pub(super) fn guest(&mut self, who: &Who) -> &mut Guest {
        self.guests.entry(who.clone()).or_default()
    }

    pub(super) fn misuse(&self, rule: Rule, who: &Who, entry: &Entry, seen: String) -> Misuse {
        Misuse {
            rule,
            who: who.clone(),
            environment: entry.environment,
            time: entry.time,
            after: entry.time.duration_since(self.begin).unwrap_or_default(),
            entry: entry.sequence,
            seen,
        }
    }

    pub(super) fn report(&mut self, rule: Rule, who: &Who, entry: &Entry, seen: impl Into<String>) {
        let misuse = self.misuse(rule, who, entry, seen.into());
        self.found.push(misuse);
    }

    /// A breach that a call shows.
    pub(super) fn report_call(&mut self, rule: Rule, call: CallId) {
        if let Some(made) = self.calls.get(call) {
            let misuse = self.misuse(rule, made.who, made.entry, made.seen());
            self.found.push(misuse);
        }
    }

    pub(super) fn cause(&self, entry: &Entry) -> Option<&'a Entry> {
        let cause = entry.cause?;
        let at = self.entries.binary_search_by_key(&cause, |entry| entry.sequence).ok()?;
        self.entries.get(at).copied()
    }

    pub(super) fn is_caused_by_time(&self, entry: &Entry) -> bool {
        self.cause(entry).is_some_and(|cause| matches!(cause.event, Event::TimeIsUp(_)))
    }

    // === entries ===

    fn see(&mut self, entry: &'a Entry) {
        match &entry.event {
            Event::Invoked { request_id } => {
                self.invocations.insert(request_id, Invocation::default());
            }
            Event::InvocationBegan { request_id, .. } => self.current = Some(request_id),
            Event::Answered { request_id, error_type, .. } => {
                self.answered(entry, request_id, error_type.as_deref());
            }
            Event::InvocationEnded(report) => self.invocation_ended(report),
            Event::PhaseBegan(phase) => {
                self.phase = Some(*phase);
                if *phase == Phase::Terminated {
                    self.survivors(entry, |_| true);
                }
            }
            Event::TimeIsUp(phase) => self.time_is_up(entry, *phase),
            Event::InitEnded(report) => self.is_initialised = report.status == Status::Success,
            Event::Launched { generation } => self.launched(entry, Who::Runtime, *generation),
            Event::Terminated => self.guest(&Who::Runtime).is_asked_to_end = true,
            Event::Killed => self.killed(entry, &Who::Runtime),
            Event::Exited(exit) => self.exited(entry, &Who::Runtime, *exit),
            Event::Extension { name, event } => {
                self.of_extension(entry, Who::Extension { name: name.clone() }, event);
            }
            Event::Called { call, .. } => self.called(*call),
            Event::Replied { call, status } => self.replied(entry, *call, *status),
            Event::Refused { call, rejection } => self.refused(*call, rejection),
            Event::Redelivered { call, request_id } => self.redelivered(*call, request_id),
            Event::CallDropped { call } => self.call_dropped(entry, *call),
            Event::HungUp { call } => {
                self.parked.retain(|parked| parked != call);
                if self.calls.get(*call).is_some_and(|made| made.is_outlived) {
                    self.report_call(Rule::OutlivedItsProcess, *call);
                }
            }
            Event::Served { method, path, status } => self.served(entry, method, path, *status),
            Event::Telemetry(event) => {
                if let Record::InitStart(start) = &event.record {
                    self.is_managed = start.initialization_type == InitializationType::ManagedInstances;
                }
            }
            Event::ShutdownRequested
            | Event::RestoreEnded(_)
            | Event::Frozen
            | Event::Thawed
            | Event::TelemetrySent { .. }
            | Event::TelemetryTaken { .. }
            | Event::TelemetryRefused { .. }
            | Event::Queue { .. }
            | Event::Trigger { .. }
            | Event::Note { .. }
            | Event::LaunchFailed { .. }
            | Event::TrailersArrived { .. }
            | Event::Output { .. } => {}
        }
    }

    fn of_extension(&mut self, entry: &'a Entry, who: Who, event: &ExtensionEvent) {
        match event {
            ExtensionEvent::Launched { generation } => self.launched(entry, who, *generation),
            ExtensionEvent::Killed => self.killed(entry, &who),
            ExtensionEvent::Exited(exit) => self.exited(entry, &who, *exit),
            ExtensionEvent::LaunchFailed { .. } | ExtensionEvent::Output { .. } => {}
        }
    }

    fn launched(&mut self, entry: &Entry, who: Who, generation: u32) {
        if generation > self.generation {
            self.survivors(entry, |_| true);
            self.generation = generation;
            self.is_initialised = false;
            self.has_extension_exited = false;
            self.guests.clear();
            self.parked.clear();
        }
        self.guest(&who).is_alive = true;
    }

    fn exited(&mut self, entry: &Entry, who: &Who, exit: Exit) {
        let is_running = matches!(
            self.phase,
            Some(Phase::Init | Phase::Snapshot | Phase::Restore | Phase::Idle | Phase::Invoke)
        );
        let guest = self.guest(who);
        let was_alive = std::mem::take(&mut guest.is_alive);
        let is_expected = guest.is_killed || guest.has_failed.is_some();
        if was_alive && is_running && !is_expected {
            self.has_extension_exited |= *who != Who::Runtime;
            self.report(Rule::Exited, who, entry, exit.to_string());
        }
    }

    // === invocations ===

    fn answered(&mut self, entry: &Entry, request_id: &'a RequestId, error_type: Option<&str>) {
        let cause = self.cause(entry).map(|cause| &cause.event);
        // If it has been forgotten, the runtime may have answered.
        let is_cause_known = cause.is_some();
        let answered = match cause {
            Some(Event::TrailersArrived { call, .. }) => {
                if error_type.is_none() {
                    self.report_call(Rule::TrailersIgnored, *call);
                }
                Answered::ByRuntime(*call)
            }
            Some(Event::Called { call, who: Who::Runtime, .. } | Event::CallDropped { call }) => {
                Answered::ByRuntime(*call)
            }
            _ => Answered::ByPlatform,
        };
        let invocation = self.invocations.entry(request_id).or_default();
        invocation.answer = Some(answered);
        let error_type = error_type.unwrap_or_default();
        // An extension that exits while nothing goes on is noticed only now.
        let is_explained = self.has_extension_exited && error_type.starts_with("Extension.");
        if matches!(answered, Answered::ByPlatform) && is_cause_known && !is_explained {
            let who = self.to_blame(entry);
            let seen = format!("the caller of {request_id} got {error_type} from the platform");
            self.unanswered.push((self.misuse(Rule::Unanswered, &who, entry, seen), entry.cause));
        }
    }

    /// Who made the platform answer.
    fn to_blame(&self, entry: &Entry) -> Who {
        match self.cause(entry).map(|cause| &cause.event) {
            Some(Event::Called { who, .. }) => who.clone(),
            Some(Event::Extension { name, .. }) => Who::Extension { name: name.clone() },
            _ => Who::Runtime,
        }
    }

    fn invocation_ended(&mut self, report: &'a Report) {
        self.invocations.entry(&report.request_id).or_default().ended = Some(report.status);
        if self.current == Some(&report.request_id) {
            self.current = None;
        }
    }

    // === calls ===

    fn called(&mut self, call: CallId) {
        let Some(made) = self.calls.get(call) else { return };
        let (who, is_poll) = (made.who, made.is_poll());
        // With multi-concurrency a runtime may poll as often as it likes.
        let is_worker = self.is_managed && *who == Who::Runtime;
        if made.is_refused || made.is_outlived || !is_poll || is_worker {
            return;
        }
        let is_second = self.parked(who).is_some_and(|first| !first.is_dropped());
        self.parked.push(call);
        let guest = self.guest(who);
        (guest.has_polled, guest.is_busy) = (true, false);
        let given_up = guest.given_up.take();
        self.found.extend(given_up);
        if is_second {
            self.report_call(Rule::PolledTwice, call);
        }
        if *who == Who::Runtime
            && let Some(invocation) = self.current.and_then(|current| self.invocations.get_mut(current))
        {
            invocation.is_runtime_done |= invocation.answer.is_some();
        }
    }

    fn replied(&mut self, entry: &Entry, call: CallId, status: StatusCode) {
        self.parked.retain(|parked| *parked != call);
        let Some(made) = self.calls.get(call) else { return };
        let (who, is_refused) = (made.who, made.is_refused || !status.is_success());
        if is_refused {
            return;
        }
        let is_ending = matches!(self.phase, Some(Phase::Reset | Phase::Shutdown));
        match made.endpoint {
            Some(Endpoint::InvocationNext) => {
                let generation = self.generation;
                if let Some(invocation) = self.current.and_then(|current| self.invocations.get_mut(current)) {
                    invocation.delivered = Some((call, generation));
                }
            }
            Some(Endpoint::ExtensionNext) if is_ending => self.guest(who).is_asked_to_end = true,
            Some(Endpoint::ExtensionNext) => self.guest(who).is_busy = true,
            Some(Endpoint::ExtensionRegister) => self.guest(who).is_registered = true,
            Some(Endpoint::InitError | Endpoint::ExtensionInitError | Endpoint::ExtensionExitError) => {
                self.guest(who).has_failed.get_or_insert(entry.time);
            }
            _ => {}
        }
    }

    fn redelivered(&mut self, call: CallId, request_id: &RequestId) {
        let before = self.invocations.get(request_id).and_then(|invocation| invocation.delivered);
        let before = before.and_then(|(before, _)| self.calls.get(before));
        // If the reply before may have been lost, asking again is the right thing to do.
        if before.is_some_and(|before| self.calls.is_reply_seen(before)) {
            self.report_call(Rule::PolledWhileBusy, call);
        }
    }

    fn call_dropped(&mut self, entry: &Entry, call: CallId) {
        self.parked.retain(|parked| *parked != call);
        let Some(made) = self.calls.get(call) else { return };
        if made.is_refused || made.is_outlived || made.is_over(entry.sequence) {
            return;
        }
        let who = made.who;
        if let Some(Endpoint::InvocationResponse { .. }) = made.endpoint {
            self.report(Rule::BodyCutShort, who, entry, made_seen(made));
        } else if self.is_managed && *who == Who::Runtime {
            // A worker that goes takes nothing with it.
        } else if made.is_poll() && matches!(self.phase, Some(Phase::Init | Phase::Idle | Phase::Invoke)) {
            let misuse = self.misuse(Rule::PollAbandoned, who, entry, made_seen(made));
            if self.parked(who).is_some() {
                self.found.push(misuse);
            } else {
                self.guest(who).given_up = Some(misuse);
            }
        }
    }

    /// The oldest poll of a guest that waits for its reply.
    ///
    /// One that is dropped later on may be dead already, and only not noticed yet.
    pub(super) fn parked(&self, who: &Who) -> Option<&Made<'a>> {
        let mut parked = self.parked.iter().filter_map(|&call| self.calls.get(call));
        parked.find(|made| made.who == who)
    }

    /// A call that no state decides about.
    fn served(&mut self, entry: &Entry, method: &Method, path: &str, status: StatusCode) {
        let rule = match (Endpoint::parse(method, path), status) {
            (Err(RouteError::MethodNotAllowed { .. }), _) => Rule::WrongMethod,
            (Err(RouteError::InvalidRequestId), _) => Rule::UnknownRequestId,
            (Err(_), _) => Rule::UnknownPath,
            (Ok(_), StatusCode::NOT_FOUND) => Rule::OtherMode,
            (Ok(_), StatusCode::PAYLOAD_TOO_LARGE) => Rule::BodyTooLarge,
            (Ok(_), StatusCode::BAD_REQUEST) => Rule::BodyCutShort,
            (Ok(_), _) => return,
        };
        let who = Who::behind(method, path, self.are_extensions);
        self.report(rule, &who, entry, format!("{method} {path} got {}", status.as_u16()));
    }
}

fn made_seen(made: &Made<'_>) -> String {
    format!("{}, and hung up", made.seen())
}
