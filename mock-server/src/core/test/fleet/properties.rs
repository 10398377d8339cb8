//! Whatever happens, in whatever order: invariants of the fleet under random sequences of inputs.
//!
//! `steps` says what is drawn, `world` does it with environments that keep to the contract, and asserts after each step; here
//! is what must hold for a sequence as a whole. What was once found by chance is tested by name beside this.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::{strategy::ValueTree as _, test_runner::TestRunner};

mod steps;
mod world;

use steps::{Sequence, sequences};
use world::World;

/// What the sequences must come to, or they say little.
const WORDS: &[&str] = &[
    "ConcurrentInvocationLimitExceeded",
    "FunctionInvocationRateLimitExceeded",
    "ReservedFunctionConcurrentInvocationLimitExceeded",
    "ReservedFunctionInvocationRateLimitExceeded",
    "a busy one is stopped",
    "a provisioned one is replaced",
    "a retired one is stopped",
    "a second invoke in one environment",
    "a tenant's environment is used again",
    "an allocation has failed",
    "an allocation is complete",
    "an idle one expires",
    "an idle one makes room",
    "an instance is added",
    "an invoke is given up",
    "an invoke spills over",
    "an invoke that came back is sent",
    "an invoke that waited is sent",
    "what is provisioned is used",
];

/// How many sequences come to all of it.
const SEQUENCES: usize = 100;

/// Few where nobody asks for more, to keep the other tests quick.
fn config() -> ProptestConfig {
    let config = ProptestConfig { max_shrink_iters: 20_000, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_some() { config } else { ProptestConfig { cases: 25, ..config } }
}

fn played(sequence: &Sequence) -> World {
    let mut world = World::new(sequence);
    for step in &sequence.steps {
        world.play(step);
    }
    world
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn invariants_hold_and_every_invoke_ends(sequence in sequences()) {
        let mut world = played(&sequence);
        world.finish();
    }

    #[test]
    fn the_same_inputs_have_the_same_effects(sequence in sequences()) {
        let (first, second) = (played(&sequence), played(&sequence));
        prop_assert_eq!(first.journal(), second.journal());
    }
}

#[test]
fn the_sequences_come_to_everything_that_matters() {
    let mut runner = TestRunner::deterministic();
    let mut reached = BTreeSet::new();
    for _ in 0..SEQUENCES {
        let sequence = sequences().new_tree(&mut runner).unwrap().current();
        reached.extend(played(&sequence).reached().iter().copied());
    }
    assert_eq!(reached, WORDS.iter().copied().collect());
}
