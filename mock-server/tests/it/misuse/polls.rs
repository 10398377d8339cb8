//! Polls: too early, two at a time, given up, and none at all.

use std::time::Duration;

use mock_server::{Event, Rule, Who};

use super::{EVENT_NEXT, Internal, Stage, extension};
use crate::{
    guest::{NEXT, response_path},
    raw::{self, Connection, head},
    wait::{seen, seen_times},
};

fn is_poll(event: &Event) -> bool {
    matches!(event, Event::Called { path, .. } if path == NEXT)
}

fn is_drop(event: &Event) -> bool {
    matches!(event, Event::CallDropped { .. })
}

#[tokio::test(start_paused = true)]
async fn a_poll_while_the_invocation_is_open() {
    let stage = Stage::new();
    let (mut runtime, _outcome) = stage.busy().await;
    assert_eq!(runtime.get(NEXT).await.status(), 200);
    assert_eq!(stage.broken_by_runtime(), [Rule::PolledWhileBusy]);
}

#[tokio::test(start_paused = true)]
async fn a_poll_before_the_answer_does_not_count_as_one_after_it() {
    let stage = Stage::new();
    let (mut runtime, outcome) = stage.busy().await;
    runtime.get(NEXT).await;
    runtime.post(&response_path("r-1"), "1").await;
    assert!(outcome.await.unwrap().is_success());
    assert_eq!(stage.broken_by_runtime(), [Rule::PolledWhileBusy, Rule::StoppedPolling]);
}

#[tokio::test(start_paused = true)]
async fn of_two_loops_one_polls_while_the_other_is_busy() {
    let stage = Stage::new();
    let (api, _outcome) = stage.launched("r-1").await;
    let (mut one, mut other) = (Connection::open(&api).await, Connection::open(&api).await);
    one.get(NEXT).await;
    other.get(NEXT).await;
    one.post(&response_path("r-1"), "1").await;
    assert_eq!(stage.broken_by_runtime(), [Rule::PolledWhileBusy]);
}

