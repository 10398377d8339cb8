//! Whatever happens, in whatever order: invariants of the environment under random sequences of inputs.
//!
//! Each environment has up to two external extensions, and internal ones if a step brings them. `world` does
//! the steps and asserts the invariants after each; here is what is drawn, and what must hold for a sequence
//! as a whole. Sequences that once failed are kept in `proptest-regressions`; the environment variable
//! `PROPTEST_CASES` asks for more of them.

use std::{collections::BTreeSet, time::Duration};

use lambda_api::{extension::next::Event, runtime::response::ResponseMode};
use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};

use super::scenario::{millis, secs};
use crate::core::{Effect, Phase, Rejection, Reply};

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
    Registers {
        who: Who,
        wants_invoke: bool,
        wants_shutdown: bool,
    },
    ExtensionPolls {
        who: Who,
    },
    ExtensionFails {
        who: Who,
        in_init: bool,
    },
    ExtensionExits {
        index: usize,
        age: u32,
        code: i32,
    },
    ExtensionLaunchFails {
        index: usize,
        age: u32,
    },
    /// All external extensions register, if they still have to.
    AllRegister,
    /// All extensions and the runtime ask for work, if they may.
    AllPoll,
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

/// An extension, or somebody who pretends to be one.
#[derive(Clone, Copy, Debug)]
enum Who {
    External(usize),
    Internal(usize),
    Unknown,
    Missing,
    Invalid,
}

/// Which of the calls that the guests have made.
#[derive(Clone, Copy, Debug)]
enum Which {
    NewestPoll,
    NewestExtensionPoll,
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
    prop_oneof![2 => Just(Which::NewestPoll), 1 => Just(Which::NewestExtensionPoll), 1 => calls()]
}

fn extensions() -> impl Strategy<Value = Who> {
    prop_oneof![
        12 => (0..2_usize).prop_map(Who::External),
        6 => (0..2_usize).prop_map(Who::Internal),
        1 => Just(Who::Unknown),
        1 => Just(Who::Missing),
        1 => Just(Who::Invalid),
    ]
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

/// The newest process most of the time, at times one that was given up or is yet to come.
fn ages() -> impl Strategy<Value = u32> {
    prop_oneof![6 => Just(0), 1 => 1..3_u32, 1 => Just(u32::MAX)]
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        90 => runtime_steps(),
        45 => extension_steps(),
        8 => durations().prop_map(Step::Wait),
        3 => Just(Step::WaitForTimer),
        2 => durations().prop_map(Step::Oversleep),
        1 => Just(Step::ShutDown),
    ]
}

fn runtime_steps() -> impl Strategy<Value = Step> {
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
    ]
}

fn extension_steps() -> impl Strategy<Value = Step> {
    let events = (any::<bool>(), any::<bool>());
    prop_oneof![
        8 => (extensions(), events).prop_map(|(who, (wants_invoke, wants_shutdown))| {
            Step::Registers { who, wants_invoke, wants_shutdown }
        }),
        12 => extensions().prop_map(|who| Step::ExtensionPolls { who }),
        2 => (extensions(), any::<bool>())
            .prop_map(|(who, in_init)| Step::ExtensionFails { who, in_init }),
        3 => (0..2_usize, ages(), 0..3_i32)
            .prop_map(|(index, age, code)| Step::ExtensionExits { index, age, code }),
        1 => (0..2_usize, ages()).prop_map(|(index, age)| Step::ExtensionLaunchFails { index, age }),
        6 => Just(Step::AllRegister),
        8 => Just(Step::AllPoll),
    ]
}

/// How many external extensions there are, and what happens.
fn sequences() -> impl Strategy<Value = (usize, Vec<Step>)> {
    (0..3_usize, prop::collection::vec(steps(), 1..80))
}

fn played((extensions, sequence): &(usize, Vec<Step>)) -> World {
    let mut world = World::new(*extensions);
    for step in sequence {
        world.play(step);
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig::default())]

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
        // The rest of init, processes that will not die, the invocation, and other such processes.
        world.play(&Step::Wait(secs(60)));
        prop_assert_eq!(world.in_flight(), 0);
        prop_assert!(matches!(world.phase(), Phase::Idle | Phase::Terminated));
    }
}

/// Two that once failed. A seed means another sequence as soon as something else is drawn; these stay.
#[test]
fn a_runtime_that_exits_while_idle_leaves_nothing_over() {
    let exits = [Step::Next, Step::Exits { age: 0, code: 0 }, Step::Invoke];
    for extensions in 0..3 {
        for last in [Step::Wait(Duration::ZERO), Step::WaitForTimer] {
            let mut sequence = vec![Step::AllRegister, Step::AllPoll];
            sequence.extend(exits.iter().cloned().chain([last]));
            let mut world = played(&(extensions, sequence));
            world.finish(false);
            world.assert_nothing_is_left_over();
        }
    }
}

/// The properties say little about what the sequences do not reach.
#[test]
fn the_sequences_reach_every_phase_refusal_and_failure() {
    let mut runner = TestRunner::deterministic();
    let mut reached = BTreeSet::new();
    for _ in 0..2_000 {
        let sequence = sequences().new_tree(&mut runner).unwrap().current();
        let mut world = played(&sequence);
        world.finish(true);
        reached.extend(world.rejections().map(|rejection| match &rejection {
            Rejection::Transition { from, to, .. } => format!("{from} to {to}"),
            Rejection::Extension(_) => rejection.to_reply().error_type().unwrap_or_default().to_owned(),
            rejection => format!("{rejection:?}"),
        }));
        reached.extend(world.effects().iter().flat_map(|effect| match effect {
            Effect::EnterPhase(phase) => Some(format!("{phase:?}")),
            Effect::Answer { answer, .. } => Some(
                answer.error.as_ref().map_or_else(|| "response".to_owned(), |error| error.error_type.clone()),
            ),
            Effect::Reply { reply: Reply::Refused(rejection), .. } => Some(format!("{rejection:?}")),
            Effect::Reply { reply: Reply::Event(event), .. } => Some(match &**event {
                Event::Invoke(_) => "INVOKE".to_owned(),
                Event::Shutdown(shutdown) => format!("SHUTDOWN {}", shutdown.reason.as_str()),
                other => format!("{other:?}"),
            }),
            Effect::Terminate => Some("Terminate".to_owned()),
            Effect::KillExtension { .. } => Some("KillExtension".to_owned()),
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
        "Started to InvocationResponse",
        "InitError to Ready",
        "Ready to InvocationResponse",
        "Ready to InitError",
        "Running to InitError",
        "InvocationResponse to Ready",
        "RuntimeResponseSentState to InvocationErrorResponse",
        "Extension.InvalidEventType",
        "Extension.InvalidExtensionIdentifier",
        "Extension.InvalidExtensionState",
        "Extension.MissingExtensionIdentifier",
        "Extension.RegistrationClosed",
        "Extension.UnknownExtensionIdentifier",
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
        "Extension.Crash",
        "Extension.ExitError",
        "Extension.InitError",
        "Extension.LaunchError",
    ] {
        assert!(reached.contains(answer), "{answer}: {reached:#?}");
    }
    for effect in
        ["INVOKE", "SHUTDOWN spindown", "SHUTDOWN timeout", "SHUTDOWN failure", "Terminate", "KillExtension"]
    {
        assert!(reached.contains(effect), "{effect}: {reached:#?}");
    }
}
