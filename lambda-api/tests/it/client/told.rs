//! One reply, told to a client in pieces.

use bytes::Bytes;
use http::Response;
use lambda_api::client::{NotHttp, TransportError};
use tokio::{io::AsyncWriteExt, task::yield_now};

use super::peer::{PONG, answered, in_memory, meet, ping};

const ROOM: usize = 64 * 1024;

/// What the client made of it.
pub(super) struct Told {
    pub(super) reply: Result<Response<Bytes>, TransportError>,
    /// Whether the next call, which has got its own reply, went over the same connection.
    pub(super) is_kept: bool,
}

impl Told {
    /// What about it is not HTTP.
    pub(super) fn problem(self) -> NotHttp {
        match self.reply {
            Err(TransportError::NotHttp { source, .. }) => source,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn body(self) -> Bytes {
        self.reply.unwrap().into_body()
    }
}

/// Tells a reply on a connection that stays open.
pub(super) async fn tell<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Told {
    tell_and(pieces, false).await
}

/// Tells a reply and closes the connection behind it.
pub(super) async fn tell_and_close<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Told {
    tell_and(pieces, true).await
}

async fn tell_and<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, closes: bool) -> Told {
    let (mut connection, mut peers) = in_memory(ROOM);
    let (reply, peer) = meet(connection.call(ping()), async {
        let mut peer = peers.accept().await;
        peer.request().await.unwrap();
        for piece in pieces {
            // Who has had enough closes.
            if peer.stream().write_all(piece).await.is_err() {
                break;
            }
            // Twice, because whose turn it is first changes from one time to the next.
            yield_now().await;
            yield_now().await;
        }
        Some(peer).filter(|_| !closes)
    })
    .await;
    let (next, is_kept) = meet(answered(connection.call(ping())), async {
        let mut is_kept = false;
        let kept = match peer {
            None => None,
            Some(mut peer) => {
                is_kept = peer.request().await.is_some();
                Some(peer).filter(|_| is_kept)
            }
        };
        let mut peer = match kept {
            Some(peer) => peer,
            None => {
                let mut peer = peers.accept().await;
                peer.request().await.unwrap();
                peer
            }
        };
        peer.send(PONG).await;
        is_kept
    })
    .await;
    assert_eq!(next.body(), "pong", "another reply than that to the call");
    Told { reply, is_kept }
}

/// Tells it once in one piece, and then cut in two at every byte.
pub(super) async fn tell_cut(reply: &[u8], mut check: impl FnMut(Told)) {
    for cut in 0..reply.len() {
        let (first, second) = reply.split_at(cut);
        check(tell([first, second].into_iter().filter(|piece| !piece.is_empty())).await);
    }
}
