//! The listener over HTTP: what it takes, and how it answers. How it bounds its memory is in `room`.

use lambda_extension::telemetry::{Batch, Record, Telemetry};

use crate::telemetry_peer::{Peer, event, events, logged, request, soon, taken, until};

async fn listener() -> (Telemetry, Peer) {
    let telemetry = Telemetry::http().bind().await.unwrap();
    let lambda = Peer::connect(&telemetry).await;
    (telemetry, lambda)
}

#[tokio::test]
async fn batches_are_posted_or_put_and_nothing_else_is_taken() {
    let (mut telemetry, mut lambda) = listener().await;
    for method in ["POST", "PUT"] {
        lambda.send(request(method, logged(method))).await;
        assert_eq!(lambda.reply().await, Some(200));
        assert_eq!(taken(&mut telemetry).await.bytes(), &logged(method));
    }
    for method in ["GET", "DELETE", "PATCH"] {
        let mut other = Peer::connect(&telemetry).await;
        other.send(request(method, logged(method))).await;
        assert_eq!(other.reply().await, Some(405), "{method}");
        assert_eq!(other.reply().await, None);
    }
    assert_eq!(lambda.post(logged("last")).await, 200);
    assert_eq!(taken(&mut telemetry).await.bytes(), &logged("last"));
}

#[tokio::test]
async fn whatever_the_path_and_the_headers_are_a_batch_is_taken() {
    let (mut telemetry, mut lambda) = listener().await;
    let text = logged("here");
    let length = text.len();
    lambda
        .send(format!(
            "POST /any/path?at=all HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nSequence-Id: 1\r\n\
             content-length: {length}\r\n\r\n{text}"
        ))
        .await;
    assert_eq!(lambda.reply().await, Some(200));
    assert_eq!(taken(&mut telemetry).await.bytes(), &text);
}

