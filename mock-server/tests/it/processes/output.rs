//! What a process writes: in order, whole, and with the invocation that it belongs to.

use std::time::Duration;

use mock_server::{Event, MockLambda, core::Exit};

use super::function;
use crate::{
    folder::Folder,
    wait::{seen, soon},
};

#[tokio::test]
async fn standard_output_and_standard_error_keep_their_order() {
    let folder = Folder::new();
    let function = function(folder.sh("for n in 1 2 3; do echo out $n; echo err $n >&2; done\nexit 1"));
    let outcome = soon(function.invoke("{}")).await;
    let once = ["out 1", "err 1", "out 2", "err 2", "out 3", "err 3"];
    assert_eq!(outcome.logs(), [once, once].concat(), "init is tried twice");
}

#[tokio::test]
async fn what_was_written_before_the_response_belongs_to_its_invocation() {
    let folder = Folder::new();
    let function = function(folder.python(
        r#"
write("starting")
while True:
    request_id, event = next()
    write("got " + event.decode())
    print("working", file=sys.stderr, flush=True)
    respond(request_id, event)
    write("answered")
"#,
    ));
    let first = soon(function.invoke("1")).await;
    let second = soon(function.invoke("2")).await;
    assert_eq!(first.logs(), ["starting", "got 1", "working", "answered"]);
    assert_eq!(second.logs(), ["got 2", "working", "answered"]);
}

#[tokio::test]
async fn what_is_written_while_nobody_calls_is_seen_at_once() {
    let folder = Folder::new();
    let function = function(folder.sh("echo here I am\nexec sleep 600"));
    let _outcome = tokio::spawn({
        let function = function.clone();
        async move { function.invoke("{}").await }
    });
    let is_it = |event: &Event| matches!(event, Event::Output { line } if line == "here I am");
    seen(function.timeline(), is_it).await;
}

#[tokio::test]
async fn the_last_line_needs_no_end() {
    let folder = Folder::new();
    let function = function(folder.sh("printf 'first\\nlast'"));
    let outcome = soon(function.invoke("{}")).await;
    assert_eq!(outcome.logs(), ["first", "last", "first", "last"]);
}

#[tokio::test]
async fn what_is_not_text_is_replaced_and_nothing_is_lost() {
    let folder = Folder::new();
    let function = function(folder.sh("printf 'a\\377b\\n'\necho\nprintf 'tab\\there\\r\\n'\necho Jörg"));
    let outcome = soon(function.invoke("{}")).await;
    assert_eq!(outcome.logs()[..4], ["a\u{fffd}b", "", "tab\there\r", "Jörg"]);
}

#[tokio::test]
async fn a_great_deal_of_output_is_kept_whole() {
    let folder = Folder::new();
    let function = function(folder.python(
        r#"
request_id, event = next()
for number in range(20000):
    print(number)
sys.stdout.flush()
write("x" * 100000)
respond(request_id, "1")
next()
"#,
    ));
    let outcome = soon(function.invoke("{}")).await;
    assert_eq!(outcome.logs().len(), 20_001);
    assert!(outcome.logs().iter().take(20_000).enumerate().all(|(at, line)| *line == at.to_string()));
    assert_eq!(outcome.logs()[20_000].len(), 100_000);
}

#[tokio::test]
async fn last_words_come_before_the_exit() {
    let folder = Folder::new();
    let function = function(folder.sh("echo goodbye\nexit 7"));
    let _outcome = soon(function.invoke("{}")).await;
    let entries = function.timeline().entries();
    let at = |event: &Event| entries.iter().position(|entry| entry.event == *event).unwrap();
    let goodbye = Event::Output { line: "goodbye".to_owned() };
    assert!(at(&goodbye) < at(&Event::Exited(Exit::Code(7))));
}

#[tokio::test]
async fn a_function_that_writes_without_end_is_stopped_at_its_deadline() {
    const SHORT: Duration = Duration::from_millis(100);

    let folder = Folder::new();
    let function = MockLambda::new().function("f").timeout(SHORT).init_timeout(SHORT);
    let function = function.bootstrap(folder.sh("exec yes")).unwrap();
    let outcome = soon(function.invoke("{}")).await;
    assert!(outcome.is_timeout());
    assert!(outcome.logs().iter().all(|line| line == "y"));
}

/// Writes framed log events, as text without a level, to the descriptor of the runtime.
const FRAMES: &str = r#"
import struct, time
descriptor = int(os.environ["_LAMBDA_TELEMETRY_LOG_FD"])

def frame(text):
    event = text.encode()
    header = struct.pack(">IIQ", 0xA55A0003, len(event), int(time.time() * 1000000))
    event = header + event
    while event:
        event = event[os.write(descriptor, event):]

"#;

#[tokio::test]
async fn a_framed_log_event_is_one_line_of_the_log_whatever_lines_it_holds() {
    let folder = Folder::new();
    let script =
        "request_id, event = next()\nframe('one\\ntwo')\nframe('')\nrespond(request_id, event)\nnext()";
    let function = function(folder.python(&format!("{FRAMES}{script}")));
    assert_eq!(soon(function.invoke("{}")).await.logs(), ["one\ntwo", ""]);
}

#[tokio::test]
async fn frames_that_were_written_before_the_response_belong_to_its_invocation() {
    let folder = Folder::new();
    let script = r#"
while True:
    request_id, event = next()
    frame("short " + event.decode())
    frame(event.decode() * 200000)
    frame("last " + event.decode())
    respond(request_id, event)
"#;
    let function = function(folder.python(&format!("{FRAMES}{script}")));
    for number in 0..10 {
        let outcome = soon(function.invoke(number.to_string())).await;
        let expected =
            [format!("short {number}"), number.to_string().repeat(200_000), format!("last {number}")];
        assert_eq!(outcome.logs(), expected);
    }
}

#[tokio::test]
async fn frames_are_seen_while_nobody_calls_and_last_words_before_the_exit() {
    let folder = Folder::new();
    let lines = "frame('here I am')\nsignal.alarm(600)\nsys.stdin.read()\nframe('goodbye')\nos._exit(7)";
    let function = function(folder.python(&format!("{FRAMES}{lines}")));
    let handle = function.clone();
    tokio::spawn(async move { handle.invoke("{}").await });
    let is_line = |expected: &str, event: &Event| matches!(event, Event::Output { line } if line == expected);
    seen(function.timeline(), |event| is_line("here I am", event)).await;
    let goodbye = seen(function.timeline(), |event| is_line("goodbye", event)).await;
    let exit = seen(function.timeline(), |event| *event == Event::Exited(Exit::Code(7))).await;
    assert!(goodbye.sequence < exit.sequence);
}
