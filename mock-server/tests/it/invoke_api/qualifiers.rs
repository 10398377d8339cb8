//! Versions and aliases over HTTP: by suffix and by query, and which version the head names.

use mock_server::{
    Function, InvokeApi, MockLambda,
    core::catalog::{Alias, Version},
};

use super::{connect, invoke, listen, path, refusal};
use crate::{
    guest::answering,
    wait::{PATIENCE, soon},
};

const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";

/// A function that answers with the ARN by which it was invoked; it has two versions, and an alias for the first.
fn versioned() -> (MockLambda, Function, InvokeApi) {
    let mock = MockLambda::new();
    let function = mock.function("f").timeout(PATIENCE).in_process(|api| {
        answering(api, |event| {
            let arn = event.header("lambda-runtime-invoked-function-arn").unwrap().as_bytes().to_vec();
            std::future::ready(arn)
        })
    });
    assert_eq!(function.publish(), Ok(1));
    function.update().memory_mb(256).same_code().unwrap();
    assert_eq!(function.publish(), Ok(2));
    function.set_alias("prod", Alias::new(Version::Number(1))).unwrap();
    let api = listen(&mock);
    (mock, function, api)
}

#[tokio::test]
async fn a_qualifier_may_be_a_suffix_or_in_the_query_and_the_head_names_the_version() {
    let (_mock, _function, api) = versioned();
    let mut connection = connect(&api).await;
    for (name, query, suffix, version) in [
        ("f", "", "", "$LATEST"),
        ("f:$LATEST", "", ":$LATEST", "$LATEST"),
        ("f:1", "", ":1", "1"),
        ("f", "?Qualifier=2", ":2", "2"),
        ("f:2", "?Qualifier=2", ":2", "2"),
        ("f:prod", "", ":prod", "1"),
        ("f%3Aprod", "", ":prod", "1"),
        ("f", "?Qualifier=prod", ":prod", "1"),
        ("f", "?x=1&Qualifier=%70rod&y", ":prod", "1"),
        ("function:f:prod", "", ":prod", "1"),
        ("123456789012:function:f:prod", "", ":prod", "1"),
        ("arn:aws:lambda:us-east-1:123456789012:function:f:prod", "?Qualifier=prod", ":prod", "1"),
    ] {
        let reply = soon(connection.post(&format!("{}{query}", path(name)), "{}")).await;
        assert_eq!(reply.brief(), (200, format!("{ARN}{suffix}").as_str()), "{name}{query}");
        assert_eq!(reply.header("x-amz-executed-version"), Some(version), "{name}{query}");
    }
}

#[tokio::test]
async fn an_alias_is_invoked_where_it_leads_now() {
    let (_mock, function, api) = versioned();
    for version in [2, 1] {
        function.set_alias("prod", Alias::new(Version::Number(version))).unwrap();
        let reply = invoke(&api, "f:prod", &[], "{}").await;
        assert_eq!(reply.header("x-amz-executed-version"), Some(version.to_string().as_str()));
    }
}

#[tokio::test]
async fn a_version_that_is_not_there_is_not_found_for_any_kind_of_invocation() {
    let (_mock, _function, api) = versioned();
    for qualifier in ["3", "01", "test", "$LATEST.PUBLISHED"] {
        let expected = format!(r#"{{"Type":"User","Message":"Function not found: {ARN}:{qualifier}"}}"#);
        let name = format!("f:{qualifier}");
        for kind in ["RequestResponse", "Event", "DryRun"] {
            let reply = invoke(&api, &name, &[("X-Amz-Invocation-Type", kind)], "{}").await;
            assert_eq!(
                refusal(&reply),
                (404, Some("ResourceNotFoundException"), expected.as_str()),
                "{kind}"
            );
        }
        for path in [
            format!("/2014-11-13/functions/{name}/invoke-async"),
            format!("/2021-11-15/functions/{name}/response-streaming-invocations"),
        ] {
            let reply = soon(connect(&api).await.post(&path, "{}")).await;
            assert_eq!(
                refusal(&reply),
                (404, Some("ResourceNotFoundException"), expected.as_str()),
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn managed_instances_without_a_published_version_say_so() {
    let (mock, _function, api) = versioned();
    mock.function("m").max_concurrency(2).in_process(crate::guest::echo);
    let reply = invoke(&api, "m:$LATEST.PUBLISHED", &[], "{}").await;
    assert_eq!(
        refusal(&reply),
        (
            400,
            Some("NoPublishedVersionException"),
            r#"{"Type":"User","Message":"The function has no published versions to invoke."}"#
        )
    );
}

#[tokio::test]
async fn what_can_be_no_qualifier_is_refused_by_its_pattern() {
    let (_mock, _function, api) = versioned();
    let long = "x".repeat(129);
    for qualifier in ["a%20b", "a.b", "a:b", "", &long] {
        let mut connection = connect(&api).await;
        let reply = soon(connection.post(&format!("{}?Qualifier={qualifier}", path("f")), "{}")).await;
        let shown = qualifier.replace("%20", " ");
        let expected = format!(
            r"1 validation error detected: Value '{shown}' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: \$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+"
        );
        let expected = serde_json::json!({ "message": expected }).to_string();
        assert_eq!(refusal(&reply), (400, Some("ValidationException"), expected.as_str()));
    }
}

#[tokio::test]
async fn a_queued_event_of_an_alias_runs_its_version() {
    let (mock, _function, api) = versioned();
    let reply = invoke(&api, "f:prod", &[("X-Amz-Invocation-Type", "Event")], "{}").await;
    assert_eq!((reply.brief(), reply.header("x-amz-executed-version")), ((202, ""), None));
    let id = reply.header("x-amzn-requestid").unwrap().to_owned();
    let is_it = |entry: &mock_server::Entry| matches!(&entry.event, mock_server::Event::InvocationBegan { request_id, version } if request_id.as_str() == id && version == "1");
    soon(mock.timeline().wait_for(is_it)).await;
}
