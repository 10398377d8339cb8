//! The states of the external extension `audit` as a subscriber of telemetry, and what can be done to them.

use super::{DoIt, State, call, does, pass_timer, state};
use crate::core::{
    Call, Exit, Settings, Subscription, TelemetryApi,
    test::scenario::{KILLED, Scenario, secs, to_everything},
};

/// What can be done to a subscriber; batches are sent with five events.
pub(super) const INPUTS: &[(&str, DoIt)] = &[
    ("audit subscribes", |state| state.env.subscribes("audit", of_five()).map(drop)),
    ("audit subscribes to logs", |state| {
        state.env.subscribes_with(TelemetryApi::Logs, "audit", of_five()).map(drop)
    }),
    ("output", |state| does(state, |env| env.writes("hello"))),
    ("output of audit", |state| does(state, |env| env.extension_writes("audit", "hello"))),
    ("much output", |state| does(state, |env| (0..5).for_each(|_| env.writes("hello")))),
    ("batch taken", |state| does(state, |env| env.takes("audit"))),
    ("batch refused", |state| does(state, |env| env.refuses("audit"))),
    ("audit: next", |state| state.env.extension_polls("audit").map(drop)),
    ("audit exits", |state| does(state, |env| env.extension_exits("audit", Exit::Code(1)))),
    ("runtime: next", |state| call(state, Call::Next)),
    ("runtime exits", |state| does(state, |env| env.exit(Exit::Code(1)))),
    ("invoke r-2", |state| state.env.invoke("r-2").map(drop)),
    ("timer is due", pass_timer),
    ("shutdown", |state| does(state, Scenario::shut_down)),
];

fn of_five() -> Subscription {
    to_everything().items(5)
}

pub(super) fn states() -> Vec<State> {
    let with = |freezes| {
        let settings = Settings {
            timeout: secs(5),
            extensions: vec!["audit".to_owned()],
            freezes,
            ..Settings::default()
        };
        Scenario::with(settings).registered("audit", &["INVOKE", "SHUTDOWN"])
    };
    let subscribed = |freezes| {
        let mut env = with(freezes);
        env.subscribes("audit", of_five()).unwrap();
        env
    };
    let logs = || {
        let mut env = with(false);
        env.subscribes_with(TelemetryApi::Logs, "audit", of_five()).unwrap();
        env
    };
    // Five events of init have become a batch.
    let idle = |freezes| subscribed(freezes).polling("audit").ready();
    let taken = |mut env: Scenario| {
        env.takes("audit");
        env
    };
    let refused = |mut env: Scenario| {
        env.refuses("audit");
        env
    };
    let wrote = |mut env: Scenario| {
        env.writes("hello");
        env
    };

    vec![
        state("init: registered", with(false)),
        state("init: subscribed", subscribed(false)),
        state("init: subscribed to logs", logs()),
        state("init: a batch is on its way", subscribed(false).after(secs(1))),
        state("idle: nothing to send", taken(idle(false))),
        state("idle: something to send", wrote(taken(idle(false)))),
        state("idle: a batch is on its way", idle(false)),
        state("idle: a batch was refused", refused(idle(false))),
        state("idle: a batch is on its way, and more waits", wrote(idle(false))),
        state("idle: frozen, something to send", wrote(taken(idle(true)))),
        state("invoke: running", taken(idle(false)).invoked("r-1")),
        state("reset: flushing", taken(idle(false)).invoked("r-1").exited(Exit::Code(1))),
        state("shutdown: the runtime ends", wrote(taken(idle(false))).stopped()),
        state("shutdown: flushing", wrote(taken(idle(false))).stopped().exited(KILLED)),
        state("shutdown: told", taken(idle(false)).stopped().exited(KILLED)),
    ]
}
