//! The restore that fails: restore/error, init/error, time-out, exits, extensions, shutdown.

use lambda_api::extension::{error::Moment, next::ShutdownReason};

use super::{restore_ended, snapshot};
use crate::core::{
    Call, Effect, Exit, Initialization, InvokeId, Phase, Rejection, Status,
    test::scenario::{KILLED, Scenario, failure, millis, not_allowed, restore_error, secs},
};

const HOOK: &[u8] = b"{\"errorMessage\":\"no database\"}";

/// Restoring for `r-1`, since 200 ms.
fn restoring() -> (Scenario, InvokeId) {
    let mut env = snapshot();
    let invoke = env.invoke("r-1").unwrap();
    env.advance(millis(200));
    (env.so_far(), invoke)
}

/// The same with the extension `audit`, which waits for SHUTDOWN.
fn restoring_with_audit() -> (Scenario, InvokeId, crate::core::CallId) {
    let mut env = Scenario::of(Initialization::SnapStart, ["audit"]).registered("audit", &["SHUTDOWN"]);
    let poll = env.extension_polls("audit").unwrap();
    let mut env = env.at_the_gate();
    let invoke = env.invoke("r-1").unwrap();
    (env.so_far(), invoke, poll)
}

// === restore/error and init/error ===

#[test]
fn a_hook_that_failed_fails_the_invocation_with_what_it_says() {
    let (mut env, invoke) = restoring();
    env.restore_fails(Some("Runtime.AfterRestoreError"), HOOK).unwrap();
    env.exit(Exit::Code(65));
    assert!(env.effects().contains(&restore_ended(
        Status::Error,
        Some("Runtime.AfterRestoreError"),
        millis(200)
    )));
    assert_eq!(
        env.answer_to(invoke),
        failure("Runtime.AfterRestoreError", "{\"errorMessage\":\"no database\"}")
    );
    let report = env.report_of(invoke);
    assert_eq!(
        (report.status, report.error_type.as_deref()),
        (Status::Error, Some("Runtime.AfterRestoreError"))
    );
    assert_eq!(env.phase(), Phase::Terminated);
}

#[test]
fn a_hook_that_failed_without_a_type_counts_as_unknown() {
    let (mut env, invoke) = restoring();
    env.restore_fails(None, HOOK).unwrap();
    env.exit(Exit::Code(1));
    assert_eq!(env.answer_to(invoke).1.as_deref(), Some("Runtime.Unknown"));
}

#[test]
fn an_init_error_while_restoring_counts_as_a_failed_hook() {
    let (mut env, invoke) = restoring();
    env.init_error(Some("Function.NoConfig"), HOOK).unwrap();
    assert_eq!(
        env.call(restore_error()),
        not_allowed("RuntimeRestoreErrorState", "RuntimeRestoreErrorState")
    );
    env.exit(Exit::Code(1));
    assert_eq!(env.answer_to(invoke).1.as_deref(), Some("Function.NoConfig"));
    assert!(env.effects().contains(&restore_ended(Status::Error, Some("Function.NoConfig"), millis(200))));
}

#[test]
fn after_a_failed_hook_no_call_is_taken_and_no_invoke() {
    let mut env = snapshot().restoring().hooks_failed();
    let state = "RuntimeRestoreErrorState";
    let before = env.env.clone();
    assert_eq!(env.next(), not_allowed(state, "Ready"));
    assert_eq!(env.call(Call::RestoreNext), not_allowed(state, "RestoreReady"));
    assert_eq!(env.init_error(None, b"{}"), not_allowed(state, "InitError"));
    assert_eq!(env.restore_fails(None, b""), not_allowed(state, state));
    assert_eq!(env.invoke("r-1"), Err(Rejection::Unavailable));
    assert_eq!(env.env, before);
}

#[test]
fn a_runtime_that_does_not_exit_after_its_hook_failed_is_killed_two_seconds_later() {
    let (mut env, invoke) = restoring();
    env.restore_fails(Some("Runtime.AfterRestoreError"), HOOK).unwrap();
    assert_eq!(env.timer(), Some(secs(2)));
    env.advance(secs(2));
    assert_eq!(env.answer_to(invoke).1.as_deref(), Some("Runtime.AfterRestoreError"));
    let effects = env.effects();
    assert!(effects.contains(&Effect::Kill) && effects.contains(&Effect::EnterPhase(Phase::Shutdown)));
}

#[test]
fn the_exit_after_a_failed_hook_is_waited_for_no_longer_than_the_restore_may_take() {
    let (mut env, _) = restoring();
    env.advance(millis(9_000));
    env.restore_fails(None, HOOK).unwrap();
    assert_eq!(env.timer(), Some(millis(800)));
}

// === time ===

#[test]
fn a_restore_may_take_just_less_than_ten_seconds() {
    let mut env = snapshot().invoked("r-1").after(millis(9_999)).so_far();
    env.next().unwrap();
    assert_eq!(env.effects()[0], restore_ended(Status::Success, None, millis(9_999)));
}

