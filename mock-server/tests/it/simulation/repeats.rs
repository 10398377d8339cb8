//! The same seed, the same report; and what it costs.

use super::{
    Arrivals, Distribution, SimulatedFunction, Simulation, SimulationReport, function, millis, only, secs,
};

fn everything(seed: u64) -> SimulationReport {
    let hours = |hours: u64| secs(hours * 3_600);
    let day = Arrivals::daily([(hours(0), 0.02), (hours(12), 0.5), (hours(24), 0.02)]);
    let api = SimulatedFunction::named("api")
        .arrivals(day.and(Arrivals::bursts(hours(2), 60)))
        .init(Distribution::uniform(millis(200), millis(600)))
        .duration(Distribution::log_normal(secs(1), secs(9)))
        .reserved(20)
        .provisioned(3)
        .retries(3, secs(1))
        .idle_lifetime(secs(600));
    let worker = SimulatedFunction::named("worker")
        .arrivals(Arrivals::poisson(0.2))
        .init(millis(500))
        .duration(Distribution::exponential(secs(5)))
        .failure_rate(0.1)
        .reserved(3)
        .asynchronous(mock_server::core::queue::Policy::default());
    Simulation::new(seed).function(api).function(worker).run_for(hours(24))
}

fn written(report: &SimulationReport) -> [Vec<u8>; 3] {
    let (mut plot, mut csv) = (Vec::new(), Vec::new());
    assert!(report.write_plot(&mut plot).is_ok() && report.write_csv(&mut csv).is_ok());
    [report.table().to_string().into_bytes(), plot, csv]
}

#[test]
fn the_same_seed_gives_the_same_report_to_the_byte_and_another_one_another() {
    let first = written(&everything(1));
    assert_eq!(first, written(&everything(1)));
    for (one, other) in first.iter().zip(written(&everything(2))) {
        assert_ne!(*one, other);
    }
}

#[test]
fn a_function_with_other_limits_meets_the_same_callers() {
    let api =
        || function().arrivals(Arrivals::poisson(30.0)).duration(Distribution::exponential(millis(200)));
    let free = Simulation::new(3).function(api()).run_for(secs(300));
    let tight = Simulation::new(3).function(api().reserved(4)).run_for(secs(300));
    assert!(only(&tight).throttled() > 0);
    assert_eq!(only(&tight).invocations(), only(&free).invocations());
    let came = |report: &SimulationReport| {
        let (_, rows) = only(report).rows();
        rows.into_iter().map(|row| row.invocations).collect::<Vec<_>>()
    };
    assert_eq!(came(&tight), came(&free));
    // A limit that nobody reaches changes nothing at all.
    let wide = Simulation::new(3).function(api().reserved(900)).run_for(secs(300));
    assert_eq!(written(&wide), written(&free));
}

#[test]
fn a_function_does_not_notice_another_one_that_takes_nothing_from_it() {
    let one =
        || function().arrivals(Arrivals::poisson(30.0)).duration(Distribution::exponential(millis(200)));
    let other = SimulatedFunction::named("other").arrivals(Arrivals::poisson(50.0)).duration(millis(10));
    let alone = Simulation::new(3).function(one()).run_for(secs(100));
    let together = Simulation::new(3).function(one()).function(other).run_for(secs(100));
    assert_eq!(alone.functions()[0].rows(), together.functions()[0].rows());
    assert_eq!(alone.functions()[0].mean_latency(), together.functions()[0].mean_latency());
}

/// Steps are counted and not the time, so that nothing else on the machine matters.
#[test]
fn ten_times_the_invocations_cost_ten_times_the_steps() {
    let functions = [
        function().arrivals(Arrivals::poisson(200.0)),
        function().arrivals(Arrivals::poisson(200.0)).idle_lifetime(millis(200)),
        function().arrivals(Arrivals::poisson(200.0)).reserved(10),
        function().arrivals(Arrivals::poisson(200.0)).provisioned(15),
        function().arrivals(Arrivals::poisson(200.0)).instances(2, 9, 10),
    ];
    for function in functions {
        let steps = |invocations| Simulation::new(5).function(function.clone()).run(invocations).inputs();
        let (few, many) = (steps(4_000), steps(40_000));
        assert!(many <= few * 21 / 2, "{function:?}: {few} and {many}");
    }
}

#[test]
fn a_report_is_no_larger_after_a_year() {
    let report = Simulation::new(5).function(function().arrivals(Arrivals::bursts(secs(3_600), 2)));
    let report = report.run_for(secs(365 * 24 * 3_600));
    let (length, rows) = only(&report).rows();
    assert_eq!(only(&report).invocations(), 2 * (365 * 24 + 1));
    assert!(rows.len() <= 240 && length > secs(24 * 3_600), "{} rows of {length:?}", rows.len());
    assert_eq!(rows.iter().map(|row| row.invocations).sum::<u64>(), only(&report).invocations());
}
