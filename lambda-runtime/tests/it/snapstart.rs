//! SnapStart: what runs before the snapshot and after the restore, and what Lambda is told of it.

use std::{sync::Arc, time::Duration};

use lambda_runtime::{
    BoxFuture, Config, Error, LambdaEvent, Runtime, RuntimeError, SnapStartResource, service_fn,
};
use serde_json::Value;
use tracing::Level;

use crate::{
    logged::Logged,
    pool::{Answer, Pool},
    reply::{Reply, event},
    script::Call,
};

async fn echo(event: LambdaEvent<Value>) -> Result<Value, Error> {
    Ok(event.payload)
}

#[derive(Clone, Copy, PartialEq)]
enum Goes {
    Well,
    Wrong,
    ToPieces,
}

/// Notes its hooks between the calls.
struct Noted<N> {
    name: &'static str,
    before: Goes,
    after: Goes,
    note: N,
}

#[derive(Debug, thiserror::Error)]
#[error("{0} has gone")]
struct Gone(&'static str);

impl<N: Fn(&str) + Send + Sync> Noted<N> {
    async fn hook(&self, phase: &str, goes: Goes) -> Result<(), Error> {
        tokio::time::sleep(Duration::from_secs(1)).await;
        (self.note)(&format!("{phase} {}", self.name));
        match goes {
            Goes::Well => Ok(()),
            Goes::Wrong => Err(Gone(self.name).into()),
            Goes::ToPieces => panic!("{} in pieces", self.name),
        }
    }
}

impl<N: Fn(&str) + Send + Sync> SnapStartResource for Noted<N> {
    fn before_snapshot(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(self.hook("before", self.before))
    }

    fn after_restore(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(self.hook("after", self.after))
    }
}

fn snapstart() -> Pool {
    Pool::in_memory().variable("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")
}

/// Runs three resources, `a` and `b` and `c`, of which `b` behaves as told; how the runtime ended.
#[expect(clippy::expect_used, reason = "a runtime that ends well fails the test")]
async fn pass(pool: &Pool, before: Goes, after: Goes) -> Error {
    let resource = |name, before, after| Arc::new(Noted { name, before, after, note: pool.noter() });
    let runtime = Runtime::new(service_fn(echo))
        .endpoint(pool.api())
        .register_snapstart_resource(resource("a", Goes::Well, Goes::Well))
        .register_snapstart_resource(resource("b", before, after))
        .register_snapstart_resource(resource("c", Goes::Well, Goes::Well));
    pool.invoke(event("1"));
    pool.end(500);
    pool.serve(runtime.run(), async {}).await.expect_err("the service ends it")
}

#[tokio::test(start_paused = true)]
async fn hooks_run_in_reverse_order_before_the_snapshot_and_in_order_after_the_restore() {
    let pool = snapstart();
    let end = pass(&pool, Goes::Well, Goes::Well).await;
    assert!(matches!(end.downcast_ref::<RuntimeError>(), Some(RuntimeError::Failed { .. })), "{end:?}");
    assert_eq!(
        pool.order(),
        [
            "before c",
            "before b",
            "before a",
            "restore/next",
            "after a",
            "after b",
            "after c",
            "next",
            "r-1/response",
            "next"
        ]
    );
    // What was open before the snapshot is not used after it.
    let connections: Vec<_> = pool.record().calls.iter().map(|call| call.connection).collect();
    assert_eq!(connections, [1, 2, 2, 2]);
    let record = pool.record();
    let restore = record.calls_to("restore/next")[0];
    assert_eq!((&*restore.method, restore.body.len()), ("GET", 0));
}

#[tokio::test(start_paused = true)]
async fn the_connection_of_before_the_snapshot_is_closed_when_the_hooks_after_it_run() {
    struct Looks(Arc<Pool>);
    impl SnapStartResource for Looks {
        fn after_restore(&self) -> BoxFuture<'_, Result<(), Error>> {
            Box::pin(async {
                self.0.until(|record| record.open == 0).await;
                Ok(())
            })
        }
    }
    let pool = Arc::new(snapstart());
    let runtime = Runtime::new(service_fn(echo)).endpoint(pool.api());
    let runtime = runtime.register_snapstart_resource(Arc::new(Looks(Arc::clone(&pool))));
    pool.end(500);
    assert!(pool.serve(runtime.run(), async {}).await.is_err());
    assert_eq!(pool.record().connections, 2);
}

