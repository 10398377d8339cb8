//! What is drawn: kinds of environments, and sequences of things that happen to them.
//!
//! Each sequence has at least [`LENGTH`] places; a place without a step is what a step shrinks to. What a step does is
//! decided in `world`.

use std::{fmt, ops::Range, time::Duration};

use lambda_api::runtime::response::ResponseMode;
use proptest::{prelude::*, sample::select};

use super::world::LIMIT;
use crate::core::{
    TelemetryApi,
    test::scenario::{millis, secs},
};

/// How many places a sequence has.
const LENGTH: Range<usize> = 52..96;

/// How an environment is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mode {
    /// One invocation at a time, with resets.
    Classic,
    /// Restored from a snapshot.
    SnapStart,
    /// Many invocations at once.
    Managed,
}

/// An environment, and what happens to it.
#[derive(Clone, Debug)]
pub(super) struct Sequence {
    pub(super) mode: Mode,
    /// How many external extensions there are.
    pub(super) extensions: usize,
    pub(super) freezes: bool,
    /// How many bytes of telemetry are kept.
    pub(super) room: usize,
    pub(super) steps: Steps,
}

/// The steps, with places where nothing happens; only what happens is shown.
#[derive(Clone)]
pub(super) struct Steps(pub(super) Vec<Option<Step>>);

impl fmt::Debug for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().flatten()).finish()
    }
}

/// Something that happens.
#[derive(Clone, Debug)]
pub(super) enum Step {
    // === the runtime ===
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
    RestoreNext,
    RestoreError,
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
    Exits {
        age: u32,
        code: i32,
    },
    LaunchFails {
        age: u32,
    },
    // === extensions ===
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
    // === telemetry ===
    Subscribes {
        who: Who,
        api: TelemetryApi,
        to: Wish,
    },
    Writes {
        who: Option<usize>,
        bytes: usize,
    },
    Delivered {
        which: usize,
        accepted: bool,
    },
    // === the driver ===
    Invoke,
    Restore,
    Measured {
        mb: u32,
    },
    /// Time passes, and the environment is called when it wants to be.
    Wait(Duration),
    WaitForTimer,
    /// Time passes, and the driver is too busy to call the environment.
    Oversleep(Duration),
    ShutDown,
    // === several at once ===
    /// All external extensions register, and subscribe, if they still may.
    AllRegister {
        subscribe: bool,
    },
    /// All extensions and the runtime ask for work, if they may.
    AllPoll,
    /// The newest invocation is answered, and all ask for more.
    Serves,
    /// So many workers ask for work.
    Workers(usize),
}

/// What a subscriber asks for.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) is_valid: bool,
    pub(super) platform: bool,
    pub(super) function: bool,
    pub(super) extension: bool,
    pub(super) max_items: u32,
    pub(super) max_bytes: u32,
    pub(super) timeout: Duration,
}

/// Whose invocation an answer is for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Id {
    Newest,
    Older(u64),
    Unknown,
    Impossible,
}

/// Whether an answer repeats the id of the attempt.
#[derive(Clone, Copy, Debug)]
pub(super) enum Echo {
    None,
    Right,
    Wrong,
}

/// An extension, or somebody who pretends to be one.
#[derive(Clone, Copy, Debug)]
pub(super) enum Who {
    External(usize),
    Internal(usize),
    Unknown,
    Missing,
    Invalid,
}

/// Which of the calls that the guests have made.
#[derive(Clone, Copy, Debug)]
pub(super) enum Which {
    NewestPoll,
    OldestOpenPoll,
    NewestExtensionPoll,
    NewestResponse,
    OldestOpenResponse,
    /// Of those that can still be dropped.
    Newest,
    Any(u64),
}

