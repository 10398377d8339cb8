//! Chance from a seed, in the shapes that a simulation needs.

use crate::core::catalog::Draw;

/// A source of numbers that look random and are the same for the same seed.
#[derive(Clone, Debug)]
pub(super) struct Random {
    draw: Draw,
}

impl Random {
    /// A source of its own for each purpose, so that a change of one does not disturb the others.
    pub(super) fn new(seed: u64, purpose: u64) -> Self {
        // What is drawn for neighbouring purposes has nothing in common; the seed is stirred in by the first draw.
        let mut stirred = Draw::new(seed.wrapping_mul(0xD134_2543_DE82_EF95).wrapping_add(purpose));
        Self { draw: Draw::new(stirred.next().to_bits() ^ purpose.rotate_left(32)) }
    }

    /// More than 0, and 1 at most.
    pub(super) fn unit(&mut self) -> f64 {
        1.0 - self.draw.next()
    }

    /// Exponentially distributed with a mean of 1: the gap between independent arrivals, one in a unit of time.
    pub(super) fn exponential(&mut self) -> f64 {
        -self.unit().ln()
    }

    /// Normally distributed with a mean of 0 and a deviation of 1, by Box and Muller's transformation.
    pub(super) fn normal(&mut self) -> f64 {
        let (radius, angle) = ((2.0 * self.exponential()).sqrt(), std::f64::consts::TAU * self.unit());
        radius * angle.cos()
    }

    /// Whether something happens that does so with this probability.
    pub(super) fn happens(&mut self, probability: f64) -> bool {
        // Nothing is drawn for what never happens.
        probability > 0.0 && self.unit() <= probability
    }
}

#[cfg(test)]
mod test {
    use super::*;

    fn mean(count: u32, mut draw: impl FnMut() -> f64) -> f64 {
        (0..count).map(|_| draw()).sum::<f64>() / f64::from(count)
    }

    #[test]
    fn the_same_seed_and_purpose_give_the_same_numbers_and_others_others() {
        let first = |seed, purpose| Random::new(seed, purpose).unit().to_bits();
        assert_eq!(first(1, 2), first(1, 2));
        let drawn: std::collections::BTreeSet<_> =
            (0..30).flat_map(|seed| (0..30).map(move |purpose| first(seed, purpose))).collect();
        assert_eq!(drawn.len(), 900);
    }

    #[test]
    fn a_unit_is_never_zero_and_one_at_most() {
        let mut random = Random::new(0, 0);
        assert!((0..100_000).all(|_| (f64::MIN_POSITIVE..=1.0).contains(&random.unit())));
        assert!((mean(100_000, || random.unit()) - 0.5).abs() < 0.005);
    }

    #[test]
    fn an_exponential_has_a_mean_and_a_deviation_of_one() {
        let mut random = Random::new(1, 0);
        assert!((mean(100_000, || random.exponential()) - 1.0).abs() < 0.02);
        assert!((mean(100_000, || (random.exponential() - 1.0).powi(2)) - 1.0).abs() < 0.05);
    }

    #[test]
    fn a_normal_has_a_mean_of_zero_and_a_deviation_of_one() {
        let mut random = Random::new(2, 0);
        assert!(mean(100_000, || random.normal()).abs() < 0.02);
        assert!((mean(100_000, || random.normal().powi(2)) - 1.0).abs() < 0.03);
        let within_one = mean(100_000, || f64::from(u8::from(random.normal().abs() < 1.0)));
        assert!((within_one - 0.6827).abs() < 0.01, "{within_one}");
    }

    #[test]
    fn what_happens_happens_as_often_as_it_is_likely() {
        let mut random = Random::new(3, 0);
        let share = mean(100_000, || f64::from(u8::from(random.happens(0.25))));
        assert!((share - 0.25).abs() < 0.01, "{share}");
        assert!(!random.happens(0.0) && random.happens(1.0) && !random.happens(f64::NAN));
    }
}
