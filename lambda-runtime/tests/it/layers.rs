//! The ready-made layers: a span around each invocation, and an answer shortly before the deadline.

use std::{
    collections::BTreeMap,
    future::pending,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    task::{Context as TaskContext, Poll},
    time::Duration,
};

use futures_core::Stream;
use lambda_runtime::{
    Config, Context, Error, LambdaEvent, Response, Runtime,
    layers::{DeadlineLayer, TracingLayer},
    service_fn, streaming,
};
use mock_server::MockLambda;
use serde_json::Value;
use tokio::time::{Instant, sleep};
use tower::{ServiceBuilder, ServiceExt};
use tracing::{info, info_span};

use crate::{
    logged::Logged,
    pool::Pool,
    reply::event,
    script::Script,
    spans::{Said, Spans},
};

const SECOND: Duration = Duration::from_secs(1);
const MARGIN: Duration = Duration::from_millis(200);

fn said(message: &str, inside: &[&str]) -> Said {
    Said { message: message.to_owned(), inside: inside.iter().map(|&id| id.to_owned()).collect() }
}

#[tokio::test]
async fn each_invocation_has_a_span_with_its_ids_and_those_that_it_has_not_are_absent() {
    let spans = Spans::start();
    let handler = service_fn(async |_: LambdaEvent<Value>| {
        info!("one");
        tokio::task::yield_now().await;
        info!("two");
        Ok::<_, Error>(())
    });
    let script = Script::new()
        .invoke(event("{}").header("Lambda-Runtime-Aws-Tenant-Id", "blue"))
        .invoke(event("{}").without("Lambda-Runtime-Trace-Id"));
    script.serve(|api| Runtime::new(handler).layer(TracingLayer::new()).endpoint(api).run()).await;
    let [first, second] = &spans.all()[..] else { panic!("{:?}", spans.all()) };
    assert_eq!((first.name, second.name), ("Lambda runtime invoke", "Lambda runtime invoke"));
    let xray = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1";
    let fields = [("requestId", "r-1"), ("tenantId", "blue"), ("xrayTraceId", xray)];
    assert_eq!(first.fields, fields.map(|(name, value)| (name, value.to_owned())).into());
    assert_eq!(second.fields, BTreeMap::from([("requestId", "r-2".to_owned())]));
    let said: Vec<_> =
        spans.said().into_iter().filter(|said| ["one", "two"].contains(&&*said.message)).collect();
    let expected = [("one", "r-1"), ("two", "r-1"), ("one", "r-2"), ("two", "r-2")];
    assert_eq!(said, expected.map(|(message, id)| self::said(message, &[id])));
    assert_eq!(spans.open()(), 0);
}

#[tokio::test]
async fn without_the_layer_there_is_no_span() {
    let spans = Spans::start();
    Script::new().invoke(event("{}")).run(service_fn(async |_: LambdaEvent<Value>| Ok::<_, Error>(()))).await;
    assert!(spans.all().is_empty(), "{:?}", spans.all());
}

/// A body that says something each time that it is asked.
struct Talking(streaming::Body);

impl Stream for Talking {
    type Item = Result<bytes::Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Option<Self::Item>> {
        info!("stream");
        Pin::new(&mut self.0).poll_next(cx)
    }
}

