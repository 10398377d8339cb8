//! Extensions as processes and on the wire: what they are started with, told, asked and answered.
//!
//! External ones are python scripts; what an internal one sees is spoken by hand. Which call is allowed when,
//! and all of the timing, is tested exhaustively in `src/core/test`.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a folder that cannot be written fails the test")]

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, process::Command};

use lambda_api::transport::Stream;
use mock_server::{
    Event, ExtensionEvent, Function, FunctionBuilder, Invocation, MockLambda, StartError, Timeline,
    core::Exit,
};

use crate::{
    folder::Folder,
    guest::{self, NEXT, Puppet, request_id},
    raw::{self, Connection, Reply},
    wait::{PATIENCE, seen, soon},
};

const REGISTER: &str = "/2020-01-01/extension/register";
const EXTENSION_NEXT: &str = "/2020-01-01/extension/event/next";

/// Functions that every extension here can use.
const PYTHON: &str = r#"#!/usr/bin/env python3
import http.client, json, os, sys

api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])

def write(line):
    print(line, flush=True)

def register(*events):
    name = os.path.basename(sys.argv[0])
    body = json.dumps({"events": events})
    api.request("POST", "/2020-01-01/extension/register", body, {"Lambda-Extension-Name": name})
    reply = api.getresponse()
    reply.read()
    return reply.getheader("Lambda-Extension-Identifier")

def next(identifier):
    headers = {"Lambda-Extension-Identifier": identifier}
    api.request("GET", "/2020-01-01/extension/event/next", None, headers)
    return json.loads(api.getresponse().read())

"#;

/// Says what it is told, until the end.
pub(crate) const LISTENING: &str = r#"
identifier = register("INVOKE", "SHUTDOWN")
while True:
    event = next(identifier)
    if event["eventType"] == "SHUTDOWN":
        write("SHUTDOWN " + event["shutdownReason"])
        break
    write(event["eventType"] + " " + event["requestId"])
"#;

/// A runtime that says that it works, and what it is asked to do when it is.
pub(crate) const RUNTIME: &str = r#"
def asked(number, frame):
    write("asked to end")
    os._exit(0)

signal.signal(signal.SIGTERM, asked)
while True:
    request_id, event = next()
    write("at work")
    respond(request_id, event)
"#;

