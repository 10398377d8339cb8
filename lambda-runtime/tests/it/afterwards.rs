//! Work that a handler leaves for the time between its response and the next poll.

use std::{
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use lambda_runtime::{
    Context, Error, LambdaEvent, Response, Runtime, current_invocation, service_fn, streaming,
};
use mock_server::MockLambda;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use tracing::Level;

use crate::{
    logged::Logged,
    pool::{Answer, Pool},
    reply::event,
    script::Script,
};

const SECOND: Duration = Duration::from_secs(1);

/// Serves events with a handler that leaves something for afterwards, until all are answered and the next poll waits.
async fn serve<F, Fut>(pool: &Pool, events: usize, handler: F)
where
    F: FnMut(LambdaEvent<Value>) -> Fut,
    Fut: Future<Output = Result<Value, Error>>,
{
    let end = pool.serve(Runtime::new(service_fn(handler)).endpoint(pool.api()).run(), async {
        (0..events).for_each(|_| pool.invoke(event("{}")));
        pool.until(|record| record.answers == events && record.waiting == 1).await;
        pool.end(500);
    });
    assert!(end.await.is_err());
}

#[tokio::test(start_paused = true)]
async fn work_runs_after_the_reply_to_the_response_and_before_the_next_poll() {
    let pool = Pool::in_memory();
    // The response is on its way for a second.
    pool.answer("r-1/response", Answer::Late(SECOND, 202.into()));
    let (note, before) = (pool.noter(), Instant::now());
    serve(&pool, 1, |event| {
        let (left, waited) = (note.clone(), note.clone());
        event.context.after_response(async move {
            assert_eq!(before.elapsed(), SECOND);
            left("begins");
            sleep(SECOND).await;
            left("ends");
        });
        async move {
            waited("handler");
            Ok(json!(1))
        }
    })
    .await;
    assert_eq!(pool.order(), ["next", "handler", "r-1/response", "begins", "ends", "next"]);
    assert_eq!(before.elapsed(), 2 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn all_work_runs_at_once() {
    let (pool, before) = (Pool::in_memory(), Instant::now());
    let note = pool.noter();
    serve(&pool, 1, |event| {
        for (name, seconds) in [("slow", 2), ("fast", 1), ("slow too", 2)] {
            let note = note.clone();
            event.context.after_response(async move {
                sleep(seconds * SECOND).await;
                note(name);
            });
        }
        async { Ok(json!(1)) }
    })
    .await;
    assert_eq!(pool.order(), ["next", "r-1/response", "fast", "slow", "slow too", "next"]);
    assert_eq!(before.elapsed(), 2 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn work_that_panics_is_logged_and_costs_neither_its_neighbours_nor_the_next_invocation() {
    let (pool, logged) = (Pool::in_memory(), Logged::start());
    let note = pool.noter();
    serve(&pool, 2, |event| {
        event.context.after_response(async { panic!("at once") });
        let note = note.clone();
        event.context.after_response(async {
            sleep(SECOND / 10).await;
            panic!("later")
        });
        event.context.after_response(async move {
            sleep(SECOND / 5).await;
            note("done");
        });
        async { Ok(json!(1)) }
    })
    .await;
    assert_eq!(pool.order(), ["next", "r-1/response", "done", "next", "r-2/response", "done", "next"]);
    assert_eq!(pool.record().connections, 1);
    for text in ["at once", "later"] {
        let errors = logged.at(Level::ERROR);
        assert_eq!(errors.iter().filter(|line| line.contains(text)).count(), 2, "{errors:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn work_may_leave_more_work() {
    fn countdown(left: u32, context: Context, note: impl Fn(&str) + Clone + Send + Sync + 'static) {
        context.clone().after_response(async move {
            note(&left.to_string());
            if left > 0 {
                countdown(left - 1, context, note);
            }
        });
    }
    let pool = Pool::in_memory();
    let note = pool.noter();
    serve(&pool, 1, |event| {
        countdown(3, event.context, note.clone());
        async { Ok(json!(1)) }
    })
    .await;
    assert_eq!(pool.order(), ["next", "r-1/response", "3", "2", "1", "0", "next"]);
}

#[tokio::test(start_paused = true)]
async fn work_that_a_task_leaves_while_other_work_runs_begins_at_once() {
    let (pool, before) = (Pool::in_memory(), Instant::now());
    let note = pool.noter();
    serve(&pool, 1, |event| {
        let (context, note) = (event.context.clone(), note.clone());
        event.context.after_response(sleep(2 * SECOND));
        event.context.spawn(async move {
            sleep(SECOND).await;
            context.after_response(async move { note(&format!("{:?}", before.elapsed())) });
        });
        async { Ok(json!(1)) }
    })
    .await;
    assert_eq!(pool.order(), ["next", "r-1/response", "1s", "next"]);
}

/// Notes that it is dropped.
struct Dropped(Arc<AtomicBool>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[tokio::test(start_paused = true)]
async fn work_that_is_not_done_shortly_before_the_deadline_is_dropped_with_a_warning() {
    let (pool, logged, is_dropped) = (Pool::in_memory(), Logged::start(), Arc::new(AtomicBool::new(false)));
    let before = Instant::now();
    serve(&pool, 1, |event| {
        let guard = Dropped(Arc::clone(&is_dropped));
        event.context.after_response(async move {
            let _guard = guard;
            pending().await
        });
        async { Ok(json!(1)) }
    })
    .await;
    // The deadline of an event is three seconds after the beginning.
    assert_eq!(before.elapsed(), 3 * SECOND - Duration::from_millis(50));
    assert!(is_dropped.load(Ordering::SeqCst));
    assert_eq!(pool.order(), ["next", "r-1/response", "next"]);
    let warnings = logged.at(Level::WARN);
    assert!(warnings.len() == 1 && warnings[0].contains("deadline"), "{warnings:?}");
}

#[tokio::test(start_paused = true)]
async fn work_after_the_deadline_holds_nothing_up() {
    let (pool, before) = (Pool::in_memory(), Instant::now());
    serve(&pool, 1, |event| {
        event.context.after_response(pending());
        async {
            sleep(4 * SECOND).await;
            Ok(json!(1))
        }
    })
    .await;
    assert_eq!(before.elapsed(), 4 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn work_runs_after_errors_panics_and_streams_too() {
    let pool = Pool::in_memory();
    let note = pool.noter();
    let handler = service_fn(move |event: LambdaEvent<Value>| {
        let (note, context) = (note.clone(), event.context);
        context.clone().after_response(async move { note("flushed") });
        async move {
            match event.payload.as_str() {
                Some("fail") => Err("failed".into()),
                Some("panic") => panic!("panicked"),
                _ => {
                    let (mut sender, body) = streaming::channel();
                    context.clone().spawn(async move {
                        sleep(SECOND).await;
                        sender.send_data("x".into()).await?;
                        // What is left while the response is streamed is left for after it as well.
                        context.after_response(async {});
                        Ok::<_, streaming::SendError>(())
                    });
                    Ok::<_, Error>(Response::stream(body))
                }
            }
        }
    });
    let end = pool.serve(Runtime::new(handler).endpoint(pool.api()).run(), async {
        for payload in [r#""fail""#, r#""panic""#, r#""stream""#] {
            pool.invoke(event(payload));
        }
        pool.until(|record| record.answers == 3 && record.waiting == 1).await;
        pool.end(500);
    });
    assert!(end.await.is_err());
    let answers = ["r-1/error", "r-2/error", "r-3/response"];
    let order: Vec<_> =
        answers.iter().flat_map(|answer| ["next", answer, "flushed"]).chain(["next"]).collect();
    assert_eq!(pool.order(), order);
}

#[tokio::test(start_paused = true)]
async fn work_that_comes_when_its_time_is_over_runs_in_a_task_of_the_same_invocation() {
    let (pool, kept) = (Pool::in_memory(), Arc::new(Mutex::new(None)));
    let note = pool.noter();
    let runtime = Runtime::new(service_fn(|event: LambdaEvent<Value>| {
        *kept.lock().unwrap() = Some(event.context);
        async { Ok::<_, Error>(1) }
    }));
    let end = pool.serve(runtime.endpoint(pool.api()).run(), async {
        pool.invoke(event("{}"));
        pool.until(|record| record.answers == 1 && record.waiting == 1).await;
        let context = kept.lock().unwrap().take().unwrap();
        context.after_response(async move {
            note(current_invocation().map_or_else(String::new, |it| it.request_id().to_owned()).as_str());
        });
        pool.until(|record| record.order.len() == 4).await;
        pool.end(500);
    });
    assert!(end.await.is_err());
    assert_eq!(pool.order(), ["next", "r-1/response", "next", "r-1"]);
}

#[tokio::test(start_paused = true)]
async fn each_of_several_invocations_at_once_has_its_own_afterwards() {
    let pool = Pool::in_memory().variable("AWS_LAMBDA_MAX_CONCURRENCY", "2");
    let (note, before) = (pool.noter(), Instant::now());
    let handler = service_fn(move |event: LambdaEvent<u32>| {
        let (note, seconds) = (note.clone(), event.payload);
        event.context.after_response(async move {
            sleep(seconds * SECOND).await;
            note(&format!("{seconds} s"));
        });
        async { Ok::<_, Error>(1) }
    });
    let end = pool.serve(Runtime::new(handler).endpoint(pool.api()).run(), async {
        pool.invoke(event("2"));
        pool.invoke(event("1"));
        pool.until(|record| record.answers == 2).await;
        pool.invoke(event("0"));
        pool.until(|record| record.answers == 3 && record.waiting == 2).await;
        pool.end(500);
    });
    assert!(end.await.is_err());
    assert_eq!(pool.order()[4..], ["1 s", "next", "r-3/response", "0 s", "next", "2 s", "next"]);
    assert_eq!(before.elapsed(), 2 * SECOND);
}

#[tokio::test]
async fn work_runs_over_a_socket_as_well() {
    let done = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&done);
    let handler = service_fn(move |event: LambdaEvent<Value>| {
        let (before, done) = (done.load(Ordering::SeqCst), Arc::clone(&done));
        event.context.after_response(async move {
            tokio::task::yield_now().await;
            done.fetch_add(1, Ordering::SeqCst);
        });
        async move { Ok::<_, Error>(before) }
    });
    let log = Script::new().invoke(event("1")).invoke(event("2")).invoke(event("3")).run(handler).await;
    let seen: Vec<_> = log.posts().iter().map(|post| post.json()).collect();
    assert_eq!(seen, [0, 1, 2]);
    assert_eq!(counted.load(Ordering::SeqCst), 3);
}

#[tokio::test(start_paused = true)]
async fn the_caller_does_not_wait_for_it_and_the_environment_does() {
    let mock = MockLambda::new();
    let function = mock.function("f").timeout(10 * SECOND).in_process(|api| {
        let handler = service_fn(async |event: LambdaEvent<Value>| {
            event.context.after_response(sleep(2 * SECOND));
            Ok::<_, Error>(event.payload)
        });
        Runtime::new(handler).endpoint(api).run()
    });
    let before = Instant::now();
    let first = function.invoke(json!(1)).await;
    assert!(first.is_success());
    let second = function.invoke(json!(2)).await;
    assert!(second.is_success() && !second.report().is_cold_start());
    // However the service counts, the second had to wait for the work of the first.
    assert!((2 * SECOND..=4 * SECOND).contains(&before.elapsed()), "{:?}", before.elapsed());
}
