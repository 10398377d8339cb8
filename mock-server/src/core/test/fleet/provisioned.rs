//! Provisioned concurrency: environments that are ready ahead, and what happens beside them.

use super::{
    F, G, OTHER, Scene, V1, V2, account, reserved, send, sent, start, start_provisioned, started, stop,
    stopped,
};
use crate::core::fleet::{Allocation, AllocationStatus, Scale, ThrottleReason, Throttled};

fn allocation(scene: &Scene) -> (usize, usize, &'static str) {
    let Allocation { requested, available, status } = scene.fleet.allocation(V1).unwrap();
    (requested, available, status.as_str())
}

#[test]
fn as_many_environments_are_started_as_are_wanted() {
    let mut scene = Scene::new(Scale::default());
    scene.provision(V1, 2);
    assert_eq!(scene.effects(), [start_provisioned(1, V1), start_provisioned(2, V1)]);
    assert_eq!(allocation(&scene), (2, 0, "IN_PROGRESS"));
    scene.provision(V1, 2);
    scene.nothing();
}

#[test]
fn they_are_used_when_all_of_them_are_ready_and_not_before() {
    let mut scene = Scene::new(Scale::default());
    scene.provision(V1, 2);
    scene.effects();
    scene.up(1);
    assert_eq!(allocation(&scene), (2, 1, "IN_PROGRESS"));
    let early = scene.invoke(V1).unwrap();
    assert_eq!(scene.effects(), [start(3, V1), send(3, early)]);
    scene.up(2);
    assert_eq!(allocation(&scene), (2, 2, "READY"));
    let next = scene.invoke(V1).unwrap();
    assert_eq!(scene.effect(), send(2, next));
}

#[test]
fn they_come_before_idle_environments_on_demand() {
    let mut scene = Scene::new(Scale::default());
    scene.idle(V1, 1);
    let provisioned = scene.provisioned(V1, 1);
    let invoke = scene.invoke(V1).unwrap();
    assert_eq!(scene.effect(), send(provisioned[0], invoke));
}

#[test]
fn what_comes_beyond_them_spills_over() {
    let mut scene = Scene::new(Scale::default());
    let provisioned = scene.provisioned(V1, 2);
    let invokes: Vec<_> = (0..3).map(|_| scene.invoke(V1).unwrap()).collect();
    let effects = scene.effects();
    assert_eq!(started(&effects), [3]);
    let expected = [(provisioned[1], invokes[0]), (provisioned[0], invokes[1]), (3, invokes[2])];
    assert_eq!(sent(&effects), expected);
    // The next one to be free of those that are provisioned is used again.
    scene.served(provisioned[0], invokes[1]);
    let next = scene.invoke(V1).unwrap();
    assert_eq!(scene.effect(), send(provisioned[0], next));
}

#[test]
fn other_deployments_do_not_use_them() {
    let mut scene = Scene::new(Scale::default());
    scene.provisioned(V1, 1);
    let invoke = scene.invoke(V2).unwrap();
    assert_eq!(scene.effects(), [start(2, V2), send(2, invoke)]);
}

#[test]
fn tenants_do_not_use_them() {
    let mut scene = Scene::new(Scale::default());
    scene.provisioned(V1, 1);
    let invoke = scene.invoke_of("blue").unwrap();
    assert_eq!(scene.effects(), [start(2, V1), send(2, invoke)]);
}

#[test]
fn where_all_that_is_reserved_is_provisioned_the_latest_is_throttled() {
    let mut scene = Scene::new(reserved(2));
    scene.provisioned(V1, 2);
    let reason = ThrottleReason::ReservedFunctionConcurrentInvocationLimitExceeded;
    assert_eq!(scene.invoke(V2), Err(Throttled { reason }));
    scene.invoke(V1).unwrap();
    scene.invoke(V1).unwrap();
    assert_eq!(scene.invoke(V1), Err(Throttled { reason }));
}

#[test]
fn what_is_reserved_and_not_provisioned_is_left_to_all_deployments() {
    let mut scene = Scene::new(reserved(3));
    scene.provisioned(V1, 2);
    scene.busy(V2, 1);
    assert!(scene.invoke(V2).is_err());
    let invokes: Vec<_> = (0..2).map(|_| scene.invoke(V1).unwrap()).collect();
    assert_eq!(sent(&scene.effects()).len(), invokes.len());
    assert!(scene.invoke(V1).is_err());
}

