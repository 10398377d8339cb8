//! SnapStart: what happens around the snapshot, and the calls that mark it.
//!
//! Source: [SnapStart runtime hooks](https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks.html).

use std::{future::Future, pin::Pin};

use lambda_api::{
    ErrorType,
    client::{Backoff, Connection, TransportError},
    describe::Chain,
    runtime::restore::{ErrorCall, NextCall, Restored},
};
use tokio::time::sleep;
use tracing::warn;

use crate::{
    ATTEMPTS, Error, RuntimeError, body::CallBody, failure::Failure, panic::catch_async, runtime::SnapStart,
    start,
};

/// A future that is boxed, so that traits with async methods can be objects.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

const RESTORE_NEXT: &str = "restore/next";
const BEFORE_SNAPSHOT: &str = "Runtime.BeforeSnapshotError";
const AFTER_RESTORE: &str = "Runtime.AfterRestoreError";

/// Something that does not survive a snapshot as it is: connections, credentials, unique values.
///
/// [`before_snapshot`](Self::before_snapshot) runs in the reverse order of registration,
/// [`after_restore`](Self::after_restore) in the order of registration: register first what others stand on.
/// Neither is called without SnapStart.
///
/// ```
/// use std::sync::Arc;
/// use lambda_runtime::{BoxFuture, Error, LambdaEvent, Runtime, SnapStartResource, service_fn};
/// use serde_json::Value;
///
/// struct Pool;
///
/// impl SnapStartResource for Pool {
///     fn before_snapshot(&self) -> BoxFuture<'_, Result<(), Error>> {
///         Box::pin(async { Ok(()) /* close what is open */ })
///     }
/// }
///
/// # async fn handler(event: LambdaEvent<Value>) -> Result<Value, Error> { Ok(event.payload) }
/// let runtime = Runtime::new(service_fn(handler)).register_snapstart_resource(Arc::new(Pool));
/// # let _ = async { runtime.run().await };
/// ```
pub trait SnapStartResource: Send + Sync {
    /// Runs before the snapshot is taken. An error is reported as an init error and ends the runtime.
    fn before_snapshot(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async { Ok(()) })
    }

    /// Runs after each restore. An error is reported to restore/error and ends the runtime.
    fn after_restore(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async { Ok(()) })
    }
}

/// From the end of the init phase through the snapshot to the first poll.
pub(crate) async fn pass(
    connection: &mut Connection<CallBody>,
    resources: &[SnapStart],
) -> Result<(), RuntimeError> {
    for resource in resources.iter().rev() {
        if let Err(failure) = hook(BEFORE_SNAPSHOT, async || resource.0.before_snapshot().await).await {
            start::post_init_error(connection, &failure).await;
            return Err(RuntimeError::before_snapshot(&failure));
        }
    }
    wait_for_restore(connection).await?;
    // Whatever was open has become a copy of a connection that the other side does not know.
    connection.close();
    for resource in resources {
        if let Err(failure) = hook(AFTER_RESTORE, async || resource.0.after_restore().await).await {
            post_restore_error(connection, &failure).await;
            return Err(RuntimeError::after_restore(&failure));
        }
    }
    Ok(())
}

/// Runs a hook; what goes wrong in it is recorded under the phase's own category.
async fn hook(category: &'static str, run: impl AsyncFnOnce() -> Result<(), Error>) -> Result<(), Failure> {
    let result = catch_async(async { run().await.map_err(|error| Failure::of_error(&error)) }).await;
    let error_type = ErrorType::normalise(Some(category));
    result.and_then(|result| result).map_err(|failure| Failure { error_type, ..failure })
}

/// The snapshot is taken inside this call; there is no time-out, because years may pass.
async fn wait_for_restore(connection: &mut Connection<CallBody>) -> Result<(), RuntimeError> {
    let mut backoff = Backoff::new(ATTEMPTS);
    let reply = loop {
        match connection.call(NextCall.to_http().map(CallBody::full)).await {
            Ok(reply) => break reply,
            // Nothing was sent, so there is no snapshot yet.
            Err(source @ (TransportError::Connect { .. } | TransportError::Closed { .. })) => {
                let Some(wait) = backoff.after_failure() else {
                    let (api, attempts) = (connection.api().to_string(), backoff.failures());
                    return Err(RuntimeError::NoReply { call: RESTORE_NEXT, api, attempts, source });
                };
                warn!(error = %Chain(&source), attempt = backoff.failures(), "no reply to restore/next; trying again");
                sleep(wait).await;
            }
            // The connection may not have outlived the snapshot. Polling for an invocation passes the same gate.
            Err(error) => {
                warn!(error = %Chain(&error), "the call to restore/next got no reply; going on");
                return Ok(());
            }
        }
    };
    let is_server_error = reply.status().is_server_error();
    match Restored::from_http(reply) {
        Ok(Restored) => Ok(()),
        Err(source) if is_server_error => {
            Err(RuntimeError::Failed { call: RESTORE_NEXT, api: connection.api().to_string(), source })
        }
        // A service without SnapStart says 404, whatever the variables claim.
        Err(refusal) => {
            warn!(%refusal, "restore/next was refused; going on");
            Ok(())
        }
    }
}

async fn post_restore_error(connection: &mut Connection<CallBody>, failure: &Failure) {
    if let Ok(request) = ErrorCall::new(&failure.error_type, &failure.report).to_http() {
        start::post_last_words(connection, "restore/error", request).await;
    }
}
