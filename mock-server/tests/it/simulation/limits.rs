//! Cold starts, limits and lifetimes, with bursts that leave nothing to chance.

use mock_server::core::fleet::ThrottleReason;

use super::{
    Arrivals, SimulatedFunction, Simulation, alone, assert_about, function, millis, only, poisson, secs,
};

fn burst(size: u64) -> SimulatedFunction {
    function().arrivals(Arrivals::bursts(secs(0), size))
}

#[test]
fn a_cold_start_takes_init_and_the_handler_and_a_warm_one_the_handler() {
    let report = alone(function().arrivals(Arrivals::bursts(secs(1), 1))).run(100);
    let function = only(&report);
    assert_eq!((function.invocations(), function.completed(), function.cold_starts()), (100, 100, 1));
    assert_about(function.longest_latency(), millis(400));
    assert_about(function.latency(0.99), millis(100));
    assert_eq!((function.environments_started(), function.most_environments()), (1, 1));
    assert_eq!(report.elapsed(), secs(99) + millis(100));
}

#[test]
fn all_of_a_burst_start_cold_once_and_not_again() {
    let report = alone(function().arrivals(Arrivals::bursts(secs(10), 50))).run(150);
    let function = only(&report);
    assert_eq!(
        (function.cold_starts(), function.most_environments(), function.most_in_flight()),
        (50, 50, 50)
    );
}

#[test]
fn environments_that_are_not_used_for_their_lifetime_are_gone() {
    let bursts = |lifetime| function().arrivals(Arrivals::bursts(secs(600), 5)).idle_lifetime(lifetime);
    assert_eq!(only(&alone(bursts(secs(300))).run(50)).cold_starts(), 50);
    assert_eq!(only(&alone(bursts(secs(900))).run(50)).cold_starts(), 5);
}

#[test]
fn a_simulation_for_a_time_shows_what_expires_until_its_end() {
    let report = alone(burst(3).idle_lifetime(secs(60))).run_for(secs(3_600));
    let (length, rows) = only(&report).rows();
    assert_eq!(report.elapsed(), secs(3_600));
    let last = rows.iter().rposition(|row| row.most_environments > 0).unwrap();
    assert!(length * u32::try_from(last).unwrap() <= secs(61), "{length:?} {last}");
    assert!(length * u32::try_from(rows.len()).unwrap() >= secs(3_600));
}

#[test]
fn who_comes_beyond_the_reserved_concurrency_is_throttled() {
    let report = alone(burst(10).reserved(4)).run(10);
    let function = only(&report);
    assert_eq!((function.completed(), function.throttled(), function.environments_started()), (4, 6, 4));
    let reason = ThrottleReason::ReservedFunctionConcurrentInvocationLimitExceeded;
    assert_eq!(function.throttles().collect::<Vec<_>>(), [(reason, 6)]);
}

#[test]
fn no_more_than_a_thousand_environments_are_started_at_once() {
    let report = alone(burst(3_000)).run(3_000);
    assert_eq!(only(&report).throttled(), 2_000);
    let report = Simulation::new(0).concurrency(5_000).function(burst(3_000)).run(3_000);
    let reason = ThrottleReason::ConcurrentInvocationLimitExceeded;
    assert_eq!(only(&report).throttles().collect::<Vec<_>>(), [(reason, 2_000)]);
}

#[test]
fn provisioned_environments_never_start_cold() {
    let report = alone(burst(10).provisioned(6)).run(10);
    let function = only(&report);
    assert_eq!((function.cold_starts(), function.environments_started()), (4, 10));
    let report = alone(burst(10).provisioned(6).reserved(6)).run(10);
    assert_eq!((only(&report).cold_starts(), only(&report).throttled()), (0, 4));
}

#[test]
fn callers_who_try_again_are_served_later() {
    let report = alone(burst(10).reserved(5).retries(20, millis(100))).run(10);
    let function = only(&report);
    assert_eq!((function.invocations(), function.completed()), (10, 10));
    assert!(function.throttled() >= 5);
    assert!(function.longest_latency() > millis(400), "{:?}", function.longest_latency());
}

#[test]
fn callers_who_try_again_give_up_some_time() {
    let report = alone(burst(10).reserved(0).retries(3, millis(100))).run(10);
    let function = only(&report);
    assert_eq!((function.invocations(), function.completed(), function.throttled()), (10, 0, 40));
}

#[test]
fn functions_share_what_the_account_allows() {
    let named =
        |name| SimulatedFunction::named(name).arrivals(Arrivals::bursts(secs(0), 8)).duration(millis(100));
    let report = Simulation::new(0).concurrency(10).function(named("one")).function(named("other")).run(16);
    let [one, other] = report.functions() else { panic!("there are two") };
    // They come in turns.
    assert_eq!((one.throttled(), other.throttled(), report.total().throttled()), (3, 3, 6));
    assert_eq!((report.total().invocations(), report.total().most_in_flight()), (16, 10));
    assert_eq!((one.name(), other.name(), report.total().name()), ("one", "other", "all"));
}

#[test]
fn instances_take_many_at_once_and_are_added_under_load() {
    let calm = alone(poisson(20.0, millis(100)).instances(3, 20, 10)).run(2_000);
    assert_eq!((only(&calm).environments_started(), only(&calm).throttled()), (3, 0));
    let busy = alone(poisson(400.0, millis(100)).instances(3, 20, 10)).run(20_000);
    assert!((7..=20).contains(&only(&busy).most_environments()), "{}", only(&busy).most_environments());
    assert_eq!(only(&busy).throttled(), 0);
}

#[test]
fn nothing_comes_of_nothing() {
    let report = alone(function()).run(10);
    assert_eq!((report.total().invocations(), report.elapsed()), (0, secs(0)));
    let report = Simulation::new(0).run_for(secs(60));
    assert_eq!((report.functions().len(), report.elapsed()), (0, secs(60)));
    for report in [report, alone(burst(10)).run(0)] {
        assert!(report.table().to_string().starts_with("0 invocations"));
        report.write_plot(std::io::sink()).unwrap();
        report.write_csv(std::io::sink()).unwrap();
    }
}
