//! The loop over a tower service: what it is given, and what becomes of its failures.
//!
//! The end of the loop by SHUTDOWN is in `shutdown`.

use std::{
    cell::RefCell,
    future::{Ready, pending, ready},
    panic::panic_any,
    task::{Context, Poll},
    time::Duration,
};

use lambda_extension::{BoxError, Event, Extension, ExtensionError, Failure, Service, run, service_fn};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use tower::{ServiceExt, timeout::Timeout};

use crate::{
    calls::register,
    replies::{ACCEPTED, REGISTERED, event, invoke, refusal, shutdown},
    script::{Script, body, header, line, lines, soon},
};

const INIT_ERROR: &str = "POST /2020-01-01/extension/init/error";
const EXIT_ERROR: &str = "POST /2020-01-01/extension/exit/error";

/// Of a failure that was posted: where to, its category, its report.
pub(crate) fn posted(call: &str) -> (&str, &str, Value) {
    let category = header(call, "lambda-extension-function-error-type").unwrap();
    (line(call), category, serde_json::from_str(body(call)).unwrap())
}

/// Runs a service that fails with the first event; gives what was returned and what was posted.
async fn fails<S>(service: S) -> (Failure, String)
where
    S: Service<Event>,
    S::Error: Into<BoxError>,
{
    let script = Script::in_memory(&[], [REGISTERED.to_owned(), invoke("r-1"), ACCEPTED.to_owned()]);
    let ended = soon(register(&script).await.run(service)).await;
    let Err(ExtensionError::Failed(failure)) = ended else { panic!("{ended:?}") };
    let mut calls = script.calls().await;
    assert_eq!(calls.len(), 3, "{calls:?}");
    (failure, calls.remove(2))
}

