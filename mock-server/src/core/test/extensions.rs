//! Extensions: one file per phase of their life, with the states that these files begin in.
//!
//! Each state that an extension can be in, with each call, is in `transitions`; random lives are in `properties`.

use super::scenario::Scenario;
use crate::core::{Effect, Phase, Rejection};

mod calls;
mod failure;
mod init;
mod invoke;
mod registration;
mod shutdown;

const INVOKE: &str = "INVOKE";
const SHUTDOWN: &str = "SHUTDOWN";

/// Idle, with `audit` for both events and `billing` for none, each asking for work.
fn idle() -> Scenario {
    Scenario::with_extensions(["audit", "billing"])
        .registered("audit", &[INVOKE, SHUTDOWN])
        .registered("billing", &[])
        .polling("audit")
        .polling("billing")
        .ready()
        .so_far()
}

/// Idle, with the internal extension `inner` for INVOKE, and no external one.
fn idle_with_internal() -> Scenario {
    Scenario::new().registered("inner", &[INVOKE]).polling("inner").ready().so_far()
}

/// Lets the runtime do its part of an invocation.
fn runtime_does(env: &mut Scenario, id: &str) {
    env.responds(id, b"ok").expect("the runtime has this invocation");
    env.next().expect("a runtime that has answered may poll");
}

/// The phases that were entered since the last look.
fn phases(env: &mut Scenario) -> Vec<Phase> {
    let phase = |effect: &Effect| match effect {
        Effect::EnterPhase(phase) => Some(*phase),
        _ => None,
    };
    env.effects().iter().filter_map(phase).collect()
}

/// Status and bytes of a refusal.
fn refused<T: std::fmt::Debug>(result: Result<T, Rejection>) -> (u16, String) {
    let reply = result.expect_err("the call is refused").to_reply().to_http();
    let body = String::from_utf8(reply.body().to_vec()).expect("an error body is text");
    (reply.status().as_u16(), body)
}

/// What every refusal of an extension looks like.
fn forbidden(error_type: &str, message: &str) -> (u16, String) {
    (403, format!("{{\"errorMessage\":\"{message}\",\"errorType\":\"{error_type}\"}}\n"))
}

/// A call that the state does not allow; `whom` is a name or an identifier.
fn not_from(from: &str, to: &str, whom: &str) -> (u16, String) {
    let message = format!(
        "State transition from {from} to {to} failed for extension {whom}. Error: State transition is not allowed"
    );
    forbidden("Extension.InvalidExtensionState", &message)
}
