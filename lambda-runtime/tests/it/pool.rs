//! A Runtime API for any number of connections: events wait in a queue for whoever polls.
//!
//! Where `script` says which call comes next, this one takes every call and keeps a record that tests look at; a
//! test can wait until something is in it. Replies are written out in `reply`, calls are read in `wire`. TCP for
//! real sockets; in memory for tokio's paused time, which must not be mixed with sockets. It can be killed and
//! brought back at the same place.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a service that cannot go on fails the test")]

mod transports;
mod wire;

use std::{
    collections::{BTreeMap, VecDeque},
    future::{Future, pending},
    net::SocketAddr,
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use lambda_api::transport::{Clock, Io};
use lambda_runtime::RuntimeApi;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, split},
    net::TcpSocket,
    sync::{Notify, Semaphore, mpsc},
    task::{JoinHandle, JoinSet},
    time::Instant,
};

use self::transports::{InMemory, Opened};
use crate::{reply::Reply, script::Call};

/// The wall time at which every service in memory begins; events have their deadline three seconds later.
const START: Duration = Duration::from_secs(1_700_000_000);

/// A runtime that hangs fails. Nobody waits that long: in memory this time is virtual.
const LIMIT: Duration = Duration::from_secs(24 * 60 * 60);
const LIMIT_TCP: Duration = Duration::from_secs(120);

/// What is said to a call, and when.
pub(crate) enum Answer {
    Now(Reply),
    Late(Duration, Reply),
    /// Once this is true of the record.
    #[cfg_attr(not(feature = "graceful-shutdown"), expect(dead_code, reason = "only extensions need it"))]
    When(fn(&Record) -> bool, Reply),
    Never,
}

/// A service that is running; it ends with this value.
pub(crate) struct Pool {
    shared: Arc<Shared>,
    place: Place,
    acceptor: Option<JoinHandle<()>>,
}

enum Place {
    Tcp {
        address: SocketAddr,
        /// Keeps the port while nobody listens.
        _kept: TcpSocket,
    },
    Memory {
        opener: mpsc::UnboundedSender<DuplexStream>,
        opened: Arc<tokio::sync::Mutex<mpsc::UnboundedReceiver<DuplexStream>>>,
        is_dead: Arc<AtomicBool>,
        /// How many bytes are on their way at most.
        bytes: usize,
        variables: BTreeMap<String, String>,
        clock: Clock,
    },
}

struct Shared {
    record: Mutex<Record>,
    changed: Notify,
    /// One permit for each event; closed once there will be no more.
    events: Semaphore,
}

/// What is done in the moment in which something has been sent.
type Then = Box<dyn FnOnce() + Send>;

/// What is about to be sent.
struct Sending {
    bytes: Vec<u8>,
    /// Whether the connection ends with it.
    closes: bool,
    then: Option<Then>,
}

/// What is to come, and all that has come.
#[derive(Default)]
pub(crate) struct Record {
    events: VecDeque<(Reply, Option<Then>)>,
    numbered: u32,
    replies: BTreeMap<String, VecDeque<Answer>>,
    resets: u32,
    end: u16,
    /// Calls in the order in which they came.
    pub(crate) calls: Vec<Call>,
    /// The short paths of the calls, and what tests noted in between.
    pub(crate) order: Vec<String>,
    /// How many connections there have been.
    pub(crate) connections: usize,
    /// How many there are.
    pub(crate) open: usize,
    /// How many polls wait for an event.
    pub(crate) waiting: usize,
    /// How many responses and errors have come.
    pub(crate) answers: usize,
}

impl Record {
    /// The calls with this short path.
    pub(crate) fn calls_to(&self, path: &str) -> Vec<&Call> {
        self.calls.iter().filter(|call| wire::short_path(call) == path).collect()
    }
}

impl Pool {
    /// A service on a TCP port of its own.
    pub(crate) async fn tcp() -> Self {
        // Two sockets may have one port as long as only one of them listens.
        let kept = TcpSocket::new_v4().unwrap();
        kept.set_reuseaddr(true).unwrap();
        kept.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let place = Place::Tcp { address: kept.local_addr().unwrap(), _kept: kept };
        Self::at(place)
    }

    /// A service in memory, whose clock follows tokio's, with an environment of its own.
    pub(crate) fn in_memory() -> Self {
        Self::with_room_for(64 * 1024)
    }

