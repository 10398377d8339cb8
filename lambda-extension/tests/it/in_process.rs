//! An internal extension beside a runtime in one function, against the mock, in virtual time.
//!
//! The runtime is bytes over the endpoint's connection: this crate does not know of `lambda-runtime`.

use std::{
    future::{Future, pending},
    io,
    time::Duration,
};

use lambda_api::transport::Stream;
use lambda_extension::{
    BoxError, Event, EventType, Extension, ExtensionError, Failure, RuntimeApi, service_fn,
};
use mock_server::{Event as Happened, FunctionBuilder, Invocation, MockLambda, Rule, core::Status};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{sleep, timeout},
};

use crate::script::soon;

const NEXT: &str = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\n\r\n";

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A runtime by hand.
struct Runtime(Stream);

impl Runtime {
    async fn new(api: &RuntimeApi) -> Self {
        Self(api.connect().await.unwrap())
    }

    /// The head of the reply, in small letters; its body is read and forgotten.
    async fn call(&mut self, call: &str) -> String {
        match self.try_call(call).await {
            Ok(head) => head,
            // The environment is about to end, and this with it.
            Err(_) => pending().await,
        }
    }

    async fn try_call(&mut self, call: &str) -> io::Result<String> {
        self.0.write_all(call.as_bytes()).await?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await?);
        }
        let head = String::from_utf8(head).unwrap().to_lowercase();
        let mut body = vec![0; value(&head, "content-length").unwrap().parse().unwrap()];
        self.0.read_exact(&mut body).await?;
        Ok(head)
    }

    async fn respond(&mut self, id: &str) {
        let path = format!("/2018-06-01/runtime/invocation/{id}/response");
        self.call(&format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n42")).await;
    }

    /// The id of the next event.
    async fn next(&mut self) -> String {
        let head = self.call(NEXT).await;
        value(&head, "lambda-runtime-aws-request-id").unwrap().to_owned()
    }

    /// Answers each event with 42 after some time.
    async fn run(mut self, work: Duration) -> Result<(), ExtensionError> {
        loop {
            let id = self.next().await;
            sleep(work).await;
            self.respond(&id).await;
        }
    }
}

fn value<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().filter_map(|line| line.split_once(": ")).find(|(found, _)| *found == name).map(|it| it.1)
}

/// The runtime takes so long for an event; beside it lives an extension.
async fn beside(
    api: &RuntimeApi,
    work: Duration,
    extension: impl Future<Output = Result<(), ExtensionError>>,
) -> Result<(), ExtensionError> {
    tokio::try_join!(Runtime::new(api).await.run(work), extension).map(drop)
}

async fn register(api: &RuntimeApi) -> Result<Extension, ExtensionError> {
    Extension::builder("inner").internal().endpoint(api.clone()).register().await
}

/// A whole bootstrap: the runtime takes so long for an event, and the extension for its own work.
async fn both(api: RuntimeApi, runtime: Duration, extension: Duration) -> Result<(), ExtensionError> {
    let mut inner = register(&api).await?;
    let extending = async {
        loop {
            inner.next_event().await?;
            sleep(extension).await;
        }
    };
    beside(&api, runtime, extending).await
}

fn r_1() -> Invocation {
    Invocation::new("{}").request_id("r-1".parse().unwrap())
}

/// A function with a time-out that is met.
fn patient(mock: &MockLambda) -> FunctionBuilder {
    mock.function("f").timeout(seconds(60))
}

