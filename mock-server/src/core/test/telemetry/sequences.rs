//! Golden sequences: what is told of each course that an environment can take, in the order of the service.
//!
//! Extensions that fail are in `failures`; SnapStart and multi-concurrency in `modes`.

use super::{drain, init_of, line, subscribed, told, told_after};
use crate::core::{
    Exit, Initialization,
    test::scenario::{KILLED, Scenario, error, secs},
};

/// Initialised and idle, with `audit` waiting; the records so far are of init.
fn idle() -> (Scenario, usize) {
    let env = subscribed().polling("audit").ready();
    let count = env.events().len();
    (env, count)
}

/// Running `r-1`, of which the beginning has been told.
fn running() -> (Scenario, usize) {
    let (env, _) = idle();
    let env = env.invoked("r-1");
    let count = env.events().len();
    (env, count)
}

// === success ===

#[test]
fn a_cold_start_and_its_first_invocation() {
    let mut env = subscribed();
    env.next().unwrap();
    env.extension_polls("audit").unwrap();
    assert_eq!(told(&env), init_of("on-demand"));
    let count = env.events().len();
    env.invoke("r-1").unwrap();
    env.writes("hello");
    env.responds("r-1", b"ok").unwrap();
    env.next().unwrap();
    assert_eq!(told_after(&env, count), ["start r-1", "runtimeDone r-1 success"]);
    env.extension_polls("audit").unwrap();
    assert_eq!(
        told_after(&env, count),
        ["start r-1", "runtimeDone r-1 success", "report r-1 success"],
        "the report waits for the extensions"
    );
}

#[test]
fn a_subscriber_gets_all_of_this_and_its_own_and_the_functions_logs_in_order() {
    let mut env = subscribed();
    env.extension_writes("audit", "here");
    env.writes("loading");
    env.next().unwrap();
    env.extension_polls("audit").unwrap();
    env.invoke("r-1").unwrap();
    env.writes("hello");
    env.responds("r-1", b"ok").unwrap();
    env.next().unwrap();
    env.extension_polls("audit").unwrap();
    drain(&mut env, "audit");
    let [start, subscription, rest @ ..] = init_of("on-demand");
    let mut expected = vec![start, subscription];
    expected.extend(["extension here", "function loading"].map(str::to_owned));
    expected.extend(rest);
    expected.extend(
        ["start r-1", "function hello", "runtimeDone r-1 success", "report r-1 success"].map(str::to_owned),
    );
    let sent: Vec<String> = env
        .deliveries()
        .iter()
        .flat_map(|delivery| &delivery.events)
        .map(|event| line(&serde_json::from_slice(event).unwrap()))
        .collect();
    assert_eq!(sent, expected);
}

#[test]
fn a_warm_invocation() {
    let (mut env, _) = running();
    env.responds("r-1", b"ok").unwrap();
    env.next().unwrap();
    env.extension_polls("audit").unwrap();
    let count = env.events().len();
    let mut env = env.invoked("r-2").answered("r-2").ready();
    env.extension_polls("audit").unwrap();
    assert_eq!(told_after(&env, count), ["start r-2", "runtimeDone r-2 success", "report r-2 success"]);
}

#[test]
fn an_error_that_the_function_reports_is_a_success_of_the_runtime() {
    let (mut env, count) = running();
    env.call(error("r-1", "{}")).unwrap();
    env.next().unwrap();
    env.extension_polls("audit").unwrap();
    assert_eq!(told_after(&env, count), ["runtimeDone r-1 success", "report r-1 success"]);
}

#[test]
fn an_invoke_that_waits_for_init_begins_after_it() {
    let mut env = subscribed().polling("audit").invoked("r-1");
    env.next().unwrap();
    let told = told(&env);
    assert_eq!(told[..5], init_of("on-demand"));
    assert_eq!(told[5..], ["start r-1"]);
}

#[test]
fn a_provisioned_environment_says_so() {
    let mut env = Scenario::of(Initialization::ProvisionedConcurrency, ["audit"])
        .registered("audit", &[])
        .subscribed("audit")
        .polling("audit");
    env.next().unwrap();
    assert_eq!(told(&env), init_of("provisioned-concurrency"));
}

// === failures of an invocation ===

#[test]
fn a_time_out() {
    let (mut env, count) = running();
    env.advance(secs(3));
    assert_eq!(
        told_after(&env, count),
        ["runtimeDone r-1 timeout Sandbox.Timedout", "report r-1 timeout Sandbox.Timedout"]
    );
}

#[test]
fn a_time_out_after_the_runtime_is_done_is_that_of_the_extensions() {
    let (mut env, count) = running();
    env.responds("r-1", b"ok").unwrap();
    env.next().unwrap();
    env.advance(secs(3));
    assert_eq!(told_after(&env, count), ["runtimeDone r-1 success", "report r-1 timeout Sandbox.Timedout"]);
}

#[test]
fn an_exit_in_an_invocation() {
    for (exit, error_type) in
        [(Exit::Code(0), "Runtime.ExitError"), (Exit::OutOfMemory, "Runtime.OutOfMemory")]
    {
        let (mut env, count) = running();
        env.exit(exit);
        assert_eq!(
            told_after(&env, count),
            [format!("runtimeDone r-1 error {error_type}"), format!("report r-1 error {error_type}")]
        );
    }
}

