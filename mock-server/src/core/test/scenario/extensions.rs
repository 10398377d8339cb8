//! The part of a `Scenario` that extensions play: they register, poll, report failures and exit.
//!
//! An extension is addressed by its name, whichever identifier it has got. Names that the environment was not
//! made with are those of internal extensions.

use std::collections::BTreeMap;

use lambda_api::{
    ExtensionId,
    extension::{
        error::Moment,
        next::{Event, Invoke, Shutdown},
        register::Registered,
    },
};

use super::Scenario;
use crate::core::{Call, CallId, Caller, Effect, Exit, Input, Rejection, Reply, Settings};

/// What extensions are called, and the identifiers of those that have registered.
#[derive(Clone)]
pub(super) struct Names {
    external: Vec<String>,
    ids: BTreeMap<String, ExtensionId>,
}

impl Names {
    pub(super) fn new(external: &[String]) -> Self {
        Self { external: external.to_vec(), ids: BTreeMap::new() }
    }
}

/// The category of every failure that an extension reports here.
pub(in crate::core::test) const CATEGORY: &str = "Extension.ConfigInvalid";

// === bringing the environment to a state ===

impl Scenario {
    /// Launched at zero, with these external extensions.
    pub(in crate::core::test) fn with_extensions<const N: usize>(names: [&str; N]) -> Self {
        let extensions = names.map(str::to_owned).to_vec();
        Self::with(Settings { extensions, ..Settings::default() })
    }

    pub(in crate::core::test) fn registered(mut self, name: &str, events: &[&str]) -> Self {
        self.registers(name, events).expect("a test's extension may register");
        self
    }

    /// The extension has asked for an event, and has none yet.
    pub(in crate::core::test) fn polling(mut self, name: &str) -> Self {
        self.extension_polls(name).expect("a test's extension may poll");
        self
    }
}

// === one step ===

impl Scenario {
    pub(in crate::core::test) fn registers(
        &mut self,
        name: &str,
        events: &[&str],
    ) -> Result<CallId, Rejection> {
        let events = events.iter().map(|&event| event.to_owned()).collect();
        self.registers_with(Some(name), Ok(events), false)
    }

    /// Registers with whatever the call may hold.
    pub(in crate::core::test) fn registers_with(
        &mut self,
        name: Option<&str>,
        events: Result<Vec<String>, String>,
        wants_account_id: bool,
    ) -> Result<CallId, Rejection> {
        let extension_id = extension_id(self.calls + 1);
        let call = self.call(Call::Register {
            extension_id: extension_id.clone(),
            name: name.map(str::to_owned),
            events,
            wants_account_id,
        })?;
        self.extensions.ids.insert(name.unwrap_or_default().to_owned(), extension_id);
        Ok(call)
    }

    pub(in crate::core::test) fn extension_polls(&mut self, name: &str) -> Result<CallId, Rejection> {
        let caller = Caller::Id(self.id_of(name));
        self.extension_polls_as(caller)
    }

    pub(in crate::core::test) fn extension_polls_as(&mut self, caller: Caller) -> Result<CallId, Rejection> {
        let event_id = format!("event-{}", self.calls + 1);
        self.call(Call::ExtensionNext { caller, event_id })
    }

    pub(in crate::core::test) fn extension_fails(
        &mut self,
        name: &str,
        moment: Moment,
    ) -> Result<CallId, Rejection> {
        let caller = Caller::Id(self.id_of(name));
        self.extension_fails_as(caller, moment, Some(CATEGORY))
    }

    pub(in crate::core::test) fn extension_fails_as(
        &mut self,
        caller: Caller,
        moment: Moment,
        error_type: Option<&str>,
    ) -> Result<CallId, Rejection> {
        let error_type = error_type.map(str::to_owned);
        self.call(Call::ExtensionError { moment, caller, error_type })
    }

    /// The newest process of an external extension ends.
    pub(in crate::core::test) fn extension_exits(&mut self, name: &str, exit: Exit) {
        self.extension_exits_of(self.env.generation(), name, exit);
    }

    pub(in crate::core::test) fn extension_exits_of(&mut self, generation: u32, name: &str, exit: Exit) {
        let index = self.index_of(name);
        self.input(Input::ExtensionExited { index, generation, exit });
    }

    /// The newest process of an external extension turns out not to have started.
    pub(in crate::core::test) fn extension_launch_fails(&mut self, name: &str) {
        let message = format!("fork/exec /opt/extensions/{name}: permission denied");
        let (index, generation) = (self.index_of(name), self.env.generation());
        self.input(Input::ExtensionLaunchFailed { index, generation, message });
    }
}

// === looking at it ===

impl Scenario {
    /// The identifier that an extension got when it registered last.
    pub(in crate::core::test) fn id_of(&self, name: &str) -> ExtensionId {
        self.extensions.ids.get(name).expect("the extension has registered").clone()
    }

    /// The extension as a caller; one that nobody knows if it has not registered.
    pub(in crate::core::test) fn caller(&self, name: &str) -> Caller {
        Caller::Id(self.extensions.ids.get(name).cloned().unwrap_or_else(|| extension_id(0)))
    }

    pub(in crate::core::test) fn index_of(&self, name: &str) -> usize {
        let index = self.extensions.external.iter().position(|external| external == name);
        index.expect("the environment was made with this extension")
    }

    /// What a registration was answered with.
    pub(in crate::core::test) fn registration_for(&self, call: CallId) -> Option<&Registered> {
        self.journal.iter().find_map(|effect| match effect {
            Effect::Reply { call: to, reply: Reply::Registered(registered) } if *to == call => {
                Some(&**registered)
            }
            _ => None,
        })
    }

    /// The invocation that an extension was told of in the answer to its poll.
    pub(in crate::core::test) fn told_of_invoke(&self, poll: CallId) -> Option<&Invoke> {
        match self.told(poll)? {
            Event::Invoke(invoke) => Some(invoke),
            _ => None,
        }
    }

    /// The shutdown that an extension was told of in the answer to its poll.
    pub(in crate::core::test) fn told_of_shutdown(&self, poll: CallId) -> Option<&Shutdown> {
        match self.told(poll)? {
            Event::Shutdown(shutdown) => Some(shutdown),
            _ => None,
        }
    }

    fn told(&self, poll: CallId) -> Option<&Event> {
        self.journal.iter().find_map(|effect| match effect {
            Effect::Reply { call: to, reply: Reply::Event(event) } if *to == poll => Some(&**event),
            _ => None,
        })
    }
}

fn extension_id(number: u64) -> ExtensionId {
    let text = format!("00000000-0000-4000-8000-{number:012}");
    ExtensionId::new(&text).expect("a UUID can be an identifier")
}
