//! Several invocations at once, as Lambda Managed Instances have them: on one task, and each in a task of its own.
//!
//! Here: how many polls there are, what ends them, and services that limit themselves. What poison does to
//! pollers is shown in `poison`.

mod poison;

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
    future::Future,
    pin::Pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use lambda_runtime::{
    ATTEMPTS, Config, Diagnostic, Error, FromEvent, IntoFunctionResponse, LambdaEvent, Runtime, RuntimeError,
    Service, service_fn,
};
use serde_json::{Value, json};
use tokio::{sync::Barrier, time::Instant};
use tower::{ServiceBuilder, limit::ConcurrencyLimitLayer, load_shed::LoadShedLayer, timeout::TimeoutLayer};
use tracing::Level;

use crate::{logged::Logged, pool::Pool, reply::event, script::Script};

const MAX_CONCURRENCY: &str = "AWS_LAMBDA_MAX_CONCURRENCY";

/// Where pollers run.
#[derive(Clone, Copy, Debug)]
pub(crate) enum On {
    OneTask,
    TasksOfTheirOwn,
}

pub(crate) const BOTH: [On; 2] = [On::OneTask, On::TasksOfTheirOwn];

type Running<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + 'a>>;

/// A runtime with so many pollers.
pub(crate) fn running<S, T>(on: On, pool: &Pool, pollers: u32, service: S) -> Running<'static>
where
    S: Service<LambdaEvent<T>> + Send + 'static,
    S::Response: IntoFunctionResponse,
    S::Error: Into<Diagnostic> + 'static,
    S::Future: Send,
    T: FromEvent + Send + 'static,
{
    let mut config = Config::default();
    config.max_concurrency = Some(pollers);
    let runtime = Runtime::new(service).endpoint(pool.api()).config(config);
    match on {
        On::OneTask => Box::pin(runtime.run()),
        On::TasksOfTheirOwn => Box::pin(runtime.run_concurrent()),
    }
}

async fn echo(event: LambdaEvent<Value>) -> Result<Value, Error> {
    Ok(event.payload)
}

/// The bodies of all responses.
fn responses(pool: &Pool) -> Vec<Value> {
    let record = pool.record();
    let responses = record.calls.iter().filter(|call| call.path.ends_with("/response"));
    responses.map(|call| call.json()).collect()
}

#[tokio::test(start_paused = true)]
async fn run_serves_as_many_at_once_as_told_with_a_handler_that_borrows_and_is_not_send() {
    let pool = Pool::in_memory().variable(MAX_CONCURRENCY, "5");
    let (barrier, seen, running) = (Barrier::new(5), RefCell::new(Vec::new()), Rc::new(Cell::new(0)));
    let handler = service_fn(|event: LambdaEvent<u32>| {
        let running = Rc::clone(&running);
        let (barrier, seen) = (&barrier, &seen);
        async move {
            running.set(running.get() + 1);
            // Nobody gets further before all are here.
            barrier.wait().await;
            let together = running.get();
            seen.borrow_mut().push(event.payload);
            barrier.wait().await;
            running.set(0);
            Ok::<_, Error>(together)
        }
    });
    let end = pool.serve(Runtime::new(handler).endpoint(pool.api()).run(), async {
        pool.until(|record| record.waiting == 5).await;
        assert_eq!(pool.record().connections, 5);
        (0..20).for_each(|number| pool.invoke(event(number.to_string())));
        pool.until(|record| record.answers == 20 && record.waiting == 5).await;
        pool.end(500);
    });
    assert!(end.await.is_err());
    assert_eq!(responses(&pool), vec![json!(5); 20]);
    assert_eq!(pool.record().connections, 5);
    let seen: BTreeSet<_> = seen.take().into_iter().collect();
    assert_eq!(seen, (0..20).collect());
}