#[test]
fn a_shutdown_in_an_invocation() {
    let (mut env, count) = running();
    env.shut_down();
    assert_eq!(
        told_after(&env, count),
        ["runtimeDone r-1 failure Sandbox.Failure", "report r-1 failure Sandbox.Failure"]
    );
}

#[test]
fn a_shutdown_while_idle_has_nothing_to_tell() {
    let (mut env, count) = idle();
    env.shut_down();
    env.exit(KILLED);
    env.extension_exits("audit", Exit::Code(0));
    assert_eq!(told_after(&env, count), [""; 0]);
}

// === failures of init ===

#[test]
fn an_exit_in_init() {
    let mut env = subscribed().polling("audit");
    env.exit(Exit::Code(1));
    assert_eq!(
        told(&env),
        [
            "initStart on-demand init",
            "telemetrySubscription audit Subscribed",
            "initRuntimeDone on-demand init error Runtime.ExitError",
            "extension audit Ready",
            "initReport on-demand init error Runtime.ExitError",
        ]
    );
}

#[test]
fn an_init_error_has_the_type_that_the_runtime_gave() {
    let mut env = subscribed().polling("audit");
    env.init_error(Some("Function.NoConfig"), b"{}").unwrap();
    env.exit(Exit::Code(1));
    assert_eq!(
        told_after(&env, 2),
        [
            "initRuntimeDone on-demand init error Function.NoConfig",
            "extension audit Ready",
            "initReport on-demand init error Function.NoConfig",
        ]
    );
}

#[test]
fn an_init_that_takes_too_long() {
    let mut env = subscribed().polling("audit");
    env.advance(secs(10));
    assert_eq!(
        told_after(&env, 2),
        [
            "initRuntimeDone on-demand init error Runtime.Unknown",
            "extension audit Ready",
            "initReport on-demand init timeout",
        ]
    );
}

#[test]
fn an_init_that_takes_too_long_because_of_an_extension() {
    let env = subscribed().ready().after(secs(10));
    assert_eq!(
        told_after(&env, 2),
        [
            "initRuntimeDone on-demand init success",
            "extension audit Registered",
            "initReport on-demand init timeout",
        ]
    );
}

// === init that is repeated within an invocation ===

/// Idle after a crash, with a new init under way in `r-1`, of which nothing but its start has been told.
fn repeated() -> (Scenario, usize) {
    let (mut env, _) = idle();
    env.exit(Exit::Code(1));
    env.extension_exits("audit", KILLED);
    let count = env.events().len();
    let env = env.invoked("r-1").registered("audit", &["INVOKE", "SHUTDOWN"]).polling("audit");
    assert_eq!(told_after(&env, count), ["initStart on-demand invoke"]);
    (env, count + 1)
}

#[test]
fn a_repeated_init_that_succeeds_is_told_before_the_start() {
    let (mut env, count) = repeated();
    env.next().unwrap();
    env.responds("r-1", b"ok").unwrap();
    env.next().unwrap();
    env.extension_polls("audit").unwrap();
    assert_eq!(
        told_after(&env, count),
        [
            "initRuntimeDone on-demand invoke success",
            "extension audit Ready",
            "initReport on-demand invoke success",
            "start r-1",
            "runtimeDone r-1 success",
            "report r-1 success",
        ]
    );
}

#[test]
fn a_repeated_init_that_fails_is_told_before_the_start() {
    let (mut env, count) = repeated();
    env.exit(Exit::Code(1));
    assert_eq!(
        told_after(&env, count),
        [
            "initRuntimeDone on-demand invoke error Runtime.ExitError",
            "extension audit Ready",
            "initReport on-demand invoke error Runtime.ExitError",
            "start r-1",
            "runtimeDone r-1 error Runtime.ExitError",
            "report r-1 error Runtime.ExitError",
        ]
    );
}

#[test]
fn a_repeated_init_that_takes_too_long_is_told_before_the_start() {
    let (mut env, count) = repeated();
    env.advance(secs(3));
    assert_eq!(
        told_after(&env, count),
        [
            "initRuntimeDone on-demand invoke error Runtime.Unknown",
            "extension audit Ready",
            "initReport on-demand invoke timeout",
            "start r-1",
            "runtimeDone r-1 timeout Sandbox.Timedout",
            "report r-1 timeout Sandbox.Timedout",
        ]
    );
}

#[test]
fn a_repeated_init_that_reports_its_error_is_told_before_the_start() {
    let (mut env, count) = repeated();
    env.init_error(Some("Function.NoConfig"), b"{}").unwrap();
    env.exit(Exit::Code(1));
    assert_eq!(
        told_after(&env, count),
        [
            "initRuntimeDone on-demand invoke error Function.NoConfig",
            "extension audit Ready",
            "initReport on-demand invoke error Function.NoConfig",
            "start r-1",
            "runtimeDone r-1 error Function.NoConfig",
            "report r-1 error Function.NoConfig",
        ]
    );
}
