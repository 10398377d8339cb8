//! How many invokes would be accepted: what is said is what is done, in every kind of environment.
//!
//! The driver asks after each step. What an invoke does when it is accepted is in `invoke`, `managed` and
//! `snap_start`; memory, which the driver tells, is at the end.

use super::scenario::{KILLED, Scenario, millis, secs};
use crate::core::{CallId, Exit, Initialization, Settings};

/// How many invokes are said to be taken; asserts that as many are, one after the other.
fn capacity(env: &Scenario) -> usize {
    let said = env.env.capacity();
    assert_eq!(env.env.takes_invoke(), said > 0);
    let mut env = env.clone();
    let taken = (0..100).take_while(|number| env.invoke(&format!("probe-{number}")).is_ok()).count();
    assert_eq!(taken, said);
    said
}

/// One invoke is served, from its begin to the runtime's next poll.
fn serve(env: &mut Scenario, id: &str) {
    env.invoke(id).unwrap();
    env.responds(id, b"ok").unwrap();
    env.next().unwrap();
}

// === one at a time ===

#[test]
fn there_is_room_for_one_from_the_launch_to_the_invoke_and_again_after_the_runtimes_next() {
    let mut env = Scenario::new();
    assert_eq!(capacity(&env), 1);
    env.next().unwrap();
    assert_eq!(capacity(&env), 1);
    env.invoke("r-1").unwrap();
    assert_eq!(capacity(&env), 0);
    env.responds("r-1", b"ok").unwrap();
    assert_eq!(capacity(&env), 0, "the runtime has not asked for more yet");
    env.next().unwrap();
    assert_eq!(capacity(&env), 1);
}

#[test]
fn one_that_waits_for_init_is_all_that_there_is_room_for() {
    let mut env = Scenario::new().invoked("r-1");
    assert_eq!(capacity(&env), 0);
    env.next().unwrap();
    assert_eq!(capacity(&env), 0);
}

#[test]
fn after_a_failure_there_is_room_for_one_although_the_reset_takes_time() {
    for fail in [|env: &mut Scenario| env.advance(secs(3)), |env: &mut Scenario| env.exit(Exit::Code(1))] {
        let mut env = Scenario::new().ready().invoked("r-1");
        fail(&mut env);
        assert_eq!(capacity(&env), 1);
        env.exit(KILLED);
        assert_eq!(capacity(&env), 1);
    }
}

#[test]
fn a_process_that_is_gone_is_no_reason_to_refuse() {
    let mut env = Scenario::new();
    env.exit(Exit::Code(1));
    assert_eq!(capacity(&env), 1);
    let mut env = Scenario::new().ready();
    env.exit(Exit::Code(1));
    assert_eq!(capacity(&env), 1);
}

#[test]
fn a_shutdown_leaves_room_for_nothing() {
    for mut env in [
        Scenario::new(),
        Scenario::new().ready(),
        Scenario::new().invoked("r-1"),
        Scenario::new().ready().invoked("r-1"),
        Scenario::new().ready().invoked("r-1").answered("r-1"),
        Scenario::new().ready().invoked("r-1").after(secs(3)),
        Scenario::new().ready().invoked("r-1").after(secs(3)).invoked("r-2"),
        Scenario::managed().ready().invoked("r-1"),
        Scenario::managed().ready().ready(),
        Scenario::snap_start().at_the_gate(),
        Scenario::snap_start().at_the_gate().invoked("r-1"),
        Scenario::snap_start().at_the_gate().invoked("r-1").ready(),
    ] {
        env.shut_down();
        assert_eq!(capacity(&env), 0);
        env.exit(KILLED);
        assert_eq!(capacity(&env), 0);
    }
}

// === SnapStart ===

#[test]
fn there_is_room_for_one_in_a_snapshot_and_while_it_is_restored_ahead_of_an_invoke() {
    let mut env = Scenario::snap_start().at_the_gate();
    assert_eq!(capacity(&env), 1);
    env.restore();
    assert_eq!(capacity(&env), 1);
    env.next().unwrap();
    assert_eq!(capacity(&env), 1);
    serve(&mut env, "r-1");
    assert_eq!(capacity(&env), 1);
}

