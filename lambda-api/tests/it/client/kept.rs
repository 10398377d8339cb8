//! The connection is kept as long as it can be, and replaced without anybody noticing when it cannot.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::Full;
use lambda_api::{
    client::{Connection, TransportError},
    transport::{RuntimeApi, Stream},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

use super::peer::{PONG, Peer, Peers, answered, in_memory, meet, opened_by, ping, post};

/// A listener of its own for each test, and the API behind it.
async fn listen(path: &str) -> (TcpListener, RuntimeApi) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let api = RuntimeApi::tcp(&format!("{}{path}", listener.local_addr().unwrap())).unwrap();
    (listener, api)
}

#[tokio::test]
async fn a_thousand_calls_use_one_connection() {
    let (listener, api) = listen("").await;
    let client = async move {
        let mut connection = Connection::new(api);
        for call in 0..1_000 {
            let reply = connection.call(post(format!("call {call}"))).await.unwrap();
            assert_eq!(reply.body(), "pong");
        }
    };
    let peer = async move {
        let (stream, _) = listener.accept().await.unwrap();
        // Whoever opens a second connection is refused.
        drop(listener);
        let mut peer = Peer::new(stream);
        let mut requests = 0;
        while let Some((_, body)) = peer.request().await {
            assert_eq!(body, format!("call {requests}").as_bytes());
            requests += 1;
            peer.send(PONG).await;
        }
        requests
    };
    assert_eq!(meet(client, peer).await.1, 1_000);
}

#[tokio::test]
async fn small_writes_are_not_held_back() {
    let (listener, api) = listen("").await;
    let (opened, _) = meet(api.connect(), listener.accept()).await;
    let Stream::Tcp(stream) = opened.unwrap() else { panic!("TCP was asked for") };
    assert!(stream.nodelay().unwrap());
}

