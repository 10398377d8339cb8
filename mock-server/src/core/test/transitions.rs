//! Every state of the environment and the runtime, and what each input does in it: one reviewed table. A second
//! one has every state of an extension and every call.
//!
//! The tables are snapshots in `snapshots`. A line that changes is a change of behaviour, to be compared with
//! AWS's runtime interface emulator. Sequences of inputs are in `properties`.

use std::fmt::Write as _;

use lambda_api::extension::{error::Moment, next::Event};

use super::scenario::{CATEGORY, KILLED, Scenario, error, response, restore_error, secs};
use crate::core::{Answer, Call, CallId, Effect, Exit, ExtensionRejection, Rejection, Reply, Settings};

type DoIt = fn(&mut State) -> Result<(), Rejection>;

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
    ("process exits", |state| {
        state.env.exit(Exit::Code(1));
        Ok(())
    }),
    ("launch fails", |state| {
        state.env.launch_fails();
        Ok(())
    }),
    ("open call dropped", |state| {
        if let Some(call) = state.open {
            state.env.drop_call(call);
        }
        Ok(())
    }),
    ("open body ends", |state| {
        if let Some(call) = state.open {
            state.env.end(call);
        }
        Ok(())
    }),
    ("timer is due", |state| {
        if let Some(timer) = state.env.timer() {
            state.env.advance(timer);
        }
        Ok(())
    }),
    ("shutdown", |state| {
        state.env.shut_down();
        Ok(())
    }),
];

/// What can be done to a state with the external extension `audit`.
const EXTENSION_INPUTS: &[(&str, DoIt)] = &[
    ("audit registers", |state| state.env.registers("audit", &["INVOKE", "SHUTDOWN"]).map(drop)),
    ("inner registers", |state| state.env.registers("inner", &["INVOKE"]).map(drop)),
    ("next", |state| {
        let caller = state.env.caller("audit");
        state.env.extension_polls_as(caller).map(drop)
    }),
    ("init/error", |state| audit_fails(state, Moment::Init)),
    ("exit/error", |state| audit_fails(state, Moment::Exit)),
    ("audit exits", |state| {
        state.env.extension_exits("audit", Exit::Code(1));
        Ok(())
    }),
    ("launch fails", |state| {
        state.env.extension_launch_fails("audit");
        Ok(())
    }),
    ("open call dropped", |state| {
        if let Some(call) = state.open {
            state.env.drop_call(call);
        }
        Ok(())
    }),
    ("runtime: next", |state| call(state, Call::Next)),
    ("runtime: init/error", |state| state.env.init_error(None, b"{}").map(drop)),
    ("runtime: response", |state| state.env.responds("r-1", b"ok").map(drop)),
    ("runtime exits", |state| {
        state.env.exit(Exit::Code(1));
        Ok(())
    }),
    ("invoke r-2", |state| state.env.invoke("r-2").map(drop)),
    ("timer is due", |state| {
        // In several steps where one wait ends after the next one should have.
        if let Some(timer) = state.env.timer() {
            state.env.advance(timer);
        }
        Ok(())
    }),
    ("shutdown", |state| {
        state.env.shut_down();
        Ok(())
    }),
];

fn audit_fails(state: &mut State, moment: Moment) -> Result<(), Rejection> {
    let caller = state.env.caller("audit");
    state.env.extension_fails_as(caller, moment, Some(CATEGORY)).map(drop)
}

/// An environment in a state, and the call of its guest that is neither answered nor dropped.
#[derive(Clone)]
struct State {
    name: &'static str,
    env: Scenario,
    open: Option<CallId>,
}

fn call(state: &mut State, request: Call) -> Result<(), Rejection> {
    state.env.call(request).map(drop)
}