    /// A service in memory that has so many bytes on their way at most.
    pub(crate) fn with_room_for(bytes: usize) -> Self {
        let (opener, opened) = mpsc::unbounded_channel();
        let variables = [
            ("AWS_LAMBDA_FUNCTION_NAME", "pooled"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "7"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
        ];
        Self::at(Place::Memory {
            opener,
            opened: Arc::new(tokio::sync::Mutex::new(opened)),
            is_dead: Arc::default(),
            bytes,
            variables: variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            clock: Clock::anchored(Instant::now(), SystemTime::UNIX_EPOCH + START),
        })
    }

    fn at(place: Place) -> Self {
        let record = Mutex::default();
        let shared = Shared { record, changed: Notify::new(), events: Semaphore::new(0) };
        let mut pool = Self { shared: Arc::new(shared), place, acceptor: None };
        pool.revive();
        pool
    }

    /// Sets a variable of the environment; only in memory is there one.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        let Place::Memory { variables, .. } = &mut self.place else { panic!("TCP has no variables") };
        variables.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn api(&self) -> RuntimeApi {
        match &self.place {
            Place::Tcp { address, .. } => RuntimeApi::tcp(&address.to_string()).unwrap(),
            Place::Memory { opener, is_dead, bytes, variables, clock, .. } => {
                let (opener, is_dead, bytes) = (opener.clone(), Arc::clone(is_dead), *bytes);
                RuntimeApi::new(InMemory { opener, is_dead, bytes }, clock.clone(), variables.clone())
            }
        }
    }

    /// Gives an event to whoever polls next, `r-1`, `r-2` and so on.
    pub(crate) fn invoke(&self, event: impl Into<Reply>) {
        self.give(event.into(), None);
    }

    /// The same; does something in the moment in which the event has been sent.
    pub(crate) fn invoke_and(&self, event: impl Into<Reply>, then: impl FnOnce() + Send + 'static) {
        self.give(event.into(), Some(Box::new(then)));
    }

    fn give(&self, event: Reply, then: Option<Then>) {
        self.shared.lock().events.push_back((event, then));
        self.shared.events.add_permits(1);
    }

    /// What is said to the next call with this short path; several are said one after the other.
    pub(crate) fn answer(&self, path: &str, answer: Answer) {
        self.shared.lock().replies.entry(path.to_owned()).or_default().push_back(answer);
    }

    /// Resets the connections of so many posts before they have been read.
    pub(crate) fn reset_posts(&self, posts: u32) {
        self.shared.lock().resets = posts;
    }

    /// Answers polls with this status from now on.
    pub(crate) fn end(&self, status: u16) {
        self.shared.lock().end = status;
        self.shared.events.close();
    }

    /// Stops listening, and cuts all connections.
    pub(crate) async fn kill(&mut self) {
        if let Place::Memory { is_dead, .. } = &self.place {
            is_dead.store(true, Ordering::Release);
        }
        if let Some(acceptor) = self.acceptor.take() {
            acceptor.abort();
            let _aborted = acceptor.await;
        }
        self.until(|record| record.open == 0).await;
    }

    /// Listens at the same place again.
    pub(crate) fn revive(&mut self) {
        let shared = Arc::clone(&self.shared);
        self.acceptor = Some(match &self.place {
            Place::Tcp { address, .. } => {
                let socket = TcpSocket::new_v4().unwrap();
                socket.set_reuseaddr(true).unwrap();
                socket.bind(*address).unwrap();
                let listener = socket.listen(1_024).unwrap();
                tokio::spawn(accept(Opened::Tcp(listener), shared))
            }
            Place::Memory { opened, is_dead, .. } => {
                is_dead.store(false, Ordering::Release);
                let opened = Arc::clone(opened).try_lock_owned().expect("nobody accepts");
                tokio::spawn(accept(Opened::Memory(opened), shared))
            }
        });
    }

    /// Looks at the record.
    pub(crate) fn record(&self) -> MutexGuard<'_, Record> {
        self.shared.lock()
    }

    /// Waits until something is true of the record.
    pub(crate) async fn until(&self, is_true: impl Fn(&Record) -> bool) {
        self.shared.until(is_true).await;
    }

    /// The calls in short, and the notes between them.
    pub(crate) fn order(&self) -> Vec<String> {
        self.record().order.clone()
    }

    /// Puts notes between the calls.
    pub(crate) fn noter(&self) -> impl Fn(&str) + Clone + Send + Sync + use<> {
        let shared = Arc::clone(&self.shared);
        move |note| {
            shared.lock().order.push(note.to_owned());
            shared.changed.notify_waiters();
        }
    }