#[test]
fn without_reserved_concurrency_it_counts_against_the_accounts_used_or_not() {
    let mut scene = Scene::with_account(account(5), Scale::default());
    scene.configure(G, Scale::default());
    scene.provisioned(V1, 3);
    scene.busy(OTHER, 2);
    assert!(scene.invoke(OTHER).is_err());
    assert!(scene.invoke(V2).is_err());
    let invokes: Vec<_> = (0..3).map(|_| scene.invoke(V1).unwrap()).collect();
    assert_eq!(sent(&scene.effects()).len(), invokes.len());
    assert!(scene.invoke(V1).is_err());
    // Those that are busy count until they have answered, wanted or not.
    scene.provision(V1, 0);
    assert!(scene.invoke(OTHER).is_err());
    invokes.into_iter().for_each(|invoke| scene.fleet.answered(invoke));
    scene.busy(OTHER, 3);
}

#[test]
fn one_that_ends_after_it_was_ready_is_replaced() {
    let mut scene = Scene::new(Scale::default());
    let provisioned = scene.provisioned(V1, 2);
    scene.ended(provisioned[0]);
    assert_eq!(scene.effect(), start_provisioned(3, V1));
    assert_eq!(allocation(&scene), (2, 1, "IN_PROGRESS"));
    // The others are used meanwhile.
    let invoke = scene.invoke(V1).unwrap();
    assert_eq!(scene.effect(), send(provisioned[1], invoke));
    scene.up(3);
    assert_eq!(allocation(&scene), (2, 2, "READY"));
}

#[test]
fn one_that_ends_before_it_was_ready_is_not_replaced_and_the_allocation_has_failed() {
    let mut scene = Scene::new(Scale::default());
    scene.provision(V1, 2);
    scene.effects();
    scene.up(1);
    scene.ended(2);
    scene.nothing();
    assert_eq!(allocation(&scene), (2, 1, "FAILED"));
    let invoke = scene.invoke(V1).unwrap();
    assert_eq!(scene.effects(), [start(3, V1), send(3, invoke)]);
}

#[test]
fn provisioning_again_starts_what_has_failed() {
    let mut scene = Scene::new(Scale::default());
    scene.provision(V1, 2);
    scene.effects();
    scene.up(1);
    scene.ended(2);
    scene.provision(V1, 2);
    assert_eq!(scene.effect(), start_provisioned(3, V1));
    scene.up(3);
    assert_eq!(allocation(&scene), (2, 2, "READY"));
}

#[test]
fn more_are_added_while_those_that_were_are_used() {
    let mut scene = Scene::new(Scale::default());
    let provisioned = scene.provisioned(V1, 1);
    scene.provision(V1, 3);
    assert_eq!(started(&scene.effects()), [2, 3]);
    assert_eq!(allocation(&scene), (3, 1, "IN_PROGRESS"));
    let invoke = scene.invoke(V1).unwrap();
    assert_eq!(scene.effect(), send(provisioned[0], invoke));
}

#[test]
fn too_many_idle_ones_are_stopped_the_least_recently_used_first() {
    let mut scene = Scene::new(Scale::default());
    let provisioned = scene.provisioned(V1, 3);
    scene.provision(V1, 1);
    assert_eq!(stopped(&scene.effects()), provisioned[..2]);
    assert_eq!(allocation(&scene), (1, 1, "READY"));
    provisioned[..2].iter().for_each(|&environment| scene.ended(environment));
    scene.nothing();
    assert_eq!(allocation(&scene), (1, 1, "READY"));
}

#[test]
fn too_many_busy_ones_are_stopped_once_they_ask_for_more() {
    let mut scene = Scene::new(Scale::default());
    scene.provisioned(V1, 2);
    let invokes: Vec<_> = (0..2).map(|_| scene.invoke(V1).unwrap()).collect();
    let sent = sent(&scene.effects());
    scene.provision(V1, 1);
    scene.nothing();
    scene.served(sent[0].0, invokes[0]);
    assert_eq!(scene.effect(), stop(sent[0].0));
    scene.served(sent[1].0, invokes[1]);
    scene.nothing();
    assert_eq!(allocation(&scene), (1, 1, "READY"));
}

