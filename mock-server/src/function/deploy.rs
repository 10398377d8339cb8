//! Makes a version of a function: from what the `builder` says and from its code.
//!
//! What can be wrong with the files is found here and in `package`, before anything runs.

use std::{
    collections::BTreeMap,
    fmt,
    future::Future,
    net::TcpListener,
    path::{Path, PathBuf},
    sync::Arc,
};

use lambda_api::{limits, transport::RuntimeApi};

use super::{
    Deployment, Function, FunctionBuilder, Inner, StartError,
    builder::Description,
    package::{self, Layers, Package, executable},
};
use crate::{
    clock::{self, PausedClock},
    core::{
        Settings, Time,
        catalog::{FunctionId, Version},
        fleet::DeploymentId,
    },
    guest::{Code, Executable, ExtensionCode, ExternalExtension, in_process},
    log::LogFormat,
    process::CAN_BE_MEASURED,
    variables,
};

impl FunctionBuilder {
    /// Runs the function as a future in this process, over memory instead of sockets.
    ///
    /// The closure is a whole bootstrap: it is called again for each new execution environment and after
    /// each reset. Killing it means dropping its future, so a loop that never waits cannot be killed. Under
    /// tokio's paused time a 15-minute time-out takes milliseconds. With [`extension`](Self::extension)s that
    /// are processes time has to flow; an extension that cannot be started fails the init phase, and so does
    /// anything else that [`bootstrap`](Self::bootstrap) would refuse.
    pub fn in_process<F, Fut, E>(mut self, bootstrap: F) -> Function
    where
        F: Fn(RuntimeApi) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: fmt::Debug,
    {
        let code = Code::InProcess(in_process(bootstrap));
        let extensions = self.description.extensions.clone();
        let prepared = self.description.prepare().and_then(|()| self.description.layers());
        let prepared = prepared.and_then(|(layers, more)| {
            let extensions = [extensions, more].concat();
            have_different_names(&extensions).map(|()| (layers, extensions))
        });
        match prepared {
            Ok((layers, extensions)) => self.deploy(code, layers.as_ref(), extensions),
            // There is nobody to tell but whoever invokes the function.
            Err(error) => self.deploy(Code::Unusable(error.with_source()), None, Vec::new()),
        }
    }

    /// Runs an executable, which may be any: a binary that uses a runtime client, or a script.
    ///
    /// A folder is taken for the function's package: what is started is `bootstrap` in it, or in
    /// [`opt`](Self::opt). If there is none at the moment of the start the init phase fails. Unix only.
    ///
    /// # Errors
    ///
    /// [`StartError`] if there is nothing to execute, if the Runtime API cannot listen, or if tokio's time
    /// is paused.
    pub fn bootstrap(self, path: impl AsRef<Path>) -> Result<Function, StartError> {
        self.executable(path.as_ref(), None)
    }

    /// The same for code that lies in a place of its own, where nobody changes it: `guard` keeps it there, such as the handle
    /// of a temporary folder, and is dropped when nothing runs the code any more.
    ///
    /// # Errors
    ///
    /// As for [`bootstrap`](Self::bootstrap).
    ///
    /// # Example
    ///
    /// ```
    /// use std::{fs, os::unix::fs::PermissionsExt};
    /// use mock_server::MockLambda;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let folder = tempfile::tempdir()?;
    /// let path = folder.path().to_owned();
    /// fs::write(path.join("bootstrap"), "#!/bin/sh")?;
    /// fs::set_permissions(path.join("bootstrap"), fs::Permissions::from_mode(0o755))?;
    ///
    /// let mock = MockLambda::new();
    /// let function = mock.function("f").bootstrap_kept(&path, folder)?;
    /// assert!(path.exists());
    /// function.update().in_process(|_| async { Ok::<_, String>(()) });
    /// assert!(!path.exists());
    /// # Ok(())
    /// # }
    /// ```
    pub fn bootstrap_kept(
        self,
        path: impl AsRef<Path>,
        guard: impl Send + Sync + 'static,
    ) -> Result<Function, StartError> {
        self.executable(path.as_ref(), Some(Arc::new(guard)))
    }

