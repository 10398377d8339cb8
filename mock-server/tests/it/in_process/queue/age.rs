//! Events that become too old, wherever they are when that happens.

use super::{
    Condition, FAILURES, FunctionBuilder, MockLambda, REPORT, attempts, fails_with, finished, only, record,
    secs, told,
};
use crate::guest::silent;

fn aging(mock: &MockLambda, age: u64) -> FunctionBuilder {
    mock.function("f").on_failure(FAILURES).maximum_event_age(secs(age))
}

#[tokio::test(start_paused = true)]
async fn between_retries_an_event_ends_at_its_age_with_the_last_result() {
    for (age, at) in [(60, vec![0]), (61, vec![0, 60]), (100, vec![0, 60]), (180, vec![0, 60])] {
        let mock = MockLambda::new();
        let function = fails_with(aging(&mock, age), 9);
        let finished = finished(&function).await;
        assert_eq!(finished.condition, Condition::EventAgeExceeded, "{age}");
        let at: Vec<_> = at.into_iter().map(secs).collect();
        assert_eq!(attempts(&mock, finished.request_id.as_str()), at, "{age}");
        assert_eq!(told(&mock).last().unwrap().0, secs(age));
        let count = u32::try_from(at.len()).unwrap();
        let expected = record(&mock, &finished, "EventAgeExceeded", count, REPORT);
        assert_eq!(only(&mock, FAILURES).body(), &expected);
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_just_young_enough_is_tried() {
    let mock = MockLambda::new();
    let function = fails_with(aging(&mock, 181), 9);
    let finished = finished(&function).await;
    assert_eq!((finished.condition, finished.attempts), (Condition::RetriesExhausted, 3));
}

#[tokio::test(start_paused = true)]
async fn an_event_that_becomes_too_old_while_it_runs_ends_with_the_attempt() {
    let mock = MockLambda::new();
    let function = aging(&mock, 60).timeout(secs(70)).in_process(silent);
    let finished = finished(&function).await;
    assert_eq!((finished.condition, finished.attempts), (Condition::EventAgeExceeded, 1));
    assert_eq!(told(&mock).last().unwrap().0, secs(70));
    let response = finished.response.as_ref().map(|response| response.payload.clone()).unwrap();
    let response = String::from_utf8(response.to_vec()).unwrap();
    assert!(response.contains("Task timed out after 70.00 seconds"), "{response}");
    let expected = record(&mock, &finished, "EventAgeExceeded", 1, &response);
    assert_eq!(only(&mock, FAILURES).body(), &expected);
}

#[tokio::test(start_paused = true)]
async fn the_last_attempt_counts_whatever_the_age_is_by_then() {
    let mock = MockLambda::new();
    let function = aging(&mock, 60).maximum_retry_attempts(0).timeout(secs(70)).in_process(silent);
    assert_eq!(finished(&function).await.condition, Condition::RetriesExhausted);
}

#[tokio::test(start_paused = true)]
async fn ages_beyond_what_lambda_takes_are_those_at_the_edge() {
    let mock = MockLambda::new();
    let function = fails_with(aging(&mock, 1), 9);
    finished(&function).await;
    assert_eq!(told(&mock).last().unwrap().0, secs(60));
}