#[test]
fn too_many_that_are_not_up_yet_are_stopped_once_they_are() {
    let mut scene = Scene::new(Scale::default());
    scene.provision(V1, 2);
    scene.effects();
    scene.provision(V1, 1);
    scene.nothing();
    scene.up(1);
    assert_eq!(scene.effect(), stop(1));
    scene.up(2);
    scene.nothing();
    assert_eq!(allocation(&scene), (1, 1, "READY"));
}

#[test]
fn one_too_many_that_does_not_come_up_is_no_failure() {
    let mut scene = Scene::new(Scale::default());
    scene.provision(V1, 2);
    scene.effects();
    scene.provision(V1, 1);
    scene.ended(1);
    scene.up(2);
    assert_eq!(allocation(&scene), (1, 1, "READY"));
    scene.nothing();
}

#[test]
fn nothing_is_allocated_where_nothing_is_wanted() {
    let mut scene = Scene::new(Scale::default());
    assert_eq!(scene.fleet.allocation(V1), None);
    let provisioned = scene.provisioned(V1, 1);
    scene.provision(V1, 0);
    assert_eq!(scene.effect(), stop(provisioned[0]));
    assert_eq!(scene.fleet.allocation(V1), None);
    let invoke = scene.invoke(V1).unwrap();
    assert_eq!(scene.effects(), [start(2, V1), send(2, invoke)]);
}

#[test]
fn an_invoke_that_a_provisioned_environment_did_not_take_is_counted_where_it_goes() {
    let mut scene = Scene::new(reserved(2));
    let provisioned = scene.provisioned(V1, 1);
    let invoke = scene.invoke(V1).unwrap();
    assert_eq!(scene.effect(), send(provisioned[0], invoke));
    scene.fleet.returned(scene.now, invoke);
    assert_eq!(scene.effects(), [start(2, V1), send(2, invoke)]);
    // It has the one place that is not provisioned.
    assert!(scene.invoke(V2).is_err());
    scene.fleet.answered(invoke);
    scene.free(2);
    scene.busy(V2, 1);
}

#[test]
fn an_invoke_that_a_provisioned_environment_did_not_take_waits_where_there_is_no_other_place() {
    let mut scene = Scene::new(reserved(1));
    let provisioned = scene.provisioned(V1, 1);
    let invoke = scene.invoke(V1).unwrap();
    scene.effects();
    scene.fleet.returned(scene.now, invoke);
    scene.nothing();
    scene.ended(provisioned[0]);
    assert_eq!(scene.effect(), start_provisioned(2, V1));
    scene.up(2);
    assert_eq!(scene.effect(), send(2, invoke));
    assert_eq!(scene.fleet.open(F), 1);
}

#[test]
fn where_fewer_are_wanted_an_invoke_that_waited_has_their_place() {
    let mut scene = Scene::new(reserved(2));
    let provisioned = scene.provisioned(V1, 1);
    let busy = scene.busy(V2, 1);
    scene.fleet.answered(busy[0].1);
    let waiting = scene.invoke(V2).unwrap();
    scene.nothing();
    scene.provision(V1, 0);
    assert_eq!(scene.effects(), [stop(provisioned[0]), start(3, V2), send(3, waiting)]);
}

#[test]
fn one_that_comes_up_on_its_way_out_does_not_count_as_ready() {
    let mut scene = Scene::new(Scale::default());
    scene.provision(V1, 1);
    scene.fleet.stop_all(F);
    scene.invoke(V1).unwrap();
    scene.provision(V1, 2);
    scene.effects();
    scene.up(1);
    assert_eq!(allocation(&scene), (2, 0, "IN_PROGRESS"));
    scene.up(3);
    scene.ended(1);
    assert_eq!(allocation(&scene), (2, 1, "IN_PROGRESS"));
}

#[test]
fn nothing_gets_through_a_reserved_concurrency_of_zero_though_it_is_provisioned() {
    let mut scene = Scene::new(Scale::default());
    scene.provisioned(V1, 1);
    scene.configure(F, reserved(0));
    let reason = ThrottleReason::ReservedFunctionConcurrentInvocationLimitExceeded;
    assert_eq!(scene.invoke(V1), Err(Throttled { reason }));
}

#[test]
fn every_status_has_the_services_word() {
    let all = [AllocationStatus::InProgress, AllocationStatus::Ready, AllocationStatus::Failed];
    assert_eq!(all.map(AllocationStatus::as_str), ["IN_PROGRESS", "READY", "FAILED"]);
}
