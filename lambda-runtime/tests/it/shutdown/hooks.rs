//! What runs when a runtime has been told to stop, and the internal extension without which nobody would tell it.

use std::time::Duration;

use lambda_runtime::{Runtime, init::Ready, service_fn};
use tokio::time::Instant;
use tracing::Level;

use super::{MILLISECOND, pending, sleepy, stoppable};
use crate::{
    logged::Logged,
    pool::{Answer, Pool},
    reply::{Reply, event},
};

#[tokio::test(start_paused = true)]
async fn hooks_run_when_the_last_answer_has_been_sent() {
    let pool = Pool::in_memory();
    let (first, second) = (pool.noter(), pool.noter());
    let (runtime, tell) = stoppable(&pool, sleepy);
    let runtime = runtime.on_shutdown(move || async move { first("hook 1") });
    let runtime = runtime.on_shutdown(move || {
        second("hook 2 made");
        async move { second("hook 2") }
    });
    pool.invoke_and(event("100"), tell);
    let before = Instant::now();
    pool.serve(runtime.run(), async {}).await.unwrap();
    assert_eq!(before.elapsed(), 100 * MILLISECOND);
    assert_eq!(pool.order(), ["next", "r-1/response", "hook 1", "hook 2 made", "hook 2"]);
}

#[tokio::test(start_paused = true)]
async fn hooks_wait_for_invocations_for_half_of_the_budget_at_most_and_those_may_still_finish() {
    for (budget, half) in [(250, 125), (1_000, 500)] {
        let pool = Pool::in_memory();
        let note = pool.noter();
        let (runtime, tell) = stoppable(&pool, sleepy);
        let before = Instant::now();
        let runtime = runtime.shutdown_budget(budget * MILLISECOND).on_shutdown(move || async move {
            assert_eq!(before.elapsed(), half * MILLISECOND);
            note("hook");
        });
        // A little more than half of the budget.
        pool.invoke_and(event((half + 10).to_string()), tell);
        pool.serve(runtime.run_concurrent(), async {}).await.unwrap();
        assert_eq!(pool.order(), ["next", "hook", "r-1/response"]);
        assert_eq!(before.elapsed(), (half + 10) * MILLISECOND);
    }
}

#[tokio::test(start_paused = true)]
async fn hooks_run_at_once_when_nothing_is_in_flight() {
    let pool = Pool::in_memory();
    let note = pool.noter();
    let (runtime, tell) = stoppable(&pool, sleepy);
    let runtime = runtime.on_shutdown(move || async move { note("hook") });
    let before = Instant::now();
    let end = pool.serve(runtime.run(), async {
        pool.until(|record| record.waiting == 1).await;
        tell();
    });
    end.await.unwrap();
    assert_eq!(before.elapsed(), Duration::ZERO);
    assert_eq!(pool.order(), ["next", "hook"]);
}

#[tokio::test(start_paused = true)]
async fn a_hook_that_panics_stops_no_other() {
    let (pool, logged) = (Pool::in_memory(), Logged::start());
    let (first, second) = (pool.noter(), pool.noter());
    let (runtime, tell) = stoppable(&pool, sleepy);
    let runtime = runtime
        .on_shutdown(|| -> std::future::Ready<()> { panic!("no future") })
        .on_shutdown(move || async move { first("hook 2") })
        .on_shutdown(|| async {
            tokio::time::sleep(MILLISECOND).await;
            panic!("in the middle")
        })
        .on_shutdown(move || async move {
            tokio::time::sleep(10 * MILLISECOND).await;
            second("hook 4");
        });
    pool.invoke_and(event("0"), tell);
    pool.serve(runtime.run(), async {}).await.unwrap();
    assert_eq!(pool.order(), ["next", "r-1/response", "hook 2", "hook 4"]);
    let errors = logged.at(Level::ERROR);
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(errors[0].contains("no future") && errors[1].contains("in the middle"), "{errors:?}");
}

#[tokio::test(start_paused = true)]
async fn a_hook_that_takes_longer_than_the_budget_is_cut_off_with_a_warning() {
    let (pool, logged) = (Pool::in_memory(), Logged::start());
    let note = pool.noter();
    let (runtime, tell) = stoppable(&pool, sleepy);
    let runtime = runtime.on_shutdown(pending).on_shutdown(move || async move {
        // Hooks run at the same time.
        tokio::time::sleep(249 * MILLISECOND).await;
        note("in time");
    });
    pool.invoke_and(event("0"), tell);
    let before = Instant::now();
    pool.serve(runtime.run(), async {}).await.unwrap();
    assert_eq!(before.elapsed(), 250 * MILLISECOND);
    assert_eq!(pool.order(), ["next", "r-1/response", "in time"]);
    assert!(logged.at(Level::WARN)[0].contains("budget"), "{:?}", logged.lines());
}

/// A runtime with a hook and nothing else that tells it to stop.
fn hooked(pool: &Pool) -> Runtime<Ready<lambda_runtime::ServiceFn<super::Sleepy>>> {
    let sleepy: super::Sleepy = |event| Box::pin(sleepy(event));
    Runtime::new(service_fn(sleepy)).endpoint(pool.api()).on_shutdown(|| async {})
}

