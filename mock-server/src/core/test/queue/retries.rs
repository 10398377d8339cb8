//! After a function error an event is tried again, after about a minute and after two more.

use super::{Condition, Policy, QueueEffect, Scene, millis, secs};

#[test]
fn an_accepted_event_is_saved_and_tried_at_once() {
    let mut scene = Scene::new(Policy::default());
    let id = scene.accept("r-1");
    assert_eq!(scene.effects(), [QueueEffect::Save(id), QueueEffect::Attempt(id)]);
    assert_eq!(scene.queue.poll_timeout(), None);
}

#[test]
fn the_first_retry_comes_after_a_minute_and_the_second_after_two_more() {
    let (mut scene, id) = Scene::trying(Policy::default());
    for minutes in [1, 2] {
        scene.fails(id);
        assert_eq!(scene.effects(), [QueueEffect::Save(id)]);
        assert_eq!(scene.due_in(), Some(secs(60 * minutes)));
        scene.wait(secs(60 * minutes) - millis(1));
        assert_eq!(scene.effects(), []);
        scene.wait(millis(1));
        assert_eq!(scene.effects(), [QueueEffect::Attempt(id)]);
    }
    scene.fails(id);
    assert_eq!((scene.finished().condition, scene.due_in()), (Condition::RetriesExhausted, None));
}

#[test]
fn it_is_tried_as_often_as_the_policy_says() {
    for retries in 0..=2 {
        let (mut scene, id) = Scene::trying(Policy { retries, ..Policy::default() });
        for _ in 0..retries {
            scene.fails(id);
            scene.wait_until_due();
            assert_eq!(scene.effects(), [QueueEffect::Save(id), QueueEffect::Attempt(id)]);
        }
        scene.fails(id);
        let finished = scene.finished();
        assert_eq!((finished.condition, finished.attempts), (Condition::RetriesExhausted, retries + 1));
    }
}

#[test]
fn the_policy_is_the_one_of_the_moment_of_the_answer() {
    let (mut scene, id) = Scene::trying(Policy::default());
    scene.policy.retries = 0;
    scene.fails(id);
    assert_eq!(scene.finished().condition, Condition::RetriesExhausted);
    let (mut scene, id) = Scene::trying(Policy { retries: 0, ..Policy::default() });
    scene.policy.retries = 1;
    scene.fails(id);
    assert_eq!(scene.due_in(), Some(secs(60)));
}

#[test]
fn a_success_ends_it_at_any_attempt() {
    let (mut scene, id) = Scene::trying(Policy::default());
    scene.fails(id);
    scene.wait_until_due();
    scene.effects();
    scene.succeeds(id);
    let finished = scene.finished();
    assert_eq!((finished.condition, finished.attempts), (Condition::Success, 2));
}

#[test]
fn all_attempts_have_the_same_request_id() {
    let (mut scene, id) = Scene::trying(Policy::default());
    let first = scene.queue.event(id).unwrap().clone();
    scene.fails(id);
    scene.wait_until_due();
    scene.refused(id);
    scene.wait_until_due();
    assert_eq!(scene.queue.event(id), Some(&first));
    scene.succeeds(id);
    let effects = scene.effects();
    let Some(QueueEffect::Finish(_, finished)) = effects.last() else { panic!("{effects:?}") };
    assert_eq!(finished.request_id, first.request_id);
}

#[test]
fn what_is_told_at_the_end_has_the_event_and_the_last_response() {
    let (mut scene, id) = Scene::trying(Policy { retries: 0, ..Policy::default() });
    scene.fails(id);
    let finished = scene.finished();
    let event = super::event("r-1");
    assert_eq!(finished.function_arn, event.function_arn);
    assert_eq!((finished.payload, finished.trace_id), (event.payload, event.trace_id));
    assert_eq!(finished.response, Some(super::response(Some("Unhandled"))));
}

#[test]
fn events_are_tried_beside_each_other_and_each_in_its_own_time() {
    let mut scene = Scene::new(Policy::default());
    let first = scene.accept("r-1");
    scene.wait(secs(10));
    let second = scene.accept("r-2");
    scene.fails(first);
    scene.wait(secs(10));
    scene.fails(second);
    scene.effects();
    assert_eq!(scene.wait_until_due(), secs(50));
    assert_eq!(scene.effects(), [QueueEffect::Attempt(first)]);
    assert_eq!(scene.wait_until_due(), secs(10));
    assert_eq!(scene.effects(), [QueueEffect::Attempt(second)]);
}

#[test]
fn those_that_are_due_together_are_tried_in_the_order_of_their_times() {
    let mut scene = Scene::new(Policy::default());
    let (first, second) = (scene.accept("r-1"), scene.accept("r-2"));
    scene.fails(second);
    scene.wait(secs(1));
    scene.fails(first);
    scene.effects();
    scene.wait(secs(100));
    assert_eq!(scene.effects(), [QueueEffect::Attempt(second), QueueEffect::Attempt(first)]);
}

#[test]
fn a_call_that_comes_too_early_does_nothing() {
    let (mut scene, id) = Scene::trying(Policy::default());
    scene.fails(id);
    scene.effects();
    let before = scene.queue.clone();
    scene.wait(secs(59));
    assert_eq!(scene.queue, before);
}
