//! How patiently a call is repeated, and how often.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

/// The waits between attempts: doubled each time, at most five seconds, shortened by up to a quarter at
/// random so that many environments do not come back at the same moment.
///
/// ```
/// use lambda_api::client::Backoff;
///
/// let mut backoff = Backoff::new(3);
/// assert!(backoff.after_failure().is_some() && backoff.after_failure().is_some());
/// assert_eq!((backoff.after_failure(), backoff.failures()), (None, 3));
/// ```
#[derive(Clone, Debug)]
pub struct Backoff {
    attempts: u32,
    failures: u32,
    idle: u32,
}

impl Backoff {
    const FIRST: Duration = Duration::from_millis(50);
    const LONGEST: Duration = Duration::from_secs(5);
    /// Whoever has no work now may have some soon, and somebody waits for it.
    const LONGEST_IDLE: Duration = Duration::from_secs(1);

    /// For so many attempts in a row.
    pub const fn new(attempts: u32) -> Self {
        Self { attempts, failures: 0, idle: 0 }
    }

    /// How many attempts have failed.
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// Notes a failure; how long to wait before the next attempt, or `None` if there is to be none.
    pub fn after_failure(&mut self) -> Option<Duration> {
        self.failures += 1;
        (self.failures < self.attempts).then(|| wait(self.failures, Self::LONGEST))
    }

    /// How long to wait after something that is no failure and yet no work. The failures before it are
    /// forgotten: something has answered.
    pub fn after_idle(&mut self) -> Duration {
        self.failures = 0;
        self.idle = self.idle.saturating_add(1);
        wait(self.idle, Self::LONGEST_IDLE)
    }

    /// Notes a success: nothing has failed, and nobody has waited.
    pub fn reset(&mut self) {
        *self = Self::new(self.attempts);
    }
}

/// The wait after this many failures.
fn wait(failures: u32, longest: Duration) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let whole = (Backoff::FIRST * 2_u32.pow(doublings)).min(longest);
    // Each hasher of the standard library is keyed at random.
    let random = u32::try_from(RandomState::new().hash_one(failures) % 256).unwrap_or_default();
    whole - whole * random / 1_024
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn all_waits_of_twenty_attempts_together_stay_within_ninety_seconds() {
        let mut backoff = Backoff::new(20);
        let waits: Vec<Duration> = std::iter::from_fn(|| backoff.after_failure()).collect();
        assert_eq!(waits.len(), 19);
        assert!(waits.iter().all(|wait| *wait <= Backoff::LONGEST));
        assert!(waits.iter().sum::<Duration>() < Duration::from_secs(90));
        assert!(waits[0] <= Backoff::FIRST && waits[0] > Backoff::FIRST / 2);
    }
}
