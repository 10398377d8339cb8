//! How a guest in this process can end, and what the caller then gets.

use std::time::Duration;

use mock_server::{Event, Function, MockLambda, Outcome, core::Exit};

use crate::guest::{self, NEXT, Puppet, echo, request_id};
use crate::raw::Connection;

fn exit_error(outcome: &Outcome, reason: &str) -> String {
    let id = outcome.request_id();
    format!(r#"{{"errorType":"Runtime.ExitError","errorMessage":"RequestId: {id} Error: {reason}"}}"#)
}

fn exits(function: &Function) -> Vec<Exit> {
    let entries = function.timeline().entries();
    entries
        .iter()
        .filter_map(|entry| match entry.event {
            Event::Exited(exit) => Some(exit),
            _ => None,
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_guest_that_returns_has_exited_without_a_reason() {
    let function = MockLambda::new().function("f").in_process(|_| async { Ok::<_, String>(()) });
    let outcome = function.invoke("{}").await;
    assert_eq!(outcome.payload(), &exit_error(&outcome, "Runtime exited without providing a reason"));
    assert_eq!(outcome.error_type(), Some("Runtime.ExitError"));
    assert_eq!(exits(&function), [Exit::Code(0), Exit::Code(0)], "init is tried twice");
}

#[tokio::test(start_paused = true)]
async fn a_guest_that_fails_exits_with_status_1_and_its_error_is_in_the_logs() {
    let function = MockLambda::new().function("f").in_process(|_| async { Err("no such table: orders") });
    let outcome = function.invoke("{}").await;
    assert_eq!(outcome.payload(), &exit_error(&outcome, "Runtime exited with error: exit status 1"));
    // As the standard library prints the error of a main: in its debug form.
    assert_eq!(outcome.logs(), ["Error: \"no such table: orders\""; 2]);
}

#[tokio::test(start_paused = true)]
async fn a_guest_that_panics_exits_with_status_101() {
    let function = MockLambda::new().function("f").in_process(|api| async move {
        Connection::open(&api).await.get(NEXT).await;
        if true {
            panic!("this panic belongs to the test");
        }
        Ok::<_, String>(())
    });
    let outcome = function.invoke("{}").await;
    assert_eq!(outcome.payload(), &exit_error(&outcome, "Runtime exited with error: exit status 101"));
    assert_eq!(exits(&function), [Exit::Code(101)]);
}

#[tokio::test(start_paused = true)]
async fn what_was_posted_before_the_end_counts() {
    let function = MockLambda::new().function("f").in_process(|api| async move {
        let mut api = Connection::open(&api).await;
        let event = api.get(NEXT).await;
        api.post(&guest::response_path(request_id(&event)), "1").await;
        Err("enough")
    });
    let outcome = function.invoke("{}").await;
    assert_eq!(outcome.payload(), "1");
    assert!(outcome.is_success(), "the caller has the response");
    assert_eq!(outcome.report().error_type.as_deref(), Some("Runtime.ExitError"));
}

#[tokio::test(start_paused = true)]
async fn the_environment_recovers_from_a_crash() {
    let puppet = Puppet::new(MockLambda::new().function("f").timeout(Duration::from_secs(1)));
    assert!(puppet.function.invoke("{}").await.is_timeout());
    // The next invoke starts the guest anew, in the same environment.
    let mut launches = 0;
    let outcome = puppet.invoke(r#"{"second":true}"#);
    let mut event = None;
    while event.is_none() {
        // Those of the first invoke are over already.
        let api = puppet.launched().await;
        launches += 1;
        event = Connection::open(&api).await.try_get(NEXT).await;
    }
    assert_eq!((launches, event.unwrap().text()), (3, r#"{"second":true}"#));
    outcome.abort();
    let environments: Vec<_> =
        puppet.function.timeline().entries().iter().map(|entry| entry.environment).collect();
    assert!(environments.iter().all(|environment| *environment == environments[0]));
}

#[tokio::test(start_paused = true)]
async fn after_shut_down_the_next_invoke_starts_a_new_environment() {
    let function = MockLambda::new().function("f").in_process(echo);
    let cold = function.invoke("1").await;
    let warm = function.invoke("2").await;
    function.shut_down().await;
    let again = function.invoke("3").await;
    let is_cold = [&cold, &warm, &again].map(|outcome| outcome.report().is_cold_start());
    assert_eq!(is_cold, [true, false, true]);
    assert_eq!(again.payload(), "3");
}

#[tokio::test(start_paused = true)]
async fn shutting_down_answers_whoever_waits() {
    let mock = MockLambda::new();
    let puppet = Puppet::new(mock.function("f"));
    let (mut api, outcome) = puppet.connected("{}").await;
    api.get(NEXT).await;
    mock.shut_down().await;
    let outcome = outcome.await.unwrap();
    assert_eq!(outcome.error_type(), Some("Sandbox.Failure"));
    assert!(!outcome.is_success());
}
