//! Whatever happens, in whatever order: invariants of the environment under random sequences of inputs.
//!
//! `steps` says what is drawn, for each of the three ways to run an environment; `world` does the steps and asserts the
//! invariants after each; here is what must hold for a sequence as a whole. What the sequences reach is in `reached`.
//! Sequences that once failed are kept below; the environment variable `PROPTEST_CASES` asks for more of them.

use std::time::Duration;

use proptest::prelude::*;

use super::scenario::secs;
use crate::core::Phase;

mod reached;
mod steps;
mod world;

use steps::{Mode, Sequence, Step, Steps, sequences};
use world::World;

/// Few where nobody asks for more, to keep the other tests quick.
fn config() -> ProptestConfig {
    let config = ProptestConfig::default();
    if std::env::var_os("PROPTEST_CASES").is_some() { config } else { ProptestConfig { cases: 60, ..config } }
}

/// A tenth of what is asked for, where others have done most of it.
fn config_of_few() -> ProptestConfig {
    let config = config();
    ProptestConfig { cases: config.cases.div_ceil(10), ..config }
}

fn played(sequence: &Sequence) -> World {
    play(World::new(sequence), sequence)
}

fn play(mut world: World, sequence: &Sequence) -> World {
    for step in sequence.steps.0.iter().flatten() {
        world.play(step);
    }
    world
}

/// All invariants, and that nothing is left over, whether subscribers get the rest or the processes die.
fn check(sequence: &Sequence, drains: bool, dies: bool) {
    let mut world = played(sequence);
    if drains {
        world.drain();
    }
    world.finish(dies);
    world.assert_nothing_is_left_over();
}

fn any_mode() -> impl Strategy<Value = Sequence> {
    prop_oneof![sequences(Mode::Classic), sequences(Mode::SnapStart), sequences(Mode::Managed)]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn invariants_hold_one_at_a_time(sequence in sequences(Mode::Classic), drains: bool, dies: bool) {
        check(&sequence, drains, dies);
    }

    #[test]
    fn invariants_hold_with_snapshots(sequence in sequences(Mode::SnapStart), drains: bool, dies: bool) {
        check(&sequence, drains, dies);
    }

    #[test]
    fn invariants_hold_with_many_at_once(sequence in sequences(Mode::Managed), drains: bool, dies: bool) {
        check(&sequence, drains, dies);
    }
}

proptest! {
    #![proptest_config(config_of_few())]

    #[test]
    fn the_same_inputs_have_the_same_effects(sequence in any_mode()) {
        let (first, second) = (played(&sequence), played(&sequence));
        prop_assert_eq!(first.effects(), second.effects());
    }

    #[test]
    fn whatever_has_happened_time_alone_ends_every_invocation(sequence in any_mode()) {
        let mut world = played(&sequence);
        // The rest of init, processes that will not die, the restore, the invocation, and other such processes.
        world.play(&Step::Wait(secs(200)));
        prop_assert_eq!(world.in_flight(), 0);
        prop_assert!(matches!(world.phase(), Phase::Idle | Phase::Snapshot | Phase::Terminated));
    }
}

/// Some that once failed. A seed means another sequence as soon as something else is drawn; these stay.
#[test]
fn a_runtime_that_exits_while_idle_leaves_nothing_over() {
    for extensions in 0..3 {
        for last in [Step::Wait(Duration::ZERO), Step::WaitForTimer] {
            let steps = [
                Step::AllRegister { subscribe: false },
                Step::AllPoll,
                Step::Next,
                Step::Exits { age: 0, code: 0 },
                Step::Invoke,
                last,
            ];
            let steps = Steps(steps.into_iter().map(Some).collect());
            let sequence = Sequence { mode: Mode::Classic, extensions, freezes: false, room: 100_000, steps };
            check(&sequence, false, false);
        }
    }
}
