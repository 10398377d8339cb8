//! When it ships: each strategy, while the environment lives.

use std::time::Duration;

use lambda_extension::{
    Failure, FlushStrategy, Forwarder, service_fn,
    telemetry::{Category, Subscription, Telemetry},
};

use super::Scene;
use crate::{
    telemetry_api::{Api, OK, Stopped},
    telemetry_peer::{Peer, done, logged, logged_in, soon},
};

const MANAGED: (&str, &str) = ("AWS_LAMBDA_INITIALIZATION_TYPE", "lambda-managed-instances");

#[tokio::test(start_paused = true)]
async fn at_the_end_of_each_invocation_it_ships_what_came_and_then_asks_for_the_next() {
    let mut scene = Scene::start(FlushStrategy::EndOfInvocation).await;
    scene.post(&logged("init")).await;
    scene.api.invoke("r-1").await;
    scene.post(&logged("hello")).await;
    scene.post(&done("r-0")).await;
    scene.stands_still().await;
    scene.post(&done("r-1")).await;
    scene.ships(&[&logged("init"), &logged("hello"), &done("r-0"), &done("r-1")]).await;
    scene.api.asked().await;

    scene.api.invoke("r-2").await;
    scene.stands_still().await;
    scene.post(&done("r-2")).await;
    scene.ships(&[&done("r-2")]).await;
    scene.api.asked().await;
}

#[tokio::test(start_paused = true)]
async fn an_end_that_is_told_before_the_invocation_counts() {
    let mut scene = Scene::start(FlushStrategy::EndOfInvocation).await;
    scene.post(&done("r-1")).await;
    scene.stands_still().await;
    scene.api.invoke("r-1").await;
    scene.ships(&[&done("r-1")]).await;
    scene.api.asked().await;
}

#[tokio::test(start_paused = true)]
async fn an_invocation_whose_end_is_not_told_does_not_time_out_and_is_the_last_to_be_waited_for() {
    let mut scene = Scene::start(FlushStrategy::EndOfInvocation).await;
    scene.api.invoke("r-1").await;
    scene.post(&logged("stuck")).await;
    // A tenth of its three seconds is left.
    scene.pass(Duration::from_millis(2_699)).await;
    scene.stands_still().await;
    scene.pass(Duration::from_millis(1)).await;
    scene.ships(&[&logged("stuck")]).await;
    scene.api.asked().await;

    // Telemetry may never come: the next ones are not held up.
    scene.api.invoke("r-2").await;
    scene.api.asked().await;
    scene.post(&done("r-2")).await;
    scene.stands_still().await;
    // Since one end was told, the next one is waited for, and what is held goes with it.
    scene.api.invoke("r-3").await;
    scene.stands_still().await;
    scene.post(&done("r-3")).await;
    scene.ships(&[&done("r-2"), &done("r-3")]).await;
    scene.api.asked().await;
}

