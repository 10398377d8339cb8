//! What a caller and Lambda's telemetry see of a failure: type, message, place, causes and category.

use std::{io, num::ParseIntError, time::Duration};

use lambda_runtime::{BoxError, Diagnostic, Error, LambdaEvent, Layer, Runtime, Service, service_fn};
use serde_json::{Value, json};
use tower::{limit::ConcurrencyLimitLayer, load_shed::LoadShedLayer, timeout::TimeoutLayer};

use crate::{
    reply::event,
    script::{Call, Script},
};

type Event = LambdaEvent<Value>;

#[derive(Debug, thiserror::Error)]
#[error("cannot load order {order}")]
struct LoadError {
    order: u32,
    #[source]
    source: ParseIntError,
}

fn load() -> Result<u32, LoadError> {
    "x".parse().map_err(|source| LoadError { order: 42, source })
}

/// The post of a handler that fails.
async fn failed<S, R, E>(handler: S) -> Call
where
    S: Service<Event, Response = R, Error = E>,
    R: serde::Serialize,
    E: Into<Diagnostic> + 'static,
{
    let log = Script::new().invoke(event("{}")).run(handler).await;
    assert_eq!(log.order(), ["next", "r-1/error", "next"]);
    log.post().clone()
}

/// The post of an `async fn` that fails with this error.
async fn failed_with<E: Into<Diagnostic> + 'static>(error: impl Fn() -> E) -> Call {
    failed(service_fn(|_: Event| std::future::ready(Err::<(), E>(error())))).await
}

/// Whether AWS's service records the text as it is: it has a match of `(Runtime|Function)\.[A-Z][a-zA-Z]+`.
fn is_recorded(text: &str) -> bool {
    ["Runtime.", "Function."].iter().any(|prefix| {
        text.split(prefix).skip(1).any(|rest| {
            let mut letters = rest.chars();
            letters.next().is_some_and(|first| first.is_ascii_uppercase())
                && letters.next().is_some_and(|second| second.is_ascii_alphabetic())
        })
    })
}

#[tokio::test]
async fn an_error_by_the_question_mark_has_its_type_its_place_and_its_cause() {
    const LINE: u32 = line!() + 2;
    async fn handler(_: Event) -> Result<u32, Error> {
        Ok(load()?)
    }
    let post = failed(service_fn(handler)).await;
    assert_eq!(post.error_type(), "Function.LoadError");
    let report = post.json();
    assert_eq!(report["errorType"], "LoadError");
    assert_eq!(report["errorMessage"], "cannot load order 42");
    let stack = report["stackTrace"].as_array().unwrap();
    assert!(stack[0].as_str().unwrap().starts_with(&format!("{}:{LINE}:", file!())), "{stack:?}");
    // A cause stands in the stack as well, because few that show a report know of causes.
    assert_eq!(stack[1], "caused by: invalid digit found in string");
    // A cause has no type of its own: it is known as `dyn Error` only.
    assert_eq!(report["cause"], json!({ "errorMessage": "invalid digit found in string" }));
}

#[tokio::test]
async fn an_error_that_is_converted_by_a_function_has_no_place_in_the_standard_library() {
    async fn handler(_: Event) -> Result<u32, Error> {
        load().map_err(Error::from)
    }
    // Nobody is helped by a line of the standard library: either the place is right, or there is none.
    let report = failed(service_fn(handler)).await.json();
    for line in report["stackTrace"].as_array().into_iter().flatten().filter_map(|line| line.as_str()) {
        assert!(!line.contains("/rustc/"), "{line}");
    }
}

#[tokio::test]
async fn a_text_or_a_boxed_error_is_a_handler_error_with_the_text() {
    let boxed = || -> BoxError { "boxed".into() };
    for (post, message) in [
        (failed_with(|| "text").await, "text"),
        (failed_with(|| "owned".to_owned()).await, "owned"),
        (failed_with(|| Error::from("text by ?")).await, "text by ?"),
        (failed_with(|| Error::from("owned by ?".to_owned())).await, "owned by ?"),
        (failed_with(boxed).await, "boxed"),
        (failed_with(|| Error::from(boxed())).await, "boxed"),
    ] {
        assert_eq!((post.error_type(), &*post.message()), ("Function.HandlerError", message));
        assert_eq!(post.json()["errorType"], "HandlerError");
    }
}

#[tokio::test]
async fn the_causes_of_a_boxed_error_are_kept() {
    let post = failed(service_fn(async |_: Event| Ok::<_, BoxError>(load()?))).await;
    assert_eq!(post.message(), "cannot load order 42");
    assert_eq!(post.json()["cause"]["errorMessage"], "invalid digit found in string");
}

#[tokio::test]
async fn an_io_error_is_an_io_error() {
    let post = failed_with(|| io::Error::other("disk full")).await;
    assert_eq!((post.error_type(), &*post.message()), ("Function.IoError", "disk full"));
}

#[tokio::test]
async fn an_error_of_the_users_own_chooses_its_type() {
    enum OrderError {
        NotFound(u32),
    }
    impl From<OrderError> for Diagnostic {
        fn from(OrderError::NotFound(order): OrderError) -> Self {
            Self { error_type: "OrderNotFound".into(), error_message: format!("no order {order}") }
        }
    }
    let post = failed_with(|| OrderError::NotFound(42)).await;
    assert_eq!(post.error_type(), "Function.OrderNotFound");
    assert_eq!(post.json(), json!({ "errorType": "OrderNotFound", "errorMessage": "no order 42" }));

    let post = failed_with(|| Error::from("no order 42").with_type("OrderNotFound")).await;
    assert_eq!(post.error_type(), "Function.OrderNotFound");
    assert_eq!(post.json()["errorType"], "OrderNotFound");
}

