//! How long something takes: a length of time, or a distribution from which one is drawn.

use std::{fmt, str::FromStr, time::Duration};

use super::random::Random;

/// What 99 of a hundred draws of a normal distribution do not exceed, in deviations.
const P99: f64 = 2.326_347_874;

/// No draw is longer: a tail that is heavy without end would stop the clock.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// How long something takes.
///
/// A [`Duration`] is one that is always the same. As text it is `20ms`, `uniform:10ms:30ms`, `exponential:20ms` (the mean) or
/// `log-normal:20ms:150ms` (the median, and what 99 of 100 do not exceed).
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use mock_server::simulation::Distribution;
///
/// let handler = Distribution::log_normal(Duration::from_millis(20), Duration::from_millis(150));
/// assert_eq!("log-normal:20ms:150ms".parse(), Ok(handler));
/// assert!(handler.mean() > Duration::from_millis(20));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Distribution(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Constant(Duration),
    Uniform { least: Duration, most: Duration },
    Exponential { mean: Duration },
    LogNormal { median: Duration, p99: Duration },
}

/// A text is no [`Distribution`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is no distribution: one of 20ms, uniform:10ms:30ms, exponential:20ms or log-normal:20ms:150ms is expected"
)]
pub struct DistributionError {
    text: String,
}

impl Distribution {
    /// Always the same.
    pub const fn constant(duration: Duration) -> Self {
        Self(Kind::Constant(duration))
    }

    /// All between these two are as likely.
    pub fn uniform(from: Duration, to: Duration) -> Self {
        Self(Kind::Uniform { least: from.min(to), most: from.max(to) })
    }

    /// Exponentially distributed: many are short and a few are long.
    pub const fn exponential(mean: Duration) -> Self {
        Self(Kind::Exponential { mean })
    }

    /// Log-normally distributed, as service times mostly are: half of them do not exceed the median, and 99 of 100 do
    /// not exceed `p99`. If that is not longer than the median, all are as long as that.
    pub const fn log_normal(median: Duration, p99: Duration) -> Self {
        Self(Kind::LogNormal { median, p99 })
    }

    /// The mean of many.
    pub fn mean(self) -> Duration {
        match self.0 {
            Kind::Constant(duration) => duration,
            Kind::Uniform { least, most } => (least + most) / 2,
            Kind::Exponential { mean } => mean,
            Kind::LogNormal { median, p99 } => {
                let deviation = deviation(median, p99);
                length(median.as_secs_f64() * (deviation * deviation / 2.0).exp())
            }
        }
    }

    pub(super) fn draw(self, random: &mut Random) -> Duration {
        match self.0 {
            Kind::Constant(duration) => duration,
            Kind::Uniform { least, most } => {
                length(least.as_secs_f64() + (most - least).as_secs_f64() * random.unit())
            }
            Kind::Exponential { mean } => length(mean.as_secs_f64() * random.exponential()),
            Kind::LogNormal { median, p99 } => {
                length(median.as_secs_f64() * (deviation(median, p99) * random.normal()).exp())
            }
        }
    }
}

/// The deviation of the logarithm.
fn deviation(median: Duration, p99: Duration) -> f64 {
    let ratio = p99.as_secs_f64() / median.as_secs_f64();
    if ratio.is_finite() && ratio > 1.0 { ratio.ln() / P99 } else { 0.0 }
}

/// That many seconds.
fn length(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST).min(LONGEST)
}

impl From<Duration> for Distribution {
    fn from(duration: Duration) -> Self {
        Self::constant(duration)
    }
}

impl fmt::Display for Distribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = humantime::format_duration;
        match self.0 {
            Kind::Constant(duration) => time(duration).fmt(f),
            Kind::Uniform { least, most } => write!(f, "uniform:{}:{}", time(least), time(most)),
            Kind::Exponential { mean } => write!(f, "exponential:{}", time(mean)),
            Kind::LogNormal { median, p99 } => write!(f, "log-normal:{}:{}", time(median), time(p99)),
        }
    }
}

impl FromStr for Distribution {
    type Err = DistributionError;

    fn from_str(text: &str) -> Result<Self, DistributionError> {
        let bad = || DistributionError { text: text.to_owned() };
        let time = |text: &str| humantime::parse_duration(text).map_err(|_| bad());
        let parts: Vec<_> = text.split(':').collect();
        match parts[..] {
            [duration] => time(duration).map(Self::constant),
            ["uniform", from, to] => Ok(Self::uniform(time(from)?, time(to)?)),
            ["exponential", mean] => time(mean).map(Self::exponential),
            ["log-normal", median, p99] => Ok(Self::log_normal(time(median)?, time(p99)?)),
            _ => Err(bad()),
        }
    }
}

#[cfg(test)]
mod test {
    use super::*;

    const fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn drawn(distribution: Distribution) -> Vec<Duration> {
        let mut random = Random::new(7, 0);
        let mut drawn: Vec<_> = (0..100_000).map(|_| distribution.draw(&mut random)).collect();
        drawn.sort();
        drawn
    }

    fn is_near(actual: Duration, expected: Duration) -> bool {
        actual.abs_diff(expected) <= expected.mul_f64(0.03)
    }

    #[test]
    fn draws_have_the_mean_that_is_said() {
        for distribution in [
            Distribution::constant(millis(20)),
            Distribution::uniform(millis(30), millis(10)),
            Distribution::exponential(millis(20)),
            Distribution::log_normal(millis(20), millis(150)),
        ] {
            let drawn = drawn(distribution);
            let mean = drawn.iter().sum::<Duration>() / 100_000;
            assert!(is_near(mean, distribution.mean()), "{distribution}: {mean:?}");
        }
    }

    #[test]
    fn a_log_normal_has_its_median_and_its_99th_percentile() {
        let drawn = drawn(Distribution::log_normal(millis(20), millis(150)));
        assert!(is_near(drawn[50_000], millis(20)), "{:?}", drawn[50_000]);
        assert!(is_near(drawn[99_000], millis(150)), "{:?}", drawn[99_000]);
    }

    #[test]
    fn a_uniform_stays_between_its_ends() {
        let drawn = drawn(Distribution::uniform(millis(10), millis(30)));
        assert!(drawn[0] >= millis(10) && drawn[99_999] <= millis(30));
        assert!(is_near(drawn[25_000], millis(15)) && is_near(drawn[75_000], millis(25)));
    }

    #[test]
    fn odd_parameters_are_no_more_than_odd() {
        let zero = Duration::ZERO;
        for distribution in [
            Distribution::constant(zero),
            Distribution::uniform(zero, zero),
            Distribution::exponential(zero),
            Distribution::log_normal(zero, millis(1)),
        ] {
            assert_eq!((drawn(distribution)[99_999], distribution.mean()), (zero, zero), "{distribution}");
        }
        let short = Distribution::log_normal(millis(20), millis(10));
        assert_eq!((drawn(short)[0], drawn(short)[99_999]), (millis(20), millis(20)));
        assert_eq!(drawn(Distribution::exponential(Duration::MAX))[99_999], LONGEST);
    }

    #[test]
    fn what_is_written_is_read() {
        for text in ["20ms", "uniform:10ms:30ms", "exponential:1m 30s", "log-normal:20ms:150ms"] {
            assert_eq!(text.parse::<Distribution>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for text in ["", "20", "soon", "uniform:10ms", "log-normal:20ms", "normal:1ms:2ms", "exponential:"] {
            let error = text.parse::<Distribution>().unwrap_err().to_string();
            assert!(error.contains(&format!("{text:?}")), "{error}");
        }
    }
}
