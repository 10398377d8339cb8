//! The command `serve`: the functions of a configuration file, or the one that the arguments describe, behind the Invoke
//! API until it is stopped.
//!
//! How code is built that a file has the source of is in `build`, how a function of it is set up in `deploy`, how its fronts
//! are in `fronts`, what invokes it in `triggers`, how changed code is noticed in `reload`. The formats are read in
//! [`config`](super::config).

use std::{
    collections::BTreeMap,
    io::{self, Write},
    net::SocketAddr,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use clap::Args;
use lambda_api::limits;
use mock_server::{
    Function, MockLambda, ServiceBuilder, SinkError, SinkTarget, StartError,
    core::{catalog::CatalogError, destination::Destination, mapping::SourceKind},
    unpack::UnpackError,
};

use super::{End, Error, Stop, config, function::FunctionArguments};

mod build;
mod deploy;
mod fronts;
mod reload;
mod triggers;

#[derive(Debug, Args)]
pub(super) struct Serve {
    #[command(flatten)]
    function: FunctionArguments,
    /// Serve all functions of this file: a template of AWS SAM or CloudFormation, or TOML.
    #[arg(long, value_name = "FILE", long_help = config::HELP, conflicts_with_all = ["bin", "bootstrap", "zip"])]
    config: Option<PathBuf>,
    /// First build what the template has the source of: functions with BuildMethod rust-cargolambda by cargo build,
    /// functions and layers with BuildMethod makefile by make, as SAM does. Cargo-lambda is not needed.
    #[arg(long, requires = "config")]
    build: bool,
    /// A parameter of the template; may be given more than once.
    #[arg(long = "parameter", value_name = "NAME=VALUE", requires = "config", value_parser = super::function::parse_variable)]
    parameters: Vec<(String, String)>,
    /// Serve no function at first: create them over the API, with any client of Lambda. They are gone when this ends.
    #[arg(long, conflicts_with_all = ["bin", "bootstrap", "zip", "config"])]
    empty: bool,
    /// Where Lambda's API listens.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9000")]
    listen: SocketAddr,
    /// Where the HTTP API of the template listens, which events of type HttpApi make; a free port if not given.
    #[arg(long, value_name = "ADDRESS", requires = "config")]
    http_api: Option<SocketAddr>,
    /// Where the REST API of the template listens, which events of type Api make; a free port if not given.
    #[arg(long, value_name = "ADDRESS", requires = "config")]
    rest_api: Option<SocketAddr>,
    /// Where messages for a destination go: memory, file:PATH, http://HOST:PORT/PATH, sqs:QUEUE_URL; may be given more
    /// than once. Where nothing is said they are noted and thrown away.
    #[arg(long = "sink", value_name = "ARN=TARGET", value_parser = parse_sink)]
    sinks: Vec<(Destination, SinkTarget)>,
    /// Where a queue or a stream of the file has its messages or records from, beside what is sent to it over the API:
    /// file:PATH (lines, which are followed), - (the lines of standard input), sqs:URL, kinesis:URL or dynamodb:URL (a real
    /// one, in place of one in memory); may be given more than once.
    #[arg(long = "feed", value_name = "NAME=TARGET", requires = "config", value_parser = triggers::parse_feed)]
    feeds: Vec<triggers::NewFeed>,
    /// The folder that stands for a bucket of the file, which is told of what is put into it, changed and deleted there; may
    /// be given more than once.
    #[arg(long = "bucket", value_name = "NAME=FOLDER", requires = "config", value_parser = parse_bucket)]
    buckets: Vec<(String, PathBuf)>,
    /// Keep queued events in this folder, so that they survive a restart. Functions that were created over the API are not
    /// kept, nor what was changed of others.
    #[arg(long, value_name = "FOLDER")]
    state: Option<PathBuf>,
    /// How many invocations there may be at once in all functions.
    #[arg(long, value_name = "N", default_value_t = limits::ACCOUNT_CONCURRENCY)]
    account_concurrency: usize,
    /// How long an idle execution environment is kept. AWS does not say; it is minutes to hours.
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = humantime::parse_duration)]
    idle_lifetime: Duration,
    /// Where the draws for weighted aliases come from: the same seed draws the same. Another one each time if not given.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Let running functions keep their code when its files change.
    #[arg(long)]
    no_reload: bool,
}

