//! Several invocations at once, as on Lambda Managed Instances: one file each for workers and their queue, for answers,
//! for time-outs, and for how everything begins and ends.
//!
//! The rules are those of the managed-instances core of AWS's open-source runtime interface emulator. What this mode
//! has in common with the others is tested with their phases.

use super::scenario::Scenario;
use crate::core::{CallId, InvokeId, Rejection};

mod answers;
mod begin;
mod end;
mod time;
mod workers;

/// Initialised, with this many idle workers: their polls, oldest first.
fn with_workers(count: usize) -> (Scenario, Vec<CallId>) {
    let mut env = Scenario::managed();
    let polls = (0..count).map(|_| env.next().expect("a worker may poll")).collect();
    (env.so_far(), polls)
}

/// One idle worker was given `r-1`, and there are no others.
fn running() -> (Scenario, InvokeId) {
    let (mut env, _) = with_workers(1);
    let invoke = env.invoke("r-1").expect("there is an idle worker");
    (env.so_far(), invoke)
}

/// `r-1` and `r-2` are under way, and nobody is idle.
fn running_two() -> (Scenario, InvokeId, InvokeId) {
    let (mut env, _) = with_workers(2);
    let first = env.invoke("r-1").expect("there is an idle worker");
    let second = env.invoke("r-2").expect("there is another one");
    (env.so_far(), first, second)
}

/// Which invocation a poll was answered with.
fn event_of(env: &Scenario, poll: CallId) -> Option<&str> {
    env.event_for(poll).map(|event| event.request_id.as_str())
}

/// The refusal of a call that the state does not allow, in the words of this core.
fn not_allowed<T>(from: &'static str, to: &'static str) -> Result<T, Rejection> {
    Err(Rejection::Transition { from, to, is_managed: true })
}
