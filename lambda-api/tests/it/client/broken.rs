//! Calls that get no complete reply: each failure has its own error, and nothing is sent twice.

use std::{
    error::Error,
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use http_body::Frame;
use lambda_api::{
    RequestId,
    client::{Connection, TransportError},
    runtime::response::{self, ResponseMode},
    transport::RuntimeApi,
};
use tokio::{io::duplex, net::TcpListener};

use super::peer::{Frames, PONG, answered, in_memory, meet, opened_by, ping, post};

#[tokio::test(start_paused = true)]
async fn a_connection_that_breaks_after_the_request_is_cut_off_and_nothing_is_sent_twice() {
    for reply in [
        &b""[..],
        b"HTTP/1.1 200 OK\r\nContent-",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npo",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npong\r\n",
    ] {
        // Both a fresh connection and a kept one may break.
        for earlier_calls in [0, 1] {
            let (mut connection, mut peers) = in_memory(4_096);
            let client = async {
                for _ in 0..earlier_calls {
                    connection.call(ping()).await.unwrap();
                }
                connection.call(post("once")).await
            };
            let peer = async {
                let mut peer = peers.accept().await;
                for _ in 0..earlier_calls {
                    peer.head().await.unwrap();
                    peer.send(PONG).await;
                }
                assert_eq!(peer.request().await.unwrap().1, b"once");
                peer.send(reply).await;
            };
            let (error, ()) = meet(client, peer).await;
            assert!(
                matches!(error, Err(TransportError::CutOff { .. })),
                "{} after {earlier_calls}: {error:?}",
                reply.escape_ascii()
            );
            // The request was not repeated: there is no other connection.
            assert!(peers.is_empty());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_call_after_a_broken_one_works() {
    let (mut connection, mut peers) = in_memory(4_096);
    let (error, ()) = meet(connection.call(ping()), async {
        peers.accept().await.head().await.unwrap();
    })
    .await;
    error.unwrap_err();
    let (reply, ()) = meet(answered(connection.call(ping())), async {
        let mut peer = peers.accept().await;
        peer.head().await.unwrap();
        peer.send(PONG).await;
    })
    .await;
    assert_eq!(reply.body(), "pong");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_closes_every_connection_at_once_is_not_tried_for_ever() {
    let opened = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&opened);
    let mut connection = Connection::new(opened_by(move || {
        count.fetch_add(1, Ordering::Relaxed);
        // The other end is dropped here.
        duplex(64).0
    }));
    let (error, ()) = meet(connection.call(ping()), async {}).await;
    let error = error.unwrap_err();
    assert!(matches!(error, TransportError::Closed { .. }), "{error:?}");
    assert!(opened.load(Ordering::Relaxed) <= 2, "one connection and perhaps another are enough to know");
}

#[tokio::test]
async fn a_refused_connection_names_the_address() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let (error, ()) =
        meet(async { Connection::new(RuntimeApi::tcp(&address).unwrap()).call(ping()).await }, async {})
            .await;
    let error = error.unwrap_err();
    assert_eq!(error.to_string(), format!("cannot connect to {address}"));
    let TransportError::Connect { source, .. } = error else { panic!("{error:?}") };
    assert_eq!(source.kind(), io::ErrorKind::ConnectionRefused);
}

#[tokio::test(start_paused = true)]
async fn a_reply_in_another_language_is_not_http() {
    for garbage in [
        &b"220 mail.example.com ESMTP\r\n"[..],
        b"\x15\x03\x01\x00\x02\x02\x28 is how TLS says no\r\n\r\n",
        b"HTTP/1.1 two hundred\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: much\r\n\r\n",
    ] {
        let (mut connection, mut peers) = in_memory(4_096);
        let (error, _open) = meet(connection.call(ping()), async {
            let mut peer = peers.accept().await;
            peer.head().await.unwrap();
            peer.send(garbage).await;
            peer
        })
        .await;
        let error = error.unwrap_err();
        assert!(matches!(error, TransportError::NotHttp { .. }), "{}: {error:?}", garbage.escape_ascii());
        assert!(error.source().is_some());
        assert!(peers.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_fails_half_way_never_looks_complete() {
    let (mut connection, mut peers) = in_memory(4_096);
    let mut call = response::Call::new(RequestId::new("r-1").unwrap());
    call.mode = ResponseMode::Streaming;
    let frames = [Ok(Frame::data(Bytes::from_static(b"half"))), Err(io::Error::other("the disk is gone"))];
    let request = call.to_http(Frames::new(frames)).unwrap();
    let (error, received) = meet(connection.call(request), async {
        let mut peer = peers.accept().await;
        peer.rest().await
    })
    .await;
    // The author of the stream has to find his own error somewhere below.
    let error = error.unwrap_err();
    let mut causes = std::iter::successors(error.source(), |&cause| cause.source());
    assert!(causes.any(|cause| cause.to_string().contains("the disk is gone")), "{error:?}");
    let received = received.escape_ascii().to_string();
    assert!(!received.ends_with(r"0\r\n\r\n"), "{received}");
}
