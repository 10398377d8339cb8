//! Everything between `run` and the first poll: endpoint, configuration, signals, the init phase, the snapshot.

use std::{
    future::ready,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use bytes::Bytes;
use http::Request;
use lambda_api::{
    ErrorReply, ErrorType, client::Connection, describe::Chain, runtime::init_error, transport::RuntimeApi,
};
use tokio::{sync::Mutex, time::timeout};
use tracing::warn;

use crate::{
    Config, ConfigError, RuntimeError,
    body::CallBody,
    config::{self, RUNTIME_API},
    failure::Failure,
    init::Init,
    panic::catch_async,
    process,
    run_loop::Shared,
    runtime::{Settings, SnapStart},
    shutdown::Armed,
    snapstart, workers,
};

/// A runtime that is ready to poll.
pub(crate) struct Started<S> {
    pub(crate) shared: Shared<S>,
    pub(crate) pollers: usize,
    pub(crate) armed: Armed,
}

/// Brings a runtime to its first poll; `None` if it was told to stop on the way. What fails is posted to init/error, if
/// there is an endpoint to post it to.
pub(crate) async fn start<I: Init>(
    init: I,
    settings: Settings,
) -> Result<Option<Started<I::Service>>, RuntimeError> {
    let is_given = settings.api.is_some();
    let api = match settings.api {
        Some(api) => api,
        None => endpoint_from_env()?,
    };
    process::note_places_of_panics();
    let mut connection = Connection::new(api.clone());
    let config = match settings.config {
        Some(config) => config,
        None => match configuration(&api, is_given) {
            Ok(config) => config,
            Err(error) => {
                let error = RuntimeError::from(error);
                post_init_error(&mut connection, &Failure::of_start(&error)).await;
                return Err(error);
            }
        },
    };
    let mut shutdown = settings.shutdown;
    if !is_given {
        shutdown.hooks.extend(process::take_shutdown_hooks());
    }
    let mut armed = shutdown.arm(&api).await;
    let prepared = armed.alongside(prepare(init, &mut connection, &config, &settings.snapstart)).await;
    let service = match prepared {
        Some(Ok(service)) => service,
        // The hooks have their time however early the end comes.
        ended => {
            armed.stop_with(ready(Ok(()))).await;
            return ended.transpose().map(|_| None);
        }
    };
    let pollers = workers::pollers(&config);
    let shared = Shared {
        service: Mutex::new(service),
        api,
        config: Arc::new(config),
        form: settings.form,
        trace_hook: settings.trace_hook,
        stop: armed.stop(),
        outage: Arc::default(),
        answered: AtomicU64::new(0),
        has_process_to_itself: !is_given && pollers == 1,
    };
    Ok(Some(Started { shared, pollers, armed }))
}

/// The init phase, and the snapshot if there is to be one.
async fn prepare<I: Init>(
    init: I,
    connection: &mut Connection<CallBody>,
    config: &Config,
    resources: &[SnapStart],
) -> Result<I::Service, RuntimeError> {
    let service = match phase(init).await {
        Ok(service) => service,
        Err(failure) => {
            post_init_error(connection, &failure).await;
            return Err(RuntimeError::init(&failure));
        }
    };
    if config.is_snapstart() {
        snapstart::pass(connection, resources).await?;
    }
    Ok(service)
}

/// The user's init phase; its error and its panic are one to whoever reads the report.
async fn phase<I: Init>(init: I) -> Result<I::Service, Failure> {
    process::take_place_of_panic();
    catch_async(async { init.init().await.map_err(|error| Failure::of_error(&error)) }).await?
}

fn endpoint_from_env() -> Result<RuntimeApi, RuntimeError> {
    let address = config::process_variable(RUNTIME_API).filter(|address| !address.is_empty());
    let address = address.ok_or(ConfigError::Missing { variable: RUNTIME_API })?;
    Ok(address.parse()?)
}

fn configuration(api: &RuntimeApi, is_given: bool) -> Result<Config, ConfigError> {
    match api.variables() {
        Some(variables) => Config::from_map(variables),
        None if is_given => Ok(Config::default()),
        None => Config::from_env(),
    }
}

/// Says why there will be no first poll.
pub(crate) async fn post_init_error(connection: &mut Connection<CallBody>, failure: &Failure) {
    if let Ok(request) = init_error::Call::new(&failure.error_type, &failure.report).to_http() {
        post_last_words(connection, "init/error", request).await;
    }
}

/// Posts why the runtime ends. If that cannot be said either, the error that `run` returns is all there is.
pub(crate) async fn post_last_words(
    connection: &mut Connection<CallBody>,
    call: &'static str,
    request: Request<Bytes>,
) {
    /// The service answers at once, or not at all.
    const PATIENCE: Duration = Duration::from_secs(5);

    let problem = match timeout(PATIENCE, connection.call(request.map(CallBody::full))).await {
        Ok(Ok(reply)) if reply.status().is_success() => return,
        Ok(Ok(reply)) => ErrorReply::from_http(reply).to_string(),
        Ok(Err(error)) => Chain(&error).to_string(),
        Err(_) => "no reply".to_owned(),
    };
    warn!(call, problem, "the reason of the end could not be posted");
}

impl Failure {
    /// The runtime could not start by no fault of the function's.
    fn of_start(error: &RuntimeError) -> Self {
        let mut failure = Self::of_runtime(ErrorType::INIT, error);
        // In one line, because some callers are shown nothing but the message.
        failure.report.error_message = Chain(error).to_string();
        failure
    }
}
