//! Where there may be no further environment, one that is idle makes room for one of another deployment or tenant.

use super::{F, Scene, V1, V2, reserved, send, start, stop, stopped};
use crate::core::fleet::Scale;

#[test]
fn an_idle_environment_of_another_deployment_makes_room() {
    let mut scene = Scene::new(reserved(1));
    let idle = scene.idle(V1, 1);
    let invoke = scene.invoke(V2).unwrap();
    assert_eq!(scene.effects(), [stop(idle[0]), start(2, V2), send(2, invoke)]);
}

#[test]
fn an_idle_environment_of_another_tenant_makes_room() {
    let mut scene = Scene::new(reserved(1));
    let blue = scene.invoke_of("blue").unwrap();
    scene.effects();
    scene.served(1, blue);
    let red = scene.invoke_of("red").unwrap();
    assert_eq!(scene.effects(), [stop(1), start(2, V1), send(2, red)]);
}

#[test]
fn the_least_recently_used_one_goes_first() {
    let mut scene = Scene::new(reserved(3));
    let busy = scene.busy(V1, 3);
    for at in [2, 0, 1] {
        scene.wait(super::secs(1));
        scene.served(busy[at].0, busy[at].1);
    }
    let mut gone = Vec::new();
    for _ in 0..3 {
        scene.invoke(V2).unwrap();
        gone.extend(stopped(&scene.effects()));
    }
    assert_eq!(gone, [busy[2].0, busy[0].0, busy[1].0]);
}

#[test]
fn none_goes_where_there_is_room() {
    let mut scene = Scene::new(reserved(2));
    scene.idle(V1, 1);
    let invoke = scene.invoke(V2).unwrap();
    assert_eq!(scene.effects(), [start(2, V2), send(2, invoke)]);
}

#[test]
fn busy_ones_are_left_alone() {
    let mut scene = Scene::new(reserved(2));
    let busy = scene.busy(V1, 2);
    scene.fleet.answered(busy[0].1);
    let invoke = scene.invoke(V2).unwrap();
    // The environment that has answered is not idle before its runtime asks for more.
    scene.nothing();
    scene.free(busy[0].0);
    assert_eq!(scene.effects(), [stop(busy[0].0), start(3, V2), send(3, invoke)]);
}

#[test]
fn as_many_go_as_there_are_too_many() {
    let mut scene = Scene::new(reserved(4));
    let idle = scene.idle(V1, 4);
    scene.configure(F, reserved(2));
    let invoke = scene.invoke(V2).unwrap();
    let expected = [stop(idle[0]), stop(idle[1]), stop(idle[2]), start(5, V2), send(5, invoke)];
    assert_eq!(scene.effects(), expected);
}

#[test]
fn none_goes_in_vain() {
    let mut scene = Scene::new(reserved(2));
    scene.idle(V1, 1);
    let busy = scene.busy(V2, 1);
    scene.configure(F, reserved(0));
    // There may be no environment at all, so it does not help to stop one.
    scene.fleet.returned(scene.now, busy[0].1);
    scene.nothing();
    assert_eq!(scene.fleet.environments(F), 2);
}

#[test]
fn an_invoke_that_stops_one_counts_as_growth() {
    let mut scene = Scene::new(Scale::default());
    scene.idle(V1, 1_000);
    // A thousand environments were started at this moment, and more may not be.
    assert!(scene.invoke(V2).is_err());
    scene.invoke(V1).unwrap();
}
