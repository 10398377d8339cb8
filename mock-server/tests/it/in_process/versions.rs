//! Versions and aliases, as the guest, its extensions and the caller see them.
//!
//! Which qualifier leads where is tested in `src/core/test/catalog`; here a version is what runs.

#![expect(clippy::unwrap_used, reason = "what did not happen fails the test")]

use std::time::Duration;

use mock_server::{
    Event, Function, FunctionBuilder, Invocation, MockLambda,
    core::{
        Phase,
        catalog::{Alias, CatalogError, Version},
    },
    platform_log,
};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::{
    guest::{NEXT, answering, request_id, response_path},
    raw::{self, Connection},
};

mod life;

const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";

/// A function that answers with what its guest sees of its version.
fn telling(builder: FunctionBuilder) -> Function {
    builder.in_process(|api| {
        let variables = api.variables().cloned().unwrap_or_default();
        answering(api, move |event| {
            let seen = json!({
                "arn": event.header("lambda-runtime-invoked-function-arn"),
                "version": variables.get("AWS_LAMBDA_FUNCTION_VERSION"),
                "stream": variables.get("AWS_LAMBDA_LOG_STREAM_NAME"),
            });
            async move { seen.to_string().into_bytes() }
        })
    })
}

/// A function that answers with this text.
fn saying(builder: FunctionBuilder, text: &'static str) -> Function {
    builder.in_process(move |api| answering(api, async move |_| text.as_bytes().to_vec()))
}

fn to(version: u64) -> Alias {
    Alias::new(Version::Number(version))
}

fn at(qualifier: impl Into<String>) -> Invocation {
    Invocation::new("{}").qualifier(qualifier)
}

/// So many versions with the same code.
fn publish(function: &Function, count: u64) {
    for number in 1..=count {
        function.update().memory_mb(128 + u32::try_from(number).unwrap()).same_code().unwrap();
        assert_eq!(function.publish(), Ok(number));
    }
}

fn launches(mock: &MockLambda) -> usize {
    let entries = mock.timeline().entries();
    entries.iter().filter(|entry| matches!(entry.event, Event::Launched { .. })).count()
}

