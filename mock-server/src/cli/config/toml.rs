//! A configuration file in TOML, read into a [`Configuration`]: a format of our own, for those who have no template.
//!
//! What stands in it is told in the module `config`. Whatever is not understood is refused: nobody else reads the
//! file.

use std::{collections::BTreeMap, net::SocketAddr, path::Path, time::Duration};

use lambda_api::limits;
use mock_server::{SinkTarget, SinkTargetError, core::destination::Destination};

use super::{
    model::{
        AliasConfiguration, AsynchronousConfiguration, Code, Configuration, Cors, FunctionConfiguration,
        InvokeMode, LoggingConfiguration, Qualifier, Tracing, UrlAuth, UrlConfiguration,
        VersionConfiguration,
    },
    problem::{Invalid, Problem},
    settings::{self, Compute, Sent},
    table::{Field, Literal, Table},
};

mod front;
mod rules;
mod sources;
mod tree;
mod triggers;

use triggers::Given;

/// More versions than anybody tries out.
const MAX_VERSIONS: u32 = 1_000;

/// Reads a file. Paths in it are those of the folder; there are no parameters that could have a value.
pub(super) fn read(
    text: &str,
    folder: &Path,
    parameters: &BTreeMap<String, String>,
) -> Result<Configuration, Problem> {
    if let Some(name) = parameters.keys().next() {
        return Err(Invalid::NotThere { what: "parameter", name: name.clone() }.at(1));
    }
    let mut root = Field::new("a file".to_owned(), tree::read(text)?, &Literal).table()?;
    root.path.clear();
    let mut configuration = Configuration::default();
    let mut given = Vec::new();
    let functions = root.take("functions")?.map(Field::table).transpose()?;
    for field in functions.map(|mut table| table.take_all()).transpose()?.unwrap_or_default() {
        configuration.functions.push(function(field, folder, &mut given)?);
    }
    sources::read(&mut root, folder, &mut configuration.triggers)?;
    rules::read(&mut root, &mut configuration.triggers)?;
    for given in given {
        given.read(&mut configuration.triggers)?;
    }
    let sinks = root.take("sinks")?.map(Field::table).transpose()?;
    for field in sinks.map(|mut table| table.take_all()).transpose()?.unwrap_or_default() {
        let (destination, target) = sink(field, folder)?;
        configuration.sinks.insert(destination, target);
    }
    for field in root.take("front")?.map(Field::list).transpose()?.unwrap_or_default() {
        configuration.fronts.push(front::read(field)?);
    }
    root.finish()?;
    if configuration.functions.is_empty() {
        return Err(Invalid::NoFunction { reason: ": [functions.NAME] describes one".to_owned() }.at(1));
    }
    Ok(configuration)
}

fn sink(field: Field<'_>, folder: &Path) -> Result<(Destination, SinkTarget), Problem> {
    let Ok(destination) = field.name.parse() else {
        let (name, found) = ("the key of a sink".to_owned(), format!("\"{}\"", field.name));
        let expected = "the ARN of a function, a queue, a topic, an event bus or a bucket".into();
        return Err(Invalid::Expected { name, expected, found }.at(field.key_line));
    };
    match field.text()?.parse() {
        Ok(SinkTarget::File(path)) => Ok((destination, SinkTarget::File(folder.join(path)))),
        Ok(target) => Ok((destination, target)),
        Err(SinkTargetError::WithoutSqs { .. }) => {
            Err(field.expected("another sink, for sqs: needs mock-server to be built with --features sqs"))
        }
        Err(_) => {
            Err(field
                .expected("file:PATH, http://HOST:PORT/PATH without TLS, sqs:QUEUE_URL, memory or function"))
        }
    }
}

