//! Plays replies to a client and notes what it makes of them: to ours and to hyper's alike.

use std::{error::Error, fmt, pin::pin, time::Duration};

use bytes::Bytes;
use http::{Method, Request, Response, Version};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use lambda_api::client::Connection;
use tokio::{
    io::{AsyncWriteExt, DuplexStream, duplex},
    sync::mpsc,
    task::{AbortHandle, yield_now},
    time::{sleep, timeout},
};

use super::super::peer::{PONG, Peer, Peers, in_memory};

/// More than any script here has.
const ROOM: usize = 1024 * 1024;
/// Under a paused clock it is over as soon as nothing moves.
const SHORT: Duration = Duration::from_secs(1);

/// What the peer says to one call.
#[derive(Clone)]
pub(super) struct Script {
    pub(super) method: Method,
    pub(super) bytes: Vec<u8>,
    /// Where it is cut into writes, in any order; those behind its end are none.
    pub(super) cuts: Vec<usize>,
    /// Whether the peer closes the connection at once.
    pub(super) closes: bool,
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, bytes, cuts, closes } = self;
        write!(f, "{method} b\"{}\" cut at {cuts:?}, closes: {closes}", bytes.escape_ascii())
    }
}

impl Script {
    /// One write, on a connection that stays open.
    pub(super) fn new(bytes: &[u8]) -> Self {
        Self { method: Method::GET, bytes: bytes.to_vec(), cuts: Vec::new(), closes: false }
    }

    fn request(&self) -> Request<Full<Bytes>> {
        let body = if self.method == Method::POST { Bytes::from_static(b"ping") } else { Bytes::new() };
        Request::builder().method(&self.method).uri("/ping").body(Full::new(body)).unwrap()
    }

    fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        let mut cuts: Vec<_> = self.cuts.iter().copied().filter(|cut| *cut < self.bytes.len()).collect();
        cuts.extend([0, self.bytes.len()]);
        cuts.sort_unstable();
        cuts.dedup();
        (1..cuts.len()).map(move |at| &self.bytes[cuts[at - 1]..cuts[at]])
    }
}

/// What a client made of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// Or how it failed, in its own words.
    pub(super) reply: Result<Reply, String>,
    /// Whether it knew only when the connection was closed.
    pub(super) waits: bool,
    /// Whether the next call went over the same connection.
    pub(super) is_kept: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) version: Version,
    /// In order of their names; values of one name in the order in which they came.
    pub(super) headers: Vec<(String, Vec<u8>)>,
    pub(super) body: Bytes,
}

impl Reply {
    fn new(reply: Response<Bytes>) -> Self {
        let headers = reply.headers().iter();
        let mut headers: Vec<_> =
            headers.map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_owned())).collect();
        headers.sort_by(|one, other| one.0.cmp(&other.0));
        Self { status: reply.status().as_u16(), version: reply.version(), headers, body: reply.into_body() }
    }
}

/// What ours and hyper's client make of the same scripts.
pub(super) fn play_to_both(scripts: &[Script]) -> Vec<(Seen, Seen)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(async {
        let (ours, mut peers) = in_memory(ROOM);
        let ours = play(Ours(ours), &mut peers, scripts).await;
        let (theirs, mut peers) = Hyper::new();
        let theirs = play(theirs, &mut peers, scripts).await;
        ours.into_iter().zip(theirs).collect()
    })
}

async fn play(mut client: impl Client, peers: &mut Peers, scripts: &[Script]) -> Vec<Seen> {
    let mut seen: Vec<Seen> = Vec::new();
    let mut kept: Option<Peer<DuplexStream>> = None;
    // The last call shows whether the connection was kept after the last script.
    let last = Script::new(PONG);
    for script in scripts.iter().chain([&last]) {
        let mut call = pin!(client.call(script.request()));
        let peer = async {
            let mut is_reused = false;
            if let Some(peer) = &mut kept {
                is_reused = peer.request().await.is_some();
            }
            let mut peer = match kept.take().filter(|_| is_reused) {
                Some(peer) => peer,
                None => {
                    let mut peer = peers.accept().await;
                    peer.request().await.expect("a new connection was closed before anything was sent");
                    peer
                }
            };
            for piece in script.pieces() {
                // The client may have had enough.
                if peer.stream().write_all(piece).await.is_err() {
                    break;
                }
                // Twice, because whose turn it is first changes from one time to the next.
                yield_now().await;
                yield_now().await;
            }
            (Some(peer).filter(|_| !script.closes), is_reused)
        };
        let peer = async { timeout(SHORT * 10, peer).await.expect("no call arrives") };
        // Longer than whatever is waited for before the call is sent.
        let (early, (peer, is_reused)) = tokio::join!(timeout(SHORT * 5, call.as_mut()), peer);
        let waits = early.is_err();
        kept = peer.filter(|_| !waits);
        let reply = match early {
            Ok(reply) => reply,
            Err(_) => timeout(SHORT, call).await.expect("nobody is at the other end, and it still waits"),
        };
        if let Some(last) = seen.last_mut() {
            last.is_kept = is_reused;
        }
        seen.push(Seen { reply: reply.map(Reply::new), waits, is_kept: false });
    }
    let pong = seen.pop().unwrap();
    assert_eq!(pong.reply.map(|reply| reply.body), Ok(Bytes::from_static(b"pong")), "the last call");
    seen
}

trait Client {
    async fn call(&mut self, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, String>;
}

struct Ours(Connection<Full<Bytes>>);

impl Client for Ours {
    async fn call(&mut self, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, String> {
        self.0.call(request).await.map_err(|error| format!("{error:?}"))
    }
}

/// hyper's client, with a new connection when the last can take no more.
struct Hyper {
    opener: mpsc::UnboundedSender<DuplexStream>,
    open: Option<(http1::SendRequest<Full<Bytes>>, AbortHandle)>,
}

impl Hyper {
    fn new() -> (Self, Peers) {
        let (opener, opened) = mpsc::unbounded_channel();
        (Self { opener, open: None }, Peers::new(opened))
    }
}

impl Client for Hyper {
    async fn call(&mut self, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, String> {
        // Its connection lives in a task of its own, which has to see first what has come.
        sleep(SHORT).await;
        if let Some((sender, connection)) = &mut self.open
            && !timeout(SHORT, sender.ready()).await.is_ok_and(|ready| ready.is_ok())
        {
            connection.abort();
            self.open = None;
        }
        if self.open.is_none() {
            let (client, peer) = duplex(ROOM);
            self.opener.send(peer).unwrap();
            let (sender, connection) = http1::handshake(TokioIo::new(client)).await.unwrap();
            self.open = Some((sender, tokio::spawn(connection).abort_handle()));
        }
        let (sender, _) = self.open.as_mut().unwrap();
        let (head, body) = sender.send_request(request).await.map_err(explain)?.into_parts();
        let body = body.collect().await.map_err(explain)?.to_bytes();
        Ok(Response::from_parts(head, body))
    }
}

fn explain(error: hyper::Error) -> String {
    let causes = std::iter::successors(Some(&error as &dyn Error), |&cause| cause.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

impl Seen {
    /// Whether the other client made the same of it; in what words it fails is its own affair.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let is_same_reply = match (&self.reply, &other.reply) {
            (Ok(ours), Ok(theirs)) => ours == theirs,
            (ours, theirs) => ours.is_err() && theirs.is_err(),
        };
        is_same_reply && self.waits == other.waits && self.is_kept == other.is_kept
    }
}
