//! The commands: their arguments, and what they do with the library.
//!
//! How a function is described is in `function`, where its files are in `code`, how a cargo binary is found in `build`; the file system of a
//! function's processes is in `sandbox`.

use std::{
    error::Error as StdError,
    fmt,
    hash::{BuildHasher, RandomState},
    io::{self, Read, Write},
    path::PathBuf,
};

use clap::{Args, Parser, Subcommand};
use lambda_api::{ErrorType, limits};
use mock_server::{
    Entry, Event, ExtensionEvent, Function, MockLambda, Outcome, StartError,
    platform_log::{self, SystemLevel},
};

mod build;
mod code;
mod config;
mod event;
mod function;
mod package;
mod sandbox;
mod serve;
mod simulate;

use function::{FunctionArguments, Started};
use package::{Package, PackageError};
use serve::{Serve, ServeError};
use simulate::{Simulate, SimulateError};

/// A mock AWS Lambda service: runs real bootstraps, without Docker, network or account.
///
/// A bootstrap is any executable that speaks Lambda's Runtime API: a binary built with a runtime client, or a
/// script. It is started as Lambda would start it, with Lambda's environment variables, time limits and error
/// answers.
///
/// Exit status: 0 success, 1 the function failed, 2 it could not be run.
#[derive(Debug, Parser)]
#[command(name = "mock-server", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Invoke a function once and print its response.
    ///
    /// The response goes to standard output. The function's own output and the platform's lines (START, END,
    /// REPORT) go to standard error.
    #[command(after_help = "Examples:\n  \
        mock-server invoke --bin hello --event examples/events/weather.json\n  \
        mock-server event sqs | mock-server invoke --zip function.zip --layer audit.zip --event -\n  \
        echo '{\"n\":21}' | mock-server invoke --bootstrap ./bootstrap --event - --timeout 30s\n  \
        mock-server invoke --bootstrap ./bootstrap --no-timeout --wrapper gdbserver \
        --wrapper-argument localhost:2345")]
    Invoke(Invoke),
    /// Run functions until Ctrl-C and let clients of Lambda invoke them.
    ///
    /// Prints the URL of the Invoke API. Signatures are not checked, so any credentials will do.
    #[command(after_help = "Examples:\n  \
        mock-server serve --bin hello --name hello\n  \
        mock-server serve --config template.yaml --build --state .lambda\n  \
        mock-server serve --empty\n  \
        curl -d '{\"n\":21}' http://127.0.0.1:9000/2015-03-31/functions/hello/invocations\n  \
        aws lambda invoke --endpoint-url http://127.0.0.1:9000 --function-name hello \
        --payload '{\"n\":21}' --cli-binary-format raw-in-base64-out out.json")]
    Serve(Box<Serve>),
    /// See how a function scales: cold starts, throttling and environments under a day's traffic, in seconds.
    ///
    /// No code is run. Callers come at random, init and handler take as long as is said, and the rest is decided as the
    /// mock service decides it.
    #[command(after_help = simulate::HELP)]
    Simulate(Simulate),
    /// Make the zip of a function or of a layer, and check that it runs on Lambda.
    ///
    /// Prints its name, its size and its hash. Nothing is written if something is wrong with it.
    #[command(after_help = package::HELP)]
    Package(Package),
    /// Print an event as a service sends it.
    #[command(after_help = event::HELP)]
    Event(event::Event),
    #[command(hide = true)]
    Sandbox(sandbox::Sandbox),
}

#[derive(Debug, Args)]
struct Invoke {
    #[command(flatten)]
    function: FunctionArguments,
    /// The event: a file with JSON, or - for standard input; {} if not given.
    #[arg(long, value_name = "FILE")]
    event: Option<PathBuf>,
}

/// How a command ended.
pub(crate) enum End {
    Success,
    FunctionError,
    /// The exit status of a process that was to become another.
    Sandbox(u8),
}

