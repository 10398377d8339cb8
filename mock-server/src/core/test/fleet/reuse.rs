//! Reuse: who takes an invoke where there is room.

use super::{F, Scene, V1, V2, send, start};
use crate::core::fleet::Scale;

#[test]
fn the_first_invoke_starts_an_environment_and_is_sent_to_it() {
    let mut scene = Scene::new(Scale::default());
    let invoke = scene.invoke(V1).unwrap();
    assert_eq!(scene.effects(), [start(1, V1), send(1, invoke)]);
    assert_eq!((scene.fleet.environments(F), scene.fleet.open(F)), (1, 1));
}

#[test]
fn an_idle_environment_takes_the_next_invoke() {
    let mut scene = Scene::new(Scale::default());
    let idle = scene.idle(V1, 1);
    let invoke = scene.invoke(V1).unwrap();
    assert_eq!(scene.effect(), send(idle[0], invoke));
}

#[test]
fn the_most_recently_used_environment_takes_an_invoke_first() {
    let mut scene = Scene::new(Scale::default());
    let busy = scene.busy(V1, 3);
    for at in [1, 2, 0] {
        scene.served(busy[at].0, busy[at].1);
    }
    let invokes: Vec<_> = (0..3).map(|_| scene.invoke(V1).unwrap()).collect();
    let expected = [send(busy[0].0, invokes[0]), send(busy[2].0, invokes[1]), send(busy[1].0, invokes[2])];
    assert_eq!(scene.effects(), expected);
}

#[test]
fn invokes_that_overlap_have_an_environment_each() {
    let mut scene = Scene::new(Scale::default());
    let busy = scene.busy(V1, 50);
    let mut environments: Vec<_> = busy.iter().map(|&(environment, _)| environment).collect();
    environments.dedup();
    assert_eq!((environments.len(), scene.fleet.environments(F)), (50, 50));
}

#[test]
fn an_environment_that_has_answered_takes_nothing_before_its_runtime_asks() {
    let mut scene = Scene::new(Scale::default());
    let busy = scene.busy(V1, 1);
    scene.fleet.answered(busy[0].1);
    let invoke = scene.invoke(V1).unwrap();
    assert_eq!(scene.effects(), [start(2, V1), send(2, invoke)]);
}

#[test]
fn environments_of_another_deployment_are_not_used() {
    let mut scene = Scene::new(Scale::default());
    scene.idle(V1, 1);
    let invoke = scene.invoke(V2).unwrap();
    assert_eq!(scene.effects(), [start(2, V2), send(2, invoke)]);
}

#[test]
fn tenants_never_share_an_environment() {
    let mut scene = Scene::new(Scale::default());
    let blue = scene.invoke_of("blue").unwrap();
    scene.effects();
    scene.served(1, blue);
    let red = scene.invoke_of("red").unwrap();
    assert_eq!(scene.effects(), [start(2, V1), send(2, red)]);
    let nobody = scene.invoke(V1).unwrap();
    assert_eq!(scene.effects(), [start(3, V1), send(3, nobody)]);
    let blue = scene.invoke_of("blue").unwrap();
    assert_eq!(scene.effect(), send(1, blue));
}

#[test]
fn an_environment_that_was_started_ahead_is_used_once_it_is_up() {
    let mut scene = Scene::new(Scale::default());
    assert_eq!(scene.fleet.start_ahead(scene.now, F, V1), Some(1));
    assert_eq!(scene.effect(), start(1, V1));
    scene.up(1);
    let invoke = scene.invoke(V1).unwrap();
    assert_eq!(scene.effect(), send(1, invoke));
}

#[test]
fn nothing_is_started_ahead_of_an_unknown_function_or_beyond_the_concurrency() {
    let mut scene = Scene::new(super::reserved(1));
    assert_eq!(scene.fleet.start_ahead(scene.now, super::G, V1), None);
    scene.busy(V1, 1);
    assert_eq!(scene.fleet.start_ahead(scene.now, F, V1), None);
    scene.nothing();
}

#[test]
fn an_invoke_for_a_function_that_is_not_known_is_given_up() {
    let mut scene = Scene::new(Scale::default());
    let invoke = scene.invoke_for(super::G, V1, None).unwrap();
    assert_eq!(scene.effect(), super::give_up(invoke));
}
