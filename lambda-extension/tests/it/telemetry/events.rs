//! Events and batches in one loop: `Extension::next`.

use std::time::Duration;

use lambda_extension::{
    Event, Extension, ExtensionError, Next,
    telemetry::{Category, Subscription, Telemetry, TelemetryError},
};
use tokio::time::advance;

use crate::{
    telemetry_api::{Api, OK, Stopped},
    telemetry_peer::{Peer, logged, soon},
};

async fn subscribed(api: &mut Api) -> (Extension, Telemetry, Peer) {
    let mut extension = api.register().await;
    let subscription = Subscription::new(&[Category::Platform]);
    let (telemetry, _) = tokio::join!(extension.telemetry(&subscription), api.answer(OK));
    let telemetry = telemetry.unwrap();
    let lambda = Peer::connect(&telemetry).await;
    (extension, telemetry, lambda)
}

/// The id of the invocation, or what was logged.
fn text(next: Next) -> String {
    match next {
        Next::Event(Event::Invoke(invoke)) => invoke.request_id.to_string(),
        Next::Event(Event::Shutdown(_)) => "shutdown".to_owned(),
        Next::Batch(batch) => String::from_utf8(batch.bytes().to_vec()).unwrap(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn events_and_batches_come_as_they_come() {
    let mut api = Api::start();
    let (mut extension, mut telemetry, mut lambda) = subscribed(&mut api).await;
    let (next, ()) = tokio::join!(soon(extension.next(&mut telemetry)), async {
        api.asked().await;
        api.invoke("r-1").await;
    });
    assert_eq!(text(next.unwrap()), "r-1");
    // The first thing it does is to ask again; meanwhile there is telemetry.
    let (next, ()) = tokio::join!(soon(extension.next(&mut telemetry)), async {
        api.asked().await;
        assert_eq!(lambda.post(logged("one")).await, 200);
    });
    assert_eq!(text(next.unwrap()), logged("one"));
    let (next, ()) = tokio::join!(soon(extension.next(&mut telemetry)), api.invoke("r-2"));
    assert_eq!(text(next.unwrap()), "r-2");
}

#[tokio::test]
async fn what_is_there_of_telemetry_comes_before_the_event() {
    let mut api = Api::start();
    let (mut extension, mut telemetry, mut lambda) = subscribed(&mut api).await;
    assert_eq!(lambda.post(logged("one")).await, 200);
    assert_eq!(lambda.post(logged("two")).await, 200);
    let mut all = Vec::new();
    for _ in 0..2 {
        all.push(text(soon(extension.next(&mut telemetry)).await.unwrap()));
    }
    assert_eq!(all, [logged("one"), logged("two")]);
}

#[tokio::test]
async fn it_may_be_dropped_at_any_time_and_loses_neither_event_nor_batch() {
    let mut api = Api::start();
    let (mut extension, mut telemetry, mut lambda) = subscribed(&mut api).await;
    for number in 0..50 {
        let mut found = Vec::new();
        let id = format!("r-{number}");
        let outside = async {
            // There was one call for the event, however often it was dropped.
            api.asked().await;
            assert_eq!(lambda.post(logged(&id)).await, 200);
            api.invoke(&id).await;
        };
        let dropping = async {
            while found.len() < 2 {
                tokio::select! {
                    biased;
                    next = extension.next(&mut telemetry) => found.push(text(next.unwrap())),
                    () = tokio::task::yield_now() => {}
                }
            }
        };
        soon(async { tokio::join!(outside, dropping) }).await;
        found.sort();
        assert_eq!(found, [logged(&id), id]);
    }
}

#[tokio::test]
async fn after_something_that_was_not_taken_it_goes_on() {
    let mut api = Api::start();
    let (mut extension, _, _) = subscribed(&mut api).await;
    let mut telemetry = Telemetry::http().capacity(1).bind().await.unwrap();
    let mut lambda = Peer::connect(&telemetry).await;
    lambda.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n").await;
    assert_eq!(lambda.reply().await, Some(413));
    let next = soon(extension.next(&mut telemetry)).await.unwrap();
    assert!(matches!(next, Next::Missed(TelemetryError::TooLarge { bytes: 70_000, .. })), "{next:?}");
    let (next, ()) = tokio::join!(soon(extension.next(&mut telemetry)), async {
        api.asked().await;
        api.invoke("r-1").await;
    });
    assert_eq!(text(next.unwrap()), "r-1");
}

#[tokio::test]
async fn with_a_closed_listener_there_are_only_events() {
    let mut api = Api::start();
    let (mut extension, mut telemetry, mut lambda) = subscribed(&mut api).await;
    assert_eq!(lambda.post(logged("last")).await, 200);
    telemetry.closer().close();
    assert_eq!(text(soon(extension.next(&mut telemetry)).await.unwrap()), logged("last"));
    for id in ["r-1", "r-2"] {
        let (next, ()) = tokio::join!(soon(extension.next(&mut telemetry)), async {
            api.asked().await;
            api.invoke(id).await;
        });
        assert_eq!(text(next.unwrap()), id);
    }
}

#[tokio::test(start_paused = true)]
async fn after_the_shutdown_there_are_the_last_batches_and_no_event() {
    let _time = Stopped::here();
    let mut api = Api::start();
    let (mut extension, mut telemetry, mut lambda) = subscribed(&mut api).await;
    let (next, ()) = tokio::join!(soon(extension.next(&mut telemetry)), async {
        api.asked().await;
        api.shut_down().await;
    });
    assert_eq!(text(next.unwrap()), "shutdown");
    assert_eq!(lambda.post(logged("last")).await, 200);
    assert_eq!(text(soon(extension.next(&mut telemetry)).await.unwrap()), logged("last"));
    // More may come yet.
    let (next, status) = tokio::join!(soon(extension.next(&mut telemetry)), lambda.post(logged("really")));
    assert_eq!((text(next.unwrap()), status), (logged("really"), 200));
    let (next, ()) = tokio::join!(soon(extension.next(&mut telemetry)), advance(Duration::from_millis(200)));
    assert!(matches!(next.unwrap_err(), ExtensionError::ShutDown));
}

#[tokio::test]
async fn an_event_waits_for_the_telemetry_that_was_there_and_for_no_more() {
    let mut api = Api::start();
    let (mut extension, mut telemetry, mut lambda) = subscribed(&mut api).await;
    let (next, ()) = tokio::join!(soon(extension.next(&mut telemetry)), async {
        api.asked().await;
        assert_eq!(lambda.post(logged("first")).await, 200);
    });
    assert_eq!(text(next.unwrap()), logged("first"));
    api.invoke("r-1").await;
    assert_eq!(lambda.post(logged("one")).await, 200);
    assert_eq!(lambda.post(logged("two")).await, 200);
    let mut found = Vec::new();
    // There is always more telemetry.
    while found.last().map(String::as_str) != Some("r-1") {
        found.push(text(soon(extension.next(&mut telemetry)).await.unwrap()));
        assert_eq!(lambda.post(logged("more")).await, 200);
    }
    assert_eq!(found, [logged("one"), logged("two"), "r-1".to_owned()]);
    assert_eq!(text(soon(extension.next(&mut telemetry)).await.unwrap()), logged("more"));
}
