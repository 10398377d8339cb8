//! No event is tried that is older than it may become.

use super::{Condition, Policy, QueueEffect, Scene, at_most, millis, response, secs};

#[test]
fn an_event_lives_for_six_hours() {
    let (mut scene, id) = Scene::trying(Policy::default());
    let accepted = scene.now;
    let mut last = QueueEffect::Attempt(id);
    // No more attempts fit into the time.
    for _ in 0..100 {
        if last == QueueEffect::Attempt(id) {
            scene.refused(id);
            scene.wait_until_due();
            last = scene.effects().pop().unwrap();
        }
    }
    let QueueEffect::Finish(_, finished) = last else { panic!("{last:?}") };
    assert_eq!((finished.condition, finished.attempts), (Condition::EventAgeExceeded, 0));
    assert_eq!(finished.response, None);
    assert_eq!(scene.now.since(accepted), secs(6 * 60 * 60));
}

#[test]
fn a_retry_that_would_come_too_late_is_not_waited_for() {
    let (mut scene, id) = Scene::trying(at_most(secs(90)));
    scene.fails(id);
    assert_eq!(scene.wait_until_due(), secs(60));
    scene.fails(id);
    scene.effects();
    assert_eq!(scene.wait_until_due(), secs(30));
    let finished = scene.finished();
    assert_eq!((finished.condition, finished.attempts), (Condition::EventAgeExceeded, 2));
    // What it said last is told.
    assert_eq!(finished.response, Some(response(Some("Unhandled"))));
}

#[test]
fn a_retry_in_the_moment_of_the_age_comes_too_late() {
    let (mut scene, id) = Scene::trying(at_most(secs(60)));
    scene.fails(id);
    scene.effects();
    assert_eq!(scene.wait_until_due(), secs(60));
    assert_eq!(scene.finished().condition, Condition::EventAgeExceeded);
}

#[test]
fn an_event_that_has_become_too_old_while_the_function_ran_is_not_tried_again() {
    for is_refused in [false, true] {
        let (mut scene, id) = Scene::trying(at_most(secs(60)));
        scene.wait(secs(100));
        if is_refused {
            scene.refused(id)
        } else {
            scene.fails(id)
        }
        scene.effects();
        assert_eq!(scene.wait_until_due(), secs(0));
        assert_eq!(scene.finished().condition, Condition::EventAgeExceeded);
    }
}

#[test]
fn a_success_is_a_success_however_late() {
    let (mut scene, id) = Scene::trying(at_most(secs(60)));
    scene.wait(secs(600));
    scene.succeeds(id);
    assert_eq!(scene.finished().condition, Condition::Success);
}

#[test]
fn the_last_failure_is_no_matter_of_age() {
    let (mut scene, id) = Scene::trying(Policy { retries: 0, ..at_most(secs(60)) });
    scene.wait(secs(600));
    scene.fails(id);
    assert_eq!(scene.finished().condition, Condition::RetriesExhausted);
}

#[test]
fn an_event_is_not_tried_late_because_nobody_looked_in_time() {
    let (mut scene, id) = Scene::trying(at_most(secs(120)));
    scene.fails(id);
    scene.effects();
    scene.wait(secs(120) + millis(1));
    assert_eq!(scene.finished().condition, Condition::EventAgeExceeded);
}

#[test]
fn the_age_that_is_configured_at_the_answer_counts() {
    let (mut scene, id) = Scene::trying(Policy::default());
    scene.wait(secs(30));
    scene.policy.maximum_age = secs(60);
    scene.fails(id);
    scene.effects();
    assert_eq!(scene.wait_until_due(), secs(30));
    assert_eq!(scene.finished().condition, Condition::EventAgeExceeded);
}
