//! Bodies and heads of every size, streams with trailers, and replies that come before the request has ended.

use bytes::Bytes;
use http_body::Frame;
use http_body_util::Full;
use lambda_api::{
    ErrorReport, ErrorType, RequestId,
    client::{REPLY_BYTES, TransportError},
    limits,
    runtime::{
        ErrorTrailers,
        response::{self, ResponseMode},
    },
};
use tokio::io::DuplexStream;

use super::peer::{Frames, PONG, Peer, Peers, answered, in_memory, meet, ping, post};

const ROOM: usize = 64 * 1024;

/// A text in which a piece that is lost or comes twice is noticed.
fn text(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|at| b'a' + (at % 23) as u8).collect()
}

async fn answer(peers: &mut Peers, reply: &[u8]) -> Peer<DuplexStream> {
    let mut peer = peers.accept().await;
    peer.request().await.unwrap();
    peer.send(reply).await;
    peer
}

#[tokio::test(start_paused = true)]
async fn an_event_of_the_largest_size_is_read() {
    let event = text(limits::SYNC_PAYLOAD_BYTES);
    let counted = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", event.len());
    let counted = [counted.as_bytes(), &event].concat();
    let chunked = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n", event.len());
    let chunked = [chunked.as_bytes(), &event, b"\r\n0\r\n\r\n"].concat();
    for reply in [counted, chunked] {
        let (mut connection, mut peers) = in_memory(ROOM);
        let (reply, _) = meet(answered(connection.call(ping())), answer(&mut peers, &reply)).await;
        assert!(reply.body() == &event, "another event has arrived");
    }
}

#[tokio::test(start_paused = true)]
async fn a_response_of_the_largest_size_is_sent() {
    let response = Bytes::from(text(limits::RESPONSE_BYTES));
    let (mut connection, mut peers) = in_memory(ROOM);
    let (_, received) = meet(answered(connection.call(post(response.clone()))), async {
        let mut peer = peers.accept().await;
        let (_, body) = peer.request().await.unwrap();
        peer.send(PONG).await;
        body
    })
    .await;
    assert!(received == response, "another response has arrived");
}

