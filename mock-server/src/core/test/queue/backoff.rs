//! A throttled event goes back into the queue: for a second at first, and for five minutes at most.

use super::{Condition, Policy, QueueEffect, Scene, secs};

#[test]
fn the_wait_doubles_from_a_second_to_five_minutes() {
    let (mut scene, id) = Scene::trying(Policy::default());
    let mut waits = Vec::new();
    for _ in 0..12 {
        scene.refused(id);
        waits.push(scene.wait_until_due().as_secs());
        assert_eq!(scene.effects(), [QueueEffect::Save(id), QueueEffect::Attempt(id)]);
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
}

#[test]
fn refusals_are_no_attempts() {
    let (mut scene, id) = Scene::trying(Policy { retries: 0, ..Policy::default() });
    for _ in 0..20 {
        scene.refused(id);
        scene.wait_until_due();
    }
    scene.effects();
    scene.fails(id);
    let finished = scene.finished();
    assert_eq!((finished.condition, finished.attempts), (Condition::RetriesExhausted, 1));
}

#[test]
fn after_the_function_has_run_the_wait_begins_at_a_second_again() {
    let (mut scene, id) = Scene::trying(Policy::default());
    for _ in 0..3 {
        scene.refused(id);
        scene.wait_until_due();
    }
    scene.fails(id);
    assert_eq!(scene.wait_until_due(), secs(60));
    scene.refused(id);
    assert_eq!(scene.wait_until_due(), secs(1));
    // Which does not change that this was one failure of two.
    scene.fails(id);
    assert_eq!(scene.wait_until_due(), secs(120));
}

#[test]
fn however_often_it_is_refused_the_wait_stays_the_longest() {
    let (mut scene, id) = Scene::trying(super::at_most(secs(u64::from(u32::MAX))));
    for _ in 0..100 {
        scene.refused(id);
        scene.wait_until_due();
    }
    scene.refused(id);
    assert_eq!(scene.due_in(), Some(secs(300)));
}
