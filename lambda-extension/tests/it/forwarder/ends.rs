//! The end of the environment: the last telemetry is shipped, if there is time.

use std::time::Duration;

use lambda_extension::{ExtensionError, FlushStrategy, Forwarder, telemetry::Category};

use super::Scene;
use crate::{
    telemetry_api::ACCEPTED,
    telemetry_peer::{done, logged, logged_in},
};

const STRATEGIES: [FlushStrategy; 3] = [
    FlushStrategy::EndOfInvocation,
    FlushStrategy::Periodic(Duration::from_secs(60)),
    FlushStrategy::AtShutdown,
];

#[tokio::test(start_paused = true)]
async fn what_is_held_and_what_still_comes_is_shipped_before_it_ends() {
    for strategy in STRATEGIES {
        let mut scene = Scene::start(strategy).await;
        scene.post(&logged("held")).await;
        scene.api.shut_down().await;
        scene.settle().await;
        scene.ships(&[&logged("held")]).await;
        scene.pass(Duration::from_millis(150)).await;
        scene.post(&logged("late")).await;
        scene.pass(Duration::from_millis(199)).await;
        scene.stands_still().await;
        scene.pass(Duration::from_millis(1)).await;
        scene.ships(&[&logged("late")]).await;
        assert!(scene.shipments.recv().await.is_none());
        scene.end().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn without_telemetry_it_ends_and_ships_nothing() {
    for strategy in STRATEGIES {
        let mut scene = Scene::start(strategy).await;
        scene.api.shut_down().await;
        scene.settle().await;
        scene.pass(Duration::from_millis(200)).await;
        assert!(scene.shipments.recv().await.is_none());
        scene.end().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_after_an_invocation_ships_its_report() {
    let mut scene = Scene::start(FlushStrategy::EndOfInvocation).await;
    scene.api.invoke("r-1").await;
    scene.post(&done("r-1")).await;
    scene.ships(&[&done("r-1")]).await;
    scene.api.asked().await;
    scene.post(&logged("the report")).await;
    scene.api.shut_down().await;
    scene.settle().await;
    scene.pass(Duration::from_millis(200)).await;
    scene.ships(&[&logged("the report")]).await;
    scene.end().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn more_than_it_may_hold_is_shipped_in_parts_at_the_end_as_well() {
    let configure = |forwarder: Forwarder| forwarder.strategy(FlushStrategy::AtShutdown).max_bytes(1_000);
    let mut scene = Scene::configured(&Category::ALL, &[], configure).await;
    scene.api.shut_down().await;
    scene.settle().await;
    scene.post(&logged_in(1_000)).await;
    scene.ships(&[&logged_in(1_000)]).await;
    scene.post(&logged("last")).await;
    scene.pass(Duration::from_millis(200)).await;
    scene.ships(&[&logged("last")]).await;
    scene.end().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_is_not_done_before_the_deadline_is_not_waited_for() {
    let mut scene = Scene::start(FlushStrategy::AtShutdown).await;
    scene.post(&logged("one")).await;
    scene.api.shut_down().await;
    scene.settle().await;
    let first = scene.shipment().await;
    // Half of the time, and then there is another try.
    scene.pass(Duration::from_millis(974)).await;
    scene.stands_still().await;
    scene.pass(Duration::from_millis(1)).await;
    let shipment = scene.shipment().await;
    assert!(first.result.send(Ok(())).is_err());
    scene.pass(Duration::from_millis(974)).await;
    scene.stands_still().await;
    scene.pass(Duration::from_millis(1)).await;
    // Nobody waits for its answer, and there is no time for another one.
    shipment.result.send(Ok(())).unwrap_err().unwrap();
    assert!(scene.shipments.is_empty());
    let call = scene.api.answer(ACCEPTED).await;
    assert!(call.contains("lambda-extension-function-error-type: Extension.ShippingTimedOut\r\n"), "{call}");
    assert!(matches!(scene.end().await, Err(ExtensionError::Failed(_))));
}

#[tokio::test(start_paused = true)]
async fn telemetry_without_end_leaves_half_the_time_for_shipping_it() {
    let mut scene = Scene::start(FlushStrategy::AtShutdown).await;
    scene.api.shut_down().await;
    scene.settle().await;
    let mut sent = Vec::new();
    for number in 0..10 {
        sent.push(logged(&number.to_string()));
        scene.post(&sent[number]).await;
        scene.pass(Duration::from_millis(97)).await;
    }
    scene.stands_still().await;
    // 50 of the 2,000 are left out of account.
    scene.pass(Duration::from_millis(5)).await;
    let sent: Vec<&str> = sent.iter().map(String::as_str).collect();
    scene.ships(&sent).await;
    scene.end().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_not_known_changes_nothing() {
    let mut scene = Scene::start(FlushStrategy::EndOfInvocation).await;
    let novelty = crate::telemetry_api::ok(r#"{"eventType":"NOVELTY"}"#);
    scene.api.reply(novelty).await;
    scene.api.asked().await;
    scene.stands_still().await;
}
