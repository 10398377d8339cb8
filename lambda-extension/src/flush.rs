//! When something that is held is to be shipped; for telemetry and for anything else that an extension collects.
//!
//! Only decides: what is held, and how it is shipped, is the caller's business. [`Forwarder`](crate::Forwarder) ships
//! telemetry by it.

use std::time::{Duration, SystemTime};

use lambda_api::transport::Clock;
use tokio::time::Instant;

/// When what is held is shipped. At the end of the environment it always is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FlushStrategy {
    /// At the end of each invocation, before the environment may be frozen: nothing is held for longer than an
    /// invocation, and each is billed for the time that it takes.
    EndOfInvocation,
    /// So long after the last time, as soon as the environment runs. Nobody waits for it, unless it is still going on
    /// when the next invocation ends.
    Periodic(Duration),
    /// Only at the end of the environment, which Lambda may cut short.
    AtShutdown,
}

/// What happens in an environment, as far as flushing is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FlushMoment {
    /// The function has answered an invocation, and the extension has yet to ask for the next event.
    InvocationEnded,
    /// Anything else: an event has come, or the time of [`FlushSchedule::due`].
    Otherwise,
    /// The environment shuts down.
    Shutdown,
}

/// Says by a [`FlushStrategy`] whether to ship now.
///
/// ```
/// use std::time::Duration;
/// use lambda_extension::{Clock, FlushMoment, FlushSchedule, FlushStrategy};
///
/// let schedule = FlushSchedule::new(FlushStrategy::EndOfInvocation, Clock::system());
/// assert!(schedule.is_due(FlushMoment::InvocationEnded) && !schedule.is_due(FlushMoment::Otherwise));
///
/// let schedule = FlushSchedule::new(FlushStrategy::Periodic(Duration::from_secs(30)), Clock::system());
/// assert!(!schedule.is_due(FlushMoment::InvocationEnded) && schedule.is_due(FlushMoment::Shutdown));
/// ```
#[derive(Clone, Debug)]
pub struct FlushSchedule {
    strategy: FlushStrategy,
    clock: Clock,
    last: SystemTime,
}

impl FlushSchedule {
    /// A schedule whose period begins now, by [`Extension::clock`](crate::Extension::clock) for instance.
    pub fn new(strategy: FlushStrategy, clock: Clock) -> Self {
        let last = clock.now();
        Self { strategy, clock, last }
    }

    /// The strategy.
    pub fn strategy(&self) -> FlushStrategy {
        self.strategy
    }

    /// Whether to ship at this moment.
    ///
    /// A period is over by the clock on the wall: another may have stood still with the environment.
    pub fn is_due(&self, moment: FlushMoment) -> bool {
        let is_at_hand = || match self.strategy {
            FlushStrategy::EndOfInvocation => moment == FlushMoment::InvocationEnded,
            FlushStrategy::Periodic(period) => {
                // A clock that was set back counts as well, or nothing would be due for as long.
                self.clock.now().duration_since(self.last).ok().is_none_or(|since| since >= period)
            }
            FlushStrategy::AtShutdown => false,
        };
        moment == FlushMoment::Shutdown || is_at_hand()
    }

    /// When the period is over, if there is one.
    pub fn due(&self) -> Option<Instant> {
        let FlushStrategy::Periodic(period) = self.strategy else { return None };
        let last = self.last.min(self.clock.now());
        last.checked_add(period).map(|due| self.clock.instant_of(due))
    }

    /// Notes that it was shipped: a new period begins.
    pub fn flushed(&mut self) {
        self.last = self.clock.now();
    }
}

#[cfg(test)]
mod test {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_period_is_over_by_the_clock_and_begins_anew_with_each_flush() {
        let clock = Clock::anchored(Instant::now(), SystemTime::UNIX_EPOCH);
        let mut schedule = FlushSchedule::new(FlushStrategy::Periodic(Duration::from_secs(30)), clock);
        assert_eq!(schedule.due(), Some(Instant::now() + Duration::from_secs(30)));
        tokio::time::advance(Duration::from_secs(29)).await;
        assert!(!schedule.is_due(FlushMoment::Otherwise));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(schedule.is_due(FlushMoment::Otherwise) && schedule.is_due(FlushMoment::InvocationEnded));
        schedule.flushed();
        assert!(!schedule.is_due(FlushMoment::Otherwise));
    }

    #[test]
    fn a_period_without_end_is_never_over() {
        let schedule = FlushSchedule::new(FlushStrategy::Periodic(Duration::MAX), Clock::system());
        assert_eq!(schedule.due(), None);
        assert!(!schedule.is_due(FlushMoment::InvocationEnded) && schedule.is_due(FlushMoment::Shutdown));
    }
}