fn function<'a>(
    field: Field<'a>,
    folder: &Path,
    given: &mut Vec<Given<'a>>,
) -> Result<FunctionConfiguration, Problem> {
    let (name, line) = (field.name.clone(), field.key_line);
    settings::function_name(&name, line)?;
    let mut table = field.table()?;
    let Some(bootstrap) = table.take("bootstrap")? else {
        return Err(table.missing("bootstrap", "an executable, a folder with a bootstrap, or a .zip file"));
    };
    let layers = table.take("layers")?.map(Field::list).transpose()?.unwrap_or_default();
    let code = code(&bootstrap, folder, !layers.is_empty())?;
    let mut function = FunctionConfiguration::new(name, line, code);
    if let Some(last) = layers.last() {
        settings::count_layers(layers.len(), last)?;
    }
    function.layers = layers.iter().map(|layer| settings::layer(layer, folder)).collect::<Result<_, _>>()?;
    for extension in table.take("extensions")?.map(Field::list).transpose()?.unwrap_or_default() {
        let path = settings::path(folder, extension.text()?);
        if !settings::is_executable(&path) {
            return Err(settings::not_there(&extension, "an executable", &path));
        }
        function.extensions.push(path);
    }
    if function.extensions.len() > limits::EXTENSIONS {
        let (expected, found) =
            (format!("at most {}", limits::EXTENSIONS), function.extensions.len().to_string());
        let name = "extensions".to_owned();
        return Err(Invalid::Expected { name, expected: expected.into(), found }.at(line));
    }
    settings_of(&mut table, &mut function)?;
    qualified(&mut table, &mut function, given)?;
    table.finish()?;
    Ok(function)
}

fn code(field: &Field<'_>, folder: &Path, has_layers: bool) -> Result<Code, Problem> {
    const EXPECTED: &str = "an executable, a folder with a bootstrap, or a .zip file";

    let path = settings::path(folder, field.text_or(EXPECTED)?);
    if path.is_dir() && (has_layers || path.join("bootstrap").is_file()) {
        Ok(Code::Folder(path))
    } else if settings::is_zip(&path) {
        Ok(Code::Zip(path))
    } else if settings::is_executable(&path) {
        Ok(Code::Executable(path))
    } else {
        Err(settings::not_there(field, EXPECTED, &path))
    }
}

/// What is set for the function as a whole.
fn settings_of(table: &mut Table<'_>, function: &mut FunctionConfiguration) -> Result<(), Problem> {
    if let Some(most) = table.take("max-concurrency")? {
        function.max_concurrency = Some(settings::max_concurrency(&most)?);
    }
    let managed = function.max_concurrency.is_some();
    let compute = if managed { Compute::ManagedInstances } else { Compute::Lambda };
    if let Some(timeout) = table.take("timeout")? {
        // Shorter than Lambda has it, so that one need not wait for what takes too long.
        function.timeout = duration(&timeout, Duration::from_millis(1), compute.timeout_max())?;
    }
    if let Some(memory) = table.take("memory")? {
        function.memory_mb = settings::memory(&memory, compute)?;
    }
    if let Some(storage) = table.take("storage")? {
        function.ephemeral_storage_mb = settings::ephemeral_storage(&storage)?;
    }
    if let Some(handler) = table.take("handler")? {
        function.handler = handler.text()?.to_owned();
    }
    if let Some(description) = table.take("description")? {
        function.description = description.text()?.to_owned();
    }
    if let Some(environment) = table.take("environment")? {
        function.environment = settings::environment(environment)?;
    }
    if let Some(architecture) = table.take("architecture")? {
        function.architecture = settings::architecture(&architecture)?;
    }
    if let Some(reserved) = table.take("reserved-concurrency")? {
        function.reserved_concurrency = Some(reserved.count(0)?);
    }
    if let Some(arn) = table.take("dead-letter")? {
        function.dead_letter = Some(settings::destination(&arn, Sent::DeadLetters)?);
    }
    if let Some(snap_start) = table.take("snap-start")? {
        function.snap_start = snap_start.flag()?;
    }
    if let Some(per_tenant) = table.take("tenant-isolation")? {
        function.per_tenant = per_tenant.flag()?;
    }
    if let Some(lifetime) = table.take("idle-lifetime")? {
        // As long as one likes: AWS does not say how long it is.
        let found = lifetime.text().ok().and_then(|text| humantime::parse_duration(text).ok());
        let expected = || lifetime.expected("a time with its unit, such as 10m");
        function.idle_lifetime = Some(found.ok_or_else(expected)?);
    }
    if let Some(tracing) = table.take("tracing")? {
        let modes = [("active", Tracing::Active), ("pass-through", Tracing::PassThrough)];
        function.tracing = tracing.choice(&modes)?;
    }
    if let Some(mut logging) = table.take("logging")?.map(Field::table).transpose()? {
        function.logging = LoggingConfiguration {
            format: logging.take("format")?.map(|field| settings::log_format(&field)).transpose()?,
            level: logging.take("level")?.map(|field| settings::log_level(&field)).transpose()?,
            system_level: logging
                .take("system-level")?
                .map(|field| settings::system_level(&field))
                .transpose()?,
            group: logging.take("group")?.map(|field| field.text().map(str::to_owned)).transpose()?,
        };
        logging.finish()?;
    }
    Ok(())
}

