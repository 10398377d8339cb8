//! AWS's runtime client for Python, unmodified, as a bootstrap under the mock.

#![expect(clippy::unwrap_used, reason = "a function that cannot be set up fails the test")]

use std::{fs, time::Duration};

use mock_server::{Event, Function, FunctionBuilder, Invocation, MockLambda, Outcome};
use serde_json::{Value, json};

use crate::{PYTHON, installed, peer::Folder};

mod managed;

/// More than any of these takes on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(60);
const LIMIT: usize = 6 * 1024 * 1024;

const HANDLER: &str = r#"
import json, logging, os, sys, time

def handler(event, context):
    return actions[event["do"]](event, context)

def fail(event, context):
    raise ValueError("no such order")

def meet(event, context):
    open(os.path.join(event["where"], "met-" + context.aws_request_id), "w").close()
    while sum(name.startswith("met-") for name in os.listdir(event["where"])) < event["party"]:
        time.sleep(0.01)
    return os.getpid()

def log(event, context):
    logging.getLogger().setLevel("INFO")
    logging.info("two\nlines", extra={"order": 7})
    print("plain\nprint")

actions = {
    "echo": lambda event, context: event["what"],
    "pid": lambda event, context: os.getpid(),
    "tell": lambda event, context: {
        "requestId": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "name": context.function_name,
        "memory": context.memory_limit_in_mb,
        "custom": context.client_context.custom,
        "identity": context.identity.cognito_identity_id,
        "millisLeft": context.get_remaining_time_in_millis(),
        "trace": os.environ["_X_AMZN_TRACE_ID"],
    },
    "fail": fail,
    "meet": meet,
    "exit": lambda event, context: os._exit(event["code"]),
    "sleep": lambda event, context: time.sleep(event["seconds"]),
    "much": lambda event, context: "x" * event["bytes"],
    "log": log,
    "nothing": lambda event, context: None,
}
"#;

/// A function whose bootstrap is AWS's client with this code; `None` where that is not installed.
fn function(
    code: &str,
    configure: impl FnOnce(FunctionBuilder) -> FunctionBuilder,
) -> Option<(Folder, Function)> {
    let python = installed(PYTHON, "AWS's runtime client for Python")?;
    let folder = Folder::empty();
    fs::write(folder.task().join("app.py"), code).unwrap();
    let script = format!("#!/bin/sh\nexec '{}' -m awslambdaric app.handler\n", python.display());
    folder.executable(&script, "task/bootstrap");
    let builder = MockLambda::new().function("f").handler("app.handler").timeout(PATIENCE);
    let function = configure(builder).bootstrap(folder.task().join("bootstrap")).unwrap();
    Some((folder, function))
}

fn patient() -> Option<(Folder, Function)> {
    function(HANDLER, |builder| builder)
}

async fn invoke(function: &Function, event: Value) -> Outcome {
    tokio::time::timeout(2 * PATIENCE, function.invoke(event)).await.unwrap()
}

/// How often the function's process was started.
fn starts(function: &Function) -> usize {
    let entries = function.timeline().entries();
    entries.iter().filter(|entry| matches!(entry.event, Event::Launched { .. })).count()
}

#[tokio::test]
async fn pythons_client_serves_one_invocation_after_the_other() {
    let Some((_folder, function)) = patient() else { return };
    for what in [json!(1), json!("Grüße"), json!({ "a": [null, 1.5] })] {
        let outcome = invoke(&function, json!({ "do": "echo", "what": what })).await;
        assert_eq!(outcome.json().unwrap(), what);
        assert_eq!(outcome.content_type(), Some("application/json"));
    }
    assert_eq!(invoke(&function, json!({ "do": "nothing" })).await.payload(), "null");
    assert_eq!(starts(&function), 1);
}

