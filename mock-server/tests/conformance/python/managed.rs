//! The same client where it serves four invocations at a time, each in a process that it has forked.

use std::{collections::BTreeSet, time::Duration};

use mock_server::{Entry, Event, Function, FunctionBuilder};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{HANDLER, LIMIT, PATIENCE, function, invoke, starts};
use crate::peer::Folder;

const WORKERS: usize = 4;

fn managed(
    code: &str,
    configure: impl FnOnce(FunctionBuilder) -> FunctionBuilder,
) -> Option<(Folder, Function)> {
    function(code, |builder| configure(builder.max_concurrency(WORKERS)))
}

#[tokio::test]
async fn four_processes_of_python_are_at_work_at_the_same_time() {
    let Some((folder, function)) = managed(HANDLER, |builder| builder) else { return };
    let mut invocations = JoinSet::new();
    for _ in 0..WORKERS {
        let function = function.clone();
        let event = json!({ "do": "meet", "where": folder.path(), "party": WORKERS });
        invocations.spawn(async move { invoke(&function, event).await });
    }
    let mut processes = BTreeSet::new();
    for outcome in invocations.join_all().await {
        assert!(outcome.is_success(), "{outcome:?}");
        processes.insert(outcome.json().unwrap().as_u64().unwrap());
    }
    assert_eq!(processes.len(), WORKERS);
    assert_eq!(starts(&function), 1);
}

#[tokio::test]
async fn an_exception_is_the_answer_and_nobody_else_is_disturbed() {
    let Some((_folder, function)) = managed(HANDLER, |builder| builder) else { return };
    for _ in 0..2 * WORKERS {
        let outcome = invoke(&function, json!({ "do": "fail" })).await;
        let report = outcome.json().unwrap();
        assert_eq!(report["errorType"], "ValueError");
        assert_eq!(report["requestId"], outcome.request_id().as_str());
        assert_eq!(invoke(&function, json!({ "do": "echo", "what": 1 })).await.payload(), "1");
    }
    assert_eq!(starts(&function), 1);
}

#[tokio::test]
async fn python_goes_on_after_the_deadline_and_its_late_answer_is_refused() {
    let Some((_folder, function)) = managed(HANDLER, |builder| builder.timeout(Duration::from_secs(2)))
    else {
        return;
    };
    let outcome = invoke(&function, json!({ "do": "sleep", "seconds": 3 })).await;
    assert!(outcome.is_timeout());
    let is_late =
        |entry: &Entry| matches!(entry.event, Event::Replied { status, .. } if status.as_u16() == 410);
    tokio::time::timeout(PATIENCE, function.timeline().wait_for(is_late)).await.unwrap();
    assert_eq!(invoke(&function, json!({ "do": "echo", "what": 1 })).await.payload(), "1");
    assert_eq!(starts(&function), 1);
}

#[tokio::test]
async fn one_worker_that_exits_takes_its_invocation_with_it_and_no_other() {
    let Some((_folder, function)) = managed(HANDLER, |builder| builder.timeout(Duration::from_secs(2)))
    else {
        return;
    };
    let outcome = invoke(&function, json!({ "do": "exit", "code": 7 })).await;
    assert!(outcome.is_timeout(), "the process that Lambda has started is alive: {outcome:?}");
    assert_eq!(invoke(&function, json!({ "do": "echo", "what": 1 })).await.payload(), "1");
    assert_eq!(starts(&function), 1);
}

#[tokio::test]
async fn an_import_error_of_all_workers_is_told_once() {
    let Some((_folder, function)) = managed("import no_such_module", |builder| builder) else { return };
    let outcome = invoke(&function, json!({})).await;
    assert_eq!(outcome.error_type(), Some("Runtime.ImportModuleError"), "{outcome:?}");
}

#[tokio::test]
async fn six_megabytes_come_and_go() {
    let Some((_folder, function)) = managed(HANDLER, |builder| builder) else { return };
    let event = json!({ "do": "echo", "what": "x".repeat(LIMIT - 64) });
    assert_eq!(invoke(&function, event.clone()).await.json().unwrap(), event["what"]);
    let outcome = invoke(&function, json!({ "do": "much", "bytes": LIMIT + 1024 })).await;
    assert_eq!(outcome.error_type(), Some("Function.ResponseSizeTooLarge"));
    assert_eq!(invoke(&function, json!({ "do": "echo", "what": 1 })).await.payload(), "1");
    assert_eq!(starts(&function), 1, "here the client goes on when it is refused");
}

#[tokio::test]
async fn json_records_name_their_invocation() {
    let Some((_folder, function)) = managed(HANDLER, |builder| builder.env("AWS_LAMBDA_LOG_FORMAT", "JSON"))
    else {
        return;
    };
    let (one, other) =
        tokio::join!(invoke(&function, json!({ "do": "log" })), invoke(&function, json!({ "do": "log" })));
    let mut lines = Vec::new();
    for entry in function.timeline().entries() {
        if let Event::Output { line } = entry.event {
            lines.push(line);
        }
    }
    let records: Vec<Value> = lines.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let mut named: Vec<_> = records.iter().filter(|record| record["message"] == "two\nlines").collect();
    named.sort_by_key(|record| record["requestId"].to_string());
    let mut ids = [one.request_id().as_str(), other.request_id().as_str()];
    ids.sort_unstable();
    assert_eq!(named.iter().map(|record| record["requestId"].as_str().unwrap()).collect::<Vec<_>>(), ids);
}
