//! Up to the snapshot: restore/next parks, init ends there, and what happens while nothing is restored yet.

use lambda_api::runtime::response::ResponseMode;

use super::snapshot;
use crate::core::{
    Call, Effect, Exit, InitReport, Initialization, Phase, Rejection, Status,
    test::scenario::{
        KILLED, Scenario, error, millis, not_allowed, response, response_of_mode, restore_error, secs,
    },
};

fn init_ended(status: Status, error_type: Option<&str>) -> Effect {
    let error_type = error_type.map(str::to_owned);
    Effect::EndInit(InitReport { within_invoke: false, status, error_type, duration: millis(100) })
}

// === the gate ===

#[test]
fn restore_next_parks_and_ends_init_with_the_snapshot() {
    let mut env = Scenario::snap_start().after(millis(100)).so_far();
    let gate = env.call(Call::RestoreNext).unwrap();
    assert_eq!(env.effects(), [init_ended(Status::Success, None), Effect::EnterPhase(Phase::Snapshot)]);
    assert!(!env.is_over(gate));
}

#[test]
fn next_instead_of_restore_next_ends_init_with_the_snapshot_too() {
    let mut env = Scenario::snap_start().after(millis(100)).so_far();
    let poll = env.next().unwrap();
    assert_eq!(env.effects(), [init_ended(Status::Success, None), Effect::EnterPhase(Phase::Snapshot)]);
    assert!(!env.is_over(poll));
}

#[test]
fn a_snapshot_keeps_for_ever() {
    let mut env = snapshot();
    assert_eq!(env.timer(), None);
    env.advance(secs(1_000_000));
    assert_eq!(env.effects(), []);
    assert!(env.env.takes_invoke());
}

#[test]
fn the_snapshot_waits_for_the_extensions() {
    let mut env = Scenario::of(Initialization::SnapStart, ["audit"]).registered("audit", &[]).at_the_gate();
    assert_eq!(env.phase(), Phase::Init);
    env.extension_polls("audit").unwrap();
    assert_eq!(env.phase(), Phase::Snapshot);
}

#[test]
fn the_gate_closes_the_registration_of_internal_extensions() {
    let mut env = snapshot();
    let refused = env.registers("late", &[]).unwrap_err();
    assert_eq!(refused.to_reply().error_type(), Some("Extension.RegistrationClosed"));
}

#[test]
fn calls_of_the_runtime_at_the_gate_are_refused() {
    let mut env = snapshot();
    let before = env.env.clone();
    assert_eq!(env.next(), not_allowed("RestoreReady", "Ready"));
    assert_eq!(env.call(Call::RestoreNext), not_allowed("RestoreReady", "RestoreReady"));
    assert_eq!(env.call(restore_error()), not_allowed("RestoreReady", "RuntimeRestoreErrorState"));
    assert_eq!(env.init_error(None, b"{}"), not_allowed("RestoreReady", "InitError"));
    assert_eq!(env.call(response("r-1")), Err(Rejection::UnknownRequestId));
    assert_eq!(env.call(error("r-1", "{}")), Err(Rejection::UnknownRequestId));
    assert_eq!(env.call(response_of_mode("r-1", None)), Err(Rejection::UnknownRequestId));
    let streaming = Some(ResponseMode::Streaming);
    assert_eq!(env.call(response_of_mode("r-1", streaming)), Err(Rejection::UnknownRequestId));
    assert_eq!(env.env, before);
}

#[test]
fn a_gate_whose_connection_is_gone_may_be_entered_again() {
    let mut env = Scenario::snap_start();
    let lost = env.call(Call::RestoreNext).unwrap();
    env.drop_call(lost);
    assert_eq!(env.phase(), Phase::Snapshot);
    let gate = env.call(Call::RestoreNext).unwrap();
    env.restore();
    assert!(env.reply_to(gate).is_some() && env.reply_to(lost).is_none());
}

#[test]
fn without_snap_start_there_is_no_gate() {
    for initialization in
        [Initialization::OnDemand, Initialization::ProvisionedConcurrency, Initialization::ManagedInstances]
    {
        let mut env = Scenario::of(initialization, []);
        for _ in 0..2 {
            let before = env.env.clone();
            assert_eq!(env.call(Call::RestoreNext), Err(Rejection::NotFound), "{initialization:?}");
            assert_eq!(env.call(restore_error()), Err(Rejection::NotFound), "{initialization:?}");
            assert_eq!(env.env, before);
            env.next().unwrap();
        }
    }
    let reply = Rejection::NotFound.to_reply().to_http();
    assert_eq!((reply.status().as_u16(), &reply.body()[..]), (404, &b"404 page not found\n"[..]));
}

