//! Whole pictures: a cold start and a warm one, a time-out, a shutdown, refusals.

use std::time::Duration;

use mock_server::{Invocation, MockLambda};

use crate::{
    guest::{NEXT, Puppet, answering, error_path, response_path, silent},
    raw::{self, Connection, head, post},
};

#[tokio::test(start_paused = true)]
async fn a_cold_start_a_warm_one_and_the_end() {
    let mock = MockLambda::new();
    let function = mock.function("double").in_process(|api| async {
        tokio::time::sleep(Duration::from_millis(85)).await;
        answering(api, async |event| {
            tokio::time::sleep(Duration::from_millis(12)).await;
            event.body
        })
        .await
    });
    for id in ["r-1", "r-2"] {
        let invocation = Invocation::new("21").request_id(id.parse().unwrap());
        assert!(function.invoke(invocation).await.is_success());
    }
    mock.shut_down().await;
    insta::assert_snapshot!(mock.timeline().lanes(), @r"
    environment 1 of double
                    platform                                     │ runtime
                    ─────────────────────────────────────────────┼─────────────────────────────────────────────
     0  +  0.000 ms invoke: request 1                            │
     1  +  0.000 ms └ INIT                                       │
     3  +  0.000 ms                                              │ └ launched
     4  + 85.000 ms                                              │ ← next
     7  + 85.000 ms └ init done, 85.000 ms                       │
     8  + 85.000 ms └ INVOKE request 1                           │
    11  + 85.000 ms                                              │ └ → request 1
    12  + 97.000 ms                                              │ ← response request 1 → 202
    14  + 97.000 ms └ answer: 2 bytes                            │
    15  + 97.000 ms                                              │ ← next
    19  + 97.000 ms └ request 1: success, 12.000 ms              │
    20  + 97.000 ms └ IDLE                                       │
    21  + 97.000 ms invoke: request 2                            │
    22  + 97.000 ms └ INVOKE request 2                           │
    25  + 97.000 ms                                              │ └ → request 2
    26  +109.000 ms                                              │ ← response request 2 → 202
    28  +109.000 ms └ answer: 2 bytes                            │
    29  +109.000 ms                                              │ ← next
    33  +109.000 ms └ request 2: success, 12.000 ms              │
    34  +109.000 ms └ IDLE                                       │
    35  +109.000 ms shutdown requested                           │
    36  +109.000 ms                                              │ └ → hung up on next
    37  +109.000 ms └ SHUTDOWN                                   │
    38  +109.000 ms                                              │ └ → SIGKILL
    39  +109.000 ms                                              │ ended: signal: killed
    40  +109.000 ms └ TERMINATED                                 │
    request 1 is r-1
    request 2 is r-2
    ");
}

#[tokio::test(start_paused = true)]
async fn a_time_out_and_the_invocation_after_it() {
    let mock = MockLambda::new();
    let function = mock.function("slow").timeout(Duration::from_secs(1)).in_process(silent);
    for _ in 0..2 {
        assert!(function.invoke("{}").await.is_timeout());
    }
    insta::assert_snapshot!(mock.timeline().lanes().redacted(), @r"
    environment 1 of slow
    platform                                     │ runtime
    ─────────────────────────────────────────────┼─────────────────────────────────────────────
    invoke: request 1                            │
    └ INIT                                       │
                                                 │ └ launched
                                                 │ ← next
    └ init done                                  │
    └ INVOKE request 1                           │
                                                 │ └ → request 1
    deadline of request 1                        │
    └ answer: Sandbox.Timedout                   │
    └ request 1: timeout                         │
    └ RESET                                      │
                                                 │ └ → SIGKILL
                                                 │ ended: signal: killed
    └ IDLE                                       │
    invoke: request 2                            │
    └ INVOKE                                     │
                                                 │ └ launched again (2)
                                                 │ ← next
    └ init done                                  │
    └ request 2 begins                           │
                                                 │ └ → request 2
    deadline of request 2                        │
    └ answer: Sandbox.Timedout                   │
    └ request 2: timeout                         │
    └ RESET                                      │
                                                 │ └ → SIGKILL
                                                 │ ended: signal: killed
    └ IDLE                                       │
    ");
}

#[tokio::test(start_paused = true)]
async fn an_extension_has_a_column_of_its_own() {
    let mock = MockLambda::new();
    let puppet = Puppet::new(mock.function("f"));
    let outcome = puppet.invoke("{}");
    let api = puppet.launched().await;
    let (mut runtime, mut inner) = (Connection::open(&api).await, Connection::open(&api).await);
    let name = ("Lambda-Extension-Name", "inner");
    let registered =
        inner.post_with("/2020-01-01/extension/register", &[name], "{\"events\":[\"INVOKE\"]}").await;
    let identifier = registered.header("lambda-extension-identifier").unwrap();
    let headers = [("Lambda-Extension-Identifier", identifier)];
    let poll = head("GET", "/2020-01-01/extension/event/next", &headers) + "\r\n";
    inner.send(&poll).await;
    let event = runtime.get(NEXT).await;
    inner.reply().await;
    inner.send(&poll).await;
    runtime.post(&response_path(crate::guest::request_id(&event)), "1").await;
    runtime.send(raw::get(NEXT)).await;
    assert!(outcome.await.unwrap().is_success());
    mock.shut_down().await;
    insta::assert_snapshot!(mock.timeline().lanes().redacted(), @r"
    environment 1 of f
    platform                               │ runtime                                │ inner
    ───────────────────────────────────────┼────────────────────────────────────────┼───────────────────────────────────────
    invoke: request 1                      │                                        │
    └ INIT                                 │                                        │
                                           │ └ launched                             │
                                           │                                        │ ← register → 200
                                           │                                        │ ← next
                                           │ ← next                                 │
    └ init done                            │                                        │
    └ INVOKE request 1                     │                                        │
                                           │                                        │ └ → INVOKE request 1
                                           │ └ → request 1                          │
                                           │                                        │ ← next
                                           │ ← response request 1 → 202             │
    └ answer: 1 byte                       │                                        │
                                           │ ← next                                 │
    └ request 1: success                   │                                        │
    └ IDLE                                 │                                        │
    shutdown requested                     │                                        │
                                           │ └ → hung up on next                    │
    └ SHUTDOWN                             │                                        │
    time to end is up                      │                                        │
                                           │ └ → SIGKILL                            │
                                           │ ended: signal: killed                  │
                                           │                                        │ └ → hung up on next
    └ TERMINATED                           │                                        │
    ");
}

#[tokio::test(start_paused = true)]
async fn what_goes_wrong_has_a_line_of_its_own() {
    let mock = MockLambda::new();
    let puppet = Puppet::new(mock.function("f"));
    let (mut runtime, outcome) =
        puppet.connected(Invocation::new("{}").request_id("r-1".parse().unwrap())).await;
    runtime.get(NEXT).await;
    runtime.get(NEXT).await;
    runtime.get("/2018-06-01/runtime/next").await;
    runtime.post(&error_path("r-9"), "{}").await;
    let chunked = [("Transfer-Encoding", "chunked"), ("Lambda-Runtime-Function-Response-Mode", "streaming")];
    let body = "\r\n1\r\n1\r\n0\r\nLambda-Runtime-Function-Error-Type: Function.Boom\r\n\r\n";
    runtime.send(head("POST", &response_path("r-1"), &chunked) + body).await;
    runtime.reply().await;
    runtime.send(post(&response_path("r-1"), &[], b"2")).await;
    runtime.reply().await;
    runtime.send(raw::get(NEXT)).await;
    assert!(!outcome.await.unwrap().is_success());
    drop(runtime);
    let is_drop = |entry: &mock_server::Entry| matches!(entry.event, mock_server::Event::CallDropped { .. });
    mock.timeline().wait_for(is_drop).await;
    insta::assert_snapshot!(mock.timeline().lanes().redacted(), @r"
    environment 1 of f
    platform                                     │ runtime
    ─────────────────────────────────────────────┼─────────────────────────────────────────────
    invoke: request 1                            │
    └ INIT                                       │
                                                 │ └ launched
                                                 │ ← next
    └ init done                                  │
    └ INVOKE request 1                           │
                                                 │ └ → request 1
                                                 │ ← next
                                                 │ └ → request 1 again
                                                 │ ← 404: GET /2018-06-01/runtime/next
                                                 │ ← error request ?
                                                 │ └ ✗ 400 InvalidRequestID
                                                 │ ← response request 1
                                                 │ └ ← error trailers: Function.Boom
                                                 │ └ → 202
    └ answer: Function.Boom                      │
                                                 │ ← response request 1
                                                 │ └ ✗ 403 InvalidStateTransition
                                                 │ ← next
    └ request 1: success                         │
    └ IDLE                                       │
                                                 │ ← hung up: next
    ");
}
