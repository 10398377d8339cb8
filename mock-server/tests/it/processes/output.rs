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
