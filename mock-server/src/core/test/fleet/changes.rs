//! Deployments that are replaced, and functions that are stopped.

use super::{F, Scene, V1, V2, reserved, send, start, start_provisioned, stop, stopped};
use crate::core::fleet::{AllocationStatus, Environments, Scale};

#[test]
fn idle_environments_of_a_retired_deployment_are_stopped() {
    let mut scene = Scene::new(Scale::default());
    let idle = scene.idle(V1, 2);
    let other = scene.idle(V2, 1);
    scene.fleet.retire(V1);
    assert_eq!(stopped(&scene.effects()), idle);
    let invoke = scene.invoke(V2).unwrap();
    assert_eq!(scene.effect(), send(other[0], invoke));
}

#[test]
fn a_busy_environment_of_a_retired_deployment_is_stopped_once_it_asks_for_more() {
    let mut scene = Scene::new(Scale::default());
    let busy = scene.busy(V1, 1);
    scene.fleet.retire(V1);
    scene.fleet.answered(busy[0].1);
    scene.nothing();
    scene.free(busy[0].0);
    assert_eq!(scene.effect(), stop(busy[0].0));
}

#[test]
fn an_environment_of_a_retired_deployment_that_comes_up_is_stopped() {
    let mut scene = Scene::new(Scale::default());
    scene.fleet.start_ahead(scene.now, F, V1);
    scene.effects();
    scene.fleet.retire(V1);
    scene.up(1);
    assert_eq!(scene.effect(), stop(1));
}

#[test]
fn invokes_that_wait_for_a_retired_deployment_are_still_served_by_it() {
    let mut scene = Scene::new(reserved(1));
    let busy = scene.busy(V1, 1);
    scene.fleet.answered(busy[0].1);
    let waiting = scene.invoke(V1).unwrap();
    scene.fleet.retire(V1);
    scene.free(busy[0].0);
    assert_eq!(scene.effect(), send(busy[0].0, waiting));
    scene.served(busy[0].0, waiting);
    assert_eq!(scene.effect(), stop(busy[0].0));
}

#[test]
fn an_environment_that_serves_a_retired_deployment_late_is_stopped_too() {
    let mut scene = Scene::new(Scale::default());
    let busy = scene.busy(V1, 1);
    scene.fleet.retire(V1);
    // Its environment dies before it has taken the invoke, and with it the last of the deployment.
    scene.ended(busy[0].0);
    scene.fleet.returned(scene.now, busy[0].1);
    assert_eq!(scene.effects(), [start(2, V1), send(2, busy[0].1)]);
    scene.served(2, busy[0].1);
    assert_eq!(scene.effect(), stop(2));
}

#[test]
fn nothing_is_kept_of_a_deployment_that_is_gone() {
    let mut scene = Scene::new(Scale::default());
    let before = scene.fleet.deployments();
    let idle = scene.idle(V1, 2);
    scene.fleet.retire(V1);
    idle.iter().for_each(|&environment| scene.ended(environment));
    scene.effects();
    assert_eq!(scene.fleet.deployments(), before);
}

#[test]
fn what_was_provisioned_for_a_retired_deployment_is_stopped_and_not_replaced() {
    let mut scene = Scene::new(reserved(3));
    let provisioned = scene.provisioned(V1, 2);
    scene.fleet.retire(V1);
    assert_eq!(stopped(&scene.effects()), provisioned);
    provisioned.iter().for_each(|&environment| scene.ended(environment));
    scene.nothing();
    assert_eq!(scene.fleet.allocation(V1), None);
    // All that is reserved is there for the next deployment.
    scene.busy(V2, 3);
}

#[test]
fn stopping_all_stops_those_that_are_busy_too() {
    let mut scene = Scene::new(Scale::default());
    let idle = scene.idle(V1, 2);
    let invoke = scene.invoke(V1).unwrap();
    assert_eq!(scene.effect(), send(idle[1], invoke));
    scene.fleet.stop_all(F);
    assert_eq!(stopped(&scene.effects()), idle);
    scene.fleet.stop_all(F);
    scene.nothing();
    assert_eq!(scene.fleet.environments(F), 0);
}

#[test]
fn after_all_were_stopped_an_invoke_starts_a_new_one() {
    let mut scene = Scene::new(Scale::default());
    scene.idle(V1, 1);
    scene.fleet.stop_all(F);
    scene.effects();
    let invoke = scene.invoke(V1).unwrap();
    assert_eq!(scene.effects(), [start(2, V1), send(2, invoke)]);
}

#[test]
fn other_functions_are_not_stopped() {
    let mut scene = Scene::new(Scale::default());
    scene.configure(super::G, Scale::default());
    scene.idle(super::OTHER, 1);
    let idle = scene.idle(V1, 1);
    scene.fleet.stop_all(F);
    assert_eq!(stopped(&scene.effects()), idle);
}

#[test]
fn provisioned_environments_that_were_all_stopped_come_back_with_the_next_invoke() {
    let mut scene = Scene::new(Scale::default());
    let provisioned = scene.provisioned(V1, 2);
    scene.fleet.stop_all(F);
    assert_eq!(stopped(&scene.effects()), provisioned);
    provisioned.iter().for_each(|&environment| scene.ended(environment));
    // Whoever shuts the service down does not want more of them.
    scene.nothing();
    let invoke = scene.invoke(V1).unwrap();
    let again = [start_provisioned(3, V1), start_provisioned(4, V1)];
    assert_eq!(scene.effects(), [&again[..], &[start(5, V1), send(5, invoke)]].concat());
}

#[test]
fn a_refused_invoke_does_not_bring_them_back() {
    let mut scene = Scene::new(reserved(2));
    let provisioned = scene.provisioned(V1, 2);
    scene.fleet.stop_all(F);
    provisioned.iter().for_each(|&environment| scene.ended(environment));
    scene.effects();
    let before = scene.fleet.clone();
    assert!(scene.invoke(V2).is_err());
    assert_eq!(scene.fleet, before);
}

#[test]
fn provisioned_environments_that_were_stopped_before_they_were_ready_have_not_failed() {
    let mut scene = Scene::new(Scale::default());
    scene.provision(V1, 1);
    scene.fleet.stop_all(F);
    scene.ended(1);
    assert_eq!(scene.fleet.allocation(V1).unwrap().status, AllocationStatus::InProgress);
}

#[test]
fn a_removed_functions_provisioned_environments_are_not_replaced() {
    let mut scene = Scene::new(Scale::default());
    let provisioned = scene.provisioned(V1, 2);
    scene.fleet.stop_all(F);
    scene.fleet.remove(F);
    scene.effects();
    provisioned.iter().for_each(|&environment| scene.ended(environment));
    scene.nothing();
}

#[test]
fn environments_that_change_from_on_demand_to_instances_are_counted_once() {
    let environments = Environments::Instances { least: 1, most: 2 };
    let instances = Scale { per_environment: 2, environments, ..Scale::default() };
    let mut scene = Scene::new(Scale::default());
    let idle = scene.idle(V1, 2);
    scene.fleet.stop_all(F);
    scene.effects();
    scene.configure(F, instances);
    let invoke = scene.invoke(V1).unwrap();
    assert_eq!(scene.effects(), [start(3, V1), send(3, invoke)]);
    // These were on their way out before, and did not count.
    idle.iter().for_each(|&environment| scene.ended(environment));
    scene.fleet.assert_counts();
}
