//! What processes write, as subscribers get it: lines, framed events, and what an extension makes of its own news.

use std::{fs, path::PathBuf};

use mock_server::{Event, ExtensionEvent, FunctionBuilder, Invocation, MockLambda};
use serde_json::json;

use super::{
    stage::{RUNTIME, Stage, TELEMETRY},
    subscriber::{Listener, Log, Over, lines},
    writing::{EXTENSION, SOON, Writing, http, lines_to},
};
use crate::{
    folder::Folder,
    wait::{PATIENCE, soon},
};

// === lines ===

#[tokio::test]
async fn each_line_is_an_event_whatever_is_in_it() {
    let mut log = Log::start(Over::Http).await;
    let mut writing = Writing::to(&lines_to(&log.destination(), SOON)).await;
    writing
        .stage
        .tell(RUNTIME, r"printf 'one\n\nthree\rstill three\n  four \n{\042json\042:1}\n'; printf last");
    writing.stage.tell(RUNTIME, "echo ' words'; echo to stderr >&2");
    for line in ["one", "", "three\rstill three", "  four ", "{\"json\":1}", "last words", "to stderr"] {
        assert_eq!(lines(&[log.event().await]), [line]);
    }
}

#[tokio::test]
async fn a_line_without_an_end_is_told_when_its_process_is_gone() {
    let mut log = Log::start(Over::Tcp).await;
    let mut writing = Writing::to(&lines_to(&log.destination(), SOON)).await;
    writing.stage.end_process(RUNTIME, "printf 'no end'; exit 1").await;
    log.expect("function \"no end\"").await;
}

#[tokio::test]
async fn the_output_of_an_extension_and_that_of_the_function_are_told_apart() {
    let mut stage = Stage::new(&[EXTENSION], |function| function);
    let _outcome = stage.invoke("r-1");
    let mut extension = stage.register(EXTENSION).await;
    let mut log = Log::start(Over::Http).await;
    let mut wanted = lines_to(&log.destination(), SOON);
    wanted["types"] = json!(["extension", "function"]);
    extension.subscribe(TELEMETRY, &wanted).await;
    stage.launched(0, RUNTIME).await;
    for number in 0..5 {
        stage.says(RUNTIME, &format!("f {number}")).await;
        stage.says(EXTENSION, &format!("e {number}")).await;
    }
    log.expect("extension \"api _\"").await;
    for number in 0..5 {
        log.expect(&format!("function \"f {number}\"\nextension \"e {number}\"")).await;
    }
}

/// Functions that every extension here can use; it has registered.
const PYTHON: &str = r#"#!/usr/bin/env python3
import http.client, json, os, sys

api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])

def call(method, path, body, headers):
    api.request(method, path, body, headers)
    reply = api.getresponse()
    return reply, reply.read()

name = {"Lambda-Extension-Name": os.path.basename(sys.argv[0])}
events = json.dumps({"events": ["INVOKE", "SHUTDOWN"]})
registered, _ = call("POST", "/2020-01-01/extension/register", events, name)
identifier = {"Lambda-Extension-Identifier": registered.getheader("Lambda-Extension-Identifier")}

def subscribe(uri):
    wanted = {
        "schemaVersion": "2022-12-13",
        "destination": {"protocol": "HTTP", "URI": uri},
        "types": ["platform", "function", "extension"],
        "buffering": {"maxItems": 1000, "maxBytes": 262144, "timeoutMs": 25},
    }
    assert call("PUT", "/2022-07-01/telemetry", json.dumps(wanted), identifier)[1] == b'"OK"'

def next():
    return json.loads(call("GET", "/2020-01-01/extension/event/next", None, identifier)[1])["eventType"]

"#;

fn python(folder: &Folder, name: &str, lines: &str) -> PathBuf {
    let path = folder.path().join(name);
    // Made under another name, and then there is no bootstrap yet.
    fs::rename(folder.executable(&format!("{PYTHON}{lines}")), &path).unwrap();
    path
}

fn patient() -> FunctionBuilder {
    MockLambda::new().function("f").timeout(PATIENCE).init_timeout(PATIENCE)
}

/// Writes before each of its calls, and does not wait for anybody to read it.
const HASTY_RUNTIME: &str = "
write('starting')
while True:
    request_id, event = next()
    print('at work on ' + request_id)
    write('almost done with ' + request_id)
    respond(request_id, event)
    write('done with ' + request_id)
";

/// Does the same as an extension, and has everything told to the port that it is given.
const HASTY_EXTENSION: &str = r#"
subscribe("http://sandbox.localdomain:%s/telemetry" % os.environ["LOG_PORT"])
number = 0
while True:
    print("asking for %d" % number, flush=True)
    if next() == "SHUTDOWN":
        break
    number += 1
"#;

