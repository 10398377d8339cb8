//! The states of an environment with the external extension `audit`, and what can be done to them.

use lambda_api::extension::error::Moment;

use super::{DoIt, State, call, does, drop_open, pass_timer, state};
use crate::core::{
    Call, Exit, Rejection, Settings,
    test::scenario::{CATEGORY, KILLED, Scenario, secs},
};

/// What can be done to a state with the external extension `audit`.
pub(super) const INPUTS: &[(&str, DoIt)] = &[
    ("audit registers", |state| state.env.registers("audit", &["INVOKE", "SHUTDOWN"]).map(drop)),
    ("inner registers", |state| state.env.registers("inner", &["INVOKE"]).map(drop)),
    ("next", |state| {
        let caller = state.env.caller("audit");
        state.env.extension_polls_as(caller).map(drop)
    }),
    ("init/error", |state| audit_fails(state, Moment::Init)),
    ("exit/error", |state| audit_fails(state, Moment::Exit)),
    ("audit exits", |state| does(state, |env| env.extension_exits("audit", Exit::Code(1)))),
    ("launch fails", |state| does(state, |env| env.extension_launch_fails("audit"))),
    ("open call dropped", drop_open),
    ("runtime: next", |state| call(state, Call::Next)),
    ("runtime: init/error", |state| state.env.init_error(None, b"{}").map(drop)),
    ("runtime: response", |state| state.env.responds("r-1", b"ok").map(drop)),
    ("runtime exits", |state| does(state, |env| env.exit(Exit::Code(1)))),
    ("invoke r-2", |state| state.env.invoke("r-2").map(drop)),
    ("timer is due", pass_timer),
    ("shutdown", |state| does(state, Scenario::shut_down)),
];

fn audit_fails(state: &mut State, moment: Moment) -> Result<(), Rejection> {
    let caller = state.env.caller("audit");
    state.env.extension_fails_as(caller, moment, Some(CATEGORY)).map(drop)
}

pub(super) fn states() -> Vec<State> {
    let launched = || {
        let extensions = vec!["audit".to_owned()];
        Scenario::with(Settings { timeout: secs(5), extensions, ..Settings::default() })
    };
    let registered = || launched().registered("audit", &["INVOKE", "SHUTDOWN"]);
    let idle = || registered().polling("audit").ready();
    let running = || idle().invoked("r-1");
    let repeated = || {
        let mut env = launched();
        env.extension_exits("audit", Exit::Code(1));
        env.invoked("r-1")
    };
    let failed = |mut env: Scenario, moment| {
        env.extension_fails("audit", moment).unwrap();
        env
    };
    let stopped = Scenario::stopped;
    let crashed = |mut env: Scenario| {
        env.extension_exits("audit", Exit::Code(1));
        env
    };
    let did = |mut env: Scenario| {
        env.responds("r-1", b"ok").unwrap();
        env.next().unwrap();
        env
    };
    let open = |name, mut env: Scenario| {
        let call = env.extension_polls("audit").unwrap();
        State { name, env, open: Some(call) }
    };

    let mut ready = open("idle: ready", registered());
    ready.env = ready.env.ready();
    let lost = |mut env: Scenario| {
        let poll = env.extension_polls("audit").unwrap();
        env.drop_call(poll);
        env
    };

    vec![
        state("init: launched", launched()),
        state("init: registered", registered()),
        state("init: registered, the runtime has polled", registered().ready()),
        open("init: ready", registered()),
        ready,
        state("idle: ready, the poll was lost", lost(registered()).ready()),
        state("idle: exit error", failed(idle(), Moment::Exit)),
        state("idle: crashed", crashed(idle())),
        state("invoke: running", running()),
        state("invoke: running, the runtime is done", did(running())),
        open("invoke: ready again", running()),
        state("invoke: the event waits for a poll", lost(registered()).ready().invoked("r-1")),
        state("invoke: launched, init is repeated", repeated()),
        state("invoke: registered, init is repeated", repeated().registered("audit", &["INVOKE"])),
        state("reset: init error", failed(registered(), Moment::Init)),
        state("reset: exit error", failed(running(), Moment::Exit)),
        open("reset: ready, the runtime ends", running().after(secs(5))),
        state("reset: running, the runtime is gone", running().after(secs(5)).exited(KILLED)),
        state("reset: told", idle().exited(Exit::Code(1))),
        state("shutdown: the runtime ends", stopped(idle())),
        state("shutdown: the runtime is killed", stopped(idle()).after(secs(1))),
        state("shutdown: told", stopped(idle()).exited(KILLED)),
        open("shutdown: told, and polls again", stopped(idle()).exited(KILLED)),
        state("shutdown: killed", stopped(idle()).exited(KILLED).after(secs(2))),
        state("terminated", crashed(stopped(idle()).exited(KILLED))),
    ]
}
