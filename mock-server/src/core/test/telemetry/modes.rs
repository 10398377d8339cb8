//! Golden sequences of what only some environments do: restores, and many invocations at once.

use super::{init_of, told, told_after};
use crate::core::{
    Call, Exit, Initialization,
    test::scenario::{Scenario, error, millis, restore_error, secs},
};

// === SnapStart ===

/// In the snapshot, with `audit` subscribed; the records so far are of init.
fn snapshot() -> (Scenario, usize) {
    let mut env = Scenario::of(Initialization::SnapStart, ["audit"])
        .registered("audit", &["INVOKE", "SHUTDOWN"])
        .subscribed("audit")
        .polling("audit");
    env.call(Call::RestoreNext).unwrap();
    assert_eq!(told(&env), init_of("snap-start"));
    let count = env.events().len();
    (env, count)
}

#[test]
fn a_restore_that_succeeds_is_told_before_the_invocation() {
    let (mut env, count) = snapshot();
    env.invoke("r-1").unwrap();
    assert_eq!(told_after(&env, count), ["restoreStart"]);
    env.advance(millis(480));
    env.next().unwrap();
    env.responds("r-1", b"ok").unwrap();
    env.next().unwrap();
    env.extension_polls("audit").unwrap();
    assert_eq!(
        told_after(&env, count + 1),
        [
            "restoreRuntimeDone success",
            "restoreReport success",
            "start r-1",
            "runtimeDone r-1 success",
            "report r-1 success"
        ]
    );
}

#[test]
fn a_restore_whose_hook_fails() {
    let (mut env, count) = snapshot();
    env.invoke("r-1").unwrap();
    env.restore_fails(Some("Runtime.AfterRestoreError"), b"{}").unwrap();
    env.exit(Exit::Code(65));
    assert_eq!(
        told_after(&env, count + 1),
        [
            "restoreRuntimeDone error Runtime.AfterRestoreError",
            "restoreReport error Runtime.AfterRestoreError"
        ]
    );
}

#[test]
fn a_restore_that_takes_too_long() {
    let (mut env, count) = snapshot();
    env.restore();
    env.advance(secs(10));
    assert_eq!(
        told_after(&env, count + 1),
        [
            "restoreRuntimeDone error Runtime.RestoreHookUserTimeout",
            "restoreReport timeout Runtime.RestoreHookUserTimeout"
        ]
    );
}

#[test]
fn a_restore_in_which_the_process_exits() {
    let (mut env, count) = snapshot();
    env.restore();
    env.exit(Exit::Code(1));
    assert_eq!(
        told_after(&env, count + 1),
        ["restoreRuntimeDone error Runtime.ExitError", "restoreReport error Runtime.ExitError"]
    );
}

#[test]
fn a_failed_hook_is_told_when_the_process_is_gone_and_not_before() {
    let (mut env, count) = snapshot();
    env.restore();
    env.call(restore_error()).unwrap();
    assert_eq!(told_after(&env, count), ["restoreStart"]);
}

// === many at once ===

#[test]
fn invocations_at_once_interleave_and_have_no_runtime_done() {
    let mut env = Scenario::of(Initialization::ManagedInstances, ["audit"])
        .registered("audit", &["SHUTDOWN"])
        .subscribed("audit")
        .polling("audit");
    for _ in 0..3 {
        env.next().unwrap();
    }
    assert_eq!(told(&env), init_of("lambda-managed-instances"));
    let count = env.events().len();
    for id in ["r-1", "r-2", "r-3"] {
        env.invoke(id).unwrap();
    }
    env.responds("r-2", b"ok").unwrap();
    env.call(error("r-1", "{}")).unwrap();
    env.advance(secs(3));
    assert_eq!(
        told_after(&env, count),
        [
            "start r-1",
            "start r-2",
            "start r-3",
            "report r-2 success",
            "report r-1 error Runtime.Unknown",
            "report r-3 timeout Sandbox.Timedout"
        ]
    );
}

#[test]
fn invocations_at_once_that_are_aborted_are_reported() {
    let mut env = Scenario::managed();
    for id in ["r-1", "r-2"] {
        env.next().unwrap();
        env.invoke(id).unwrap();
    }
    let count = env.events().len();
    let mut shut_down = env.clone();
    shut_down.shut_down();
    assert_eq!(
        told_after(&shut_down, count),
        ["report r-1 failure Sandbox.Failure", "report r-2 failure Sandbox.Failure"]
    );
    env.exit(Exit::OutOfMemory);
    assert_eq!(
        told_after(&env, count),
        ["report r-1 error Runtime.OutOfMemory", "report r-2 error Runtime.OutOfMemory"]
    );
}
