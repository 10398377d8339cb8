//! The extensions of the world: their steps, their books, and what must hold for them.
//!
//! The books know who is registered and what each extension was told; they know nothing of the environment's
//! states.

use std::{collections::BTreeMap, time::Duration};

use lambda_api::{
    ExtensionId,
    extension::{error::Moment, next::Event},
};

use super::{
    super::steps::{Mode, Step, Who, Wish},
    Fate, World,
};
use crate::core::{Call, CallId, Caller, Exit, Input, InvokeId, Phase, Reply, Source, TelemetryApi};

/// What the extensions that a step starts subscribe to.
const EVERYTHING: Wish = Wish {
    is_valid: true,
    platform: true,
    function: true,
    extension: true,
    max_items: 5,
    max_bytes: 262_144,
    timeout: Duration::from_millis(500),
};

/// The books.
#[derive(Clone)]
pub(super) struct Extensions {
    count: usize,
    /// External processes that were launched and have not exited, with their generation.
    alive: Vec<(usize, u32)>,
    registered: BTreeMap<ExtensionId, Registered>,
    /// Counts identifiers, those of refused registrations included.
    last_id: u64,
}

/// An extension that was accepted.
#[derive(Clone)]
struct Registered {
    name: String,
    generation: u32,
    wants_invoke: bool,
    wants_shutdown: bool,
    has_polled: bool,
    /// It has an event and has not asked for another one.
    is_busy: bool,
    told_of: Option<InvokeId>,
    is_told_of_shutdown: bool,
}

impl Extensions {
    pub(super) fn new(count: usize) -> Self {
        Self { count, alive: Vec::new(), registered: BTreeMap::new(), last_id: 0 }
    }

    pub(super) fn names(&self) -> Vec<String> {
        (0..self.count).map(|index| name(Who::External(index))).collect()
    }

    fn of(&self, generation: u32) -> impl Iterator<Item = (&ExtensionId, &Registered)> {
        self.registered.iter().filter(move |(_, registered)| registered.generation == generation)
    }

    /// The newest identifier under a name, of whichever generation.
    fn newest(&self, name: &str) -> Option<&ExtensionId> {
        self.registered.iter().rev().find(|(_, registered)| registered.name == name).map(|(id, _)| id)
    }

    /// Notes a call that was not refused; its reply may be yet to come.
    pub(super) fn accepted(&mut self, generation: u32, call: &Call) {
        match call {
            Call::Register { extension_id, name, events, .. } => {
                let wants = |event: &str| events.iter().flatten().any(|wanted| wanted == event);
                let registered = Registered {
                    name: name.clone().unwrap_or_default(),
                    generation,
                    wants_invoke: wants("INVOKE"),
                    wants_shutdown: wants("SHUTDOWN"),
                    has_polled: false,
                    is_busy: false,
                    told_of: None,
                    is_told_of_shutdown: false,
                };
                self.registered.insert(extension_id.clone(), registered);
            }
            Call::ExtensionNext { caller: Caller::Id(id), .. } => {
                let registered = self.registered.get_mut(id).expect("only who has registered may poll");
                assert_eq!(registered.generation, generation, "{} is gone", registered.name);
                registered.has_polled = true;
                registered.is_busy = false;
            }
            _ => {}
        }
    }

    pub(super) fn launched(&mut self, index: usize, generation: u32) {
        assert!(index < self.count);
        let before: Vec<_> = self.alive.iter().filter(|(_, alive)| *alive == generation).collect();
        assert!(before.iter().all(|(earlier, _)| *earlier < index), "in the order of their names");
        self.alive.push((index, generation));
    }

    pub(super) fn killed(&mut self, index: usize, generation: u32) {
        assert!(self.alive.contains(&(index, generation)), "nobody is there to be killed");
    }

    /// Whether an external extension of a generation is there.
    pub(super) fn is_any_there(&self, generation: u32) -> bool {
        self.alive.iter().any(|(_, alive)| *alive == generation)
    }

    pub(super) fn are_any(&self, generation: u32) -> bool {
        self.count > 0 || self.of(generation).next().is_some()
    }

    /// Whether an extension lives in the runtime's process.
    fn is_internal(&self, id: &ExtensionId) -> bool {
        self.registered.get(id).is_some_and(|registered| !self.names().contains(&registered.name))
    }

