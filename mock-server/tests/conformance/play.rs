//! Plays a row against a peer, and tells where the peer said something else.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    net::SocketAddr,
};

use serde_json::Value;
use tokio::task::JoinHandle;

use crate::{
    pattern::{self, Known},
    peer::{Peer, Stage},
    row::{Expected, Payload, Request, Row, Step},
    sink::{self, Sink},
    wire::{self, Reply, Trouble, Wire},
};

pub(crate) const INVOCATIONS: &str = "/2015-03-31/functions/function/invocations";

/// Stands for the caller's connection in reports.
const CALLER: &str = "the caller";

/// Longest text that is shown of a body.
const SHOWN: usize = 400;

/// How often something is repeated. Each takes a round trip; this is far more than any peer needs.
const TRIES: usize = 10_000;

/// What a caller is told as long as no runtime asks for work.
pub(crate) const NOBODY_POLLS: &str = "Runtime.Unavailable";

/// What can be different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Aspect {
    /// Something else than a reply, or a reply where there should be none.
    Reply,
    Status,
    ErrorType,
    ErrorMessage,
    Header(&'static str),
    /// A header that should not be there.
    AnotherHeader,
    Body,
    /// A record of telemetry.
    Record,
}

/// A place where a peer says something else than the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) row: &'static str,
    /// What was asked for.
    pub(crate) call: String,
    pub(crate) aspect: Aspect,
    pub(crate) expected: String,
    pub(crate) instead: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call, aspect, expected, instead, .. } = self;
        write!(f, "  {call}: {aspect:?}\n    should be {expected}\n    but was   {instead}")
    }
}

/// Plays a row to its end, or up to the first place where it cannot go on.
pub(crate) async fn play(row: &Row, peer: &Peer) -> Vec<Difference> {
    let stage = match peer.start(row).await {
        Ok(stage) => stage,
        Err(trouble) => {
            let instead = trouble.to_string();
            let (call, expected) = ("start".to_owned(), "a running function".to_owned());
            return vec![Difference { row: row.name, call, aspect: Aspect::Reply, expected, instead }];
        }
    };
    let mut play = Play {
        row: row.name,
        asks_the_front: matches!(peer, Peer::Mock),
        stage,
        api: None,
        starts: BTreeMap::new(),
        connection: "the first",
        connections: BTreeMap::new(),
        callers: VecDeque::new(),
        known: Known::new(),
        sink: None,
        calls: BTreeMap::new(),
        differences: Vec::new(),
    };
    for step in &row.steps {
        if let Err(trouble) = play.step(step).await {
            let said = play.stage.said();
            let said = said.iter().rev().take(20).rev().map(|line| format!("\n      | {}", shortened(line)));
            let instead = format!("{trouble}{}", said.collect::<String>());
            play.differs(Aspect::Reply, shortened(&step.to_string()), instead);
            break;
        }
    }
    play.differences
}

/// Somebody who has invoked the function, and waits.
type Caller = JoinHandle<Result<Reply, Trouble>>;

struct Play {
    row: &'static str,
    asks_the_front: bool,
    stage: Stage,
    /// Where the process started last has found the Runtime API.
    api: Option<SocketAddr>,
    starts: BTreeMap<&'static str, usize>,
    connection: &'static str,
    connections: BTreeMap<&'static str, Wire>,
    callers: VecDeque<Caller>,
    known: Known,
    /// Where telemetry goes, and how many of its records have been looked at.
    sink: Option<(Sink, usize)>,
    /// The last call on each connection, for reports.
    calls: BTreeMap<&'static str, String>,
    differences: Vec<Difference>,
}