/// Versions and aliases, and what can be set for each.
fn qualified<'a>(
    table: &mut Table<'a>,
    function: &mut FunctionConfiguration,
    given: &mut Vec<Given<'a>>,
) -> Result<(), Problem> {
    url_and_events(table, Qualifier::Latest, function)?;
    given.extend(Given::of(table, Qualifier::Latest, function)?);
    if let Some(versions) = table.take("versions")? {
        let version = VersionConfiguration { line: versions.line(), ..VersionConfiguration::default() };
        let published = versions.whole("", 1..=MAX_VERSIONS)?;
        function.versions = (1..=published).map(|number| (number, version.clone())).collect();
    }
    let are_counted = !function.versions.is_empty();
    let aliases = table.take("aliases")?.map(Field::table).transpose()?;
    for field in aliases.map(|mut table| table.take_all()).transpose()?.unwrap_or_default() {
        let (name, line) = (field.name.clone(), field.key_line);
        settings::alias_name(&name, line)?;
        let mut table = field.table()?;
        let alias = alias(&mut table)?;
        if !are_counted {
            let version = match alias.version {
                Qualifier::Version(version) => Some(version),
                _ => None,
            };
            for number in version.into_iter().chain(alias.weights.keys().copied()) {
                let version = VersionConfiguration { line, ..VersionConfiguration::default() };
                function.versions.entry(number).or_insert(version);
            }
        }
        url_and_events(&mut table, Qualifier::Alias(name.clone()), function)?;
        given.extend(Given::of(&mut table, Qualifier::Alias(name.clone()), function)?);
        table.finish()?;
        function.aliases.insert(name, alias);
    }
    Ok(())
}

fn alias(table: &mut Table<'_>) -> Result<AliasConfiguration, Problem> {
    let Some(version) = table.take("version")? else {
        return Err(table.missing("version", "the number of a version or $LATEST"));
    };
    let mut weights = BTreeMap::new();
    let shares = table.take("weights")?.map(Field::table).transpose()?;
    for share in shares.map(|mut table| table.take_all()).transpose()?.unwrap_or_default() {
        let key = Field::new(
            "a weight".to_owned(),
            super::node::Node::text(share.key_line, &*share.name),
            &Literal,
        );
        let Ok(number) = share.name.parse() else { return Err(key.expected("of a version, by its number")) };
        weights.insert(number, share.share()?);
    }
    let version = match settings::version(&version)? {
        Qualifier::Version(0) => return Err(version.expected("the number of a version or $LATEST")),
        version => version,
    };
    let description = table.take("description")?;
    Ok(AliasConfiguration {
        line: table.line,
        version,
        weights,
        description: description
            .map(|field| field.text().map(str::to_owned))
            .transpose()?
            .unwrap_or_default(),
        provisioned_concurrency: table
            .take("provisioned-concurrency")?
            .map(|field| field.count(1))
            .transpose()?,
    })
}