#[tokio::test]
async fn a_call_has_the_host_and_the_base_path_of_an_emulator() {
    let (listener, api) = listen("/.rt/hello/").await;
    let host = listener.local_addr().unwrap().to_string();
    let client = async move { Connection::new(api).call(ping()).await.unwrap() };
    let peer = async move {
        let mut peer = Peer::new(listener.accept().await.unwrap().0);
        let head = peer.head().await.unwrap();
        peer.send(PONG).await;
        head
    };
    let (_, head) = meet(client, peer).await;
    assert_eq!(head, format!("GET /.rt/hello/2018-06-01/ping HTTP/1.1\r\nhost: {host}\r\n\r\n"));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_comes_after_its_head_is_read_and_the_connection_kept() {
    const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n";

    // There is room for the head only, so the body cannot set out before the head has been read.
    let (mut connection, mut peers) = in_memory(HEAD.len());
    let client = async {
        for _ in 0..3 {
            assert_eq!(connection.call(ping()).await.unwrap().body(), &b"ping\0ng\xc3"[..]);
        }
    };
    let peer = async {
        let mut peer = peers.accept().await;
        for _ in 0..3 {
            peer.head().await.unwrap();
            peer.send(HEAD).await;
            peer.send(b"ping\0ng\xc3").await;
        }
    };
    meet(client, peer).await;
    assert!(peers.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_chunked_reply_is_read_to_its_end_and_the_connection_kept() {
    const REPLY: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Late\r\n\r\n\
        4\r\npong\r\n5;note=x\r\n pong\r\n0\r\nLate: yes\r\n\r\n";

    // A room of one byte cuts the reply in every possible place; a roomy one in none.
    for room in [1, 7, 4_096] {
        let (mut connection, mut peers) = in_memory(room);
        let client = async {
            for _ in 0..3 {
                assert_eq!(connection.call(ping()).await.unwrap().body(), "pong pong");
            }
        };
        let peer = async {
            let mut peer = peers.accept().await;
            for _ in 0..3 {
                peer.head().await.unwrap();
                peer.send(REPLY).await;
            }
        };
        meet(client, peer).await;
        assert!(peers.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_closed_between_calls_is_replaced_and_the_call_arrives_once() {
    let (mut connection, mut peers) = in_memory(4_096);
    let (_, mut first) = meet(answered(connection.call(post("first"))), async {
        let mut peer = peers.accept().await;
        assert_eq!(peer.request().await.unwrap().1, b"first");
        peer.send(PONG).await;
        peer
    })
    .await;
    let unasked = first.rest();
    // Nothing may have come on the old connection but what was answered; it is closed by dropping it.
    assert!(tokio::time::timeout(std::time::Duration::ZERO, unasked).await.is_err());
    drop(first);

    let (reply, _) = meet(answered(connection.call(post("second"))), async {
        let mut peer = peers.accept().await;
        assert_eq!(peer.request().await.unwrap().1, b"second");
        peer.send(PONG).await;
    })
    .await;
    assert_eq!(reply.body(), "pong");
    assert!(peers.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_close_is_seen_by_a_task_that_has_used_up_its_share_of_the_thread() {
    // How much that is, is tokio's own affair; in one of these cases nothing is left.
    for used in 90..140 {
        let (mut connection, mut peers) = in_memory(4_096);
        let served = async |peers: &mut Peers| {
            let mut peer = peers.accept().await;
            peer.request().await.unwrap();
            peer.send(PONG).await;
        };
        meet(answered(connection.call(post("first"))), served(&mut peers)).await;
        let (sender, mut receiver) = mpsc::unbounded_channel();
        (0..used).for_each(|_| sender.send(()).unwrap());
        tokio::task::yield_now().await;
        let second = async {
            for _ in 0..used {
                receiver.recv().await.unwrap();
            }
            answered(connection.call(post("second"))).await
        };
        meet(second, served(&mut peers)).await;
    }
}

/// Over TCP a close is known to the kernel first and to tokio when its reactor runs. Under `idle` it runs
/// between the two calls; otherwise the handler has computed without awaiting. Returns the second call's
/// result, after which a third has been answered.
async fn call_after_a_close_over_tcp(idle: impl Future<Output = ()>) -> Result<Bytes, TransportError> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let watched = Arc::new(Mutex::new(Vec::new()));
    let watch = Arc::clone(&watched);
    let mut connection = Connection::new(opened_by(move || {
        let stream = std::net::TcpStream::connect(address).unwrap();
        stream.set_nonblocking(true).unwrap();
        watch.lock().unwrap().push(stream.try_clone().unwrap());
        TcpStream::from_std(stream).unwrap()
    }));
    let serve_one = async || {
        let mut peer = Peer::new(listener.accept().await.unwrap().0);
        peer.head().await.unwrap();
        peer.send(PONG).await;
        peer
    };

    let (_, peer) = meet(answered(connection.call(ping())), serve_one()).await;
    drop(peer);
    // The kernel is asked until it knows of the close, without the help of tokio.
    let socket = watched.lock().unwrap().pop().unwrap();
    while socket.peek(&mut [0]).is_err() {
        std::thread::yield_now();
    }
    idle.await;
    let second = async {
        let result = connection.call(ping()).await;
        if result.is_err() {
            // The peer waits for a call all the same.
            answered(connection.call(ping())).await;
        }
        result.map(|reply| reply.into_body())
    };
    meet(second, serve_one()).await.0
}

#[tokio::test]
async fn a_close_that_the_reactor_has_seen_costs_no_call() {
    // A task that yields while no other is ready lets the reactor run.
    let reply = call_after_a_close_over_tcp(tokio::task::yield_now()).await;
    assert_eq!(reply.unwrap(), "pong");
}

#[tokio::test]
async fn a_close_that_the_reactor_has_not_seen_yet_cuts_one_call_off_and_not_the_next() {
    let cut_off = call_after_a_close_over_tcp(async {}).await;
    assert!(matches!(cut_off, Err(TransportError::CutOff { .. })), "{cut_off:?}");
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_announces_the_close_is_the_last_on_its_connection() {
    let (mut connection, mut peers) = in_memory(4_096);
    for reply in [
        &b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\npong"[..],
        b"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\npong",
    ] {
        let (reply, _) = meet(answered(connection.call(ping())), async {
            let mut peer = peers.accept().await;
            peer.head().await.unwrap();
            peer.send(reply).await;
            peer
        })
        .await;
        assert_eq!(reply.body(), "pong");
    }
}

#[tokio::test(start_paused = true)]
async fn a_reply_without_a_length_ends_with_its_connection() {
    let (mut connection, mut peers) = in_memory(4_096);
    for _ in 0..2 {
        let (reply, _) = meet(answered(connection.call(ping())), async {
            let mut peer = peers.accept().await;
            peer.head().await.unwrap();
            peer.send(b"HTTP/1.1 200 OK\r\n\r\npo").await;
            peer.send(b"ng").await;
        })
        .await;
        assert_eq!(reply.body(), "pong");
    }
}

#[tokio::test(start_paused = true)]
async fn bytes_that_nobody_asked_for_end_the_connection_and_not_the_next_call() {
    const TIMED_OUT: &[u8] = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n";

    let (mut connection, mut peers) = in_memory(4_096);
    let (_, mut first) = meet(answered(connection.call(ping())), async {
        let mut peer = peers.accept().await;
        peer.head().await.unwrap();
        peer.send(PONG).await;
        peer
    })
    .await;
    first.send(TIMED_OUT).await;

    let (reply, _) = meet(answered(connection.call(ping())), async {
        let mut peer = peers.accept().await;
        peer.head().await.unwrap();
        peer.send(PONG).await;
    })
    .await;
    assert_eq!(reply.status(), 200);
    assert_eq!(first.rest().await, b"");
}

#[tokio::test(start_paused = true)]
async fn dropping_a_call_closes_the_connection_and_the_next_call_works() {
    let (mut connection, mut peers) = in_memory::<Full<Bytes>>(4_096);
    let mut first = {
        let call = connection.call(ping());
        tokio::select! {
            biased;
            reply = call => panic!("nobody has replied, and yet there is {reply:?}"),
            peer = async {
                let mut peer = peers.accept().await;
                peer.head().await.unwrap();
                peer
            } => peer,
        }
    };
    // The end of the stream, which only the client can have caused.
    let ((), rest) = meet(async {}, first.rest()).await;
    assert_eq!(rest, b"");

    let (reply, _) = meet(answered(connection.call(ping())), async {
        let mut peer = peers.accept().await;
        peer.head().await.unwrap();
        peer.send(PONG).await;
    })
    .await;
    assert_eq!(reply.body(), "pong");
}

#[tokio::test(start_paused = true)]
async fn a_connection_closed_by_its_owner_is_opened_again() {
    let (mut connection, mut peers) = in_memory(4_096);
    for _ in 0..2 {
        let (_, mut peer) = meet(answered(connection.call(ping())), async {
            let mut peer = peers.accept().await;
            peer.head().await.unwrap();
            peer.send(PONG).await;
            peer
        })
        .await;
        connection.close();
        assert_eq!(meet(async {}, peer.rest()).await.1, b"");
    }
}
