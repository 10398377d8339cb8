//! A Runtime API that is spoken by hand and hears a streamed response as it is on the wire: every byte, the
//! chunks with their boundaries, the trailers, and in memory each write.
//!
//! Where `script` follows a list of replies, a test here says itself what the service does next: it may stop to
//! read, answer too early, or hang up. No HTTP library stands on this side. What was heard is taken apart in
//! `heard`, writes are counted in `counted`.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a service that cannot go on fails the test")]

mod counted;
mod heard;

use std::{
    future::Future,
    sync::atomic::Ordering,
    time::{Duration, SystemTime},
};

use lambda_api::transport::{Clock, Io};
use lambda_runtime::{
    Diagnostic, Error, FromEvent, IntoFunctionResponse, LambdaEvent, Runtime, RuntimeApi, Service,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::mpsc,
    time::Instant,
};

pub(crate) use self::{counted::Writing, heard::Heard};
use self::{
    counted::{InMemory, Opened, Refusals, Writes},
    heard::Framing,
};
use crate::reply::{Event, Reply};

/// A runtime that hangs fails. Nobody waits that long: in memory this time is virtual.
const LIMIT: Duration = Duration::from_secs(24 * 60 * 60);
const LIMIT_TCP: Duration = Duration::from_secs(60);

/// How much an ordinary connection in memory holds.
const ROOM: usize = 64 * 1024;

/// What a service in memory is like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    /// How many bytes may be written and not read.
    pub(crate) room: usize,
    pub(crate) writing: Writing,
}

impl Default for Memory {
    fn default() -> Self {
        Self { room: ROOM, writing: Writing::Gathered }
    }
}

/// The service, to be told what to do next.
pub(crate) struct Api {
    source: Source,
    open: Option<Wire>,
    connections: usize,
    events: u32,
    refusals: Refusals,
}

enum Source {
    Tcp(TcpListener),
    Memory(mpsc::UnboundedReceiver<Opened>),
}

struct Wire {
    stream: Box<dyn Io>,
    writes: Writes,
}

/// A handler and a service over TCP, until the service's part is over.
pub(crate) async fn over_tcp<S, T, R>(handler: S, service: impl AsyncFnOnce(&mut Api) -> R) -> R
where
    S: Service<LambdaEvent<T>>,
    S::Response: IntoFunctionResponse,
    S::Error: Into<Diagnostic> + 'static,
    T: FromEvent,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = RuntimeApi::tcp(&listener.local_addr().unwrap().to_string()).unwrap();
    let runtime = Runtime::new(handler).endpoint(endpoint).run();
    meet(LIMIT_TCP, runtime, Api::new(Source::Tcp(listener)), service).await
}

/// The same in memory, where each write is noted and tokio's time may be paused.
pub(crate) async fn in_memory<S, T, R>(handler: S, service: impl AsyncFnOnce(&mut Api) -> R) -> R
where
    S: Service<LambdaEvent<T>>,
    S::Response: IntoFunctionResponse,
    S::Error: Into<Diagnostic> + 'static,
    T: FromEvent,
{
    in_memory_with(Memory::default(), |api| Runtime::new(handler).endpoint(api).run(), service).await
}