#[tokio::test(start_paused = true)]
async fn headers_of_almost_a_mebibyte_are_read() {
    // One header may have nearly all of it, or many may share it.
    let context = "x".repeat(limits::HEADER_BYTES - 200);
    let one = format!("Lambda-Runtime-Client-Context: {context}\r\n");
    let many: String =
        (0..60).map(|at| format!("Lambda-Runtime-{at:02}: {}\r\n", "x".repeat(17_000))).collect();
    for headers in [one, many] {
        let reply = format!("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n{headers}\r\npong");
        assert!((1_000_000..limits::HEADER_BYTES).contains(&reply.len()));
        let (mut connection, mut peers) = in_memory(ROOM);
        for _ in 0..2 {
            let (received, _) =
                meet(answered(connection.call(ping())), answer(&mut peers, reply.as_bytes())).await;
            let values: usize = received.headers().values().map(http::HeaderValue::len).sum();
            assert!(values > 1_000_000 && received.body() == "pong");
            connection.close();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_is_too_large_is_refused_before_it_has_all_come() {
    let piece = vec![b'x'; ROOM];
    let chunk = [format!("{ROOM:x}\r\n").as_bytes(), &piece, b"\r\n"].concat();
    for (head, piece) in [
        (&b"HTTP/1.1 200 OK\r\nContent-Length: 1093741824\r\n\r\n"[..], &piece),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", &chunk),
    ] {
        let (mut connection, mut peers) = in_memory(ROOM);
        let client = async {
            let result = connection.call(ping()).await;
            assert!(matches!(result, Err(TransportError::ReplyTooLarge { .. })), "{result:?}");
            answered(connection.call(ping())).await
        };
        let (reply, taken) = meet(client, async {
            let mut peer = answer(&mut peers, head).await;
            let taken = peer.send_until_refused(piece, 1_073_741_824 / ROOM).await;
            answer(&mut peers, PONG).await;
            taken
        })
        .await;
        assert!(taken <= REPLY_BYTES + 16 * ROOM, "{taken} bytes were taken");
        assert_eq!(reply.body(), "pong");
    }
}

const TOO_LARGE: &[u8] = b"HTTP/1.1 413 Payload Too Large\r\nContent-Type: application/json\r\nContent-Length: 109\r\n\r\n\
    {\"errorMessage\":\"Exceeded maximum allowed payload size (6291556 bytes).\",\"errorType\":\"RequestEntityTooLarge\"}";
const TOO_LARGE_BODY: &str = r#"{"errorMessage":"Exceeded maximum allowed payload size (6291556 bytes).","errorType":"RequestEntityTooLarge"}"#;

/// Reads no more than the head of a request whose body is far larger than the room for it.
async fn answer_early(peers: &mut Peers, reply: &[u8]) -> Peer<DuplexStream> {
    let mut peer = peers.accept().await;
    peer.head().await.unwrap();
    peer.send(reply).await;
    peer
}

#[tokio::test(start_paused = true)]
async fn an_early_413_is_a_reply_although_the_body_is_still_being_written() {
    let (mut connection, mut peers) = in_memory(ROOM);
    let call = answered(connection.call(post(text(8_000_000))));
    let (reply, _open) = meet(call, answer_early(&mut peers, TOO_LARGE)).await;
    assert_eq!((reply.status().as_u16(), &reply.body()[..]), (413, TOO_LARGE_BODY.as_bytes()));
}

#[tokio::test(start_paused = true)]
async fn an_early_413_is_a_reply_although_the_peer_closes_behind_it() {
    let (mut connection, mut peers) = in_memory(ROOM);
    let call = answered(connection.call(post(text(8_000_000))));
    let (reply, ()) = meet(call, async { drop(answer_early(&mut peers, TOO_LARGE).await) }).await;
    assert_eq!((reply.status().as_u16(), &reply.body()[..]), (413, TOO_LARGE_BODY.as_bytes()));
}

#[tokio::test(start_paused = true)]
async fn the_call_after_an_early_reply_does_not_wait_for_the_rest_of_the_old_body() {
    let (mut connection, mut peers) = in_memory(ROOM);
    let call = answered(connection.call(post(text(8_000_000))));
    // The first peer stays, and never reads on.
    let (reply, _open) = meet(call, answer_early(&mut peers, TOO_LARGE)).await;
    assert_eq!(reply.status(), 413);
    let (reply, _) = meet(answered(connection.call(ping())), answer(&mut peers, PONG)).await;
    assert_eq!(reply.body(), "pong");
}

fn streaming_call() -> response::Call {
    let mut call = response::Call::new(RequestId::new("r-1").unwrap());
    call.mode = ResponseMode::Streaming;
    call.content_type = Some("text/plain".into());
    call
}

/// The head of a streamed response, without the order of its lines.
fn sorted(head: &str) -> Vec<&str> {
    let mut lines: Vec<_> = head.trim_end().split("\r\n").collect();
    lines[1..].sort_unstable();
    lines
}

const STREAMED_HEAD: [&str; 6] = [
    "POST /2018-06-01/runtime/invocation/r-1/response HTTP/1.1",
    "content-type: text/plain",
    "host: localhost",
    "lambda-runtime-function-response-mode: streaming",
    "trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body",
    "transfer-encoding: chunked",
];

#[tokio::test(start_paused = true)]
async fn a_stream_that_fails_ends_with_true_trailers() {
    // The form: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming.
    const BODY: &[u8] = b"6\r\nhello \r\n5\r\nworld\r\n0\r\n\
        lambda-runtime-function-error-type: Function.Boom\r\n\
        lambda-runtime-function-error-body: eyJlcnJvck1lc3NhZ2UiOiJpdCBicm9rZSIsImVycm9yVHlwZSI6IkJvb20ifQ==\r\n\
        \r\n";

    let trailers = ErrorTrailers::new(&ErrorType::function("Boom"), &ErrorReport::new("Boom", "it broke"));
    let frames = [
        Frame::data(Bytes::from_static(b"hello ")),
        Frame::data(Bytes::from_static(b"world")),
        Frame::trailers(trailers.to_http()),
    ];
    let (mut connection, mut peers) = in_memory(ROOM);
    let call = answered(connection.call(streaming_call().to_http(Frames::new(frames.map(Ok))).unwrap()));
    let (_, (head, body)) = meet(call, async {
        let mut peer = peers.accept().await;
        let head = peer.head().await.unwrap();
        let body = peer.up_to(b"=\r\n\r\n").await;
        peer.send(PONG).await;
        (head, body)
    })
    .await;
    assert_eq!(sorted(&head), STREAMED_HEAD);
    assert_eq!(body.escape_ascii().to_string(), BODY.escape_ascii().to_string());
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_ends_well_has_no_trailers_and_the_connection_is_kept() {
    let (mut connection, mut peers) = in_memory(ROOM);
    let client = async {
        for _ in 0..2 {
            let frames = Frames::new([Ok(Frame::data(Bytes::from_static(b"hello")))]);
            connection.call(streaming_call().to_http(frames).unwrap()).await.unwrap();
        }
    };
    meet(client, async {
        let mut peer = peers.accept().await;
        for _ in 0..2 {
            assert_eq!(sorted(&peer.head().await.unwrap()), STREAMED_HEAD);
            assert_eq!(peer.up_to(b"0\r\n\r\n").await, b"5\r\nhello\r\n0\r\n\r\n");
            peer.send(PONG).await;
        }
    })
    .await;
    assert!(peers.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_streamed_response_is_chunked_even_if_its_length_is_known() {
    let (mut connection, mut peers) = in_memory(ROOM);
    let call =
        answered(connection.call(streaming_call().to_http(Full::new(Bytes::from_static(b"hello"))).unwrap()));
    let (_, (head, body)) = meet(call, async {
        let mut peer = peers.accept().await;
        let head = peer.head().await.unwrap();
        let body = peer.up_to(b"0\r\n\r\n").await;
        peer.send(PONG).await;
        (head, body)
    })
    .await;
    assert_eq!(sorted(&head), STREAMED_HEAD);
    assert_eq!(body, b"5\r\nhello\r\n0\r\n\r\n");
}
