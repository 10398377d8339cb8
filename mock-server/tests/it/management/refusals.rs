//! Calls that are none, are not emulated, or cannot be read.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    Stage, body, framework, invalid, is_empty, lower_case, missing, not_emulated, of, refusal, refused,
    violations,
};
use crate::{
    raw::{Connection, head},
    wait::soon,
};

const CONCURRENCY: &str = "/2017-10-31/functions/f/concurrency";

#[tokio::test]
async fn an_unknown_path_is_no_operation() {
    let stage = Stage::with_function();
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/2015-03-31/functions/f/nothing"),
        ("PATCH", "/2015-03-31/functions/f"),
        ("GET", "/2016-03-31/functions/f"),
        ("GET", "/2015-03-31/functions//configuration"),
    ] {
        let message =
            format!(r#"{{"Type":"User","Message":"{method} {path} is not an operation of this service"}}"#);
        let expected = refusal(404, "UnknownOperationException", message);
        assert_eq!(refused(&stage.call(method, path, "").await), expected);
    }
}

#[tokio::test]
async fn what_lambda_does_and_this_does_not_is_told_by_its_name() {
    let stage = Stage::with_function();
    for (method, path, name) in [
        ("GET", "/2015-03-31/event-source-mappings/", "ListEventSourceMappings"),
        ("DELETE", "/2015-03-31/event-source-mappings/id", "DeleteEventSourceMapping"),
        ("GET", "/2018-10-31/layers", "ListLayers"),
        ("GET", "/2018-10-31/layers?find=LayerVersion&Arn=arn", "GetLayerVersionByArn"),
        ("POST", "/2018-10-31/layers/l/versions", "PublishLayerVersion"),
        ("GET", "/2020-06-30/functions/f/code-signing-config", "GetFunctionCodeSigningConfig"),
        ("PUT", "/2021-07-20/functions/f/runtime-management-config", "PutRuntimeManagementConfig"),
        ("PUT", "/2024-08-31/functions/f/recursion-config", "PutFunctionRecursionConfig"),
        ("POST", "/2025-12-01/durable-executions/arn%3Aaws/stop", "StopDurableExecution"),
    ] {
        let reply = stage.call(method, path, "").await;
        assert_eq!(refused(&reply), not_emulated(&format!("this mock does not emulate {name}")));
    }
}

#[tokio::test]
async fn every_reply_has_an_id_of_its_own() {
    let stage = Stage::with_function();
    let shown = stage.get(&of("f")).await;
    let deleted = stage.delete(CONCURRENCY).await;
    is_empty(&deleted);
    let absent = stage.get(&of("absent")).await;
    assert_eq!(absent.status(), 404);
    let replies = [&shown, &deleted, &absent];
    let ids: BTreeSet<_> = replies.map(|reply| reply.header("x-amzn-requestid").unwrap()).into();
    assert_eq!(ids.len(), replies.len());
    assert!(ids.iter().all(|id| id.len() == 36), "{ids:?}");
}

#[tokio::test]
async fn a_path_may_end_with_a_slash_and_names_may_be_encoded() {
    let stage = Stage::with_function();
    body(&stage.get("/2015-03-31/functions/").await, 200);
    for name in ["f/", "%66", "function%3Af", "arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Af"]
    {
        assert_eq!(body(&stage.get(&of(name)).await, 200)["Configuration"]["FunctionName"], "f");
    }
}

#[tokio::test]
async fn a_name_that_names_nothing_is_refused() {
    let stage = Stage::with_function();
    let pattern = r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?";
    let reply = stage.get(&of("f%20g")).await;
    assert_eq!(
        refused(&reply),
        violations(&[&format!(
            "Value 'f g' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: {pattern}"
        )])
    );
    let reply = stage.get(&of("f?Qualifier=no%20qualifier")).await;
    assert_eq!(
        refused(&reply),
        violations(&[
            r"Value 'no qualifier' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: \$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+"
        ])
    );
    let reply = stage.get(&of("f:1?Qualifier=2")).await;
    assert_eq!(
        refused(&reply),
        invalid("The derived qualifier from the function name does not match the specified qualifier.")
    );
    let reply = stage.get(&of("arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Af")).await;
    assert_eq!(
        refused(&reply),
        missing("Functions from 'eu-west-1' are not reachable in this region ('us-east-1')")
    );
}

