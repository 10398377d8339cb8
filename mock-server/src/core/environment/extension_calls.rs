//! What each call of an extension does: register, next, init/error and exit/error.
//!
//! The order of the checks is that of AWS's open-source runtime interface emulator.

use lambda_api::{
    Deadline, ExtensionId,
    extension::{
        error::Moment,
        next::{Event, Invoke},
        register::{EventType, Registered},
    },
};

use super::{ExecutionEnvironment, life::ExtensionFailure};
use crate::core::{
    CallId, Caller, Effect, ExtensionRejection, Phase, Rejection, Reply, Time,
    extensions::{Extension, ExtensionState},
    runtime_state::RuntimeState,
};

impl ExecutionEnvironment {
    pub(super) fn register(
        &mut self,
        call: CallId,
        extension_id: ExtensionId,
        name: Option<String>,
        events: Result<Vec<String>, String>,
        wants_account_id: bool,
    ) -> Result<(), Rejection> {
        if self.runtime == RuntimeState::Absent {
            return Err(Rejection::ContainerError);
        }
        let name = name.filter(|name| !name.is_empty()).ok_or(ExtensionRejection::EmptyName)?;
        let events = events.map_err(|problem| ExtensionRejection::Format { problem })?;
        self.extensions.register(extension_id.clone(), name, &events)?;
        let mut registered = Registered::new(extension_id);
        registered.function = self.settings.function.clone();
        registered.function.account_id = wants_account_id.then(|| self.settings.account_id.clone());
        let reply = Reply::Registered(Box::new(registered));
        self.effects.push_back(Effect::Reply { call, reply });
        if self.runtime == RuntimeState::Awaited && self.extensions.are_complete() {
            self.launch_runtime();
        }
        Ok(())
    }

    pub(super) fn extension_next(
        &mut self,
        now: Time,
        call: CallId,
        caller: Caller,
        event_id: String,
    ) -> Result<(), Rejection> {
        let extension_id = identify(caller)?;
        let unknown = || ExtensionRejection::UnknownIdentifier { extension_id: extension_id.to_string() };
        let extension = self.extensions.find(&extension_id).ok_or_else(unknown)?;
        let effect = extension.park(call, event_id)?;
        self.effects.extend(effect);
        if matches!(self.phase, Phase::Init | Phase::Invoke) {
            self.end_init_if_done(now);
            self.end_invoke_if_done(now);
        }
        Ok(())
    }

    pub(super) fn extension_error(
        &mut self,
        call: CallId,
        moment: Moment,
        caller: Caller,
        error_type: Option<String>,
    ) -> Result<(), Rejection> {
        let extension_id = identify(caller)?;
        let category = error_type.ok_or(ExtensionRejection::MissingErrorType)?;
        let extension = self.extensions.find(&extension_id).ok_or(ExtensionRejection::UnknownFailing)?;
        let is_first = extension.fail(moment)?;
        self.effects.push_back(Effect::Reply { call, reply: Reply::Accepted });
        if is_first && !matches!(self.phase, Phase::Reset | Phase::Shutdown | Phase::Terminated) {
            let error_type = match moment {
                Moment::Init => "Extension.InitError",
                Moment::Exit => "Extension.ExitError",
            };
            // It is expected to exit now, which is what ends the phase; this says why.
            self.announced.get_or_insert_with(|| ExtensionFailure::reported(error_type, &category));
        }
        Ok(())
    }

    /// Tells the extensions that want to know that an invocation begins.
    pub(super) fn tell_extensions(&mut self) {
        let Some(current) = &self.current else { return };
        let deadline = current.started + self.settings.timeout;
        let deadline = Deadline::from_unix_millis(deadline.as_unix_millis());
        let mut invoke = Invoke::new(current.invoke.request_id.clone(), deadline);
        invoke.invoked_function_arn = current.invoke.function_arn.clone();
        invoke.trace_id = current.invoke.trace_id.clone();
        let event = Event::Invoke(invoke);
        for extension in self.extensions.registered_mut() {
            if extension.wants(EventType::Invoke) {
                self.effects.extend(extension.owe(event.clone()));
            }
        }
    }
}

pub(super) fn identify(caller: Caller) -> Result<ExtensionId, ExtensionRejection> {
    match caller {
        Caller::Missing => Err(ExtensionRejection::MissingIdentifier),
        Caller::Invalid => Err(ExtensionRejection::InvalidIdentifier),
        Caller::Id(extension_id) => Ok(extension_id),
    }
}

impl Extension {
    /// Gives it an event, now if it waits for one and else when it asks.
    pub(super) fn owe(&mut self, event: Event) -> Option<Effect> {
        self.owed = Some(event);
        let (call, event_id) = self.poll.take()?;
        self.hand_over(call, event_id)
    }

    /// It asks for an event, which also says that it is done with the one before.
    fn park(&mut self, call: CallId, event_id: String) -> Result<Option<Effect>, Rejection> {
        match self.state {
            ExtensionState::InitError | ExtensionState::ExitError => return Err(self.refuse("Ready")),
            ExtensionState::Ready if self.poll.is_some() => return Err(self.refuse("Ready")),
            ExtensionState::Registered | ExtensionState::Ready | ExtensionState::Running => {}
        }
        self.state = ExtensionState::Ready;
        let effect = self.hand_over(call, event_id.clone());
        if effect.is_none() {
            self.poll = Some((call, event_id));
        }
        Ok(effect)
    }

    fn hand_over(&mut self, call: CallId, event_id: String) -> Option<Effect> {
        let mut event = self.owed.take()?;
        if let Event::Invoke(invoke) = &mut event {
            invoke.event_id = Some(event_id);
        }
        self.state = ExtensionState::Running;
        Some(Effect::Reply { call, reply: Reply::Event(Box::new(event)) })
    }

    /// It says that it has failed; false if it has said so before.
    fn fail(&mut self, moment: Moment) -> Result<bool, Rejection> {
        let (aim, state) = match moment {
            Moment::Init => ("InitError", ExtensionState::InitError),
            Moment::Exit => ("Exited", ExtensionState::ExitError),
        };
        let is_allowed = match moment {
            Moment::Init => matches!(self.state, ExtensionState::Registered | ExtensionState::InitError),
            Moment::Exit => self.state != ExtensionState::InitError,
        };
        if !is_allowed {
            return Err(self.refuse(aim));
        }
        Ok(std::mem::replace(&mut self.state, state) != state)
    }
}
