//! Percentiles of any number of values in little space.

/// Each power of two is cut into this many buckets, so that a value is told to less than one hundredth.
const CUTS: u32 = 7;

/// Counts values in buckets whose width grows with the value.
#[derive(Clone, Debug)]
pub(super) struct Histogram {
    buckets: Vec<u64>,
    weight: u64,
    most: u64,
    sum: u128,
}

impl Histogram {
    pub(super) fn new() -> Self {
        let bits = u64::BITS - CUTS;
        Self { buckets: vec![0; ((bits + 1) << CUTS) as usize], weight: 0, most: 0, sum: 0 }
    }

    /// Counts a value so many times.
    pub(super) fn add(&mut self, value: u64, times: u64) {
        if times == 0 {
            return;
        }
        if let Some(bucket) = self.buckets.get_mut(bucket(value)) {
            *bucket = bucket.saturating_add(times);
        }
        self.weight = self.weight.saturating_add(times);
        self.most = self.most.max(value);
        self.sum = self.sum.saturating_add(u128::from(value) * u128::from(times));
    }

    /// The highest value.
    pub(super) fn most(&self) -> u64 {
        self.most
    }

    /// The mean of all values; 0 if there is none.
    pub(super) fn mean(&self) -> f64 {
        if self.weight == 0 {
            return 0.0;
        }
        #[expect(clippy::cast_precision_loss, reason = "a mean is no more exact than this")]
        let mean = self.sum as f64 / self.weight as f64;
        mean
    }

    /// What this share of the values does not exceed, of 1; 0 if there is none.
    pub(super) fn quantile(&self, share: f64) -> u64 {
        #[expect(clippy::cast_precision_loss, reason = "a share of more than this is no more exact")]
        let rank = (share.clamp(0.0, 1.0) * self.weight as f64).ceil();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is a whole number")]
        let rank = (rank as u64).clamp(1, self.weight.max(1));
        let mut seen = 0_u64;
        for (at, &count) in self.buckets.iter().enumerate() {
            seen = seen.saturating_add(count);
            if seen >= rank {
                return last_of(at).min(self.most);
            }
        }
        self.most
    }
}

/// The bucket of a value: small ones have one of their own.
fn bucket(value: u64) -> usize {
    let shift = (u64::BITS - value.leading_zeros()).saturating_sub(CUTS + 1);
    let at = (u64::from(shift) << CUTS) + (value >> shift);
    usize::try_from(at).unwrap_or(usize::MAX)
}

/// The highest value of a bucket.
fn last_of(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    let shift = (bucket >> CUTS).saturating_sub(1);
    let first = bucket - (shift << CUTS);
    // The last bucket ends with the last number.
    (first << shift) + ((1 << shift) - 1)
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn every_value_is_in_a_bucket_that_ends_less_than_a_hundredth_above_it() {
        let near_powers = (0..64).flat_map(|power| {
            let power = 1_u64 << power;
            [power - 1, power, power + 1, power + power / 3]
        });
        let values = near_powers.chain(0..10_000).chain([u64::MAX, u64::MAX - 1, u64::MAX / 3 * 2]);
        for value in values {
            let last = last_of(bucket(value));
            assert!(last >= value, "{value}: {last}");
            assert!(u128::from(last - value) * 100 < u128::from(value).max(1), "{value}: {last}");
        }
        assert_eq!(last_of(bucket(u64::MAX)), u64::MAX);
        assert!(bucket(u64::MAX) < Histogram::new().buckets.len());
    }

    #[test]
    fn buckets_are_in_the_order_of_their_values() {
        let ends: Vec<_> = (0..Histogram::new().buckets.len()).map(last_of).collect();
        assert!(ends.is_sorted_by(|one, other| one < other));
        for (at, &end) in ends.iter().enumerate() {
            assert_eq!(bucket(end), at);
        }
    }

    #[test]
    fn quantiles_are_those_of_the_values() {
        let mut histogram = Histogram::new();
        (1..=1_000_000).for_each(|value| histogram.add(value, 1));
        for (share, expected) in [(0.5, 500_000_u64), (0.9, 900_000), (0.99, 990_000), (0.000_001, 1)] {
            let quantile = histogram.quantile(share);
            assert!(quantile.abs_diff(expected) <= expected / 100, "{share}: {quantile}");
        }
        assert_eq!((histogram.quantile(1.0), histogram.most()), (1_000_000, 1_000_000));
        assert!((histogram.mean() - 500_000.5).abs() < 1e-6);
    }

    #[test]
    fn a_value_that_is_counted_often_weighs_more() {
        let mut histogram = Histogram::new();
        histogram.add(10, 3);
        histogram.add(100, 1);
        histogram.add(5_000, 0);
        assert_eq!((histogram.quantile(0.75), histogram.quantile(0.76)), (10, 100));
        assert_eq!((histogram.most(), histogram.weight), (100, 4));
        assert!((histogram.mean() - 32.5).abs() < 1e-9);
    }

    #[test]
    fn where_there_is_nothing_all_is_zero() {
        let histogram = Histogram::new();
        assert_eq!((histogram.quantile(0.5), histogram.most(), histogram.weight), (0, 0, 0));
        assert!(histogram.mean().abs() < f64::MIN_POSITIVE);
    }
}
