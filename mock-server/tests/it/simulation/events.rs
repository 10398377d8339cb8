//! Asynchronous functions: the queue between callers and the fleet.

use mock_server::core::{destination::Condition, queue::Policy};

use super::{Arrivals, SimulatedFunction, alone, assert_about, function, millis, only, secs};

fn burst(size: u64) -> SimulatedFunction {
    function().arrivals(Arrivals::bursts(secs(0), size)).asynchronous(Policy::default())
}

#[test]
fn what_is_throttled_is_tried_again_until_it_succeeds() {
    let report = alone(burst(10).reserved(1)).run(10);
    let function = only(&report);
    assert_eq!((function.invocations(), function.completed()), (10, 10));
    assert_eq!(function.finished().collect::<Vec<_>>(), [(Condition::Success, 10)]);
    // All the others are refused together, and one of them gets through each time: after 1, 3, 7 … 511 s, and then each
    // five minutes.
    assert_eq!(function.throttled(), 45);
    assert_about(function.longest_latency(), secs(511) + millis(100));
}

#[test]
fn a_function_error_is_tried_again_after_one_minute_and_two() {
    let report = alone(burst(5).failure_rate(1.0)).run(5);
    let function = only(&report);
    assert_eq!((function.completed(), function.function_errors()), (15, 15));
    assert_eq!(function.finished().collect::<Vec<_>>(), [(Condition::RetriesExhausted, 5)]);
    assert_about(function.latency(0.5), secs(180) + millis(600));
}

#[test]
fn without_any_concurrency_nothing_is_tried() {
    let report = alone(burst(5).reserved(0)).run(5);
    assert_eq!(only(&report).finished().collect::<Vec<_>>(), [(Condition::ZeroReservedConcurrency, 5)]);
    assert_eq!(report.elapsed(), secs(0));
}

#[test]
fn what_becomes_too_old_is_given_up() {
    let policy = Policy { maximum_age: secs(60), ..Policy::default() };
    let slow = burst(3).asynchronous(policy).duration(secs(100)).reserved(1);
    let report = alone(slow).run(3);
    let expected = [(Condition::Success, 1), (Condition::EventAgeExceeded, 2)];
    assert_eq!(only(&report).finished().collect::<Vec<_>>(), expected);
}
