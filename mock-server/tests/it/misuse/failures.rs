//! Failures: reported at the wrong moment, not taken seriously, or not understood.

use std::time::Duration;

use mock_server::{Event, Rule, core::Phase};

use super::{Internal, Stage, extension};
use crate::{
    guest::{INIT_ERROR, NEXT, response_path},
    raw::{self, Connection},
    wait::seen,
};

#[tokio::test(start_paused = true)]
async fn an_init_error_of_the_runtime_after_init() {
    let stage = Stage::new();
    let (mut runtime, _outcome) = stage.busy().await;
    assert_eq!(runtime.post(INIT_ERROR, "{}").await.status(), 403);
    assert_eq!(stage.broken_by_runtime(), [Rule::InitErrorAfterInit]);
}

#[tokio::test(start_paused = true)]
async fn an_init_error_of_an_extension_after_its_first_poll() {
    let stage = Stage::new();
    let (api, _outcome) = stage.launched("r-1").await;
    let inner = Internal::polling(&api, "inner").await;
    let mut other = Internal { connection: Connection::open(&api).await, identifier: inner.identifier };
    let category = ("Lambda-Extension-Function-Error-Type", "Extension.Boom");
    assert_eq!(other.post("/2020-01-01/extension/init/error", &[category]).await.status(), 403);
    assert_eq!(stage.broken(), [(Rule::InitErrorAfterInit, extension("inner"))]);
}

#[tokio::test(start_paused = true)]
async fn a_runtime_that_goes_on_after_its_init_error_and_does_not_exit() {
    let stage = Stage::new();
    let (api, outcome) = stage.launched("r-1").await;
    let mut runtime = Connection::open(&api).await;
    assert_eq!(runtime.post(INIT_ERROR, "{}").await.status(), 202);
    assert_eq!(stage.broken(), []);
    assert_eq!(runtime.get(NEXT).await.status(), 403);
    assert_eq!(runtime.post(INIT_ERROR, "{}").await.status(), 403);
    outcome.abort();
    let is_up = |event: &Event| *event == Event::TimeIsUp(Phase::Init);
    seen(stage.mock.timeline(), is_up).await;
    let expected = [Rule::WentOnAfterError, Rule::WentOnAfterError, Rule::StayedAfterError];
    assert_eq!(stage.broken_by_runtime(), expected);
}

#[tokio::test(start_paused = true)]
async fn whoever_has_no_time_left_to_exit_after_an_init_error_has_not_stayed() {
    let stage = Stage::with(|function| function.init_timeout(Duration::from_secs(1)));
    let (api, outcome) = stage.launched("r-1").await;
    let mut runtime = Connection::open(&api).await;
    assert_eq!(runtime.post(INIT_ERROR, "{}").await.status(), 202);
    outcome.abort();
    let is_up = |event: &Event| *event == Event::TimeIsUp(Phase::Init);
    seen(stage.mock.timeline(), is_up).await;
    assert_eq!(stage.broken(), []);
}

#[tokio::test(start_paused = true)]
async fn an_extension_that_goes_on_after_its_exit_error() {
    let stage = Stage::new();
    let (api, _outcome) = stage.launched("r-1").await;
    let mut inner = Internal::registered(&api, "inner", "\"INVOKE\"").await;
    assert_eq!(inner.exit_error().await.status(), 202);
    inner.poll().await;
    assert_eq!(inner.connection.reply().await.status(), 403);
    assert_eq!(stage.broken(), [(Rule::WentOnAfterError, extension("inner"))]);
}

#[tokio::test(start_paused = true)]
async fn only_whoever_goes_on_after_a_500_is_wrong() {
    let stage = Stage::new();
    let (api, outcome) = stage.launched("r-1").await;
    // With an extension the runtime has some time to end.
    let mut inner = Internal::polling(&api, "inner").await;
    let mut runtime = Connection::open(&api).await;
    runtime.get(NEXT).await;
    inner.connection.reply().await;
    inner.poll().await;
    runtime.post(&response_path("r-1"), "1").await;
    runtime.send(raw::get(NEXT)).await;
    assert!(outcome.await.unwrap().is_success());
    let function = stage.puppet.function.clone();
    let ending = tokio::spawn(async move { function.shut_down().await });
    assert!(runtime.try_reply().await.is_none(), "the service hangs up on the poll");
    let mut again = Connection::open(&api).await;
    assert_eq!(again.get(NEXT).await.status(), 500);
    assert_eq!(stage.broken(), [], "how else should it know");
    assert_eq!(again.get(NEXT).await.status(), 500);
    ending.await.unwrap();
    assert_eq!(stage.broken_by_runtime(), [Rule::WentOnAfterFailure]);
}