/// What was invoked, the end of the ARN that the guest sees, and the version that runs.
async fn assert_row(function: &Function, qualifier: Option<&str>, suffix: &str, version: &str) {
    let invocation = qualifier.map_or_else(|| Invocation::new("{}"), at);
    let outcome = function.invoke(invocation).await;
    assert_eq!(outcome.executed_version(), version, "{qualifier:?}");
    let seen = outcome.json().unwrap();
    assert_eq!((&seen["arn"], &seen["version"]), (&json!(format!("{ARN}{suffix}")), &json!(version)));
    let stream = seen["stream"].as_str().unwrap();
    let (date, random) = stream.split_once(&format!("/[{version}]")).unwrap();
    assert!(date.len() == "2026/11/20".len() && random.len() == 32, "{stream}");

    let start = format!("START RequestId: {} Version: {version}", outcome.request_id());
    let lines: Vec<_> = function.timeline().entries().iter().flat_map(platform_log::lines).collect();
    assert!(lines.contains(&start), "{start} is not in {lines:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_invoked_shows_in_the_arn_and_what_runs_in_the_version() {
    let mock = MockLambda::new();
    let function = telling(mock.function("f"));
    publish(&function, 3);
    function.set_alias("prod", to(3)).unwrap();
    function.set_alias("newest", Alias::new(Version::Latest)).unwrap();
    for (qualifier, suffix, version) in [
        (None, "", "$LATEST"),
        (Some("$LATEST"), ":$LATEST", "$LATEST"),
        (Some("3"), ":3", "3"),
        (Some("prod"), ":prod", "3"),
        (Some("newest"), ":newest", "$LATEST"),
        (Some("1"), ":1", "1"),
    ] {
        assert_row(&function, qualifier, suffix, version).await;
    }
    // One of $LATEST, of 3, and of 1.
    assert_eq!(launches(&mock), 3);
}

#[tokio::test(start_paused = true)]
async fn managed_instances_have_a_newest_published_version() {
    let mock = MockLambda::new();
    let function = telling(mock.function("f").max_concurrency(2));
    let refused = function.invoke(at("$LATEST.PUBLISHED")).await;
    assert_eq!(refused.error_type(), Some("NoPublishedVersionException"));
    publish(&function, 2);
    assert_row(&function, Some("$LATEST.PUBLISHED"), ":$LATEST.PUBLISHED", "2").await;
}

#[tokio::test(start_paused = true)]
async fn what_leads_nowhere_is_not_invoked() {
    let mock = MockLambda::new();
    let function = telling(mock.function("f"));
    publish(&function, 1);
    for qualifier in ["2", "01", "prod", "$LATEST.PUBLISHED"] {
        let refused = function.invoke(at(qualifier)).await;
        assert_eq!(refused.error_type(), Some("ResourceNotFoundException"), "{qualifier}");
        assert_eq!(
            function.queue(at(qualifier)).unwrap_err(),
            CatalogError::Unknown { qualifier: qualifier.to_owned() }
        );
    }
    assert_eq!(launches(&mock), 0);
}

/// A whole extension that tells the reply to its registration, and then each event.
async fn watching(
    api: lambda_api::transport::RuntimeApi,
    said: mpsc::UnboundedSender<Value>,
) -> Result<(), String> {
    let mut line = Connection::open(&api).await;
    let headers = [("Lambda-Extension-Name", "watch"), ("Lambda-Extension-Accept-Feature", "accountId")];
    let registered =
        line.post_with("/2020-01-01/extension/register", &headers, r#"{"events":["INVOKE"]}"#).await;
    let id = registered.header("lambda-extension-identifier").unwrap().to_owned();
    let _test_is_over = said.send(serde_json::from_slice(&registered.body).unwrap());
    loop {
        let headers = [("Lambda-Extension-Identifier", id.as_str())];
        line.send_in_vain(raw::head("GET", "/2020-01-01/extension/event/next", &headers) + "\r\n").await;
        let Some(event) = line.try_reply().await else { return Ok(()) };
        let _test_is_over = said.send(serde_json::from_slice(&event.body).unwrap());
    }
}

#[tokio::test(start_paused = true)]
async fn an_extension_is_told_of_the_version_and_of_the_arn_that_was_invoked() {
    let (sender, mut said) = mpsc::unbounded_channel();
    let mock = MockLambda::new();
    let function = saying(
        mock.function("f").extension_in_process("watch", move |api| watching(api, sender.clone())),
        "1",
    );
    assert_eq!(function.publish(), Ok(1));
    function.set_alias("prod", to(1)).unwrap();
    for (invocation, arn, version) in
        [(Invocation::new("{}"), ARN.to_owned(), "$LATEST"), (at("prod"), format!("{ARN}:prod"), "1")]
    {
        assert!(function.invoke(invocation).await.is_success());
        let registered = said.recv().await.unwrap();
        assert_eq!(
            registered,
            json!({
                "functionName": "f", "functionVersion": version, "handler": "bootstrap",
                "accountId": "123456789012",
            })
        );
        assert_eq!(said.recv().await.unwrap()["invokedFunctionArn"], json!(arn));
    }
    assert!(function.invoke(at("1")).await.is_success());
    assert_eq!(
        said.recv().await.unwrap()["invokedFunctionArn"],
        json!(format!("{ARN}:1")),
        "the same process"
    );
}

#[tokio::test(start_paused = true)]
async fn snapshots_may_be_for_versions_only() {
    let mock = MockLambda::new();
    let function = saying(mock.function("f").snap_start_versions(), "1");
    function.publish().unwrap();
    let mut restored = Vec::new();
    for qualifier in ["$LATEST", "1"] {
        assert!(function.invoke(at(qualifier)).await.is_success());
        let entries = mock.timeline().entries();
        restored.push(entries.iter().any(|entry| entry.event == Event::PhaseBegan(Phase::Restore)));
    }
    assert_eq!(restored, [false, true]);
}
