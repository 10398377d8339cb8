//! What the sequences reach: the properties say little about what they do not.
//!
//! Each state that a sequence comes to is given every input once, in a copy of the world, with all invariants; what the
//! sequences did by themselves is counted. A pair that is never reached must be listed as impossible, with its reason.

use std::collections::{BTreeMap, BTreeSet};

use lambda_api::{extension::next::Event, runtime::response::ResponseMode};
use proptest::{
    strategy::{Strategy as _, ValueTree as _},
    test_runner::TestRunner,
};

use super::{
    play,
    steps::{Echo, Id, Mode, Step, Which, Who, Wish, sequences},
    world::{INPUTS, Pair, World},
};
use crate::core::{Effect, Rejection, Reply, TelemetryApi, test::scenario::millis};

/// How many sequences are played in each mode.
const SEQUENCES: usize = 2_000;

/// At which visits everything is tried in a state: more has happened before the later ones.
const TRIES: &[usize] = &[1, 2, 4, 8, 16, 32, 64, 128, 256];

/// How many steps are tried in a row.
const DEPTH: usize = 3;

/// States that must be reached, whatever is drawn.
const STATES: &[&str] = &[
    "Classic Idle: Absent",
    "Classic Idle: Absent frozen",
    "Classic Idle: Ready",
    "Classic Idle: Ready frozen",
    "Classic Idle: Ready frozen telemetry waits",
    "Classic Idle: Ready telemetry waits",
    "Classic Init: Absent",
    "Classic Init: Absent an invoke waits",
    "Classic Init: InitError",
    "Classic Init: InitError an invoke waits",
    "Classic Init: Ready",
    "Classic Init: Ready an invoke waits",
    "Classic Init: Started",
    "Classic Init: Started an invoke waits",
    "Classic Invoke: Absent",
    "Classic Invoke: InitError",
    "Classic Invoke: InvocationResponse",
    "Classic Invoke: InvocationResponse has polled",
    "Classic Invoke: Ready",
    "Classic Invoke: Ready has polled",
    "Classic Invoke: Running",
    "Classic Invoke: Running has polled",
    "Classic Invoke: RuntimeResponseSentState",
    "Classic Invoke: RuntimeResponseSentState has polled",
    "Classic Invoke: Started",
    "Classic Invoke: Stuck",
    "Classic Invoke: Stuck has polled",
    "Classic Reset: ending",
    "Classic Reset: ending an invoke waits",
    "Classic Shutdown: ending",
    "Classic Terminated: ending",
    "SnapStart Idle: Ready",
    "SnapStart Idle: Ready frozen",
    "SnapStart Idle: Ready frozen telemetry waits",
    "SnapStart Idle: Ready telemetry waits",
    "SnapStart Init: Absent",
    "SnapStart Init: Absent an invoke waits",
    "SnapStart Init: InitError",
    "SnapStart Init: InitError an invoke waits",
    "SnapStart Init: Ready",
    "SnapStart Init: Ready an invoke waits",
    "SnapStart Init: RestoreReady",
    "SnapStart Init: RestoreReady an invoke waits",
    "SnapStart Init: Started",
    "SnapStart Init: Started an invoke waits",
    "SnapStart Invoke: InvocationResponse",
    "SnapStart Invoke: InvocationResponse has polled",
    "SnapStart Invoke: Ready",
    "SnapStart Invoke: Ready has polled",
    "SnapStart Invoke: Running",
    "SnapStart Invoke: Running has polled",
    "SnapStart Invoke: RuntimeResponseSentState",
    "SnapStart Invoke: RuntimeResponseSentState has polled",
    "SnapStart Invoke: Stuck",
    "SnapStart Invoke: Stuck has polled",
    "SnapStart Restore: Restoring",
    "SnapStart Restore: Restoring an invoke waits",
    "SnapStart Restore: RuntimeRestoreErrorState",
    "SnapStart Restore: RuntimeRestoreErrorState an invoke waits",
    "SnapStart Shutdown: ending",
    "SnapStart Snapshot: Ready",
    "SnapStart Snapshot: Ready frozen",
    "SnapStart Snapshot: Ready frozen telemetry waits",
    "SnapStart Snapshot: Ready telemetry waits",
    "SnapStart Snapshot: RestoreReady",
    "SnapStart Snapshot: RestoreReady frozen",
    "SnapStart Snapshot: RestoreReady frozen telemetry waits",
    "SnapStart Terminated: ending",
    "Managed Idle: Ready",
    "Managed Idle: Ready a worker is idle",
    "Managed Idle: Ready a worker is idle one is late",
    "Managed Idle: Ready one is late",
    "Managed Idle: Ready telemetry waits",
    "Managed Idle: Ready telemetry waits a worker is idle",
    "Managed Idle: Ready telemetry waits a worker is idle one is late",
    "Managed Idle: Ready telemetry waits one is late",
    "Managed Init: Absent",
    "Managed Init: Absent an invoke waits",
    "Managed Init: InitError",
    "Managed Init: InitError an invoke waits",
    "Managed Init: Ready",
    "Managed Init: Ready a worker is idle",
    "Managed Init: Ready an invoke waits",
    "Managed Init: Ready an invoke waits a worker is idle",
    "Managed Init: Started",
    "Managed Init: Started an invoke waits",
    "Managed Invoke: Ready",
    "Managed Invoke: Ready a worker is idle",
    "Managed Invoke: Ready a worker is idle one is late",
    "Managed Invoke: Ready a worker is idle responding",
    "Managed Invoke: Ready a worker is idle responding one is late",
    "Managed Invoke: Ready one is late",
    "Managed Invoke: Ready responding",
    "Managed Invoke: Ready responding one is late",
    "Managed Shutdown: ending",
    "Managed Terminated: ending",
];

