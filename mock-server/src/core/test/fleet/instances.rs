//! Functions on instances: as many environments as the load needs, each for many invocations at once.

use super::{F, Scene, V1, V2, send, sent, start, started, stopped};
use crate::core::fleet::{Environments, Scale, ThrottleReason, Throttled};

fn instances(least: usize, most: usize, per_environment: usize) -> Scale {
    Scale { per_environment, environments: Environments::Instances { least, most }, ..Scale::default() }
}

/// All environments come up and take as many as they can; the first of them has an invoke.
fn all_up(scene: &mut Scene, environments: std::ops::RangeInclusive<u32>, per_environment: usize) {
    for environment in environments {
        scene.fleet.environment_ready(environment);
        for _ in usize::from(environment == 1)..per_environment {
            scene.free(environment);
        }
    }
}

#[test]
fn the_first_invoke_starts_as_many_as_there_are_at_least() {
    let mut scene = Scene::new(instances(3, 10, 4));
    let invoke = scene.invoke(V1).unwrap();
    assert_eq!(scene.effects(), [start(1, V1), send(1, invoke), start(2, V1), start(3, V1)]);
}

#[test]
fn never_are_there_more_than_there_may_be() {
    let mut scene = Scene::new(instances(3, 2, 1));
    scene.invoke(V1).unwrap();
    assert_eq!(started(&scene.effects()), [1, 2]);
}

#[test]
fn others_wait_until_they_are_up() {
    let mut scene = Scene::new(instances(1, 1, 3));
    scene.invoke(V1).unwrap();
    scene.effects();
    let (second, third) = (scene.invoke(V1).unwrap(), scene.invoke(V1).unwrap());
    scene.nothing();
    all_up(&mut scene, 1..=1, 3);
    assert_eq!(scene.effects(), [send(1, second), send(1, third)]);
}

#[test]
fn an_environment_takes_as_many_as_it_asks_for() {
    let mut scene = Scene::new(instances(1, 1, 3));
    scene.invoke(V1).unwrap();
    all_up(&mut scene, 1..=1, 3);
    scene.effects();
    let invokes = [scene.invoke(V1).unwrap(), scene.invoke(V1).unwrap()];
    assert_eq!(scene.effects(), invokes.map(|invoke| send(1, invoke)));
    let reason = ThrottleReason::ReservedFunctionConcurrentInvocationLimitExceeded;
    assert_eq!(scene.invoke(V1), Err(Throttled { reason }));
}

#[test]
fn one_more_is_started_when_more_than_half_of_what_they_take_is_in_use() {
    let mut scene = Scene::new(instances(2, 4, 2));
    scene.invoke(V1).unwrap();
    all_up(&mut scene, 1..=2, 2);
    scene.effects();
    scene.invoke(V1).unwrap();
    assert!(started(&scene.effects()).is_empty());
    scene.invoke(V1).unwrap();
    assert_eq!(started(&scene.effects()), [3]);
    // Four of six: the one that comes up counts already.
    scene.invoke(V1).unwrap();
    assert_eq!(started(&scene.effects()), [4]);
    assert_eq!(scene.fleet.environments(F), 4);
}

#[test]
fn invokes_that_wait_are_load_too() {
    let mut scene = Scene::new(instances(1, 3, 1));
    for _ in 0..3 {
        scene.invoke(V1).unwrap();
    }
    assert_eq!(started(&scene.effects()), [1, 2, 3]);
    assert!(scene.invoke(V1).is_err());
}

#[test]
fn they_do_not_expire() {
    let mut scene = Scene::new(Scale { idle_lifetime: Some(super::secs(60)), ..instances(1, 1, 1) });
    let invoke = scene.invoke(V1).unwrap();
    scene.served(1, invoke);
    scene.effects();
    assert_eq!(scene.fleet.poll_timeout(), None);
}

#[test]
fn one_that_shuts_down_counts_until_it_is_gone() {
    let mut scene = Scene::new(instances(1, 1, 1));
    let first = scene.invoke(V1).unwrap();
    scene.served(1, first);
    scene.effects();
    scene.fleet.stop_all(F);
    assert_eq!(stopped(&scene.effects()), [1]);
    let invoke = scene.invoke(V1).unwrap();
    scene.nothing();
    scene.ended(1);
    assert_eq!(scene.effects(), [start(2, V1), send(2, invoke)]);
}

#[test]
fn those_that_have_ended_are_replaced_when_an_invoke_comes() {
    let mut scene = Scene::new(instances(3, 5, 2));
    let first = scene.invoke(V1).unwrap();
    all_up(&mut scene, 1..=3, 2);
    scene.effects();
    scene.fleet.answered(first);
    scene.ended(2);
    scene.ended(3);
    scene.nothing();
    let invoke = scene.invoke(V1).unwrap();
    let effects = scene.effects();
    assert_eq!((sent(&effects), started(&effects)), (vec![(1, invoke)], vec![4, 5]));
}

#[test]
fn a_new_deployment_does_not_wait_for_the_end_of_the_last_one() {
    let mut scene = Scene::new(instances(1, 3, 2));
    scene.busy(V1, 1);
    scene.fleet.retire(V1);
    let invoke = scene.invoke(V2).unwrap();
    assert_eq!(scene.effects(), [start(2, V2), send(2, invoke)]);
}

#[test]
fn an_environment_with_free_places_is_not_stopped_while_it_is_busy() {
    let mut scene = Scene::new(instances(1, 1, 2));
    let invoke = scene.invoke(V1).unwrap();
    all_up(&mut scene, 1..=1, 2);
    scene.effects();
    scene.fleet.retire(V1);
    scene.nothing();
    scene.served(1, invoke);
    assert_eq!(stopped(&scene.effects()), [1]);
}

#[test]
fn what_comes_back_to_a_retired_deployment_finds_its_free_places() {
    let mut scene = Scene::new(instances(2, 2, 2));
    let first = scene.invoke(V1).unwrap();
    scene.free(2);
    let second = scene.invoke(V1).unwrap();
    assert_eq!(sent(&scene.effects()), [(1, first), (2, second)]);
    scene.fleet.retire(V1);
    scene.free(1);
    scene.nothing();
    // The second environment dies before it has taken the invoke.
    scene.fleet.returned(scene.now, second);
    assert_eq!(sent(&scene.effects()), [(1, second)]);
    scene.ended(2);
    scene.nothing();
}

#[test]
fn reserved_concurrency_holds_for_them_too() {
    let mut scene = Scene::new(Scale { reserved: Some(3), ..instances(2, 9, 2) });
    scene.invoke(V1).unwrap();
    all_up(&mut scene, 1..=2, 2);
    scene.effects();
    scene.invoke(V1).unwrap();
    scene.invoke(V1).unwrap();
    assert!(scene.invoke(V1).is_err());
    // Two take three at once.
    assert_eq!(scene.fleet.environments(F), 2);
}
