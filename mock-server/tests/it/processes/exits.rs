//! Ends of processes, and the exact words that the caller gets.

use std::time::Duration;

use mock_server::{Event, MockLambda, core::Exit};

use super::{function, platform_error};
use crate::{folder::Folder, wait::soon};

const ANSWER_ONCE: &str = "request_id, event = next()\nrespond(request_id, event)\n";

#[tokio::test]
async fn exits_in_init_are_told_in_lambdas_words() {
    for (script, reason) in [
        ("exit 0", "Runtime exited without providing a reason"),
        ("exit 3", "Runtime exited with error: exit status 3"),
        ("kill -KILL $$", "Runtime exited with error: signal: killed"),
        ("kill -TERM $$", "Runtime exited with error: signal: terminated"),
    ] {
        let folder = Folder::new();
        let outcome = soon(function(folder.sh(script)).invoke("{}")).await;
        assert_eq!(outcome.payload(), &platform_error(&outcome, "Runtime.ExitError", reason), "{script}");
        assert_eq!(outcome.error_type(), Some("Runtime.ExitError"), "{script}");
        assert_eq!(outcome.report().init_duration, None, "{script}");
    }
}

#[tokio::test]
async fn exits_in_an_invocation_are_told_in_lambdas_words() {
    for (script, reason) in [
        ("sys.exit(0)", "Runtime exited without providing a reason"),
        ("sys.exit(3)", "Runtime exited with error: exit status 3"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "Runtime exited with error: signal: killed"),
    ] {
        let folder = Folder::new();
        let outcome = soon(function(folder.python(&format!("next()\n{script}"))).invoke("{}")).await;
        assert_eq!(outcome.payload(), &platform_error(&outcome, "Runtime.ExitError", reason), "{script}");
        assert_eq!(outcome.report().error_type.as_deref(), Some("Runtime.ExitError"), "{script}");
        assert!(outcome.report().init_duration.is_some(), "{script}: init was over");
    }
}

#[tokio::test]
async fn a_crash_dumps_no_core_into_the_words() {
    let folder = Folder::new();
    let outcome = soon(function(folder.sh("ulimit -c 0\nkill -SEGV $$")).invoke("{}")).await;
    let reason = "Runtime exited with error: signal: segmentation fault";
    assert_eq!(outcome.payload(), &platform_error(&outcome, "Runtime.ExitError", reason));
}

#[tokio::test]
async fn a_response_before_the_exit_counts() {
    let folder = Folder::new();
    let outcome = soon(function(folder.python(ANSWER_ONCE)).invoke(r#"{"n":21}"#)).await;
    assert_eq!(outcome.payload(), r#"{"n":21}"#);
    assert!(outcome.is_success());
    assert_eq!(outcome.report().error_type.as_deref(), Some("Runtime.ExitError"));
}

#[tokio::test]
async fn a_response_counts_even_if_the_process_exits_without_reading_the_reply() {
    let folder = Folder::new();
    let script = folder.python(
        r#"
request_id, event = next()
head = "POST /2018-06-01/runtime/invocation/" + request_id + "/response HTTP/1.1\r\n"
api.sock.sendall((head + "Host: x\r\nContent-Length: 1\r\n\r\n1").encode())
os._exit(0)
"#,
    );
    let outcome = soon(function(script).invoke("{}")).await;
    assert_eq!(outcome.payload(), "1");
}

#[tokio::test]
async fn the_next_invoke_after_a_crash_starts_the_process_again_in_the_same_environment() {
    let folder = Folder::new();
    let function = function(folder.python(&format!("write('start')\n{ANSWER_ONCE}sys.exit(1)")));
    for event in ["1", "2", "3"] {
        let outcome = soon(function.invoke(event)).await;
        assert_eq!((outcome.payload(), outcome.logs()), (&event.into(), &["start".to_owned()][..]));
    }
    let entries = function.timeline().entries();
    let launches: Vec<_> = entries
        .iter()
        .filter_map(|entry| match entry.event {
            Event::Launched { generation } => Some((entry.environment.to_string(), generation)),
            _ => None,
        })
        .collect();
    assert_eq!(launches, [("1".to_owned(), 1), ("1".to_owned(), 2), ("1".to_owned(), 3)]);
}

#[tokio::test]
async fn a_crash_while_nobody_invokes_is_mended_by_the_next_invoke() {
    let folder = Folder::new();
    let function = function(folder.python(&format!(
        r#"
{ANSWER_ONCE}
api.sock.sendall(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n")
sys.exit(9)
"#
    )));
    for event in ["1", "2"] {
        assert_eq!(soon(function.invoke(event)).await.payload(), event);
        let is_exit = |entry: &mock_server::Entry| matches!(entry.event, Event::Exited(Exit::Code(9)));
        soon(function.timeline().wait_for(is_exit)).await;
    }
}

#[tokio::test]
async fn a_process_that_never_asks_for_work_is_stopped_by_both_limits() {
    let folder = Folder::new();
    let function = MockLambda::new()
        .function("f")
        .timeout(Duration::from_millis(100))
        .init_timeout(Duration::from_millis(100))
        .bootstrap(folder.sh("exec sleep 600"))
        .unwrap();
    let outcome = soon(function.invoke("{}")).await;
    let expected = platform_error(&outcome, "Sandbox.Timedout", "Task timed out after 0.10 seconds");
    assert_eq!(outcome.payload(), &expected);
    let entries = function.timeline().entries();
    let inits: Vec<_> = entries
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::InitEnded(init) => Some((init.within_invoke, init.status.as_str())),
            _ => None,
        })
        .collect();
    assert_eq!(inits, [(false, "timeout"), (true, "timeout")]);
}