/// A file that can be executed. Why it is a copy is told in [`Folder::executable`].
fn executable(folder: &Folder, name: &str, content: &str) -> PathBuf {
    let (source, path) = (folder.file("source", content), folder.path().join(name));
    assert!(Command::new("cp").args([&source, &path]).status().unwrap().success());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

pub(crate) fn python(folder: &Folder, name: &str, lines: &str) -> PathBuf {
    executable(folder, name, &format!("{PYTHON}{lines}"))
}

/// A function that sees no time-out.
fn patient() -> FunctionBuilder {
    MockLambda::new().function("f").timeout(PATIENCE).init_timeout(PATIENCE)
}

fn r_1() -> Invocation {
    Invocation::new("{}").request_id("r-1".parse().unwrap())
}

/// All lines of an extension.
fn lines(timeline: &Timeline, extension: &str) -> Vec<String> {
    let line = |event| match event {
        Event::Extension { name, event: ExtensionEvent::Output { line } } if name == extension => Some(line),
        _ => None,
    };
    timeline.entries().into_iter().filter_map(|entry| line(entry.event)).collect()
}

fn happened(function: &Function, is_it: impl Fn(&Event) -> bool) -> bool {
    function.timeline().entries().iter().any(|entry| is_it(&entry.event))
}

// === processes ===

#[tokio::test]
async fn an_external_extension_is_told_of_each_invocation_and_of_the_end() {
    let folder = Folder::new();
    let audit = python(&folder, "audit", LISTENING);
    let function = patient().extension(audit).bootstrap(folder.python(RUNTIME)).unwrap();
    let outcome = soon(function.invoke(r_1())).await;
    assert_eq!(outcome.json().unwrap(), serde_json::json!({}));
    soon(function.shut_down()).await;
    assert_eq!(lines(function.timeline(), "audit"), ["INVOKE r-1", "SHUTDOWN spindown"]);
}

#[tokio::test]
async fn the_output_of_an_extension_is_not_the_output_of_the_function() {
    let folder = Folder::new();
    let audit = python(&folder, "audit", LISTENING);
    let function = patient().extension(audit).bootstrap(folder.python(RUNTIME)).unwrap();
    let outcome = soon(function.invoke(r_1())).await;
    assert_eq!(outcome.logs(), ["at work"]);
    assert_eq!(lines(function.timeline(), "audit"), ["INVOKE r-1"]);
}

#[tokio::test]
async fn extensions_are_launched_in_the_order_of_their_names_and_the_runtime_after_them() {
    let folder = Folder::new();
    let paths = ["billing", "audit"].map(|name| python(&folder, name, LISTENING));
    let [billing, audit] = paths;
    let function = patient().extension(billing).extension(audit).bootstrap(folder.python(RUNTIME)).unwrap();
    assert!(soon(function.invoke(r_1())).await.is_success());
    let launches: Vec<_> = function
        .timeline()
        .entries()
        .into_iter()
        .filter_map(|entry| match entry.event {
            Event::Extension { name, event: ExtensionEvent::Launched { .. } } => Some(name),
            Event::Launched { .. } => Some("the runtime".to_owned()),
            _ => None,
        })
        .collect();
    assert_eq!(launches, ["audit", "billing", "the runtime"]);
}

#[tokio::test]
async fn an_extension_has_the_functions_variables_but_not_those_of_the_runtime() {
    let folder = Folder::new();
    let names = format!("write(json.dumps(dict(os.environ)))\n{LISTENING}");
    let audit = python(&folder, "audit", &names);
    let function = patient()
        .env("TABLE", "orders")
        .env("AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:2001")
        .extension(audit)
        .bootstrap(folder.python(RUNTIME))
        .unwrap();
    assert!(soon(function.invoke(r_1())).await.is_success());
    let variables: serde_json::Value = serde_json::from_str(&lines(function.timeline(), "audit")[0]).unwrap();
    assert_eq!(variables["TABLE"], "orders");
    assert_eq!(variables["AWS_LAMBDA_FUNCTION_NAME"], "f");
    assert_eq!(variables["AWS_SESSION_TOKEN"], "mock-session-token");
    assert!(variables["AWS_LAMBDA_RUNTIME_API"].as_str().unwrap().starts_with("127.0.0.1:"));
    for hidden in [
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_XRAY_CONTEXT_MISSING",
        "AWS_XRAY_DAEMON_ADDRESS",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
        "_AWS_XRAY_DAEMON_ADDRESS",
        "_AWS_XRAY_DAEMON_PORT",
        "_HANDLER",
    ] {
        assert_eq!(variables.get(hidden), None, "{hidden}");
    }
}

#[tokio::test]
async fn an_extension_that_exits_at_once_is_the_callers_answer() {
    let folder = Folder::new();
    let audit = executable(&folder, "audit", "#!/bin/sh\nexit 3\n");
    let function = patient().extension(audit).bootstrap(folder.python(RUNTIME)).unwrap();
    let outcome = soon(function.invoke(r_1())).await;
    assert_eq!(
        outcome.payload(),
        "{\"errorType\":\"Extension.Crash\",\"errorMessage\":\"RequestId: r-1 Error: exit status 3\"}"
    );
    assert_eq!(outcome.error_type(), Some("Extension.Crash"));
    assert!(!happened(&function, |event| matches!(event, Event::Launched { .. })), "no runtime was started");
}

#[tokio::test]
async fn a_file_that_cannot_be_executed_is_refused_before_anything_runs() {
    let folder = Folder::new();
    let bootstrap = folder.python(RUNTIME);
    let plain = folder.file("audit", "#!/bin/sh\n");
    let refused = patient().extension(&plain).bootstrap(&bootstrap);
    assert!(matches!(refused, Err(StartError::NotExecutable { path }) if path == plain));
    let missing = folder.path().join("billing");
    let refused = patient().extension(&missing).bootstrap(&bootstrap);
    assert!(matches!(refused, Err(StartError::Missing { path }) if path == missing));
}

#[tokio::test]
async fn there_are_ten_extensions_at_most() {
    let folder = Folder::new();
    let bootstrap = folder.python(RUNTIME);
    let extensions = (0..11).map(|number| executable(&folder, &format!("e-{number}"), "#!/bin/sh\n"));
    let builder = extensions.fold(patient(), FunctionBuilder::extension);
    assert!(matches!(builder.bootstrap(bootstrap), Err(StartError::TooManyExtensions)));
}

#[tokio::test]
async fn beside_a_runtime_in_this_process_a_file_that_cannot_be_executed_fails_the_init() {
    let folder = Folder::new();
    let plain = folder.file("audit", "#!/bin/sh\n");
    let function = patient().extension(plain).in_process(guest::echo);
    let outcome = soon(function.invoke(r_1())).await;
    assert_eq!(outcome.error_type(), Some("Extension.LaunchError"));
}

#[tokio::test]
async fn beside_a_runtime_in_this_process_an_extension_is_told_of_its_invocations() {
    let folder = Folder::new();
    let function = patient().extension(python(&folder, "audit", LISTENING)).in_process(guest::echo);
    let outcome = soon(function.invoke(r_1())).await;
    assert_eq!(outcome.payload(), "{}");
    assert_eq!(lines(function.timeline(), "audit"), ["INVOKE r-1"]);
}

#[tokio::test]
async fn with_an_extension_the_runtime_is_asked_to_end() {
    let folder = Folder::new();
    let audit = python(&folder, "audit", LISTENING);
    let function = patient().extension(audit).bootstrap(folder.python(RUNTIME)).unwrap();
    assert!(soon(function.invoke(r_1())).await.is_success());
    soon(function.shut_down()).await;
    assert!(happened(&function, |event| matches!(event, Event::Output { line } if line == "asked to end")));
    assert!(happened(&function, |event| *event == Event::Terminated));
}

#[tokio::test]
async fn without_an_extension_the_runtime_is_not_asked_to_end() {
    let folder = Folder::new();
    let function = patient().bootstrap(folder.python(RUNTIME)).unwrap();
    assert!(soon(function.invoke(r_1())).await.is_success());
    soon(function.shut_down()).await;
    assert!(!happened(&function, |event| matches!(event, Event::Output { line } if line == "asked to end")));
    assert!(happened(&function, |event| *event == Event::Killed));
}

#[tokio::test]
async fn an_extension_that_exits_between_invocations_fails_the_next_one_and_is_started_again() {
    let folder = Folder::new();
    let go = folder.path().join("go");
    assert!(Command::new("mkfifo").arg(&go).status().unwrap().success());
    let until_told = "import threading\n\
         threading.Thread(target=lambda: (open('go').read(), os._exit(9)), daemon=True).start()\n";
    let audit = python(&folder, "audit", &format!("{until_told}{LISTENING}"));
    let function = patient().extension(audit).bootstrap(folder.python(RUNTIME)).unwrap();
    assert!(soon(function.invoke(r_1())).await.is_success());

    fs::write(&go, "").unwrap();
    let exited = ExtensionEvent::Exited(Exit::Code(9));
    seen(function.timeline(), |event| matches!(event, Event::Extension { event, .. } if *event == exited))
        .await;
    let outcome = soon(function.invoke(r_1())).await;
    assert_eq!(
        outcome.payload(),
        "{\"errorType\":\"Extension.Crash\",\"errorMessage\":\"RequestId: r-1 Error: exit status 9\"}"
    );
    assert!(soon(function.invoke(r_1())).await.is_success());
}

// === on the wire ===

/// A guest that has not asked for work yet, and what it has been invoked with.
async fn starting(puppet: &Puppet) -> Connection<Stream> {
    let _outcome = puppet.invoke(r_1());
    Connection::open(&puppet.launched().await).await
}

fn puppet() -> Puppet {
    Puppet::new(MockLambda::new().function("f"))
}

fn put(path: &str, body: &str) -> String {
    let head = raw::head("PUT", path, &[("Lambda-Extension-Identifier", ID)]);
    format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())
}