#[tokio::test(start_paused = true)]
async fn a_runtime_with_hooks_registers_an_extension_that_asks_for_no_event_before_its_first_poll() {
    let pool = Pool::in_memory();
    let end = pool.serve(hooked(&pool).run(), async {
        pool.until(|record| record.waiting == 1 && record.calls.len() == 3).await;
        pool.invoke(event("0"));
        pool.until(|record| record.answers == 1 && record.waiting == 1).await;
        pool.end(500);
    });
    end.await.unwrap_err();
    let order = pool.order();
    assert_eq!(order[0], "extension/register");
    assert_eq!(order.iter().filter(|call| *call == "extension/event/next").count(), 1);
    let record = pool.record();
    let register = record.calls_to("extension/register")[0];
    assert_eq!(register.header("lambda-extension-name"), Some("_lambda-runtime-graceful-shutdown"));
    assert_eq!((&*register.method, register.json()["events"].as_array().map(Vec::len)), ("POST", Some(0)));
    let waits = record.calls_to("extension/event/next")[0];
    assert_eq!(waits.method, "GET");
    let id = Some("8476a536-e9f4-11e8-9739-2dfe598c3fcd");
    assert_eq!(waits.header("lambda-extension-identifier"), id);
    // It waits for ever, so nothing else can go over its connection.
    assert!(record.calls_to("next").iter().all(|poll| poll.connection != waits.connection));
}

#[tokio::test]
async fn a_runtime_that_may_not_register_warns_and_works() {
    let refused = || {
        let body = r#"{"errorMessage":"Extension registration closed already","errorType":"Extension.RegistrationClosed"}"#;
        let length = body.len();
        Reply::bytes(format!("HTTP/1.1 403 Forbidden\r\nContent-Length: {length}\r\n\r\n{body}"))
    };
    for (reply, reason) in [
        (refused(), "RegistrationClosed"),
        (404.into(), "404"),
        (500.into(), "500"),
        (Reply::HangUp, "broke"),
    ] {
        for pool in [Pool::tcp().await, Pool::in_memory()] {
            let logged = Logged::start();
            pool.answer("extension/register", Answer::Now(reply.clone()));
            pool.invoke(event("0"));
            pool.end(500);
            pool.serve(hooked(&pool).run(), async {}).await.unwrap_err();
            assert_eq!(pool.order(), ["extension/register", "next", "r-1/response", "next"]);
            let warnings = logged.at(Level::WARN);
            assert_eq!(warnings.len(), 1, "{warnings:?}");
            assert!(warnings[0].contains("SIGTERM") && warnings[0].contains(reason), "{warnings:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_leaves_the_registration_without_reply_holds_nothing_up() {
    let (pool, logged) = (Pool::in_memory(), Logged::start());
    pool.answer("extension/register", Answer::Never);
    pool.end(500);
    let before = Instant::now();
    pool.serve(hooked(&pool).run_concurrent(), async {}).await.unwrap_err();
    assert!(before.elapsed() <= Duration::from_secs(1), "{:?}", before.elapsed());
    assert_eq!(pool.order(), ["extension/register", "next"]);
    assert_eq!(logged.at(Level::WARN).len(), 1, "{:?}", logged.lines());
}

#[tokio::test(start_paused = true)]
async fn an_extension_that_is_let_go_is_not_registered_again_and_ends_nothing() {
    for reply in [200.into(), 403.into(), 500.into(), Reply::HangUp] {
        let pool = Pool::in_memory();
        pool.answer("extension/event/next", Answer::Now(reply));
        let end = pool.serve(hooked(&pool).run(), async {
            pool.until(|record| record.waiting == 1 && record.calls.len() == 3).await;
            tokio::time::sleep(Duration::from_secs(60)).await;
            pool.invoke(event("0"));
            pool.until(|record| record.answers == 1 && record.waiting == 1).await;
            pool.end(500);
        });
        end.await.unwrap_err();
        assert_eq!(pool.record().calls.len(), 5, "{:?}", pool.order());
    }
}

#[tokio::test(start_paused = true)]
async fn without_hooks_or_with_a_trigger_of_its_own_nothing_is_registered() {
    for pool in [Pool::in_memory(), Pool::in_memory()] {
        let (runtime, _tell) = stoppable(&pool, sleepy);
        pool.end(500);
        pool.serve(runtime.on_shutdown(|| async {}).run(), async {}).await.unwrap_err();
        assert_eq!(pool.order(), ["next"]);
    }
    let pool = Pool::in_memory();
    pool.end(500);
    pool.serve(Runtime::new(service_fn(sleepy)).endpoint(pool.api()).run(), async {}).await.unwrap_err();
    assert_eq!(pool.order(), ["next"]);
}

/// Lambda counts the init phase as over, and takes the snapshot, when every extension has asked for its first event.
#[tokio::test(start_paused = true)]
async fn the_extension_asks_for_its_first_event_before_the_snapshot() {
    let pool = Pool::in_memory().variable("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start");
    pool.answer(
        "restore/next",
        Answer::When(
            |record| !record.calls_to("extension/event/next").is_empty(),
            Reply::bytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        ),
    );
    pool.end(500);
    pool.serve(hooked(&pool).run(), async {}).await.unwrap_err();
    assert_eq!(pool.order().len(), 4);
}
