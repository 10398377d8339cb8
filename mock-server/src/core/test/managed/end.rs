//! How everything ends: exits, failed extensions and shutdown, with invocations under way.

use lambda_api::extension::{error::Moment, next::ShutdownReason};

use super::{running_two, with_workers};
use crate::core::{
    Effect, Exit, Initialization, InvokeId, Phase, Rejection, Status,
    test::scenario::{KILLED, Scenario, failure, millis, response, secs},
};

/// `r-1` and `r-2` under way and two workers idle, beside the extension `audit` that waits for SHUTDOWN.
fn busy() -> (Scenario, [InvokeId; 2]) {
    let mut env = Scenario::of(Initialization::ManagedInstances, ["audit"])
        .registered("audit", &["SHUTDOWN"])
        .polling("audit");
    for _ in 0..4 {
        env.next().unwrap();
    }
    let invokes = ["r-1", "r-2"].map(|id| env.invoke(id).unwrap());
    (env.so_far(), invokes)
}

/// What a caller gets when all fails at once.
fn of_type(error_type: &str) -> (String, Option<String>) {
    failure(error_type, &format!("{{\"errorType\":\"{error_type}\"}}"))
}

fn assert_all_failed(env: &Scenario, invokes: [InvokeId; 2], error_type: &str) {
    for invoke in invokes {
        assert_eq!(env.answer_to(invoke), of_type(error_type));
        let report = env.report_of(invoke);
        assert_eq!((report.status, report.error_type.as_deref()), (Status::Error, Some(error_type)));
    }
}

// === the runtime's process ===

#[test]
fn an_exit_fails_all_that_is_under_way_and_the_environment_with_it() {
    for (exit, error_type) in [
        (Exit::Code(0), "Runtime.ExitError"),
        (Exit::Code(1), "Runtime.ExitError"),
        (KILLED, "Runtime.ExitError"),
        (Exit::OutOfMemory, "Runtime.OutOfMemory"),
    ] {
        let (mut env, first, second) = running_two();
        env.exit(exit);
        assert_all_failed(&env, [first, second], error_type);
        assert_eq!(env.phase(), Phase::Terminated);
    }
}

#[test]
fn an_exit_while_nothing_is_under_way_ends_the_environment_too() {
    let (mut env, polls) = with_workers(2);
    env.exit(Exit::Code(0));
    assert_eq!(env.phase(), Phase::Terminated);
    assert!(polls.iter().all(|&poll| env.is_over(poll)));
    assert_eq!(env.invoke("r-1"), Err(Rejection::Unavailable));
    assert_eq!(env.launches(), 1, "init is not repeated");
}

#[test]
fn an_exit_hangs_up_on_idle_workers_and_on_responses_that_arrive() {
    let (mut env, _, _) = running_two();
    let (worker, call) = (env.next().unwrap(), env.call(response("r-1")).unwrap());
    let mut env = env.so_far();
    env.exit(Exit::Code(1));
    let effects = env.effects();
    for call in [worker, call] {
        assert!(effects.contains(&Effect::HangUp { call }), "{call:?}: {effects:?}");
    }
}

#[test]
fn an_exit_in_init_fails_the_invoke_that_waits() {
    let mut env = Scenario::managed();
    let invoke = env.invoke("r-1").unwrap();
    env.exit(Exit::Code(1));
    assert_eq!(env.answer_to(invoke), of_type("Runtime.ExitError"));
    assert_eq!((env.phase(), env.launches()), (Phase::Terminated, 1));
}

#[test]
fn a_launch_that_fails_ends_the_environment() {
    let mut env = Scenario::managed();
    let invoke = env.invoke("r-1").unwrap();
    env.launch_fails();
    assert_eq!(env.answer_to(invoke).1.as_deref(), Some("Runtime.InvalidEntrypoint"));
    assert_eq!(env.phase(), Phase::Terminated);
}

#[test]
fn an_exit_is_told_to_extensions_as_a_failure() {
    let (mut env, invokes) = busy();
    env.exit(Exit::Code(1));
    assert_all_failed(&env, invokes, "Runtime.ExitError");
    assert_eq!(shutdown_reason(&env), Some(ShutdownReason::Failure));
}

// === extensions ===

#[test]
fn the_exit_of_an_extension_ends_everything() {
    for exit in [Exit::Code(0), Exit::Code(1), KILLED] {
        let (mut env, invokes) = busy();
        env.extension_exits("audit", exit);
        assert_all_failed(&env, invokes, "Extension.Crash");
        assert_eq!(env.phase(), Phase::Shutdown);
    }
}

