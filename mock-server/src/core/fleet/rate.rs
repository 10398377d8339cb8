//! A budget that time refills: how often something may happen.

use std::time::Duration;

use crate::core::Time;

/// Holds at most as much as a period brings, and is refilled evenly: nothing is carried over for longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bucket {
    /// How often it may happen in a period.
    size: u64,
    period: Duration,
    /// In units of a period divided by `size`, so that whole numbers suffice.
    held: u128,
    filled: Time,
}

impl Bucket {
    /// A full one.
    pub(super) fn new(size: usize, period: Duration, now: Time) -> Self {
        let size = u64::try_from(size).unwrap_or(u64::MAX);
        Self { size, period, held: u128::from(size) * period.as_nanos(), filled: now }
    }

    /// Whether it could happen once more now.
    pub(super) fn has_one(&self, now: Time) -> bool {
        self.held_at(now) >= self.period.as_nanos()
    }

    /// Takes one out; an empty one stays empty.
    pub(super) fn take(&mut self, now: Time) {
        self.held = self.held_at(now).saturating_sub(self.period.as_nanos());
        self.filled = self.filled.max(now);
    }

    fn held_at(&self, now: Time) -> u128 {
        let refilled = now.since(self.filled).as_nanos() * u128::from(self.size);
        (self.held + refilled).min(u128::from(self.size) * self.period.as_nanos())
    }
}

#[cfg(test)]
mod test {
    use super::*;

    fn at(millis: u64) -> Time {
        Time::from_unix(Duration::from_millis(millis))
    }

    #[test]
    fn a_full_bucket_gives_its_size_at_once_and_then_as_fast_as_it_is_refilled() {
        let mut bucket = Bucket::new(1_000, Duration::from_secs(10), at(0));
        for _ in 0..1_000 {
            assert!(bucket.has_one(at(0)));
            bucket.take(at(0));
        }
        assert!(!bucket.has_one(at(9)));
        assert!(bucket.has_one(at(10)));
        bucket.take(at(10));
        assert!(!bucket.has_one(at(19)));
        assert!(bucket.has_one(at(20)));
    }

    #[test]
    fn nothing_is_carried_over_for_longer_than_a_period() {
        let mut bucket = Bucket::new(3, Duration::from_secs(1), at(0));
        let later = at(3_600_000);
        for _ in 0..3 {
            assert!(bucket.has_one(later));
            bucket.take(later);
        }
        assert!(!bucket.has_one(later));
    }
}
