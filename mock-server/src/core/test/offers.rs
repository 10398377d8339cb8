//! `TakesInvoke`: the driver is told of each invoke that would be accepted, and is never told of one that would not.
//!
//! What it was told and has not used is what it believes; a test compares that with how many invokes are taken. An
//! environment that is still in its first init has told nothing, as it was made for an invoke. How many invokes may
//! come is in `invoke`, `managed` and `snap_start`; memory, which the driver tells, is at the end.

use super::scenario::{KILLED, Scenario, millis, secs};
use crate::core::{CallId, Exit, Initialization, Settings};

/// How many invokes are taken, one after the other.
fn taken(env: &Scenario) -> usize {
    let mut env = env.clone();
    (0..100).take_while(|number| env.invoke(&format!("probe-{number}")).is_ok()).count()
}

/// One invoke is served, from its begin to the runtime's next poll.
fn serve(env: &mut Scenario, id: &str) {
    env.invoke(id).unwrap();
    env.responds(id, b"ok").unwrap();
    env.next().unwrap();
}

// === one at a time ===

#[test]
fn an_environment_that_was_made_ahead_offers_itself_after_init() {
    let mut env = Scenario::new();
    assert_eq!(env.offers(), 0);
    env.next().unwrap();
    assert_eq!((env.offers(), taken(&env)), (1, 1));
}

#[test]
fn an_environment_that_was_made_for_an_invoke_offers_itself_after_that() {
    let mut env = Scenario::new().invoked("r-1").ready();
    assert_eq!(env.offers(), 0);
    env.responds("r-1", b"ok").unwrap();
    assert_eq!(env.offers(), 0, "the runtime has not asked for more yet");
    env.next().unwrap();
    assert_eq!((env.offers(), taken(&env)), (1, 1));
}

#[test]
fn each_invocation_that_is_over_is_one_offer() {
    let mut env = Scenario::new().ready();
    for number in 1..=3 {
        assert_eq!(env.offers(), number);
        serve(&mut env, &format!("r-{number}"));
    }
    assert_eq!(env.offers(), 4);
}

#[test]
fn an_invocation_that_fails_is_one_offer_although_the_reset_takes_time() {
    for fail in [|env: &mut Scenario| env.advance(secs(3)), |env: &mut Scenario| env.exit(Exit::Code(1))] {
        let mut env = Scenario::new().ready().invoked("r-1");
        fail(&mut env);
        assert_eq!((env.offers(), taken(&env)), (2, 1));
        env.exit(KILLED);
        assert_eq!((env.offers(), taken(&env)), (2, 1), "not once more when it is idle");
    }
}

#[test]
fn an_init_that_fails_is_one_offer() {
    let mut env = Scenario::new();
    env.exit(Exit::Code(1));
    assert_eq!((env.offers(), taken(&env)), (1, 1));
}

#[test]
fn an_exit_while_idle_is_no_offer() {
    let mut env = Scenario::new().ready();
    env.exit(Exit::Code(1));
    assert_eq!((env.offers(), taken(&env)), (1, 1));
}

#[test]
fn a_shutdown_offers_nothing() {
    for mut env in [
        Scenario::new(),
        Scenario::new().ready(),
        Scenario::new().invoked("r-1"),
        Scenario::new().ready().invoked("r-1"),
        Scenario::new().ready().invoked("r-1").answered("r-1"),
        Scenario::new().ready().invoked("r-1").after(secs(3)),
        Scenario::new().ready().invoked("r-1").after(secs(3)).invoked("r-2"),
        Scenario::managed().ready().invoked("r-1"),
        Scenario::snap_start().at_the_gate().invoked("r-1"),
        Scenario::snap_start().at_the_gate().invoked("r-1").ready(),
    ] {
        let before = env.offers();
        env.shut_down();
        env.exit(KILLED);
        assert_eq!((env.offers(), taken(&env)), (before, 0));
    }
}

// === SnapStart ===

#[test]
fn a_snapshot_is_one_offer_and_its_restore_is_none() {
    let mut env = Scenario::snap_start().at_the_gate();
    assert_eq!((env.offers(), taken(&env)), (1, 1));
    env.restore();
    assert_eq!((env.offers(), taken(&env)), (1, 1));
    env.next().unwrap();
    assert_eq!((env.offers(), taken(&env)), (1, 1));
    serve(&mut env, "r-1");
    assert_eq!((env.offers(), taken(&env)), (2, 1));
}

#[test]
fn what_cannot_be_reset_offers_nothing_after_a_failure() {
    let mut env = Scenario::snap_start().at_the_gate().invoked("r-1").ready();
    env.advance(secs(3));
    assert_eq!((env.offers(), taken(&env)), (1, 0));
    let mut env = Scenario::snap_start().at_the_gate().invoked("r-1");
    env.advance(secs(10));
    assert_eq!((env.offers(), taken(&env)), (1, 0));
}

// === many at once ===

#[test]
fn each_idle_worker_is_one_offer() {
    let mut env = Scenario::managed();
    for number in 1..=3 {
        env.next().unwrap();
        assert_eq!((env.offers(), taken(&env)), (number, number));
    }
}

#[test]
fn workers_that_gather_during_init_are_offered_together_after_it() {
    let mut env = Scenario::of(Initialization::ManagedInstances, ["audit"]).registered("audit", &[]);
    env.invoke("r-1").unwrap();
    for _ in 0..3 {
        env.next().unwrap();
    }
    assert_eq!(env.offers(), 0);
    env.extension_polls("audit").unwrap();
    assert_eq!((env.offers(), taken(&env)), (2, 2), "one of three has the invoke that waited");
}

#[test]
fn a_worker_that_comes_back_is_one_offer_and_the_end_of_its_invocation_is_none() {
    let mut env = Scenario::managed().ready();
    env.invoke("r-1").unwrap();
    env.responds("r-1", b"ok").unwrap();
    assert_eq!((env.offers(), taken(&env)), (1, 0));
    env.next().unwrap();
    assert_eq!((env.offers(), taken(&env)), (2, 1));
}

#[test]
fn a_worker_whose_connection_is_gone_is_not_offered_twice() {
    let mut env = Scenario::managed();
    let lost = env.next().unwrap();
    env.drop_call(lost);
    assert_eq!((env.offers(), taken(&env)), (1, 0));
    env.next().unwrap();
    assert_eq!((env.offers(), taken(&env)), (1, 1), "the driver believes in one already");
    env.next().unwrap();
    assert_eq!((env.offers(), taken(&env)), (2, 2));
}

#[test]
fn a_worker_that_is_gone_takes_nothing_from_those_that_are_there() {
    let mut env = Scenario::managed();
    let polls: Vec<CallId> = (0..3).map(|_| env.next().unwrap()).collect();
    env.drop_call(polls[1]);
    env.invoke("r-1").unwrap();
    env.next().unwrap();
    assert_eq!((env.offers() - 1, taken(&env)), (2, 2));
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