#[tokio::test]
async fn a_body_that_is_no_json_is_refused_and_changes_nothing() {
    let stage = Stage::with_function();
    for (text, problem) in [
        ("{\"ReservedConcurrentExecutions\":", "EOF while parsing a value at line 1 column 32"),
        ("{\"ReservedConcurrentExecutions\":5}}", "trailing characters at line 1 column 35"),
        ("yes", "expected value at line 1 column 1"),
    ] {
        let message = format!("Could not parse request body into json: {problem}");
        let reply = stage.call("PUT", CONCURRENCY, text).await;
        assert_eq!(refused(&reply), lower_case(400, "InvalidRequestContentException", &message));
    }
    let reserved = stage.get("/2019-09-30/functions/f/concurrency").await;
    assert_eq!(reserved.brief(), (200, "{}"));
}

#[tokio::test]
async fn a_body_of_another_type_is_refused_and_changes_nothing() {
    let stage = Stage::with_function();
    for text in ["[5]", "[]", "5", "\"five\"", "null", " [5]"] {
        let reply = stage.call("PUT", CONCURRENCY, text).await;
        assert_eq!(refused(&reply), framework("SerializationException", "the body is no JSON object"));
    }
    for value in [json!("5"), json!(5.5), json!([5]), json!({})] {
        let reply = stage.put(CONCURRENCY, &json!({ "ReservedConcurrentExecutions": value })).await;
        let (status, name, text) = refused(&reply);
        assert_eq!((status, name.as_str()), (400, "SerializationException"), "{text}");
        assert!(text.starts_with(r#"{"message":"invalid type: "#) && text.contains("expected i64"), "{text}");
    }
    let reserved = stage.get("/2019-09-30/functions/f/concurrency").await;
    assert_eq!(reserved.brief(), (200, "{}"));
}

#[tokio::test]
async fn members_that_nobody_knows_are_ignored() {
    let stage = Stage::with_function();
    let reserved = json!({ "ReservedConcurrentExecutions": 5, "Colour": { "Name": "blue" } });
    let reply = stage.put(CONCURRENCY, &reserved).await;
    assert_eq!(reply.brief(), (200, r#"{"ReservedConcurrentExecutions":5}"#));
    let update = json!({ "Timeout": 7, "Colour": ["blue"], "SourceKMSKeyArn": 1 });
    assert_eq!(body(&stage.put(&of("f/configuration"), &update).await, 200)["Timeout"], 7);
}

#[tokio::test]
async fn a_member_that_is_null_is_as_one_that_is_left_out() {
    let stage = Stage::with_function();
    let events = json!({
        "MaximumRetryAttempts": 1,
        "MaximumEventAgeInSeconds": null,
        "DestinationConfig": { "OnSuccess": null, "OnFailure": { "Destination": null } },
    });
    let reply = stage.put("/2019-09-25/functions/f/event-invoke-config", &events).await;
    let shown = body(&reply, 200);
    assert_eq!(shown["MaximumRetryAttempts"], 1);
    assert_eq!(shown["DestinationConfig"], json!({ "OnSuccess": {}, "OnFailure": {} }));
    let code = json!({ "ZipFile": null, "Publish": null, "DryRun": null, "RevisionId": null });
    let reply = stage.put(&of("f/code"), &code).await;
    assert_eq!(refused(&reply), invalid("Please provide a source for function code."));
    let create = json!({
        "FunctionName": "g",
        "Role": super::ROLE,
        "Code": { "ZipFile": null },
        "Publish": null,
        "Timeout": null,
        "Tags": null,
        "Runtime": "provided.al2023",
        "Handler": "h",
    });
    let reply = stage.post(&of(""), &create).await;
    assert_eq!(refused(&reply), invalid("Please provide a source for function code."));
    let update = json!({ "Timeout": null, "Environment": null, "LoggingConfig": { "LogFormat": null } });
    assert_eq!(body(&stage.put(&of("f/configuration"), &update).await, 200)["Timeout"], 60);
}

#[tokio::test]
async fn a_body_that_is_cut_short_is_refused() {
    let stage = Stage::with_function();
    let mut connection = Connection::tcp(stage.api.address()).await;
    connection.send(head("PUT", CONCURRENCY, &[("Content-Length", "40")]) + "\r\n{").await;
    connection.finish_writing().await;
    let reply = soon(connection.reply()).await;
    let expected = lower_case(400, "InvalidRequestContentException", "The request body is truncated");
    assert_eq!(refused(&reply), expected);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_by_the_operations_name() {
    const MOST: usize = 70_167_211;

    let stage = Stage::with_function();
    let reply = stage.call("PUT", &of("f/code"), vec![b' '; MOST + 1]).await;
    let message = "Request must be smaller than 70167211 bytes for the UpdateFunctionCode operation";
    let body = format!(r#"{{"message":"{message}"}}"#);
    assert_eq!(refused(&reply), refusal(413, "RequestEntityTooLargeException", body));
}

#[tokio::test]
async fn an_unknown_function_is_told_by_its_arn_with_the_qualifier_that_was_asked_for() {
    let stage = Stage::with_function();
    let unknown = "Function not found: arn:aws:lambda:us-east-1:123456789012:function:g";
    let nothing = json!({});
    for (method, path, body) in [
        ("GET", "g/configuration", &nothing),
        ("PUT", "g/configuration", &nothing),
        ("PUT", "g/code", &nothing),
        ("DELETE", "g", &nothing),
        ("GET", "g/versions", &nothing),
        ("POST", "g/versions", &nothing),
        ("GET", "g/aliases", &nothing),
        ("GET", "g/aliases/live", &nothing),
        ("PUT", "g/aliases/live", &nothing),
        ("DELETE", "g/aliases/live", &nothing),
        ("GET", "g/policy", &nothing),
    ] {
        let reply = stage.call(method, &of(path), body.to_string()).await;
        assert_eq!(refused(&reply), missing(unknown), "{method} {path}");
    }
    for path in [
        "/2017-10-31/functions/g/concurrency",
        "/2019-09-30/functions/g/concurrency",
        "/2019-09-30/functions/g/provisioned-concurrency?List=ALL",
    ] {
        let method = if path.starts_with("/2017") { "DELETE" } else { "GET" };
        assert_eq!(refused(&stage.call(method, path, "").await), missing(unknown), "{method} {path}");
    }
    let reply = stage.get(&of("g?Qualifier=live")).await;
    assert_eq!(refused(&reply), missing(&format!("{unknown}:live")));
    let reply = stage.get(&of("f?Qualifier=7")).await;
    assert_eq!(refused(&reply), missing(&format!("Function not found: {}:7", super::ARN)));
}

#[tokio::test]
async fn one_connection_takes_calls_of_all_kinds_one_after_the_other() {
    let stage = Stage::with_function();
    let mut connection = Connection::tcp(stage.api.address()).await;
    assert_eq!(soon(connection.get("/nothing")).await.status(), 404);
    let invoked = soon(connection.post(&of("f/invocations"), "[1]")).await;
    assert_eq!(invoked.brief(), (200, "[1]"));
    assert_eq!(soon(connection.post(&of("f/aliases"), "no JSON")).await.status(), 400);
    let shown: Value = serde_json::from_slice(&soon(connection.get(&of("f"))).await.body).unwrap();
    assert_eq!(shown["Configuration"]["FunctionName"], "f");
}
