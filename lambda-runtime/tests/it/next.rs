//! How patiently the runtime asks for work, and what ends it.
//!
//! Most services here are in memory under tokio's paused time, so that a minute of waiting takes none.

use std::{
    future::ready,
    io,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use lambda_api::transport::{Clock, Connect, Connecting};
use lambda_runtime::{ATTEMPTS, Error, LambdaEvent, Runtime, RuntimeApi, RuntimeError, service_fn};
use serde_json::Value;
use tokio::{net::TcpSocket, time::Instant};
use tracing::Level;

use crate::{
    logged::Logged,
    reply::{Reply, event},
    script::Script,
};

async fn echo(event: LambdaEvent<Value>) -> Result<Value, Error> {
    Ok(event.payload)
}

/// Longer than anybody should have to wait for the end of an environment that is beyond repair.
const PATIENCE: Duration = Duration::from_secs(90);

#[tokio::test(start_paused = true)]
async fn a_refused_next_is_asked_again_and_every_refusal_is_logged() {
    let logged = Logged::start();
    let script = Script::in_memory().next(400).next(403).next(404).next(429).invoke(event("1"));
    let log = script.run(service_fn(echo)).await;
    assert_eq!(log.order(), ["next", "next", "next", "next", "next", "r-1/response", "next"]);
    let warnings = logged.at(Level::WARN);
    assert_eq!(warnings.len(), 4, "{warnings:?}");
    for (warning, status) in warnings.iter().zip(["400", "403", "404", "429"]) {
        assert!(warning.contains(status), "{warning}");
    }
    assert!(warnings[1].contains("InvalidStateTransition"));
}

#[tokio::test(start_paused = true)]
async fn an_event_that_comes_again_because_its_answer_was_refused_is_not_handled_for_ever() {
    let before = Instant::now();
    let same =
        || event("1").without("Lambda-Runtime-Aws-Request-Id").header("Lambda-Runtime-Aws-Request-Id", "r");
    let mut script = Script::in_memory();
    for _ in 0..ATTEMPTS {
        script = script.next(same()).post(400);
    }
    let log = script.next(same()).run(service_fn(echo)).await;
    assert_eq!(log.posts().len(), ATTEMPTS as usize);
    let RuntimeError::Refused { call, attempts, .. } = log.runtime_error() else { panic!("{:?}", log.end) };
    assert_eq!((*call, *attempts), ("invocation/response", ATTEMPTS));
    assert!(before.elapsed() > Duration::from_secs(30) && before.elapsed() < PATIENCE);
}

#[tokio::test(start_paused = true)]
async fn the_end_names_the_call_that_was_refused() {
    let same =
        || event("{").without("Lambda-Runtime-Aws-Request-Id").header("Lambda-Runtime-Aws-Request-Id", "r");
    let mut script = Script::in_memory();
    for _ in 0..ATTEMPTS {
        script = script.next(same()).post(403);
    }
    let log = script.next(same()).run(service_fn(echo)).await;
    let RuntimeError::Refused { call, .. } = log.runtime_error() else { panic!("{:?}", log.end) };
    assert_eq!(*call, "invocation/error");
}

#[tokio::test(start_paused = true)]
async fn refused_answers_to_one_event_after_the_other_cost_no_time() {
    let before = Instant::now();
    let mut script = Script::in_memory();
    for _ in 0..2 * ATTEMPTS {
        script = script.next(event("1")).post(413);
    }
    let log = script.run(service_fn(echo)).await;
    assert_eq!(log.posts().len(), 2 * ATTEMPTS as usize);
    assert_eq!(before.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn refusals_without_end_end_the_runtime_after_the_attempts() {
    let logged = Logged::start();
    let before = Instant::now();
    let log = Script::in_memory().next(403).times(ATTEMPTS).run(service_fn(echo)).await;
    // The script has no further step, so there was no further call.
    assert_eq!(log.calls.len(), ATTEMPTS as usize);
    let RuntimeError::Refused { call, api, attempts, .. } = log.runtime_error() else {
        panic!("{:?}", log.end)
    };
    assert_eq!((*call, *attempts), ("invocation/next", ATTEMPTS));
    assert_eq!(api, "the in-memory runtime API");
    assert!(log.end_text().contains(api) && log.end_text().contains("InvalidStateTransition"));
    assert!((PATIENCE / 3..PATIENCE).contains(&before.elapsed()), "{:?}", before.elapsed());
    assert!(logged.lines().len() < 30, "{:?}", logged.lines());
    assert_eq!(logged.lines().iter().filter(|line| line.text.contains("403")).count(), ATTEMPTS as usize);
}

#[tokio::test(start_paused = true)]
async fn an_invocation_in_between_gives_all_attempts_back() {
    let mut script = Script::in_memory();
    for _ in 0..3 {
        script = script.next(403).times(ATTEMPTS - 1).invoke(event("1"));
    }
    let log = script.run(service_fn(echo)).await;
    assert_eq!(log.posts().len(), 3);
    assert!(matches!(log.runtime_error(), RuntimeError::Failed { .. }), "{:?}", log.end);
}

#[tokio::test(start_paused = true)]
async fn the_waits_grow_up_to_a_limit() {
    let mut script = Script::in_memory();
    let mut waits = Vec::new();
    for refusals in 1..10 {
        script = script.next(403).times(refusals).next(event("1")).post(202);
    }
    let mut before = Instant::now();
    let handler = service_fn(|event: LambdaEvent<Value>| {
        waits.push(before.elapsed());
        before = Instant::now();
        async { Ok::<_, Error>(event.payload) }
    });
    script.run(handler).await;
    // Each invocation came after one refusal more than the one before.
    assert!(waits.is_sorted() && waits[0] <= Duration::from_millis(50), "{waits:?}");
    // Doubled without end, and shortened by a quarter each, nine waits would take 19 seconds.
    assert!(waits[8] < Duration::from_secs(17), "{waits:?}");
}

#[tokio::test]
async fn a_5xx_from_next_ends_the_runtime_at_once() {
    for status in [500, 502, 503, 599] {
        let mut address = String::new();
        let script = Script::new().next(status);
        let log = script
            .serve(|api| {
                address = api.to_string();
                Runtime::new(service_fn(echo)).endpoint(api).run()
            })
            .await;
        assert_eq!(log.order(), ["next"]);
        let RuntimeError::Failed { call, api, source } = log.runtime_error() else { panic!("{:?}", log.end) };
        assert_eq!((*call, api, source.status().as_u16()), ("invocation/next", &address, status));
        assert!(log.end_text().contains(&address) && log.end_text().contains(&status.to_string()));
    }
}

#[tokio::test]
async fn a_5xx_from_a_post_ends_the_runtime_at_once() {
    async fn fails(event: LambdaEvent<bool>) -> Result<bool, Error> {
        if event.payload { Ok(true) } else { Err("false".into()) }
    }
    for (payload, name) in [("true", "invocation/response"), ("false", "invocation/error")] {
        let log = Script::new().next(event(payload)).post(500).run(service_fn(fails)).await;
        assert_eq!(log.calls.len(), 2);
        assert!(
            matches!(log.runtime_error(), RuntimeError::Failed { call, .. } if *call == name),
            "{:?}",
            log.end
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_204_is_no_work_and_never_ends_the_runtime() {
    let logged = Logged::start();
    let log = Script::in_memory().next(204).times(500).invoke(event("1")).run(service_fn(echo)).await;
    assert_eq!(log.order()[500..], ["next", "r-1/response", "next"]);
    assert_eq!(log.connections, 1);
    assert_eq!(logged.at(Level::WARN), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn polls_without_work_use_up_no_attempts() {
    // Nothing failed before the refusals, so all attempts are left.
    let log = Script::in_memory()
        .next(204)
        .times(2 * ATTEMPTS)
        .next(403)
        .times(ATTEMPTS - 1)
        .invoke(event("1"))
        .run(service_fn(echo))
        .await;
    assert_eq!(log.posts().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_connection_lost_after_polls_without_work_is_replaced() {
    let log = Script::in_memory()
        .next(204)
        .times(2 * ATTEMPTS)
        .next(Reply::HangUp)
        .invoke(event("1"))
        .run(service_fn(echo))
        .await;
    assert_eq!((log.posts().len(), log.connections), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn an_event_without_a_request_id_counts_as_refused() {
    for reply in [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: \r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: \u{e9}\r\nContent-Length: 2\r\n\r\n{}",
    ] {
        let script = Script::in_memory().next(Reply::bytes(reply)).times(ATTEMPTS);
        let log = script.run(service_fn(echo)).await;
        assert!(
            matches!(log.runtime_error(), RuntimeError::Refused { attempts: ATTEMPTS, .. }),
            "{:?}",
            log.end
        );
        assert!(log.end_text().contains("lambda-runtime-aws-request-id"), "{:?}", log.end);
    }
}

#[tokio::test(start_paused = true)]
async fn something_else_than_http_ends_the_runtime_after_the_attempts() {
    let garbage = Reply::last(Reply::bytes("SSH-2.0-OpenSSH_9.9\r\n"));
    let log = Script::in_memory().next(garbage).times(ATTEMPTS).run(service_fn(echo)).await;
    assert_eq!(log.connections, ATTEMPTS as usize);
    assert!(matches!(log.runtime_error(), RuntimeError::NoReply { attempts: ATTEMPTS, .. }), "{:?}", log.end);
    let end = log.end_text();
    assert!(end.contains("the in-memory runtime API") && end.contains("HTTP/1.1"), "{end}");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_goes_away_before_the_answer_ends_the_runtime_after_the_attempts() {
    let script = Script::in_memory().next(event("1")).post(Reply::HangUp).times(ATTEMPTS);
    let log = script.run(service_fn(echo)).await;
    let RuntimeError::NoReply { call, attempts, .. } = log.runtime_error() else { panic!("{:?}", log.end) };
    assert_eq!((*call, *attempts), ("invocation/response", ATTEMPTS));
}

/// Counts the connections that nobody takes.
struct Dead(Arc<AtomicU32>);

impl Connect for Dead {
    fn connect(&self) -> Connecting<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Box::pin(ready(Err(io::ErrorKind::ConnectionRefused.into())))
    }
}

fn variables() -> std::collections::BTreeMap<String, String> {
    let variables = [
        ("AWS_LAMBDA_FUNCTION_NAME", "f"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
    ];
    variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

#[tokio::test(start_paused = true)]
async fn a_dead_endpoint_is_tried_as_often_as_promised_and_costs_few_log_lines() {
    let (logged, tried, before) = (Logged::start(), Arc::default(), Instant::now());
    let api = RuntimeApi::new(Dead(Arc::clone(&tried)), Clock::system(), variables());
    let end = Runtime::new(service_fn(echo)).endpoint(api).run().await.unwrap_err();
    assert_eq!(tried.load(Ordering::Relaxed), ATTEMPTS);
    let error = end.downcast_ref::<RuntimeError>();
    assert!(matches!(error, Some(RuntimeError::NoReply { attempts: ATTEMPTS, .. })), "{end:?}");
    assert!((PATIENCE / 3..PATIENCE).contains(&before.elapsed()), "{:?}", before.elapsed());
    assert!(logged.lines().len() < 30, "{:?}", logged.lines());
    assert_eq!(logged.at(Level::ERROR).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_address_where_nobody_listens_is_named_by_the_error() {
    // A bound socket keeps its port, and one that does not listen refuses. No timer runs while a call is
    // under way, so here paused time cannot run ahead of a socket.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap().to_string();
    let before = Instant::now();
    let runtime = Runtime::new(service_fn(echo)).endpoint(address.parse().unwrap());
    let end = runtime.run().await.unwrap_err();
    let error = end.downcast_ref::<RuntimeError>();
    assert!(matches!(error, Some(RuntimeError::NoReply { attempts: ATTEMPTS, .. })), "{end:?}");
    assert!(format!("{end:?}").contains(&address), "{end:?}");
    assert!(before.elapsed() < PATIENCE, "{:?}", before.elapsed());
}
