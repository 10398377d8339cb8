//! The states of an environment that serves one invocation at a time, without extensions.

use super::{State, open, state};
use crate::core::{
    Call, Settings,
    test::scenario::{KILLED, Scenario, response, secs},
};

pub(super) fn states() -> Vec<State> {
    let new = || Scenario::with(Settings { timeout: secs(5), ..Settings::default() });
    let running = || new().ready().invoked("r-1");
    let repeated = || new().without_process().invoked("r-1");
    let mut lost = open("", new(), Call::Next);
    lost.env.drop_call(lost.open.unwrap());
    let mut stopped = new().ready();
    stopped.shut_down();

    vec![
        state("init: started", new()),
        state("init: started, an invoke waits", new().invoked("r-1")),
        state("init: init error", new().init_failed()),
        state("init: init error, an invoke waits", new().invoked("r-1").init_failed()),
        open("idle: ready", new(), Call::Next),
        state("idle: no process", new().without_process()),
        state("invoke: ready, the poll was lost", lost.env.invoked("r-1")),
        state("invoke: running", running()),
        open("invoke: responding", running(), response("r-1")),
        state("invoke: stuck after an impossible response mode", running().stuck("r-1")),
        state("invoke: responded", running().answered("r-1")),
        state("invoke: started, init is repeated", repeated()),
        state("invoke: init error, init was repeated", repeated().init_failed()),
        state("reset", running().after(secs(5))),
        state("reset, an invoke waits", running().after(secs(5)).invoked("r-1")),
        state("shutdown", stopped.clone()),
        state("terminated", stopped.exited(KILLED)),
    ]
}
