//! The extensions of an environment: who has registered, for what, and who is still busy.
//!
//! Only the register is kept here; what a change of it means for the environment is decided in
//! [`environment`](super::environment). Source of the rules:
//! [Extensions API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html); words and the order of
//! the checks are those of AWS's open-source runtime interface emulator.

use lambda_api::{
    ExtensionId,
    extension::{next::Event, register::EventType},
    limits,
};

use super::{CallId, ExtensionRejection, Rejection};

/// The register.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Extensions {
    /// The external ones, in the order in which they are launched.
    external: Vec<External>,
    registered: Vec<Extension>,
    /// Whether internal extensions may still come.
    is_open: bool,
    /// On managed instances nobody is told of invokes.
    is_managed: bool,
}

/// The process of an external extension.
#[derive(Clone, Debug, PartialEq, Eq)]
struct External {
    name: String,
    is_alive: bool,
    /// How its process failed, if it did.
    failure: Option<ProcessFailure>,
}

/// How the process of an external extension failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ProcessFailure {
    /// It could not be started; the reason in the service's word.
    Launch(&'static str),
    /// It has exited.
    Exit,
}

/// A registered extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Extension {
    pub(super) id: ExtensionId,
    pub(super) name: String,
    /// The index of its process; `None` for an internal one.
    pub(super) process: Option<usize>,
    pub(super) events: Vec<EventType>,
    pub(super) state: ExtensionState,
    /// Its parked call to next, and the identifier for the event that will answer it.
    pub(super) poll: Option<(CallId, String)>,
    /// What it has not been told yet, because it was not asking.
    pub(super) owed: Option<Event>,
    is_managed: bool,
}

/// Where a registered extension stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ExtensionState {
    /// It has not asked for an event yet.
    Registered,
    /// It asks for an event, or did until its poll was cut off.
    Ready,
    /// It has an event.
    Running,
    /// It has said that it cannot start.
    InitError,
    /// It has said that it cannot go on.
    ExitError,
}

impl ProcessFailure {
    /// A launch that failed, as the service calls it if it has a name for it.
    pub(super) fn launch(message: &str) -> Self {
        let known = ["PermissionDenied", "TooManyExtensions"].into_iter().find(|reason| *reason == message);
        Self::Launch(known.unwrap_or("UnknownError"))
    }
}

impl ExtensionState {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Registered => "Registered",
            Self::Ready => "Ready",
            Self::Running => "Running",
            Self::InitError => "InitError",
            Self::ExitError => "ExitError",
        }
    }
}

impl Extension {
    pub(super) fn wants(&self, event: EventType) -> bool {
        self.events.contains(&event)
    }

    /// The refusal of a call that this state does not allow.
    pub(super) fn refuse(&self, aim: &'static str) -> Rejection {
        let (extension, is_managed) = (self.id.to_string(), self.is_managed);
        ExtensionRejection::Transition { from: self.state.name(), to: aim, extension, is_managed }.into()
    }
}

impl Extensions {
    pub(super) fn new(names: &[String], is_managed: bool) -> Self {
        let external =
            names.iter().map(|name| External { name: name.clone(), is_alive: false, failure: None });
        Self { external: external.collect(), registered: Vec::new(), is_open: false, is_managed }
    }

    /// Forgets the extensions of the processes before, and says which processes to start.
    pub(super) fn launch(&mut self) -> std::ops::Range<usize> {
        self.registered.clear();
        self.is_open = true;
        for external in &mut self.external {
            external.is_alive = true;
            external.failure = None;
        }
        0..self.external.len()
    }

    /// No internal extension may come any more.
    pub(super) fn close(&mut self) {
        self.is_open = false;
    }

    /// Whether all external extensions have registered.
    pub(super) fn are_complete(&self) -> bool {
        let of = |process| self.registered.iter().any(|extension| extension.process == Some(process));
        (0..self.external.len()).all(of)
    }

    /// Whether all have asked for an event at least once.
    pub(super) fn are_initialised(&self) -> bool {
        self.registered
            .iter()
            .all(|extension| matches!(extension.state, ExtensionState::Ready | ExtensionState::Running))
    }

    /// Whether any is still busy with an event.
    pub(super) fn are_busy(&self) -> bool {
        let is_busy = |extension: &Extension| match extension.state {
            ExtensionState::Registered | ExtensionState::Ready => extension.owed.is_some(),
            ExtensionState::Running => true,
            // One that has said that it cannot go on does not become ready.
            ExtensionState::InitError | ExtensionState::ExitError => extension.wants(EventType::Invoke),
        };
        self.registered.iter().any(is_busy)
    }