#[tokio::test]
async fn a_batch_has_the_bytes_that_were_sent() {
    let (mut telemetry, mut lambda) = listener().await;
    let odd = format!("\n [ {} ,\t{} ]\r\n", event("function", r#""\u00e9 é""#), event("new", "null"));
    assert_eq!(lambda.post(&odd).await, 200);
    let batch = taken(&mut telemetry).await;
    assert_eq!(batch.bytes(), &odd);
    let events = events(&batch);
    assert_eq!(events[0].as_ref().unwrap().record, Record::Function("é é".into()));
    assert_eq!(events[1].as_ref().unwrap().record.kind(), "new");
    let raw: Vec<_> = batch.raw_events().map(|event| event.unwrap().json().to_vec()).collect();
    assert_eq!(raw, [event("function", r#""\u00e9 é""#).as_bytes(), event("new", "null").as_bytes()]);
}

#[tokio::test]
async fn batches_are_acknowledged_at_once_and_kept_in_order_while_nobody_takes_them() {
    let (mut telemetry, mut lambda) = listener().await;
    let mut bytes = 0;
    for number in 0..100 {
        let batch = logged(&number.to_string());
        // What stands around a small one counts as well.
        bytes += batch.len().max(256);
        assert_eq!(lambda.post(batch).await, 200);
        assert_eq!(telemetry.queued_bytes(), bytes);
    }
    for number in 0..100 {
        assert_eq!(taken(&mut telemetry).await.bytes(), &logged(&number.to_string()));
    }
    assert_eq!(telemetry.queued_bytes(), 0);
}

#[tokio::test]
async fn a_thousand_batches_come_over_one_connection() {
    let (mut telemetry, mut lambda) = listener().await;
    for number in 0..1_000 {
        assert_eq!(lambda.post(logged(&number.to_string())).await, 200);
        assert_eq!(taken(&mut telemetry).await.bytes(), &logged(&number.to_string()));
    }
}

#[tokio::test]
async fn a_request_that_is_sent_before_the_last_was_answered_is_taken_after_it() {
    let (mut telemetry, mut lambda) = listener().await;
    lambda.send([request("POST", logged("one")), request("POST", logged("two"))].concat()).await;
    assert_eq!((lambda.reply().await, lambda.reply().await), (Some(200), Some(200)));
    assert_eq!(taken(&mut telemetry).await.bytes(), &logged("one"));
    assert_eq!(taken(&mut telemetry).await.bytes(), &logged("two"));
}

#[tokio::test]
async fn a_body_may_come_in_pieces() {
    let (mut telemetry, mut lambda) = listener().await;
    let request = request("POST", logged("in pieces"));
    for piece in request.chunks(7) {
        lambda.send(piece).await;
    }
    assert_eq!(lambda.reply().await, Some(200));
    assert_eq!(taken(&mut telemetry).await.bytes(), &logged("in pieces"));
}

#[tokio::test]
async fn a_body_may_come_in_chunks() {
    let (mut telemetry, mut lambda) = listener().await;
    let body = logged("in chunks");
    let (front, back) = body.split_at(20);
    lambda.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n").await;
    lambda.send(format!("{:x}\r\n{front}\r\n", front.len())).await;
    lambda.send(format!("{:X};ext=1\r\n{back}\r\n0\r\nTrailer: x\r\n\r\n", back.len())).await;
    assert_eq!(lambda.reply().await, Some(200));
    assert_eq!(telemetry.queued_bytes(), 256);
    assert_eq!(taken(&mut telemetry).await.bytes(), &body);
}

#[tokio::test]
async fn a_request_without_a_length_is_one_without_a_body() {
    let (mut telemetry, mut lambda) = listener().await;
    lambda.send("POST / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!(lambda.reply().await, Some(200));
    let batch = taken(&mut telemetry).await;
    assert_eq!(invalid(&batch), [""]);
    // The connection goes on.
    assert_eq!(lambda.post(logged("next")).await, 200);
    assert_eq!(taken(&mut telemetry).await.bytes(), &logged("next"));
}

/// The texts of what is no event in a batch, which has nothing else.
fn invalid(batch: &Batch) -> Vec<String> {
    let texts = events(batch).into_iter().map(|event| event.unwrap_err().text);
    texts.map(|text| String::from_utf8_lossy(&text).into_owned()).collect()
}

#[tokio::test]
async fn what_is_not_json_is_acknowledged_and_comes_as_it_is() {
    let (mut telemetry, mut lambda) = listener().await;
    for text in ["", "hello", "{\"time\":", "\"\u{e9}", "null", "[[1,"] {
        assert_eq!(lambda.post(text).await, 200, "{text:?}");
        let batch = taken(&mut telemetry).await;
        assert_eq!(batch.bytes(), text);
        let text = text.strip_prefix('[').unwrap_or(text);
        assert_eq!(invalid(&batch), [text]);
    }
    assert_eq!(lambda.post("[]").await, 200);
    assert_eq!(invalid(&taken(&mut telemetry).await), [""; 0]);
    assert_eq!(lambda.post([0xff, 0xfe]).await, 200);
    assert_eq!(taken(&mut telemetry).await.bytes(), &[0xff, 0xfe][..]);
}

#[tokio::test]
async fn a_batch_that_breaks_off_keeps_what_came_before() {
    let (mut telemetry, mut lambda) = listener().await;
    let good = event("function", r#""good""#);
    assert_eq!(lambda.post(format!("[{good},{{\"time\":]")).await, 200);
    let events = events(&taken(&mut telemetry).await);
    assert_eq!(events[0].as_ref().unwrap().record, Record::Function("good".into()));
    assert_eq!(events[1].as_ref().unwrap_err().text, "{\"time\":]");
    assert_eq!(events.len(), 2);
}

#[tokio::test]
async fn half_a_body_is_not_taken_and_leaves_no_room_occupied() {
    let (mut telemetry, mut whole) = listener().await;
    for is_chunked in [false, true] {
        let mut half = Peer::connect(&telemetry).await;
        if is_chunked {
            half.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1,2,\r\n").await;
        } else {
            half.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n[1,2,").await;
        }
        until(|| telemetry.queued_bytes() > 0).await;
        drop(half);
        until(|| telemetry.queued_bytes() == 0).await;
    }
    assert_eq!(whole.post(logged("whole")).await, 200);
    assert_eq!(taken(&mut telemetry).await.bytes(), &logged("whole"));
}

#[tokio::test]
async fn a_peer_that_speaks_something_else_is_left_alone() {
    let (mut telemetry, mut lambda) = listener().await;
    let mut other = Peer::connect(&telemetry).await;
    other.send("\u{16}\u{3}\u{1} this is not HTTP\r\n\r\n").await;
    assert!(matches!(other.reply().await, None | Some(400)));
    assert_eq!(lambda.post(logged("whole")).await, 200);
    assert_eq!(taken(&mut telemetry).await.bytes(), &logged("whole"));
}

#[tokio::test]
async fn sixty_four_connections_are_served_among_as_many_silent_ones() {
    let (mut telemetry, _silent) = listener().await;
    let mut silent = Vec::new();
    let mut peers = Vec::new();
    for _ in 0..64 {
        let mut half = Peer::connect(&telemetry).await;
        half.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Le").await;
        silent.push(half);
        peers.push(Peer::connect(&telemetry).await);
    }
    // All at once, before any is answered.
    for (at, peer) in peers.iter_mut().enumerate() {
        peer.send(request("POST", logged(&at.to_string()))).await;
    }
    for peer in &mut peers {
        assert_eq!(peer.reply().await, Some(200));
    }
    let mut taken_bytes = Vec::new();
    for _ in 0..64 {
        taken_bytes.push(taken(&mut telemetry).await.bytes().clone());
    }
    taken_bytes.sort();
    let mut sent: Vec<_> = (0..64).map(|at| logged(&at.to_string())).collect();
    sent.sort();
    assert_eq!(taken_bytes, sent);
}

#[tokio::test]
async fn connections_that_come_and_go_leave_nothing_behind() {
    let (mut telemetry, mut lambda) = listener().await;
    for _ in 0..600 {
        drop(Peer::connect(&telemetry).await);
    }
    assert_eq!(lambda.post(logged("still here")).await, 200);
    assert_eq!(taken(&mut telemetry).await.bytes(), &logged("still here"));
    // There is room for another connection, too.
    assert_eq!(Peer::connect(&telemetry).await.post(logged("and here")).await, 200);
}

#[tokio::test]
async fn next_batch_may_be_dropped_and_called_again() {
    let (mut telemetry, mut lambda) = listener().await;
    for number in 0..100 {
        // It waits, and is dropped while it does.
        tokio::select! {
            biased;
            batch = telemetry.next_batch() => panic!("there is none: {batch:?}"),
            () = std::future::ready(()) => {}
        }
        lambda.send(request("POST", logged(&number.to_string()))).await;
        // It is dropped at whatever moment the reply comes; then the batch is in the queue, or has been given.
        let given = tokio::select! {
            batch = telemetry.next_batch() => {
                assert_eq!(lambda.reply().await, Some(200));
                batch.unwrap().unwrap()
            }
            status = lambda.reply() => {
                assert_eq!(status, Some(200));
                soon(telemetry.next_batch()).await.unwrap().unwrap()
            }
        };
        assert_eq!(given.bytes(), &logged(&number.to_string()));
    }
}
