//! Function errors: how often an event is tried, when, and how each kind of failure is told.

use super::{
    Condition, Connection, Duration, FAILURES, Invocation, MockLambda, NEXT, QueueEvent, REPORT, RuntimeApi,
    SUCCESSES, attempts, error_path, fails, fails_with, finished, is_silent, only, record, request_id, secs,
    told,
};
use crate::guest::silent;

#[tokio::test(start_paused = true)]
async fn a_success_is_told_where_successes_go() {
    let mock = MockLambda::new();
    let function = fails(&mock, 0);
    let finished = finished(&function).await;
    assert_eq!((finished.condition, finished.attempts), (Condition::Success, 1));
    let message = only(&mock, SUCCESSES);
    assert_eq!(message.body(), &record(&mock, &finished, "Success", 1, r#""done""#));
    assert!(message.attributes().is_empty() && is_silent(&mock, FAILURES));
    assert_eq!(
        told(&mock),
        [
            (secs(0), QueueEvent::Accepted),
            (secs(0), QueueEvent::Finished { condition: Condition::Success }),
            (secs(0), QueueEvent::Delivered { destination: SUCCESSES.to_owned() }),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn an_event_is_tried_as_often_as_is_configured_after_a_minute_and_after_two() {
    for (retries, at) in [(0, vec![0]), (1, vec![0, 60]), (2, vec![0, 60, 180])] {
        let mock = MockLambda::new();
        let builder = mock.function("f").on_success(SUCCESSES).on_failure(FAILURES);
        let function = fails_with(builder.maximum_retry_attempts(retries), 9);
        let finished = finished(&function).await;
        assert_eq!(finished.condition, Condition::RetriesExhausted);
        let at: Vec<_> = at.into_iter().map(secs).collect();
        assert_eq!(attempts(&mock, finished.request_id.as_str()), at, "{retries} retries");
        let expected = record(&mock, &finished, "RetriesExhausted", retries + 1, REPORT);
        assert_eq!(only(&mock, FAILURES).body(), &expected);
        assert!(is_silent(&mock, SUCCESSES));
        assert_eq!(told(&mock).last().unwrap().0, *at.last().unwrap());
    }
}

#[tokio::test(start_paused = true)]
async fn without_configuration_there_are_two_retries() {
    let mock = MockLambda::new();
    let function = fails(&mock, 9);
    assert_eq!(finished(&function).await.attempts, 3);
}

#[tokio::test(start_paused = true)]
async fn a_runtime_that_calls_itself_unavailable_has_failed_like_any_other() {
    let mock = MockLambda::new();
    let function = mock.function("f").on_failure(FAILURES).in_process(async |api: RuntimeApi| {
        let mut guest = Connection::open(&api).await;
        while let Some(event) = guest.try_get(NEXT).await {
            let headers = [("Lambda-Runtime-Function-Error-Type", "Runtime.Unavailable")];
            guest.post_with(&error_path(request_id(&event)), &headers, REPORT).await;
        }
        Ok::<_, String>(())
    });
    let finished = finished(&function).await;
    assert_eq!((finished.condition, finished.attempts), (Condition::RetriesExhausted, 3));
    let expected = record(&mock, &finished, "RetriesExhausted", 3, REPORT);
    assert_eq!(only(&mock, FAILURES).body(), &expected);
}

#[tokio::test(start_paused = true)]
async fn a_retry_that_succeeds_is_a_success() {
    for (failures, at) in [(1, vec![0, 60]), (2, vec![0, 60, 180])] {
        let mock = MockLambda::new();
        let function = fails(&mock, failures);
        let finished = finished(&function).await;
        let at: Vec<_> = at.into_iter().map(secs).collect();
        assert_eq!(attempts(&mock, finished.request_id.as_str()), at);
        let expected = record(&mock, &finished, "Success", failures + 1, r#""done""#);
        assert_eq!(only(&mock, SUCCESSES).body(), &expected);
        assert!(is_silent(&mock, FAILURES));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_configured_while_an_event_waits_counts_for_it() {
    let mock = MockLambda::new();
    let function = fails(&mock, 9);
    let queued = function.queue("{}").unwrap();
    tokio::time::sleep(secs(30)).await;
    function.update().maximum_retry_attempts(1).same_code().unwrap();
    assert_eq!(queued.finished().await.unwrap().attempts, 2);
}

#[tokio::test(start_paused = true)]
async fn a_time_out_is_a_function_error_and_the_wait_begins_when_it_is_over() {
    let mock = MockLambda::new();
    let function = mock.function("f").on_failure(FAILURES).timeout(secs(3)).in_process(silent);
    let finished = finished(&function).await;
    let id = &finished.request_id;
    assert_eq!(attempts(&mock, id.as_str()), [0, 63, 186].map(secs));
    let response = format!(
        r#"{{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: {id} Error: Task timed out after 3.00 seconds"}}"#
    );
    assert_eq!(only(&mock, FAILURES).body(), &record(&mock, &finished, "RetriesExhausted", 3, &response));
}

#[tokio::test(start_paused = true)]
async fn a_crash_is_a_function_error() {
    let mock = MockLambda::new();
    let builder = mock.function("f").on_failure(FAILURES).maximum_retry_attempts(0);
    let function = builder.in_process(async |api| {
        let mut guest = Connection::open(&api).await;
        guest.get(NEXT).await;
        Err::<(), _>("it crashed")
    });
    let finished = finished(&function).await;
    let id = &finished.request_id;
    let response = format!(
        r#"{{"errorType":"Runtime.ExitError","errorMessage":"RequestId: {id} Error: Runtime exited with error: exit status 1"}}"#
    );
    assert_eq!(only(&mock, FAILURES).body(), &record(&mock, &finished, "RetriesExhausted", 1, &response));
}

#[tokio::test(start_paused = true)]
async fn the_id_that_the_caller_gives_is_that_of_all_attempts_and_of_the_record() {
    let id = "11111111-2222-4333-8444-555555555555";
    let mock = MockLambda::new();
    let function = fails(&mock, 9);
    let trace = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1";
    let invocation = Invocation::new("{}").request_id(id.parse().unwrap()).trace_id(trace);
    let queued = function.queue(invocation).unwrap();
    assert_eq!(queued.request_id().as_str(), id);
    queued.finished().await.unwrap();
    assert_eq!(attempts(&mock, id).len(), 3);
    let message = only(&mock, FAILURES);
    assert_eq!((message.request_id().as_str(), message.trace_header()), (id, Some(trace)));
}

#[tokio::test(start_paused = true)]
async fn an_environment_that_is_shut_down_is_no_fault_of_the_function() {
    let mock = MockLambda::new();
    let function = mock.function("f").on_failure(FAILURES).timeout(secs(600)).in_process(silent);
    let queued = function.queue("{}").unwrap();
    tokio::time::sleep(Duration::from_secs(5)).await;
    function.shut_down().await;
    fails_with(function.update(), 0);
    let finished = queued.finished().await.unwrap();
    assert_eq!((finished.condition, finished.attempts), (Condition::Success, 1));
    assert_eq!(attempts(&mock, finished.request_id.as_str()), [0, 6].map(secs));
}
