//! When a function is invoked: at random at a rate that may change, in bursts, or both.

use std::time::Duration;

use super::random::Random;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// When a function is invoked.
///
/// Callers know nothing of each other: at a given rate the gaps between them are exponentially distributed, as those of a
/// Poisson process are. Rates are per second; one that is negative or no number counts as 0.
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use mock_server::simulation::Arrivals;
///
/// let hours = |hours: u64| Duration::from_secs(hours * 60 * 60);
/// // Quiet at night, most at noon, and a batch each hour.
/// let arrivals = Arrivals::daily([(hours(0), 2.0), (hours(12), 120.0), (hours(24), 2.0)])
///     .and(Arrivals::bursts(hours(1), 500));
/// # let _ = arrivals;
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Arrivals {
    sources: Vec<Source>,
}

#[derive(Clone, Debug, PartialEq)]
enum Source {
    /// Rates at times, linear between them.
    Curve {
        points: Vec<(f64, f64)>,
        period: Option<f64>,
    },
    Bursts {
        every: Duration,
        size: u64,
    },
}

impl Arrivals {
    /// Nobody.
    pub const fn none() -> Self {
        Self { sources: Vec::new() }
    }

    /// At random, this many in a second.
    pub fn poisson(rate: f64) -> Self {
        Self::curve([(Duration::ZERO, rate)])
    }

    /// At random, at a rate that changes linearly between these times, and is that of the first before it and that of the
    /// last after it.
    pub fn curve(rates: impl IntoIterator<Item = (Duration, f64)>) -> Self {
        Self::from_curve(rates, None)
    }

    /// At random, at a rate that is given for the times of a day, linear between them, and the same each day.
    ///
    /// Times after the end of the day are left out.
    pub fn daily(rates: impl IntoIterator<Item = (Duration, f64)>) -> Self {
        let rates = rates.into_iter().filter(|&(time, _)| time <= DAY);
        Self::from_curve(rates, Some(DAY.as_secs_f64()))
    }

    /// This many in one moment, at the beginning and then each time that this much time has passed; if it is none, only at
    /// the beginning.
    pub fn bursts(every: Duration, size: u64) -> Self {
        Self { sources: vec![Source::Bursts { every, size }] }
    }

    /// These and others.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.sources.extend(others.sources);
        self
    }

    fn from_curve(rates: impl IntoIterator<Item = (Duration, f64)>, period: Option<f64>) -> Self {
        let rate = |rate: f64| if rate.is_finite() { rate.max(0.0) } else { 0.0 };
        let mut points: Vec<_> =
            rates.into_iter().map(|(time, per_second)| (time.as_secs_f64(), rate(per_second))).collect();
        points.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        // Without anybody there is no next one to look for.
        let comes = points.iter().any(|&(_, rate)| rate > 0.0);
        let sources = if comes { vec![Source::Curve { points, period }] } else { Vec::new() };
        Self { sources }
    }

    /// The arrivals one by one, in order.
    pub(super) fn stream(&self, seed: u64, purpose: u64) -> Stream {
        let sources = self.sources.iter().zip(purpose..).map(|(source, purpose)| {
            let mut state = SourceState::new(source.clone(), Random::new(seed, purpose));
            (state.next(), state)
        });
        Stream { sources: sources.collect() }
    }
}

/// Arrivals, drawn as they are asked for.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    /// The next of each source.
    sources: Vec<(Option<Duration>, SourceState)>,
}

impl Iterator for Stream {
    type Item = Duration;

    /// When the next one comes, since the beginning.
    fn next(&mut self) -> Option<Duration> {
        let coming = self.sources.iter_mut().filter(|(next, _)| next.is_some());
        let (next, source) = coming.min_by_key(|(next, _)| *next)?;
        std::mem::replace(next, source.next())
    }
}

#[derive(Clone, Debug)]
struct SourceState {
    source: Source,
    random: Random,
    /// Seconds since the beginning, or of the current period.
    at: f64,
    periods: f64,
    /// Bursts, the current one among them, and how many are left in it.
    bursts: u32,
    left: u64,
}

impl SourceState {
    fn new(source: Source, random: Random) -> Self {
        let left = if let Source::Bursts { size, .. } = source { size } else { 0 };
        Self { source, random, at: 0.0, periods: 0.0, bursts: 0, left }
    }

    fn next(&mut self) -> Option<Duration> {
        match &self.source {
            &Source::Bursts { every, size } => self.next_of_bursts(every, size),
            Source::Curve { period, .. } => {
                let period = *period;
                self.next_of_curve(period)
            }
        }
    }

    fn next_of_bursts(&mut self, every: Duration, size: u64) -> Option<Duration> {
        if self.left == 0 {
            if every.is_zero() || size == 0 {
                return None;
            }
            self.bursts = self.bursts.checked_add(1)?;
            self.left = size;
        }
        self.left -= 1;
        every.checked_mul(self.bursts)
    }

    /// Thinning: in each piece of the curve gaps are drawn for its highest rate, and each arrival is kept with the
    /// probability that its own rate has of that. What would come after the piece is drawn anew for the next one, which
    /// changes nothing, because the gaps have no memory.
    fn next_of_curve(&mut self, period: Option<f64>) -> Option<Duration> {
        let Source::Curve { points, .. } = &self.source else { return None };
        loop {
            let next = points.partition_point(|&(time, _)| time <= self.at);
            let before = points.get(next.checked_sub(1).unwrap_or(next))?;
            let (end, after) = match points.get(next) {
                Some(&(time, rate)) => (time, rate),
                None => (period.unwrap_or(f64::INFINITY), before.1),
            };
            let rate = |at: f64| match end - before.0 {
                length if length.is_finite() && length > 0.0 && at > before.0 => {
                    before.1 + (after - before.1) * (at - before.0) / length
                }
                _ => before.1,
            };
            let most = rate(self.at).max(after);
            let gap = if most > 0.0 { self.random.exponential() / most } else { f64::INFINITY };
            if self.at + gap >= end {
                if end.is_infinite() {
                    return None;
                }
                self.at = end;
                if period.is_some_and(|period| self.at >= period) {
                    (self.at, self.periods) = (0.0, self.periods + 1.0);
                }
                continue;
            }
            self.at += gap;
            if after == before.1 || self.random.unit() * most <= rate(self.at) {
                let seconds = self.at + self.periods * period.unwrap_or(0.0);
                return Duration::try_from_secs_f64(seconds).ok();
            }
        }
    }
}

#[cfg(test)]
mod test;
