//! A Runtime API that follows a script, on real sockets and on any number of connections.
//!
//! Only the standard library is used, so that two runtimes can be served alike, in a test's own process or in
//! another. What is answered is written in the scripts, byte by byte; here is when, and a transcript of all
//! that a runtime did. There are two queues, because runtimes with several pollers mix their calls: what `next`
//! gets, and what responses and errors get. Once the script is over and every event has been answered, `next`
//! gets a 500. A service that nobody talks to any more is ended by whoever started it.

use std::{
    collections::VecDeque,
    io::{self, Write},
    mem,
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

use super::wire::{Call, Reader, Unreadable};

/// How long a runtime may leave events unanswered, or pollers missing, after the script is over.
const PATIENCE: Duration = Duration::from_secs(1);

/// Longer than any script takes.
const LONG: Duration = Duration::from_secs(3_600);

/// What is done about one call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) acts: Vec<Act>,
    /// The id of the event that this is; it is owed a response or an error.
    pub(crate) event: Option<&'static str>,
}

/// A part of an answer.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Sends bytes in one write.
    Send(Vec<u8>),
    /// Sends bytes one at a time, each in a segment of its own.
    Trickle(Vec<u8>),
    /// Gives the runtime two milliseconds to act upon what it has.
    Settle,
    /// Tells whoever started the service to signal the runtime.
    Signal,
    /// Says nothing more until all is over.
    Park,
    /// Ends the connection.
    Close,
}

/// What a service will answer.
#[derive(Clone, Debug)]
pub(crate) struct Steps {
    pub(crate) next: VecDeque<Answer>,
    /// To responses and errors, in the order in which they come; 202 when there is none left.
    pub(crate) posts: VecDeque<Answer>,
    pub(crate) register: Answer,
    /// How many calls of `next` are waited for at the end.
    pub(crate) pollers: usize,
}

/// All that a runtime did.
#[derive(Debug, Default)]
pub(crate) struct Transcript {
    /// Where the service was.
    pub(crate) address: String,
    pub(crate) calls: Vec<Call>,
    /// How many connections were accepted.
    pub(crate) connections: usize,
    /// What was no HTTP.
    pub(crate) malformed: Vec<String>,
    /// Whether `next` was called after the script was over: the runtime lived to its end.
    pub(crate) lived: bool,
    /// How many calls of `next` waited at the same time at the end.
    pub(crate) pollers: usize,
    /// The events that got no answer.
    pub(crate) unanswered: Vec<String>,
}

/// A service that is running.
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
    signals: mpsc::Receiver<()>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    signal: mpsc::Sender<()>,
}

struct State {
    steps: Steps,
    transcript: Transcript,
    /// Calls of `next` that came after the script was over and have no answer yet.
    waiting: usize,
    is_stopped: bool,
    streams: Vec<TcpStream>,
}

impl Server {
    /// Listens on a free port.
    pub(crate) fn start(steps: Steps) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let (signal, signals) = mpsc::channel();
        let transcript = Transcript { address: address.to_string(), ..Transcript::default() };
        let state = State { steps, transcript, waiting: 0, is_stopped: false, streams: Vec::new() };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new(), signal });
        let acceptor = thread::spawn({
            let shared = Arc::clone(&shared);
            move || accept(&listener, &shared)
        });
        Ok(Self { address, shared, acceptor: Some(acceptor), signals })
    }

    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// Gets a value each time that the script wants the runtime to be signalled.
    pub(crate) fn signals(&self) -> &mpsc::Receiver<()> {
        &self.signals
    }

    /// Ends all connections and says what happened on them.
    pub(crate) fn finish(mut self) -> Transcript {
        self.stop();
        mem::take(&mut self.shared.lock().transcript)
    }

    fn stop(&mut self) {
        let Some(acceptor) = self.acceptor.take() else { return };
        let mut state = self.shared.lock();
        state.is_stopped = true;
        for stream in &state.streams {
            let _already_closed = stream.shutdown(Shutdown::Both);
        }
        drop(state);
        self.shared.changed.notify_all();
        // Whoever waits for a connection sees that it is over when there is one.
        let _refused = TcpStream::connect(self.address);
        let _panicked = acceptor.join();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut connections = Vec::new();
    while let Ok((stream, _)) = listener.accept() {
        let mut state = shared.lock();
        if state.is_stopped {
            break;
        }
        let Ok(kept) = stream.try_clone() else { break };
        state.streams.push(kept);
        state.transcript.connections += 1;
        let number = state.transcript.connections;
        drop(state);
        let shared = Arc::clone(shared);
        connections.push(thread::spawn(move || {
            // A connection that breaks is a runtime's right.
            let _broken = converse(stream, number, &shared);
        }));
    }
    for connection in connections {
        let _panicked = connection.join();
    }
}

