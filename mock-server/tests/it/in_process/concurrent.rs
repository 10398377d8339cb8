//! Several invocations at once in one environment, as on Lambda Managed Instances.
//!
//! Which call is allowed when is tested in `src/core/test`; here it is seen from the guest and from the caller.

#![expect(clippy::unwrap_used, reason = "what did not happen fails the test")]

use std::time::Duration;

use lambda_api::transport::Stream;
use mock_server::{Event, Invocation, MockLambda, Outcome, core::Status};
use tokio::task::JoinHandle;

use crate::{
    guest::{NEXT, Puppet, error_path, request_id, response_path},
    raw::{self, Connection},
};

const AT_ONCE: u32 = 4;
const ACCEPTED: (u16, &str) = (202, "{\"status\":\"OK\"}\n");

/// A function with as many invocations under way as it may have at once, each on a connection of its own.
struct Busy {
    puppet: Puppet,
    workers: Vec<Connection<Stream>>,
    outcomes: Vec<JoinHandle<Outcome>>,
}

fn id(number: u32) -> String {
    format!("r-{number}")
}

impl Busy {
    /// Each invocation begins a second after the one before.
    async fn new() -> Self {
        let puppet = Puppet::new(
            MockLambda::new()
                .function("f")
                .timeout(Duration::from_secs(60))
                .max_concurrency(AT_ONCE as usize),
        );
        let function = puppet.function.clone();
        let starting = tokio::spawn(async move { function.start().await });
        let api = puppet.launched().await;
        let mut workers = Vec::new();
        for _ in 0..AT_ONCE {
            let mut worker = Connection::open(&api).await;
            worker.send(raw::get(NEXT)).await;
            workers.push(worker);
        }
        starting.await.unwrap();
        let mut busy = Self { puppet, workers, outcomes: Vec::new() };
        for number in 0..AT_ONCE {
            let invocation = Invocation::new(number.to_string()).request_id(id(number).parse().unwrap());
            busy.outcomes.push(busy.puppet.invoke(invocation));
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        // Whichever worker got it, it is told here as the one of its invocation.
        let mut sorted: Vec<_> = Vec::new();
        for mut worker in busy.workers.drain(..) {
            let event = worker.reply().await;
            assert_eq!(request_id(&event), format!("r-{}", event.text()));
            sorted.push((event.text().to_owned(), worker));
        }
        sorted.sort_by(|(one, _), (other, _)| one.cmp(other));
        busy.workers.extend(sorted.into_iter().map(|(_, worker)| worker));
        busy
    }

    /// Answers an invocation, and polls again.
    async fn answer(&mut self, number: u32) {
        let worker = &mut self.workers[number as usize];
        let body = format!("\"answer {number}\"");
        assert_eq!(worker.post(&response_path(&id(number)), body).await.brief(), ACCEPTED);
        worker.send(raw::get(NEXT)).await;
    }

    async fn outcome(&mut self, number: u32) -> Outcome {
        let outcome = &mut self.outcomes[number as usize];
        outcome.await.unwrap()
    }

    /// The invocation ends with its own answer.
    async fn ends_well(&mut self, number: u32) {
        self.answer(number).await;
        let outcome = self.outcome(number).await;
        assert!(outcome.is_success());
        assert_eq!(outcome.payload(), &format!("\"answer {number}\""));
    }

    fn launches(&self) -> usize {
        let entries = self.puppet.function.timeline().entries();
        entries.iter().filter(|entry| matches!(entry.event, Event::Launched { .. })).count()
    }
}

#[tokio::test(start_paused = true)]
async fn invocations_in_one_environment_may_be_answered_in_any_order() {
    let mut busy = Busy::new().await;
    let mut are_open = [true; AT_ONCE as usize];
    for number in [2, 0, 3, 1] {
        busy.ends_well(number).await;
        are_open[number as usize] = false;
        let open: Vec<_> = busy.outcomes.iter().map(|outcome| !outcome.is_finished()).collect();
        assert_eq!(open, are_open);
    }
    assert_eq!(busy.launches(), 1);
    let mut environments: Vec<_> =
        busy.puppet.function.timeline().entries().iter().map(|entry| entry.environment).collect();
    environments.dedup();
    assert_eq!(environments.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_invocation_that_is_too_late_leaves_the_others_alone_and_is_told_so_once() {
    for path in [response_path, error_path] {
        let mut busy = Busy::new().await;
        // The first began a second before the next.
        let outcome = busy.outcome(0).await;
        assert!(outcome.is_timeout());
        assert_eq!((outcome.report().status, outcome.report().duration.as_secs()), (Status::Timeout, 60));
        assert!(busy.outcomes[1..].iter().all(|outcome| !outcome.is_finished()));

        let late = busy.workers[0].post(&path("r-0"), "\"late\"").await;
        assert_eq!(late.status(), 410);
        assert!(late.text().contains(r#""errorType":"InvokeTimeout""#), "{}", late.text());
        let again = busy.workers[0].post(&path("r-0"), "\"late\"").await;
        assert_eq!(again.status(), 400);
        assert!(again.text().contains(r#""errorType":"InvalidRequestID""#), "{}", again.text());

        for number in [3, 1, 2] {
            busy.ends_well(number).await;
        }
        // Its worker goes on, too.
        busy.workers[0].send(raw::get(NEXT)).await;
        assert_eq!(busy.launches(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn one_invoke_too_many_is_refused_at_once() {
    let mut busy = Busy::new().await;
    let begin = tokio::time::Instant::now();
    let refused = busy.puppet.invoke("4").await.unwrap();
    assert!(refused.is_throttled(), "{refused:?}");
    assert_eq!(begin.elapsed(), Duration::ZERO);
    for number in 0..AT_ONCE {
        busy.ends_well(number).await;
    }
    // There is room again.
    let next = busy.puppet.invoke("5");
    assert_eq!(busy.workers[0].reply().await.brief(), (200, "5"));
    assert!(!next.is_finished());
    next.abort();
    assert_eq!(busy.launches(), 1);
}
