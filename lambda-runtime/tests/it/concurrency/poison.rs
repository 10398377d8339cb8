//! What callers and a service may send, and what a handler may do, costs its invocation and never a poller.

#![expect(clippy::unwrap_used, reason = "a test that has panicked has failed already")]

use std::{
    collections::BTreeMap,
    fmt::{Debug, Write},
    sync::{Arc, Mutex},
};

use lambda_runtime::{Error, LambdaEvent, Response, RuntimeError, service_fn};
use serde_json::Value;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
    subscriber::DefaultGuard,
};

use super::{BOTH, On, running};
use crate::{
    pool::{Answer, Pool},
    reply::{self, Reply, event},
};

/// One byte more than a response may have.
const TOO_LARGE: usize = 6 * 1024 * 1024 + 101;

/// Does what the event says; reports its number otherwise.
async fn poisonable(event: LambdaEvent<Value>) -> Result<Response, Error> {
    if event.payload["late"] == true {
        tokio::task::yield_now().await;
    }
    match event.payload["do"].as_str() {
        Some("panic") => panic!("poison"),
        Some("fail") => Err("poison".into()),
        Some("grow") => Ok(Response::bytes("application/octet-stream", vec![0; TOO_LARGE])),
        _ => Ok(Response::json(&event.payload)?),
    }
}

