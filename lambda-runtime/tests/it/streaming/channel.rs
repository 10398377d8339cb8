//! The channel between a producer and its stream: order, ends, and trailers of the producer's own.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use lambda_runtime::{
    Error, LambdaEvent, Response, service_fn,
    streaming::{self, Body, SendError},
};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    chunked::{Heard, in_memory},
    reply::event,
};

/// Pieces in order, much more of them than wait in the channel.
async fn count(event: LambdaEvent<usize>) -> Result<Response, Error> {
    let (mut sender, body) = streaming::channel();
    event.context.spawn(async move {
        for number in 0..event.payload {
            sender.send_data(format!("{number} ").into()).await.unwrap();
        }
    });
    Ok(Response::stream(body))
}

#[tokio::test(start_paused = true)]
async fn pieces_arrive_whole_and_in_order() {
    for length in [0, 1, 8, 9, 10_000] {
        let call =
            in_memory(service_fn(count), async |api| api.answer_to(event(length.to_string())).await).await;
        let expected: String = (0..length).map(|number| format!("{number} ")).collect();
        assert_eq!(str::from_utf8(&call.body()).unwrap(), expected);
        assert_eq!((call.chunks.len(), call.trailers.len()), (length, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_is_dropped_ends_the_stream_well_even_if_its_task_was_stopped() {
    async fn stop(_: LambdaEvent<Value>) -> Result<Response, Error> {
        let (mut sender, body) = streaming::channel();
        let task = tokio::spawn(async move {
            sender.send_data("one".into()).await.unwrap();
            std::future::pending::<()>().await;
        });
        tokio::spawn(async move {
            sleep(Duration::from_secs(1)).await;
            task.abort();
        });
        Ok(Response::stream(body))
    }
    let call = in_memory(service_fn(stop), async |api| api.answer_to(event("{}")).await).await;
    assert_eq!(call.raw_body(), b"3\r\none\r\n0\r\n\r\n");
}

#[tokio::test(start_paused = true)]
async fn a_body_of_one_piece_needs_no_sender() {
    async fn one(_: LambdaEvent<Value>) -> Result<Response, Error> {
        Ok(Response::stream(Body::from("one")))
    }
    let call = in_memory(service_fn(one), async |api| api.answer_to(event("{}")).await).await;
    assert_eq!(call.raw_body(), b"3\r\none\r\n0\r\n\r\n");
}

#[tokio::test]
async fn a_piece_without_room_comes_back() {
    let (mut sender, body) = streaming::channel();
    let mut sent = 0;
    let back = loop {
        match sender.try_send_data(Bytes::from(sent.to_string())) {
            Ok(()) => sent += 1,
            Err(piece) => break piece,
        }
        assert!(sent < 1_000, "the channel has no bounds");
    };
    assert_eq!(back, sent.to_string());
    drop(body);
    assert_eq!(sender.try_send_data("late".into()), Err(Bytes::from("late")));
    assert_eq!(sender.send_data("late".into()).await, Err(SendError));
    assert_eq!(sender.send_trailers(HeaderMap::new()).await, Err(SendError));
}

/// Streams `one` and ends with these trailers.
async fn end_with(event: LambdaEvent<Vec<(String, String)>>) -> Result<Response, Error> {
    let (mut sender, body) = streaming::channel();
    let mut trailers = HeaderMap::new();
    for (name, value) in event.payload {
        trailers.append(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
    }
    event.context.spawn(async move {
        sender.send_data("one".into()).await.unwrap();
        sender.send_trailers(trailers).await.unwrap();
    });
    Ok(Response::stream(body))
}

async fn ended_with(trailers: Value) -> [Heard; 2] {
    in_memory(service_fn(end_with), async |api| {
        [api.answer_to(event(trailers.to_string())).await, api.answer_to(event("[]")).await]
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn trailers_of_the_producers_own_are_sent_as_they_are() {
    let own = json!([
        ["lambda-runtime-function-error-type", "Function.Own"],
        ["lambda-runtime-function-error-body", "e30="],
    ]);
    let [call, next] = ended_with(own).await;
    assert_eq!((call.body(), call.error_trailers()), (b"one".to_vec(), ("Function.Own", json!({}))));
    assert_eq!((next.body(), next.trailers.len()), (b"one".to_vec(), 0));
}

#[tokio::test(start_paused = true)]
async fn trailers_that_were_not_announced_are_left_out_and_end_nothing_badly() {
    let [call, next] = ended_with(json!([["x-checksum", "1"], ["content-length", "5"]])).await;
    for call in [call, next] {
        assert_eq!(call.raw_body(), b"3\r\none\r\n0\r\n\r\n");
    }
}

#[tokio::test(start_paused = true)]
async fn a_producer_may_fail_before_its_first_piece() {
    async fn fail(event: LambdaEvent<bool>) -> Result<Response, Error> {
        let (sender, body) = streaming::channel();
        if event.payload {
            sender.abort_with("no data");
        } else {
            tokio::spawn(async move {
                sleep(Duration::from_secs(1)).await;
                sender.abort_with("no data");
            });
        }
        Ok(Response::stream(body))
    }
    let [at_once, later] = in_memory(service_fn(fail), async |api| {
        [api.answer_to(event("true")).await, api.answer_to(event("false")).await]
    })
    .await;
    assert_eq!((at_once.short_path(), at_once.error_type()), ("r-1/error", Some("Function.HandlerError")));
    assert_eq!(at_once.json()["errorMessage"], "no data");
    let (error_type, report) = later.error_trailers();
    assert_eq!((later.body(), error_type), (Vec::new(), "Function.HandlerError"));
    assert_eq!(report["errorMessage"], "no data");
}
