//! Calls to what is not there.

use mock_server::{Rule, Who};

use super::{Internal, Stage};
use crate::{
    guest::NEXT,
    raw::{Connection, head, post},
};

#[tokio::test(start_paused = true)]
async fn paths_methods_and_modes_that_do_not_exist() {
    for (request, rule) in [
        (head("GET", "/2018-06-01/runtime/invocations/next", &[]) + "\r\n", Rule::UnknownPath),
        (head("PUT", NEXT, &[]) + "\r\n", Rule::WrongMethod),
        (head("GET", "/2018-06-01/runtime/invocation/r-1/response", &[]) + "\r\n", Rule::WrongMethod),
        (head("GET", "/2018-06-01/runtime/restore/next", &[]) + "\r\n", Rule::OtherMode),
        (head("GET", "/2021-04-23/credentials", &[]) + "\r\n", Rule::OtherMode),
    ] {
        let stage = Stage::new();
        let (api, _outcome) = stage.launched("r-1").await;
        let mut runtime = Connection::open(&api).await;
        runtime.send(&request).await;
        assert!(runtime.reply().await.status() >= 400);
        assert_eq!(stage.broken_by_runtime(), [rule], "{request}");
    }
}

#[tokio::test(start_paused = true)]
async fn where_there_are_extensions_an_unknown_path_may_be_anybodys() {
    let stage = Stage::new();
    let (api, _outcome) = stage.launched("r-1").await;
    let mut inner = Internal::registered(&api, "inner", "").await;
    inner.connection.get("/nonsense").await;
    inner.connection.get("/2020-01-01/extension/register").await;
    assert_eq!(stage.broken(), [(Rule::UnknownPath, Who::Unknown), (Rule::WrongMethod, Who::Unknown)]);
}

#[tokio::test(start_paused = true)]
async fn a_ping_is_no_misuse_and_a_subscription_to_nothing_is() {
    let stage = Stage::new();
    let (api, _outcome) = stage.launched("r-1").await;
    let mut inner = Internal::registered(&api, "inner", "").await;
    assert_eq!(inner.connection.get("/2018-06-01/ping").await.text(), "pong");
    let identifier = ("Lambda-Extension-Identifier", &*inner.identifier);
    let mut subscription = post("/2022-07-01/telemetry", &[identifier], b"{}");
    subscription.splice(..4, *b"PUT");
    inner.connection.send(subscription).await;
    assert_eq!(inner.connection.reply().await.status(), 400);
    let inner = Who::Extension { name: "inner".to_owned() };
    assert_eq!(stage.broken(), [(Rule::InvalidSubscription, inner)]);
}
