//! A Runtime API that follows a script: plain bytes on a socket, and a record of all that a runtime did.
//!
//! No HTTP library stands on this side, so that a mistake of the runtime's cannot cancel out. Each call gets
//! the next step of the script; a call of another kind than the step's, and a step that no call asked for,
//! fail the test. When the script is over, `next` is answered with 500, which ends the runtime.
//!
//! TCP for real sockets; in memory for tokio's paused time, which must not be mixed with sockets. What is
//! sent back is written out in `reply`.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a service that cannot go on fails the test")]

use std::{
    cell::RefCell,
    collections::{BTreeMap, VecDeque},
    future::{Future, ready},
    time::{Duration, SystemTime},
};

use lambda_api::transport::{Clock, Connect, Connecting, Io};
use lambda_runtime::{
    Diagnostic, Error, FromEvent, IntoFunctionResponse, LambdaEvent, Runtime, RuntimeApi, RuntimeError,
    Service,
};
use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, duplex},
    net::TcpListener,
    sync::mpsc,
    time::Instant,
};

use crate::reply::Reply;

/// The wall time at which every script in memory begins, in seconds since the Unix epoch.
const START: u64 = 1_700_000_000;

/// A runtime that hangs fails. Nobody waits that long: in memory this time is virtual.
const LIMIT: Duration = Duration::from_secs(24 * 60 * 60);
const LIMIT_TCP: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Next,
    Post,
    InitError,
}

/// What the service will answer, call by call.
pub(crate) struct Script {
    steps: VecDeque<(Kind, Reply)>,
    in_memory: bool,
    variables: BTreeMap<String, String>,
}

/// A call as it came over the wire.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// Counts the connections, from 1.
    pub(crate) connection: usize,
    pub(crate) method: String,
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

/// All that a runtime did, and how it ended.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) end: Error,
    pub(crate) calls: Vec<Call>,
    pub(crate) connections: usize,
}

impl Script {
    /// A service on a TCP port of its own.
    pub(crate) fn new() -> Self {
        let variables = [
            ("AWS_LAMBDA_FUNCTION_NAME", "scripted"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "7"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self { steps: VecDeque::new(), in_memory: false, variables: variables.into() }
    }

    /// A service in memory, whose clock follows tokio's, with an environment of its own.
    pub(crate) fn in_memory() -> Self {
        Self { in_memory: true, ..Self::new() }
    }

    /// Sets a variable of the environment; only in memory is there one.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn without_variable(mut self, name: &str) -> Self {
        self.variables.remove(name);
        self
    }

    pub(crate) fn next(self, reply: impl Into<Reply>) -> Self {
        self.step(Kind::Next, reply.into())
    }

    /// A response or an error.
    pub(crate) fn post(self, reply: impl Into<Reply>) -> Self {
        self.step(Kind::Post, reply.into())
    }

    pub(crate) fn init_error(self, reply: impl Into<Reply>) -> Self {
        self.step(Kind::InitError, reply.into())
    }

    /// An invocation whose answer is accepted.
    pub(crate) fn invoke(self, event: impl Into<Reply>) -> Self {
        self.next(event).post(202)
    }

    /// Repeats the last step until it has been taken this many times in all.
    pub(crate) fn times(mut self, times: u32) -> Self {
        let last = self.steps.back().expect("there is a step to repeat").clone();
        self.steps.extend((1..times).map(|_| last.clone()));
        self
    }

    fn step(mut self, kind: Kind, reply: Reply) -> Self {
        self.steps.push_back((kind, reply));
        self
    }

    /// Runs a handler until the script is over.
    pub(crate) async fn run<S, T>(self, service: S) -> Log
    where
        S: Service<LambdaEvent<T>>,
        S::Response: IntoFunctionResponse,
        S::Error: Into<Diagnostic> + 'static,
        T: FromEvent,
    {
        self.serve(|api| Runtime::new(service).endpoint(api).run()).await
    }

    /// Serves whatever the closure makes of the endpoint, until it ends.
    pub(crate) async fn serve<F>(self, client: impl FnOnce(RuntimeApi) -> F) -> Log
    where
        F: Future<Output = Result<(), Error>>,
    {
        let record = RefCell::new(Record { steps: self.steps, ..Record::default() });
        let end = if self.in_memory {
            let (opener, mut opened) = mpsc::unbounded_channel();
            let clock = Clock::anchored(Instant::now(), SystemTime::UNIX_EPOCH + Duration::from_secs(START));
            let api = RuntimeApi::new(InMemory(opener), clock, self.variables);
            let service = serve(async || opened.recv().await.expect("the opener lives"), &record);
            meet(LIMIT, client(api), service).await
        } else {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let api = RuntimeApi::tcp(&listener.local_addr().unwrap().to_string()).unwrap();
            let service = serve(async || listener.accept().await.unwrap().0, &record);
            meet(LIMIT_TCP, client(api), service).await
        };
        let Record { steps, calls, connections, surprises, .. } = record.into_inner();
        assert!(surprises.is_empty(), "calls that no step of the script is for: {surprises:#?}");
        assert!(steps.is_empty(), "the runtime ended before the script did: {end:?}, left: {steps:?}");
        Log { end: end.expect_err("only a failure ends a runtime"), calls, connections }
    }
}

async fn meet<F: Future>(limit: Duration, client: F, service: impl Future<Output = ()>) -> F::Output {
    tokio::select! {
        end = client => end,
        () = service => unreachable!("a service never ends"),
        () = tokio::time::sleep(limit) => panic!("the runtime hangs"),
    }
}

/// The other ends of the connections go to the service.
struct InMemory(mpsc::UnboundedSender<DuplexStream>);

impl Connect for InMemory {
    fn connect(&self) -> Connecting<'_> {
        let (client, service) = duplex(64 * 1024);
        // A test that has ended no longer listens.
        let _ended = self.0.send(service);
        let client: Box<dyn Io> = Box::new(client);
        Box::pin(ready(Ok(client)))
    }
}