#[tokio::test]
async fn pythons_client_sees_what_an_invocation_brings() {
    let Some((_folder, function)) = function(HANDLER, |builder| builder.memory_mb(256)) else { return };
    const TRACE: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    let invocation = Invocation::new(json!({ "do": "tell" }))
        .client_context(r#"{"custom":{"colour":"blue"}}"#)
        .cognito_identity(r#"{"cognitoIdentityId":"me","cognitoIdentityPoolId":"pool"}"#)
        .trace_id(TRACE);
    let outcome = tokio::time::timeout(PATIENCE, function.invoke(invocation)).await.unwrap();
    let mut told = outcome.json().unwrap();
    let left = told["millisLeft"].take().as_u64().unwrap();
    assert!((1..=60_000).contains(&left), "{left} ms");
    assert_eq!(
        told,
        json!({
            "requestId": outcome.request_id().as_str(),
            "arn": function.arn(),
            "name": "f",
            "memory": "256",
            "custom": { "colour": "blue" },
            "identity": "me",
            "millisLeft": null,
            "trace": TRACE,
        })
    );
}

#[tokio::test]
async fn an_exception_of_pythons_handler_is_the_answer_and_the_process_goes_on() {
    let Some((_folder, function)) = patient() else { return };
    let outcome = invoke(&function, json!({ "do": "fail" })).await;
    let report = outcome.json().unwrap();
    assert!(!outcome.is_success());
    assert_eq!(report["errorType"], "ValueError");
    assert_eq!(report["errorMessage"], "no such order");
    assert_eq!(report["requestId"], outcome.request_id().as_str());
    assert!(report["stackTrace"][0].as_str().unwrap().contains("app.py"), "{report}");
    assert_eq!(invoke(&function, json!({ "do": "echo", "what": 1 })).await.payload(), "1");
    assert_eq!(starts(&function), 1);
}

#[tokio::test]
async fn an_import_error_of_python_is_the_answer_after_two_tries() {
    let Some((_folder, function)) = function("import no_such_module", |builder| builder) else { return };
    let outcome = invoke(&function, json!({})).await;
    let report = outcome.json().unwrap();
    assert_eq!(outcome.error_type(), Some("Runtime.ImportModuleError"));
    assert_eq!(report["errorType"], "Runtime.ImportModuleError");
    let message = report["errorMessage"].as_str().unwrap();
    assert_eq!(message, "Unable to import module 'app': No module named 'no_such_module'");
    assert_eq!(report["requestId"], "");
    assert_eq!(starts(&function), 2);
}

#[tokio::test]
async fn a_missing_handler_of_python_is_the_answer() {
    let Some((_folder, function)) = function("answer = 42", |builder| builder) else { return };
    let outcome = invoke(&function, json!({})).await;
    assert_eq!(outcome.error_type(), Some("Runtime.HandlerNotFound"));
    assert_eq!(outcome.json().unwrap()["errorMessage"], "Handler 'handler' missing on module 'app'");
}

#[tokio::test]
async fn an_exit_of_python_is_told_and_the_next_invocation_has_a_new_process() {
    let Some((_folder, function)) = patient() else { return };
    for (code, reason) in
        [(7, "Runtime exited with error: exit status 7"), (0, "Runtime exited without providing a reason")]
    {
        let outcome = invoke(&function, json!({ "do": "exit", "code": code })).await;
        let message = format!("RequestId: {} Error: {reason}", outcome.request_id());
        assert_eq!(
            outcome.json().unwrap(),
            json!({ "errorType": "Runtime.ExitError", "errorMessage": message })
        );
    }
    assert_eq!(invoke(&function, json!({ "do": "echo", "what": 1 })).await.payload(), "1");
    assert_eq!(starts(&function), 3);
}

#[tokio::test]
async fn python_is_stopped_at_the_deadline_and_started_again() {
    let Some((_folder, function)) = function(HANDLER, |builder| builder.timeout(Duration::from_secs(2)))
    else {
        return;
    };
    let outcome = invoke(&function, json!({ "do": "sleep", "seconds": 60 })).await;
    assert!(outcome.is_timeout());
    assert_eq!(
        outcome.json().unwrap()["errorMessage"],
        format!("RequestId: {} Error: Task timed out after 2.00 seconds", outcome.request_id())
    );
    assert_eq!(invoke(&function, json!({ "do": "echo", "what": 1 })).await.payload(), "1");
    assert_eq!(starts(&function), 2);
}

#[tokio::test]
async fn python_takes_and_gives_six_megabytes() {
    let Some((_folder, function)) = patient() else { return };
    let event = json!({ "do": "echo", "what": "x".repeat(LIMIT - 64) });
    let outcome = invoke(&function, event.clone()).await;
    assert_eq!(outcome.json().unwrap(), event["what"]);
    let outcome = invoke(&function, json!({ "do": "much", "bytes": LIMIT - 2 })).await;
    assert_eq!(outcome.payload().len(), LIMIT);
    assert_eq!(starts(&function), 1);
}

#[tokio::test]
async fn python_gives_up_after_a_response_over_the_limit() {
    let Some((_folder, function)) = patient() else { return };
    let outcome = invoke(&function, json!({ "do": "much", "bytes": LIMIT + 1024 })).await;
    assert_eq!(outcome.error_type(), Some("Function.ResponseSizeTooLarge"));
    assert_eq!(invoke(&function, json!({ "do": "echo", "what": 1 })).await.payload(), "1");
    assert_eq!(starts(&function), 2, "the client ends its process when it is refused");
}

#[tokio::test]
async fn a_json_record_of_pythons_log_is_one_line() {
    let Some((_folder, function)) = function(HANDLER, |builder| builder.env("AWS_LAMBDA_LOG_FORMAT", "JSON"))
    else {
        return;
    };
    let outcome = invoke(&function, json!({ "do": "log" })).await;
    let records: Vec<Value> =
        outcome.logs().iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let [record] = &records[..] else { panic!("{:?}", outcome.logs()) };
    assert_eq!(record["message"], "two\nlines");
    assert_eq!(record["level"], "INFO");
    assert_eq!(record["order"], 7);
    assert_eq!(record["requestId"], outcome.request_id().as_str());
}

#[tokio::test]
async fn a_record_of_pythons_log_keeps_its_lines() {
    let Some((_folder, function)) = patient() else { return };
    let outcome = invoke(&function, json!({ "do": "log" })).await;
    let records: Vec<_> = outcome.logs().iter().filter(|record| record.contains("two")).collect();
    let [record] = &records[..] else { panic!("{:?}", outcome.logs()) };
    assert!(record.starts_with("[INFO]\t") && record.trim_end().ends_with("two\nlines"), "{record:?}");
}