#[tokio::test(start_paused = true)]
async fn an_invocation_lasts_until_the_extension_asks_for_the_next_event() {
    let mock = MockLambda::new();
    let function = patient(&mock).in_process(|api| both(api, seconds(1), seconds(3)));
    for invocation in 0..2 {
        let outcome = soon(function.invoke("{}")).await;
        assert_eq!(outcome.json().unwrap(), json!(42));
        assert_eq!(outcome.report().duration, seconds(3), "invocation {invocation}");
    }
    // The caller has its answer as soon as the runtime has given it.
    let entries = function.timeline().entries();
    let times = |is_it: fn(&Happened) -> bool| {
        entries.iter().filter(|entry| is_it(&entry.event)).map(|entry| entry.time).collect::<Vec<_>>()
    };
    let answered = times(|event| matches!(event, Happened::Answered { .. }));
    let ended = times(|event| matches!(event, Happened::InvocationEnded(_)));
    assert_eq!((answered.len(), ended.len()), (2, 2));
    for (answered, ended) in answered.into_iter().zip(ended) {
        assert_eq!(ended.duration_since(answered).unwrap(), seconds(2));
    }
    mock.finish().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_extension_that_is_faster_than_the_runtime_costs_nothing() {
    let mock = MockLambda::new();
    let function = patient(&mock).in_process(|api| both(api, seconds(3), seconds(1)));
    assert_eq!(soon(function.invoke("{}")).await.report().duration, seconds(3));
    mock.finish().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_extension_that_is_busy_at_the_deadline_makes_the_invocation_time_out() {
    let mock = MockLambda::new();
    let function = mock.function("f").timeout(seconds(2)).in_process(|api| both(api, seconds(1), seconds(3)));
    let outcome = soon(function.invoke("{}")).await;
    // The runtime has answered in time, and that is what the caller sees.
    assert_eq!(outcome.json().unwrap(), json!(42));
    assert_eq!((outcome.report().status, outcome.report().duration), (Status::Timeout, seconds(2)));
    // The environment does not live on.
    assert!(soon(function.invoke("{}")).await.report().is_cold_start());
}

#[tokio::test(start_paused = true)]
async fn init_waits_for_the_first_call_for_an_event() {
    let mock = MockLambda::new();
    let function = patient(&mock).in_process(async |api: RuntimeApi| {
        let mut inner = register(&api).await?;
        let extending = async {
            sleep(seconds(2)).await;
            loop {
                inner.next_event().await?;
            }
        };
        beside(&api, Duration::ZERO, extending).await
    });
    let outcome = soon(function.invoke("{}")).await;
    assert_eq!(outcome.report().init_duration, Some(seconds(2)));
    mock.finish().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_call_for_an_event_that_is_dropped_now_and_then_is_one_call_for_the_service() {
    let mock = MockLambda::new();
    let function = patient(&mock).in_process(async |api: RuntimeApi| {
        let mut inner = register(&api).await?;
        let extending = async {
            loop {
                // A timer beside the events, as whoever flushes now and then has it.
                if let Ok(event) = timeout(Duration::from_millis(100), inner.next_event()).await {
                    event?;
                }
            }
        };
        beside(&api, seconds(1), extending).await
    });
    for _ in 0..3 {
        assert!(soon(function.invoke("{}")).await.is_success());
        sleep(seconds(10)).await;
    }
    let is_poll = |event: &Happened| matches!(event, Happened::Called { path, .. } if path.ends_with("/extension/event/next"));
    let polls = function.timeline().entries().iter().filter(|entry| is_poll(&entry.event)).count();
    assert_eq!(polls, 4);
    mock.finish().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn registering_after_the_runtimes_first_poll_is_refused_in_the_words_of_the_api() {
    let mock = MockLambda::new();
    let (sender, mut refused) = tokio::sync::mpsc::unbounded_channel();
    let function = patient(&mock).in_process(move |api: RuntimeApi| {
        let sender = sender.clone();
        async move {
            let mut runtime = Runtime::new(&api).await;
            let id = runtime.next().await;
            sender.send(register(&api).await.map(drop)).unwrap();
            runtime.respond(&id).await;
            runtime.run(Duration::ZERO).await
        }
    });
    assert!(soon(function.invoke("{}")).await.is_success());
    let refused = refused.recv().await.unwrap();
    let Err(ExtensionError::Refused { call: "extension/register", source }) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(source.status().as_u16(), 403);
    assert_eq!(source.error_type(), Some("Extension.RegistrationClosed"));
    assert_eq!(source.error_message(), Some("Extension registration closed already"));
    // It is the rule that the strict end of a test names.
    assert!(mock.finish().await.unwrap_err().to_string().contains("registered late"));
    mock.finish_allowing(&[Rule::RegisteredLate]).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_an_internal_extension_asks_for_by_default_is_allowed_and_shutdown_is_not() {
    let mock = MockLambda::new();
    let on_demand = mock.function("on-demand");
    let managed = mock.function("managed").max_concurrency(2);
    for builder in [on_demand, managed] {
        let function = builder.in_process(|api| both(api, Duration::ZERO, Duration::ZERO));
        let outcome = soon(function.invoke("{}")).await;
        assert_eq!(outcome.json().unwrap(), json!(42));
    }
    mock.finish().await.unwrap();

    let (sender, mut refused) = tokio::sync::mpsc::unbounded_channel();
    let function = patient(&mock).in_process(move |api: RuntimeApi| {
        let sender = sender.clone();
        async move {
            let builder = Extension::builder("inner").internal().events(&[EventType::Shutdown]);
            sender.send(builder.endpoint(api.clone()).register().await.map(drop)).unwrap();
            Runtime::new(&api).await.run(Duration::ZERO).await
        }
    });
    assert!(soon(function.invoke("{}")).await.is_success());
    let refused = refused.recv().await.unwrap();
    let Err(ExtensionError::Refused { source, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(source.error_type(), Some("Extension.InvalidEventType"));
    let words = "SHUTDOWN: ShutdownEventNotSupportedForInternalExtension";
    assert_eq!(source.error_message(), Some(words));
}

#[tokio::test(start_paused = true)]
async fn the_extension_sees_the_invocation_with_the_clock_and_the_function_of_the_service() {
    let mock = MockLambda::new();
    let (sender, mut seen) = tokio::sync::mpsc::unbounded_channel();
    let function = patient(&mock).in_process(move |api: RuntimeApi| {
        let sender = sender.clone();
        async move {
            let mut inner = register(&api).await?;
            let extending = async {
                loop {
                    let Event::Invoke(invoke) = inner.next_event().await? else { panic!("no invocation") };
                    let left = invoke.deadline.remaining(inner.clock().now());
                    let name = inner.function().function_name.clone();
                    sender.send((name, invoke.request_id.to_string(), left)).unwrap();
                }
            };
            beside(&api, seconds(1), extending).await
        }
    });
    assert!(soon(function.invoke(r_1())).await.is_success());
    let (name, id, left) = seen.recv().await.unwrap();
    assert_eq!((&*name, &*id), ("f", "r-1"));
    // The deadline is told in whole milliseconds.
    assert!(seconds(60) - left < Duration::from_millis(1), "{left:?}");
    mock.finish().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_failure_of_the_extension_is_the_callers_answer() {
    let mock = MockLambda::new();
    let function = patient(&mock).in_process(async |api: RuntimeApi| {
        let inner = register(&api).await?;
        let fail = service_fn(async |_| Err::<(), BoxError>(Failure::new("BackendGone", "gone").into()));
        tokio::select! {
            ended = inner.run(fail) => ended,
            ended = Runtime::new(&api).await.run(seconds(1)) => ended,
        }
    });
    let outcome = soon(function.invoke(r_1())).await;
    assert!(!outcome.is_success());
    assert_eq!(
        outcome.payload(),
        "{\"errorType\":\"Extension.ExitError\",\"errorMessage\":\"RequestId: r-1 Error: Extension.BackendGone\"}"
    );
}
