//! How many pollers there are, and where they run.
//!
//! One, normally. With Lambda Managed Instances as many as `AWS_LAMBDA_MAX_CONCURRENCY` says, each with a connection
//! of its own: on the calling task, or each in a task of its own. Source:
//! [Lambda Managed Instances](https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances.html).

use std::{
    ops::Deref,
    sync::{Arc, atomic::Ordering},
};

use lambda_api::{client::Backoff, describe::Chain, limits::CONCURRENCY_PER_ENVIRONMENT};
use tokio::{task::JoinSet, time::sleep};
use tower_service::Service;
use tracing::{error, warn};

use crate::{
    ATTEMPTS, Config, Diagnostic, FromEvent, IntoFunctionResponse, LambdaEvent, RuntimeError,
    join::TryJoinAll,
    panic::{catch_async, log},
    run_loop::{self, Shared},
};

/// How many pollers the configuration asks for.
pub(crate) fn pollers(config: &Config) -> usize {
    let asked = config.max_concurrency.map_or(1, |most| usize::try_from(most).unwrap_or(usize::MAX));
    if asked > CONCURRENCY_PER_ENVIRONMENT {
        warn!(asked, most = CONCURRENCY_PER_ENVIRONMENT, "more concurrency than an environment may have");
    }
    asked.clamp(1, CONCURRENCY_PER_ENVIRONMENT)
}

/// Runs all pollers on the calling task.
pub(crate) async fn run<S, T>(shared: &Shared<S>, pollers: usize) -> Result<(), RuntimeError>
where
    S: Service<LambdaEvent<T>>,
    S::Response: IntoFunctionResponse,
    S::Error: Into<Diagnostic> + 'static,
    T: FromEvent,
{
    if pollers == 1 {
        return poller(shared).await;
    }
    TryJoinAll::new((0..pollers).map(|_| poller(shared))).await
}

/// Runs each poller in a task of its own; they end when this future is dropped.
pub(crate) async fn run_concurrent<S, T>(shared: Arc<Shared<S>>, pollers: usize) -> Result<(), RuntimeError>
where
    S: Service<LambdaEvent<T>> + Send + 'static,
    S::Response: IntoFunctionResponse,
    S::Error: Into<Diagnostic> + 'static,
    S::Future: Send,
    T: FromEvent + Send + 'static,
{
    let mut running = JoinSet::new();
    for _ in 0..pollers {
        running.spawn(poller::<_, S, T>(Arc::clone(&shared)));
    }
    while let Some(end) = running.join_next().await {
        // A poller catches its panics, and nobody else can abort it.
        end.unwrap_or(Ok(()))?;
    }
    Ok(())
}

/// One poller, replaced when it panics outside of the handler.
async fn poller<P, S, T>(shared: P) -> Result<(), RuntimeError>
where
    P: Deref<Target = Shared<S>>,
    S: Service<LambdaEvent<T>>,
    S::Response: IntoFunctionResponse,
    S::Error: Into<Diagnostic> + 'static,
    T: FromEvent,
{
    let mut backoff = Backoff::new(ATTEMPTS);
    loop {
        let answered = shared.answered.load(Ordering::Relaxed);
        let panic = match catch_async(run_loop::run(&*shared)).await {
            Ok(end) => {
                if let Err(end) = &end {
                    log(|| error!(error = %Chain(end), "the runtime ends"));
                }
                return end.map_err(|end| *end);
            }
            Err(panic) => panic,
        };
        // What serves invocations in between is no loop of failures, however long it goes on.
        if shared.answered.load(Ordering::Relaxed) != answered {
            backoff = Backoff::new(ATTEMPTS);
        }
        let message = panic.report.error_message;
        let Some(wait) = backoff.after_failure() else { return Err(RuntimeError::Panicked { message }) };
        log(
            || error!(panic = message, place = ?panic.report.stack_trace, "a poller panicked and is replaced"),
        );
        sleep(wait).await;
    }
}
