//! Whose turn it is while a body is on its way: what comes back is looked at, whatever is still to be written.

use std::{
    convert::Infallible,
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::Request;
use http_body::{Body, Frame};
use lambda_api::client::{Connection, Exchange};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, sleep},
};

use super::peer::{in_memory, meet, opened_by, post};

const ACCEPTED: &str = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";

/// A body that has a piece whenever it is asked, for as long as anybody asks.
struct Endless {
    asked: Arc<AtomicUsize>,
}

impl Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        assert!(asked < 100_000, "the reply was not looked at");
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"a row of sixty bytes or so")))))
    }
}

/// A body that never has anything.
struct Silent;

impl Body for Silent {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

/// A connection that takes all there is, and has a reply as soon as it has taken something. It knows nothing of tokio's
/// shares, so nothing else makes anybody wait.
struct Taking {
    has_taken: bool,
    reply: &'static [u8],
}

impl AsyncRead for Taking {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.has_taken {
            return Poll::Pending;
        }
        buffer.put_slice(std::mem::take(&mut self.reply));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Taking {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.has_taken = true;
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn with<B>(request: Request<B>) -> Exchange<B> {
    let mut place = Exchange::new();
    place.request = Some(request);
    place
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_always_has_more_is_stopped_by_the_reply_to_it() {
    let mut connection = Connection::new(opened_by(|| Taking {
        has_taken: false,
        reply: b"HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\n\r\n",
    }));
    let asked = Arc::<AtomicUsize>::default();
    let request = Request::post("/rows").body(Endless { asked: Arc::clone(&asked) }).unwrap();
    let reply = connection.call(request).await.unwrap();
    assert_eq!(reply.status(), 413);
    assert!(asked.load(Ordering::Relaxed) < 10, "{asked:?} pieces went past the reply");
}

#[tokio::test(start_paused = true)]
async fn who_accepts_a_body_and_reads_it_slowly_gets_all_of_it() {
    const PIECE: usize = 64 * 1024;

    let (mut connection, mut peers) = in_memory(PIECE);
    let mut place = with(post(vec![b'x'; 10 * PIECE]));
    let began = Instant::now();
    let (called, received) = meet(connection.exchange(&mut place), async {
        let mut peer = peers.accept().await;
        peer.head().await.unwrap();
        peer.send(ACCEPTED).await;
        let mut received = peer.taken();
        while received < 10 * PIECE {
            // Longer than who reads nothing is waited for, all in all.
            sleep(Duration::from_millis(900)).await;
            received += peer.take(PIECE).await;
        }
        received
    })
    .await;
    called.unwrap();
    assert_eq!((received, place.is_unread), (10 * PIECE, false));
    assert!(began.elapsed() > Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn who_accepts_a_body_and_reads_nothing_more_is_told_of() {
    let (mut connection, mut peers) = in_memory(4_096);
    let mut place = with(post(vec![b'x'; 100_000]));
    let (called, _open) = meet(connection.exchange(&mut place), async {
        let mut peer = peers.accept().await;
        peer.head().await.unwrap();
        peer.send(ACCEPTED).await;
        peer
    })
    .await;
    called.unwrap();
    assert!(place.is_unread && place.reply.unwrap().status() == 202);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_goes_after_accepting_a_stream_ends_it_though_it_has_nothing_to_say() {
    let (mut connection, mut peers) = in_memory(4_096);
    let mut place = with(Request::post("/live").body(Silent).unwrap());
    let (called, ()) = meet(connection.exchange(&mut place), async {
        let mut peer = peers.accept().await;
        peer.head().await.unwrap();
        peer.send(ACCEPTED).await;
    })
    .await;
    called.unwrap();
    assert!(place.is_unread && place.reply.unwrap().status() == 202);
}