/// Why nothing could be run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(
        "one of these is required: --bin <NAME>, --bootstrap <PATH>, --zip <FILE>, or for serve --config <FILE> or --empty"
    )]
    NoCode,
    #[error("cannot start")]
    Runtime(#[source] io::Error),
    #[error("cannot read the event from {from}")]
    ReadEvent { from: String, source: io::Error },
    #[error("the event in {from} is not JSON")]
    Event { from: String, source: serde_json::Error },
    #[error(transparent)]
    Build(#[from] build::BuildError),
    #[error(transparent)]
    Code(#[from] code::CodeError),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("the event in {from} has {bytes} bytes, and Lambda takes {} at most", limits::SYNC_PAYLOAD_BYTES)]
    EventTooLarge { from: String, bytes: usize },
    #[error(transparent)]
    Sandbox(#[from] sandbox::SandboxError),
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error(transparent)]
    Simulate(#[from] SimulateError),
    #[error(transparent)]
    Package(#[from] PackageError),
    #[error(transparent)]
    SampleEvent(#[from] event::EventError),
    #[error("cannot wait for Ctrl-C")]
    Signal(#[source] io::Error),
    #[error("stopped before the function had answered")]
    Stopped,
}

/// Writes an error and its causes in one line.
pub(crate) struct Chain<'a>(pub(crate) &'a dyn StdError);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

pub(crate) async fn run(arguments: Arguments) -> Result<End, Error> {
    // Two runs are not to be taken for one, so each draws its ids from a seed of its own.
    let seed = RandomState::new().hash_one(());
    let is_json = arguments.command.logs_json();
    let mock = MockLambda::builder().seed(seed).observer(move |entry| print_log(entry, is_json));
    let mock = match &arguments.command {
        Command::Serve(serve) => serve.service(mock).await?,
        _ => mock.build(),
    };
    match arguments.command {
        Command::Invoke(invoke) => invoke.run(&mock).await,
        Command::Serve(serve) => serve.run(&mock).await,
        Command::Simulate(simulate) => simulate.run(),
        Command::Package(package) => package.run(),
        Command::Event(event) => event.run(),
        Command::Sandbox(sandbox) => Ok(End::Sandbox(sandbox.run())),
    }
}

impl Command {
    /// Whether the function's log is JSON, and so is what the platform writes into it.
    fn logs_json(&self) -> bool {
        match self {
            Self::Invoke(Invoke { function, .. }) => function.logs_json(),
            Self::Serve(serve) => serve.logs_json(),
            Self::Simulate(_) | Self::Package(_) | Self::Event(_) | Self::Sandbox(_) => false,
        }
    }
}

impl Invoke {
    async fn run(self, mock: &MockLambda) -> Result<End, Error> {
        let event = read_event(self.event.as_ref())?;
        let stop = Stop::listen().map_err(Error::Signal)?;
        // What was in the layers is kept until it has ended.
        let Started { function, layers: _layers, .. } = self.function.start(mock)?;
        let outcome = tokio::select! {
            outcome = function.invoke(event) => Some(outcome),
            () = stop.wait() => None,
        };
        mock.shut_down().await;
        let Some(outcome) = outcome else { return Err(Error::Stopped) };
        // A reader that has gone does not want it.
        let _closed = io::stdout().write_all(outcome.payload()).and_then(|()| writeln!(io::stdout()));
        let problem = match (outcome.is_success(), outcome.json()) {
            (true, Ok(_)) => return Ok(End::Success),
            (true, Err(error)) => format!("the response is not JSON: {error}"),
            (false, _) => describe_failure(&outcome, &function),
        };
        let _closed = writeln!(io::stderr(), "error: {problem}");
        Ok(End::FunctionError)
    }
}

/// The signals that end a command. Processes of a function do not get them from the terminal, so they have to
/// be ended before the command is.
struct Stop {
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 3],
}

impl Stop {
    #[cfg(unix)]
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        let [interrupt, terminate, hangup] =
            [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal);
        Ok(Self { signals: [interrupt?, terminate?, hangup?] })
    }

    #[cfg(not(unix))]
    fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(unix)]
    async fn wait(mut self) {
        std::future::poll_fn(|cx| {
            let came = self.signals.iter_mut().any(|signal| signal.poll_recv(cx).is_ready());
            if came { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        })
        .await;
    }

    #[cfg(not(unix))]
    async fn wait(self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}

fn read_event(file: Option<&PathBuf>) -> Result<Vec<u8>, Error> {
    let Some(file) = file else { return Ok(b"{}".to_vec()) };
    let (from, read) = if file.as_os_str() == "-" {
        let mut event = Vec::new();
        ("standard input".to_owned(), io::stdin().read_to_end(&mut event).map(|_| event))
    } else {
        (file.display().to_string(), std::fs::read(file))
    };
    let event = read.map_err(|source| Error::ReadEvent { from: from.clone(), source })?;
    if event.len() > limits::SYNC_PAYLOAD_BYTES {
        return Err(Error::EventTooLarge { from, bytes: event.len() });
    }
    match serde_json::from_slice::<serde::de::IgnoredAny>(&event) {
        Ok(_) => Ok(event),
        Err(source) => Err(Error::Event { from, source }),
    }
}

/// What a log would show, on standard error.
fn print_log(entry: &Entry, is_json: bool) {
    let mut stderr = io::stderr().lock();
    let platform = if is_json {
        platform_log::json_line(entry, SystemLevel::default()).into_iter().collect()
    } else {
        platform_log::lines(entry)
    };
    let own = match &entry.event {
        Event::Output { line } => Some(line),
        Event::LaunchFailed { message } => Some(message),
        Event::Extension { event: ExtensionEvent::Output { line }, .. } => Some(line),
        Event::Extension { event: ExtensionEvent::LaunchFailed { message }, .. } => Some(message),
        _ => None,
    };
    for line in platform.iter().chain(own) {
        let _closed = writeln!(stderr, "{line}");
    }
    match &entry.event {
        Event::Note { text } => _ = writeln!(stderr, "note: {text}"),
        Event::Trigger { source, target, event } => {
            let request = event.request_id().map(|id| format!(" RequestId: {id}")).unwrap_or_default();
            let _closed = writeln!(stderr, "TRIGGER {source} → {target}{request}\t{event}");
        }
        Event::Queue { request_id, event } => _ = writeln!(stderr, "EVENT RequestId: {request_id}\t{event}"),
        _ => {}
    }
}

/// The failure in one line, with what the function's author should look at.
fn describe_failure(outcome: &Outcome, function: &Function) -> String {
    let error_type = outcome.error_type().unwrap_or_default();
    let message = outcome.json().ok().and_then(|body| Some(body.get("errorMessage")?.as_str()?.to_owned()));
    let mut line = match message {
        Some(message) => format!("{error_type}: {}", message.escape_debug()),
        None => error_type.to_owned(),
    };
    let has_started = !matches!(error_type, ErrorType::INVALID_ENTRYPOINT | ErrorType::SANDBOX_FAILURE)
        && !error_type.starts_with("Extension.");
    let has_polled = function.timeline().entries().iter().any(
        |entry| matches!(&entry.event, Event::Called { path, .. } if path.ends_with("/invocation/next")),
    );
    if has_started && !has_polled {
        line += " (the bootstrap never asked for work: GET /2018-06-01/runtime/invocation/next)";
    }
    line
}