const ID: &str = "8b8b8b8b-0000-4000-8000-00000000cafe";

fn refusal(error_type: &str, message: &str) -> String {
    format!("{{\"errorMessage\":\"{message}\",\"errorType\":\"{error_type}\"}}\n")
}

async fn register(api: &mut Connection<Stream>, headers: &[(&str, &str)], body: &str) -> Reply {
    api.post_with(REGISTER, headers, body).await
}

/// A poll under an identifier.
fn poll(identifier: &str) -> String {
    raw::head("GET", EXTENSION_NEXT, &[("Lambda-Extension-Identifier", identifier)]) + "\r\n"
}

#[tokio::test(start_paused = true)]
async fn an_internal_extension_is_told_of_an_invocation_and_holds_it_until_it_polls_again() {
    let puppet = puppet();
    let outcome = puppet.invoke(r_1());
    let api = puppet.launched().await;
    let (mut runtime, mut inner) = (Connection::open(&api).await, Connection::open(&api).await);

    let name = ("Lambda-Extension-Name", "inner");
    let registered = register(&mut inner, &[name], "{\"events\":[\"INVOKE\"]}").await;
    assert_eq!(
        registered.brief(),
        (200, "{\"functionName\":\"f\",\"functionVersion\":\"$LATEST\",\"handler\":\"bootstrap\"}\n")
    );
    let identifier = registered.header("lambda-extension-identifier").unwrap().to_owned();

    inner.send(poll(&identifier)).await;
    let event = runtime.get(NEXT).await;
    let deadline = event.header("lambda-runtime-deadline-ms").unwrap();
    let arn = event.header("lambda-runtime-invoked-function-arn").unwrap();
    let trace = event.header("lambda-runtime-trace-id").unwrap();
    let told = inner.reply().await;
    assert_eq!(
        told.brief(),
        (
            200,
            &*format!(
                "{{\"eventType\":\"INVOKE\",\"deadlineMs\":{deadline},\"requestId\":\"r-1\",\
                 \"invokedFunctionArn\":\"{arn}\",\
                 \"tracing\":{{\"type\":\"X-Amzn-Trace-Id\",\"value\":\"{trace}\"}}}}"
            )
        )
    );
    assert_eq!(told.header("content-type"), Some("application/json"));
    assert_eq!(told.header("lambda-extension-event-identifier").unwrap().len(), 36);

    runtime.post(&guest::response_path(request_id(&event)), "1").await;
    runtime.send(raw::get(NEXT)).await;
    seen(puppet.function.timeline(), |event| matches!(event, Event::Answered { .. })).await;
    assert!(!happened(&puppet.function, |event| matches!(event, Event::InvocationEnded(_))));
    inner.send(poll(&identifier)).await;
    assert_eq!(outcome.await.unwrap().payload(), "1");
}