/// What must be reached: phases, refusals, answers, events and records.
const WORDS: &[&str] = &[
    "Init",
    "Snapshot",
    "Restore",
    "Idle",
    "Invoke",
    "Reset",
    "Shutdown",
    "Terminated",
    "InvalidRequestID",
    "InvalidInvocationId",
    "InvalidResponseMode",
    "TooLarge { limit: 16 }",
    "Truncated",
    "TimedOut",
    "404",
    "InternalServerError",
    "ValidationError",
    "Logs.NotSupported",
    "Telemetry.NotSupported",
    "Telemetry.SubscriptionClosed",
    "InitError to Ready",
    "Ready to InitError",
    "Running to InitError",
    "InvocationResponse to Ready",
    "RuntimeResponseSentState to InvocationErrorResponse",
    "RestoreReady to Ready",
    "RestoreReady to RestoreReady",
    "RuntimeRestoreErrorState to Ready",
    "Extension.InvalidEventType",
    "Extension.InvalidExtensionIdentifier",
    "Extension.InvalidExtensionState",
    "Extension.MissingExtensionIdentifier",
    "Extension.RegistrationClosed",
    "Extension.UnknownExtensionIdentifier",
    "response",
    "restored",
    "Function.Boom",
    "Function.Init",
    "Function.ResponseSizeTooLarge",
    "Runtime.ExitError",
    "Runtime.InvalidEntrypoint",
    "Runtime.InvalidResponseModeHeader",
    "Runtime.TruncatedResponse",
    "Sandbox.Failure",
    "Sandbox.Timedout",
    "Logs.ValidationError",
    "Runtime.RestoreHookUserTimeout",
    "Extension.Crash",
    "Extension.ExitError",
    "Extension.InitError",
    "Extension.LaunchError",
    "INVOKE",
    "SHUTDOWN spindown",
    "SHUTDOWN timeout",
    "SHUTDOWN failure",
    "Terminate",
    "KillExtension",
    "Freeze",
    "delivered",
    "dropped",
    "platform.fault",
    "platform.restoreReport",
    "platform.logsSubscription",
];

