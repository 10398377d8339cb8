//! Starts the guests of an environment, and the socket on which processes reach it.

use std::{
    collections::BTreeMap,
    io,
    net::{SocketAddr, TcpListener},
    path::Path,
    sync::Arc,
};

use lambda_api::{Endpoint, ErrorType, limits};

use super::Driver;
use crate::{
    clock,
    core::{Initialization, Input},
    function::{Deployment, Package, is_executable},
    guest::{Code, Executable, ExtensionCode, Guest, LaunchError, LogChannel, Plan, Role, Wrapper},
    http::tokens::Tokens,
    process::{self, PrivateFolder, Processes},
    service::World,
    timeline::{Event, ExtensionEvent},
    transport::{self, Listening},
    variables,
};

// Why an extension could not be launched, as AWS's open-source runtime interface emulator calls it.
const PERMISSION_DENIED: &str = "PermissionDenied";
const TOO_MANY_EXTENSIONS: &str = "TooManyExtensions";
const UNKNOWN_ERROR: &str = "UnknownError";

/// What the guests of an environment are started with.
pub(super) struct Launcher {
    code: Arc<Code>,
    processes: Arc<Processes>,
    are_extensions_disabled: bool,
    wrapper: Option<Arc<Wrapper>>,
    memory_limit_mb: Option<u32>,
    variables: Arc<BTreeMap<String, String>>,
    /// How many invocations the runtime serves at once; `None` as long as the core has one at a time only.
    max_concurrency: Option<u32>,
    /// With SnapStart, what the credentials are asked with.
    credentials_token: Option<String>,
    /// From the first process on, and until the environment is gone.
    folder: Option<PrivateFolder>,
}

impl Launcher {
    pub(super) fn new(
        world: &World,
        deployment: &Deployment,
        initialization: Initialization,
        tokens: &Tokens,
    ) -> Self {
        let is_managed = initialization == Initialization::ManagedInstances;
        let per_environment = u32::try_from(deployment.per_environment()).unwrap_or(u32::MAX);
        let max_concurrency = is_managed.then_some(per_environment);
        let environment = variables::Environment {
            version: deployment.version(),
            started: world.clock().now(),
            log_stream: world.ids.uuid().replace('-', ""),
            metadata_token: tokens.metadata.clone(),
            initialization_type: initialization.as_str(),
            max_concurrency,
        };
        let mut variables = variables::of_environment(&deployment.variables, environment);
        if tokens.credentials.is_some() {
            variables::forget_what_a_snapshot_must_not_hold(&mut variables);
        }
        Self {
            code: Arc::clone(&deployment.code),
            processes: Arc::clone(&world.processes),
            wrapper: deployment.wrapper.clone(),
            memory_limit_mb: deployment.memory_limit_mb(),
            are_extensions_disabled: deployment.are_extensions_disabled,
            variables: Arc::new(variables),
            credentials_token: tokens.credentials.clone(),
            max_concurrency,
            folder: None,
        }
    }

    /// Leaves nothing behind. The processes have to be gone.
    pub(super) fn clean_up(&mut self) {
        self.folder = None;
    }

    fn process(
        &mut self,
        role: Role,
        path: &Path,
        folder: &Path,
        api: SocketAddr,
    ) -> Result<Guest, LaunchError> {
        let private = match self.folder.take() {
            Some(private) => private,
            None => self
                .processes
                .private_folder()
                .map_err(|error| environment_failed(format!("there can be no private /tmp: {error}")))?,
        };
        let private = self.folder.insert(private);
        let (mut variables, log) = match role {
            Role::Runtime if self.max_concurrency.is_some() => {
                (BTreeMap::clone(&self.variables), LogChannel::Socket(private.log_socket()))
            }
            Role::Runtime => (BTreeMap::clone(&self.variables), LogChannel::Frames),
            Role::Extension(_) => (variables::for_extension(&self.variables), LogChannel::None),
        };
        // The metadata endpoint is where the other APIs are.
        for name in ["AWS_LAMBDA_RUNTIME_API", "AWS_LAMBDA_METADATA_API"] {
            variables.insert(name.to_owned(), api.to_string());
        }
        if let Some(token) = &self.credentials_token {
            let uri = format!("http://{api}{}", Endpoint::Credentials.path());
            variables.insert("AWS_CONTAINER_CREDENTIALS_FULL_URI".to_owned(), uri);
            variables.insert("AWS_CONTAINER_AUTHORIZATION_TOKEN".to_owned(), token.clone());
        }
        let tmp = private.tmp().display().to_string();
        if self.wrapper.is_some() {
            // A sandbox makes this the process's /tmp.
            variables.insert("TMPDIR".to_owned(), tmp);
        } else {
            variables.entry("TMPDIR".to_owned()).or_insert(tmp);
        }
        let wrapper = self.wrapper.as_deref();
        let memory_limit_mb = self.memory_limit_mb.filter(|_| role == Role::Runtime);
        let plan = Plan { wrapper, path, folder, variables: &variables, log, memory_limit_mb };
        let failed = |path: &Path, error: &io::Error| LaunchError {
            error_type: match role {
                Role::Runtime => ErrorType::INVALID_ENTRYPOINT,
                Role::Extension(_) if error.kind() == io::ErrorKind::PermissionDenied => PERMISSION_DENIED,
                Role::Extension(_) => UNKNOWN_ERROR,
            },
            message: format!("fork/exec {}: {}", path.display(), process::reason(error)),
        };
        // A wrapper would be started all the same, and would say so in its own words.
        match path.metadata() {
            Ok(metadata) if is_executable(&metadata) => {}
            Ok(_) => return Err(failed(path, &io::ErrorKind::PermissionDenied.into())),
            Err(error) => return Err(failed(path, &error)),
        }
        let process = self
            .processes
            .start(&plan)
            .map_err(|error| failed(wrapper.map_or(path, |wrapper| &wrapper.program), &error))?;
        Ok(Guest::Process(Box::new(process)))
    }
}