    /// Runs a runtime while a test does something with its service; how the runtime ended.
    pub(crate) async fn serve<R>(
        &self,
        runtime: impl Future<Output = R>,
        test: impl Future<Output = ()>,
    ) -> R {
        let limit = if matches!(self.place, Place::Tcp { .. }) { LIMIT_TCP } else { LIMIT };
        let both = async { tokio::join!(runtime, test).0 };
        let Ok(end) = tokio::time::timeout(limit, both).await else {
            panic!("hangs after {:?}", self.order())
        };
        end
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        if let Some(acceptor) = &self.acceptor {
            acceptor.abort();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Record> {
        // A test that looks at the record may fail meanwhile.
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn until(&self, is_true: impl Fn(&Record) -> bool) {
        loop {
            let mut changed = pin!(self.changed.notified());
            changed.as_mut().enable();
            if is_true(&self.lock()) {
                return;
            }
            changed.await;
        }
    }

    /// Changes the record and tells those who wait for something in it.
    fn note<T>(&self, change: impl FnOnce(&mut Record) -> T) -> T {
        let outcome = change(&mut self.lock());
        self.changed.notify_waiters();
        outcome
    }

    async fn event(&self) -> Sending {
        if let Ok(permit) = self.events.acquire().await {
            permit.forget();
        }
        let mut record = self.lock();
        let (reply, then) = record.events.pop_front().unwrap_or((record.end.into(), None));
        Sending { bytes: reply.to_bytes(&mut record.numbered), closes: reply.closes(), then }
    }

    /// What is said to any other call.
    async fn reply_to(&self, path: &str) -> Sending {
        let answer = self.lock().replies.get_mut(path).and_then(VecDeque::pop_front);
        let reply = match answer.unwrap_or_else(|| wire::usual_answer(path)) {
            Answer::Now(reply) => reply,
            Answer::Late(wait, reply) => {
                tokio::time::sleep(wait).await;
                reply
            }
            Answer::When(is_true, reply) => {
                self.until(is_true).await;
                reply
            }
            Answer::Never => pending().await,
        };
        Sending { bytes: reply.to_bytes(&mut 0), closes: reply.closes(), then: None }
    }
}

/// Serves each connection in a task; they end when this future is dropped.
async fn accept(mut opened: Opened, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        let stream = opened.accept().await;
        let number = shared.note(|record| {
            record.connections += 1;
            record.open += 1;
            record.connections
        });
        let shared = Arc::clone(&shared);
        connections.spawn(async move {
            let open = Open(&shared);
            converse(stream, number, open.0).await;
        });
    }
}

/// A connection that is open.
struct Open<'a>(&'a Shared);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.note(|record| record.open -= 1);
    }
}

/// A poll that waits.
struct Waiting<'a>(&'a Shared);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.note(|record| record.waiting -= 1);
    }
}

/// Serves one connection until either side ends it.
async fn converse(stream: Box<dyn Io>, connection: usize, shared: &Shared) {
    let (reader, mut writer) = split(stream);
    let mut reader = BufReader::new(reader);
    while let Some(head) = wire::read_head(&mut reader, connection).await {
        let is_reset = shared.note(|record| {
            let is_reset = head.method == "POST" && record.resets > 0;
            record.resets -= u32::from(is_reset);
            is_reset
        });
        // What has not been read makes a reset of the end.
        if is_reset {
            return;
        }
        let Some(call) = wire::read_body(&mut reader, head).await else { return };
        let path = wire::short_path(&call).to_owned();
        shared.note(|record| {
            record.order.push(path.clone());
            record.answers += usize::from(call.path.contains("/invocation/") && call.method == "POST");
            record.calls.push(call);
        });
        let answer = async {
            if path != "next" {
                return shared.reply_to(&path).await;
            }
            shared.note(|record| record.waiting += 1);
            let _waiting = Waiting(shared);
            shared.event().await
        };
        // Nothing is called while an answer is due, so whatever can be read is the end.
        let Sending { bytes, closes, then } = tokio::select! {
            biased;
            answer = answer => answer,
            end = reader.fill_buf() => {
                assert!(end.map_or(0, <[u8]>::len) == 0, "a call before the answer to another");
                return;
            }
        };
        if writer.write_all(&bytes).await.is_err() || closes {
            return;
        }
        if let Some(then) = then {
            then();
        }
    }
}
