//! A runtime that is told to stop: no more polls, what runs may finish, and `run` returns `Ok(())`.
//!
//! Hooks, and the internal extension that goes with them, are shown in `hooks`. Real signals need a process of their
//! own, and have tests elsewhere.

#[cfg(feature = "graceful-shutdown")]
mod hooks;

use std::{
    future::{pending, ready},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use lambda_runtime::{Error, LambdaEvent, Response, Runtime, ServiceFn, init::Ready, service_fn, streaming};
use serde_json::Value;
use tokio::{sync::oneshot, time::Instant};
use tracing::Level;

use crate::{
    logged::Logged,
    pool::{Answer, Pool},
    reply::{Reply, event},
};

const MILLISECOND: Duration = Duration::from_millis(1);

/// Sleeps for so many milliseconds.
async fn sleepy(event: LambdaEvent<u64>) -> Result<u64, Error> {
    tokio::time::sleep(event.payload as u32 * MILLISECOND).await;
    Ok(event.payload)
}

/// `sleepy`, so that its type can be written down.
#[cfg(feature = "graceful-shutdown")]
type Sleepy = fn(LambdaEvent<u64>) -> std::pin::Pin<Box<dyn Future<Output = Result<u64, Error>> + Send>>;

/// A runtime, and what tells it to stop.
fn stoppable<F>(pool: &Pool, handler: F) -> (Runtime<Ready<ServiceFn<F>>>, impl FnOnce() + Send + use<F>) {
    let (tell, told) = oneshot::channel::<()>();
    let told = async {
        // One that is never told waits for ever.
        if told.await.is_err() {
            pending().await
        }
    };
    let runtime = Runtime::new(service_fn(handler)).endpoint(pool.api()).shutdown_when(told);
    // A runtime that has ended no longer listens.
    (runtime, move || tell.send(()).unwrap_or_default())
}

#[tokio::test]
async fn a_poll_that_waits_is_given_up_and_run_returns_ok() {
    for pool in [Pool::tcp().await, Pool::in_memory()] {
        let (runtime, tell) = stoppable(&pool, sleepy);
        let end = pool.serve(runtime.run(), async {
            pool.invoke(event("0"));
            pool.until(|record| record.answers == 1 && record.waiting == 1).await;
            tell();
        });
        end.await.unwrap();
        pool.until(|record| record.open == 0).await;
        assert_eq!(pool.order(), ["next", "r-1/response", "next"]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_invocation_in_flight_is_answered_and_there_is_no_further_poll() {
    for pool in [Pool::in_memory(), Pool::in_memory()] {
        let (runtime, tell) = stoppable(&pool, sleepy);
        let before = Instant::now();
        pool.invoke_and(event("200"), tell);
        // It is there, and nobody is to ask for it.
        pool.invoke(event("0"));
        pool.serve(runtime.run_concurrent(), async {}).await.unwrap();
        assert_eq!(before.elapsed(), 200 * MILLISECOND);
        assert_eq!(pool.order(), ["next", "r-1/response"]);
    }
}

#[tokio::test]
async fn there_is_no_further_poll_on_a_socket_either() {
    let (pool, (go_on, gone_on)) = (Pool::tcp().await, oneshot::channel::<()>());
    let mut gone_on = Some(gone_on);
    let (runtime, tell) = stoppable(&pool, move |event: LambdaEvent<Value>| {
        let gone_on = gone_on.take();
        async move {
            if let Some(gone_on) = gone_on {
                gone_on.await?;
            }
            Ok::<_, Error>(event.payload)
        }
    });
    let runtime = runtime.shutdown_budget(Duration::from_secs(60));
    let end = pool.serve(runtime.run(), async {
        // The first answer goes over the connection that is open already.
        pool.invoke(event("1"));
        pool.until(|record| record.calls.len() == 1 && record.waiting == 0).await;
        tell();
        tokio::task::yield_now().await;
        go_on.send(()).unwrap();
    });
    end.await.unwrap();
    pool.until(|record| record.open == 0).await;
    assert_eq!(pool.order(), ["next", "r-1/response"]);
}

#[tokio::test(start_paused = true)]
async fn told_before_the_first_poll_it_never_polls() {
    let pool = Pool::in_memory();
    pool.invoke(event("0"));
    let runtime = Runtime::new(service_fn(sleepy)).endpoint(pool.api()).shutdown_when(ready(()));
    pool.serve(runtime.run(), async {}).await.unwrap();
    tokio::time::sleep(MILLISECOND).await;
    assert_eq!(pool.order(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_has_arrived_when_it_is_told_is_served() {
    let pool = Pool::in_memory();
    let (runtime, tell) = stoppable(&pool, sleepy);
    let end = pool.serve(runtime.run(), async {
        pool.until(|record| record.waiting == 1).await;
        // Both are there before the runtime is polled again.
        pool.invoke_and(event("7"), tell);
    });
    end.await.unwrap();
    assert_eq!(pool.order(), ["next", "r-1/response"]);
}

/// Notes when it is dropped.
struct Dropped(Arc<AtomicBool>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_takes_longer_than_the_budget_is_given_up_at_the_budget() {
    for (budget, expected) in [(None, 250), (Some(0), 0), (Some(20), 20), (Some(1_900), 1_900)] {
        let (pool, logged, is_dropped) =
            (Pool::in_memory(), Logged::start(), Arc::new(AtomicBool::new(false)));
        let guard = Arc::clone(&is_dropped);
        let (mut runtime, tell) = stoppable(&pool, move |_: LambdaEvent<Value>| {
            let guard = Dropped(Arc::clone(&guard));
            async move {
                let _guard = guard;
                pending::<Result<(), Error>>().await
            }
        });
        if let Some(budget) = budget {
            runtime = runtime.shutdown_budget(budget * MILLISECOND);
        }
        pool.invoke_and(event("0"), tell);
        let before = Instant::now();
        pool.serve(runtime.run_concurrent(), async {}).await.unwrap();
        assert_eq!(before.elapsed(), expected * MILLISECOND);
        tokio::task::yield_now().await;
        assert!(is_dropped.load(Ordering::SeqCst), "the handler goes on");
        assert_eq!(pool.order(), ["next"]);
        assert!(logged.at(Level::WARN).iter().any(|line| line.contains("budget")), "{:?}", logged.lines());
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_in_flight_and_what_was_left_for_afterwards_may_finish() {
    let pool = Pool::in_memory();
    let note = pool.noter();
    let (runtime, tell) = stoppable(&pool, move |event: LambdaEvent<Value>| {
        let note = note.clone();
        let (mut sender, body) = streaming::channel();
        event.context.spawn(async move {
            for _ in 0..10 {
                tokio::time::sleep(10 * MILLISECOND).await;
                sender.send_data("x".into()).await?;
            }
            Ok::<_, streaming::SendError>(())
        });
        event.context.after_response(async move {
            tokio::time::sleep(100 * MILLISECOND).await;
            note("flushed");
        });
        async { Ok::<_, Error>(Response::stream(body)) }
    });
    pool.invoke_and(event("0"), tell);
    let before = Instant::now();
    pool.serve(runtime.run(), async {}).await.unwrap();
    assert_eq!(before.elapsed(), 200 * MILLISECOND);
    assert_eq!(pool.order(), ["next", "r-1/response", "flushed"]);
    assert_eq!(pool.record().calls_to("r-1/response")[0].body, b"xxxxxxxxxx");
}

#[tokio::test(start_paused = true)]
async fn a_poller_that_waits_to_try_again_stops_at_once() {
    let mut pool = Pool::in_memory();
    pool.kill().await;
    let told = tokio::time::sleep(Duration::from_secs(20));
    let runtime = Runtime::new(service_fn(sleepy)).endpoint(pool.api()).shutdown_when(told);
    let before = Instant::now();
    runtime.run().await.unwrap();
    assert_eq!(before.elapsed(), Duration::from_secs(20));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_refused_at_the_end_is_logged_and_run_returns_ok() {
    let (pool, logged) = (Pool::in_memory(), Logged::start());
    pool.answer("r-1/response", Answer::Now(500.into()));
    let (runtime, tell) = stoppable(&pool, sleepy);
    pool.invoke_and(event("1"), tell);
    pool.serve(runtime.run(), async {}).await.unwrap();
    assert!(logged.at(Level::ERROR).iter().any(|line| line.contains("500")), "{:?}", logged.lines());
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_got_no_reply_is_repeated_within_the_budget() {
    let pool = Pool::in_memory();
    pool.answer("r-1/response", Answer::Now(Reply::HangUp));
    let (runtime, tell) = stoppable(&pool, sleepy);
    pool.invoke_and(event("1"), tell);
    pool.serve(runtime.run(), async {}).await.unwrap();
    assert_eq!(pool.order(), ["next", "r-1/response", "r-1/response"]);
}

#[tokio::test(start_paused = true)]
async fn a_runtime_that_ends_by_itself_waits_for_nobody_to_tell_it() {
    let pool = Pool::in_memory();
    let (runtime, _tell) = stoppable(&pool, sleepy);
    pool.end(500);
    pool.serve(runtime.run(), async {}).await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn told_in_the_init_phase_it_ends_at_once_and_without_a_poll() {
    let (pool, before) = (Pool::in_memory(), Instant::now());
    let runtime = Runtime::init(async || {
        tokio::time::sleep(Duration::from_secs(2)).await;
        Ok(service_fn(sleepy))
    });
    let runtime = runtime.endpoint(pool.api()).shutdown_when(tokio::time::sleep(Duration::from_secs(1)));
    pool.serve(runtime.run_concurrent(), async {}).await.unwrap();
    assert_eq!(before.elapsed(), Duration::from_secs(1));
    tokio::time::sleep(MILLISECOND).await;
    assert_eq!(pool.order(), [""; 0]);
}
