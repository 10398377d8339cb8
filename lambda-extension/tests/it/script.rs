//! An Extensions API that follows a script, byte by byte: on a TCP port, or in memory for tokio's paused time.
//!
//! No HTTP library stands on this side, so that a mistake of the client's cannot cancel out. Each call takes the next
//! step; where there is none yet, the call waits until the test adds one. What is sent is written out in `replies`.

use std::{
    collections::{BTreeMap, VecDeque},
    future::{Future, ready},
    io,
    sync::Arc,
    time::{Duration, SystemTime},
};

use lambda_api::transport::{Connect, Connecting, Io};
use lambda_extension::{Clock, RuntimeApi};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, duplex},
    net::TcpListener,
    sync::watch,
    time::{Instant, sleep, timeout},
};

/// The wall time at which every script in memory begins.
pub(crate) const START: Duration = Duration::from_secs(1_700_000_000);

/// Whoever waits for longer hangs. In memory this time is virtual.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is done about a call, or next about the same call.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Sends a whole reply.
    Reply(String),
    /// Sends a piece of a reply; the next step goes on with it.
    Piece(String),
    /// Sends so much, and closes the connection.
    Cut(String),
}

impl<T: Into<String>> From<T> for Step {
    fn from(reply: T) -> Self {
        Self::Reply(reply.into())
    }
}

/// A running service.
pub(crate) struct Script {
    pub(crate) api: RuntimeApi,
    state: Shared,
}

type Shared = Arc<watch::Sender<State>>;

#[derive(Debug, Default)]
struct State {
    steps: VecDeque<Step>,
    /// How many steps have been written.
    written: usize,
    calls: Vec<String>,
    connections: usize,
    open: usize,
    is_gone: bool,
    connecting_takes: Duration,
}

impl Script {
    /// A service on a TCP port of its own.
    pub(crate) async fn start<T: Into<Step>>(steps: impl IntoIterator<Item = T>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let api = listener.local_addr().unwrap().to_string().parse().unwrap();
        let script = Self { api, state: shared(steps) };
        let state = Arc::clone(&script.state);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, Arc::clone(&state)));
            }
        });
        script
    }

    /// A service in memory, whose clock follows tokio's, with these environment variables and no others.
    pub(crate) fn in_memory<T: Into<Step>>(
        variables: &[(&str, &str)],
        steps: impl IntoIterator<Item = T>,
    ) -> Self {
        let state = shared(steps);
        let clock = Clock::anchored(Instant::now(), SystemTime::UNIX_EPOCH + START);
        let variables: BTreeMap<_, _> =
            variables.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        let api = RuntimeApi::new(InMemory(Arc::clone(&state)), clock, variables);
        Self { api, state }
    }

    /// Adds a step.
    pub(crate) fn then(&self, step: impl Into<Step>) {
        self.state.send_modify(|state| state.steps.push_back(step.into()));
    }

    /// From now on nobody can connect; in memory only.
    pub(crate) fn go_away(&self) {
        self.state.send_modify(|state| state.is_gone = true);
    }

    /// From now on it takes so long to connect; in memory only.
    pub(crate) fn slow_down(&self, connecting_takes: Duration) {
        self.state.send_modify(|state| state.connecting_takes = connecting_takes);
    }

    /// Waits until so many calls have come in all.
    pub(crate) async fn called(&self, calls: usize) {
        self.wait_for(|state| state.calls.len() >= calls).await;
    }

    /// Waits until so many steps have been written in all.
    pub(crate) async fn written(&self, steps: usize) {
        self.wait_for(|state| state.written >= steps).await;
    }

    /// Waits until the client has closed all its connections.
    pub(crate) async fn hung_up(&self) {
        self.wait_for(|state| state.open == 0).await;
    }

    async fn wait_for(&self, condition: impl FnMut(&State) -> bool) {
        let mut state = self.state.subscribe();
        let _state = soon(state.wait_for(condition)).await.unwrap();
    }

    /// How many calls have come so far.
    pub(crate) fn called_so_far(&self) -> usize {
        self.state.borrow().calls.len()
    }

    /// How many connections there have been.
    pub(crate) fn connections(&self) -> usize {
        self.state.borrow().connections
    }

    /// What was called, head and body, once every step has been taken.
    pub(crate) async fn calls(&self) -> Vec<String> {
        self.wait_for(|state| state.steps.is_empty()).await;
        self.state.borrow().calls.clone()
    }
}