#[tokio::test]
async fn every_event_is_given_to_the_service_in_order() {
    let new = event("{\"eventType\":\"NEW\"}");
    let script =
        Script::start([REGISTERED.to_owned(), invoke("r-1"), new, invoke("r-2"), shutdown(2_000)]).await;
    let given = RefCell::new(Vec::new());
    let service = service_fn(async |event: Event| {
        given.borrow_mut().push(match event {
            Event::Invoke(invoke) => invoke.request_id.to_string(),
            Event::Shutdown(shutdown) => shutdown.reason.as_str().to_owned(),
            Event::Other { event_type, .. } => event_type,
            _ => "unknown".to_owned(),
        });
        Ok::<_, BoxError>(())
    });
    soon(Extension::builder("audit").endpoint(script.api.clone()).run(service)).await.unwrap();
    assert_eq!(given.into_inner(), ["r-1", "NEW", "r-2", "spindown"]);
    assert_eq!(script.connections(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_next_event_is_not_asked_for_before_the_last_is_handled() {
    let script = Script::in_memory(&[], [REGISTERED.to_owned(), invoke("r-1"), shutdown(60_000)]);
    let service = service_fn(async |event| {
        if let Event::Invoke(_) = event {
            sleep(Duration::from_secs(10)).await;
            assert_eq!(script.called_so_far(), 2);
        }
        Ok::<_, BoxError>(())
    });
    soon(register(&script).await.run(service)).await.unwrap();
    assert_eq!(script.called_so_far(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_extension_can_run_in_a_task_of_its_own() {
    let script = Script::start([REGISTERED.to_owned(), invoke("r-1"), invoke("r-2"), shutdown(2_000)]).await;
    let mut extension = register(&script).await;
    // From thread to thread, in the middle of a call.
    tokio::select! {
        biased;
        event = tokio::task::unconstrained(extension.next_event()) => assert!(event.is_ok(), "{event:?}"),
        () = script.called(2) => {}
    }
    let running = tokio::spawn(extension.run(service_fn(async |_| Ok::<_, BoxError>(()))));
    soon(running).await.unwrap().unwrap();
    assert_eq!((script.calls().await.len(), script.connections()), (4, 1));
}

#[tokio::test(start_paused = true)]
async fn an_error_of_the_service_is_posted_to_exit_error_and_returned() {
    let service = service_fn(async |_| Err::<(), _>(Failure::new("BackendGone", "no route\nto the backend")));
    let (failure, call) = fails(service).await;
    let report = json!({ "errorType": "BackendGone", "errorMessage": "no route\nto the backend" });
    assert_eq!(posted(&call), (EXIT_ERROR, "Extension.BackendGone", report));
    assert_eq!(failure.error_type(), "Extension.BackendGone");
    assert_eq!(header(&call, "lambda-extension-identifier"), Some("e-1"));
}

#[tokio::test(start_paused = true)]
async fn an_error_without_a_category_is_named_after_its_type() {
    let (failure, call) = fails(service_fn(async |_| "seven".parse::<u32>().map(drop))).await;
    assert_eq!(failure.error_type(), "Extension.ParseIntError");
    assert_eq!(posted(&call).1, "Extension.ParseIntError");
    assert_eq!(posted(&call).2["errorMessage"], "invalid digit found in string");

    let (_, call) = fails(service_fn(async |_| Err::<(), BoxError>("it broke".into()))).await;
    let report = json!({ "errorType": "HandlerError", "errorMessage": "it broke" });
    assert_eq!(posted(&call), (EXIT_ERROR, "Extension.HandlerError", report));
}

/// Panics in one of the three places where a service can.
#[derive(Clone, Copy, PartialEq)]
enum PanicsWhen {
    Asked,
    Called,
    Polled,
}

impl Service<Event> for PanicsWhen {
    type Response = ();
    type Error = BoxError;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<(), BoxError>>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        assert!(*self != Self::Asked, "not today");
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Event) -> Self::Future {
        assert!(*self != Self::Called, "not today");
        Box::pin(async {
            tokio::task::yield_now().await;
            panic!("not today")
        })
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_posted_as_one_with_its_text() {
    for panics in [PanicsWhen::Called, PanicsWhen::Polled] {
        let (failure, call) = fails(panics).await;
        let report = json!({ "errorType": "Panic", "errorMessage": "not today" });
        assert_eq!(posted(&call), (EXIT_ERROR, "Extension.Panic", report));
        assert_eq!(failure.report().error_message, "not today");
    }
    // Text that was put together, and a value that is no text.
    let (_, call) = fails(service_fn(async |event| -> Result<(), BoxError> { panic!("no {event:?}") })).await;
    assert!(posted(&call).2["errorMessage"].as_str().unwrap().starts_with("no Invoke(Invoke {"), "{call}");
    let (_, call) = fails(service_fn(async |_| -> Result<(), BoxError> { panic_any(7) })).await;
    assert_eq!(posted(&call).1, "Extension.Panic");
}

/// Is ready for so many events, and then fails.
struct ReadyFor(u32);

impl Service<Event> for ReadyFor {
    type Response = ();
    type Error = Failure;
    type Future = Ready<Result<(), Failure>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(if self.0 == 0 { Err(Failure::new("SinkClosed", "the sink is closed")) } else { Ok(()) })
    }

    fn call(&mut self, _: Event) -> Self::Future {
        self.0 -= 1;
        ready(Ok(()))
    }
}

#[tokio::test]
async fn a_service_that_is_not_ready_before_the_first_event_fails_the_init() {
    for panics in [false, true] {
        let script = Script::start([REGISTERED, ACCEPTED]).await;
        let extension = register(&script).await;
        let ended = match panics {
            false => soon(extension.run(ReadyFor(0))).await,
            true => soon(extension.run(PanicsWhen::Asked)).await,
        };
        let Err(ExtensionError::Failed(failure)) = ended else { panic!("{ended:?}") };
        let category = if panics { "Extension.Panic" } else { "Extension.SinkClosed" };
        let calls = script.calls().await;
        assert_eq!(failure.error_type(), category);
        assert_eq!((calls.len(), posted(&calls[1]).0, posted(&calls[1]).1), (2, INIT_ERROR, category));
    }
}

#[tokio::test]
async fn a_service_that_is_not_ready_for_a_later_event_posts_to_exit_error() {
    let script =
        Script::start([REGISTERED.to_owned(), invoke("r-1"), invoke("r-2"), ACCEPTED.to_owned()]).await;
    let ended = soon(register(&script).await.run(ReadyFor(2))).await;
    assert!(matches!(ended, Err(ExtensionError::Failed(_))), "{ended:?}");
    let calls = script.calls().await;
    // Nothing is asked for that could not be handled.
    assert_eq!((calls.len(), posted(&calls[3]).0), (4, EXIT_ERROR));
    assert_eq!(posted(&calls[3]).1, "Extension.SinkClosed");
}

#[tokio::test(start_paused = true)]
async fn a_failure_keeps_its_category_through_the_layers_of_tower() {
    let gone = || Failure::new("BackendGone", "gone");
    let service = service_fn(move |_| ready(Err::<(), _>(gone())));
    let (_, call) = fails(Timeout::new(service, Duration::from_secs(1))).await;
    assert_eq!(posted(&call).1, "Extension.BackendGone");

    // A box in a box.
    let service = service_fn(move |_| ready(Err::<(), _>(gone()))).map_err(BoxError::from);
    let service = Timeout::new(service, Duration::from_secs(1)).map_err(BoxError::from).boxed();
    let (_, call) = fails(service).await;
    assert_eq!(posted(&call).1, "Extension.BackendGone");
}

#[tokio::test(start_paused = true)]
async fn a_time_out_of_a_layer_is_a_failure_of_the_extension() {
    let service = service_fn(async |_| {
        pending::<()>().await;
        Ok::<_, BoxError>(())
    });
    let begin = Instant::now();
    let (failure, call) = fails(Timeout::new(service, Duration::from_secs(30))).await;
    assert_eq!(begin.elapsed().as_secs(), 30);
    assert_eq!(posted(&call).1, "Extension.HandlerError");
    assert_eq!(failure.report().error_message, "request timed out");
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_cannot_be_posted_is_returned_all_the_same() {
    let refused = refusal("403 Forbidden", "Extension.InvalidExtensionState", "no");
    let begin = Instant::now();
    for answer in [Some(refused), None] {
        let steps = [Some(REGISTERED.to_owned()), Some(invoke("r-1")), answer];
        let script = Script::in_memory(&[], steps.into_iter().flatten());
        let service = service_fn(async |_| Err::<(), _>(Failure::new("BackendGone", "gone")));
        let ended = soon(register(&script).await.run(service)).await;
        let Err(ExtensionError::Failed(failure)) = ended else { panic!("{ended:?}") };
        assert_eq!(failure.error_type(), "Extension.BackendGone");
        script.called(3).await;
    }
    // Who gets no answer waits for it, but not for ever.
    assert_eq!(begin.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_refused_call_ends_the_loop_and_nothing_more_is_said() {
    let refused = refusal("500 Internal Server Error", "Container.Unhealthy", "exit now");
    let script = Script::in_memory(&[], [REGISTERED.to_owned(), refused]);
    let service = service_fn(async |_| Ok::<_, BoxError>(()));
    let ended = soon(register(&script).await.run(service)).await;
    assert!(matches!(ended, Err(ExtensionError::Refused { .. })), "{ended:?}");
    soon(script.hung_up()).await;
    assert_eq!(lines(&script.calls().await).len(), 2);
}

#[tokio::test]
async fn running_without_an_endpoint_names_the_missing_variable() {
    let error = run(service_fn(async |_| Ok::<_, BoxError>(()))).await.unwrap_err();
    assert!(
        matches!(error, ExtensionError::MissingVariable { variable: "AWS_LAMBDA_RUNTIME_API" }),
        "{error:?}"
    );
}
