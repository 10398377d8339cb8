//! Describes an extension, and registers it.

use lambda_api::{
    extension::register::{self, EventType, Registered},
    telemetry::InitializationType,
    transport::RuntimeApi,
};
use tower_service::Service;

use crate::{
    BoxError, Event, Extension, ExtensionError,
    environment::{Environment, executable_name},
    extension::reply_in_time,
    line::Line,
};

const REGISTER: &str = "extension/register";

/// Whether an extension has a process of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A process beside the runtime, started from `/opt/extensions`.
    External,
    /// A part of the function's own process.
    Internal,
}

/// An extension that has yet to register.
///
/// Source: [Extensions API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html).
#[derive(Clone, Debug)]
#[must_use = "an extension exists once it has registered"]
pub struct ExtensionBuilder {
    name: Option<String>,
    kind: Kind,
    events: Option<Vec<EventType>>,
    wants_account_id: bool,
    initialization: Option<InitializationType>,
    api: Option<RuntimeApi>,
}

impl ExtensionBuilder {
    pub(crate) fn new(name: Option<String>) -> Self {
        Self {
            name,
            kind: Kind::External,
            events: None,
            wants_account_id: false,
            initialization: None,
            api: None,
        }
    }

    /// Makes it an internal extension: one inside the function's own process.
    ///
    /// It has to register before the runtime polls for the first time, and is never told of the shutdown.
    pub fn internal(mut self) -> Self {
        self.kind = Kind::Internal;
        self
    }

    /// What the extension is told about.
    ///
    /// If not set, all that the platform allows: an external extension INVOKE and SHUTDOWN, an internal one INVOKE;
    /// on Lambda Managed Instances SHUTDOWN and nothing, because there nobody is told of invocations.
    pub fn events(mut self, events: &[EventType]) -> Self {
        self.events = Some(events.to_vec());
        self
    }

    /// Asks for the account's id, which is then in [`Extension::function`].
    pub fn account_id(mut self) -> Self {
        self.wants_account_id = true;
        self
    }

    /// The mode that the function runs in; what `AWS_LAMBDA_INITIALIZATION_TYPE` says if not set, or on demand.
    ///
    /// For whoever gives an [`endpoint`](Self::endpoint) that has no variables.
    pub fn initialization_type(mut self, initialization: InitializationType) -> Self {
        self.initialization = Some(initialization);
        self
    }

    /// Where the Extensions API is. The process environment is then not read.
    pub fn endpoint(mut self, api: RuntimeApi) -> Self {
        self.api = Some(api);
        self
    }

    /// Registers the extension.
    ///
    /// The init phase waits for its first call of [`Extension::next_event`]; telemetry has to be subscribed to before
    /// that.
    ///
    /// # Errors
    ///
    /// [`ExtensionError`]; a refusal carries the API's own words.
    pub async fn register(self) -> Result<Extension, ExtensionError> {
        let Environment { api, initialization } = Environment::new(self.api)?;
        let initialization = self.initialization.unwrap_or(initialization);
        let events = self.events.unwrap_or_else(|| default_events(self.kind, &initialization));
        let name = self.name.or_else(executable_name).filter(|name| !name.is_empty());
        let mut call = register::Call::new(name.ok_or(ExtensionError::NoName)?, &events);
        call.wants_account_id = self.wants_account_id;
        let request = call.to_http().map_err(|source| ExtensionError::Encode { call: REGISTER, source })?;
        let mut line = Line::new(api);
        let reply = reply_in_time(REGISTER, line.call(request)).await?;
        let registered =
            Registered::from_http(reply).map_err(|error| ExtensionError::of_reply(REGISTER, error))?;
        Extension::new(line, registered, initialization, &events)
    }

    /// Registers the extension and runs it: [`Extension::run`].
    ///
    /// # Errors
    ///
    /// [`ExtensionError`], as with both.
    pub async fn run<S>(self, service: S) -> Result<(), ExtensionError>
    where
        S: Service<Event>,
        S::Error: Into<BoxError>,
    {
        self.register().await?.run(service).await
    }
}

/// What the platform lets an extension register for. Sources:
/// [Extensions API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html); for managed instances
/// AWS's open-source runtime interface emulator.
fn default_events(kind: Kind, initialization: &InitializationType) -> Vec<EventType> {
    let is_managed = *initialization == InitializationType::ManagedInstances;
    match (kind, is_managed) {
        (Kind::External, false) => vec![EventType::Invoke, EventType::Shutdown],
        (Kind::External, true) => vec![EventType::Shutdown],
        (Kind::Internal, false) => vec![EventType::Invoke],
        (Kind::Internal, true) => Vec::new(),
    }
}
