//! Events whose function has no room for them.

use mock_server::core::fleet::ThrottleReason;

use super::{
    Condition, DEAD, EVENT, FAILURES, Function, MockLambda, QueueEvent, SUCCESSES, attempts, fails_with,
    finished, is_silent, only, record, record_of_none, secs, told,
};
use crate::guest::answering;

const RESERVED: ThrottleReason = ThrottleReason::ReservedFunctionConcurrentInvocationLimitExceeded;

/// A function of one environment, in which an invocation takes so long. It is invoked once.
async fn busy(mock: &MockLambda, seconds: u64, age: u64) -> Function {
    let builder = mock.function("f").on_success(SUCCESSES).on_failure(FAILURES).dead_letter(DEAD);
    let builder = builder.maximum_event_age(secs(age)).reserved_concurrency(1);
    let function = builder.timeout(secs(100_000)).in_process(move |api| {
        answering(api, move |_| async move {
            tokio::time::sleep(secs(seconds)).await;
            b"\"done\"".to_vec()
        })
    });
    tokio::spawn({
        let function = function.clone();
        async move { assert!(function.invoke("{}").await.is_success()) }
    });
    tokio::task::yield_now().await;
    function
}

/// When events were refused; asserts that all were for this reason.
fn refusals(mock: &MockLambda) -> Vec<u64> {
    let told = told(mock);
    let refused = told.iter().filter_map(|(time, event)| match event {
        QueueEvent::Throttled { reason } => {
            assert_eq!(*reason, RESERVED);
            Some(time.as_secs())
        }
        _ => None,
    });
    refused.collect()
}

#[tokio::test(start_paused = true)]
async fn a_throttled_event_waits_twice_as_long_each_time_and_five_minutes_at_most() {
    let mock = MockLambda::new();
    let function = busy(&mock, 30_000, 21_600).await;
    let finished = finished(&function).await;
    assert_eq!((finished.condition, finished.attempts), (Condition::EventAgeExceeded, 0));
    let refusals = refusals(&mock);
    assert_eq!(refusals[..12], [0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 811, 1_111]);
    assert!(refusals[9..].windows(2).all(|pair| pair[1] - pair[0] == 300), "{refusals:?}");
    assert_eq!(refusals.last(), Some(&21_511));
    assert_eq!(told(&mock).last().unwrap().0, secs(21_600), "and not a second later");
    let expected = record_of_none(&mock, &finished, "EventAgeExceeded");
    assert_eq!(only(&mock, FAILURES).body(), &expected);
}

#[tokio::test(start_paused = true)]
async fn a_throttled_event_runs_when_there_is_room_and_refusals_do_not_count() {
    let mock = MockLambda::new();
    let function = busy(&mock, 10, 60).await;
    let finished = finished(&function).await;
    assert_eq!(refusals(&mock), [0, 1, 3, 7]);
    assert_eq!(told(&mock).last().unwrap().0, secs(25), "it began after 15 seconds");
    let expected = record(&mock, &finished, "Success", 1, r#""done""#);
    assert_eq!(only(&mock, SUCCESSES).body(), &expected);
    assert!(is_silent(&mock, FAILURES) && is_silent(&mock, DEAD));
}

#[tokio::test(start_paused = true)]
async fn a_dead_letter_that_never_ran_says_that_it_was_throttled() {
    let mock = MockLambda::new();
    let function = busy(&mock, 100, 60).await;
    let finished = finished(&function).await;
    let letter = only(&mock, DEAD);
    assert_eq!(letter.body(), EVENT);
    assert_eq!(letter.attribute("RequestID"), Some(finished.request_id.as_str()));
    assert_eq!(letter.attribute("ErrorCode"), Some("429"));
    assert_eq!(letter.attribute("ErrorMessage"), Some("Rate Exceeded."));
}

#[tokio::test(start_paused = true)]
async fn after_a_function_error_the_waits_of_throttling_begin_anew() {
    let mock = MockLambda::new();
    let function = fails_with(mock.function("f").reserved_concurrency(1), 1);
    let queued = function.queue(EVENT).unwrap();
    tokio::time::sleep(secs(30)).await;
    // Between the first attempt and the second somebody else comes, and stays for five seconds.
    let other = mock.function("other").reserved_concurrency(1_000).in_process(crate::guest::echo);
    function.reserve_concurrency(None);
    tokio::time::sleep(secs(35)).await;
    other.reserve_concurrency(None);
    let finished = queued.finished().await.unwrap();
    assert_eq!((finished.condition, finished.attempts), (Condition::Success, 2));
    assert_eq!(attempts(&mock, finished.request_id.as_str()), [0, 67].map(secs));
    let told = told(&mock);
    let refused: Vec<_> =
        told.iter().filter(|(_, event)| matches!(event, QueueEvent::Throttled { .. })).collect();
    let reason = ThrottleReason::ConcurrentInvocationLimitExceeded;
    let expected = [60, 61, 63].map(|seconds| (secs(seconds), QueueEvent::Throttled { reason }));
    assert!(refused.into_iter().eq(&expected), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn without_any_concurrency_an_event_fails_at_once() {
    let mock = MockLambda::new();
    let builder = mock.function("f").on_failure(FAILURES).dead_letter(DEAD).reserved_concurrency(0);
    let function = fails_with(builder, 0);
    let finished = finished(&function).await;
    assert_eq!((finished.condition, finished.attempts), (Condition::ZeroReservedConcurrency, 0));
    let expected = record_of_none(&mock, &finished, "ZeroReservedConcurrency");
    assert_eq!(only(&mock, FAILURES).body(), &expected);
    assert_eq!(only(&mock, DEAD).attribute("ErrorCode"), Some("429"));
    assert_eq!(
        told(&mock),
        [
            QueueEvent::Accepted,
            QueueEvent::Throttled { reason: RESERVED },
            QueueEvent::Finished { condition: Condition::ZeroReservedConcurrency },
            QueueEvent::Delivered { destination: FAILURES.to_owned() },
            QueueEvent::Delivered { destination: DEAD.to_owned() },
        ]
        .map(|event| (secs(0), event))
    );
}

#[tokio::test(start_paused = true)]
async fn an_event_that_waits_for_its_retry_fails_if_all_concurrency_is_taken_away() {
    let mock = MockLambda::new();
    let function = fails_with(mock.function("f").on_failure(FAILURES), 9);
    let queued = function.queue(EVENT).unwrap();
    tokio::time::sleep(secs(30)).await;
    function.reserve_concurrency(Some(0));
    let finished = queued.finished().await.unwrap();
    let expected = record_of_none(&mock, &finished, "ZeroReservedConcurrency");
    assert_eq!(only(&mock, FAILURES).body(), &expected);
    assert_eq!(told(&mock).last().unwrap().0, secs(60));
}
