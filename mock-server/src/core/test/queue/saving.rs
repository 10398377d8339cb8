//! What is saved of an event, and when.

use serde_json::{Value, json};

use super::{EventId, Policy, QueueEffect, SavedEvent, Scene, secs};

fn saved(scene: &Scene, id: EventId) -> Value {
    serde_json::to_value(scene.queue.saved(id).unwrap()).unwrap()
}

#[test]
fn every_change_is_saved() {
    let saves = |scene: &mut Scene| {
        scene.effects().iter().filter(|effect| matches!(effect, QueueEffect::Save(_))).count()
    };
    let mut scene = Scene::new(Policy::default());
    let id = scene.accept("r-1");
    assert_eq!(saves(&mut scene), 1);
    scene.fails(id);
    assert_eq!(saves(&mut scene), 1);
    scene.wait_until_due();
    // That it is being tried need not be known: it is tried again in either case.
    assert_eq!(saves(&mut scene), 0);
    scene.refused(id);
    assert_eq!(saves(&mut scene), 1);
    scene.wait_until_due();
    scene.succeeds(id);
    assert_eq!(saves(&mut scene), 1);
    let other = scene.accept("r-2");
    scene.effects();
    scene.queue.has_no_concurrency(other);
    assert_eq!(saves(&mut scene), 1);
}

#[test]
fn a_saved_event_is_json_that_people_can_read() {
    let (mut scene, id) = Scene::trying(Policy { retries: 1, maximum_age: secs(3_600) });
    let mut expected = json!({
        "requestId": "r-1",
        "function": "resize",
        "qualifier": "live",
        "functionArn": "arn:aws:lambda:eu-central-1:123456789012:function:resize:live",
        "payload": "{\"key\":\"cat.png\"}",
        "traceId": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700",
        "tenantId": "blue",
        "accepted": 1_000_000,
        "retries": 1,
        "maximumAge": 3_600_000,
        "attempts": 0,
        "refusals": 0,
    });
    assert_eq!(saved(&scene, id), expected);
    scene.refused(id);
    expected["refusals"] = json!(1);
    expected["due"] = json!(1_001_000);
    assert_eq!(saved(&scene, id), expected);
    scene.wait_until_due();
    scene.fails(id);
    (expected["refusals"], expected["attempts"]) = (json!(0), json!(1));
    expected["due"] = json!(1_061_000);
    expected["response"] = json!({
        "executedVersion": "3",
        "functionError": "Unhandled",
        "statusCode": 200,
        "payload": "{\"done\":true}",
    });
    assert_eq!(saved(&scene, id), expected);
    scene.wait_until_due();
    scene.fails(id);
    expected["attempts"] = json!(2);
    expected["condition"] = json!("RetriesExhausted");
    expected.as_object_mut().unwrap().remove("due");
    assert_eq!(saved(&scene, id), expected);
}

#[test]
fn what_an_event_does_not_have_is_left_out() {
    let mut scene = Scene::new(Policy::default());
    let event =
        super::QueuedEvent { qualifier: None, trace_id: None, tenant_id: None, ..super::event("r-1") };
    let id = scene.queue.accept(scene.now, event, Policy::default());
    let saved = saved(&scene, id);
    let members: Vec<_> = saved.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "accepted",
        "attempts",
        "function",
        "functionArn",
        "maximumAge",
        "payload",
        "refusals",
        "requestId",
        "retries",
    ];
    assert_eq!(members, expected);
}

#[test]
fn a_member_that_is_not_known_is_refused() {
    let (scene, id) = Scene::trying(Policy::default());
    let mut saved = saved(&scene, id);
    assert!(serde_json::from_value::<SavedEvent>(saved.clone()).is_ok());
    saved["colour"] = json!("red");
    assert!(serde_json::from_value::<SavedEvent>(saved).is_err());
}
