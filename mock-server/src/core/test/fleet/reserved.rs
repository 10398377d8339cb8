//! Reserved concurrency: a cap and a guarantee.

use super::{F, G, OTHER, Scene, V1, account, reserved, send, sent, start};
use crate::core::fleet::{Scale, ThrottleReason, Throttled};

const THROTTLED: Throttled =
    Throttled { reason: ThrottleReason::ReservedFunctionConcurrentInvocationLimitExceeded };

#[test]
fn nothing_gets_through_a_reserved_concurrency_of_zero() {
    let mut scene = Scene::new(reserved(0));
    assert_eq!(scene.invoke(V1), Err(THROTTLED));
    scene.nothing();
}

#[test]
fn the_reason_for_a_concurrency_of_zero_is_the_concurrency_where_requests_are_counted_too() {
    let counting = super::AccountLimits { counts_requests: true, ..account(1_000) };
    let mut scene = Scene::with_account(counting, reserved(0));
    assert_eq!(scene.invoke(V1), Err(THROTTLED));
}

#[test]
fn one_invoke_too_many_is_refused_and_changes_nothing() {
    let mut scene = Scene::new(reserved(3));
    scene.busy(V1, 3);
    let before = scene.fleet.clone();
    assert_eq!(scene.invoke(V1), Err(THROTTLED));
    assert_eq!(scene.fleet, before);
}

#[test]
fn an_answer_makes_room_for_the_next_invoke_which_waits_for_the_runtime_to_ask() {
    let mut scene = Scene::new(reserved(1));
    let busy = scene.busy(V1, 1);
    scene.fleet.answered(busy[0].1);
    let next = scene.invoke(V1).unwrap();
    scene.nothing();
    assert_eq!(scene.invoke(V1), Err(THROTTLED));
    scene.free(busy[0].0);
    assert_eq!(scene.effect(), send(busy[0].0, next));
}

#[test]
fn what_is_reserved_is_there_however_busy_the_others_are() {
    let mut scene = Scene::with_account(account(10), reserved(4));
    scene.configure(G, Scale::default());
    scene.busy(OTHER, 6);
    assert!(scene.invoke(OTHER).is_err());
    scene.busy(V1, 4);
    assert_eq!(scene.invoke(V1), Err(THROTTLED));
}

#[test]
fn a_function_does_not_exceed_what_is_reserved_however_idle_the_others_are() {
    let mut scene = Scene::new(reserved(2));
    scene.busy(V1, 2);
    assert_eq!(scene.invoke(V1), Err(THROTTLED));
    assert_eq!(scene.fleet.environments(F), 2);
}

#[test]
fn all_deployments_of_a_function_share_what_is_reserved() {
    let mut scene = Scene::new(reserved(2));
    scene.busy(V1, 1);
    scene.busy(super::V2, 1);
    assert_eq!(scene.invoke(V1), Err(THROTTLED));
    assert_eq!(scene.invoke(super::V2), Err(THROTTLED));
}

#[test]
fn raising_it_lets_invokes_in_and_those_that_wait_start_environments() {
    let mut scene = Scene::new(reserved(1));
    let busy = scene.busy(V1, 1);
    scene.fleet.answered(busy[0].1);
    let waiting = scene.invoke(V1).unwrap();
    scene.nothing();
    scene.configure(F, reserved(2));
    assert_eq!(scene.effects(), [start(2, V1), send(2, waiting)]);
    scene.invoke(V1).unwrap();
    assert_eq!(scene.invoke(V1), Err(THROTTLED));
}

#[test]
fn lowering_it_lets_what_is_under_way_go_on() {
    let mut scene = Scene::new(reserved(3));
    let busy = scene.busy(V1, 3);
    scene.configure(F, reserved(1));
    scene.nothing();
    for &(environment, invoke) in &busy[..2] {
        assert_eq!(scene.invoke(V1), Err(THROTTLED));
        scene.served(environment, invoke);
    }
    assert_eq!(scene.invoke(V1), Err(THROTTLED));
    scene.served(busy[2].0, busy[2].1);
    let invoke = scene.invoke(V1).unwrap();
    assert_eq!(sent(&scene.effects()), [(busy[2].0, invoke)]);
}
