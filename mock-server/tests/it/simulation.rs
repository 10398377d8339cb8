//! Simulations, from the outside: what must come out whatever is inside.

use std::time::Duration;

use mock_server::simulation::{
    Arrivals, Distribution, FunctionReport, SimulatedFunction, Simulation, SimulationReport,
};

mod events;
mod laws;
mod limits;
mod output;
mod repeats;

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A function whose handler takes 100 ms, and its init 300 ms.
fn function() -> SimulatedFunction {
    SimulatedFunction::named("function").init(millis(300)).duration(millis(100))
}

fn alone(function: SimulatedFunction) -> Simulation {
    Simulation::new(7).function(function)
}

/// What happened to the only function.
fn only(report: &SimulationReport) -> &FunctionReport {
    assert_eq!(report.functions().len(), 1);
    &report.functions()[0]
}

/// As much as this, but for less than a hundredth: percentiles are no more exact.
fn assert_about(actual: Duration, expected: Duration) {
    assert!(actual >= expected && actual < expected.mul_f64(1.01), "{actual:?} instead of {expected:?}");
}

/// What chance may make of this.
fn assert_near(actual: f64, expected: f64, tolerance: f64) {
    assert!((actual - expected).abs() <= expected * tolerance, "{actual} instead of {expected}");
}

/// Callers at random.
fn poisson(rate: f64, duration: impl Into<Distribution>) -> SimulatedFunction {
    function().arrivals(Arrivals::poisson(rate)).duration(duration)
}
