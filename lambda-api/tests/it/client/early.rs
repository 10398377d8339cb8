//! Requests that do not get out as they should: bodies that lie, replies that come too early, peers that stop reading, and
//! connections that break in one direction.

use std::{
    io,
    pin::{Pin, pin},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::Request;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use lambda_api::client::{Connection, TransportError};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::mpsc,
    task::yield_now,
    time::{Instant, timeout},
};

use super::peer::{PONG, Peer, Peers, answered, in_memory, meet, opened_by, ping, post};

const ROOM: usize = 64 * 1024;

/// A body whose pieces a test sends while the call is under way, and which may lie about its length.
struct Live {
    pieces: mpsc::UnboundedReceiver<io::Result<Bytes>>,
    says: SizeHint,
}

impl Body for Live {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.pieces.poll_recv(cx).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }

    fn size_hint(&self) -> SizeHint {
        self.says
    }
}

fn live(says: SizeHint) -> (mpsc::UnboundedSender<io::Result<Bytes>>, Request<Live>) {
    let (sender, pieces) = mpsc::unbounded_channel();
    (sender, Request::post("/live").body(Live { pieces, says }).unwrap())
}

fn lying(says: u64, pieces: &[&'static str]) -> Request<Live> {
    let (sender, request) = live(SizeHint::with_exact(says));
    for piece in pieces {
        sender.send(Ok(Bytes::from_static(piece.as_bytes()))).unwrap();
    }
    request
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_not_as_long_as_it_said_fails_and_never_looks_complete() {
    for (says, pieces, arrives) in [
        (5, &["pong"][..], "pong"),
        (5, &["po", "", "ng"], "pong"),
        (5, &[], ""),
        // What is too long is not sent, not even the part that would have had its place.
        (4, &["pongpong"], ""),
        (4, &["po", "ngs"], "po"),
    ] {
        let (mut connection, mut peers) = in_memory(ROOM);
        let (result, (peer, is_head, body)) = meet(connection.call(lying(says, pieces)), async {
            let mut peer = peers.accept().await;
            let all = String::from_utf8(peer.rest().await).unwrap();
            let (head, body) = all.split_once("\r\n\r\n").unwrap_or_default();
            (peer, head.contains(&format!("content-length: {says}")), body.to_owned())
        })
        .await;
        drop(peer);
        assert!(matches!(result, Err(TransportError::RequestBody { .. })), "{pieces:?}: {result:?}");
        assert_eq!(body, arrives, "{pieces:?}");
        // If the first piece is wrong already, nothing goes out at all.
        assert!(is_head || body.is_empty(), "{pieces:?}");
        let next = connection.call(lying(4, &["pong"]));
        let (reply, ()) = meet(answered(next), async {
            let mut peer = peers.accept().await;
            assert_eq!(peer.request().await.unwrap().1, b"pong");
            peer.send(PONG).await;
        })
        .await;
        assert_eq!(reply.body(), "pong");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_body_has_behind_its_length_is_not_asked_for() {
    let (mut connection, mut peers) = in_memory(ROOM);
    let client = async {
        for _ in 0..2 {
            assert_eq!(answered(connection.call(lying(4, &["ping", "pong"]))).await.body(), "pong");
        }
        // An error there is not seen either.
        let (pieces, request) = live(SizeHint::with_exact(0));
        pieces.send(Err(io::Error::other("the disk is gone"))).unwrap();
        answered(connection.call(request)).await
    };
    meet(client, async {
        let mut peer = peers.accept().await;
        for body in [&b"ping"[..], b"ping", b""] {
            assert_eq!(peer.request().await.unwrap().1, body);
            peer.send(PONG).await;
        }
    })
    .await;
}

/// Replies to the head of a stream, then lets it go on; what arrived behind the head, and how the call ended before it did.
async fn reply_to_a_pending_stream(reply: &str) -> (Option<u16>, Vec<u8>, bool) {
    let (mut connection, mut peers): (Connection<Live>, Peers) = in_memory(ROOM);
    let (pieces, request) = live(SizeHint::default());
    let mut peer = None;
    let early;
    {
        let mut call = pin!(connection.call(request));
        let both = async {
            let mut accepted = peers.accept().await;
            accepted.head().await.unwrap();
            accepted.send(reply).await;
            peer = Some(accepted);
            std::future::pending::<()>().await;
        };
        // A second in which nothing happens.
        early = tokio::select! {
            reply = call.as_mut() => Some(reply.unwrap().status().as_u16()),
            () = both => None,
            () = tokio::time::sleep(Duration::from_secs(10)) => None,
        };
        if early.is_none() {
            pieces.send(Ok(Bytes::from_static(b"late"))).unwrap();
            drop(pieces);
            assert!(meet(call, async {}).await.0.unwrap().status().is_success());
        }
    }
    let mut peer = peer.unwrap();
    let (sender, request) = live(SizeHint::with_exact(0));
    drop(sender);
    let behind = async { if early.is_none() { peer.up_to(b"0\r\n\r\n").await } else { Vec::new() } };
    let (_, behind) = meet(async {}, behind).await;
    let (_, is_kept) = meet(answered(connection.call(request)), async {
        let is_kept = peer.head().await.is_some();
        if !is_kept {
            peer = peers.accept().await;
            peer.head().await.unwrap();
        }
        peer.send(PONG).await;
        is_kept
    })
    .await;
    (early, behind, is_kept)
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_accepted_early_is_written_to_its_end() {
    for (reply, is_kept) in [
        ("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", true),
        // Who closes afterwards, or speaks HTTP/1.0, may read on all the same.
        ("HTTP/1.1 202 Accepted\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", false),
        ("HTTP/1.0 202 Accepted\r\nContent-Length: 0\r\n\r\n", false),
    ] {
        let (early, behind, kept) = reply_to_a_pending_stream(reply).await;
        assert_eq!((early, kept), (None, is_kept), "{reply}");
        assert_eq!(behind, b"4\r\nlate\r\n0\r\n\r\n", "{reply}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_refused_early_is_given_up_at_once() {
    for reply in [
        "HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 413 Payload Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    ] {
        assert_eq!(reply_to_a_pending_stream(reply).await, (Some(413), Vec::new(), false), "{reply}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_accepts_and_never_reads_on_holds_up_for_a_second_and_no_longer() {
    for connection_header in ["", "Connection: close\r\n"] {
        let (mut connection, mut peers) = in_memory(ROOM);
        let began = Instant::now();
        let call = answered(connection.call(post(vec![b'x'; 8_000_000])));
        let (reply, _open) = meet(call, async {
            let mut peer = peers.accept().await;
            peer.head().await.unwrap();
            peer.send(format!("HTTP/1.1 202 Accepted\r\n{connection_header}Content-Length: 0\r\n\r\n")).await;
            peer
        })
        .await;
        assert_eq!(reply.status(), 202);
        assert_eq!(began.elapsed().as_secs(), 1);
        let (reply, _) = meet(answered(connection.call(ping())), async {
            let mut peer = peers.accept().await;
            peer.head().await.unwrap();
            peer.send(PONG).await;
        })
        .await;
        assert_eq!(reply.body(), "pong");
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_stops_reading_is_waited_for_until_the_caller_has_had_enough() {
    let (mut connection, mut peers) = in_memory(ROOM);
    let hour = Duration::from_secs(3_600);
    let mut stuck = pin!(async {
        let mut peer = peers.accept().await;
        peer.head().await.unwrap();
        (peer, peers)
    });
    let call = timeout(hour, connection.call(post(vec![b'x'; 8_000_000])));
    let (result, (mut peer, mut peers)) = tokio::join!(call, stuck.as_mut());
    assert!(result.is_err(), "nobody has replied: {result:?}");
    let (_, rest) = meet(async {}, peer.rest()).await;
    assert!(rest.len() <= 2 * ROOM, "more has come than was on its way");
    let (reply, ()) = meet(answered(connection.call(ping())), async {
        let mut peer = peers.accept().await;
        peer.head().await.unwrap();
        peer.send(PONG).await;
    })
    .await;
    assert_eq!(reply.body(), "pong");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_fails_counts_more_than_a_reply_that_comes_with_it() {
    let (mut connection, mut peers) = in_memory(ROOM);
    let (pieces, request) = live(SizeHint::default());
    let (result, _) = meet(connection.call(request), async {
        let mut peer: Peer<_> = peers.accept().await;
        peer.head().await.unwrap();
        pieces.send(Err(io::Error::other("the disk is gone"))).unwrap();
        peer.send(PONG).await;
        yield_now().await;
    })
    .await;
    assert!(matches!(result, Err(TransportError::RequestBody { .. })), "{result:?}");
}

/// A connection that takes so many bytes and then breaks in this direction only.
struct OneWay {
    takes: usize,
    breaks: io::ErrorKind,
    /// Readable once something was written.
    reply: &'static [u8],
    /// Or it stays open for ever.
    ends: bool,
    is_asked: bool,
}

impl AsyncRead for OneWay {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.is_asked || (self.reply.is_empty() && !self.ends) {
            return Poll::Pending;
        }
        buffer.put_slice(std::mem::take(&mut self.reply));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for OneWay {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.is_asked = true;
        let taken = bytes.len().min(self.takes);
        self.takes -= taken;
        let is_broken = taken == 0 && self.breaks != io::ErrorKind::WriteZero;
        Poll::Ready(if is_broken { Err(self.breaks.into()) } else { Ok(taken) })
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(if self.takes == 0 { Err(self.breaks.into()) } else { Ok(()) })
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

async fn call_one_way(takes: usize, breaks: io::ErrorKind, reply: &'static [u8], ends: bool) -> Called {
    let opened = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = std::sync::Arc::clone(&opened);
    let api = opened_by(move || {
        count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        OneWay { takes, breaks, reply, ends, is_asked: false }
    });
    let mut connection: Connection<Full<Bytes>> = Connection::new(api);
    let mut results = Vec::new();
    for _ in 0..2 {
        results.push(meet(connection.call(post("x".repeat(100))), async {}).await.0);
    }
    (results, opened.load(std::sync::atomic::Ordering::Relaxed))
}

/// The results of two calls, and how many connections they took.
type Called = (Vec<Result<http::Response<Bytes>, TransportError>>, usize);

/// A head, and about half of the body behind it; all of both, which can then not be flushed.
const TAKEN: [usize; 4] = [0, 20, 100, 155];

#[tokio::test(start_paused = true)]
async fn a_reply_that_is_there_counts_although_the_request_could_not_be_written() {
    for takes in TAKEN {
        for breaks in [io::ErrorKind::BrokenPipe, io::ErrorKind::WriteZero] {
            for ends in [false, true] {
                let (results, opened) = call_one_way(takes, breaks, PONG, ends).await;
                assert!(results.iter().all(|result| result.as_ref().unwrap().body() == "pong"));
                assert_eq!(opened, 2, "a connection that has broken is used again");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_could_not_be_written_is_cut_off_if_no_reply_comes() {
    for takes in TAKEN {
        for breaks in [io::ErrorKind::BrokenPipe, io::ErrorKind::WriteZero] {
            for ends in [false, true] {
                // What is not all of a reply is none.
                for reply in [&b""[..], b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npon"] {
                    let (results, opened) = call_one_way(takes, breaks, reply, ends).await;
                    for result in results {
                        let Err(TransportError::CutOff { source, .. }) = result else { panic!("{result:?}") };
                        assert_eq!(source.kind(), breaks);
                    }
                    assert_eq!(opened, 2);
                }
            }
        }
    }
}
