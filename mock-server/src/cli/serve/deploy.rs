//! Sets up the functions of a configuration file.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use mock_server::{
    Cors, Function, FunctionBuilder, FunctionUrl, InvokeMode, MockLambda, StartError, UrlAuth, UrlSettings,
    core::catalog::{Alias, CatalogError, EventInvokeConfig, Version},
    unpack::{UnpackError, Unpacker},
};
use tempfile::TempDir;
use tokio::task::JoinError;

use super::{
    super::config::{
        self, AliasConfiguration, Code, Configuration, FunctionConfiguration, Layer, Qualifier, Tracing,
        UrlConfiguration,
    },
    super::function::Started,
    ServeError,
};

/// A function that is served, and what it is made of.
pub(super) struct Served {
    pub(super) function: Function,
    /// The executable, folder or package, as the file names it.
    pub(super) code: PathBuf,
    /// Whether it has to be unpacked.
    is_package: bool,
    /// What layers brought.
    pub(super) _layers: Option<TempDir>,
    pub(super) urls: Vec<FunctionUrl>,
    /// Whether there are versions, which keep their code.
    pub(super) has_versions: bool,
    /// The alias that gets a version of new code.
    pub(super) auto_published: Option<String>,
}

/// Why new code does not run.
#[derive(Debug, thiserror::Error)]
pub(super) enum RedeployError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("its package cannot be unpacked")]
    Unpack(#[from] UnpackError),
    #[error("there can be no folder for unpacked code")]
    Folder(#[source] io::Error),
    #[error("no version can be made of it")]
    Publish(#[from] CatalogError),
    #[error("nobody has looked at it to the end")]
    Interrupted(#[from] JoinError),
}

impl Served {
    /// A function that the arguments describe.
    pub(super) fn alone(started: Started) -> Self {
        let Started { function, source, is_package, layers, .. } = started;
        Self {
            function,
            code: source,
            is_package,
            _layers: layers,
            urls: Vec::new(),
            has_versions: false,
            auto_published: None,
        }
    }

    /// Runs what is in the files now; gives the version that was published of it, if there is an alias that gets one. What
    /// runs in the old ones is not held up by it, and keeps them as long as it needs them.
    pub(super) async fn redeploy(&self) -> Result<Option<u64>, RedeployError> {
        let (function, code, is_package) = (self.function.clone(), self.code.clone(), self.is_package);
        let alias = self.auto_published.clone();
        tokio::task::spawn_blocking(move || run(&function, &code, is_package, alias.as_deref())).await?
    }
}

fn run(
    function: &Function,
    code: &Path,
    is_package: bool,
    alias: Option<&str>,
) -> Result<Option<u64>, RedeployError> {
    if is_package {
        let folder = TempDir::with_prefix("task-").map_err(RedeployError::Folder)?;
        Unpacker::new().unpack(code, folder.path())?;
        let path = folder.path().to_owned();
        function.update().bootstrap_kept(path, folder)?;
    } else {
        function.update().bootstrap(code)?;
    }
    let Some(alias) = alias else { return Ok(None) };
    let version = function.publish()?;
    function.set_alias(alias, Alias::new(Version::Number(version)))?;
    Ok(Some(version))
}

pub(super) async fn all(
    mock: &MockLambda,
    file: &Path,
    configuration: Configuration,
) -> Result<Vec<Served>, ServeError> {
    for warning in &configuration.warnings {
        let _closed = writeln!(io::stderr(), "warning: {warning}");
    }
    for (destination, target) in configuration.sinks {
        let set = mock.sinks().set(&destination, target);
        set.map_err(|source| ServeError::Sink { arn: destination.to_string(), source: Box::new(source) })?;
    }
    let mut served = Vec::new();
    for function in configuration.functions {
        served.push(one(mock, file, function).await?);
    }
    Ok(served)
}

async fn one(
    mock: &MockLambda,
    file: &Path,
    description: FunctionConfiguration,
) -> Result<Served, ServeError> {
    let place =
        Place { file: file.display().to_string(), line: description.line, name: description.name.clone() };
    let mut builder = describe(mock.function(description.name.clone()), &description);
    let mut unpacker = Unpacker::new();
    let unpacked = match &description.code {
        Code::Executable(_) | Code::Folder(_) => None,
        Code::Zip(zip) => {
            let folder = TempDir::with_prefix("task-").map_err(ServeError::Folder)?;
            unpacker.unpack(zip, folder.path()).map_err(|source| place.unpack(source))?;
            Some(folder)
        }
    };
    let mut opt = None;
    if !description.layers.is_empty() {
        let folder = TempDir::with_prefix("opt-").map_err(ServeError::Folder)?;
        let layers = description.layers.iter().map(|(Layer::Folder(path) | Layer::Zip(path))| path);
        unpacker.merge(layers, folder.path()).map_err(|source| place.unpack(source))?;
        builder = builder.opt(folder.path());
        opt = Some(folder);
    }
    let is_package = unpacked.is_some();
    let (Code::Executable(code) | Code::Folder(code) | Code::Zip(code)) = description.code.clone();
    let function = match unpacked {
        Some(folder) => {
            let path = folder.path().to_owned();
            builder.bootstrap_kept(path, folder)
        }
        None => builder.bootstrap(&code),
    };
    let function = function.map_err(|source| place.start(source))?;
    let catalog = |source| place.catalog(source);
    for (number, version) in &description.versions {
        // Each is one of its own, although nothing has changed.
        while function.publish_described(&version.description).map_err(catalog)? < u64::from(*number) {
            function.update().same_code().map_err(|source| place.start(source))?;
        }
        function.update().same_code().map_err(|source| place.start(source))?;
    }
    for (name, alias) in &description.aliases {
        function.set_alias(name, alias_of(alias)).map_err(catalog)?;
    }
    for events in &description.asynchronous {
        let config = EventInvokeConfig {
            maximum_event_age: events.max_event_age,
            maximum_retry_attempts: events.max_retries,
            on_success: events.on_success.clone(),
            on_failure: events.on_failure.clone(),
        };
        function.configure_events(&events.qualifier.to_string(), config).map_err(catalog)?;
    }
    let versions = description
        .versions
        .iter()
        .map(|(number, version)| (number.to_string(), version.provisioned_concurrency));
    let aliases =
        description.aliases.iter().map(|(name, alias)| (name.clone(), alias.provisioned_concurrency));
    for (qualifier, provisioned) in versions.chain(aliases) {
        if let Some(count) = provisioned {
            let count = usize::try_from(count).unwrap_or(usize::MAX);
            function.provision(&qualifier, count).await.map_err(catalog)?;
        }
    }
    let mut urls = Vec::new();
    for url in &description.urls {
        let address = url.address.unwrap_or_else(|| ([127, 0, 0, 1], 0).into());
        let name = description.name.clone();
        urls.push(mock.listen_url(address, name, url_settings(url)).map_err(|source| place.start(source))?);
    }
    let has_versions = !description.versions.is_empty();
    let auto_published = description.auto_published;
    Ok(Served { function, code, is_package, _layers: opt, urls, has_versions, auto_published })
}

fn describe(mut builder: FunctionBuilder, description: &FunctionConfiguration) -> FunctionBuilder {
    builder = builder
        .handler(&description.handler)
        .description(&description.description)
        .timeout(description.timeout)
        .memory_mb(description.memory_mb)
        .ephemeral_storage_mb(description.ephemeral_storage_mb)
        .architecture(description.architecture.as_str());
    for (name, value) in &description.environment {
        builder = builder.env(name, value);
    }
    for extension in &description.extensions {
        builder = builder.extension(extension);
    }
    if let Some(reserved) = description.reserved_concurrency {
        builder = builder.reserved_concurrency(usize::try_from(reserved).unwrap_or(usize::MAX));
    }
    if let Some(lifetime) = description.idle_lifetime {
        builder = builder.idle_lifetime(lifetime);
    }
    if let Some(arn) = &description.dead_letter {
        builder = builder.dead_letter(arn);
    }
    if let Some(format) = description.logging.format {
        builder = builder.log_format(format);
    }
    if let Some(level) = description.logging.level {
        builder = builder.log_level(level);
    }
    if let Some(level) = description.logging.system_level {
        builder = builder.system_log_level(level);
    }
    if let Some(group) = &description.logging.group {
        builder = builder.log_group(group);
    }
    if description.tracing == Tracing::Active {
        builder = builder.active_tracing();
    }
    if description.snap_start {
        // On Lambda a function without a published version is never restored; here it is, so that its hooks can be seen.
        let is_published = !description.versions.is_empty();
        builder = if is_published { builder.snap_start_versions() } else { builder.snap_start() };
    }
    if description.per_tenant {
        builder = builder.isolate_tenants();
    }
    if let Some(invocations) = description.max_concurrency {
        builder = builder.max_concurrency(usize::try_from(invocations).unwrap_or(usize::MAX));
    }
    builder
}

fn url_settings(url: &UrlConfiguration) -> UrlSettings {
    let mut settings = UrlSettings::default()
        .invoke_mode(match url.mode {
            config::InvokeMode::Buffered => InvokeMode::Buffered,
            config::InvokeMode::ResponseStream => InvokeMode::ResponseStream,
        })
        .auth(match url.auth {
            config::UrlAuth::None => UrlAuth::None,
            config::UrlAuth::Iam => UrlAuth::AwsIam,
        });
    if url.qualifier != Qualifier::Latest {
        settings = settings.qualifier(url.qualifier.to_string());
    }
    let Some(cors) = &url.cors else { return settings };
    let mut allowed = Cors::default()
        .allow_origins(&cors.allow_origins)
        .allow_methods(&cors.allow_methods)
        .allow_headers(&cors.allow_headers)
        .expose_headers(&cors.expose_headers)
        .allow_credentials(cors.allow_credentials);
    if let Some(max_age) = cors.max_age {
        allowed = allowed.max_age(max_age);
    }
    settings.cors(allowed)
}

fn alias_of(alias: &AliasConfiguration) -> Alias {
    let version = match alias.version {
        Qualifier::Version(number) => Version::Number(number.into()),
        // An alias leads to no other.
        Qualifier::Latest | Qualifier::Alias(_) => Version::Latest,
    };
    let mut made = Alias::new(version);
    made.description.clone_from(&alias.description);
    made.additional = alias.weights.iter().next().map(|(&number, &weight)| (number.into(), weight));
    made
}

/// Where in the file a function stands.
struct Place {
    file: String,
    line: usize,
    name: String,
}

impl Place {
    fn start(&self, source: StartError) -> ServeError {
        ServeError::Function {
            file: self.file.clone(),
            line: self.line,
            name: self.name.clone(),
            source: Box::new(source),
        }
    }

    fn unpack(&self, source: UnpackError) -> ServeError {
        ServeError::Unpack {
            file: self.file.clone(),
            line: self.line,
            name: self.name.clone(),
            source: Box::new(source),
        }
    }

    fn catalog(&self, source: CatalogError) -> ServeError {
        ServeError::Catalog {
            file: self.file.clone(),
            line: self.line,
            name: self.name.clone(),
            source: Box::new(source),
        }
    }
}