    /// Whether any has registered, external or internal.
    pub(super) fn are_registered(&self) -> bool {
        !self.registered.is_empty()
    }

    /// Whether the function has external ones, registered or not.
    pub(super) fn are_external(&self) -> bool {
        !self.external.is_empty()
    }

    /// The processes that are still there.
    pub(super) fn alive(&self) -> Vec<usize> {
        let alive = self.external.iter().enumerate().filter(|(_, external)| external.is_alive);
        alive.map(|(process, _)| process).collect()
    }

    /// Notes that a process is gone; false if it was already.
    pub(super) fn gone(&mut self, process: usize, failure: ProcessFailure) -> bool {
        let Some(external) = self.external.get_mut(process).filter(|external| external.is_alive) else {
            return false;
        };
        external.is_alive = false;
        external.failure = Some(failure);
        true
    }

    /// The processes with their names and how they failed, if they did.
    pub(super) fn processes(&self) -> impl Iterator<Item = (usize, &str, Option<&ProcessFailure>)> {
        let processes = self.external.iter().enumerate();
        processes.map(|(process, external)| (process, &*external.name, external.failure.as_ref()))
    }

    pub(super) fn registered(&self) -> &[Extension] {
        &self.registered
    }

    /// The extension that runs in a process, if it has registered.
    pub(super) fn of_process(&self, process: usize) -> impl Iterator<Item = &Extension> {
        self.registered.iter().filter(move |extension| extension.process == Some(process))
    }

    pub(super) fn registered_mut(&mut self) -> impl Iterator<Item = &mut Extension> {
        self.registered.iter_mut()
    }

    /// Forgets the registered ones; their parked polls are returned.
    pub(super) fn forget(&mut self) -> Vec<CallId> {
        self.registered.drain(..).filter_map(|extension| extension.poll).map(|(call, _)| call).collect()
    }

    pub(super) fn drop_poll(&mut self, call: CallId) {
        for extension in &mut self.registered {
            extension.poll.take_if(|(poll, _)| *poll == call);
        }
    }

    pub(super) fn find(&mut self, id: &ExtensionId) -> Option<&mut Extension> {
        self.registered.iter_mut().find(|extension| extension.id == *id)
    }

    /// How many places are taken; an external extension has its place from the launch on.
    fn count(&self) -> usize {
        let internal = self.registered.iter().filter(|extension| extension.process.is_none());
        self.external.len() + internal.count()
    }

    /// Takes an extension in.
    pub(super) fn register(
        &mut self,
        id: ExtensionId,
        name: String,
        events: &[String],
    ) -> Result<(), Rejection> {
        let unknown = |event: &String| ExtensionRejection::EventType {
            event: event.clone(),
            reason: "ErrorInvalidEventType",
        };
        let process = self.external.iter().position(|external| external.name == name);
        if process.is_none() && self.is_managed && !events.is_empty() {
            return Err(ExtensionRejection::NoEvents.into());
        }
        let parsed: Result<Vec<EventType>, ExtensionRejection> =
            events.iter().map(|event| EventType::from_name(event).ok_or_else(|| unknown(event))).collect();
        let events = parsed?;
        let earlier = self.registered.iter().find(|extension| extension.name == name);
        match (process, earlier) {
            (Some(_), Some(earlier)) => {
                return Err(ExtensionRejection::Transition {
                    from: earlier.state.name(),
                    to: "Registered",
                    extension: name,
                    is_managed: self.is_managed,
                }
                .into());
            }
            (Some(_), None) if self.is_managed && events.contains(&EventType::Invoke) => {
                let event = EventType::Invoke.as_str().to_owned();
                return Err(ExtensionRejection::EventType { event, reason: "ErrorInvalidEventType" }.into());
            }
            (Some(_), None) => {}
            (None, _) if events.contains(&EventType::Shutdown) => {
                let event = EventType::Shutdown.as_str().to_owned();
                let reason = "ShutdownEventNotSupportedForInternalExtension";
                return Err(ExtensionRejection::EventType { event, reason }.into());
            }
            (None, _) if !self.is_open => return Err(ExtensionRejection::RegistrationClosed.into()),
            (None, _) if self.count() >= limits::EXTENSIONS => {
                return Err(ExtensionRejection::TooMany.into());
            }
            (None, Some(_)) => return Err(ExtensionRejection::NameTaken.into()),
            (None, None) => {}
        }
        let state = ExtensionState::Registered;
        let is_managed = self.is_managed;
        self.registered.push(Extension {
            id,
            name,
            process,
            events,
            state,
            poll: None,
            owed: None,
            is_managed,
        });
        Ok(())
    }
}
