//! `RuntimeDoneWatch`: who is told that the runtime is done with an invocation, and when.

use lambda_extension::{
    RequestId,
    telemetry::{Batch, RuntimeDoneWatch, Status},
};

use crate::telemetry_peer::{done, event, logged, soon};

fn id(text: &str) -> RequestId {
    text.parse().unwrap()
}

#[tokio::test]
async fn an_end_that_was_seen_is_known_at_once_and_to_all_clones() {
    let watch = RuntimeDoneWatch::new();
    let clone = watch.clone();
    watch.observe(&Batch::from_array(done("r-1")));
    assert!(watch.take(&id("r-2")).is_none());
    assert_eq!(soon(clone.wait(&id("r-1"))).await.status, Status::Success);
}

#[tokio::test]
async fn an_end_counts_once_because_an_invocation_may_be_tried_again_under_its_id() {
    let watch = RuntimeDoneWatch::new();
    assert!(watch.observe(&Batch::from_array(done("r-1"))));
    assert!(watch.take(&id("r-1")).is_some());
    assert!(watch.take(&id("r-1")).is_none());
    assert!(!watch.observe(&Batch::from_array(logged("hello"))));
    assert!(watch.observe(&Batch::from_array(done("r-1"))));
    assert_eq!(soon(watch.wait(&id("r-1"))).await.request_id, id("r-1"));
}

#[tokio::test]
async fn whoever_waits_is_woken_by_the_end_of_that_invocation_only() {
    let watch = RuntimeDoneWatch::new();
    let (one, two) = (id("r-1"), id("r-2"));
    let mut first = Box::pin(watch.wait(&one));
    let mut second = Box::pin(watch.wait(&two));
    for batch in [logged("platform.runtimeDone of \"r-1\""), done("r-0"), "platform.runtimeDone".into()] {
        watch.observe(&Batch::from_array(batch));
        tokio::select! {
            biased;
            done = &mut first => panic!("{done:?}"),
            done = &mut second => panic!("{done:?}"),
            () = tokio::task::yield_now() => {}
        }
    }
    watch.observe(&Batch::from_array(done("r-2")));
    assert_eq!(soon(second).await.request_id, two);
    tokio::select! {
        biased;
        done = &mut first => panic!("{done:?}"),
        () = tokio::task::yield_now() => {}
    }
    watch.observe(&Batch::from_array(done("r-1")));
    assert_eq!(soon(first).await.request_id, one);
}

#[tokio::test]
async fn an_end_is_found_among_others_and_in_lines() {
    let watch = RuntimeDoneWatch::new();
    let failed = r#"{"requestId":"r-2","status":"error","errorType":"Runtime.ExitError"}"#;
    let lines = [
        event("function", r#""hello""#),
        "not JSON".to_owned(),
        event("platform.runtimeDone", r#"{"requestId":"r-1","status":"timeout"}"#),
        event("platform.runtimeDone", failed),
    ];
    watch.observe(&Batch::from_lines(lines.join("\n")));
    assert_eq!(watch.take(&id("r-1")).unwrap().status, Status::Timeout);
    assert_eq!(watch.take(&id("r-2")).unwrap().error_type.as_deref(), Some("Runtime.ExitError"));
}

#[tokio::test]
async fn the_last_ends_are_remembered_and_no_more_than_needed() {
    let watch = RuntimeDoneWatch::new();
    for number in 0..100 {
        watch.observe(&Batch::from_array(done(&format!("r-{number}"))));
    }
    assert!(watch.take(&id("r-35")).is_none());
    for number in 36..100 {
        assert!(watch.take(&id(&format!("r-{number}"))).is_some(), "{number}");
    }
}