/// The event with this number, and the category of its error; `None` for a response.
fn numbered(number: u32) -> (reply::Event, Option<&'static str>) {
    let whole = |what: &str| event(format!(r#"{{"n":{number},"do":"{what}"}}"#));
    match number % 20 {
        0 => (whole("").header("Lambda-Runtime-Client-Context", "{not JSON"), Some("Runtime.UnmarshalError")),
        // A panic is slow where backtraces are enabled, so there are fewer of them.
        1 if number % 500 == 1 => (whole("panic"), Some("Function.Panic")),
        2 => (event("{\"n\":"), Some("Runtime.UnmarshalError")),
        3 => (whole("fail"), Some("Function.HandlerError")),
        4 if number % 500 == 4 => (event(r#"{"do":"panic","late":true}"#), Some("Function.Panic")),
        5 => (whole("").header("Lambda-Runtime-Deadline-Ms", "soon"), Some("Runtime.UnmarshalError")),
        6 => (event([0xff, 0xfe]), Some("Runtime.UnmarshalError")),
        7 => (whole("").header("Lambda-Runtime-Cognito-Identity", "\u{e9}"), Some("Runtime.UnmarshalError")),
        8 => {
            let event = whole("").without("Lambda-Runtime-Deadline-Ms");
            (event.without("Lambda-Runtime-Trace-Id").without("Lambda-Runtime-Invoked-Function-Arn"), None)
        }
        9 if number % 100 == 9 => (whole("grow"), Some("Function.ResponseSizeTooLarge")),
        _ => (whole(""), None),
    }
}

/// Gives so many pollers so many events, poison mixed in: each is answered once, and no poller is lost.
async fn all_are_answered_once(on: On, pollers: u32, events: u32) {
    let (pool, all) = (Pool::tcp().await, pollers as usize);
    let end = pool.serve(running(on, &pool, pollers, service_fn(poisonable)), async {
        pool.until(|record| record.waiting == all).await;
        assert_eq!(pool.record().connections, all);
        for number in 1..=events {
            pool.invoke(numbered(number).0);
            // What is no event at all, and nobody can answer.
            match number % 250 {
                50 => pool.invoke(403),
                100 => pool.invoke(204),
                150 => pool.invoke(Reply::bytes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")),
                _ => {}
            }
        }
        pool.until(|record| record.answers == events as usize && record.waiting == all).await;
        pool.end(500);
    });
    let end = end.await.unwrap_err();
    assert!(matches!(end.downcast_ref::<RuntimeError>(), Some(RuntimeError::Failed { .. })), "{end:?}");
    let record = pool.record();
    assert_eq!((record.connections, record.answers), (all, events as usize));
    let mut posts: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for call in record.calls.iter().filter(|call| call.method == "POST") {
        posts.entry(call.short_path()).or_default().push(call);
    }
    for number in 1..=events {
        let expected = numbered(number).1;
        let path = format!("r-{number}/{}", if expected.is_some() { "error" } else { "response" });
        let [post] = posts.get(&*path).map_or(&[][..], Vec::as_slice) else {
            panic!("{path} came {:?} times", posts.get(&*path).map(Vec::len))
        };
        assert_eq!(post.header("lambda-runtime-function-error-type"), expected, "{path}");
        if expected.is_none() {
            assert_eq!(post.json()["n"], number, "an answer to another event");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_pollers_answer_ten_thousand_poisoned_events_once_each_and_all_live_on() {
    all_are_answered_once(On::TasksOfTheirOwn, 64, 10_000).await;
}

#[tokio::test]
async fn sixty_four_pollers_on_one_task_survive_poison_as_well() {
    all_are_answered_once(On::OneTask, 64, 2_000).await;
}

#[tokio::test]
async fn a_poller_whose_connection_breaks_gets_another() {
    for on in BOTH {
        let pool = Pool::tcp().await;
        let end = pool.serve(running(on, &pool, 4, service_fn(poisonable)), async {
            for number in 1..=40 {
                if number % 10 == 0 {
                    pool.answer(&format!("r-{number}/response"), Answer::Now(Reply::HangUp));
                }
                pool.invoke(event("{}"));
            }
            // The four whose reply was lost are posted once more.
            pool.until(|record| record.answers == 44 && record.waiting == 4).await;
            pool.end(500);
        });
        assert!(end.await.is_err());
        assert_eq!(pool.record().connections, 8, "{on:?}");
    }
}

/// Panics whenever something is logged that contains a text, and keeps everything else.
struct Allergic {
    to: &'static str,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Allergic {
    fn start(to: &'static str) -> (DefaultGuard, Arc<Mutex<Vec<String>>>) {
        crate::logged::listen_on_all_threads();
        let lines = Arc::default();
        (tracing::subscriber::set_default(Self { to, lines: Arc::clone(&lines) }), lines)
    }
}

impl Subscriber for Allergic {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text::default();
        event.record(&mut text);
        assert!(!text.0.contains(self.to), "allergic");
        self.lines.lock().unwrap().push(text.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[derive(Default)]
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, _: &Field, value: &dyn Debug) {
        write!(self.0, "{value:?} ").unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_poller_that_panics_in_a_subscriber_is_replaced_and_the_others_never_stop() {
    for on in BOTH {
        let _allergic = Allergic::start("an answer was refused");
        let pool = Pool::in_memory();
        for number in [2, 5, 7] {
            pool.answer(&format!("r-{number}/response"), Answer::Now(413.into()));
        }
        let end = pool.serve(running(on, &pool, 4, service_fn(poisonable)), async {
            pool.until(|record| record.waiting == 4).await;
            (0..40).for_each(|_| pool.invoke(event("{}")));
            pool.until(|record| record.answers == 40 && record.waiting == 4).await;
            pool.end(500);
        });
        let end = end.await.unwrap_err();
        assert!(matches!(end.downcast_ref::<RuntimeError>(), Some(RuntimeError::Failed { .. })), "{end:?}");
        assert_eq!(pool.record().connections, 4 + 3, "{on:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_poller_that_panics_in_a_subscriber_is_replaced_too_and_told_of() {
    let (_allergic, lines) = Allergic::start("an answer was refused");
    let pool = Pool::in_memory();
    pool.answer("r-1/response", Answer::Now(413.into()));
    let end = pool.serve(running(On::OneTask, &pool, 1, service_fn(poisonable)), async {
        (0..2).for_each(|_| pool.invoke(event("{}")));
        pool.until(|record| record.calls_to("r-2/response").len() == 1 && record.waiting == 1).await;
        pool.end(500);
    });
    assert!(end.await.is_err());
    assert_eq!(pool.record().connections, 2);
    let lines = lines.lock().unwrap();
    assert_eq!(lines.iter().filter(|line| line.contains("allergic") && line.contains(file!())).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_subscriber_that_panics_at_a_failed_invocation_costs_no_answer() {
    let _allergic = Allergic::start("the invocation failed");
    let pool = Pool::in_memory();
    let end = pool.serve(running(On::OneTask, &pool, 1, service_fn(poisonable)), async {
        for what in ["fail", "", "panic", ""] {
            pool.invoke(event(format!(r#"{{"do":"{what}"}}"#)));
        }
        pool.until(|record| record.calls_to("r-4/response").len() == 1 && record.waiting == 1).await;
        pool.end(500);
    });
    assert!(end.await.is_err());
    let answers = ["r-1/error", "r-2/response", "r-3/error", "r-4/response"];
    assert!(answers.iter().all(|answer| pool.record().calls_to(answer).len() == 1), "{:?}", pool.order());
}

#[tokio::test(start_paused = true)]
async fn a_subscriber_that_panics_at_everything_ends_the_runtime_with_an_error_at_worst() {
    for on in BOTH {
        let _allergic = Allergic::start("");
        let pool = Pool::in_memory();
        // Each refusal is logged.
        (0..3).for_each(|_| pool.invoke(403));
        pool.invoke(500);
        let runtime = running(on, &pool, 2, service_fn(poisonable));
        // In a task, so that a panic that comes out of it does not look like one of the test's own.
        let tasks = tokio::task::LocalSet::new();
        let runtime = tasks.spawn_local(runtime);
        let end = tasks.run_until(runtime).await;
        let end = end.expect("no panic leaves the runtime").expect_err("nothing was well");
        assert!(end.downcast_ref::<RuntimeError>().is_some(), "{end:?}");
    }
}
