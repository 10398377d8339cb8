//! The same bad ends as in `failures`, seen by `mock-server`: its timeline shows trailers, and its caller an
//! error and no text in the body.

use lambda_runtime::{Runtime, service_fn};
use mock_server::{Event, Function, MockLambda, Timeline};
use serde_json::json;

use super::{BAD_ENDS, BadEnd, end_as_told};

fn function(mock: &MockLambda) -> Function {
    mock.function("streams").in_process(|api| Runtime::new(service_fn(end_as_told)).endpoint(api).run())
}

/// The categories of all trailers that arrived.
fn trailers(timeline: &Timeline) -> Vec<Option<String>> {
    let entries = timeline.entries().into_iter();
    entries
        .filter_map(|entry| match entry.event {
            Event::TrailersArrived { error_type, .. } => Some(error_type),
            _ => None,
        })
        .collect()
}

/// The paths of all posts.
fn posts(timeline: &Timeline) -> Vec<String> {
    let entries = timeline.entries().into_iter();
    entries
        .filter_map(|entry| match entry.event {
            Event::Called { method, path, .. } if method == "POST" => Some(path),
            _ => None,
        })
        .collect()
}

/// Invokes with a bad end, and then with a good one.
async fn ends_badly(end: BadEnd) {
    let mock = MockLambda::new();
    let function = function(&mock);
    let failed = function.invoke(json!(end.name)).await;
    assert_eq!(failed.error_type(), Some(end.error_type), "{}", end.name);
    // The report only: nothing of the body, and of the trailers no text.
    let report = failed.json().unwrap();
    assert_eq!(
        (&report["errorType"], &report["errorMessage"]),
        (&json!(end.report_type), &json!(end.message))
    );
    let id = failed.request_id().as_str();
    assert_eq!(posts(mock.timeline()), [format!("/2018-06-01/runtime/invocation/{id}/response")]);
    assert_eq!(trailers(mock.timeline()), [Some(end.error_type.to_owned())]);

    let fine = function.invoke(json!("fine")).await;
    assert_eq!((fine.is_success(), &fine.payload()[..]), (true, &b"whole"[..]));
    assert_eq!(fine.content_type(), Some("application/octet-stream"));
    assert!(!fine.report().is_cold_start(), "{} cost its environment", end.name);
    assert_eq!(trailers(mock.timeline()).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_timeline_shows_the_trailers_of_a_stream_that_fails() {
    for end in BAD_ENDS.into_iter().filter(|end| !end.report_type.contains("Panic")) {
        ends_badly(end).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_timeline_shows_the_trailers_of_a_stream_that_panics() {
    for end in BAD_ENDS.into_iter().filter(|end| end.report_type.contains("Panic")) {
        ends_badly(end).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_timeline_shows_no_trailers_of_a_stream_that_ends_well() {
    let mock = MockLambda::new();
    let function = function(&mock);
    for _ in 0..3 {
        assert_eq!(&function.invoke(json!("fine")).await.payload()[..], b"whole");
    }
    assert_eq!(trailers(mock.timeline()), []);
    assert_eq!(posts(mock.timeline()).len(), 3);
}