#[tokio::test(start_paused = true)]
async fn the_account_is_named_to_those_who_ask_for_it() {
    let puppet = puppet();
    let mut api = starting(&puppet).await;
    let headers =
        [("Lambda-Extension-Name", "inner"), ("Lambda-Extension-Accept-Feature", "other, accountId")];
    let registered = register(&mut api, &headers, "{}").await;
    assert_eq!(
        registered.brief(),
        (
            200,
            "{\"functionName\":\"f\",\"functionVersion\":\"$LATEST\",\"handler\":\"bootstrap\",\
             \"accountId\":\"123456789012\"}\n"
        )
    );
}

#[tokio::test(start_paused = true)]
async fn a_stranger_cannot_subscribe_whatever_it_wants() {
    let puppet = puppet();
    let mut api = starting(&puppet).await;
    let message = "Unknown extension 8b8b8b8b-0000-4000-8000-00000000cafe";
    for path in ["/2022-07-01/telemetry", "/2020-08-15/logs"] {
        api.send(put(path, "{\"types\":[\"platform\"]}")).await;
        let unknown = refusal("Extension.UnknownExtensionIdentifier", message);
        assert_eq!(api.reply().await.brief(), (403, &*unknown));
    }
}

#[tokio::test(start_paused = true)]
async fn refused_registrations_look_like_this() {
    let puppet = puppet();
    let mut api = starting(&puppet).await;
    let no_name = refusal("Extension.InvalidExtensionName", "Empty extension name");
    assert_eq!(register(&mut api, &[], "no JSON").await.brief(), (403, &*no_name));
    let name = [("Lambda-Extension-Name", "inner")];
    assert_eq!(
        register(&mut api, &name, "{\"events\":[\"SHUTDOWN\"]}").await.brief(),
        (
            403,
            &*refusal(
                "Extension.InvalidEventType",
                "SHUTDOWN: ShutdownEventNotSupportedForInternalExtension"
            )
        )
    );
    for body in ["", "{", "{\"events\":\"INVOKE\"}", "[]"] {
        let refused = register(&mut api, &name, body).await;
        let (status, text) = refused.brief();
        assert_eq!(status, 403, "{body}: {text}");
        assert!(text.ends_with("\"errorType\":\"InvalidRequestFormat\"}\n"), "{body}: {text}");
    }
    assert_eq!(register(&mut api, &name, "{\"events\":null}").await.status(), 200);
}

