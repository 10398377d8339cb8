//! The entry points: [`run`], and [`Runtime`] for those who want to set something.
//!
//! Here everything is put together before the first poll; the loop itself is in `run_loop`.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use lambda_api::{
    EncodeError, ErrorReply, ErrorReport, ErrorType, ReplyError,
    client::{Connection, TransportError},
    runtime::init_error,
    transport::{InvalidAddress, RuntimeApi},
};
use serde::{Serialize, de::DeserializeOwned};
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    Config, ConfigError, Diagnostic, Error, LambdaEvent,
    config::{self, RUNTIME_API},
    failure::Chain,
    process, run_loop,
};

/// Runs a handler until the execution environment ends.
///
/// The handler is a [`service_fn`](crate::service_fn) or any tower service; it needs neither [`Send`] nor
/// `'static`. Endpoint and configuration come from the environment variables that Lambda sets.
///
/// # Errors
///
/// A [`RuntimeError`], for [`Error::downcast_ref`]: a missing or odd environment variable, or a Runtime API
/// that fails, refuses or cannot be reached. A failure before the first poll has been posted to init/error,
/// if there is an endpoint to post it to. Failed invocations are no errors of `run`.
pub async fn run<H, T>(handler: H) -> Result<(), Error>
where
    H: Service<LambdaEvent<T>>,
    H::Response: Serialize,
    H::Error: Into<Diagnostic> + 'static,
    T: DeserializeOwned,
{
    Runtime::new(handler).run().await
}

/// A handler on its way into the loop, and what it is given besides.
///
/// ```
/// use std::time::Duration;
/// use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
/// use mock_server::MockLambda;
/// use serde_json::{Value, json};
///
/// async fn double(event: LambdaEvent<Value>) -> Result<Value, Error> {
///     Ok(json!({ "n": event.payload["n"].as_i64().unwrap_or_default() * 2 }))
/// }
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let function = MockLambda::new()
///     .function("double")
///     .in_process(|api| Runtime::builder(service_fn(double)).endpoint(api).run());
/// assert_eq!(function.invoke(json!({ "n": 21 })).await.json()?, json!({ "n": 42 }));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a runtime does nothing until it is run"]
pub struct Runtime<S> {
    service: S,
    api: Option<RuntimeApi>,
    config: Option<Config>,
}

/// Why [`run`] ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RuntimeError {
    /// The configuration cannot be read from the environment.
    #[error("the function's configuration cannot be read")]
    Config(#[from] ConfigError),
    /// `AWS_LAMBDA_RUNTIME_API` is not an address.
    #[error("environment variable AWS_LAMBDA_RUNTIME_API is no address")]
    Endpoint(#[from] InvalidAddress),
    /// The Runtime API cannot be reached, breaks off, or does not speak HTTP.
    #[error("{call} to {api} got no reply in {attempts} attempts")]
    NoReply {
        /// The call.
        call: &'static str,
        /// The endpoint.
        api: String,
        /// How many there were.
        attempts: u32,
        /// Why the last one failed.
        source: TransportError,
    },
    /// The Runtime API keeps refusing, or its replies cannot be read.
    #[error("{call} to {api} got no usable reply in {attempts} attempts")]
    Refused {
        /// The call.
        call: &'static str,
        /// The endpoint.
        api: String,
        /// How many there were.
        attempts: u32,
        /// What was wrong with the last reply.
        source: ReplyError,
    },
    /// The Runtime API answered 5xx, after which the environment is beyond repair.
    #[error("{call} to {api} failed in the service")]
    Failed {
        /// The call.
        call: &'static str,
        /// The endpoint.
        api: String,
        /// The reply.
        source: ErrorReply,
    },
    /// A call cannot be written.
    #[error("{call} cannot be written")]
    Encode {
        /// The call.
        call: &'static str,
        /// The header.
        source: EncodeError,
    },
}

impl<S> Runtime<S> {
    /// Takes a handler; endpoint and configuration will come from the environment variables.
    pub fn new(service: S) -> Self {
        Self { service, api: None, config: None }
    }

    /// The same as [`new`](Self::new).
    pub fn builder(service: S) -> Self {
        Self::new(service)
    }

    /// Where the Runtime API is. The process environment is then not read at all.
    pub fn endpoint(mut self, api: RuntimeApi) -> Self {
        self.api = Some(api);
        self
    }

    /// The function's configuration. Without it, it comes from the endpoint's variables if it has some, is
    /// empty if an endpoint without variables was given, and comes from the environment otherwise.
    pub fn config(mut self, config: Config) -> Self {
        self.config = Some(config);
        self
    }

    /// Wraps a tower layer around the handler; the layer added last is the outermost.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
    /// # async fn handler(event: LambdaEvent<String>) -> Result<String, Error> { Ok(event.payload) }
    /// let runtime = Runtime::new(service_fn(handler))
    ///     .layer(tower::timeout::TimeoutLayer::new(Duration::from_secs(2)));
    /// # let _ = async { runtime.run().await };
    /// ```
    pub fn layer<L: Layer<S>>(self, layer: L) -> Runtime<L::Service> {
        Runtime { service: layer.layer(self.service), api: self.api, config: self.config }
    }

    /// Runs the handler until the execution environment ends.
    ///
    /// # Errors
    ///
    /// See [`run`].
    pub async fn run<T>(self) -> Result<(), Error>
    where
        S: Service<LambdaEvent<T>>,
        S::Response: Serialize,
        S::Error: Into<Diagnostic> + 'static,
        T: DeserializeOwned,
    {
        let Self { mut service, api, config } = self;
        let is_given = api.is_some();
        let api = match api {
            Some(api) => api,
            None => endpoint_from_env()?,
        };
        let mut connection = Connection::new(api.clone());
        let config = match (config, api.variables()) {
            (Some(config), _) => Ok(config),
            (None, Some(variables)) => Config::from_map(variables),
            (None, None) if is_given => Ok(Config::default()),
            (None, None) => Config::from_env(),
        };
        let config = match config {
            Ok(config) => Arc::new(config),
            Err(error) => {
                let error = RuntimeError::from(error);
                post_init_error(&mut connection, &error).await;
                return Err(error.into());
            }
        };
        process::note_places_of_panics();
        Err(run_loop::run(&mut service, connection, &config).await.into())
    }
}

fn endpoint_from_env() -> Result<RuntimeApi, RuntimeError> {
    let address = config::process_variable(RUNTIME_API).filter(|address| !address.is_empty());
    let address = address.ok_or(ConfigError::Missing { variable: RUNTIME_API })?;
    Ok(address.parse()?)
}

/// Says why there will be no first poll. If that cannot be said either, the error that `run` returns is all
/// there is.
async fn post_init_error(connection: &mut Connection<Full<Bytes>>, error: &RuntimeError) {
    // In one line, because some callers are shown nothing but the message.
    let report = ErrorReport::new(ErrorType::INIT, Chain(error).to_string());
    let category = ErrorType::normalise(Some(ErrorType::INIT));
    let Ok(request) = init_error::Call::new(&category, &report).to_http() else { return };
    if let Err(error) = connection.call(request.map(Full::new)).await {
        tracing::warn!(%error, "init/error could not be posted");
    }
}