#[tokio::test]
async fn what_is_written_before_a_call_is_told_before_what_the_call_does() {
    let folder = Folder::new();
    let log = Log::start(Over::Http).await;
    let extension = python(&folder, "hasty", HASTY_EXTENSION);
    let function = patient().env("LOG_PORT", log.port().to_string()).extension(extension);
    let function = function.bootstrap(folder.python(HASTY_RUNTIME)).unwrap();
    for number in 1..=3 {
        let invocation = Invocation::new("{}").request_id(format!("r-{number}").parse().unwrap());
        assert!(soon(function.invoke(invocation)).await.is_success());
    }
    soon(function.shut_down()).await;

    let all = log.rest().await;
    let mut expected = vec!["\"starting\"".to_owned(), "platform.initRuntimeDone".to_owned()];
    for number in 1..=3 {
        expected.push("platform.start".to_owned());
        expected.extend(
            ["at work on", "almost done with", "done with"].map(|words| format!("\"{words} r-{number}\"")),
        );
        expected.push("platform.runtimeDone".to_owned());
    }
    let of_runtime = ["function", "platform.initRuntimeDone", "platform.start", "platform.runtimeDone"];
    assert_eq!(only(&all, &of_runtime), expected);

    let mut expected = vec!["\"asking for 0\"".to_owned(), "platform.initReport".to_owned()];
    for number in 1..=3 {
        expected.extend([format!("\"asking for {number}\""), "platform.report".to_owned()]);
    }
    assert_eq!(only(&all, &["extension", "platform.initReport", "platform.report"]), expected);
}

/// Of these kinds of events only, what was written or the name of the kind.
fn only(events: &[String], kinds: &[&str]) -> Vec<String> {
    let split = events.iter().map(|event| event.split_once(' ').unwrap());
    let short =
        |(kind, record): (&str, &str)| if kind.starts_with("platform.") { kind } else { record }.to_owned();
    split.filter(|(kind, _)| kinds.contains(kind)).map(short).collect()
}

// === frames ===

/// The command that writes a framed event: its type, its text, and a moment of the year 2026.
fn frame(kind: u32, text: &str) -> String {
    let length = u32::try_from(text.len()).unwrap();
    let micros: u64 = 1_795_168_800_000_123;
    let bytes =
        [&kind.to_be_bytes(), &length.to_be_bytes(), &micros.to_be_bytes()[..], text.as_bytes()].concat();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let descriptor = "int(os.environ['_LAMBDA_TELEMETRY_LOG_FD'])";
    format!("python3 -c \"import os; os.write({descriptor}, bytes.fromhex('{hex}'))\"")
}

#[tokio::test]
async fn a_framed_event_is_one_event_whatever_lines_it_holds() {
    let mut log = Log::start(Over::Http).await;
    let mut writing = Writing::to(&lines_to(&log.destination(), SOON)).await;
    for (kind, text) in [
        (0xA55A_0003, "one\ntwo\n\nthree"),
        (0xA55A_0016, "{\"level\":\"ERROR\",\n\"message\":\"two\nlines\"}"),
        (0xA55A_000F, ""),
        (0xA55A_000F, "the last one"),
    ] {
        let from = writing.stage.end();
        writing.stage.tell(RUNTIME, &frame(kind, text));
        writing.stage.happens(from, |event| matches!(event, Event::Output { .. })).await;
        assert_eq!(lines(&[log.event().await]), [text]);
    }
}

// === an extension that hears itself ===

/// Prints every batch that it receives, which is told to it in turn.
const PARROT: &str = r#"
import http.server, threading

class Listener(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        batch = self.rfile.read(int(self.headers["Content-Length"]))
        print(batch.decode(), flush=True)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass

server = http.server.HTTPServer(("127.0.0.1", 0), Listener)
threading.Thread(target=server.serve_forever, daemon=True).start()
subscribe("http://sandbox.localdomain:%d/" % server.server_port)
while next() != "SHUTDOWN":
    pass
"#;

/// A runtime that echoes.
const ECHO: &str = "
while True:
    request_id, event = next()
    write('at work')
    respond(request_id, event)
";

#[tokio::test]
async fn an_extension_that_prints_all_it_receives_keeps_nobody_from_working() {
    /// Enough for lines of lines of lines to be as long as they can be.
    const ROUNDS: usize = 60;

    let folder = Folder::new();
    let parrot = python(&folder, "parrot", PARROT);
    let function = patient().extension(parrot).bootstrap(folder.python(ECHO)).unwrap();
    assert!(soon(function.invoke("0")).await.is_success());
    let taken = |event: &Event| matches!(event, Event::TelemetryTaken { .. });
    crate::wait::seen_times(function.timeline(), ROUNDS, taken).await;
    for number in 1..20 {
        let outcome = soon(function.invoke(number.to_string())).await;
        assert_eq!(outcome.logs(), ["at work"]);
    }
    soon(function.shut_down()).await;
    let longest = function.timeline().entries().into_iter().filter_map(|entry| match entry.event {
        Event::Extension { event: ExtensionEvent::Output { line }, .. } => Some(line.len()),
        _ => None,
    });
    assert!(longest.max().unwrap() >= 256 * 1024, "the parrot was at its loudest");
}

#[tokio::test]
async fn a_very_long_line_is_a_batch_of_its_own_in_pieces() {
    let listener = Listener::bind().await;
    let mut writing = Writing::to(&lines_to(&http(listener.port()), SOON)).await;
    // Each byte of it takes two in JSON.
    writing.stage.tell(RUNTIME, "head -c 400000 /dev/zero | tr '\\0' '\\\\'; echo");
    let mut peer = listener.accept().await;
    let mut length = 0;
    while length < 400_000 {
        let batch = peer.batch().await;
        peer.answer(200).await;
        length += batch.lines().iter().map(String::len).sum::<usize>();
    }
    assert_eq!(length, 400_000);
}
