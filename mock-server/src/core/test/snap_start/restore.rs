//! The restore that succeeds: begun by an invoke or by request, with hooks and without.

use super::{restore_ended, snapshot};
use crate::core::{
    Call, Effect, Phase, Reply, Status,
    test::scenario::{Scenario, accepted, error, millis, not_allowed, reply, response, secs, success},
};

/// At the gate: its call, with everything before it taken for granted.
fn at_the_gate() -> (Scenario, crate::core::CallId) {
    let mut env = Scenario::snap_start();
    let gate = env.call(Call::RestoreNext).unwrap();
    (env.so_far(), gate)
}

#[test]
fn an_invoke_restores_the_snapshot_and_lets_the_runtime_through_the_gate() {
    let (mut env, gate) = at_the_gate();
    env.invoke("r-1").unwrap();
    assert_eq!(env.effects(), [Effect::EnterPhase(Phase::Restore), reply(gate, Reply::Restored)]);
    assert_eq!(env.timer(), Some(secs(10)));
    assert!(!env.env.takes_invoke(), "one waits already");
}

#[test]
fn a_request_restores_the_snapshot_ahead_of_any_invoke() {
    let (mut env, gate) = at_the_gate();
    env.restore();
    assert_eq!(env.effects(), [Effect::EnterPhase(Phase::Restore), reply(gate, Reply::Restored)]);
    env.advance(millis(480));
    env.next().unwrap();
    assert_eq!(
        env.effects(),
        [restore_ended(Status::Success, None, millis(480)), Effect::EnterPhase(Phase::Idle)]
    );
    assert_eq!(env.timer(), None);
}

#[test]
fn the_next_after_the_hooks_ends_the_restore_and_gets_the_invocation() {
    let mut env = snapshot();
    let invoke = env.invoke("r-1").unwrap();
    env.advance(millis(480));
    let mut env = env.so_far();
    let poll = env.next().unwrap();
    assert_eq!(env.event_for(poll).unwrap().request_id.as_str(), "r-1");
    let effects = env.effects();
    assert_eq!(effects[0], restore_ended(Status::Success, None, millis(480)));
    assert_eq!(effects[1], Effect::EnterPhase(Phase::Invoke), "it is never idle in between");
    env.responds("r-1", b"ok").unwrap();
    assert_eq!(env.answer_to(invoke), success("ok"));
}

#[test]
fn the_deadline_of_the_invocation_begins_after_the_restore() {
    let mut env = snapshot().invoked("r-1").after(secs(4));
    let poll = env.next().unwrap();
    assert_eq!(env.timer(), Some(secs(3)));
    let deadline = env.event_for(poll).unwrap().deadline.unwrap().as_unix_millis();
    assert_eq!(deadline, 100 + 4_000 + 3_000);
}

#[test]
fn the_first_report_has_the_restore_and_no_init_and_the_second_has_neither() {
    let env = snapshot().after(secs(60)).invoked("r-1").after(millis(480)).ready();
    let env = env.after(millis(5)).answered("r-1").ready();
    let report = env.report();
    assert_eq!((report.init_duration, report.restore_duration), (None, Some(millis(480))));
    assert!(report.is_cold_start());
    assert_eq!(report.duration, millis(5));
    let report = env.invoked("r-2").answered("r-2").ready().report();
    assert_eq!((report.restore_duration, report.is_cold_start()), (None, false));
}

#[test]
fn a_restore_ahead_of_the_invoke_is_reported_with_its_own_time() {
    let env = snapshot().restoring().after(millis(300)).ready().after(secs(60));
    let env = env.invoked("r-1").answered("r-1").ready();
    assert_eq!(env.report().restore_duration, Some(millis(300)));
}

#[test]
fn an_invoke_during_the_restore_waits_for_it() {
    let mut env = snapshot().restoring();
    assert!(env.env.takes_invoke());
    env.invoke("r-1").unwrap();
    assert_eq!((env.phase(), env.timer()), (Phase::Restore, Some(secs(10))));
    let poll = env.next().unwrap();
    assert_eq!(env.event_for(poll).unwrap().request_id.as_str(), "r-1");
}

