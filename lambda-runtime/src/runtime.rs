//! The entry points: [`run`], [`run_concurrent`], and [`Runtime`] for those who want to set something.
//!
//! What happens between `run` and the first poll is in `start`; the loop itself is in `run_loop`.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use lambda_api::transport::RuntimeApi;
use tower_service::Service;

use crate::{
    Config, Diagnostic, Error, FromEvent, IntoFunctionResponse, LambdaEvent, PreludeForm, SnapStartResource,
    init::{Init, InitWith, Layered, Ready},
    layers::TracingLayer,
    shutdown::Plan,
    start::{Started, start},
    workers,
};

/// Runs a handler until the execution environment ends.
///
/// The handler is a [`service_fn`](crate::service_fn) or any tower service; it needs neither [`Send`] nor
/// `'static`. Endpoint and configuration come from the environment variables that Lambda sets. Each invocation runs
/// in a span, see [`TracingLayer`].
///
/// With Lambda Managed Instances several invocations run at once, all of them on the calling task; if the handler
/// computes much, take [`run_concurrent`].
///
/// # Errors
///
/// A [`RuntimeError`](crate::RuntimeError), for [`Error::downcast_ref`]: a missing or odd environment variable, or a
/// Runtime API that fails, refuses or cannot be reached. A failure before the first poll has been posted to init/error,
/// if there is an endpoint to post it to. Failed invocations are no errors of `run`.
pub async fn run<H, T>(handler: H) -> Result<(), Error>
where
    H: Service<LambdaEvent<T>>,
    H::Response: IntoFunctionResponse,
    H::Error: Into<Diagnostic> + 'static,
    T: FromEvent,
{
    Runtime::new(handler).layer(TracingLayer::new()).run().await
}

/// Runs a handler until the execution environment ends, each of its concurrent invocations in a task of its own.
///
/// The same as [`run`], spread over tokio's workers, for handlers that may be sent between threads. Without
/// `AWS_LAMBDA_MAX_CONCURRENCY`, which Lambda Managed Instances set, there is one task and one invocation at a time.
/// Dropping the future ends all of them.
///
/// # Errors
///
/// See [`run`].
pub async fn run_concurrent<H, T>(handler: H) -> Result<(), Error>
where
    H: Service<LambdaEvent<T>> + Send + 'static,
    H::Response: IntoFunctionResponse,
    H::Error: Into<Diagnostic> + 'static,
    H::Future: Send,
    T: FromEvent + Send + 'static,
{
    Runtime::new(handler).layer(TracingLayer::new()).run_concurrent().await
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
pub struct Runtime<I> {
    init: I,
    settings: Settings,
}

#[derive(Debug, Default)]
pub(crate) struct Settings {
    pub(crate) api: Option<RuntimeApi>,
    pub(crate) config: Option<Config>,
    pub(crate) form: PreludeForm,
    pub(crate) trace_hook: Option<TraceHook>,
    pub(crate) snapstart: Vec<SnapStart>,
    pub(crate) shutdown: Plan,
}

/// Who wants to know the tracing header.
#[derive(Clone)]
pub(crate) struct TraceHook(Arc<HookFn>);

type HookFn = dyn Fn(Option<&str>) + Send + Sync;

impl TraceHook {
    pub(crate) fn call(&self, header: Option<&str>) {
        (self.0)(header);
    }
}

impl fmt::Debug for TraceHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TraceHook")
    }
}

#[derive(Clone)]
pub(crate) struct SnapStart(pub(crate) Arc<dyn SnapStartResource>);

impl fmt::Debug for SnapStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SnapStartResource")
    }
}

impl<S> Runtime<Ready<S>> {
    /// Takes a handler; endpoint and configuration will come from the environment variables.
    pub fn new(service: S) -> Self {
        Self { init: Ready { service }, settings: Settings::default() }
    }

    /// The same as [`new`](Self::new).
    pub fn builder(service: S) -> Self {
        Self::new(service)
    }
}

impl<F: AsyncFnOnce() -> Result<S, Error>, S> Runtime<InitWith<F>> {
    /// Takes an init phase that makes the handler, and whatever the handler needs.
    ///
    /// It runs once for each execution environment, before the first poll. If it fails or panics, Lambda is told why
    /// (init/error) and [`run`](Self::run) returns an error, instead of a runtime that exits without a reason.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
    /// use mock_server::MockLambda;
    /// use serde_json::{Value, json};
    ///
    /// struct Prices { apple: u32 }
    ///
    /// async fn load() -> Result<Prices, Error> {
    ///     Ok(Prices { apple: 3 })
    /// }
    ///
    /// async fn price(prices: Arc<Prices>, _: LambdaEvent<Value>) -> Result<u32, Error> {
    ///     Ok(prices.apple)
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mock = MockLambda::new();
    /// let function = mock.function("price").in_process(|api| {
    ///     Runtime::init(async || {
    ///         let prices = Arc::new(load().await?);
    ///         Ok(service_fn(move |event| price(Arc::clone(&prices), event)))
    ///     })
    ///     .endpoint(api)
    ///     .run()
    /// });
    /// assert_eq!(function.invoke(json!({})).await.json()?, 3);
    /// # Ok(())
    /// # }
    /// ```
    pub fn init(init: F) -> Self {
        Self { init: InitWith { init }, settings: Settings::default() }
    }
}

