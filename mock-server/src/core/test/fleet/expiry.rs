//! Idle environments are not kept for ever.

use super::{F, G, OTHER, Scene, Time, V1, secs, send, start, stop};
use crate::core::fleet::Scale;

fn kept_for_a_minute() -> Scale {
    Scale { idle_lifetime: Some(secs(60)), ..Scale::default() }
}

#[test]
fn an_idle_environment_is_stopped_when_its_time_is_over() {
    let mut scene = Scene::new(kept_for_a_minute());
    scene.wait(secs(5));
    let idle = scene.idle(V1, 1);
    assert_eq!(scene.fleet.poll_timeout(), Some(Time::from_unix(secs(65))));
    scene.wait(secs(59));
    scene.nothing();
    scene.wait(secs(1));
    assert_eq!(scene.effect(), stop(idle[0]));
    assert_eq!((scene.fleet.poll_timeout(), scene.fleet.environments(F)), (None, 0));
    // It is there until it has ended.
    assert_eq!(scene.fleet.total_environments(), 1);
    scene.ended(idle[0]);
    assert_eq!(scene.fleet.total_environments(), 0);
}

#[test]
fn an_environment_that_is_used_again_is_kept_from_then_on() {
    let mut scene = Scene::new(kept_for_a_minute());
    let idle = scene.idle(V1, 1);
    scene.wait(secs(50));
    let invoke = scene.invoke(V1).unwrap();
    assert_eq!(scene.effect(), send(idle[0], invoke));
    assert_eq!(scene.fleet.poll_timeout(), None);
    scene.wait(secs(500));
    scene.served(idle[0], invoke);
    scene.wait(secs(59));
    scene.nothing();
    scene.wait(secs(1));
    assert_eq!(scene.effect(), stop(idle[0]));
}

#[test]
fn those_that_the_last_used_one_spares_expire_one_by_one() {
    let mut scene = Scene::new(kept_for_a_minute());
    let busy = scene.busy(V1, 3);
    for &(environment, invoke) in &busy {
        scene.wait(secs(10));
        scene.served(environment, invoke);
    }
    for &(environment, _) in &busy {
        let due = scene.fleet.poll_timeout().unwrap();
        scene.wait(due.since(scene.now));
        assert_eq!(scene.effect(), stop(environment));
    }
}

#[test]
fn one_that_has_expired_takes_nothing() {
    let mut scene = Scene::new(kept_for_a_minute());
    scene.idle(V1, 1);
    scene.wait(secs(60));
    scene.effects();
    let invoke = scene.invoke(V1).unwrap();
    assert_eq!(scene.effects(), [start(2, V1), send(2, invoke)]);
}

#[test]
fn without_a_lifetime_they_are_kept_for_ever() {
    let mut scene = Scene::new(Scale::default());
    scene.idle(V1, 2);
    assert_eq!(scene.fleet.poll_timeout(), None);
    scene.wait(secs(1_000_000));
    scene.nothing();
}

#[test]
fn a_shorter_lifetime_holds_for_those_that_are_idle_already() {
    let mut scene = Scene::new(Scale::default());
    let idle = scene.idle(V1, 1);
    scene.wait(secs(100));
    scene.configure(F, kept_for_a_minute());
    assert_eq!(scene.fleet.poll_timeout(), Some(Time::from_unix(secs(60))));
    scene.wait(secs(0));
    assert_eq!(scene.effect(), stop(idle[0]));
}

#[test]
fn a_call_that_comes_too_early_does_nothing() {
    let mut scene = Scene::new(kept_for_a_minute());
    scene.idle(V1, 2);
    let before = scene.fleet.clone();
    scene.wait(secs(59));
    assert_eq!(scene.fleet, before);
}

#[test]
fn each_function_has_a_lifetime_of_its_own() {
    let mut scene = Scene::new(kept_for_a_minute());
    scene.configure(G, Scale { idle_lifetime: Some(secs(20)), ..Scale::default() });
    let idle = scene.idle(V1, 1);
    let other = scene.idle(OTHER, 1);
    assert_eq!(scene.fleet.poll_timeout(), Some(Time::from_unix(secs(20))));
    scene.wait(secs(60));
    assert_eq!(scene.effects(), [stop(other[0]), stop(idle[0])]);
}

#[test]
fn nothing_expires_of_a_function_that_is_gone() {
    let mut scene = Scene::new(kept_for_a_minute());
    scene.idle(V1, 1);
    scene.fleet.remove(F);
    assert_eq!(scene.fleet.poll_timeout(), None);
}

#[test]
fn what_is_provisioned_does_not_expire() {
    let mut scene = Scene::new(kept_for_a_minute());
    scene.provisioned(V1, 2);
    assert_eq!(scene.fleet.poll_timeout(), None);
}