#[tokio::test(start_paused = true)]
async fn configuration_keys_are_refused_unless_there_are_none() {
    let puppet = puppet();
    let mut api = starting(&puppet).await;
    let name = [("Lambda-Extension-Name", "inner")];
    let refused = register(&mut api, &name, "{\"configurationKeys\":[\"KEY\"]}").await;
    assert_eq!(
        refused.brief(),
        (
            403,
            &*refusal(
                "InvalidRequestFormat",
                "configurationKeys are deprecated; use environment variables instead"
            )
        )
    );
    assert_eq!(register(&mut api, &name, "{\"configurationKeys\":[]}").await.status(), 200);
}

#[tokio::test(start_paused = true)]
async fn refused_identifiers_look_like_this() {
    let puppet = puppet();
    let mut api = starting(&puppet).await;
    let missing =
        refusal("Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header");
    assert_eq!(api.get(EXTENSION_NEXT).await.brief(), (403, &*missing));
    let invalid = refusal("Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier");
    for identifier in ["inner", &ID[1..], "8b8b8b8b-0000-4000-8000-00000000caf\u{20}e"] {
        api.send(poll(identifier)).await;
        assert_eq!(api.reply().await.brief(), (403, &*invalid), "{identifier}");
    }
    let unknown = refusal("Extension.UnknownExtensionIdentifier", &format!("Unknown extension {ID}"));
    api.send(poll(ID)).await;
    assert_eq!(api.reply().await.brief(), (403, &*unknown));
    for path in ["/2020-01-01/extension/init/error", "/2020-01-01/extension/exit/error"] {
        let id = ("Lambda-Extension-Identifier", ID);
        let refused = api.post_with(path, &[id], "{}").await;
        let no_type = refusal("Extension.MissingHeader", "Lambda-Extension-Function-Error-Type not found");
        assert_eq!(refused.brief(), (403, &*no_type));
        let category = ("Lambda-Extension-Function-Error-Type", "Extension.Boom");
        let refused = api.post_with(path, &[id, category], "{}").await;
        let unknown = refusal("Extension.UnknownExtensionIdentifier", "Unknown Lambda-Extension-Identifier");
        assert_eq!(refused.brief(), (403, &*unknown));
    }
}