#[tokio::test]
async fn the_category_is_one_that_lambda_records_whatever_the_type_is_called() {
    for (error_type, category) in [
        ("OrderNotFound", "Function.OrderNotFound"),
        ("Function.Custom", "Function.Custom"),
        ("order-404", "Function.Unknown"),
        ("order_not_found", "Function.Unknown"),
        ("E4", "Function.Unknown"),
        ("", "Function.Unknown"),
        (" ", "Function.Unknown"),
        ("Fehlerä", "Function.Unknown"),
        ("Größe", "Function.Unknown"),
        ("Two\r\nLines: 1", "Function.Unknown"),
        ("Nul\0", "Function.Unknown"),
        ("Runtime.x", "Function.Runtime.x"),
    ] {
        let post = failed_with(|| Error::from("it broke").with_type(error_type)).await;
        assert_eq!(post.error_type(), category, "{error_type:?}");
        assert!(is_recorded(post.error_type()));
        assert_eq!(
            post.json()["errorType"],
            if error_type.is_empty() { Value::Null } else { error_type.into() }
        );
    }
}

#[tokio::test]
async fn a_message_of_any_text_arrives_whole() {
    for text in ["two\r\nlines\n", "Größe 漢字 🦀", "\"quoted\" \\ <&>", "nul \0 tab \t", "", "{}"] {
        let post = failed_with(|| text).await;
        assert_eq!((post.error_type(), &*post.message()), ("Function.HandlerError", text));
    }
}

/// A handler's own error, from under a layer.
async fn failed_under<L>(layer: L) -> Call
where
    L: Layer<lambda_runtime::ServiceFn<fn(Event) -> std::future::Ready<Result<u32, Error>>>>,
    L::Service: Service<Event, Response = u32>,
    <L::Service as Service<Event>>::Error: Into<Diagnostic> + 'static,
{
    let handler: fn(Event) -> _ = |_| std::future::ready(load().map_err(|error| error.into()));
    failed(layer.layer(service_fn(handler))).await
}

#[tokio::test]
async fn a_handlers_own_report_is_found_again_under_layers() {
    let seconds = Duration::from_secs(60);
    for post in [
        failed_under(ConcurrencyLimitLayer::new(1)).await,
        failed_under(TimeoutLayer::new(seconds)).await,
        failed_under(LoadShedLayer::new()).await,
        failed_under((
            TimeoutLayer::new(seconds),
            LoadShedLayer::new(),
            ConcurrencyLimitLayer::new(1),
            TimeoutLayer::new(seconds),
        ))
        .await,
    ] {
        assert_eq!(post.error_type(), "Function.LoadError");
        let report = post.json();
        assert_eq!(
            (&report["errorType"], &report["errorMessage"]),
            (&json!("LoadError"), &json!("cannot load order 42"))
        );
        assert!(report["stackTrace"][0].as_str().unwrap().starts_with(file!()));
        assert_eq!(report["cause"]["errorMessage"], "invalid digit found in string");
    }
}

#[tokio::test(start_paused = true)]
async fn a_time_out_of_a_layer_is_a_handler_error_and_the_next_invocation_runs() {
    async fn sleep(event: LambdaEvent<u64>) -> Result<u64, Error> {
        tokio::time::sleep(Duration::from_secs(event.payload)).await;
        Ok(event.payload)
    }
    let layer = TimeoutLayer::new(Duration::from_secs(2));
    let log = Script::in_memory()
        .invoke(event("60"))
        .invoke(event("1"))
        .serve(|api| Runtime::new(service_fn(sleep)).layer(layer).endpoint(api).run())
        .await;
    assert_eq!(log.order(), ["next", "r-1/error", "next", "r-2/response", "next"]);
    let post = log.posts()[0];
    assert_eq!(post.error_type(), "Function.HandlerError");
    assert_eq!(post.json()["errorType"], "HandlerError");
    assert_eq!(post.message(), "request timed out");
}

#[tokio::test]
async fn a_load_that_is_shed_is_a_handler_error_and_the_next_invocation_runs() {
    use std::task::{Context, Poll};

    /// Not ready when it is first asked.
    struct Busy(bool);

    impl Service<Event> for Busy {
        type Response = ();
        type Error = Error;
        type Future = std::future::Ready<Result<(), Error>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
            if std::mem::take(&mut self.0) { Poll::Pending } else { Poll::Ready(Ok(())) }
        }

        fn call(&mut self, _: Event) -> Self::Future {
            std::future::ready(Ok(()))
        }
    }

    // Only an error that can be boxed goes through this layer; `Error` is none, so it is mapped first.
    let boxed = tower::ServiceBuilder::new()
        .layer(LoadShedLayer::new())
        .map_err(|error: Error| BoxError::from(error.to_string()))
        .service(Busy(true));
    let log = Script::new().invoke(event("{}")).invoke(event("{}")).run(boxed).await;
    assert_eq!(log.order(), ["next", "r-1/error", "next", "r-2/response", "next"]);
    assert_eq!(log.posts()[0].message(), "service overloaded");
}
