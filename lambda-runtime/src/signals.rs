//! Feature `graceful-shutdown`: SIGTERM and SIGINT, the internal extension without which Lambda sends no SIGTERM,
//! and the process-wide hook that users of other runtimes know.

use std::{future::Future, pin::Pin, time::Duration};

use lambda_api::{
    ReplyError,
    client::Connection,
    describe::Chain,
    extension::{
        next,
        register::{self, Registered},
    },
    transport::RuntimeApi,
};
use tokio::time::timeout;
use tracing::{debug, warn};

use crate::{after::Work, body::CallBody, process};

/// The internal extension's name; no other extension of the function may have it.
const NAME: &str = "_lambda-runtime-graceful-shutdown";

/// A service that knows extensions answers at once.
const PATIENCE: Duration = Duration::from_secs(1);

/// Runs a closure when the process is told to end, before [`run`](crate::run) returns.
///
/// To be called before `run`, which takes the hooks; later ones are never run. It never fails: where signals or extensions
/// are not to be had, a warning is logged by `run`. More than one hook run at once, within
/// [`Runtime::shutdown_budget`](crate::Runtime::shutdown_budget) all together. A runtime whose endpoint is given, as in
/// tests, has hooks of its own only: [`Runtime::on_shutdown`](crate::Runtime::on_shutdown).
///
/// ```no_run
/// # use lambda_runtime::{Error, LambdaEvent, service_fn};
/// # use serde_json::Value;
/// # async fn handler(event: LambdaEvent<Value>) -> Result<Value, Error> { Ok(event.payload) }
/// #[tokio::main(flavor = "current_thread")]
/// async fn main() -> Result<(), Error> {
///     lambda_runtime::spawn_graceful_shutdown_handler(|| async { /* flush */ }).await;
///     lambda_runtime::run(service_fn(handler)).await
/// }
/// ```
pub async fn spawn_graceful_shutdown_handler<Fut>(hook: impl FnOnce() -> Fut + Send + 'static)
where
    Fut: Future<Output = ()> + Send + 'static,
{
    process::add_shutdown_hook(Box::new(move || Box::pin(hook())));
}

/// Installs the handlers now; the future ends with the first signal.
#[cfg(unix)]
pub(crate) fn listen() -> Work {
    use std::{future::poll_fn, task::Poll};

    use tokio::signal::unix::{Signal, SignalKind, signal};

    fn install(kind: SignalKind) -> Option<Signal> {
        signal(kind).inspect_err(|error| warn!(%error, ?kind, "no handler for the signal")).ok()
    }

    let mut signals: Vec<Signal> =
        [SignalKind::terminate(), SignalKind::interrupt()].into_iter().filter_map(install).collect();
    Box::pin(async move {
        poll_fn(|cx| {
            let came = signals.iter_mut().any(|signal| signal.poll_recv(cx).is_ready());
            if came { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    })
}

/// Lambda runs on Linux; elsewhere there is the interrupt of a terminal.
#[cfg(not(unix))]
pub(crate) fn listen() -> Work {
    Box::pin(async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            warn!(%error, "no handler for the interrupt");
            std::future::pending::<()>().await;
        }
    })
}

/// Registers the internal extension. What it returns keeps the extension waiting for events that never come.
///
/// Registration must be over before the first poll, and a service that knows extensions answers at once. One that is slow
/// may have registered the extension all the same, and waits for its first call; so that call is made, if later.
pub(crate) async fn register(api: &RuntimeApi) -> Option<Work> {
    let mut connection = Connection::new(api.clone());
    let mut registering: Pin<Box<_>> = Box::pin(async move {
        let registered = try_register(&mut connection).await;
        (connection, registered)
    });
    let Ok((connection, registered)) = timeout(PATIENCE, registering.as_mut()).await else {
        warn!("no reply yet to the registration of an internal extension");
        return Some(Box::pin(async move {
            let (connection, registered) = registering.await;
            if let Some(waiting) = wait(connection, registered) {
                waiting.await;
            }
        }));
    };
    wait(connection, registered)
}

/// The extension's one call, which ends with the environment.
fn wait(mut connection: Connection<CallBody>, registered: Result<Registered, String>) -> Option<Work> {
    let extension = registered
        .inspect_err(|problem| {
            warn!(problem, "no internal extension, so there may be no SIGTERM before the end");
        })
        .ok()?;
    Some(Box::pin(async move {
        let Ok(request) = next::Call::new(extension.extension_id).to_http() else { return };
        if let Err(error) = connection.call(request.map(CallBody::full)).await {
            debug!(error = %Chain(&error), "the internal extension was let go");
        }
    }))
}

async fn try_register(connection: &mut Connection<CallBody>) -> Result<Registered, String> {
    let request = register::Call::new(NAME, &[]).to_http().map_err(|error| error.to_string())?;
    let reply =
        connection.call(request.map(CallBody::full)).await.map_err(|error| Chain(&error).to_string())?;
    Registered::from_http(reply).map_err(|error: ReplyError| Chain(&error).to_string())
}
