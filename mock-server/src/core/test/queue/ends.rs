//! Ends without an attempt, and what is said about an event that is not there for it.

use super::{Condition, EventId, Policy, QueueEffect, Scene, response};

#[test]
fn without_any_concurrency_the_event_fails_at_once_and_without_a_response() {
    let (mut scene, id) = Scene::trying(Policy::default());
    scene.queue.has_no_concurrency(id);
    let finished = scene.finished();
    assert_eq!((finished.condition, finished.attempts), (Condition::ZeroReservedConcurrency, 0));
    assert_eq!(finished.response, None);
    assert_eq!(scene.due_in(), None);
}

#[test]
fn a_concurrency_of_zero_ends_an_event_that_has_failed_before_too() {
    let (mut scene, id) = Scene::trying(Policy::default());
    scene.fails(id);
    scene.wait_until_due();
    scene.effects();
    scene.queue.has_no_concurrency(id);
    let finished = scene.finished();
    assert_eq!((finished.condition, finished.attempts), (Condition::ZeroReservedConcurrency, 0));
    assert_eq!(finished.response, None);
}

#[test]
fn an_event_is_there_until_whoever_is_told_has_been_told() {
    let (mut scene, id) = Scene::trying(Policy::default());
    scene.succeeds(id);
    scene.finished();
    assert_eq!((scene.queue.len(), scene.queue.is_empty()), (1, false));
    assert!(scene.queue.saved(id).is_some());
    scene.queue.settled(id);
    assert_eq!((scene.queue.len(), scene.queue.is_empty()), (0, true));
    assert_eq!((scene.queue.saved(id), scene.queue.event(id)), (None, None));
}

#[test]
fn an_event_that_is_not_over_cannot_be_settled() {
    let (mut scene, id) = Scene::trying(Policy::default());
    scene.queue.settled(id);
    assert_eq!(scene.queue.len(), 1);
    scene.fails(id);
    scene.queue.settled(id);
    assert_eq!(scene.queue.len(), 1);
}

#[test]
fn a_dropped_event_is_forgotten_wherever_it_is() {
    let drop_at = |prepare: fn(&mut Scene, EventId)| {
        let (mut scene, id) = Scene::trying(Policy::default());
        prepare(&mut scene, id);
        scene.effects();
        scene.queue.dropped(id);
        assert_eq!((scene.queue.is_empty(), scene.due_in()), (true, None));
        scene.wait(super::secs(100_000));
        assert_eq!(scene.effects(), []);
    };
    drop_at(|_, _| {});
    drop_at(|scene, id| scene.fails(id));
    drop_at(|scene, id| scene.succeeds(id));
}

#[test]
fn numbers_are_never_used_twice() {
    let mut scene = Scene::new(Policy::default());
    let first = scene.accept("r-1");
    scene.queue.dropped(first);
    assert_ne!(scene.accept("r-2"), first);
    scene.queue.begin_after(EventId(7));
    assert_eq!(scene.accept("r-3"), EventId(8));
    scene.queue.begin_after(EventId(3));
    assert_eq!(scene.accept("r-4"), EventId(9));
}

#[test]
fn words_about_an_event_that_is_not_being_tried_change_nothing() {
    let (mut scene, id) = Scene::trying(Policy::default());
    scene.fails(id);
    scene.effects();
    let waiting = scene.queue.clone();
    let tell = |scene: &mut Scene, id| {
        scene.queue.answered(scene.now, id, response(None), Policy::default());
        scene.queue.refused(scene.now, id, Policy::default());
        scene.queue.has_no_concurrency(id);
    };
    tell(&mut scene, id);
    tell(&mut scene, EventId(99));
    scene.queue.settled(EventId(99));
    scene.queue.dropped(EventId(99));
    assert_eq!(scene.queue, waiting);
    scene.wait_until_due();
    scene.succeeds(id);
    assert_eq!(scene.effects().len(), 3);
    let finished = scene.queue.clone();
    tell(&mut scene, id);
    assert_eq!(scene.queue, finished);
}

#[test]
fn the_first_effect_of_an_event_is_that_it_is_saved() {
    let mut scene = Scene::new(Policy::default());
    let (first, second) = (scene.accept("r-1"), scene.accept("r-2"));
    let expected = [
        QueueEffect::Save(first),
        QueueEffect::Attempt(first),
        QueueEffect::Save(second),
        QueueEffect::Attempt(second),
    ];
    assert_eq!(scene.effects(), expected);
}
