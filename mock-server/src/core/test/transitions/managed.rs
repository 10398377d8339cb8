//! The states of an environment that serves many invocations at once, without extensions but where one is waited for.

use super::{State, open, state};
use crate::core::{
    Call, Initialization, Settings,
    test::scenario::{KILLED, Scenario, response, secs},
};

pub(super) fn states() -> Vec<State> {
    let with = |extensions: &[&str]| {
        let extensions = extensions.iter().map(|&name| name.to_owned()).collect();
        let initialization = Initialization::ManagedInstances;
        Scenario::with(Settings { timeout: secs(5), initialization, extensions, ..Settings::default() })
    };
    let new = || with(&[]);
    let with_audit = || with(&["audit"]).registered("audit", &["SHUTDOWN"]);
    let running = || new().ready().invoked("r-1");
    let lost = || {
        let mut state = open("", with_audit(), Call::Next);
        state.env.drop_call(state.open.unwrap());
        state.env.polling("audit")
    };

    vec![
        state("init: started", new()),
        state("init: started, an invoke waits", new().invoked("r-1")),
        state("init: init error", new().init_failed()),
        state("init: init error, an invoke waits", new().invoked("r-1").init_failed()),
        open("init: a worker is idle, an extension is waited for", with_audit(), Call::Next),
        open(
            "init: a worker is idle, an extension and an invoke wait",
            with_audit().invoked("r-1"),
            Call::Next,
        ),
        state("init: the only worker was lost", lost()),
        state("init: the only worker was lost, an invoke waits", lost().invoked("r-1")),
        open("idle: a worker is idle", new(), Call::Next),
        open("idle: two workers are idle", new().ready(), Call::Next),
        state("idle: no worker is idle", running().answered("r-1")),
        open("idle: a worker is idle, another one failed", new().ready().init_failed_late(), Call::Next),
        state("idle: no worker is idle, r-1 is late", running().after(secs(5))),
        open("idle: a worker is idle, r-1 is late", running().after(secs(5)), Call::Next),
        state("invoke: running", running()),
        open("invoke: running, a worker is idle", running(), Call::Next),
        open("invoke: responding", running(), response("r-1")),
        open("invoke: responding, a worker is idle", running().ready(), response("r-1")),
        open("invoke: running r-3, r-1 is late", running().after(secs(5)).ready().invoked("r-3"), Call::Next),
        open("invoke: r-1 again, r-1 was late", running().after(secs(5)).ready().invoked("r-1"), Call::Next),
        state("shutdown: the runtime ends", with_audit().polling("audit").ready().invoked("r-1").stopped()),
        state("shutdown: killed", running().stopped()),
        state("shutdown: killed, r-1 is late", running().after(secs(5)).stopped()),
        state("terminated", running().stopped().exited(KILLED)),
    ]
}

impl Scenario {
    /// A worker that has not polled yet has failed, beside one that has.
    fn init_failed_late(mut self) -> Self {
        self.init_error(None, b"{}").expect("a worker may fail once");
        self
    }
}
