//! Subscribers: listeners that read what is delivered and answer what a test says.
//!
//! [`Listener`] and [`Peer`] are moved by hand, one request at a time. [`Log`] takes everything that comes.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

use super::golden::{self, events, masked};
use crate::{
    raw::{Connection, Reply},
    wait::soon,
};

/// A listener whose connections the test takes one by one.
pub(super) struct Listener {
    listener: TcpListener,
}

/// A connection that the service has made to deliver telemetry.
pub(super) struct Peer {
    connection: Connection<TcpStream>,
}

/// A request that delivers events.
pub(super) struct Batch {
    /// Request line and headers.
    pub(super) head: String,
    pub(super) events: Vec<String>,
}

impl Listener {
    pub(super) async fn bind() -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").await.unwrap() }
    }

    pub(super) fn port(&self) -> u16 {
        self.listener.local_addr().unwrap().port()
    }

    pub(super) async fn accept(&self) -> Peer {
        let (stream, _) = soon(self.listener.accept()).await.unwrap();
        Peer { connection: Connection::new(stream) }
    }

    /// A connection over which lines come.
    pub(super) async fn accept_stream(&self) -> TcpStream {
        soon(self.listener.accept()).await.unwrap().0
    }
}

impl Peer {
    /// The next request; `None` if the service closes the connection instead.
    pub(super) async fn try_batch(&mut self) -> Option<Batch> {
        let Reply { head, body } = soon(self.connection.try_reply()).await?;
        Some(Batch { head, events: events(std::str::from_utf8(&body).unwrap()) })
    }

    pub(super) async fn batch(&mut self) -> Batch {
        self.try_batch().await.unwrap()
    }

    /// Answers with this status and no body.
    pub(super) async fn answer(&mut self, status: u16) {
        self.say(&format!("HTTP/1.1 {status} As the test wants\r\nContent-Length: 0\r\n\r\n")).await;
    }

    /// Answers with whatever this is.
    pub(super) async fn say(&mut self, answer: &str) {
        self.connection.send(answer).await;
    }
}

impl Batch {
    /// The events without what differs from run to run.
    pub(super) fn masked(&self) -> Vec<String> {
        self.events.iter().map(|event| masked(event)).collect()
    }

    /// What was written, of a batch that has nothing but lines.
    pub(super) fn lines(&self) -> Vec<String> {
        lines(&self.events)
    }
}

/// What was written, of events that are nothing but lines.
pub(super) fn lines(events: &[String]) -> Vec<String> {
    let line = |event: &String| {
        let event: Value = serde_json::from_str(event).unwrap();
        event["record"].as_str().unwrap().to_owned()
    };
    events.iter().map(line).collect()
}

/// The numbers that lines begin with.
pub(super) fn numbers(lines: &[String]) -> Vec<u32> {
    lines.iter().map(|line| line.split(' ').next().unwrap().parse().unwrap()).collect()
}

/// What was written, of as many events as this, each of them a line of the stream.
pub(super) async fn read_lines(stream: &mut BufReader<TcpStream>, count: usize) -> Vec<String> {
    let mut events = Vec::new();
    for _ in 0..count {
        let mut line = String::new();
        soon(stream.read_line(&mut line)).await.unwrap();
        events.push(line.strip_suffix('\n').unwrap().to_owned());
    }
    lines(&events)
}

/// How events are delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    Http,
    Tcp,
}

/// Takes everything, and answers 200 where there is something to answer.
pub(super) struct Log {
    over: Over,
    port: u16,
    batches: mpsc::UnboundedReceiver<Vec<String>>,
    /// Events that have come and nobody has asked for yet.
    unread: VecDeque<String>,
    is_over: Arc<AtomicBool>,
    /// The time of the newest event that was asked for.
    newest: String,
}

impl Log {
    pub(super) async fn start(over: Over) -> Self {
        let Listener { listener } = Listener::bind().await;
        let port = listener.local_addr().unwrap().port();
        let (sender, batches) = mpsc::unbounded_channel();
        let is_over = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&is_over);
        tokio::spawn(async move {
            // One connection after the other: the service has one at a time.
            while !flag.load(Ordering::Acquire) {
                let (stream, _) = listener.accept().await.unwrap();
                match over {
                    Over::Http => take_batches(stream, &sender).await,
                    Over::Tcp => take_lines(stream, &sender).await,
                }
            }
        });
        Self { over, port, batches, unread: VecDeque::new(), is_over, newest: String::new() }
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Where it listens, in the words of a subscription.
    pub(super) fn destination(&self) -> Value {
        match self.over {
            Over::Http => {
                let uri = format!("http://sandbox.localdomain:{}/telemetry", self.port);
                json!({ "protocol": "HTTP", "URI": uri })
            }
            Over::Tcp => json!({ "protocol": "TCP", "port": self.port }),
        }
    }

    /// The next event.
    pub(super) async fn event(&mut self) -> String {
        let event = self.try_event().await.unwrap();
        assert!(self.newest.as_str() <= golden::time(&event), "older than the event before: {event}");
        golden::time(&event).clone_into(&mut self.newest);
        event
    }

    async fn try_event(&mut self) -> Option<String> {
        while self.unread.is_empty() {
            self.unread.extend(soon(self.batches.recv()).await?);
        }
        self.unread.pop_front()
    }

    /// The next events up to one of this type.
    pub(super) async fn until(&mut self, kind: &str) -> Vec<String> {
        let mut events = Vec::new();
        loop {
            let event = masked(&self.event().await);
            let is_last = event.starts_with(&format!("{kind} "));
            events.push(event);
            if is_last {
                return events;
            }
        }
    }

    /// Waits for as many events as the golden sequence has; they have to be the same.
    pub(super) async fn expect(&mut self, golden: &str) {
        let expected = golden::lines(golden);
        let mut events = Vec::new();
        for line in &expected {
            events.push(masked(&self.event().await));
            // What is wrong is shown at once, and not when there is no other event.
            if events.last().is_none_or(|event| event != line) {
                break;
            }
        }
        assert_eq!(events.join("\n"), expected[..events.len()].join("\n"), "{:?}", self.over);
    }

    /// What else has come, after the environment is gone.
    pub(super) async fn rest(mut self) -> Vec<String> {
        self.is_over.store(true, Ordering::Release);
        // Taken after all connections before it, unless the last of them has ended by now.
        drop(TcpStream::connect(("127.0.0.1", self.port)).await);
        let mut events = Vec::new();
        while let Some(event) = self.try_event().await {
            events.push(masked(&event));
        }
        events
    }
}

async fn take_batches(stream: TcpStream, batches: &mpsc::UnboundedSender<Vec<String>>) {
    let mut peer = Peer { connection: Connection::new(stream) };
    while let Some(Reply { head, body }) = peer.connection.try_reply().await {
        assert!(head.starts_with("POST /telemetry HTTP/1.1\r\n"), "{head}");
        let _test_is_over = batches.send(events(std::str::from_utf8(&body).unwrap()));
        peer.answer(200).await;
    }
}

async fn take_lines(stream: TcpStream, batches: &mpsc::UnboundedSender<Vec<String>>) {
    let mut lines = BufReader::new(stream).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let _test_is_over = batches.send(vec![line]);
    }
}
