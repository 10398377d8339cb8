//! Registrations and identifiers of extensions.

use mock_server::{Rule, Who};

use super::{Internal, REGISTER, Stage, extension, poll, register};
use crate::{
    guest::NEXT,
    raw::{self, Connection},
};

const ID: &str = "8b8b8b8b-0000-4000-8000-00000000cafe";

#[tokio::test(start_paused = true)]
async fn registrations_that_are_refused() {
    for (name, body, rule) in [
        ("", "{\"events\":[]}", Rule::NameMissing),
        ("inner", "{\"events\":", Rule::MalformedRegistration),
        ("inner", "{\"events\":[\"RESTORE\"]}", Rule::UnknownEventType),
        ("inner", "{\"events\":[\"SHUTDOWN\"]}", Rule::EventNotAllowed),
    ] {
        let stage = Stage::new();
        let (api, _outcome) = stage.launched("r-1").await;
        let mut inner = Connection::open(&api).await;
        let reply = inner.post_with(REGISTER, &[("Lambda-Extension-Name", name)], body).await;
        assert_eq!(reply.status(), 403);
        let who = if name.is_empty() { Who::Unknown } else { extension(name) };
        assert_eq!(stage.broken(), [(rule, who)]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_registration_under_a_name() {
    let stage = Stage::new();
    let (api, _outcome) = stage.launched("r-1").await;
    let mut inner = Internal::registered(&api, "inner", "").await;
    assert_eq!(stage.broken(), []);
    register(&mut inner.connection, "inner", "").await;
    assert_eq!(stage.broken(), [(Rule::RegisteredTwice, extension("inner"))]);
}

#[tokio::test(start_paused = true)]
async fn a_registration_after_the_runtimes_first_poll() {
    let stage = Stage::new();
    let (api, _outcome) = stage.launched("r-1").await;
    Connection::open(&api).await.get(NEXT).await;
    register(&mut Connection::open(&api).await, "late", "").await;
    assert_eq!(stage.broken(), [(Rule::RegisteredLate, extension("late"))]);
}

#[tokio::test(start_paused = true)]
async fn an_eleventh_extension() {
    let stage = Stage::new();
    let (api, _outcome) = stage.launched("r-1").await;
    let mut connection = Connection::open(&api).await;
    for number in 1..=11 {
        register(&mut connection, &format!("e-{number}"), "").await;
    }
    assert_eq!(stage.broken(), [(Rule::TooManyExtensions, extension("e-11"))]);
}

#[tokio::test(start_paused = true)]
async fn identifiers_that_are_refused() {
    for (poll, rule) in [
        (String::from_utf8(raw::get(super::EVENT_NEXT)).unwrap(), Rule::IdentifierMissing),
        (poll("inner"), Rule::IdentifierMalformed),
        (poll(ID), Rule::IdentifierUnknown),
    ] {
        let stage = Stage::new();
        let (api, _outcome) = stage.launched("r-1").await;
        let mut inner = Connection::open(&api).await;
        inner.send(poll).await;
        assert_eq!(inner.reply().await.status(), 403);
        assert_eq!(stage.broken(), [(rule, Who::Unknown)]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_identifier_from_before_a_reset_still_has_a_name() {
    let stage = Stage::new();
    let (api, outcome) = stage.launched("r-1").await;
    let mut inner = Internal::polling(&api, "inner").await;
    Connection::open(&api).await.get(NEXT).await;
    inner.connection.reply().await;
    assert!(outcome.await.unwrap().is_timeout());
    let before = stage.broken().len();
    let (api, _outcome) = stage.launched("r-2").await;
    let mut stale = Internal { connection: Connection::open(&api).await, identifier: inner.identifier };
    stale.poll().await;
    assert_eq!(stale.connection.reply().await.status(), 403);
    assert_eq!(stage.broken()[before..], [(Rule::IdentifierUnknown, extension("inner"))]);
}

#[tokio::test(start_paused = true)]
async fn a_failure_without_a_type() {
    let stage = Stage::new();
    let (api, _outcome) = stage.launched("r-1").await;
    let mut inner = Internal::registered(&api, "inner", "").await;
    for path in ["/2020-01-01/extension/init/error", "/2020-01-01/extension/exit/error"] {
        assert_eq!(inner.post(path, &[]).await.status(), 403);
    }
    let broken = (Rule::ErrorTypeMissing, extension("inner"));
    assert_eq!(stage.broken(), [broken.clone(), broken]);
}