    /// Telemetry is for processes that are there; the listener of an internal extension may outlive its runtime.
    pub(super) fn assert_is_there(&self, id: &ExtensionId, generation: u32) {
        let registered = self.registered.get(id).expect("only who has registered can subscribe");
        assert_eq!(registered.generation, generation, "{} is gone", registered.name);
        if let Some(index) = self.names().iter().position(|name| *name == registered.name) {
            assert!(self.alive.contains(&(index, generation)), "{} is gone", registered.name);
        }
    }

    pub(super) fn runtime_launched(&self, generation: u32) {
        for name in self.names() {
            let is_it = |(_, registered): (&ExtensionId, &Registered)| registered.name == name;
            assert!(self.of(generation).any(is_it), "{name} has not registered yet");
        }
    }

    /// The runtime is given an invocation, for the first time or again.
    pub(super) fn invocation_begins(
        &self,
        generation: u32,
        invoke: InvokeId,
        calls: &BTreeMap<CallId, (Call, Fate)>,
    ) {
        self.runtime_launched(generation);
        for (id, registered) in self.of(generation) {
            let name = &registered.name;
            assert!(registered.has_polled, "{name} is not ready for {invoke:?}");
            let polls = calls.values().any(|(call, fate)| {
                let is_its = matches!(call, Call::ExtensionNext { caller: Caller::Id(of), .. } if of == id);
                is_its && *fate == Fate::Open
            });
            let must_know = registered.wants_invoke && polls;
            assert!(!must_know || registered.told_of == Some(invoke), "{name} is told before the runtime");
        }
    }

    /// An invocation went as it should.
    pub(super) fn invocation_is_over(&self, generation: u32, invoke: InvokeId) {
        for (_, registered) in self.of(generation).filter(|(_, registered)| registered.wants_invoke) {
            assert_eq!(registered.told_of, Some(invoke), "{} was not told", registered.name);
            assert!(!registered.is_busy, "{} is busy with {invoke:?}", registered.name);
        }
    }
}

impl World {
    pub(super) fn play_extension(&mut self, step: &Step) {
        match *step {
            Step::Registers { who, wants_invoke, wants_shutdown } => {
                let events = [("INVOKE", wants_invoke), ("SHUTDOWN", wants_shutdown)];
                let events = events.into_iter().filter(|(_, wants)| *wants);
                self.extensions.last_id += 1;
                self.call(Call::Register {
                    extension_id: extension_id(self.extensions.last_id),
                    name: Some(name(who)),
                    events: Ok(events.map(|(event, _)| event.to_owned()).collect()),
                    wants_account_id: false,
                });
            }
            Step::ExtensionPolls { who } => {
                let (caller, event_id) = (self.caller(who), format!("event-{}", self.calls.len()));
                self.call(Call::ExtensionNext { caller, event_id });
            }
            Step::ExtensionFails { who, in_init } => {
                let moment = if in_init { Moment::Init } else { Moment::Exit };
                let error_type = Some("Extension.Boom".to_owned());
                self.call(Call::ExtensionError { moment, caller: self.caller(who), error_type });
            }
            Step::ExtensionExits { index, age, code } => {
                let generation = self.generation(age);
                self.tell(Input::ExtensionExited { index, generation, exit: Exit::Code(code) });
                self.extension_gone(index, generation);
            }
            Step::ExtensionLaunchFails { index, age } => {
                let generation = self.generation(age);
                let message = "not executable".to_owned();
                self.tell(Input::ExtensionLaunchFailed { index, generation, message });
                self.extension_gone(index, generation);
            }
            Step::Subscribes { who, api, ref to } => {
                let subscription = to.subscription(api);
                self.call(Call::Subscribe { caller: self.caller(who), api, subscription });
            }
            Step::Writes { who, bytes } => {
                let source = who.map_or(Source::Runtime, Source::Extension);
                let line = self.telemetry.line(bytes);
                self.tell(Input::Wrote { source, line: line.clone(), is_json: false });
                self.telemetry.wrote(self.now, source, &line);
            }
            Step::AllRegister { subscribe } => {
                let wants_invoke = self.mode != Mode::Managed;
                for index in 0..self.extensions.count {
                    let who = Who::External(index);
                    self.play(&Step::Registers { who, wants_invoke, wants_shutdown: index == 0 });
                    if subscribe {
                        let api = TelemetryApi::Telemetry;
                        self.play(&Step::Subscribes { who, api, to: EVERYTHING });
                    }
                }
            }
            Step::AllPoll => {
                let names = [0, 1].map(Who::External).into_iter().chain([0, 1].map(Who::Internal));
                for who in names {
                    self.play(&Step::ExtensionPolls { who });
                }
                self.play(&Step::Next);
            }
            ref other => unreachable!("not a step of an extension: {other:?}"),
        }
    }