/// Fails a test that hangs.
pub(crate) async fn soon<F: Future>(future: F) -> F::Output {
    timeout(PATIENCE, future).await.expect("this hangs")
}

/// The first line of a call, without the version of HTTP.
pub(crate) fn line(call: &str) -> &str {
    call.split(" HTTP/1.1\r\n").next().unwrap()
}

/// The first lines of all calls.
pub(crate) fn lines(calls: &[String]) -> Vec<&str> {
    calls.iter().map(|call| line(call)).collect()
}

/// A header of a call; its name in small letters.
pub(crate) fn header<'a>(call: &'a str, name: &str) -> Option<&'a str> {
    let (head, _) = call.split_once("\r\n\r\n").unwrap();
    let mut headers = head.lines().skip(1).map(|line| line.split_once(": ").unwrap());
    headers.find(|(found, _)| *found == name).map(|(_, value)| value)
}

/// The body of a call.
pub(crate) fn body(call: &str) -> &str {
    call.split_once("\r\n\r\n").unwrap().1
}

fn shared<T: Into<Step>>(steps: impl IntoIterator<Item = T>) -> Shared {
    let steps = steps.into_iter().map(Into::into).collect();
    Arc::new(watch::Sender::new(State { steps, ..State::default() }))
}

struct InMemory(Shared);

impl Connect for InMemory {
    fn connect(&self) -> Connecting<'_> {
        if self.0.borrow().is_gone {
            return Box::pin(ready(Err(io::ErrorKind::ConnectionRefused.into())));
        }
        let delay = sleep(self.0.borrow().connecting_takes);
        let state = Arc::clone(&self.0);
        Box::pin(async move {
            delay.await;
            let (client, service) = duplex(64 * 1024);
            tokio::spawn(serve(service, state));
            let client: Box<dyn Io> = Box::new(client);
            Ok(client)
        })
    }
}

/// Serves one connection until either side closes it.
async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, state: Shared) {
    state.send_modify(|state| {
        state.connections += 1;
        state.open += 1;
    });
    while let Some(call) = read_call(&mut stream).await {
        state.send_modify(|state| state.calls.push(call));
        if !answer(&mut stream, &state).await {
            break;
        }
    }
    drop(stream);
    state.send_modify(|state| state.open -= 1);
}

/// Answers one call; `false` once the connection is closed.
async fn answer(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), state: &Shared) -> bool {
    loop {
        let mut early = [0];
        let step = tokio::select! {
            step = next_step(state) => step,
            read = stream.read(&mut early) => {
                assert!(matches!(read, Ok(0) | Err(_)), "the client calls again before it has a reply");
                return false;
            }
        };
        let (Step::Reply(text) | Step::Piece(text) | Step::Cut(text)) = &step;
        if stream.write_all(text.as_bytes()).await.is_err() {
            return false;
        }
        state.send_modify(|state| state.written += 1);
        match step {
            Step::Reply(_) => return true,
            Step::Piece(_) => {}
            Step::Cut(_) => return false,
        }
    }
}

async fn next_step(state: &Shared) -> Step {
    let mut changes = state.subscribe();
    loop {
        let mut step = None;
        state.send_if_modified(|state| {
            step = state.steps.pop_front();
            step.is_some()
        });
        if let Some(step) = step {
            return step;
        }
        let _step = changes.wait_for(|state| !state.steps.is_empty()).await.unwrap();
    }
}

/// The next call; `None` once the connection has ended.
async fn read_call(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut call = Vec::new();
    while !is_whole(&call) {
        if !stream.read_buf(&mut call).await.is_ok_and(|read| read > 0) {
            return None;
        }
    }
    Some(String::from_utf8(call).unwrap())
}

fn is_whole(call: &[u8]) -> bool {
    let text = String::from_utf8_lossy(call);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned))
        .map_or(0, |length| length.parse().unwrap());
    assert!(body.len() <= length, "more than one call at once");
    body.len() >= length
}