#[tokio::test(start_paused = true)]
async fn an_end_that_is_told_too_late_is_no_reason_to_wait_for_the_next() {
    let mut scene = Scene::start(FlushStrategy::EndOfInvocation).await;
    scene.api.invoke("r-1").await;
    scene.post(&logged("one")).await;
    scene.pass(Duration::from_millis(2_700)).await;
    scene.ships(&[&logged("one")]).await;
    scene.api.asked().await;
    // As with a subscription that keeps events back for longer than invocations may take.
    let mut held = vec![done("r-1")];
    scene.post(&held[0]).await;
    for id in ["r-2", "r-3"] {
        scene.api.invoke(id).await;
        let last: Vec<&str> = held.iter().map(String::as_str).collect();
        scene.ships(&last).await;
        scene.api.asked().await;
        scene.pass(Duration::from_millis(2_701)).await;
        held = vec![done(id)];
        scene.post(&held[0]).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_invocation_that_is_tried_again_under_its_id_has_an_end_of_its_own() {
    let mut scene = Scene::start(FlushStrategy::EndOfInvocation).await;
    for _attempt in 0..2 {
        scene.api.invoke("r-1").await;
        scene.stands_still().await;
        scene.post(&done("r-1")).await;
        scene.ships(&[&done("r-1")]).await;
        scene.api.asked().await;
    }
}

#[tokio::test(start_paused = true)]
async fn without_the_platforms_events_it_ships_when_the_next_invocation_begins() {
    let end = |forwarder: Forwarder| forwarder.strategy(FlushStrategy::EndOfInvocation);
    let mut scene = Scene::configured(&[Category::Function], &[], end).await;
    scene.api.invoke("r-1").await;
    scene.api.asked().await;
    scene.post(&logged("of the first")).await;
    scene.stands_still().await;
    scene.api.invoke("r-2").await;
    scene.ships(&[&logged("of the first")]).await;
    scene.api.asked().await;
}

#[tokio::test(start_paused = true)]
async fn on_managed_instances_it_ships_each_batch_as_it_comes() {
    let end = |forwarder: Forwarder| forwarder.strategy(FlushStrategy::EndOfInvocation);
    let mut scene = Scene::configured(&Category::ALL, &[MANAGED], end).await;
    for text in ["one", "two"] {
        scene.post(&logged(text)).await;
        scene.ships(&[&logged(text)]).await;
    }
    scene.stands_still().await;
}

#[tokio::test(start_paused = true)]
async fn with_a_period_it_ships_when_that_is_over_whatever_is_invoked() {
    let mut scene = Scene::start(FlushStrategy::Periodic(Duration::from_secs(10))).await;
    // Nothing is held, so nothing is due.
    scene.pass(Duration::from_secs(4)).await;
    scene.post(&logged("one")).await;
    scene.api.invoke("r-1").await;
    scene.post(&done("r-1")).await;
    // It waits for no end.
    scene.api.asked().await;
    scene.pass(Duration::from_millis(5_999)).await;
    scene.stands_still().await;
    scene.pass(Duration::from_millis(1)).await;
    scene.ships(&[&logged("one"), &done("r-1")]).await;

    scene.pass(Duration::from_secs(9)).await;
    scene.post(&logged("two")).await;
    scene.stands_still().await;
    scene.pass(Duration::from_secs(1)).await;
    scene.ships(&[&logged("two")]).await;
}

#[tokio::test(start_paused = true)]
async fn with_a_period_that_is_long_over_it_ships_with_the_first_batch() {
    let mut scene = Scene::start(FlushStrategy::Periodic(Duration::from_secs(10))).await;
    scene.pass(Duration::from_secs(3_600)).await;
    scene.stands_still().await;
    scene.post(&logged("one")).await;
    scene.ships(&[&logged("one")]).await;
}

#[tokio::test(start_paused = true)]
async fn at_shutdown_means_not_before() {
    let mut scene = Scene::start(FlushStrategy::AtShutdown).await;
    for id in ["r-1", "r-2"] {
        scene.api.invoke(id).await;
        scene.api.asked().await;
        scene.post(&done(id)).await;
    }
    scene.pass(Duration::from_secs(3_600)).await;
    scene.stands_still().await;
    scene.api.shut_down().await;
    scene.settle().await;
    scene.ships(&[&done("r-1"), &done("r-2")]).await;
    scene.pass(Duration::from_millis(200)).await;
    scene.end().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn more_than_it_may_hold_is_shipped_at_any_moment() {
    let strategies = [
        FlushStrategy::AtShutdown,
        FlushStrategy::Periodic(Duration::from_secs(60)),
        FlushStrategy::EndOfInvocation,
    ];
    for strategy in strategies {
        let configure = |forwarder: Forwarder| forwarder.strategy(strategy).max_bytes(1_000);
        let mut scene = Scene::configured(&Category::ALL, &[], configure).await;
        scene.post(&logged_in(500)).await;
        scene.post(&logged_in(499)).await;
        scene.stands_still().await;
        scene.post(&logged("the drop")).await;
        scene.ships(&[&logged_in(500), &logged_in(499), &logged("the drop")]).await;
        // It begins to count anew.
        scene.post(&logged_in(999)).await;
        scene.stands_still().await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_invocation_that_tells_more_than_it_may_hold_is_shipped_in_parts_and_waited_for() {
    let configure = |forwarder: Forwarder| forwarder.max_bytes(1_000);
    let mut scene = Scene::configured(&Category::ALL, &[], configure).await;
    scene.api.invoke("r-1").await;
    scene.post(&logged_in(1_000)).await;
    scene.ships(&[&logged_in(1_000)]).await;
    // The environment may freeze as soon as it asks, and the rest is still to come.
    scene.stands_still().await;
    scene.post(&logged("more")).await;
    scene.post(&done("r-1")).await;
    scene.ships(&[&logged("more"), &done("r-1")]).await;
    scene.api.asked().await;
}

#[tokio::test(start_paused = true)]
async fn what_was_not_taken_is_passed_over() {
    let mut scene = Scene::start(FlushStrategy::EndOfInvocation).await;
    let port = scene.lambda.stream().peer_addr().unwrap().port();
    for is_waiting_for_the_end in [false, true] {
        if is_waiting_for_the_end {
            scene.api.invoke("r-1").await;
        }
        let mut lambda = Peer::connect_to(port).await.unwrap();
        lambda.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 17000000\r\n\r\n").await;
        assert_eq!(lambda.reply().await, Some(413));
        scene.settle().await;
    }
    scene.post(&done("r-1")).await;
    scene.ships(&[&done("r-1")]).await;
    scene.api.asked().await;
}

#[tokio::test(start_paused = true)]
async fn while_it_ships_the_listener_goes_on() {
    let mut scene = Scene::start(FlushStrategy::EndOfInvocation).await;
    scene.api.invoke("r-1").await;
    scene.post(&done("r-1")).await;
    let shipment = scene.shipment().await;
    scene.post(&logged("meanwhile")).await;
    shipment.succeed();
    scene.api.asked().await;
    scene.api.invoke("r-2").await;
    scene.post(&done("r-2")).await;
    scene.ships(&[&logged("meanwhile"), &done("r-2")]).await;
}

#[tokio::test(start_paused = true)]
async fn a_listener_that_is_closed_does_not_keep_it_from_the_events() {
    let _time = Stopped::here();
    let mut api = Api::start();
    let mut extension = api.register().await;
    let telemetry = Telemetry::http().bind().await.unwrap();
    let subscription = Subscription::new(&Category::ALL);
    let (subscribed, _) = tokio::join!(extension.subscribe(&telemetry, &subscription), api.answer(OK));
    subscribed.unwrap();
    telemetry.closer().close();
    let sink = service_fn(async |_| Ok::<_, Failure>(()));
    let running = tokio::spawn(Forwarder::new(extension, telemetry).run(sink));
    for id in ["r-1", "r-2"] {
        api.asked().await;
        api.invoke(id).await;
    }
    api.asked().await;
    api.shut_down().await;
    soon(running).await.unwrap().unwrap();
}
