//! Whatever happens, in whatever order: invariants of the environment under random sequences of inputs.
//!
//! `world` does the steps and asserts the invariants after each; here is what is drawn, and what must hold
//! for a sequence as a whole. Sequences that once failed are kept in `proptest-regressions`.

use std::{collections::BTreeSet, time::Duration};

use lambda_api::runtime::response::ResponseMode;
use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};

use super::scenario::{millis, secs};
use crate::core::{Effect, Phase, Reply};

mod world;

use world::World;

/// Something that happens.
#[derive(Clone, Debug)]
enum Step {
    Next,
    Response {
        id: Id,
        echo: Echo,
        mode: Option<ResponseMode>,
    },
    Error {
        id: Id,
        echo: Echo,
    },
    InitError,
    Restore {
        is_error: bool,
    },
    BodyArrives {
        to: Which,
        bytes: usize,
    },
    BodyEnds {
        to: Which,
        with_trailers: bool,
    },
    BodyBreaksOff {
        to: Which,
    },
    CallDropped {
        which: Which,
    },
    Invoke,
    Exits {
        age: u32,
        code: i32,
    },
    LaunchFails {
        age: u32,
    },
    /// Time passes, and the environment is called when it wants to be.
    Wait(Duration),
    WaitForTimer,
    /// Time passes, and the driver is too busy to call the environment.
    Oversleep(Duration),
    ShutDown,
}

/// Whose invocation an answer is for.
#[derive(Clone, Copy, Debug)]
enum Id {
    Newest,
    Older(u64),
    Unknown,
    Impossible,
}

/// Whether an answer repeats the id of the attempt.
#[derive(Clone, Copy, Debug)]
enum Echo {
    None,
    Right,
    Wrong,
}

/// Which of the calls that the runtime has made.
#[derive(Clone, Copy, Debug)]
enum Which {
    NewestPoll,
    NewestResponse,
    Any(u64),
}

fn ids() -> impl Strategy<Value = Id> {
    prop_oneof![
        12 => Just(Id::Newest),
        1 => (1..4_u64).prop_map(Id::Older),
        1 => Just(Id::Unknown),
        1 => Just(Id::Impossible),
    ]
}

fn echoes() -> impl Strategy<Value = Echo> {
    prop_oneof![4 => Just(Echo::None), 4 => Just(Echo::Right), 1 => Just(Echo::Wrong)]
}

fn modes() -> impl Strategy<Value = Option<ResponseMode>> {
    prop_oneof![
        6 => Just(Some(ResponseMode::Buffered)),
        3 => Just(Some(ResponseMode::Streaming)),
        1 => Just(None),
    ]
}

fn calls() -> impl Strategy<Value = Which> {
    prop_oneof![6 => Just(Which::NewestResponse), 1 => (0..8_u64).prop_map(Which::Any)]
}

fn polls() -> impl Strategy<Value = Which> {
    prop_oneof![2 => Just(Which::NewestPoll), 1 => calls()]
}

fn durations() -> impl Strategy<Value = Duration> {
    prop_oneof![
        Just(Duration::ZERO),
        Just(Duration::from_nanos(1)),
        (0..500_u64).prop_map(millis),
        (0..5_000_u64).prop_map(millis),
        Just(secs(1_000)),
    ]
}

fn steps() -> impl Strategy<Value = Step> {
    // The newest process most of the time, at times one that was given up or is yet to come.
    let ages = || prop_oneof![6 => Just(0), 1 => 1..3_u32, 1 => Just(u32::MAX)];
    prop_oneof![
        16 => Just(Step::Next),
        12 => (ids(), echoes(), modes()).prop_map(|(id, echo, mode)| Step::Response { id, echo, mode }),
        4 => (ids(), echoes()).prop_map(|(id, echo)| Step::Error { id, echo }),
        3 => Just(Step::InitError),
        1 => any::<bool>().prop_map(|is_error| Step::Restore { is_error }),
        6 => (calls(), 0..world::LIMIT + 2).prop_map(|(to, bytes)| Step::BodyArrives { to, bytes }),
        9 => (calls(), prop::bool::weighted(0.2))
            .prop_map(|(to, with_trailers)| Step::BodyEnds { to, with_trailers }),
        3 => calls().prop_map(|to| Step::BodyBreaksOff { to }),
        5 => polls().prop_map(|which| Step::CallDropped { which }),
        14 => Just(Step::Invoke),
        4 => (ages(), 0..3_i32).prop_map(|(age, code)| Step::Exits { age, code }),
        1 => ages().prop_map(|age| Step::LaunchFails { age }),
        8 => durations().prop_map(Step::Wait),
        3 => Just(Step::WaitForTimer),
        2 => durations().prop_map(Step::Oversleep),
        1 => Just(Step::ShutDown),
    ]
}

