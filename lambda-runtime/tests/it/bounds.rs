//! What would otherwise take for ever, or fill the log: services that are never ready, and many pollers without an API.

use std::{
    convert::Infallible,
    future::{Ready, pending, ready},
    task::{Context, Poll},
    time::Duration,
};

use lambda_runtime::{Error, LambdaEvent, Runtime, RuntimeError, Service, SnapStartResource, service_fn};
use serde_json::{Value, json};
use tokio::time::Instant;
use tower::limit::ConcurrencyLimitLayer;

use crate::{
    concurrency::{BOTH, running},
    logged::Logged,
    pool::Pool,
    reply::event,
};

/// A service that is never ready.
struct Never;

impl Service<LambdaEvent<Value>> for Never {
    type Response = Value;
    type Error = Infallible;
    type Future = Ready<Result<Value, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Pending
    }

    fn call(&mut self, event: LambdaEvent<Value>) -> Self::Future {
        ready(Ok(event.payload))
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_never_ready_fails_each_invocation_at_its_deadline() {
    for on in BOTH {
        let (pool, before) = (Pool::in_memory(), Instant::now());
        let end = pool.serve(running(on, &pool, 3, Never), async {
            (0..3).for_each(|_| pool.invoke(event("{}")));
            pool.until(|record| record.answers == 3 && record.waiting == 3).await;
            pool.end(500);
        });
        assert!(end.await.is_err());
        assert_eq!(before.elapsed(), Duration::from_secs(3));
        for number in 1..=3 {
            let record = pool.record();
            let post = record.calls_to(&format!("r-{number}/error"))[0];
            assert_eq!(post.error_type(), "Function.DeadlineExceeded");
            assert_eq!(post.message(), "the handler was not ready before the deadline");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_behind_a_limit_is_answered_at_the_deadline_and_not_left_out() {
    async fn first_for_ever(event: LambdaEvent<Value>) -> Result<Value, Error> {
        if event.payload == 1 {
            pending::<()>().await;
        }
        Ok(event.payload)
    }
    let pool = Pool::in_memory();
    let service = tower::Layer::layer(&ConcurrencyLimitLayer::new(1), service_fn(first_for_ever));
    let end = pool.serve(running(BOTH[0], &pool, 2, service), async {
        pool.invoke(event("1"));
        pool.until(|record| record.waiting == 1).await;
        pool.invoke(event("2"));
        pool.until(|record| record.answers == 1).await;
        pool.end(500);
    });
    assert!(end.await.is_err());
    assert_eq!(pool.record().calls_to("r-2/error")[0].error_type(), "Function.DeadlineExceeded");
}

#[tokio::test(start_paused = true)]
async fn sixty_four_pollers_without_an_api_log_no_more_than_one() {
    for on in BOTH {
        let (mut pool, logged) = (Pool::in_memory(), Logged::start());
        pool.kill().await;
        let end = running(
            on,
            &pool,
            64,
            service_fn(async |event: LambdaEvent<Value>| Ok::<_, Error>(event.payload)),
        );
        assert!(end.await.is_err());
        assert!(logged.lines().len() < 30, "{on:?}: {} lines", logged.lines().len());
    }
}

#[tokio::test(start_paused = true)]
async fn no_hook_runs_after_a_snapshot_that_was_never_taken() {
    struct Unreached;
    impl SnapStartResource for Unreached {
        fn after_restore(&self) -> lambda_runtime::BoxFuture<'_, Result<(), Error>> {
            Box::pin(async { panic!("there was no restore") })
        }
    }
    let mut pool = Pool::in_memory().variable("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start");
    pool.kill().await;
    let handler = service_fn(async |_: LambdaEvent<Value>| Ok::<_, Error>(json!(1)));
    let runtime = Runtime::new(handler).endpoint(pool.api());
    let end = runtime.register_snapstart_resource(std::sync::Arc::new(Unreached)).run().await.unwrap_err();
    assert!(
        matches!(end.downcast_ref(), Some(RuntimeError::NoReply { call: "restore/next", .. })),
        "{end:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_trigger_that_panics_stops_the_runtime_and_cuts_off_nobody() {
    let pool = Pool::in_memory();
    let handler = service_fn(async |_: LambdaEvent<Value>| {
        tokio::time::sleep(Duration::from_millis(100)).await;
        Ok::<_, Error>(json!("done"))
    });
    let runtime = Runtime::new(handler).endpoint(pool.api()).shutdown_when(async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        panic!("a trigger of the user's");
    });
    pool.invoke(event("{}"));
    pool.serve(runtime.run(), async {}).await.unwrap();
    assert_eq!(pool.order(), ["next", "r-1/response"]);
}