#[derive(Default)]
struct Record {
    steps: VecDeque<(Kind, Reply)>,
    events: u32,
    calls: Vec<Call>,
    connections: usize,
    surprises: Vec<Call>,
}

impl Record {
    /// Notes a call and takes its step.
    fn reply_to(&mut self, call: Call) -> Reply {
        let kind = match (&*call.method, &*call.path) {
            ("GET", "/2018-06-01/runtime/invocation/next") => Some(Kind::Next),
            ("POST", "/2018-06-01/runtime/init/error") => Some(Kind::InitError),
            ("POST", path) if path.starts_with("/2018-06-01/runtime/invocation/") => Some(Kind::Post),
            _ => None,
        };
        self.calls.push(call.clone());
        if self.steps.front().is_some_and(|(expected, _)| Some(*expected) == kind) {
            let (_, reply) = self.steps.pop_front().expect("it has just been seen");
            return reply;
        }
        if !(self.steps.is_empty() && kind == Some(Kind::Next)) {
            self.surprises.push(call);
        }
        500.into()
    }
}

/// Serves one connection after the other; a runtime has one at a time.
async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut accept: impl AsyncFnMut() -> S,
    record: &RefCell<Record>,
) {
    loop {
        let mut stream = accept().await;
        let connection = record.borrow().connections + 1;
        record.borrow_mut().connections = connection;
        while let Some(call) = read_call(&mut stream, connection).await {
            let reply = record.borrow_mut().reply_to(call);
            let bytes = reply.to_bytes(&mut record.borrow_mut().events);
            if stream.write_all(&bytes).await.is_err() || reply.closes() {
                break;
            }
        }
    }
}

/// The next call; `None` once the connection has ended.
async fn read_call(stream: &mut (impl AsyncRead + Unpin), connection: usize) -> Option<Call> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).expect("a runtime's head is text");
    let mut lines = head.trim_end().split("\r\n");
    let mut words = lines.next().expect("a head has a first line").split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    assert_eq!(words.next().as_deref(), Some("HTTP/1.1"));
    let mut headers = BTreeMap::new();
    for line in lines {
        let (name, value) = line.split_once(": ").expect("a header has a name and a value");
        let doubled = headers.insert(name.to_ascii_lowercase(), value.to_owned());
        assert_eq!(doubled, None, "header {name} was sent twice");
    }
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Call { connection, method, path, headers, body })
}

impl Log {
    /// Why the runtime ended.
    pub(crate) fn runtime_error(&self) -> &RuntimeError {
        self.end.downcast_ref().expect("a runtime ends with a RuntimeError")
    }

    /// The end and its causes in one line.
    pub(crate) fn end_text(&self) -> String {
        format!("{:?}", self.end)
    }

    /// Responses, errors and init errors, in order.
    pub(crate) fn posts(&self) -> Vec<&Call> {
        self.calls.iter().filter(|call| call.method == "POST").collect()
    }

    /// The only post.
    pub(crate) fn post(&self) -> &Call {
        let posts = self.posts();
        assert_eq!(posts.len(), 1, "{posts:?}");
        posts[0]
    }

    /// The calls in short: `next`, or the last two parts of the path.
    pub(crate) fn order(&self) -> Vec<&str> {
        self.calls.iter().map(|call| call.short_path()).collect()
    }
}

impl Call {
    pub(crate) fn short_path(&self) -> &str {
        let path = self.path.strip_prefix("/2018-06-01/runtime/").unwrap_or(&self.path);
        path.strip_prefix("invocation/").unwrap_or(path)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// What Lambda records as the category of a failure.
    pub(crate) fn error_type(&self) -> &str {
        self.header("lambda-runtime-function-error-type").expect("an error has a category")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("what a runtime posts is JSON")
    }

    /// The message of an error report.
    pub(crate) fn message(&self) -> String {
        self.json()["errorMessage"].as_str().expect("a report has a message").to_owned()
    }

    /// Everything of the call as one text, to look for what must not be in it.
    pub(crate) fn whole(&self) -> String {
        format!("{} {} {:?} {}", self.method, self.path, self.headers, String::from_utf8_lossy(&self.body))
    }
}