/// Serves five at once; says in which task each ran.
async fn tasks_of_five(on: On) -> BTreeSet<String> {
    let (pool, barrier) = (Pool::tcp().await, Arc::new(Barrier::new(5)));
    let handler = service_fn(move |_: LambdaEvent<Value>| {
        let barrier = Arc::clone(&barrier);
        async move {
            barrier.wait().await;
            Ok::<_, Error>(tokio::task::try_id().map_or_else(String::new, |id| id.to_string()))
        }
    });
    let end = pool.serve(running(on, &pool, 5, handler), async {
        (0..5).for_each(|_| pool.invoke(event("{}")));
        pool.until(|record| record.answers == 5 && record.waiting == 5).await;
        assert_eq!(pool.record().connections, 5);
        pool.end(500);
    });
    assert!(end.await.is_err());
    responses(&pool).iter().map(ToString::to_string).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn run_concurrent_gives_each_poller_a_task_and_run_stays_on_its_own() {
    assert_eq!(tasks_of_five(On::TasksOfTheirOwn).await.len(), 5);
    assert_eq!(tasks_of_five(On::OneTask).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn nothing_or_0_or_1_means_one_at_a_time() {
    for value in [None, Some(""), Some("0"), Some("1")] {
        let mut pool = Pool::in_memory();
        if let Some(value) = value {
            pool = pool.variable(MAX_CONCURRENCY, value);
        }
        let handler = service_fn(async |event: LambdaEvent<Value>| {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok::<_, Error>(event.payload)
        });
        let end = pool.serve(Runtime::new(handler).endpoint(pool.api()).run(), async {
            (0..3).for_each(|_| pool.invoke(event("1")));
            pool.until(|record| record.answers == 3 && record.waiting == 1).await;
            pool.end(500);
        });
        assert!(end.await.is_err());
        assert_eq!(pool.record().connections, 1, "{value:?}");
        assert_eq!(
            pool.order(),
            ["next", "r-1/response", "next", "r-2/response", "next", "r-3/response", "next"]
        );
    }
}

#[tokio::test]
async fn an_odd_concurrency_is_an_init_error_that_names_the_variable() {
    for odd in ["many", "-1", "1.5", "0x10", "99999999999"] {
        let log =
            Script::in_memory().variable(MAX_CONCURRENCY, odd).init_error(202).run(service_fn(echo)).await;
        assert_eq!(log.order(), ["init/error"]);
        assert!(log.post().message().contains(MAX_CONCURRENCY), "{}", log.post().whole());
        assert!(log.post().message().contains(odd), "{}", log.post().whole());
        assert!(matches!(log.runtime_error(), RuntimeError::Config(_)), "{:?}", log.end);
    }
}

#[tokio::test(start_paused = true)]
async fn more_than_an_environment_may_have_is_cut_down_with_a_warning() {
    let (logged, pool) = (Logged::start(), Pool::in_memory().variable(MAX_CONCURRENCY, "5000"));
    let end = pool.serve(Runtime::new(service_fn(echo)).endpoint(pool.api()).run(), async {
        pool.until(|record| record.waiting == 1_600).await;
        pool.end(500);
    });
    assert!(end.await.is_err());
    assert_eq!(pool.record().connections, 1_600);
    assert!(logged.at(Level::WARN)[0].contains("5000"), "{:?}", logged.lines());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_runtime_that_is_dropped_stops_polling() {
    for on in BOTH {
        let pool = Pool::tcp().await;
        // One of them is in the middle of an invocation.
        pool.invoke(event("1"));
        let handler = service_fn(async |_: LambdaEvent<Value>| {
            std::future::pending::<()>().await;
            Ok::<_, Error>(())
        });
        tokio::select! {
            end = running(on, &pool, 8, handler) => panic!("{end:?}"),
            () = pool.until(|record| record.waiting == 7) => {}
        }
        pool.until(|record| record.open == 0).await;
        let record = pool.record();
        assert_eq!((record.connections, record.calls.len()), (8, 8), "{on:?}");
    }
}

#[tokio::test]
async fn a_5xx_to_one_poller_ends_all_of_them() {
    for on in BOTH {
        let pool = Pool::tcp().await;
        let end = pool.serve(running(on, &pool, 4, service_fn(echo)), async {
            pool.until(|record| record.waiting == 4).await;
            pool.invoke(503);
        });
        let end = end.await.unwrap_err();
        let error = end.downcast_ref::<RuntimeError>();
        assert!(matches!(error, Some(RuntimeError::Failed { .. })), "{end:?}");
        pool.until(|record| record.open == 0).await;
        assert_eq!(pool.record().calls.len(), 4, "{on:?}");
    }
}

#[tokio::test]
async fn what_runs_on_all_pollers_may_finish_when_the_runtime_is_told_to_stop() {
    for on in BOTH {
        let (pool, (tell, told)) = (Pool::tcp().await, tokio::sync::oneshot::channel::<()>());
        let mut config = Config::default();
        config.max_concurrency = Some(6);
        let (barrier, go_on) = (Arc::new(Barrier::new(5)), Arc::new(Barrier::new(5)));
        let (arrived, leave) = (Arc::clone(&barrier), Arc::clone(&go_on));
        let handler = service_fn(move |event: LambdaEvent<Value>| {
            let (barrier, go_on) = (Arc::clone(&barrier), Arc::clone(&go_on));
            async move {
                barrier.wait().await;
                go_on.wait().await;
                Ok::<_, Error>(event.payload)
            }
        });
        let runtime = Runtime::new(handler)
            .endpoint(pool.api())
            .config(config)
            .shutdown_budget(Duration::from_secs(60))
            .shutdown_when(async { told.await.unwrap() });
        let runtime: Running<'_> = match on {
            On::OneTask => Box::pin(runtime.run()),
            On::TasksOfTheirOwn => Box::pin(runtime.run_concurrent()),
        };
        let end = pool.serve(runtime, async {
            (0..4).for_each(|number| pool.invoke(event(number.to_string())));
            arrived.wait().await;
            pool.until(|record| record.waiting == 2).await;
            tell.send(()).unwrap();
            // Those that wait give up, those that run do not.
            pool.until(|record| record.open == 4).await;
            leave.wait().await;
        });
        end.await.unwrap();
        pool.until(|record| record.open == 0).await;
        let record = pool.record();
        assert_eq!((record.answers, record.calls_to("next").len()), (4, 6), "{on:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn pollers_on_a_dead_endpoint_give_up_together_in_few_lines() {
    for on in BOTH {
        let (logged, before) = (Logged::start(), Instant::now());
        let mut pool = Pool::in_memory();
        pool.kill().await;
        let end = running(on, &pool, 64, service_fn(echo)).await.unwrap_err();
        let error = end.downcast_ref::<RuntimeError>();
        assert!(matches!(error, Some(RuntimeError::NoReply { attempts: ATTEMPTS, .. })), "{end:?}");
        assert!(before.elapsed() < Duration::from_secs(90), "{:?}", before.elapsed());
        let lines = logged.lines().len();
        assert!(lines < 30, "{lines} lines");
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_ready_for_two_never_gets_a_third() {
    for on in BOTH {
        let (pool, running_now, most) = (Pool::in_memory(), Arc::new(AtomicUsize::new(0)), Arc::default());
        let seen: Arc<AtomicUsize> = Arc::clone(&most);
        let handler = service_fn(move |event: LambdaEvent<Value>| {
            let (running_now, seen) = (Arc::clone(&running_now), Arc::clone(&seen));
            async move {
                seen.fetch_max(running_now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(10)).await;
                running_now.fetch_sub(1, Ordering::SeqCst);
                Ok::<_, Error>(event.payload)
            }
        });
        let limited = ServiceBuilder::new().layer(ConcurrencyLimitLayer::new(2)).service(handler);
        let end = pool.serve(running(on, &pool, 8, limited), async {
            (0..100).for_each(|number| pool.invoke(event(number.to_string())));
            pool.until(|record| record.answers == 100 && record.waiting == 8).await;
            pool.end(500);
        });
        assert!(end.await.is_err());
        assert_eq!(most.load(Ordering::SeqCst), 2, "{on:?}");
        let answered: BTreeSet<_> = responses(&pool).iter().filter_map(Value::as_u64).collect();
        assert_eq!(answered, (0..100).collect());
    }
}

#[tokio::test(start_paused = true)]
async fn load_is_shed_with_an_error_for_each_event_too_many() {
    let (pool, started) = (Pool::in_memory(), Instant::now());
    let slow = service_fn(async |event: LambdaEvent<Value>| {
        tokio::time::sleep(Duration::from_secs(1)).await;
        Ok::<_, Error>(event.payload)
    });
    let layers = ServiceBuilder::new().layer(LoadShedLayer::new()).layer(ConcurrencyLimitLayer::new(1));
    let end = pool.serve(running(On::OneTask, &pool, 3, layers.service(slow)), async {
        pool.until(|record| record.waiting == 3).await;
        (0..3).for_each(|_| pool.invoke(event("1")));
        pool.until(|record| record.answers == 3).await;
        pool.end(500);
    });
    assert!(end.await.is_err());
    assert_eq!((responses(&pool), started.elapsed()), (vec![json!(1)], Duration::from_secs(1)));
    let record = pool.record();
    let errors: Vec<_> = record.calls.iter().filter(|call| call.path.ends_with("/error")).collect();
    assert_eq!(errors.len(), 2);
    assert!(errors.iter().all(|error| error.message().contains("overloaded")), "{errors:?}");
}

#[tokio::test(start_paused = true)]
async fn a_time_out_of_towers_is_an_error_of_one_invocation() {
    let (pool, started) = (Pool::in_memory(), Instant::now());
    let sleepy = service_fn(async |event: LambdaEvent<u64>| {
        tokio::time::sleep(Duration::from_secs(event.payload)).await;
        Ok::<_, Error>(event.payload)
    });
    let limited = ServiceBuilder::new().layer(TimeoutLayer::new(Duration::from_secs(2))).service(sleepy);
    let end = pool.serve(running(On::TasksOfTheirOwn, &pool, 2, limited), async {
        pool.invoke(event("60"));
        pool.invoke(event("1"));
        pool.until(|record| record.answers == 2).await;
        pool.invoke(event("0"));
        pool.until(|record| record.answers == 3).await;
        pool.end(500);
    });
    assert!(end.await.is_err());
    assert_eq!((responses(&pool), started.elapsed()), (vec![json!(1), json!(0)], Duration::from_secs(2)));
    let record = pool.record();
    let timed_out = record.calls_to("r-1/error")[0];
    assert_eq!(timed_out.message(), "request timed out");
}
