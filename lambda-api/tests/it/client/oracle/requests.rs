//! What our client writes, hyper's server reads.

use std::{
    collections::VecDeque,
    convert::Infallible,
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use proptest::{
    collection::{btree_map, vec},
    prelude::*,
    sample::select,
};
use tokio::sync::mpsc;

use super::super::peer::in_memory;

const TRAILERS: [&str; 3] =
    ["lambda-runtime-function-error-type", "lambda-runtime-function-error-body", "x-other"];

/// A request as it is made, and as it is to arrive.
#[derive(Clone, Debug)]
struct Call {
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Pieces,
    /// The names that the head announces, in one line or in several.
    announced: Vec<&'static str>,
    is_one_line: bool,
}

/// A body in pieces, with waiting in between.
#[derive(Clone, Debug)]
struct Pieces {
    steps: VecDeque<Step>,
    trailers: HeaderMap,
    /// Whether it says how long it is.
    is_sized: bool,
    /// Whether it says that it is over when it is.
    knows_its_end: bool,
}

#[derive(Clone, Debug)]
enum Step {
    Data(Bytes),
    Wait,
}

impl Pieces {
    fn whole(&self) -> Vec<u8> {
        let data = self.steps.iter().filter_map(|step| match step {
            Step::Data(data) => Some(&data[..]),
            Step::Wait => None,
        });
        data.collect::<Vec<_>>().concat()
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match self.steps.pop_front() {
            Some(Step::Data(data)) => Poll::Ready(Some(Ok(Frame::data(data)))),
            Some(Step::Wait) => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            None if self.trailers.is_empty() => Poll::Ready(None),
            None => Poll::Ready(Some(Ok(Frame::trailers(std::mem::take(&mut self.trailers))))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.knows_its_end && self.steps.is_empty() && self.trailers.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        if self.is_sized { SizeHint::with_exact(self.whole().len() as u64) } else { SizeHint::default() }
    }
}

fn headers(names: &'static [&'static str], most: usize) -> impl Strategy<Value = HeaderMap> {
    vec((select(names), "[!-~\u{e4}]([ -~]{0,20}[!-~])?"), 0..most).prop_map(|lines| {
        let line = |(name, value): (&'static str, String)| {
            (HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap())
        };
        lines.into_iter().map(line).fold(HeaderMap::new(), |mut headers, (name, value)| {
            headers.append(name, value);
            headers
        })
    })
}

fn pieces() -> impl Strategy<Value = Pieces> {
    let data = vec(any::<u8>(), 0..60).prop_map(|data| Step::Data(data.into()));
    let step = prop_oneof![3 => data, 1 => Just(Step::Wait)];
    (vec(step, 0..6), headers(&TRAILERS, 4), any::<bool>(), any::<bool>()).prop_map(
        |(steps, trailers, is_sized, knows_its_end)| Pieces {
            steps: steps.into(),
            // A length leaves no place for them.
            trailers: if is_sized { HeaderMap::new() } else { trailers },
            is_sized,
            knows_its_end,
        },
    )
}

fn call() -> impl Strategy<Value = Call> {
    let method = select(&[Method::GET, Method::POST, Method::PUT][..]);
    let names = &["content-type", "x-other", "lambda-runtime-function-error-type", "user-agent", "accept"];
    // What the caller says of the length is not for him to say.
    let framing = btree_map(
        select(&["content-length", "transfer-encoding", "host"][..]),
        select(&["0", "5", "chunked", "1000000"][..]),
        0..2,
    );
    let announced = prop_oneof![Just(Vec::new()), vec(select(&TRAILERS[..]), 1..3)];
    (
        (method, "/[a-z0-9/._~%-]{0,30}(\\?[a-z=&]{0,8})?"),
        (headers(names, 6), framing),
        pieces(),
        (announced, any::<bool>()),
    )
        .prop_map(|((method, path), (mut headers, framing), body, (announced, is_one_line))| {
            for (name, value) in framing {
                headers.insert(name, HeaderValue::from_static(value));
            }
            Call { method, path, headers, body, announced, is_one_line }
        })
        .prop_filter("a path that is one", |call| call.path.parse::<http::Uri>().is_ok())
}

impl Call {
    fn to_http(&self) -> Request<Pieces> {
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.path.parse().unwrap();
        *request.headers_mut() = self.headers.clone();
        let mut lines: Vec<_> = self.announced.iter().map(|&name| name.to_owned()).collect();
        if self.is_one_line && !lines.is_empty() {
            lines = vec![lines.join(", ")];
        }
        for line in lines {
            request.headers_mut().append(header::TRAILER, HeaderValue::from_str(&line).unwrap());
        }
        request
    }

    /// What has to arrive; of the headers only those that do not say where the body ends.
    fn arrived(&self) -> Arrived {
        let is_chunked = !self.body.is_sized || self.headers.contains_key(header::TRANSFER_ENCODING);
        let is_absent = self.method == Method::GET && self.body.whole().is_empty();
        let trailers = self.body.trailers.iter().filter(|(name, _)| self.announced.contains(&name.as_str()));
        Arrived {
            method: self.method.clone(),
            path: self.path.clone(),
            headers: list(self.to_http().headers()),
            body: self.body.whole(),
            trailers: list(trailers),
            is_chunked,
            lengths: usize::from(!is_chunked && !is_absent),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Arrived {
    method: Method,
    path: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    trailers: Vec<(String, Vec<u8>)>,
    is_chunked: bool,
    /// How many lines give one.
    lengths: usize,
}

/// All but those that say where the body ends.
fn list<'a>(headers: impl IntoIterator<Item = (&'a HeaderName, &'a HeaderValue)>) -> Vec<(String, Vec<u8>)> {
    let framing = [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::HOST];
    let others = headers.into_iter().filter(|(name, _)| !framing.contains(name));
    let mut list: Vec<_> =
        others.map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_owned())).collect();
    list.sort_by(|one, other| one.0.cmp(&other.0));
    list
}

async fn take_down(request: Request<Incoming>) -> Arrived {
    let (head, body) = request.into_parts();
    let hosts: Vec<_> = head.headers.get_all(header::HOST).iter().collect();
    assert_eq!(hosts, ["localhost"]);
    let mut codings = head.headers.get_all(header::TRANSFER_ENCODING).iter();
    let body = body.collect().await.unwrap();
    Arrived {
        method: head.method,
        path: head.uri.to_string(),
        headers: list(&head.headers),
        trailers: body.trailers().map(list).unwrap_or_default(),
        body: body.to_bytes().to_vec(),
        is_chunked: codings.next().is_some_and(|coding| coding == "chunked") && codings.next().is_none(),
        lengths: head.headers.get_all(header::CONTENT_LENGTH).iter().count(),
    }
}

fn send(calls: &[Call], room: usize) -> Vec<Arrived> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(async {
        let (mut connection, mut peers) = in_memory(room);
        let (note, mut notes) = mpsc::unbounded_channel();
        let client = async {
            for call in calls {
                let reply = connection.call(call.to_http()).await.unwrap();
                assert_eq!(reply.body(), "pong");
            }
            connection.close();
        };
        let server = async {
            let stream = TokioIo::new(peers.accept().await.into_stream());
            let service = service_fn(|request| async {
                note.send(take_down(request).await).unwrap();
                Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"pong"))))
            });
            http1::Builder::new().serve_connection(stream, service).await.unwrap();
        };
        let both = async { tokio::join!(client, server) };
        tokio::time::timeout(Duration::from_secs(5), both).await.expect("client or server waits for ever");
        assert!(peers.is_empty(), "there is a second connection");
        drop(note);
        let mut arrived = Vec::new();
        while let Some(note) = notes.recv().await {
            arrived.push(note);
        }
        arrived
    })
}

proptest! {
    #[test]
    fn what_we_write_hyper_reads(calls in vec(call(), 1..8), room in prop_oneof![1..64_usize, Just(65_536)]) {
        let arrived = send(&calls, room);
        prop_assert_eq!(arrived.len(), calls.len());
        for (call, arrived) in calls.iter().zip(arrived) {
            prop_assert_eq!(arrived, call.arrived());
        }
    }
}
