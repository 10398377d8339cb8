//! The memory limit, which only Linux lets be enforced.

use mock_server::{Event, Function, FunctionBuilder, Outcome};

use super::{patient, platform_error};
use crate::{folder::Folder, wait::soon};

/// Asked for it, takes this many MB, and stays.
const HUNGRY: &str = r#"
while True:
    request_id, event = next()
    megabytes = json.loads(event)
    if megabytes:
        ballast = b"x" * (megabytes * 1024 * 1024)
        signal.pause()
    respond(request_id, event)
"#;

fn limited() -> FunctionBuilder {
    patient().memory_mb(128).enforce_memory()
}

/// What an invocation ends with that uses too much, and the reason in the log.
fn assert_killed(function: &Function, outcome: &Outcome) {
    let expected = platform_error(outcome, "Runtime.ExitError", "Runtime exited with error: signal: killed");
    assert_eq!(outcome.payload(), &expected);
    let entries = function.timeline().entries();
    let notes = entries.iter().filter(|entry| matches!(entry.event, Event::Note { .. }));
    assert_eq!(notes.count(), 1, "{entries:#?}");
}

#[tokio::test]
async fn a_runtime_that_uses_too_much_is_killed() {
    let folder = Folder::new();
    let function = limited().bootstrap(folder.python(HUNGRY)).unwrap();
    assert!(soon(function.invoke("0")).await.is_success());
    assert_killed(&function, &soon(function.invoke("160")).await);
    assert!(soon(function.invoke("0")).await.is_success(), "the next one begins anew");
}

#[tokio::test]
async fn too_much_is_noticed_even_if_it_has_been_given_back() {
    let folder = Folder::new();
    let script = "next()\nballast = b'x' * (160 * 1024 * 1024)\ndel ballast\nsignal.pause()";
    let function = limited().bootstrap(folder.python(script)).unwrap();
    assert_killed(&function, &soon(function.invoke("0")).await);
}

#[tokio::test]
async fn all_that_the_runtime_starts_counts() {
    let folder = Folder::new();
    let script = r#"
next()
for _ in range(3):
    if os.fork() == 0:
        ballast = bytes(range(256)) * (60 * 4 * 1024)
        signal.pause()
signal.pause()
"#;
    let function = limited().bootstrap(folder.python(script)).unwrap();
    assert_killed(&function, &soon(function.invoke("0")).await);
}

#[tokio::test]
async fn memory_is_not_enforced_unless_that_is_wanted() {
    let folder = Folder::new();
    let script = "request_id, event = next()\nballast = b'x' * (160 * 1024 * 1024)\nrespond(request_id, event)\nnext()";
    let function = patient().memory_mb(128).bootstrap(folder.python(script)).unwrap();
    let outcome = soon(function.invoke("0")).await;
    assert!(outcome.is_success());
    assert!(outcome.report().max_memory_used_mb.unwrap() > 128);
}

#[tokio::test]
async fn behind_a_wrapper_the_memory_of_the_runtime_is_reported() {
    let folder = Folder::new();
    let script =
        "request_id, event = next()\nballast = b'x' * (64 * 1024 * 1024)\nrespond(request_id, event)\nnext()";
    let function = patient().wrapper("sh", ["-c", "\"$0\"; exit 1"]);
    let function = function.bootstrap(folder.python(script)).unwrap();
    let outcome = soon(function.invoke("0")).await;
    assert!(outcome.report().max_memory_used_mb.unwrap() > 64);
}