#[test]
fn a_request_to_restore_does_nothing_where_there_is_no_snapshot() {
    for mut env in
        [Scenario::new(), Scenario::new().ready(), Scenario::managed().ready(), Scenario::snap_start()]
    {
        let before = env.env.clone();
        env.restore();
        assert_eq!(env.env, before);
    }
}

// === failures before the snapshot ===

#[test]
fn an_init_that_fails_ends_the_environment_and_answers_the_invoke_that_waits() {
    let mut env = Scenario::snap_start();
    let invoke = env.invoke("r-1").unwrap();
    env.advance(millis(100));
    let mut env = env.so_far();
    env.init_error(Some("Function.NoConfig"), b"{\"errorMessage\":\"no config\"}").unwrap();
    env.exit(Exit::Code(1));
    assert_eq!(env.answer_to(invoke).0, "{\"errorMessage\":\"no config\"}");
    assert!(env.effects().contains(&init_ended(Status::Error, Some("Function.NoConfig"))));
    assert_eq!((env.phase(), env.launches()), (Phase::Terminated, 1));
}

#[test]
fn an_exit_before_the_gate_ends_the_environment() {
    for (mut env, error_type) in [
        (Scenario::snap_start(), "Runtime.ExitError"),
        // While an extension is waited for, the runtime is at the gate already.
        (
            Scenario::of(Initialization::SnapStart, ["audit"]).registered("audit", &[]).at_the_gate(),
            "Runtime.ExitError",
        ),
    ] {
        let invoke = env.invoke("r-1").unwrap();
        env.exit(Exit::Code(1));
        assert_eq!(env.answer_to(invoke).1.as_deref(), Some(error_type));
        assert!(matches!(env.phase(), Phase::Shutdown | Phase::Terminated));
    }
}

#[test]
fn the_error_that_came_first_is_the_one_that_is_answered() {
    let mut env = Scenario::of(Initialization::SnapStart, ["audit"]).registered("audit", &[]);
    let invoke = env.invoke("r-1").unwrap();
    env.init_error(Some("Function.NoConfig"), b"{\"errorMessage\":\"no config\"}").unwrap();
    env.extension_exits("audit", Exit::Code(1));
    assert_eq!(env.answer_to(invoke).0, "{\"errorMessage\":\"no config\"}");
}

// === failures of what is frozen in the snapshot ===

#[test]
fn an_exit_in_the_snapshot_ends_the_environment() {
    for exit in [Exit::Code(0), Exit::Code(1), KILLED, Exit::OutOfMemory] {
        let mut env = snapshot();
        env.exit(exit);
        assert_eq!(env.phases(), [Phase::Shutdown, Phase::Terminated]);
        assert_eq!(env.invoke("r-1"), Err(Rejection::Unavailable));
    }
}

#[test]
fn an_exit_hangs_up_on_the_gate() {
    let mut env = Scenario::snap_start();
    let gate = env.call(Call::RestoreNext).unwrap();
    env.exit(Exit::Code(1));
    assert!(env.effects().contains(&Effect::HangUp { call: gate }));
}

#[test]
fn an_extension_that_dies_in_the_snapshot_fails_the_next_invocation() {
    let mut env = Scenario::of(Initialization::SnapStart, ["audit"])
        .registered("audit", &[])
        .polling("audit")
        .at_the_gate();
    env.extension_exits("audit", Exit::Code(1));
    let invoke = env.invoke("r-1").unwrap();
    // Its hooks may have been run before it is noticed.
    if env.phase() == Phase::Restore {
        env.next().unwrap();
    }
    assert_eq!(env.answer_to(invoke).1.as_deref(), Some("Extension.Crash"));
    assert_eq!(env.phase(), Phase::Shutdown);
}

#[test]
fn a_shutdown_of_a_snapshot_ends_it() {
    let mut env = Scenario::snap_start();
    let gate = env.call(Call::RestoreNext).unwrap();
    env.shut_down();
    assert!(env.effects().contains(&Effect::HangUp { call: gate }));
    env.exit(KILLED);
    assert_eq!(env.phase(), Phase::Terminated);
    let before = env.env.clone();
    env.restore();
    assert_eq!(env.env, before, "nothing comes of a restore after the end");
}