impl Driver {
    pub(super) fn launch(&mut self, generation: u32) {
        self.begin_generation(generation);
        if self.launcher.are_extensions_disabled && generation == 1 {
            self.note("a file in the folder of the layers disables extensions");
        }
        match self.start() {
            Ok(guest) => {
                self.record(Event::Launched { generation });
                self.guests.insert(Role::Runtime, guest);
            }
            Err(LaunchError { error_type, message }) => {
                self.record(Event::LaunchFailed { message: message.clone() });
                let error_type = error_type.to_owned();
                self.input(Input::LaunchFailed { generation, error_type, message });
            }
        }
    }

    pub(super) fn launch_extension(&mut self, index: usize, generation: u32) {
        self.begin_generation(generation);
        let is_process = self
            .extensions
            .get(index)
            .is_some_and(|extension| matches!(extension.code, ExtensionCode::Executable(_)));
        if is_process && self.world.upgrade().is_some_and(|world| world.begins_to_share(self.function)) {
            self.note(
                "this environment shares the loopback with another one of the function, which it would not on \
                 Lambda: an extension that listens on a fixed port fails in the second",
            );
        }
        match self.start_extension(index) {
            Ok(guest) => {
                let event = self.of_extension(index, ExtensionEvent::Launched { generation });
                self.record(event);
                self.guests.insert(Role::Extension(index), guest);
            }
            Err(LaunchError { error_type, message }) => {
                let failed = ExtensionEvent::LaunchFailed { message: message.clone() };
                let event = self.of_extension(index, failed);
                self.record(event);
                // The caller is told what Lambda calls it, if Lambda has a name for it.
                let message = match error_type {
                    PERMISSION_DENIED | TOO_MANY_EXTENSIONS => error_type.to_owned(),
                    _ => message,
                };
                self.input(Input::ExtensionLaunchFailed { index, generation, message });
            }
        }
    }

    fn begin_generation(&mut self, generation: u32) {
        if self.link.generation != generation {
            self.link.generation = generation;
            self.couriers.clear();
        }
    }

    pub(super) fn note(&mut self, text: impl Into<String>) {
        self.record(Event::Note { text: text.into() });
    }

    fn start(&mut self) -> Result<Guest, LaunchError> {
        let code = Arc::clone(&self.launcher.code);
        match &*code {
            Code::InProcess(guest) => {
                let api = transport::in_memory(&self.link, &self.clock, Arc::clone(&self.launcher.variables));
                Ok(Guest::spawn(guest(api)))
            }
            Code::Executable(executable) => {
                let api = self.listen()?;
                let Package { root, .. } = &executable.package;
                let found = executable.package.bootstrap();
                let error_type = ErrorType::INVALID_ENTRYPOINT;
                let path = found.map_err(|message| LaunchError { error_type, message })?;
                self.launcher.process(Role::Runtime, path, root, api)
            }
            Code::Unusable(problem) => Err(environment_failed(problem)),
        }
    }

    fn start_extension(&mut self, index: usize) -> Result<Guest, LaunchError> {
        let extensions = Arc::clone(&self.extensions);
        if extensions.len() > limits::EXTENSIONS {
            let message = format!("there are {} extensions, and Lambda takes 10 at most", extensions.len());
            return Err(LaunchError { error_type: TOO_MANY_EXTENSIONS, message });
        }
        let extension = extensions.get(index).ok_or_else(|| environment_failed("no such extension"))?;
        match &extension.code {
            ExtensionCode::InProcess(guest) => {
                let variables = variables::for_extension(&self.launcher.variables);
                Ok(Guest::spawn(guest(transport::in_memory(&self.link, &self.clock, Arc::new(variables)))))
            }
            ExtensionCode::Executable(path) => {
                let api = self.listen()?;
                let folder = path.parent().unwrap_or(path);
                self.launcher.process(Role::Extension(index), path, folder, api)
            }
        }
    }

    /// Where the processes of this generation reach the APIs.
    ///
    /// Each generation gets a socket of its own where the address is free to choose, so that nothing of an
    /// older one can reach it.
    fn listen(&mut self) -> Result<SocketAddr, LaunchError> {
        if clock::is_paused() {
            return Err(environment_failed(clock::PausedClock));
        }
        if let Some((generation, listening)) = &self.listening
            && *generation == self.link.generation
        {
            return Ok(listening.address());
        }
        let listener = match &*self.launcher.code {
            Code::Executable(Executable { listener: Some(listener), .. }) => listener.try_clone(),
            _ => TcpListener::bind("127.0.0.1:0"),
        };
        self.listening = None;
        let link = self.link.clone();
        let serve = move |stream| link.clone().serve(stream);
        let listening = listener
            .and_then(|listener| Listening::start(listener, serve))
            .map_err(|error| environment_failed(format!("the Runtime API cannot listen: {error}")))?;
        let address = listening.address();
        self.listening = Some((self.link.generation, listening));
        Ok(address)
    }
}

fn environment_failed(problem: impl ToString) -> LaunchError {
    LaunchError { error_type: ErrorType::SANDBOX_FAILURE, message: problem.to_string() }
}