fn sequences() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(steps(), 1..80)
}

fn played(sequence: &[Step]) -> World {
    let mut world = World::new();
    for step in sequence {
        world.play(step);
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn invariants_hold_after_every_step_and_nothing_is_left_over(sequence in sequences(), dies: bool) {
        let mut world = played(&sequence);
        world.finish(dies);
        world.assert_nothing_is_left_over();
    }

    #[test]
    fn the_same_inputs_have_the_same_effects(sequence in sequences()) {
        let (first, second) = (played(&sequence), played(&sequence));
        prop_assert_eq!(first.effects(), second.effects());
    }

    #[test]
    fn whatever_has_happened_time_alone_ends_every_invocation(sequence in sequences()) {
        let mut world = played(&sequence);
        // The rest of init, a process that will not die, the invocation, and another such process.
        world.play(&Step::Wait(secs(60)));
        prop_assert_eq!(world.in_flight(), 0);
        prop_assert!(matches!(world.phase(), Phase::Idle | Phase::Terminated));
    }
}

/// The properties say little about what the sequences do not reach.
#[test]
fn the_sequences_reach_every_phase_refusal_and_failure() {
    let mut runner = TestRunner::deterministic();
    let mut reached = BTreeSet::new();
    for _ in 0..500 {
        let sequence = sequences().new_tree(&mut runner).unwrap().current();
        let mut world = played(&sequence);
        world.finish(true);
        reached.extend(world.rejections().map(|rejection| format!("{rejection:?}")));
        reached.extend(world.effects().iter().flat_map(|effect| match effect {
            Effect::EnterPhase(phase) => Some(format!("{phase:?}")),
            Effect::Answer { answer, .. } => Some(
                answer.error.as_ref().map_or_else(|| "response".to_owned(), |error| error.error_type.clone()),
            ),
            Effect::Reply { reply: Reply::Refused(rejection), .. } => Some(format!("{rejection:?}")),
            _ => None,
        }));
    }
    for phase in ["Init", "Idle", "Invoke", "Reset", "Shutdown", "Terminated"] {
        assert!(reached.contains(phase), "{phase}: {reached:#?}");
    }
    for rejection in [
        "UnknownRequestId",
        "StaleInvocationId",
        "InvalidResponseMode",
        "TooLarge { limit: 16 }",
        "Truncated",
        "NotFound",
        "ContainerError",
        "Unavailable",
        "Transition { from: \"Started\", to: \"InvocationResponse\" }",
        "Transition { from: \"InitError\", to: \"Ready\" }",
        "Transition { from: \"Ready\", to: \"InvocationResponse\" }",
        "Transition { from: \"Ready\", to: \"InitError\" }",
        "Transition { from: \"Running\", to: \"InitError\" }",
        "Transition { from: \"InvocationResponse\", to: \"Ready\" }",
        "Transition { from: \"RuntimeResponseSentState\", to: \"InvocationErrorResponse\" }",
    ] {
        assert!(reached.contains(rejection), "{rejection}: {reached:#?}");
    }
    for answer in [
        "response",
        "Function.Boom",
        "Function.Init",
        "Function.ResponseSizeTooLarge",
        "Runtime.ExitError",
        "Runtime.InvalidEntrypoint",
        "Runtime.InvalidResponseModeHeader",
        "Runtime.TruncatedResponse",
        "Sandbox.Failure",
        "Sandbox.Timedout",
    ] {
        assert!(reached.contains(answer), "{answer}: {reached:#?}");
    }
}
