//! The end of the environment: what still comes after SHUTDOWN is taken, as long as it comes.

use std::time::Duration;

use lambda_extension::{
    Event, Extension,
    telemetry::{Category, Subscription, Telemetry, TelemetryBuilder},
};
use tokio::time::{Instant, advance};

use crate::{
    telemetry_api::{Api, BEGAN, OK, Stopped, body},
    telemetry_peer::{Peer, event, logged, request, soon, taken, until},
};

/// An extension that has been told of the end in two seconds from now.
async fn shut_down(builder: TelemetryBuilder) -> (Telemetry, Peer, Extension) {
    shut_down_at(builder, BEGAN + 2_000).await
}

async fn shut_down_at(builder: TelemetryBuilder, deadline: u64) -> (Telemetry, Peer, Extension) {
    let mut api = Api::start();
    let mut extension = api.register().await;
    let telemetry = builder.bind().await.unwrap();
    let subscription = Subscription::new(&[Category::Platform]);
    let (subscribed, call) = tokio::join!(extension.subscribe(&telemetry, &subscription), api.answer(OK));
    subscribed.unwrap();
    assert!(body(&call).contains(&telemetry.address().port().to_string()));
    let lambda = Peer::connect(&telemetry).await;
    let (event, ()) = tokio::join!(extension.next_event(), async {
        api.asked().await;
        api.shut_down_at(deadline).await;
    });
    assert!(matches!(event.unwrap(), Event::Shutdown(_)));
    (telemetry, lambda, extension)
}

async fn pass(millis: u64) {
    advance(Duration::from_millis(millis)).await;
}

/// Whether the listener has ended, with all that it had.
async fn is_over(telemetry: &mut Telemetry) -> bool {
    soon(telemetry.next_batch()).await.unwrap().is_none()
}

#[tokio::test(start_paused = true)]
async fn what_comes_within_the_quiet_time_is_given_and_then_the_end() {
    let _time = Stopped::here();
    let (mut telemetry, mut lambda, _extension) = shut_down(Telemetry::http()).await;
    for number in 0..4 {
        pass(199).await;
        assert_eq!(lambda.post(logged(&number.to_string())).await, 200);
    }
    for number in 0..4 {
        assert_eq!(taken(&mut telemetry).await.bytes(), &logged(&number.to_string()));
    }
    let from = Instant::now();
    pass(200).await;
    assert!(is_over(&mut telemetry).await);
    assert_eq!(from.elapsed(), Duration::from_millis(200));
    assert_eq!(lambda.reply().await, None);
}

#[tokio::test(start_paused = true)]
async fn over_tcp_it_is_the_same() {
    let _time = Stopped::here();
    let (mut telemetry, mut lambda, _extension) = shut_down(Telemetry::tcp()).await;
    for number in 0..4 {
        pass(199).await;
        let line = event("function", &number.to_string()) + "\n";
        lambda.send(&line).await;
        assert_eq!(taken(&mut telemetry).await.bytes(), &line);
    }
    pass(200).await;
    assert_eq!(lambda.reply().await, None);
    lambda.finish().await;
    assert!(is_over(&mut telemetry).await);
}

#[tokio::test(start_paused = true)]
async fn how_long_it_has_to_be_quiet_can_be_chosen() {
    let _time = Stopped::here();
    let quiet = Telemetry::http().quiet(Duration::from_millis(700));
    let (mut telemetry, mut lambda, _extension) = shut_down(quiet).await;
    pass(699).await;
    assert_eq!(lambda.post(logged("late")).await, 200);
    pass(300).await;
    assert_eq!(lambda.post(logged("later")).await, 200);
    assert_eq!(taken(&mut telemetry).await.bytes(), &logged("late"));
    assert_eq!(taken(&mut telemetry).await.bytes(), &logged("later"));
    // A second is over.
    pass(1).await;
    assert!(is_over(&mut telemetry).await);
}

/// Posts without end, and counts how many milliseconds it is listened to.
async fn listened_to(deadline: u64) -> u64 {
    let (mut telemetry, mut lambda, _extension) = shut_down_at(Telemetry::http(), deadline).await;
    let mut millis = 0;
    loop {
        assert!(millis < 10_000, "it goes on for ever");
        lambda.send(request("POST", logged("again"))).await;
        if lambda.reply().await != Some(200) {
            break;
        }
        soon(telemetry.next_batch()).await.unwrap().unwrap();
        pass(50).await;
        // The listener and its connection come to their ends one after the other.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        millis += 50;
    }
    assert!(is_over(&mut telemetry).await);
    millis
}

#[tokio::test(start_paused = true)]
async fn it_takes_no_more_than_half_the_time_to_the_deadline() {
    let _time = Stopped::here();
    assert_eq!(listened_to(BEGAN + 2_000).await, 1_000);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_of_another_clock_is_taken_for_two_seconds() {
    let _time = Stopped::here();
    assert_eq!(listened_to(600_000).await, 1_000);
}

#[tokio::test(start_paused = true)]
async fn what_is_being_read_is_not_quiet() {
    let _time = Stopped::here();
    let (mut telemetry, mut lambda, _extension) = shut_down(Telemetry::http()).await;
    let request = request("POST", logged("in two parts"));
    let (front, back) = request.split_at(request.len() - 20);
    lambda.send(front).await;
    until(|| telemetry.queued_bytes() > 0).await;
    for _ in 0..9 {
        pass(100).await;
    }
    lambda.send(back).await;
    assert_eq!(lambda.reply().await, Some(200));
    assert_eq!(taken(&mut telemetry).await.bytes(), &logged("in two parts"));
    pass(200).await;
    assert!(is_over(&mut telemetry).await);
}

#[tokio::test(start_paused = true)]
async fn a_listener_that_was_replaced_is_closed_as_well() {
    let _time = Stopped::here();
    let mut api = Api::start();
    let mut extension = api.register().await;
    let subscription = Subscription::new(&[Category::Platform]);
    let (first, _) = tokio::join!(extension.telemetry(&subscription), api.answer(OK));
    let (second, _) = tokio::join!(extension.telemetry(&subscription), api.answer(OK));
    let (event, ()) = tokio::join!(extension.next_event(), async {
        api.asked().await;
        api.shut_down().await;
    });
    event.unwrap();
    // The listeners learn of it when they run.
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    pass(200).await;
    assert!(is_over(&mut first.unwrap()).await);
    assert!(is_over(&mut second.unwrap()).await);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_takes_batches_is_done_after_the_last() {
    let _time = Stopped::here();
    let (telemetry, mut lambda, _extension) = shut_down(Telemetry::http()).await;
    let (sender, mut batches) = tokio::sync::mpsc::unbounded_channel();
    let running = tokio::spawn(telemetry.run(lambda_extension::service_fn(move |batch| {
        sender.send(batch).unwrap();
        std::future::ready(Ok::<_, std::convert::Infallible>(()))
    })));
    assert_eq!(lambda.post(logged("last")).await, 200);
    assert_eq!(soon(batches.recv()).await.unwrap().bytes(), &logged("last"));
    pass(200).await;
    soon(running).await.unwrap().unwrap();
}
