//! Sinks that fail: what they were given is kept for the next time, or the reason is posted to exit/error and returned.

use std::{
    task::{Context, Poll},
    time::Duration,
};

use lambda_extension::{
    ExtensionError, Failure, FlushStrategy, Forwarder, Service,
    telemetry::{Batch, Category, Subscription},
};

use super::{Scene, Shipment};
use crate::{
    telemetry_api::{ACCEPTED, Api, OK, body},
    telemetry_peer::{Peer, done, logged, logged_in, soon},
};

/// Checks what is posted, and how the forwarder ends.
async fn gives_up(mut scene: Scene, error_type: &str, message: &str) {
    let call = scene.api.answer(ACCEPTED).await;
    assert!(call.starts_with("POST /2020-01-01/extension/exit/error "), "{call}");
    let header = format!("\r\nlambda-extension-function-error-type: Extension.{error_type}\r\n");
    assert!(call.contains(&header), "{call}");
    let report: serde_json::Value = serde_json::from_str(body(&call)).unwrap();
    assert_eq!((&report["errorType"], &report["errorMessage"]), (&error_type.into(), &message.into()));
    let ExtensionError::Failed(failure) = scene.end().await.unwrap_err() else { panic!("not failed") };
    assert_eq!(failure.error_type(), format!("Extension.{error_type}"));
}

/// One that ends with the first failure.
async fn failing_fast(strategy: FlushStrategy) -> Scene {
    Scene::configured(&Category::ALL, &[], |forwarder| forwarder.strategy(strategy).fail_fast()).await
}