#[test]
fn what_cannot_be_reset_has_no_room_after_a_failure() {
    let mut env = Scenario::snap_start().at_the_gate().invoked("r-1").ready();
    env.advance(secs(3));
    assert_eq!(capacity(&env), 0);
    let mut env = Scenario::snap_start().at_the_gate().invoked("r-1");
    env.advance(secs(10));
    assert_eq!(capacity(&env), 0);
    let env = Scenario::snap_start().at_the_gate().restoring().hooks_failed();
    assert_eq!(capacity(&env), 0);
}

// === many at once ===

#[test]
fn each_idle_worker_is_room_for_one() {
    let mut env = Scenario::managed();
    for number in 1..=3 {
        env.next().unwrap();
        assert_eq!(capacity(&env), number);
    }
}

#[test]
fn before_init_is_over_there_is_room_for_one_however_many_workers_there_are() {
    let mut env = Scenario::of(Initialization::ManagedInstances, ["audit"]).registered("audit", &[]);
    for _ in 0..3 {
        env.next().unwrap();
    }
    assert_eq!(capacity(&env), 1);
    env.invoke("r-1").unwrap();
    assert_eq!(capacity(&env), 0);
    env.extension_polls("audit").unwrap();
    assert_eq!(capacity(&env), 2, "one of three has the invoke that waited");
}

#[test]
fn a_worker_that_comes_back_is_room_for_one_and_the_end_of_its_invocation_is_not() {
    let mut env = Scenario::managed().ready();
    env.invoke("r-1").unwrap();
    env.responds("r-1", b"ok").unwrap();
    assert_eq!(capacity(&env), 0);
    env.next().unwrap();
    assert_eq!(capacity(&env), 1);
}

#[test]
fn a_worker_whose_connection_is_gone_is_room_for_nothing() {
    let mut env = Scenario::managed();
    let polls: Vec<CallId> = (0..3).map(|_| env.next().unwrap()).collect();
    env.drop_call(polls[1]);
    assert_eq!(capacity(&env), 2);
    env.drop_call(polls[0]);
    env.drop_call(polls[2]);
    assert_eq!(capacity(&env), 0);
    env.next().unwrap();
    assert_eq!(capacity(&env), 1);
}

// === memory ===

#[test]
fn a_report_has_the_most_memory_that_the_process_was_seen_to_use() {
    let mut env = Scenario::with(Settings { memory_mb: 512, ..Settings::default() }).ready();
    for mb in [30, 90, 60] {
        env.uses_memory(mb);
    }
    serve(&mut env, "r-1");
    assert_eq!((env.report().memory_mb, env.report().max_memory_used_mb), (512, Some(90)));
    serve(&mut env, "r-2");
    assert_eq!(env.report().max_memory_used_mb, Some(90), "it is the process that has used it");
    env.uses_memory(91);
    serve(&mut env, "r-3");
    assert_eq!(env.report().max_memory_used_mb, Some(91));
}

#[test]
fn a_new_process_has_used_nothing_yet() {
    let mut env = Scenario::new().ready();
    env.uses_memory(90);
    env.exit(Exit::Code(1));
    env.invoke("r-1").unwrap();
    env.next().unwrap();
    env.responds("r-1", b"ok").unwrap();
    env.advance(millis(1));
    env.next().unwrap();
    assert_eq!(env.report().max_memory_used_mb, None);
}

#[test]
fn an_invocation_that_fails_has_its_memory_in_the_report() {
    let mut env = Scenario::new().ready().invoked("r-1");
    env.uses_memory(127);
    env.exit(Exit::OutOfMemory);
    let report = env.report();
    assert_eq!(report.max_memory_used_mb, Some(127));
    assert_eq!(report.error_type.as_deref(), Some("Runtime.OutOfMemory"));
}

#[test]
fn memory_that_is_measured_after_the_end_does_nothing() {
    let mut env = Scenario::new().ready().stopped().exited(KILLED).so_far();
    env.uses_memory(1);
    assert_eq!(env.effects(), []);
}
