//! Environments that end, and invokes that come back.

use super::{F, G, Scene, V1, give_up, reserved, secs, send, start, stop};
use crate::core::fleet::Scale;

#[test]
fn an_idle_environment_that_ends_is_replaced_by_the_next_invoke_only() {
    let mut scene = Scene::new(Scale::default());
    let idle = scene.idle(V1, 1);
    scene.ended(idle[0]);
    scene.nothing();
    assert_eq!((scene.fleet.environments(F), scene.fleet.total_environments()), (0, 0));
    let invoke = scene.invoke(V1).unwrap();
    assert_eq!(scene.effects(), [start(2, V1), send(2, invoke)]);
}

#[test]
fn an_invoke_that_was_not_taken_goes_to_an_idle_environment() {
    let mut scene = Scene::new(Scale::default());
    let idle = scene.idle(V1, 2);
    let invoke = scene.invoke(V1).unwrap();
    assert_eq!(scene.effect(), send(idle[1], invoke));
    scene.fleet.returned(scene.now, invoke);
    assert_eq!(scene.effect(), send(idle[0], invoke));
}

#[test]
fn an_invoke_that_was_not_taken_starts_an_environment_where_none_is_idle() {
    let mut scene = Scene::new(Scale::default());
    let busy = scene.busy(V1, 1);
    scene.fleet.returned(scene.now, busy[0].1);
    assert_eq!(scene.effects(), [start(2, V1), send(2, busy[0].1)]);
    scene.ended(busy[0].0);
    scene.nothing();
    assert_eq!(scene.fleet.open(F), 1);
}

#[test]
fn an_invoke_that_was_not_taken_waits_for_the_end_of_the_only_environment_there_may_be() {
    let mut scene = Scene::new(reserved(1));
    let busy = scene.busy(V1, 1);
    scene.fleet.returned(scene.now, busy[0].1);
    scene.nothing();
    scene.ended(busy[0].0);
    assert_eq!(scene.effects(), [start(2, V1), send(2, busy[0].1)]);
}

#[test]
fn an_invoke_that_waits_already_cannot_come_back() {
    let mut scene = Scene::new(reserved(1));
    let busy = scene.busy(V1, 1);
    scene.fleet.answered(busy[0].1);
    let waiting = scene.invoke(V1).unwrap();
    scene.fleet.returned(scene.now, waiting);
    scene.free(busy[0].0);
    assert_eq!(scene.effect(), send(busy[0].0, waiting));
    scene.served(busy[0].0, waiting);
    scene.nothing();
}

#[test]
fn an_environment_on_its_way_out_takes_nothing() {
    let mut scene = Scene::new(Scale::default());
    let busy = scene.busy(V1, 1);
    scene.fleet.stop_all(F);
    assert_eq!(scene.effect(), stop(busy[0].0));
    scene.fleet.answered(busy[0].1);
    scene.free(busy[0].0);
    let invoke = scene.invoke(V1).unwrap();
    assert_eq!(scene.effects(), [start(2, V1), send(2, invoke)]);
}

#[test]
fn an_answer_that_comes_after_the_end_of_its_environment_is_counted_once() {
    let mut scene = Scene::new(reserved(1));
    let busy = scene.busy(V1, 1);
    scene.ended(busy[0].0);
    assert!(scene.invoke(V1).is_err());
    scene.fleet.answered(busy[0].1);
    scene.fleet.answered(busy[0].1);
    let invoke = scene.invoke(V1).unwrap();
    assert_eq!(scene.effects(), [start(2, V1), send(2, invoke)]);
    assert!(scene.invoke(V1).is_err());
}

#[test]
fn words_about_environments_that_are_not_there_are_ignored() {
    let mut scene = Scene::new(Scale::default());
    let before = scene.fleet.clone();
    scene.fleet.environment_ready(7);
    scene.free(7);
    scene.ended(7);
    scene.fleet.answered(super::InvokeId(7));
    scene.fleet.returned(scene.now, super::InvokeId(7));
    scene.fleet.retire(V1);
    scene.fleet.stop_all(G);
    scene.fleet.remove(G);
    assert_eq!(scene.fleet, before);
}

#[test]
fn a_removed_function_gives_up_what_waits_once() {
    let mut scene = Scene::new(reserved(1));
    let busy = scene.busy(V1, 1);
    scene.fleet.answered(busy[0].1);
    let waiting = scene.invoke(V1).unwrap();
    scene.fleet.stop_all(F);
    scene.fleet.remove(F);
    assert_eq!(scene.effects(), [stop(busy[0].0), give_up(waiting)]);
    scene.wait(secs(3_600));
    scene.nothing();
    assert_eq!(scene.fleet.poll_timeout(), None);
}

#[test]
fn a_removed_function_gives_up_what_comes_back() {
    let mut scene = Scene::new(Scale::default());
    let busy = scene.busy(V1, 1);
    scene.fleet.stop_all(F);
    scene.fleet.remove(F);
    scene.effects();
    scene.fleet.returned(scene.now, busy[0].1);
    assert_eq!(scene.effect(), give_up(busy[0].1));
    scene.ended(busy[0].0);
    scene.fleet.answered(busy[0].1);
    scene.nothing();
    assert_eq!((scene.fleet.total_environments(), scene.fleet.open(F)), (0, 0));
}