impl<I: Init> Runtime<I> {
    /// Where the Runtime API is. The process environment is then not read at all.
    pub fn endpoint(mut self, api: RuntimeApi) -> Self {
        self.settings.api = Some(api);
        self
    }

    /// The function's configuration. Without it, it comes from the endpoint's variables if it has some, is
    /// empty if an endpoint without variables was given, and comes from the environment otherwise.
    pub fn config(mut self, config: Config) -> Self {
        self.settings.config = Some(config);
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
    pub fn layer<L>(self, layer: L) -> Runtime<Layered<I, L>> {
        Runtime { init: Layered { inner: self.init, layer }, settings: self.settings }
    }

    /// Registers something that does not survive a SnapStart snapshot as it is.
    pub fn register_snapstart_resource(mut self, resource: Arc<dyn SnapStartResource>) -> Self {
        self.settings.snapstart.push(SnapStart(resource));
        self
    }

    /// Whether this environment is made for SnapStart, as far as the configuration is known before `run`.
    pub fn is_snapstart(&self) -> bool {
        match (&self.settings.config, &self.settings.api) {
            (Some(config), _) => config.is_snapstart(),
            (None, Some(api)) => api
                .variables()
                .and_then(|variables| Config::from_map(variables).ok())
                .is_some_and(|config| config.is_snapstart()),
            (None, None) => Config::from_env_or_default().is_snapstart(),
        }
    }

    /// How the metadata of streamed HTTP responses is cut into pieces.
    pub fn prelude_form(mut self, form: PreludeForm) -> Self {
        self.settings.form = form;
        self
    }

    /// Hands the X-Ray tracing header of each invocation to whoever wants it, before the handler is called.
    ///
    /// The runtime itself never writes `_X_AMZN_TRACE_ID`: changing the environment of a process with threads is
    /// unsound. A library that can be told the value in another way is told here.
    pub fn trace_hook(mut self, hook: impl Fn(Option<&str>) + Send + Sync + 'static) -> Self {
        self.settings.trace_hook = Some(TraceHook(Arc::new(hook)));
        self
    }

    /// Stops the runtime when the future ends: no more polls, what runs may finish, then hooks, then `Ok(())`.
    /// Signals are then not listened for.
    pub fn shutdown_when(mut self, told: impl Future<Output = ()> + Send + 'static) -> Self {
        self.settings.shutdown.trigger = Some(Box::pin(told));
        self
    }

    /// How long a shutdown may take, hooks included; 250 ms if not set. Lambda kills the process after 500 ms or
    /// less.
    pub fn shutdown_budget(mut self, budget: Duration) -> Self {
        self.settings.shutdown.budget = budget;
        self
    }

    /// Runs a closure when the process is told to end, by SIGTERM or SIGINT.
    ///
    /// Invocations in flight may finish first, for half of the [budget](Self::shutdown_budget) at most. Lambda sends
    /// SIGTERM only if there is an extension, so an internal one that asks for no event is registered; where that is
    /// refused, there is a warning and no SIGTERM.
    #[cfg(feature = "graceful-shutdown")]
    pub fn on_shutdown<Fut>(mut self, hook: impl FnOnce() -> Fut + Send + 'static) -> Self
    where
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.settings.shutdown.hooks.push(Box::new(move || Box::pin(hook())));
        self
    }

    /// Runs the handler until the execution environment ends.
    ///
    /// # Errors
    ///
    /// See [`run`].
    pub async fn run<T>(self) -> Result<(), Error>
    where
        I::Service: Service<LambdaEvent<T>>,
        <I::Service as Service<LambdaEvent<T>>>::Response: IntoFunctionResponse,
        <I::Service as Service<LambdaEvent<T>>>::Error: Into<Diagnostic> + 'static,
        T: FromEvent,
    {
        let started = Box::pin(start(self.init, self.settings)).await?;
        let Some(Started { shared, pollers, armed }) = started else { return Ok(()) };
        // Boxed once for the runtime's life, so that the futures around it do not carry its size with them.
        let pollers = Box::pin(workers::run(&shared, pollers));
        Ok(armed.supervise(pollers).await?)
    }

    /// Runs the handler until the execution environment ends, as [`run_concurrent`] does.
    ///
    /// # Errors
    ///
    /// See [`run`].
    pub async fn run_concurrent<T>(self) -> Result<(), Error>
    where
        I::Service: Service<LambdaEvent<T>> + Send + 'static,
        <I::Service as Service<LambdaEvent<T>>>::Response: IntoFunctionResponse,
        <I::Service as Service<LambdaEvent<T>>>::Error: Into<Diagnostic> + 'static,
        <I::Service as Service<LambdaEvent<T>>>::Future: Send,
        T: FromEvent + Send + 'static,
    {
        let started = Box::pin(start(self.init, self.settings)).await?;
        let Some(Started { shared, pollers, armed }) = started else { return Ok(()) };
        let pollers = Box::pin(workers::run_concurrent(Arc::new(shared), pollers));
        Ok(armed.supervise(pollers).await?)
    }
}