/// What can be set for the function itself and for each alias.
fn url_and_events(
    table: &mut Table<'_>,
    qualifier: Qualifier,
    function: &mut FunctionConfiguration,
) -> Result<(), Problem> {
    if let Some(url) = table.take("url")?.map(Field::table).transpose()? {
        function.urls.push(read_url(url, qualifier.clone())?);
    }
    if let Some(mut events) = table.take("asynchronous")?.map(Field::table).transpose()? {
        let (line, range) = (events.line, limits::EVENT_AGE);
        let age = events.take("max-age")?;
        let retries = events.take("retries")?;
        let mut destination = |name, sent| {
            let field = events.take(name)?;
            field.map(|field| settings::destination(&field, sent)).transpose()
        };
        function.asynchronous.push(AsynchronousConfiguration {
            line,
            qualifier,
            max_event_age: age.map(|age| duration(&age, range.min, range.max)).transpose()?,
            max_retries: retries.as_ref().map(settings::retries).transpose()?,
            on_success: destination("on-success", Sent::Successes)?,
            on_failure: destination("on-failure", Sent::Failures)?,
        });
        events.finish()?;
    }
    Ok(())
}

/// Where something listens.
fn address(table: &mut Table<'_>) -> Result<Option<SocketAddr>, Problem> {
    const EXPECTED: &str = "an address and a port, such as 127.0.0.1:9001";

    let Some(address) = table.take("address")? else { return Ok(None) };
    let parsed = address.text_or(EXPECTED)?.parse();
    parsed.map(Some).map_err(|_| address.expected(EXPECTED))
}

fn read_url(mut table: Table<'_>, qualifier: Qualifier) -> Result<UrlConfiguration, Problem> {
    let address = address(&mut table)?;
    let modes = [("buffer", InvokeMode::Buffered), ("stream", InvokeMode::ResponseStream)];
    let auths = [("none", UrlAuth::None), ("iam", UrlAuth::Iam)];
    let url = UrlConfiguration {
        line: table.line,
        qualifier,
        address,
        auth: table.take("auth")?.map(|auth| auth.choice(&auths)).transpose()?.unwrap_or_default(),
        mode: table.take("mode")?.map(|mode| mode.choice(&modes)).transpose()?.unwrap_or_default(),
        cors: table.take("cors")?.map(|cors| read_cors(cors.table()?)).transpose()?,
    };
    table.finish()?;
    Ok(url)
}

fn read_cors(mut table: Table<'_>) -> Result<Cors, Problem> {
    let mut texts = |name| table.take(name)?.map_or_else(|| Ok(Vec::new()), Field::texts);
    let mut cors = Cors {
        allow_headers: texts("allow-headers")?,
        allow_methods: texts("allow-methods")?,
        allow_origins: texts("allow-origins")?,
        expose_headers: texts("expose-headers")?,
        ..Cors::default()
    };
    if let Some(allowed) = table.take("allow-credentials")? {
        cors.allow_credentials = allowed.flag()?;
    }
    if let Some(age) = table.take("max-age")? {
        cors.max_age = Some(duration(&age, Duration::ZERO, limits::CORS_MAX_AGE)?);
    }
    table.finish()?;
    Ok(cors)
}

/// A time with its unit.
fn duration(field: &Field<'_>, least: Duration, most: Duration) -> Result<Duration, Problem> {
    let found = field.text().ok().and_then(|text| humantime::parse_duration(text).ok());
    found.filter(|found| (least..=most).contains(found)).ok_or_else(|| {
        let (least, most) = (humantime::format_duration(least), humantime::format_duration(most));
        field.expected(format!("a time with its unit, such as 90s, from {least} to {most}"))
    })
}