    fn executable(
        mut self,
        path: &Path,
        guard: Option<Arc<dyn Send + Sync>>,
    ) -> Result<Function, StartError> {
        if cfg!(not(unix)) {
            return Err(StartError::NotUnix);
        }
        if clock::is_paused() {
            return Err(PausedClock.into());
        }
        let description = &mut self.description;
        if description.enforces_memory && !CAN_BE_MEASURED {
            return Err(StartError::MemoryNotMeasured);
        }
        let extensions: Result<Vec<_>, _> = description.extensions.iter().map(checked).collect();
        let extensions = extensions?;
        if extensions.len() > limits::EXTENSIONS {
            return Err(StartError::TooManyExtensions);
        }
        description.prepare()?;
        let (layers, more) = description.layers()?;
        let package = Package::new(path, layers.as_ref())?;
        let extensions = [extensions, more].concat();
        have_different_names(&extensions)?;
        let listener = match description.runtime_api {
            None => None,
            // A new version of the function listens where the one before does.
            Some(address) => match self.of.as_ref().and_then(|of| of.listener(address)) {
                Some(listener) => Some(listener),
                None => {
                    let bound = TcpListener::bind(address);
                    Some(Arc::new(bound.map_err(|source| StartError::Bind {
                        api: "Runtime API",
                        address,
                        source,
                    })?))
                }
            },
        };
        let executable = Executable { listener, ..Executable::new(package, guard) };
        Ok(self.deploy(Code::Executable(executable), layers.as_ref(), extensions))
    }

    /// Changes the configuration of a function that [is updated](Function::update), and leaves its code as it is.
    ///
    /// # Errors
    ///
    /// [`StartError`] if the configuration is one that Lambda does not take.
    pub fn same_code(mut self) -> Result<Function, StartError> {
        self.description.prepare()?;
        let (layers, _) = self.description.layers()?;
        let Some(latest) = self.of.as_ref().and_then(|of| of.latest()) else {
            return Ok(self.deploy(Code::Unusable("the function has no code".to_owned()), None, Vec::new()));
        };
        Ok(self.deploy_shared(Arc::clone(&latest.code), layers.as_ref(), latest.extensions.to_vec()))
    }

    fn deploy(self, code: Code, layers: Option<&Layers>, extensions: Vec<ExternalExtension>) -> Function {
        self.deploy_shared(Arc::new(code), layers, extensions)
    }

    fn deploy_shared(
        self,
        code: Arc<Code>,
        layers: Option<&Layers>,
        extensions: Vec<ExternalExtension>,
    ) -> Function {
        let has_no_telemetry = self.world.profile.quirks().has_no_telemetry;
        let (reserved, asynchronous) = (self.reserved_concurrency, self.asynchronous);
        let make = |function, id| {
            let mut made = Deployment::new(&self.name, self.description, code, layers, extensions);
            made.settings.has_telemetry = !has_no_telemetry;
            made.id = id;
            made.function = function;
            made
        };
        match self.of {
            Some(of) => {
                of.world.update(of.id, reserved, asynchronous, make);
                Function::new(of)
            }
            None => {
                let id = self.world.create(&self.name, reserved, asynchronous, make);
                let inner = Arc::new(Inner::new(self.world, id, &self.name));
                self.registry.insert(&self.name, Arc::clone(&inner));
                Function::new(inner)
            }
        }
    }
}

impl Description {
    fn prepare(&mut self) -> Result<(), StartError> {
        variables::check(&self.environment)?;
        if let Some(wrapper) = &mut self.wrapper {
            wrapper.program = package::program(&wrapper.program)?;
        }
        Ok(())
    }

    /// What the layers bring.
    fn layers(&self) -> Result<(Option<Layers>, Vec<ExternalExtension>), StartError> {
        let Some(folder) = &self.opt else { return Ok((None, Vec::new())) };
        let layers = Layers::new(folder)?;
        let extensions = layers.extensions()?.into_iter().map(package::extension).collect();
        Ok((Some(layers), extensions))
    }
}

