//! Events that wait for their next attempt while the server is killed.
//!
//! The attempt comes a minute after the one before, which is the least that there is to wait.

use std::{collections::BTreeSet, fs, sync::Arc};

use rustix::process::Signal;
use serde_json::Value;
use tokio::{sync::watch, task::JoinSet};

use super::{
    super::server::{Server, path},
    CONCURRENCY, HANDLER, LONGEST_WAIT, Ledger, Life, RUNS, SINKS, fails, follow, resumed,
};
use crate::{folder::Folder, raw::Connection, wait::soon};

async fn accepted(server: &Server, number: u64) {
    let mut connection = Connection::tcp(server.address()).await;
    let headers = [("X-Amz-Invocation-Type", "Event")];
    let reply = soon(connection.post_with(&path("work"), &headers, number.to_string())).await;
    assert_eq!(reply.brief(), (202, ""));
}

fn text(folder: &Folder, file: &str) -> String {
    fs::read_to_string(folder.path().join(file)).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_waits_for_its_retry_survives_kills_and_is_tried_no_more_often_than_it_may() {
    let folder = Folder::new();
    folder.python(HANDLER);
    let ledger = Arc::new(watch::Sender::new(Ledger::default()));
    let mut followers = JoinSet::new();
    for sink in SINKS {
        followers.spawn(follow(folder.file(sink, ""), Arc::clone(&ledger)));
    }
    let failing: BTreeSet<_> = (1..).filter(|number| fails(*number)).take(3).collect();
    let succeeding = (1..).find(|number| !fails(*number)).unwrap();
    let mut changes = ledger.subscribe();

    let life = Life::retrying(&folder, 0, CONCURRENCY, 1).await;
    for number in &failing {
        accepted(&life.server, *number).await;
    }
    // The platform has written of an attempt when its failure has been noted; and what was noted before is durable when an
    // event is accepted.
    let reports = || text(&folder, "log-0").matches("REPORT RequestId: ").count();
    soon(async {
        while reports() < failing.len() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    accepted(&life.server, succeeding).await;
    soon(changes.wait_for(|ledger| ledger.recorded.contains(&succeeding))).await.unwrap();
    life.end(Signal::KILL).await;

    // Killed again before any is tried.
    let life = Life::retrying(&folder, 1, CONCURRENCY, 1).await;
    assert!(resumed(folder.path(), 1) >= failing.len());
    life.end(Signal::KILL).await;

    let life = Life::retrying(&folder, 2, CONCURRENCY, 1).await;
    assert!(resumed(folder.path(), 2) >= failing.len());
    let all = changes.wait_for(|ledger| failing.is_subset(&ledger.recorded));
    tokio::time::timeout(LONGEST_WAIT, all).await.unwrap().unwrap();
    life.end(Signal::TERM).await;
    followers.shutdown().await;

    let runs = text(&folder, RUNS);
    for number in &failing {
        assert_eq!(runs.lines().filter(|line| *line == number.to_string()).count(), 2, "{number} in {runs}");
    }
    let records = text(&folder, SINKS[1]);
    assert_eq!(records.lines().count(), failing.len(), "{records}");
    for record in records.lines() {
        let record: Value = serde_json::from_str(record).unwrap();
        let context = &record["body"]["requestContext"];
        assert_eq!(context["condition"], "RetriesExhausted");
        assert_eq!(context["approximateInvokeCount"], 2);
    }
}
