//! Many invocations at once: requests, their contexts and their responses stay together.

use std::{sync::Arc, time::Duration};

use lambda_runtime::{
    Error, Runtime,
    http::{HttpLayer, InvokeMode, Request, RequestExt, Response, service_fn},
};
use mock_server::FunctionBuilder;
use serde_json::{Value, json};
use tokio::{sync::Barrier, task::JoinSet};

use super::{Format, Step, answer_of, function_with, give, report, told};
use crate::{pool::Pool, reply::event};

const AT_ONCE: usize = 8;

fn describe(builder: FunctionBuilder) -> FunctionBuilder {
    builder.max_concurrency(AT_ONCE).timeout(Duration::from_secs(60))
}

#[tokio::test(start_paused = true)]
async fn requests_contexts_and_responses_of_invocations_at_once_are_not_mixed() {
    let barrier = Arc::new(Barrier::new(AT_ONCE));
    let function = function_with(HttpLayer::new(), describe, move || {
        let barrier = Arc::clone(&barrier);
        service_fn(move |request: Request| {
            let barrier = Arc::clone(&barrier);
            async move {
                // All are here before any is answered.
                barrier.wait().await;
                let of_task = lambda_runtime::current_invocation().ok_or("no invocation")?;
                let context = request.lambda_context();
                let said =
                    json!([request.uri().path(), context.request_id, of_task.request_id()]).to_string();
                barrier.wait().await;
                Ok::<_, Error>(Response::new(told(said.bytes().map(|byte| give(vec![byte])))))
            }
        })
    });
    for round in 0..3 {
        let mut invocations = JoinSet::new();
        for number in (0..AT_ONCE).map(|place| round * AT_ONCE + place) {
            let function = function.clone();
            invocations.spawn(async move {
                let format = Format::ALL[number % Format::ALL.len()];
                let path = format!("/{number}");
                let outcome = function.invoke(format.get(&path)).await;
                let id = outcome.request_id().as_str().to_owned();
                let said: Value =
                    serde_json::from_str(answer_of(&outcome)["body"].as_str().unwrap()).unwrap();
                assert_eq!(said, json!([path, id, id]));
            });
        }
        assert_eq!(invocations.join_all().await.len(), AT_ONCE);
    }
}

#[tokio::test(start_paused = true)]
async fn streams_at_once_are_not_mixed() {
    let layer = HttpLayer::new().invoke_mode(InvokeMode::ResponseStream);
    let barrier = Arc::new(Barrier::new(AT_ONCE));
    let function = function_with(layer, describe, move || {
        let barrier = Arc::clone(&barrier);
        service_fn(move |request: Request| {
            let barrier = Arc::clone(&barrier);
            async move {
                barrier.wait().await;
                let path = request.uri().path().to_owned();
                let pieces = (0..100).map(move |_| give(path.clone()));
                Ok::<_, Error>(Response::new(told(pieces)))
            }
        })
    });
    let mut invocations = JoinSet::new();
    for number in 0..AT_ONCE {
        let function = function.clone();
        invocations.spawn(async move {
            let path = format!("/{number}");
            let mut response = function.invoke_streaming(Format::Url.get(&path)).await;
            let mut sent = Vec::new();
            while let Some(piece) = response.next().await {
                sent.extend_from_slice(&piece);
            }
            assert!(sent.ends_with(path.repeat(100).as_bytes()));
            assert!(response.finish().await.is_success());
        });
    }
    invocations.join_all().await;
}

#[tokio::test(start_paused = true)]
async fn what_fails_of_invocations_at_once_fails_alone() {
    let function = function_with(HttpLayer::new(), describe, || {
        service_fn(async |request: Request| {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok::<_, Error>(Response::new(told(match request.uri().path() {
                "/fail" => vec![Step::Fail("gone")],
                "/panic" => vec![Step::Panic("out of order")],
                _ => vec![give("fine")],
            })))
        })
    });
    let (fail, panic, refused, fine) = tokio::join!(
        report(&function, Format::Url.get("/fail")),
        report(&function, Format::Url.get("/panic")),
        super::answer(&function, Format::Url.event("GE T", "/")),
        super::answer(&function, Format::Url.get("/")),
    );
    assert_eq!((&*fail.0, &*panic.0), ("Function.HandlerError", "Function.Panic"));
    assert_eq!((&refused["statusCode"], &fine["body"]), (&json!(400), &json!("fine")));
}

#[tokio::test(start_paused = true)]
async fn the_variable_asks_for_as_many_pollers_as_requests_at_once() {
    let pool = Pool::in_memory().variable("AWS_LAMBDA_MAX_CONCURRENCY", "5");
    let barrier = Barrier::new(5);
    // All of them on one task, with a handler that borrows.
    let handler = service_fn(|request: Request| {
        let barrier = &barrier;
        async move {
            barrier.wait().await;
            Ok::<_, Error>(request.uri().path().to_owned())
        }
    });
    let runtime = Runtime::new(handler).layer(HttpLayer::new()).endpoint(pool.api()).run();
    let end = pool.serve(runtime, async {
        (0..10).for_each(|number| pool.invoke(event(Format::Url.get(&format!("/{number}")).to_string())));
        pool.until(|record| record.answers == 10 && record.waiting == 5).await;
        pool.end(500);
    });
    assert!(end.await.is_err());
    for number in 0..10 {
        let record = pool.record();
        let post = record.calls_to(&format!("r-{}/response", number + 1))[0];
        assert_eq!(post.json()["body"], format!("/{number}"));
    }
}