#[tokio::test(start_paused = true)]
async fn the_snapshot_may_last_for_years() {
    let pool = snapstart();
    let year = Duration::from_secs(365 * 24 * 60 * 60);
    pool.answer(
        "restore/next",
        Answer::Late(year, Reply::bytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")),
    );
    pool.end(500);
    let before = tokio::time::Instant::now();
    // Not served by the pool, which would take so long a wait for one without end.
    assert!(Runtime::new(service_fn(echo)).endpoint(pool.api()).run().await.is_err());
    assert_eq!(pool.order(), ["restore/next", "next"]);
    assert_eq!(before.elapsed(), year);
}

#[tokio::test(start_paused = true)]
async fn the_init_phase_comes_before_the_hooks() {
    let pool = snapstart();
    let (note, resource) = (pool.noter(), pool.noter());
    let runtime = Runtime::init(async move || {
        note("init");
        Ok(service_fn(echo))
    });
    let resource = Noted { name: "a", before: Goes::Well, after: Goes::Well, note: resource };
    let runtime = runtime.endpoint(pool.api()).register_snapstart_resource(Arc::new(resource));
    pool.end(500);
    assert!(pool.serve(runtime.run_concurrent(), async {}).await.is_err());
    assert_eq!(pool.order(), ["init", "before a", "restore/next", "after a", "next"]);
}

/// The only post, with the type that both places must hold.
fn report(pool: &Pool, path: &str, category: &str, error_type: &str) -> Call {
    let record = pool.record();
    let [post] = record.calls_to(path)[..] else { panic!("{:?}", record.order) };
    assert_eq!(post.error_type(), category);
    assert_eq!(post.json()["errorType"], error_type);
    assert_eq!(post.header("content-type"), Some("application/json"));
    post.clone()
}

#[tokio::test(start_paused = true)]
async fn a_hook_that_fails_before_the_snapshot_is_an_init_error_and_there_is_no_snapshot() {
    for (goes, error_type, message) in
        [(Goes::Wrong, "Gone", "b has gone"), (Goes::ToPieces, "Panic", "b in pieces")]
    {
        let pool = snapstart();
        let end = pass(&pool, goes, Goes::Well).await;
        let error = end.downcast_ref::<RuntimeError>();
        let Some(RuntimeError::BeforeSnapshot { message: told }) = error else { panic!("{end:?}") };
        assert_eq!(told, message);
        // What comes after it in the reverse order is not run.
        assert_eq!(pool.order(), ["before c", "before b", "init/error"]);
        assert_eq!(report(&pool, "init/error", "Runtime.BeforeSnapshotError", error_type).message(), message);
    }
}

#[tokio::test(start_paused = true)]
async fn a_hook_that_fails_after_the_restore_is_a_restore_error_and_nothing_is_polled() {
    for (goes, error_type, message) in
        [(Goes::Wrong, "Gone", "b has gone"), (Goes::ToPieces, "Panic", "b in pieces")]
    {
        let pool = snapstart();
        let end = pass(&pool, Goes::Well, goes).await;
        let error = end.downcast_ref::<RuntimeError>();
        let Some(RuntimeError::AfterRestore { message: told }) = error else { panic!("{end:?}") };
        assert_eq!(told, message);
        let order = pool.order();
        assert_eq!(order[3..], ["restore/next", "after a", "after b", "restore/error"]);
        assert_eq!(
            report(&pool, "restore/error", "Runtime.AfterRestoreError", error_type).message(),
            message
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_that_nobody_takes_is_still_the_error_of_run() {
    for reply in [403.into(), 500.into(), Reply::HangUp] {
        let (pool, logged) = (snapstart(), Logged::start());
        pool.answer("restore/error", Answer::Now(reply));
        let end = pass(&pool, Goes::Well, Goes::Wrong).await;
        assert!(matches!(end.downcast_ref::<RuntimeError>(), Some(RuntimeError::AfterRestore { .. })));
        assert_eq!(logged.at(Level::WARN).len(), 1, "{:?}", logged.lines());
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_without_snapstart_is_polled_all_the_same() {
    for reply in [404.into(), 403.into(), Reply::HangUp] {
        let (pool, logged) = (snapstart(), Logged::start());
        pool.answer("restore/next", Answer::Now(reply));
        let end = pass(&pool, Goes::Well, Goes::Well).await;
        assert!(matches!(end.downcast_ref::<RuntimeError>(), Some(RuntimeError::Failed { .. })), "{end:?}");
        let order = pool.order();
        assert_eq!(
            order[3..],
            ["restore/next", "after a", "after b", "after c", "next", "r-1/response", "next"]
        );
        assert_eq!(logged.at(Level::WARN).len(), 1, "{:?}", logged.lines());
    }
}

#[tokio::test(start_paused = true)]
async fn a_5xx_from_restore_next_ends_the_runtime() {
    let pool = snapstart();
    pool.answer("restore/next", Answer::Now(500.into()));
    let end = pass(&pool, Goes::Well, Goes::Well).await;
    let error = end.downcast_ref::<RuntimeError>();
    let Some(RuntimeError::Failed { call, api, .. }) = error else { panic!("{end:?}") };
    assert_eq!((*call, &**api), ("restore/next", "the in-memory runtime API"));
    assert_eq!(pool.order()[3..], ["restore/next"]);
}

#[tokio::test(start_paused = true)]
async fn without_snapstart_there_are_no_hooks_and_no_call() {
    for kind in ["on-demand", "provisioned-concurrency", "lambda-managed-instances", ""] {
        let pool = Pool::in_memory().variable("AWS_LAMBDA_INITIALIZATION_TYPE", kind);
        let end = pass(&pool, Goes::Wrong, Goes::ToPieces).await;
        assert!(matches!(end.downcast_ref::<RuntimeError>(), Some(RuntimeError::Failed { .. })), "{end:?}");
        assert_eq!(pool.order(), ["next", "r-1/response", "next"], "{kind}");
    }
}

#[tokio::test]
async fn a_runtime_knows_before_it_runs_whether_there_is_snapstart() {
    let runtime = |pool: &Pool| Runtime::new(service_fn(echo)).endpoint(pool.api());
    assert!(runtime(&snapstart()).is_snapstart());
    assert!(!runtime(&Pool::in_memory()).is_snapstart());
    let mut config = Config::default();
    config.initialization_type = Some("snap-start".to_owned());
    // What is given comes before the variables.
    assert!(runtime(&Pool::in_memory()).config(config).is_snapstart());
    assert!(!runtime(&snapstart()).config(Config::default()).is_snapstart());
    assert!(!Runtime::new(service_fn(echo)).is_snapstart());
}