fn states() -> Vec<State> {
    let new = || Scenario::with(Settings { timeout: secs(5), ..Settings::default() });
    let running = || new().ready().invoked("r-1");
    let repeated = || new().without_process().invoked("r-1");
    let state = |name, env| State { name, env, open: None };
    let open = |name, mut env: Scenario, request| {
        let call = env.call(request).unwrap();
        State { name, env, open: Some(call) }
    };

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

fn extension_states() -> Vec<State> {
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
    let stopped = |mut env: Scenario| {
        env.shut_down();
        env
    };
    let crashed = |mut env: Scenario| {
        env.extension_exits("audit", Exit::Code(1));
        env
    };
    let did = |mut env: Scenario| {
        env.responds("r-1", b"ok").unwrap();
        env.next().unwrap();
        env
    };
    let state = |name, env| State { name, env, open: None };
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

#[test]
fn every_state_and_every_input() {
    insta::assert_snapshot!(table(states(), INPUTS));
}

#[test]
fn every_extension_state_and_every_call() {
    insta::assert_snapshot!(table(extension_states(), EXTENSION_INPUTS));
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

/// The effects in short, `taken` if there are none and yet something has changed, `-` if nothing has.
fn outcome(before: &Scenario, after: &mut Scenario) -> String {
    let mut words: Vec<_> = after.effects().iter().map(effect).collect();
    if words.is_empty() {
        words.push(if after.env == before.env { "-" } else { "taken" }.to_owned());
    }
    if after.env.poll_timeout() != before.env.poll_timeout() {
        words.push(timer(after));
    }
    words.join(", ")
}

fn timer(env: &Scenario) -> String {
    env.timer().map_or_else(|| "no timer".to_owned(), |timer| format!("timer in {timer:?}"))
}

fn effect(effect: &Effect) -> String {
    match effect {
        Effect::Reply { reply, .. } => match reply {
            Reply::Invocation(event) => format!("200 {}", event.request_id),
            Reply::Accepted => "202".to_owned(),
            Reply::Registered(_) => "200 registered".to_owned(),
            Reply::Event(event) => match &**event {
                Event::Invoke(invoke) => format!("200 INVOKE {}", invoke.request_id),
                Event::Shutdown(shutdown) => format!("200 SHUTDOWN {}", shutdown.reason.as_str()),
                other => panic!("there is no such event: {other:?}"),
            },
            Reply::Restored => "200 restored".to_owned(),
            Reply::Subscribed => "200 subscribed".to_owned(),
            Reply::Refused(rejection) => refusal(rejection),
        },
        Effect::HangUp { .. } => "hang up".to_owned(),
        Effect::Answer { answer, .. } => format!("answer {}", words(answer)),
        Effect::EndInvoke { report, .. } => {
            let cold = if report.cold_start { " cold" } else { "" };
            let error_type = report.error_type.as_deref().map_or(String::new(), |text| format!(" {text}"));
            format!("end {} {}{error_type}{cold}", report.request_id, report.status.as_str())
        }
        Effect::Launch { generation } => format!("launch {generation}"),
        Effect::Kill => "kill".to_owned(),
        Effect::LaunchExtension { generation, .. } => format!("launch audit {generation}"),
        Effect::Terminate => "terminate".to_owned(),
        Effect::KillExtension { .. } => "kill audit".to_owned(),
        Effect::EnterPhase(phase) => format!("-> {phase:?}"),
        Effect::EndInit(report) => {
            let error_type = report.error_type.as_deref().map_or(String::new(), |text| format!(" {text}"));
            format!("init {}{error_type}", report.status.as_str())
        }
        Effect::EndRestore(report) => {
            let error_type = report.error_type.as_deref().map_or(String::new(), |text| format!(" {text}"));
            format!("restore {}{error_type}", report.status.as_str())
        }
        Effect::Freeze => "freeze".to_owned(),
        Effect::Thaw => "thaw".to_owned(),
        Effect::Deliver(delivery) => format!("deliver {}", delivery.events.len()),
        Effect::BeginInvoke { .. } => "begin".to_owned(),
        Effect::Record(event) => event.record.kind().to_owned(),
    }
}

fn words(answer: &Answer) -> String {
    match &answer.error {
        Some(error) => error.error_type.clone(),
        None => format!("{:?}", String::from_utf8_lossy(&answer.payload)),
    }
}

fn refusal(rejection: &Rejection) -> String {
    let reply = rejection.to_reply();
    if let Rejection::Extension(refused) = rejection
        && let ExtensionRejection::Transition { from, to, .. } = &**refused
    {
        return format!("403 extension {from} to {to}");
    }
    match rejection {
        Rejection::Transition { from, to, .. } => format!("403 {from} to {to}"),
        Rejection::Unavailable => "unavailable".to_owned(),
        _ => format!("{} {}", reply.status().as_u16(), reply.error_type().unwrap_or("in plain text")),
    }
}
