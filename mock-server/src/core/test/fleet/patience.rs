//! An invoke that has a place but no environment is given up in time.

use super::{F, InvokeId, Scene, Time, V1, give_up, millis, reserved, secs, send};
use crate::core::fleet::Scale;

/// A function with one environment, which has answered and does not ask for more; and an invoke that waits for it.
fn waiting(scene: &mut Scene) -> InvokeId {
    let busy = scene.busy(V1, 1);
    scene.fleet.answered(busy[0].1);
    let waiting = scene.invoke(V1).unwrap();
    scene.nothing();
    waiting
}

fn patient_for(seconds: u64) -> Scale {
    Scale { patience: secs(seconds), ..reserved(1) }
}

#[test]
fn an_invoke_is_given_up_when_no_environment_becomes_free() {
    let mut scene = Scene::new(patient_for(13));
    scene.wait(millis(500));
    let invoke = waiting(&mut scene);
    assert_eq!(scene.fleet.poll_timeout(), Some(Time::from_unix(millis(13_500))));
    scene.wait(millis(12_999));
    scene.nothing();
    scene.wait(millis(1));
    assert_eq!(scene.effect(), give_up(invoke));
    assert_eq!(scene.fleet.poll_timeout(), None);
}

#[test]
fn by_default_it_waits_as_long_as_init_and_an_invocation_may_take() {
    let mut scene = Scene::new(reserved(1));
    waiting(&mut scene);
    assert_eq!(scene.fleet.poll_timeout(), Some(Time::from_unix(secs(13))));
}

#[test]
fn an_invoke_that_was_given_up_counts_until_it_has_been_answered() {
    let mut scene = Scene::new(patient_for(13));
    let invoke = waiting(&mut scene);
    scene.wait(secs(13));
    assert_eq!(scene.effect(), give_up(invoke));
    assert!(scene.invoke(V1).is_err());
    scene.fleet.answered(invoke);
    scene.invoke(V1).unwrap();
    scene.nothing();
}

#[test]
fn an_invoke_that_was_given_up_is_not_sent() {
    let mut scene = Scene::new(patient_for(13));
    waiting(&mut scene);
    scene.wait(secs(13));
    scene.effects();
    scene.free(1);
    scene.nothing();
}

#[test]
fn an_invoke_that_was_sent_is_not_given_up() {
    let mut scene = Scene::new(patient_for(13));
    let invoke = waiting(&mut scene);
    scene.free(1);
    assert_eq!(scene.effect(), send(1, invoke));
    assert_eq!(scene.fleet.poll_timeout(), None);
    scene.wait(secs(1_000));
    scene.nothing();
}

#[test]
fn an_invoke_whose_caller_has_gone_is_not_given_up() {
    let mut scene = Scene::new(patient_for(13));
    let invoke = waiting(&mut scene);
    scene.fleet.answered(invoke);
    assert_eq!(scene.fleet.poll_timeout(), None);
    scene.free(1);
    scene.nothing();
    assert_eq!(scene.fleet.open(F), 0);
}

#[test]
fn changes_that_do_not_help_do_not_prolong_the_wait() {
    let mut scene = Scene::new(patient_for(13));
    let invoke = waiting(&mut scene);
    scene.wait(secs(5));
    scene.configure(F, patient_for(100));
    scene.wait(secs(8));
    assert_eq!(scene.effect(), give_up(invoke));
}

#[test]
fn invokes_are_sent_in_the_order_in_which_they_came() {
    let mut scene = Scene::new(reserved(3));
    let busy = scene.busy(V1, 3);
    busy.iter().for_each(|&(_, invoke)| scene.fleet.answered(invoke));
    let invokes: Vec<_> = (0..3).map(|_| scene.invoke(V1).unwrap()).collect();
    scene.nothing();
    let environments = [busy[1].0, busy[0].0, busy[2].0];
    environments.iter().for_each(|&environment| scene.free(environment));
    let expected: Vec<_> =
        environments.into_iter().zip(invokes).map(|(to, invoke)| send(to, invoke)).collect();
    assert_eq!(scene.effects(), expected);
}
