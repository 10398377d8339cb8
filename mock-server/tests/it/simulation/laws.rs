//! Laws of queueing theory, which know nothing of the fleet.

use super::{Distribution, alone, assert_near, millis, only, poisson, secs};

#[test]
fn as_many_are_in_flight_as_come_while_one_of_them_is_served() {
    // Little's law: the mean number is the rate times the mean time, however the times are distributed.
    for duration in [
        Distribution::constant(millis(80)),
        Distribution::exponential(millis(80)),
        Distribution::log_normal(millis(50), millis(400)),
    ] {
        let report = alone(poisson(250.0, duration).init(millis(0))).run(100_000);
        let function = only(&report);
        assert_near(function.mean_in_flight(), 250.0 * duration.mean().as_secs_f64(), 0.02);
        assert_near(function.mean_latency().as_secs_f64(), duration.mean().as_secs_f64(), 0.02);
    }
}

#[test]
fn init_is_time_in_flight_too() {
    let report = alone(poisson(50.0, millis(100)).idle_lifetime(secs(2)).init(secs(3))).run(50_000);
    let function = only(&report);
    let served = function.invocations() as f64 / report.elapsed().as_secs_f64();
    assert_near(function.mean_in_flight(), served * function.mean_latency().as_secs_f64(), 0.001);
}

#[test]
fn as_many_are_refused_as_erlang_says() {
    // A loss system: who finds all places taken goes away.
    for (rate, reserved) in [(100.0, 10), (50.0, 10), (400.0, 30)] {
        let offered = rate * 0.1;
        let function =
            poisson(rate, Distribution::exponential(millis(100))).init(millis(0)).reserved(reserved);
        let report = alone(function).run(200_000);
        let refused = only(&report).throttled() as f64 / 200_000.0;
        // Erlang's formula B, by recursion over the number of places.
        let blocked = (1..=reserved)
            .fold(1.0, |blocked, places| offered * blocked / (places as f64 + offered * blocked));
        assert_near(refused, blocked, 0.05);
    }
}

#[test]
fn a_poisson_number_is_in_flight_where_nobody_is_refused() {
    let report = alone(poisson(200.0, Distribution::exponential(millis(100))).init(millis(0))).run(200_000);
    // Of a Poisson distribution with a mean of 20.
    assert_eq!(only(&report).in_flight(0.5), 20);
    assert!((30..=32).contains(&only(&report).in_flight(0.99)), "{}", only(&report).in_flight(0.99));
}
