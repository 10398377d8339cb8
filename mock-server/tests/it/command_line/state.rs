//! `mock-server serve --state`, killed again and again in the middle of its work: nothing is lost, nothing runs again
//! that had ended, and no process stays.
//!
//! The usual run is a short one. With the environment variable `MOCK_SERVER_LONG`, which `.ci/long` sets, it is 10,000 events
//! and 20 kills.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    io::{self, Write},
    path::Path,
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpStream,
    sync::watch,
    task::JoinSet,
};

use super::server::{Server, path};
use crate::{
    folder::{Folder, Lifeline},
    management::zip::{EXECUTABLE, zip},
    raw::{Connection, post},
    wait::soon,
};

mod retries;

const CONNECTIONS: usize = 16;
const CONCURRENCY: usize = 8;
/// How many events may be open at once: more than there is concurrency, so that some wait for their next attempt.
const WINDOW: usize = 16;
/// More than the longest wait of an event that was throttled again and again, which is five minutes.
const LONGEST_WAIT: Duration = Duration::from_secs(360);
const SINKS: [&str; 2] = ["success.jsonl", "failure.jsonl"];
const RUNS: &str = "runs";

/// A third of all events fails.
fn fails(number: u64) -> bool {
    number.wrapping_mul(2_654_435_761) >> 7 & 0xff < 85
}