impl Description {
    /// What the runtime sees.
    fn variables(&self, settings: &Settings, code: &Code, opt: Option<&Path>) -> BTreeMap<String, String> {
        variables::of_function(&variables::Describe {
            function_name: &settings.function.function_name,
            version: &settings.function.function_version,
            handler: &self.handler,
            memory_mb: settings.memory_mb,
            task_root: match code {
                Code::Executable(executable) => Some(&executable.package.root),
                Code::InProcess(_) | Code::Unusable(_) => None,
            },
            opt,
            log_format: self.log_format,
            log_level: self.log_level,
            log_group: self.log_group.as_deref(),
            own: &self.environment,
        })
    }
}

impl Deployment {
    /// The newest, unpublished version.
    fn new(
        name: &str,
        description: Description,
        code: Arc<Code>,
        layers: Option<&Layers>,
        mut extensions: Vec<ExternalExtension>,
    ) -> Self {
        let are_extensions_disabled = layers.is_some_and(Layers::disable_extensions);
        if are_extensions_disabled {
            extensions.clear();
        }
        // That of their launch.
        extensions.sort_by(|one, other| one.name.cmp(&other.name));
        let version = Version::Latest;
        let arn = variables::function_arn(name);
        let mut settings = description.settings.clone();
        settings.extensions = extensions.iter().map(|extension| extension.name.clone()).collect();
        name.clone_into(&mut settings.function.function_name);
        settings.function.function_version = version.to_string();
        settings.function.handler.clone_from(&description.handler);
        settings.account_id = variables::ACCOUNT_ID.to_owned();
        settings.function_arn.clone_from(&arn);
        settings.logs_json = description.log_format == Some(LogFormat::Json);
        let opt = layers.map(|layers| layers.path().to_owned());
        let variables = description.variables(&settings, &code, opt.as_deref());
        Self {
            id: DeploymentId(0),
            function: FunctionId::default(),
            version,
            made: Time::default(),
            wrapper: description.wrapper.clone().map(Arc::new),
            description,
            arn,
            settings,
            variables: Arc::new(variables),
            code,
            extensions: Arc::new(extensions),
            are_extensions_disabled,
            opt,
        }
    }

    /// What a version runs that is published of this; see [`Code::snapshot`].
    pub(super) fn code_to_publish(&self) -> Arc<Code> {
        // What is named in the arguments of another program has to stay where it is.
        if self.wrapper.is_some() { Arc::clone(&self.code) } else { self.code.snapshot() }
    }

    /// The same under a number.
    pub(super) fn published(&self, id: DeploymentId, version: Version) -> Self {
        let mut settings = self.settings.clone();
        settings.function.function_version = version.to_string();
        settings.initialization = self.description.initialization_of_versions();
        let code = self.code_to_publish();
        let variables = self.description.variables(&settings, &code, self.opt.as_deref());
        Self {
            id,
            function: self.function,
            version,
            made: self.made,
            description: self.description.clone(),
            arn: self.arn.clone(),
            settings,
            variables: Arc::new(variables),
            code,
            extensions: Arc::clone(&self.extensions),
            are_extensions_disabled: self.are_extensions_disabled,
            wrapper: self.wrapper.clone(),
            opt: self.opt.clone(),
        }
    }
}

fn have_different_names(extensions: &[ExternalExtension]) -> Result<(), StartError> {
    for (at, extension) in extensions.iter().enumerate() {
        if extensions.iter().take(at).any(|other| other.name == extension.name) {
            let path = match &extension.code {
                ExtensionCode::Executable(path) => path.clone(),
                ExtensionCode::InProcess(_) => PathBuf::from(&extension.name),
            };
            return Err(StartError::SameName { path });
        }
    }
    Ok(())
}

/// An extension whose executable, if it has one, can be executed.
fn checked(extension: &ExternalExtension) -> Result<ExternalExtension, StartError> {
    match &extension.code {
        ExtensionCode::Executable(path) => executable(path).map(package::extension),
        ExtensionCode::InProcess(_) => Ok(extension.clone()),
    }
}
