//! An extension's calls, in the order in which they are made: register, next, and at worst an error.

use std::{env, path::Path};

use bytes::Bytes;
use http_body_util::Full;
use lambda_api::{
    Accepted, ErrorReport, ExtensionId,
    client::Connection,
    extension::{
        error::{self, Moment},
        next::{self, Event},
        register::{self, EventType, Function, Registered},
    },
    transport::RuntimeApi,
};

use crate::ExtensionError;

const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";
const REGISTER: &str = "extension/register";
const NEXT: &str = "extension/event/next";

/// An extension that has yet to register.
#[derive(Clone, Debug, Default)]
#[must_use = "an extension exists once it has registered"]
pub struct ExtensionBuilder {
    name: Option<String>,
    events: Vec<EventType>,
    wants_account_id: bool,
    api: Option<RuntimeApi>,
}

impl ExtensionBuilder {
    /// The extension's name. An external extension must give its own file name, which is what is taken if
    /// none is set.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// What the extension is told about; nothing if not set. Only external extensions may ask for
    /// [`EventType::Shutdown`].
    pub fn events(mut self, events: &[EventType]) -> Self {
        self.events = events.to_vec();
        self
    }

    /// Asks for the account's id, which is then in [`Extension::function`].
    pub fn account_id(mut self) -> Self {
        self.wants_account_id = true;
        self
    }

    /// Where the Extensions API is. The process environment is then not read.
    pub fn endpoint(mut self, api: RuntimeApi) -> Self {
        self.api = Some(api);
        self
    }

    /// Registers the extension.
    ///
    /// # Errors
    ///
    /// [`ExtensionError`]; a refusal carries the API's own words.
    pub async fn register(self) -> Result<Extension, ExtensionError> {
        let api = match self.api {
            Some(api) => api,
            None => endpoint_from_env()?,
        };
        let name = self.name.or_else(executable_name).ok_or(ExtensionError::NoName)?;
        let mut call = register::Call::new(name, &self.events);
        call.wants_account_id = self.wants_account_id;
        let request = call.to_http().map_err(|source| ExtensionError::Encode { call: REGISTER, source })?;
        let mut connection = Connection::new(api);
        let reply = connection
            .call(request.map(Full::new))
            .await
            .map_err(|source| ExtensionError::Transport { call: REGISTER, source })?;
        let registered =
            Registered::from_http(reply).map_err(|error| ExtensionError::of_reply(REGISTER, error))?;
        Ok(Extension { connection, extension_id: registered.extension_id, function: registered.function })
    }
}

fn endpoint_from_env() -> Result<RuntimeApi, ExtensionError> {
    let address = env::var_os(RUNTIME_API).filter(|address| !address.is_empty());
    let address = address.ok_or(ExtensionError::MissingVariable { variable: RUNTIME_API })?;
    Ok(address.to_string_lossy().parse()?)
}

fn executable_name() -> Option<String> {
    let executable = env::args_os().next()?;
    Some(Path::new(&executable).file_name()?.to_string_lossy().into_owned())
}

/// A registered extension.
#[derive(Debug)]
pub struct Extension {
    connection: Connection<Full<Bytes>>,
    extension_id: ExtensionId,
    function: Function,
}

impl Extension {
    /// An extension that has yet to register.
    pub fn builder() -> ExtensionBuilder {
        ExtensionBuilder::default()
    }

    /// Identifies the extension.
    pub fn id(&self) -> &ExtensionId {
        &self.extension_id
    }

    /// The function that the extension has joined.
    pub fn function(&self) -> &Function {
        &self.function
    }

    /// Says that everything before is done, and waits for an event.
    ///
    /// The first call ends the extension's init. May be dropped and called again: an event that was not
    /// received is given again.
    ///
    /// # Errors
    ///
    /// [`ExtensionError`]; after a refusal with a 5xx an extension should exit.
    pub async fn next_event(&mut self) -> Result<Event, ExtensionError> {
        let request = next::Call::new(self.extension_id.clone())
            .to_http()
            .map_err(|source| ExtensionError::Encode { call: NEXT, source })?;
        let reply = self
            .connection
            .call(request.map(Full::new))
            .await
            .map_err(|source| ExtensionError::Transport { call: NEXT, source })?;
        Event::from_http(reply).map_err(|error| ExtensionError::of_reply(NEXT, error))
    }

    /// Says that the extension cannot start; it has to exit then.
    ///
    /// `category` has the form `Extension.ConfigInvalid`.
    ///
    /// # Errors
    ///
    /// [`ExtensionError`] if that could not be said.
    pub async fn init_error(self, category: &str, report: &ErrorReport) -> Result<(), ExtensionError> {
        self.give_up(Moment::Init, category, report).await
    }

    /// Says that the extension cannot go on; it has to exit then.
    ///
    /// `category` has the form `Extension.BackendGone`.
    ///
    /// # Errors
    ///
    /// [`ExtensionError`] if that could not be said.
    pub async fn exit_error(self, category: &str, report: &ErrorReport) -> Result<(), ExtensionError> {
        self.give_up(Moment::Exit, category, report).await
    }

    async fn give_up(
        mut self,
        moment: Moment,
        category: &str,
        report: &ErrorReport,
    ) -> Result<(), ExtensionError> {
        let call = match moment {
            Moment::Init => "extension/init/error",
            Moment::Exit => "extension/exit/error",
        };
        let request = error::Call::new(moment, self.extension_id, category, report)
            .to_http()
            .map_err(|source| ExtensionError::Encode { call, source })?;
        let reply = self
            .connection
            .call(request.map(Full::new))
            .await
            .map_err(|source| ExtensionError::Transport { call, source })?;
        Accepted::from_http(reply).map_err(|source| ExtensionError::Refused { call, source })?;
        Ok(())
    }
}