#[tokio::test(start_paused = true)]
async fn asking_again_for_an_event_that_may_have_been_lost_is_no_misuse() {
    let stage = Stage::new();
    let (api, outcome) = stage.launched("r-1").await;
    Connection::open(&api).await.get(NEXT).await;
    let mut runtime = Connection::open(&api).await;
    assert_eq!(runtime.get(NEXT).await.status(), 200);
    let redelivered = |event: &Event| matches!(event, Event::Redelivered { .. });
    seen(stage.mock.timeline(), redelivered).await;
    assert_eq!(stage.broken(), []);
    // The second reply was not lost.
    assert_eq!(runtime.get(NEXT).await.status(), 200);
    assert_eq!(stage.broken_by_runtime(), [Rule::PolledWhileBusy]);
    runtime.post(&response_path("r-1"), "1").await;
    runtime.send(raw::get(NEXT)).await;
    assert!(outcome.await.unwrap().is_success());
    assert_eq!(stage.broken().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_poll_while_the_response_is_on_its_way() {
    let stage = Stage::new();
    let (api, _outcome) = stage.launched("r-1").await;
    let (mut one, mut other) = (Connection::open(&api).await, Connection::open(&api).await);
    one.get(NEXT).await;
    one.send(head("POST", &response_path("r-1"), &[("Content-Length", "2")]) + "\r\n1").await;
    let is_post = |event: &Event| matches!(event, Event::Called { path, .. } if path.ends_with("/response"));
    seen(stage.mock.timeline(), is_post).await;
    assert_eq!(other.get(NEXT).await.status(), 403);
    assert_eq!(stage.broken_by_runtime(), [Rule::PolledWhileAnswering]);
}

#[tokio::test(start_paused = true)]
async fn two_polls_of_the_runtime_at_a_time() {
    let stage = Stage::new();
    let (api, outcome) = stage.launched("r-1").await;
    let (mut one, mut other) = (Connection::open(&api).await, Connection::open(&api).await);
    one.get(NEXT).await;
    one.post(&response_path("r-1"), "1").await;
    one.send(raw::get(NEXT)).await;
    assert!(outcome.await.unwrap().is_success());
    assert_eq!(stage.broken(), []);
    other.send(raw::get(NEXT)).await;
    seen_times(stage.mock.timeline(), 3, is_poll).await;
    assert_eq!(stage.broken_by_runtime(), [Rule::PolledTwice]);
}

#[tokio::test(start_paused = true)]
async fn two_polls_of_an_extension_at_a_time() {
    let stage = Stage::new();
    let (api, _outcome) = stage.launched("r-1").await;
    let inner = Internal::polling(&api, "inner").await;
    let mut other = Internal { connection: Connection::open(&api).await, identifier: inner.identifier };
    other.poll().await;
    assert_eq!(other.connection.reply().await.status(), 403);
    assert_eq!(stage.broken(), [(Rule::PolledTwice, extension("inner"))]);
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_is_given_up_and_made_again() {
    let stage = Stage::new();
    let (api, outcome) = stage.launched("r-1").await;
    let mut runtime = Connection::open(&api).await;
    runtime.get(NEXT).await;
    runtime.post(&response_path("r-1"), "1").await;
    runtime.send(raw::get(NEXT)).await;
    assert!(outcome.await.unwrap().is_success());
    drop(runtime);
    seen(stage.mock.timeline(), is_drop).await;
    assert_eq!(stage.broken(), [], "it may be about to end");
    Connection::open(&api).await.send(raw::get(NEXT)).await;
    seen_times(stage.mock.timeline(), 3, is_poll).await;
    assert_eq!(stage.broken_by_runtime(), [Rule::PollAbandoned]);
    let [misuse] = &stage.mock.misuse()[..] else { panic!("one") };
    assert_eq!(misuse.seen, format!("GET {NEXT}, and hung up"));
}

#[tokio::test(start_paused = true)]
async fn a_poll_of_an_extension_that_is_given_up_and_made_again() {
    let stage = Stage::new();
    let (api, _outcome) = stage.launched("r-1").await;
    let inner = Internal::polling(&api, "inner").await;
    let identifier = inner.identifier;
    drop(inner.connection);
    seen(stage.mock.timeline(), is_drop).await;
    let mut again = Internal { connection: Connection::open(&api).await, identifier };
    again.poll().await;
    let is_poll = |event: &Event| matches!(event, Event::Called { path, .. } if path == EVENT_NEXT);
    seen_times(stage.mock.timeline(), 2, is_poll).await;
    assert_eq!(stage.broken(), [(Rule::PollAbandoned, extension("inner"))]);
}

#[tokio::test(start_paused = true)]
async fn a_runtime_that_answers_and_never_asks_for_more() {
    let stage = Stage::new();
    let (mut runtime, outcome) = stage.busy().await;
    runtime.post(&response_path("r-1"), "1").await;
    assert!(outcome.await.unwrap().is_success());
    assert_eq!(stage.broken_by_runtime(), [Rule::StoppedPolling]);
}

#[tokio::test(start_paused = true)]
async fn a_runtime_that_does_not_ask_when_it_is_invoked() {
    let stage = Stage::new();
    let (mut runtime, outcome) = stage.busy().await;
    runtime.post(&response_path("r-1"), "1").await;
    runtime.send(raw::get(NEXT)).await;
    assert!(outcome.await.unwrap().is_success());
    drop(runtime);
    seen(stage.mock.timeline(), is_drop).await;
    assert!(stage.puppet.invoke("{}").await.unwrap().is_timeout());
    assert_eq!(stage.broken_by_runtime(), [Rule::StoppedPolling]);
}

#[tokio::test(start_paused = true)]
async fn an_extension_that_never_asks_again_is_why_time_is_up() {
    let stage = Stage::new();
    let (api, outcome) = stage.launched("r-1").await;
    let mut busy = Internal::polling(&api, "busy").await;
    let mut done = Internal::polling(&api, "done").await;
    let _not_told = {
        let mut quiet = Internal::registered(&api, "quiet", "").await;
        quiet.poll().await;
        quiet
    };
    let mut runtime = Connection::open(&api).await;
    runtime.get(NEXT).await;
    busy.connection.reply().await;
    done.connection.reply().await;
    done.poll().await;
    runtime.post(&response_path("r-1"), "1").await;
    runtime.send(raw::get(NEXT)).await;
    let outcome = outcome.await.unwrap();
    assert!(outcome.is_success(), "the caller has the response");
    assert_eq!(stage.broken(), [(Rule::StoppedPolling, extension("busy"))]);
}

#[tokio::test(start_paused = true)]
async fn a_runtime_that_never_polls_is_not_ready_in_time() {
    let stage = Stage::with(|function| function.init_timeout(Duration::from_secs(10)));
    let (_api, outcome) = stage.launched("r-1").await;
    assert!(outcome.await.unwrap().is_timeout());
    // In the init phase, and in the invocation that repeated it.
    assert_eq!(stage.broken_by_runtime(), [Rule::NotReadyInTime, Rule::NotReadyInTime]);
    assert_eq!(stage.mock.misuse()[0].after, Duration::from_secs(10));
}

#[tokio::test(start_paused = true)]
async fn whoever_has_polled_is_not_to_blame_for_a_slow_init() {
    let stage = Stage::new();
    let (api, _outcome) = stage.launched("r-1").await;
    let _slow = Internal::registered(&api, "slow", "\"INVOKE\"").await;
    let _quick = Internal::polling(&api, "quick").await;
    Connection::open(&api).await.send(raw::get(NEXT)).await;
    let is_over = |event: &Event| matches!(event, Event::TimeIsUp(_));
    seen(stage.mock.timeline(), is_over).await;
    assert!(!stage.broken().iter().any(|(_, who)| *who == Who::Runtime));
    assert_eq!(stage.broken(), [(Rule::NotReadyInTime, extension("slow"))]);
}