/// A step that gives each input.
fn steps() -> Vec<Step> {
    let (newest, unknown, echo, mode) = (Id::Newest, Id::Unknown, Echo::None, Some(ResponseMode::Buffered));
    let (to, any) = (Which::OldestOpenResponse, Which::Any(0));
    let (age, who, index) = (0, Who::External(0), 0);
    let wish = Wish {
        is_valid: true,
        platform: true,
        function: true,
        extension: true,
        max_items: 1,
        max_bytes: 400,
        timeout: millis(25),
    };
    vec![
        Step::Invoke,
        Step::Next,
        Step::Response { id: newest, echo, mode },
        Step::Response { id: unknown, echo, mode },
        Step::Error { id: newest, echo },
        Step::Error { id: unknown, echo },
        Step::InitError,
        Step::RestoreNext,
        Step::RestoreError,
        Step::Registers { who, wants_invoke: false, wants_shutdown: true },
        Step::ExtensionPolls { who },
        Step::ExtensionFails { who, in_init: true },
        Step::ExtensionFails { who, in_init: false },
        Step::Subscribes { who, api: TelemetryApi::Telemetry, to: wish },
        Step::BodyArrives { to, bytes: 1 },
        Step::BodyArrives { to: any, bytes: 1 },
        Step::BodyEnds { to, with_trailers: false },
        Step::BodyEnds { to: any, with_trailers: false },
        Step::BodyBreaksOff { to },
        Step::BodyBreaksOff { to: any },
        Step::CallDropped { which: to },
        Step::CallDropped { which: Which::Newest },
        Step::Exits { age, code: 1 },
        Step::Exits { age: 1, code: 1 },
        Step::LaunchFails { age },
        Step::ExtensionExits { index, age, code: 1 },
        Step::ExtensionLaunchFails { index, age },
        Step::Writes { who: None, bytes: 1 },
        Step::Delivered { which: 0, accepted: true },
        Step::Delivered { which: 0, accepted: false },
        Step::Measured { mb: 1 },
        Step::Restore,
        Step::ShutDown,
        Step::WaitForTimer,
    ]
}

/// What was reached.
#[derive(Default)]
struct Reached {
    /// How often each pair was: by the sequences, and by trying.
    counts: BTreeMap<Pair, (u64, u64)>,
    /// How often a state was come to.
    visits: BTreeMap<(Mode, String), usize>,
}

impl Reached {
    /// Plays sequences, and tries every input in every state they come to.
    fn play(&mut self, mode: Mode) {
        let mut runner = TestRunner::deterministic();
        for _ in 0..SEQUENCES {
            let sequence = sequences(mode).new_tree(&mut runner).unwrap().current();
            let mut world = World::new(&sequence).counting();
            for step in sequence.steps.0.iter().flatten() {
                self.explore(mode, &world, DEPTH);
                world.play(step);
            }
            world.reached().for_each(|(pair, count)| self.counts.entry(pair.clone()).or_default().0 += count);
        }
    }

    /// Tries every input in copies of a world, and goes on from there.
    fn explore(&mut self, mode: Mode, world: &World, depth: usize) {
        if depth == 0 {
            return;
        }
        let visits = self.visits.entry((mode, world.state())).or_default();
        *visits += 1;
        if !TRIES.contains(visits) {
            return;
        }
        for step in steps() {
            let mut copy = world.clone().counting();
            copy.play(&step);
            if matches!(step, Step::Delivered { accepted: false, .. }) {
                // Now there is a time to send it again.
                copy.play(&Step::WaitForTimer);
            }
            copy.reached().for_each(|(pair, count)| self.counts.entry(pair.clone()).or_default().1 += count);
            self.explore(mode, &copy, depth - 1);
            copy.finish(true);
            copy.assert_nothing_is_left_over();
        }
    }
}

/// Why a pair cannot be.
fn impossible(pair: &Pair) -> Option<&'static str> {
    let is_in = |phases: &[&str]| phases.iter().any(|phase| pair.state.starts_with(phase));
    let waits = pair.state.contains("an invoke waits");
    match pair.input {
        "response" | "error" if is_in(&["Init", "Snapshot", "Restore"]) && !waits => {
            Some("there has been no invocation yet")
        }
        "time" if is_in(&["Terminated"]) => Some("nobody is left who waits"),
        "time" if is_in(&["Idle", "Snapshot"]) && !pair.state.contains("telemetry waits") => {
            Some("it waits for ever")
        }
        "time" if pair.state.contains("frozen") => Some("no time passes for those who are frozen"),
        _ => None,
    }
}