/// Notes each run in a file. The process that it starts would stay if nobody killed it: it does not notice that the server is
/// gone.
const HANDLER: &str = r#"
import subprocess
pipe = os.open(os.environ["LIFELINE"], os.O_WRONLY)
runs = os.open(os.environ["RUNS"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
child = None
while True:
    request_id, event = next()
    if child is None:
        child = subprocess.Popen(["sleep", "600"], pass_fds=[pipe])
    os.write(runs, event + b"\n")
    if (int(event) * 2654435761 % 2**64) >> 7 & 0xff < 85:
        error = b'{"errorType":"Luck","errorMessage":"none"}'
        call("POST", "invocation/" + request_id + "/error", error)
    else:
        respond(request_id, event)
"#;

/// What is known of the events, each a number.
#[derive(Default)]
struct Ledger {
    /// How many are to be accepted.
    wanted: usize,
    next: u64,
    /// Nobody takes a new one while the server is dead.
    is_closed: bool,
    posting: BTreeSet<u64>,
    accepted: BTreeSet<u64>,
    recorded: BTreeSet<u64>,
    /// Accepted, and not recorded yet.
    open: BTreeSet<u64>,
}

impl Ledger {
    fn is_over(&self) -> bool {
        self.is_closed || self.accepted.len() >= self.wanted
    }

    fn has_room(&self) -> bool {
        let posting = self.posting.len();
        posting + self.open.len() < WINDOW && posting + self.accepted.len() < self.wanted
    }

    fn take(&mut self) -> Option<u64> {
        if self.is_over() || !self.has_room() {
            return None;
        }
        self.next += 1;
        self.posting.insert(self.next);
        Some(self.next)
    }

    fn posted(&mut self, number: u64, is_accepted: bool) {
        self.posting.remove(&number);
        if is_accepted {
            self.accepted.insert(number);
            if !self.recorded.contains(&number) {
                self.open.insert(number);
            }
        }
    }

    fn recorded(&mut self, number: u64) {
        self.recorded.insert(number);
        self.open.remove(&number);
    }
}

/// Posts events until there are enough, or until the server is gone.
async fn post_events(mut connection: Connection<TcpStream>, ledger: Arc<watch::Sender<Ledger>>) {
    let mut changes = ledger.subscribe();
    loop {
        let mut taken = None;
        ledger.send_if_modified(|ledger| {
            taken = ledger.take();
            taken.is_some()
        });
        let Some(number) = taken else {
            let ledger = changes.wait_for(|ledger| ledger.is_over() || ledger.has_room()).await.unwrap();
            if ledger.is_over() {
                return;
            }
            continue;
        };
        let headers = [("X-Amz-Invocation-Type", "Event")];
        connection.send_in_vain(post(&path("work"), &headers, number.to_string().as_bytes())).await;
        let reply = connection.try_reply().await;
        ledger.send_modify(|ledger| ledger.posted(number, reply.is_some()));
        match reply {
            Some(reply) => assert_eq!(reply.brief(), (202, "")),
            None => return,
        }
    }
}

/// Tells the ledger of each record that is written.
async fn follow(sink: std::path::PathBuf, ledger: Arc<watch::Sender<Ledger>>) {
    let mut command = tokio::process::Command::new("tail");
    command.args(["-c", "+1", "-f"]).arg(sink).stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut tail = command.spawn().unwrap();
    let mut lines = BufReader::new(tail.stdout.take().unwrap()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        if let Some(number) = number(&line) {
            ledger.send_modify(|ledger| ledger.recorded(number));
        }
    }
}

/// The event that a record tells of; `None` for the half of a line that a kill may leave.
fn number(line: &str) -> Option<u64> {
    let line: Value = serde_json::from_str(line).ok()?;
    line["body"]["requestPayload"].as_u64()
}

/// One life of the server, from its start to its end.
struct Life {
    server: Server,
    lifeline: Lifeline,
    hold: fs::File,
    _folder: Folder,
}

impl Life {
    async fn start(folder: &Folder, number: usize, concurrency: usize) -> Self {
        Self::retrying(folder, number, concurrency, 0).await
    }

    async fn retrying(folder: &Folder, number: usize, concurrency: usize, retries: usize) -> Self {
        let own = Folder::new();
        let lifeline = Lifeline::new(&own);
        // It has an end even if no environment was started.
        let hold = fs::File::options().write(true).open(lifeline.path()).unwrap();
        let config = folder.file(
            "mock.toml",
            &format!(
                r#"
[functions.work]
bootstrap = "bootstrap"
timeout = "1m"
reserved-concurrency = {concurrency}
environment = {{ LIFELINE = "{}", RUNS = "{}" }}

[functions.work.asynchronous]
retries = {retries}
on-success = "arn:aws:sqs:us-east-1:123456789012:success"
on-failure = "arn:aws:sqs:us-east-1:123456789012:failure"

[sinks]
"arn:aws:sqs:us-east-1:123456789012:success" = "file:{}"
"arn:aws:sqs:us-east-1:123456789012:failure" = "file:{}"
"#,
                lifeline.path().display(),
                folder.path().join(RUNS).display(),
                SINKS[0],
                SINKS[1],
            ),
        );
        let state = folder.path().join("state");
        let log = fs::File::create(folder.path().join(format!("log-{number}"))).unwrap();
        let arguments = ["--config", config.to_str().unwrap(), "--state", state.to_str().unwrap()];
        let server = Server::start(&arguments, 1, log).await;
        Self { server, lifeline, hold, _folder: own }
    }

    async fn connections(&self) -> Vec<Connection<TcpStream>> {
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            connections.push(Connection::tcp(self.server.address()).await);
        }
        connections
    }

    /// Waits until the server and all that it has started are gone.
    async fn end(self, signal: Signal) {
        let (status, _) = self.server.stop(signal).await;
        assert_eq!(status, (signal != Signal::KILL).then_some(0));
        drop(self.hold);
        self.lifeline.ended().await;
    }
}

/// How long the files of runs and records are at the end of a life.
fn lengths(folder: &Path) -> [usize; 3] {
    [RUNS, SINKS[0], SINKS[1]]
        .map(|name| fs::metadata(folder.join(name)).map_or(0, |metadata| metadata.len().try_into().unwrap()))
}

/// After how many accepted events the server is killed, in order.
fn kills(seed: u64, kills: usize, events: usize) -> Vec<usize> {
    let mut state = seed;
    let mut drawn = BTreeSet::new();
    while drawn.len() < kills {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        drawn.insert(usize::try_from(state >> 33).unwrap() % events);
    }
    drawn.into_iter().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_survive_kills_of_the_server_and_do_not_run_again_once_they_have_ended() {
    let is_long = env::var_os("MOCK_SERVER_LONG").is_some();
    let (wanted, kills) = if is_long { (10_000, kills(7, 20, 10_000)) } else { (1_000, kills(7, 5, 1_000)) };
    let folder = Folder::new();
    folder.python(HANDLER);
    let ledger = Arc::new(watch::Sender::new(Ledger { wanted, ..Ledger::default() }));
    let mut followers = JoinSet::new();
    for sink in SINKS {
        followers.spawn(follow(folder.file(sink, ""), Arc::clone(&ledger)));
    }

    let mut ends = vec![[0; 3]];
    for (number, kill) in kills.iter().enumerate() {
        let life = Life::start(&folder, number, CONCURRENCY).await;
        ledger.send_modify(|ledger| ledger.is_closed = false);
        let posters: JoinSet<()> = post_on(life.connections().await, &ledger);
        let mut changes = ledger.subscribe();
        soon(changes.wait_for(|ledger| ledger.accepted.len() > *kill)).await.unwrap();
        life.end(Signal::KILL).await;
        ledger.send_modify(|ledger| ledger.is_closed = true);
        soon(posters.join_all()).await;
        ends.push(lengths(folder.path()));
    }

    let life = Life::start(&folder, kills.len(), CONCURRENCY).await;
    ledger.send_modify(|ledger| ledger.is_closed = false);
    let posters = post_on(life.connections().await, &ledger);
    let mut changes = ledger.subscribe();
    loop {
        let is_done = {
            let ledger = changes.borrow_and_update();
            ledger.is_over() && ledger.open.is_empty()
        };
        if is_done {
            break;
        }
        // Those that were throttled come later and later, but they come.
        let change = tokio::time::timeout(LONGEST_WAIT, changes.changed()).await;
        change.unwrap_or_else(|_| panic!("lost: {:?}", ledger.borrow().open)).unwrap();
    }
    soon(posters.join_all()).await;
    life.end(Signal::TERM).await;
    ends.push(lengths(folder.path()));
    check(folder.path(), &ledger.borrow(), &ends);

    // What has been told of is forgotten.
    Life::start(&folder, kills.len() + 1, CONCURRENCY).await.end(Signal::TERM).await;
    assert_eq!(resumed(folder.path(), kills.len() + 1), 0);
    followers.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn even_an_event_that_ends_at_once_is_kept_before_it_is_accepted() {
    let folder = Folder::new();
    folder.python(HANDLER);
    let ledger = Arc::new(watch::Sender::new(Ledger::default()));
    let mut followers = JoinSet::new();
    followers.spawn(follow(folder.file(SINKS[1], ""), Arc::clone(&ledger)));
    for number in 1..=5 {
        let life = Life::start(&folder, number, 0).await;
        let mut connection = Connection::tcp(life.server.address()).await;
        let headers = [("X-Amz-Invocation-Type", "Event")];
        let reply = soon(connection.post_with(&path("work"), &headers, number.to_string())).await;
        assert_eq!(reply.brief(), (202, ""));
        life.end(Signal::KILL).await;
    }
    let life = Life::start(&folder, 6, 0).await;
    let mut changes = ledger.subscribe();
    soon(changes.wait_for(|ledger| ledger.recorded == (1..=5).collect())).await.unwrap();
    life.end(Signal::TERM).await;
    assert!(!folder.path().join(RUNS).exists());
}

/// Creates the function `f` over the API, of a package with this bootstrap.
async fn create(server: &Server, bootstrap: &str) {
    let package = BASE64_STANDARD.encode(zip(&[("bootstrap", EXECUTABLE, bootstrap)]));
    let wanted = json!({
        "FunctionName": "f",
        "Runtime": "provided.al2023",
        "Role": "arn:aws:iam::123456789012:role/service",
        "Handler": "app.handler",
        "Timeout": 60,
        "Code": { "ZipFile": package },
    });
    let reply = server.post("/2015-03-31/functions", &wanted.to_string()).await;
    assert_eq!(reply.status(), 201, "{}", reply.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_wait_for_a_function_that_is_created_over_the_api_again() {
    let folder = Folder::new();
    let state = folder.path().join("state");
    let arguments = ["--empty", "--state", state.to_str().unwrap()];
    let log = fs::File::create(folder.path().join("log")).unwrap();
    let server = Server::start(&arguments, 1, log).await;
    create(&server, "#!/bin/sh\nexec sleep 600\n").await;
    let mut connection = Connection::tcp(server.address()).await;
    let headers = [("X-Amz-Invocation-Type", "Event")];
    assert_eq!(soon(connection.post_with(&path("f"), &headers, "7")).await.brief(), (202, ""));
    server.stop(Signal::KILL).await;

    let mut server = Server::start(&arguments, 1, Stdio::piped()).await;
    let mut lines = BufReader::new(server.child.stderr.take().unwrap()).lines();
    let mut said = async |text: &str| loop {
        let line = soon(lines.next_line()).await.unwrap().unwrap();
        if line.contains(text) {
            return;
        }
    };
    said("note: 1 queued events wait for function f").await;
    let bootstrap = folder.python("request_id, event = next()\nrespond(request_id, event)\nnext()");
    create(&server, &fs::read_to_string(bootstrap).unwrap()).await;
    said("note: 1 queued events for function f go on").await;
    said("\tSuccess").await;
    server.stop(Signal::TERM).await;
}

fn post_on(connections: Vec<Connection<TcpStream>>, ledger: &Arc<watch::Sender<Ledger>>) -> JoinSet<()> {
    connections.into_iter().map(|connection| post_events(connection, Arc::clone(ledger))).collect()
}

/// How many events a life went on with.
fn resumed(folder: &Path, life: usize) -> usize {
    let log = fs::read_to_string(folder.join(format!("log-{life}"))).unwrap();
    let mut counts = log.lines().filter_map(|line| {
        line.strip_prefix("note: ")?.strip_suffix(" queued events go on")?.parse::<usize>().ok()
    });
    counts.next().unwrap_or_default()
}

fn check(folder: &Path, ledger: &Ledger, ends: &[[usize; 3]]) {
    let [runs, success, failure] =
        [RUNS, SINKS[0], SINKS[1]].map(|name| fs::read_to_string(folder.join(name)).unwrap());
    let mut runs_of = BTreeMap::<u64, usize>::new();
    let mut recorded = BTreeSet::new();
    // Records of the life before, which may be there once more.
    let mut last = BTreeSet::new();
    let (mut halves, mut again, mut went_on) = (0, 0, 0);
    for (life, end) in ends.windows(2).enumerate() {
        let mut ran = BTreeSet::new();
        for line in runs[end[0][0]..end[1][0]].lines() {
            let number: u64 = line.parse().unwrap();
            assert!(!recorded.contains(&number), "event {number} ran in life {life}, although it had ended");
            assert!(ran.insert(number), "event {number} ran twice in life {life}");
            *runs_of.entry(number).or_default() += 1;
        }
        let mut here = BTreeSet::new();
        let successes = success[end[0][1]..end[1][1]].lines().map(|line| (false, line));
        let failures = failure[end[0][2]..end[1][2]].lines().map(|line| (true, line));
        for (is_failure, line) in successes.chain(failures).filter(|(_, line)| !line.is_empty()) {
            let Some(number) = number(line) else {
                halves += 1;
                continue;
            };
            assert_eq!(is_failure, fails(number), "{line}");
            assert!(runs_of.contains_key(&number), "event {number} has ended in life {life} without a run");
            assert!(here.insert(number), "event {number} was told of twice in life {life}");
            if !recorded.insert(number) {
                assert!(last.contains(&number), "event {number} was told of again in life {life}");
                again += 1;
            }
        }
        last = here;
        went_on += resumed(folder, life);
    }
    let lost: Vec<_> = ledger.accepted.difference(&recorded).collect();
    assert_eq!(lost, [&0; 0], "accepted and never told of");
    assert!(ledger.accepted.len() >= ledger.wanted);
    let kills = ends.len() - 2;
    assert!(halves <= 2 * kills, "{halves} records are no records");
    assert!(again <= kills * WINDOW, "{again} events were told of twice");
    assert!(went_on > 0, "no kill came when there was something to lose");
    let runs_again = runs_of.values().filter(|runs| **runs > 1).count();
    // Shown with --nocapture, for whoever wants to know how much there was to lose.
    let summary = format!(
        "{} events accepted of {}, {kills} kills; {went_on} went on after one, {runs_again} of them ran again, {again} were \
         told of twice, {halves} halves",
        ledger.accepted.len(),
        ledger.next,
    );
    let _closed = writeln!(io::stderr(), "{summary}");
}
