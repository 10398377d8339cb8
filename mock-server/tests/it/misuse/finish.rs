//! The strict end of a test: what fails it, what it says, and what can be allowed.

use std::time::Duration;

use mock_server::{MockLambda, Rule};

use crate::guest::{echo, silent};

#[tokio::test(start_paused = true)]
async fn the_error_names_each_breach_in_a_line_and_shows_where_it_happened() {
    let mock = MockLambda::new();
    assert!(mock.function("fine").in_process(echo).invoke("1").await.is_success());
    let slow = mock.function("slow").timeout(Duration::from_secs(1)).in_process(silent);
    let outcome = slow.invoke("{}").await;
    let text = mock.finish().await.unwrap_err().to_string();
    let id = outcome.request_id();
    insta::assert_snapshot!(text.replace(id.as_str(), "ID-OF-REQUEST-2"), @r"
    a rule of Lambda's was broken:
    - no answer before the deadline: the runtime in environment 2 at +1000.000 ms, entry 33: ID-OF-REQUEST-2 was still open; answer with POST /2018-06-01/runtime/invocation/ID/response or POST /2018-06-01/runtime/invocation/ID/error before Lambda-Runtime-Deadline-Ms, or give the function more time

    environment 2 of slow
                       platform                                     │ runtime
                       ─────────────────────────────────────────────┼─────────────────────────────────────────────
      21  +   0.000 ms invoke: request 2                            │
      22  +   0.000 ms └ INIT                                       │
      24  +   0.000 ms                                              │ └ launched
      25  +   0.000 ms                                              │ ← next
      28  +   0.000 ms └ init done, 0.000 ms                        │
      29  +   0.000 ms └ INVOKE request 2                           │
      32  +   0.000 ms                                              │ └ → request 2
    ! 33  +1000.000 ms deadline of request 2                        │
      34  +1000.000 ms └ answer: Sandbox.Timedout                   │
      39  +1000.000 ms └ request 2: timeout, 1000.000 ms            │
      40  +1000.000 ms └ RESET                                      │
      41  +1000.000 ms                                              │ └ → SIGKILL
      42  +1000.000 ms                                              │ ended: signal: killed
      43  +1000.000 ms └ IDLE                                       │
      50  +1000.000 ms shutdown requested                           │
      51  +1000.000 ms └ SHUTDOWN                                   │
      52  +1000.000 ms └ TERMINATED                                 │
    request 2 is ID-OF-REQUEST-2
    ");
}

#[tokio::test(start_paused = true)]
async fn the_debug_form_is_for_people_too() {
    let mock = MockLambda::new();
    let _crashed = mock.function("f").in_process(|_| async { Err("out of order") }).invoke("{}").await;
    let unfinished = mock.finish().await.unwrap_err();
    assert_eq!(format!("{unfinished:?}"), unfinished.to_string());
}

#[tokio::test(start_paused = true)]
async fn only_what_is_allowed_is_overlooked() {
    let mock = MockLambda::new();
    let slow = mock.function("slow").timeout(Duration::from_secs(1)).in_process(silent);
    assert!(slow.invoke("{}").await.is_timeout());
    assert!(mock.finish_allowing(&[Rule::Exited]).await.is_err());
    assert!(mock.finish_allowing(&[Rule::Exited, Rule::TimedOut]).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn each_function_has_its_own_breaches() {
    let mock = MockLambda::new();
    let broken = mock.function("broken").in_process(|_| async { Err("out of order") });
    let fine = mock.function("fine").in_process(echo);
    assert!(fine.invoke("1").await.is_success());
    assert!(!broken.invoke("1").await.is_success());
    assert_eq!(fine.misuse(), []);
    assert_eq!(broken.misuse(), mock.misuse());
    assert_eq!(broken.misuse().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_function_whose_name_was_taken_is_shut_down_as_well() {
    let mock = MockLambda::new();
    let replaced = mock.function("f").in_process(silent);
    let invoke = tokio::spawn({
        let replaced = replaced.clone();
        async move { replaced.invoke("{}").await }
    });
    let is_asked =
        |entry: &mock_server::Entry| matches!(entry.event, mock_server::Event::InvocationBegan { .. });
    mock.timeline().wait_for(is_asked).await;
    let _taker = mock.function("f").in_process(echo);
    assert!(mock.finish().await.is_err());
    assert!(!invoke.await.unwrap().is_success());
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_dropped_checks_nothing() {
    let mock = MockLambda::new();
    assert!(
        !mock.function("f").in_process(|_| async { Err("out of order") }).invoke("{}").await.is_success()
    );
    drop(mock);
}
