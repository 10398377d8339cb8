//! The init phase: what fails in it is told to Lambda, and what it makes reaches the handler.

use std::{
    cell::Cell,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use lambda_runtime::{
    Diagnostic, Error, LambdaEvent, Layer, Runtime, RuntimeError, Service, layers::DeadlineLayer, service_fn,
};
use mock_server::MockLambda;
use serde_json::{Value, json};
use tower::limit::ConcurrencyLimitLayer;

use crate::{
    pool::Pool,
    reply::{Reply, event},
    script::{Call, Log, Script},
};

async fn echo(event: LambdaEvent<Value>) -> Result<Value, Error> {
    Ok(event.payload)
}

#[derive(Debug, thiserror::Error)]
#[error("no prices: {source}")]
struct NoPrices {
    #[from]
    source: std::num::ParseIntError,
}

fn prices() -> Result<u32, NoPrices> {
    Ok("three".parse()?)
}

/// An init phase that failed and was told of; its post.
fn assert_init_failed<'a>(log: &'a Log, recorded: &str, message: &str) -> &'a Call {
    assert_eq!(log.order(), ["init/error"]);
    let post = log.post();
    assert_eq!((post.error_type(), &*post.message()), (recorded, message));
    assert_eq!(post.header("content-type"), Some("application/json"));
    let RuntimeError::Init { error_type, message: told } = log.runtime_error() else {
        panic!("{:?}", log.end)
    };
    assert_eq!((&json!(error_type), &**told), (&post.json()["errorType"], message));
    post
}

#[tokio::test]
async fn an_error_of_the_init_phase_is_told_with_type_and_message_and_nothing_is_polled() {
    let scripts = [Script::new(), Script::in_memory()];
    for script in scripts {
        let log = script
            .init_error(202)
            .serve(|api| {
                Runtime::init(async || {
                    let price = prices()?;
                    Ok(service_fn(move |_: LambdaEvent<Value>| async move { Ok::<_, Error>(price) }))
                })
                .endpoint(api)
                .run()
            })
            .await;
        let message = "no prices: invalid digit found in string";
        let post = assert_init_failed(&log, "Function.NoPrices", message);
        assert_eq!(post.json()["errorType"], "NoPrices");
        assert_eq!(post.json()["cause"]["errorMessage"], "invalid digit found in string");
    }
}

#[tokio::test]
async fn a_panic_of_the_init_phase_is_told_with_its_place_before_and_after_an_await() {
    for waits in [0, 3] {
        const LINE: u32 = line!() + 8;
        let log = Script::new()
            .init_error(202)
            .serve(|api| {
                Runtime::init(async || {
                    for _ in 0..waits {
                        tokio::task::yield_now().await;
                    }
                    panic!("no table {waits}");
                    #[expect(unreachable_code, reason = "says what would have been made")]
                    Ok(service_fn(echo))
                })
                .endpoint(api)
                .run()
            })
            .await;
        let post = assert_init_failed(&log, "Function.Panic", &format!("no table {waits}"));
        let place = post.json()["stackTrace"][0].as_str().unwrap_or_default().to_owned();
        assert!(place.starts_with(&format!("{}:{LINE}:", file!())), "{place}");
    }
}

#[tokio::test]
async fn a_panic_that_is_over_is_not_taken_for_the_place_of_an_init_error() {
    const LINE: u32 = line!() + 1;
    let _caught = std::panic::catch_unwind(|| panic!("earlier"));
    let log = Script::new()
        .init_error(202)
        .serve(|api| {
            let init = async || {
                Err::<lambda_runtime::ServiceFn<fn(LambdaEvent<Value>) -> NeverFuture>, _>("no".into())
            };
            Runtime::init(init).endpoint(api).run()
        })
        .await;
    let post = assert_init_failed(&log, "Function.HandlerError", "no");
    assert!(!post.message().contains("earlier") && !post.whole().contains(&format!("{}:{LINE}:", file!())));
}

type NeverFuture = std::future::Pending<Result<Value, Error>>;

#[tokio::test(start_paused = true)]
async fn an_init_error_that_nobody_takes_is_still_the_error_of_run() {
    for reply in [403.into(), 500.into(), Reply::HangUp, Reply::half(202)] {
        let log = Script::in_memory()
            .init_error(reply)
            .serve(|api| {
                let init = async || {
                    prices()?;
                    Ok(service_fn(echo))
                };
                Runtime::init(init).endpoint(api).run_concurrent()
            })
            .await;
        assert_init_failed(&log, "Function.NoPrices", "no prices: invalid digit found in string");
    }
}