/// The same for whatever the closure makes of the endpoint.
pub(crate) async fn in_memory_with<F, R>(
    memory: Memory,
    client: impl FnOnce(RuntimeApi) -> F,
    service: impl AsyncFnOnce(&mut Api) -> R,
) -> R
where
    F: Future<Output = Result<(), Error>>,
{
    let (opener, opened) = mpsc::unbounded_channel();
    let clock = Clock::anchored(Instant::now(), SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    let variables = [
        ("AWS_LAMBDA_FUNCTION_NAME", "streams"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "7"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let api = Api::new(Source::Memory(opened));
    let connector = InMemory { opener, memory, refusals: api.refusals.clone() };
    meet(LIMIT, client(RuntimeApi::new(connector, clock, variables)), api, service).await
}

async fn meet<R>(
    limit: Duration,
    runtime: impl Future<Output = Result<(), Error>>,
    mut api: Api,
    service: impl AsyncFnOnce(&mut Api) -> R,
) -> R {
    tokio::select! {
        end = runtime => panic!("the runtime ended: {end:?}"),
        heard = service(&mut api) => heard,
        () = tokio::time::sleep(limit) => panic!("the runtime hangs"),
    }
}

impl Api {
    fn new(source: Source) -> Self {
        Self { source, open: None, connections: 0, events: 0, refusals: Refusals::default() }
    }

    /// Waits for a poll and answers it with an event; the ids are `r-1`, `r-2` and so on.
    pub(crate) async fn invoke(&mut self, event: Event) {
        let poll = self.begin().await;
        assert_eq!(poll.request_line(), "GET /2018-06-01/runtime/invocation/next HTTP/1.1");
        if let Some(wire) = &self.open {
            wire.writes.lock().unwrap().clear();
        }
        self.reply(event).await;
    }

    /// The next call, to its end; it is accepted.
    pub(crate) async fn hear(&mut self) -> Heard {
        let mut call = self.begin().await;
        self.rest(&mut call).await;
        self.reply(202).await;
        call
    }

    /// An invocation and its answer, which is accepted.
    pub(crate) async fn answer_to(&mut self, event: Event) -> Heard {
        self.invoke(event).await;
        self.hear().await
    }

    /// The head of the next call, on a new connection if the old one has ended.
    pub(crate) async fn begin(&mut self) -> Heard {
        loop {
            if self.open.is_none() {
                self.open = Some(self.accept().await);
                self.connections += 1;
            }
            let head = read_line_by_line(self.wire()).await;
            if let Some(head) = head {
                return Heard::new(head, self.connections);
            }
            self.open = None;
        }
    }

    /// The next chunk of a call; `false` at its end, with the trailers.
    pub(crate) async fn chunk(&mut self, call: &mut Heard) -> bool {
        let size = self.line(call).await;
        let size = usize::from_str_radix(&size, 16).expect("a chunk begins with its size");
        if size > 0 {
            let data = self.bytes(call, size).await;
            call.chunks.push(data);
            assert_eq!(self.bytes(call, 2).await, b"\r\n", "a chunk ends with its line");
            return true;
        }
        loop {
            let line = self.line(call).await;
            let Some((name, value)) = line.split_once(": ") else {
                assert_eq!(line, "", "a trailer has a name and a value");
                return false;
            };
            call.trailers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
    }

    /// The rest of a call.
    pub(crate) async fn rest(&mut self, call: &mut Heard) {
        match call.framing() {
            Framing::Chunked => while self.chunk(call).await {},
            Framing::Length(0) => (),
            Framing::Length(length) => {
                let body = self.bytes(call, length).await;
                call.chunks.push(body);
            }
        }
    }

    pub(crate) async fn reply(&mut self, reply: impl Into<Reply>) {
        let bytes = reply.into().to_bytes(&mut self.events);
        let wire = self.open.as_mut().expect("there is a connection to reply on");
        wire.stream.write_all(&bytes).await.expect("the runtime reads the reply");
    }

    /// Closes the connection.
    pub(crate) fn hang_up(&mut self) {
        self.open = None;
    }

    /// Closes the connection and refuses the next ones, so many of them; only in memory.
    pub(crate) fn hang_up_and_refuse(&mut self, connections: u32) {
        self.refusals.store(connections, Ordering::Relaxed);
        self.hang_up();
    }

    /// What was written since the event was sent, write by write; only in memory.
    pub(crate) fn writes(&self) -> Vec<Vec<u8>> {
        self.open.as_ref().map(|wire| wire.writes.lock().unwrap().clone()).unwrap_or_default()
    }

    fn wire(&mut self) -> &mut Wire {
        self.open.as_mut().expect("there is a connection")
    }

    async fn accept(&mut self) -> Wire {
        match &mut self.source {
            Source::Tcp(listener) => {
                let (stream, _) = listener.accept().await.unwrap();
                Wire { stream: Box::new(stream), writes: Writes::default() }
            }
            Source::Memory(opened) => {
                let Opened { stream, writes } = opened.recv().await.expect("the opener lives");
                Wire { stream: Box::new(stream), writes }
            }
        }
    }

    /// A line without its end.
    async fn line(&mut self, call: &mut Heard) -> String {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            line.extend(self.bytes(call, 1).await);
        }
        line.truncate(line.len() - 2);
        String::from_utf8(line).expect("a line is text")
    }

    async fn bytes(&mut self, call: &mut Heard, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.wire().stream.read_exact(&mut bytes).await.expect("a body has an end");
        call.raw.extend_from_slice(&bytes);
        bytes
    }
}

/// A head with its empty line; `None` if the connection ends before.
async fn read_line_by_line(wire: &mut Wire) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(wire.stream.read_u8().await.ok()?);
    }
    Some(head)
}
