//! The functions that `drive.py` invokes: guests in this process that speak the Runtime API by hand.
//!
//! They tell each other what has happened on a [`Board`], which the script reads and writes through a function of its
//! own. So nobody has to wait for time to pass.

#![expect(clippy::unwrap_used, reason = "a function that cannot be set up fails the test")]

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use lambda_api::transport::RuntimeApi;
use mock_server::{
    FunctionBuilder, MockLambda,
    core::catalog::{Alias, Catalog, Version},
};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::{
    guest::{NEXT, answering, echo, error_path, request_id, response_path, silent},
    raw::{self, Connection, Reply},
};

/// Of the draws for weighted aliases.
const SEED: u64 = 20_261_130;
/// How often the script draws.
const DRAWS: usize = 200;
/// For functions that must not see a time-out.
const PATIENCE: Duration = Duration::from_secs(120);

/// What has happened how often.
#[derive(Clone, Default)]
pub(crate) struct Board(Arc<watch::Sender<BTreeMap<String, u64>>>);

impl Board {
    pub(crate) fn raise(&self, what: &str) {
        self.0.send_modify(|counts| *counts.entry(what.to_owned()).or_default() += 1);
    }

    fn count(&self, what: &str) -> u64 {
        self.0.borrow().get(what).copied().unwrap_or_default()
    }

    /// Waits until it has happened.
    async fn seen(&self, what: &str) {
        self.0.subscribe().wait_for(|counts| counts.contains_key(what)).await.unwrap();
    }
}

pub(crate) fn service() -> MockLambda {
    let mock = MockLambda::observed(SEED, |_| {});
    let board = Board::default();
    let describe = |name: &str| mock.function(name).timeout(PATIENCE);
    describe("echo").in_process(echo);
    describe("tell").in_process(tell);
    describe("fail").in_process(failing);
    describe("crash").in_process(crashing);
    describe("off").reserved_concurrency(0).in_process(echo);
    describe("tenants").isolate_tenants().in_process(tell);
    describe("instances").max_concurrency(2).in_process(echo);
    describe("slow").timeout(Duration::from_millis(300)).in_process(silent);
    describe("frozen").snap_start().restore_timeout(Duration::from_millis(300)).in_process(stuck_in_restore);
    versioned(describe("versioned"));
    let shared = board.clone();
    describe("board").in_process(move |api| on_the_board(api, shared.clone()));
    let shared = board.clone();
    describe("held").reserved_concurrency(1).in_process(move |api| held(api, shared.clone()));
    describe("stream").in_process(move |api| streaming(api, board.clone()));
    mock
}

/// Two versions, an alias for the first, and one that is drawn for.
fn versioned(builder: FunctionBuilder) {
    let function = builder.in_process(tell);
    assert_eq!(function.publish(), Ok(1));
    function.update().memory_mb(256).same_code().unwrap();
    assert_eq!(function.publish(), Ok(2));
    function.set_alias("live", Alias::new(Version::Number(1))).unwrap();
    function.set_alias("split", split()).unwrap();
}

fn split() -> Alias {
    Alias::new(Version::Number(1)).with_weight(2, 0.3)
}

/// The versions that invokes of the weighted alias must get to, in order.
pub(crate) fn draws() -> Vec<String> {
    let mut catalog = Catalog::new(SEED);
    let function = catalog.create("versioned", ());
    catalog.publish(function, None, |(), _| ()).unwrap();
    catalog.update(function, ()).unwrap();
    catalog.publish(function, None, |(), _| ()).unwrap();
    catalog.create_alias(function, "split", split()).unwrap();
    let mut draw = || catalog.resolve(function, Some("split")).unwrap().version.to_string();
    (0..DRAWS).map(|_| draw()).collect()
}

/// Gives back all that an event says: its headers by their names in lower case, and its text.
async fn tell(api: RuntimeApi) -> Result<(), String> {
    answering(api, async |event: Reply| {
        let headers = event.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        let headers: BTreeMap<_, _> = headers.map(|(name, value)| (name.to_lowercase(), value)).collect();
        json!({ "headers": headers, "event": event.text() }).to_string().into_bytes()
    })
    .await
}

async fn failing(api: RuntimeApi) -> Result<(), String> {
    const REPORT: &str = r#"{"errorMessage":"no such order","errorType":"OrderError","stackTrace":[]}"#;
    let mut guest = Connection::open(&api).await;
    loop {
        let Some(event) = guest.try_get(NEXT).await else { return Ok(()) };
        let headers = [("Lambda-Runtime-Function-Error-Type", "Function.OrderError")];
        guest.post_with(&error_path(request_id(&event)), &headers, REPORT).await;
    }
}

async fn crashing(api: RuntimeApi) -> Result<(), String> {
    Connection::open(&api).await.get(NEXT).await;
    Err("out of order".to_owned())
}

/// Never comes back from the restore of its snapshot.
async fn stuck_in_restore(api: RuntimeApi) -> Result<(), String> {
    Connection::open(&api).await.get("/2018-06-01/runtime/restore/next").await;
    std::future::pending().await
}

/// `{"raise": what}` tells that something has happened, `{"wait": what}` waits until it has, `{"count": what}` asks how
/// often it has.
pub(crate) async fn on_the_board(api: RuntimeApi, board: Board) -> Result<(), String> {
    answering(api, async |event: Reply| {
        let event: Value = serde_json::from_slice(&event.body).unwrap();
        if let Some(what) = event["raise"].as_str() {
            board.raise(what);
        }
        if let Some(what) = event["wait"].as_str() {
            board.seen(what).await;
        }
        let count = event["count"].as_str().map(|what| board.count(what));
        json!({ "count": count }).to_string().into_bytes()
    })
    .await
}

/// Tells that it runs, and goes on when it is let.
async fn held(api: RuntimeApi, board: Board) -> Result<(), String> {
    answering(api, async |_| {
        board.raise("held");
        board.seen("release").await;
        b"\"released\"".to_vec()
    })
    .await
}

/// Streams the event's `pieces`. Where it has a `round`, each follows when the one before has been seen, and where it has
/// `fails`, the stream ends with an error.
async fn streaming(api: RuntimeApi, board: Board) -> Result<(), String> {
    let headers = [
        ("Lambda-Runtime-Function-Response-Mode", "streaming"),
        ("Content-Type", "text/event-stream"),
        ("Transfer-Encoding", "chunked"),
        ("Trailer", "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body"),
    ];
    let mut guest = Connection::open(&api).await;
    loop {
        let Some(event) = guest.try_get(NEXT).await else { return Ok(()) };
        let asked: Value = serde_json::from_slice(&event.body).unwrap();
        guest.send(raw::head("POST", &response_path(request_id(&event)), &headers) + "\r\n").await;
        for piece in asked["pieces"].as_array().unwrap() {
            let piece = piece.as_str().unwrap();
            guest.send(format!("{:x}\r\n{piece}\r\n", piece.len())).await;
            if let Some(round) = asked["round"].as_str() {
                board.seen(&format!("{round} {piece}")).await;
            }
        }
        let end = match asked["fails"] == true {
            // {"errorMessage":"gone"}
            true => {
                "0\r\nLambda-Runtime-Function-Error-Type: Function.Gone\r\n\
                 Lambda-Runtime-Function-Error-Body: eyJlcnJvck1lc3NhZ2UiOiJnb25lIn0=\r\n\r\n"
            }
            false => "0\r\n\r\n",
        };
        guest.send(end).await;
        guest.reply().await;
    }
}