#[tokio::test]
async fn what_the_init_phase_makes_and_borrows_reaches_the_handler() {
    let (greeting, inits) = (String::from("hello"), Rc::new(Cell::new(0)));
    let log = Script::new()
        .invoke(event(r#""you""#))
        .invoke(event(r#""me""#))
        .serve(|api| {
            let (greeting, inits) = (&greeting, Rc::clone(&inits));
            Runtime::init(async move || {
                tokio::task::yield_now().await;
                inits.set(inits.get() + 1);
                let count = Rc::new(Cell::new(0));
                Ok(service_fn(move |event: LambdaEvent<String>| {
                    let (count, inits) = (Rc::clone(&count), inits.get());
                    async move {
                        count.set(count.get() + 1);
                        Ok::<_, Error>(format!("{greeting}, {}: {} of {inits}", event.payload, count.get()))
                    }
                }))
            })
            .endpoint(api)
            .run()
        })
        .await;
    let posts: Vec<_> = log.posts().iter().map(|post| post.json()).collect();
    assert_eq!(posts, ["hello, you: 1 of 1", "hello, me: 2 of 1"]);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_polled_before_the_init_phase_is_over() {
    let pool = Pool::in_memory().variable("AWS_LAMBDA_MAX_CONCURRENCY", "3");
    let note = pool.noter();
    let noted = note.clone();
    let runtime = Runtime::init(async move || {
        tokio::time::sleep(Duration::from_secs(9)).await;
        noted("ready");
        Ok(service_fn(echo))
    });
    let end = pool.serve(runtime.endpoint(pool.api()).run_concurrent(), async {
        pool.until(|record| record.waiting == 3).await;
        pool.end(500);
    });
    assert!(end.await.is_err());
    assert_eq!(pool.order(), ["ready", "next", "next", "next"]);
}

/// Writes its name around whatever the service inside returns.
#[derive(Clone)]
struct Around(&'static str);

struct AroundService<S>(&'static str, S);

impl<S> Layer<S> for Around {
    type Service = AroundService<S>;

    fn layer(&self, inner: S) -> AroundService<S> {
        assert_ne!(self.0, "", "a layer without a name");
        AroundService(self.0, inner)
    }
}

impl<S> Service<LambdaEvent<Value>> for AroundService<S>
where
    S: Service<LambdaEvent<Value>, Response = Value>,
    S::Error: Into<Diagnostic> + 'static,
    S::Future: Send + 'static,
{
    type Response = Value;
    type Error = S::Error;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Value, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.1.poll_ready(cx)
    }

    fn call(&mut self, event: LambdaEvent<Value>) -> Self::Future {
        let (name, inner) = (self.0, self.1.call(event));
        Box::pin(async move { inner.await.map(|value| json!({ name: value })) })
    }
}

#[tokio::test]
async fn layers_go_around_the_handler_that_the_init_phase_makes_the_last_one_outermost() {
    let log = Script::new()
        .invoke(event("1"))
        .serve(|api| {
            Runtime::init(async || Ok(service_fn(echo)))
                .layer(Around("inner"))
                .layer(DeadlineLayer::new(Duration::ZERO))
                .layer(ConcurrencyLimitLayer::new(1))
                .layer(Around("outer"))
                .endpoint(api)
                .run()
        })
        .await;
    // The script's deadline is long over, so the deadline layer may not give the handler time to wait.
    assert_eq!(log.post().json(), json!({ "outer": { "inner": 1 } }));
}

#[tokio::test]
async fn a_layer_that_panics_is_an_init_error() {
    let log = Script::new()
        .init_error(202)
        .serve(|api| Runtime::new(service_fn(echo)).layer(Around("")).endpoint(api).run())
        .await;
    assert_eq!(log.order(), ["init/error"]);
    assert_eq!(log.post().error_type(), "Function.Panic");
    assert!(log.post().message().contains("a layer without a name"), "{}", log.post().whole());
    assert!(matches!(log.runtime_error(), RuntimeError::Init { .. }), "{:?}", log.end);
}

#[tokio::test(start_paused = true)]
async fn the_caller_sees_why_the_init_phase_failed_and_the_next_environment_tries_again() {
    let inits = Arc::new(AtomicU32::new(0));
    let (seen, mock) = (Arc::clone(&inits), MockLambda::new());
    let function = mock.function("prices").in_process(move |api| {
        let inits = Arc::clone(&inits);
        let init = async move || {
            // Whatever is wrong, it gets better, but a failed init phase is repeated by Lambda once as well.
            if inits.fetch_add(1, Ordering::SeqCst) < 2 {
                prices()?;
            }
            Ok(service_fn(echo))
        };
        Runtime::init(init).endpoint(api).run()
    });
    let failed = function.invoke(json!(1)).await;
    assert!(!failed.is_success(), "{failed:?}");
    assert_eq!(failed.error_type(), Some("Function.NoPrices"), "{failed:?}");
    assert_eq!(failed.json().unwrap()["errorMessage"], "no prices: invalid digit found in string");
    assert_eq!(failed.json().unwrap()["errorType"], "NoPrices");
    let worked = function.invoke(json!(2)).await;
    assert_eq!(worked.json().unwrap(), 2);
    assert!(worked.report().is_cold_start());
    let warm = function.invoke(json!(3)).await;
    assert!(warm.is_success() && !warm.report().is_cold_start());
    assert_eq!(seen.load(Ordering::SeqCst), 3);
}

#[tokio::test(start_paused = true)]
async fn the_caller_sees_a_panic_of_the_init_phase() {
    let mock = MockLambda::new();
    let function = mock.function("panics").in_process(|api| {
        Runtime::init(async || {
            if api_is_down() {
                panic!("no table");
            }
            Ok(service_fn(echo))
        })
        .endpoint(api)
        .run()
    });
    let failed = function.invoke(json!(1)).await;
    assert_eq!(failed.error_type(), Some("Function.Panic"), "{failed:?}");
    assert_eq!(failed.json().unwrap()["errorMessage"], "no table");
}

/// Known at run time only.
fn api_is_down() -> bool {
    std::hint::black_box(true)
}