/// Serves one connection to its end.
fn converse(mut stream: TcpStream, number: usize, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = Reader::new(stream.try_clone()?);
    loop {
        let call = match reader.call(number) {
            Ok(call) => call,
            Err(Unreadable::Closed) => return Ok(()),
            Err(Unreadable::Malformed(what)) => {
                shared.lock().transcript.malformed.push(what);
                return stream.shutdown(Shutdown::Both);
            }
        };
        let is_whole = call.is_whole;
        let answer = shared.answer(call);
        if !is_whole {
            return stream.shutdown(Shutdown::Both);
        }
        for act in answer.acts {
            match act {
                Act::Send(bytes) => stream.write_all(&bytes)?,
                Act::Trickle(bytes) => {
                    for byte in bytes.chunks(1) {
                        stream.write_all(byte)?;
                        shared.wait(Duration::from_millis(1));
                    }
                }
                Act::Settle => shared.wait(Duration::from_millis(2)),
                // Nobody listens when nobody can be signalled.
                Act::Signal => drop(shared.signal.send(())),
                Act::Park => shared.wait(LONG),
                Act::Close => return stream.shutdown(Shutdown::Both),
            }
        }
    }
}

impl Shared {
    /// Notes a call and takes its answer, which for `next` may be a long time coming.
    fn answer(&self, call: Call) -> Answer {
        let short = short_path(&call.path).to_owned();
        let mut state = self.lock();
        state.transcript.calls.push(call);
        match &*short {
            "next" => self.next(state),
            "extension/register" => state.steps.register.clone(),
            "extension/event/next" => Answer { acts: vec![Act::Park], event: None },
            _ => {
                let id = short.split('/').next().unwrap_or_default();
                state.transcript.unanswered.retain(|other| other != id);
                let answer = state.steps.posts.pop_front();
                drop(state);
                self.changed.notify_all();
                answer.unwrap_or_else(accepted)
            }
        }
    }

    fn next(&self, mut state: MutexGuard<'_, State>) -> Answer {
        if let Some(answer) = state.steps.next.pop_front() {
            state.transcript.unanswered.extend(answer.event.map(str::to_owned));
            return answer;
        }
        state.transcript.lived = true;
        state.waiting += 1;
        state.transcript.pollers = state.transcript.pollers.max(state.waiting);
        self.changed.notify_all();
        let is_early = |state: &mut State| {
            let is_owed = !state.transcript.unanswered.is_empty();
            !state.is_stopped && (is_owed || state.transcript.pollers < state.steps.pollers)
        };
        let waited = self.changed.wait_timeout_while(state, PATIENCE, is_early);
        waited.unwrap_or_else(PoisonError::into_inner).0.waiting -= 1;
        failed()
    }

    /// Waits that long, or until all is over.
    fn wait(&self, time: Duration) {
        let waited = self.changed.wait_timeout_while(self.lock(), time, |state| !state.is_stopped);
        drop(waited);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A connection that panicked says so itself.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A path without what all of them have in common: `next`, `r-1/response`, `init/error`.
pub(crate) fn short_path(path: &str) -> &str {
    let path = path.strip_prefix("/2018-06-01/runtime/").unwrap_or(path);
    let path = path.strip_prefix("/2020-01-01/").unwrap_or(path);
    path.strip_prefix("invocation/").unwrap_or(path)
}

/// What Lambda says to a response or an error.
pub(crate) fn accepted() -> Answer {
    send(
        "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n",
    )
}

/// What Lambda says when the environment is beyond repair.
fn failed() -> Answer {
    send("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\n{}")
}

fn send(text: &str) -> Answer {
    Answer { acts: vec![Act::Send(text.as_bytes().to_vec())], event: None }
}
