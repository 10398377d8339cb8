//! Chance from a seed: the draws for weighted aliases, and all that a simulation draws.

/// A sequence of numbers that looks random, and is the same for the same seed: SplitMix64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Draw {
    state: u64,
}

impl Draw {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next number, from 0 to just below 1.
    pub(crate) fn next(&mut self) -> f64 {
        // As many bits as the fraction has.
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let fraction = (self.bits() >> 11) as f64;
        fraction / 9_007_199_254_740_992.0
    }

    /// The next number, of 64 bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }
}