fn ids() -> impl Strategy<Value = Id> {
    prop_oneof![
        12 => Just(Id::Newest),
        4 => (1..4_u64).prop_map(Id::Older),
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
    prop_oneof![
        6 => Just(Which::NewestResponse),
        3 => Just(Which::OldestOpenResponse),
        1 => (0..8_u64).prop_map(Which::Any),
    ]
}

fn polls() -> impl Strategy<Value = Which> {
    prop_oneof![
        2 => Just(Which::NewestPoll),
        1 => Just(Which::OldestOpenPoll),
        1 => Just(Which::NewestExtensionPoll),
        1 => Just(Which::Newest),
        1 => calls(),
    ]
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

fn wishes() -> impl Strategy<Value = Wish> {
    let types = (any::<bool>(), any::<bool>(), any::<bool>());
    let buffering =
        (select(&[1, 2, 5, 1_000][..]), select(&[150, 400, 262_144][..]), select(&[25, 500, 2_000][..]));
    (prop::bool::weighted(0.85), types, buffering).prop_map(
        |(is_valid, (platform, function, extension), (max_items, max_bytes, timeout))| Wish {
            is_valid,
            platform,
            function: function || !platform && !extension,
            extension,
            max_items,
            max_bytes,
            timeout: millis(timeout),
        },
    )
}

fn runtime_steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        16 => Just(Step::Next),
        12 => (ids(), echoes(), modes()).prop_map(|(id, echo, mode)| Step::Response { id, echo, mode }),
        4 => (ids(), echoes()).prop_map(|(id, echo)| Step::Error { id, echo }),
        3 => Just(Step::InitError),
        8 => (calls(), select(&[0, 1, LIMIT / 2 + 1, LIMIT + 1][..])).prop_map(|(to, bytes)| Step::BodyArrives { to, bytes }),
        9 => (calls(), prop::bool::weighted(0.2))
            .prop_map(|(to, with_trailers)| Step::BodyEnds { to, with_trailers }),
        3 => calls().prop_map(|to| Step::BodyBreaksOff { to }),
        5 => polls().prop_map(|which| Step::CallDropped { which }),
        3 => (ages(), 0..3_i32).prop_map(|(age, code)| Step::Exits { age, code }),
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
        4 => (extensions(), any::<bool>())
            .prop_map(|(who, in_init)| Step::ExtensionFails { who, in_init }),
        2 => (0..2_usize, ages(), 0..3_i32)
            .prop_map(|(index, age, code)| Step::ExtensionExits { index, age, code }),
        1 => (0..2_usize, ages()).prop_map(|(index, age)| Step::ExtensionLaunchFails { index, age }),
        6 => any::<bool>().prop_map(|subscribe| Step::AllRegister { subscribe }),
        8 => Just(Step::AllPoll),
    ]
}

fn telemetry_steps() -> impl Strategy<Value = Step> {
    let apis = prop_oneof![3 => Just(TelemetryApi::Telemetry), 1 => Just(TelemetryApi::Logs)];
    let writers = prop_oneof![3 => Just(None), 1 => (0..2_usize).prop_map(Some)];
    prop_oneof![
        9 => (extensions(), apis, wishes()).prop_map(|(who, api, to)| Step::Subscribes { who, api, to }),
        6 => (writers, 0..200_usize).prop_map(|(who, bytes)| Step::Writes { who, bytes }),
        6 => (0..3_usize, prop::bool::weighted(0.7))
            .prop_map(|(which, accepted)| Step::Delivered { which, accepted }),
    ]
}

fn driver_steps(mode: Mode) -> impl Strategy<Value = Step> {
    // What only one mode has is rare in the others.
    let (restores, workers) =
        (if mode == Mode::SnapStart { 9 } else { 1 }, if mode == Mode::Managed { 6 } else { 1 });
    prop_oneof![
        14 => Just(Step::Invoke),
        restores => Just(Step::Restore),
        restores => Just(Step::RestoreNext),
        restores => Just(Step::RestoreError),
        workers => (1..4_usize).prop_map(Step::Workers),
        6 => Just(Step::Serves),
        1 => (1..200_u32).prop_map(|mb| Step::Measured { mb }),
        7 => durations().prop_map(Step::Wait),
        3 => Just(Step::WaitForTimer),
        2 => durations().prop_map(Step::Oversleep),
        1 => Just(Step::ShutDown),
    ]
}

fn steps(mode: Mode) -> impl Strategy<Value = Step> {
    prop_oneof![
        60 => runtime_steps(),
        40 => extension_steps(),
        28 => telemetry_steps(),
        46 => driver_steps(mode),
    ]
}

/// Sequences of things that happen to environments that are run in this way.
pub(super) fn sequences(mode: Mode) -> impl Strategy<Value = Sequence> {
    let environments = (0..3_usize, any::<bool>(), select(&[400, 1_000, 100_000][..]));
    let steps = prop::collection::vec(prop::option::weighted(0.99, steps(mode)), LENGTH).prop_map(Steps);
    (environments, steps).prop_map(move |((extensions, freezes, room), steps)| Sequence {
        mode,
        extensions,
        freezes,
        room,
        steps,
    })
}
