//! The states of an environment that is restored from a snapshot, without extensions but where one is waited for.

use super::{State, open, state};
use crate::core::{
    Call, Initialization, Settings,
    test::scenario::{KILLED, Scenario, response, secs},
};

pub(super) fn states() -> Vec<State> {
    let with = |extensions: &[&str]| {
        let extensions = extensions.iter().map(|&name| name.to_owned()).collect();
        let initialization = Initialization::SnapStart;
        Scenario::with(Settings { timeout: secs(5), initialization, extensions, ..Settings::default() })
    };
    let new = || with(&[]);
    let snapshot = || new().at_the_gate();
    let running = || snapshot().invoked("r-1").ready();
    let lost = || {
        let mut state = open("", new(), Call::RestoreNext);
        state.env.drop_call(state.open.unwrap());
        state.env
    };

    vec![
        state("init: started", new()),
        state("init: started, an invoke waits", new().invoked("r-1")),
        state("init: init error", new().init_failed()),
        state("init: init error, an invoke waits", new().invoked("r-1").init_failed()),
        open(
            "init: at the gate, an extension is waited for",
            with(&["audit"]).registered("audit", &[]),
            Call::RestoreNext,
        ),
        open("snapshot: at the gate", new(), Call::RestoreNext),
        state("snapshot: at the gate, the poll was lost", lost()),
        open("snapshot: past the gate", new(), Call::Next),
        state("restore: restoring", snapshot().restoring()),
        state("restore: restoring, an invoke waits", snapshot().invoked("r-1")),
        state("restore: restoring, the poll was lost", lost().restoring()),
        state("restore: restore error", snapshot().restoring().hooks_failed()),
        state("restore: restore error, an invoke waits", snapshot().invoked("r-1").hooks_failed()),
        open("idle: ready", snapshot().restoring(), Call::Next),
        state("invoke: running", running()),
        open("invoke: responding", running(), response("r-1")),
        state("invoke: responded", running().answered("r-1")),
        state("shutdown", running().stopped()),
        state("shutdown after a time-out", running().after(secs(5))),
        state("terminated", snapshot().stopped().exited(KILLED)),
    ]
}
