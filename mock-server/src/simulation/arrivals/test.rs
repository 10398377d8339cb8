//! Arrivals: how many come when.

use super::*;

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn until(arrivals: &Arrivals, end: Duration) -> Vec<Duration> {
    arrivals.stream(7, 0).take_while(|&time| time < end).collect()
}

fn between(times: &[Duration], from: Duration, to: Duration) -> f64 {
    times.iter().filter(|&&time| from <= time && time < to).count() as f64
}

fn assert_near(actual: f64, expected: f64) {
    assert!((actual - expected).abs() < expected * 0.03, "{actual} instead of {expected}");
}

#[test]
fn a_poisson_process_has_its_rate_and_gaps_without_memory() {
    let times = until(&Arrivals::poisson(50.0), secs(2_000));
    assert_near(times.len() as f64, 100_000.0);
    let gaps: Vec<_> = times.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64()).collect();
    assert_near(gaps.iter().sum::<f64>() / gaps.len() as f64, 0.02);
    // A share of 1/e is longer than the mean.
    let long = gaps.iter().filter(|&&gap| gap > 0.02).count();
    assert_near(long as f64 / gaps.len() as f64, (-1.0_f64).exp());
}

#[test]
fn times_are_in_order() {
    let arrivals = Arrivals::poisson(20.0).and(Arrivals::bursts(secs(3), 4)).and(Arrivals::poisson(5.0));
    assert!(until(&arrivals, secs(1_000)).is_sorted());
}

#[test]
fn a_curve_is_linear_between_its_points_and_level_outside() {
    let arrivals = Arrivals::curve([(secs(1_000), 10.0), (secs(2_000), 110.0)]);
    let times = until(&arrivals, secs(3_000));
    assert_near(between(&times, secs(0), secs(1_000)), 10_000.0);
    assert_near(between(&times, secs(1_000), secs(1_500)), 17_500.0);
    assert_near(between(&times, secs(1_500), secs(2_000)), 42_500.0);
    assert_near(between(&times, secs(2_000), secs(3_000)), 110_000.0);
}

#[test]
fn the_points_of_a_curve_may_come_in_any_order_and_jump() {
    let steps = [(secs(100), 500.0), (secs(0), 100.0), (secs(100), 100.0)];
    let arrivals = Arrivals::curve([steps[2], steps[0], steps[1]]);
    let times = until(&arrivals, secs(200));
    assert_near(between(&times, secs(0), secs(100)), 10_000.0);
    assert_near(between(&times, secs(100), secs(200)), 50_000.0);
}

#[test]
fn where_the_rate_is_zero_nobody_comes() {
    let arrivals = Arrivals::curve([
        (secs(0), 0.0),
        (secs(100_000_000), 0.0),
        (secs(100_000_000), 10.0),
        (secs(100_000_010), 10.0),
        (secs(100_000_010), 0.0),
    ]);
    let times: Vec<_> = arrivals.stream(7, 0).collect();
    assert!((60..150).contains(&times.len()), "{}", times.len());
    assert!(times.iter().all(|&time| (secs(100_000_000)..secs(100_000_010)).contains(&time)));
}

#[test]
fn a_day_is_like_the_other() {
    let hours = |hours: u64| secs(hours * 3_600);
    let arrivals = Arrivals::daily([(hours(0), 0.0), (hours(12), 1.0), (hours(24), 0.0), (hours(30), 99.0)]);
    let times = until(&arrivals, hours(72));
    for day in 0..3 {
        let of_day = |from: u64, to: u64| between(&times, hours(day * 24 + from), hours(day * 24 + to));
        assert_near(of_day(0, 24), 43_200.0);
        assert_near(of_day(9, 15), 18_900.0);
    }
}

#[test]
fn a_burst_comes_in_one_moment_and_again() {
    let times = until(&Arrivals::bursts(secs(60), 3), secs(130));
    assert_eq!(times, [0, 0, 0, 60, 60, 60, 120, 120, 120].map(secs));
    assert_eq!(Arrivals::bursts(Duration::ZERO, 3).stream(0, 0).count(), 3);
    assert_eq!(Arrivals::bursts(secs(1), 0).stream(0, 0).count(), 0);
}

#[test]
fn the_same_seed_gives_the_same_arrivals_and_another_one_others() {
    let arrivals = Arrivals::poisson(10.0);
    let times = |seed| arrivals.stream(seed, 0).take(100).collect::<Vec<_>>();
    assert_eq!(times(1), times(1));
    assert_ne!(times(1), times(2));
}

#[test]
fn rates_that_are_none_mean_nobody() {
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(Arrivals::poisson(rate).stream(0, 0).count(), 0, "{rate}");
        assert_eq!(Arrivals::daily([(secs(1), rate)]).stream(0, 0).count(), 0, "{rate}");
    }
    assert_eq!(Arrivals::none().stream(0, 0).count(), 0);
    assert_eq!(Arrivals::curve([]).stream(0, 0).count(), 0);
    assert_eq!(Arrivals::daily([(secs(100_000), 5.0)]).stream(0, 0).count(), 0);
}
