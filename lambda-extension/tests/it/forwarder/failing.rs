//! Sinks that fail: the reason is posted to exit/error, and returned.

use std::{
    task::{Context, Poll},
    time::Duration,
};

use lambda_extension::{
    ExtensionError, Failure, FlushStrategy, Forwarder, Service,
    telemetry::{Batch, Category, Subscription},
};

use super::Scene;
use crate::{
    telemetry_api::{ACCEPTED, Api, OK, body},
    telemetry_peer::{Peer, done, logged, soon},
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

async fn shipping(strategy: FlushStrategy) -> Scene {
    let mut scene = Scene::start(strategy).await;
    scene.api.invoke("r-1").await;
    scene.post(&done("r-1")).await;
    scene
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_fails_ends_the_extension_with_its_error() {
    let mut scene = shipping(FlushStrategy::EndOfInvocation).await;
    let failure = Failure::new("BackendGone", "no route");
    scene.shipment().await.result.send(Err(failure)).unwrap();
    gives_up(scene, "BackendGone", "no route").await;
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_panics_ends_the_extension_with_what_it_said() {
    let mut scene = shipping(FlushStrategy::EndOfInvocation).await;
    drop(scene.shipment().await.result);
    gives_up(scene, "Panic", "the sink broke").await;
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_fails_while_an_event_is_waited_for_gives_the_wait_up() {
    let mut scene = Scene::start(FlushStrategy::Periodic(Duration::from_secs(1))).await;
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
    scene.pass(Duration::from_millis(200)).await;
    let failure = Failure::new("BackendGone", "no route");
    scene.shipment().await.result.send(Err(failure)).unwrap();
    gives_up(scene, "BackendGone", "no route").await;
}

#[tokio::test(start_paused = true)]
async fn a_refused_call_for_the_next_event_ends_it_with_the_words_of_the_api() {
    let mut scene = Scene::start(FlushStrategy::EndOfInvocation).await;
    let refused = crate::telemetry_api::reply(
        "403 Forbidden",
        r#"{"errorMessage":"Unknown extension e-1","errorType":"Extension.UnknownExtensionIdentifier"}"#,
    );
    scene.api.reply(refused).await;
    let (call, status, error_type, _) = crate::telemetry_api::refusal(scene.end().await.unwrap_err());
    assert_eq!((call, status), ("extension/event/next", 403));
    assert_eq!(error_type, "Extension.UnknownExtensionIdentifier");
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
    let running = tokio::spawn(Forwarder::new(extension, telemetry).run(Full));
    api.asked().await;
    api.invoke("r-1").await;
    assert_eq!(lambda.post(done("r-1")).await, 200);
    let call = api.answer(ACCEPTED).await;
    assert!(call.contains("lambda-extension-function-error-type: Extension.Full\r\n"), "{call}");
    let ended: Result<(), ExtensionError> = soon(running).await.unwrap();
    assert!(matches!(ended, Err(ExtensionError::Failed(_))));
}