impl Play {
    async fn step(&mut self, step: &Step) -> Result<(), Trouble> {
        match step {
            Step::Started(process) => {
                let times = self.starts.entry(process).or_default();
                *times += 1;
                self.api = Some(self.stage.started(process, *times).await?);
            }
            Step::Does(process, line) => self.stage.folder.tell(process, line),
            Step::On(connection) => self.connection = connection,
            Step::Invoked(request) => {
                let caller = self.invoke(request).await?;
                self.callers.push_back(caller);
            }
            Step::Taken(request, expected) => {
                let reply = self.taken(request).await?;
                self.compare(expected, &reply);
                self.learn(&reply);
            }
            Step::Answered(payload) => {
                let caller = self.callers.pop_front().ok_or(Trouble::Closed)?;
                let reply = caller.await.unwrap_or(Err(Trouble::Closed))?;
                let connection = std::mem::replace(&mut self.connection, CALLER);
                self.compare_answer(payload, &reply);
                self.connection = connection;
            }
            Step::Sent(request) => self.send(request).await?,
            Step::SentBytes(bytes) => {
                let bytes = pattern::fill(bytes, &self.known);
                self.wire().await?.send(bytes.as_bytes()).await?;
            }
            Step::Received(expected) => {
                let reply = self.reply().await?;
                self.compare(expected, &reply);
                self.learn(&reply);
            }
            Step::WritingFinished => self.wire().await?.finish_writing().await?,
            Step::HungUp => drop(self.connections.remove(self.connection)),
            Step::Closed => self.wire().await?.closed().await?,
            Step::CalledUntil(request, expected) => self.call_until(request, expected).await?,
            Step::Listening(protocol) => {
                let sink = Sink::open(*protocol).await?;
                self.known.insert("sink".to_owned(), sink.address.port().to_string());
                self.sink = Some((sink, 0));
            }
            Step::Told(records) => self.told(records).await?,
        }
        Ok(())
    }

    async fn invoke(&self, request: &Request) -> Result<Caller, Trouble> {
        let mut caller = Wire::connect(self.stage.front).await?;
        caller.send(&self.bytes(&Request { path: INVOCATIONS.to_owned(), ..request.clone() })).await?;
        // A front may give the answer on as it comes, and the guest waits if nobody reads it.
        Ok(tokio::spawn(async move { caller.reply().await }))
    }

    /// Invokes until the runtime that polls on this connection has got the event.
    async fn taken(&mut self, request: &Request) -> Result<Reply, Trouble> {
        for _ in 0..TRIES {
            let mut caller = self.invoke(request).await?;
            tokio::select! {
                reply = self.reply() => {
                    self.callers.push_back(caller);
                    return reply;
                }
                refusal = &mut caller => match refusal.unwrap_or(Err(Trouble::Closed))? {
                    refusal if refusal.header("error-type") == Some(NOBODY_POLLS) => {}
                    other => return Err(Trouble::NotHttp(format!("the caller got {}", shown(&other.body)))),
                },
            }
        }
        Err(Trouble::Silent)
    }

    /// Calls until the reply is as expected; what the last one has else is a difference.
    async fn call_until(&mut self, request: &Request, expected: &Expected) -> Result<(), Trouble> {
        let before = self.differences.len();
        for _ in 0..TRIES {
            self.differences.truncate(before);
            self.send(request).await?;
            let reply = self.reply().await?;
            self.compare(expected, &reply);
            if self.differences.len() == before {
                break;
            }
        }
        Ok(())
    }

    async fn send(&mut self, request: &Request) -> Result<(), Trouble> {
        self.calls.insert(self.connection, format!("{} {}", request.method, request.path));
        let bytes = self.bytes(request);
        self.wire().await?.send(&bytes).await
    }

    async fn reply(&mut self) -> Result<Reply, Trouble> {
        let is_head = self.calls.get(self.connection).is_some_and(|call| call.starts_with("HEAD "));
        let wire = self.wire().await?;
        if is_head { wire.head().await } else { wire.reply().await }
    }

    async fn wire(&mut self) -> Result<&mut Wire, Trouble> {
        if !self.connections.contains_key(self.connection) {
            let api = self.api.ok_or_else(|| Trouble::NotStarted("no process".to_owned()))?;
            self.connections.insert(self.connection, Wire::connect(api).await?);
        }
        self.connections.get_mut(self.connection).ok_or(Trouble::Closed)
    }

