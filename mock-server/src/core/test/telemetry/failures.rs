//! What is told of extensions that fail: in init, in an invocation, and while nothing is going on.

use lambda_api::extension::error::Moment;

use super::{subscribed, told_after};
use crate::core::{
    Exit,
    test::scenario::{KILLED, Scenario, secs},
};

/// Idle, with `audit` waiting; with the number of records so far.
fn idle() -> (Scenario, usize) {
    let env = subscribed().polling("audit").ready();
    let count = env.events().len();
    (env, count)
}

// === in init ===

#[test]
fn an_extension_that_reports_its_failed_start() {
    let mut env = subscribed().ready();
    env.extension_fails("audit", Moment::Init).unwrap();
    env.extension_exits("audit", KILLED);
    assert_eq!(
        told_after(&env, 2),
        [
            "initRuntimeDone on-demand init success",
            "extension audit InitError Extension.InitError",
            "initReport on-demand init error Extension.InitError",
        ]
    );
}

#[test]
fn an_extension_that_reports_its_end_during_init() {
    let mut env = subscribed();
    env.extension_fails("audit", Moment::Exit).unwrap();
    env.extension_exits("audit", KILLED);
    assert_eq!(
        told_after(&env, 2),
        [
            "initRuntimeDone on-demand init error Extension.ExitError",
            "extension audit ExitError Extension.ExitError",
            "initReport on-demand init error Extension.ExitError",
        ]
    );
}

#[test]
fn an_extension_that_exits_during_init_has_exited() {
    for registers in [true, false] {
        let mut env = Scenario::with_extensions(["audit"]);
        if registers {
            env.registers("audit", &[]).unwrap();
        }
        env.extension_exits("audit", Exit::Code(1));
        let told = told_after(&env, 1);
        let extension = told.iter().find(|line| line.starts_with("extension audit"));
        assert!(
            extension.is_some_and(|line| line.starts_with("extension audit Exited")),
            "one record for each extension: {told:?}"
        );
        assert_eq!(told.last().unwrap(), "initReport on-demand init error Extension.Crash");
    }
}

#[test]
fn an_extension_that_cannot_be_launched_is_told_of_with_no_events() {
    let mut env = Scenario::with_extensions(["audit"]);
    env.extension_launch_fails("audit");
    let told = told_after(&env, 1);
    assert!(told.iter().any(|line| line.starts_with("extension audit LaunchError")), "{told:?}");
    assert_eq!(told.last().unwrap(), "initReport on-demand init error Extension.LaunchError");
}

#[test]
fn an_extension_that_never_registered_has_started() {
    let env = Scenario::with_extensions(["audit"]).after(secs(10));
    let told = told_after(&env, 1);
    assert!(told.contains(&"extension audit Started".to_owned()), "one record for each extension: {told:?}");
}

#[test]
fn there_is_one_record_for_each_extension_external_ones_and_internal_ones() {
    let mut env = Scenario::with_extensions(["audit", "billing"])
        .registered("audit", &["INVOKE", "SHUTDOWN"])
        .registered("billing", &[])
        .registered("inner", &["INVOKE"]);
    for name in ["inner", "billing", "audit"] {
        env.extension_polls(name).unwrap();
    }
    env.next().unwrap();
    assert_eq!(
        told_after(&env, 1),
        [
            "initRuntimeDone on-demand init success",
            "extension audit Ready",
            "extension billing Ready",
            "extension inner Ready",
            "initReport on-demand init success",
        ]
    );
    let events: Vec<_> = env
        .records()
        .into_iter()
        .filter_map(|record| match record {
            lambda_api::telemetry::Record::Extension(extension) => Some(extension.events.join(",")),
            _ => None,
        })
        .collect();
    assert_eq!(events, ["INVOKE,SHUTDOWN", "", "INVOKE"]);
}

// === in an invocation, and between two ===

#[test]
fn an_extension_that_exits_in_an_invocation() {
    let (env, count) = idle();
    let mut env = env.invoked("r-1");
    env.extension_exits("audit", KILLED);
    assert_eq!(
        told_after(&env, count),
        ["start r-1", "runtimeDone r-1 error Extension.Crash", "report r-1 error Extension.Crash"]
    );
}

#[test]
fn an_extension_that_exits_after_the_runtime_is_done() {
    let (env, count) = idle();
    let mut env = env.invoked("r-1").answered("r-1").ready();
    env.extension_exits("audit", KILLED);
    assert_eq!(
        told_after(&env, count),
        ["start r-1", "runtimeDone r-1 success", "report r-1 error Extension.Crash"]
    );
}

#[test]
fn an_extension_that_reports_its_end_in_an_invocation() {
    let (env, count) = idle();
    let mut env = env.invoked("r-1");
    env.extension_fails("audit", Moment::Exit).unwrap();
    env.extension_exits("audit", KILLED);
    assert_eq!(
        told_after(&env, count),
        ["start r-1", "runtimeDone r-1 error Extension.ExitError", "report r-1 error Extension.ExitError"]
    );
}

#[test]
fn an_extension_that_has_exited_between_invocations_fails_the_next_one() {
    let (mut env, count) = idle();
    env.extension_exits("audit", Exit::Code(1));
    assert_eq!(told_after(&env, count), [""; 0], "nobody notices it yet");
    let invoke = env.invoke("r-1").unwrap();
    assert_eq!(
        told_after(&env, count),
        ["start r-1", "runtimeDone r-1 error Extension.Crash", "report r-1 error Extension.Crash"],
        "it is answered and reported, so it has begun"
    );
    assert_eq!(env.begins(), [invoke]);
}

#[test]
fn what_begins_is_what_ends() {
    // An invocation that never got into the environment is in neither.
    for mut env in [
        subscribed().invoked("r-1"),
        subscribed().polling("audit").invoked("r-1").ready(),
        Scenario::snap_start().at_the_gate().invoked("r-1"),
    ] {
        env.shut_down();
        let told = told_after(&env, 0);
        let count = |kind: &str| told.iter().filter(|line| line.starts_with(kind)).count();
        assert_eq!(count("start "), count("report "), "{told:?}");
        assert_eq!(count("start "), env.begins().len());
    }
}
