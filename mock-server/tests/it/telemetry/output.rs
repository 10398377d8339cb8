//! What processes write, as subscribers get it: lines, framed events, and what an extension makes of its own news.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, process::Command};

use mock_server::{Event, ExtensionEvent, MockLambda};
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
const PARROT: &str = r#"#!/usr/bin/env python3
import http.client, http.server, json, os, sys, threading

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

api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
name = {"Lambda-Extension-Name": os.path.basename(sys.argv[0])}
api.request("POST", "/2020-01-01/extension/register", json.dumps({"events": ["INVOKE", "SHUTDOWN"]}), name)
reply = api.getresponse()
reply.read()
identifier = {"Lambda-Extension-Identifier": reply.getheader("Lambda-Extension-Identifier")}
subscription = {
    "schemaVersion": "2022-12-13",
    "destination": {"protocol": "HTTP", "URI": "http://sandbox.localdomain:%d/" % server.server_port},
    "types": ["platform", "function", "extension"],
    "buffering": {"maxItems": 1000, "maxBytes": 262144, "timeoutMs": 25},
}
api.request("PUT", "/2022-07-01/telemetry", json.dumps(subscription), identifier)
assert api.getresponse().read() == b'"OK"'
while True:
    api.request("GET", "/2020-01-01/extension/event/next", None, identifier)
    if json.loads(api.getresponse().read())["eventType"] == "SHUTDOWN":
        break
"#;

/// A runtime that echoes.
const ECHO: &str = "
while True:
    request_id, event = next()
    write('at work')
    respond(request_id, event)
";

fn executable(folder: &Folder, name: &str, content: &str) -> PathBuf {
    let (source, path) = (folder.file("source", content), folder.path().join(name));
    assert!(Command::new("cp").args([&source, &path]).status().unwrap().success());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[tokio::test]
async fn an_extension_that_prints_all_it_receives_keeps_nobody_from_working() {
    /// Enough for lines of lines of lines to be as long as they can be.
    const ROUNDS: usize = 200;

    let folder = Folder::new();
    let parrot = executable(&folder, "parrot", PARROT);
    let function = MockLambda::new().function("f").timeout(PATIENCE).init_timeout(PATIENCE).extension(parrot);
    let function = function.bootstrap(folder.python(ECHO)).unwrap();
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