#[tokio::test(start_paused = true)]
async fn the_span_is_entered_in_streams_in_tasks_and_in_work_for_afterwards() {
    let (spans, pool) = (Spans::start(), Pool::in_memory());
    let handler = service_fn(|event: LambdaEvent<Value>| {
        let (mut sender, body) = streaming::channel();
        event.context.spawn(async move {
            sleep(SECOND / 10).await;
            info!("task");
            sender.send_data("x".into()).await
        });
        event.context.after_response(async move {
            sleep(SECOND / 10).await;
            info!("after");
        });
        async { Ok::<_, Error>(Response::stream(Talking(body))) }
    });
    let runtime = Runtime::new(handler).layer(TracingLayer::new()).endpoint(pool.api());
    let end = pool.serve(runtime.run(), async {
        pool.invoke(event("1"));
        pool.invoke(event("2"));
        pool.until(|record| record.answers == 2 && record.waiting == 1).await;
        pool.end(500);
    });
    assert!(end.await.is_err());
    for message in ["stream", "task", "after"] {
        let mut inside: Vec<_> =
            spans.said().into_iter().filter(|said| said.message == message).map(|said| said.inside).collect();
        inside.dedup();
        assert_eq!(inside, [["r-1"], ["r-2"]], "{message}");
    }
    assert_eq!(spans.open()(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_span_ends_with_the_response_so_that_a_flush_afterwards_finds_it() {
    let (spans, pool) = (Spans::start(), Pool::in_memory());
    let (open, note) = (spans.open(), pool.noter());
    let handler = service_fn(|event: LambdaEvent<bool>| {
        let (open, note, context) = (open.clone(), note.clone(), event.context);
        async move {
            // In a task without the span, because whatever is left inside of it keeps it open.
            let left =
                async move { context.after_response(async move { note(&format!("{} open", open())) }) };
            tokio::spawn(left).await?;
            if event.payload {
                return Ok::<_, Error>(Response::stream(streaming::Body::from("x")));
            }
            Ok(Response::json(&1)?)
        }
    });
    let runtime = Runtime::new(handler).layer(TracingLayer::new()).endpoint(pool.api());
    let end = pool.serve(runtime.run(), async {
        pool.invoke(event("false"));
        pool.invoke(event("true"));
        pool.until(|record| record.answers == 2 && record.waiting == 1).await;
        pool.end(500);
    });
    assert!(end.await.is_err());
    let order = ["next", "r-1/response", "0 open", "next", "r-2/response", "0 open", "next"];
    assert_eq!(pool.order(), order);
}

#[tokio::test(start_paused = true)]
async fn spans_of_invocations_at_once_do_not_mix() {
    let (spans, pool) = (Spans::start(), Pool::in_memory());
    let mut config = Config::default();
    config.max_concurrency = Some(4);
    let handler = service_fn(async |event: LambdaEvent<u32>| {
        for _ in 0..5 {
            sleep(Duration::from_millis(u64::from(event.payload))).await;
            info!(id = event.context.request_id, "{}", event.context.request_id);
        }
        let inner = info_span!("inner", requestId = "inner");
        inner.in_scope(|| info!("inner {}", event.context.request_id));
        Ok::<_, Error>(())
    });
    let runtime = Runtime::new(handler).layer(TracingLayer::new()).endpoint(pool.api()).config(config);
    let end = pool.serve(runtime.run(), async {
        (1..=20).for_each(|number| pool.invoke(event((number % 7).to_string())));
        pool.until(|record| record.answers == 20 && record.waiting == 4).await;
        pool.end(500);
    });
    assert!(end.await.is_err());
    let (inner, outer): (Vec<_>, Vec<_>) = spans
        .said()
        .into_iter()
        .filter(|said| said.message.contains("r-"))
        .partition(|said| said.message.starts_with("inner"));
    assert_eq!((inner.len(), outer.len()), (20, 100));
    assert!(outer.iter().all(|said| said.inside == [said.message.clone()]), "{outer:?}");
    assert!(inner.iter().all(|said| said.inside[1] == "inner" && said.message.ends_with(&said.inside[0])));
}

/// A handler that takes so many seconds.
async fn sleepy(event: LambdaEvent<u64>) -> Result<u64, Error> {
    sleep(event.payload as u32 * SECOND).await;
    Ok(event.payload)
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_is_not_done_before_its_deadline_is_answered_for_and_the_environment_lives() {
    let mock = MockLambda::new();
    let function = mock.function("sleepy").timeout(3 * SECOND).in_process(|api| {
        Runtime::new(service_fn(sleepy)).layer(DeadlineLayer::new(MARGIN)).endpoint(api).run()
    });
    for round in 0..3 {
        let before = Instant::now();
        let late = function.invoke("60").await;
        assert_eq!(late.error_type(), Some("Function.DeadlineExceeded"), "{late:?}");
        let report = late.json().unwrap();
        assert_eq!(report["errorType"], "DeadlineExceeded");
        assert!(report["errorMessage"].as_str().unwrap().contains("2.80 s"), "{report}");
        // The service tells whole milliseconds, and tokio sleeps whole ones.
        let unused = (3 * SECOND - MARGIN).abs_diff(before.elapsed());
        assert!(unused <= Duration::from_millis(2), "{unused:?}");
        assert_eq!(late.report().is_cold_start(), round == 0);
        let in_time = function.invoke("2").await;
        assert_eq!(in_time.json().unwrap(), 2);
        assert!(!in_time.report().is_cold_start(), "the time-out cost the environment");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_handler_does_in_time_passes_the_deadline_layer_as_it_is() {
    async fn fails(event: LambdaEvent<Value>) -> Result<Value, Error> {
        match event.payload.as_str() {
            Some("panic") => panic!("panicked"),
            Some("fail") => Err(Error::from("failed").with_type("Late")),
            _ => Ok(event.payload),
        }
    }
    let log = Script::in_memory()
        .invoke(event("1"))
        .invoke(event(r#""fail""#))
        .invoke(event(r#""panic""#))
        .serve(|api| Runtime::new(service_fn(fails)).layer(DeadlineLayer::new(MARGIN)).endpoint(api).run())
        .await;
    let posts = log.posts();
    assert_eq!(posts[0].json(), 1);
    assert_eq!((posts[1].error_type(), &*posts[1].message()), ("Function.Late", "failed"));
    assert_eq!((posts[2].error_type(), &*posts[2].message()), ("Function.Panic", "panicked"));
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_was_given_up_is_dropped_before_the_next_one_runs() {
    struct Counted(Arc<AtomicU32>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::SeqCst);
        }
    }
    let running = Arc::new(AtomicU32::new(0));
    let handler = service_fn(move |_: LambdaEvent<Value>| {
        let counted = Counted(Arc::clone(&running));
        let others = running.fetch_add(1, Ordering::SeqCst);
        async move {
            let _counted = counted;
            if others == 0 {
                pending::<()>().await;
            }
            Ok::<_, Error>(others)
        }
    });
    let pool = Pool::in_memory();
    let runtime = Runtime::new(handler).layer(DeadlineLayer::new(MARGIN)).endpoint(pool.api());
    let before = Instant::now();
    let end = pool.serve(runtime.run(), async {
        // The second has a deadline of its own.
        pool.invoke(event("1"));
        pool.invoke(event("2").header("Lambda-Runtime-Deadline-Ms", "1700000010000"));
        pool.until(|record| record.answers == 2).await;
        pool.end(500);
    });
    assert!(end.await.is_err());
    assert_eq!(pool.order(), ["next", "r-1/error", "next", "r-2/error", "next"]);
    assert_eq!(before.elapsed(), 10 * SECOND - MARGIN);
}

#[tokio::test(start_paused = true)]
async fn an_event_without_time_left_gets_one_chance_and_then_the_answer() {
    // A margin longer than the time-out leaves nothing.
    let before = Instant::now();
    let log = Script::in_memory()
        .invoke(event("60"))
        .invoke(event("0").without("Lambda-Runtime-Deadline-Ms"))
        .serve(|api| {
            Runtime::new(service_fn(sleepy)).layer(DeadlineLayer::new(60 * SECOND)).endpoint(api).run()
        })
        .await;
    assert_eq!(log.order(), ["next", "r-1/error", "next", "r-2/response", "next"]);
    assert_eq!(log.posts()[0].error_type(), "Function.DeadlineExceeded");
    assert_eq!(before.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn both_layers_compose_with_towers_builder_around_any_service() {
    let logged = Logged::start();
    let service = ServiceBuilder::new()
        .layer(TracingLayer::new())
        .layer(DeadlineLayer::new(MARGIN))
        .service(service_fn(sleepy));
    // Called directly, with a context of nobody's.
    let event = LambdaEvent::new(7, Context::default());
    let answer = service.oneshot(event).await.unwrap();
    assert_eq!(answer, 7);
    assert!(logged.lines().is_empty(), "{:?}", logged.lines());
}