async fn shipping() -> Scene {
    let mut scene = failing_fast(FlushStrategy::EndOfInvocation).await;
    scene.api.invoke("r-1").await;
    scene.post(&done("r-1")).await;
    scene
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_fails_ends_an_extension_that_fails_fast_with_its_error() {
    let mut scene = shipping().await;
    let failure = Failure::new("BackendGone", "no route");
    scene.shipment().await.result.send(Err(failure)).unwrap();
    gives_up(scene, "BackendGone", "no route").await;
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_panics_ends_an_extension_that_fails_fast_with_what_it_said() {
    let mut scene = shipping().await;
    drop(scene.shipment().await.result);
    gives_up(scene, "Panic", "the sink broke").await;
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_fails_while_an_event_is_waited_for_gives_the_wait_up() {
    let mut scene = failing_fast(FlushStrategy::Periodic(Duration::from_secs(1))).await;
    scene.post(&logged("one")).await;
    scene.settle().await;
    scene.pass(Duration::from_secs(1)).await;
    let failure = Failure::new("BackendGone", "no route");
    scene.shipment().await.result.send(Err(failure)).unwrap();
    gives_up(scene, "BackendGone", "no route").await;
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_fails_at_the_end_of_the_environment_is_told_of_as_well() {
    let mut scene = Scene::start(FlushStrategy::AtShutdown).await;
    scene.post(&logged("one")).await;
    scene.api.shut_down().await;
    scene.settle().await;
    let failure = Failure::new("BackendGone", "no route");
    scene.shipment().await.result.send(Err(failure.clone())).unwrap();
    scene.settle().await;
    scene.pass(Duration::from_millis(200)).await;
    // The last try, with whatever has come in between.
    let last = scene.shipment().await;
    assert_eq!(last.texts(), [logged("one")]);
    last.result.send(Err(failure)).unwrap();
    gives_up(scene, "BackendGone", "no route").await;
}

/// One that ships between two invocations, and what it ships.
async fn shipping_outside() -> (Scene, Shipment) {
    let mut scene = Scene::start(FlushStrategy::Periodic(Duration::from_secs(1))).await;
    scene.post(&logged("one")).await;
    scene.settle().await;
    scene.pass(Duration::from_secs(1)).await;
    let shipment = scene.shipment().await;
    (scene, shipment)
}

#[tokio::test(start_paused = true)]
async fn what_a_sink_has_failed_to_take_is_given_to_it_again_with_what_came_since() {
    let mut scene = Scene::start(FlushStrategy::EndOfInvocation).await;
    for (id, breaks) in [("r-1", false), ("r-2", true)] {
        scene.api.invoke(id).await;
        scene.post(&done(id)).await;
        let shipment = scene.shipment().await;
        if breaks {
            // A panic is a failure like any other.
            drop(shipment.result);
        } else {
            shipment.result.send(Err(Failure::new("BackendGone", "no route"))).unwrap();
        }
        scene.api.asked().await;
    }
    scene.api.invoke("r-3").await;
    scene.post(&done("r-3")).await;
    scene.ships(&[&done("r-1"), &done("r-2"), &done("r-3")]).await;
    scene.api.asked().await;
}

#[tokio::test(start_paused = true)]
async fn of_what_cannot_be_shipped_the_oldest_goes_when_it_is_too_much() {
    let configure = |forwarder: Forwarder| forwarder.max_bytes(1_000);
    let mut scene = Scene::configured(&Category::ALL, &[], configure).await;
    let refuse = || Err(Failure::new("BackendGone", "no route"));
    // Up to twice as much gets another try.
    let mut kept: Vec<String> = Vec::new();
    for (bytes, dropped) in [(1_000, 0), (1_000, 0), (600, 1), (400, 0), (1_000, 1)] {
        scene.post(&logged_in(bytes)).await;
        kept.push(logged_in(bytes));
        let shipment = scene.shipment().await;
        assert_eq!(shipment.texts(), kept);
        shipment.result.send(refuse()).unwrap();
        scene.settle().await;
        kept.drain(..dropped);
    }
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_does_not_end_lets_no_invocation_time_out() {
    let mut scene = Scene::start(FlushStrategy::EndOfInvocation).await;
    scene.api.invoke("r-1").await;
    scene.post(&done("r-1")).await;
    let stuck = scene.shipment().await;
    scene.pass(Duration::from_millis(2_849)).await;
    scene.stands_still().await;
    scene.pass(Duration::from_millis(1)).await;
    assert!(stuck.result.send(Ok(())).is_err(), "nobody waits for it");
    scene.api.asked().await;
    scene.api.invoke("r-2").await;
    scene.post(&done("r-2")).await;
    scene.ships(&[&done("r-1"), &done("r-2")]).await;
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_does_not_end_leaves_time_for_what_comes_last() {
    let (mut scene, stuck) = shipping_outside().await;
    scene.post(&logged("two")).await;
    scene.api.shut_down().await;
    scene.settle().await;
    // Half of two seconds less a margin.
    scene.pass(Duration::from_millis(974)).await;
    scene.stands_still().await;
    scene.pass(Duration::from_millis(1)).await;
    assert!(stuck.result.send(Ok(())).is_err(), "nobody waits for it");
    scene.ships(&[&logged("one"), &logged("two")]).await;
    scene.end().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_is_heard_while_a_sink_does_not_end() {
    let (mut scene, stuck) = shipping_outside().await;
    scene.post(&logged("two")).await;
    scene.api.shut_down().await;
    scene.settle().await;
    stuck.succeed();
    scene.settle().await;
    scene.pass(Duration::from_millis(200)).await;
    scene.ships(&[&logged("two")]).await;
    scene.end().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_refused_call_for_the_next_event_ends_it_with_the_words_of_the_api() {
    let mut scene = Scene::start(FlushStrategy::EndOfInvocation).await;
    let refused = crate::telemetry_api::reply(
        "403 Forbidden",
        r#"{"errorMessage":"Unknown extension e-1","errorType":"Extension.UnknownExtensionIdentifier"}"#,
    );
    scene.api.reply(refused).await;
    scene.settle().await;
    // It might have something to ship.
    scene.pass(Duration::from_millis(200)).await;
    let (call, status, error_type, _) = crate::telemetry_api::refusal(scene.end().await.unwrap_err());
    assert_eq!((call, status), ("extension/event/next", 403));
    assert_eq!(error_type, "Extension.UnknownExtensionIdentifier");
}

#[tokio::test(start_paused = true)]
async fn what_is_held_is_shipped_when_the_api_fails() {
    let mut scene = Scene::start(FlushStrategy::AtShutdown).await;
    scene.post(&logged("held")).await;
    scene.settle().await;
    scene.api.reply(crate::telemetry_api::reply("500 Internal Server Error", "{}")).await;
    scene.settle().await;
    scene.ships(&[&logged("held")]).await;
    scene.pass(Duration::from_millis(250)).await;
    let (call, status, _, _) = crate::telemetry_api::refusal(scene.end().await.unwrap_err());
    assert_eq!((call, status), ("extension/event/next", 500));
}

#[tokio::test(start_paused = true)]
async fn what_is_being_shipped_when_the_api_fails_gets_another_try() {
    let (mut scene, stuck) = shipping_outside().await;
    scene.api.reply(crate::telemetry_api::reply("500 Internal Server Error", "{}")).await;
    scene.settle().await;
    assert!(stuck.result.send(Ok(())).is_err(), "nobody waits for it");
    scene.ships(&[&logged("one")]).await;
    scene.pass(Duration::from_millis(250)).await;
    assert!(matches!(scene.end().await, Err(ExtensionError::Refused { .. })));
}

/// Never ready for anything.
struct Full;

impl Service<Vec<Batch>> for Full {
    type Response = ();
    type Error = Failure;
    type Future = std::future::Ready<Result<(), Failure>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Err(Failure::new("Full", "the disk is full")))
    }

    fn call(&mut self, _: Vec<Batch>) -> Self::Future {
        panic!("it is not ready");
    }
}

#[tokio::test]
async fn a_sink_that_cannot_become_ready_is_not_called() {
    let mut api = Api::start();
    let mut extension = api.register().await;
    let subscription = Subscription::new(&[Category::Platform]);
    let (telemetry, _) = tokio::join!(extension.telemetry(&subscription), api.answer(OK));
    let telemetry = telemetry.unwrap();
    let mut lambda = Peer::connect(&telemetry).await;
    let running = tokio::spawn(Forwarder::new(extension, telemetry).fail_fast().run(Full));
    api.asked().await;
    api.invoke("r-1").await;
    assert_eq!(lambda.post(done("r-1")).await, 200);
    let call = api.answer(ACCEPTED).await;
    assert!(call.contains("lambda-extension-function-error-type: Extension.Full\r\n"), "{call}");
    let ended: Result<(), ExtensionError> = soon(running).await.unwrap();
    assert!(matches!(ended, Err(ExtensionError::Failed(_))));
}