#[test]
#[cfg_attr(debug_assertions, ignore = "plays thousands of sequences: run it with --release")]
fn every_state_is_given_every_input() {
    let mut reached = Reached::default();
    for mode in [Mode::Classic, Mode::SnapStart, Mode::Managed] {
        reached.play(mode);
    }
    let counts = reached.counts;
    let states: BTreeSet<_> = counts.keys().map(|pair| (pair.mode, pair.state.clone())).collect();
    let (mut unreached, mut excused) = (Vec::new(), 0);
    for (mode, state) in &states {
        for input in INPUTS {
            let pair = Pair { mode: *mode, state: state.clone(), input };
            match (counts.contains_key(&pair), impossible(&pair)) {
                (true, None) => {}
                (false, Some(_)) => excused += 1,
                (true, Some(reason)) => unreached.push(format!("{pair:?} is possible, and yet {reason}")),
                (false, None) => unreached.push(format!("{mode:?} {state}: {input}")),
            }
        }
        let inputs: u64 = counts
            .iter()
            .filter(|(pair, _)| pair.mode == *mode && pair.state == *state)
            .map(|(_, (played, _))| played)
            .sum();
        println!("{mode:?} {state}: {inputs} inputs");
    }
    let names: BTreeSet<_> = states.iter().map(|(mode, state)| format!("{mode:?} {state}")).collect();
    let missing: Vec<_> = STATES.iter().filter(|state| !names.contains(**state)).collect();
    let played = counts.values().filter(|(played, _)| *played > 0).count();
    println!(
        "{} sequences in each mode: {} states with {} inputs; {} pairs reached, {played} of them by the sequences alone; {excused} are impossible",
        SEQUENCES,
        states.len(),
        INPUTS.len(),
        counts.len(),
    );
    assert!(missing.is_empty(), "never reached: {missing:#?}");
    assert!(unreached.is_empty(), "never reached:\n{}", unreached.join("\n"));
}

/// What is known by a word: refusals, phases, answers, events and records.
#[test]
#[cfg_attr(debug_assertions, ignore = "plays thousands of sequences: run it with --release")]
fn the_sequences_reach_every_refusal_and_failure() {
    let mut reached = BTreeSet::new();
    for mode in [Mode::Classic, Mode::SnapStart, Mode::Managed] {
        let mut runner = TestRunner::deterministic();
        for _ in 0..SEQUENCES {
            let sequence = sequences(mode).new_tree(&mut runner).unwrap().current();
            let mut world = play(World::new(&sequence), &sequence);
            world.drain();
            world.finish(true);
            reached.extend(world.rejections().map(|rejection| match &rejection {
                Rejection::Transition { from, to, .. } => format!("{from} to {to}"),
                rejection => rejection.to_reply().error_type().unwrap_or("404").to_owned(),
            }));
            reached.extend(world.effects().iter().filter_map(word));
        }
    }
    let missing: Vec<_> = WORDS.iter().filter(|word| !reached.contains(**word)).collect();
    assert!(missing.is_empty(), "{missing:#?} are not among {reached:#?}");
}

fn word(effect: &Effect) -> Option<String> {
    Some(match effect {
        Effect::EnterPhase(phase) => format!("{phase:?}"),
        Effect::Answer { answer, .. } => {
            answer.error.as_ref().map_or_else(|| "response".to_owned(), |error| error.error_type.clone())
        }
        Effect::Reply { reply: Reply::Refused(rejection), .. } => format!("{rejection:?}"),
        Effect::Reply { reply: Reply::Event(event), .. } => match &**event {
            Event::Invoke(_) => "INVOKE".to_owned(),
            Event::Shutdown(shutdown) => format!("SHUTDOWN {}", shutdown.reason.as_str()),
            other => format!("{other:?}"),
        },
        Effect::Reply { reply: Reply::Restored, .. } => "restored".to_owned(),
        Effect::Terminate => "Terminate".to_owned(),
        Effect::KillExtension { .. } => "KillExtension".to_owned(),
        Effect::Freeze => "Freeze".to_owned(),
        Effect::Deliver(delivery) => {
            let told =
                delivery.events.iter().any(|event| event.windows(11).any(|part| part == b"logsDropped"));
            if told { "dropped" } else { "delivered" }.to_owned()
        }
        Effect::Record(event) => event.record.kind().to_owned(),
        _ => return None,
    })
}