/// Why nothing can be served.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    #[error(transparent)]
    Config(Box<config::ConfigError>),
    #[error("{file}:{line}: the function {name} cannot be served")]
    Function { file: String, line: usize, name: String, source: Box<StartError> },
    #[error("{file}:{line}: the code or a layer of the function {name} cannot be unpacked")]
    Unpack { file: String, line: usize, name: String, source: Box<UnpackError> },
    #[error("{file}:{line}: what is configured for the function {name} does not fit")]
    Catalog { file: String, line: usize, name: String, source: Box<CatalogError> },
    #[error("{file}:{line}: {id} cannot be built")]
    Build { file: String, line: usize, id: String, source: Box<super::build::BuildError> },
    #[error("{file}:{line}: the front cannot be opened")]
    Front { file: String, line: usize, source: Box<StartError> },
    #[error("there can be no folder for unpacked code")]
    Folder(#[source] io::Error),
    #[error("messages for {arn} cannot go where they should")]
    Sink { arn: String, source: Box<SinkError> },
    #[error("{file}:{line}: {what}")]
    Trigger { file: String, line: usize, what: String },
    #[error("{option}: there is no {name} in the configuration")]
    NoSource { option: &'static str, name: String },
    #[error("{option}: {name} is there twice")]
    Twice { option: &'static str, name: String },
    #[error("--feed: {name} is {}, which is not fed by {service}:URL", .kind.as_str())]
    WrongService { name: String, kind: SourceKind, service: &'static str },
    #[error("no function reads {name}, so that a real one would not be read either")]
    NotRead { name: String },
    #[error("standard input can feed one source only")]
    TwoReaders,
    #[error("standard input cannot be read")]
    StandardInput(#[source] io::Error),
    #[error("the state cannot be kept")]
    State(#[source] mock_server::StoreError),
}

fn parse_sink(text: &str) -> Result<(Destination, SinkTarget), String> {
    let (arn, target) = text.split_once('=').ok_or("must have the form ARN=TARGET")?;
    let destination =
        arn.parse().map_err(|error: mock_server::core::destination::DestinationError| error.to_string())?;
    let target = target.parse().map_err(|error: mock_server::SinkTargetError| error.to_string())?;
    Ok((destination, target))
}

fn parse_bucket(text: &str) -> Result<(String, PathBuf), String> {
    let (name, folder) = text.split_once('=').ok_or("must have the form NAME=FOLDER")?;
    Ok((name.to_owned(), folder.into()))
}

impl Serve {
    pub(super) fn logs_json(&self) -> bool {
        self.function.logs_json()
    }

    pub(super) async fn service(&self, builder: ServiceBuilder) -> Result<MockLambda, ServeError> {
        let builder = builder.account_concurrency(self.account_concurrency).idle_lifetime(self.idle_lifetime);
        // Ids stay those of this run: kept events have some from another one.
        let builder = match self.seed {
            Some(seed) => builder.draw_seed(seed),
            None => builder,
        };
        match &self.state {
            Some(folder) => builder.open(folder).await.map_err(ServeError::State),
            None => Ok(builder.build()),
        }
    }

    pub(super) async fn run(self, mock: &MockLambda) -> Result<End, Error> {
        let stop = Stop::listen().map_err(Error::Signal)?;
        for (destination, target) in self.sinks {
            let set = mock.sinks().set(&destination, target);
            set.map_err(|source| ServeError::Sink {
                arn: destination.to_string(),
                source: Box::new(source),
            })?;
        }
        mock.sinks().discard_others();
        let (mut served, mut fronts) = (Vec::new(), Vec::new());
        let mut wired = triggers::Wired::default();
        let mut built = build::Built::default();
        let mut reloads = !self.no_reload;
        match self.config {
            Some(file) => {
                let parameters: BTreeMap<_, _> = self.parameters.into_iter().collect();
                let refused = |error| ServeError::Config(Box::new(error));
                if self.build {
                    let recipes = config::recipes(&file, &parameters).map_err(refused)?;
                    built = build::all(&file, recipes)?;
                }
                let read = config::read(&file, &parameters, &built.products, self.account_concurrency);
                let mut configuration = read.map_err(refused)?;
                let described = std::mem::take(&mut configuration.fronts);
                let described_triggers = std::mem::take(&mut configuration.triggers);
                served = deploy::all(mock, &file, configuration).await?;
                let addresses = fronts::Addresses { http_api: self.http_api, rest_api: self.rest_api };
                fronts = fronts::open(mock, &file, described, addresses)?;
                let overrides = triggers::Overrides { feeds: self.feeds, folders: self.buckets };
                wired = triggers::wire(mock, &file, described_triggers, &served, overrides).await?;
            }
            None if self.empty => {}
            None => {
                let started = self.function.start(mock)?;
                reloads &= started.can_change;
                served.push(deploy::Served::alone(started));
            }
        }
        let resumed = mock.resume();
        if resumed > 0 {
            let _closed = writeln!(io::stderr(), "note: {resumed} queued events go on");
        }
        let api = mock.listen(self.listen)?;
        if served.is_empty() {
            let _closed = writeln!(io::stdout(), "http://{}", api.address());
        }
        for deploy::Served { function, urls, .. } in &served {
            let _closed = writeln!(io::stdout(), "{}", invoke_url(api.address(), function));
            for url in urls {
                let _closed = writeln!(io::stdout(), "http://{}/", url.address());
            }
        }
        for front in &fronts {
            let _closed = writeln!(io::stdout(), "{}", front.url());
        }
        let served = Arc::new(served);
        let reloading = reloads.then(|| tokio::spawn(reload::watch(Arc::clone(&served))));
        stop.wait().await;
        drop(reloading.inspect(tokio::task::JoinHandle::abort));
        // Whatever came from now on would wake the service.
        drop((api, wired));
        mock.shut_down().await;
        // Function URLs, fronts and unpacked code are there until nothing needs them any more.
        drop((served, fronts, built));
        Ok(End::Success)
    }
}

fn invoke_url(address: SocketAddr, function: &Function) -> String {
    format!("http://{address}/2015-03-31/functions/{}/invocations", function.name())
}