    /// What an extension was answered with.
    pub(super) fn extension_replied(&mut self, request: &Call, reply: &Reply) {
        match reply {
            Reply::Subscribed => assert!(matches!(request, Call::Subscribe { .. })),
            Reply::Registered(registered) => {
                assert!(
                    matches!(request, Call::Register { extension_id, .. } if *extension_id == registered.extension_id)
                );
            }
            Reply::Event(event) => {
                let Call::ExtensionNext { caller: Caller::Id(id), event_id } = request else {
                    panic!("an event is for an extension that polls: {request:?}")
                };
                let (newest, course) = self.invokes.iter().next_back().unzip();
                let request_id = newest.map(|newest| self.named(*newest));
                let phase = self.env.phase();
                let extension = self.extensions.registered.get_mut(id).expect("it has polled");
                assert!(!extension.is_told_of_shutdown, "nothing comes after the shutdown");
                extension.is_busy = true;
                match &**event {
                    Event::Invoke(invoke) => {
                        assert!(extension.wants_invoke);
                        assert_eq!(invoke.event_id.as_ref(), Some(event_id));
                        assert_eq!(Some(&invoke.request_id), request_id.as_ref());
                        assert!(course.is_some_and(|course| !course.is_over), "the invocation is over");
                        assert_ne!(extension.told_of, newest.copied(), "it has been told");
                        extension.told_of = newest.copied();
                    }
                    Event::Shutdown(shutdown) => {
                        assert!(extension.wants_shutdown);
                        assert!(matches!(phase, Phase::Reset | Phase::Shutdown), "{phase:?}");
                        // Telemetry comes first, unless it has been waited for long enough. One that asks only now
                        // may have been meant to know since some time.
                        let has_waited = self.now.since(self.ending_since) >= Duration::from_secs(1)
                            || shutdown.deadline.as_unix_millis() <= self.now.as_unix_millis();
                        let asks_now = self.calling.is_some();
                        assert!(
                            has_waited || asks_now || !self.telemetry.is_waiting(),
                            "telemetry is told first"
                        );
                        extension.is_told_of_shutdown = true;
                    }
                    other => panic!("there is no such event: {other:?}"),
                }
            }
            Reply::Invocation(_) | Reply::Restored | Reply::Accepted | Reply::Refused(_) => {}
        }
    }

    /// Whether a subscriber lives in the runtime's process.
    pub(super) fn is_internal(&self, id: &ExtensionId) -> bool {
        self.extensions.is_internal(id)
    }

    fn extension_gone(&mut self, index: usize, generation: u32) {
        let was_alive = self.extensions.alive.contains(&(index, generation));
        self.extensions.alive.retain(|alive| *alive != (index, generation));
        if was_alive && generation == self.env.generation() {
            let name = name(Who::External(index));
            let id = self.extensions.of(generation).find(|(_, of)| of.name == name).map(|(id, _)| id.clone());
            id.inspect(|id| self.telemetry.gone(id));
        }
    }

    fn caller(&self, who: Who) -> Caller {
        match who {
            Who::Missing => Caller::Missing,
            Who::Invalid => Caller::Invalid,
            Who::External(_) | Who::Internal(_) | Who::Unknown => {
                let newest = self.extensions.newest(&name(who)).cloned();
                Caller::Id(newest.unwrap_or_else(|| extension_id(0)))
            }
        }
    }
}

fn name(who: Who) -> String {
    match who {
        Who::External(index) => format!("external-{index}"),
        Who::Internal(index) => format!("internal-{index}"),
        Who::Unknown | Who::Missing | Who::Invalid => "stranger".to_owned(),
    }
}

fn extension_id(number: u64) -> ExtensionId {
    let text = format!("00000000-0000-4000-8000-{number:012}");
    ExtensionId::new(&text).expect("a UUID can be an identifier")
}