    fn bytes(&self, request: &Request) -> Vec<u8> {
        let headers: Vec<_> = request
            .headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), pattern::fill(value, &self.known)))
            .collect();
        let path = pattern::fill(&request.path, &self.known);
        // Of bodies only those of subscriptions have placeholders.
        let body = match std::str::from_utf8(&request.body) {
            Ok(body) if body.contains("<sink>") => pattern::fill(body, &self.known).into_bytes(),
            _ => request.body.clone(),
        };
        wire::request(request.method, &path, &headers, &body)
    }

    /// Keeps the ids that a reply gives.
    fn learn(&mut self, reply: &Reply) {
        if let Some(id) = reply.header("lambda-runtime-aws-request-id") {
            let seen = (1..).map(|number| format!("id{number}"));
            let name = seen.into_iter().find(|name| self.known.get(name).is_none_or(|known| known == id));
            self.known.extend(name.map(|name| (name, id.to_owned())));
            self.known.insert("id".to_owned(), id.to_owned());
        }
        for (header, name) in
            [("lambda-runtime-invocation-id", "invocation"), ("lambda-extension-identifier", "extension")]
        {
            if let Some(value) = reply.header(header) {
                self.known.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    async fn told(&mut self, forms: &[Value]) -> Result<(), Trouble> {
        let Some((sink, seen)) = &mut self.sink else { return Err(Trouble::Closed) };
        let (from, to) = (*seen, *seen + forms.len());
        *seen = to;
        let records = match sink.records(to).await {
            Ok(records) => records,
            Err(_) => sink.now(),
        };
        let connection = std::mem::replace(&mut self.connection, "telemetry");
        for (at, form) in forms.iter().enumerate() {
            let record = records.get(from + at).unwrap_or(&Value::Null);
            if !sink::fits(form, record) {
                self.differs(Aspect::Record, form.to_string(), record.to_string());
            }
        }
        self.connection = connection;
        Ok(())
    }

    fn compare(&mut self, expected: &Expected, reply: &Reply) {
        if expected.status != reply.status {
            self.differs(Aspect::Status, expected.status.to_string(), reply.status.to_string());
        }
        self.compare_headers(expected, reply);
        self.compare_bodies(&expected.body, &reply.body);
    }

    fn compare_headers(&mut self, expected: &Expected, reply: &Reply) {
        const NOT_COMPARED: [&str; 3] = ["date", "content-length", "transfer-encoding"];

        for (name, pattern) in &expected.headers {
            let pattern = pattern::fill(pattern, &self.known);
            let found = reply.headers.iter().find(|(found, _)| found == name);
            if !found.is_some_and(|(_, value)| pattern::fits(&pattern, value)) {
                let instead = reply.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name));
                let instead =
                    instead.map_or_else(|| "absent".to_owned(), |(name, value)| format!("{name}: {value}"));
                self.differs(Aspect::Header(name), format!("{name}: {pattern}"), instead);
            }
        }
        for (name, value) in &reply.headers {
            let is = |known: &str| known.eq_ignore_ascii_case(name);
            let fits = |(known, pattern): &(&str, String)| known == name && pattern::fits(pattern, value);
            if !NOT_COMPARED.iter().any(|known| is(known))
                && !expected.headers.iter().any(|(known, _)| is(known))
                && !expected.optional.iter().any(fits)
            {
                self.differs(Aspect::AnotherHeader, "absent".to_owned(), format!("{name}: {value}"));
            }
        }
    }

    fn compare_answer(&mut self, expected: &Payload, reply: &Reply) {
        if self.asks_the_front {
            if reply.status != 200 {
                self.differs(Aspect::Status, "200".to_owned(), reply.status.to_string());
            }
            let error = reply.header("x-amz-function-error");
            let should = expected.is_error.then_some("Unhandled");
            if error != should {
                let name = "X-Amz-Function-Error";
                self.differs(Aspect::Header(name), format!("{should:?}"), format!("{error:?}"));
            }
        } else if !expected.is_of_the_core {
            return;
        }
        self.compare_bodies(&expected.body, &reply.body);
    }

    fn compare_bodies(&mut self, expected: &[u8], body: &[u8]) {
        let fits = match (std::str::from_utf8(expected), std::str::from_utf8(body)) {
            (Ok(expected), Ok(body)) if expected.len() < SHOWN * 10 => {
                pattern::fits(&pattern::fill(expected, &self.known), body)
            }
            _ => expected == body,
        };
        if fits {
            return;
        }
        // Of an error it matters in which member it differs.
        let before = self.differences.len();
        let (should, is) = (json(expected), json(body));
        for (member, aspect) in [("errorType", Aspect::ErrorType), ("errorMessage", Aspect::ErrorMessage)] {
            if let Some(should) = should.get(member).and_then(Value::as_str) {
                let is = is.get(member).and_then(Value::as_str).unwrap_or("absent");
                let should = pattern::fill(should, &self.known);
                if !pattern::fits(&should, is) {
                    self.differs(aspect, should, is.to_owned());
                }
            }
        }
        if before == self.differences.len() {
            self.differs(Aspect::Body, shown(expected), shown(body));
        }
    }

    fn differs(&mut self, aspect: Aspect, expected: String, instead: String) {
        let call = self.calls.get(self.connection).map_or(self.connection, String::as_str).to_owned();
        self.differences.push(Difference { row: self.row, call, aspect, expected, instead });
    }
}

fn json(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_default()
}

fn shown(body: &[u8]) -> String {
    format!("{:?}", shortened(&String::from_utf8_lossy(body)))
}

fn shortened(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown += &format!("… ({} bytes)", text.len());
    }
    shown
}