#[test]
fn the_exit_of_an_extension_ends_an_idle_environment_at_once() {
    let (mut env, _) = busy();
    env.responds("r-1", b"ok").unwrap();
    env.responds("r-2", b"ok").unwrap();
    env.extension_exits("audit", Exit::Code(1));
    assert_eq!(env.phase(), Phase::Shutdown);
    assert!(!env.env.takes_invoke());
}

#[test]
fn an_extension_that_reports_its_end_ends_everything() {
    let (mut env, invokes) = busy();
    env.extension_fails("audit", Moment::Exit).unwrap();
    env.extension_exits("audit", Exit::Code(1));
    assert_all_failed(&env, invokes, "Extension.ExitError");
}

#[test]
fn extensions_are_not_told_of_invocations() {
    let mut env =
        Scenario::of(Initialization::ManagedInstances, ["audit"]).registered("audit", &["SHUTDOWN"]);
    let poll = env.extension_polls("audit").unwrap();
    let mut env = env.ready().invoked("r-1");
    assert!(!env.is_over(poll));
    env.responds("r-1", b"ok").unwrap();
    assert_eq!(env.phase(), Phase::Idle, "nobody else is waited for");
}

// === shutdown ===

#[test]
fn a_shutdown_aborts_what_is_under_way() {
    let (mut env, first, second) = running_two();
    env.shut_down();
    for invoke in [first, second] {
        assert_eq!(env.answer_to(invoke), of_type("Sandbox.Failure"));
        assert_eq!(env.report_of(invoke).status, Status::Failure);
    }
    assert!(env.effects().contains(&Effect::Kill), "without extensions there is no time to be had");
    env.exit(KILLED);
    assert_eq!(env.phase(), Phase::Terminated);
}

#[test]
fn a_shutdown_hangs_up_on_workers_and_on_responses_that_arrive() {
    let (mut env, _, _) = running_two();
    let (worker, call) = (env.next().unwrap(), env.call(response("r-1")).unwrap());
    env.shut_down();
    let effects = env.effects();
    for call in [worker, call] {
        assert!(effects.contains(&Effect::HangUp { call }), "{call:?}: {effects:?}");
    }
    assert_eq!(env.next(), Err(Rejection::ContainerError));
}

#[test]
fn a_shutdown_answers_the_invoke_that_waits_for_init() {
    let mut env = Scenario::managed();
    let invoke = env.invoke("r-1").unwrap();
    env.shut_down();
    assert_eq!(env.answer_to(invoke).1.as_deref(), Some("Sandbox.Failure"));
    assert_eq!(env.report_of(invoke).status, Status::Failure);
}

#[test]
fn a_shutdown_gives_the_runtime_600_of_2000_milliseconds_and_the_extensions_the_rest() {
    let (mut env, _) = busy();
    env.shut_down();
    assert_eq!((env.effects().contains(&Effect::Terminate), env.timer()), (true, Some(millis(600))));
    env.advance(millis(600));
    assert!(env.effects().contains(&Effect::Kill));
    env.exit(KILLED);
    assert_eq!(shutdown_reason(&env), Some(ShutdownReason::Spindown));
    assert_eq!(env.timer(), Some(millis(1_400)));
}

#[test]
fn an_init_that_takes_too_long_is_told_to_extensions_as_a_failure() {
    // This core has no other reasons than spindown and failure.
    let mut env =
        Scenario::of(Initialization::ManagedInstances, ["audit"]).registered("audit", &["SHUTDOWN"]);
    env.extension_polls("audit").unwrap();
    env.advance(secs(130));
    env.exit(KILLED);
    assert_eq!(shutdown_reason(&env), Some(ShutdownReason::Failure));
}

#[test]
fn after_the_end_a_late_answer_is_refused_like_any_other() {
    let (mut env, _, _) = running_two();
    env.advance(secs(3));
    env.shut_down();
    env.exit(KILLED);
    let before = env.env.clone();
    assert_eq!(env.call(response("r-1")), Err(Rejection::UnknownRequestId));
    assert_eq!(env.env, before);
}

/// What `audit` was told as the reason of the end, in the answer to its first poll.
fn shutdown_reason(env: &Scenario) -> Option<ShutdownReason> {
    (1..=10)
        .find_map(|call| env.told_of_shutdown(crate::core::CallId(call)))
        .map(|shutdown| shutdown.reason.clone())
}
