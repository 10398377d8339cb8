//! Every state of the environment and the runtime, and what each input does in it: reviewed tables, one for each way to run
//! an environment, one for the states of an extension, and one for those of its telemetry.
//!
//! The tables are snapshots in `snapshots`. A line that changes is a change of behaviour, to be compared with
//! AWS's runtime interface emulator. Sequences of inputs are in `properties`.

use std::fmt::Write as _;

use super::scenario::{Scenario, error, restore_error};
use crate::core::{Call, CallId, Exit, Rejection};

mod classic;
mod extensions;
mod managed;
mod render;
mod snap_start;
mod telemetry;

use render::{outcome, refusal, timer};

type DoIt = fn(&mut State) -> Result<(), Rejection>;

/// An environment in a state, and the call of its guest that is neither answered nor dropped.
#[derive(Clone)]
struct State {
    name: &'static str,
    env: Scenario,
    open: Option<CallId>,
}

fn state(name: &'static str, env: Scenario) -> State {
    State { name, env, open: None }
}

/// A state in which a call is open.
fn open(name: &'static str, mut env: Scenario, request: Call) -> State {
    let call = env.call(request).unwrap();
    State { name, env, open: Some(call) }
}

/// What can be done to a state; in each, `r-1` is the invocation if there is one.
const INPUTS: &[(&str, DoIt)] = &[
    ("next", |state| call(state, Call::Next)),
    ("response r-1", |state| state.env.responds("r-1", b"ok").map(drop)),
    ("response r-9", |state| state.env.responds("r-9", b"ok").map(drop)),
    ("error r-1", |state| call(state, error("r-1", "{}"))),
    ("error r-9", |state| call(state, error("r-9", "{}"))),
    ("init/error", |state| state.env.init_error(None, b"{}").map(drop)),
    ("restore/next", |state| call(state, Call::RestoreNext)),
    ("restore/error", |state| call(state, restore_error())),
    ("invoke r-2", |state| state.env.invoke("r-2").map(drop)),
    ("restore", |state| does(state, Scenario::restore)),
    ("process exits", |state| does(state, |env| env.exit(Exit::Code(1)))),
    ("launch fails", |state| does(state, Scenario::launch_fails)),
    ("open call dropped", drop_open),
    ("open body ends", |state| {
        let open = state.open;
        does(state, |env| open.into_iter().for_each(|call| env.end(call)))
    }),
    ("output", |state| does(state, |env| env.writes("hello"))),
    ("timer is due", pass_timer),
    ("shutdown", |state| does(state, Scenario::shut_down)),
];

/// An input that is never refused.
fn does(state: &mut State, input: impl FnOnce(&mut Scenario)) -> Result<(), Rejection> {
    input(&mut state.env);
    Ok(())
}

fn call(state: &mut State, request: Call) -> Result<(), Rejection> {
    state.env.call(request).map(drop)
}

fn drop_open(state: &mut State) -> Result<(), Rejection> {
    let open = state.open;
    does(state, |env| open.into_iter().for_each(|call| env.drop_call(call)))
}

/// In several steps where one wait ends after the next one should have.
fn pass_timer(state: &mut State) -> Result<(), Rejection> {
    does(state, |env| {
        let timer = env.timer();
        timer.into_iter().for_each(|timer| env.advance(timer));
    })
}

#[test]
fn every_state_and_every_input() {
    insta::assert_snapshot!(table(classic::states(), INPUTS));
}

#[test]
fn every_state_with_a_snapshot_and_every_input() {
    insta::assert_snapshot!(table(snap_start::states(), INPUTS));
}

#[test]
fn every_state_with_many_at_once_and_every_input() {
    insta::assert_snapshot!(table(managed::states(), INPUTS));
}

#[test]
fn every_extension_state_and_every_call() {
    insta::assert_snapshot!(table(extensions::states(), extensions::INPUTS));
}

#[test]
fn every_state_of_a_subscriber_and_every_input() {
    insta::assert_snapshot!(table(telemetry::states(), telemetry::INPUTS));
}

/// What each input does in each state.
fn table(states: Vec<State>, inputs: &[(&str, DoIt)]) -> String {
    let width = inputs.iter().map(|(name, _)| name.len()).max().unwrap_or_default() + 1;
    let mut table = String::new();
    for state in states {
        writeln!(table, "{} ({})", state.name, timer(&state.env)).unwrap();
        for (name, input) in inputs {
            let before = state.env.clone().so_far();
            let mut state = State { env: before.clone(), ..state.clone() };
            let outcome = match input(&mut state) {
                Ok(()) => outcome(&before, &mut state.env),
                Err(rejection) => {
                    assert_eq!(state.env.env, before.env, "a refusal changes nothing");
                    refusal(&rejection)
                }
            };
            writeln!(table, "  {name:<width$} {outcome}").unwrap();
        }
        table.push('\n');
    }
    table
}