#[test]
fn a_restore_times_out_at_exactly_ten_seconds() {
    let mut env = snapshot();
    let invoke = env.invoke("r-1").unwrap();
    env.advance(millis(9_999));
    let mut env = env.so_far();
    env.advance(millis(1));
    let error_type = "Runtime.RestoreHookUserTimeout";
    let effects = env.effects();
    assert_eq!(effects[0], restore_ended(Status::Timeout, Some(error_type), secs(10)));
    assert!(effects.contains(&Effect::Kill));
    assert_eq!(env.answer_to(invoke).1.as_deref(), Some(error_type));
    let report = env.report_of(invoke);
    assert_eq!((report.status, report.error_type.as_deref()), (Status::Timeout, Some(error_type)));
    assert_eq!(env.phase(), Phase::Shutdown);
}

#[test]
fn a_restore_that_was_asked_for_times_out_without_anybody_to_answer() {
    let mut env = snapshot().restoring().so_far();
    env.advance(secs(10));
    assert_eq!((env.answers(), env.phase()), (Vec::new(), Phase::Shutdown));
    env.exit(KILLED);
    assert_eq!(env.phase(), Phase::Terminated);
}

#[test]
fn a_restore_that_times_out_is_told_to_extensions() {
    let (mut env, _, poll) = restoring_with_audit();
    env.advance(secs(10));
    env.exit(KILLED);
    assert_eq!(env.told_of_shutdown(poll).map(|told| told.reason.clone()), Some(ShutdownReason::Timeout));
}

// === processes ===

#[test]
fn an_exit_while_restoring_fails_the_invocation() {
    for (exit, error_type) in [
        (Exit::Code(0), "Runtime.ExitError"),
        (Exit::Code(65), "Runtime.ExitError"),
        (KILLED, "Runtime.ExitError"),
        (Exit::OutOfMemory, "Runtime.OutOfMemory"),
    ] {
        let (mut env, invoke) = restoring();
        env.exit(exit);
        assert_eq!(env.effects()[0], restore_ended(Status::Error, Some(error_type), millis(200)));
        assert_eq!(env.answer_to(invoke).1.as_deref(), Some(error_type));
        assert_eq!((env.phase(), env.launches()), (Phase::Terminated, 1));
    }
}

#[test]
fn an_extension_that_exits_while_restoring_fails_the_invocation() {
    let (mut env, invoke, _) = restoring_with_audit();
    env.extension_exits("audit", Exit::Code(1));
    assert_eq!(env.effects()[0], restore_ended(Status::Error, Some("Extension.Crash"), secs(0)));
    assert_eq!(env.answer_to(invoke).1.as_deref(), Some("Extension.Crash"));
    assert_eq!(env.phase(), Phase::Shutdown);
}

#[test]
fn an_extension_that_reports_its_end_while_restoring_fails_the_invocation() {
    let (mut env, invoke, _) = restoring_with_audit();
    env.extension_fails("audit", Moment::Exit).unwrap();
    env.extension_exits("audit", Exit::Code(1));
    assert_eq!(env.answer_to(invoke).1.as_deref(), Some("Extension.ExitError"));
    assert_eq!(env.phase(), Phase::Shutdown);
}

#[test]
fn a_hook_that_failed_before_an_extension_is_what_counts() {
    let (mut env, invoke, _) = restoring_with_audit();
    env.restore_fails(Some("Runtime.AfterRestoreError"), HOOK).unwrap();
    env.extension_exits("audit", Exit::Code(1));
    assert_eq!(env.answer_to(invoke).1.as_deref(), Some("Runtime.AfterRestoreError"));
}

// === after the restore ===

#[test]
fn an_invocation_that_times_out_ends_the_environment() {
    let (mut env, invoke) = restoring();
    env.next().unwrap();
    env.advance(secs(3));
    assert_eq!(env.answer_to(invoke).1.as_deref(), Some("Sandbox.Timedout"));
    assert_eq!(env.phase(), Phase::Shutdown);
    assert!(!env.env.takes_invoke(), "a snapshot is restored once");
    env.exit(KILLED);
    assert_eq!((env.phase(), env.launches()), (Phase::Terminated, 1));
}

#[test]
fn an_exit_after_the_restore_ends_the_environment() {
    let mut env = snapshot().restoring().ready();
    env.exit(Exit::Code(1));
    assert_eq!(env.phase(), Phase::Terminated);
}

// === shutdown ===

#[test]
fn a_shutdown_while_restoring_answers_the_invoke() {
    let (mut env, invoke) = restoring();
    env.shut_down();
    assert_eq!(env.answer_to(invoke).1.as_deref(), Some("Sandbox.Failure"));
    assert_eq!(env.report_of(invoke).status, Status::Failure);
    env.exit(KILLED);
    assert_eq!(env.phase(), Phase::Terminated);
}