#[test]
fn an_invoke_before_the_snapshot_is_taken_restores_it_at_once() {
    let mut env = Scenario::snap_start().invoked("r-1").after(millis(100)).so_far();
    let gate = env.call(Call::RestoreNext).unwrap();
    assert_eq!(env.phase(), Phase::Restore);
    assert!(env.reply_to(gate).is_some());
}

#[test]
fn a_runtime_that_passed_the_gate_without_asking_has_no_hooks() {
    let mut env = Scenario::snap_start();
    let poll = env.next().unwrap();
    let mut env = env.so_far();
    env.invoke("r-1").unwrap();
    let effects = env.effects();
    assert_eq!(
        effects[..3],
        [
            Effect::EnterPhase(Phase::Restore),
            restore_ended(Status::Success, None, secs(0)),
            Effect::EnterPhase(Phase::Invoke)
        ]
    );
    assert_eq!(env.event_for(poll).unwrap().request_id.as_str(), "r-1");
}

#[test]
fn a_runtime_without_hooks_is_idle_as_soon_as_a_restore_is_asked_for() {
    let mut env = Scenario::snap_start().ready().so_far();
    env.restore();
    assert_eq!(env.phases(), [Phase::Restore, Phase::Idle]);
}

#[test]
fn a_runtime_whose_gate_was_cut_off_is_let_through_when_it_asks_again() {
    let (mut env, gate) = at_the_gate();
    env.drop_call(gate);
    env.restore();
    assert_eq!(env.effects(), [Effect::EnterPhase(Phase::Restore)]);
    let again = env.call(Call::RestoreNext).unwrap();
    assert_eq!(env.effects(), [reply(again, Reply::Restored)]);
    env.next().unwrap();
    assert_eq!(env.phase(), Phase::Idle);
}

#[test]
fn a_runtime_whose_gate_was_cut_off_may_go_straight_to_next_after_the_restore() {
    let (mut env, gate) = at_the_gate();
    env.drop_call(gate);
    let invoke = env.invoke("r-1").unwrap();
    env.next().unwrap();
    env.responds("r-1", b"ok").unwrap();
    assert_eq!(env.answer_to(invoke), success("ok"));
}

#[test]
fn what_is_idle_after_a_restore_goes_on_like_any_other() {
    let mut env = snapshot().restoring().ready();
    for id in ["r-1", "r-2"] {
        let invoke = env.invoke(id).unwrap();
        let call = env.call(error(id, "{}")).unwrap();
        assert_eq!(env.reply_to(call).cloned(), Some(Reply::Accepted));
        assert_eq!(env.answer_to(invoke).0, "{}");
        env.next().unwrap();
    }
    assert_eq!(env.call(Call::RestoreNext), not_allowed("Ready", "RestoreReady"));
    assert_eq!(env.restore_fails(None, b""), not_allowed("Ready", "RuntimeRestoreErrorState"));
}

#[test]
fn a_second_restore_is_not_made() {
    let mut env = snapshot().restoring().so_far();
    env.restore();
    assert_eq!(env.effects(), []);
    let mut env = env.ready().so_far();
    env.restore();
    assert_eq!(env.effects(), []);
}

#[test]
fn an_answer_during_the_restore_is_to_no_invocation() {
    let mut env = snapshot().invoked("r-1");
    let unknown = Err(crate::core::Rejection::UnknownRequestId);
    assert_eq!(env.call(response("r-1")), unknown);
    assert_eq!(env.call(error("r-1", "{}")), unknown);
}

#[test]
fn a_failed_hook_is_accepted() {
    let mut env = snapshot().restoring().so_far();
    let call = env.restore_fails(Some("Runtime.AfterRestoreError"), b"{}").unwrap();
    assert_eq!(env.effects(), [accepted(call)]);
}
