//! After a restart: nothing is lost, and nothing that is over is tried again.

use serde_json::{Value, json};

use super::{
    Condition, EventId, Finished, Policy, Queue, QueueEffect, SavedEvent, Scene, at_most, millis, secs,
};

/// A queue that gets what was saved of this one, as JSON; the clock goes on.
fn restarted(scene: &Scene, id: EventId) -> Scene {
    let text = serde_json::to_string(&scene.queue.saved(id).unwrap()).unwrap();
    let mut queue = Queue::default();
    queue.restore(id, serde_json::from_str(&text).unwrap()).unwrap();
    Scene { queue, now: scene.now, policy: scene.policy }
}

fn saved_with(change: impl FnOnce(&mut Value)) -> SavedEvent {
    let (scene, id) = Scene::trying(Policy::default());
    let mut saved = serde_json::to_value(scene.queue.saved(id).unwrap()).unwrap();
    change(&mut saved);
    serde_json::from_value(saved).unwrap()
}

#[test]
fn what_was_being_tried_is_tried_at_once() {
    let (scene, id) = Scene::trying(Policy::default());
    let mut again = restarted(&scene, id);
    assert_eq!(again.due_in(), Some(secs(0)));
    again.wait(secs(0));
    assert_eq!(again.effects(), [QueueEffect::Attempt(id)]);
    assert_eq!(again.queue.event(id), scene.queue.event(id));
}

#[test]
fn what_was_being_tried_and_is_too_old_now_is_not_tried() {
    let (mut scene, id) = Scene::trying(at_most(secs(60)));
    scene.now = scene.now + secs(60);
    let mut again = restarted(&scene, id);
    again.wait(secs(0));
    assert_eq!(again.finished().condition, Condition::EventAgeExceeded);
}

#[test]
fn what_waited_is_tried_when_it_is_due() {
    let (mut scene, id) = Scene::trying(Policy::default());
    scene.fails(id);
    scene.now = scene.now + secs(20);
    let mut again = restarted(&scene, id);
    assert_eq!(again.effects(), []);
    assert_eq!(again.wait_until_due(), secs(40));
    assert_eq!(again.effects(), [QueueEffect::Attempt(id)]);
}

#[test]
fn what_was_due_meanwhile_is_tried_at_once_unless_it_is_too_old() {
    for (down, is_tried) in [(secs(70), true), (secs(120), false)] {
        let (mut scene, id) = Scene::trying(at_most(secs(120)));
        scene.fails(id);
        scene.now = scene.now + down;
        let mut again = restarted(&scene, id);
        again.wait(secs(0));
        assert_eq!(again.effects() == [QueueEffect::Attempt(id)], is_tried);
    }
}

#[test]
fn what_was_over_is_told_once_more_and_not_tried() {
    type End = fn(&mut Scene, EventId);
    let ends: [(End, Condition); 4] = [
        (|scene, id| scene.succeeds(id), Condition::Success),
        (|scene, id| scene.fails(id), Condition::RetriesExhausted),
        (|scene, id| scene.queue.has_no_concurrency(id), Condition::ZeroReservedConcurrency),
        (
            |scene, id| {
                scene.refused(id);
                scene.wait(secs(60));
            },
            Condition::EventAgeExceeded,
        ),
    ];
    for (end, condition) in ends {
        let policy = Policy { retries: 0, maximum_age: millis(500) };
        let (mut scene, id) = Scene::trying(policy);
        end(&mut scene, id);
        let before = told(&mut scene);
        let mut again = restarted(&scene, id);
        let after = told(&mut again);
        assert_eq!((after.condition, &after), (condition, &before));
        assert_eq!(again.due_in(), None);
        again.queue.settled(id);
        assert!(again.queue.is_empty());
    }
}

fn told(scene: &mut Scene) -> Finished {
    let effects = scene.effects();
    let Some(QueueEffect::Finish(_, finished)) = effects.last() else { panic!("{effects:?}") };
    Finished::clone(finished)
}

#[test]
fn retries_and_refusals_are_counted_on() {
    let (mut scene, id) = Scene::trying(Policy::default());
    scene.fails(id);
    scene.wait_until_due();
    scene.refused(id);
    scene.wait_until_due();
    scene.refused(id);
    let mut again = restarted(&scene, id);
    assert_eq!(again.wait_until_due(), secs(2));
    again.refused(id);
    assert_eq!(again.wait_until_due(), secs(4));
    again.fails(id);
    assert_eq!(again.wait_until_due(), secs(120));
    again.effects();
    again.fails(id);
    let finished = again.finished();
    assert_eq!((finished.condition, finished.attempts), (Condition::RetriesExhausted, 3));
}

#[test]
fn new_events_have_new_numbers() {
    let (mut scene, _) = Scene::trying(Policy::default());
    scene.accept("r-2");
    let third = scene.accept("r-3");
    let mut again = restarted(&scene, third);
    assert_eq!(again.accept("r-4"), EventId(third.0 + 1));
}

#[test]
fn what_cannot_be_read_is_named_and_changes_nothing() {
    let cases: [(&str, Value, &str); 2] = [
        ("requestId", json!(""), "a saved event has a bad requestId"),
        ("condition", json!("Eaten"), "a saved event has a bad condition"),
    ];
    for (member, value, message) in cases {
        let mut queue = Queue::default();
        let error = queue.restore(EventId(5), saved_with(|saved| saved[member] = value)).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert_eq!(queue, Queue::default());
    }
    let mut queue = Queue::default();
    let error = queue.restore(EventId(u64::MAX), saved_with(|_| {})).unwrap_err();
    assert_eq!(error.to_string(), "a saved event has a bad number");
}

#[test]
fn numbers_that_nobody_has_written_do_no_harm() {
    for give in [Scene::refused, Scene::fails] {
        let saved = saved_with(|saved| {
            for member in ["attempts", "refusals", "retries"] {
                saved[member] = json!(u32::MAX);
            }
            saved["maximumAge"] = json!(u64::MAX);
        });
        let mut scene = Scene::new(Policy { retries: u32::MAX, ..Policy::default() });
        let id = EventId(u64::MAX - 1);
        scene.queue.restore(id, saved).unwrap();
        scene.wait(secs(0));
        give(&mut scene, id);
        assert!(scene.due_in().is_some());
    }
}
