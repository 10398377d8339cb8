//! Calls that are dropped, or left lying, at every point at which they wait: the next call gets its own reply and no other.

use std::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Method, Request};
use http_body::{Body, Frame, SizeHint};
use lambda_api::client::Connection;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    task::yield_now,
};

use super::peer::{Peers, answered, in_memory, meet};

/// So little room that everything is written and read in many pieces.
const ROOM: usize = 7;
const PIECE: &[u8] = b"0123456789";

/// Three pieces, and waiting before each and before the end.
struct Slow {
    steps: u32,
    is_sized: bool,
}

impl Body for Slow {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.steps += 1;
        match self.steps {
            2 | 4 | 6 => Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(PIECE))))),
            8.. => Poll::Ready(None),
            _ => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        if self.is_sized { SizeHint::with_exact(3 * PIECE.len() as u64) } else { SizeHint::default() }
    }
}

/// How the peer replies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Sized,
    Chunked,
    /// Before it has read the body.
    Early,
}

/// Answers each call with its path.
async fn serve(mut stream: DuplexStream, manner: Manner) -> std::io::Result<()> {
    let mut unread = Vec::new();
    loop {
        let mut path = None;
        loop {
            let text = String::from_utf8(unread.clone()).unwrap();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let is_first = path.is_none();
                path = head.split(' ').nth(1).map(str::to_owned);
                if manner == Manner::Early && is_first {
                    reply(&mut stream, manner, path.as_deref()).await?;
                }
                let chunked = head
                    .contains("transfer-encoding: chunked")
                    .then(|| body.find("0\r\n\r\n"))
                    .map(|end| end.map(|end| end + 5));
                let length = chunked.unwrap_or(Some(3 * PIECE.len()));
                if let Some(end) = length.filter(|end| *end <= body.len()) {
                    unread.drain(..head.len() + 4 + end);
                    break;
                }
            }
            if stream.read_buf(&mut unread).await? == 0 {
                return Ok(());
            }
        }
        if manner != Manner::Early {
            reply(&mut stream, manner, path.as_deref()).await?;
        }
    }
}

async fn reply(stream: &mut DuplexStream, manner: Manner, path: Option<&str>) -> std::io::Result<()> {
    let path = path.unwrap();
    let length = path.len();
    let reply = match manner {
        Manner::Chunked => {
            let (one, other) = path.split_at(1);
            let rest = other.len();
            format!(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{one}\r\n{rest:x}\r\n{other}\r\n0\r\n\r\n"
            )
        }
        _ => format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{path}"),
    };
    stream.write_all(reply.as_bytes()).await
}

async fn serve_all(peers: &mut Peers, manner: Manner) {
    loop {
        tokio::spawn(serve(peers.accept().await.into_stream(), manner));
    }
}

fn call(path: &str, is_sized: bool) -> Request<Slow> {
    Request::builder().method(Method::POST).uri(path).body(Slow { steps: 0, is_sized }).unwrap()
}

/// Polls a call so many times; whether it came to its end.
struct Polls<'a, F>(Pin<&'a mut F>, u32);

impl<F: Future> Future for Polls<'_, F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.1 == 0 {
            return Poll::Ready(None);
        }
        self.1 -= 1;
        if let Poll::Ready(output) = self.0.as_mut().poll(cx) {
            return Poll::Ready(Some(output));
        }
        // The last time counts as one for which nobody waits.
        if self.1 == 0 { Poll::Ready(None) } else { Poll::Pending }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Dropped,
    /// Neither polled again nor dropped.
    Forgotten,
}

/// Ends a call after so many polls, and makes another; whether the first had come to its end by then.
async fn end_after(polls: u32, end: End, is_earlier: bool, is_sized: bool, manner: Manner) -> bool {
    let (mut connection, mut peers): (Connection<Slow>, _) = in_memory(ROOM);
    let client = async {
        if is_earlier {
            assert_eq!(answered(connection.call(call("/before", is_sized))).await.body(), "/before");
        }
        let ended = match end {
            End::Dropped => Polls(pin!(connection.call(call("/ended", is_sized))), polls).await,
            End::Forgotten => {
                let mut ended = Box::pin(connection.call(call("/ended", is_sized)));
                let output = Polls(ended.as_mut(), polls).await;
                std::mem::forget(ended);
                output
            }
        };
        let is_over = ended.is_some();
        if let Some(reply) = ended {
            assert_eq!(reply.unwrap().body(), "/ended");
        }
        // The reply to it may come by now, or not yet.
        for _ in 0..polls % 3 {
            yield_now().await;
        }
        for path in ["/next", "/last"] {
            assert_eq!(
                answered(connection.call(call(path, is_sized))).await.body(),
                path,
                "after {polls} polls"
            );
        }
        is_over
    };
    let both = async {
        tokio::select! {
            is_over = client => is_over,
            () = serve_all(&mut peers, manner) => unreachable!("it serves for ever"),
        }
    };
    meet(both, async {}).await.0
}

async fn end_everywhere(end: End) {
    for manner in [Manner::Sized, Manner::Chunked, Manner::Early] {
        for (is_earlier, is_sized) in [(false, false), (false, true), (true, false), (true, true)] {
            let mut polls = 0;
            while !end_after(polls, end, is_earlier, is_sized, manner).await {
                polls += 1;
            }
            assert!(polls > 10, "{manner:?} waits only {polls} times");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_dropped_wherever_it_waits_leaves_nothing_to_the_next() {
    end_everywhere(End::Dropped).await;
}

#[tokio::test(start_paused = true)]
async fn a_call_forgotten_wherever_it_waits_leaves_nothing_to_the_next() {
    end_everywhere(End::Forgotten).await;
}
